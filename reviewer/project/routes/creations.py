"""Which routes create a resource: their name says so, and what they run adds an object to the database.

Takes routes, gives the evidence or nothing. Actions such as logging in, searching or importing are no creations.
"""

from __future__ import annotations

import re

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name, last_name
from reviewer.project.data.queries import Queries
from reviewer.project.evaluation.values import FunctionValue, place_of
from reviewer.project.functions.calls import Calls
from reviewer.project.model import ReachedQuery, Route
from reviewer.project.routes.endpoint_results import EndpointResults
from reviewer.rule import Place

#: Verbs of endpoint names that say that something new comes into being.
CREATING = frozenset({"create", "add", "register", "signup", "insert", "post", "new"})
#: Those of them that are said of a resource, and not of what is added to one.
NAMING_A_RESOURCE = frozenset({"create", "register", "signup", "new"})
#: What endpoint names carry before their verb.
PREFIXES = frozenset({"api", "route", "endpoint", "handle", "async"})
#: Words of paths and names of operations that are asked of things and make no resource with an address.
ACTIONS = frozenset(
    {
        "accept", "activate", "approve", "archive", "assign", "auth", "authenticate", "authorize", "batch", "bulk",
        "calculate", "callback", "cancel", "chat", "check", "clone", "complete", "completion", "completions", "confirm",
        "copy", "deactivate", "delete", "disable", "download", "edit", "enable", "estimate", "event", "events",
        "execute", "export", "favorite", "filter", "follow", "generate", "get", "import", "join", "leave", "like",
        "list", "log", "login", "logout", "mark", "merge", "mfa", "move", "oauth", "oauth2", "or", "otp", "password",
        "ping", "preview", "query", "read", "recover", "refresh", "reject", "remove", "render", "resend", "reset",
        "restore", "retry", "run", "search", "send", "session", "sessions", "set", "signin", "signout", "start", "stop",
        "subscribe", "sync", "test", "token", "tokens", "track", "trigger", "unarchive", "unfavorite", "unfollow",
        "unlike", "unsubscribe", "update", "upload", "upsert", "validate", "validation", "verification", "verify",
        "build", "vote", "webhook", "webhooks",
    }
)  # fmt: skip
CREATING_CALL = re.compile(r"(?:^|_)(?:create|insert|add|register|signup|save|persist|new)(?:_|$)")
STRICTLY_CREATING_CALL = re.compile(r"(?:^|_)(?:create|insert|register|signup)(?:_|$)")
#: Objects that functions named so make and that are no resources.
NOT_RESOURCES = re.compile(
    r"token|task|engine|client|response|url|hash|event|log|message|path|job|header|middleware|filter|column|handler|environment|session"
)
#: Functions that make what is not there yet: what they find was not asked for.
FINDING = re.compile(r"(?:get|find|fetch|lookup|load|ensure)_(?:\w+_)?or_(?:create|add|insert|new)")
#: Classes of numbers and keys, by their names.
NUMBER_CLASS = re.compile(r"(?:ID|Id|UUID|Uuid|ULID|Key|Slug)$")
#: Words in the names of functions that write down what happened, or change what is there.
RECORDS = frozenset(
    {
        "update",
        "mark",
        "set",
        "change",
        "edit",
        "log",
        "logs",
        "audit",
        "history",
        "record",
        "track",
        "event",
        "events",
        "notify",
        "activity",
    }
)
INSERTING_METHODS = frozenset({"add", "add_all", "insert", "insert_one", "insert_many", "bulk_save_objects", "merge"})
CALL_DEPTH = 4
_WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


class Creation(msgspec.Struct, frozen=True):
    """Where a route creates: the call that adds the object, or that is named after it."""

    place: Place
    call: str  # as a reader knows it: `session.add`


