"""Subclasses of FastAPI's classes that override how routes are registered."""

from __future__ import annotations

import pytest

from reviewer.project.in_memory import project
from reviewer.project.model import Route


def routes(source: str) -> list[Route]:
    return list(project({"main.py": "from fastapi import APIRouter, Depends, FastAPI\n" + source}).routes)


def rows(source: str) -> list[str]:
    return [f"{route} {route.endpoint_name.partition(':')[2]}" for route in routes(source)]


USE = 'router = Router(prefix="/v1")\n@router.get("/a")\ndef a(): ...\napp = FastAPI()\napp.include_router(router)\n'


@pytest.mark.parametrize(
    "override",
    [
        # both spellings of the path, from the decorator
        "    def api_route(self, path, **kwargs):\n"
        "        one, two = super().api_route(path, **kwargs), super().api_route(path + '/', **kwargs)\n"
        "        def decorator(function):\n            one(function)\n            return two(function)\n"
        "        return decorator\n",
        # … and where decorators arrive
        "    def add_api_route(self, path, endpoint, **kwargs):\n"
        "        for one in (path, path + '/'):\n            super().add_api_route(one, endpoint, **kwargs)\n",
        "    def add_api_route(self, path: str, endpoint, *, methods=None, include_in_schema: bool = True, **kwargs):\n"
        "        super().add_api_route(path, endpoint, methods=methods, include_in_schema=include_in_schema, **kwargs)\n"
        "        APIRouter.add_api_route(self, path + '/', endpoint, methods=methods, include_in_schema=False)\n",
        "    def get(self, path, *args, **kwargs):\n"
        "        def decorator(function):\n"
        "            for one in [path, f'{path}/']:\n                super(Router, self).get(one, **kwargs)(function)\n"
        "            return function\n        return decorator\n",
    ],
    ids=["api_route", "add_api_route", "by-class", "get"],
)
def test_an_override_of_registering_methods_is_run(override: str) -> None:
    assert rows("class Router(APIRouter):\n" + override + USE) == ["GET /v1/a a", "GET /v1/a/ a"]


def test_what_an_override_adds_and_takes_away_is_seen() -> None:
    source = (
        "def guard(): ...\nclass Router(APIRouter):\n"
        "    def add_api_route(self, path, endpoint, **kwargs):\n"
        "        kwargs['tags'] = (kwargs.get('tags') or []) + ['extra']\n"
        "        if kwargs.get('deprecated') is None:\n            kwargs['deprecated'] = True\n"
        "        super().add_api_route(path, endpoint, dependencies=[Depends(guard)], **{**kwargs, 'status_code': 202})\n"
    )
    source = source.replace(
        "dependencies=[Depends(guard)], **{**kwargs, ", "**{**kwargs, 'dependencies': [Depends(guard)], "
    )
    (route,) = routes(source + USE.replace('"/a"', '"/a", tags=["own"]'))

    assert route.tags == ("own", "extra")
    assert route.deprecated
    assert route.status_code == 202
    assert [one.name for one in route.all_dependencies] == ["guard"]


def test_a_method_of_the_subclass_registers_on_the_router() -> None:
    source = (
        "class Router(APIRouter):\n    def page(self, path):\n        return self.get(path + '.html', tags=['page'])\n"
        "router = Router()\n@router.page('/home')\ndef home(): ...\napp = FastAPI()\napp.include_router(router)\n"
    )

    assert rows(source) == ["GET /home.html home"]


def test_an_override_of_include_router_is_run() -> None:
    source = (
        "class App(FastAPI):\n    def include_router(self, router, *args, **kwargs):\n"
        "        super().include_router(router, *args, prefix='/api', **kwargs)\n"
        "router = APIRouter()\n@router.get('/a')\ndef a(): ...\napp = App()\napp.include_router(router, tags=['t'])\n"
    )

    assert rows(source) == ["GET /api/a a"]


def test_the_attributes_of_applications_and_routers_are_known() -> None:
    source = (
        "app = FastAPI(docs_url=None)\nrouter = APIRouter(prefix='/v1')\n"
        "@app.get(app.openapi_url + '.yaml')\ndef yaml(): ...\n"
        "@app.get(f'{router.prefix}/ping')\ndef ping(): ...\n"
        "@app.get(app.swagger_ui_oauth2_redirect_url)\ndef redirect(): ...\n"
        "@app.router.get('/direct')\ndef direct(): ...\n"
    )

    assert rows(source) == [
        "GET /openapi.json.yaml yaml",
        "GET /v1/ping ping",
        "GET /docs/oauth2-redirect redirect",
        "GET /direct direct",
    ]
