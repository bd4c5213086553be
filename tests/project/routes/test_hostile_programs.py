"""Programs that would take forever end with a clear answer: what is known of them, and a reason for what is not."""

from __future__ import annotations

import pytest

from reviewer.project.in_memory import project
from reviewer.project.project import Project
from reviewer.project.routes.open_routes import _matches

FASTAPI = "import itertools, os\nfrom fastapi import APIRouter, FastAPI\napp = FastAPI()\ndef f(): ...\n"
FLASK = "from flask import Blueprint, Flask\napp = Flask(__name__)\n"
DOUBLED = "x = (1,)\ny = (1,)\nfor n in range(60):\n    x = (x, x)\n    y = (y, y)\n"


def linked(program: str) -> Project:
    found = project({"main.py": program})
    assert len(found.routes) <= 50_000
    return found


def reasons(program: str) -> set[str]:
    return {one.reason for one in linked(program).unknowns}


@pytest.mark.parametrize(
    ("program", "reason", "routes"),
    [
        ("router = APIRouter()\n@router.get('/x')\ndef x(): ...\nrouter.include_router(router)\napp.include_router(router)", "a router that includes itself", 1),
        ("a = APIRouter()\nb = APIRouter()\n@a.get('/x')\ndef x(): ...\na.include_router(b)\nb.include_router(a)\napp.include_router(a)", "a router that includes itself", 1),
        ("@app.get('/x')\ndef x(): ...\napp.mount('/self', app)", "a router that includes itself", 1),
        ("def one():\n    router = APIRouter()\n    router.include_router(two())\n    router.include_router(two())\n    return router\ndef two():\n    router = APIRouter()\n    router.include_router(one())\n    router.include_router(one())\n    return router\napp.include_router(one())", "included router: takes too many steps to follow", 0),
        ("def deeper(n):\n    router = APIRouter()\n    router.include_router(deeper(n + 1))\n    return router\napp.include_router(deeper(0))", "included router: calls nest too deeply", 0),
        ("for n in range(10**6):\n    app.add_api_route(f'/{n}', f)", None, 1),
        ("for n in range(1_000_000):\n    app.add_api_route(f'/{n}', f)", None, 1),
        ("for n in range(1_000_000_000):\n    app.add_api_route(f'/{n}', f)", None, 1),
        ("for n in range(10**1_000_000):\n    app.add_api_route(f'/{n}', f)", None, 1),
        ("app.add_api_route('/' + 'ab' * 10**9, f)", None, 1),
        ("x = 'a'\nfor n in range(1_000):\n    x = x + x\napp.add_api_route('/' + x, f)", None, 1),
        ("x = os.environ['x']\nfor n in range(1_000):\n    x = f'{x}{x}'\napp.add_api_route(x, f)", "text that is too long", 1),
        ("x = '/'.join(['a' * 9_999] * 9_999)\napp.add_api_route(x, f)", "text that is too long", 1),
        ("x = 10\nfor n in range(1_000):\n    x = x * x\napp.add_api_route(f'/{x}', f)", None, 1),
    ],
)  # fmt: skip
def test_what_never_ends_or_is_too_large_is_told_with_its_reason(program: str, reason: str | None, routes: int) -> None:
    found = linked(FASTAPI + program)

    assert len(found.routes) == routes
    assert reason is None or reason in {one.reason for one in found.unknowns}
    if reason is None:
        assert str(found.routes[0]).endswith("{?}")
        assert found.unknowns


@pytest.mark.parametrize(
    "program",
    [
        "n = 0\nwhile n < 1_000_000:\n    app.add_api_route(f'/{n}', f)\n    n += 1",
        "for a in range(1_900):\n    for b in range(1_900):\n        for c in range(1_900):\n            app.add_api_route('/x', f)",
        "x = [0 for a in range(1_900) for b in range(1_900) for c in range(1_900) if False]",
        "x = [[[0 for a in range(1_900)] for b in range(1_900)] for c in range(1_900)]",
        "x = ['a' * 9_999] * 9_999\nfor a in range(1_900):\n    for b in range(1_900):\n        y = ','.join(x)",
    ],
)
def test_loops_that_take_too_long_are_counted_as_not_known(program: str) -> None:
    assert reasons(FASTAPI + program) & {"too many iterations", "main takes too many steps to follow"}


def test_an_endless_loop_is_left_after_a_few_rounds() -> None:
    found = linked(FASTAPI + "while True:\n    app.add_api_route('/x', f)")

    assert 1 <= len(found.routes) <= 200
    assert {str(route) for route in found.routes} == {"GET /x"}


