"""What a rule is, and what it gives: findings, their places and severities, and the fixes they propose.

Everything here is frozen data but `Rule`, the base class of all rules. Nothing here formats or reads files.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Union

import msgspec

if TYPE_CHECKING:
    from reviewer.project.project import Project


class Severity(str, Enum):
    """How bad a finding is; the exit code depends on it."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


class Confidence(str, Enum):
    """How sure the rule is that its findings are true."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Category(str, Enum):
    """What the consequence of ignoring a finding is."""

    CORRECTNESS = "correctness"
    SECURITY = "security"
    CONTRACT = "contract"
    PERFORMANCE = "performance"
    MAINTAINABILITY = "maintainability"
    CONVENTION = "convention"


class Preset(str, Enum):
    """The smallest preset that turns a rule on."""

    RECOMMENDED = "recommended"
    STRICT = "strict"


class Place(msgspec.Struct, frozen=True, order=True):
    """A range of a file: path relative to the reviewed root with `/`, lines from 1, columns from 0 in characters."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int

    @property
    def is_of_git(self) -> bool:
        """Whether it is a branch or a commit, and in no file: what lies in git's own folder is never reviewed."""
        return self.path.startswith(".git/")


class Placed(Protocol):
    """Anything of the model that stands somewhere in the source."""

    @property
    def place(self) -> Place:
        """Where it stands."""


class Related(msgspec.Struct, frozen=True):
    """A second place that explains a finding."""

    place: Place
    message: str


class AddKeyword(msgspec.Struct, frozen=True, tag=True):
    """Adds `name=value` to the call at a place; `value` is source text. Needs no import."""

    call: Place
    name: str
    value: str


class RemoveKeyword(msgspec.Struct, frozen=True, tag=True):
    """Removes the keyword argument `name` of the call at a place."""

    call: Place
    name: str


class AddImport(msgspec.Struct, frozen=True, tag=True):
    """Adds `from module import name` to the file unless it is there."""

    path: str
    module: str
    name: str


class ReplaceText(msgspec.Struct, frozen=True, tag=True):
    """Replaces the text at a place, which must be a whole expression or statement."""

    place: Place
    text: str


Edit = Union[AddKeyword, RemoveKeyword, AddImport, ReplaceText]


class Fix(msgspec.Struct, frozen=True):
    """A change that mends a finding; a safe one keeps the behaviour of the program but for the defect itself."""

    description: str
    edits: tuple[Edit, ...]
    is_safe: bool = False


class Suppression(msgspec.Struct, frozen=True):
    """Why a finding is not reported: the comment or baseline that hides it."""

    kind: str  # "comment", "file-comment", "override" of the configuration, "baseline", or "base" of a change
    reason: str
    place: Place | None = None


class Finding(msgspec.Struct, frozen=True):
    """One report of one rule: exactly one primary place."""

    rule: str
    message: str  # one sentence with a full stop: what is wrong, in the project's own names
    place: Place
    severity: Severity
    hint: str = ""  # how to mend it, one sentence
    symbol: str = ""  # `module:qualname` of the declaration it is about, for the fingerprint
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    confidence: Confidence = Confidence.HIGH
    fingerprint: str = ""  # set by the pipeline, as are the next two: see `filters.fingerprints`
    identity: str = ""  # of the rule, the declaration and the flagged text alone; equal findings share it
    statement: str = ""  # of the rule and the statement alone
    suppression: Suppression | None = None  # set by the filters
    #: Where findings are compared with a base or a baseline: "new", or "unchanged" if it is known there; else empty.
    baseline_state: str = ""
    #: What a gathered finding stands for: a finding for each place, as if it stood alone.
    members: tuple[Finding, ...] = ()

    def standing_for(self, members: Iterable[Finding]) -> Finding:
        """The finding as one that gathers others, each of which is known again by itself; of one alone, that one."""
        each = tuple(members)
        return each[0] if len(each) == 1 else msgspec.structs.replace(self, members=each)


class NoOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The options of a rule that has none."""


#: The source of an example: one file, or several by path. Markers `# <- rule-name` name the lines to be reported.
Example = Union[str, Mapping[str, str]]


class Rule:
    """Base of all rules: one file, one class, named after the bad state it reports.

    Name and family come from the file: `rules/auth/missing_auth.py` holds `missing-auth` of the family `auth`. The
    docstring is the rule's page: a first line that opens with a verb, then the headings `What it reports`, `Why`,
    `When to ignore it`, and where there are any `Known limits`, `Options` and `Fix safety`.
    """

    category: ClassVar[Category]
    severity: ClassVar[Severity]
    confidence: ClassVar[Confidence] = Confidence.HIGH
    preset: ClassVar[Preset] = Preset.RECOMMENDED
    cwe: ClassVar[int | None] = None
    #: The entry of the OWASP API Security Top 10 that it belongs to, such as `API1:2023`; empty where there is none.
    owasp: ClassVar[str] = ""
    #: The bullets of the review checklists that the rule stands for, word for word.
    checklist: ClassVar[tuple[str, ...]] = ()
    #: The practice that a rule stands for which no bullet asks for, in one sentence.
    practice: ClassVar[str] = ""
    #: Sources: framework documentation, RFC, CWE, by address or title.
    references: ClassVar[tuple[str, ...]] = ()
    since: ClassVar[str] = "0.1.0"
    #: Options of the rule: a frozen msgspec struct, each field with a default and described in the class docstring.
    Options: ClassVar[type[msgspec.Struct]] = NoOptions
    bad: ClassVar[Example | tuple[Example, ...]]
    good: ClassVar[Example | tuple[Example, ...]]

    def __init__(self, options: Any = None, severity: Severity | None = None) -> None:
        self.options: Any = self.Options() if options is None else options
        if severity is not None:
            self.severity = severity  # type: ignore[misc]

    @classmethod
    def name(cls) -> str:
        """The rule's name, from its file."""
        return cls.__module__.rpartition(".")[2].replace("_", "-")

    @classmethod
    def family(cls) -> str:
        """The rule's family, from its folder."""
        return cls.__module__.split(".")[-2]

    @classmethod
    def documentation(cls) -> str:
        """The rule's page: its docstring, unindented."""
        return inspect.getdoc(cls) or ""

    @classmethod
    def summary(cls) -> str:
        """The first line of the page."""
        return cls.documentation().partition("\n")[0]

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks the project and yields findings. Opens no file and keeps no state."""
        raise NotImplementedError

    def at(
        self,
        where: Placed | Place,
        message: str,
        *,
        hint: str = "",
        symbol: str = "",
        related: tuple[Related, ...] = (),
        fix: Fix | None = None,
        confidence: Confidence | None = None,
        severity: Severity | None = None,
    ) -> Finding:
        """A finding of this rule at a place, or at a thing of the model that has one.

        A severity of its own counts unless the rule's is configured.
        """
        place = where if isinstance(where, Place) else where.place
        return Finding(
            rule=self.name(),
            message=message,
            place=place,
            severity=severity if severity is not None and "severity" not in self.__dict__ else self.severity,
            hint=hint,
            symbol=symbol or getattr(where, "symbol", ""),
            related=related,
            fix=fix,
            confidence=confidence or self.confidence,
        )

    def gathered(
        self,
        where: Placed | Place,
        message: str,
        members: Iterable[Finding],
        *,
        hint: str = "",
        symbol: str = "",
        related: tuple[Related, ...] = (),
        fix: Fix | None = None,
        severity: Severity | None = None,
        confidence: Confidence | None = None,
    ) -> Finding:
        """A finding that stands for several, which are given as they would stand alone."""
        finding = self.at(
            where,
            message,
            hint=hint,
            symbol=symbol,
            related=related,
            fix=fix,
            severity=severity,
            confidence=confidence,
        )
        return finding.standing_for(members)
