"""The route table for programs: JSON, a row a method and path. Takes the linked routes; opens nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reviewer.project.evaluation.values import Unknown
from reviewer.project.model import Answer, Mount, Route
from reviewer.report.escaping import json_text
from reviewer.report.route_view import endpoint_line, endpoint_path, response_model_text

SCHEMA_VERSION = 1


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
        "line": endpoint_line(route),
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


def mount_row(mount: Mount) -> dict[str, Any]:
    """One entry of `mounts`: what takes every request below a path."""
    return {
        "app": mount.application.name,
        "path": mount.path,
        "kind": mount.kind,
        "target": mount.target_name or None,
        "conditions": list(mount.conditions),
        "file": mount.place.path,
        "line": mount.place.line,
    }


def json_table(routes: Sequence[Route], mounts: Sequence[Mount], unknowns: Sequence[Unknown]) -> str:
    """The table as a JSON object: `routes` in order of registration, `mounts`, and what could not be known."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "routes": [route_row(route) for route in routes],
        "mounts": [mount_row(mount) for mount in mounts],
        "unknowns": [
            {"reason": one.reason, "file": one.place.path, "line": one.place.line}
            for one in unknowns
            if one.place is not None
        ],
    }
    return json_text(document)
