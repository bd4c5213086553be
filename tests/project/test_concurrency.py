"""What blocks the event loop, which coroutines are not awaited, and which modules import each other."""

from __future__ import annotations

import pytest

from reviewer.api import project


def blocked(files: dict[str, str], *kinds: str) -> list[tuple[str, int, str]]:
    """The blocking calls: function, line, what blocks."""
    found = project(files).event_loop.blocking(*kinds)
    return [(one.function.qualname, one.site.place.line, one.library_name) for one in found]


def unawaited(files: dict[str, str]) -> list[tuple[str, int, str]]:
    """The coroutines that are not awaited: path, line, use."""
    return [(one.site.place.path, one.site.place.line, one.use) for one in project(files).unawaited_coroutines]


def test_a_blocking_call_is_found_through_functions_methods_and_constructors_of_other_modules() -> None:
    files = {
        "main.py": "from client import Client\n\n\nasync def read():\n    return Client().load()\n",
        "client.py": (
            "import requests\n\n\nclass Client:\n    def __init__(self):\n        self.ready = ping()\n\n"
            "    def load(self):\n        return self._load()\n\n"
            "    def _load(self):\n        return requests.get('/')\n\n\n"
            "def ping():\n    return requests.head('/')\n"
        ),
    }

    assert set(blocked(files, "http")) == {("read", 5, "requests.get"), ("read", 5, "requests.head")}


def test_the_chain_leads_to_the_library_call_by_the_shortest_way() -> None:
    files = {
        "main.py": (
            "import time\n\n\nasync def serve():\n    first()\n\n\ndef first():\n    second()\n    third()\n\n\n"
            "def second():\n    third()\n\n\ndef third():\n    time.sleep(1)\n"
        )
    }
    (found,) = project(files).event_loop.blocking("sleep")

    assert [site.caller.qualname for site in found.chain] == ["first", "third"]


def test_functions_that_call_each_other_in_a_circle_end() -> None:
    files = {
        "main.py": (
            "import time\n\n\nasync def serve():\n    even(3)\n\n\ndef even(number):\n    odd(number)\n\n\n"
            "def odd(number):\n    even(number)\n    time.sleep(number)\n"
        )
    }

    assert blocked(files, "sleep") == [("serve", 5, "time.sleep")]


def test_what_a_thread_runs_or_what_is_awaited_blocks_nothing() -> None:
    files = {
        "main.py": (
            "import asyncio\nimport time\n\n\nasync def serve(loop):\n    await asyncio.to_thread(wait)\n"
            "    await loop.run_in_executor(None, lambda: wait())\n    await asyncio.sleep(1)\n\n\n"
            "def wait():\n    time.sleep(1)\n"
        )
    }

    assert blocked(files, "sleep") == []


def test_a_cached_result_is_made_once_and_blocks_nothing_from_then_on() -> None:
    files = {
        "main.py": (
            "import functools\nimport requests\n\n\n@functools.lru_cache\n"
            "def keys():\n    return requests.get('/')\n\n\n"
            "class Keys:\n    async def read(self):\n        if self.kept is None:\n"
            "            self.kept = requests.get('/')\n        return self.kept, keys()\n"
        )
    }

    assert blocked(files, "http") == []


def test_what_a_request_gave_is_no_client() -> None:
    files = {
        "main.py": (
            "import requests\nfrom openai import OpenAI\n\nsession = requests.Session()\nclient = OpenAI()\n\n\n"
            "async def read():\n    answer = session.get('/')\n    answer.headers.get('name')\n"
            "    made = client.chat.completions.create()\n    made.model_dump()\n"
        )
    }

    assert [line for _, line, _ in blocked(files, "http")] == [9, 11]


def test_a_redis_pipeline_blocks_where_it_is_executed() -> None:
    files = {
        "main.py": (
            "import redis\n\nclient = redis.Redis()\n\n\nasync def read():\n    pipeline = client.pipeline()\n"
            "    pipeline.get('name')\n    pipeline.execute()\n"
        )
    }

    assert [line for _, line, _ in blocked(files, "redis")] == [9]


def test_a_coroutine_is_followed_by_the_name_that_it_gets() -> None:
    files = {
        "main.py": (
            "async def load():\n    return {}\n\n\nasync def wrong():\n"
            "    found = load()\n    return found['name']\n\n\n"
            "async def right():\n    found = load()\n    found = await found\n    return found['name']\n"
        )
    }

    assert unawaited(files) == [("main.py", 6, "used")]


LOADING = "async def load(one=None):\n    return {}\n\n\n"


