"""Links objects to databases: whether what stands behind an expression is a session, a connection, a cursor.

Takes values and expressions of function bodies, gives their roles (`database_roles`) and whether they are asynchronous.
Knows the ways in which such an object comes into a function without an annotation: a dependency, a request-wide store,
a parameter that other functions of the project annotate.
"""

from __future__ import annotations

import msgspec

from reviewer.modules import tree
from reviewer.project.data.database_roles import LEGACY_QUERY, MAKER, SESSION, after, is_asynchronous, role_of
from reviewer.project.data.sqlalchemy import Tables
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    ClassValue,
    External,
    FunctionValue,
    Instance,
    InstanceAttribute,
    Unknown,
    Value,
    alternatives,
)
from reviewer.project.functions.calls import Calls
from reviewer.project.model import Answer
from reviewer.project.program import Program

#: What marks the default of a parameter as a dependency.
DEPENDENCY_MARKERS = ("Depends", "Security", "Inject")
#: How many annotated parameters of one name are looked at.
PARAMETER_LIMIT = 12
NESTING_LIMIT = 20


class DatabaseObject(msgspec.Struct, frozen=True):
    """An object that reaches a database: its role, and whether its methods give something to await."""

    role: str
    is_async: Answer

    def after(self, name: str) -> DatabaseObject | None:
        """What an attribute or method of it gives."""
        role = after(self.role, name)
        return None if role is None else DatabaseObject(role, self.is_async)


