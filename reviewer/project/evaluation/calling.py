"""Calls of values: instances and events for libraries, execution within limits for functions of the project."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reviewer.modules import tree
from reviewer.project.evaluation import builtin_calls, execution
from reviewer.project.evaluation.file_listing import call_path_method, is_listed, text_method
from reviewer.project.evaluation.library_classes import ForwardedCall
from reviewer.project.evaluation.limits import CALL_DEPTH_LIMIT, CALL_STEP_LIMIT, StepLimitReached
from reviewer.project.evaluation.plugin_hooks import call_hook, called_hook
from reviewer.project.evaluation.records import (
    NAMED_TUPLE_CLASS,
    NAMESPACES,
    POST_CONSTRUCTORS,
    TYPED_DICTIONARY_BASES,
    named_tuple,
)
from reviewer.project.evaluation.scopes import DeclaredScope, Frame, Scope
from reviewer.project.evaluation.values import (
    BoundMethod,
    Choice,
    ClassValue,
    Event,
    External,
    FunctionValue,
    Instance,
    InstanceAttribute,
    SuperValue,
    Unknown,
    Value,
    argument_of,
    choice_of,
)

if TYPE_CHECKING:
    from reviewer.project.evaluation.evaluator import Evaluator

#: Items of a collection that are gone through in the time of a step.
ITEMS_A_STEP = 10


class Caller:
    """Calls of values: instances and events for libraries, execution within limits for functions of the project."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    def call(self, node: tree.Call, scope: Scope) -> Value:
        """The value of a call; its effects are recorded where statements are executed."""
        callee = self._evaluator.evaluate(node.function, scope)
        if callee.__class__ is External and callee.name == "builtins.super":
            return self._super(node, scope)
        arguments, keywords, has_unknown = self.evaluate_arguments(node, scope)
        around, self._evaluator.calling = self._evaluator.calling, (scope.module, node)
        origin = self._evaluator.origin
        if origin is None and self._is_overriding(callee):
            self._evaluator.origin = (scope.module, node)
        try:
            return self.apply(callee, arguments, keywords, node, scope, has_unknown)
        finally:
            self._evaluator.calling, self._evaluator.origin = around, origin

    def _is_overriding(self, callee: Value) -> bool:
        """Whether a call reaches a method of a subclass through a registering method of a library's class."""
        if callee.__class__ is BoundMethod:
            name, receiver = callee.function.name, callee.receiver
        elif callee.__class__ is InstanceAttribute:
            name, receiver = callee.name, callee.instance
        else:
            return False
        if not isinstance(receiver, Instance) or not isinstance(receiver.type, ClassValue):
            return False
        known = self._evaluator.library_classes.of(self._evaluator.external_names(receiver))
        return known is not None and known.forwards(name)

    def evaluate_arguments(self, node: tree.Call, scope: Scope) -> tuple[tuple[Value, ...], dict[str, Value], bool]:
        """Positional and keyword arguments of a call, and whether some could not be known by name or number."""
        arguments: list[Value] = []
        keywords: dict[str, Value] = {}
        has_unknown = False
        for argument in node.arguments:
            value = self._evaluator.evaluate(argument.value if isinstance(argument, tree.Starred) else argument, scope)
            if not isinstance(argument, tree.Starred):
                arguments.append(value)
            elif isinstance(value, (list, tuple)):
                arguments.extend(value)
            else:
                has_unknown = True
        for keyword in node.keywords:
            value = self._evaluator.evaluate(keyword.value, scope)
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
                self._count_items(arguments)
                return handler(self._evaluator, arguments, keywords, scope)
            if arguments and arguments[0].__class__ is Instance:
                owner, _, method = callee.name.rpartition(".")
                if owner in self._evaluator.external_names(arguments[0]):  # `APIRouter.get(self, …)`
                    bound = InstanceAttribute(arguments[0], method)
                    return self._method_call(bound, arguments[1:], keywords, node, scope, has_unknown)
            return self._instance(callee, arguments, keywords, node, scope, has_unknown)
        if kind is InstanceAttribute:
            hook = called_hook(self._evaluator, callee)
            if hook is not None and scope.is_executing:
                return call_hook(self._evaluator, hook, keywords)
            return self._method_call(callee, arguments, keywords, node, scope, has_unknown)
        if kind is FunctionValue:
            if not scope.is_executing:
                return self._evaluator.returned_value(callee)
            return self.call_function(callee, arguments, keywords)
        if kind is BoundMethod:
            if not scope.is_executing:
                return self._evaluator.returned_value(callee)
            return self.call_function(callee.function, (callee.receiver, *arguments), keywords)
        if kind is ClassValue:
            return self._instance(callee, arguments, keywords, node, scope, has_unknown)
        if kind is builtin_calls.BuiltinMethod:
            self._count_items((callee.receiver, *arguments))
            return builtin_calls.call_method(self._evaluator, callee, arguments, keywords, scope)
        if kind is Choice:
            return choice_of([self.apply(one, arguments, keywords, node, scope, has_unknown) for one in callee.values])
        if kind is Instance:
            return self._call_instance(callee, arguments, keywords, node, scope, has_unknown)
        if kind is Unknown:
            return callee
        return Unknown("call that is not followed")

    def _count_items(self, values: tuple[Value, ...]) -> None:
        """Counts as steps what a builtin function goes through, since many calls on long collections take long."""
        for value in values:
            if isinstance(value, (str, list, tuple, dict, set)):
                self._evaluator.steps += len(value) // ITEMS_A_STEP

    def _instance(
        self,
        callee: External | ClassValue,
        arguments: tuple[Value, ...],
        keywords: dict[str, Value],
        node: tree.Node | None,
        scope: Scope,
        has_unknown: bool,
    ) -> Value:
        if isinstance(callee, ClassValue) and self._evaluator.inherits(callee, *TYPED_DICTIONARY_BASES):
            return dict(keywords)
        instance = Instance(callee, arguments, keywords, scope.module, node, has_unknown)
        if callee.__class__ is External and callee.name in NAMESPACES:
            instance.attributes.update(keywords)
        if scope.is_executing:
            if isinstance(callee, External):
                self._evaluator.instances[callee.name].append(instance)
            else:
                self._evaluator.project_instances.append(instance)
                self._construct(callee, instance)
        return instance

    def _construct(self, callee: ClassValue, instance: Instance) -> None:
        """Runs a constructor where it is called, if it may register something; others wait until they are asked for."""
        for name in ("__init__", *POST_CONSTRUCTORS):
            found = self._evaluator.find_in_class(callee, name)
            if found is not None and isinstance(found[1], FunctionValue):
                if self._evaluator.is_followed(found[1].module):
                    self._evaluator.initialise(instance)
                return

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
        if is_listed(receiver):
            prefix, _, method = callee.name.rpartition(".")
            path = InstanceAttribute(receiver, prefix) if prefix else receiver
            answer = call_path_method(self._evaluator, path, method, arguments, keywords)
            answer = text_method(path, method, arguments) if answer is None else answer
            if answer is not None:
                return answer
        names = self._evaluator.external_names(receiver)
        module = scope.module
        if node is None and self._evaluator.calling is not None:
            module, node = self._evaluator.calling
        forwarded = self._forwarded(callee, names)
        if forwarded is not None:
            keywords = {**forwarded.keywords, **keywords}
            if not forwarded.is_decorator:
                return self.apply(forwarded.method, arguments, keywords, node, scope, has_unknown)
        result = Instance(
            External(f"{names[0] if names else ''}.{callee.name}"), arguments, keywords, module, node, has_unknown
        )
        if node is not None:
            event = Event(
                receiver,
                callee.name,
                arguments,
                keywords,
                module,
                node,
                self._evaluator.conditions,
                None,
                has_unknown,
            )
            event.origin = self._evaluator.origin
            if receiver.attributes:
                event.receiver_attributes = dict(receiver.attributes)
            result.event = event
            event.result = result
            if forwarded is not None:
                event.forwards_to = forwarded.method
                event.forwards_function_as = forwarded.function_keyword
            elif scope.is_executing:
                receiver.events.append(event)
        return result

    def _forwarded(self, callee: InstanceAttribute, names: tuple[str, ...]) -> ForwardedCall | None:
        """The overriding method of a subclass that a method of a library's class calls."""
        owner = callee.instance.type
        if not isinstance(owner, ClassValue):
            return None

        def find(name: str) -> Value:
            found = self._evaluator.find_in_class(owner, name)
            return None if found is None else found[1]

        return self._evaluator.library_classes.overriding(names, find, callee.instance, callee.name)

    def decorate(self, event: Event, function: Value, scope: Scope) -> None:
        """Applies the result of a method of a library as a decorator: `router.get("/")`."""
        self._evaluator.library_classes.decorate(self._evaluator, event.receiver, event.method, function)
        if event.forwards_to is not None and event.forwards_function_as:
            given = {**event.keywords, event.forwards_function_as: function}
            self.apply(event.forwards_to, event.arguments[:1], given, event.node, scope)
        elif event.forwards_to is not None:
            path = argument_of(event.arguments, event.keywords, 0, "path")
            keywords = {name: value for name, value in event.keywords.items() if name != "path"}
            self.apply(event.forwards_to, (path, function), keywords, event.node, scope)
        elif event.decorated is None or event.decorated is function:
            event.decorated = function
        elif scope.is_executing:  # a decorator that was kept and used again
            event.receiver.events.append(replace(event, decorated=function))

    def _call_instance(
        self,
        callee: Instance,
        arguments: tuple[Value, ...],
        keywords: dict[str, Value],
        node: tree.Node | None,
        scope: Scope,
        has_unknown: bool,
    ) -> Value:
        if callee.type == External(NAMED_TUPLE_CLASS):
            return named_tuple(callee, arguments, keywords)
        if isinstance(callee.type, External) and callee.type.name == "functools.partial" and callee.arguments:
            inner, *first = callee.arguments
            merged = {**callee.keywords, **keywords}
            return self.apply(inner, (*first, *arguments), merged, node, scope, has_unknown)
        if isinstance(callee.type, ClassValue):
            found = self._evaluator.find_in_class(callee.type, "__call__")
            if found is not None and isinstance(found[1], FunctionValue):
                return self.apply(BoundMethod(found[1], callee), arguments, keywords, node, scope, has_unknown)
        if callee.type == builtin_calls.GIVING:
            return callee.arguments[0]
        if callee.type == builtin_calls.WRAPS and len(arguments) == 1:
            return builtin_calls.wrapped(callee, arguments[0])
        if callee.event is not None and len(arguments) == 1 and scope.is_executing:
            # The result of a method called as a decorator: `router.get("/")(function)`.
            self.decorate(callee.event, arguments[0], scope)
            return arguments[0]
        name = f"{self._type_name(callee)}.__call__"
        made = self._instance(External(name), arguments, keywords, node, scope, has_unknown)
        if isinstance(made, Instance):
            made.maker = callee
        return made

    def _type_name(self, instance: Instance) -> str:
        return instance.type.name if isinstance(instance.type, External) else instance.type.symbol

    def _super(self, node: tree.Call, scope: Scope) -> Value:
        if len(node.arguments) == 2:
            owner, receiver = (self._evaluator.evaluate(argument, scope) for argument in node.arguments)
            return SuperValue(owner, receiver) if isinstance(owner, ClassValue) else Unknown("super() of a library")
        around: Scope | None = scope
        while isinstance(around, Frame) and around.function is None:
            around = around.parent
        if isinstance(around, (Frame, DeclaredScope)) and around.function is not None:
            function = around.function
            if function.owner is not None and function.node.parameters:
                return SuperValue(function.owner, around.lookup(function.node.parameters[0].name))
        return Unknown("super() outside a method")

    def call_function(
        self,
        function: FunctionValue,
        arguments: tuple[Value, ...],
        keywords: dict[str, Value],
        at_yield: Callable[[Value], None] | None = None,
    ) -> Value:
        """Executes a function of the project with some arguments and gives what it returns.

        `at_yield` is called where it yields, with what it yields.
        """
        if self._evaluator.depth >= CALL_DEPTH_LIMIT:
            return Unknown("calls nest too deeply", function.place)
        frame = Frame(function.module, function.scope, self._evaluator, function)
        frame.at_yield = at_yield
        execution.bind_parameters(self._evaluator, function, arguments, keywords, frame)
        node = function.node
        evaluator = self._evaluator
        evaluator.called.add(id(node))
        evaluator.depth += 1
        evaluator.executing += 1
        outer_limit = evaluator.step_limit
        if evaluator.depth == 1:
            evaluator.step_limit = min(outer_limit, evaluator.steps + CALL_STEP_LIMIT)
        try:
            if isinstance(node, tree.Lambda):
                return evaluator.evaluate(node.body, frame)
            return execution.run_function_body(evaluator, node, frame)
        except StepLimitReached:
            if evaluator.depth > 1:
                raise
            return Unknown("takes too many steps to follow", function.place)
        finally:
            evaluator.depth -= 1
            evaluator.executing -= 1
            evaluator.step_limit = outer_limit
