"""Marks the findings that suppression comments hide, and judges the comments themselves.

Pure: takes findings and directives, gives findings; none is dropped. The rules of the family `suppressions` are about
comments, not about the project: their `check` yields nothing, and this filter hands them each comment once it is known
what it hid. A finding is hidden by the one name that fits it best, so that a second suppression of the same is unused.
"""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Union

import msgspec

from reviewer.rule import Finding, Place, Rule, Suppression
from reviewer.settings import Settings
from reviewer.syntax.directives import Directive

if TYPE_CHECKING:
    from reviewer.project.project import Project

#: Extents of one name that begin before a line and may still cover it: stacked comments, no more.
STACKED = 8
#: Most names for which a similar one is searched, and their greatest length.
MAX_SUGGESTIONS = 100
MAX_NAME_LENGTH = 60


class JudgedName(msgspec.Struct, frozen=True):
    """A name in the brackets of a suppression, and what came of it.

    Unused is only what was judged: all rules of that name were on.
    """

    name: str
    place: Place
    is_known: bool
    is_unused: bool
    nearest: str = ""


class JudgedComment(msgspec.Struct, frozen=True):
    """A suppression comment and what came of it. One with a problem has no names."""

    place: Place
    names: tuple[JudgedName, ...]
    reason: str
    problem: str
    hint: str


class SuppressionRule(Rule):
    """Base of the rules about suppression comments."""

    def check(self, project: Project) -> Iterator[Finding]:  # noqa: ARG002
        """Nothing: what a comment hides is only known when all other rules have run."""
        return iter(())

    @abstractmethod
    def check_comment(self, comment: JudgedComment, settings: Settings) -> Iterator[Finding]:
        """The findings about one comment."""


def apply_suppressions(
    findings: Iterable[Finding],
    directives_by_path: Mapping[str, Sequence[Directive]],
    settings: Settings,
    known_rules: Iterable[Union[type[Rule], Rule]],
    active_rules: Iterable[Rule],
) -> tuple[Finding, ...]:
    """The findings, those that a comment hides marked as suppressed, and behind them the findings about comments.

    `directives_by_path` has the files whose comments were read. `known_rules` are all rules there are, `active_rules`
    those that ran. A finding that is suppressed already stays as it is.
    """
    active = list(active_rules)
    comment_rules = [rule for rule in active if isinstance(rule, SuppressionRule)]
    names = _Names(known_rules, active)
    files = {path: _File(path, directives) for path, directives in sorted(directives_by_path.items()) if directives}
    marked = [_marked(finding, files, names) for finding in findings]
    if not comment_rules:
        return tuple(marked)
    own_names = {name for rule in comment_rules for name in (rule.name(), rule.family())}
    judged = [comment for file in files.values() for comment in _judged(file, names, own_names)]
    about_comments = [
        _marked(finding, files, names)
        for rule in comment_rules
        for comment in judged
        for finding in rule.check_comment(comment, settings)
    ]
    # Suppressions of these rules are judged last, and no longer hide what is said about themselves.
    rejudged = [comment for file in files.values() for comment in _judged(file, names, names.known.keys() - own_names)]
    about_comments += [
        finding
        for rule in comment_rules
        for comment in rejudged
        for finding in rule.check_comment(comment, settings)
        if any(name.is_unused and finding.place == name.place for name in comment.names)
    ]
    return (*marked, *sorted(about_comments, key=lambda finding: (finding.place, finding.rule)))


class _Names:
    """The names of rules and families, and which of them were on."""

    def __init__(self, known_rules: Iterable[Union[type[Rule], Rule]], active_rules: Iterable[Rule]) -> None:
        active = {rule.name() for rule in active_rules}
        self.family_of: dict[str, str] = {}
        #: Every rule and family with whether all of it was on.
        self.known: dict[str, bool] = {}
        for rule in known_rules:
            name, family = rule.name(), rule.family()
            self.family_of[name] = family
            self.known[family] = self.known.get(family, True) and name in active
        self.known.update({name: name in active for name in self.family_of})
        self._nearest: dict[str, str] = {}

    def nearest(self, name: str) -> str:
        """The known name most like an unknown one; empty if none is."""
        if name not in self._nearest:
            if len(name) > MAX_NAME_LENGTH or len(self._nearest) >= MAX_SUGGESTIONS:
                return ""
            import difflib

            similar = difflib.get_close_matches(name.lower().replace("_", "-"), sorted(self.known), n=1)
            self._nearest[name] = similar[0] if similar else ""
        return self._nearest[name]


class _File:
    """The suppressions of a file by name, and which of them hid something."""

    def __init__(self, path: str, directives: Sequence[Directive]) -> None:
        self.path = path
        self.directives = directives
        self.used: set[tuple[int, str]] = set()
        self._file_wide: dict[str, int] = {}
        self._extents: dict[str, list[tuple[int, int, int]]] = {}
        for number, directive in enumerate(directives):
            for named in directive.names:
                if directive.is_file_wide:
                    self._file_wide.setdefault(named.name, number)
                else:
                    extent = (directive.first_line, directive.last_line, -number)
                    self._extents.setdefault(named.name, []).append(extent)
        for extents in self._extents.values():
            extents.sort()

    def suppression_of(self, line: int, names: Sequence[str]) -> Suppression | None:
        """What hides a finding on a line that has some names, the best one first."""
        for name in names:
            number = self._covering(line, name)
            if number is not None:
                return self._use(number, name, "comment")
        for name in names:
            if name in self._file_wide:
                return self._use(self._file_wide[name], name, "file-comment")
        return None

    def _covering(self, line: int, name: str) -> int | None:
        extents = self._extents.get(name, ())
        behind = bisect_right(extents, (line, 1 << 62, 0))
        for _, last_line, number in reversed(extents[max(0, behind - STACKED) : behind]):
            if line <= last_line:
                return -number
        return None

    def _use(self, number: int, name: str, kind: str) -> Suppression:
        self.used.add((number, name))
        directive = self.directives[number]
        return Suppression(kind, directive.reason, place_of(self.path, directive))


def place_of(path: str, directive: Directive) -> Place:
    """Where a directive stands."""
    return Place(path, directive.line, directive.column, directive.line, directive.end_column)


def _marked(finding: Finding, files: Mapping[str, _File], names: _Names) -> Finding:
    file = files.get(finding.place.path)
    if file is None:
        return finding
    family = names.family_of.get(finding.rule)
    suppression = file.suppression_of(finding.place.line, (finding.rule, family) if family else (finding.rule,))
    if suppression is None or finding.suppression is not None:
        return finding
    return msgspec.structs.replace(finding, suppression=suppression)


def _judged(file: _File, names: _Names, unjudged: Iterable[str]) -> Iterator[JudgedComment]:
    unjudged = set(unjudged)
    for number, directive in enumerate(file.directives):
        judged = tuple(
            JudgedName(
                named.name,
                Place(file.path, directive.line, named.column, directive.line, named.end_column),
                is_known=named.name in names.known,
                is_unused=(
                    names.known.get(named.name, False)
                    and named.name not in unjudged
                    and (number, named.name) not in file.used
                ),
                nearest="" if named.name in names.known else names.nearest(named.name),
            )
            for named in directive.names
        )
        yield JudgedComment(place_of(file.path, directive), judged, directive.reason, directive.problem, directive.hint)
