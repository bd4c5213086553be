"""Class-based views of fastapi-utils, fastapi-restful, classy-fastapi and fastapi-router-controller.

Each is told to the evaluator as what the library does with a class: it makes a router, or registers methods on one.
"""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.project.evaluation.builtin_calls import GIVING
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.library_classes import LibraryClass
from reviewer.project.evaluation.values import (
    BoundMethod,
    ClassValue,
    Event,
    External,
    FunctionValue,
    Instance,
    Value,
)

#: Methods whose names register them, in the order in which members are listed.
NAMED_METHODS = ("delete", "get", "head", "options", "patch", "post", "put", "trace")
ROUTER = External("fastapi.APIRouter")


def _is_of(view: ClassValue, value: Value) -> bool:
    return isinstance(value, FunctionValue) and value.owner is view


def _register_view(evaluator: Evaluator, decorator: Instance, view: Value) -> None:
    """`@cbv(router, *urls)`: serves the routes of a class last, and its methods that are named after HTTP methods."""
    router, *urls = decorator.arguments or (None,)
    if not isinstance(router, Instance) or not isinstance(view, ClassValue):
        return
    if decorator.module is None or decorator.node is None:
        return
    router.events.sort(key=lambda event: _is_of(view, event.decorated))
    for url in urls:
        for name in NAMED_METHODS:
            found = evaluator.find_in_class(view, name)
            if found is not None and isinstance(found[1], FunctionValue):
                keywords = {"methods": [name.upper()], "response_model": None, "status_code": 200}
                router.events.append(
                    Event(router, "api_route", (url,), keywords, decorator.module, decorator.node,
                          evaluator.conditions, found[1])
                )  # fmt: skip


def _router_of_methods(evaluator: Evaluator, view: Instance) -> Value:
    """The router of a `Routable`: made with the arguments of its constructor, with the marked methods of the object."""
    made = next((event for event in view.events if event.method == "__init__"), None)
    arguments, keywords = (made.arguments, made.keywords) if made is not None else (view.arguments, view.keywords)
    router = Instance(ROUTER, arguments, keywords, view.module, view.node)
    evaluator.instances[ROUTER.name].append(router)
    for method, mark in _marked_methods(evaluator, view):
        if mark.module is None or mark.node is None or not isinstance(mark.type, External):
            continue
        verb = mark.type.name.rpartition(".")[2]
        unset = {} if verb == "websocket" else {"response_model": None}
        given = {**unset, **{name: value for name, value in mark.keywords.items() if name != "path"}}
        if verb not in ("route", "websocket"):
            given["methods"] = [verb.upper()]
        elif verb == "route" and len(mark.arguments) > 1:
            given["methods"] = mark.arguments[1]
        adder = "add_api_websocket_route" if verb == "websocket" else "add_api_route"
        path = (mark.argument(0, "path"),)
        router.events.append(
            Event(router, adder, path, given, mark.module, mark.node, evaluator.conditions, BoundMethod(method, view))
        )
    return router


def _marked_methods(evaluator: Evaluator, view: Instance) -> Iterator[tuple[FunctionValue, Instance]]:
    """The methods of a `Routable` with the decorator that marks each, by name."""
    if not isinstance(view.type, ClassValue):
        return
    names: set[str] = set()
    for one in evaluator.ancestors(view.type):
        if isinstance(one, ClassValue):
            evaluator.run_class(one)
            names.update(one.attributes)
    for name in sorted(names):
        found = evaluator.find_in_class(view.type, name)
        method = None if found is None else found[1]
        if isinstance(method, FunctionValue):
            for mark in method.decorators:
                if isinstance(mark, Instance) and isinstance(mark.type, External) and mark.type.name in ROUTE_MARKS:
                    yield method, mark


def _own_router(evaluator: Evaluator, controller: Instance) -> Value:
    """The router of a `Controller`: a copy of the one that it is made with."""
    given = controller.argument(0, "router")
    if not isinstance(given, Instance):
        return given
    router = Instance(given.type, given.arguments, dict(given.keywords), controller.module, controller.node)
    evaluator.instances[ROUTER.name].append(router)
    return router


def _add_resource(evaluator: Evaluator, controller: Instance, view: Value) -> None:
    """`@controller.resource()`: gives the class a `router()`, and the router the class's dependencies."""
    router = evaluator.member(controller, "router")
    if not isinstance(view, ClassValue) or not isinstance(router, Instance):
        return
    found = evaluator.find_in_class(view, "dependencies")
    if found is not None and isinstance(found[1], (list, tuple)):
        own = router.keywords.get("dependencies")
        router.keywords["dependencies"] = [*(own if isinstance(own, (list, tuple)) else ()), *found[1]]
    view.attributes["router"] = Instance(GIVING, (router,))


ROUTE_MARKS = frozenset(
    f"{module}.{name}"
    for module in ("classy_fastapi", "classy_fastapi.decorators")
    for name in ("get", "post", "put", "patch", "delete", "route", "websocket")
)
#: What the evaluator knows of these libraries.
LIBRARY_CLASSES = (
    LibraryClass(
        tuple(f"{package}.{name}" for package in ("fastapi_utils", "fastapi_restful") for name in ("cbv.cbv", "cbv")),
        decorating={"__call__": _register_view},
    ),
    LibraryClass(
        ("classy_fastapi.Routable", "classy_fastapi.routable.Routable"), computed={"router": _router_of_methods}
    ),
    LibraryClass(
        ("fastapi_router_controller.Controller", "fastapi_router_controller.lib.controller.Controller"),
        computed={"router": _own_router, "route": lambda evaluator, one: evaluator.member(one, "router")},
        decorating={"resource": _add_resource},
    ),
)