@pytest.mark.parametrize(
    "program",
    [
        DOUBLED + "z = {x: 1}\nw = {y}\nv = x == y\nu = x in [y]\nt = dict([(x, 1)])\ns = {x}.union([y])\nr = z[x]",
        DOUBLED + "z = x if os.getenv('a') else y\napp.add_api_route(z, f)",
        "x = [1]\nfor n in range(60):\n    x = {1: x, 2: [x, x]}\ny = str(x)\nz = x == {1: x}",
        "x = []\nx.append(x)\ny = []\ny.append(y)\nif x == y:\n    pass\nz = f'{x}'\napp.add_api_route('/x', f, tags=x, methods=x)",
        "x = [app]\nfor n in range(1_000):\n    x += x",
        "x = list(itertools.product(range(1_900), range(1_900), range(1_900)))",
        "x = list(map(lambda a: list(map(lambda b: list(range(9_000)), range(9_000))), range(9_000)))",
        "def fibonacci(n):\n    return fibonacci(n - 1) + fibonacci(n - 2)\nx = fibonacci(50)",
        "class Node:\n    def __init__(self):\n        self.left = Node()\n        self.right = Node()\nx = Node()",
        "x = 0\n" + "".join(f"x = [x, {n}] if os.getenv('{n}') else [{n}, x]\n" for n in range(60)),
    ],
)  # fmt: skip
def test_values_that_double_at_each_step_do_not_hang(program: str) -> None:
    assert len(linked(FASTAPI + program + "\n@app.get('/last')\ndef last(): ...").routes) <= 2


def tree_of_routers(levels: int) -> str:
    lines = ["r0 = APIRouter()", "@r0.get('/x')", "def x(): ..."]
    for n in range(levels):
        lines += [f"r{n + 1} = APIRouter()", *(f"r{n + 1}.include_router(r{n}, prefix='/{one}')" for one in "ab")]
    return "\n".join([*lines, f"app.include_router(r{levels})"])


def tree_of_blueprints(levels: int) -> str:
    lines = ["r0 = Blueprint('r0', __name__)", "@r0.route('/x')", "def x(): ..."]
    for n in range(levels):
        lines.append(f"r{n + 1} = Blueprint('r{n + 1}', __name__)")
        lines += [f"r{n + 1}.register_blueprint(r{n}, url_prefix='/{one}', name='{one}')" for one in "ab"]
    return "\n".join([*lines, f"app.register_blueprint(r{levels})"])


@pytest.mark.parametrize("program", [FASTAPI + tree_of_routers(60), FLASK + tree_of_blueprints(60)])
def test_a_tree_that_doubles_at_each_level_ends_with_a_reason(program: str) -> None:
    assert "more routes than are followed" in reasons(program)


@pytest.mark.parametrize(
    "step",
    ["r{m} = APIRouter()\nr{m}.include_router(r{n})", "r{m} = FastAPI()\nr{m}.mount('/m', r{n})"],
)
def test_a_chain_of_a_thousand_links_is_followed_to_its_end(step: str) -> None:
    chain = "\n".join(step.format(n=n, m=n + 1) for n in range(1_000))
    start = "r0 = FastAPI()" if "mount" in step else "r0 = APIRouter()"
    last = "app.mount('/m', r1000)" if "mount" in step else "app.include_router(r1000)"
    program = f"{FASTAPI}{start}\n@r0.get('/x')\ndef x(): ...\n{chain}\n{last}"

    assert [str(route)[-2:] for route in linked(program).routes] == ["/x"]


def test_blueprints_that_register_each_other_are_told() -> None:
    program = (
        "a = Blueprint('a', __name__)\nb = Blueprint('b', __name__)\na.register_blueprint(b)\nb.register_blueprint(a)\n"
        "app.register_blueprint(a)\n@a.route('/x')\ndef x(): ..."
    )
    found = linked(FLASK + program)

    assert [str(route) for route in found.routes] == ["GET /x"]
    assert {one.reason for one in found.unknowns} == {"a blueprint that registers itself"}


def test_dependencies_that_share_each_other_are_counted_once() -> None:
    chain = "\n".join(f"def d{n}(a=Depends(d{n + 1}), b=Depends(d{n + 1})): ..." for n in range(50))
    program = (
        f"from fastapi import Depends\n{chain}\ndef d50(): ...\nchosen = [Depends(d0)] * 100\n"
        "if os.environ.get('x'):\n    chosen.append(Depends(d0))\n"
        "@app.get('/x', dependencies=chosen)\ndef x(a=Depends(d0)): ..."
    )
    (route,) = linked(FASTAPI + program).routes

    assert {one.name for one in route.all_dependencies} == {f"d{n}" for n in range(51)}


def test_long_paths_are_compared_with_public_names_once_a_segment() -> None:
    chain = "\n".join(
        f"r{n + 1} = APIRouter(prefix='/p')\nr{n + 1}.include_router(r{n})\nr{n + 1}.include_router(r{n}, prefix='/z')"
        for n in range(7)
    )
    found = linked(f"{FASTAPI}r0 = APIRouter()\n@r0.post('/x')\ndef x(): ...\n{chain}\napp.include_router(r7)")
    _matches.cache_clear()
    list(found.open_routes(("login*", "health*")))

    assert len(found.routes) == 128
    assert _matches.cache_info().misses < 20


def test_dependencies_that_nest_without_end_are_read_as_far_as_is_useful() -> None:
    chain = "\n".join(f"def d{n}(a=Depends(d{n + 1})): ..." for n in range(3_000))
    program = f"from fastapi import Depends\n{chain}\ndef d3000(): ...\n@app.get('/x')\ndef x(a=Depends(d0)): ..."
    (route,) = linked(FASTAPI + program).routes

    assert route.all_dependencies[-1].name == "{?}"
    assert route.authentication.answer.value == "unknown"
