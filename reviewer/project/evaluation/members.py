"""Members of values: `base.name` for objects, classes, modules and everything else that has any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewer.modules import tree
from reviewer.project.evaluation import builtin_calls
from reviewer.project.evaluation.configuration import CONFIGURED_CLASSES, Configuration
from reviewer.project.evaluation.docstrings import docstring_of
from reviewer.project.evaluation.file_listing import path_attribute, path_object
from reviewer.project.evaluation.limits import CONSTRUCTOR_STEP_LIMIT
from reviewer.project.evaluation.operators import PLAIN
from reviewer.project.evaluation.records import POST_CONSTRUCTORS, bind_fields, enum_members, member_of_enum_member
from reviewer.project.evaluation.reflection import namespace_of
from reviewer.project.evaluation.scopes import ClassScope
from reviewer.project.evaluation.values import (
    BoundMethod,
    Choice,
    ClassValue,
    EnumMember,
    External,
    FunctionValue,
    Instance,
    InstanceAttribute,
    ModuleValue,
    NamespaceValue,
    SuperValue,
    Unknown,
    Value,
    choice_of,
    decorator_names,
)

if TYPE_CHECKING:
    from reviewer.modules.module import Module
    from reviewer.project.evaluation.evaluator import Evaluator


#: Texts of the standard library that programs take paths apart with.
CONSTANTS = {"os.sep": "/", "os.path.sep": "/", "os.extsep": ".", "os.curdir": ".", "os.pardir": ".."}
#: Objects that stand for what a function gives when they are used.
#: What is called on an application to add to it.
REGISTERING_MEMBERS = frozenset(
    {"route", "get", "post", "put", "patch", "delete", "add_url_rule", "register_blueprint", "before_request"}
)
PROXIES = ("werkzeug.local.LocalProxy", "werkzeug.LocalProxy")


def function_module(function: FunctionValue | BoundMethod) -> Module:
    """The module that a function is defined in."""
    return function.module if isinstance(function, FunctionValue) else function.function.module


#: Modules whose constants are the numbers in their names: `HTTP_404_NOT_FOUND`.
STATUS_MODULES = ("fastapi.status.HTTP_", "starlette.status.HTTP_")
#: Where old programs import the extensions of Flask from: `flask.ext.sqlalchemy` is `flask_sqlalchemy`.
FLASK_EXTENSIONS = "flask.ext."


def library_name(dotted: str) -> Value:
    """What a dotted name of a library stands for: mostly itself, of a module of HTTP statuses the number."""
    if dotted.startswith(STATUS_MODULES):
        number = dotted.rpartition(".")[2].split("_")[1]
        if number.isdigit():
            return int(number)
    if dotted.startswith(FLASK_EXTENSIONS):
        dotted = f"flask_{dotted.removeprefix(FLASK_EXTENSIONS)}"
    return CONSTANTS.get(dotted) or External(dotted)


#: What every class has, whether or not its body says so.
CLASS_FACTS = frozenset({"__members__", "__dict__", "__module__", "__subclasses__"})


class MemberLookup:
    """Members of values: `base.name` for objects, classes, modules and everything else that has any."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    def member(self, base: Value, name: str) -> Value:
        """`base.name`."""
        kind = base.__class__
        if kind is External:
            if base.name == "flask.current_app":
                if self._evaluator.application_contexts:
                    return self.member(self._evaluator.application_contexts[-1], name)
                if name in REGISTERING_MEMBERS:
                    return InstanceAttribute(self._evaluator.current_application, name)
            return library_name(f"{base.name}.{name}")
        if kind is Instance:
            return self.instance_member(base, name)
        if kind is ModuleValue:
            found = self._evaluator.scope_of(base.module).exported(name)
            if found is not None and not isinstance(found.value, Unknown):
                return found.value
            submodule = self._evaluator.program.member(base, name)
            if submodule is not None:  # also where a circular star import asks for it while it is being found
                return submodule
            if found is not None:
                return found.value
            return self._module_attribute(base, name)
        if kind is ClassValue:
            return self._fact_of_class(base, name) if name in CLASS_FACTS else self._evaluator.class_member(base, name)
        if kind is NamespaceValue:
            if name == "__path__":
                return [path_object(base.path)]
            return self._evaluator.program.member(base, name) or Unknown(f"no module {name} in {base.path}")
        if kind is Choice:
            return choice_of([self.member(one, name) for one in base.values], base.condition)
        if kind is Unknown:
            return base
        if kind is EnumMember:
            if name == "value":
                return base.value
            return base.name if name == "name" else member_of_enum_member(self._evaluator, base, name)
        if kind is SuperValue:
            return self._super_member(base, name)
        if kind is InstanceAttribute:
            dotted = f"{base.name}.{name}"
            if dotted in base.instance.attributes:
                return base.instance.attributes[dotted]
            called = path_attribute(base, name)
            return InstanceAttribute(base.instance, dotted) if called is None else called
        if kind in (FunctionValue, BoundMethod):
            function = base if kind is FunctionValue else base.function
            if name == "__doc__":
                return docstring_of(function)
            if name in ("__name__", "__qualname__"):
                return function.name if name == "__name__" else function.qualname
            if name == "__module__":
                return function.module.name
            for one in (function, function.wraps):  # `wraps` copies what the program set on the function
                if isinstance(one, FunctionValue) and name in one.attributes:
                    return one.attributes[name]
            return InstanceAttribute(Instance(External("builtins.function"), (base,)), name)
        if isinstance(base, (*PLAIN, list, tuple, dict, set, Configuration)):
            return builtin_calls.BuiltinMethod(base, name)
        return Unknown(f"attribute {name} is not followed")

    def _fact_of_class(self, base: ClassValue, name: str) -> Value:
        """What Python itself knows of a class."""
        if name == "__members__":
            return enum_members(self._evaluator, base)
        if name == "__dict__":
            return namespace_of(self._evaluator, base)
        return base.module.name if name == "__module__" else builtin_calls.BuiltinMethod(base, name)

    def _module_attribute(self, base: ModuleValue, name: str) -> Value:
        """What a module itself gives a name: `__path__`, or what its function `__getattr__` makes (PEP 562)."""
        if name == "__path__":
            return [path_object(base.module.path.rpartition("/")[0])]
        if name == "__dict__":
            return namespace_of(self._evaluator, base)
        scope = self._evaluator.scope_of(base.module)
        lazy = None if name.startswith("__") else scope.exported("__getattr__")
        if lazy is not None and isinstance(lazy.value, FunctionValue):
            return self._computed(scope.computed, lazy.value, (name,), name)
        return scope.lookup(name)

    def _computed(
        self, kept: dict[str, Value], function: FunctionValue, arguments: tuple[Value, ...], name: str
    ) -> Value:
        """What a function `__getattr__` gives for a name, once."""
        if name not in kept:
            kept[name] = Unknown(f"{name} is computed from itself")
            result = self._evaluator.call_function(function, arguments, {})
            kept[name] = Unknown(f"{name} is not there", function.place) if result is None else result
        return kept[name]

    def instance_member(self, instance: Instance, name: str) -> Value:
        """An attribute of an object: set by its constructor, or of its class."""
        if name in instance.attributes:
            return instance.attributes[name]
        if name == "config" and self._evaluator.inherits(instance, *CONFIGURED_CLASSES):
            configuration = instance.attributes[name] = Configuration()
            return configuration
        if isinstance(instance.type, External):
            if instance.type.name in PROXIES and instance.arguments:
                return self._proxied(instance, name)
            called = path_attribute(instance, name)
            return self._library_member(instance, name) if called is None else called
        if name == "__class__":
            return instance.type
        self.initialise(instance)
        if name in instance.attributes:
            return instance.attributes[name]
        found = self._evaluator.find_in_class(instance.type, name)
        if found is not None:
            return self._bound(found[1], instance, name)
        known = self._evaluator.library_classes.of(self._evaluator.external_names(instance))
        if known is not None and known.has(name):
            return known.attribute(self._evaluator, instance, name)
        if name in instance.keywords:
            return instance.keywords[name]
        annotation = self._evaluator.declared_annotation(instance.type, name)
        if annotation is not None:
            return self._evaluator.typed_value(annotation[1], ClassScope(annotation[0], self._evaluator))
        if name == "__dict__":
            return namespace_of(self._evaluator, instance)
        lazy = None if name.startswith("__") else self._evaluator.find_in_class(instance.type, "__getattr__")
        if lazy is not None and isinstance(lazy[1], FunctionValue):
            return self._computed(instance.attributes, lazy[1], (instance, name), name)
        if any(not isinstance(one, ClassValue) for one in self._evaluator.ancestors(instance.type)):
            return InstanceAttribute(instance, name)
        return Unknown(f"{instance.type.name} has no attribute {name}")

    def _library_member(self, instance: Instance, name: str) -> Value:
        """An attribute of an object of a library's class."""
        known = self._evaluator.library_classes.of(self._evaluator.external_names(instance))
        if known is not None and known.has(name) and not instance.is_typed_only:
            return known.attribute(self._evaluator, instance, name)
        return InstanceAttribute(instance, name)

    def _proxied(self, proxy: Instance, name: str) -> Value:
        """A member of what a proxy stands for: `LocalProxy(lambda: current_app.extensions)`."""
        function = proxy.arguments[0]
        if isinstance(function, (FunctionValue, BoundMethod)) and proxy.node is not None:
            proxy.attributes[name] = InstanceAttribute(proxy, name)  # for a proxy of itself
            target = self._evaluator.apply(function, (), {}, None, self._evaluator.scope_of(function_module(function)))
            del proxy.attributes[name]
            if isinstance(target, (Instance, ClassValue, ModuleValue, External)) and target is not proxy:
                return self.member(target, name)
        return InstanceAttribute(proxy, name)

    def _bound(self, member: Value, instance: Instance, name: str) -> Value:
        if isinstance(member, FunctionValue):
            names = decorator_names(member)
            if "staticmethod" in names:
                return member
            if "classmethod" in names:
                return BoundMethod(member, instance.type)
            if any("property" in one for one in names):
                return self._property(BoundMethod(member, instance), instance)
            return BoundMethod(member, instance)
        if isinstance(member, Instance) and isinstance(member.type, External) and self._is_field(member):
            # A field declared with a call: the constructor's argument, else the default in it.
            return self._default(member, instance, name)
        return member

    def _default(self, field: Instance, instance: Instance, name: str) -> Value:
        """The default of a field: given, or made by a function for each object once."""
        factory = field.keywords.get("default_factory", field.keywords.get("factory"))
        if factory is None or instance.is_typed_only:
            return field.argument(0, "default", Unknown("field without a default"))
        assert isinstance(instance.type, ClassValue)
        scope = self._evaluator.scope_of(instance.type.module)
        made = instance.attributes[name] = self._evaluator.apply(factory, (), {}, field.node, scope)
        return made

    def _property(self, getter: BoundMethod, instance: Instance) -> Value:
        """The value of a property: computed once for an object that is known, else what the function's end tells."""
        if instance.is_typed_only:
            return self._evaluator.returned_value(getter)
        name = getter.function.name
        instance.attributes[name] = Unknown(f"{name} is computed from itself")
        value = instance.attributes[name] = self._evaluator.apply(getter, (), {}, None, getter.function.scope)
        return value

    def _is_field(self, member: Instance) -> bool:
        return self._evaluator.external_names(member)[0].rpartition(".")[2] in ("Field", "field", "attrib")

    def initialise(self, instance: Instance) -> None:
        """Runs the constructor of an object of the project once, so that its attributes are known."""
        if instance.is_initialised or not isinstance(instance.type, ClassValue):
            return
        instance.is_initialised = True
        found = self._evaluator.find_in_class(instance.type, "__init__")
        if found is not None and isinstance(found[1], FunctionValue):
            if instance.is_typed_only:
                self._read_constructor(found[1], instance)
            else:
                self._construct(found[1], instance)
            return
        if instance.keywords or instance.arguments:
            bind_fields(self._evaluator, instance)
        for name in POST_CONSTRUCTORS if not instance.is_typed_only else ():
            after = self._evaluator.find_in_class(instance.type, name)
            if after is not None and isinstance(after[1], FunctionValue):
                self._construct(after[1], instance, is_given_arguments=False)

    def _construct(self, function: FunctionValue, instance: Instance, is_given_arguments: bool = True) -> None:
        """Executes a constructor; not for long where only an attribute is asked for."""
        evaluator = self._evaluator
        limit = evaluator.step_limit
        if not evaluator.executing:
            evaluator.step_limit = min(limit, evaluator.steps + CONSTRUCTOR_STEP_LIMIT)
        try:
            arguments, keywords = (instance.arguments, dict(instance.keywords)) if is_given_arguments else ((), {})
            evaluator.call_function(function, (instance, *arguments), keywords)
        finally:
            evaluator.step_limit = limit

    def _read_constructor(self, function: FunctionValue, instance: Instance) -> None:
        """The attributes of an object whose arguments are not known, by annotations of the constructor."""
        scope = self._evaluator.declared(function)
        for node in function.nodes_of(tree.Assign, tree.AnnotatedAssign):
            match node:
                case tree.Assign(targets=(tree.Attribute(value=tree.Name(id="self"), name=name),), value=value):
                    instance.attributes[name] = self._evaluator.evaluate(value, scope)
                case tree.AnnotatedAssign(
                    target=tree.Attribute(value=tree.Name(id="self"), name=name), annotation=annotation
                ):
                    instance.attributes[name] = self._evaluator.typed_value(annotation, scope)
                case _:
                    pass

    def _super_member(self, value: SuperValue, name: str) -> Value:
        receiver = value.receiver.type if isinstance(value.receiver, Instance) else value.receiver
        order = (
            self._evaluator.ancestors(receiver)
            if isinstance(receiver, ClassValue)
            else self._evaluator.ancestors(value.owner)
        )
        after = order[order.index(value.owner) + 1 :] if value.owner in order else order[1:]
        for one in after:
            if isinstance(one, ClassValue):
                self._evaluator.run_class(one)
                if name in one.attributes:
                    member = ClassScope(one, self._evaluator).own(name)
                    return BoundMethod(member, value.receiver) if isinstance(member, FunctionValue) else member
            elif isinstance(one, External) and isinstance(value.receiver, Instance):
                return InstanceAttribute(value.receiver, name)
        return Unknown(f"no inherited {name}")
