"""Bytes become text as Python reads them, or a problem with its line."""

from __future__ import annotations

import ast
import codecs
import contextlib
import io
import pickle
import tokenize
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.decoding import ACCEPTED_CODECS, decode, decode_text, decode_verbatim, encoding_of, source_lines
from reviewer.reading import Unreadable

ODD_LINE_ENDS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


def refusal(content: bytes) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        decode(content)
    return caught.value


def test_text_is_utf8_by_default() -> None:
    assert decode("name = 'é€😀'\n".encode()) == "name = 'é€😀'\n"


def test_byte_order_mark_is_no_part_of_the_text() -> None:
    assert decode(codecs.BOM_UTF8 + b"x = 1\n") == "x = 1\n"
    assert decode_text(codecs.BOM_UTF8 + b"<p>") == "<p>"


def test_line_ends_become_plain_except_verbatim() -> None:
    content = b"a\r\nb\rc\n\r\nd"

    assert decode(content) == "a\nb\nc\n\nd"
    assert decode_text(content) == "a\nb\nc\n\nd"
    assert decode_verbatim(content) == "a\r\nb\rc\n\r\nd"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"# coding: latin-1\n", "latin-1"),
        (b"# -*- coding: utf-8 -*-\n", "utf-8"),
        (b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n", "cp1252"),
        (b"#!/usr/bin/python\r# coding: cp1252\r", "cp1252"),
        (b"\x0c\n#coding=koi8_r", "koi8-r"),
        (b"# coding: UTF-8-unix\n", "utf-8"),
        (b"# coding: iso-8859-1-unix\n", "latin-1"),
        (b"# coding: us-ascii\n", "ascii"),
        (b"x = 1\n# coding: latin-1\n", "utf-8"),
        (b"\n\n# coding: latin-1\n", "utf-8"),
        (b"x = '# coding: latin-1'\n", "utf-8"),
        (codecs.BOM_UTF8 + b"# coding: utf8\n", "utf-8-sig"),
    ],
)
def test_coding_line_names_the_encoding(content: bytes, encoding: str) -> None:
    assert encoding_of(content) == encoding


def test_declared_encoding_is_used() -> None:
    assert decode(b"# coding: latin-1\nname = '\xe9'\n") == "# coding: latin-1\nname = 'é'\n"
    assert decode(b"# coding: shift_jis\nx = '\x83\\'\n") == "# coding: shift_jis\nx = 'ソ'\n"


@pytest.mark.parametrize("codec", sorted(ACCEPTED_CODECS))
def test_every_accepted_codec_exists_and_keeps_ascii(codec: str) -> None:
    text = "".join(map(chr, range(1, 128))).replace("\r", "")

    assert decode(f"# coding: {codec}\n{text}".encode("ascii")) == f"# coding: {codec}\n{text}"


@pytest.mark.parametrize(
    "name",
    [
        *("utf-7", "utf-16", "utf-32", "unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined"),
        *("rot13", "rot_13", "base64", "hex", "bz2", "zlib", "uu", "quopri"),
        *("iso2022_jp", "hz", "cp037", "mbcs", "oem", "no-such-codec", "os.path", "..", "-"),
    ],
)
def test_codec_that_can_hide_code_is_refused(name: str) -> None:
    problem = refusal(f"#!/usr/bin/python\n# coding: {name}\nx = 1\n".encode())

    assert (problem.kind, problem.reason, problem.line) == ("undecodable", f"The encoding {name} is not supported.", 2)


