"""Links tests: the requests that they make with a client, each with its method and as much of its path as is known.

Reads the functions of test files only, helpers and fixtures among them. A call counts as a request where its object is
a client by type or by name, or where what it is given can be nothing but a path.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.scopes import DeclaredScope
from reviewer.project.evaluation.values import (
    BoundMethod,
    ClassValue,
    FunctionValue,
    Instance,
    Unknown,
    Value,
    alternatives,
    place_of,
)
from reviewer.project.functions.calls import Calls
from reviewer.project.model import UNKNOWN_PART, Route, TestRequest
from reviewer.project.program import Program
from reviewer.project.routes.path_text import known_text, path_text
from reviewer.project.tests.filled_parameters import FilledParameters, is_test_function, sources_of
from reviewer.project.tests.socket_addresses import socket_addresses

HTTP_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
#: Methods of clients whose first argument is not the path, or that say the method otherwise.
OTHER_METHODS = frozenset({"request", "stream", "open", "websocket_connect"})
#: Methods of WebTest's `TestApp`, and of clients that follow it, that send a body of JSON.
JSON_METHODS = frozenset({"post_json", "put_json", "patch_json", "delete_json"})
#: What the standard library requests an address with, as in `urllib.request.urlopen(url)`.
STANDARD_REQUESTS = frozenset({"Request", "urlopen"})
CLIENT_TYPES = re.compile(
    r"(?:TestClient|AsyncClient|FlaskClient|httpx\.Client|test_client|APIClient|AsyncTestClient|TestApp)$"
)
CLIENT_NAME = re.compile(r"client|test_?app|(?:^|_)(?:api|http|browser)(?:$|_)", re.IGNORECASE)
#: Objects with methods of the same names that take paths or addresses: mocks, caches, sessions.
OTHER_NAME = re.compile(
    r"mock|respx|responses|patch|cache|redis|session|(?:^|_)db|dict|json|headers|(?:^|_)s3|storage|router?$|.requests$",
    re.IGNORECASE,
)
OWN_HOST = re.compile(
    r"(?:https?|wss?|\{\?\})://(?:test[\w.-]*|localhost|127\.0\.0\.1|0\.0\.0\.0|example\.\w+|api|app|web|backend|server"
    r"|\{\?\})(?::(?:\d+|\{\?\}))?(?=[/?#]|$)",
    re.IGNORECASE,
)
HOST = re.compile(r"\w+://[^/]*")
#: A session of a client has methods of the same names as one of a database, and takes addresses.
SESSION_NAME = re.compile("session", re.IGNORECASE)
URL_MAKERS = frozenset({"url_for", "url_path_for", "reverse", "make_url_for"})
#: A parameter in the path of a route.
PARAMETER = re.compile(r"\{[^{}?]*\}|<[^<>]*>")
TEXT_LIMIT = 2_000
FORMAT_FIELD = re.compile(r"\{[^{}]*\}")
PERCENT_FIELD = re.compile(r"%(?:\(\w+\))?[sdir]")
#: Assignments that are followed from a name to the text of a path.
SOURCE_DEPTH = 4
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

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """The test files."""
        return tuple(module for module in self._program.modules if module.is_test)

    @cached_property
    def _parameters(self) -> FilledParameters:
        return FilledParameters(self.modules, self._evaluator, self._calls)

    @cached_property
    def all(self) -> tuple[TestRequest, ...]:
        """All requests, by module and line; one call may make several, for instance of a parametrised test."""
        found: list[TestRequest] = []
        for module in self.modules:  # what test files do when imported (fill a database) is looked into, not followed
            self._evaluator.scope_of(module).is_executing = False
        has_sockets = any(route.method == "WEBSOCKET" for route in self._routes())
        for module in self.modules:
            for declaration in module.index.declarations:
                if declaration.kind == "function" and any(map(_may_request, declaration.calls)):
                    found += self._of_function(self._calls.function_of(module, declaration))
            if has_sockets:
                found += self._of_sockets(module)
        return tuple(found)

    def _of_sockets(self, module: Module) -> Iterator[TestRequest]:
        for address, place in socket_addresses(module, self._evaluator):
            path = self._own_path(address, None)
            if path is not None:
                yield TestRequest("WEBSOCKET", path, None, module, place)

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
        needs_address = SESSION_NAME.search(receiver) is not None or called.name in STANDARD_REQUESTS
        if OTHER_NAME.search(receiver) and not needs_address:
            return
        client = self._client(called.value, function)
        is_client = CLIENT_NAME.search(receiver) is not None or client is not None
        is_client = is_client and called.name in HTTP_METHODS | OTHER_METHODS | JSON_METHODS
        method = self._method(called.name, method_node, node, function)
        place = place_of(function.module, node)
        if self._is_handed_through(path_node, function):
            return
        path_node = self._named_argument(node) or path_node
        for path in self._paths(path_node, function):
            text = self._own_path(path, client, is_client) if isinstance(path, str) else None
            if needs_address and not (isinstance(path, str) and OWN_HOST.match(path)):
                continue
            if text is not None:
                yield TestRequest(method, text, function, function.module, place)
            elif is_client and isinstance(path, Unknown):
                yield TestRequest(method, path, function, function.module, place)

    # What is requested

    def _method(self, called: str, given: tree.Expression | None, node: tree.Call, function: FunctionValue) -> str:
        if called in HTTP_METHODS:
            return called.upper()
        keywords = {one.name: one.value for one in node.keywords}
        if called in STANDARD_REQUESTS:
            given = keywords.get("method")
            if given is None:
                return "POST" if "data" in keywords or len(node.arguments) > 1 else "GET"
        if given is None and called not in OTHER_METHODS:
            return next((one.upper() for one in called.lower().split("_") if one in HTTP_METHODS), ANY_METHOD)
        if called == "websocket_connect":
            return "WEBSOCKET"
        if called == "open":
            given = keywords.get("method")
            if given is None:
                return "GET"
        text = known_text(self._evaluator.evaluate(given, self._evaluator.declared(function))) if given else None
        return text.upper() if text is not None else ANY_METHOD

    def _paths(self, node: tree.Expression, function: FunctionValue) -> Iterator[str | Unknown]:
        """The texts that an argument may be, with `{?}` for what is not known of them."""
        named = self._named_route(node, function)
        if named:
            yield from named
            return
        seen: set[str] = set()
        for scope in self._parameters.scopes(node, function, lambda: not self._begins(node, function)):
            for value in self._path_values(node, scope):
                text, _ = path_text(value)
                text = text.replace("//", f"/{UNKNOWN_PART}/") if "://" not in text else text  # the default ""
                if text in self._paths_by_name:
                    yield from self._paths_by_name[text]
                    continue
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
                given, named, _ = self._evaluator.evaluate_arguments(node, scope)
                arguments = [_unless_empty(one) for one in given]
                keywords = {name: _unless_empty(one) for name, one in named.items()}
                return self._evaluator.call_function(function, (*first, *arguments), keywords)
        return self._evaluator.evaluate(node, scope)

    def _formatted(self, node: tree.Expression, scope: DeclaredScope) -> str | None:
        """The text of `"…{}…".format(…)` and `"…%s…" % …` with `{?}` for what is put in, and of f-strings."""
        match node:
            case tree.FormattedText(parts=parts):
                return "".join(self._part(one, scope) for one in parts)
            case tree.Call(function=tree.Attribute(value=template, name="format")):
                text = known_text(self._evaluator.evaluate(template, scope))
                return None if text is None else FORMAT_FIELD.sub(UNKNOWN_PART, text)
            case tree.Call(arguments=(base, path)) if called_name(node) == "urljoin":
                return self._joined(base, path, scope)
            case tree.BinaryOperation(left=template, operator="%"):
                text = known_text(self._evaluator.evaluate(template, scope))
                return None if text is None else PERCENT_FIELD.sub(UNKNOWN_PART, text)
            case _:
                return None

    def _joined(self, base: tree.Expression, path: tree.Expression, scope: DeclaredScope) -> str | None:
        """The address that `urljoin(base, "/path")` gives; a path that does not begin with `/` is behind the base's."""
        start = path_text(_unless_empty(self._path_value(base, scope)))[0]
        end = path_text(_unless_empty(self._path_value(path, scope)))[0]
        host = HOST.match(start)
        if end.startswith("/"):
            return (host[0] if host is not None else UNKNOWN_PART if start.startswith(UNKNOWN_PART) else "") + end
        return f"{start.rpartition('/')[0]}/{end}" if host is not None else None

    def _begins(self, node: tree.Expression, function: FunctionValue) -> bool:
        """Whether it is known how a path begins: what callers put in later is one segment or another."""
        first = next(self._path_values(node, self._evaluator.declared(function)), None)
        return path_text(first)[0].startswith(("/", "http"))

    def _part(self, part: tree.Text | tree.Replacement, scope: DeclaredScope) -> str:
        if isinstance(part, tree.Text):
            return part.value
        if part.conversion or part.format:
            return UNKNOWN_PART
        value = self._path_value(part.value, scope)
        return str(value) if isinstance(value, int) else path_text(_unless_empty(value))[0]

    @staticmethod
    def _own_path(text: str, client: Instance | None, is_client: bool = True) -> str | None:
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
        is_path = client is not None or (is_client and "/" in text)  # clients put the first `/` before it
        return f"{prefix}/{text}" if is_path else None

    def _named_argument(self, node: tree.Call) -> tree.Expression | None:
        """The argument of a test's own client that names a route, as in `api_client.get(user.id, "orders.get_one")`."""
        given = (*node.arguments, *(one.value for one in node.keywords if one.name == "endpoint"))
        texts = (one for one in given if isinstance(one, tree.Text))
        return next((one for one in texts if "." in one.value and one.value in self._paths_by_name), None)

    def _named_route(self, node: tree.Expression, function: FunctionValue) -> tuple[str, ...]:
        """The paths of the routes that `url_for("name")` names in an argument or in what was assigned to it."""
        for source in (node, *sources_of(node, self._evaluator.declared(function))):
            for one in tree.walk_scope((source,)):
                if isinstance(one, tree.Call) and called_name(one) in URL_MAKERS and one.arguments:
                    name = one.arguments[0]
                    if isinstance(name, tree.Text):
                        return self._paths_by_name.get(name.value, ())
        return ()

    @cached_property
    def _paths_by_name(self) -> dict[str, tuple[str, ...]]:
        """The paths of routes by name, and with the name of a blueprint before it; parameters as `{?}`."""
        found: dict[str, dict[str, None]] = {}
        for route in self._routes():
            if route.name:
                found.setdefault(route.name, {})[PARAMETER.sub(UNKNOWN_PART, route.path)] = None
        return {name: tuple(paths) for name, paths in found.items()}

    def _is_handed_through(self, node: tree.Expression, function: FunctionValue) -> bool:
        """Whether a helper only passes on the path that it is given, so that its calls are what tells the path."""
        parameters = {one.name for one in function.node.parameters}
        if not isinstance(node, tree.Name) or node.id not in parameters or is_test_function(function):
            return False
        return _may_request(function.name) or not self._parameters.values_of(node.id, function)

    # What fills parameters

    def _client(self, receiver: tree.Expression, function: FunctionValue) -> Instance | None:
        """The client that a request is made with, where its type is known."""
        value = self._evaluator.evaluate(receiver, self._evaluator.declared(function))
        if isinstance(receiver, tree.Name) and not isinstance(value, Instance):
            fixture = self._parameters.fixture(receiver.id, function.module)
            if fixture is not None:
                value = self._evaluator.returned_value(fixture)
        for one in alternatives(value):
            if isinstance(one, Instance) and any(map(CLIENT_TYPES.search, self._evaluator.external_names(one))):
                return one
        return None


