"""Path parameters: which of them something reads."""

from __future__ import annotations

import pytest

from reviewer.project.in_memory import project
from reviewer.project.routes.path_parameters import PathParameterReads

HEAD = """\
from typing import Annotated
import functools
from dataclasses import dataclass

import fastapi
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Path, Request
from pydantic import BaseModel

app = FastAPI()
"""


def reads_of(source: str, **files: str) -> PathParameterReads:
    paths = {f"{name}.py": text for name, text in files.items()}
    linked = project({"main.py": HEAD + source, **paths})
    return linked.path_parameter_reads(linked.routes[0])


def unread(source: str, **files: str) -> list[tuple[str, str | None, bool]]:
    paths = {f"{name}.py": text for name, text in files.items()}
    linked = project({"main.py": HEAD + source, **paths})
    return [(one.name, one.similar, one.is_of_prefix) for one in linked.unread_path_parameters]


def test_a_parameter_of_the_endpoint_is_read() -> None:
    assert reads_of("@app.get('/items/{item_id}')\ndef get(item_id: int): ...").unread == ()


def test_a_parameter_that_nothing_names_is_unread() -> None:
    assert reads_of("@app.get('/items/{item_id}')\ndef get(): ...").unread == ("item_id",)


def test_parameters_are_given_in_the_order_of_the_path_without_converters() -> None:
    reads = reads_of("@app.get('/b/{b:int}/a/{a}/rest/{c:path}')\ndef get(): ...")

    assert reads.names == ("b", "a", "c")


@pytest.mark.parametrize(
    "source",
    [
        "def load(item_id: int): ...\n@app.get('/{item_id}')\ndef get(item=Depends(load)): ...",
        "def key(item_id: int): ...\ndef load(key=Depends(key)): ...\n"
        "@app.get('/{item_id}')\ndef get(item: Annotated[str, Depends(load)]): ...",
        "def load(item_id: int): ...\n@app.get('/{item_id}', dependencies=[Depends(load)])\ndef get(): ...",
        "def load(item_id: int): ...\nrouter = APIRouter(dependencies=[Depends(load)])\n"
        "@router.get('/{item_id}')\ndef get(): ...\napp.include_router(router)",
        "class Load:\n    def __init__(self, item_id: int): ...\n"
        "@app.get('/{item_id}')\ndef get(item: Load = Depends()): ...",
        "class Load:\n    def __call__(self, item_id: int): ...\n"
        "@app.get('/{item_id}')\ndef get(item=Depends(Load())): ...",
        "def load(kind: str, item_id: int): ...\n"
        "@app.get('/{item_id}')\ndef get(item=Depends(functools.partial(load, 'a'))): ...",
        "async def load(item_id: int):\n    yield item_id\n@app.get('/{item_id}')\ndef get(item=Depends(load)): ...",
        "class Key(BaseModel):\n    item_id: int\n@app.get('/{item_id}')\ndef get(key: Key = Depends()): ...",
        "@dataclass\nclass Key:\n    item_id: int\n@app.get('/{item_id}')\ndef get(key: Key = Depends()): ...",
        "@app.get('/{item_id}')\ndef get(key: int = Path(alias='item_id')): ...",
        "@app.get('/{item_id}')\ndef get(key: Annotated[int, Path(alias='item_id')]): ...",
        "@app.get('/{item_id}')\ndef get(request: Request):\n    return request.path_params['item_id']",
        "@app.get('/{item_id}')\ndef get(request: Request):\n    return request.path_params.get('item_id')",
        "@app.get('/{item_id}')\ndef get(request: Request):\n    return request.scope['path_params']['item_id']",
        "def load(request: Request):\n    return find(request)\n"
        "def find(request):\n    return request.path_params['item_id']\n"
        "@app.get('/{item_id}')\ndef get(item=Depends(load)): ...",
        "@app.middleware('http')\nasync def tenant(request, call_next):\n"
        "    request.state.item = request.path_params['item_id']\n"
        "    return await call_next(request)\n@app.get('/{item_id}')\ndef get(): ...",
    ],
)
def test_a_parameter_is_read_by(source: str) -> None:
    reads = reads_of(source)

    assert reads.is_known
    assert reads.unread == ()


