"""Which methods and library calls keep a text, make it harmless or put texts together. A table of names only."""

from __future__ import annotations

#: Methods of a text whose result is that text, changed a little.
KEEPING_METHODS = frozenset(
    [
        "strip",
        "lstrip",
        "rstrip",
        "lower",
        "upper",
        "title",
        "casefold",
        "capitalize",
        "removeprefix",
        "removesuffix",
        "expandtabs",
        "encode",
        "decode",
        "as_string",
        "bindparams",
        "columns",
        "execution_options",
        "split",
        "rsplit",
        "splitlines",
        "partition",
        "rpartition",
        "copy",
        "keys",
        "values",
        "items",
    ]
)
#: Methods that put items into a list or set.
LIST_METHODS = frozenset({"append", "extend", "insert", "add", "update"})
#: Calls that give their argument's text.
KEEPING_CALLS = frozenset(
    {
        f"builtins.{name}"
        for name in (
            "str",
            "repr",
            "list",
            "tuple",
            "set",
            "frozenset",
            "sorted",
            "reversed",
            "map",
            "filter",
            "zip",
            "enumerate",
            "iter",
            "next",
            "dict",
            "format",
            "ascii",
        )
    }
    | {
        "textwrap.dedent",
        "inspect.cleandoc",
        "urllib.parse.unquote",
        "urllib.parse.unquote_plus",
        "json.loads",
        "copy.copy",
        "copy.deepcopy",
        "typing.cast",
        "itertools.chain",
        "html.unescape",
        "os.path.basename",
        "base64.b64decode",
    }
)
#: Calls whose result holds no free text.
HARMLESS_CALLS = frozenset(
    {
        f"builtins.{name}"
        for name in (
            "int",
            "float",
            "bool",
            "len",
            "abs",
            "round",
            "sum",
            "min",
            "max",
            "ord",
            "chr",
            "hash",
            "id",
            "range",
            "hex",
            "oct",
            "bin",
            "isinstance",
            "any",
            "all",
            "type",
            "complex",
            "divmod",
            "pow",
        )
    }
    | {
        "uuid.UUID",
        "uuid.uuid4",
        "uuid.uuid1",
        "decimal.Decimal",
        "uuid.uuid3",
        "uuid.uuid5",
        "hmac.new",
        "zlib.crc32",
        "secrets.token_hex",
        "secrets.token_urlsafe",
    }
    | {
        f"hashlib.{name}"
        for name in (
            "md5",
            "sha1",
            "sha224",
            "sha256",
            "sha384",
            "sha512",
            "sha3_256",
            "sha3_512",
            "blake2b",
            "blake2s",
            "new",
        )
    }
)
#: Methods whose result holds no free text, whatever they are asked of.
HARMLESS_METHODS = frozenset({"hexdigest", "timestamp", "total_seconds", "bit_length"})
#: A function so named makes a text harmless: it quotes or checks it.
ESCAPING_WORDS = ("escape", "quote", "sanit", "mogrify", "whitelist", "allowlist", "validate", "clean_")
#: Packages that compose SQL out of identifiers, literals and placeholders.
SQL_COMPOSITION = ("psycopg2.sql.", "psycopg.sql.")
#: Attributes of tables and classes: names that the program gives.
TABLE_ATTRIBUTES = frozenset({"__tablename__", "__table__", "__name__", "__qualname__", "__table_args__", "fullname"})
#: How methods begin that look a value up.
LOOKUP_WORDS = (
    "fetch",
    "get",
    "find",
    "first",
    "one",
    "query",
    "execute",
    "scalar",
    "exec",
    "exists",
    "load",
    "lookup",
)
