"""The symbolic evaluator: what an expression of the reviewed program stands for, without running any of it.

Modules are executed statement by statement when a name of theirs is first looked up (`reviewer.project.execution`),
expressions become values (`reviewer.project.values`), calls of project functions are followed with a limit on steps
and depth. What is not known is `Unknown` with its reason, what depends on something unknown is a `Choice`. No
framework is known here; the linkers read the instances and their events.
"""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.project import builtin_calls, execution
from reviewer.project.annotations import parse_annotation
from reviewer.project.program import Program
from reviewer.project.scopes import ClassScope, DeclaredScope, Found, Frame, ModuleScope, Scope
from reviewer.project.values import (
    BoundMethod,
    Choice,
    ClassValue,
    Event,
    External,
    FunctionValue,
    Instance,
    InstanceAttribute,
    ModuleValue,
    NamespaceValue,
    Subscripted,
    SuperValue,
    TypeUnion,
    Unknown,
    Value,
    choice_of,
    place_of,
)

#: Steps (expressions and statements) that one project may take; a large application takes about 100,000.
STEP_LIMIT = 3_000_000
#: Steps that one call of a function at the top level may take.
CALL_STEP_LIMIT = 200_000
CALL_DEPTH_LIMIT = 30
#: Longest string and collection that is built.
SIZE_LIMIT = 10_000

ENUM_BASES = frozenset({"enum.Enum", "enum.StrEnum", "enum.IntEnum", "enum.Flag", "enum.IntFlag"})

ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "|": operator.or_,
    "&": operator.and_,
}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "is": operator.is_,
    "is not": operator.is_not,
    "in": lambda a, b: a in b,
    "not in": lambda a, b: a not in b,
}
PLAIN = (str, int, float, bool, bytes, type(None))


class StepLimitReached(Exception):
    """The program needs more steps than the evaluator takes."""


class EnumMember:
    """A member of an enumeration class of the project."""

    __slots__ = ("name", "owner", "value")

    def __init__(self, owner: ClassValue, name: str, value: Value) -> None:
        self.owner = owner
        self.name = name
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EnumMember) and (self.owner, self.name) == (other.owner, other.name)

    def __hash__(self) -> int:
        return hash((id(self.owner), self.name))