def _arguments(node: tree.Call, method: str) -> tuple[tree.Expression | None, tree.Expression] | None:
    """The method and path that a call of a client is given, None where it is given no path."""
    positional = list(node.arguments)
    named = {one.name: one.value for one in node.keywords}
    method_node = None
    if method in STANDARD_REQUESTS:
        pass
    elif method in ("request", "stream"):
        method_node = named.get("method") or (positional.pop(0) if positional else None)
    elif method not in HTTP_METHODS | OTHER_METHODS:  # the tests' own: `make_request("post", "/items")`
        first = positional[0] if positional else None
        if isinstance(first, tree.Text) and first.value.lower() in HTTP_METHODS:
            method_node = positional.pop(0)
    path = named.get("url") or named.get("path") or (positional[0] if positional else named.get("endpoint"))
    if path is None or isinstance(path, (tree.Starred, tree.Number, tree.Constant)):
        return None
    return method_node, path


def _unless_empty(value: Value) -> Value:
    """A value, unknown where it is the empty text: the default of a field that each object sets."""
    return Unknown("text that is empty by default") if value in ("", None) else value


def _may_request(called: str) -> bool:
    """Whether something of a name may make a request: a method of a client, or a wrapper `make_request`."""
    is_known = called in HTTP_METHODS or called in OTHER_METHODS or called in JSON_METHODS
    return is_known or called in STANDARD_REQUESTS or "request" in called


def _is_short(function: FunctionValue) -> bool:
    """Whether a function only puts something together and returns it."""
    body = function.node.body
    return isinstance(body, tuple) and len(body) <= 3 and isinstance(body[-1], tree.Return)


def _last_part(node: tree.Expression) -> str:
    """The name of an object as written: `client` of `self.client`, `test_client` of `app.test_client()`."""
    while isinstance(node, (tree.Call, tree.Await)):
        node = node.function if isinstance(node, tree.Call) else node.value
    return node.name if isinstance(node, tree.Attribute) else getattr(node, "id", "")


def _assigned_to_self(method: FunctionValue, name: str) -> Iterator[tree.Expression]:
    body = method.node.body if isinstance(method.node, tree.Function) else ()
    for node in tree.walk_scope(body):
        match node:
            case tree.Assign(targets=(tree.Attribute(value=tree.Name(id="self"), name=target),), value=value):
                if target == name:
                    yield value
            case _:
                pass


def _without_query(text: str) -> str:
    """A text with unknown parts without what follows the first `?` that belongs to no `{?}`."""
    return re.split(r"(?<!\{)\?|#", text, maxsplit=1)[0]
