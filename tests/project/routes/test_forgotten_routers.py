"""Which routers count as forgotten, and which only seem to be."""

from __future__ import annotations

from reviewer.project.in_memory import project

ROUTER = "from fastapi import APIRouter\nrouter = APIRouter()\n@router.get('/x')\ndef x(): ...\n"
APP = "from fastapi import FastAPI\napp = FastAPI()\n"


def forgotten(files: dict[str, str]) -> list[str]:
    return [router.names[0] for router in project(files).forgotten_routers()]


def test_a_router_that_nothing_includes_is_forgotten() -> None:
    assert forgotten({"main.py": APP, "items.py": ROUTER}) == ["items:router"]
    assert forgotten({"main.py": APP + "import items\n", "items.py": ROUTER}) == ["items:router"]
    assert forgotten({"main.py": APP + "from items import router\n", "items.py": ROUTER}) == ["items:router"]


def test_a_router_without_routes_is_not() -> None:
    assert forgotten({"main.py": APP, "items.py": "from fastapi import APIRouter\nrouter = APIRouter()\n"}) == []


def test_of_routers_that_include_each_other_the_outermost_is() -> None:
    outer = "from fastapi import APIRouter\nimport items\napi = APIRouter()\napi.include_router(items.router)\n"
    assert forgotten({"main.py": APP, "items.py": ROUTER, "api.py": outer}) == ["api:api"]


def test_a_library_has_no_forgotten_routers() -> None:
    assert forgotten({"status/__init__.py": ROUTER}) == []
    assert forgotten({"src/status/__init__.py": ROUTER, "examples/app.py": APP}) == []


def test_a_router_whose_name_is_used_otherwise_is_not() -> None:
    for use in (
        "from items import router\nROUTERS = [router]\n",
        "import items\nprint(items.router)\n",
        "from items import router as first\ndef all_routers():\n    return [first]\n",
        "def install(app):\n    from items import router\n    install_on(app, router)\n",
    ):
        assert forgotten({"main.py": APP, "items.py": ROUTER, "use.py": use}) == []


def test_an_include_that_is_not_followed_leaves_all_routers_alone() -> None:
    main = APP + "def load(name):\n    app.include_router(find(name))\n"
    assert forgotten({"main.py": main, "items.py": ROUTER}) == []


def test_a_router_that_is_included_under_a_condition_is_not() -> None:
    main = APP + "import items\nDEBUG = False\nif DEBUG:\n    app.include_router(items.router)\n"
    assert forgotten({"main.py": main, "items.py": ROUTER}) == []


def test_blueprints_of_a_project_without_flask_application_are_left_alone() -> None:
    blueprint = "from flask import Blueprint\nbp = Blueprint('bp', __name__)\n@bp.get('/x')\ndef x(): ...\n"
    assert forgotten({"main.py": APP, "pages.py": blueprint}) == []
