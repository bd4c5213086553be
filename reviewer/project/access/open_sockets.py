"""Finds web sockets and Socket.IO events that anybody may open or send, in an application that knows its callers.

Takes the routes and the handlers of Socket.IO servers. A handler counts if nothing that it runs speaks of who calls:
sockets have many ways of their own, such as a token in the query, a first message, or an event of connecting.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name
from reviewer.project.access.function_words import FunctionWords
from reviewer.project.access.unguarded_objects import header_of
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import FunctionValue, Instance, InstanceAttribute, Value
from reviewer.project.functions.calls import Calls
from reviewer.project.model import Answer, Route
from reviewer.project.routes.endpoint_functions import function_answering
from reviewer.project.routes.open_routes import CHANGING, EXAMPLE_FOLDERS
from reviewer.rule import Place

#: Words of code that asks who calls, or that ends a socket for a reason.
ASKING = re.compile(
    r"token|auth|user|session|cookie|api_?key|credential|secret|header|identity|principal|login|permission|role|scope|"
    r"account|member|jwt|signature|refuse|reject|forbid|deny|policy_violation|WebSocketException|access",
    re.IGNORECASE,
)
SERVERS = ("socketio.AsyncServer", "socketio.Server", "flask_socketio.SocketIO", "socketio.server.Server")
SERVER_MODULES = frozenset({"socketio", "flask_socketio", "fastapi_socketio"})
#: Events that come before or after all others.
CONNECTING = frozenset({"connect", "disconnect"})
#: Share of the routes that change data which demand a known caller, up from which an application knows its callers.
GUARDED_SHARE = 0.5
GUARDED_MINIMUM = 2
#: Socket.IO events and paths that everybody may use.
PUBLIC = re.compile(r"ping|pong|health|echo|public|demo|status", re.IGNORECASE)


class OpenSocket(msgspec.Struct, frozen=True, eq=False):
    """A web socket, or an event of a Socket.IO server, that asks nobody who they are."""

    kind: str  # "websocket" or "event"
    name: str  # the path or the event
    function: FunctionValue
    place: Place


class OpenSockets:
    """Answers which sockets anybody may use."""

    def __init__(
        self,
        modules: Iterable[Module],
        evaluator: Evaluator,
        calls: Calls,
        words: FunctionWords,
        routes: Iterable[Route],
    ) -> None:
        self._modules = tuple(module for module in modules if not module.is_test)
        self._evaluator = evaluator
        self._calls = calls
        self._words = words
        self._routes = tuple(routes)

    def find(self) -> Iterator[OpenSocket]:
        """All of them, each handler once."""
        yield from self._web_sockets()
        if any(module.mentions(*SERVER_MODULES) for module in self._modules) and _knows_callers(self._routes):
            yield from self._events()

    def _web_sockets(self) -> Iterator[OpenSocket]:
        seen: set[int] = set()
        for route in self._routes:
            if route.method != "WEBSOCKET" or route.authentication.answer is not Answer.NO or not _is_judged(route):
                continue
            function = function_answering(self._evaluator, route)
            if function is None or id(function) in seen or self._asks(function) or PUBLIC.search(route.path):
                continue
            if any(ASKING.search(parameter.name) for parameter in route.parameters):
                continue
            if _knows_callers([one for one in self._routes if one.application.place == route.application.place]):
                seen.add(id(function))
                yield OpenSocket("websocket", route.path, function, header_of(function))

    def _asks(self, function: FunctionValue) -> bool:
        """Whether a handler speaks of who calls, or what it hands its socket to does."""
        parameters = {one.name for one in function.node.parameters}
        if any(map(ASKING.search, (*self._words.own(function), *parameters))):
            return True
        for site in self._calls.of(function):
            given = (*site.node.arguments, *(one.value for one in site.node.keywords))
            if any(isinstance(one, tree.Name) and one.id in parameters for one in given) and any(
                map(ASKING.search, self._words.reached_by_call(function, site.node))
            ):
                return True
        return False

    def _refuses(self, function: FunctionValue) -> bool:
        """Whether a handler of connecting turns callers away: returns False, raises, or disconnects them."""
        return any(
            isinstance(node, tree.Raise)
            or (isinstance(node, tree.Return) and isinstance(node.value, tree.Constant) and node.value.value == "False")
            or (isinstance(node, tree.Call) and called_name(node) == "disconnect")
            for one in self._words.functions(function, 1)
            for node in one.nodes_of(tree.Raise, tree.Return, tree.Call)
        )

    def _events(self) -> Iterator[OpenSocket]:
        handlers = [one for module in self._modules for one in self._handlers(module)]
        guarded = {id(server) for server, event, one in handlers if event == "connect" and self._refuses(one)}
        for server, event, function in handlers:
            if event in CONNECTING or PUBLIC.search(event) or id(server) in guarded:
                continue
            if function.nodes_of(tree.Call) and not self._asks(function):
                yield OpenSocket("event", event, function, header_of(function))

    def _handlers(self, module: Module) -> Iterator[tuple[Instance, str, FunctionValue]]:
        """The handlers of a module with their servers and events."""
        if not module.mentions("on", "event"):
            return
        if not EXAMPLE_FOLDERS.isdisjoint(module.path.split("/")[:-1]):
            return
        for declaration in module.index.declarations:
            if declaration.kind != "function":
                continue
            node = module.node_of(declaration)
            for decorator in node.decorators if isinstance(node, tree.Function) else ():
                found = _registration(decorator, node.name)
                if found is None:
                    continue
                function = self._calls.function_of(module, declaration)
                server = self._server(self._evaluator.evaluate(found[0], function.scope))
                if server is not None:
                    yield server, found[1], function

    def _server(self, value: Value) -> Instance | None:
        if isinstance(value, InstanceAttribute):
            self._evaluator.initialise(value.instance)
            value = value.instance.attributes.get(value.name)
        return value if isinstance(value, Instance) and self._evaluator.inherits(value, *SERVERS) else None


def _registration(decorator: tree.Expression, name: str) -> tuple[tree.Expression, str] | None:
    """The server and the event of `@server.on("event")` and `@server.event`, None for another decorator."""
    match decorator:
        case tree.Call(function=tree.Attribute(value=server, name="on"), arguments=(tree.Text(value=event), *_)):
            return server, event
        case tree.Attribute(value=server, name="event"):
            return server, name
        case _:
            return None


def _is_judged(route: Route) -> bool:
    return not route.module.is_test and EXAMPLE_FOLDERS.isdisjoint(route.module.path.split("/")[:-1])


def _knows_callers(routes: Iterable[Route]) -> bool:
    """Whether most routes that change data demand a known caller."""
    changing = [one for one in routes if one.method in CHANGING]
    guarded = sum(one.authentication.answer is Answer.YES for one in changing)
    return guarded >= GUARDED_MINIMUM and guarded >= GUARDED_SHARE * len(changing)
