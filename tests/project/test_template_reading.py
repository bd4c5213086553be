"""What is read of one template."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.project.templates.template_content import FAILS, NameUse, TemplateContent
from reviewer.project.templates.template_reading import read_template


def needs(text: str) -> dict[str, str]:
    """The need of each name that is used once."""
    return {use.name: use.need for use in read_template(text).uses()}


@pytest.mark.parametrize(
    "use",
    [
        "{{ x.y }}",
        "{{ x['y'] }}",
        "{{ x() }}",
        "{{ x + 1 }}",
        "{{ -x }}",
        "{% if x > 1 %}{% endif %}",
        "{{ x|tojson }}",
    ],
)
def test_uses_that_fail_without_their_variable(use: str) -> None:
    assert needs(use) == {"x": "fails"}


@pytest.mark.parametrize(
    "use", ["{{ x }}", "{{ x|upper }}", "{% for y in x %}{% endfor %}", "{{ 'a' ~ x }}", "{% set y = x %}", "{{ [x] }}"]
)
def test_uses_that_leave_a_gap_without_their_variable(use: str) -> None:
    assert needs(use) == {"x": "blank"}


@pytest.mark.parametrize(
    "use",
    [
        "{% if x %}{% endif %}",
        "{{ x|default('a') }}",
        "{{ x|first|d('a') }}",
        "{{ 'a' if x is defined }}",
        "{% if x == 'home' %}{% endif %}",
        "{% if not x %}{% endif %}",
        "{{ x or 'a' }}",
    ],
)
def test_uses_that_need_no_variable(use: str) -> None:
    assert needs(use) == {"x": "optional"}


@pytest.mark.parametrize(
    "text",
    [
        "{% for x in [1] %}{{ x.y }}{{ loop.index }}{% endfor %}",
        "{% set x = 1 %}{{ x.y }}",
        "{% with x = 1 %}{{ x.y }}{% endwith %}",
        "{% import 'm.html' as x %}{{ x.y() }}",
        "{% from 'm.html' import y as x %}{{ x.z }}",
        "{% macro m(x) %}{{ x.y }}{{ caller() }}{{ varargs }}{% endmacro %}",
        "{% raw %}{{ x.y }}{% endraw %}{# {{ x.y }} #}",
    ],
)
def test_names_of_the_template_itself_are_not_read_from_the_context(text: str) -> None:
    assert needs(text) == {}


def test_a_block_sees_names_around_it_only_if_it_is_scoped() -> None:
    text = "{%% for x in [1] %%}{%% block b %s %%}{{ x.y }}{%% endblock %%}{%% endfor %%}"

    assert needs(text % "") == {"x": "fails"}
    assert needs(text % "scoped") == {}


def test_a_name_that_is_set_in_a_loop_ends_with_it() -> None:
    assert needs("{% for i in [1] %}{% set x = 1 %}{% endfor %}{{ x.y }}") == {"x": "fails"}


def test_tags_of_known_extensions_are_read() -> None:
    content = read_template(
        "{% trans %}Hello {{ name }}{% endtrans %}{% cache 60, key %}{{ x.y }}{% endcache %}{% do z.a() %}"
    )

    assert content.problem is None
    assert {"x", "z"} <= {use.name for use in content.uses() if use.need == FAILS}


def test_references_carry_their_names_and_how_they_are_missed() -> None:
    content = read_template(
        "{% extends 'a.html' if x else 'b.html' %}{% include ['c.html', 'd.html'] ignore missing %}"
        "{% include name %}{% import 'e.html' as e %}"
    )

    assert [(one.tag, one.names, one.is_list, one.ignores_missing) for one in content.references] == [
        ("extends", ("a.html", "b.html"), False, False),
        ("include", ("c.html", "d.html"), True, True),
        ("include", None, False, False),
        ("import", ("e.html",), False, False),
    ]


def test_a_syntax_error_is_a_problem_with_its_line() -> None:
    problem = read_template("\n{% if x %}").problem

    assert problem is not None
    assert problem.startswith("Line 2: ")


@pytest.mark.parametrize(
    "text",
    [
        "{{ " + "(" * 20_000,
        "{{ " + "not " * 20_000 + "a }}",
        "{% if a %}" * 10_000,
        "{{ a" + ".b" * 10_000 + " }}",
        "{{ a" + "|b" * 10_000 + " }}",
        "{{ 9" + "9" * 10_000 + " }}",
        "{{ a }}" * 30_000,
        "x" * 600_000,
    ],
)
def test_hostile_templates_end_in_a_problem(text: str) -> None:
    assert read_template(text).problem


def test_macros_in_macros_are_each_read_a_few_times() -> None:
    content = read_template("{% macro m() %}" * 40 + "{{ x }}" + "{% endmacro %}" * 40)

    assert [use.name for use in content.uses()] == ["x"]


@given(st.text(alphabet="{}%#-+ \n'\"ab.|()[]if=~setforendblock", max_size=200))
def test_any_text_gives_an_answer(text: str) -> None:
    content = read_template(text)

    assert isinstance(content, TemplateContent)
    assert all(isinstance(use, NameUse) for use in content.uses())
