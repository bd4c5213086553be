"""The route table as text for people and as JSON for programs. Takes the linked routes; opens nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reviewer.modules.source_text import source_text
from reviewer.project.evaluation.values import ClassValue, External, FunctionValue, Unknown
from reviewer.project.model import UNKNOWN_PART, Answer, Route
from reviewer.report.escaping import json_text, log_line, visible

SCHEMA_VERSION = 1
WIDEST_PATH = 70


def route_row(route: Route) -> dict[str, Any]:
    """One row of the JSON table."""
    return {
        "app": route.application.name,
        "framework": route.framework,
        "method": route.method,
        "path": route.path,
        "endpoint": route.endpoint_name,
        "name": route.name,
        "file": endpoint_path(route),
        "line": route.endpoint.node.line if route.endpoint is not None else route.place.line,
        "status_code": None if isinstance(route.status_code, Unknown) else route.status_code,
        "response_model": response_model_text(route),
        "tags": list(route.tags) if isinstance(route.tags, tuple) else [],
        "summary": route.summary,
        "deprecated": route.deprecated,
        "include_in_schema": route.include_in_schema is not False,
        "documented": route.documented,
        "dependencies": list(dict.fromkeys(one.name for one in route.all_dependencies)),
        "auth": list(route.authentication.names),
        "auth_known": route.authentication.answer is not Answer.UNKNOWN,
        "conditions": list(route.conditions),
        "registered_at": {"file": route.place.path, "line": route.place.line},
    }


def endpoint_path(route: Route) -> str:
    """The file of what answers, or of the registration where that is not known."""
    return route.endpoint.place.path if route.endpoint is not None else route.place.path


def response_model_text(route: Route) -> str | None:
    """The response model as the source names it, None where the route declares none."""
    if route.response_model is not None:
        return source_text(route.response_model)
    value = route.response_model_value
    if value is None:
        return None
    if isinstance(value, (ClassValue, FunctionValue)):
        return value.name
    return value.name.rpartition(".")[2] if isinstance(value, External) else UNKNOWN_PART


def json_table(routes: Sequence[Route], unknowns: Sequence[Unknown]) -> str:
    """The table as a JSON object: `routes` in order of registration, and what could not be known."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "routes": [route_row(route) for route in routes],
        "unknowns": [
            {"reason": one.reason, "file": one.place.path, "line": one.place.line}
            for one in unknowns
            if one.place is not None
        ],
    }
    return json_text(document)


def text_table(routes: Sequence[Route], unknowns: Sequence[Unknown], *, explain_unknown: bool = False) -> str:
    """The table for people: a block an application, a line a route, and the counts."""
    lines: list[str] = []
    for name in dict.fromkeys(route.application.name for route in routes):
        lines += _application_block(name, [route for route in routes if route.application.name == name])
    if explain_unknown:
        lines += ["Not known:"] if unknowns else []
        for one in unknowns:
            where = f"{one.place.path}:{one.place.line}" if one.place is not None else "?"
            lines.append(log_line(visible(f"  {where}  {one.reason}")))
    incomplete = sum(route.has_unknown_path for route in routes)
    count = len(routes)
    lines.append(
        f"{count} route{'s' if count != 1 else ''}, {incomplete} with a path that is not wholly known, "
        f"{len(unknowns)} other part{'s' if len(unknowns) != 1 else ''} not known"
        + ("" if explain_unknown or not unknowns else " (--explain-unknown says where and why)")
    )
    return "\n".join(lines) + "\n"


def _application_block(name: str, routes: list[Route]) -> list[str]:
    method_width = max(len(route.method) for route in routes)
    path_width = min(WIDEST_PATH, max(len(route.path) for route in routes))
    lines = [log_line(visible(f"{name} ({routes[0].framework})"))]
    for route in routes:
        access = {
            Answer.YES: ", ".join(route.authentication.names) or "authenticated",
            Answer.NO: "public",
            Answer.UNKNOWN: "not known",
        }[route.authentication.answer]
        call = f"{route.method:<{method_width}}  {route.path:<{path_width}}"
        where = f"{route.place.path}:{route.place.line}"
        lines.append(visible(f"  {call}  {route.endpoint_name}  [{access}]  {where}"))
    return [*lines, ""]