def test_a_name_that_is_a_value_on_another_way_is_no_coroutine() -> None:
    made_of_itself = (
        "async def wrong(name):\n    name = name.strip()\n    if name:\n        name = load(name)\n    show(name)\n"
    )
    otherwise_awaited = "async def wrong(is_new):\n    if is_new:\n        one = await load()\n    else:\n        one = load()\n    show(one)\n"

    assert unawaited({"main.py": LOADING + made_of_itself}) == [("main.py", 8, "used")]
    assert unawaited({"main.py": LOADING + otherwise_awaited}) == [("main.py", 9, "used")]


def test_a_coroutine_that_is_kept_or_asked_about_is_awaited_elsewhere() -> None:
    kept = "async def right(tasks):\n    one = ''\n    show(one)\n    one = load()\n    tasks.append(one)\n"
    asked = "async def right(is_new):\n    one = '' if is_new else None\n    one = load(one)\n    if iscoroutine(one):\n        pass\n"
    awaited = "async def right(one):\n    one = load(one)\n    one = await one\n    show(one)\n"

    assert unawaited({"main.py": LOADING + kept}) == []
    assert unawaited({"main.py": LOADING + asked}) == []
    assert unawaited({"main.py": LOADING + awaited}) == []


def test_who_returns_what_it_awaited_returns_no_coroutine() -> None:
    mixed = "async def restart() -> Coroutine:\n    try:\n        return await load()\n    except ValueError:\n        return load()\n"
    prepared = "async def prepare() -> Coroutine:\n    return load()\n"

    assert unawaited({"main.py": LOADING + mixed}) == [("main.py", 9, "returned")]
    assert unawaited({"main.py": LOADING + prepared}) == []


def test_a_decorator_that_runs_the_coroutine_takes_it_out() -> None:
    files = {
        "main.py": (
            "import asyncio\nimport functools\n\n\ndef blocking(function):\n    @functools.wraps(function)\n"
            "    def wrapper():\n        return asyncio.run(function())\n\n    return wrapper\n\n\n"
            "def traced(function):\n    @functools.wraps(function)\n    async def wrapper():\n"
            "        return await function()\n\n    return wrapper\n\n\n@blocking\nasync def first(): ...\n\n\n"
            "@traced\nasync def second(): ...\n\n\ndef start():\n    first()\n    second()\n"
        )
    }

    assert unawaited(files) == [("main.py", 31, "dropped")]


def test_a_method_that_may_be_another_one_is_left_alone() -> None:
    files = {
        "main.py": (
            "class Plain:\n    def load(self): ...\n\n\nclass Waiting:\n    async def load(self): ...\n\n\n"
            "def start(is_waiting):\n    store = Waiting() if is_waiting else Plain()\n    store.load()\n"
        )
    }

    assert unawaited(files) == []


def test_a_circle_of_imports_begins_at_the_import_out_of_the_own_package() -> None:
    files = {
        "shop/__init__.py": "from shop.views import page\ndatabase = {}\n",
        "shop/views.py": "from shop.crud import load\n\npage = load\n",
        "shop/crud.py": "from shop import database\n\nload = database\n",
    }
    (cycle,) = project(files).import_cycles

    assert [one.importer.name for one in cycle.imports] == ["shop.crud", "shop", "shop.views"]


@pytest.mark.parametrize(
    ("package", "module", "is_circle"),
    [
        ("database = {}\nfrom shop.crud import load\n", "from shop import database\n", False),
        ("from shop.crud import load\ndatabase = {}\n", "from shop import database\n", True),
        ("from shop.tables import connect\nfrom shop.crud import load\n", "from shop import connect\n", False),
        ("from shop.crud import load\n", "import shop\n", False),
    ],
)
def test_a_module_may_take_what_the_package_around_it_has_bound_before(
    package: str, module: str, is_circle: bool
) -> None:
    files = {"shop/__init__.py": package, "shop/crud.py": f"{module}\nload = 1\n", "shop/tables.py": "connect = 1\n"}

    assert bool(project(files).import_cycles) is is_circle


def test_a_module_imported_for_its_effects_may_take_what_was_bound_before() -> None:
    files = {
        "server.py": "server = {}\nimport tools\n",
        "tools.py": "from server import server\n\nserver['tool'] = 1\n",
    }

    assert project(files).import_cycles == ()


def test_imports_that_do_not_run_while_a_module_is_loaded_make_no_circle() -> None:
    files = {
        "first.py": "import second\nimport collections\n",
        "second.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
        "    import first\n\n\ndef f():\n    import first\n",
        "collections.py": "import first\n",
    }

    assert project(files).import_cycles == ()
