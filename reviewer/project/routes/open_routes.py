"""Routes that anybody may call: those without authentication, as far as that is a decision that can be doubted.

Takes the route table and what counts as public, gives groups. Routes that change data count by themselves; routes that
read count where the other routes of their router are guarded. What is unknown is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from functools import lru_cache

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name, dotted_name
from reviewer.project.evaluation.values import External, FunctionValue, Instance
from reviewer.project.model import Answer, Dependency, Route, RouteParameter
from reviewer.project.routes.operations import UNDESCRIBED, name_of, place_of_maker, registering_name
from reviewer.rule import Place

CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
#: Parameters that let only those in who know something: capability links, signatures, shared keys.
SECRETS = re.compile(r"token|secret|signature|api_?key|otp|(?:^|_)(?:code|key|hash|pin)$|authori[sz]", re.IGNORECASE)
#: Headers in which callers show who they are.
CREDENTIAL_HEADER = re.compile(r"authorization|x-[\w-]*(?:key|token|signature|secret)[\w-]*", re.IGNORECASE)
#: What programs in browsers read before anybody signs in; whoever changes it is another matter.
PUBLIC_TO_READ = ("config", "*-config", "configuration", "*-configuration", "settings", "features", "info", "about")
#: Names of dependencies that give who calls.
CALLERS = re.compile(r"optional|anonymous|current_?(?:active_?)?user|session_?user|auth", re.IGNORECASE)
#: Names of functions that turn callers away, as endpoints call them.
ASKING = re.compile(r"allow|permi|auth|login|logged|require|access|is_admin|abort_if|verify", re.IGNORECASE)
#: Verbs of views that change data although a link leads to them.
CHANGING_NAME = re.compile(r"(?:delete|remove|edit|update|add|create|import|move|merge|reset|clear|purge|lock|unlock)_")
#: Attributes by which a view tells known from unknown callers.
OPTIONAL = re.compile(r"is_authenticated|is_anonymous|is_active|logged_in")
#: Why it is not known whether a view is guarded, where its decorator's name says so.
GUARDING_DECORATOR = re.compile(r"^decorator \w*(?:login|auth|user|protected|token)\w*$")
#: Conditions under which routes are registered for development only.
DEVELOPMENT = re.compile(r"debug|local|dev|test|e2e", re.IGNORECASE)
#: Folders of programs that show how something is done, and that nobody serves.
EXAMPLE_FOLDERS = frozenset({"docs", "docs_src", "doc", "examples", "example", "samples", "snippets"})
#: Verbs of endpoint names that say that a POST route only reads, as in remote procedure calls.
READING = re.compile(
    r"(?:get|list|search|find|fetch|query|read|check|count|preview|validate|parse|render|estimate)(?:_|$)"
)
#: Guarded reading routes of a router up from which one that is open stands out, and their share from 0 to 1.
SIBLING_MINIMUM = 2
SIBLING_SHARE = 0.75
#: Guarded views of a blueprint up from which one that is open stands out.
BLUEPRINT_MINIMUM = 3
#: Open routes that change data up from which an application without any authentication is reported.
APPLICATION_MINIMUM = 2
#: Share of the routes of an application that are guarded up from which one that stands alone is doubted, from 0 to 1.
GUARDED_SHARE = 0.5
#: Segments of paths and names of endpoints, in kebab case, of an application that knows who its callers are.
SIGNING_IN = (
    "login*", "log-in*", "*-login", "signin*", "sign-in*", "signup*", "sign-up*", "register", "registration*",
    "token", "auth", "authenticate*", "*password*",
)  # fmt: skip
#: Last segments of the paths below which people make accounts of their own.
ACCOUNTS = frozenset({"user", "users", "account", "accounts", "customer", "customers", "member", "members"})
#: Last segments of paths that say what is done with what comes before.
MAKING = frozenset({"create", "new", "add"})
#: Open routes of a router up from which they are one group.
ROUTER_MINIMUM = 3


class OpenRoutes(msgspec.Struct, frozen=True, eq=False):
    """Routes without authentication that belong together."""

    kind: str  # "application": none of its routes has authentication; "router": none of its writing ones; "route"
    name: str
    place: Place
    symbol: str
    routes: tuple[Route, ...]
    guarded_siblings: int  # routes of the same router with authentication

    def of(self, route: Route) -> OpenRoutes:
        """One of the routes by itself."""
        return OpenRoutes("route", str(route), route.path_place, route.symbol, (route,), self.guarded_siblings)


def open_routes(routes: Iterable[Route], is_public: Callable[[Route], bool]) -> Iterator[OpenRoutes]:
    """The routes that anybody may call and that are not public, gathered by application and router."""
    judged = list(filter(_is_judged, routes))
    # One registration may be served twice, also by an application that is made for a script without its guards.
    guarded = {route.place for route in judged if not _is_open(route)}
    by_application: dict[Place, list[Route]] = {}
    for route in judged:
        by_application.setdefault(route.application.place, []).append(route)
    for members in by_application.values():
        doubtful = [route for route in members if route.place not in guarded and not is_public(route)]
        if all(route.authentication.answer is Answer.NO for route in members):
            if not any(is_named(route, SIGNING_IN) and route.own_path.strip("/") for route in members):
                continue  # a worker, a demonstration or a tool behind a gateway: nothing says that it knows callers
            changing = list({route.place: route for route in doubtful if _is_changing(route)}.values())
            if len(changing) >= APPLICATION_MINIMUM:
                application = members[0].application
                place = place_of_maker(application.instance, application.place)
                yield OpenRoutes("application", application.name, place, application.name, tuple(changing), 0)
            continue
        if members[0].framework == "flask":
            yield from _in_blueprints(members, doubtful)
        else:
            yield from _in_routers(members, doubtful, _guarded_share(members) >= GUARDED_SHARE)


def _in_blueprints(members: list[Route], doubtful: list[Route]) -> Iterator[OpenRoutes]:
    """The open views of Flask that stand alone among the guarded ones of their blueprint, each once.

    A site has many pages that everybody may see, so that only a view that nearly all others differ from is doubted.
    """
    wanted = {id(route) for route in doubtful}
    groups: dict[tuple[str, Place | None], list[Route]] = {}
    for route in members:
        # A module may register some of its views on the application, and some on its blueprint.
        for group in (("", route.router.place), (route.module.path, None)):
            groups.setdefault(group, []).append(route)
    seen: set[Place] = set()
    for siblings in groups.values():
        open_views = {route.endpoint_name: route for route in reversed(siblings) if id(route) in wanted}
        guarded = {route.endpoint_name for route in siblings if _is_guarded(route)} - open_views.keys()
        others = {route.endpoint_name for route in siblings} - guarded - open_views.keys()
        share = len(guarded) / max(1, len(guarded) + len(open_views) + len(others) - 1)
        if len(guarded) < BLUEPRINT_MINIMUM or share < SIBLING_SHARE:
            continue
        for route in reversed(open_views.values()):
            changing = [one for one in siblings if one.endpoint_name == route.endpoint_name and _is_changing(one)]
            shown = changing[0] if changing else route
            if shown.path_place in seen:
                continue
            if changing or CHANGING_NAME.match(route.function_name) or _uses_caller(route):
                seen.add(shown.path_place)
                yield OpenRoutes("route", str(shown), shown.path_place, route.symbol, (shown,), len(guarded))


def _each_endpoint(routes: list[Route]) -> list[Route]:
    """One route of each endpoint and method: at several addresses (`/items`, `/items/`) it is mended once."""
    found: dict[tuple[object, str], Route] = {}
    for route in routes:
        key = (route.endpoint_name or route.place, route.method)
        known = found.get(key)
        if known is None or route.place < known.place:
            found[key] = route
    return list(found.values())


def _is_guarded(route: Route) -> bool:
    """Whether a view demands a known caller, or says so by the name of its decorator."""
    return (
        route.authentication.answer is Answer.YES or GUARDING_DECORATOR.search(route.authentication.reason) is not None
    )


def _guarded_share(routes: list[Route]) -> float:
    """The share of routes that change data and are known to demand authentication, from 0 to 1."""
    changing = [route for route in routes if _is_changing(route)]
    return sum(route.authentication.answer is Answer.YES for route in changing) / max(1, len(changing))


def _in_routers(members: list[Route], doubtful: list[Route], is_guarded: bool) -> Iterator[OpenRoutes]:
    """The open routes by router; where the application is not guarded as a rule, only those with guarded siblings."""
    by_router: dict[Place | None, list[Route]] = {}
    for route in members:
        by_router.setdefault(route.router.place, []).append(route)
    wanted = {id(route) for route in doubtful}
    protected = {id(route) for route in members if route.authentication.answer is Answer.YES}
    for siblings in by_router.values():
        guarded = [route for route in siblings if route.authentication.answer is Answer.YES]
        reading = [route for route in siblings if not _is_changing(route) and id(route) in wanted | protected]
        guarded_reading = [route for route in guarded if not _is_changing(route)]
        share = len(guarded_reading) / max(1, len(reading) - 1)
        stands_out = len(guarded_reading) >= SIBLING_MINIMUM and share >= SIBLING_SHARE
        found = [
            route
            for route in siblings
            if id(route) in wanted and (_is_changing(route) or (stands_out and not is_named(route, PUBLIC_TO_READ)))
        ]
        found = _each_endpoint(found)
        changing = [route for route in siblings if _is_changing(route)]
        first = siblings[0]
        if not guarded and not is_guarded:
            continue
        is_whole = len(found) >= ROUTER_MINIMUM and not guarded and all(id(route) in wanted for route in changing)
        if is_whole and first.router is not first.application.instance:
            name = name_of(first.router, first.module.name)
            place = place_of_maker(first.router, first.path_place)
            yield OpenRoutes("router", name, place, name, tuple(found), 0)
            continue
        for route in found:
            yield OpenRoutes("route", str(route), route.path_place, route.symbol, (route,), len(guarded))


def _is_changing(route: Route) -> bool:
    """Whether a route changes data, as far as its method and name tell."""
    name = "" if route.endpoint is None else route.endpoint.name
    return route.method in CHANGING and not (route.method == "POST" and READING.match(name))


def _is_judged(route: Route) -> bool:
    return (
        not route.module.is_test
        and EXAMPLE_FOLDERS.isdisjoint(route.module.path.split("/")[:-1])
        and (route.framework == "flask" or registering_name(route) not in UNDESCRIBED)
        and route.method in CHANGING | {"GET"}
    )


def _is_open(route: Route) -> bool:
    """Whether a route has no authentication for certain, and nothing in its place."""
    return (
        route.authentication.answer is Answer.NO
        and not route.has_unknown_path
        and not any(map(_is_secret, route.parameters))
        and not _takes_credentials(route)
        and not (route.framework == "flask" and _asks_who_calls(route))
        and not any(map(_is_optional_guard, route.all_dependencies))
        and not any(DEVELOPMENT.search(condition) for condition in route.conditions)
    )


def _is_secret(parameter: RouteParameter) -> bool:
    return parameter.kind != "body" and SECRETS.search(parameter.name) is not None


def _takes_credentials(route: Route) -> bool:
    """Whether an endpoint reads a header with credentials itself; what it is handed to may refuse the caller."""
    endpoint = route.endpoint
    return isinstance(endpoint, FunctionValue) and any(
        CREDENTIAL_HEADER.fullmatch(node.value) for node in endpoint.nodes_of(tree.Text)
    )


def _asks_who_calls(route: Route) -> bool:
    """Whether an endpoint calls something that may turn callers away, or that knows who they are."""
    endpoint = route.endpoint
    if not isinstance(endpoint, FunctionValue):
        return True
    return any(ASKING.search(called_name(node)) for node in endpoint.nodes_of(tree.Call)) or any(
        OPTIONAL.search(node.name) for node in endpoint.nodes_of(tree.Attribute)
    )


def _uses_caller(route: Route) -> bool:
    """Whether a view of Flask needs to know who calls, and fails for others: `current_user.id`."""
    endpoint = route.endpoint
    return isinstance(endpoint, FunctionValue) and any(
        dotted_name(node) == "current_user.id" for node in endpoint.nodes_of(tree.Attribute)
    )


def _is_optional_guard(dependency: Dependency) -> bool:
    """Whether a dependency knows who calls without refusing anybody, so that it was thought of."""
    value = dependency.callable
    is_scheme = isinstance(value, Instance) and isinstance(value.type, External)
    return (is_scheme and value.type.name.startswith("fastapi.security.")) or CALLERS.search(
        dependency.name
    ) is not None


def may_register(route: Route) -> bool:
    """Whether a route makes an account, as far as path and method tell: `POST /users`."""
    segments = [segment for segment in route.path.lower().split("/") if segment]
    if len(segments) > 1 and segments[-1] in MAKING:
        segments.pop()
    return route.method == "POST" and bool(segments) and segments[-1] in ACCOUNTS


def reads_password(route: Route) -> bool:
    """Whether a view of Flask names a password, as one that makes an account does."""
    endpoint = route.endpoint
    return isinstance(endpoint, FunctionValue) and any(
        node.value == "password" for node in endpoint.nodes_of(tree.Text)
    )


def is_named(route: Route, patterns: Iterable[str]) -> bool:
    """Whether a segment of the path, or the name of the endpoint, matches a pattern such as `login*`, in kebab case."""
    segments = [segment for segment in route.path.lower().replace("_", "-").split("/") if segment]
    own_name = "" if route.endpoint is None else route.endpoint.name
    names = [*segments, *(name.lower().replace("_", "-") for name in (own_name, *route.name.split(":")))]
    given = tuple(patterns)
    return not segments or any(_matches(name, given) for name in dict.fromkeys(names))


@lru_cache(maxsize=50_000)
def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