class Evaluator:
    """Evaluates expressions of one program. `is_followed` says which modules have effects that linkers need."""

    def __init__(self, program: Program, is_followed: Callable[[Module], bool] = lambda _: True) -> None:
        self.program = program
        self._is_followed = is_followed
        self._followed: dict[str, bool] = {}
        self.scopes: dict[str, ModuleScope] = {}
        #: Every instance that was made, by the dotted name of its external class or function.
        self.instances: defaultdict[str, list[Instance]] = defaultdict(list)
        self.project_instances: list[Instance] = []
        self.conditions: tuple[str, ...] = ()
        self.steps = 0
        self.step_limit = STEP_LIMIT
        self.depth = 0
        self.unknowns: list[Unknown] = []
        self._functions: dict[tuple[int, int], FunctionValue] = {}
        self._classes: dict[tuple[int, int], ClassValue] = {}
        self._declared: dict[int, DeclaredScope] = {}
        self._returned: dict[int, Value] = {}
        self._mro: dict[int, tuple[Value, ...]] = {}

    # Modules and names

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

    def run_module(self, scope: ModuleScope) -> None:
        """Executes the top level of a module once."""
        if scope.state != "new":
            return
        scope.state = "running"
        depth, self.depth = self.depth, 0
        conditions, self.conditions = self.conditions, ()
        try:
            execution.run_block(self, scope.module.tree.body, scope)
        finally:
            scope.state = "done"
            self.depth, self.conditions = depth, conditions

    def name(self, module: Module, dotted: str) -> Value:
        """The value of a dotted name at the top level of a module."""
        first, *rest = dotted.split(".")
        value = self.scope_of(module).lookup(first)
        for part in rest:
            value = self.member(value, part)
        return value

    def definition_ahead(self, scope: ModuleScope, name: str) -> Found | None:
        """A function or class of a module whose execution has not come to it yet."""
        for statement in scope.module.tree.body:
            if isinstance(statement, tree.Function) and statement.name == name:
                return Found(self.define_function(statement, scope))
            if isinstance(statement, tree.Class) and statement.name == name:
                return Found(self.define_class(statement, scope))
            if isinstance(statement, (tree.Import, tree.ImportFrom)):
                for imported in statement.names:
                    if (imported.alias or imported.name) == name:
                        return Found(self.imported_value(statement, imported, scope))
        return None

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
            return External(f"{source.name}.{imported.name}") if isinstance(source, External) else source
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

    # Definitions

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

    def run_class(self, value: ClassValue) -> None:
        """Executes the body of a class once, so that its attributes are known."""
        if value.is_executed:
            return
        value.is_executed = True
        execution.run_block(self, value.node.body, ClassScope(value, self))

    def bases(self, value: ClassValue) -> tuple[Value, ...]:
        """The values of the bases of a class."""
        if value.bases is None:
            value.bases = ()
            value.bases = tuple(self.evaluate(base, value.scope) for base in value.node.bases)
        return value.bases

    def ancestors(self, value: ClassValue) -> tuple[Value, ...]:
        """A class and its ancestors in lookup order (depth first, duplicates at their last place): ClassValue, External or Unknown."""
        cached = self._mro.get(id(value))
        if cached is not None:
            return cached
        self._mro[id(value)] = (value,)
        order: list[Value] = [value]
        for base in self.bases(value):
            if isinstance(base, Subscripted):
                base = base.base
            for one in self.ancestors(base) if isinstance(base, ClassValue) else (base,):
                if one in order:
                    order.remove(one)
                order.append(one)
        self._mro[id(value)] = tuple(order)
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

    # Members

    def member(self, base: Value, name: str) -> Value:
        """`base.name`."""
        kind = base.__class__
        if kind is External:
            return External(f"{base.name}.{name}")
        if kind is Instance:
            return self.instance_member(base, name)
        if kind is ModuleValue:
            found = self.scope_of(base.module).exported(name)
            if found is not None:
                return found.value
            submodule = self.program.member(base, name)
            if submodule is not None:
                return submodule
            return self.scope_of(base.module).lookup(name)
        if kind is ClassValue:
            return self.class_member(base, name)
        if kind is NamespaceValue:
            return self.program.member(base, name) or Unknown(f"no module {name} in {base.path}")
        if kind is Choice:
            return choice_of([self.member(one, name) for one in base.values], base.condition)
        if kind is Unknown:
            return base
        if kind is EnumMember:
            if name == "value":
                return base.value
            return base.name if name == "name" else self.member(base.value, name)
        if kind is SuperValue:
            return self._super_member(base, name)
        if kind is InstanceAttribute:
            return InstanceAttribute(base.instance, f"{base.name}.{name}")
        if kind in (FunctionValue, BoundMethod):
            function = base if kind is FunctionValue else base.function
            if name == "__name__":
                return function.name
            return InstanceAttribute(Instance(External("builtins.function"), (base,)), name)
        if isinstance(base, (*PLAIN, list, tuple, dict, set)):
            return builtin_calls.BuiltinMethod(base, name)
        return Unknown(f"attribute {name} is not followed")

    def class_member(self, value: ClassValue, name: str) -> Value:
        """An attribute of a class as seen from the class itself."""
        found = self.find_in_class(value, name)
        if found is None:
            for one in self.ancestors(value):
                if isinstance(one, External):
                    return External(f"{one.name}.{name}")
                if isinstance(one, Unknown):
                    return one
            if name == "__name__":
                return value.name
            return Unknown(f"{value.name} has no attribute {name}")
        owner, member = found
        if isinstance(member, FunctionValue) and "classmethod" in decorator_names(member):
            return BoundMethod(member, value)
        if self.inherits(owner, *ENUM_BASES) and not name.startswith("_") and not isinstance(member, FunctionValue):
            return EnumMember(owner, name, member)
        return member

    def find_in_class(self, value: ClassValue, name: str) -> tuple[ClassValue, Value] | None:
        """The class among a class and its ancestors that defines an attribute, and the raw attribute."""
        for one in self.ancestors(value):
            if not isinstance(one, ClassValue):
                continue
            self.run_class(one)
            if name in one.attributes:
                return one, ClassScope(one, self).own(name)
        return None

    def instance_member(self, instance: Instance, name: str) -> Value:
        """An attribute of an object: set by its constructor, or of its class."""
        if name in instance.attributes:
            return instance.attributes[name]
        if isinstance(instance.type, External):
            return InstanceAttribute(instance, name)
        if name == "__class__":
            return instance.type
        self.initialise(instance)
        if name in instance.attributes:
            return instance.attributes[name]
        found = self.find_in_class(instance.type, name)
        if found is not None:
            return self._bound(found[1], instance)
        if name in instance.keywords:
            return instance.keywords[name]
        annotation = self.declared_annotation(instance.type, name)
        if annotation is not None:
            return self.typed_value(annotation[1], ClassScope(annotation[0], self))
        if any(not isinstance(one, ClassValue) for one in self.ancestors(instance.type)):
            return InstanceAttribute(instance, name)
        return Unknown(f"{instance.type.name} has no attribute {name}")

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

    def _bound(self, member: Value, instance: Instance) -> Value:
        if isinstance(member, FunctionValue):
            names = decorator_names(member)
            if "staticmethod" in names:
                return member
            if "classmethod" in names:
                return BoundMethod(member, instance.type)
            if any("property" in one for one in names):
                return self.apply(BoundMethod(member, instance), (), {}, None, member.scope)
            return BoundMethod(member, instance)
        if isinstance(member, Instance) and isinstance(member.type, External) and self._is_field(member):
            # A field declared with a call: the constructor's argument, else the default in it.
            return member.argument(0, "default", Unknown("field without a default"))
        return member

    def _is_field(self, member: Instance) -> bool:
        return self.external_names(member)[0].rpartition(".")[2] in ("Field", "field", "attrib")

    def initialise(self, instance: Instance) -> None:
        """Runs the constructor of an object of the project once, so that its attributes are known."""
        if instance.is_initialised or not isinstance(instance.type, ClassValue):
            return
        instance.is_initialised = True
        found = self.find_in_class(instance.type, "__init__")
        if found is not None and isinstance(found[1], FunctionValue):
            if instance.is_typed_only:
                self._read_constructor(found[1], instance)
            else:
                self.call_function(found[1], (instance, *instance.arguments), dict(instance.keywords))
        elif instance.keywords:
            instance.attributes.update(instance.keywords)

    def _read_constructor(self, function: FunctionValue, instance: Instance) -> None:
        """The attributes of an object whose arguments are not known, by annotations of the constructor."""
        scope = self.declared(function)
        for node in tree.walk_scope(function.node.body if isinstance(function.node, tree.Function) else ()):
            match node:
                case tree.Assign(targets=(tree.Attribute(value=tree.Name(id="self"), name=name),), value=value):
                    instance.attributes[name] = self.evaluate(value, scope)
                case tree.AnnotatedAssign(
                    target=tree.Attribute(value=tree.Name(id="self"), name=name), annotation=annotation
                ):
                    instance.attributes[name] = self.typed_value(annotation, scope)
                case _:
                    pass

    def _super_member(self, value: SuperValue, name: str) -> Value:
        receiver = value.receiver.type if isinstance(value.receiver, Instance) else value.receiver
        order = self.ancestors(receiver) if isinstance(receiver, ClassValue) else self.ancestors(value.owner)
        after = order[order.index(value.owner) + 1 :] if value.owner in order else order[1:]
        for one in after:
            if isinstance(one, ClassValue):
                self.run_class(one)
                if name in one.attributes:
                    member = ClassScope(one, self).own(name)
                    return BoundMethod(member, value.receiver) if isinstance(member, FunctionValue) else member
            elif isinstance(one, External) and isinstance(value.receiver, Instance):
                return InstanceAttribute(value.receiver, name)
        return Unknown(f"no inherited {name}")

    # Functions that are looked into, types, annotations

    def declared(self, function: FunctionValue) -> DeclaredScope:
        """The scope of a function's body that is looked into and not executed."""
        scope = self._declared.get(id(function))
        if scope is None:
            scope = self._declared[id(function)] = DeclaredScope(function, self)
        return scope

    def parameter_value(self, function: FunctionValue, parameter: tree.Parameter) -> Value:
        """What is known of a parameter: an object of its annotated type, `self`, or Unknown."""
        node = function.node
        if function.owner is not None and node.parameters and node.parameters[0] is parameter:
            names = decorator_names(function)
            if "classmethod" in names:
                return function.owner
            if "staticmethod" not in names:
                return Instance(function.owner, is_typed_only=True)
        if parameter.annotation is not None and parameter.kind not in ("variadic", "variadic-keyword"):
            return self.typed_value(parameter.annotation, function.scope)
        return Unknown(f"parameter {parameter.name}", place_of(function.module, parameter))

    def typed_value(self, annotation: tree.Expression, scope: Scope) -> Value:
        """An object of which only the annotated type is known."""
        return self._of_type(self.annotation_value(annotation, scope))

    def _of_type(self, annotated: Value) -> Value:
        if isinstance(annotated, Subscripted):
            if isinstance(annotated.base, External):
                last = annotated.base.name.rpartition(".")[2]
                if last in ("Annotated", "Optional", "Final", "ClassVar", "Required", "NotRequired"):
                    return self._of_type(annotated.arguments[0]) if annotated.arguments else Unknown("annotation")
                if last == "Union":
                    return self._of_type(TypeUnion(annotated.arguments))
            return self._of_type(annotated.base)
        if isinstance(annotated, TypeUnion):
            members = [one for one in annotated.members if one is not None and one != External("builtins.None")]
            return choice_of([self._of_type(one) for one in members])
        if isinstance(annotated, (ClassValue, External)):
            return Instance(annotated, is_typed_only=True)
        if isinstance(annotated, Choice):
            return choice_of([self._of_type(one) for one in annotated.values])
        return annotated if isinstance(annotated, Unknown) else Unknown("annotation is not a class")

    def annotation_value(self, annotation: tree.Expression, scope: Scope) -> Value:
        """The type that an annotation names; strings in it are read as expressions."""
        parsed = parse_annotation(annotation)
        return Unknown("annotation that cannot be read") if parsed is None else self.evaluate(parsed, scope)

    def annotation_part(self, node: tree.Expression, scope: Scope) -> Value:
        """An argument of a generic type: a string in it is a forward reference, or the string itself."""
        if isinstance(node, tree.Text):
            parsed = parse_annotation(node)
            value = node.value if parsed is None else self.evaluate(parsed, scope)
            return node.value if isinstance(value, Unknown) else value
        return self.evaluate(node, scope)

    def entered_value(self, context: tree.Expression, scope: Scope) -> Value:
        """What `with context as target` binds: for most libraries the object itself."""
        value = self.evaluate(context, scope)
        if isinstance(value, Instance) and isinstance(value.type, ClassValue):
            for name in ("__enter__", "__aenter__"):
                found = self.find_in_class(value.type, name)
                if found is not None and isinstance(found[1], FunctionValue):
                    return self.returned_value(BoundMethod(found[1], value))
        return value

    def item_value(self, iterable: tree.Expression, scope: Scope) -> Value:
        """What a loop over an iterable binds."""
        value = self.evaluate(iterable, scope)
        if isinstance(value, (list, tuple)) and 0 < len(value) <= SIZE_LIMIT:
            return choice_of(list(value))
        return Unknown("an item of something unknown")

    def returned_value(self, callee: FunctionValue | BoundMethod) -> Value:
        """What a call of a function gives as far as its return annotation or its only return statement tells."""
        function = callee.function if isinstance(callee, BoundMethod) else callee
        if id(function) in self._returned:
            return self._returned[id(function)]
        self._returned[id(function)] = Unknown("recursive function")
        value = self._returned[id(function)] = self._returned_value(function)
        return value

    def _returned_value(self, function: FunctionValue) -> Value:
        node = function.node
        if isinstance(node, tree.Lambda):
            return self.evaluate(node.body, self.declared(function))
        scope = self.declared(function)
        if node.returns is not None:
            returned = self.annotation_value(node.returns, function.scope)
            if isinstance(returned, Subscripted) and isinstance(returned.base, External):
                last = returned.base.name.rpartition(".")[2]
                if last in ("Generator", "AsyncGenerator", "Iterator", "AsyncIterator", "Iterable", "Awaitable"):
                    returned = returned.arguments[0] if returned.arguments else returned
            typed = self._of_type(returned)
            if not isinstance(typed, Unknown):
                return typed
        results: list[Value] = []
        for inner in tree.walk_scope(node.body):
            if isinstance(inner, (tree.Return, tree.Yield)) and inner.value is not None:
                results.append(self.evaluate(inner.value, scope))
        return choice_of(results) if results else None

    # Calls

    def call(self, node: tree.Call, scope: Scope) -> Value:
        """The value of a call; its effects are recorded where statements are executed."""
        callee = self.evaluate(node.function, scope)
        if callee.__class__ is External and callee.name == "builtins.super":
            return self._super(scope)
        arguments, keywords, has_unknown = self.evaluate_arguments(node, scope)
        return self.apply(callee, arguments, keywords, node, scope, has_unknown)

    def evaluate_arguments(self, node: tree.Call, scope: Scope) -> tuple[tuple[Value, ...], dict[str, Value], bool]:
        """Positional and keyword arguments of a call, and whether some could not be known by name or number."""
        arguments: list[Value] = []
        keywords: dict[str, Value] = {}
        has_unknown = False
        for argument in node.arguments:
            value = self.evaluate(argument.value if isinstance(argument, tree.Starred) else argument, scope)
            if not isinstance(argument, tree.Starred):
                arguments.append(value)
            elif isinstance(value, (list, tuple)):
                arguments.extend(value)
            else:
                has_unknown = True
        for keyword in node.keywords:
            value = self.evaluate(keyword.value, scope)
            if keyword.name is not None:
                keywords[keyword.name] = value
            elif isinstance(value, dict) and all(isinstance(key, str) for key in value):
                keywords.update(value)
            else:
                has_unknown = True
        return tuple(arguments), keywords, has_unknown

    def apply(
        self,
        callee: Value,
        arguments: tuple[Value, ...],
        keywords: dict[str, Value],
        node: tree.Node | None,
        scope: Scope,
        has_unknown: bool = False,
    ) -> Value:
        """Calls a value."""
        kind = callee.__class__
        if kind is External:
            handler = builtin_calls.HANDLERS.get(callee.name)
            if handler is not None:
                return handler(self, arguments, keywords, scope)
            return self._instance(callee, arguments, keywords, node, scope, has_unknown)
        if kind is InstanceAttribute:
            return self._method_call(callee, arguments, keywords, node, scope, has_unknown)
        if kind is FunctionValue:
            if not scope.is_executing:
                return self.returned_value(callee)
            return self.call_function(callee, arguments, keywords)
        if kind is BoundMethod:
            if not scope.is_executing:
                return self.returned_value(callee)
            return self.call_function(callee.function, (callee.receiver, *arguments), keywords)
        if kind is ClassValue:
            return self._instance(callee, arguments, keywords, node, scope, has_unknown)
        if kind is builtin_calls.BuiltinMethod:
            return builtin_calls.call_method(self, callee, arguments, keywords, scope)
        if kind is Choice:
            return choice_of([self.apply(one, arguments, keywords, node, scope, has_unknown) for one in callee.values])
        if kind is Instance:
            return self._call_instance(callee, arguments, keywords, node, scope, has_unknown)
        if kind is Unknown:
            return callee
        return Unknown("call that is not followed")

    def _instance(
        self,
        callee: External | ClassValue,
        arguments: tuple[Value, ...],
        keywords: dict[str, Value],
        node: tree.Node | None,
        scope: Scope,
        has_unknown: bool,
    ) -> Instance:
        instance = Instance(callee, arguments, keywords, scope.module, node, has_unknown)
        if scope.is_executing:
            if isinstance(callee, External):
                self.instances[callee.name].append(instance)
            else:
                self.project_instances.append(instance)
        return instance

    def _method_call(
        self,
        callee: InstanceAttribute,
        arguments: tuple[Value, ...],
        keywords: dict[str, Value],
        node: tree.Node | None,
        scope: Scope,
        has_unknown: bool,
    ) -> Value:
        receiver = callee.instance
        names = self.external_names(receiver)
        result = Instance(
            External(f"{names[0] if names else ''}.{callee.name}"), arguments, keywords, scope.module, node, has_unknown
        )
        if node is not None:
            event = Event(
                receiver, callee.name, arguments, keywords, scope.module, node, self.conditions, None, has_unknown
            )
            if receiver.attributes:
                event.receiver_attributes = dict(receiver.attributes)
            result.event = event
            if scope.is_executing:
                receiver.events.append(event)
        return result

    def _call_instance(
        self,
        callee: Instance,
        arguments: tuple[Value, ...],
        keywords: dict[str, Value],
        node: tree.Node | None,
        scope: Scope,
        has_unknown: bool,
    ) -> Value:
        if isinstance(callee.type, External) and callee.type.name == "functools.partial" and callee.arguments:
            inner, *first = callee.arguments
            merged = {**callee.keywords, **keywords}
            return self.apply(inner, (*first, *arguments), merged, node, scope, has_unknown)
        if isinstance(callee.type, ClassValue):
            found = self.find_in_class(callee.type, "__call__")
            if found is not None and isinstance(found[1], FunctionValue):
                return self.apply(BoundMethod(found[1], callee), arguments, keywords, node, scope, has_unknown)
        if callee.event is not None and len(arguments) == 1 and scope.is_executing:
            # The result of a method called as a decorator: `router.get("/")(function)`.
            callee.event.decorated = arguments[0]
            return arguments[0]
        return self._instance(
            External(f"{self._type_name(callee)}.__call__"), arguments, keywords, node, scope, has_unknown
        )

    def _type_name(self, instance: Instance) -> str:
        return instance.type.name if isinstance(instance.type, External) else instance.type.symbol

    def _super(self, scope: Scope) -> Value:
        around: Scope | None = scope
        while isinstance(around, Frame) and around.function is None:
            around = around.parent
        if isinstance(around, (Frame, DeclaredScope)) and around.function is not None:
            function = around.function
            if function.owner is not None and function.node.parameters:
                return SuperValue(function.owner, around.lookup(function.node.parameters[0].name))
        return Unknown("super() outside a method")

    def call_function(self, function: FunctionValue, arguments: tuple[Value, ...], keywords: dict[str, Value]) -> Value:
        """Executes a function of the project with some arguments and gives what it returns."""
        if self.depth >= CALL_DEPTH_LIMIT:
            return Unknown("calls nest too deeply", function.place)
        frame = Frame(function.module, function.scope, self, function)
        execution.bind_parameters(self, function, arguments, keywords, frame)
        node = function.node
        self.depth += 1
        outer_limit = self.step_limit
        if self.depth == 1:
            self.step_limit = min(outer_limit, self.steps + CALL_STEP_LIMIT)
        try:
            if isinstance(node, tree.Lambda):
                return self.evaluate(node.body, frame)
            return execution.run_function_body(self, node, frame)
        except StepLimitReached:
            if self.depth > 1 or self.steps >= STEP_LIMIT:
                raise
            return Unknown("takes too many steps", function.place)
        finally:
            self.depth -= 1
            self.step_limit = outer_limit

    # Expressions

    def evaluate(self, node: tree.Expression, scope: Scope) -> Value:
        """The value of an expression in a scope."""
        self.steps += 1
        if self.steps > self.step_limit:
            raise StepLimitReached
        return _EXPRESSIONS.get(node.__class__, _not_followed)(self, node, scope)

    def evaluate_all(self, nodes: Iterable[tree.Expression], scope: Scope) -> list[Value]:
        """The values of several expressions; spread ones are joined in where they are known."""
        values: list[Value] = []
        for node in nodes:
            if isinstance(node, tree.Starred):
                inner = self.evaluate(node.value, scope)
                if isinstance(inner, (list, tuple, set)):
                    values.extend(inner)
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
        return None


