"""Evidence from the route table: documentation, models, authentication, endpoints."""

from __future__ import annotations

import re
from collections import Counter

from reviewer.checklist.evidence.counts import (
    Evidence,
    Measure,
    counted,
    modules_importing,
    named_modules,
    number,
    share,
)
from reviewer.modules.module import Module
from reviewer.modules.tree import Function
from reviewer.project.evaluation.values import FunctionValue, Unknown
from reviewer.project.model import Answer
from reviewer.project.project import Project

NO_ROUTES = "No routes were found."
NO_OPERATIONS = "No FastAPI operations were found."
VERSION_SEGMENT = re.compile(r"v\d+(?:[._]\d+)*(?:-?(?:alpha|beta|rc)\d*)?", re.IGNORECASE)
#: Statuses whose answers have no content.
WITHOUT_CONTENT = frozenset({204, 205, 304})
#: Types that say nothing of a body.
SHAPELESS = ("Any", "object", "dict", "Dict", "Mapping", "MutableMapping", "list", "List", "Sequence")
LIMITERS = ("slowapi", "fastapi_limiter", "flask_limiter", "limits", "fastapi_throttle", "ratelimit")


def routes(project: Project) -> Evidence:
    """How many routes there are."""
    total = len(project.routes)
    if not total:
        return Evidence(NO_ROUTES, 0)
    unknown = sum(route.has_unknown_path for route in project.routes)
    also = f"; the paths of {unknown} are not known" if unknown else ""
    applications = counted(len({id(route.application.instance) for route in project.routes}), "application")
    return Evidence(f"{counted(total, 'route')} in {applications}{also}.", total, None, unknown)


def response_models(project: Project) -> Evidence:
    """How many operations say what they return."""
    operations = project.operations
    declared = sum(
        one.route.response_model is not None
        or one.route.response_model_source == "response_model"
        or one.route.status_code in WITHOUT_CONTENT
        for one in operations
    )
    unknown = sum(one.has_unknown_keywords for one in operations)
    return share(
        declared,
        len(operations),
        "operations",
        "declare what they return|declares what it returns",
        NO_OPERATIONS,
        unknown,
    )


def bodies(project: Project) -> Evidence:
    """How many request bodies are checked by their type, and how many of them by a Pydantic model."""
    parameters = [one for operation in project.operations for one in operation.route.parameters if one.kind == "body"]
    if not parameters:
        return Evidence("No operation takes a request body.", 0, 0)
    shapeless = models = unknown = 0
    for one in parameters:
        if project.schema_of(one.type) is not None:
            models += 1
        elif one.annotation is None or project.says_nothing(one.annotated, SHAPELESS):
            shapeless += 1
        elif isinstance(one.type, Unknown):
            unknown += 1
    total = len(parameters)
    others = total - models - shapeless - unknown
    right = total - shapeless - unknown
    text = f"{models} of {total} request bodies {'is a Pydantic model' if models == 1 else 'are Pydantic models'}"
    parts = [
        f"{others} {'has' if others == 1 else 'have'} another type that is checked" if others else "",
        f"{shapeless} {'takes' if shapeless == 1 else 'take'} anything" if shapeless else "",
        f"{unknown} {'is' if unknown == 1 else 'are'} not known" if unknown else "",
    ]
    also = ", ".join(part for part in parts if part)
    return Evidence(f"{text}{f'; {also}' if also else ''}.", total, right, unknown)


def documented(project: Project) -> Evidence:
    """How many operations have a description."""
    operations = project.operations
    right = sum(one.route.documented for one in operations)
    return share(
        right,
        len(operations),
        "operations",
        "have a summary or description|has a summary or description",
        NO_OPERATIONS,
    )


def documented_endpoints(project: Project) -> Evidence:
    """How many routes are described in the source."""
    right = sum(route.documented for route in project.routes)
    return share(
        right,
        len(project.routes),
        "routes",
        "have a docstring or description|has a docstring or description",
        NO_ROUTES,
    )


def tags(project: Project) -> Evidence:
    """How many operations have tags."""
    operations = project.operations
    right = sum(bool(one.route.tags) for one in operations if isinstance(one.route.tags, tuple))
    unknown = sum(not isinstance(one.route.tags, tuple) for one in operations)
    return share(right, len(operations), "operations", "have tags|has tags", NO_OPERATIONS, unknown)


def versions(project: Project) -> Evidence:
    """How many routes have a version in their path."""
    right = sum(any(VERSION_SEGMENT.fullmatch(part) for part in route.path.split("/")) for route in project.routes)
    return share(
        right, len(project.routes), "routes", "have a version in their path|has a version in its path", NO_ROUTES
    )