def test_coding_line_that_contradicts_the_byte_order_mark_is_refused() -> None:
    assert refusal(codecs.BOM_UTF8 + b"# coding: latin-1\n").line == 1


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"a\r\nb\rc\nx = '\xff'", 4, "The byte 0xff is not valid UTF-8 here."),
        (codecs.BOM_UTF8 + b"a\n\xff", 2, "The byte 0xff is not valid UTF-8 here."),
        (b"# \xc3", 1, "The byte 0xc3 is not valid UTF-8 here."),
        (b"\xed\xa0\x80", 1, "The byte 0xed is not valid UTF-8 here."),
        (b"# coding: ascii\n\n\xe9", 3, "The byte 0xe9 is not valid ascii here."),
        (b"# coding: cp1252\n\x81", 2, "The byte 0x81 is not valid cp1252 here."),
        ("x = 1".encode("utf-16"), 1, "The file is written in UTF-16, which is not supported."),
    ],
)
def test_invalid_bytes_are_a_problem_with_their_line(content: bytes, line: int, reason: str) -> None:
    problem = refusal(content)

    assert (problem.kind, problem.line, problem.reason) == ("undecodable", line, reason)


def test_nul_byte_is_a_problem_with_its_line() -> None:
    problem = refusal(b"x = 1\ny = '\0'\n")

    assert (problem.kind, problem.line) == ("nul-bytes", 2)


def test_templates_have_to_be_utf8() -> None:
    with pytest.raises(Unreadable, match="0xe9"):
        decode_text(b"{# coding: latin-1 #}\n\xe9")


def test_problem_survives_the_way_back_from_a_worker() -> None:
    problem = pickle.loads(pickle.dumps(Unreadable("undecodable", "Why.", 3)))

    assert (problem.kind, problem.reason, problem.line, str(problem)) == ("undecodable", "Why.", 3, "Why.")


def test_only_three_line_ends_end_a_line() -> None:
    assert source_lines("a\nb\r\nc\rd") == ["a", "b", "c", "d"]
    assert source_lines(ODD_LINE_ENDS) == [ODD_LINE_ENDS]
    assert source_lines("a\n\n") == ["a", ""]
    assert source_lines("") == []


@given(st.text(alphabet="ab\r\n" + ODD_LINE_ENDS))
def test_lines_are_those_of_universal_newlines(text: str) -> None:
    assert source_lines(text) == [line.rstrip("\n") for line in io.StringIO(text, newline=None)]


@given(st.lists(st.sampled_from(["x = 1", "# é", "'''a", "b'''", "", "\x0c", "(1,", ")"]), max_size=8), st.data())
def test_program_means_the_same_as_its_bytes(lines: list[str], data: st.DataObject) -> None:
    ends = data.draw(st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=len(lines), max_size=len(lines)))
    content = "".join(line + end for line, end in zip(lines, ends, strict=True)).encode()
    try:
        expected = ast.dump(ast.parse(content), include_attributes=True)
    except SyntaxError:
        return

    assert ast.dump(ast.parse(decode(content)), include_attributes=True) == expected


@given(
    st.lists(st.sampled_from(["#", " ", "\x0c", "\n", "coding", ":", "=", "latin-1", "utf8", "x"]), max_size=10),
    st.booleans(),
)
def test_encoding_is_the_one_that_tokenize_detects(pieces: list[str], has_mark: bool) -> None:
    content = (codecs.BOM_UTF8 if has_mark else b"") + "".join(pieces).encode()
    try:
        expected, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    except SyntaxError:
        # Python also refuses the spelling `utf8` after a byte order mark; here every spelling of UTF-8 is fine.
        with contextlib.suppress(Unreadable):
            assert encoding_of(content) == "utf-8-sig"
        return

    assert codecs.lookup(encoding_of(content)).name == codecs.lookup(expected).name


@given(st.binary(max_size=80))
def test_any_bytes_give_text_or_a_problem(content: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            text = decode(content)
        except Unreadable:
            return

    assert "\r" not in text
    assert text.encode("utf-8").decode("utf-8") == text


def test_line_of_ten_megabytes_is_text() -> None:
    content = b"# coding: " + b" " * 5_000_000 + b"!" + b"coding" * 800_000

    assert len(decode(content)) == len(content)


def test_message_stays_short_however_long_the_name_of_the_encoding() -> None:
    assert len(refusal(b"# coding: " + b"x" * 1_000_000).reason) < 100