class Creations:
    """Answers which routes create a resource."""

    def __init__(self, calls: Calls, queries: Queries, results: EndpointResults) -> None:
        self._calls = calls
        self._queries = queries
        self._results = results

    def without_status(self, route: Route) -> Creation | None:
        """The evidence that a route creates a resource and answers with the default status, or None."""
        endpoint = route.endpoint
        if route.method != "POST" or route.status_code is not None or not isinstance(endpoint, FunctionValue):
            return None
        if 200 in route.documented_statuses:
            return None  # `responses={200: …}` declares the status as well
        if any(one.kind == "response" for one in self._results.of(endpoint)) or _sets_status(endpoint):
            return None
        return self.of(route)

    def of(self, route: Route) -> Creation | None:
        """The evidence that a POST route creates a resource, None where there is none."""
        if route.method != "POST" or route.has_unknown_path or not isinstance(route.endpoint, FunctionValue):
            return None
        name = words_of(route.endpoint.name)
        segments = [segment for segment in route.path.split("/") if segment]
        if len(segments) > 1 and segments[-1] == "create":
            segments.pop()  # `POST /books/create` creates what `POST /books` would
        if not segments or segments[-1].startswith("{") or not _is_creating(name):
            return None
        if not (ACTIONS | CREATING).isdisjoint(words_of(segments[-1])) or _asks_for_action(name, segments):
            return None
        # What is added to something need not be a resource: then the call must be named after a creation itself.
        pattern = CREATING_CALL if not NAMING_A_RESOURCE.isdisjoint(name) else STRICTLY_CREATING_CALL
        is_one = pattern is CREATING_CALL
        return self._insertion(route.endpoint, is_one) or self._named_call(route.endpoint, pattern)

    def _insertion(self, endpoint: FunctionValue, is_one: bool) -> Creation | None:
        """The call that inserts a row; `is_one` if the endpoint is about one thing with its parts."""
        for reached in self._queries.reached_from(endpoint):
            if len(reached.chain) > CALL_DEPTH:
                break  # the chains only get longer
            if _inserts(reached) and (is_one or not _is_in_loop(reached)):
                call = reached.query.call
                return Creation(call.place, _call_text(call.node))
        return None

    def _named_call(self, endpoint: FunctionValue, pattern: re.Pattern[str]) -> Creation | None:
        """A call in the endpoint that is named after a creation: `users.create_user(…)`."""
        for site in self._calls.of(endpoint):
            name = called_name(site.node)
            called = site.node.function
            is_set = name == "add" and not isinstance(called, tree.Attribute)
            is_found = FINDING.search(name) is not None
            is_number = isinstance(called, tree.Attribute) and NUMBER_CLASS.search(last_name(called.value)) is not None
            if is_set or is_found or is_number:
                continue
            if pattern.search(name) and not NOT_RESOURCES.search(name):
                return Creation(place_of(endpoint.module, site.node), _call_text(site.node))
        return None


def _sets_status(function: FunctionValue) -> bool:
    """Whether a function assigns a status to a response."""
    return isinstance(function.node, tree.Function) and any(
        isinstance(target, tree.Attribute) and target.name == "status_code"
        for node in function.nodes_of(tree.Assign)
        for target in node.targets
    )


def words_of(name: str) -> list[str]:
    """The words of a name in snake, camel or kebab case, in lower case."""
    return [word.lower() for word in _WORDS.findall(name)]


def _is_creating(words: list[str]) -> bool:
    """Whether a creating verb stands where a verb stands: first, last, or behind a prefix such as `api`."""
    if words[:1] and words[0] in PREFIXES:
        words = words[1:]
    if "to" in words:
        return False  # `add_user_to_team` relates two things that are there
    return bool(words) and not CREATING.isdisjoint({words[0], words[-1]})


def _asks_for_action(name: list[str], segments: list[str]) -> bool:
    """Whether a name has the word of an action, other than for what it creates: `create_query` on `/queries`."""
    created = name[-1] if name[0] == "create" else ""
    of_path = [word for segment in segments for word in words_of(segment)]
    if created and {f"{created}s", f"{created}es", f"{created[:-1]}ies"}.intersection(of_path[-1:]):
        name = [word for word in name[:-1] if word not in of_path]
    return not ACTIONS.isdisjoint(name)


def _is_record(function: FunctionValue) -> bool:
    """Whether a function writes down what happened, finds or changes what is there, beside what it is asked for."""
    if FINDING.search(function.name):
        return True
    return not RECORDS.isdisjoint([*words_of(function.qualname), *words_of(function.module.name.rpartition(".")[2])])


def _inserts(reached: ReachedQuery) -> bool:
    query = reached.query
    if any(map(_is_record, (query.call.caller, *(site.caller for site in reached.chain[1:])))):
        return False
    if query.kind == "object":
        return query.method in INSERTING_METHODS
    statement = query.statement
    while isinstance(statement, tree.Call):
        called = statement.function
        if isinstance(called, tree.Attribute) and isinstance(called.value, tree.Call):
            statement = called.value
            continue
        return called_name(statement) == "insert"
    return False


def _is_in_loop(reached: ReachedQuery) -> bool:
    """Whether a query runs for each of several things, which are added to one that is there."""
    call = reached.query.call
    loops = call.caller.nodes_of(tree.For)
    return any(loop.line <= call.node.line and call.node.end_line <= loop.end_line for loop in loops)


def _call_text(call: tree.Call) -> str:
    called = call.function
    if isinstance(called, tree.Attribute) and isinstance(called.value, tree.Name):
        return f"{called.value.id}.{called.name}"
    return called_name(call)
