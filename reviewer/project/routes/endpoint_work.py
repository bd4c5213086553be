"""How much an endpoint does itself: the statements, branches and queries of its body that are not about HTTP.

Takes functions, gives counts. What every handler must do counts nothing: refuse, translate errors, log, copy fields
between forms and objects, answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import dotted_name
from reviewer.project.data.queries import Queries, outermost
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import BoundMethod, ClassValue, FunctionValue, Value, place_of
from reviewer.project.model import Query, Route
from reviewer.rule import Place

#: Methods that begin and end what queries belong together, and are no queries.
TRANSACTION_METHODS = frozenset({"commit", "rollback", "flush", "refresh", "begin", "begin_nested", "close", "expunge"})
#: Last names of calls that answer or refuse a request, tell its user something, log, trace or tidy up.
ANSWERING_CALLS = frozenset(
    {
        "abort", "flash", "flash_errors", "add_toast", "toast", "redirect", "set_cookie", "delete_cookie", "add_header",
        "rollback", "close",
        "debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print",
        "capture", "capture_exception", "capture_message", "record_exception", "set_attribute", "set_tag", "add_event",
    }
)  # fmt: skip
TRANSLATORS = ("_", "gettext", "ngettext", "lazy_gettext")
#: With more `with` blocks than this a body builds a page: `with tag.div(): …`.
BUILDING_BLOCKS = 4
_JUMPS = (tree.Raise, tree.Return, tree.Pass, tree.Break, tree.Continue, tree.Global, tree.Nonlocal, tree.Assert)
_UNCOUNTED = (*_JUMPS, tree.Import, tree.ImportFrom, tree.Function, tree.Class)
_BLOCKS = ("body", "otherwise", "final", "handlers", "cases")


class EndpointWork(msgspec.Struct, frozen=True, eq=False):
    """What the body of an endpoint does itself."""

    route: Route  # the first one that it answers
    function: FunctionValue
    statements: int  # those that neither refuse, answer, log, nor copy one name to another
    branches: int  # conditions and loops around such statements
    loops: int
    queries: tuple[Query, ...]
    place: Place  # the name of the function in its header


class EndpointWorks:
    """Answers how much the endpoints of a project do themselves."""

    def __init__(self, evaluator: Evaluator, queries: Queries, routes: Iterable[Route]) -> None:
        self._evaluator = evaluator
        self._queries = queries
        self._routes = routes

    def above(self, statements: int) -> Iterator[EndpointWork]:
        """The work of all endpoints that have at least so many counted statements, each once, in order of routes."""
        seen: set[int] = set()
        for route in self._routes:
            function = self._function_of(route)
            if route.method == "WEBSOCKET" or function is None or not isinstance(function.node, tree.Function):
                continue  # a web socket's endpoint is the conversation itself
            if id(function.node) in seen:
                continue
            seen.add(id(function.node))
            counts = _Counts(builds_page=_builds_page(function.node))
            counts.add(function.node.body)
            if counts.statements >= statements:
                yield self._work(route, function, counts)

    def _work(self, route: Route, function: FunctionValue, counts: _Counts) -> EndpointWork:
        queries = outermost([one for one in self._queries.of(function) if one.method not in TRANSACTION_METHODS])
        assert isinstance(function.node, tree.Function)
        return EndpointWork(
            route,
            function,
            counts.statements,
            counts.branches,
            counts.loops,
            queries,
            _header_of(function, function.node),
        )

    def _function_of(self, route: Route) -> FunctionValue | None:
        """The endpoint, or the method of a class-based view that answers the route."""
        endpoint: Value = route.endpoint
        if isinstance(endpoint, ClassValue):
            found = self._evaluator.find_in_class(endpoint, route.method.lower())
            endpoint = found[1] if found is not None else None
        if isinstance(endpoint, BoundMethod):
            endpoint = endpoint.function
        return endpoint if isinstance(endpoint, FunctionValue) else None


class _Counts:
    """Counts of the statements of a body that do work."""

    def __init__(self, *, builds_page: bool) -> None:
        self._builds_page = builds_page
        self.statements = 0
        self.branches = 0
        self.loops = 0

    def add(self, body: Iterable[tree.Node]) -> None:
        pending = list(body)
        while pending:
            node = pending.pop()
            if isinstance(node, _UNCOUNTED) or _is_answer(node) or _is_copy(node):
                continue
            if isinstance(node, tree.With) and self._builds_page:
                continue
            if isinstance(node, tree.If):
                if _only_answers(node.body):
                    pending.extend(node.otherwise)
                    continue
                self.branches += 1
            elif isinstance(node, (tree.For, tree.While)):
                self.branches += 1
                self.loops += 1
            elif isinstance(node, tree.ExceptHandler):
                if _only_answers(node.body):
                    continue
                self.branches += 1
            elif isinstance(node, tree.Case):
                self.branches += 0 if _only_answers(node.body) else 1
            if not isinstance(node, (tree.Try, tree.With, tree.ExceptHandler, tree.Case, tree.Match)):
                self.statements += 1
            for block in _BLOCKS:
                pending.extend(getattr(node, block, ()))


def _builds_page(function: tree.Function) -> bool:
    return sum(isinstance(node, tree.With) for node in tree.walk_scope(function.body)) > BUILDING_BLOCKS


def _only_answers(body: tuple[tree.Statement, ...]) -> bool:
    """Whether a block does nothing but refuse, answer, log or choose a value."""
    for node in body:
        if isinstance(node, tree.If):
            if not (_only_answers(node.body) and _only_answers(node.otherwise)):
                return False
        elif not isinstance(node, _JUMPS) and not _is_answer(node) and not _is_copy(node):
            return False
    return True


def _is_answer(node: tree.Node) -> bool:
    """Whether a statement is a text (a docstring), a log message, or a call that answers or refuses."""
    if not isinstance(node, tree.ExpressionStatement):
        return False
    value = node.value.value if isinstance(node.value, tree.Await) else node.value
    if isinstance(value, tree.Call):
        called = value.function
        if isinstance(called, tree.Attribute):  # `errors.append("Unknown theme")` tells the user something
            return called.name in ANSWERING_CALLS or "error" in (dotted_name(called.value) or "").lower()
        return getattr(called, "id", "") in ANSWERING_CALLS
    return isinstance(value, (tree.Text, tree.Constant))


def _is_copy(node: tree.Node) -> bool:
    """Whether a statement gives a name or field the value of another, a literal, or a part of the request."""
    if isinstance(node, tree.AnnotatedAssign):
        return node.value is None or _is_plain(node.value)
    return isinstance(node, tree.Assign) and _is_plain(node.value)


def _is_plain(value: tree.Expression) -> bool:
    if isinstance(value, (tree.Text, tree.FormattedText, tree.Number, tree.Constant, tree.Bytes, tree.Lambda)):
        return True
    if isinstance(value, tree.Subscript):
        return _is_plain(value.value)
    if isinstance(value, (tree.List, tree.Tuple, tree.Set)):
        return all(_is_plain(one) for one in value.items)
    if isinstance(value, tree.Dictionary):
        return all(_is_plain(one) for one in value.values)
    if isinstance(value, tree.Await):
        return _is_plain(value.value)
    if isinstance(value, tree.Call):  # `request.args.get("page")`, `await request.json()`, `_("Really?")`
        called = dotted_name(value.function) or ""
        return called in TRANSLATORS or called.startswith(("request.", "flask.request.", "self.request."))
    return dotted_name(value) is not None


def _header_of(function: FunctionValue, node: tree.Function) -> Place:
    """`def name`, as far as the node tells where it stands."""
    place = place_of(function.module, node)
    prefix = "async def " if node.is_async else "def "
    return Place(place.path, place.line, place.column, place.line, place.column + len(prefix) + len(node.name))
