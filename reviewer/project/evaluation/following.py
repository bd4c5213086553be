"""Which modules are executed in order with their effects: those whose top level may register routes."""

from __future__ import annotations

from reviewer.modules.index import Declaration
from reviewer.modules.module import Module

#: Names of which one makes a module a place where applications, routers or routes are made.
MAKING_NAMES = (
    "FastAPI",
    "APIRouter",
    "Starlette",
    "include_router",
    "add_api_route",
    "add_api_websocket_route",
    "api_route",
    "Flask",
    "APIFlask",
    "Blueprint",
    "APIBlueprint",
    "register_blueprint",
    "add_url_rule",
    "add_resource",
)
#: Methods that register a route when they decorate a function.
REGISTERING_METHODS = frozenset(
    {"get", "post", "put", "patch", "delete", "head", "options", "trace", "websocket", "route", "expose"}
)
#: Those of them that functions call for nothing else: `@app.route(…)` in `init_app(app)`.
UNMISTAKABLE_METHODS = frozenset({"route", "websocket", "before_request"})


def is_followed(module: Module) -> bool:
    """Whether the top level of a module may register routes."""
    if module.mentions(*MAKING_NAMES):
        return True
    # Decorators run with the module, class or function around them, so its calls name them.
    return module.mentions(*REGISTERING_METHODS) and any(
        not _registering_names(declaration).isdisjoint(declaration.calls) for declaration in module.index.declarations
    )


def _registering_names(declaration: Declaration) -> frozenset[str]:
    return UNMISTAKABLE_METHODS if declaration.kind == "function" else REGISTERING_METHODS
