"""What is wrong with a configuration: problems with their places, and the name that was probably meant.

Shared by everything that reads configuration; knows nothing of files or rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

#: More problems than this are counted, not shown.
MAX_PROBLEMS = 50
MAX_SHOWN_LENGTH = 80  # characters of a name or value taken from a file


class ConfigurationProblem(msgspec.Struct, frozen=True):
    """One thing to mend in a configuration file, or on the command line."""

    file: str  # as the reader knows it: relative to the reviewed root, or as given
    key: str  # the key path, such as `tool.reviewer.select[0]`; empty for the whole file
    message: str
    suggestion: str = ""  # the nearest valid name
    line: int = 0  # from 1; 0 if it is not known

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        subject = f"`{self.key}` " if self.key else ""
        meant = f"; did you mean `{self.suggestion}`?" if self.suggestion else "."
        return f"{place}: {subject}{self.message}{meant}"


class ConfigurationError(Exception):
    """The configuration cannot be used: holds the problems, at most `MAX_PROBLEMS` a file, and counts the others."""

    def __init__(self, problems: Sequence[ConfigurationProblem], left_out: int = 0) -> None:
        super().__init__(tuple(problems), left_out)
        self.problems = tuple(problems)
        self.left_out = left_out

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems]
        if self.left_out:
            lines.append(f"{self.problems[-1].file}: {self.left_out:,} more problems are not shown.")
        return "\n".join(lines)


def nearest(name: str, candidates: Iterable[str]) -> str:
    """The candidate most like a name; empty only if there are no candidates."""
    import difflib

    given = name[:MAX_SHOWN_LENGTH].lower().replace("_", "-")
    return next(iter(difflib.get_close_matches(given, sorted(candidates), n=1, cutoff=0.0)), "")


def shown(value: object) -> str:
    """A name or value from a file, short and without control characters, ready to stand in a message."""
    try:
        text = value if isinstance(value, str) else repr(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, or tables in tables in tables
        text = type(value).__name__
    if len(text) > MAX_SHOWN_LENGTH:
        text = text[: MAX_SHOWN_LENGTH - 1] + "…"
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
