from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import example, given
from sample_reviews import texts

from reviewer.report.escaping import (
    annotation_data,
    annotation_property,
    encodable,
    has_escaped_bytes,
    json_text,
    log_line,
    path_bytes,
    sentence,
    shortened,
    visible,
    visible_characters,
)

BIDI_CONTROLS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize(
    ("character", "shown"),
    [
        ("\x1b", r"\x1b"),
        ("\n", r"\x0a"),
        ("\t", r"\x09"),
        ("\x7f", r"\x7f"),
        ("\x9b", r"\x9b"),
        ("\u202e", r"\u{202e}"),
        ("\u2028", r"\u{2028}"),
        ("\u200d", r"\u{200d}"),
        ("\U000e0041", r"\u{e0041}"),
        ("\udcff", r"\xff"),
        ("\ud800", r"\u{d800}"),
    ],
)
def test_an_unsafe_character_is_spelled_out(character: str, shown: str) -> None:
    assert visible(f"a{character}b") == f"a{shown}b"


@pytest.mark.parametrize(
    "text", ["plain", "naïve café", "日本語", "🦊", "a\u00a0b", "❤\ufe0f", r"a\x1b", "%s {} [red]", ""]
)
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@given(texts)
@example("".join(map(chr, range(0x3000))))
@example("\ufe0f::\ufe0f#\ufe0f#\ufe0f[")
def test_visible_text_is_one_printable_line_that_utf_8_can_hold(text: str) -> None:
    shown = visible(text)

    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(shown) & {*BIDI_CONTROLS, "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff"}
    assert len(shown.splitlines()) <= 1
    assert shown.encode().decode() == shown


@given(texts)
def test_visible_text_stays_the_same_when_made_visible_again(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@given(texts)
def test_each_character_is_shown_by_one_string(text: str) -> None:
    assert len(visible_characters(text)) == len(text)
    assert "".join(visible_characters(text)) == visible(text)


@pytest.mark.parametrize("command", ["##[error]x", "a ##vso[task.complete]", "##teamcity[x]", "##VSO[x]", "###[group]"])
def test_a_command_of_a_build_system_is_broken_wherever_it_stands(command: str) -> None:
    assert "[" not in visible(command)
    assert visible(command).replace(r"\x5b", "[") == command
    assert "[" not in log_line(command)


@pytest.mark.parametrize("start", ["", " ", "\t", "\u3000", "\xa0 ", "\x1b[1m", " \x1b[31m "])
def test_a_line_cannot_begin_with_a_workflow_command(start: str) -> None:
    assert log_line(f"{start}::error::x") == rf"{start}\x3a:error::x"


def test_colons_within_a_line_stay() -> None:
    assert log_line("app::x ::error::") == "app::x ::error::"


def test_a_long_message_is_cut_before_it_is_spelled_out() -> None:
    assert shortened("a" * 11, 10) == "aaaaaaa..."
    assert shortened("a" * 10, 10) == "a" * 10
    assert len(sentence("\x1b" * 5000)) == 997 * 4 + 3


def test_annotations_are_escaped_as_github_reads_them() -> None:
    assert annotation_data("50%: a,b\r\nc") == "50%25: a,b%0D%0Ac"
    assert annotation_property("50%: a,b\r\nc") == "50%25%3A a%2Cb%0D%0Ac"


@given(texts)
def test_escaped_annotations_read_back_as_the_same_text(text: str) -> None:
    data = annotation_data(text)
    value = annotation_property(text)

    assert not set(data) & set("\r\n")
    assert not set(value) & set("\r\n:,")
    assert data.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%") == text
    unescaped = value.replace("%3A", ":").replace("%2C", ",").replace("%0D", "\r").replace("%0A", "\n")
    assert unescaped.replace("%25", "%") == text


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (r"a\xff.py", b"a\xff.py"),
        (r"a\x5cxff.py", rb"a\xff.py"),
        ("é/b.py", "é/b.py".encode()),
        (r"a\b.py", rb"a\b.py"),
    ],
)
def test_a_path_gives_back_the_real_name(path: str, name: bytes) -> None:
    assert path_bytes(path) == name
    assert has_escaped_bytes(path) == (path.encode() != name)


@given(texts)
@example("\x7f")
def test_json_round_trips_in_printable_ascii(text: str) -> None:
    written = json_text({"text": text, text: [text]})

    assert all(character == "\n" or " " <= character <= "~" for character in written)
    assert json.loads(written) == {"text": encodable(text), encodable(text): [encodable(text)]}
    assert not any(command in written for command in ("##[", "##vso[", "##teamcity["))


@given(texts)
def test_encodable_text_differs_only_in_lone_surrogates(text: str) -> None:
    shown = encodable(text)

    assert shown.encode().decode() == shown
    assert (shown == text) == (not any("\ud800" <= character <= "\udfff" for character in text))
