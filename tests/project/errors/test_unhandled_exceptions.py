"""Exceptions of the project that leave a route, and what keeps them from it."""

from __future__ import annotations

import pytest

from reviewer.api import project

START = """\
from contextlib import suppress

from fastapi import FastAPI

app = FastAPI()


class CupNotFound(Exception):
    pass


def find(number):
    if number < 1:
        raise CupNotFound(number)
    return number


"""


def names_in(text: str, **others: str) -> list[str]:
    files = {"main.py": START + text, **{f"{name}.py": content for name, content in others.items()}}
    return [found.exception.name for found in project(files).unhandled_exceptions()]


def test_an_exception_that_nothing_catches_is_found_through_several_functions():
    assert names_in(
        'def load(n):\n    return find(n)\n\n\n@app.get("/{n}")\ndef read(n: int):\n    return load(n)\n'
    ) == ["CupNotFound"]


@pytest.mark.parametrize(
    "body",
    [
        "try:\n        return find(n)\n    except CupNotFound:\n        return None",
        "try:\n        return find(n)\n    except (KeyError, CupNotFound):\n        return None",
        "try:\n        return find(n)\n    except Exception:\n        return None",
        "try:\n        return find(n)\n    except EXPECTED:\n        return None",
        "with suppress(CupNotFound):\n        return find(n)",
    ],
)
def test_what_catches_it_on_the_way_ends_the_way(body: str):
    assert names_in(f'@app.get("/{{n}}")\ndef read(n: int):\n    {body}\n') == []


@pytest.mark.parametrize(
    "body",
    [
        "try:\n        return find(n)\n    except CupNotFound:\n        print(n)\n        raise",
        "try:\n        return n\n    finally:\n        find(n)",
        "try:\n        return n\n    except CupNotFound:\n        return find(n)",
        "try:\n        return find(n)\n    except KeyError:\n        return None",
    ],
)
def test_what_lets_it_pass_does_not(body: str):
    assert names_in(f'@app.get("/{{n}}")\ndef read(n: int):\n    {body}\n') == ["CupNotFound"]


def test_what_no_request_runs_is_left_alone():
    assert names_in('def nightly():\n    find(0)\n\n\n@app.get("/")\ndef read():\n    return 1\n') == []


def test_a_handler_for_something_unknown_may_be_for_this():
    text = 'app.add_exception_handler(chosen(), print)\n\n\n@app.get("/{n}")\ndef read(n: int):\n    return find(n)\n'
    assert names_in(text) == []


def test_functions_that_call_each_other_end_the_search():
    text = 'def a(n):\n    find(n)\n    b(n)\n\n\ndef b(n):\n    a(n)\n\n\n@app.get("/{n}")\ndef read(n: int):\n    return b(n)\n'
    assert names_in(text) == ["CupNotFound"]


def test_a_route_of_a_factory_is_one():
    text = """\
def create_app():
    made = FastAPI()

    @made.get("/cups/{n}")
    def read(n: int):
        return find(n)

    return made
"""
    assert names_in(text) == ["CupNotFound"]
