"""Links tests: the requests that they make with a client, each with its method and as much of its path as is known.

Reads the functions of test files only, helpers and fixtures among them. A call counts as a request where its object is
a client by type or by name, or where what it is given can be nothing but a path.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import islice, product

from reviewer.modules import tree
from reviewer.modules.index import Declaration
from reviewer.modules.module import Module
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.scopes import DeclaredScope
from reviewer.project.evaluation.values import (
    BoundMethod,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Unknown,
    Value,
    alternatives,
    decorator_names,
    place_of,
)
from reviewer.project.functions.calls import Calls
from reviewer.project.functions.request_reach import last_name
from reviewer.project.model import UNKNOWN_PART, Route, TestRequest
from reviewer.project.program import Program
from reviewer.project.routes.path_text import known_text, path_text

HTTP_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
#: Methods of clients whose first argument is not the path, or that say the method otherwise.
OTHER_METHODS = frozenset({"request", "stream", "open", "websocket_connect"})
CLIENT_TYPES = re.compile(
    r"(?:TestClient|AsyncClient|FlaskClient|httpx\.Client|test_client|APIClient|AsyncTestClient)$"
)
CLIENT_NAME = re.compile(r"client|test_?app|(?:^|_)(?:api|http|browser)(?:$|_)", re.IGNORECASE)
#: Objects with methods of the same names that take paths or addresses: mocks, caches, sessions.
OTHER_NAME = re.compile(
    r"mock|respx|responses|patch|cache|redis|session|(?:^|_)db|dict|json|headers|(?:^|_)s3|storage|router?$|requests$",
    re.IGNORECASE,
)
OWN_HOST = re.compile(
    r"(?:https?|wss?|\{\?\})://(?:test[\w.-]*|localhost|127\.0\.0\.1|0\.0\.0\.0|example\.\w+|api|app|web|backend|server"
    r"|\{\?\})(?::(?:\d+|\{\?\}))?(?=[/?#]|$)",
    re.IGNORECASE,
)
HOST = re.compile(r"\w+://[^/]*")
URL_MAKERS = frozenset({"url_for", "url_path_for", "reverse", "make_url_for"})
#: A parameter in the path of a route.
PARAMETER = re.compile(r"\{[^{}?]*\}|<[^<>]*>")
TEXT_LIMIT = 2_000
FORMAT_FIELD = re.compile(r"\{[^{}]*\}")
PERCENT_FIELD = re.compile(r"%(?:\(\w+\))?[sdir]")
#: Assignments that are followed from a name to the text of a path.
SOURCE_DEPTH = 4
#: Ways to fill the parameters of one request that are followed.
VALUES_LIMIT = 200
#: Most functions that call a helper: more mean a name that tells nothing, such as `create`.
CALLER_LIMIT = 200
#: A request is made with a method that is not known.
ANY_METHOD = UNKNOWN_PART


class RequestsInTests:
    """Finds the requests of all tests."""

    def __init__(
        self, program: Program, evaluator: Evaluator, calls: Calls, routes: Callable[[], Iterable[Route]]
    ) -> None:
        self._program = program
        self._evaluator = evaluator
        self._calls = calls
        self._routes = routes
        self._fixtures: dict[str, list[FunctionValue]] = {}

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """The test files."""
        return tuple(module for module in self._program.modules if module.is_test)

    @cached_property
    def all(self) -> tuple[TestRequest, ...]:
        """All requests, by module and line; one call may make several, for instance of a parametrised test."""
        found: list[TestRequest] = []
        for module in self.modules:  # what test files do when imported (fill a database) is looked into, not followed
            self._evaluator.scope_of(module).is_executing = False
        for module in self.modules:
            for declaration in module.index.declarations:
                if declaration.kind == "function" and any(map(_may_request, declaration.calls)):
                    found += self._of_function(self._calls.function_of(module, declaration))
        return tuple(found)

    def _of_function(self, function: FunctionValue) -> Iterator[TestRequest]:
        assert isinstance(function.node, tree.Function)
        nodes = list(tree.walk_scope(function.node.body))
        decorating: set[int] = set()  # `@app.get("/")` of an application that is made for a test
        for node in nodes:
            if isinstance(node, (tree.Function, tree.Class)):
                decorating.update(id(one) for decorator in node.decorators for one in tree.walk(decorator))
        for node in nodes:
            match node:
                case tree.Call(function=tree.Attribute(name=name) as called) if _may_request(name):
                    if id(node) not in decorating:
                        yield from self._of_call(function, node, called)
                case _:
                    pass

    def _of_call(self, function: FunctionValue, node: tree.Call, called: tree.Attribute) -> Iterator[TestRequest]:
        given = _arguments(node, called.name)
        if given is None:
            return
        method_node, path_node = given
        receiver = _last_part(called.value)
        if OTHER_NAME.search(receiver):
            return
        client = self._client(called.value, function)
        is_client = CLIENT_NAME.search(receiver) is not None or client is not None
        is_client = is_client and called.name in HTTP_METHODS | OTHER_METHODS
        method = self._method(called.name, method_node, node, function)
        place = place_of(function.module, node)
        if self._is_handed_through(path_node, function):
            return
        for path in self._paths(path_node, function):
            text = self._own_path(path, client) if isinstance(path, str) else None
            if text is not None:
                yield TestRequest(method, text, function, function.module, place)
            elif is_client and isinstance(path, Unknown):
                yield TestRequest(method, path, function, function.module, place)

    # What is requested

    def _method(self, called: str, given: tree.Expression | None, node: tree.Call, function: FunctionValue) -> str:
        if called in HTTP_METHODS:
            return called.upper()
        if given is None and called not in OTHER_METHODS:
            return next((one.upper() for one in called.lower().split("_") if one in HTTP_METHODS), ANY_METHOD)
        if called == "websocket_connect":
            return "WEBSOCKET"
        if called == "open":
            given = next((one.value for one in node.keywords if one.name == "method"), None)
            if given is None:
                return "GET"
        text = known_text(self._evaluator.evaluate(given, self._evaluator.declared(function))) if given else None
        return text.upper() if text is not None else ANY_METHOD

    def _paths(self, node: tree.Expression, function: FunctionValue) -> Iterator[str | Unknown]:
        """The texts that an argument may be, with `{?}` for what is not known of them."""
        named = self._named_route(node, function)
        if named is not None:
            yield named
            return
        seen: set[str] = set()
        for scope in self._scopes(node, function):
            for value in self._path_values(node, scope):
                text, _ = path_text(value)
                text = text.replace("//", f"/{UNKNOWN_PART}/") if "://" not in text else text  # the default ""
                if text in self._paths_by_name:
                    text = self._paths_by_name[text]
                if text.replace(UNKNOWN_PART, "").strip("/") == "" and text != "/":
                    text = ""
                if text not in seen:
                    seen.add(text)
                    yield text[:TEXT_LIMIT] if text else Unknown("path of a request", place_of(function.module, node))

    def _path_values(self, node: tree.Expression, scope: DeclaredScope, depth: int = 0) -> Iterator[Value]:
        """What an argument may be, local names followed to what is assigned to them."""
        name = node.id if isinstance(node, tree.Name) else ""
        bindings = scope.bindings.get(name, [])
        followed = bool(bindings) and depth < SOURCE_DEPTH and name not in scope.values
        if followed and all(kind == "value" for kind, _ in bindings):
            for _, source in bindings:
                yield from self._path_values(source, scope, depth + 1)
            return
        kept = self._kept_on_test(node, scope.function) if depth < SOURCE_DEPTH else []
        for method, source in kept:
            yield from self._path_values(source, self._evaluator.declared(method), depth + 1)
        if not kept:
            yield from alternatives(self._path_value(node, scope))

    def _kept_on_test(
        self, node: tree.Expression, function: FunctionValue
    ) -> list[tuple[FunctionValue, tree.Expression]]:
        """What methods of a test class, such as `setUp`, assign to `self.name`, each with its method."""
        match node:
            case tree.Attribute(value=tree.Name(id="self"), name=name) if function.owner is not None:
                pass
            case _:
                return []
        found: list[tuple[FunctionValue, tree.Expression]] = []
        for one in self._evaluator.ancestors(function.owner):
            if isinstance(one, ClassValue) and not found:
                self._evaluator.run_class(one)
                methods = [value for value in one.attributes.values() if isinstance(value, FunctionValue)]
                found = [(method, source) for method in methods for source in _assigned_to_self(method, name)]
        return found

    def _path_value(self, node: tree.Expression, scope: DeclaredScope) -> Value:
        """The value of an argument; a function of the tests that makes paths is followed with what it is given."""
        formatted = self._formatted(node, scope)
        if formatted is not None:
            return formatted
        if isinstance(node, tree.Call):
            callee = self._evaluator.evaluate(node.function, scope)
            function = callee.function if isinstance(callee, BoundMethod) else callee
            if isinstance(function, FunctionValue) and function.module.is_test and _is_short(function):
                first = (callee.receiver,) if isinstance(callee, BoundMethod) else ()
                arguments, keywords, _ = self._evaluator.evaluate_arguments(node, scope)
                return self._evaluator.call_function(function, (*first, *arguments), keywords)
        return self._evaluator.evaluate(node, scope)

    def _formatted(self, node: tree.Expression, scope: DeclaredScope) -> str | None:
        """The text of `"…{}…".format(…)` and `"…%s…" % …` with `{?}` for what is put in."""
        match node:
            case tree.Call(function=tree.Attribute(value=template, name="format")):
                text = known_text(self._evaluator.evaluate(template, scope))
                return None if text is None else FORMAT_FIELD.sub(UNKNOWN_PART, text)
            case tree.BinaryOperation(left=template, operator="%"):
                text = known_text(self._evaluator.evaluate(template, scope))
                return None if text is None else PERCENT_FIELD.sub(UNKNOWN_PART, text)
            case _:
                return None

    @staticmethod
    def _own_path(text: str, client: Instance | None) -> str | None:
        """The path of a text without host, query and fragment, behind the client's base; None where it is no path."""
        own = OWN_HOST.match(text)
        if own is not None:
            text = text[own.end() :] or "/"
        elif text.startswith(("http:", "https:", "ws:", "wss:")):
            return None
        text = text.partition("?")[0].partition("#")[0] if "{?}" not in text else _without_query(text)
        base = known_text(client.keywords.get("base_url")) if client is not None and own is None else None
        prefix = HOST.sub("", base, count=1).rstrip("/") if base else ""
        if text.startswith(("/", UNKNOWN_PART)):
            return prefix + text
        return f"{prefix}/{text}" if client is not None else None

    def _named_route(self, node: tree.Expression, function: FunctionValue) -> str | None:
        """The path of the route that `url_for("name")` names in an argument or in what was assigned to it."""
        for source in (node, *_sources(node, self._evaluator.declared(function))):
            for one in tree.walk_scope((source,)):
                if isinstance(one, tree.Call) and last_name(one) in URL_MAKERS and one.arguments:
                    name = one.arguments[0]
                    if isinstance(name, tree.Text):
                        return self._paths_by_name.get(name.value)
        return None

    @cached_property
    def _paths_by_name(self) -> dict[str, str]:
        """The paths of routes by name, and with the name of a blueprint before it; parameters as `{?}`."""
        return {route.name: PARAMETER.sub(UNKNOWN_PART, route.path) for route in self._routes() if route.name}

    def _is_handed_through(self, node: tree.Expression, function: FunctionValue) -> bool:
        """Whether a helper only passes on the path that it is given, so that its calls are what tells the path."""
        parameters = {one.name for one in function.node.parameters}
        if not isinstance(node, tree.Name) or node.id not in parameters or function.name.startswith("test"):
            return False
        return _may_request(function.name) or not self._values_of(node.id, function)

    # What fills parameters

    def _client(self, receiver: tree.Expression, function: FunctionValue) -> Instance | None:
        """The client that a request is made with, where its type is known."""
        value = self._evaluator.evaluate(receiver, self._evaluator.declared(function))
        if isinstance(receiver, tree.Name) and not isinstance(value, Instance):
            fixture = self._fixture(receiver.id, function.module)
            if fixture is not None:
                value = self._evaluator.returned_value(fixture)
        for one in alternatives(value):
            if isinstance(one, Instance) and any(map(CLIENT_TYPES.search, self._evaluator.external_names(one))):
                return one
        return None

    def _scopes(self, node: tree.Expression, function: FunctionValue) -> Iterator[DeclaredScope]:
        """The scopes of a function with each way in which the parameters that an expression needs may be filled."""
        declared = self._evaluator.declared(function)
        parameters = {one.name for one in function.node.parameters}
        needed = _names_in(node, declared) & parameters
        # Where a path begins is known, what its callers put in later is one segment or another.
        asks_callers = bool(needed) and not _begins(next(self._path_values(node, declared), ""))
        values_of = {name: self._values_of(name, function, asks_callers) for name in sorted(needed)}
        filled = {name: values for name, values in values_of.items() if values}
        if not filled:
            yield declared
            return
        for combination in islice(product(*filled.values()), VALUES_LIMIT):
            scope = DeclaredScope(function, self._evaluator)
            scope.values.update(zip(filled, combination, strict=True))
            yield scope

    def _values_of(self, name: str, function: FunctionValue, asks_callers: bool = True) -> list[Value]:
        """What a parameter of a test, fixture or helper may be given."""
        parametrised = self._parametrised(name, function)
        if parametrised:
            return parametrised
        fixture = self._fixture(name, function.module)
        if fixture is not None and fixture is not function:
            given = self._parameters_of_fixture(fixture)
            if given:
                return given
            value = self._evaluator.returned_value(fixture)
            return [] if isinstance(value, Unknown) else [value]
        if not asks_callers or function.name.startswith("test"):
            return []
        return self._given_by_callers(name, function)

    def _parametrised(self, name: str, function: FunctionValue) -> list[Value]:
        assert isinstance(function.node, tree.Function)
        decorators = [*function.node.decorators, *(function.owner.node.decorators if function.owner else ())]
        values: list[Value] = []
        for decorator in decorators:
            if not isinstance(decorator, tree.Call) or last_name(decorator) != "parametrize":
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
            if isinstance(decorator, tree.Call) and last_name(decorator) == "fixture":
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
        for module in self.modules:
            for declaration in module.index.declarations:
                if declaration.kind == "function":
                    for name in declaration.calls:
                        calling.setdefault(name, []).append((module, declaration))
        return calling

    @cached_property
    def _declared(self) -> dict[str, list[tuple[Module, Declaration]]]:
        """The functions of test files by name."""
        declared: dict[str, list[tuple[Module, Declaration]]] = {}
        for module in self.modules:
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

    def _fixture(self, name: str, module: Module) -> FunctionValue | None:
        """The fixture of a name that tests of a module get: its own, else that of the nearest `conftest.py`."""
        candidates = self._fixtures_named(name)
        own = [one for one in candidates if one.module is module]
        if own:
            return own[-1]
        above = [one for one in candidates if module.path.startswith(one.module.path.rpartition("/")[0])]
        return max(above or candidates, key=lambda one: one.module.path.count("/"), default=None)


