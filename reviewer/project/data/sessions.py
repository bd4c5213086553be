"""Links sessions to their scopes: where one is opened, what it is bound to, and whether anything closes it.

Takes the calls of session makers and session classes, and of functions that return what these give; gives each with
how its function uses it. Scoped sessions are registries that hand out sessions and count for none.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name, last_name
from reviewer.project.data.database_roles import CONNECTION, MAKER, SESSION
from reviewer.project.data.queries import Queries
from reviewer.project.data.sqlalchemy import is_migration
from reviewer.project.evaluation.values import ClassValue, External, FunctionValue, Unknown, alternatives
from reviewer.project.functions.calls import Calls, targets
from reviewer.project.model import Answer, CallSite
from reviewer.rule import Place

MAKER_CALLS = ("sessionmaker", "async_sessionmaker")
SESSION_CLASSES = ("Session", "AsyncSession")
CLOSING = frozenset({"close", "close_all", "aclose", "remove", "__exit__", "__aexit__"})
#: Calls that close what they are given when a block ends, or that take a session over.
TAKING = frozenset(
    {"enter_context", "enter_async_context", "push", "callback", "closing", "aclosing", "push_async_exit"}
)
#: Folders and files of programs that are started, do one thing and end.
SCRIPTS = frozenset(
    {
        "scripts",
        "script",
        "cli",
        "commands",
        "tools",
        "examples",
        "bin",
        "notebooks",
        "seeds",
        "seed",
        "conftest",
        "manage",
        "management",
        "initial_data",
        "init_db",
        "evals",
        "benchmarks",
        "prestart",
        "backend_pre_start",
    }
)
#: How many functions deep a session is returned.
RETURN_LIMIT = 3


class SessionOpening(msgspec.Struct, frozen=True, eq=False):
    """A call that opens a session, or that is given a newly opened one."""

    call: CallSite
    name: str  # the variable it is bound to; empty where there is none
    #: "entered", "bound", "returned", "attribute", "stored", "argument", "chained" or "unused".
    use: str
    is_closed: Answer
    is_yielded: bool
    is_async: Answer

    @property
    def place(self) -> Place:
        """The opening call."""
        return self.call.place

    @property
    def function(self) -> FunctionValue:
        """In whose body it stands."""
        return self.call.caller


class Sessions:
    """Answers where sessions are opened and closed."""

    def __init__(self, calls: Calls, queries: Queries) -> None:
        self._calls = calls
        self._queries = queries
        self._parents: dict[int, dict[int, tree.Node]] = {}

    @cached_property
    def openings(self) -> tuple[SessionOpening, ...]:
        """All calls that open sessions, in functions and at the top of modules; tests and migrations are left out."""
        found: dict[int, SessionOpening] = {}
        for site in self._openers():
            found.setdefault(id(site.node), self._opening(site, self._is_async(site)))
        returning = _returning(list(found.values()))
        for _ in range(RETURN_LIMIT):
            further: list[SessionOpening] = []
            for function, is_async in returning:
                for site in self._calls_of(function):
                    if id(site.node) not in found:
                        found[id(site.node)] = opening = self._opening(site, is_async)
                        further.append(opening)
            returning = _returning(further)
        return tuple(found.values())

    def _openers(self) -> Iterator[CallSite]:
        for module, declaration in self._calls.declarations_calling(*self._maker_names, *MAKER_CALLS):
            if declaration.kind == "class" or module.is_test or is_migration(module):
                continue
            is_function = declaration.kind == "function"
            function = (
                self._calls.function_of(module, declaration) if is_function else self._queries.module_body(module)
            )
            for node in self._calls.nodes_named(function, *self._maker_names, ""):
                if self._makes_session(node, function) and not self._is_borrowed(node, function):
                    yield self._calls.site_of(function, node)

    @cached_property
    def _maker_names(self) -> tuple[str, ...]:
        """The names that session makers are bound to, and the classes of sessions."""
        names: dict[str, None] = dict.fromkeys(SESSION_CLASSES)
        for module, declaration in self._calls.declarations_calling(*MAKER_CALLS):
            if module.is_test or declaration.kind == "class":
                continue
            is_function = declaration.kind == "function"
            function = (
                self._calls.function_of(module, declaration) if is_function else self._queries.module_body(module)
            )
            bound = [(one.targets, one.value) for one in function.nodes_of(tree.Assign)]
            bound += [((one.target,), one.value) for one in function.nodes_of(tree.AnnotatedAssign) if one.value]
            for assigned, made in bound:
                if isinstance(made, tree.Call) and called_name(made) in MAKER_CALLS:
                    names.update((last_name(one), None) for one in assigned if last_name(one))
        return tuple(names)

    def _makes_session(self, node: tree.Call, function: FunctionValue) -> bool:
        """Whether a call makes a session: `SessionLocal()`, `Session(engine)`, `sessionmaker(engine)()`."""
        made = node.function
        if isinstance(made, tree.Call):  # `sessionmaker(engine)()`
            return called_name(made) in MAKER_CALLS
        if not isinstance(made, (tree.Name, tree.Attribute)):
            return False
        maker = self._queries.object_of(node.function, function)
        if maker is not None and maker.role == MAKER:
            return True
        if called_name(node) not in SESSION_CLASSES or not (node.arguments or node.keywords):
            return False
        value = self._queries.value_of(node.function, function)
        return isinstance(value, External) and maker is not None and maker.role == SESSION

    def _is_borrowed(self, node: tree.Call, function: FunctionValue) -> bool:
        """Whether the session uses a connection that is given to it, and owns none: `Session(bind=connection)`."""
        given = [*node.arguments[:1], *(one.value for one in node.keywords if one.name == "bind")]
        for one in given:
            found = self._queries.object_of(one, function)
            if found is not None and found.role == CONNECTION:
                return True
            name = called_name(one) if isinstance(one, tree.Call) else last_name(one)
            if "conn" in name.lower():
                return True
        return False

    def _is_async(self, site: CallSite) -> Answer:
        found = self._queries.object_of(site.node, site.caller) or self._queries.object_of(
            site.node.function, site.caller
        )
        return Answer.UNKNOWN if found is None else found.is_async

    def _calls_of(self, function: FunctionValue) -> Iterator[CallSite]:
        for module, declaration in self._calls.declarations_calling(function.name):
            if declaration.kind == "class" or module.is_test or is_migration(module):
                continue
            is_function = declaration.kind == "function"
            caller = self._calls.function_of(module, declaration) if is_function else self._queries.module_body(module)
            for site in self._calls.named(caller, function.name):
                if any(one.node is function.node for one in targets(site.callee)):
                    yield site

    # How a function uses the session that it opened --------------------------------------------------------------

    def _opening(self, site: CallSite, is_async: Answer) -> SessionOpening:
        parents = self._parents_of(site.caller)
        node: tree.Node = site.node
        parent = parents.get(id(node))
        while isinstance(parent, (tree.Await, tree.Conditional, tree.BooleanOperation, tree.NamedExpression)):
            if isinstance(parent, tree.NamedExpression) and isinstance(parent.target, tree.Name):
                return self._bound(site, parent.target.id, is_async)
            node, parent = parent, parents.get(id(parent))
        if isinstance(parent, tree.WithItem):
            return SessionOpening(
                site, last_name(parent.target or parent.context), "entered", Answer.YES, False, is_async
            )
        if isinstance(parent, (tree.Assign, tree.AnnotatedAssign)):
            target = parent.targets[0] if isinstance(parent, tree.Assign) else parent.target
            if isinstance(target, tree.Name):
                return self._bound(site, target.id, is_async)
            if isinstance(target, tree.Attribute):
                is_closed = Answer.YES if self._closes_attribute(site.caller, target.name) else Answer.UNKNOWN
                return SessionOpening(site, target.name, "attribute", is_closed, False, is_async)
            key = _key_of(target)
            is_closed = Answer.UNKNOWN if not key or key in self._closed_keys else Answer.NO
            return SessionOpening(site, key, "stored", is_closed, False, is_async)
        if isinstance(parent, (tree.Return, tree.Lambda)):
            return SessionOpening(site, "", "returned", Answer.UNKNOWN, False, is_async)
        if isinstance(parent, tree.Attribute):
            is_closing = parent.name in CLOSING or parent.name in ("begin", "__enter__", "__aenter__")
            return SessionOpening(site, "", "chained", Answer.YES if is_closing else Answer.NO, False, is_async)
        if isinstance(parent, tree.Yield):
            return SessionOpening(site, "", "bound", Answer.NO, True, is_async)
        if isinstance(parent, tree.ExpressionStatement):
            return SessionOpening(site, "", "unused", Answer.UNKNOWN, False, is_async)
        return SessionOpening(site, "", "argument", Answer.UNKNOWN, False, is_async)

    def _closes_attribute(self, function: FunctionValue, name: str) -> bool:
        return any(
            isinstance(node.function, tree.Attribute)
            and isinstance(node.function.value, tree.Attribute)
            and node.function.value.name == name
            for node in self._calls.nodes_named(function, *CLOSING)
        )

    @cached_property
    def _closed_keys(self) -> frozenset[str]:
        """The keys of mappings under which something closes what it finds: `context["session"].close()`."""
        found: set[str] = set()
        for module, declaration in self._calls.declarations_calling(*CLOSING):
            if declaration.kind != "function":
                continue
            function = self._calls.function_of(module, declaration)
            for node in self._calls.nodes_named(function, *CLOSING):
                if isinstance(node.function, tree.Attribute):
                    found.update(_keys_behind(node.function.value, function))
        return frozenset(found)

    def _bound(self, site: CallSite, name: str, is_async: Answer) -> SessionOpening:
        """A session that is bound to a variable: what the function does with it."""
        function = site.caller
        parents = self._parents_of(function)
        is_yielded = is_returned = is_closed = is_kept = False
        is_given = any(
            (isinstance(node, (tree.Global, tree.Nonlocal)) and name in node.names)
            or (isinstance(node, tree.SCOPES) and _reads(node, name))
            for node in function.nodes
        )
        for node in function.nodes:
            if not isinstance(node, tree.Name) or node.id != name:
                continue
            parent = parents.get(id(node))
            if isinstance(parent, tree.Attribute):
                is_closed = is_closed or parent.name in CLOSING
            elif isinstance(parent, tree.WithItem) and parent.context is node:
                is_closed = True
            elif isinstance(parent, tree.Yield):
                is_yielded = True
            elif isinstance(parent, tree.Return):
                is_returned = True
            elif _is_stored(node, parent):
                is_kept = True
            elif not self._is_plain_use(node, parent, parents, function):
                is_given = True
        is_given = is_given or (is_kept and not self._is_kept_open(name, function))
        answer = Answer.YES if is_closed else Answer.UNKNOWN if is_given or is_returned else Answer.NO
        use = "returned" if is_returned and not is_closed else "bound"
        return SessionOpening(site, name, use, answer, is_yielded, is_async)

    def _is_kept_open(self, name: str, function: FunctionValue) -> bool:
        """Whether a session is put into mappings only under keys that nothing closes."""
        keys = [
            _key_of(target)
            for node in function.nodes_of(tree.Assign)
            if isinstance(node.value, tree.Name) and node.value.id == name
            for target in node.targets
        ]
        return all(key and key not in self._closed_keys for key in keys)

    def _is_plain_use(
        self, node: tree.Name, parent: tree.Node | None, parents: dict[int, tree.Node], function: FunctionValue
    ) -> bool:
        """Whether a use leaves the session to the function: an argument of a function, a condition, its own binding."""
        if isinstance(parent, (tree.Assign, tree.AnnotatedAssign)):
            return parent.value is not node
        if isinstance(parent, tree.Keyword):
            parent = parents.get(id(parent))
        if isinstance(parent, tree.Call):
            name = called_name(parent)
            if name in TAKING or name in CLOSING or "close" in name or name[:1].isupper():
                return False
            callee = self._queries.value_of(parent.function, function)
            return not any(isinstance(one, (ClassValue, Unknown)) for one in alternatives(callee)) or bool(
                targets(callee)
            )
        return isinstance(
            parent, (tree.If, tree.BooleanOperation, tree.Comparison, tree.UnaryOperation, tree.WithItem, tree.Assert)
        )

    def _parents_of(self, function: FunctionValue) -> dict[int, tree.Node]:
        found = self._parents.get(id(function))
        if found is None:
            found = self._parents[id(function)] = {
                id(child): node for node in function.nodes for child in tree.children(node)
            }
            body = function.node.body
            if not isinstance(body, tuple):
                found[id(body)] = function.node
        return found


def _returning(openings: list[SessionOpening]) -> list[tuple[FunctionValue, Answer]]:
    """The functions that return sessions which they opened and left open."""
    return [(one.function, one.is_async) for one in openings if one.use == "returned"]


def _key_of(node: tree.Node) -> str:
    """The key of `mapping["key"]` or `mapping.get("key")`, keyword arguments told apart; empty for anything else."""
    key: tree.Node | None = None
    base: tree.Node | None = None
    if isinstance(node, tree.Subscript):
        base, key = node.value, node.index
    elif isinstance(node, tree.Call) and isinstance(node.function, tree.Attribute) and node.function.name == "get":
        base, key = node.function.value, node.arguments[0] if node.arguments else None
    if base is None or not isinstance(key, tree.Text):
        return ""
    return f"**{key.value}" if last_name(base) == "kwargs" else key.value


def _keys_behind(node: tree.Expression, function: FunctionValue) -> set[str]:
    """The keys under which an object is found, directly or through a variable."""
    if isinstance(node, tree.Name):
        return {
            _key_of(one.value)
            for one in function.nodes_of(tree.Assign)
            if any(isinstance(target, tree.Name) and target.id == node.id for target in one.targets)
        } - {""}
    return {_key_of(node)} - {""}


def _is_stored(node: tree.Name, parent: tree.Node | None) -> bool:
    """Whether a variable is put into a mapping: `context["session"] = session`."""
    return (
        isinstance(parent, tree.Assign)
        and parent.value is node
        and any(isinstance(target, tree.Subscript) for target in parent.targets)
    )


def is_script(module: Module) -> bool:
    """Whether a module belongs to a program that does one thing and ends."""
    return not SCRIPTS.isdisjoint(module.path.removesuffix(".py").split("/"))


def _reads(node: tree.Function | tree.Lambda | tree.Class, name: str) -> bool:
    body = node.body if isinstance(node.body, tuple) else (node.body,)
    return any(isinstance(one, tree.Name) and one.id == name for inner in body for one in tree.walk(inner))
