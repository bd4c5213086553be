"""Custom classes of FastAPI's routes: what their constructors change of a registration."""

from __future__ import annotations

import pytest

from reviewer.project.in_memory import project
from reviewer.project.model import Route

APP = (
    "from fastapi import APIRouter, Depends, FastAPI\nfrom fastapi.routing import APIRoute\ndef guard(): ...\n"
    "class Plain(APIRoute):\n    def get_route_handler(self):\n        return super().get_route_handler()\n"
    "class Custom(APIRoute):\n    def __init__(self, path, endpoint, **kwargs):\n{body}\n"
    "{router}\n@router.get('/x', tags=['own'])\ndef x(): ...\n"
    "app = FastAPI()\napp.include_router(router, prefix='/api', tags=['include'])\n"
)
ROUTER = "router = APIRouter(prefix='/r', tags=['router'], route_class=Custom)"
ORDINARY = ("GET /api/r/x", ("include", "router", "own"), False, [], "main:x")


def only_route(body: str, router: str = ROUTER) -> Route:
    written = "\n".join(f"        {line}" for line in body.splitlines())
    (route,) = project({"main.py": APP.format(body=written, router=router)}).routes
    return route


def facts(route: Route) -> tuple[object, ...]:
    names = [one.name for one in route.all_dependencies]
    return str(route), route.tags, route.deprecated, names, route.endpoint_name


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("super().__init__(path, endpoint, **kwargs)", ORDINARY),
        ("kwargs['tags'] = ['class']\nsuper().__init__(path, endpoint, **kwargs)", (ORDINARY[0], ("include", "class"), *ORDINARY[2:])),
        ("super().__init__(path, endpoint, **kwargs)\nself.deprecated = True", (*ORDINARY[:2], True, *ORDINARY[3:])),
        (
            "kwargs['dependencies'] = [*kwargs['dependencies'], Depends(guard)]\nsuper().__init__(path, endpoint, **kwargs)",
            (*ORDINARY[:3], ["guard"], ORDINARY[4]),
        ),
        ("super().__init__(path + '.json', endpoint, **kwargs)", ("GET /api/r/x.json", *ORDINARY[1:])),
        ("super().__init__(path=path, endpoint=lambda: endpoint(), **kwargs)", (*ORDINARY[:4], "main:Custom.__init__.<locals>.<lambda>")),
    ],
    ids=["nothing", "tags", "attribute", "dependencies", "path", "endpoint"],
)  # fmt: skip
def test_the_constructor_of_a_route_class_changes_the_route(body: str, expected: tuple[object, ...]) -> None:
    assert facts(only_route(body)) == expected


@pytest.mark.parametrize(
    "router",
    [
        "class Router(APIRouter):\n    route_class = Custom\nrouter = Router(prefix='/r', tags=['router'])",
        "class Router(APIRouter):\n    def __init__(self, **k):\n        super().__init__(route_class=Custom, **k)\n"
        "router = Router(prefix='/r', tags=['router'])",
        "router = APIRouter(prefix='/r', tags=['router'])\nrouter.route_class = Custom",
    ],
)
def test_the_route_class_of_a_router_may_be_set_anywhere(router: str) -> None:
    assert only_route("super().__init__(path, endpoint, **{**kwargs, 'deprecated': True})", router).deprecated is True


def test_a_route_class_without_a_constructor_changes_nothing() -> None:
    assert facts(only_route("pass", ROUTER.replace("Custom", "Plain"))) == ORDINARY
