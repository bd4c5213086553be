"""Which modules are executed in order with their effects: those whose top level may register routes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from reviewer.modules.index import Declaration
from reviewer.modules.module import Module

#: Names of which one makes a module a place where applications, routers, routes or handlers of errors are made.
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
    "exception_handler",
    "add_exception_handler",
    "errorhandler",
    "app_errorhandler",
    "register_error_handler",
)
#: Methods that register a route when they decorate a function.
REGISTERING_METHODS = frozenset(
    {"get", "post", "put", "patch", "delete", "head", "options", "trace", "websocket", "route", "expose"}
)
#: Those of them that functions call for nothing else: `@app.route(…)` in `init_app(app)`.
UNMISTAKABLE_METHODS = frozenset({"route", "websocket", "before_request"})
#: Calls that register routes in helpers that other modules use: `def endpoint(path): … router.add_api_route(…)`.
HELPING_CALLS = REGISTERING_METHODS | {
    "add_api_route",
    "add_api_websocket_route",
    "api_route",
    "add_route",
    "add_url_rule",
}
#: Names under which a module imports what it registers routes on.
ROUTER_NAME = re.compile(r"(?:^|_)(?:app|api|router|blueprint|bp)s?$")


class Following:
    """Says which modules of a program are followed: by what they mention, or by the project's helpers that they use."""

    def __init__(self, modules: Sequence[Module]) -> None:
        self._modules = modules

    def __call__(self, module: Module) -> bool:
        """Whether the top level of a module may register routes."""
        return is_followed(module) or self._uses_helper(module)

    def _uses_helper(self, module: Module) -> bool:
        """Whether the top level of a module calls something that it imports and that may register routes."""
        # The helpers of a large project are many: their names are looked up, not searched for.
        if not module.mentions(*REGISTERING_METHODS) and not any(
            one.name in self._helpers for one in module.index.imports
        ):
            return False
        called = {name for one in module.index.declarations if one.kind != "function" for name in one.calls}
        imported = [one for one in module.index.imports if one.name is not None]
        if any(one.name in self._helpers and one.local in called for one in imported):
            return True
        return (
            _imports_router(module)
            and module.mentions(*REGISTERING_METHODS)
            and any(one.local in called for one in imported if one.local[:1].islower())
        )

    @cached_property
    def _helpers(self) -> frozenset[str]:
        """The names of functions and classes at the top of modules that may register routes on a router they know."""
        found: set[str] = set()
        for module in self._modules:
            if module.is_test or not module.mentions(*HELPING_CALLS):
                continue
            if not is_followed(module) and not _imports_router(module):
                continue
            declarations = module.index.declarations
            for declaration in declarations:
                if declaration.owner < 0 or HELPING_CALLS.isdisjoint(declaration.calls):
                    continue
                found.add(declaration.qualname.partition(".")[0])
        return frozenset(found)


def _imports_router(module: Module) -> bool:
    return any(one.name is not None and ROUTER_NAME.search(one.local) for one in module.index.imports)


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
