"""Makes one row of the route table: what FastAPI serves for a registration inside what is around it."""

from __future__ import annotations

from reviewer.project.evaluation.docstrings import docstring_of
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, Event, Instance, Unknown, Value, signature_of
from reviewer.project.model import Route
from reviewer.project.routes.fastapi.context import RouteContext, path_parameter_names
from reviewer.project.routes.fastapi.dependencies import DependencyReader, callable_name
from reviewer.project.routes.fastapi.endpoints import (
    ResponseModels,
    answering,
    declared_status,
    endpoint_symbol,
    other_decorators,
    shown_function,
)
from reviewer.project.routes.fastapi.guards import RouteGuards
from reviewer.project.routes.fastapi.registrations import (
    HTTP_METHODS,
    STARLETTE_REGISTRATIONS,
    given_keywords,
    methods_of,
    path_place,
)
from reviewer.project.routes.path_text import known_text

HTTP_ENDPOINT = "starlette.endpoints.HTTPEndpoint"
#: The version of FastAPI since which an annotation of what is returned is a response model.
ANNOTATIONS_ARE_RESPONSE_MODELS = (0, 89)


class RouteRows:
    """Answers what a registration serves."""

    def __init__(self, evaluator: Evaluator, reader: DependencyReader, guards: RouteGuards) -> None:
        self._evaluator = evaluator
        self._reader = reader
        self._guards = guards
        self._response_models = ResponseModels(evaluator)

    def methods(self, event: Event, endpoint: Value) -> tuple[str, ...] | Unknown:
        """The methods that a registration answers."""
        return self._class_methods(event, endpoint) or methods_of(event)

    def row(
        self, event: Event, endpoint: Value, context: RouteContext, own_path: str, own_unknowns: tuple[Unknown, ...]
    ) -> Route:
        """The row of a registration, its method left out."""
        keywords = given_keywords(event)
        function, shown = answering(self._evaluator, endpoint), shown_function(endpoint)
        called = function if isinstance(endpoint, Instance) else shown
        path = context.prefix + own_path
        own_dependencies = self._reader.of_callable(endpoint)
        dependencies = context.dependencies + own_dependencies
        path_names = path_parameter_names(path)
        model, source, model_value = self._response_models.of(event, called)
        if source == "annotation" and context.version < ANNOTATIONS_ARE_RESPONSE_MODELS:
            model, source, model_value = None, "", None
        summary, description = known_text(keywords.get("summary")), known_text(keywords.get("description"))
        documented = bool(summary or description or (shown is not None and docstring_of(shown)))
        documented = documented or any(isinstance(keywords.get(key), Unknown) for key in ("summary", "description"))
        decorators = other_decorators(function, event)
        return Route(
            application=context.application,
            framework=context.framework,
            method="",
            path=path or "/" if context.framework == "starlette" else path,
            endpoint=function,
            endpoint_name=endpoint_symbol(endpoint),
            name=known_text(keywords.get("name")) or callable_name(signature_of(endpoint)),
            place=event.place,
            path_place=path_place(event, own_path),
            module=event.site[0],
            node=event.site[1],
            router=event.receiver,
            own_path=own_path,
            status_code=declared_status(keywords),
            response_model=model,
            response_model_value=model_value,
            response_model_source=source,
            response_class=keywords.get("response_class"),
            tags=context.tags,
            summary=summary,
            description=description,
            documented=documented,
            deprecated=context.is_deprecated,
            include_in_schema=context.include_in_schema,
            documented_statuses=context.statuses,
            has_unknown_responses=context.has_unknown_responses or event.has_unknown_keywords,
            dependencies=dependencies,
            parameters=self._reader.parameters_of(endpoint, path_names),
            authentication=self._guards.authentication(endpoint, dependencies, context.guard, decorators),
            unknowns=context.unknowns + own_unknowns,
            conditions=context.conditions + event.conditions,
            decorators=decorators,
            described_by=context.described_by,
            host=context.host,
        )

    def _class_methods(self, event: Event, endpoint: Value) -> tuple[str, ...]:
        """The methods of an endpoint that is a class of Starlette's kind."""
        if event.method not in STARLETTE_REGISTRATIONS or not isinstance(endpoint, ClassValue):
            return ()
        if not self._evaluator.inherits(endpoint, HTTP_ENDPOINT):
            return ()
        return tuple(one.upper() for one in sorted(HTTP_METHODS) if self._evaluator.find_in_class(endpoint, one))
