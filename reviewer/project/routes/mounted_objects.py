"""What an application mounts: another one whose routes are followed, static files, a WSGI or an ASGI application.

Takes the mounted value, gives its kind and its name as a reader knows it.
"""

from __future__ import annotations

from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    BoundMethod,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Value,
    alternatives,
)

APPLICATION = "application"
STATIC_FILES = "static files"
WSGI = "WSGI application"
ASGI = "ASGI application"

#: Libraries whose applications and routers are linked, so that their routes are in the table.
FOLLOWED = ("fastapi.", "starlette.applications.", "starlette.routing.")
STATIC_CLASSES = ("fastapi.staticfiles.StaticFiles", "starlette.staticfiles.StaticFiles")


def mounted_as(evaluator: Evaluator, target: Value) -> tuple[str, str]:
    """The kind of what is mounted, and its name: `app.admin:app`, `StaticFiles`; empty where it is not known."""
    value = alternatives(target)[0]
    if isinstance(value, BoundMethod):
        return ASGI, value.function.symbol
    if isinstance(value, (FunctionValue, ClassValue)):
        return ASGI, value.symbol
    if isinstance(value, External):
        return (WSGI if _is_wsgi(value.name) else ASGI), value.name.rpartition(".")[2]
    if not isinstance(value, Instance):
        return ASGI, ""
    name = value.names[0] if value.names else _type_name(value)
    if evaluator.inherits(value, *STATIC_CLASSES):
        return STATIC_FILES, _type_name(value)
    libraries = [value.type.name] if isinstance(value.type, External) else list(evaluator.external_names(value.type))
    if any(_is_wsgi(library) or library.startswith("flask.") for library in libraries):
        return WSGI, _wrapped_name(value) or name
    return (APPLICATION if any(library.startswith(FOLLOWED) for library in libraries) else ASGI), name


def _is_wsgi(name: str) -> bool:
    """Whether a library's class adapts WSGI: `a2wsgi.WSGIMiddleware`, `starlette.middleware.wsgi.WSGIMiddleware`."""
    return any("wsgi" in part.lower() for part in name.split(".")[-2:])


def _type_name(instance: Instance) -> str:
    return instance.type.symbol if isinstance(instance.type, ClassValue) else instance.type.name.rpartition(".")[2]


def _wrapped_name(adapter: Instance) -> str:
    """The name of the application that an adapter such as `WSGIMiddleware(site)` is given."""
    inner = adapter.argument(0, "app")
    return inner.names[0] if isinstance(inner, Instance) and inner.names else ""
