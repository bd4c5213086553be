"""Columns and relationships of tables, read from the statements that declare them.

Knows SQLAlchemy's `Column`, `mapped_column` and `Mapped[…]`, SQLModel's annotated fields, `relationship` and what
`Annotated` types carry. Looks at one statement at a time; `sqlalchemy` joins them to tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Union

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name, last_name
from reviewer.project.evaluation.annotations import parse_annotation
from reviewer.project.evaluation.values import (
    Choice,
    ClassValue,
    External,
    Instance,
    Subscripted,
    TypeUnion,
    Unknown,
    Value,
    place_of,
)
from reviewer.project.model import Answer
from reviewer.rule import Place

COLUMN_MAKERS = frozenset({"Column", "mapped_column", "deferred", "column_property"})
RELATIONSHIP_MAKERS = frozenset({"relationship", "Relationship", "dynamic_loader"})
#: Annotations around the type of a mapped attribute.
MAPPED_NAMES = frozenset({"Mapped", "WriteOnlyMapped", "DynamicMapped"})
COLLECTION_MAPPED = frozenset({"WriteOnlyMapped", "DynamicMapped"})
COLLECTION_NAMES = frozenset(
    {"list", "List", "set", "Set", "Sequence", "Collection", "dict", "Dict", "InstrumentedList", "MappedCollection"}
)
#: What stands among the arguments of a column and is no type.
NO_TYPES = frozenset(
    {"ForeignKey", "Sequence", "Identity", "Computed", "CheckConstraint", "FetchedValue", "ColumnDefault", "Constraint"}
)
#: Keywords of `Field` of SQLModel that hold the whole column.
WHOLE_COLUMN = "sa_column"
NONE_TYPES = (None, External("builtins.None"), External("types.NoneType"))
#: Modules whose generic types hold None only where they say so.
LANGUAGE_MODULES = ("builtins.", "typing.", "typing_extensions.", "collections.", "pydantic.", "sqlalchemy.")
NESTING_LIMIT = 8

ReadType = Callable[[tree.Expression], Value]


class Column(msgspec.Struct, frozen=True, eq=False, dict=True):
    """A column of a table, as the class declares it."""

    name: str  # the attribute
    owner: ClassValue  # the class that declares it: the table or a mixin
    place: Place  # the statement
    annotation: Union[tree.Expression, None]  # of the value: what stands in `Mapped[…]`
    call: Union[tree.Call, None]  # `Column(…)`, `mapped_column(…)`, or `Field(…)` of SQLModel
    is_model_field: bool  # declared as a field of an SQLModel class
    read_type: ReadType  # evaluates an expression where the column is declared

    @cached_property
    def calls(self) -> tuple[tree.Call, ...]:
        """The calls that configure it: its own one, and those in the `Annotated` type that it names."""
        own = () if self.call is None else (self.call,)
        carried = (one.node for one in metadata_of(self.python_type) if isinstance(one, Instance))
        return (*own, *(node for node in carried if isinstance(node, tree.Call)))

    def option(self, *names: str) -> tree.Expression | None:
        """The value of a keyword such as `nullable` or `default`, None where it is not given."""
        for call in self.calls:
            for keyword in call.keywords:
                if keyword.name in names:
                    return keyword.value
        return None

    @cached_property
    def python_type(self) -> Value:
        """The annotated type as a value, None where there is no annotation."""
        return None if self.annotation is None else self.read_type(self.annotation)

    @cached_property
    def sql_type(self) -> tree.Expression | None:
        """The SQL type as written: `String(50)`, `DateTime`; None where none is given."""
        for call in self.calls:
            for one in call.arguments:
                called = one.function if isinstance(one, tree.Call) else one
                if not isinstance(one, (tree.Text, tree.Starred)) and last_name(called) not in NO_TYPES:
                    return None if self.is_model_field and called_name(call) == "Field" else one
        return self.option("type_", "sa_type")

    @property
    def sql_type_name(self) -> str:
        """The last name of the SQL type: `String`; empty where none is given."""
        written = self.sql_type
        return "" if written is None else last_name(written.function if isinstance(written, tree.Call) else written)

    @property
    def default(self) -> tree.Expression | None:
        """What `default=` says, or the default of a model's field."""
        return self.option("default")

    @property
    def is_primary_key(self) -> bool:
        """Whether it is (a part of) the primary key."""
        return _truth(self.option("primary_key")) is Answer.YES

    @cached_property
    def is_nullable(self) -> Answer:
        """Whether the database lets it be NULL."""
        written = self.option("nullable")
        if written is not None:
            return _truth(written)
        if self.is_primary_key or any(called_name(call) == "column_property" for call in self.calls):
            return Answer.NO if self.is_primary_key else Answer.UNKNOWN
        if self.annotation is None or (
            self.is_model_field and self.call is not None and called_name(self.call) == "Column"
        ):
            return Answer.YES if self.call is not None else Answer.UNKNOWN
        return allows_none(self.python_type)

    @cached_property
    def foreign_key(self) -> str | None:
        """What it refers to, such as `users.id`; None where it is no foreign key or that is not known."""
        given = self.option("foreign_key")
        for call in self.calls:
            for one in (*call.arguments, *(keyword.value for keyword in call.keywords)):
                if isinstance(one, tree.Call) and called_name(one) == "ForeignKey" and one.arguments:
                    given = one.arguments[0]
        if given is None:
            return None
        value = given.value if isinstance(given, tree.Text) else self.read_type(given)
        return value if isinstance(value, str) else None


