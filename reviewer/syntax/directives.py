"""Suppression comments: what they look like, what they say, and how one is read from its text.

`# reviewer: ignore[rule, family] -- reason` and `# reviewer: ignore-file[rule] -- reason`, between `{#` and `#}` in
templates. Takes the text of one comment, gives directives; which statement they belong to is found elsewhere.
"""

from __future__ import annotations

import re

import msgspec

#: Part of the cache format: raise it whenever the structs below or the grammar change.
DIRECTIVES_VERSION = 1

MAX_COMMENT_LENGTH = 2_000
MAX_REASON_LENGTH = 200

WORDS = ("ignore", "ignore-file")
#: What other tools call it, so that a comment written from memory is not taken for prose.
WORDS_OF_OTHERS = ("noqa", "disable", "skip", "suppress", "ignore-line", "ignore-next-line", "disable-file")
USAGE = "Write `reviewer: ignore[rule] -- reason`."

_MARKER = re.compile(r"#[ \t]*reviewer:")
_WORD = re.compile(r"[A-Za-z][A-Za-z_-]*")
#: Where another comment begins on the same line: a reason may hold `#12`, so white space must follow.
_NEXT_COMMENT = re.compile(r"(?:^|[ \t])#(?:[ \t]|$)")


class NamedRule(msgspec.Struct, frozen=True, array_like=True):
    """A rule or family named in the brackets, and where: columns in characters."""

    name: str
    column: int
    end_column: int


class Directive(msgspec.Struct, frozen=True, array_like=True):
    """One suppression comment: where it stands, which lines it covers and what it says.

    A finding is covered if it begins on one of the lines. A malformed comment has a problem and covers nothing.
    """

    line: int
    column: int
    end_column: int
    first_line: int
    last_line: int
    is_file_wide: bool
    names: tuple[NamedRule, ...]
    reason: str
    problem: str = ""
    hint: str = ""

    def covers(self, line: int) -> bool:
        """Whether a finding that begins on a line is covered."""
        return not self.problem and (self.is_file_wide or self.first_line <= line <= self.last_line)


def directives_in_comment(comment: str, line: int, column: int) -> list[Directive]:
    """The directives of a `#` comment, which may share it with those of other tools. They cover its own line."""
    comment = comment[:MAX_COMMENT_LENGTH]
    markers = list(_MARKER.finditer(comment))
    if not markers:
        return []
    ends = [marker.start() for marker in markers[1:]] + [len(comment)]
    found = [
        read_directive(comment[marker.end() : end], line, column + marker.start(), column + marker.end())
        for marker, end in zip(markers, ends, strict=True)
    ]
    return [directive for directive in found if directive is not None]


def read_directive(text: str, line: int, column: int, text_column: int) -> Directive | None:
    """The directive whose text, after `reviewer:`, begins at a column; None if the text is meant for people."""
    word = _WORD.match(text.lstrip(" \t"))
    said = word.group() if word else ""
    begin = len(text) - len(text.lstrip(" \t"))
    rest = text[begin + len(said) :]
    has_brackets = rest.lstrip(" \t").startswith("[")
    directive = Directive(line, column, text_column + len(text.rstrip()), line, line, said == "ignore-file", (), "")
    if said not in WORDS:
        return _misspelt(directive, said, has_brackets)
    if not has_brackets:
        return _malformed(directive, "This suppression names no rule.", "Name the rules: `ignore[rule] -- reason`.")
    names_text, bracket, tail = rest.lstrip(" \t")[1:].partition("]")
    if not bracket:
        return _malformed(directive, "The bracket of this suppression is not closed.", USAGE)
    names = _names(names_text, text_column + len(text) - len(tail) - len(names_text) - 1)
    if not names or any(named.name in ("all", "*") for named in names):
        return _malformed(directive, "This suppression names no rule.", "Name the rules: `ignore[rule] -- reason`.")
    tail = tail.strip()
    following = _NEXT_COMMENT.search(tail)
    own_tail = (tail[: following.start()] if following else tail).strip()
    if own_tail and not own_tail.startswith("--"):
        return _malformed(directive, "A reason has to follow ` -- `.", USAGE)
    return msgspec.structs.replace(directive, names=names, reason=own_tail[2:].strip()[:MAX_REASON_LENGTH])


def _names(text: str, column: int) -> tuple[NamedRule, ...]:
    names = []
    for part in text.split(","):
        name = part.strip()
        if name:
            begin = column + len(part) - len(part.lstrip())
            names.append(NamedRule(name, begin, begin + len(name)))
        column += len(part) + 1
    return tuple(names)


def _misspelt(directive: Directive, said: str, has_brackets: bool) -> Directive | None:
    import difflib

    plain = said.lower().replace("_", "-")[:40]
    near = difflib.get_close_matches(plain, WORDS, n=1, cutoff=0.7)
    if not has_brackets and not near and plain not in WORDS_OF_OTHERS:
        return None
    if not said:
        return _malformed(directive, "This suppression lacks the word `ignore`.", USAGE)
    meant = near[0] if near else "ignore-file" if plain.endswith("-file") else "ignore"
    return _malformed(directive, f"`{said[:40]}` is not a suppression.", f"Did you mean `{meant}[rule] -- reason`?")


def _malformed(directive: Directive, problem: str, hint: str) -> Directive:
    return msgspec.structs.replace(directive, problem=problem, hint=hint)
