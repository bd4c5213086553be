"""`reviewer routes`: the table for people and programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import Run

FLASK = """import os

from flask import Flask

site = Flask(__name__)


@site.route("/about", methods=["GET", "POST"])
def about():
    return "About."


@site.route(os.environ["HIDDEN"] + "/hidden")
def hidden():
    return "Hidden."
"""
#: The fields that programs rely on, with the types of their values.
FIELDS: dict[str, tuple[type, ...]] = {
    "app": (str,),
    "framework": (str,),
    "method": (str,),
    "path": (str,),
    "endpoint": (str,),
    "name": (str,),
    "file": (str,),
    "line": (int,),
    "status_code": (int, type(None)),
    "response_model": (str, type(None)),
    "tags": (list,),
    "summary": (str, type(None)),
    "deprecated": (bool,),
    "include_in_schema": (bool,),
    "documented": (bool,),
    "dependencies": (list,),
    "auth": (list,),
}


@pytest.fixture
def site(shop: Path) -> Path:
    """The shop, and beside it an application of Flask with a path that is not known."""
    (shop / "site.py").write_text(FLASK)
    return shop


def test_a_module_named_like_a_command_of_a_build_system_gives_none(run: Run, shop: Path) -> None:
    (shop / "::error::forged.py").write_text((shop / "app.py").read_text())
    done = run("routes")

    assert "\\x3a:error::forged:app (fastapi), 2 routes\n" in done.out
    assert not any(line.lstrip().startswith("::") for line in done.out.split("\n"))


def rows(run: Run, *arguments: str) -> list[dict[str, Any]]:
    done = run("routes", "--format", "json", *arguments)
    assert done.code == 0
    return done.document["routes"]  # type: ignore[no-any-return]


def test_every_row_has_the_promised_fields(run: Run, site: Path) -> None:
    for row in rows(run):
        for field, types in FIELDS.items():
            assert isinstance(row[field], types), (field, row)


def test_a_row_says_what_serves_a_route_and_where_it_stands(run: Run, site: Path) -> None:
    row = next(row for row in rows(run) if row["path"] == "/items" and row["method"] == "POST")

    assert {field: row[field] for field in FIELDS} == {
        "app": "app:app",
        "framework": "fastapi",
        "method": "POST",
        "path": "/items",
        "endpoint": "app:create_item",
        "name": "create_item",
        "file": "app.py",
        "line": 16,
        "status_code": None,
        "response_model": "Item",
        "tags": ["items"],
        "summary": None,
        "deprecated": False,
        "include_in_schema": True,
        "documented": True,
        "dependencies": [],
        "auth": [],
    }


def test_there_is_a_row_for_each_method_in_order_of_registration(run: Run, site: Path) -> None:
    assert [(row["app"], row["method"], row["path"]) for row in rows(run)] == [
        ("app:app", "GET", "/items/{item_id}"),
        ("app:app", "POST", "/items"),
        ("site:site", "GET", "/about"),
        ("site:site", "POST", "/about"),
        ("site:site", "GET", "{?}/hidden"),
    ]


def test_the_text_has_a_block_for_each_application_and_counts_what_is_unknown(run: Run, site: Path) -> None:
    lines = run("routes").out.splitlines()

    assert "app:app (fastapi), 2 routes" in lines
    assert "  POST    /items            create_item  public          Item      app.py:16" in lines
    assert any(line.split()[1:2] == ["{?}/hidden"] for line in lines)
    assert lines[-1].startswith("5 routes, 1 with {?} in a path that is not wholly known, ")


def test_unknown_parts_are_explained_where_it_is_asked_for(run: Run, site: Path) -> None:
    brief = run("routes").out
    explained = run("routes", "--explain-unknown").out

    assert "Not known:" not in brief
    assert brief.endswith("(--explain-unknown says where and why)\n")
    assert "Not known:\n  site.py:13  environment variable  (GET {?}/hidden)\n" in explained


def test_a_folder_without_web_application_has_no_routes(run: Run, shop: Path) -> None:
    (shop / "app.py").unlink()

    assert run("routes").out == "no routes\n"
    assert rows(run) == []


def test_named_files_give_the_routes_whose_endpoints_are_in_them(run: Run, site: Path) -> None:
    assert {row["app"] for row in rows(run, "site.py")} == {"site:site"}
    assert rows(run, "models.py") == []


def test_the_table_goes_to_a_file(run: Run, site: Path) -> None:
    printed = run("routes", "--format", "json").out
    done = run("routes", "--format", "json", "--output", "routes.json")

    assert (done.code, done.out) == (0, "")
    assert (site / "routes.json").read_text() == printed
    assert json.loads(printed)["schema_version"] == 1


@pytest.mark.parametrize("status", ["10**40", "1e999", "'201'", "True", "-1", "[]", "b'1'"])
def test_a_senseless_status_ends_no_run(run: Run, shop: Path, status: str) -> None:
    text = (shop / "app.py").read_text()
    (shop / "app.py").write_text(text.replace('"/items",', f'"/items", status_code={status},'))
    for command in ("routes", "check", "model"):
        done = run(command, "--format", "json") if command != "model" else run(command)

        assert done.code in (0, 1), done.err
        assert done.document


def test_a_path_of_controls_and_brackets_cannot_act_on_a_terminal_or_a_build_log(run: Run, shop: Path) -> None:
    text = (shop / "app.py").read_text()
    (shop / "app.py").write_text(text.replace('"/items"', r'"/items\x1b[31m\u202e##[error]\n::error::x"'))
    output = run("routes").out

    assert "\x1b" not in output
    assert "\u202e" not in output
    assert "##[" not in output
    assert len([line for line in output.splitlines() if line.startswith("  ")]) == 3


@pytest.mark.parametrize(
    ("arguments", "remark"),
    [
        (["--method", "gte"], "no route has the method 'GTE'; there are GET, POST"),
        (["--tag", "item"], "no route has the tag 'item'; did you mean 'items'?"),
    ],
)
def test_a_filter_that_no_route_can_meet_is_remarked(run: Run, site: Path, arguments: list[str], remark: str) -> None:
    done = run("routes", *arguments)

    assert done.code == 0
    assert done.err == f"reviewer: note: {remark}\n"


def test_a_path_may_be_given_without_its_first_slash(run: Run, site: Path) -> None:
    assert run("routes", "--path", "about").out == run("routes", "--path", "/about").out
