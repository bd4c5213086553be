"""Routes of routers that no application is known to include: those of plugins."""

from __future__ import annotations

from reviewer.api import project

PLUGIN = """\
from fastapi import APIRouter

router = APIRouter(prefix="/cards")


@router.get("/{card_id}")
def get_card(card_id: int): ...


@router.get("/latest")
def latest(): ...
"""
LOADER = """\
import importlib

from fastapi import FastAPI

app = FastAPI()
for name in names():
    app.include_router(importlib.import_module(name).router)
"""


def test_routers_of_plugins_have_the_routes_that_they_would_serve() -> None:
    it = project({"main.py": LOADER, "cards.py": PLUGIN})

    assert [str(one) for one in it.routes] == []
    assert [str(one) for one in it.unserved_routes] == ["GET /cards/{card_id}", "GET /cards/latest"]


def test_routes_of_a_plugin_hide_one_another() -> None:
    it = project({"main.py": LOADER, "cards.py": PLUGIN})

    assert [str(one.routes[0]) for one in it.shadowed_routes()] == ["GET /cards/latest"]


def test_routers_that_are_included_have_no_routes_beside() -> None:
    it = project(
        {
            "cards.py": PLUGIN,
            "main.py": "from fastapi import FastAPI\nfrom cards import router\napp = FastAPI()\napp.include_router(router)\n",
        }
    )

    assert len(it.routes) == 2
    assert it.unserved_routes == ()
