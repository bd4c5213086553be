"""Links objects to databases: whether what stands behind an expression is a session, a connection, a cursor.

Takes values and expressions of function bodies, gives roles (`reviewer.project.data.database_roles`). Knows the ways in
which
such an object comes into a function without an annotation: a dependency, a request-wide store, a parameter that other
functions of the project annotate.
"""

from __future__ import annotations

from reviewer.modules import tree
from reviewer.project.data.database_roles import LEGACY_QUERY, after, role_of
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
from reviewer.project.program import Program

#: What marks the default of a parameter as a dependency.
DEPENDENCY_MARKERS = ("Depends", "Security", "Inject")
#: How many annotated parameters of one name are looked at.
PARAMETER_LIMIT = 12
NESTING_LIMIT = 20


class DatabaseObjects:
    """Answers which role an object has. Results are kept."""

    def __init__(self, program: Program, evaluator: Evaluator, calls: Calls, tables: Tables) -> None:
        self._program = program
        self._evaluator = evaluator
        self._calls = calls
        self._tables = tables
        self._by_name: dict[tuple[int, str], str | None] = {}
        self._by_parameter: dict[str, str | None] = {}
        self._by_store: dict[str, str | None] = {}

    def role_of_value(self, value: Value) -> str | None:
        """The role of an object: session, connection, cursor and so on; None where it is none or that is not known."""
        for one in alternatives(value):
            for name in self._dotted_names(one):
                role = role_of(name) or self._role_of_stored(name)
                if role is not None:
                    return role
        return None

    def _dotted_names(self, value: Value) -> tuple[str, ...]:
        if isinstance(value, InstanceAttribute):
            return tuple(f"{name}.{value.name}" for name in self._evaluator.external_names(value.instance))
        return self._evaluator.external_names(value)

    def role_of_expression(self, node: tree.Expression, function: FunctionValue, nesting: int = 0) -> str | None:
        """The role of an object whose value is not known to the evaluator."""
        if nesting > NESTING_LIMIT:
            return None
        if isinstance(node, tree.Await):
            return self.role_of_expression(node.value, function, nesting + 1)
        if isinstance(node, tree.Name):
            return self._role_of_name(node.id, function, nesting)
        if isinstance(node, tree.Attribute):
            if node.name == "query" and self._is_table(node.value, function):
                return LEGACY_QUERY
            return _after(self.role_of_expression(node.value, function, nesting + 1), node.name)
        if isinstance(node, tree.Call):
            if isinstance(node.function, tree.Attribute):
                return self.role_of_expression(node.function, function, nesting + 1)
            return self.role_of_value(self._value_of(node, function))
        return None

    def _role_of_name(self, name: str, function: FunctionValue, nesting: int) -> str | None:
        key = (id(function), name)
        if key not in self._by_name:
            self._by_name[key] = None  # what a name that is bound from itself may assume
            self._by_name[key] = self._find_role_of_name(name, function, nesting)
        return self._by_name[key]

    def _find_role_of_name(self, name: str, function: FunctionValue, nesting: int) -> str | None:
        bindings = self._evaluator.declared(function).bindings.get(name)
        if not bindings:
            return None
        for kind, source in bindings:
            role = None
            if kind == "parameter":
                role = self._role_of_parameter(source, function)
            elif kind in ("value", "entered"):
                role = self.role_of_value(self._value_of(source, function))
                role = role or self.role_of_expression(source, function, nesting + 1)
            if role is not None:
                return role
        return None

    def _role_of_parameter(self, parameter: tree.Parameter, function: FunctionValue) -> str | None:
        if parameter.annotation is not None:
            return None
        if parameter.default is not None and not _is_none(parameter.default):
            return self.role_of_value(self._dependency_result(parameter.default, function))
        return self._role_by_parameter_name(parameter.name)

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

    def _role_by_parameter_name(self, name: str) -> str | None:
        """The role that all annotated parameters of a name have in the project: its convention for such objects."""
        if name not in self._by_parameter:
            self._by_parameter[name] = None
            self._by_parameter[name] = self._find_role_by_parameter_name(name)
        return self._by_parameter[name]

    def _find_role_by_parameter_name(self, name: str) -> str | None:
        roles: list[str | None] = []
        for module in self._program.modules:
            if module.is_test or not module.mentions(name):
                continue
            for declaration in module.index.declarations:
                if declaration.kind != "function" or len(roles) >= PARAMETER_LIMIT:
                    continue
                for parameter in _parameters(module.node_of(declaration)):
                    if parameter.name == name and (parameter.annotation is not None or _is_dependency(parameter)):
                        function = self._calls.function_of(module, declaration)
                        roles.append(self._annotated_role(parameter, function))
        found = set(roles)
        return found.pop() if len(found) == 1 else None

    def _annotated_role(self, parameter: tree.Parameter, function: FunctionValue) -> str | None:
        if parameter.annotation is not None:
            return self.role_of_value(self._evaluator.typed_value(parameter.annotation, function.scope))
        default = parameter.default
        return None if default is None else self.role_of_value(self._dependency_result(default, function))

    def _role_of_stored(self, name: str) -> str | None:
        """The role of an object kept on `flask.g`, an application or its state, by what is assigned to it."""
        parts = name.split(".")
        if name.startswith("flask.g.") and len(parts) > 2:
            start = 2
        elif "state" in parts[1:-1]:
            start = parts.index("state", 1) + 1
        else:
            return None
        role = self._stored_role(parts[start])
        for part in parts[start + 1 :]:
            role = _after(role, part)
        return role

    def _stored_role(self, name: str) -> str | None:
        if name not in self._by_store:
            self._by_store[name] = None
            self._by_store[name] = self._find_stored_role(name)
        return self._by_store[name]

    def _find_stored_role(self, name: str) -> str | None:
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
                        role = self.role_of_value(self._value_of(statement.value, function))
                        if role is not None:
                            return role
        return None

    def _value_of(self, node: tree.Expression, function: FunctionValue) -> Value:
        return self._evaluator.evaluate(node, self._evaluator.declared(function))

    def _is_table(self, node: tree.Expression, function: FunctionValue) -> bool:
        value = self._value_of(node, function)
        return isinstance(value, ClassValue) and self._tables.of_class(value) is not None


def _after(role: str | None, name: str) -> str | None:
    """The role of what an attribute or method of an object gives."""
    return None if role is None else after(role, name)


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
