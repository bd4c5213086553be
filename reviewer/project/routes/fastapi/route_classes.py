"""Custom route classes: what the constructor of a `route_class` makes of a registration.

As `APIRouter.add_api_route` does, the class gets what the router's own settings and the registration say together.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from reviewer.project.evaluation.builtin_calls import joined_text
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, Event, External, FunctionValue, Instance, Value, argument_of
from reviewer.project.routes.fastapi.registrations import (
    HTTP_METHODS,
    PASSED_ON,
    ROUTE_CLASSES,
    argument,
    given_keywords,
    methods_of,
)

#: What a constructor may set on the route after the framework has made it.
SETTABLE = ("tags", "dependencies", "summary", "description", "deprecated", "include_in_schema", "name", "status_code")


class RouteClasses:
    """Runs the constructors of custom route classes, those only that the project overrides."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    def constructed(self, event: Event, endpoint: Value, settings: Mapping[str, Value]) -> Event | None:
        """The registration that a route class makes of one on a router with some settings, None where it adds nothing.

        The result holds the path with the router's prefix, and its tags, dependencies and flags with the router's.
        """
        if event.method not in HTTP_METHODS and event.method not in ("api_route", "add_api_route"):
            return None
        route_class = self._class_of(event, settings)
        if not isinstance(route_class, ClassValue):
            return None
        found = self._evaluator.find_in_class(route_class, "__init__")
        if found is None or not isinstance(found[1], FunctionValue):
            return None
        prefix = event.receiver_attributes.get("prefix", settings.get("prefix") or "")
        path = joined_text([prefix, argument(event, 0, "path")], event.place)
        keywords = {**PASSED_ON, **given_keywords(event), **_merged(event, settings), "endpoint": endpoint}
        keywords.pop("path", None)
        route = Instance(route_class, (path,), keywords, event.module, event.node)
        self._evaluator.initialise(route)
        made = next((one for one in reversed(route.events) if one.method == "__init__"), None)
        if made is None:
            return None
        chosen = {**made.keywords, **{name: route.attributes[name] for name in SETTABLE if name in route.attributes}}
        return replace(
            event,
            method="add_api_route",
            arguments=(argument_of(made.arguments, chosen, 0, "path"),),
            keywords={
                **{name: value for name, value in chosen.items() if name not in ("path", "endpoint")},
                "route_class_override": External(ROUTE_CLASSES[0]),
            },
            decorated=argument_of(made.arguments, chosen, 1, "endpoint"),
            receiver_attributes={},
        )

    def _class_of(self, event: Event, settings: Mapping[str, Value]) -> Value:
        chosen = event.keywords.get("route_class_override")
        if chosen is not None:
            return chosen
        receiver = event.receiver
        for source in (event.receiver_attributes, settings):
            if source.get("route_class") is not None:
                return source["route_class"]
        if isinstance(receiver.type, ClassValue):
            found = self._evaluator.find_in_class(receiver.type, "route_class")
            return None if found is None else found[1]
        return None


def _merged(event: Event, settings: Mapping[str, Value]) -> dict[str, Value]:
    """What a router's settings and a registration give together."""
    given = given_keywords(event)
    merged: dict[str, Value] = {}
    for name in ("tags", "dependencies"):
        merged[name] = _joined(settings.get(name) or [], given.get(name) or [])
    responses = (settings.get("responses") or {}, given.get("responses") or {})
    are_known = all(isinstance(one, dict) for one in responses)
    merged["responses"] = {**responses[0], **responses[1]} if are_known else next(filter(None, responses))
    merged["deprecated"] = given.get("deprecated") or settings.get("deprecated")
    is_shown = settings.get("include_in_schema", True)
    merged["include_in_schema"] = given.get("include_in_schema", True) if is_shown is True else is_shown
    methods = methods_of(event)
    merged["methods"] = list(methods) if isinstance(methods, tuple) else methods
    return merged


def _joined(own: Value, added: Value) -> Value:
    if isinstance(own, (list, tuple)) and isinstance(added, (list, tuple)):
        return [*own, *added]
    return own or added
