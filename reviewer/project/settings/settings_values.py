"""Links settings: which values the program sets as its configuration, in classes, modules and `app.config`.

Reads declarations only, gives each setting with the expression of its value. Whether the environment replaces a value
is said by its kind; no environment and no file of values is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

import msgspec

from reviewer.modules import tree
from reviewer.modules.index import Declaration
from reviewer.modules.module import Module
from reviewer.modules.source_text import dotted_name
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, place_of
from reviewer.project.functions.calls import Calls
from reviewer.project.program import Program
from reviewer.rule import Place

SETTINGS_BASES = ("pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic.v1.BaseSettings")
CONFIG_MODULE = re.compile(r"(?:^|[._])(?:config|configs|settings|conf|configuration)(?:$|[._])")
CONFIG_CLASS = re.compile(r"Config(?:uration)?$|Settings$")
CONFIG_OBJECTS = ("config", "conf")
FILLING_METHODS = ("update", "from_mapping", "setdefault")


class SettingValue(msgspec.Struct, frozen=True, eq=False):
    """A setting and the value that the source gives it: a default where the environment may replace it."""

    name: str
    value: tree.Expression
    kind: str  # "field" (of a settings class), "attribute" (of a configuration class), "constant" or "item"
    owner: ClassValue | None  # the class of a field or attribute
    module: Module
    place: Place

    @property
    def symbol(self) -> str:
        """`module:Class.name`, for fingerprints."""
        owner = f"{self.owner.qualname}." if self.owner is not None else ""
        return f"{self.module.name}:{owner}{self.name}"


class SettingsLinker:
    """Finds the settings of the project; tests are left out."""

    def __init__(self, program: Program, evaluator: Evaluator, calls: Calls) -> None:
        self._program = program
        self._evaluator = evaluator
        self._calls = calls

    @cached_property
    def values(self) -> tuple[SettingValue, ...]:
        """All settings, by module and line."""
        found: list[SettingValue] = []
        for module in self._program.modules:
            if module.is_test:
                continue
            found += self._of_classes(module)
            if CONFIG_MODULE.search(module.name):
                found += _constants(module)
            if module.mentions(*CONFIG_OBJECTS):
                found += self._items(module)
        return tuple(sorted(found, key=lambda one: (one.place.path, one.place.line, one.place.column)))

    def _of_classes(self, module: Module) -> Iterator[SettingValue]:
        is_config_module = CONFIG_MODULE.search(module.name) is not None
        for declaration in module.index.declarations:
            if declaration.kind != "class":
                continue
            kind = self._kind_of_class(module, declaration, is_config_module)
            if kind is not None:
                owner = self._calls.class_of(module, declaration)
                for name, value, node in _assigned(owner.node.body):
                    yield SettingValue(name, value, kind, owner, module, place_of(module, node))

    def _kind_of_class(self, module: Module, declaration: Declaration, is_config_module: bool) -> str | None:
        """Whether a class is filled from the environment ("field"), holds configuration ("attribute"), or neither."""
        name = declaration.qualname.rpartition(".")[2]
        looks_like_one = CONFIG_CLASS.search(name) is not None and "." not in declaration.qualname
        node = module.node_of(declaration)
        if isinstance(node, tree.Class) and node.bases:
            owner = self._calls.class_of(module, declaration)
            if self._evaluator.inherits(owner, *SETTINGS_BASES):
                return "field"
        return "attribute" if looks_like_one and is_config_module else None

    def _items(self, module: Module) -> Iterator[SettingValue]:
        """`app.config["NAME"] = value`, `app.config.update(NAME=value)`, `app.config.NAME = value`."""
        bodies = [module.tree.body]
        bodies += [module.node_of(one).body for one in module.index.declarations if one.kind == "function"]
        for body in bodies:
            for node in tree.walk_scope(body):
                match node:
                    case tree.Assign(targets=(tree.Subscript(value=where, index=tree.Text(value=name)),), value=value):
                        if _is_config(where):
                            yield SettingValue(name, value, "item", None, module, place_of(module, node))
                    case tree.Call(function=tree.Attribute(value=where, name=method), keywords=keywords):
                        if method in FILLING_METHODS and _is_config(where):
                            for one in keywords:
                                if one.name is not None:
                                    yield SettingValue(one.name, one.value, "item", None, module, place_of(module, one))
                    case _:
                        pass


def _is_config(node: tree.Expression) -> bool:
    name = dotted_name(node)
    return name is not None and name.rpartition(".")[2] in CONFIG_OBJECTS


def _constants(module: Module) -> Iterator[SettingValue]:
    for name, value, node in _assigned(module.tree.body):
        if name.isupper():
            yield SettingValue(name, value, "constant", None, module, place_of(module, node))


def _assigned(body: tuple[tree.Statement, ...]) -> Iterator[tuple[str, tree.Expression, tree.Node]]:
    for node in body:
        match node:
            case tree.Assign(targets=(tree.Name(id=name),), value=value):
                yield name, value, node
            case tree.AnnotatedAssign(target=tree.Name(id=name), value=value) if value is not None:
                yield name, value, node
            case _:
                pass