def path_parameters(project: Project) -> Evidence:
    """How many path parameters are read."""
    total = right = unknown = 0
    for operation in project.operations:
        reads = project.path_parameter_reads(operation.route)
        total += len(reads.names)
        right += sum(name in reads.read for name in reads.names)
        unknown += 0 if reads.is_known else sum(name not in reads.read for name in reads.names)
    return share(right, total, "path parameters", "are read|is read", "No path has parameters.", unknown)


def guarded(project: Project) -> Evidence:
    """How many routes demand authentication."""
    answers = Counter(route.authentication.answer for route in project.routes)
    total = len(project.routes)
    return share(
        answers[Answer.YES],
        total,
        "routes",
        "demand authentication|demands authentication",
        NO_ROUTES,
        answers[Answer.UNKNOWN],
    )


def creations(project: Project) -> Evidence:
    """How many of the routes that create something answer with 201."""
    creating = [route for route in project.routes if project.creations.of(route) is not None]
    right = sum(route.status_code == 201 or 201 in route.documented_statuses for route in creating)
    if not creating:
        return routes(project)
    unknown = sum(isinstance(route.status_code, Unknown) for route in creating)
    return share(
        right,
        len(creating),
        "routes that are known to create something",
        "declare 201|declares 201",
        NO_ROUTES,
        unknown,
    )


def dependencies(project: Project) -> Evidence:
    """How many FastAPI routes get something from a dependency."""
    found = [operation.route for operation in project.operations]
    right = sum(bool(route.dependencies) for route in found)
    return share(right, len(found), "operations", "have dependencies|has dependencies", NO_OPERATIONS)


def async_endpoints(project: Project) -> Evidence:
    """How many endpoints are `async def`."""
    endpoints = project.endpoint_functions
    right = sum(isinstance(one.node, Function) and one.node.is_async for one in endpoints)
    return share(
        right, len(endpoints), "endpoints", "are `async def`|is `async def`", "No endpoint functions were found."
    )


def type_hints(project: Project) -> Evidence:
    """How many endpoints annotate all parameters."""
    endpoints = [one for one in project.endpoint_functions if isinstance(one.node, Function)]
    right = sum(map(_is_annotated, endpoints))
    return share(
        right,
        len(endpoints),
        "endpoints",
        "annotate all parameters|annotates all parameters",
        "No endpoint functions were found.",
    )


def blueprints(project: Project) -> Evidence:
    """How many blueprints and routers an application registers."""
    routers = [one for one in project.routers if one.kind != "application"]
    right = sum(one.is_served is Answer.YES for one in routers)
    unknown = sum(one.is_served is Answer.UNKNOWN for one in routers)
    nothing = "There are no blueprints and routers."
    return share(right, len(routers), "blueprints and routers", "are registered|is registered", nothing, unknown)


def rate_limits(project: Project) -> Evidence:
    """Whether a rate limiter is used."""
    if not project.routes:
        return Evidence(NO_ROUTES, 0)
    found = number(modules_importing(project, *LIMITERS))
    text = f"A library that limits rates is imported in {named_modules(found)}."
    return Evidence(text, len(project.routes), lacks=not found)


def flask_restful(project: Project) -> Evidence:
    """How many routes are methods of Flask-RESTful's resources."""
    found = number(modules_importing(project, "flask_restful", "flask_restx"))
    if not found:
        return Evidence("The project does not use Flask-RESTful.", 0)
    return Evidence(f"Flask-RESTful is imported in {named_modules(found)}.", found)


def flask_sessions(project: Project) -> Evidence:
    """Where Flask's session is used."""
    modules = [module for module in modules_importing(project, "flask", "flask_session") if _imports_session(module)]
    if not modules:
        return Evidence("No module uses Flask's session.", 0)
    return Evidence(f"Flask's session is used in {named_modules(len(modules))}.", len(modules))


def _imports_session(module: Module) -> bool:
    imports = module.index.imports
    return any(one.full_module.partition(".")[0] == "flask_session" or one.name == "session" for one in imports)


def _is_annotated(endpoint: FunctionValue) -> bool:
    node = endpoint.node
    parameters = node.parameters if isinstance(node, Function) else ()
    return all(one.annotation is not None for one in parameters if one.name not in ("self", "cls"))


MEASURES: dict[str, Measure] = {
    "routes": routes,
    "response-models": response_models,
    "bodies": bodies,
    "documented": documented,
    "documented-endpoints": documented_endpoints,
    "tags": tags,
    "versions": versions,
    "path-parameters": path_parameters,
    "guarded": guarded,
    "creations": creations,
    "dependencies": dependencies,
    "async-endpoints": async_endpoints,
    "type-hints": type_hints,
    "blueprints": blueprints,
    "rate-limits": rate_limits,
    "flask-restful": flask_restful,
    "flask-sessions": flask_sessions,
}
