"""The header of a conventional commit, `type(scope)!: description`: its parts, or what spoils its form.

Takes one line of bounded length. Whether the parts are the right ones is not judged here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from reviewer.conventions.problem import quoted
from reviewer.conventions.words import NAMES_WITH_CAPITALS, TYPES_BY_SYNONYM, TYPES_BY_VERB, VERBS_BY_FORM

_TYPE = re.compile(r"[^\W_][\w-]*")
_ENCLOSED_TYPE = re.compile(r"[(\[](?P<type>[A-Za-z]+)[)\]]:? ")
_TICKET = re.compile(r"\[?([A-Z][A-Z0-9]+-\d+|#\d+)\]?:?")
#: A header with every usual slip; blanks are single by the time it is applied.
_CARELESS_HEADER = re.compile(
    r"(?P<type>[A-Za-z][\w-]*) ?(?P<early>!*) ?(?:[(\[{](?P<scope>[^()\[\]{}]*)[)\]}])? ?(?P<mark>!*) ?"
    r"(?:[:\uff1a;]+|(?<= )[-\u2013\u2014](?= )) ?(?P<description>\S.*)"
)


class Header(msgspec.Struct, frozen=True):
    """The parts of a header that has the right form."""

    type: str
    scope: str | None
    is_breaking: bool
    description: str
    description_column: int


class MalformedHeader(msgspec.Struct, frozen=True):
    """Where a header leaves the form, and how."""

    column: int
    end_column: int
    text: str


def parse_header(header: str, types: Sequence[str]) -> Header | MalformedHeader:
    """The parts of a header without blanks at its end. `types` tell a spoilt header from one without a type."""
    word = _TYPE.match(header)
    if word is None:
        return _explain_missing_type(header, types)
    end = word.end()
    is_type = word[0].lower() in types or word[0].lower() in TYPES_BY_SYNONYM
    scope: str | None = None
    if header.startswith("(", end):
        closing = header.find(")", end)
        if closing < 0:
            return MalformedHeader(end, len(header), "The parenthesis of the scope is not closed.")
        scope = header[end + 1 : closing]
        if not scope.strip():
            return MalformedHeader(end, closing + 1, "The parentheses of the scope are empty.")
        if scope != scope.strip():
            return MalformedHeader(end, closing + 1, "Blanks stand inside the parentheses of the scope.")
        end = closing + 1
    marks = len(header[end:]) - len(header[end:].lstrip("!"))
    if marks > 1:
        return MalformedHeader(end + 1, end + marks, "More than one `!` marks the breaking change.")
    colon = end + marks
    if not header.startswith(":", colon):
        return _explain_missing_colon(header, colon, is_type or scope is not None, types)
    description = header[colon + 1 :].lstrip()
    column = len(header) - len(description)
    if not description:
        return MalformedHeader(colon, colon + 1, "No description follows the colon.")
    if header[colon + 1 : column] != " ":
        if not is_type and column == colon + 1:  # as in `http://…` and `module::name`
            return _explain_missing_type(header, types)
        place = "No single space follows" if column > colon + 1 else "No space follows"
        return MalformedHeader(colon, column, f"{place} the colon.")
    return Header(word[0], scope, marks == 1, description, column)


def _explain_missing_type(header: str, types: Sequence[str]) -> MalformedHeader:
    if header.startswith("\ufeff"):
        return MalformedHeader(0, 1, "A byte order mark stands before the commit type.")
    text = header.lstrip()
    if text != header:
        return MalformedHeader(0, len(header) - len(text), "Blanks stand before the commit type.")
    late = _find_late_header(header, types)
    if late:
        return MalformedHeader(0, late, f"{quoted(header[:late].strip())} stands before the commit type.")
    enclosed = _ENCLOSED_TYPE.match(header)
    if enclosed is not None and enclosed["type"].lower() in (*types, *TYPES_BY_SYNONYM):
        return MalformedHeader(0, enclosed.end("type") + 1, "Brackets stand around the commit type.")
    if header.startswith("("):
        return MalformedHeader(0, 1, "The scope has no commit type before it.")
    if header.startswith(":"):
        return MalformedHeader(0, 1, "The colon has no commit type before it.")
    return MalformedHeader(0, len(header), "The header does not begin with a commit type and a colon.")


def _explain_missing_colon(header: str, column: int, is_type: bool, types: Sequence[str]) -> MalformedHeader:
    rest = header[column:]
    blanks = len(rest) - len(rest.lstrip())
    if not is_type:
        return _explain_missing_type(header, types)
    if blanks and re.match(r"(?:\([^()]*\))?\s*!*\s?:", rest[blanks:]):
        return MalformedHeader(column, column + blanks, "A space stands before the colon.")
    if rest.startswith("("):
        return MalformedHeader(column, len(header), "The scope stands behind the `!`, or there are two scopes.")
    if rest.startswith(("[", "{")):
        return MalformedHeader(column, column + 1, "The scope is not in round parentheses.")
    if rest.startswith("\uff1a"):
        return MalformedHeader(column, column + 1, "The colon is a full-width one.")
    if not rest:
        return MalformedHeader(0, len(header), "The header has a commit type and no description.")
    return _explain_missing_type(header, types)


def _find_late_header(header: str, types: Sequence[str]) -> int:
    """The column where a conventional header begins behind something else; 0 if there is none."""
    for start in re.finditer(r"(?<=\s)[A-Za-z]", header):
        word = _TYPE.match(header, start.start())
        if word and word[0].lower() in types and re.match(r"(?:\([^()]*\))?!?: ", header[word.end() :]):
            return start.start()
    return 0


def propose_header(header: str, types: Sequence[str]) -> str:
    """The header as it was probably meant; empty where that cannot be told."""
    header = " ".join(header.lstrip("\ufeff").split())
    header = _ENCLOSED_TYPE.sub(r"\g<type>: ", header, count=1) if header[:1] in ("(", "[") else header
    late = _find_late_header(header, types)
    ticket = _TICKET.fullmatch(header[:late].strip()) if late else None
    careless = _CARELESS_HEADER.fullmatch(header[late:])
    if careless is not None:
        name = careless["type"].lower()
        name = name if name in types else TYPES_BY_SYNONYM.get(name, "")
        scope = (careless["scope"] or "").strip() or (ticket[1] if ticket else "")
        mark = "!" if careless["early"] or careless["mark"] else ""
        description = _mend_capitals(careless["description"])
    else:
        first_word, _, rest = header.partition(" ")
        verb = VERBS_BY_FORM.get(first_word.lower(), "")
        name, scope, mark = TYPES_BY_VERB.get(verb, ""), "", ""
        description = rest if verb.startswith(name) else f"{verb} {rest}"  # not `fix: fix the login`
    if name not in types or not description:
        return ""
    if not description.endswith(".."):
        description = description.rstrip(".").rstrip()
    return f"{name}{f'({scope})' if scope else ''}{mark}: {description}"


def _mend_capitals(description: str) -> str:
    word, blank, rest = description.partition(" ")
    is_name = word in NAMES_WITH_CAPITALS
    return (word.lower() if not is_name and (word.istitle() or (word.isupper() and blank)) else word) + blank + rest