class Relationship(msgspec.Struct, frozen=True, eq=False, dict=True):
    """A relationship between tables, as the class declares it."""

    name: str
    owner: ClassValue
    place: Place
    annotation: Union[tree.Expression, None]  # what stands in `Mapped[…]`
    mapped_by: str  # `Mapped`, `DynamicMapped`, … or empty
    call: Union[tree.Call, None]
    read_type: ReadType

    def option(self, *names: str) -> tree.Expression | None:
        """The value of a keyword such as `lazy`, None where it is not given."""
        keywords = () if self.call is None else self.call.keywords
        return next((one.value for one in keywords if one.name in names), None)

    @cached_property
    def target_name(self) -> str:
        """The name of the related class; empty where it is not known."""
        first = self.call.arguments[0] if self.call is not None and self.call.arguments else self.option("argument")
        if isinstance(first, tree.Lambda):
            first = first.body
        if isinstance(first, tree.Text):
            return first.value.rpartition(".")[2]
        if first is not None:
            return last_name(first)
        return _inner_class_name(self.annotation)

    @cached_property
    def lazy(self) -> str:
        """How it is loaded, `select` where nothing is said; empty where that is not known."""
        if self.call is not None and called_name(self.call) == "dynamic_loader":
            return "dynamic"
        written = self.option("lazy")
        if written is None:
            inner = self.option("sa_relationship_kwargs")
            if isinstance(inner, tree.Dictionary):
                keys = zip(inner.keys, inner.values, strict=True)
                written = next((value for key, value in keys if getattr(key, "value", None) == "lazy"), None)
            elif inner is not None:
                return ""
        if written is None:
            return {"WriteOnlyMapped": "write_only", "DynamicMapped": "dynamic"}.get(self.mapped_by, "select")
        value = written.value if isinstance(written, (tree.Text, tree.Constant)) else ""
        return {"True": "select", "False": "joined", "None": "noload"}.get(value, value)

    @cached_property
    def is_collection(self) -> Answer:
        """Whether it gives several objects, as far as the declaration tells."""
        written = self.option("uselist")
        if written is not None:
            return _truth(written)
        if self.mapped_by in COLLECTION_MAPPED or self.option("collection_class", "secondary") is not None:
            return Answer.YES
        if self.annotation is None:
            return Answer.UNKNOWN
        return _is_collection(self.annotation)

    @cached_property
    def is_optional(self) -> Answer:
        """Whether its annotation says that it may be None."""
        return Answer.UNKNOWN if self.annotation is None else allows_none(self.read_type(self.annotation))


