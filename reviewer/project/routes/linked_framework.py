"""What the linker of a web framework gives."""

from __future__ import annotations

import msgspec

from reviewer.project.evaluation.values import Unknown
from reviewer.project.model import Application, Mount, Route, Router


class LinkedFramework(msgspec.Struct, frozen=True):
    """Applications, routes and routers of one framework, and what could not be known of them."""

    applications: tuple[Application, ...]
    routes: tuple[Route, ...]
    routers: tuple[Router, ...]
    unknowns: tuple[Unknown, ...]
    mounts: tuple[Mount, ...] = ()
