"""What names say of their values, and what values say of themselves: keys, passwords, tokens, and what only looks so.

Takes names and texts, knows no tree.
"""

from __future__ import annotations

import re
from collections import Counter
from math import log2

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
#: Last words of the name of a secret; a key needs a word before it that says of what.
SECRET_WORDS = frozenset({"secret", "password", "passwd", "passphrase", "token", "pepper"})
KEY_WORDS = frozenset({"secret", "jwt", "signing", "encryption", "fernet", "hmac", "master"})
#: Words before `secret` or `secret_key` of a key that the program signs with itself.
OWN_WORDS = frozenset(
    {
        "app", "application", "flask", "fastapi", "jwt", "session", "sessions", "cookie", "csrf", "wtf", "auth",
        "token", "tokens", "access", "refresh", "signing", "encryption", "hmac", "security", "reset", "verification",
        "datasource", "server", "api", "default", "the", "my",
    }
)  # fmt: skip
CLIENT_KEY_WORDS = frozenset({"api", "access", "auth", "service", "admin", "account", "consumer", "license"})
#: Words of accounts that a program makes for itself.
ACCOUNT_WORDS = frozenset({"admin", "superuser", "superadmin", "root", "owner", "first", "default", "initial"})
#: Words of accounts of services that a password admits to, whose owner decides on it.
SERVICE_WORDS = frozenset(
    {"db", "database", "postgres", "postgresql", "pg", "mysql", "mariadb", "redis", "rabbitmq", "rabbit", "amqp",
     "mongo", "mongodb", "neo4j", "clickhouse", "elastic", "elasticsearch", "opensearch", "minio", "s3", "smtp",
     "mail", "email", "celery", "broker", "flower", "ldap", "kafka", "sqlalchemy", "sql", "valkey", "vault", "ftp"}
)  # fmt: skip
#: Words that say that a secret is not at hand: only its name, its place or its age.
OTHER_WORDS = frozenset(
    {"test", "testing", "example", "sample", "dummy", "fake", "mock", "public", "publishable", "placeholder", "posthog",
     "analytics", "sitekey", "site", "name", "names"}
)  # fmt: skip
#: What stands where a reader is to put something of their own.
PLACEHOLDER = re.compile(
    r"[<>{}$%]|\.\.\.|…|^x+$|\*{3}|xxx|12345|example|(?:^|[^a-z])(?:your|insert|replace|todo)(?:[^a-z]|$)",
    re.IGNORECASE,
)
STAND_INS = frozenset(
    {
        "password", "passwd", "pass", "pwd", "postgres", "root", "admin", "user", "secret", "test", "testing", "dev",
        "development", "example", "changeme", "changethis", "guest", "default", "123456", "1234", "12345", "12345678",
        "token", "key", "none", "null", "empty", "na", "dummy", "foo", "bar", "foobar", "string", "true", "false",
        "local",
        "unset", "notset", "todo", "fake", "mock", "demo", "sample", "placeholder", "not-needed", "no-key", "anything",
    }
)  # fmt: skip
#: Texts that are a secret by their form, whatever they are called.
TOKEN_FORM = re.compile(
    r"(?:AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{20,}|"
    r"sk_live_[A-Za-z0-9]{16,}|rk_live_[A-Za-z0-9]{16,}|SG\.[\w-]{16,}\.[\w-]{16,}|AIza[\w-]{35}|"
    r"sk-(?:proj-|ant-)?[A-Za-z0-9_-]{32,}|npm_[A-Za-z0-9]{36}|pypi-[\w-]{40,}"
)
#: How keys begin that are meant to be seen.
PUBLISHABLE = ("phc_", "pk_", "pk.")
#: Parts of texts that are no secret: addresses, paths, patterns, dates, dotted names.
NO_SECRET = re.compile(
    r"\s|://|^[./~]|[\[\](){}<>*|,;\\]|^\d{4}-\d\d-\d\d|^[a-z_]\w*(?:\.\w+)+$|\.(?:com|org|io|net|py|json|pem|app)\b|@\w+\."
)
#: Bits for each character from which a text is no word, and the least length of such a text.
ENTROPY = 2.9
ENTROPY_LENGTH = 8


def words_of(name: str) -> tuple[str, ...]:
    """The words of an identifier in lower case: `jwt`, `secret`, `key` of `JWT_SECRET_KEY` and of `jwtSecretKey`."""
    return tuple(word.lower() for word in _WORDS.findall(name))


def is_signing_key(name: str) -> bool:
    """Whether a name stands for a key that the program signs or encrypts with: `SECRET_KEY`, `jwt_secret`."""
    words = words_of(name)
    if not words or not OTHER_WORDS.isdisjoint(words):
        return False
    if words[-1] == "key" and words[-2:-1] != ("secret",):
        return len(words) > 1 and words[-2] in KEY_WORDS
    before = words[:-2] if words[-1] == "key" else words[:-1]
    return words[-1] == "pepper" or (
        words[-1] in ("key", "secret") and OWN_WORDS.issuperset(before[-1:]) and before != ("api",)
    )


def is_account_password(name: str) -> bool:
    """Whether a name stands for the password of an account that the program makes: `FIRST_SUPERUSER_PASSWORD`."""
    words = words_of(name)
    return (
        bool(words)
        and words[-1] in ("password", "passwd", "pwd")
        and not ACCOUNT_WORDS.isdisjoint(words)
        and SERVICE_WORDS.isdisjoint(words)
        and OTHER_WORDS.isdisjoint(words)
    )


def is_secret(name: str) -> bool:
    """Whether a name stands for anything secret: a key, a password or a token."""
    words = words_of(name)
    if not words or not OTHER_WORDS.isdisjoint(words):
        return False
    if words[-1] == "key":
        return len(words) > 1 and words[-2] in KEY_WORDS | CLIENT_KEY_WORDS | {"private"}
    return (words[-1] in SECRET_WORDS and words[-1:] != ("pwd",)) or words[-2:] == ("db", "pwd")


def is_stand_in(text: str) -> bool:
    """Whether a value stands for one: everybody sees that it is no secret."""
    return (
        not text.strip()
        or bool(PLACEHOLDER.search(text))
        or text.strip().lower().replace("_", "").replace("-", "") in STAND_INS
    )


def entropy(text: str) -> float:
    """Shannon's entropy in bits for each character."""
    counts = Counter(text)
    return -sum(count / len(text) * log2(count / len(text)) for count in counts.values())


def is_random(text: str) -> bool:
    """Whether a text looks drawn by chance, or chosen as a password: no word, name, path, address or sentence."""
    if TOKEN_FORM.fullmatch(text):
        return True
    if len(text) < ENTROPY_LENGTH or is_stand_in(text) or text.startswith(PUBLISHABLE) or re.search(NO_SECRET, text):
        return False
    has_digit = any(one.isdigit() for one in text)
    letters = [one for one in text if one.isalpha()]
    if not has_digit or not letters or entropy(text) < ENTROPY:
        return False
    words = _WORDS.findall(text)
    longest = max((len(word) for word in words if word.isalpha()), default=0)
    is_identifier = re.fullmatch(r"[A-Za-z]+(?:[_.:-](?:[A-Za-z]+|\d{1,4}))*[_.:-]?v?\d{0,2}", text) is not None
    return not is_identifier and (longest < 8 or len(text) >= 20)
