"""Relations between tables with both their ends: what a relationship, or a back reference to it, gives.

Takes the declarations of all tables. Which end gives several objects is told by the declaration, else by the side that
has the foreign key.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import last_name
from reviewer.project.data.columns import Column, Relationship
from reviewer.project.data.sqlalchemy import Tables
from reviewer.project.model import Answer, Table
from reviewer.rule import Place


class Relation(msgspec.Struct, frozen=True, eq=False):
    """An attribute of a table that gives objects of another one."""

    name: str
    target: Table
    is_collection: Answer
    foreign_key: Column | None  # the table's own column behind it, where there is only one that can be meant
    is_optional: Answer  # whether it may be None, as declared or by the foreign key
    declared: Relationship  # here, or at the other end
    is_backref: bool

    @property
    def place(self) -> Place:
        """The declaration."""
        return self.declared.place


class Relations:
    """Answers which relations a table has."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def of(self, table: Table) -> dict[str, Relation]:
        """The relations of a table by attribute, those included that others declare with `backref`."""
        return self._by_table.get(id(table.value), {})

    @cached_property
    def _by_name(self) -> dict[str, list[Table]]:
        found: dict[str, list[Table]] = {}
        for table in self._tables.all:
            found.setdefault(table.name, []).append(table)
        return found

    @cached_property
    def _by_table(self) -> dict[int, dict[str, Relation]]:
        found: dict[int, dict[str, Relation]] = {}
        for table in self._tables.all:
            for relationship in table.relationships:
                targets = self._by_name.get(relationship.target_name, [])
                if len(targets) != 1:
                    continue
                relation = _relation(table, relationship, targets[0])
                found.setdefault(id(table.value), {})[relation.name] = relation
                backref = _backref(table, relationship, relation)
                if backref is not None:
                    found.setdefault(id(targets[0].value), {}).setdefault(backref.name, backref)
        return found


def _relation(table: Table, declared: Relationship, target: Table) -> Relation:
    is_collection = declared.is_collection
    is_plain = declared.option("primaryjoin", "foreign_keys", "remote_side") is None
    if is_collection is Answer.UNKNOWN and table is not target and is_plain:
        is_collection = _by_foreign_keys(table, target)
    key = _foreign_key(table, declared, target)
    if is_collection is Answer.UNKNOWN and not is_plain and key is not None:
        is_collection = Answer.NO
    key = key if is_collection is Answer.NO else None
    return Relation(declared.name, target, is_collection, key, _is_optional(declared, key), declared, False)


def _backref(table: Table, declared: Relationship, relation: Relation) -> Relation | None:
    """The other end of a relationship with `backref=`."""
    written = declared.option("backref")
    options: dict[str | None, tree.Expression] = {}
    if isinstance(written, tree.Call) and written.arguments:
        options = {one.name: one.value for one in written.keywords}
        written = written.arguments[0]
    if not isinstance(written, tree.Text):
        return None
    is_collection = Answer.UNKNOWN
    if "uselist" in options:
        uselist = options["uselist"]
        is_collection = Answer.NO if getattr(uselist, "value", "") == "False" else Answer.YES
    elif declared.option("secondary") is not None:
        is_collection = Answer.YES
    elif relation.is_collection is not Answer.UNKNOWN and table is not relation.target:
        is_collection = _by_foreign_keys(relation.target, table)
    key = _foreign_key(relation.target, declared, table) if is_collection is Answer.NO else None
    is_optional = Answer.UNKNOWN if key is None else key.is_nullable
    return Relation(written.value, table, is_collection, key, is_optional, declared, True)


def _by_foreign_keys(table: Table, target: Table) -> Answer:
    here, there = _refers(table, target), _refers(target, table)
    if here == there or table.has_unknown_columns or target.has_unknown_columns:
        return Answer.UNKNOWN
    return Answer.YES if there else Answer.NO


def _is_optional(declared: Relationship, key: Column | None) -> Answer:
    if declared.is_optional is Answer.YES or key is None:
        return declared.is_optional
    return key.is_nullable


def _foreign_key(table: Table, declared: Relationship, target: Table) -> Column | None:
    """The one column of a table that can be meant."""
    keys = _keys_to(table, target)
    written = declared.option("foreign_keys")
    if written is not None:
        first = written.items[0] if isinstance(written, (tree.List, tree.Tuple)) and written.items else written
        name = first.value.rpartition(".")[2].rstrip("]") if isinstance(first, tree.Text) else last_name(first)
        keys = [one for one in keys if one.name == name]
    return keys[0] if len(keys) == 1 else None


def _refers(table: Table, target: Table) -> bool:
    return bool(_keys_to(table, target))


def _keys_to(table: Table, target: Table) -> list[Column]:
    """The columns of a table that are foreign keys to another one."""
    names = {target.table_name} if target.table_name is not None else _likely_names(target.name)
    keys = _keys_by_table(table)
    return [column for name in sorted(names) for column in keys.get(name, ())]


@lru_cache(maxsize=64)  # the relationships of a table are looked at one after the other
def _keys_by_table(table: Table) -> dict[str, list[Column]]:
    """The foreign keys of a table by the name of the table that each refers to."""
    found: dict[str, list[Column]] = {}
    for column in table.columns:
        if column.foreign_key is not None:
            found.setdefault("".join(column.foreign_key.split(".")[-2:-1]), []).append(column)
    return found


def _likely_names(class_name: str) -> set[str]:
    """What a base class that names tables after their classes may call one."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", class_name).lower()
    singular = {words, class_name.lower()}
    return singular | {f"{one}s" for one in singular} | {f"{one[:-1]}ies" for one in singular if one.endswith("y")}