class DatabaseObjects:
    """Answers which role an object has. Results are kept."""

    def __init__(self, program: Program, evaluator: Evaluator, calls: Calls, tables: Tables) -> None:
        self._program = program
        self._evaluator = evaluator
        self._calls = calls
        self._tables = tables
        self._by_name: dict[tuple[int, str], DatabaseObject | None] = {}
        self._by_parameter: dict[str, DatabaseObject | None] = {}
        self._by_store: dict[str, DatabaseObject | None] = {}

    def of_value(self, value: Value) -> DatabaseObject | None:
        """What an object is: session, connection, cursor and so on; None where it is none or that is not known."""
        for one in alternatives(value):
            for name in self._dotted_names(one):
                role = role_of(name)
                found = DatabaseObject(role, self._is_async(one, name, role)) if role else self._of_stored(name)
                if found is not None:
                    return found
        return None

    def _is_async(self, value: Value, name: str, role: str) -> Answer:
        """Whether the methods of an object with a role give something to await."""
        if is_asynchronous(name):
            return Answer.YES
        instance = value.instance if isinstance(value, InstanceAttribute) else value
        for _ in range(NESTING_LIMIT):
            if not isinstance(instance, Instance):
                break
            if instance.maker is None and instance.event is None:
                return self._is_made_async(instance) if role in (SESSION, MAKER) else Answer.NO
            instance = (
                instance.maker if instance.maker is not None or instance.event is None else instance.event.receiver
            )
        return Answer.NO

    def _is_made_async(self, maker: Instance) -> Answer:
        """Whether a `sessionmaker` or `scoped_session` makes asynchronous sessions."""
        name = self._evaluator.external_names(maker)[0]
        if role_of(name) != MAKER and not name.endswith("scoped_session"):
            return Answer.NO
        if maker.is_typed_only or maker.has_unknown_keywords:
            return Answer.UNKNOWN
        if role_of(name) != MAKER:
            inner = maker.argument(0, "session_factory")
            made = self.of_value(inner) if isinstance(inner, Instance) else None
            return Answer.UNKNOWN if made is None else made.is_async
        made_class = maker.argument(-1, "class_")
        if made_class is not None:
            names = self._evaluator.external_names(made_class)
            return Answer.YES if any(map(is_asynchronous, names)) else Answer.NO if names else Answer.UNKNOWN
        return Answer.NO

    def _dotted_names(self, value: Value) -> tuple[str, ...]:
        if isinstance(value, InstanceAttribute):
            return tuple(f"{name}.{value.name}" for name in self._evaluator.external_names(value.instance))
        return self._evaluator.external_names(value)

    def of_expression(self, node: tree.Expression, function: FunctionValue, nesting: int = 0) -> DatabaseObject | None:
        """What an object is whose value is not known to the evaluator."""
        if nesting > NESTING_LIMIT:
            return None
        if isinstance(node, tree.Await):
            return self.of_expression(node.value, function, nesting + 1)
        if isinstance(node, tree.Name):
            return self._of_name(node.id, function, nesting)
        if isinstance(node, tree.Attribute):
            if node.name == "query" and self._is_table(node.value, function):
                return DatabaseObject(LEGACY_QUERY, Answer.NO)
            found = self.of_expression(node.value, function, nesting + 1)
            return None if found is None else found.after(node.name)
        if isinstance(node, tree.Call):
            if isinstance(node.function, tree.Attribute):
                return self.of_expression(node.function, function, nesting + 1)
            return self.of_value(self._value_of(node, function))
        return None

    def _of_name(self, name: str, function: FunctionValue, nesting: int) -> DatabaseObject | None:
        key = (id(function), name)
        if key not in self._by_name:
            self._by_name[key] = None  # what a name that is bound from itself may assume
            self._by_name[key] = self._find_name(name, function, nesting)
        return self._by_name[key]

    def _find_name(self, name: str, function: FunctionValue, nesting: int) -> DatabaseObject | None:
        bindings = self._evaluator.declared(function).bindings.get(name)
        if not bindings:
            return None
        for kind, source in bindings:
            known = None
            if kind == "parameter":
                known = self._of_parameter(source, function)
            elif kind in ("value", "entered"):
                known = self.of_value(self._value_of(source, function))
                known = known or self.of_expression(source, function, nesting + 1)
            if known is not None:
                return known
        return None

    def _of_parameter(self, parameter: tree.Parameter, function: FunctionValue) -> DatabaseObject | None:
        if parameter.annotation is not None:
            return None
        if parameter.default is not None and not _is_none(parameter.default):
            return self.of_value(self._dependency_result(parameter.default, function))
        return self._by_parameter_name(parameter.name)

    def _dependency_result(self, default: tree.Expression, function: FunctionValue) -> Value:
        """What the dependency gives that a parameter names as its default."""
        if isinstance(default, tree.Call) and default.arguments:
            marker = default.function
            last = marker.name if isinstance(marker, tree.Attribute) else getattr(marker, "id", "")
            if last in DEPENDENCY_MARKERS:
                dependency = self._evaluator.evaluate(default.arguments[0], function.scope)
                if isinstance(dependency, FunctionValue):
                    return self._evaluator.returned_value(dependency)
                if isinstance(dependency, (ClassValue, External)):
                    return Instance(dependency, is_typed_only=True)
        return Unknown("no dependency")

    def _by_parameter_name(self, name: str) -> DatabaseObject | None:
        """What all annotated parameters of a name are in the project: its convention for such objects."""
        if name not in self._by_parameter:
            self._by_parameter[name] = None
            self._by_parameter[name] = self._find_by_parameter_name(name)
        return self._by_parameter[name]

    def _find_by_parameter_name(self, name: str) -> DatabaseObject | None:
        objects: list[DatabaseObject | None] = []
        for module in self._program.modules:
            if module.is_test or not module.mentions(name):
                continue
            for declaration in module.index.declarations:
                if declaration.kind != "function" or len(objects) >= PARAMETER_LIMIT:
                    continue
                for parameter in _parameters(module.node_of(declaration)):
                    if parameter.name == name and (parameter.annotation is not None or _is_dependency(parameter)):
                        function = self._calls.function_of(module, declaration)
                        objects.append(self._of_annotated(parameter, function))
        if len({one.role if one else None for one in objects}) != 1 or objects[0] is None:
            return None
        answers = {one.is_async for one in objects if one is not None}
        return DatabaseObject(objects[0].role, answers.pop() if len(answers) == 1 else Answer.UNKNOWN)

    def _of_annotated(self, parameter: tree.Parameter, function: FunctionValue) -> DatabaseObject | None:
        if parameter.annotation is not None:
            return self.of_value(self._evaluator.typed_value(parameter.annotation, function.scope))
        default = parameter.default
        return None if default is None else self.of_value(self._dependency_result(default, function))

    def _of_stored(self, name: str) -> DatabaseObject | None:
        """What an object is that is kept on `flask.g`, an application or its state, by what is assigned to it."""
        parts = name.split(".")
        if name.startswith("flask.g.") and len(parts) > 2:
            start = 2
        elif "state" in parts[1:-1]:
            start = parts.index("state", 1) + 1
        else:
            return None
        found = self._stored(parts[start])
        for part in parts[start + 1 :]:
            found = None if found is None else found.after(part)
        return found

    def _stored(self, name: str) -> DatabaseObject | None:
        if name not in self._by_store:
            self._by_store[name] = None
            self._by_store[name] = self._find_stored(name)
        return self._by_store[name]

    def _find_stored(self, name: str) -> DatabaseObject | None:
        for module in self._program.modules:
            if module.is_test or not module.mentions(name):
                continue
            for declaration in module.index.declarations:
                if declaration.kind != "function":
                    continue
                node = module.node_of(declaration)
                for statement in tree.walk_scope(node.body):
                    if isinstance(statement, tree.Assign) and any(_stores(one, name) for one in statement.targets):
                        function = self._calls.function_of(module, declaration)
                        stored = self.of_value(self._value_of(statement.value, function))
                        if stored is not None:
                            return stored
        return None

    def _value_of(self, node: tree.Expression, function: FunctionValue) -> Value:
        return self._evaluator.evaluate(node, self._evaluator.declared(function))

    def _is_table(self, node: tree.Expression, function: FunctionValue) -> bool:
        value = self._value_of(node, function)
        return isinstance(value, ClassValue) and self._tables.of_class(value) is not None


def _parameters(node: tree.Node) -> tuple[tree.Parameter, ...]:
    return node.parameters if isinstance(node, tree.Function) else ()


def _is_dependency(parameter: tree.Parameter) -> bool:
    return isinstance(parameter.default, tree.Call)


def _is_none(node: tree.Expression) -> bool:
    return isinstance(node, tree.Constant) and node.value == "None"


def _stores(target: tree.Expression, name: str) -> bool:
    """Whether a target is `g.name`, `….state.name`."""
    if not isinstance(target, tree.Attribute) or target.name != name:
        return False
    base = target.value
    last = base.name if isinstance(base, tree.Attribute) else getattr(base, "id", "")
    return last in ("g", "state", "app", "current_app")
