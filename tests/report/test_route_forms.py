"""The forms of the route table: widths, Markdown, HTML, and names that want to act on what shows them."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from reviewer.report import route_html, route_markdown, route_text
from reviewer.report.route_view import ApplicationBlock, Explanation, RouteLine, RouteTable

LONG = RouteLine(
    "DELETE",
    "/api/v1/organizations/{organization_id}/projects/{project_id}/members/{member_id}",
    "company.interfaces.web.organizations.members:MemberController.remove_member",
    "get_current_active_superuser, get_current_user",
    "204",
    "company/interfaces/web/organizations/members.py:217",
    ("if settings.FEATURES.organizations and not settings.READ_ONLY",),
)
SHORT = RouteLine("GET", "/health", "company.main:health", "public", "dict[str, str]", "company/main.py:12")
HOSTILE = "/<script>alert(1)</script>|`x`|[a](javascript:b)\x1b[31m\u202e##[error]@everyone&amp;\n::error::\"'"


def table(*lines: RouteLine, explanations: tuple[Explanation, ...] = ()) -> RouteTable:
    return RouteTable(
        (ApplicationBlock("main:app", "fastapi", lines, ()),), len(lines), len(lines), 0, 0, 0, explanations
    )


def hostile() -> RouteTable:
    line = RouteLine("{?}", HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, (HOSTILE,))
    block = ApplicationBlock(HOSTILE, "fastapi", (line,), (line,))
    return RouteTable((block, block), 1, 1, 1, 1, 1, (Explanation(HOSTILE, HOSTILE, HOSTILE),))


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
def test_no_line_is_wider_than_the_terminal_and_no_path_is_cut(width: int) -> None:
    lines = route_text.render(table(LONG, SHORT), width).splitlines()

    assert max(map(len, lines)) <= width
    assert LONG.path in "".join("".join(lines).split()) or all(
        part in "\n".join(lines) for part in ("{organization_id}", "{project_id}", "{member_id}")
    )
    assert "/health" in "\n".join(lines)


def test_a_wide_table_has_a_line_a_route_and_all_columns() -> None:
    lines = route_text.render(table(LONG, SHORT)).splitlines()

    assert lines[1].split() == ["METHOD", "PATH", "ENDPOINT", "AUTHENTICATION", "RESPONSE", "PLACE"]
    assert lines[2].split() == [
        "DELETE",
        LONG.path,
        "MemberController.remove_member",
        "get_current_active_superuser",
        "+1",
        "204",
        LONG.place,
    ]
    assert lines[3].strip() == LONG.notes[0]


def test_columns_of_wide_characters_are_aligned() -> None:
    wide = RouteLine("GET", "/\u5546\u54c1", "main:goods", "public", "", "main.py:3")
    lines = route_text.render(table(wide, SHORT), 200).splitlines()
    start = lines[1].index("ENDPOINT")

    assert lines[2].index("goods") == start - 2
    assert lines[3].index("health", 12 + len("/health")) == start


def test_colour_changes_nothing_but_colour() -> None:
    plain = route_text.render(table(LONG, SHORT), 80)
    coloured = route_text.render(table(LONG, SHORT), 80, colour=True)

    assert coloured != plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


@pytest.mark.parametrize("form", ["text", "narrow", "markdown", "html"])
def test_no_name_acts_on_a_terminal_or_a_build_log(form: str) -> None:
    shown = {
        "text": lambda: route_text.render(hostile()),
        "narrow": lambda: route_text.render(hostile(), 40),
        "markdown": lambda: route_markdown.render(hostile()),
        "html": lambda: route_html.render(hostile()),
    }[form]()

    assert not re.search(r"[^\x20-\x7e\n]", shown)
    assert "##[" not in shown
    assert not any(line.lstrip().startswith("::") for line in shown.splitlines())


def test_a_name_makes_no_cell_link_or_markup_in_markdown() -> None:
    lines = route_markdown.render(hostile()).splitlines()
    rows = [line for line in lines if line.startswith("| ") and "Method" not in line]

    assert {line.count("|") for line in rows} == {7, 4}
    for mark in ("<script", "`x`", "](", "@everyone"):
        assert mark not in "\n".join(lines)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "wbr"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_stands_alone_and_runs_nothing() -> None:
    page = _Page()
    page.feed(route_html.render(hostile()))

    assert page.open == []
    assert {tag for tag, _ in page.tags} <= {
        "html", "head", "meta", "title", "style", "body", "h1", "p", "nav", "ul", "li", "a", "main", "div", "table",
        "caption", "small", "code", "thead", "tbody", "tr", "th", "td", "span", "wbr",
    }  # fmt: skip
    for tag, attributes in page.tags:
        assert not any(name.startswith("on") or name in {"src", "style"} for name in attributes)
        assert attributes.get("href", "#").startswith("#") or tag != "a"  # type: ignore[union-attr]


def test_each_table_of_the_page_has_a_caption_and_headers_with_a_scope() -> None:
    page = _Page()
    page.feed(route_html.render(table(LONG, SHORT, explanations=(Explanation("main.py:1", "because"),))))
    tags = [tag for tag, _ in page.tags]

    assert tags.count("caption") == tags.count("table") == 2
    assert all(attributes.get("scope") in {"col", "row"} for tag, attributes in page.tags if tag == "th")


@pytest.mark.parametrize("render", [route_text.render, route_markdown.render, route_html.render])
def test_an_empty_table_says_so(render: object) -> None:
    assert "no routes" in render(RouteTable((), 0, 0, 0, 0, 0)).lower()  # type: ignore[operator]
    assert "none of 7 routes" in render(RouteTable((), 0, 7, 0, 0, 0)).lower()  # type: ignore[operator]
