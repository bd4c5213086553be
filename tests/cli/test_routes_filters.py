"""`reviewer routes` shows a part of the table: by method, path, tag, authentication, documentation."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Run

APPLICATION = '''"""Users and items."""

from fastapi import Depends, FastAPI, HTTPException
from fastapi.staticfiles import StaticFiles
from settings import settings


def signed_in(token: str):
    """Refuse others."""
    if not token:
        raise HTTPException(401)


app = FastAPI()
app.mount("/static", StaticFiles(directory="static"))


@app.get("/users", tags=["users"])
def list_users():
    """List users."""


@app.post("/users", tags=["users"], dependencies=[Depends(signed_in)])
def create_user():
    pass


@app.put("/users/{user_id}", tags=["users", "admin"], dependencies=[Depends(signed_in)])
def replace_user(user_id: int):
    """Replace a user."""


@app.delete("/items/{item_id}", tags=["admin"], dependencies=settings.guards)
def delete_item(item_id: int):
    """Delete an item."""


if settings.debug:

    @app.get("/debug")
    def debug():
        """Show internals."""
'''


@pytest.fixture
def users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An application with five routes and a mount."""
    folder = tmp_path / "users"
    folder.mkdir()
    (folder / "app.py").write_text(APPLICATION)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    ("arguments", "endpoints"),
    [
        ([], "list_users create_user replace_user delete_item debug"),
        (["--method", "get"], "list_users debug"),
        (["--method", "get,POST"], "list_users create_user debug"),
        (["--method", "put", "--method", "delete"], "replace_user delete_item"),
        (["--path", "/users"], "list_users create_user replace_user"),
        (["--path", "/users/{}", "--path", "/items"], "replace_user delete_item"),
        (["--path", "*/{id}"], "replace_user delete_item"),
        (["--tag", "admin"], "replace_user delete_item"),
        (["--tag", "admin", "--tag", "users", "--method", "post"], "create_user"),
        (["--without-auth"], "list_users debug"),
        (["--undocumented"], "create_user"),
        (["--tag", "users", "--without-auth"], "list_users"),
        (["--tag", "items"], ""),
    ],
)
def test_filters_hold_together_and_values_of_one_are_alternatives(
    run: Run, users: Path, arguments: list[str], endpoints: str
) -> None:
    done = run("routes", "--format", "json", *arguments)

    assert done.code == 0
    assert [row["name"] for row in done.document["routes"]] == endpoints.split()


def test_the_last_line_says_how_many_of_how_many_are_shown(run: Run, users: Path) -> None:
    assert run("routes").out.splitlines()[-1].startswith("5 routes")
    assert run("routes", "--tag", "users").out.splitlines()[-1].startswith("3 of 5 routes")
    assert run("routes", "--tag", "nothing").out.splitlines()[-1].startswith("none of 5 routes")


def test_routes_whose_authentication_is_not_known_are_counted_where_open_ones_are_asked_for(
    run: Run, users: Path
) -> None:
    assert "1 more left out whose authentication is not known" in run("routes", "--without-auth").out
    assert "left out" not in run("routes", "--without-auth", "--method", "get").out


def test_mounts_are_shown_as_such_and_are_no_routes(run: Run, users: Path) -> None:
    lines = run("routes").out.splitlines()
    document = run("routes", "--format", "json").document

    assert lines[0] == "app:app (fastapi), 5 routes, 1 mount"
    assert any(line.split() == ["MOUNT", "/static/*", "StaticFiles", "static", "files", "app.py:15"] for line in lines)
    assert document["mounts"] == [
        {
            "app": "app:app",
            "path": "/static",
            "kind": "static files",
            "target": "StaticFiles",
            "conditions": [],
            "file": "app.py",
            "line": 15,
        }
    ]
    assert "MOUNT" not in run("routes", "--method", "get").out
    assert "MOUNT" in run("routes", "--path", "/static").out


def test_a_row_that_depends_on_a_setting_says_on_which(run: Run, users: Path) -> None:
    for form in ("text", "markdown", "html"):
        assert "if settings.debug" in run("routes", "--format", form).out


def test_unknown_authentication_is_explained_with_its_route(run: Run, users: Path) -> None:
    out = run("routes", "--explain-unknown").out

    assert "  app.py:34  authentication: dependency {?}  (DELETE /items/{item_id})\n" in out
