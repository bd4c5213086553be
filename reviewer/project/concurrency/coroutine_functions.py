"""Which functions give a coroutine when they are called: `async def` of the project, and methods of libraries.

Takes what a call names, says whether its result has to be awaited. A decorator may make anything of a function, so that
only those decorators are looked through that are known, or seen in the source, to give a coroutine function again.
"""

from __future__ import annotations

from reviewer.modules import tree
from reviewer.modules.source_text import called_name, dotted_name
from reviewer.project.concurrency.blocking_calls import LIBRARIES, REDIS
from reviewer.project.evaluation.builtin_calls import BuiltinMethod
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    BoundMethod,
    ClassValue,
    External,
    FunctionValue,
    InstanceAttribute,
    Unknown,
    Value,
    alternatives,
)

_HTTP = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request"})
_COMMANDS = next(one.methods for one in LIBRARIES if one.kind == REDIS) - {"scan_iter", "hscan_iter"}
_SESSION = frozenset(
    {
        "execute", "exec", "scalar", "scalars", "get", "get_one", "stream", "stream_scalars", "commit", "rollback",
        "flush", "refresh", "delete", "merge", "close", "connection", "run_sync", "invalidate", "reset",
    }
)  # fmt: skip
_FILE = frozenset({"write", "read", "readline", "readlines", "writelines", "seek", "flush", "truncate", "aclose"})

#: Functions of libraries that give a coroutine.
FUNCTIONS = frozenset(
    {
        "asyncio.sleep", "asyncio.wait_for", "asyncio.to_thread", "asyncio.open_connection", "asyncio.wait",
        "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell", "anyio.sleep",
        "anyio.to_thread.run_sync", "anyio.run_process", "fastapi.concurrency.run_in_threadpool",
        "starlette.concurrency.run_in_threadpool",
    }
)  # fmt: skip

#: Methods of libraries that give a coroutine, by the dotted name of the object.
METHODS: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            "sqlalchemy.ext.asyncio.AsyncSession", "sqlalchemy.ext.asyncio.session.AsyncSession",
            "sqlalchemy.ext.asyncio.async_scoped_session", "sqlmodel.ext.asyncio.session.AsyncSession",
            "sqlalchemy.ext.asyncio.async_sessionmaker.__call__", "sqlalchemy.ext.asyncio.AsyncConnection",
        ),
        _SESSION,
    ),
    "sqlalchemy.ext.asyncio.AsyncEngine": frozenset({"dispose"}),
    "sqlalchemy.ext.asyncio.create_async_engine": frozenset({"dispose"}),
    "httpx.AsyncClient": frozenset({*_HTTP, "send", "aclose"}),
    **dict.fromkeys(
        (
            "redis.asyncio.Redis", "redis.asyncio.StrictRedis", "redis.asyncio.client.Redis", "redis.asyncio.from_url",
            "redis.asyncio.Redis.from_url", "redis.asyncio.StrictRedis.from_url", "aioredis.Redis", "aioredis.from_url",
        ),
        frozenset({*_COMMANDS, "close", "aclose"}),
    ),
    **dict.fromkeys(("anyio.open_file", "aiofiles.open", "anyio.AsyncFile"), _FILE),
    **dict.fromkeys(("fastapi.Request", "starlette.requests.Request"), frozenset({"json", "body", "form", "close"})),
    **dict.fromkeys(
        ("fastapi.UploadFile", "fastapi.datastructures.UploadFile", "starlette.datastructures.UploadFile"),
        frozenset({"read", "write", "seek", "close"}),
    ),
    **dict.fromkeys(
        ("fastapi.WebSocket", "starlette.websockets.WebSocket"),
        frozenset(
            {
                "accept", "close", "send", "send_json", "send_text", "send_bytes", "receive", "receive_json",
                "receive_text", "receive_bytes",
            }
        ),
    ),
    "asyncio.Event": frozenset({"wait"}),
    "asyncio.Queue": frozenset({"put", "get", "join"}),
    "asyncio.Lock": frozenset({"acquire"}),
    "asyncio.Semaphore": frozenset({"acquire"}),
    "beanie.Document": frozenset({"insert", "save", "replace", "delete", "create", "save_changes", "get"}),
    "tortoise.models.Model": frozenset({"save", "delete", "create", "fetch_related", "refresh_from_db"}),
    "tortoise.Model": frozenset({"save", "delete", "create", "fetch_related", "refresh_from_db"}),
}  # fmt: skip
#: The names of these by the root of their package.
NAMES_BY_ROOT: dict[str, frozenset[str]] = {}
for _name in FUNCTIONS:
    _root, _last = _name.partition(".")[0], _name.rpartition(".")[2]
    NAMES_BY_ROOT[_root] = NAMES_BY_ROOT.get(_root, frozenset()) | {_last}
for _name, _methods in METHODS.items():
    _root = _name.partition(".")[0]
    NAMES_BY_ROOT[_root] = NAMES_BY_ROOT.get(_root, frozenset()) | _methods
