"""Finds database URLs and passwords that stand in the source, and what they are used for.

Starts from the literals, which are few, and reads from the nodes around them what each is: the default of a setting,
an argument of what connects, or mere text (documentation, messages, patterns), which is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name, dotted_name
from reviewer.project.evaluation.values import place_of
from reviewer.project.model import UNKNOWN_PART
from reviewer.project.program import Program
from reviewer.rule import Place

SCHEMES = (
    "postgresql", "postgres", "mysql", "mariadb", "mssql", "oracle", "mongodb", "cockroachdb", "redshift",
    "clickhouse", "snowflake",
)  # fmt: skip
SCHEME_TEXTS = tuple(f"{scheme}{rest}" for scheme in SCHEMES for rest in ("://", "+"))
URL = re.compile(
    rf"\s*(?:db\+)?(?:{'|'.join(SCHEMES)})(?:\+\w+)*://"
    r"(?:(?P<user>[^:@/\s]*)(?::(?P<password>[^@/\s]*))?@)?(?P<host>\[[^\]\s]*\]|[^/:?#,\s]*)\S*\s*"
)
CONNECTION_TEXT_PASSWORD = re.compile(r"(?:^|[\s;])(?:password|pwd)\s*=\s*(?P<password>[^\s;]+)", re.IGNORECASE)
CONNECTION_TEXT_HOST = re.compile(
    r"(?:^|[\s;])(?:host|hostaddr|server|data source)\s*=\s*(?P<host>[^\s;,]+)", re.IGNORECASE
)
#: What stands where a reader is to put a password or host of their own.
PLACEHOLDER = re.compile(
    r"[<>{}$%\[\]*]|\.\.\.|…|^x+$|^your|^(?:PASSWORD|PASSWD|PASS|PWD|SECRET)$|^(?:HOST|HOSTNAME|host|hostname|server)$"
    r"|(?:^|\.)example(?:\.|$)"
)
LOCAL_HOSTS = frozenset({"", "localhost", "127.0.0.1", "0.0.0.0", "[::1]", "::1", "host.docker.internal"})  # noqa: S104
#: Passwords that stand for one: everybody knows that they are no secret.
STAND_INS = frozenset(
    {
        "password", "passwd", "pass", "pwd", "postgres", "postgresql", "mysql", "mariadb", "root", "admin", "user",
        "secret", "test", "dev", "example", "changeme", "change_me", "changethis", "change-me", "guest", "default",
        "123456", "1234", "12345", "12345678", "password123", "sa", "app", "db", "mongo", "toor",
    }
)  # fmt: skip
#: What is given a URL to connect to.
CONNECTING = frozenset(
    {
        "create_engine", "create_async_engine", "Database", "Tortoise", "init_orm", "register_tortoise",
        "AsyncIOMotorClient", "MongoClient", "AsyncMongoClient", "connect", "create_pool", "ConnectionPool",
        "AsyncConnectionPool", "asyncpg_connect", "set_main_option", "PostgresqlDatabase", "MySQLDatabase",
        "create_engine_from_url",
    }
)  # fmt: skip
#: Libraries whose `connect` and kind open a database connection.
DRIVERS = frozenset(
    {
        "psycopg", "psycopg2", "psycopg_pool", "asyncpg", "aiopg", "pg8000", "pymysql", "aiomysql", "asyncmy",
        "MySQLdb", "mysql", "mariadb", "pyodbc", "aioodbc", "pymssql", "oracledb", "cx_Oracle",
    }
)  # fmt: skip
#: Calls that give their argument back, or something that stands for it.
WRAPPING = frozenset(
    {
        "str", "URL", "make_url", "PostgresDsn", "MySQLDsn", "MariaDBDsn", "MongoDsn", "CockroachDsn", "AnyUrl",
        "DatabaseURL", "SecretStr", "MultiHostUrl", "TypeAdapter", "field",
    }
)  # fmt: skip
#: Calls whose default argument holds where the environment says nothing.
READING = frozenset(
    {
        "getenv", "get", "config", "env", "str", "url", "db_url", "Field", "pop", "setdefault", "getdefault",
        "dj_db_url",
    }
)  # fmt: skip
#: Names of keywords, keys and attributes that hold text for readers.
EXPLAINING = frozenset(
    {
        "description", "help", "title", "examples", "example", "json_schema_extra", "metavar", "doc", "summary",
        "prompt",
    }
)  # fmt: skip
TEXT_NAME = re.compile(
    r"EXAMPLE|SAMPLE|HELP|DOC|DESCRIPTION|TEMPLATE|PATTERN|REGEX|DUMMY|FAKE|MOCK|PLACEHOLDER|MESSAGE"
)
TEST_NAME = re.compile(r"^Test|Test(?:ing|s)?(?:Config|Configuration|Settings)?$|(?:^|_)TEST(?:ING)?(?:_|$)")
DEVELOPMENT_NAME = re.compile(r"Dev(?:elop|el)?(?:ment)?|Local|(?:^|_)(?:DEV|LOCAL)(?:_|$)")
TEXT_FOLDERS = frozenset(
    {"docs", "doc", "docs_src", "examples", "example", "samples", "sample", "tutorial", "snippets"}
)
SCRIPT_FOLDERS = frozenset({"scripts", "script", "tools", "notebooks", "bench", "benches", "benchmark", "benchmarks"})


class DatabaseUrl(msgspec.Struct, frozen=True, eq=False):
    """A database URL, or a password for a database, that stands in the source."""

    place: Place
    module: Module | None  # None in `alembic.ini`
    name: str  # the setting, variable or called name that takes it
    is_connection: bool  # given to what connects; else the value of a name
    has_password: bool
    host: str | None  # None where it is not known or a placeholder
    owner: str = ""  # the classes and functions around, dotted
    is_default: bool = False  # holds where the environment says nothing: of a setting, of `os.getenv`
    has_stand_in: bool = False  # the password stands for one: `postgres:postgres`, `app:changeme`
    is_composed: bool = False  # parts of it are known only when the program runs

    @property
    def is_local_default(self) -> bool:
        """Whether it is what a developer's own database takes, where the environment names no other one."""
        is_near = self.has_local_host or (self.host is not None and "." not in self.host)
        return self.is_default and self.has_stand_in and is_near

    @property
    def has_local_host(self) -> bool:
        """Whether it leads to the machine that the program runs on."""
        return self.host in LOCAL_HOSTS

    @property
    def is_for_tests(self) -> bool:
        """Whether it is named for tests."""
        return any(TEST_NAME.search(name) for name in (self.name, *self.owner.split(".")))

    @property
    def is_for_development(self) -> bool:
        """Whether it is named for development, and leads to the own machine."""
        names = (self.name, *self.owner.split("."))
        return self.has_local_host and any(DEVELOPMENT_NAME.search(name) for name in names)

    @property
    def is_of_a_script(self) -> bool:
        """Whether a program that somebody starts by hand takes it, it leads to the own machine and is no secret."""
        folders = self.place.path.lower().split("/")[:-1]
        return self.has_stand_in and self.has_local_host and not SCRIPT_FOLDERS.isdisjoint(folders)

    @property
    def symbol(self) -> str:
        """`module:owner.name`, for fingerprints."""
        module = self.module.name if self.module is not None else self.place.path
        return f"{module}:{self.owner}.{self.name}" if self.owner else f"{module}:{self.name}"


