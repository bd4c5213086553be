"""Reads files of environment variables (`.env`): which variables they set, and which of the values are real secrets.

Takes texts, gives names and places. What a value is never leaves this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit

import msgspec

from reviewer.project.security.secret_names import TOKEN_FORM, is_random, is_stand_in, words_of
from reviewer.project.settings.text_places import is_example
from reviewer.rule import Place

#: Words of names of files that show which variables there are, or hold what tests and every checkout may know.
SHOWING = frozenset(
    {"example", "examples", "sample", "samples", "template", "tmpl", "tpl", "dist", "default", "defaults", "schema",
     "test", "tests", "testing", "ci", "e2e", "vault", "enc", "encrypted", "sops", "gpg", "age", "mock", "demo", "j2"}
)  # fmt: skip
ASSIGNMENT = re.compile(r"\s*(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_.]*)\s*=\s*(?P<value>.*?)\s*")
MENTION = re.compile(r"^[ \t]*#[#\s]*(?:export\s+)?(?P<name>[A-Za-z_]\w*)[ \t]*=", re.MULTILINE)
COMMENT = re.compile(r"\s#.*$")
#: Words of names of secrets, and of what only looks so.
SECRET_WORDS = frozenset(
    {"secret", "password", "passwd", "pass", "pwd", "token", "credentials", "passphrase", "pepper", "salt"}
)
KEY_BEFORE = frozenset(
    {"secret", "api", "access", "private", "signing", "encryption", "jwt", "auth", "fernet", "master", "hmac",
     "session", "account", "service", "aes", "crypto"}
)  # fmt: skip
NO_SECRET_WORDS = frozenset(
    {"public", "publishable", "site", "sitekey", "next", "vite", "react", "expire", "expires", "expiry", "ttl",
     "minutes", "seconds", "url", "uri", "endpoint", "path", "file", "name", "header", "algorithm", "type", "id",
     "length", "lifetime", "prefix", "enabled", "policy", "test", "sandbox"}
)  # fmt: skip
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "0.0.0.0", "::1"})  # noqa: S104
SIZE_LIMIT = 200_000
LINE_LIMIT = 5_000


class EnvironmentVariable(msgspec.Struct, frozen=True, eq=False):
    """A variable that a file sets."""

    name: str
    place: Place  # the line
    is_secret: bool  # has a value that is a secret and stands for none


class EnvironmentFile(msgspec.Struct, frozen=True, eq=False):
    """A file of environment variables."""

    path: str
    variables: tuple[EnvironmentVariable, ...]
    #: Names in lower case that comments show: `# SMTP_HOST=localhost`.
    mentioned: frozenset[str] = frozenset()

    @property
    def is_for_show(self) -> bool:
        """Whether it shows which variables there are, by its name or folder: `.env.example`."""
        words = re.split(r"[._-]", self.path.rpartition("/")[2].lower())
        return not SHOWING.isdisjoint(words) or is_example(self.path)

    @property
    def secrets(self) -> tuple[EnvironmentVariable, ...]:
        """The variables whose value is a secret."""
        return tuple(one for one in self.variables if one.is_secret)


def environment_files(paths: Iterable[str], text_of: Callable[[str], str | None]) -> Iterator[EnvironmentFile]:
    """The files of some paths that can be read."""
    for path in paths:
        text = text_of(path)
        if text is not None and len(text) <= SIZE_LIMIT:
            yield EnvironmentFile(path, tuple(_variables(path, text)), frozenset(_mentioned(text)))


def _variables(path: str, text: str) -> Iterator[EnvironmentVariable]:
    for number, line in enumerate(text.splitlines()[:LINE_LIMIT], 1):
        if line.lstrip().startswith("#"):
            continue
        found = ASSIGNMENT.fullmatch(line)
        if found is not None:
            place = Place(path, number, found.start("name"), number, found.end("name"))
            yield EnvironmentVariable(found["name"], place, _is_secret(found["name"], _plain(found["value"])))


def _mentioned(text: str) -> Iterator[str]:
    return (found["name"].lower() for found in MENTION.finditer(text))


def _plain(value: str) -> str:
    """A value without its quotes or the comment behind it."""
    if value[:1] in ("'", '"'):
        end = value.find(value[0], 1)
        return value[1:end] if end > 0 else value[1:]
    return COMMENT.sub("", value).strip()


def _is_secret(name: str, value: str) -> bool:
    """Whether a value is a real secret: of a secret's name and drawn by chance, or secret by its form."""
    if not value or re.search(r"\$[{(A-Z]", value):
        return False
    if TOKEN_FORM.fullmatch(value):
        return not is_stand_in(value)
    if "://" in value:
        return _has_password(value)
    return _names_secret(name) and is_random(value)


def _names_secret(name: str) -> bool:
    words = words_of(name)
    if not words or not NO_SECRET_WORDS.isdisjoint(words):
        return False
    return not SECRET_WORDS.isdisjoint(words) or (words[-1] == "key" and not KEY_BEFORE.isdisjoint(words[-2:-1]))


def _has_password(value: str) -> bool:
    """Whether a URL leads to another machine with a password that stands for none."""
    try:
        address = urlsplit(value)
        password, host = address.password, address.hostname
    except ValueError:
        return False
    if not password or not host or host in LOCAL_HOSTS or "." not in host:
        return False
    return not is_stand_in(password) and password != address.username