DATABASE_COROUTINES = _SESSION - {"get", "connection", "close", "stream", "reset"}

#: Last names of decorators of libraries that leave a coroutine function one.
KEEPING = frozenset(
    {
        "staticmethod", "classmethod", "abstractmethod", "override", "final", "overload", "deprecated", "inject",
        "retry", "get", "post", "put", "patch", "delete", "head", "options", "api_route", "route", "websocket",
        "exception_handler", "middleware", "on_event", "limit", "validate_call", "beartype", "typechecked", "cache",
        "cached", "observe", "listener", "backoff", "on_exception", "trace",
    }
)  # fmt: skip
#: What a decorator calls that makes something else of a coroutine.
CONSUMING = frozenset(
    {
        "create_task", "ensure_future", "run_until_complete", "run", "run_coroutine_threadsafe", "async_to_sync",
        "Thread", "gather", "submit", "from_thread", "run_sync", "syncify", "asynccontextmanager", "contextmanager",
    }
)  # fmt: skip


class CoroutineFunctions:
    """Answers which calls give a coroutine. Results are kept."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._kept: dict[int, bool] = {}
        self._keeping: dict[int, bool] = {}

    def is_one(self, callee: Value) -> bool:
        """Whether calling a value gives a coroutine for certain."""
        known = [one for one in alternatives(callee) if not _is_no_alternative(one)]
        return bool(known) and all(self._is_one(one) for one in known)

    def _is_one(self, callee: Value) -> bool:
        function = callee.function if isinstance(callee, BoundMethod) else callee
        if isinstance(function, FunctionValue):
            return self.is_coroutine_function(function)
        if isinstance(callee, External):
            owner, _, method = callee.name.rpartition(".")
            return callee.name in FUNCTIONS or method in METHODS.get(owner, ())
        if isinstance(callee, InstanceAttribute) and "." not in callee.name:
            names = self._evaluator.external_names(callee.instance)
            return any(callee.name in METHODS.get(name, ()) for name in names)
        return False

    def is_coroutine_function(self, function: FunctionValue) -> bool:
        """Whether calling a function of the project gives a coroutine for certain."""
        node = function.node
        if not isinstance(node, tree.Function) or not node.is_async:
            return False
        return not function.nodes_of(tree.Yield) and self._keeps_its_kind(function)

    def is_asynchronous_generator(self, callee: Value) -> bool:
        """Whether calling a value gives an asynchronous generator for certain."""
        function = callee.function if isinstance(callee, BoundMethod) else callee
        if not isinstance(function, FunctionValue) or not isinstance(function.node, tree.Function):
            return False
        is_generator = function.node.is_async and bool(function.nodes_of(tree.Yield))
        return is_generator and self._keeps_its_kind(function)

    def _keeps_its_kind(self, function: FunctionValue) -> bool:
        known = self._kept.get(id(function))
        if known is None:
            assert isinstance(function.node, tree.Function)
            owner = function.owner
            known = all(self._keeps(decorator, function) for decorator in function.node.decorators) and (
                owner is None or not any(self._may_change_methods(one, owner) for one in owner.node.decorators)
            )
            self._kept[id(function)] = known
        return known

    def _may_change_methods(self, decorator: tree.Expression, owner: ClassValue) -> bool:
        """Whether a decorator of a class may put something else in the place of its methods."""
        called = decorator.function if isinstance(decorator, tree.Call) else decorator
        value = self._evaluator.evaluate(called, owner.scope)
        return not isinstance(value, (External, InstanceAttribute))

    def _keeps(self, decorator: tree.Expression, function: FunctionValue) -> bool:
        """Whether a decorator gives a coroutine function for one."""
        called = decorator.function if isinstance(decorator, tree.Call) else decorator
        value = self._evaluator.evaluate(called, function.scope)
        target = value.function if isinstance(value, BoundMethod) else value
        if isinstance(target, FunctionValue):
            if id(target) not in self._keeping:
                self._keeping[id(target)] = _gives_coroutine_functions(target)
            return self._keeping[id(target)]
        last = (dotted_name(called) or "").rpartition(".")[2]
        return last in KEEPING and isinstance(value, (External, InstanceAttribute))


def _is_no_alternative(callee: Value) -> bool:
    """Whether a value is none that is called: of None, of a variable bound from itself, of a missing module."""
    if isinstance(callee, BuiltinMethod):
        return callee.receiver is None
    return isinstance(callee, Unknown) and (
        callee.reason == "defined by itself" or callee.reason.startswith("no module")
    )


def _gives_coroutine_functions(decorator: FunctionValue) -> bool:
    """Whether a decorator of the project puts a coroutine function around one, and does nothing else with it."""
    nodes = list(tree.walk(decorator.node))
    if any(isinstance(one, tree.Call) and called_name(one) in CONSUMING for one in nodes):
        return False
    inner = [one for one in nodes if isinstance(one, tree.Function) and one is not decorator.node]
    awaits = any(isinstance(one, tree.Await) for one in nodes)
    return (awaits and any(one.is_async for one in inner)) or not inner
