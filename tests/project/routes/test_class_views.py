"""Class-based views of libraries around FastAPI."""

from __future__ import annotations

import pytest

from reviewer.project.in_memory import project
from reviewer.project.model import Route

APP = "from fastapi import APIRouter, Depends, FastAPI\ndef db(): ...\ndef guard(): ...\n"


def routes(source: str) -> list[Route]:
    return list(project({"main.py": APP + source}).routes)


def rows(source: str) -> list[str]:
    return [f"{route} {route.endpoint_name.partition(':')[2]}" for route in routes(source)]


@pytest.mark.parametrize("package", ["fastapi_utils.cbv", "fastapi_restful.cbv", "fastapi_restful"])
def test_views_get_their_class_as_a_dependency_and_are_served_last(package: str) -> None:
    source = (
        f"from {package} import cbv\nrouter = APIRouter()\n"
        "@cbv(router)\nclass Items:\n    session: object = Depends(db)\n    @router.get('/items')\n    def all(self): ...\n"
        "@router.get('/plain')\ndef plain(): ...\n"
        "@cbv(router, '/named')\nclass Named:\n    def post(self, g=Depends(guard)): ...\n    def get(self): ...\n"
        "    def helper(self): ...\napp = FastAPI()\napp.include_router(router)\n"
    )
    found = routes(source)

    assert [f"{one} {one.function_name}" for one in found] == [
        "GET /items Items.all",
        "GET /plain plain",
        "GET /named Named.get",
        "POST /named Named.post",
    ]
    assert [[each.name for each in one.all_dependencies] for one in found] == [
        ["Items", "db"], [], ["Named"], ["Named", "guard"],
    ]  # fmt: skip


def test_a_routable_makes_a_router_of_its_marked_methods() -> None:
    source = (
        "from classy_fastapi import Routable, delete, get\nfrom classy_fastapi.decorators import route\n"
        "class Users(Routable):\n    def __init__(self, dao, **options):\n        super().__init__(**options)\n"
        "    @get('/{id}', tags=['one'])\n    def read(self, id: int, d=Depends(db)) -> int: ...\n"
        "    @route('/many', methods=['PUT', 'PATCH'])\n    def change(self): ...\n    def helper(self): ...\n"
        "class More(Users):\n    @delete('/{id}', status_code=204)\n    def erase(self, id: int): ...\n"
        "app = FastAPI()\napp.include_router(Users(1, prefix='/users', tags=['users']).router)\n"
        "more = More(dao=1)\napp.include_router(more.router, prefix='/more')\n"
    )
    found = routes(source)

    assert [f"{one} {one.function_name} {one.tags}" for one in found] == [
        "PUT /users/many Users.change ('users',)",
        "PATCH /users/many Users.change ('users',)",
        "GET /users/{id} Users.read ('users', 'one')",
        "PUT /more/many Users.change ()",
        "PATCH /more/many Users.change ()",
        "DELETE /more/{id} More.erase ()",
        "GET /more/{id} Users.read ('one',)",
    ]
    assert [one.name for one in found[2].all_dependencies] == ["db"]


def test_a_controller_gives_its_class_a_router() -> None:
    source = (
        "from fastapi_router_controller import Controller\n"
        "router = APIRouter(prefix='/c')\ncontroller = Controller(router)\n"
        "@controller.use()\n@controller.resource()\nclass Items:\n    dependencies = [Depends(guard)]\n"
        "    def __init__(self, session=Depends(db)): ...\n    @controller.route.get('/a')\n    def a(self): ...\n"
        "    @controller.router.post('/b')\n    def b(self): ...\napp = FastAPI()\napp.include_router(Items.router())\n"
    )

    assert rows(source) == ["GET /c/a Items.a", "POST /c/b Items.b"]
    assert {each.name for each in routes(source)[0].all_dependencies} == {"guard", "Items", "db"}
