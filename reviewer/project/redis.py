"""Links Redis: where the program makes clients and connection pools, and which of them it makes in each request.

Reads constructing calls of redis-py, aioredis, valkey and arq. A client that is kept (in a global name, on a class or
the application, behind a cache) is made once; where that cannot be told, it counts as kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name, dotted_name
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, External, FunctionValue, Value, decorator_names
from reviewer.project.functions.calls import Calls
from reviewer.project.functions.request_reach import Handler, RequestReach
from reviewer.project.model import CallSite
from reviewer.project.program import Program

CLIENT_CLASSES = ("Redis", "StrictRedis", "Valkey", "StrictValkey", "RedisCluster", "Sentinel")
POOL_CLASSES = ("ConnectionPool", "BlockingConnectionPool")
MAKING_FUNCTIONS = ("from_url", "create_redis_pool", "create_redis", "create_pool")
LIBRARIES = ("redis", "aioredis", "valkey", "arq")
MADE = re.compile(
    rf"(?P<library>{'|'.join(LIBRARIES)})(?:\.[a-z_]+)*"
    rf"\.(?:(?P<class>{'|'.join((*CLIENT_CLASSES, *POOL_CLASSES))})(?:\.from_url)?|(?:{'|'.join(MAKING_FUNCTIONS)}))"
)
#: Decorators after which a function runs once, by a part of their name.
CACHING = re.compile("cache|singleton|once", re.IGNORECASE)


class RedisClient(msgspec.Struct, frozen=True, eq=False):
    """A call that makes a client, or a pool for clients."""

    site: CallSite
    library_name: str  # `redis.asyncio.Redis`, `redis.from_url`
    is_asynchronous: bool
    has_own_pool: bool  # false where it is given one


class ClientInRequest(msgspec.Struct, frozen=True, eq=False):
    """A client with a pool of its own that is made while a request is answered."""

    client: RedisClient
    handler: Handler
    chain: tuple[CallSite, ...]  # the calls that lead there, outermost first
    is_closed: bool  # where it is made: by `with`, or after a `yield`


class RedisLinker:
    """Finds the clients that functions make. Test files are left out."""

    def __init__(self, program: Program, evaluator: Evaluator, calls: Calls) -> None:
        self._program = program
        self._evaluator = evaluator
        self._calls = calls

    @cached_property
    def clients(self) -> tuple[RedisClient, ...]:
        """The clients and pools that functions of the project make."""
        found: list[RedisClient] = []
        for module in self._program.modules:
            names = self._names_in(module)
            if module.is_test or not module.mentions(*names):
                continue
            for declaration in module.index.declarations:
                if declaration.kind == "function" and not names.isdisjoint(declaration.calls):
                    function = self._calls.function_of(module, declaration)
                    for site in self._calls.named(function, *names):
                        client = self._client(site)
                        if client is not None:
                            found.append(client)
        return tuple(found)

    @cached_property
    def _class_names(self) -> frozenset[str]:
        """The names of the making functions and classes, and of the project's classes that inherit from them."""
        names = {*CLIENT_CLASSES, *POOL_CLASSES, *MAKING_FUNCTIONS}
        for module in self._program.modules:
            if not module.mentions(*CLIENT_CLASSES):
                continue
            for declaration in module.index.declarations:
                if declaration.kind == "class":
                    value = self._calls.class_of(module, declaration)
                    if value.node.bases and any(MADE.fullmatch(one) for one in self._evaluator.external_names(value)):
                        names.add(value.name)
        return frozenset(names)

    def _names_in(self, module: Module) -> frozenset[str]:
        """What makes clients, as a module may call it: import aliases too."""
        classes = self._class_names
        aliases = [one.local for one in module.index.imports if one.local != one.name and one.name in classes]
        return classes.union(aliases)

    def _client(self, site: CallSite) -> RedisClient | None:
        name = self._library_name(site.callee)
        found = MADE.fullmatch(name)
        if found is None:
            return None
        scope = self._evaluator.declared(site.caller)
        _, keywords, is_open = self._evaluator.evaluate_arguments(site.node, scope)
        is_given_pool = is_open or keywords.get("connection_pool") is not None
        is_asynchronous = ".asyncio." in name or found["library"] in ("aioredis", "arq")
        return RedisClient(site, name, is_asynchronous, not is_given_pool)

    def _library_name(self, callee: Value) -> str:
        if isinstance(callee, External):
            return callee.name
        if isinstance(callee, ClassValue):
            names = self._evaluator.external_names(callee)
            return next((name for name in names if MADE.fullmatch(name)), "")
        return ""

    # Clients of requests

    def made_in_requests(self, reach: RequestReach) -> Iterator[ClientInRequest]:
        """Clients with a pool of their own that a request makes; web sockets, which hold a connection, left out."""
        for client in self.clients:
            if not client.has_own_pool or is_kept(client.site):
                continue
            reached = reach.reaching(client.site, runs_anew, lambda site: not is_kept(site))
            if reached is not None and reached.handler.route.method != "WEBSOCKET":
                yield ClientInRequest(client, reached.handler, reached.chain, _is_closed(client.site))


