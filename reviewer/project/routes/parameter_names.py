"""Names of path parameters: in the order of the path, and what an endpoint may call one instead."""

from __future__ import annotations

import difflib

from reviewer.project.model import Route
from reviewer.project.routes.fastapi.context import path_parameter_names

#: How like two names are, from 0 to 1, so that one may be meant for the other.
LIKENESS = 0.6


def similar_parameter(route: Route, name: str) -> str | None:
    """A parameter of the endpoint that is not in the path and that may be meant by a path parameter of another name."""
    in_path = path_parameter_names(route.path)
    taken = [one.name for one in route.parameters if one.name not in in_path and one.kind in ("query", "unknown")]
    contained = [one for one in taken if len(one) > 1 and (one.endswith(f"_{name}") or name.endswith(f"_{one}"))]
    close = difflib.get_close_matches(name, taken, 1, LIKENESS)
    return next(iter([*contained, *close]), None)


def is_swallowing(path: str, name: str) -> bool:
    """Whether a parameter takes a rest of the path of any length: `{rest:path}`."""
    return f"{{{name}:path}}" in path


def names_in_order(path: str) -> tuple[str, ...]:
    """The parameters of a path from left to right."""
    return tuple(name for piece in path.split("{")[1:] for name in path_parameter_names("{" + piece))
