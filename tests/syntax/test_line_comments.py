from __future__ import annotations

import pytest

from reviewer.syntax.line_comments import read_line_comments


def found(text: str, kind: str) -> list[tuple[str, int, int]]:
    directives = read_line_comments(text, kind)  # type: ignore[arg-type]
    return [(directive.names[0].name, directive.first_line, directive.last_line) for directive in directives]


def test_a_template_comment_covers_its_line_or_alone_the_next() -> None:
    text = "<p>{{ x }}</p> {# reviewer: ignore[a] -- reason #}\n  {#- reviewer: ignore[b] -#}\n<p>{{ y }}</p>\n"

    assert found(text, "template") == [("a", 1, 1), ("b", 2, 3)]


def test_the_reason_and_columns_of_a_template_comment_are_read() -> None:
    line = "<i>{# reviewer: ignore[unsafe-html] -- trusted #}</i>"
    (directive,) = read_line_comments(line, "template")

    assert directive.reason == "trusted"
    assert line[directive.column : directive.end_column] == "{# reviewer: ignore[unsafe-html] -- trusted #}"
    assert line[directive.names[0].column : directive.names[0].end_column] == "unsafe-html"


def test_two_template_comments_share_a_line() -> None:
    assert found("{# reviewer: ignore[a] #}{# other #}{# reviewer: ignore[b] #}\nx", "template") == [
        ("a", 1, 2),
        ("b", 1, 2),
    ]


@pytest.mark.parametrize(
    "text", ["{# reviewer: ignore[a]\n#}", "<!-- reviewer: ignore[a] -->", "# reviewer: ignore[a]"]
)
def test_other_texts_of_a_template_are_no_suppressions(text: str) -> None:
    assert found(text, "template") == []


def test_stacked_comments_cover_the_line_below_them() -> None:
    text = "# reviewer: ignore[a] -- one\n# reviewer: ignore[b] -- two\nimage: x:latest\n"

    assert found(text, "compose") == [("a", 1, 3), ("b", 2, 3)]


def test_a_hash_within_a_word_begins_no_comment() -> None:
    assert found("url: http://x#y # reviewer: ignore[a]\npin: x#reviewer: ignore[b]\n", "compose") == [("a", 1, 1)]


def test_a_dockerfile_has_comments_on_lines_of_their_own_only() -> None:
    assert found("RUN x # reviewer: ignore[a]\n# reviewer: ignore[b]\nUSER root\n", "dockerfile") == [("b", 2, 3)]


def test_a_malformed_comment_has_a_problem() -> None:
    (directive,) = read_line_comments("x # reviewer: ignore\n", "environment")

    assert directive.problem
