"""The values of string and number literals as libcst gives their text, equal to those that `ast` computes.

Takes the text of one literal, or of the part of a formatted string between its replacements. Raises SyntaxError for
a literal that Python would refuse.
"""

from __future__ import annotations

import ast
import re
from typing import Any, Union

from reviewer.modules.normal_form import number_value, plain_text

#: The prefix and the opening quotes of a string literal.
_OPENING = re.compile(r"([a-zA-Z]*)(\"\"\"|'''|\"|')")

#: What cannot stand in a string literal as it stands in the text of a formatted string.
_SPECIAL = re.compile(
    r"""
    (?P<named> \\N\{[^{}]*\} )
    | (?P<escape> \\[^{}] )
    | (?P<backslash> \\ )
    | (?P<brace> \{\{ | \}\} )
    | (?P<quote> " )
    """,
    re.VERBOSE | re.DOTALL,
)


def string_value(literal: str) -> Union[str, bytes]:
    """The value of a string or bytes literal that has no replacements."""
    opening = _OPENING.match(literal)
    if opening is None:
        raise SyntaxError(f"not a string literal: {literal[:20]}")
    prefix, quotes = opening.group(1).lower(), opening.group(2)
    body = literal[opening.end() : -len(quotes)]
    if "\\" in body and "r" not in prefix:
        value: Union[str, bytes] = _evaluated(literal)
        return plain_text(value) if isinstance(value, str) else value
    if "b" not in prefix:
        return plain_text(body)
    if not body.isascii():
        raise SyntaxError("bytes can only contain ASCII literal characters")
    return body.encode("ascii")


def formatted_value(text: str, is_raw: bool) -> str:
    """The value of the text between the replacements of a formatted string."""
    if is_raw or "\\" not in text:
        return plain_text(text.replace("{{", "{").replace("}}", "}"))
    value: str = _evaluated('"""' + _SPECIAL.sub(_as_in_literal, text) + '"""')
    return plain_text(value)


def _as_in_literal(special: re.Match[str]) -> str:
    written = special.group()
    if special.lastgroup in ("named", "escape"):
        return written
    if special.lastgroup == "brace":
        return written[0]
    return "\\" + written


def number(literal: str) -> Union[int, float, str]:
    """The value of a numeric literal, as the tree holds it."""
    return number_value(_evaluated(literal))


def _evaluated(literal: str) -> Any:
    try:
        return ast.literal_eval(literal)
    except ValueError as error:
        raise SyntaxError(str(error)) from error
