"""Rule classes for tests, made without files."""

from __future__ import annotations

from typing import Any

import msgspec

from reviewer.rule import Category, NoOptions, Preset, Rule, Severity


class RouteOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of several types: `max_routes` how many, `allowed` which, `limits` by name."""

    max_routes: int = 3
    allowed: tuple[str, ...] = ()
    limits: dict[str, int] = {}

    def __post_init__(self) -> None:
        if self.max_routes < 0:
            raise ValueError("max-routes is negative")


def make_rule(
    name: str,
    family: str,
    *,
    preset: Preset = Preset.RECOMMENDED,
    severity: Severity = Severity.WARNING,
    options: type[msgspec.Struct] = NoOptions,
) -> type[Rule]:
    """A rule of that name and family that finds nothing."""
    attributes: dict[str, Any] = {
        "__module__": f"made.{family}.{name.replace('-', '_')}",
        "__doc__": f"Reports {name}.",
        "category": Category.SECURITY,
        "severity": severity,
        "preset": preset,
        "Options": options,
    }
    return type("MadeRule", (Rule,), attributes)


def make_catalogue(*rules: type[Rule]) -> dict[str, type[Rule]]:
    """The rules by name."""
    return {rule.name(): rule for rule in rules}


CATALOGUE = make_catalogue(
    make_rule("missing-auth", "auth", severity=Severity.ERROR, options=RouteOptions),
    make_rule("jwt-without-expiry", "auth", preset=Preset.STRICT),
    make_rule("sql-injection", "sql"),
    make_rule("raw-sql", "sql", preset=Preset.STRICT),
    make_rule("verb-in-path", "api"),
)
