"""What endpoints and their dependencies take from requests."""

from __future__ import annotations

import pytest

from reviewer.api import RequestParameter, project

HEADER = """\
from typing import Annotated, Any, Literal, Optional
from fastapi import Body, Depends, FastAPI, Form, Header, Path, Query, Request, UploadFile
from pydantic import BaseModel, conint
from starlette.authentication import requires
app = FastAPI()
class Book(BaseModel):
    title: str
"""


def parameters(source: str) -> tuple[RequestParameter, ...]:
    return project({"main.py": HEADER + source}).request_parameters


@pytest.mark.parametrize(
    ("declared", "kind"),
    [
        ("one: int", "query"),
        ("one: Any", "query"),
        ("one: Optional[str] = None", "query"),
        ("one: dict", "body"),
        ("one: list[int]", "body"),
        ("one: list[Book] | None = None", "body"),
        ("one: Book | dict", "body"),
        ("one: Annotated[list[int], Query()]", "query"),
        ("one: Book", "body"),
        ("one: UploadFile", "file"),
        ("one: str = Form()", "form"),
        ("one: str = Header()", "header"),
        ("one: Request", "special"),
    ],
)
def test_a_parameter_comes_from(declared: str, kind: str) -> None:
    assert [one.kind for one in parameters(f"@app.post('/')\ndef add({declared}): ...")] == [kind]


def test_a_dependency_of_several_routes_is_told_once_with_all_of_them() -> None:
    found = parameters(
        "def page(limit: int = 10): ...\n"
        "@app.get('/a')\ndef a(page=Depends(page)): ...\n@app.get('/b')\ndef b(page=Depends(page)): ..."
    )

    assert [(one.name, [route.path for route in one.routes]) for one in found] == [("limit", ["/a", "/b"])]


@pytest.mark.parametrize("declared", ["Query(10, le=50)", "10", "None"], ids=["marker", "default", "none"])
def test_a_constraint_is_found_in_the_marker(declared: str) -> None:
    (found,) = parameters(f"@app.get('/')\ndef get(limit: int = {declared}): ...")

    assert found.constraint("le") is ("le=" in declared)


def test_constraints_are_found_in_annotations_and_calls() -> None:
    for annotation in ("Annotated[int, Query(le=5)]", "conint(le=5)", "Optional[Annotated[int, Query(le=5)]]"):
        (found,) = parameters(f"@app.get('/')\ndef get(limit: {annotation} = 1): ...")
        assert found.constraint("le"), annotation


def test_what_a_decorator_of_a_library_was_given_by_a_call_keeps_its_parameters() -> None:
    (found,) = parameters("def get(limit: int): ...\napp.get('/')(requires('admin')(get))")

    assert (found.name, found.route.endpoint_name) == ("limit", "main:get")


def test_of_several_markers_fastapi_takes_the_last() -> None:
    (found,) = parameters("@app.post('/')\ndef add(one: Annotated[str, Query(), Body()]): ...")

    assert found.kind == "body"
