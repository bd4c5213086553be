"""What evidence is: a count in one sentence, and how measures make it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum

import msgspec

from reviewer.modules.module import Module
from reviewer.project.project import Project


class Shows(str, Enum):
    """What a count says of the thing that is asked for."""

    DONE = "done"  # at or near all
    PARTLY = "partly"
    LACKING = "lacking"  # nothing or little of it
    THERE = "there"  # things that are counted, and not whether they are as asked
    NOTHING = "nothing"  # there is nothing to judge


class Evidence(msgspec.Struct, frozen=True):
    """A count: how many of all things of a kind are as asked, how many of them cannot be known."""

    text: str  # a sentence: `12 of 14 operations declare a response model.`
    total: int  # things that there are; 0: nothing to judge
    right: int | None = None  # None where things are only counted
    unknown: int = 0
    doubt: str = ""  # why a rule that reports nothing says nothing, in a sentence
    lacks: bool | None = None  # whether what is asked for is missing; None: less than half is right

    @property
    def is_mostly_unknown(self) -> bool:
        """Whether at least half of it cannot be known."""
        return 0 < self.total <= 2 * self.unknown

    @property
    def shows(self) -> Shows:
        """What the count says; near all are nine of ten."""
        if not self.total:
            return Shows.NOTHING
        if self.lacks:
            return Shows.LACKING
        if self.right is None:
            return Shows.THERE
        if 10 * self.right >= 9 * self.total:
            return Shows.DONE
        is_little = 2 * (self.right + self.unknown) < self.total
        return Shows.LACKING if is_little and self.lacks is None else Shows.PARTLY


Measure = Callable[[Project], Evidence]


def share(right: int, total: int, nouns: str, do: str, nothing: str, unknown: int = 0) -> Evidence:
    """Such as `5 of 7 routes demand authentication; 1 is not known.`; `nothing` is said where there are none.

    `do` is a verb in the plural, or `demand|demands` where the singular differs: `1 of 7 routes demands …`.
    """
    if not total:
        return Evidence(nothing, 0, 0)
    many, _, one = do.partition("|")
    also = f"; {unknown} {'is' if unknown == 1 else 'are'} not known" if unknown else ""
    return Evidence(f"{right} of {total} {nouns} {one if right == 1 and one else many}{also}.", total, right, unknown)


def count(total: int, noun: str, nothing: str, plural: str = "") -> Evidence:
    """Such as `4 tables.`; `nothing` is said where there are none."""
    return Evidence(f"{counted(total, noun, plural)}." if total else nothing, total)


def counted(total: int, noun: str, plural: str = "") -> str:
    """A number with its noun in the right form: `1 file`, `2 files`."""
    return f"{total} {noun if total == 1 else plural or noun + 's'}"


def modules_with(project: Project, *names: str, tests: bool = False) -> Iterator[Module]:
    """The modules, of tests or of the program, in which one of the names occurs."""
    return (module for module in project.modules if module.is_test is tests and module.mentions(*names))


def modules_importing(project: Project, *packages: str, tests: bool = False) -> Iterator[Module]:
    """The modules, of tests or of the program, that import one of some top-level packages."""
    for module in modules_with(project, *packages, tests=tests):
        if any(one.level == 0 and one.full_module.partition(".")[0] in packages for one in module.index.imports):
            yield module


def number(iterator: Iterator[object]) -> int:
    """How many there are."""
    return sum(1 for _ in iterator)


def named_modules(total: int) -> str:
    """`no module`, `1 module`, `3 modules`."""
    return counted(total, "module") if total else "no module"