def decorator_names(function: FunctionValue) -> tuple[str, ...]:
    """The last names of the decorators of a function as written: `property`, `setter`, `lru_cache`."""
    if not isinstance(function.node, tree.Function):
        return ()
    names = []
    for decorator in function.node.decorators:
        called = decorator.function if isinstance(decorator, tree.Call) else decorator
        if isinstance(called, tree.Name):
            names.append(called.id)
        elif isinstance(called, tree.Attribute):
            names.append(called.name)
    return tuple(names)


def _not_followed(evaluator: Evaluator, node: tree.Expression, scope: Scope) -> Value:
    return Unknown(f"{node.__class__.__name__.lower()} is not followed", place_of(scope.module, node))


def _constant(evaluator: Evaluator, node: tree.Constant, scope: Scope) -> Value:
    return {"None": None, "True": True, "False": False}.get(node.value, ...)


def _formatted(evaluator: Evaluator, node: tree.FormattedText, scope: Scope) -> Value:
    values: list[Value] = []
    for part in node.parts:
        if isinstance(part, tree.Text):
            values.append(part.value)
        elif part.conversion or part.format:
            values.append(Unknown("formatted value", place_of(scope.module, node)))
        else:
            values.append(evaluator.evaluate(part.value, scope))
    return builtin_calls.joined_text(values, place_of(scope.module, node))


