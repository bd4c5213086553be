"""Secrets in responses: fields of response models, at any depth, that hold a password, a key or a token.

Takes routes, follows response models through their fields. Passwords are secrets everywhere; keys and tokens where they
belong to a person's record, since a route for keys gives keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from reviewer.modules import tree
from reviewer.project.data.schema_fields import plain_type
from reviewer.project.data.schema_tables import SchemaTables
from reviewer.project.evaluation.values import ClassValue, External, Subscripted, Value
from reviewer.project.model import Route, Schema, SchemaField

#: Names of fields and columns that hold a password or what protects one.
PASSWORD = re.compile(
    r"^(?:hashed_|encrypted_|user_|admin_|password_?)?(?:password|passwd|passphrase|pwd)(?:_?(?:hash|hashed|salt|digest))?$"
    r"|^(?:password_)?salt$|^(?:totp|otp|mfa|two_factor|2fa)_(?:secret|seed|key)$|^hashed?_?pass(?:word)?$"
)
#: Names of keys and tokens.
CREDENTIAL = re.compile(
    r"(?:^|_)(?:api_?key|secret_key|private_key|access_key|client_secret|api_secret|webhook_secret|signing_secret)$"
    r"|^(?:secret|token|api_token|auth_token|access_token|refresh_token|reset_token|session_token|recovery_codes?|"
    r"reset_password_token|verification_token|confirmation_token|password_reset_token|invite_token)$"
)
#: Words that say that a route or a schema is about credentials themselves.
ABOUT_CREDENTIALS = re.compile(
    r"token|login|auth|sign_?in|sign_?up|api_?key|secret|credential|creds|session|oauth|password|jwt|refresh|register|webhook|"
    r"invit|setup|mfa|totp|otp|2fa|connect|provision|integration",
    re.IGNORECASE,
)
#: Those of them that say that a password is given on purpose: one that was just made.
ABOUT_PASSWORDS = re.compile(r"password|credential|creds", re.IGNORECASE)
#: Names of schemas that describe a person or an account.
PERSON = re.compile(r"User|Account|Member|Profile|Customer|Employee|Person|Author|Admin(?!istration)|Owner|Me(?![a-z])")
PERSONAL_FIELDS = frozenset({"email", "username", "user_name", "full_name", "first_name", "last_name", "nickname"})
#: Types of fields that hold a text.
TEXT_TYPES = frozenset({"builtins.str", "builtins.bytes", "typing.Any", "pydantic.Json", "pydantic.constr"})
#: Fields of pages and envelopes that hold what is sent.
WRAPPING_FIELDS = frozenset({"items", "data", "results", "result", "records", "rows", "content", "payload"})
#: How many fields lead to a secret at most, pages and envelopes left out: deeper ones are the caller's own settings.
DEPTH_LIMIT = 3


class ExposedSecret(msgspec.Struct, frozen=True, eq=False):
    """A secret field that responses hold."""

    field: SchemaField
    path: tuple[str, ...]  # the fields that lead to it from the response model: `users`, `tokens`, `token`
    schemas: tuple[Schema, ...]  # on that path, the response model first
    routes: tuple[Route, ...]

    @property
    def model(self) -> Schema:
        """The response model without the page or envelope around it."""
        return self.schemas[self._wrappers]

    @property
    def way(self) -> tuple[str, ...]:
        """The fields that lead from there to the secret."""
        return self.path[self._wrappers :]

    @property
    def _wrappers(self) -> int:
        names = (number for number, name in enumerate(self.path[:-1]) if name not in WRAPPING_FIELDS)
        return next(names, len(self.path) - 1)

    @property
    def is_direct(self) -> bool:
        """Whether the response model itself has the field."""
        return len(self.way) == 1


def is_password(name: str) -> bool:
    """Whether a field or column of a name holds a password or what protects one."""
    return PASSWORD.search(name.lower()) is not None


def is_credential(name: str) -> bool:
    """Whether a field or column of a name holds a key or a token."""
    return CREDENTIAL.search(name.lower()) is not None


class SecretFields:
    """Answers which responses hold secrets."""

    def __init__(self, schema_tables: SchemaTables) -> None:
        self._schema_tables = schema_tables

    def exposed(self, routes: tuple[Route, ...]) -> tuple[ExposedSecret, ...]:
        """The secrets in responses: for each field and the response model that leads to it one."""
        found: dict[tuple[object, ...], tuple[tuple[str, ...], tuple[Schema, ...], SchemaField, list[Route]]] = {}
        by_model: dict[int, tuple[tuple[SchemaField, tuple[str, ...], tuple[Schema, ...]], ...]] = {}
        for route in routes:
            for schema in self._schema_tables.schemas_in(route.response_model_value):
                key = id(schema.value)
                if key not in by_model:
                    by_model[key] = tuple(self._secrets_in(schema))
                for field, path, schemas in by_model[key]:
                    if self._may_be_given(route, field, schemas) and not is_left_out(route, path):
                        entry = found.setdefault((key, field.place, field.name), (path, schemas, field, []))
                        entry[3].append(route)
        return tuple(ExposedSecret(field, path, schemas, tuple(of)) for path, schemas, field, of in found.values())

    def _secrets_in(self, schema: Schema) -> Iterator[tuple[SchemaField, tuple[str, ...], tuple[Schema, ...]]]:
        """The secret fields of a schema and of those that its fields hold, each with a shortest way to it."""
        pending: list[tuple[Schema, tuple[str, ...], tuple[Schema, ...]]] = [(schema, (), (schema,))]
        seen = {id(schema.value)}
        while pending:
            current, path, schemas = pending.pop(0)
            for field in current.fields:
                if is_password(field.name) or is_credential(field.name):
                    if _is_secret(field, schemas):
                        yield field, (*path, field.name), schemas
                elif _depth(path) < DEPTH_LIMIT - 1 and not self._schema_tables.is_scalar(field):
                    for inner in self._schema_tables.schemas_in(field.type):
                        if id(inner.value) not in seen:
                            seen.add(id(inner.value))
                            pending.append((inner, (*path, field.name), (*schemas, inner)))

    def _may_be_given(self, route: Route, field: SchemaField, schemas: tuple[Schema, ...]) -> bool:
        """Whether it is a secret's own purpose to be given here: the answer to a login, a key that was just made."""
        if is_password(field.name):
            words = _last_words(route)
            is_reading = route.method in ("GET", "PUT", "PATCH") and not ABOUT_PASSWORDS.search(words)
            return is_reading or not ABOUT_CREDENTIALS.search(words)
        names = " ".join((_last_words(route), schemas[0].name))
        return not ABOUT_CREDENTIALS.search(names)


