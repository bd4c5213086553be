"""Source text without its layout: what is left is the same however a program is formatted.

Pure. Comments, white space, brackets for grouping, trailing commas, line continuations and the kind of quotes go;
names, operators and the content of strings stay.
"""

from __future__ import annotations

import re

MAX_TEXT = 100_000  # characters that are looked at

#: A string that nothing closes goes to the end of its line, or of the text: no part of it is looked at twice.
_STRING_OR_COMMENT = re.compile(
    r"""("{3}(?:\\.|[^\\]|\\\Z)*?(?:"{3}|\Z)|'{3}(?:\\.|[^\\]|\\\Z)*?(?:'{3}|\Z)"""
    r"""|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)|\#[^\n]*""",
    re.DOTALL,
)
_DROPPED = re.compile(r"[\s()'\"\\]+")
_LAST_COMMA = re.compile(r",(?=[\s)]*(?:[)\]}:]|$))")


def without_layout(text: str) -> str:
    """The text of a piece of Python as formatters leave it alone."""
    text = _STRING_OR_COMMENT.sub(_kept, text[:MAX_TEXT])
    return _DROPPED.sub("", _LAST_COMMA.sub("", text))


def _kept(found: re.Match[str]) -> str:
    return found.group(1) or ""
