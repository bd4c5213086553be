"""Scopes of the symbolic evaluator: where a name is looked up.

`ModuleScope`, `Frame` and `ClassScope` hold what executed statements bound. `DeclaredScope` stands for the body of a
function that is not executed: its names are found from annotations and assignments when they are asked for.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Union

from reviewer.modules.tree import (
    AnnotatedAssign,
    AsPattern,
    Assign,
    Class,
    ExceptHandler,
    For,
    Function,
    Global,
    Import,
    ImportedName,
    ImportFrom,
    List,
    Name,
    NamedExpression,
    Node,
    Nonlocal,
    Tuple,
    With,
)
from reviewer.project.evaluation.file_places import file_of_module
from reviewer.project.evaluation.values import ClassValue, External, FunctionValue, Unknown, Value, choice_of, place_of

if TYPE_CHECKING:
    from reviewer.modules.module import Module
    from reviewer.project.evaluation.evaluator import Evaluator

Definition = Union[Function, Class, Import, ImportFrom]

BUILTIN_NAMES = frozenset(dir(builtins))


class Deferred:
    """A value that is computed once, when its name is first looked up."""

    __slots__ = ("_compute", "_value")

    def __init__(self, compute: Callable[[], Value]) -> None:
        self._compute: Callable[[], Value] | None = compute
        self._value: Value = Unknown("defined by itself")

    def compute(self) -> Value:
        """The value. Branches that are joined share it, so it is kept."""
        if self._compute is not None:
            compute, self._compute = self._compute, None
            self._value = compute()
        return self._value


class Scope:
    """Names and their values; a parent is asked for the names that are not here."""

    #: Whether statements are executed here, so that calls have effects that count.
    is_executing = True

    def __init__(self, module: Module, parent: Scope | None, evaluator: Evaluator) -> None:
        self.module = module
        self.parent = parent
        self.evaluator = evaluator
        self.values: dict[str, Value] = {}

    def bind(self, name: str, value: Value) -> None:
        """Binds a name here."""
        self.values[name] = value

    def own(self, name: str, default: Value = None) -> Value:
        """The value bound here, computed if it was deferred."""
        value = self.values.get(name, default)
        if value.__class__ is Deferred:
            self.values[name] = Unknown("defined by itself")
            value = self.values[name] = value.compute()
        return value

    def lookup(self, name: str) -> Value:
        """The value of a name as code in this scope sees it."""
        if name in self.values:
            return self.own(name)
        if self.parent is not None:
            return self.parent.lookup(name)
        return Unknown(f"{name} is not defined")

    @property
    def closure(self) -> Scope:
        """The scope that functions defined here close over."""
        return self

    @property
    def identity(self) -> object:
        """What tells definitions made here from those made elsewhere."""
        return self


class ModuleScope(Scope):
    """The top level of a module, executed when a name of it is first asked for."""

    def __init__(self, module: Module, evaluator: Evaluator) -> None:
        super().__init__(module, None, evaluator)
        self.state = "new"  # then "running", then "done"
        self.star_sources: list[Value] = []
        self.computed: dict[str, Value] = {}  # what the function `__getattr__` of the module gave, by name

    def lookup(self, name: str) -> Value:
        """The value of a module-level name, a builtin, or Unknown."""
        found = self.exported(name)
        if found is not None:
            return found.value
        if name == "__name__":
            return self.module.name
        if name == "__package__":
            return self.module.name if self.module.is_package else self.module.name.rpartition(".")[0]
        if name == "__file__":
            return file_of_module(self.module)
        if name in BUILTIN_NAMES:
            return External(f"builtins.{name}")
        for source in self.star_sources:
            if isinstance(source, External):
                return External(f"{source.name}.{name}")
        return Unknown(f"{name} is not defined in {self.module.name}")

    @cached_property
    def definitions(self) -> dict[str, tuple[Definition, ImportedName | None]]:
        """What the statements of the top level define, by name: the first definition of each."""
        found: dict[str, tuple[Definition, ImportedName | None]] = {}
        for statement in self.module.tree.body:
            if isinstance(statement, (Function, Class)):
                found.setdefault(statement.name, (statement, None))
            elif isinstance(statement, (Import, ImportFrom)):
                for imported in statement.names:
                    found.setdefault(imported.alias or imported.name, (statement, imported))
        return found

    def exported(self, name: str) -> Found | None:
        """The value bound to a name here or by a star import, None where there is none."""
        if name not in self.values and self.state == "new":
            self.evaluator.run_module(self)
        if name in self.values:
            return Found(self.own(name))
        for source in reversed(self.star_sources):
            found = self.evaluator.star_member(source, name)
            if found is not None:
                return found
        if self.state == "running":  # an import cycle: the definition further down
            return self.evaluator.definition_ahead(self, name)
        return None


class Found:
    """A value that was found, which may be None itself."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = value


class Frame(Scope):
    """One call of a function, or a comprehension."""

    def __init__(
        self, module: Module, parent: Scope | None, evaluator: Evaluator, function: FunctionValue | None = None
    ) -> None:
        super().__init__(module, parent, evaluator)
        self.function = function
        self.outer_names: frozenset[str] = frozenset()
        self.returned: list[Value] = []  # what the call returned or yielded so far
        self.at_yield: Callable[[Value], None] | None = None  # what happens where it yields, instead
        self.is_executing = parent.is_executing if function is None and parent is not None else True

    def bind(self, name: str, value: Value) -> None:
        """Binds a local name, or the outer one that `global` or `nonlocal` names."""
        if name in self.outer_names and self.parent is not None:
            scope: Scope | None = self.parent
            while scope is not None and name not in scope.values and scope.parent is not None:
                scope = scope.parent
            if scope is not None:
                scope.values[name] = value
        else:
            self.values[name] = value