@pytest.mark.parametrize(
    "source",
    [
        "from somewhere import load\n@app.get('/{item_id}')\ndef get(item=Depends(load)): ...",
        "@app.get('/{item_id}', dependencies=make())\ndef get(): ...",
        "@app.get('/{item_id}')\ndef get(request: Request):\n    return dict(request.path_params)",
        "@app.get('/{item_id}')\ndef get(request: Request, name: str):\n    return request.path_params[name]",
    ],
)
def test_nothing_is_unread_where_something_cannot_be_followed(source: str) -> None:
    reads = reads_of(source)

    assert not reads.is_known
    assert reads.unread == ()


@pytest.mark.parametrize("signature", ["**parameters", "*parameters", "item_id, /", "name: str"])
def test_a_parameter_that_fastapi_cannot_hand_over_by_its_name_is_unread(signature: str) -> None:
    assert reads_of(f"@app.get('/{{item_id}}')\ndef get({signature}): ...").unread == ("item_id",)


@pytest.mark.parametrize("path", ["/{item-id}", "/{ item_id }", "/{item_id: int}", "/{größe}"])
def test_what_starlette_takes_for_text_is_no_parameter(path: str) -> None:
    assert reads_of(f"@app.get('{path}')\ndef get(): ...").names == ()


def test_a_permission_class_that_a_dependency_was_made_with_reads_its_own_parameters_only() -> None:
    permissions = """\
class Owner:
    def __init__(self, request):
        self.allowed = self.check(request)

    def check(self, request):
        return request.path_params["owner_id"]


class Checked:
    def __init__(self, classes):
        self.classes = classes

    def __call__(self, request: "Request"):
        return all(one(request) for one in self.classes)
"""
    source = "from permissions import Checked, Owner\n"
    source += "@app.get('/{owner_id}/{item_id}', dependencies=[Depends(Checked([Owner]))])\ndef get(): ..."

    assert reads_of(source, permissions=permissions).unread == ("item_id",)


def test_a_similar_parameter_is_named() -> None:
    assert unread("@app.get('/{item_id}')\ndef get(order_item_id: int): ...") == [("item_id", "order_item_id", False)]
    assert unread("@app.get('/{item_id}')\ndef get(limit: int): ...") == [("item_id", None, False)]


def test_a_rest_of_a_path_may_be_swallowed() -> None:
    assert unread("@app.get('/{rest:path}')\ndef get(): ...") == []


def test_a_parameter_of_a_prefix_is_unread_where_no_route_of_the_router_reads_it() -> None:
    router = "router = APIRouter(prefix='/shops/{shop_id}')\n@router.get('/a')\ndef a(): ...\n"
    include = "app.include_router(router)"

    assert unread(f"{router}@router.get('/b')\ndef b(): ...\n{include}") == [("shop_id", None, True)]
    assert unread(f"{router}@router.get('/b')\ndef b(shop_id: int): ...\n{include}") == []


def test_a_registration_is_given_once() -> None:
    source = "router = APIRouter()\n@router.get('/{item_id}')\ndef get(): ...\n"
    source += "app.include_router(router, prefix='/v1')\napp.include_router(router, prefix='/v2')"

    assert unread(source) == [("item_id", None, False)]


def test_a_page_that_answers_other_paths_without_a_parameter_leaves_it_to_the_client() -> None:
    page = "def page(): ...\n"

    assert unread("@app.get('/wallets/{wallet_id}')\n" + page) == [("wallet_id", None, False)]
    assert unread("@app.get('/wallets')\n@app.get('/wallets/{wallet_id}')\n" + page) == []
