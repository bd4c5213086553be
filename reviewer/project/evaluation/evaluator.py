"""The symbolic evaluator: what an expression of the reviewed program stands for, without running any of it.

Modules are executed statement by statement when a name of theirs is first looked up (`execution`), expressions become
values (`expressions`, `values`), calls of the project's functions are followed within limits (`calling`). What is not
known is `Unknown` with its reason, what depends on something unknown is a `Choice`. No framework is known here; the
linkers read the instances and their events.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.project.evaluation import execution
from reviewer.project.evaluation.calling import Caller
from reviewer.project.evaluation.classes import ClassLookup
from reviewer.project.evaluation.conditional_items import ConditionalItems
from reviewer.project.evaluation.expressions import EXPRESSIONS, not_followed
from reviewer.project.evaluation.library_classes import LibraryClass, LibraryClasses
from reviewer.project.evaluation.limits import MODULE_STEP_LIMIT, STEP_LIMIT, STEPS_A_MODULE, StepLimitReached
from reviewer.project.evaluation.members import MemberLookup, library_name
from reviewer.project.evaluation.operators import PLAIN
from reviewer.project.evaluation.scopes import ClassScope, DeclaredScope, Found, Frame, ModuleScope, Scope
from reviewer.project.evaluation.types import TypeReader
from reviewer.project.evaluation.values import (
    BoundMethod,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    InstanceAttribute,
    ModuleValue,
    Unknown,
    Value,
    first_line,
    place_of,
)
from reviewer.project.program import Program


class Evaluator:
    """Evaluates expressions of one program.

    `is_followed` says which modules have effects that linkers need, `library_classes` what they know of libraries.
    """

    def __init__(
        self,
        program: Program,
        is_followed: Callable[[Module], bool] = lambda _: True,
        library_classes: tuple[LibraryClass, ...] = (),
    ) -> None:
        self.program = program
        self.library_classes = LibraryClasses(library_classes)
        self._is_followed = is_followed
        self._followed: dict[str, bool] = {}
        self.scopes: dict[str, ModuleScope] = {}
        #: Every instance that was made, by the dotted name of its external class or function.
        self.instances: defaultdict[str, list[Instance]] = defaultdict(list)
        self.project_instances: list[Instance] = []
        self.conditions: tuple[str, ...] = ()
        self.steps = 0
        #: Steps that may be taken in all.
        self.limit = max(STEP_LIMIT, STEPS_A_MODULE * len(program.modules))
        self.step_limit = self.limit
        self.depth = 0
        #: Applications whose context was entered by `with app.app_context():`, the innermost last.
        self.application_contexts: list[Instance] = []
        #: Stands for `current_app` where it is not known which one that is; what is registered on it is recorded here.
        self.current_application = Instance(External("flask.current_app"))
        self.executing = 0  # how many modules and calls are being executed
        self.unknowns: list[Unknown] = []
        self.conditional_items = ConditionalItems()
        self.called: set[int] = set()  # identities of the definitions that were executed
        #: The call that is being followed, for calls that stand nowhere: `map(app.include_router, routers)`.
        self.calling: tuple[Module, tree.Node] | None = None
        #: The outermost decorator or overridden method that is being applied.
        self.origin: tuple[Module, tree.Node] | None = None
        #: Names of the functions whose effects are asked for; None for all. Others are not executed for effects alone.
        self.effect_names: frozenset[str] | None = None
        self._functions: dict[tuple[int, int], FunctionValue] = {}
        self._classes: dict[tuple[int, int], ClassValue] = {}
        self._declared: dict[int, DeclaredScope] = {}
        classes, members, types, caller = ClassLookup(self), MemberLookup(self), TypeReader(self), Caller(self)
        self.run_class = classes.run_class
        self.bases = classes.bases
        self.ancestors = classes.ancestors
        self.inherits = classes.inherits
        self.external_names = classes.external_names
        self.class_member = classes.class_member
        self.enumeration_members = classes.enumeration_members
        self.find_in_class = classes.find_in_class
        self.declared_annotation = classes.declared_annotation
        self.member: Callable[[Value, str], Value] = members.member
        self.instance_member = members.instance_member
        self.initialise = members.initialise
        self.parameter_value = types.parameter_value
        self.typed_value = types.typed_value
        self.annotation_value = types.annotation_value
        self.annotation_part = types.annotation_part
        self.entered_value = types.entered_value
        self.item_value = types.item_value
        self.returned_value = types.returned_value
        self.call: Callable[[tree.Call, Scope], Value] = caller.call
        self.evaluate_arguments = caller.evaluate_arguments
        self.apply = caller.apply
        self.decorate = caller.decorate
        self.call_function = caller.call_function

    def is_followed(self, module: Module) -> bool:
        """Whether the top level of a module has effects that linkers need, so that it is executed in order."""
        followed = self._followed.get(module.path)
        if followed is None:
            followed = self._followed[module.path] = self._is_followed(module)
        return followed

    def scope_of(self, module: Module) -> ModuleScope:
        """The top-level scope of a module."""
        scope = self.scopes.get(module.path)
        if scope is None:
            scope = self.scopes[module.path] = ModuleScope(module, self)
        return scope

    def run_block(self, statements: tuple[tree.Statement, ...], scope: Scope) -> int:
        """Executes statements in order; says how the block ended (`endings`)."""
        return execution.run_block(self, statements, scope)

    def run_module(self, scope: ModuleScope) -> None:
        """Executes the top level of a module once."""
        if scope.state != "new":
            return
        scope.state = "running"
        depth, self.depth = self.depth, 0
        conditions, self.conditions = self.conditions, ()
        origin, self.origin = self.origin, None
        outer_limit, self.step_limit = self.step_limit, min(self.limit, self.steps + MODULE_STEP_LIMIT)
        self.executing += 1
        before = self.steps
        try:
            self.run_block(scope.module.tree.body, scope)
        except StepLimitReached:
            self.unknowns.append(
                Unknown(f"{scope.module.name} takes too many steps to follow", first_line(scope.module))
            )
        finally:
            scope.state = "done"
            self.executing -= 1
            self.depth, self.conditions, self.origin = depth, conditions, origin
            # What a module takes does not count against the one that imports it.
            self.step_limit = outer_limit + self.steps - before

    def name(self, module: Module, dotted: str) -> Value:
        """The value of a dotted name at the top level of a module."""
        first, *rest = dotted.split(".")
        value = self.scope_of(module).lookup(first)
        for part in rest:
            value = self.member(value, part)
        return value

    def definition_ahead(self, scope: ModuleScope, name: str) -> Found | None:
        """A function, class or import of a module whose execution has not come to it yet."""
        found = scope.definitions.get(name)
        if found is None:
            return None
        statement, imported = found
        if isinstance(statement, tree.Function):
            return Found(self.define_function(statement, scope))
        if isinstance(statement, tree.Class):
            return Found(self.define_class(statement, scope))
        return None if imported is None else Found(self.imported_value(statement, imported, scope))

    def star_member(self, source: Value, name: str) -> Found | None:
        """What `from source import *` binds a name to."""
        if not isinstance(source, ModuleValue):
            return None
        scope = self.scope_of(source.module)
        public = scope.exported("__all__")
        if public is not None and isinstance(public.value, (list, tuple)):
            return scope.exported(name) if name in public.value else None
        return None if name.startswith("_") else scope.exported(name)

    def imported_value(
        self, statement: tree.Import | tree.ImportFrom, imported: tree.ImportedName, scope: Scope
    ) -> Value:
        """What one name of an import statement stands for."""
        module = scope.module
        if isinstance(statement, tree.Import):
            dotted = imported.name if imported.alias else imported.name.partition(".")[0]
            return self.program.find(module.path, dotted)
        source = self.import_source(statement, module)
        if isinstance(source, (Unknown, External)):
            return library_name(f"{source.name}.{imported.name}") if isinstance(source, External) else source
        if isinstance(source, ModuleValue) and source.module is module:  # `from . import submodule` in a package
            submodule = self.program.member(source, imported.name)
            if submodule is not None:
                return submodule
        return self.member(source, imported.name)

    def import_source(self, statement: tree.ImportFrom, module: Module) -> Value:
        """The module that a `from … import` reads."""
        if statement.level:
            return self.program.relative(module, statement.level, statement.module)
        return self.program.find(module.path, statement.module)

    def define_function(
        self, node: tree.Function | tree.Lambda, scope: Scope, owner: ClassValue | None = None
    ) -> FunctionValue:
        """The function that a definition makes in a scope; the same object each time."""
        key = (id(node), id(scope.identity))
        function = self._functions.get(key)
        if function is None:
            qualname = self._qualname(node.name if isinstance(node, tree.Function) else "<lambda>", scope, owner)
            closure = scope.closure
            function = self._functions[key] = FunctionValue(scope.module, node, qualname, closure, owner)
        return function

    def define_class(self, node: tree.Class, scope: Scope) -> ClassValue:
        """The class that a definition makes in a scope; the same object each time."""
        key = (id(node), id(scope.identity))
        value = self._classes.get(key)
        if value is None:
            owner = scope.owner if isinstance(scope, ClassScope) else None
            qualname = self._qualname(node.name, scope, owner)
            value = self._classes[key] = ClassValue(scope.module, node, qualname, scope)
        return value

    def _qualname(self, name: str, scope: Scope, owner: ClassValue | None) -> str:
        if owner is not None:
            return f"{owner.qualname}.{name}"
        if isinstance(scope, (Frame, DeclaredScope)):
            around: Scope | None = scope
            while isinstance(around, Frame) and around.function is None:
                around = around.parent
            if isinstance(around, (Frame, DeclaredScope)) and around.function is not None:
                return f"{around.function.qualname}.<locals>.{name}"
        return name

    def declared(self, function: FunctionValue) -> DeclaredScope:
        """The scope of a function's body that is looked into and not executed."""
        scope = self._declared.get(id(function))
        if scope is None:
            scope = self._declared[id(function)] = DeclaredScope(function, self)
        return scope

    def evaluate(self, node: tree.Expression, scope: Scope) -> Value:
        """The value of an expression in a scope."""
        self.steps += 1
        if self.steps > self.step_limit:
            if self.executing:
                raise StepLimitReached
            if self.steps > self.limit:
                return Unknown("the program takes too many steps to follow")
            self.step_limit = self.limit
        return EXPRESSIONS.get(node.__class__, not_followed)(self, node, scope)

    def evaluate_all(self, nodes: Iterable[tree.Expression], scope: Scope) -> list[Value]:
        """The values of several expressions; spread ones are joined in where they are known."""
        values: list[Value] = []
        for node in nodes:
            if isinstance(node, tree.Starred):
                inner = self.evaluate(node.value, scope)
                if isinstance(inner, (list, tuple, set)):
                    values.extend(inner)
                elif isinstance(inner, InstanceAttribute):  # `*router.routes`: who reads the list knows what it holds
                    values.append(inner)
                else:
                    values.append(Unknown("spread of something unknown", place_of(scope.module, node)))
            else:
                values.append(self.evaluate(node, scope))
        return values

    def truth(self, value: Value) -> bool | None:
        """Whether a value is true, None if that is not known."""
        if isinstance(value, (*PLAIN, list, tuple, dict, set)):
            return bool(value)
        if isinstance(value, (ClassValue, FunctionValue, ModuleValue, BoundMethod)):
            return True
        if isinstance(value, External) and value.name.endswith(".TYPE_CHECKING"):
            return False
        return self._truth_of_object(value) if isinstance(value, Instance) and not value.is_typed_only else None

    def _truth_of_object(self, value: Instance) -> bool | None:
        """Objects are true unless their class says otherwise, which is not known of most libraries' classes."""
        libraries = [name for name in self.external_names(value) if name != "builtins.object"]
        if libraries and self.library_classes.of(tuple(libraries)) is None:
            return None
        if isinstance(value.type, External):
            return True
        if any(not isinstance(one, (ClassValue, External)) for one in self.ancestors(value.type)):
            return None
        is_plain = all(self.find_in_class(value.type, name) is None for name in ("__bool__", "__len__"))
        return True if is_plain else None
