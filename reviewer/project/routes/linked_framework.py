"""What the linker of a web framework gives."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from reviewer.project.evaluation.values import Unknown
from reviewer.project.model import Application, Mount, Route, Router
from reviewer.project.routes.mounting import ForeignMount, with_foreign_mounts


class LinkedFramework(msgspec.Struct, frozen=True):
    """Applications, routes and routers of one framework, and what could not be known of them."""

    applications: tuple[Application, ...]
    routes: tuple[Route, ...]
    routers: tuple[Router, ...]
    unknowns: tuple[Unknown, ...]
    mounts: tuple[Mount, ...] = ()
    foreign_mounts: tuple[ForeignMount, ...] = ()
    #: What routers would serve that no application is known to include, each router as an application of its own.
    unserved_routes: tuple[Route, ...] = ()


def joined_mounts(outer: LinkedFramework, inner: LinkedFramework) -> tuple[LinkedFramework, LinkedFramework]:
    """Two frameworks, of which applications of the first serve those of the second that are mounted on them."""
    served, mounted = with_foreign_mounts(inner.routes, outer.foreign_mounts)
    if not mounted:
        return outer, inner
    remaining = tuple(one for one in inner.routes if id(one.application) not in mounted)
    applications = tuple(one for one in inner.applications if id(one) not in mounted)
    return (
        replace(outer, routes=(*outer.routes, *served)),
        replace(inner, applications=applications, routes=remaining),
    )
