"""Classes of the reviewed program: their ancestors in lookup order, their attributes, what they inherit from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from reviewer.modules import tree
from reviewer.project.evaluation.docstrings import docstring_of
from reviewer.project.evaluation.scopes import ClassScope
from reviewer.project.evaluation.values import (
    BoundMethod,
    ClassValue,
    EnumMember,
    External,
    FunctionValue,
    Instance,
    Subscripted,
    Unknown,
    Value,
    decorator_names,
)

if TYPE_CHECKING:
    from reviewer.project.evaluation.evaluator import Evaluator

ENUM_BASES = frozenset({"enum.Enum", "enum.StrEnum", "enum.IntEnum", "enum.Flag", "enum.IntFlag"})


class ClassLookup:
    """Classes of the reviewed program: their ancestors in lookup order, their attributes, what they inherit from."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._mro: dict[int, tuple[Value, ...]] = {}

    def run_class(self, value: ClassValue) -> None:
        """Executes the body of a class once, so that its attributes are known."""
        if value.is_executed:
            return
        value.is_executed = True
        self._evaluator.run_block(value.node.body, ClassScope(value, self._evaluator))

    def bases(self, value: ClassValue) -> tuple[Value, ...]:
        """The values of the bases of a class."""
        if value.bases is None:
            value.bases = ()
            value.bases = tuple(self._evaluator.evaluate(base, value.scope) for base in value.node.bases)
        return value.bases

    def ancestors(self, value: ClassValue) -> tuple[Value, ...]:
        """A class and its ancestors in lookup order: depth first, duplicates at their last place."""
        cached = self._mro.get(id(value))
        if cached is not None:
            return cached
        self._mro[id(value)] = (value,)
        found: list[Value] = [value]
        for written in self.bases(value):
            base = written.base if isinstance(written, Subscripted) else written
            found.extend(self.ancestors(base) if isinstance(base, ClassValue) else (base,))
        self._mro[id(value)] = tuple(_each_at_its_last_place(found))
        return self._mro[id(value)]

    def inherits(self, value: Value, *names: str) -> bool:
        """Whether a class or the class of an instance is one of the external classes, or inherits from one."""
        if isinstance(value, Instance):
            value = value.type
        if isinstance(value, External):
            return value.name in names
        if isinstance(value, ClassValue):
            return any(isinstance(one, External) and one.name in names for one in self.ancestors(value))
        return False

    def external_names(self, value: Value) -> tuple[str, ...]:
        """The dotted names of the library classes a class, instance or external is or inherits from."""
        if isinstance(value, Instance):
            value = value.type
        if isinstance(value, External):
            return (value.name,)
        if isinstance(value, ClassValue):
            return tuple(one.name for one in self.ancestors(value) if isinstance(one, External))
        return ()

    def class_member(self, value: ClassValue, name: str) -> Value:
        """An attribute of a class as seen from the class itself."""
        if name in ("__name__", "__qualname__"):
            return value.name if name == "__name__" else value.qualname
        found = self.find_in_class(value, name)
        if found is None and name == "__doc__":
            return docstring_of(value)
        if found is None:
            if name in ("__name__", "__qualname__"):
                return value.name if name == "__name__" else value.qualname
            if name == "__module__":
                return value.module.name
            for one in self.ancestors(value):
                if isinstance(one, External):
                    return External(f"{one.name}.{name}", value)
                if isinstance(one, Unknown):
                    return one
            return Unknown(f"{value.name} has no attribute {name}")
        owner, member = found
        if isinstance(member, FunctionValue) and "classmethod" in decorator_names(member):
            return BoundMethod(member, value)
        if self.inherits(owner, *ENUM_BASES) and not name.startswith("_") and not isinstance(member, FunctionValue):
            return EnumMember(owner, name, member)
        return member

    def enumeration_members(self, value: ClassValue) -> list[Value] | None:
        """The members of an enumeration class in order, aliases left out; None for another class."""
        if not self.inherits(value, *ENUM_BASES):
            return None
        self.run_class(value)
        members: list[Value] = []
        for name in value.attributes:
            member = None if name.startswith("_") else self.class_member(value, name)
            if isinstance(member, EnumMember) and all(member.value != other.value for other in members):
                members.append(member)
        return members

    def find_in_class(self, value: ClassValue, name: str) -> tuple[ClassValue, Value] | None:
        """The class among a class and its ancestors that defines an attribute, and the raw attribute."""
        for one in self.ancestors(value):
            if not isinstance(one, ClassValue):
                continue
            self.run_class(one)
            if name in one.attributes:
                return one, ClassScope(one, self._evaluator).own(name)
        return None

    def declared_annotation(self, value: ClassValue, name: str) -> tuple[ClassValue, tree.Expression] | None:
        """The annotation of an attribute that has no value: `name: type` in the body of a class or an ancestor."""
        for one in self.ancestors(value):
            if isinstance(one, ClassValue):
                for statement in one.node.body:
                    if isinstance(statement, tree.AnnotatedAssign) and statement.target == tree.Name(
                        statement.target.line,
                        statement.target.column,
                        statement.target.end_line,
                        statement.target.end_column,
                        name,
                    ):
                        return one, statement.annotation
        return None


def _each_at_its_last_place(values: list[Value]) -> Iterator[Value]:
    classes = {id(one): place for place, one in enumerate(values) if isinstance(one, ClassValue)}
    others: list[Value] = []  # of these there are few; not all can be hashed
    last: list[Value] = []
    for place in range(len(values) - 1, -1, -1):
        one = values[place]
        if isinstance(one, ClassValue):
            if classes[id(one)] == place:
                last.append(one)
        elif one not in others:
            others.append(one)
            last.append(one)
    return reversed(last)
