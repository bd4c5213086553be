"""Writes FastAPI applications of any size, the same bytes for the same size: what growth is measured on.

A larger application holds the files of a smaller one. Some of its routes break conventions, in every size as often.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from string import Template
from typing import NamedTuple

import application_texts as texts

FEATURES_A_DOMAIN = 20
#: Python files that each feature, each domain and the application as a whole bring.
FILES_A_FEATURE, FILES_A_DOMAIN = 8, 3

MODIFIERS = (
    *("annual", "archived", "billable", "bulk", "certified", "central", "digital", "draft", "external", "federal"),
    *("final", "foreign", "global", "guest", "hourly", "hosted", "internal", "joint", "late", "legal", "linked"),
    *("local", "managed", "mobile", "monthly", "national", "nested", "open", "partial", "pending", "personal"),
    *("planned", "prepaid", "primary", "private", "public", "regional", "related", "remote", "rented", "shared"),
    *("signed", "single", "special", "staged", "standing", "temporary", "timed", "urgent", "verified", "weekly"),
)
THINGS = (
    *("account", "address", "agreement", "alert", "asset", "auction", "booking", "budget", "campaign", "carrier"),
    *("category", "claim", "comment", "contract", "courier", "coupon", "course", "delivery", "deposit", "device"),
    *("discount", "document", "event", "expense", "feature", "forecast", "grant", "incident", "invoice", "item"),
    *("journal", "lease", "ledger", "lesson", "license", "meeting", "member", "message", "offer", "order", "parcel"),
    *("partner", "payment", "permit", "plan", "policy", "product", "project", "quote", "rating", "receipt", "refund"),
    *("report", "request", "review", "room", "route", "sale", "session", "shipment", "signal", "store", "survey"),
    *("task", "team", "tenant", "ticket", "tour", "transfer", "vehicle", "vendor", "visit", "voucher", "warehouse"),
)
FIELDS = (
    ("title", "str", "String(200)", "min_length=1, max_length=200"),
    ("description", "str | None", "Text", "default=None, max_length=4000"),
    ("quantity", "int", "Integer", "ge=0, le=1_000_000"),
    ("amount", "Decimal", "Numeric(12, 2)", "ge=0"),
    ("currency", "str", "String(3)", 'pattern="^[A-Z]{3}$"'),
    ("starts_at", "datetime", "DateTime(timezone=True)", 'description="First moment, in UTC"'),
    ("ends_at", "datetime | None", "DateTime(timezone=True)", "default=None"),
    ("is_active", "bool", "Boolean", "default=True"),
    ("reference", "str", "String(64)", "min_length=4, max_length=64"),
    ("priority", "int", "Integer", "ge=1, le=5"),
    ("contact_email", "str | None", "String(320)", "default=None, max_length=320"),
    ("region", "str", "String(40)", "max_length=40"),
    ("notes", "str | None", "Text", "default=None"),
    ("weight", "float", "Float", "gt=0"),
)
ACTIONS = ("archive", "publish", "assign", "confirm", "cancel", "duplicate", "lock", "restore")


class Feature(NamedTuple):
    """One kind of thing that the application deals with: `late_invoice` in the domain `domain_003`."""

    number: int
    name: str
    domain: str
    related: str | None  # dotted package of another feature that this one asks

    @property
    def class_name(self) -> str:
        """The name of its classes: `LateInvoice`."""
        return "".join(part.capitalize() for part in self.name.split("_"))

    @property
    def path(self) -> str:
        """The segment of its URLs: `late-invoice`."""
        return self.name.replace("_", "-")

    @property
    def package(self) -> str:
        """Its dotted package."""
        return f"app.{self.domain}.{self.name}"


class Written(NamedTuple):
    """What an application holds."""

    python_files: int
    routes: int
    bytes: int


def write_application(folder: Path, python_files: int) -> Written:
    """Writes an application of about so many Python files into a folder, made if need be."""
    features = list(_features(python_files))
    count = routes = size = 0
    for path, text in _files(features):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        content = text.encode()
        target.write_bytes(content)
        if path.endswith(".py"):
            count += 1
            size += len(content)
            routes += text.count("\n@router.")
    return Written(count, routes, size)


def _features(python_files: int) -> Iterator[Feature]:
    """As many features as fit into so many files, at least one."""
    left = python_files - len(texts.COMMON)
    number = 0
    while number == 0 or left >= FILES_A_FEATURE:
        if number % FEATURES_A_DOMAIN == 0:
            left -= FILES_A_DOMAIN
        left -= FILES_A_FEATURE
        yield _feature(number)
        number += 1


def _feature(number: int) -> Feature:
    random = Random(number)  # noqa: S311 - the same application each time
    related = None
    if number and random.random() < 0.7:
        nearest = max(0, number - 3 * FEATURES_A_DOMAIN)
        other = random.randrange(nearest, number)
        related = f"app.{_domain(other)}.{_name(other)}"
    return Feature(number, _name(number), _domain(number), related)


def _name(number: int) -> str:
    cycle, place = divmod(number, len(MODIFIERS) * len(THINGS))
    # Both numbers are coprime, so that neighbours differ in both words and no pair comes twice in a cycle.
    name = f"{MODIFIERS[place % len(MODIFIERS)]}_{THINGS[place % len(THINGS)]}"
    return f"{name}_{cycle + 1}" if cycle else name


def _domain(number: int) -> str:
    return f"domain_{number // FEATURES_A_DOMAIN:03}"


def _files(features: Sequence[Feature]) -> Iterator[tuple[str, str]]:
    yield from texts.COMMON.items()
    domains: dict[str, list[Feature]] = {}
    for feature in features:
        domains.setdefault(feature.domain, []).append(feature)
    yield "app/api.py", _api(list(domains))
    for domain, members in domains.items():
        yield f"app/{domain}/__init__.py", f'"""{domain.replace("_", " ").capitalize()}."""\n'
        yield f"app/{domain}/router.py", _domain_router(members)
        yield f"tests/{domain}/__init__.py", ""
    for feature in features:
        yield from _feature_files(feature)


def _api(domains: Sequence[str]) -> str:
    imports = "".join(f"from app.{domain}.router import router as {domain}_router\n" for domain in domains)
    included = "".join(f'api_router.include_router({domain}_router, prefix="/{domain}")\n' for domain in domains)
    return f"from fastapi import APIRouter\n\n{imports}\napi_router = APIRouter()\n{included}"


def _domain_router(features: Sequence[Feature]) -> str:
    imports = "".join(f"from {one.package}.router import router as {one.name}_router\n" for one in features)
    included = "".join(
        f'router.include_router({one.name}_router, prefix="/{one.path}", tags=["{one.name}"])\n' for one in features
    )
    return f"from fastapi import APIRouter\n\n{imports}\nrouter = APIRouter()\n{included}"


def _feature_files(feature: Feature) -> Iterator[tuple[str, str]]:
    random = Random(-1 - feature.number)  # noqa: S311 - the same application each time
    fields = random.sample(FIELDS, random.randint(4, 9))
    actions = random.sample(ACTIONS, random.randint(0, 4))
    words = {
        "name": feature.name,
        "path": feature.path,
        "title": feature.name.replace("_", " "),
        "Name": feature.class_name,
        "package": feature.package,
        "domain": feature.domain,
        "first": fields[0][0],
        "schema_fields": "".join(f"    {name}: {kind} = Field({rule})\n" for name, kind, _, rule in fields),
        "update_fields": "".join(f"    {name}: {_optional(kind)} = None\n" for name, kind, _, _ in fields),
        "columns": "".join(
            f"    {name}: Mapped[{kind}] = mapped_column({column})\n" for name, kind, column, _ in fields
        ),
        "rows": "".join(f"    <dt>{name}</dt><dd>{{{{ {feature.name}.{name} }}}}</dd>\n" for name, *_ in fields),
        **_related_words(feature),
    }
    source = f"app/{feature.domain}/{feature.name}"
    for file, template in texts.FEATURE.items():
        yield f"{source}/{file}", Template(template).substitute(words)
    yield f"{source}/router.py", _router(words, actions, random)
    yield f"{source}/service.py", _service(words, actions)
    yield f"tests/{feature.domain}/test_{feature.name}.py", _tests(words, actions)
    yield f"app/templates/{feature.domain}/{feature.name}.html", Template(texts.PAGE).substitute(words)


def _optional(kind: str) -> str:
    return kind if kind.endswith("| None") else f"{kind} | None"


def _related_words(feature: Feature) -> dict[str, str]:
    if feature.related is None:
        return {"related_import": "", "related_column": "", "related_check": ""}
    name = feature.related.rpartition(".")[2]
    class_name = "".join(part.capitalize() for part in name.split("_"))
    return {
        "related_import": f"from {feature.related}.repository import {class_name}Repository\n",
        "related_column": f'    {name}_id: Mapped[int | None] = mapped_column(ForeignKey("{name}.id"), index=True)\n',
        "related_check": Template(texts.RELATED_CHECK).substitute(related=name, Related=class_name),
    }


def _router(words: dict[str, str], actions: Sequence[str], random: Random) -> str:
    parts = [texts.ROUTER]
    parts += [texts.BARE_LIST if random.random() < 0.1 else texts.LIST]
    parts += [texts.SEARCH_IN_TEXT] if random.random() < 0.05 else []
    parts += [texts.PAGE_ROUTE] if random.random() < 0.5 else []
    filled = [Template(part).substitute(words) for part in parts]
    return "".join([*filled, *(Template(texts.ACTION_ROUTE).substitute(words, action=action) for action in actions)])


def _service(words: dict[str, str], actions: Sequence[str]) -> str:
    methods = (Template(texts.ACTION_METHOD).substitute(words, action=action) for action in actions)
    return "".join([Template(texts.SERVICE).substitute(words), *methods])


def _tests(words: dict[str, str], actions: Sequence[str]) -> str:
    cases = (Template(texts.ACTION_TEST).substitute(words, action=action) for action in actions)
    return "".join([Template(texts.TESTS).substitute(words), *cases])
