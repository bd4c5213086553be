"""`reviewer model`: everything that a rule can ask."""

from __future__ import annotations

import json
from pathlib import Path

from command_line import Run


def test_all_parts_of_the_model_are_dumped(run: Run, shop: Path) -> None:
    document = run("model").document

    assert {"applications", "routers", "routes", "operations", "schemas", "tables", "templates"} <= set(document)
    assert [route["path"] for route in document["routes"]] == ["/items/{item_id}", "/items"]
    assert document["applications"][0]["name"] == "app:app"
    assert "modules" not in document


def test_one_part_or_several_can_be_chosen(run: Run, shop: Path) -> None:
    assert list(run("model", "--part", "tables").document) == ["tables"]
    assert list(run("model", "--part", "tables", "--part", "routes").document) == ["tables", "routes"]


def test_an_unknown_part_is_answered_with_those_there_are(run: Run, shop: Path) -> None:
    done = run("model", "--part", "rotues")

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("reviewer: there is no part 'rotues'; there are applications, ")


def test_the_dump_goes_to_a_file(run: Run, shop: Path) -> None:
    done = run("model", "--part", "routes", "-o", "model.json")

    assert (done.code, done.out) == (0, "")
    assert len(json.loads((shop / "model.json").read_text())["routes"]) == 2


def test_a_model_that_refers_to_itself_can_be_dumped(run: Run, shop: Path) -> None:
    (shop / "loop.py").write_text(
        "from fastapi import APIRouter, Depends\n\nrouter = APIRouter()\nrouter.include_router(router)\n\n\n"
        "def first(other=Depends(lambda: first)): ...\n\n\n"
        "@router.get('/', dependencies=[Depends(first)])\ndef read(value=Depends(first)): ...\n"
    )

    assert run("model").code == 0