def _binary(evaluator: Evaluator, node: tree.BinaryOperation, scope: Scope) -> Value:
    left, right = evaluator.evaluate(node.left, scope), evaluator.evaluate(node.right, scope)
    return builtin_calls.binary_operation(left, node.operator, right, place_of(scope.module, node))


def _boolean(evaluator: Evaluator, node: tree.BooleanOperation, scope: Scope) -> Value:
    possible: list[Value] = []
    for number, operand in enumerate(node.values):
        value = evaluator.evaluate(operand, scope)
        truth = evaluator.truth(value)
        is_last = number == len(node.values) - 1
        if is_last or truth is (node.operator == "or"):
            possible.append(value)
            break
        if truth is None:
            possible.append(value)
    return choice_of(possible)


def _comparison(evaluator: Evaluator, node: tree.Comparison, scope: Scope) -> Value:
    left = evaluator.evaluate(node.left, scope)
    if len(node.operators) != 1:
        return Unknown("comparison", place_of(scope.module, node))
    right = evaluator.evaluate(node.comparators[0], scope)
    known = (*PLAIN, list, tuple, dict, set)
    if isinstance(left, EnumMember) and isinstance(right, EnumMember) and node.operators[0] in ("==", "is"):
        return left == right
    if isinstance(left, known) and isinstance(right, known):
        try:
            return bool(COMPARISONS[node.operators[0]](left, right))
        except TypeError:
            return Unknown("comparison of different types", place_of(scope.module, node))
    if (
        node.operators[0] in ("is", "is not")
        and right is None
        and isinstance(left, (Instance, ClassValue, FunctionValue))
    ):
        return node.operators[0] == "is not"
    if isinstance(left, External) and left.name == "sys.version_info" and node.operators[0] in (">=", ">"):
        return True
    return Unknown("comparison", place_of(scope.module, node))