class ClassScope(Scope):
    """The body of a class: names bound here are not seen from its methods."""

    def __init__(self, owner: ClassValue, evaluator: Evaluator) -> None:
        super().__init__(owner.module, owner.scope, evaluator)
        self.owner = owner
        self.values = owner.attributes

    @property
    def closure(self) -> Scope:
        """Methods close over what is around the class."""
        return self.owner.scope.closure

    @property
    def identity(self) -> object:
        """The class: its scope is made anew for each look into it."""
        return self.owner


class DeclaredScope(Scope):
    """The body of a function that is looked into but not executed."""

    is_executing = False

    def __init__(self, function: FunctionValue, evaluator: Evaluator) -> None:
        super().__init__(function.module, function.scope, evaluator)
        self.function = function
        self._bindings: dict[str, list[tuple[str, Any]]] | None = None

    def lookup(self, name: str) -> Value:
        """The value of a local name as far as annotations and assignments tell, or of an outer one."""
        if name in self.values:
            return self.own(name)
        bindings = self.bindings.get(name)
        if not bindings:
            return self.parent.lookup(name) if self.parent is not None else Unknown(f"{name} is not defined")
        self.values[name] = Unknown("defined by itself")
        value = self.values[name] = choice_of([self._bound_value(kind, source) for kind, source in bindings])
        return value

    @property
    def bindings(self) -> dict[str, list[tuple[str, Any]]]:
        """How each local name is bound: (kind, node) in source order."""
        if self._bindings is None:
            self._bindings = local_bindings(self.function)
        return self._bindings

    def _bound_value(self, kind: str, source: Any) -> Value:
        evaluator = self.evaluator
        if kind == "parameter":
            return evaluator.parameter_value(self.function, source)
        if kind == "value":
            return evaluator.evaluate(source, self)
        if kind == "annotated":
            return evaluator.typed_value(source, self)
        if kind == "import":
            statement, imported = source
            return evaluator.imported_value(statement, imported, self)
        if kind == "function":
            return evaluator.define_function(source, self)
        if kind == "class":
            return evaluator.define_class(source, self)
        if kind == "entered":
            return evaluator.entered_value(source, self)
        if kind == "item":
            return evaluator.item_value(source, self)
        return Unknown("bound by a statement that is not followed", place_of(self.module, source))


#: The nodes that bind names; in most bodies few of all.
BINDING_NODES = (
    Assign,
    AnnotatedAssign,
    NamedExpression,
    For,
    With,
    Import,
    ImportFrom,
    Function,
    Class,
    ExceptHandler,
    AsPattern,
    Global,
    Nonlocal,
)


def local_bindings(function: FunctionValue) -> dict[str, list[tuple[str, Any]]]:
    """How the local names of a function are bound, in source order."""
    found: dict[str, list[tuple[str, Any]]] = {}
    outer: set[str] = set()
    for parameter in function.node.parameters:
        found.setdefault(parameter.name, []).append(("parameter", parameter))
    for inner in function.nodes_of(*BINDING_NODES):
        match inner:
            case Assign(targets=targets, value=value):
                for target in targets:
                    _bind_target(found, target, ("value", value))
            case AnnotatedAssign(target=Name(id=name), annotation=annotation, value=value):
                found.setdefault(name, []).append(("annotated", annotation) if value is None else ("value", value))
            case NamedExpression(target=Name(id=name), value=value):
                found.setdefault(name, []).append(("value", value))
            case For(target=target, iterable=iterable):
                _bind_target(found, target, ("item", iterable))
            case With(items=items):
                for item in items:
                    if item.target is not None:
                        _bind_target(found, item.target, ("entered", item.context))
            case Import(names=names) | ImportFrom(names=names):
                for imported in names:
                    local = imported.alias or imported.name
                    if isinstance(inner, Import) and not imported.alias:
                        local = imported.name.partition(".")[0]
                    found.setdefault(local, []).append(("import", (inner, imported)))
            case Function(name=name):
                found.setdefault(name, []).append(("function", inner))
            case Class(name=name):
                found.setdefault(name, []).append(("class", inner))
            case ExceptHandler(name=str(name)) | AsPattern(name=str(name)):
                found.setdefault(name, []).append(("other", inner))
            case Global(names=names) | Nonlocal(names=names):
                outer.update(names)
            case _:
                pass
    for name in outer:
        found.pop(name, None)
    return found


def _bind_target(found: dict[str, list[tuple[str, Any]]], target: Node, binding: tuple[str, Any]) -> None:
    if isinstance(target, Name):
        found.setdefault(target.id, []).append(binding)
    elif isinstance(target, (Tuple, List)):
        kind, source = binding
        values = source.items if kind == "value" and isinstance(source, (Tuple, List)) else None
        for number, item in enumerate(target.items):
            if values is not None and len(values) == len(target.items):
                _bind_target(found, item, ("value", values[number]))
            else:
                _bind_target(found, item, ("other", source))