class _Use(msgspec.Struct, frozen=True):
    """What an expression is used for; no name: for nothing that counts."""

    name: str = ""
    is_connection: bool = False
    owner: tuple[str, ...] = ()
    is_default: bool = False


NOTHING = _Use()


def database_urls(program: Program, of_tests: bool = False) -> Iterator[DatabaseUrl]:
    """Database URLs and passwords in the source, or in tests; those of documentation and examples left out."""
    for module in program.modules:
        if module.is_test != of_tests or not TEXT_FOLDERS.isdisjoint(module.path.split("/")[:-1]):
            continue
        if _may_hold_url(module):
            yield from _Search(module).urls()


def _may_hold_url(module: Module) -> bool:
    if module.contains("://") and module.contains(*SCHEME_TEXTS):
        return True
    if any(one.full_module.partition(".")[0] in DRIVERS for one in module.index.imports):
        return True
    return module.mentions("URL") and module.mentions("password")


class _Search:
    """One walk over a module, which knows at each expression what it is used for."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._pending: list[tuple[tree.Node, _Use]] = []

    def urls(self) -> Iterator[DatabaseUrl]:
        self._add(self._module.tree.body, NOTHING)
        while self._pending:
            node, use = self._pending.pop()
            if isinstance(node, (tree.Text, tree.FormattedText)):
                found = self._url(node, use)
                if found is not None:
                    yield found
            elif isinstance(node, tree.Call):
                yield from self._passwords(node, use)
                self._call(node, use)
            else:
                self._other(node, use)

    def _add(self, nodes: tuple[tree.Node | None, ...], use: _Use) -> None:
        self._pending.extend((node, use) for node in reversed(nodes) if node is not None)

    def _other(self, node: tree.Node, use: _Use) -> None:
        """Passes on to the children of a node what they are used for."""
        match node:
            case tree.Assign(targets=targets, value=value) if _target_name(targets[0]) not in EXPLAINING:
                self._add((value,), _Use(_target_name(targets[0]), owner=use.owner, is_default=use.is_default))
            case tree.Assign():
                pass  # `json_schema_extra = {…}`
            case tree.AnnotatedAssign(target=target, annotation=annotation, value=value):
                self._add((value, annotation), _Use(_target_name(target), owner=use.owner, is_default=use.is_default))
            case tree.Function(name=name) | tree.Class(name=name):
                is_settings = isinstance(node, tree.Class) and _is_settings_class(node)
                inner = _Use(owner=(*use.owner, name), is_default=is_settings)
                defaults = node.parameters if isinstance(node, tree.Function) else ()
                for parameter in defaults:
                    self._add((parameter.default,), _Use(parameter.name, owner=inner.owner))
                self._add((*node.decorators, *node.body), inner)
            case tree.Return(value=value):
                self._add((value,), _Use(use.owner[-1] if use.owner else "", owner=use.owner[:-1]))
            case tree.Dictionary(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    name = key.value if isinstance(key, tree.Text) else use.name
                    if name not in EXPLAINING:
                        self._add((value,), _Use(name, owner=use.owner))
            case tree.BooleanOperation() if any(map(_reads_environment, tree.children(node))):
                self._add(tuple(tree.children(node)), replace(use, is_default=True))
            case tree.BooleanOperation() | tree.Tuple() | tree.List() | tree.Await():
                self._add(tuple(tree.children(node)), use)
            case tree.Conditional(then=then, otherwise=otherwise):
                self._add((then, otherwise), use)
            case tree.Subscript(value=value, index=index):
                self._add((value, index), NOTHING)
            case _:
                self._add(tuple(tree.children(node)), _Use(owner=use.owner))

    def _call(self, node: tree.Call, use: _Use) -> None:
        called = called_name(node)
        inner = _Use(owner=use.owner)
        if _is_driver_call(node):
            inner = _Use(called, True, use.owner)
        elif called in WRAPPING or called in READING:
            inner = use
        self._add((node.function,), NOTHING)
        for number, argument in enumerate(node.arguments):
            is_name_read = called in READING and number == 0 and called != "Field" and len(node.arguments) > 1
            given = _named_by_first(node, inner, called)
            if called in READING and number > 0:
                given = replace(given, is_default=True)
            self._add((argument,), NOTHING if is_name_read else given)
        for keyword in node.keywords:
            if keyword.name not in EXPLAINING:
                self._add((keyword.value,), self._keyword_use(node, keyword, inner, called))

    def _keyword_use(self, node: tree.Call, keyword: tree.Keyword, inner: _Use, called: str) -> _Use:
        if keyword.name is None:
            return inner
        if keyword.name in ("default", "default_factory"):
            return replace(_named_by_first(node, inner, called), is_default=True)
        if inner.is_connection:
            return _named_by_first(node, inner, called)
        return _Use(keyword.name, owner=inner.owner)

    def _passwords(self, node: tree.Call, use: _Use) -> Iterator[DatabaseUrl]:
        """A literal `password=` of what connects, or of `URL.create`."""
        is_url = isinstance(node.function, tree.Attribute) and dotted_name(node.function) in (
            "URL.create",
            "sa.URL.create",
        )
        if not (is_url or _is_driver_call(node)):
            return
        for keyword in node.keywords:
            value = keyword.value
            if keyword.name not in ("password", "passwd") or not isinstance(value, tree.Text) or not value.value:
                continue
            if not PLACEHOLDER.search(value.value):
                place, owner = place_of(self._module, value), ".".join(use.owner)
                yield DatabaseUrl(place, self._module, called_name(node), True, True, None, owner)

    def _url(self, node: tree.Text | tree.FormattedText, use: _Use) -> DatabaseUrl | None:
        if not use.name or _is_text_for_readers(use):
            return None
        return _read_url(_text_of(node), use, place_of(self._module, node), self._module)


def _read_url(text: str, use: _Use, place: Place, module: Module | None) -> DatabaseUrl | None:
    found = URL.fullmatch(text)
    if found is not None:
        password, host = found["password"], found["host"]
    elif use.is_connection and "=" in text and "://" not in text:
        named, where = CONNECTION_TEXT_PASSWORD.search(text), CONNECTION_TEXT_HOST.search(text)
        password, host = named and named["password"], where["host"] if where else ""
    else:
        return None
    if host and host not in LOCAL_HOSTS and PLACEHOLDER.search(host):
        host = None
        if found is not None and UNKNOWN_PART not in text:
            return None  # documentation as a whole
    has_password = bool(password) and not PLACEHOLDER.search(password or "")
    user = (found["user"] if found is not None else None) or ""
    return DatabaseUrl(
        place,
        module,
        use.name,
        use.is_connection,
        has_password,
        host,
        ".".join(use.owner),
        use.is_default,
        _is_stand_in(password or "", user),
        UNKNOWN_PART in text,
    )


def alembic_url(path: str, text: str) -> DatabaseUrl | None:
    """The URL in an `alembic.ini`."""
    for number, line in enumerate(text.splitlines(), 1):
        key, separator, value = line.partition("=")
        if separator and key.strip() == "sqlalchemy.url":
            column = len(line) - len(value.lstrip())
            place = Place(path, number, column, number, len(line.rstrip()))
            return _read_url(value.strip(), _Use("sqlalchemy.url", True, is_default=True), place, None)
    return None


def _is_stand_in(password: str, user: str) -> bool:
    """Whether a password is one of those that stand for one, or the name of its user: `fief`, `fiefpassword`."""
    password, user = password.lower(), user.lower()
    rest = password.removeprefix(user).strip("_-") if user else password
    return password in STAND_INS or rest in ("", *STAND_INS)


def _reads_environment(node: tree.Node) -> bool:
    """Whether a node is `os.getenv("DATABASE_URL")` or alike."""
    return isinstance(node, tree.Call) and called_name(node) in ("getenv", "get")


def _is_settings_class(node: tree.Class) -> bool:
    """Whether a class reads its fields from the environment: `class Settings(BaseSettings)`."""
    return any((dotted_name(base) or "").rpartition(".")[2].endswith("Settings") for base in node.bases)


def _is_driver_call(node: tree.Call) -> bool:
    """`psycopg.connect(…)`, `databases.Database(…)`, `Tortoise.init(…)`, `config.set_main_option(…)`."""
    name = dotted_name(node.function) or ""
    first, last = name.partition(".")[0], name.rpartition(".")[2]
    if "." not in name:
        return last in CONNECTING - {"connect", "create_pool"}
    if last in ("connect", "create_pool", "Connection"):
        return first in DRIVERS
    return last in CONNECTING or name == "Tortoise.init"


def _named_by_first(node: tree.Call, use: _Use, called: str) -> _Use:
    """The use of a default: where it has no name, the name of the environment variable that it stands in for."""
    if called in READING and node.arguments and isinstance(node.arguments[0], tree.Text) and not use.name:
        return replace(use, name=node.arguments[0].value)
    return use


def _target_name(target: tree.Expression) -> str:
    match target:
        case tree.Name(id=name) | tree.Attribute(name=name) | tree.Subscript(index=tree.Text(value=name)):
            return name
        case _:
            return ""


def _text_of(node: tree.Text | tree.FormattedText) -> str:
    if isinstance(node, tree.Text):
        return node.value
    return "".join(part.value if isinstance(part, tree.Text) else UNKNOWN_PART for part in node.parts)


def _is_text_for_readers(use: _Use) -> bool:
    return TEXT_NAME.search(use.name.upper()) is not None
