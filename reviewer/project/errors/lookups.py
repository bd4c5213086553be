"""Lookups: calls that may give None, since what they look for may not be there.

Takes calls, gives absences: library methods such as `.first()` and `session.get(…)`, and functions of the project by
what they return and say that they return. Three-valued: a call of which nobody knows gives no absence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name, dotted_name
from reviewer.project.data.queries import Queries
from reviewer.project.errors.key_origins import CLIENT, CONSTANT, PARAMETER, STORED, UNKNOWN, KeyOrigins
from reviewer.project.errors.none_flow import NoneFlow, Returned
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import FunctionValue, decorator_names
from reviewer.project.functions.callers import bound_arguments
from reviewer.project.functions.calls import Calls, targets

#: Methods that give None where nothing is found, whatever has them.
CERTAIN_METHODS = frozenset({"one_or_none", "scalar_one_or_none", "get_or_none", "find_one", "first_or_none"})
#: Methods that do so on a query, a result, a session or a cursor.
QUERY_METHODS = frozenset({"first", "scalar", "fetchone", "fetch_one", "fetchrow", "get"})
LIBRARY_METHODS = CERTAIN_METHODS | QUERY_METHODS
#: Calls of which one stands in a chain that ends in a query's method.
BUILDERS = frozenset(
    {
        "query", "select", "filter", "filter_by", "where", "execute", "exec", "scalars", "find", "order_by", "join",
        "options", "outerjoin", "with_for_update", "limit", "unique",
    }
)  # fmt: skip
#: Those that say of which table the first row is asked for.
ROW_BUILDERS = frozenset({"query", "select", "order_by"})
#: Names in a statement that always give a row.
AGGREGATES = frozenset(
    {"func", "count", "exists", "sum", "max", "min", "avg", "coalesce", "returning", "insert", "text"}
)
#: SQL texts that look for one row and may find none.
ROW_TEXT = re.compile(r"^\s*select\b.*\bwhere\b", re.IGNORECASE | re.DOTALL)
AGGREGATE_TEXT = re.compile(r"\b(?:count|sum|max|min|avg|exists|coalesce)\s*\(|\breturning\b", re.IGNORECASE)
#: Names of functions that look something up.
GETTER_NAME = re.compile(
    r"(?:^|_)(?:get|find|fetch|load|lookup|read|resolve|retrieve|search|select|current|by|first|last|one|authenticate)(?:_|$)"
)
STUB_NAMES = frozenset(
    {"overload", "abstractmethod", "property", "cached_property", "contextmanager", "asynccontextmanager"}
)
SEARCH_DEPTH = 4
BINDING_DEPTH = 3


class Absence(msgspec.Struct, frozen=True):
    """That a call may give None: by which of its arguments, and how that is known."""

    keys: tuple[tree.Expression, ...]  # what it looks by, in the function around the call
    is_unconditional: bool  # may give None whatever it looks by
    how: str  # as a reader knows it: "`.first()`", "`get_user`"


class Summary(msgspec.Struct, frozen=True):
    """Whether a function may return None: for which of its parameters, or whatever it is given."""

    may_be_none: bool
    parameters: frozenset[str] = frozenset()
    is_unconditional: bool = False


NEVER = Summary(False)
#: What is known of parameters that switch something on or off, sorted by name.
Truths = tuple[tuple[str, bool], ...]


class Lookups:
    """Answers which calls may give None. Results are kept."""

    def __init__(self, evaluator: Evaluator, calls: Calls, queries: Queries, origins: KeyOrigins) -> None:
        self._evaluator = evaluator
        self._calls = calls
        self._queries = queries
        self._origins = origins
        self._summaries: dict[tuple[int, Truths], Summary] = {}

    @cached_property
    def names(self) -> frozenset[str]:
        """Last names of calls that may be lookups; more than really are."""
        found = set(LIBRARY_METHODS)
        direct = self._getters_calling(LIBRARY_METHODS)
        found |= direct
        found |= self._getters_calling(direct)
        return frozenset(found)

    def _getters_calling(self, names: frozenset[str] | set[str]) -> set[str]:
        found = set()
        for module, declaration in self._calls.declarations_calling(*names):
            name = declaration.qualname.rpartition(".")[2]
            if declaration.kind == "function" and not module.is_test and GETTER_NAME.search(name):
                found.add(name)
        return found

    def may_be_lookup(self, node: tree.Expression) -> bool:
        """Whether an expression is, by name, a call that may be a lookup."""
        call = node.value if isinstance(node, tree.Await) else node
        if not isinstance(call, tree.Call):
            return False
        name = called_name(call)
        return name in self.names and (name != "get" or not _is_of_mapping(call))

    def absence(self, node: tree.Expression, function: FunctionValue, depth: int = 0) -> Absence | None:
        """How a call in a function may give None, None where it does not or that is not known."""
        call = node.value if isinstance(node, tree.Await) else node
        if not isinstance(call, tree.Call):
            return None
        name = called_name(call)
        if name in LIBRARY_METHODS and isinstance(call.function, tree.Attribute):
            found = self._library_absence(call, call.function, function)
            if found is not None:
                return found
        return self._project_absence(call, function, isinstance(node, tree.Await), depth)

    # Libraries -------------------------------------------------------------------------------------------------

    def _library_absence(self, call: tree.Call, called: tree.Attribute, function: FunctionValue) -> Absence | None:
        name = called.name
        how = f"`.{name}()`"
        if name == "get":
            return self._get_absence(call, called, function)
        chain = list(self._chain(call, function))
        words = {word for one in chain for word in _words(one)}
        if name in ("fetchone", "fetch_one", "fetchrow"):
            return self._row_absence(chain, how)
        if words & AGGREGATES:
            return None
        if name == "scalar":
            if not words & {"select"} or not any(_selects_class(one) for one in chain):
                return None
        elif name == "first" and not words & BUILDERS:
            return None
        keys = tuple(argument for one in chain for argument in _criteria(one))
        return Absence(
            keys, not keys and name == "first" and any(called_name(one) in ROW_BUILDERS for one in chain), how
        )

    def _row_absence(self, chain: list[tree.Call], how: str) -> Absence | None:
        texts = [one for call in chain for one in (*call.arguments, *(k.value for k in call.keywords))]
        sql = [_literal(one) for one in texts]
        if not any(ROW_TEXT.search(one) for one in sql) or any(AGGREGATE_TEXT.search(one) for one in sql):
            return None
        keys = tuple(
            one for one, text in zip(texts, sql, strict=True) if not text or isinstance(one, tree.FormattedText)
        )
        return Absence(keys, False, how)

    def _get_absence(self, call: tree.Call, called: tree.Attribute, function: FunctionValue) -> Absence | None:
        query = self._queries.at(function, call)
        receiver = dotted_name(called.value) or ""
        if query is not None and query.method == "get":
            keys = (*call.arguments, *(one.value for one in call.keywords))
            return Absence(keys, False, "`.get(…)`")
        if receiver.split(".")[0] == "request" and receiver.rpartition(".")[2] in ("args", "form", "values", "json"):
            return Absence((called.value,), True, f"`{receiver}.get(…)`") if len(call.arguments) == 1 else None
        return None

    def _chain(self, call: tree.Call, function: FunctionValue) -> Iterator[tree.Call]:
        """The calls of a chain and those that gave the variables in it, the last one first."""
        pending: list[tuple[tree.Node, int]] = [(call, 0)]
        seen: set[int] = set()
        bindings = self._evaluator.declared(function).bindings
        while pending:
            node, depth = pending.pop()
            if id(node) in seen or len(seen) > 60:
                continue
            seen.add(id(node))
            if isinstance(node, tree.Await):
                pending.append((node.value, depth))
            elif isinstance(node, tree.Call):
                yield node
                pending.append((node.function, depth))
                if called_name(node) in ("execute", "exec", "scalars", "scalar", "scalar_one_or_none", "fetch_one"):
                    pending.extend((one, depth) for one in node.arguments[:1])
            elif isinstance(node, (tree.Attribute, tree.Subscript)):
                pending.append((node.value, depth))
            elif isinstance(node, tree.Name) and depth < BINDING_DEPTH:
                for kind, source in bindings.get(node.id, ()):
                    if kind == "value":
                        pending.append((source, depth + 1))

    # Functions of the project ----------------------------------------------------------------------------------

    def _project_absence(
        self, call: tree.Call, function: FunctionValue, is_awaited: bool, depth: int
    ) -> Absence | None:
        site = self._calls.site_of(function, call)
        found = targets(site.callee)
        if len(found) != 1 or found[0].name == "__init__":
            return None
        target = found[0]
        if not isinstance(target.node, tree.Function) or target.node.is_async != is_awaited:
            return None
        arguments = bound_arguments(site, target)
        if arguments is None:
            return None
        summary = self.summary(target, _truths(target, arguments), depth + 1)
        if not summary.may_be_none:
            return None
        keys = tuple(arguments[name] for name in sorted(summary.parameters) if name in arguments)
        return Absence(keys, summary.is_unconditional, f"`{target.name}`")

    def summary(self, function: FunctionValue, truths: Truths, depth: int = 0) -> Summary:
        """Whether a function of the project may return None, where parameters have a known truth."""
        key = (id(function), truths)
        found = self._summaries.get(key)
        if found is None:
            if depth > SEARCH_DEPTH:
                return NEVER
            self._summaries[key] = NEVER  # while it is looked into
            found = self._summaries[key] = self._summarise(function, dict(truths), depth)
        return found

    def _summarise(self, function: FunctionValue, truths: dict[str, bool], depth: int) -> Summary:
        node = function.node
        if not isinstance(node, tree.Function) or not STUB_NAMES.isdisjoint(decorator_names(function)):
            return NEVER
        if function.nodes_of(tree.Yield, tree.YieldFrom):
            return NEVER
        is_optional = node.returns is not None and _is_optional(node.returns)
        parameters = _key_parameters(function)
        if _is_stub(node):
            return Summary(is_optional, parameters, not parameters) if is_optional else NEVER
        flow = NoneFlow(node.body, self.may_be_lookup, truths=truths)
        gives_values = any(one.value is not None and not _is_none(one.value) for one in flow.returned)
        if not gives_values:
            return NEVER
        keys: set[str] = set()
        is_none = is_unconditional = False
        for returned in flow.returned:
            part = self._returned(returned, function, parameters, depth)
            if part is not None:
                is_none = True
                keys |= part.parameters
                is_unconditional = is_unconditional or part.is_unconditional
        if flow.ends and (node.returns is None or is_optional) and not _repeats(node.body[-1]):
            is_none, keys = True, keys | parameters
        return Summary(is_none, frozenset(keys), is_unconditional)

    def _returned(
        self, returned: Returned, function: FunctionValue, parameters: frozenset[str], depth: int
    ) -> Summary | None:
        """What one `return` tells: None where it gives a value, or where nobody knows."""
        value = returned.value
        if value is None or _is_none(value):
            own = {one.name for one in function.node.parameters}
            if returned.guards and set(returned.guards) <= own:
                return None  # only where the caller passes nothing
            return Summary(True, parameters, False)
        if isinstance(value, tree.Conditional) and (_is_none(value.then) or _is_none(value.otherwise)):
            return Summary(True, parameters, False)
        if returned.origin is None:
            return None
        absence = self.absence(returned.origin, function, depth)
        if absence is None:
            return None
        origins = {origin for key in absence.keys for origin in self._origins.of(key, function)}
        named = frozenset(one[len(PARAMETER) :] for one in origins if one.startswith(PARAMETER))
        if named or absence.is_unconditional:
            return Summary(True, named, absence.is_unconditional)
        if CLIENT in origins:
            return Summary(True, frozenset(), True)
        return None if origins & {STORED, CONSTANT, UNKNOWN} or absence.keys else Summary(True, frozenset(), False)


def _truths(function: FunctionValue, arguments: dict[str, tree.Expression]) -> Truths:
    """The truth of the parameters that a call gives a constant, or leaves at one."""
    found = {}
    for parameter in function.node.parameters:
        value = arguments.get(parameter.name, parameter.default)
        if isinstance(value, tree.Name) and value.id == parameter.name:  # handed on from a caller with the same switch
            value = parameter.default
        if isinstance(value, tree.Constant) and value.value in ("True", "False", "None"):
            found[parameter.name] = value.value == "True"
    return tuple(sorted(found.items()))


def _repeats(statement: tree.Statement) -> bool:
    """Whether a statement tries something several times: `for _ in range(3)`."""
    return isinstance(statement, tree.For) and (
        isinstance(statement.iterable, tree.Call) and called_name(statement.iterable) == "range"
    )


def _words(call: tree.Call) -> Iterator[str]:
    """The names that a call and its arguments mention."""
    yield called_name(call)
    for argument in (*call.arguments, *(one.value for one in call.keywords)):
        for node in tree.walk(argument):
            if isinstance(node, tree.Name):
                yield node.id
            elif isinstance(node, tree.Call):
                yield called_name(node)


def _criteria(call: tree.Call) -> Iterator[tree.Expression]:
    """What a call of a query compares with."""
    if called_name(call) in ("filter", "where", "filter_by", "find_one", "get_or_none", "first_or_none", "find", "get"):
        yield from call.arguments
        yield from (one.value for one in call.keywords)


def _selects_class(call: tree.Call) -> bool:
    """Whether a call is `select(Model)`."""
    if called_name(call) != "select" or len(call.arguments) != 1:
        return False
    name = call.arguments[0]
    return isinstance(name, tree.Name) and name.id[:1].isupper()


def _literal(node: tree.Expression) -> str:
    if isinstance(node, tree.Text):
        return node.value
    if isinstance(node, tree.FormattedText):
        return "".join(one.value if isinstance(one, tree.Text) else "x" for one in node.parts)
    if isinstance(node, tree.Call) and called_name(node) == "text" and node.arguments:
        return _literal(node.arguments[0])
    return ""


def _is_none(node: tree.Expression) -> bool:
    return isinstance(node, tree.Constant) and node.value == "None"


def _is_of_mapping(call: tree.Call) -> bool:
    """Whether `get` is that of a mapping by its arguments: a text as key, or a constant as default."""
    if len(call.arguments) > 1:
        return isinstance(call.arguments[1], (tree.Text, tree.Number, tree.Constant, tree.Dictionary, tree.List))
    if len(call.arguments) == 1 and isinstance(call.arguments[0], tree.Text):
        root = call.function
        while isinstance(root, tree.Attribute):
            root = root.value
        return not isinstance(root, tree.Name) or root.id != "request"
    return False


def _is_optional(annotation: tree.Expression) -> bool:
    """Whether an annotation says that None is given: `Optional[X]`, `X | None`, `Union[X, None]`, also as text."""
    if isinstance(annotation, tree.Text):
        return "None" in annotation.value or annotation.value.startswith("Optional[")
    if isinstance(annotation, tree.BinaryOperation) and annotation.operator == "|":
        return _is_none(annotation.right) or _is_none(annotation.left) or _is_optional(annotation.left)
    if isinstance(annotation, tree.Subscript):
        name = (dotted_name(annotation.value) or "").rpartition(".")[2]
        items = annotation.index.items if isinstance(annotation.index, tree.Tuple) else (annotation.index,)
        return name == "Optional" or (name == "Union" and any(_is_none(one) for one in items))
    return False


def _is_stub(node: tree.Function) -> bool:
    return all(
        isinstance(one, (tree.Pass, tree.Raise))
        or (isinstance(one, tree.ExpressionStatement) and isinstance(one.value, (tree.Text, tree.Constant)))
        for one in node.body
    )


def _key_parameters(function: FunctionValue) -> frozenset[str]:
    """The parameters of a function that may be what it looks by: no receiver, no session."""
    names = [one.name for one in function.node.parameters if one.kind != "variadic-keyword"]
    return frozenset(name for name in names if name not in ("self", "cls") and "session" not in name and name != "db")
