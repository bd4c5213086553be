"""Results of lookups that requests use without a check that something was found.

Takes functions that requests run, gives the uses that fail on None. Only what a client can miss counts: the key comes
from the request, or the lookup may find nothing whatever it looks by.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import source_text
from reviewer.project.data.sqlalchemy import is_migration
from reviewer.project.errors.key_origins import CALLER_DEPTH, QUERIED, KeyOrigins, Supplier, is_constant
from reviewer.project.errors.lookups import Absence, Lookups
from reviewer.project.errors.none_flow import NoneFlow, NoneUse
from reviewer.project.evaluation.values import FunctionValue, place_of
from reviewer.project.functions.calls import Calls
from reviewer.project.functions.request_reach import RequestReach
from reviewer.project.model import CallSite
from reviewer.rule import Place


class UncheckedLookup(msgspec.Struct, frozen=True, eq=False):
    """The result of a lookup that is used without a check."""

    function: FunctionValue
    variable: str  # empty where the result is used at once
    how: str  # as a reader knows it: "`.first()`", "`get_user`"
    kind: str  # of the use, as in `NoneUse`
    text: str  # what fails, as source text
    place: Place  # of the use
    lookup_place: Place
    requested: str  # the route, or the endpoint or dependency that requests run
    chain: tuple[CallSite, ...]  # the calls from there


class UncheckedLookups:
    """Finds results of lookups that are used without a check."""

    def __init__(self, calls: Calls, lookups: Lookups, origins: KeyOrigins, reach: RequestReach) -> None:
        self._calls = calls
        self._lookups = lookups
        self._origins = origins
        self._reach = reach

    def find(self) -> Iterator[UncheckedLookup]:
        """The uses that fail where nothing is found, in order, one for each result."""
        near = self._names_near_requests
        migrations: dict[str, bool] = {}
        for module, declaration in self._calls.declarations_calling(*self._lookups.names):
            if declaration.kind != "function" or module.is_test:
                continue
            if module.path not in migrations:
                migrations[module.path] = is_migration(module)
            if migrations[module.path]:
                continue
            function = self._calls.function_of(module, declaration)
            if function.name in near or (isinstance(function.node, tree.Function) and function.node.decorators):
                yield from self._in_function(function)

    @cached_property
    def _names_near_requests(self) -> frozenset[str]:
        """Names of the functions that requests run first, and of what these call, and what that calls."""
        found = {handler.function.name for handler in self._reach.handlers}
        ring: Collection[str] = found
        for _ in range(CALLER_DEPTH):
            ring = self._calls.names_called_by(ring) - found
            found |= ring
        return frozenset(found)

    def _in_function(self, function: FunctionValue) -> Iterator[UncheckedLookup]:
        if not isinstance(function.node, tree.Function):
            return
        calls = self._calls.nodes_named_in(function, self._lookups.names)
        lines = frozenset(call.line for call in calls if self._lookups.may_be_lookup(call))
        if not lines:
            return
        flow = NoneFlow(function.node.body, self._lookups.may_be_lookup, keeps_assertions=True, lines=lines)
        seen: set[int] = set()
        for use in flow.uses:
            call = use.origin.value if isinstance(use.origin, tree.Await) else use.origin
            if id(use.origin) in seen or not isinstance(call, tree.Call):
                continue
            absence = self._lookups.absence(use.origin, function)
            found = self._supplied(function, call, use, absence) if absence is not None else None
            if found is not None:
                seen.add(id(use.origin))
                yield found

    def _supplied(
        self, function: FunctionValue, call: tree.Call, use: NoneUse, absence: Absence
    ) -> UncheckedLookup | None:
        """The lookup, if a request may miss what it looks for."""
        if any(QUERIED in self._origins.of(key, function) for key in absence.keys):
            return None
        if any(self._origins.is_vouched(key, function, call) for key in absence.keys if not is_constant(key)):
            return None
        suppliers = (self._origins.supplier(key, function) for key in absence.keys)
        supplier = next((one for one in suppliers if one is not None), None)
        if supplier is None and absence.is_unconditional:
            reached = self._reach.reaching(self._calls.site_of(function, call))
            supplier = Supplier(reached.handler.function, reached.chain) if reached is not None else None
        if supplier is None or (use.kind == "assertion" and supplier.chain):
            return None
        handler = self._reach.handler_of(supplier.endpoint)
        return UncheckedLookup(
            function,
            use.name,
            absence.how,
            use.kind,
            source_text(use.node)[:60],
            place_of(function.module, use.node),
            place_of(function.module, use.origin),
            str(handler.route) if handler is not None and not handler.is_dependency else supplier.endpoint.name,
            supplier.chain,
        )
