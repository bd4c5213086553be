"""Imports between the layers of an application: which module of one layer imports from a module of another.

Takes the layers and the import bindings of the indexes, gives imports of modules of the project. Asks the index first,
by the last names of the modules that matter, and looks into a tree only where an import is found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import msgspec

from reviewer.modules import tree
from reviewer.modules.index import MODULE_LEVEL, ImportBinding
from reviewer.modules.module import Module
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    ClassValue,
    FunctionValue,
    ModuleValue,
    NamespaceValue,
    Subscripted,
    TypeUnion,
    Value,
    place_of,
)
from reviewer.project.layers.layer_names import ROUTES, layer_of_file_name
from reviewer.project.layers.layers import Layers
from reviewer.project.program import Program
from reviewer.rule import Place

#: Library classes whose descendants say what there is and do nothing.
VOCABULARY_BASES = (
    "enum.Enum",
    "enum.IntEnum",
    "enum.StrEnum",
    "enum.Flag",
    "builtins.Exception",
    "builtins.BaseException",
    "builtins.ValueError",
    "typing.Protocol",
    "typing.TypedDict",
    "typing.NamedTuple",
    "typing_extensions.TypedDict",
    "pydantic.BaseModel",
)
#: Modules of the standard library that compute, and reach nothing outside of the process.
PURE_MODULES = frozenset(
    {
        "__future__", "typing", "collections", "re", "ipaddress", "datetime", "decimal", "math", "string", "textwrap",
        "itertools", "functools", "operator", "hashlib", "base64", "json", "unicodedata", "urllib", "uuid", "enum",
        "zoneinfo", "calendar", "fractions", "statistics", "html", "dataclasses", "types", "abc",
    }
)  # fmt: skip


class LayerImport(msgspec.Struct, frozen=True, eq=False):
    """An import statement of a module of one layer that reads a module of another."""

    importer: Module
    importer_layer: str
    imported: Module
    imported_layer: str
    names: tuple[str, ...]  # what is imported from the module; none where the module itself is, `*` for all of it
    is_deferred: bool  # stands in a function, so that it is run when that is called
    place: Place


class LayerImports:
    """Answers which imports there are between layers."""

    def __init__(self, program: Program, evaluator: Evaluator, layers: Layers) -> None:
        self._program = program
        self._evaluator = evaluator
        self._layers = layers

    def between(self, pairs: Mapping[str, Collection[str]]) -> Iterator[LayerImport]:
        """The imports from modules of a layer into one of the layers it is paired with, in order.

        Modules whose layer is not known are left out; so are imports for type checkers only, imports of a package in
        its own modules, which cannot be had without it, and imports of plain vocabulary from other layers than routes.
        """
        wanted = {name for names in pairs.values() for name in names}
        targets = {module.path: self._layers.layer_of(module).name for module in self._layers.modules_of(*wanted)}
        last_names = {self._program.by_path[path].name.rpartition(".")[2] for path in targets}
        for module in self._program.modules:
            candidates = [one for one in module.index.imports if _may_be_one_of(one, last_names)]
            if candidates and self._layers.is_in(module, *pairs):
                layers = pairs[self._layers.layer_of(module).name]
                yield from self._imports_of(module, candidates, targets, layers)

    def _imports_of(
        self, module: Module, candidates: list[ImportBinding], targets: Mapping[str, str], layers: Collection[str]
    ) -> Iterator[LayerImport]:
        """The imports of a module that read a target of some layers, those of one statement and module together."""
        found: dict[tuple[int, str], tuple[Module, ImportBinding, list[str]]] = {}
        for binding in candidates:
            imported, name = self._imported(module, binding)
            if imported is None or targets.get(imported.path) not in layers:
                continue
            if f"{module.name}.".startswith(f"{imported.name}."):
                continue
            if name and targets[imported.path] != ROUTES and self._is_vocabulary(imported, name):
                continue
            names = found.setdefault((binding.line, imported.path), (imported, binding, []))[2]
            if name:
                names.append(name)
        for imported, binding, names in found.values():
            statement = _statement(module, binding)
            if statement is not None:
                yield LayerImport(
                    module,
                    self._layers.layer_of(module).name,
                    imported,
                    targets[imported.path],
                    tuple(names),
                    binding.owner != MODULE_LEVEL,
                    place_of(module, statement),
                )

    def _imported(self, module: Module, binding: ImportBinding) -> tuple[Module | None, str]:
        """The module of the project that a binding reads, and the name it takes from it."""
        if binding.level:
            source: Value = self._program.relative(module, binding.level, binding.module)
        else:
            source = self._program.find(module.path, binding.full_module)
        if isinstance(source, (ModuleValue, NamespaceValue)) and binding.name:
            submodule = self._program.member(source, binding.name)
            if isinstance(submodule, ModuleValue):
                return submodule.module, ""
        return (source.module, binding.name or "") if isinstance(source, ModuleValue) else (None, "")

    def _is_vocabulary(self, module: Module, name: str) -> bool:
        """Whether a name stands for plain data or a class without behaviour: an enumeration, an error, a record."""
        value = self._evaluator.scope_of(module).lookup(name)
        if isinstance(value, FunctionValue):
            return _is_of_language_only(module)
        if isinstance(value, ClassValue):
            has_methods = any(isinstance(one, tree.Function) for one in value.node.body)
            return not has_methods or self._evaluator.inherits(value, *VOCABULARY_BASES)
        return isinstance(value, (str, int, float, bytes, tuple, frozenset, TypeUnion, Subscripted))


def _is_of_language_only(module: Module) -> bool:
    """Whether a module holds plain functions that use nothing but the standard library, wherever it lies.

    A file that is called after a layer (`service.py`) is of that layer whatever it holds.
    """
    return (
        not layer_of_file_name(module.name.rpartition(".")[2])
        and all(one.kind != "class" for one in module.index.declarations)
        and all(not one.level and one.full_module.partition(".")[0] in PURE_MODULES for one in module.index.imports)
    )


def _may_be_one_of(binding: ImportBinding, last_names: Collection[str]) -> bool:
    return (
        binding.full_module.rpartition(".")[2] in last_names
        or binding.name in last_names
        or (binding.level > 0 and not binding.full_module)
    )


def _statement(module: Module, binding: ImportBinding) -> tree.ImportFrom | tree.Import | None:
    """The statement of a binding; None where only type checkers run it."""
    pending: list[tree.Node] = list(module.tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, (tree.Import, tree.ImportFrom)):
            if node.line == binding.line and any(_binds(one, node, binding) for one in node.names):
                return node
        elif isinstance(node, tree.If) and is_type_checking(node.test):
            pending.extend(node.otherwise)
        else:
            for field in ("body", "otherwise", "final", "handlers", "cases"):
                below = getattr(node, field, ())
                if isinstance(below, tuple):
                    pending.extend(below)
    return None


def _binds(imported: tree.ImportedName, node: tree.Import | tree.ImportFrom, binding: ImportBinding) -> bool:
    if isinstance(node, tree.ImportFrom):
        return imported.name == binding.name
    return imported.name == binding.full_module


def is_type_checking(test: tree.Expression) -> bool:
    """Whether a condition is `TYPE_CHECKING`."""
    name = test.name if isinstance(test, tree.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"
