"""How FastAPI and Starlette register routes: their classes and methods, and what a registering call says."""

from __future__ import annotations

from reviewer.modules import tree
from reviewer.project.evaluation.library_classes import Forwarding, LibraryClass
from reviewer.project.evaluation.values import Event, External, Instance, Unknown, Value, place_of
from reviewer.project.routes.argument_places import argument_place
from reviewer.project.routes.path_text import known_texts
from reviewer.rule import Place

FASTAPI_CLASSES = ("fastapi.FastAPI", "fastapi.applications.FastAPI")
STARLETTE_CLASSES = ("starlette.applications.Starlette",)
ROUTER_CLASSES = (
    "fastapi.APIRouter",
    "fastapi.routing.APIRouter",
    "fastapi.router.APIRouter",
    "starlette.routing.Router",
)
APPLICATION_CLASSES = FASTAPI_CLASSES + STARLETTE_CLASSES
INCLUDING = frozenset({"include_router"})
HTTP_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "trace"})
ROUTE_CLASSES = ("fastapi.routing.APIRoute", "fastapi.routing.APIWebSocketRoute")

#: Registrations with Starlette, which takes nothing of the routers around but their prefixes.
STARLETTE_REGISTRATIONS = frozenset({"route", "add_route", "websocket_route", "add_websocket_route"})
WEBSOCKET_REGISTRATIONS = frozenset({"websocket", "add_api_websocket_route"})

#: What a router passes on for what a call leaves out. A `Default(…)` is what an outer level may replace.
_UNSET = Instance(External("fastapi.datastructures.DefaultPlaceholder"), (None,))
PASSED_ON = {
    "response_model": _UNSET, "status_code": None, "tags": None, "dependencies": None, "summary": None,
    "description": None, "response_description": "Successful Response", "responses": None, "deprecated": None,
    "operation_id": None, "response_model_include": None, "response_model_exclude": None,
    "response_model_by_alias": True, "response_model_exclude_unset": False, "response_model_exclude_defaults": False,
    "response_model_exclude_none": False, "include_in_schema": True, "response_class": _UNSET, "name": None,
    "callbacks": None, "openapi_extra": None, "generate_unique_id_function": _UNSET,
}  # fmt: skip
#: What the evaluator knows of the classes: see `fastapi.routing.APIRouter` and `fastapi.applications.FastAPI`.
LIBRARY_CLASSES = (
    LibraryClass(
        APPLICATION_CLASSES,
        attributes={
            "title": "FastAPI",
            "version": "0.1.0",
            "openapi_url": "/openapi.json",
            "docs_url": "/docs",
            "redoc_url": "/redoc",
            "swagger_ui_oauth2_redirect_url": "/docs/oauth2-redirect",
            "root_path": "",
        },
        aliases=frozenset({"router"}),
    ),
    LibraryClass(
        ROUTE_CLASSES,
        attributes={
            "path": None,
            "endpoint": None,
            "methods": [],
            "tags": [],
            "dependencies": [],
            "name": None,
            "summary": None,
            "description": None,
            "deprecated": None,
            "include_in_schema": True,
            "status_code": None,
            "responses": {},
            "operation_id": None,
            "response_model": None,
            "openapi_extra": None,
        },
    ),
    LibraryClass(
        ROUTER_CLASSES,
        attributes={"prefix": "", "tags": [], "dependencies": []},
        forwardings={
            **{
                method: Forwarding("api_route", {**PASSED_ON, "methods": [method.upper()]})
                for method in sorted(HTTP_METHODS)
            },
            "api_route": Forwarding("add_api_route", {**PASSED_ON, "methods": None}, is_decorator=True),
            "websocket": Forwarding("add_api_websocket_route", {"name": None}, is_decorator=True),
            "route": Forwarding("add_route", {"methods": None, "name": None}, is_decorator=True),
            "websocket_route": Forwarding("add_websocket_route", {"name": None}, is_decorator=True),
        },
    ),
)

#: Registering methods: how the endpoint is given, and the position of the path.
DECORATORS = HTTP_METHODS | {"api_route", "route", "websocket", "websocket_route"}
ADDERS = frozenset({"add_api_route", "add_route", "add_api_websocket_route", "add_websocket_route"})


def given_keywords(event: Event) -> dict[str, Value]:
    """The keyword arguments of a registering call without placeholders of the framework's defaults."""
    return {
        name: value
        for name, value in event.keywords.items()
        if not (isinstance(value, Instance) and value.type == _UNSET.type)
    }


def argument(event: Event, position: int, name: str) -> Value:
    """The value of an argument of a registering call, given by position or name."""
    if name in event.keywords:
        return event.keywords[name]
    if name == "path" and "prefix" in event.keywords and event.method == "mount":
        return event.keywords["prefix"]
    return event.arguments[position] if position < len(event.arguments) else None


def path_place(event: Event, path: str) -> Place:
    """Where the path of a registration stands: in the call, or in the decorator that makes the call."""
    if event.origin is None or event.origin[1] is event.node:
        return argument_place(event, 0, "path")
    module, node = event.origin
    for argument_node in call_arguments(node):
        if isinstance(argument_node, tree.Text) and argument_node.value and path.startswith(argument_node.value):
            return place_of(module, argument_node)
    return event.place


def call_arguments(node: tree.Node) -> tuple[tree.Expression, ...]:
    """The arguments of a call as written, those by name last."""
    return (*node.arguments, *(one.value for one in node.keywords)) if isinstance(node, tree.Call) else ()


def keyword_expression(event: Event, name: str) -> tree.Expression | None:
    """A keyword argument of a registering call as written where a reader sees the registration."""
    node = event.site[1]
    keywords = node.keywords if isinstance(node, tree.Call) else ()
    return next((keyword.value for keyword in keywords if keyword.name == name), None)


def methods_of(event: Event) -> tuple[str, ...] | Unknown:
    """The methods that a registration serves, upper case."""
    if event.method in HTTP_METHODS:
        return (event.method.upper(),)
    if "websocket" in event.method:
        return ("WEBSOCKET",)
    given = event.keywords.get("methods")
    if given is None:
        return ("GET",)
    methods = known_texts(sorted(given, key=repr) if isinstance(given, set) else given)
    return methods if isinstance(methods, Unknown) else tuple(method.upper() for method in methods)
