r"""Turns the bytes of a file into text, and text into lines, exactly as Python reads them.

Strict: bytes that are not valid in their encoding are a problem and never a guess, and only encodings in which the
bytes look like the text are accepted, since others (utf-7, unicode_escape) can hide code from whoever reads the file.

Decoded text has `\n` for every line end, as Python's own tokenizer sees it, so that `text.split("\n")` gives Python's
lines and positions mean the same to every stage. A fix must keep line ends and works on `decode_verbatim`, whose lines
and columns are the same.
"""

from __future__ import annotations

import codecs
import re
from encodings import normalize_encoding
from encodings.aliases import aliases

from reviewer.reading import Unreadable

#: Encodings that keep ASCII text as it is, by the name of their Python codec.
ACCEPTED_CODECS = frozenset(
    {
        *("ascii", "utf_8", "latin_1", "mac_roman", "mac_cyrillic", "koi8_r", "koi8_u", "tis_620"),
        *(f"iso8859_{part}" for part in (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)),
        *(f"cp125{page}" for page in range(9)),
        *("cp437", "cp850", "cp852", "cp855", "cp858", "cp866", "cp874"),
        *("gbk", "gb2312", "gb18030", "big5", "big5hkscs", "cp932", "cp949", "cp950"),
        *("shift_jis", "euc_jp", "euc_kr"),
    }
)
MAX_SHOWN_NAME = 40
LINE_END = re.compile(r"\r\n|\r|\n")
#: The first two lines, as far as a coding line can stand in them.
FIRST_LINES = re.compile(rb"([^\r\n]*)(?:\r\n|\r|\n)?([^\r\n]*)")
CODING_LINE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.ASCII | re.DOTALL)
BLANK_OR_COMMENT = re.compile(rb"[ \t\f]*(?:#.*)?", re.DOTALL)


def decode(content: bytes) -> str:
    r"""The text of a Python file, every line end as `\n`, without its byte order mark.

    Raises Unreadable for bytes that are not valid in the file's encoding, and for encodings that can hide code.
    """
    return _with_plain_line_ends(decode_verbatim(content))


def decode_verbatim(content: bytes) -> str:
    """The text of a Python file with its own line ends, without its byte order mark. Raises as `decode` does."""
    return _decoded(content, encoding_of(content))


def decode_text(content: bytes) -> str:
    r"""The text of any other file, which has to be UTF-8; every line end as `\n`. Raises Unreadable otherwise."""
    return _with_plain_line_ends(_decoded(content, "utf-8-sig"))


def encoding_of(content: bytes) -> str:
    """The encoding of a Python file by PEP 263, as a codec name to decode it and to encode its changed text.

    `utf-8-sig` for a file with a byte order mark. Raises Unreadable for encodings that are unknown or not accepted.
    """
    has_mark = content.startswith(codecs.BOM_UTF8)
    declared, line = _declared_encoding(content[3:] if has_mark else content)
    codec = "utf_8" if declared is None else _codec_name(declared)
    if codec not in ACCEPTED_CODECS:
        raise Unreadable("undecodable", f"The encoding {_cut(declared)} is not supported.", line)
    if has_mark and codec != "utf_8":
        reason = f"The byte order mark says UTF-8, the coding line says {_cut(declared)}."
        raise Unreadable("undecodable", reason, line)
    return "utf-8-sig" if has_mark else codec.replace("_", "-")


def source_lines(text: str) -> list[str]:
    r"""The lines of a text without their ends, as Python counts them: only `\n`, `\r\n` and `\r` end a line.

    A line end at the end of the text begins no further line.
    """
    lines = _with_plain_line_ends(text).split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


def _with_plain_line_ends(text: str) -> str:
    return LINE_END.sub("\n", text) if "\r" in text else text


def _declared_encoding(content: bytes) -> tuple[str | None, int]:
    """The encoding that a coding line names, and its line; the second line counts if the first holds no code."""
    found = FIRST_LINES.match(content)
    for number in (1, 2):
        line = found.group(number) if found else b""
        declaration = CODING_LINE.match(line)
        if declaration:
            return declaration.group(1).decode("ascii"), number
        if not BLANK_OR_COMMENT.fullmatch(line):
            break
    return None, 0


def _codec_name(declared: str) -> str:
    """The name of Python's codec for a declared encoding, found without importing what a file names."""
    start = declared[:12].lower().replace("_", "-")
    if start == "utf-8" or start.startswith("utf-8-"):
        return "utf_8"
    if start in ("latin-1", "iso-8859-1", "iso-latin-1") or start.startswith(
        ("latin-1-", "iso-8859-1-", "iso-latin-1-")
    ):
        return "latin_1"
    name = normalize_encoding(declared).lower()
    return aliases.get(name, name)


def _cut(declared: str | None) -> str:
    """An encoding's name for a message, however long the file makes it."""
    name = declared or ""
    return name if len(name) <= MAX_SHOWN_NAME else name[:MAX_SHOWN_NAME] + "…"


def _decoded(content: bytes, encoding: str) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Unreadable("undecodable", "The file is written in UTF-16, which is not supported.", 1)
    nul = content.find(b"\0")
    if nul >= 0:
        raise Unreadable("nul-bytes", "The file holds a NUL byte, which no text file may.", _line_at(content, nul))
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        # With a byte order mark, the codec counts from behind it.
        position = error.start + len(content) - len(error.object)
        name = "UTF-8" if encoding.startswith("utf-8") else encoding
        reason = f"The byte 0x{content[position]:02x} is not valid {name} here."
        raise Unreadable("undecodable", reason, _line_at(content, position)) from error


def _line_at(content: bytes, position: int) -> int:
    before = content[:position]
    return 1 + before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n")
