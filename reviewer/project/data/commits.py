"""Links writes to the commits that make them last: on the way to the end of the function, or of its callers.

Takes the writes of sessions that requests reach, gives those after which nothing commits. What cannot be followed may
commit, and so may a dependency, middleware or `with` block around it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name
from reviewer.project.data.database_roles import SESSION
from reviewer.project.data.queries import Queries
from reviewer.project.data.query_building import QueryBuilding
from reviewer.project.data.sessions import is_script
from reviewer.project.data.sqlalchemy import is_migration
from reviewer.project.evaluation.values import External, FunctionValue, Unknown, alternatives, decorator_names
from reviewer.project.functions.calls import Calls, targets
from reviewer.project.functions.request_reach import Handler, RequestReach
from reviewer.project.model import CallSite, Query
from reviewer.project.program import Program
from reviewer.project.routes.side_effects import is_write

#: Methods of sessions that write, and those that make writes last.
WRITING = ("add", "add_all", "delete", "merge", "execute", "exec")
COMMITTING = frozenset({"commit"})
#: Words of settings that commit without being asked, and of decorators and contexts that do.
AUTOMATIC = ("SQLALCHEMY_COMMIT_ON_TEARDOWN", "AUTOCOMMIT", "autocommit")
TRANSACTIONAL = ("transact", "atomic", "commit", "unit_of_work", "uow", "session", "_tx", "tx_")
#: Decorators of functions that run after each request.
REQUEST_WIDE = frozenset(
    {"middleware", "after_request", "teardown_request", "teardown_appcontext", "teardown_app_request"}
)
#: Methods of collections, texts, loggers and task queues.
PLAIN_METHODS = frozenset(
    {"append", "extend", "get", "pop", "items", "keys", "values", "format", "join", "info", "debug", "warning", "error",
     "exception", "delay", "apply_async", "setdefault", "insert", "sort", "strip", "split", "lower"}
)  # fmt: skip
CALLER_LIMIT = 4


class UncommittedWrite(msgspec.Struct, frozen=True, eq=False):
    """A write that nothing commits."""

    query: Query
    handler: Handler  # of a request that leads there


class Commits:
    """Answers which writes are never committed."""

    def __init__(
        self, program: Program, calls: Calls, queries: Queries, building: QueryBuilding, reach: RequestReach
    ) -> None:
        self._program = program
        self._calls = calls
        self._queries = queries
        self._building = building
        self._reach = reach
        self._commits: dict[int, bool] = {}
        self._committing: dict[int, tuple[tree.Call, ...]] = {}

    def uncommitted(self) -> Iterator[UncommittedWrite]:
        """The writes of requests that are lost, the first of each function, in order."""
        if self._is_automatic:
            return
        for module, declaration in self._calls.declarations_calling(*WRITING):
            if declaration.kind != "function" or module.is_test or is_script(module) or is_migration(module):
                continue
            function = self._calls.function_of(module, declaration)
            found = next(self._in_function(function), None)
            if found is not None:
                yield found

    @cached_property
    def _is_automatic(self) -> bool:
        """Whether something commits for every request, or nothing in the project ever commits by itself."""
        modules = [one for one in self._program.modules if not one.is_test]
        if any(one.mentions(*AUTOMATIC) for one in modules):
            return True
        committing = [
            self._calls.function_of(module, declaration)
            for module, declaration in self._calls.declarations_calling(*COMMITTING)
            if declaration.kind == "function" and not module.is_test and not is_migration(module)
        ]
        if not committing:
            return True
        handlers = {id(one.function): one for one in self._reach.handlers}
        for function in committing:
            handler = handlers.get(id(function))
            if handler is not None and handler.is_dependency and function.nodes_of(tree.Yield):
                return True
            is_dispatch = any(one.name == "call_next" for one in function.node.parameters)
            if is_dispatch or not REQUEST_WIDE.isdisjoint(decorator_names(function)):
                return True
            if function.nodes_of(tree.Yield) and "contextmanager" not in " ".join(decorator_names(function)):
                return True
        return False

    def _in_function(self, function: FunctionValue) -> Iterator[UncommittedWrite]:
        for query in self._queries.named_of(function, *WRITING):
            if query.role == SESSION and is_write(query) and not self._is_committed_in(function, query.call.node):
                handler = self._lost_in(function, 0, set())
                if handler is not None:
                    yield UncommittedWrite(query, handler)

    def _lost_in(self, function: FunctionValue, depth: int, seen: set[int]) -> Handler | None:
        """A handler of a request that leads to a function, if none of its callers commits after it; else None."""
        handler = next((one for one in self._reach.handlers if one.function is function), None)
        sites = self._reach.callers_of(function)
        if handler is not None and not sites:
            return None if handler.is_dependency else handler
        found: Handler | None = handler
        for site in sites:
            if depth >= CALLER_LIMIT or id(site.caller) in seen or self._is_committed_in(site.caller, site.node):
                return None
            outer = self._lost_in(site.caller, depth + 1, {*seen, id(site.caller)})
            if outer is None:
                return None
            found = found or outer
        return found

    def _is_committed_in(self, function: FunctionValue, node: tree.Node) -> bool:
        """Whether something commits after a place of a function, around it, or may do so."""
        for name in decorator_names(function):
            if name in self._committing_decorators or any(word in name.lower() for word in TRANSACTIONAL):
                return True
        position = (node.line, node.column)
        for block in function.nodes_of(tree.With):
            is_around = (block.line, block.column) <= position <= (block.end_line, block.end_column)
            if is_around and any(self._is_transaction(item.context, function) for item in block.items):
                return True
        flow = self._building.flow_of(function)
        end = (node.end_line, node.end_column)
        for call in self._committing_calls(function):
            if call is node or not flow.may_follow(position, (call.line, call.column)):
                continue
            if (call.line, call.column) <= position and (call.end_line, call.end_column) >= end:
                continue  # the call that the write is an argument of
            return True
        return False

    def _committing_calls(self, function: FunctionValue) -> tuple[tree.Call, ...]:
        """The calls of a function that may commit, the last first: it most likely follows what is asked about."""
        found = self._committing.get(id(function))
        if found is None:
            calls = function.nodes_of(tree.Call)
            found = tuple(one for one in reversed(calls) if self._may_commit(self._calls.site_of(function, one)))
            self._committing[id(function)] = found
        return found

    def _is_transaction(self, context: tree.Expression, function: FunctionValue) -> bool:
        """Whether leaving a block may commit."""
        if not isinstance(context, tree.Call):
            return True
        if called_name(context) in ("begin", "begin_nested", "transaction", "atomic"):
            return True
        site = self._calls.site_of(function, context)
        found = self._queries.object_of(context, function)
        return (found is None or found.role != SESSION or bool(targets(site.callee))) and self._may_commit(site)

    def _may_commit(self, site: CallSite) -> bool:
        name = called_name(site.node)
        if name in COMMITTING:
            return True
        followed = targets(site.callee)
        if followed:
            return any(self._function_commits(one) for one in followed)
        if any(isinstance(one, Unknown) for one in alternatives(site.callee)):
            return name in self._committing_names and not _is_of_collection(site.node, name)
        return isinstance(site.callee, External) and self._is_given_session(site)

    def _is_given_session(self, site: CallSite) -> bool:
        """Whether a function of a library is handed a session, with which it may do anything."""
        if site.external_name.startswith(("sqlalchemy.", "builtins.")):
            return False
        for argument in (*site.node.arguments, *(one.value for one in site.node.keywords)):
            if isinstance(argument, (tree.Name, tree.Attribute)):
                found = self._queries.object_of(argument, site.caller)
                if found is not None and found.role == SESSION:
                    return True
        return False

    @cached_property
    def _committing_decorators(self) -> frozenset[str]:
        """The functions inside of which another one commits."""
        return frozenset(
            declaration.qualname.partition(".")[0]
            for _, declaration in self._calls.declarations_calling(*COMMITTING, *self._committing_names)
            if ".<locals>." in declaration.qualname
        )

    @cached_property
    def _committing_names(self) -> frozenset[str]:
        return self._calls.names_leading_to(COMMITTING)

    def _function_commits(self, function: FunctionValue) -> bool:
        known = self._commits.get(id(function))
        if known is None:
            self._commits[id(function)] = False
            known = self._commits[id(function)] = any(
                self._may_commit(self._calls.site_of(function, node))
                for node in function.nodes_of(tree.Call)
                if called_name(node) in COMMITTING or called_name(node) in self._committing_names
            )
        return known


def _is_of_collection(call: tree.Call, name: str) -> bool:
    """Whether a call is one of a mapping, list or task queue: `options.update({…})`."""
    if name == "update":
        return bool(call.arguments) and isinstance(call.arguments[0], tree.Dictionary)
    return name in PLAIN_METHODS