def is_left_out(route: Route, path: tuple[str, ...]) -> bool:
    """Whether `response_model_exclude` or `response_model_include` keeps a field from being sent, or may do so."""
    keywords = route.node.keywords if isinstance(route.node, tree.Call) else ()
    given = {one.name: one.value for one in keywords}
    exclude, include = given.get("response_model_exclude"), given.get("response_model_include")
    if exclude is not None and _names_field(exclude, path):
        return True
    return include is not None and not _is_none(include) and not _names_field(include, path[:1])


def _names_field(node: tree.Expression, path: tuple[str, ...]) -> bool:
    """Whether a set or dictionary of names, `{"user": {"token"}}`, names a field or one that leads to it."""
    for name in path:
        if isinstance(node, (tree.Set, tree.List, tree.Tuple)):
            return any(not isinstance(one, tree.Text) or one.value == name for one in node.items)
        if not isinstance(node, tree.Dictionary):
            return not _is_none(node)
        if any(not isinstance(key, tree.Text) or key.value == "__all__" for key in node.keys):
            return True
        inner = [value for key, value in zip(node.keys, node.values, strict=False) if getattr(key, "value", "") == name]
        if not inner:
            return False
        node = inner[0]
    return not isinstance(node, (tree.Set, tree.Dictionary))


def _is_none(node: tree.Expression) -> bool:
    return isinstance(node, tree.Constant) and node.value == "None"


def _depth(path: tuple[str, ...]) -> int:
    return sum(name not in WRAPPING_FIELDS for name in path)


def _last_words(route: Route) -> str:
    parts = [one for one in route.path.split("/") if one and not one.startswith(("{", "<"))]
    return " ".join((*parts[-2:], route.function_name))


def _is_secret(field: SchemaField, schemas: tuple[Schema, ...]) -> bool:
    if field.details.is_excluded or not _is_text(field.type):
        return False
    return is_password(field.name) or any(map(_is_person, schemas))


def _is_person(schema: Schema) -> bool:
    names = {one.name for one in schema.fields}
    is_named = bool(PERSON.search(schema.name)) and not ABOUT_CREDENTIALS.search(schema.name)
    return is_named and not PERSONAL_FIELDS.isdisjoint(names)


def _is_text(value: Value) -> bool:
    plain = plain_type(value)
    if isinstance(plain, Subscripted):
        plain = plain.arguments[0] if plain.arguments else plain.base
    if isinstance(plain, ClassValue):
        return False
    return isinstance(plain, External) and plain.name in TEXT_TYPES