def _arguments(node: tree.Call, method: str) -> tuple[tree.Expression | None, tree.Expression] | None:
    """The method and path that a call of a client is given, None where it is given no path."""
    positional = list(node.arguments)
    named = {one.name: one.value for one in node.keywords}
    method_node = None
    if method in ("request", "stream"):
        method_node = named.get("method") or (positional.pop(0) if positional else None)
    elif method not in HTTP_METHODS | OTHER_METHODS:  # the tests' own: `make_request("post", "/items")`
        first = positional[0] if positional else None
        if isinstance(first, tree.Text) and first.value.lower() in HTTP_METHODS:
            method_node = positional.pop(0)
    path = named.get("url") or named.get("path") or (positional[0] if positional else None)
    if path is None or isinstance(path, (tree.Starred, tree.Number, tree.Constant)):
        return None
    return method_node, path


def _begins(value: Value) -> bool:
    """Whether it is known how a path begins."""
    return path_text(value)[0].startswith(("/", "http"))


def _may_request(called: str) -> bool:
    """Whether something of a name may make a request: a method of a client, or a wrapper `make_request`."""
    return called in HTTP_METHODS or called in OTHER_METHODS or "request" in called


def _is_short(function: FunctionValue) -> bool:
    """Whether a function only puts something together and returns it."""
    body = function.node.body
    return isinstance(body, tuple) and len(body) <= 3 and isinstance(body[-1], tree.Return)


