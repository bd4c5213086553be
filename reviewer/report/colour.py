"""Colour for terminals: whether it is wanted, and the few styles reports use."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Style(str, Enum):
    """ANSI parameters of a style."""

    ERROR = "1;31"
    WARNING = "1;33"
    INFO = "1;34"
    GOOD = "1;32"
    STRONG = "1"
    FAINT = "2"


def wants_colour(*, is_terminal: bool, environment: Mapping[str, str]) -> bool:
    """Whether to colour output: only on a terminal, unless `FORCE_COLOR` asks for it; `NO_COLOR` always forbids it."""
    if environment.get("NO_COLOR"):
        return False
    forced = environment.get("FORCE_COLOR", "")
    if forced:
        return forced.lower() not in {"0", "false"}
    return is_terminal and environment.get("TERM") != "dumb"


def painted(text: str, style: Style, *, colour: bool) -> str:
    """The text in a style, or as it is without colour."""
    return f"\x1b[{style.value}m{text}\x1b[0m" if colour and text else text