def runs_anew(function: FunctionValue) -> bool:
    """Whether a function runs each time that it is called: nothing caches it, and its class is no singleton."""
    if any(CACHING.search(name) for name in decorator_names(function)):
        return False
    owner = function.owner
    if owner is None or function.name != "__init__":
        return True
    has_own_creation = any(isinstance(one, tree.Function) and one.name == "__new__" for one in owner.node.body)
    return not has_own_creation and not owner.node.keywords and not owner.node.decorators


def is_kept(site: CallSite) -> bool:
    """Whether what a call gives is stored where the next call of the function finds it."""
    body = site.caller.node.body if isinstance(site.caller.node, tree.Function) else ()
    statements = [node for node in tree.walk_scope(body) if isinstance(node, (tree.Assign, tree.AnnotatedAssign))]
    outer = {name for node in tree.walk_scope(body) if isinstance(node, tree.Global) for name in node.names}
    in_constructor = site.caller.name == "__init__"
    names: set[str] = set()
    for statement in sorted(statements, key=lambda one: (one.line, one.column)):
        if statement.value is None or not _holds(statement.value, site.node, names):
            continue
        for target in statement.targets if isinstance(statement, tree.Assign) else (statement.target,):
            if isinstance(target, tree.Name) and target.id not in outer:
                names.add(target.id)
            elif not _is_per_request(target, in_constructor):
                return True
    return any(
        isinstance(node, tree.NamedExpression) and node.target.id in outer and _holds(node.value, site.node, names)
        for node in tree.walk_scope(body)
        if isinstance(node, tree.NamedExpression) and isinstance(node.target, tree.Name)
    )


def _holds(value: tree.Expression, call: tree.Call, names: set[str]) -> bool:
    return any(node is call or (isinstance(node, tree.Name) and node.id in names) for node in tree.walk_scope((value,)))


def _is_per_request(target: tree.Expression, in_constructor: bool) -> bool:
    """Whether a target lives no longer than the request: `g.redis`, `request.state.redis`, `self.redis` when made."""
    name = dotted_name(target) or ""
    if name.startswith(("g.", "request.state.", "flask.g.")):
        return True
    return in_constructor and name.startswith("self.")


def _is_closed(site: CallSite) -> bool:
    body = site.caller.node.body if isinstance(site.caller.node, tree.Function) else ()
    nodes = list(tree.walk_scope(body))
    if any(isinstance(node, tree.WithItem) and _holds(node.context, site.node, set()) for node in nodes):
        return True
    return any(isinstance(node, tree.Yield) for node in nodes) and any(
        isinstance(node, tree.Call) and called_name(node) in ("close", "aclose") for node in nodes
    )