Attribute = Union[Column, Relationship]


def declared_attributes(owner: ClassValue, is_model: bool, read_type: ReadType) -> Iterator[Attribute]:
    """The columns and relationships that the body of a class declares, in order."""
    for statement in owner.node.body:
        if isinstance(statement, tree.Assign):
            for target in statement.targets:
                if isinstance(target, tree.Name):
                    yield from _declared(target.id, None, statement.value, statement, owner, False, read_type)
        elif isinstance(statement, tree.AnnotatedAssign) and isinstance(statement.target, tree.Name):
            is_field = is_model and statement.target.id != "model_config" and not _is_class_variable(statement)
            yield from _declared(
                statement.target.id, statement.annotation, statement.value, statement, owner, is_field, read_type
            )
        elif isinstance(statement, tree.Function) and any(
            last_name(one) in ("declared_attr", "directive", "cascading") for one in statement.decorators
        ):
            returned = next((one.value for one in statement.body if isinstance(one, tree.Return)), None)
            yield from _declared(statement.name, statement.returns, returned, statement, owner, False, read_type)


def _declared(
    name: str,
    annotation: tree.Expression | None,
    value: tree.Expression | None,
    statement: tree.Node,
    owner: ClassValue,
    is_field: bool,
    read_type: ReadType,
) -> Iterator[Attribute]:
    call = value if isinstance(value, tree.Call) else None
    made = "" if call is None else called_name(call)
    written = None if annotation is None else parse_annotation(annotation)
    mapped_by = ""
    if isinstance(written, tree.Subscript) and last_name(written.value) in MAPPED_NAMES:
        mapped_by = last_name(written.value)
        written = parse_annotation(written.index)
    place = place_of(owner.module, statement)
    if made in RELATIONSHIP_MAKERS or (mapped_by in COLLECTION_MAPPED and made not in COLUMN_MAKERS):
        yield Relationship(name, owner, place, written, mapped_by, call, read_type)
    elif made in COLUMN_MAKERS or (mapped_by and not made) or is_field:
        if not mapped_by and not is_field:
            written = None  # an annotation of the class attribute, for type checkers: `name: str = Column(…)`
        yield Column(name, owner, place, written, _whole_column(call), is_field, read_type)
    elif mapped_by and made not in ("synonym", "association_proxy"):
        yield Column(name, owner, place, written, call, is_field, read_type)


def _whole_column(call: tree.Call | None) -> tree.Call | None:
    """The column inside of `Field(sa_column=Column(…))` or `deferred(Column(…))`, else the call itself."""
    if call is None:
        return None
    inner = [one.value for one in call.keywords if one.name == WHOLE_COLUMN]
    if called_name(call) in ("deferred", "column_property"):
        inner += call.arguments[:1]
    return next((one for one in inner if isinstance(one, tree.Call) and called_name(one) in COLUMN_MAKERS), call)


def _is_class_variable(statement: tree.AnnotatedAssign) -> bool:
    written = parse_annotation(statement.annotation)
    return (
        written is not None
        and last_name(written.value if isinstance(written, tree.Subscript) else written) == "ClassVar"
    )


def metadata_of(value: Value, nesting: int = 0) -> tuple[Value, ...]:
    """What `Annotated` types in a type carry besides the type, outermost first."""
    if nesting > NESTING_LIMIT:
        return ()
    if isinstance(value, Subscripted) and isinstance(value.base, External):
        last = value.base.name.rpartition(".")[2]
        if last == "Annotated" and value.arguments:
            return (*value.arguments[1:], *metadata_of(value.arguments[0], nesting + 1))
        if last == "Optional" and value.arguments:
            return metadata_of(value.arguments[0], nesting + 1)
    if isinstance(value, TypeUnion):
        return tuple(one for member in value.members for one in metadata_of(member, nesting + 1))
    return ()


