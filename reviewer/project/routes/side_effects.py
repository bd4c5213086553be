"""Which GET routes change what the application keeps: they are named after a change, and what they run makes it.

Takes routes, gives the evidence or nothing. Signing in and out, links of e-mails, forms that are shown, caches, logs
and what is counted by the way are no changes that anybody asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name, dotted_name
from reviewer.project.data.queries import Queries, skeleton
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, FunctionValue, Unknown, alternatives, place_of
from reviewer.project.functions.calls import Calls, targets
from reviewer.project.model import Answer, CallSite, Query, Route
from reviewer.project.routes.creations import PREFIXES, words_of
from reviewer.rule import Place

#: Verbs of names that say that something changes.
CHANGING = frozenset(
    {
        "delete", "remove", "destroy", "purge", "clear", "reset", "toggle", "undelete", "restore", "move", "archive",
        "unarchive", "lock", "unlock", "ban", "unban", "block", "unblock", "enable", "disable", "deactivate", "approve",
        "reject", "revoke", "rotate", "shutdown", "restart", "reboot", "create", "add", "insert", "update", "save",
        "rename", "assign", "unassign", "promote", "demote", "hide", "unhide", "trash", "merge", "wipe", "set", "mark",
        "cancel", "kick", "follow", "unfollow", "like", "unlike", "vote", "pin", "unpin", "publish", "unpublish",
        "delist", "kill", "terminate", "grant", "erase", "drop", "regenerate", "change", "close", "reopen", "highlight",
        "trivialize", "untrash", "discard", "fullsync", "truncate", "prune", "empty",
    }
)  # fmt: skip
#: Words of names whose changes belong to a GET: signing in, links in e-mails, redirects of other services, probes.
EXPECTED = frozenset(
    {
        "login", "logout", "signin", "signout", "signup", "callback", "oauth", "oauth2", "sso", "saml", "oidc", "auth",
        "confirm", "confirmation", "verify", "verification", "activate", "activation", "unsubscribe", "invite",
        "invitation", "magic", "redirect", "webhook", "pixel", "track", "health", "ping", "authorize", "register",
        "csrf", "captcha", "form", "preview", "download", "export", "stream", "sse", "ws", "cron", "scheduled",
    }
)  # fmt: skip
#: Those of them that may also be what is changed: `delete_auth_token`.
ABOUT = frozenset({"auth", "oauth", "sso", "saml", "oidc", "form", "download", "export", "stream", "webhook", "invite",
                   "invitation", "preview", "redirect", "track", "cron", "register", "signup"})  # fmt: skip
#: First words of names that say that something is read.
READING = frozenset(
    {
        "get", "list", "show", "view", "read", "search", "find", "fetch", "display", "index", "render", "check", "is",
        "has", "count", "load", "query", "filter", "describe", "browse", "can", "available", "new", "edit", "retrieve",
    }
)  # fmt: skip
#: Methods of unknown objects that store or delete them.
STORING = frozenset({"save", "delete", "destroy", "soft_delete", "delete_instance", "stop", "shutdown", "restart"})
#: What is not kept, by the last name of the object.
PASSING = ("cache", "redis", "response", "session", "cookies", "logger", "log", "request", "flash", "headers", "g")
PASSED_ON = frozenset({"cookie", "response", "token", "session", "cache", "header", "log"})
WRITING_METHODS = frozenset({"add", "add_all", "delete", "delete_all", "merge", "bulk_save_objects"})
WRITING_STATEMENTS = ("insert", "update", "delete", "replace", "merge", "truncate", "drop")
#: Other methods that a function may answer.
UNSAFE_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
CALL_DEPTH = 4


class SideEffect(msgspec.Struct, frozen=True, eq=False):
    """A GET route that changes something, and where."""

    route: Route
    function: FunctionValue
    call: CallSite  # that changes it, in the body of the endpoint
    written: str  # that call, as a reader knows it
    place: Place  # the name of the function in its header


class SideEffects:
    """Answers which GET routes change something."""

    def __init__(self, evaluator: Evaluator, calls: Calls, queries: Queries, routes: Iterable[Route]) -> None:
        self._evaluator = evaluator
        self._calls = calls
        self._queries = queries
        self._routes = tuple(routes)
        self._writes: dict[int, bool] = {}

    def find(self) -> Iterator[SideEffect]:
        """The GET routes that change something, each endpoint once, in order of the routes."""
        answered: dict[int, set[str]] = {}
        safe: dict[int, tuple[FunctionValue, list[Route]]] = {}
        for route in self._routes:
            function = self._function_of(route)
            if function is not None and isinstance(function.node, tree.Function):
                answered.setdefault(id(function.node), set()).add(route.method)
                if route.method == "GET":
                    safe.setdefault(id(function.node), (function, []))[1].append(route)
        for key, (function, routes) in safe.items():
            if UNSAFE_METHODS.isdisjoint(answered[key]):
                found = self._of(function, routes)
                if found is not None:
                    yield found

    def _function_of(self, route: Route) -> FunctionValue | None:
        endpoint = route.endpoint
        if isinstance(endpoint, ClassValue):
            found = self._evaluator.find_in_class(endpoint, route.method.lower())
            return found[1] if found is not None and isinstance(found[1], FunctionValue) else None
        return endpoint if isinstance(endpoint, FunctionValue) else None

    def _of(self, function: FunctionValue, routes: list[Route]) -> SideEffect | None:
        name = [word for word in words_of(function.name) if word not in PREFIXES]
        paths = {word for route in routes for word in words_of(_static_text(route.own_path))}
        if not EXPECTED.isdisjoint({*name, *paths}) or (name[:1] and name[0] in READING):
            return None
        is_named = not CHANGING.isdisjoint(name) or not CHANGING.isdisjoint(paths)
        for site in self._calls.of(function):
            if self._changes(site, is_named=is_named):
                return SideEffect(routes[0], function, site, _written(site.node), _header_of(function))
        return None

    def _changes(self, site: CallSite, *, is_named: bool) -> bool:
        """Whether a call in an endpoint changes what is kept; more counts where the endpoint is named after it."""
        query = self._queries.at(site.caller, site.node)
        if query is not None:
            return is_write(query) if is_named else _deletes(query) and _is_unconditional(site)
        if not is_named:
            return False
        name = called_name(site.node)
        if isinstance(site.node.function, tree.Attribute):
            receiver = (dotted_name(site.node.function.value) or "").lower()
            if receiver.rpartition(".")[2].startswith(PASSING) or receiver.startswith(("flask.", "request.")):
                return False
        followed = targets(site.callee)
        if followed:
            is_verb = not CHANGING.isdisjoint(words_of(name)) or name in STORING
            return any(self._leads_to_write(one) for one in followed) or (is_verb and _is_kept_by(name))
        return name in STORING and any(isinstance(one, Unknown) for one in alternatives(site.callee))

    def _leads_to_write(self, function: FunctionValue) -> bool:
        """Whether a function, or one that it calls, writes to the database."""
        known = self._writes.get(id(function))
        if known is None:
            self._writes[id(function)] = False
            known = any(
                is_write(reached.query)
                for reached in self._queries.reached_from(function)
                if len(reached.chain) < CALL_DEPTH
            )
            self._writes[id(function)] = known
        return known


def _is_unconditional(site: CallSite) -> bool:
    """Whether a call is made on every way through its function: it stands in no branch, loop or handler."""
    node = site.caller.node
    body = node.body if isinstance(node, tree.Function) else ()
    return any(
        one is site.node
        for statement in body
        if isinstance(statement, (tree.Assign, tree.ExpressionStatement, tree.Return, tree.With, tree.AnnotatedAssign))
        for one in tree.walk(statement)
    )


def is_write(query: Query) -> bool:
    """Whether a query changes rows: `session.add`, `delete(…)`, `UPDATE …`."""
    if query.kind == "object":
        return query.method in WRITING_METHODS
    if query.kind == "query":
        return query.method in ("update", "delete")
    if query.kind == "statement":
        if query.is_text is Answer.YES:
            return query.text.lstrip(" \n\t(").lower().startswith(WRITING_STATEMENTS)
        return _construct(query.statement) in WRITING_STATEMENTS
    return False


def _deletes(query: Query) -> bool:
    if query.method == "delete" and query.kind in ("object", "query"):
        return True
    return query.kind == "statement" and (
        _construct(query.statement) == "delete" or query.text.lstrip().lower().startswith("delete")
    )


def _construct(statement: tree.Expression | None) -> str:
    """What a statement begins with: `delete` for `delete(User).where(…)`."""
    while isinstance(statement, tree.Call):
        called = statement.function
        if isinstance(called, tree.Attribute) and isinstance(called.value, tree.Call):
            statement = called.value
            continue
        return called_name(statement)
    return "" if statement is None else skeleton(statement).strip().partition(" ")[0].lower()


def _is_kept_by(name: str) -> bool:
    """Whether a function named so changes something that is kept: not `set_cookie`, `create_response`."""
    return not any(
        word in ("cookie", "response", "token", "session", "cache", "header", "log") for word in words_of(name)
    )


def _static_text(path: str) -> str:
    """The parts of a path that are no parameters."""
    return " ".join(part for part in path.split("/") if not part.startswith(("{", "<", ":")))


def _written(call: tree.Call) -> str:
    return dotted_name(call.function) or called_name(call)


def _header_of(function: FunctionValue) -> Place:
    """`def name`, as far as the node tells where it stands."""
    node = function.node
    assert isinstance(node, tree.Function)
    place = place_of(function.module, node)
    prefix = "async def " if node.is_async else "def "
    return Place(place.path, place.line, place.column, place.line, place.column + len(prefix) + len(node.name))
