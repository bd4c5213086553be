"""What fills the parameters of tests, fixtures and helpers: `parametrize`, fixtures, and the callers of a helper.

Takes a function of a test file and an expression in it, gives scopes in which the expression can be evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import islice, product

from reviewer.modules import tree
from reviewer.modules.index import Declaration
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name, dotted_name
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.scopes import DeclaredScope
from reviewer.project.evaluation.values import (
    External,
    FunctionValue,
    Instance,
    Unknown,
    Value,
    alternatives,
    decorator_names,
)
from reviewer.project.functions.calls import Calls

#: Ways to fill the parameters of one request that are followed.
VALUES_LIMIT = 200
#: Most functions that call a helper: more mean a name that tells nothing, such as `create`.
CALLER_LIMIT = 200


class FilledParameters:
    """Answers which values the parameters of functions in test files get."""

    def __init__(self, modules: tuple[Module, ...], evaluator: Evaluator, calls: Calls) -> None:
        self._modules = modules
        self._evaluator = evaluator
        self._calls = calls
        self._fixtures: dict[str, list[FunctionValue]] = {}

    def scopes(
        self, node: tree.Expression, function: FunctionValue, asks_callers: Callable[[], bool]
    ) -> Iterator[DeclaredScope]:
        """The scopes of a function with each way in which the parameters that an expression needs may be filled.

        What the callers of a helper give it counts only where `asks_callers` says so: it takes a look at all of them.
        """
        declared = self._evaluator.declared(function)
        parameters = {one.name for one in function.node.parameters}
        needed = _names_in(node, declared) & parameters
        with_callers = bool(needed) and asks_callers()
        values_by_name = {name: self.values_of(name, function, with_callers) for name in sorted(needed)}
        filled = {name: values for name, values in values_by_name.items() if values}
        if not filled:
            yield declared
            return
        for combination in islice(product(*filled.values()), VALUES_LIMIT):
            scope = DeclaredScope(function, self._evaluator)
            scope.values.update(zip(filled, combination, strict=True))
            yield scope

    def values_of(self, name: str, function: FunctionValue, asks_callers: bool = True) -> list[Value]:
        """What a parameter of a test, fixture or helper may be given."""
        parametrised = self._parametrised(name, function)
        if parametrised:
            return parametrised
        fixture = self.fixture(name, function.module)
        if fixture is not None and fixture is not function:
            given = self._parameters_of_fixture(fixture)
            if given:
                return given
            value = self._evaluator.returned_value(fixture)
            return [] if isinstance(value, Unknown) else [value]
        if not asks_callers or is_test_function(function):
            return []
        return self._given_by_callers(name, function)

    def _parametrised(self, name: str, function: FunctionValue) -> list[Value]:
        assert isinstance(function.node, tree.Function)
        decorators = [*function.node.decorators, *(function.owner.node.decorators if function.owner else ())]
        values: list[Value] = []
        for decorator in decorators:
            if not isinstance(decorator, tree.Call) or called_name(decorator) != "parametrize":
                continue
            arguments, keywords, _ = self._evaluator.evaluate_arguments(decorator, function.scope)
            named = keywords.get("argnames", arguments[0] if arguments else None)
            rows = keywords.get("argvalues", arguments[1] if len(arguments) > 1 else None)
            names = [one.strip() for one in named.split(",")] if isinstance(named, str) else named
            if isinstance(names, (list, tuple)) and name in names and isinstance(rows, (list, tuple)):
                values += (_cell(row, names.index(name), len(names)) for row in rows[:VALUES_LIMIT])
        return values

    def _parameters_of_fixture(self, fixture: FunctionValue) -> list[Value]:
        """The values of `@pytest.fixture(params=[…])`."""
        assert isinstance(fixture.node, tree.Function)
        for decorator in fixture.node.decorators:
            if isinstance(decorator, tree.Call) and called_name(decorator) == "fixture":
                given = self._evaluator.evaluate_arguments(decorator, fixture.scope)[1].get("params")
                if isinstance(given, (list, tuple)):
                    return [_cell(one, 0, 1) for one in given[:VALUES_LIMIT]]
        return []

    def _given_by_callers(self, name: str, function: FunctionValue) -> list[Value]:
        position = [one.name for one in function.node.parameters].index(name) - (function.owner is not None)
        values: list[Value] = []
        calling = self._calling.get(function.name, ())
        for module, declaration in calling if len(calling) <= CALLER_LIMIT else ():
            caller = self._calls.function_of(module, declaration)
            for site in self._calls.named(caller, function.name):
                if caller is function or len(values) >= VALUES_LIMIT:
                    continue
                scope = self._evaluator.declared(caller)
                arguments, keywords, _ = self._evaluator.evaluate_arguments(site.node, scope)
                given = keywords.get(name, arguments[position] if 0 <= position < len(arguments) else None)
                if given is not None:
                    values += alternatives(given)
        return values

    @cached_property
    def _calling(self) -> dict[str, list[tuple[Module, Declaration]]]:
        """The functions of test files that call something of a name."""
        calling: dict[str, list[tuple[Module, Declaration]]] = {}
        for module in self._modules:
            for declaration in module.index.declarations:
                if declaration.kind == "function":
                    for name in declaration.calls:
                        calling.setdefault(name, []).append((module, declaration))
        return calling

    @cached_property
    def _declared(self) -> dict[str, list[tuple[Module, Declaration]]]:
        """The functions of test files by name."""
        declared: dict[str, list[tuple[Module, Declaration]]] = {}
        for module in self._modules:
            for declaration in module.index.declarations:
                if declaration.kind == "function":
                    declared.setdefault(declaration.qualname.rpartition(".")[2], []).append((module, declaration))
        return declared

    def _fixtures_named(self, name: str) -> list[FunctionValue]:
        found = self._fixtures.get(name)
        if found is None:
            functions = [self._calls.function_of(*one) for one in self._declared.get(name, ())]
            found = self._fixtures[name] = [one for one in functions if "fixture" in decorator_names(one)]
        return found

    def fixture(self, name: str, module: Module) -> FunctionValue | None:
        """The fixture of a name that tests of a module get: its own, else that of the nearest `conftest.py`."""
        candidates = self._fixtures_named(name)
        own = [one for one in candidates if one.module is module]
        if own:
            return own[-1]
        above = [one for one in candidates if module.path.startswith(one.module.path.rpartition("/")[0])]
        return max(above or candidates, key=lambda one: one.module.path.count("/"), default=None)


def sources_of(node: tree.Expression, scope: DeclaredScope) -> list[tree.Expression]:
    """What is assigned to the name that an expression is."""
    if not isinstance(node, tree.Name):
        return []
    return [source for kind, source in scope.bindings.get(node.id, ()) if kind == "value"]


def _names_in(node: tree.Expression, scope: DeclaredScope) -> set[str]:
    """The names that an expression needs, those behind local variables too."""
    names: set[str] = set()
    pending: list[tree.Expression] = [node]
    while pending:
        for one in tree.walk_scope((pending.pop(),)):
            if isinstance(one, tree.Name) and one.id not in names:
                names.add(one.id)
                pending += sources_of(one, scope)
    return names


def _cell(row: Value, position: int, count: int) -> Value:
    """The value of one parameter in a row of `parametrize`: of `pytest.param(…)` too."""
    if isinstance(row, Instance) and isinstance(row.type, External) and row.type.name == "pytest.param":
        row = row.arguments if count > 1 else row.arguments[0] if row.arguments else None
    if count == 1:
        return row
    if isinstance(row, (list, tuple)) and position < len(row):
        return row[position]
    return Unknown("parameter of a test")


def is_test_function(function: FunctionValue) -> bool:
    """Whether a function is a test, and no fixture that is called like one: `testapp`."""
    decorators = function.node.decorators if isinstance(function.node, tree.Function) else ()
    return function.name.startswith("test") and not any(_is_fixture(one) for one in decorators)


def _is_fixture(decorator: tree.Expression) -> bool:
    """Whether a decorator is `@pytest.fixture`, or that with arguments."""
    name = dotted_name(decorator.function if isinstance(decorator, tree.Call) else decorator) or ""
    return name.rpartition(".")[2] == "fixture"
