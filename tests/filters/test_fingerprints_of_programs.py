"""Fingerprints of real findings: whatever is done to a program's layout, order and files, they stay."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.filters.fingerprints import with_fingerprints
from reviewer.filters.layout import without_layout
from reviewer.filters.statements import Statements
from reviewer.project.in_memory import project
from reviewer.registry import load_catalogue
from reviewer.rule import Finding, Place
from reviewer.rule_running import run_rules
from reviewer.selection import active_rules
from reviewer.settings import Settings

CATALOGUE = load_catalogue()
#: The rules that say something about the program, none that is about how its files are called.
RULES = (
    *("unused-path-parameter", "missing-response-model", "missing-operation-docs", "post-create-without-201"),
    *("redis-client-per-request", "untested-route", "missing-operation-tags", "raw-sql", "sql-injection"),
)


class Layout(NamedTuple):
    """How one endpoint is written."""

    decorator: int
    quote: str
    indent: int
    blank_lines: int
    comment: bool


LAYOUTS = st.builds(
    Layout, st.integers(0, 3), st.sampled_from("\"'"), st.integers(1, 8), st.integers(0, 4), st.booleans()
)
PLAIN = Layout(0, '"', 4, 2, False)

HEAD = "import redis\nfrom fastapi import FastAPI\nfrom sqlalchemy import text\n\napp = FastAPI()\n"


def endpoint(number: int, layout: Layout) -> str:
    q = layout.quote
    path = f"{q}/things{number}/{{thing_id}}{q}"
    tags = f"tags=[{q}t{q}]"
    decorator = (
        f"@app.get({path}, {tags})",
        f"@app.get(\n{' ' * layout.indent}{path},\n{' ' * layout.indent}{tags},\n)",
        f"@app.get(({path}),\n         {tags},)",
        f"@app.get( {path} ,tags=[\n  {q}t{q},  # the tag\n] )",
    )[layout.decorator]
    pad = " " * layout.indent
    remark = f"{pad}# why\n" if layout.comment else ""
    call = (
        f"session.execute(text({q}SELECT {number}{q} + kind))",
        f"session.execute(\n{pad * 2}text({q}SELECT {number}{q} + kind),\n{pad})",
    )[layout.decorator % 2]
    body = f"{remark}{pad}client = redis.Redis( host={q}h{q} )\n{pad}{call}\n\n{pad}return client\n"
    blank = "\n" * layout.blank_lines + ("# next\n" if layout.comment else "")
    return f"{blank}{decorator}\ndef read_thing{number}(session, kind: str):\n{body}"


def program(numbers: Sequence[int], layouts: Sequence[Layout]) -> str:
    return HEAD + "\n".join(endpoint(number, layout) for number, layout in zip(numbers, layouts, strict=True))


def findings_of(files: dict[str, str]) -> tuple[Finding, ...]:
    found = project(files)
    lines = {path: text.split("\n") for path, text in files.items()}

    def line_of(path: str, number: int) -> str:
        known = lines.get(path, [])
        return known[number - 1] if 0 < number <= len(known) else ""

    statements = {
        module.path: Statements(module.tree, lambda number, path=module.path: line_of(path, number))  # type: ignore[misc]
        for module in found.modules
    }

    def statement_of(place: Place) -> str | None:
        known = statements.get(place.path)
        return None if known is None else known.text_at(place)

    rules = active_rules(Settings(select=RULES), CATALOGUE)
    return with_fingerprints(run_rules(rules, found).findings, line_of, statement_of)


def fingerprints(files: dict[str, str]) -> set[str]:
    found = findings_of(files)
    assert len({one.fingerprint for one in found}) == len(found)
    return {one.fingerprint for one in found}


NUMBERS = range(4)
USUAL = program(NUMBERS, [PLAIN] * 4)


def test_the_program_has_findings_of_several_rules() -> None:
    counts = Counter(finding.rule for finding in findings_of({"app.py": USUAL}))

    assert len(counts) >= 4
    assert sum(counts.values()) >= 12


@settings(max_examples=60, deadline=None)
@given(st.permutations(NUMBERS), st.lists(LAYOUTS, min_size=4, max_size=4))
def test_layout_and_order_do_not_count(numbers: Sequence[int], layouts: Sequence[Layout]) -> None:
    text = program(numbers, layouts)
    ast.parse(text)

    assert fingerprints({"app.py": text}) == fingerprints({"app.py": USUAL})


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(("shop", "store", "api", "v1", "main")), min_size=1, max_size=4, unique=True))
def test_the_name_of_the_file_does_not_count(parts: list[str]) -> None:
    *folders, name = parts
    files = {"/".join([*folders, f"{name}.py"]): USUAL}
    files |= {"/".join([*folders[: depth + 1], "__init__.py"]): "" for depth in range(len(folders))}

    assert fingerprints(files) == fingerprints({"app.py": USUAL})


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 60), max_size=12))
def test_blank_lines_and_comments_anywhere_do_not_count(places: list[int]) -> None:
    lines = USUAL.split("\n")
    for place in sorted(places, reverse=True):
        lines[place:place] = ["", "        # a remark"]

    assert fingerprints({"app.py": "\n".join(lines)}) == fingerprints({"app.py": USUAL})


def test_a_removed_finding_leaves_the_others_alone() -> None:
    def about_parameters(numbers: Sequence[int]) -> set[str]:
        found = findings_of({"app.py": program(numbers, [PLAIN] * len(numbers))})
        return {one.fingerprint for one in found if one.rule in ("unused-path-parameter", "redis-client-per-request")}

    assert len(about_parameters([0, 2, 3])) == 6
    assert about_parameters([0, 2, 3]) < about_parameters(NUMBERS)


# Statements

PROGRAM = '''\
@route(
    "/a", methods=["GET"]
)
@guarded
async def first(a, b=(1,
                     2)):
    """Text."""
    if a and \\
            b:
        return run(a)
    elif b: x = 1; y = 2
    else:
        pass
    try:
        go()
    except (ValueError,
            KeyError) as error:
        stop()
    finally:
        end()
    return {"a": 1,
            "b": 2}


class Second(Base): value = 3
'''


def text_at(line: int, column: int) -> str | None:
    lines = PROGRAM.split("\n")
    tree = project({"a.py": PROGRAM}).modules[0].tree
    found = Statements(tree, lambda number: lines[number - 1]).text_at(Place("a.py", line, column, line, column + 1))
    return None if found is None else without_layout(found)


def test_the_statement_around_a_place_is_the_smallest() -> None:
    assert text_at(1, 1) == text_at(2, 6) == "route/a,methods=[GET]"
    assert text_at(1, 0) == "route/a,methods=[GET]"
    assert text_at(4, 1) == "guarded"
    assert text_at(5, 0) == text_at(6, 22) == "asyncdefa,b=1,2:"
    assert text_at(8, 4) == text_at(9, 12) == "ifaandb:"
    assert text_at(10, 15) == "returnruna"
    assert text_at(11, 9) == "elifb:"
    assert text_at(11, 19) == "y=2"
    assert text_at(16, 11) == text_at(17, 12) == "exceptValueError,KeyErroraserror:"
    assert text_at(21, 12) == "return{a:1,b:2}"
    assert text_at(25, 13) == "class Base:".replace(" ", "")
    assert text_at(25, 20) == "value=3"


def test_what_is_in_no_statement_has_no_text() -> None:
    assert text_at(23, 0) is None
    assert text_at(12, 4) is None
    assert text_at(99, 0) is None


@given(st.text(alphabet="ab()[]{},#'\"\\\n =:", max_size=60))
def test_any_text_can_do_without_its_layout(text: str) -> None:
    plain = without_layout(text)

    assert not set(plain) & set(" \n()'\"\\")


def test_hostile_text_is_squeezed_in_linear_time() -> None:
    for text in (
        "'" * 100_000,
        '"""' * 50_000,
        "#" * 100_000,
        "," * 100_000,
        "(" * 100_000,
        "\\" * 100_000,
        "'\\" * 50_000,
    ):
        assert len(without_layout(text)) <= len(text)