def _last_part(node: tree.Expression) -> str:
    """The name of an object as written: `client` of `self.client`, `test_client` of `app.test_client()`."""
    while isinstance(node, (tree.Call, tree.Await)):
        node = node.function if isinstance(node, tree.Call) else node.value
    return node.name if isinstance(node, tree.Attribute) else getattr(node, "id", "")


def _sources(node: tree.Expression, scope: DeclaredScope) -> list[tree.Expression]:
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
                pending += _sources(one, scope)
    return names


def _assigned_to_self(method: FunctionValue, name: str) -> Iterator[tree.Expression]:
    body = method.node.body if isinstance(method.node, tree.Function) else ()
    for node in tree.walk_scope(body):
        match node:
            case tree.Assign(targets=(tree.Attribute(value=tree.Name(id="self"), name=target),), value=value):
                if target == name:
                    yield value
            case _:
                pass


def _cell(row: Value, position: int, count: int) -> Value:
    """The value of one parameter in a row of `parametrize`: of `pytest.param(…)` too."""
    if isinstance(row, Instance) and isinstance(row.type, External) and row.type.name == "pytest.param":
        row = row.arguments if count > 1 else row.arguments[0] if row.arguments else None
    if count == 1:
        return row
    if isinstance(row, (list, tuple)) and position < len(row):
        return row[position]
    return Unknown("parameter of a test")


def _without_query(text: str) -> str:
    """A text with unknown parts without what follows the first `?` that belongs to no `{?}`."""
    return re.split(r"(?<!\{)\?|#", text, maxsplit=1)[0]
