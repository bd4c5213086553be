"""Finds secrets that stand in the source: as the value of a name, or as what holds where the environment says nothing.

Starts from modules that name a key or hold a text that looks drawn by chance, and reads from the nodes around a literal
what it is for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name, dotted_name
from reviewer.project.data.sqlalchemy import is_migration
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import place_of
from reviewer.project.program import Program
from reviewer.project.security.secret_names import (
    TOKEN_FORM,
    is_account_password,
    is_random,
    is_secret,
    is_signing_key,
    is_stand_in,
    words_of,
)
from reviewer.project.settings.environment_reads import EnvironmentRead, target_name
from reviewer.project.settings.text_places import is_example, is_script
from reviewer.rule import Place

#: Calls that give their argument back, or something that stands for it.
WRAPPING = frozenset({"str", "Secret", "SecretStr", "SecretBytes", "bytes", "encode", "strip", "b64decode", "Field"})
#: Functions that take a key, with the position of it and its keyword.
KEY_TAKERS = {
    "jwt.encode": (1, "key"),
    "jwt.decode": (1, "key"),
    "pyjwt.encode": (1, "key"),
    "pyjwt.decode": (1, "key"),
    "Fernet": (0, "key"),
    "hmac.new": (0, "key"),
    "URLSafeSerializer": (0, "secret_key"),
    "URLSafeTimedSerializer": (0, "secret_key"),
    "TimestampSigner": (0, "secret_key"),
    "JWTStrategy": (0, "secret"),
    "CookieTransport": (-1, "secret"),
    "SessionMiddleware": (-1, "secret_key"),
    "JWTSettings": (-1, "secret_key"),
}
#: Names of keywords that are secret in what connects or signs in, whatever the text looks like.
CREDENTIAL_KEYWORDS = frozenset({"password", "passwd", "api_key", "secret_key", "aws_secret_access_key", "auth_token"})
DEVELOPMENT = re.compile(
    r"(?:^|_)(?:test|testing|dev|local)(?:_|$)|^Test|^Dev|Test(?:ing)?(?:Config|Settings)?$|Development"
)
VALUE_LENGTH = 4
#: Longest text that modules are asked for.
TEXT_LENGTH = 60
#: Names of what shows readers of the documentation how a request or an answer looks.
EXAMPLE_NAMES = frozenset({"example", "examples", "openapi_examples", "json_schema_extra", "schema_extra"})
#: Fewest words of a text that is a sentence: a key may be two or three.
SENTENCE_WORDS = 4
#: What a template or a person fills in before the program runs.
FILLED_IN = re.compile(r"[{<]{1,2}[\w\s.-]+[}>]{1,2}|\$\{")
RANDOM_LENGTH = 8
TOKEN_LENGTH = 20
#: Identifiers without digits in them, dotted names, and what has spaces: most names of a program.
NAME_OR_WORDS = re.compile(r"[^\d]*|_*[a-z]+\d*(?:[._][a-z0-9]+)*|.*\s.*|\d{4}-\d\d-\d\d.*", re.DOTALL)
SECRET_ENDINGS = ("key", "secret", "password", "passwd", "passphrase", "token", "pepper")
KEY_ENDINGS = ("key", "KEY", "Key", "secret", "SECRET", "Secret", "pepper", "PEPPER")


class SecretValue(msgspec.Struct, frozen=True, eq=False):
    """A secret in the source."""

    module: Module
    place: Place
    name: str  # of the setting, variable, keyword or key that takes it
    text: str
    purpose: str  # "signing key", "account password" (of one that the program makes), or "credential"
    is_default: bool  # holds where the environment says nothing
    owner: tuple[str, ...]

    @property
    def symbol(self) -> str:
        """`module:owner.name`, for fingerprints."""
        return f"{self.module.name}:{'.'.join((*self.owner, self.name))}"


def _may_hold_secret(module: Module) -> bool:
    if module.mentions_one_that(names_signing_key):
        return True
    return module.mentions_one_that(may_be_random) and (
        module.mentions_one_that(names_secret) or module.mentions_one_that(has_token_form)
    )


def names_secret(name: str) -> bool:
    """Whether a name is that of a secret; asked of every name of the program."""
    return name.lower().endswith(SECRET_ENDINGS) and is_secret(name)


def has_token_form(text: str) -> bool:
    """Whether a text is a secret by its form; asked of every name of the program."""
    return len(text) >= TOKEN_LENGTH and TOKEN_FORM.fullmatch(text) is not None


def names_signing_key(name: str) -> bool:
    """Whether a name is that of a key to sign with; asked of every name of the program."""
    return name.endswith(KEY_ENDINGS) and is_signing_key(name)


def may_be_random(text: str) -> bool:
    """Whether a text may be one that nobody guesses; asked of every name of the program."""
    return len(text) >= RANDOM_LENGTH and not NAME_OR_WORDS.fullmatch(text) and is_random(text)


class SecretValues:
    """Answers which secrets stand in the source; tests, documentation and examples are left out."""

    def __init__(self, program: Program, evaluator: Evaluator, reads: tuple[EnvironmentRead, ...]) -> None:
        self._program = program
        self._evaluator = evaluator
        self._reads = reads

    def find(self) -> Iterator[SecretValue]:
        """All of them, defaults of environment reads first."""
        seen: set[Place] = set()
        for one in self._find():
            if one.place not in seen:
                seen.add(one.place)
                yield one

    def _find(self) -> Iterator[SecretValue]:
        yield from self._defaults()
        for module in self._program.modules:
            if module.is_test or not _may_hold_secret(module) or is_example(module.path) or is_migration(module):
                continue
            yield from _Search(module).find()

    def _defaults(self) -> Iterator[SecretValue]:
        """The literal defaults of reads of the environment."""
        for read in self._reads:
            if read.default is None or is_script(read.module.path):
                continue
            text = literal_of(read.default)
            if text is None and isinstance(read.default, (tree.Name, tree.Attribute)):
                value = self._evaluator.evaluate(read.default, self._evaluator.scope_of(read.module))
                text = value if isinstance(value, str) else None
            if not text:
                continue
            for name in (read.target, read.variable):
                purpose = _purpose(name)
                if purpose and not any(map(DEVELOPMENT.search, (*read.owner, read.variable))):
                    place = place_of(read.module, read.default)
                    yield SecretValue(read.module, place, name, text, purpose, True, read.owner)
                    break

    def is_compared(self, value: SecretValue) -> bool:
        """Whether the program compares something with the text of a secret: it looks for what nobody has replaced."""
        for module in self._program.modules:
            may_compare = module is value.module or (len(value.text) < TEXT_LENGTH and module.mentions(value.text))
            if may_compare and any(_compares(statement, value.text) for statement in module.tree.body):
                return True
        return False


def _compares(statement: tree.Statement, text: str) -> bool:
    return any(
        isinstance(one, tree.Text) and one.value == text
        for node in tree.walk(statement)
        if isinstance(node, tree.Comparison)
        for one in tree.walk(node)
    )


def literal_of(node: tree.Expression | None) -> str | None:
    """The text that an expression is, through wrappers such as `SecretStr("…")` and `Field(default="…")`."""
    for _ in range(5):
        if isinstance(node, tree.Text):
            return node.value
        if isinstance(node, tree.Bytes):
            return node.value.decode("latin-1")
        if not isinstance(node, tree.Call) or called_name(node) not in WRAPPING:
            return None
        if isinstance(node.function, tree.Attribute) and called_name(node) in ("encode", "strip"):
            node = node.function.value
            continue
        given = [one.value for one in node.keywords if one.name in ("default", "default_factory")]
        node = given[0] if given else (node.arguments[0] if node.arguments else None)
    return None


def _purpose(name: str) -> str:
    """What a default of a name would let everybody do; empty where it is no secret of the program's own."""
    if is_signing_key(name):
        return "signing key"
    return "account password" if is_account_password(name) else ""