def _unary(evaluator: Evaluator, node: tree.UnaryOperation, scope: Scope) -> Value:
    value = evaluator.evaluate(node.operand, scope)
    if node.operator == "not":
        truth = evaluator.truth(value)
        return Unknown("not something unknown") if truth is None else not truth
    if isinstance(value, (int, float)) and node.operator == "-":
        return -value
    return Unknown("unary operation")


def _conditional(evaluator: Evaluator, node: tree.Conditional, scope: Scope) -> Value:
    truth = evaluator.truth(evaluator.evaluate(node.test, scope))
    if truth is not None:
        return evaluator.evaluate(node.then if truth else node.otherwise, scope)
    return choice_of([evaluator.evaluate(node.then, scope), evaluator.evaluate(node.otherwise, scope)])


def _dictionary(evaluator: Evaluator, node: tree.Dictionary, scope: Scope) -> Value:
    result: dict[Value, Value] = {}
    for key_node, value_node in zip(node.keys, node.values):
        value = evaluator.evaluate(value_node, scope)
        if key_node is None:
            if not isinstance(value, dict):
                return Unknown("dictionary with an unknown part", place_of(scope.module, node))
            result.update(value)
            continue
        key = evaluator.evaluate(key_node, scope)
        try:
            result[key] = value
        except TypeError:
            return Unknown("dictionary with an unknown key", place_of(scope.module, node))
    return result