def allows_none(value: Value, nesting: int = 0) -> Answer:
    """Whether a type holds None: `X | None`, `Optional[X]`, `Any`, or an alias of one."""
    if value in NONE_TYPES:
        return Answer.YES
    if isinstance(value, (Unknown, Choice)) or nesting > NESTING_LIMIT:
        return Answer.UNKNOWN
    if isinstance(value, TypeUnion):
        return _any_of(allows_none(one, nesting + 1) for one in value.members)
    if isinstance(value, Subscripted):
        last = value.base.name.rpartition(".")[2] if isinstance(value.base, External) else ""
        if last == "Optional":
            return Answer.YES
        if last == "Union":
            return _any_of(allows_none(one, nesting + 1) for one in value.arguments)
        if last == "Literal":
            return Answer.YES if any(one is None for one in value.arguments) else Answer.NO
        if last in ("Annotated", "Required", "Final", "SkipValidation", "SkipJsonSchema") and value.arguments:
            return allows_none(value.arguments[0], nesting + 1)
        if isinstance(value.base, External) and not value.base.name.startswith(LANGUAGE_MODULES):
            return Answer.UNKNOWN
        return Answer.NO if isinstance(value.base, (External, ClassValue)) else Answer.UNKNOWN
    if isinstance(value, External):
        last = value.name.rpartition(".")[2]
        if last in ("Any", "object"):
            return Answer.YES
        is_plain = value.name.startswith(("builtins.", "datetime.", "uuid.", "decimal.", "typing.", "enum."))
        return Answer.NO if is_plain or last[:1].isupper() else Answer.UNKNOWN
    return Answer.NO if isinstance(value, ClassValue) else Answer.UNKNOWN


def _any_of(answers: Iterator[Answer]) -> Answer:
    found = set(answers)
    return next((one for one in (Answer.YES, Answer.UNKNOWN) if one in found), Answer.NO)


def _truth(written: tree.Expression | None) -> Answer:
    if written is None:
        return Answer.NO
    if isinstance(written, tree.Constant):
        return Answer.YES if written.value == "True" else Answer.NO
    return Answer.UNKNOWN


def _is_collection(annotation: tree.Expression) -> Answer:
    written = parse_annotation(annotation)
    if isinstance(written, tree.Subscript):
        name = last_name(written.value)
        if name in COLLECTION_NAMES:
            return Answer.YES
        if name in ("Optional", "Annotated"):
            inner = written.index.items[0] if isinstance(written.index, tree.Tuple) else written.index
            return _is_collection(inner)
        return Answer.UNKNOWN
    if isinstance(written, tree.BinaryOperation):
        sides = {_is_collection(one) for one in (written.left, written.right)}
        return next(one for one in (Answer.YES, Answer.UNKNOWN, Answer.NO) if one in sides)
    if isinstance(written, (tree.Name, tree.Attribute)):
        return Answer.YES if last_name(written) in COLLECTION_NAMES else Answer.NO
    return Answer.NO if isinstance(written, tree.Constant) else Answer.UNKNOWN


def _inner_class_name(annotation: tree.Expression | None) -> str:
    """The class in `list["Post"]`, `Optional[Post]`, `Post | None`."""
    for _ in range(NESTING_LIMIT):
        if annotation is None:
            return ""
        written = parse_annotation(annotation)
        if isinstance(written, tree.Subscript):
            index = written.index
            annotation = (
                index.items[-1 if last_name(written.value) in ("dict", "Dict") else 0]
                if isinstance(index, tree.Tuple)
                else index
            )
        elif isinstance(written, tree.BinaryOperation):
            is_none = isinstance(written.left, tree.Constant)
            annotation = written.right if is_none else written.left
        else:
            return "" if written is None else last_name(written)
    return ""