NAMING_NODES = frozenset({tree.Assign, tree.AnnotatedAssign, tree.Call, tree.Dictionary})


class _Search:
    """One walk over a module, which knows at each literal what it is the value of."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._shown: set[int] = set()  # the nodes of examples in the documentation

    def find(self) -> Iterator[SecretValue]:
        pending: list[tuple[tuple[tree.Node, ...], tuple[str, ...], bool]] = [(self._module.tree.body, (), False)]
        while pending:
            body, owner, is_settings = pending.pop()
            for node in tree.walk_scope(body):
                if id(node) in self._shown:
                    continue
                if node.__class__ in NAMING_NODES:
                    yield from self._named_by(node, owner, is_settings)
                elif isinstance(node, tree.Class):
                    holds_settings = any((dotted_name(base) or "").endswith("Settings") for base in node.bases)
                    pending.append((node.body, (*owner, node.name), holds_settings))
                elif isinstance(node, tree.Function):
                    pending.append((node.body, (*owner, node.name), False))
                    for parameter in node.parameters:
                        yield from self._named_by(parameter, (*owner, node.name), False)
                elif isinstance(node, tree.Lambda):
                    pending.append(((node.body,), owner, is_settings))

    def _named_by(self, node: tree.Node, owner: tuple[str, ...], is_settings: bool) -> Iterator[SecretValue]:
        for name, value in _named_values(node):
            if name in EXAMPLE_NAMES:
                self._shown.update(id(one) for one in tree.walk(value))
            found = self._judge(name, value, owner, is_settings, node)
            if found is not None:
                yield found

    def _judge(
        self, name: str, value: tree.Expression, owner: tuple[str, ...], is_settings: bool, node: tree.Node
    ) -> SecretValue | None:
        text = literal_of(value)
        if not text or any(map(DEVELOPMENT.search, (*owner, name))):
            return None
        purpose = self._purpose_of(name, text, node, is_settings and not name.startswith("_"), bool(owner))
        if not purpose:
            return None
        is_default = is_settings and isinstance(node, (tree.Assign, tree.AnnotatedAssign))
        return SecretValue(self._module, place_of(self._module, value), name, text, purpose, is_default, owner)

    def _purpose_of(self, name: str, text: str, node: tree.Node, is_settings: bool, is_local: bool) -> str:
        is_attribute = isinstance(node, tree.Assign) and not isinstance(node.targets[0], tree.Name)
        if TOKEN_FORM.fullmatch(text) and not is_stand_in(text):
            return "credential"
        own = _purpose(name)
        if isinstance(node, (tree.Assign, tree.AnnotatedAssign)):
            if is_settings and own:
                return own if own != "signing key" or not _is_name_of_something(name, text) else ""
            if is_local and own == "signing key" and name.islower() and not is_attribute:
                own = ""
        if isinstance(node, tree.Call) and own == "signing key" and not _takes_key(node):
            own = ""
        if isinstance(node, tree.Dictionary) and len(text.split()) >= SENTENCE_WORDS:
            own = ""
        if own == "signing key" and len(text) >= VALUE_LENGTH and not _is_name_of_something(name, text):
            return own
        if words_of(text) == words_of(name):
            return ""  # a member of an enumeration, named as its value
        return "credential" if is_secret(name) and is_random(text) and not is_script(self._module.path) else ""


def _takes_key(node: tree.Call) -> bool:
    """Whether a call signs, or sets the key of an application: other functions may mean the name of a key."""
    called = dotted_name(node.function) or ""
    last = called.rpartition(".")[2]
    return (
        called in KEY_TAKERS or last in KEY_TAKERS or last in ("add_middleware", "from_mapping", "update", "Middleware")
    )


def _is_name_of_something(name: str, text: str) -> bool:
    """Whether a text names a key rather than being one: `SESSION_KEY = "user_session"`, `"X-Secret"`."""
    words = words_of(name)
    if (words_of(text) == words and not name.isupper()) or FILLED_IN.search(text):
        return True
    if is_random(text):
        return False
    if words[-2:] == ("secret", "key") or "jwt" in words or "signing" in words:
        return text.isupper() or (text.startswith(("/", "secret/", "projects/")))
    return re.fullmatch(r"[A-Za-z][\w.:/-]*", text) is not None


def _named_values(node: tree.Node) -> Iterator[tuple[str, tree.Expression]]:
    """The names that a node gives a value, with the value."""
    match node:
        case tree.Assign(targets=targets, value=value):
            yield target_name(targets[0]), value
        case tree.AnnotatedAssign(target=target, value=value) if value is not None:
            yield target_name(target), value
        case tree.Call(keywords=keywords):
            for keyword in keywords:
                if keyword.name is not None:
                    yield keyword.name, keyword.value
            yield from _key_given(node)
        case tree.Dictionary(keys=keys, values=values):
            for key, one in zip(keys, values, strict=True):
                if isinstance(key, tree.Text):
                    yield key.value, one
        case tree.Parameter(name=name, default=default) if default is not None:
            yield name, default
        case _:
            pass


def _key_given(node: tree.Call) -> Iterator[tuple[str, tree.Expression]]:
    """The key that a call signs with, given by position."""
    called = dotted_name(node.function) or ""
    taker = KEY_TAKERS.get(called) or KEY_TAKERS.get(called.rpartition(".")[2])
    if taker is not None and 0 <= taker[0] < len(node.arguments):
        yield "signing_key", node.arguments[taker[0]]