def _set(evaluator: Evaluator, node: tree.Set, scope: Scope) -> Value:
    values = evaluator.evaluate_all(node.items, scope)
    try:
        return set(values)
    except TypeError:
        return Unknown("set of unknown items", place_of(scope.module, node))


def _subscript(evaluator: Evaluator, node: tree.Subscript, scope: Scope) -> Value:
    base = evaluator.evaluate(node.value, scope)
    if isinstance(base, (list, tuple, str, dict)):
        if isinstance(node.index, tree.Slice):
            return Unknown("slice", place_of(scope.module, node))
        index = evaluator.evaluate(node.index, scope)
        try:
            return base[index]
        except (LookupError, TypeError):
            return Unknown("item that is not known", place_of(scope.module, node))
    if isinstance(base, (External, ClassValue)):
        if isinstance(base, External) and base.name == "os.environ":
            return Unknown("environment variable", place_of(scope.module, node))
        if isinstance(base, ClassValue) and evaluator.inherits(base, *ENUM_BASES):
            index = evaluator.evaluate(node.index, scope)
            return evaluator.class_member(base, index) if isinstance(index, str) else Unknown("enumeration member")
        parts = node.index.items if isinstance(node.index, tree.Tuple) else (node.index,)
        if isinstance(base, External) and base.name.endswith(".Literal"):
            return Subscripted(base, tuple(evaluator.evaluate(part, scope) for part in parts))
        return Subscripted(base, tuple(evaluator.annotation_part(part, scope) for part in parts))
    if isinstance(base, Unknown):
        return base
    if isinstance(base, Choice):
        return Unknown("item of one of several", place_of(scope.module, node))
    return Unknown("item of something unknown", place_of(scope.module, node))


