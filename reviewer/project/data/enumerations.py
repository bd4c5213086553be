"""Enumerations that the project declares more than once: the same name with the same members."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from reviewer.modules import tree
from reviewer.modules.source_text import source_text
from reviewer.project.data.sqlalchemy import is_migration
from reviewer.project.evaluation.classes import ENUM_BASES
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue
from reviewer.project.functions.calls import Calls
from reviewer.project.program import Program

NAMES = ("Enum", "StrEnum", "IntEnum", "Flag", "IntFlag", "enum")
MEMBER_MINIMUM = 2
#: Folders of programs of their own, which have no other way than to repeat a declaration.
APART = frozenset({"client", "clients", "sdk", "examples", "example", "docs", "scripts", "plugins", "extensions"})


def repeated_enumerations(
    program: Program, evaluator: Evaluator, calls: Calls
) -> Iterator[tuple[ClassValue, ClassValue]]:
    """Enumerations that repeat an earlier one, each with the first, by path; tests and migrations left out."""
    found: defaultdict[tuple[str, tuple[tuple[str, str], ...]], list[ClassValue]] = defaultdict(list)
    for module in program.modules:
        is_left_out = module.is_test or not APART.isdisjoint(module.path.split("/")[:-1])
        if is_left_out or not module.mentions(*NAMES) or is_migration(module):
            continue
        for declaration in module.index.declarations:
            if declaration.kind != "class":
                continue
            value = calls.class_of(module, declaration)
            members = _members(value)
            if len(members) >= MEMBER_MINIMUM and evaluator.inherits(value, *ENUM_BASES):
                found[value.name, members].append(value)
    for classes in found.values():
        first, *others = classes
        for one in others:
            if one.module is not first.module and _is_one_program(one, first):
                yield one, first


def _members(value: ClassValue) -> tuple[tuple[str, str], ...]:
    return tuple(
        sorted(
            (one.targets[0].id, source_text(one.value))
            for one in value.node.body
            if isinstance(one, tree.Assign) and isinstance(one.targets[0], tree.Name) and one.targets[0].id[0] != "_"
        )
    )


def _is_one_program(one: ClassValue, other: ClassValue) -> bool:
    """Whether two classes are of one package, or of a program without packages."""
    return one.module.name.partition(".")[0] == other.module.name.partition(".")[0] or (
        "." not in one.module.name and "." not in other.module.name
    )
