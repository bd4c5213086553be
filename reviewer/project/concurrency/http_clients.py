"""Finds HTTP clients that are made anew for each use: `async with httpx.AsyncClient() as client:` in a function.

Takes constructing calls in functions that run beside requests, gives those whose client is not kept.
"""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.modules import tree
from reviewer.project.concurrency.occasions import is_startup, runs_elsewhere, runs_once, serves
from reviewer.project.evaluation.values import FunctionValue
from reviewer.project.functions.calls import Calls
from reviewer.project.functions.request_reach import RequestReach
from reviewer.project.model import CallSite
from reviewer.project.redis import is_kept

CLIENTS = ("httpx.AsyncClient", "httpx.Client", "aiohttp.ClientSession", "requests.Session", "requests.session")
CLIENT_NAMES = ("AsyncClient", "Client", "ClientSession", "Session", "session")
#: Arguments of clients that are for one use: a test, a login, another application.
OWN_ARGUMENTS = frozenset({"transport", "app", "cookies", "connector"})


def clients_per_use(calls: Calls, reach: RequestReach) -> Iterator[CallSite]:
    """The calls that make a client for a single use while requests are served, in order; tests left out."""
    for module, declaration in calls.declarations_calling(*CLIENT_NAMES):
        if declaration.kind != "function" or module.is_test or not serves(module):
            continue
        if not module.mentions("httpx", "aiohttp", "requests"):
            continue
        function = calls.function_of(module, declaration)
        for site in calls.named(function, *CLIENT_NAMES):
            if site.external_name in CLIENTS and _is_for_one_use(function, site):
                is_coroutine = isinstance(function.node, tree.Function) and function.node.is_async
                if is_coroutine or reach.runs_in_requests(site):
                    yield site


def _is_for_one_use(function: FunctionValue, site: CallSite) -> bool:
    if any(one.name in OWN_ARGUMENTS for one in site.node.keywords) or is_startup(function):
        return False
    if function.name in ("__init__", "__aenter__", "__enter__", "__new__", "connect", "start", "setup", "main"):
        return False
    is_given_away = any(one.value is site.node for one in function.nodes_of(tree.Return))
    return not (is_given_away or runs_elsewhere(function) or runs_once(function, site.node) or is_kept(site))
