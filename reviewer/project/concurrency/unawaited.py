"""Finds coroutines that nobody awaits: called for nothing, or used as if they were what they give.

Takes the functions of the project that call something by the name of a coroutine function. A call in a place where a
coroutine makes no sense (a statement of its own, a condition, `.attribute`) is resolved; one whose result has a name is
followed to the uses of that name. What is returned from a plain function, stored or passed on may be awaited later.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name, dotted_name
from reviewer.project.concurrency.coroutine_functions import (
    DATABASE_COROUTINES,
    NAMES_BY_ROOT,
    CoroutineFunctions,
)
from reviewer.project.concurrency.event_loop import is_lookup
from reviewer.project.data.queries import Queries
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import FunctionValue, Unknown, alternatives
from reviewer.project.functions.calls import Calls
from reviewer.project.functions.local_flow import LocalFlow
from reviewer.project.model import Answer, CallSite
from reviewer.project.program import Program

#: Builtin functions that make something of a value, and not of a coroutine.
VALUE_FUNCTIONS = frozenset(
    {"str", "int", "float", "bool", "len", "list", "tuple", "set", "dict", "sorted", "sum", "any", "all", "min", "max",
     "enumerate", "repr", "reversed", "bytes"}
)  # fmt: skip
#: Attributes that coroutines have.
COROUTINE_ATTRIBUTES = frozenset(
    {"close", "send", "throw", "cr_frame", "cr_code", "cr_running", "cr_await", "__name__"}
)
#: Annotations of what is awaited later.
AWAITABLES = frozenset({"Awaitable", "Coroutine", "Task", "Future", "Any", "AsyncIterator", "AsyncGenerator"})
PLAIN_VALUES = (tree.Text, tree.FormattedText, tree.Number, tree.Await, tree.Subscript)
#: Functions and methods that are given coroutines to run, to keep or to ask about.
KEEPING = frozenset(
    {"append", "add", "extend", "create_task", "ensure_future", "gather", "wait", "wait_for", "run", "submit", "shield",
     "start_soon", "run_until_complete", "run_coroutine_threadsafe", "isawaitable", "iscoroutine", "as_completed"}
)  # fmt: skip
PLAIN_TYPES = frozenset({"str", "int", "float", "bool", "dict", "list", "bytes"})

#: How a coroutine is used, where that makes no sense.
DROPPED = "dropped"
USED = "used"
RETURNED = "returned"
ITERATED = "iterated"


class UnawaitedCoroutine(msgspec.Struct, frozen=True, eq=False):
    """A call that gives a coroutine which is not awaited."""

    site: CallSite
    #: "dropped" (never runs), "used" (as if it were its result), "returned" (by another coroutine function), or
    #: "iterated" (an asynchronous generator in a plain loop).
    use: str
    name: str  # what is called, as written: `repository.find`


class UnawaitedCoroutines:
    """Finds the coroutines that are not awaited. Test files are left out."""

    def __init__(self, program: Program, evaluator: Evaluator, calls: Calls, queries: Queries) -> None:
        self._program = program
        self._calls = calls
        self._queries = queries
        self._coroutines = CoroutineFunctions(evaluator)

    @cached_property
    def all(self) -> tuple[UnawaitedCoroutine, ...]:
        """Every one, in order of the program."""
        found: list[UnawaitedCoroutine] = []
        own, of_libraries = self._names
        own_or_of_libraries = own | of_libraries
        for module in self._program.modules if own else ():
            if module.is_test:
                continue
            for declaration in module.index.declarations:
                if declaration.kind != "function":
                    continue
                # Coroutines of libraries are hardly ever made where nothing can await them.
                names = own_or_of_libraries if declaration.is_async else own
                if not names.isdisjoint(declaration.calls):
                    found.extend(self._of(self._calls.function_of(module, declaration), names))
        return tuple(found)

    @cached_property
    def _names(self) -> tuple[frozenset[str], frozenset[str]]:
        """The last names of the coroutine functions of the program, and of those of the libraries it imports."""
        own: set[str] = set()
        roots: set[str] = set()
        for module in self._program.modules:
            if not module.is_test:
                own.update(one.qualname.rpartition(".")[2] for one in module.index.declarations if one.is_async)
                roots.update(one.full_module.partition(".")[0] for one in module.index.imports)
        libraries = (NAMES_BY_ROOT[root] for root in roots if root in NAMES_BY_ROOT)
        return frozenset(own), frozenset().union(*libraries)

    def _of(self, function: FunctionValue, names: frozenset[str]) -> Iterator[UnawaitedCoroutine]:
        for call, use in _suspects(function, names):
            site = self._calls.site_of(function, call)
            is_generator = self._coroutines.is_asynchronous_generator(site.callee)
            if is_generator and use in (ITERATED, DROPPED):
                yield _found(site, use)
            elif self._is_coroutine(site):
                yield _found(site, USED if use == ITERATED else use)
        for call, name, annotation in _named(function, names):
            if _may_be_awaited(annotation) or is_lookup(call):
                continue
            site = self._calls.site_of(function, call)
            if self._is_coroutine(site):
                kind = _use_of_name(function, call, name)
                if kind is not None:
                    yield _found(site, kind)

    def _is_coroutine(self, site: CallSite) -> bool:
        if self._coroutines.is_one(site.callee):
            return True
        if called_name(site.node) not in DATABASE_COROUTINES:
            return False
        if not any(isinstance(one, Unknown) for one in alternatives(site.callee)):
            return False
        query = self._queries.at(site.caller, site.node)
        return query is not None and query.is_async is Answer.YES and query.role in ("session", "connection")


def _suspects(function: FunctionValue, names: frozenset[str]) -> Iterator[tuple[tree.Call, str]]:
    """The calls by such a name that stand where a coroutine makes no sense."""
    for slot in function.nodes_of(*SLOTS):
        for expression, use in _misuses(slot):
            if isinstance(expression, tree.Call) and called_name(expression) in names and not is_lookup(expression):
                yield expression, use
    node = function.node
    if isinstance(node, tree.Function) and node.is_async:
        returned = [one.value for one in function.nodes_of(tree.Return)]
        # An annotation such as `Coroutine` is a mistake where another way returns what it has awaited.
        if _may_be_awaited(node.returns) and not any(isinstance(one, tree.Await) for one in returned):
            return
        for value in returned:
            if isinstance(value, tree.Call) and called_name(value) in names:
                yield value, RETURNED


def _found(site: CallSite, use: str) -> UnawaitedCoroutine:
    return UnawaitedCoroutine(site, use, dotted_name(site.node.function) or called_name(site.node))


#: The nodes of which a child may be a coroutine that makes no sense there.
SLOTS = (
    tree.ExpressionStatement,
    tree.Attribute,
    tree.Subscript,
    tree.If,
    tree.While,
    tree.Assert,
    tree.Conditional,
    tree.UnaryOperation,
    tree.Comparison,
    tree.BinaryOperation,
    tree.For,
    tree.ComprehensionLoop,
    tree.Replacement,
    tree.Call,
    tree.Assign,
    tree.With,
    tree.Keyword,
)


def _misuses(node: tree.Node) -> Iterator[tuple[tree.Expression, str]]:
    """The children of a node that are used as values, or dropped."""
    match node:
        case tree.ExpressionStatement(value=value):
            yield value, DROPPED
        case tree.Attribute(value=value, name=name) if name not in COROUTINE_ATTRIBUTES:
            yield value, USED
        case tree.Subscript(value=value):
            yield value, USED
        case tree.If(test=test) | tree.While(test=test) | tree.Assert(test=test) | tree.Conditional(test=test):
            yield from ((one, USED) for one in _tested(test))
        case tree.UnaryOperation(operand=operand):
            yield operand, USED
        case tree.Comparison(left=left, comparators=comparators):
            yield from ((one, USED) for one in (left, *comparators))
        case tree.BinaryOperation(left=left, right=right):
            yield left, USED
            yield right, USED
        case tree.For(iterable=iterable, is_async=False) | tree.ComprehensionLoop(iterable=iterable, is_async=False):
            yield iterable, ITERATED
        case tree.Replacement(value=value):
            yield value, USED
        case tree.Call(function=tree.Name(id=name), arguments=(first, *_)) if name in VALUE_FUNCTIONS:
            yield first, USED
        case tree.Assign(targets=(tree.Tuple() | tree.List(),), value=value):
            yield value, USED
        case tree.With(items=items, is_async=False):
            yield from ((item.context, USED) for item in items)
        case tree.Keyword(name="json", value=tree.Dictionary(values=values)):  # no text in JSON stands for a coroutine
            yield from ((one, USED) for one in values)
        case _:
            pass


def _tested(test: tree.Expression) -> Iterator[tree.Expression]:
    """What a condition asks whether it is true."""
    if isinstance(test, tree.BooleanOperation):
        for one in test.values:
            yield from _tested(one)
    else:
        yield test.value if isinstance(test, tree.NamedExpression) else test


def _may_be_awaited(annotation: tree.Expression | None) -> bool:
    """Whether an annotation says that something is awaited later."""
    if annotation is None:
        return False
    return any(
        (isinstance(one, tree.Name) and one.id in AWAITABLES)
        or (isinstance(one, tree.Attribute) and one.name in AWAITABLES)
        or (isinstance(one, tree.Text) and any(word in one.value for word in AWAITABLES))
        for one in tree.walk(annotation)
    ) and not (isinstance(annotation, tree.Name) and annotation.id == "Any")


def _named(function: FunctionValue, names: frozenset[str]) -> Iterator[tuple[tree.Call, str, tree.Expression | None]]:
    """The calls by such a name whose result gets a name, with that and its annotation."""
    for assignment in function.nodes_of(tree.Assign):
        match assignment:
            case tree.Assign(targets=(tree.Name(id=name),), value=tree.Call() as call) if called_name(call) in names:
                yield call, name, None
            case _:
                pass
    for annotated in function.nodes_of(tree.AnnotatedAssign):
        match annotated:
            case tree.AnnotatedAssign(target=tree.Name(id=name), value=tree.Call() as call) if (
                called_name(call) in names
            ):
                yield call, name, annotated.annotation
            case _:
                pass


def _use_of_name(function: FunctionValue, call: tree.Call, name: str) -> str | None:
    """How a coroutine is used by its name where that makes no sense; None where it may be awaited."""
    node = function.node
    if not isinstance(node, tree.Function):
        return None
    for parameter in node.parameters:
        if parameter.name == name and isinstance(parameter.annotation, tree.Name):
            return USED if parameter.annotation.id in PLAIN_TYPES else None
    flow: LocalFlow | None = None
    for slot in function.nodes_of(*SLOTS):
        for used, _ in _misuses(slot):
            if not isinstance(used, tree.Name) or used.id != name or isinstance(slot, tree.ExpressionStatement):
                continue
            flow = flow or LocalFlow(node)
            reaching = flow.reaching(name, (used.line, used.column))
            if reaching and all(binding.source is call for binding in reaching):
                return USED
    if node.is_async and _is_value_elsewhere(function, call, name):
        return USED
    inner = sum(1 for one in tree.walk(node) if isinstance(one, tree.Name) and one.id == name)
    outer = [one.names for one in function.nodes_of(tree.Global)]
    outer += [one.names for one in function.nodes_of(tree.Nonlocal)]
    is_outer = any(name in names for names in outer)
    return DROPPED if inner == 1 and not is_outer else None


def _is_value_elsewhere(function: FunctionValue, call: tree.Call, name: str) -> bool:
    """Whether a name that one way gives a coroutine is made from itself, or is a plain value on another way."""
    values = [
        assignment.value
        for assignment in function.nodes_of(tree.Assign)
        if any(isinstance(one, tree.Name) and one.id == name for one in assignment.targets)
    ]
    is_plain = any(isinstance(one, PLAIN_VALUES) for one in values)
    if len(values) < 2 or not (is_plain or _hands(call, name)):
        return False
    is_awaited = any(
        _hands(one.value, name) or (isinstance(one.value, tree.Name) and one.value.id == name)
        for one in function.nodes_of(tree.Await)
    )
    return not is_awaited and not any(
        called_name(one) in KEEPING and any(_names(part, name) for part in tree.walk(one))
        for one in function.nodes_of(tree.Call)
    )


def _hands(node: tree.Expression, name: str) -> bool:
    """Whether a call is given what a name stands for."""
    if not isinstance(node, tree.Call):
        return False
    return any(_names(one, name) for one in (*node.arguments, *(one.value for one in node.keywords)))


def _names(node: tree.Node, name: str) -> bool:
    return isinstance(node, tree.Name) and node.id == name
