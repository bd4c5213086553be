"""Finds httpx clients that are given the application in a way that httpx has removed.

`Client(app=…)` and `AsyncClient(app=…)` are deprecated since httpx 0.27 and gone in 0.28; transports took their place.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.modules.source_text import source_text
from reviewer.project.evaluation.values import place_of
from reviewer.project.functions.calls import Calls
from reviewer.project.library_versions import LibraryVersions
from reviewer.project.model import CallSite
from reviewer.rule import Place

#: From this version on httpx warns of the keyword.
DEPRECATED_IN = (0, 27)
#: The transport that replaces `app=`, by the class of the client.
TRANSPORTS = {"httpx.AsyncClient": "ASGITransport", "httpx.Client": "WSGITransport"}


class ApplicationClient(msgspec.Struct, frozen=True, eq=False):
    """A call that makes a client for an application with the keyword `app`."""

    site: CallSite
    place: Place  # of the argument
    application: str  # as written
    transport: str  # `ASGITransport`, `WSGITransport`
    has_transport: bool  # whether the call names one besides


def application_clients(calls: Calls, versions: LibraryVersions) -> Iterator[ApplicationClient]:
    """The clients that functions make for an application by keyword, unless an older httpx is pinned for them."""
    names = tuple(name.rpartition(".")[2] for name in TRANSPORTS)
    for function in calls.functions(*names):
        module = function.module
        if not module.mentions("httpx") or versions.of("httpx", module.path) < DEPRECATED_IN:
            continue
        for site in calls.named(function, *names):
            keywords = {keyword.name: keyword.value for keyword in site.node.keywords}
            application = keywords.get("app")
            transport = TRANSPORTS.get(site.external_name)
            if transport is not None and application is not None:
                yield ApplicationClient(
                    site,
                    place_of(module, application),
                    source_text(application),
                    transport,
                    "transport" in keywords,
                )