def _named(evaluator: Evaluator, node: tree.NamedExpression, scope: Scope) -> Value:
    value = evaluator.evaluate(node.value, scope)
    if isinstance(node.target, tree.Name) and scope.is_executing:
        scope.bind(node.target.id, value)
    return value


def _comprehension(evaluator: Evaluator, node: tree.Comprehension, scope: Scope) -> Value:
    return execution.run_comprehension(evaluator, node, scope)


_EXPRESSIONS: dict[type[tree.Node], Callable[[Evaluator, Any, Scope], Value]] = {
    tree.Name: lambda _, node, scope: scope.lookup(node.id),
    tree.Attribute: lambda evaluator, node, scope: evaluator.member(evaluator.evaluate(node.value, scope), node.name),
    tree.Call: lambda evaluator, node, scope: evaluator.call(node, scope),
    tree.Text: lambda _, node, __: node.value,
    tree.Number: lambda _, node, __: node.value,
    tree.Bytes: lambda _, node, __: node.value,
    tree.Constant: _constant,
    tree.FormattedText: _formatted,
    tree.Tuple: lambda evaluator, node, scope: tuple(evaluator.evaluate_all(node.items, scope)),
    tree.List: lambda evaluator, node, scope: evaluator.evaluate_all(node.items, scope),
    tree.Set: _set,
    tree.Dictionary: _dictionary,
    tree.Subscript: _subscript,
    tree.BooleanOperation: _boolean,
    tree.BinaryOperation: _binary,
    tree.UnaryOperation: _unary,
    tree.Comparison: _comparison,
    tree.Conditional: _conditional,
    tree.Lambda: lambda evaluator, node, scope: evaluator.define_function(node, scope),
    tree.NamedExpression: _named,
    tree.Await: lambda evaluator, node, scope: evaluator.evaluate(node.value, scope),
    tree.Comprehension: _comprehension,
}
