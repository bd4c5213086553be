"""Finds reads of the environment whose text is used as a flag or a number.

Takes the reads with what stands around them, and the modules that import a name that holds one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name
from reviewer.project.program import Program
from reviewer.project.settings.environment_reads import EnvironmentRead, converting_call
from reviewer.project.settings.text_places import is_script

#: Names that stand for yes or no.
FLAG = re.compile(
    r"(?:^|_)(?:DEBUG|TESTING|PRODUCTION|VERBOSE|DRY_RUN|ENABLED?|DISABLED?|USE|ALLOW|IS|SKIP|FORCE|WITH|REQUIRE)(?:_|$)|_(?:ON|OFF|MODE_ON)$",
    re.IGNORECASE,
)
#: Names of them that say of which thing, and are none: `USE_CASE`, `DISABLED_PLUGINS`, `DEBUG_LEVEL`.
NO_FLAG = re.compile(
    r"_(?:LEVEL|PORT|HOST|PATH|FILE|DIR|URL|NAME|KEY|TOKEN|ID|IDS|LIST|PLUGINS|MODULES|FEATURES|ORIGINS|HOSTS|USERS|TYPE|"
    r"CASE|MODE|BACKEND|DOMAIN|DOMAINS|TAGS|TASKS|ENGINES?|PROVIDERS?|PREFIX|ENV|VERSION|REGION|FORMAT|EXTENSIONS|MODELS|DSN|S)$",
    re.IGNORECASE,
)
NO_TEXTS = frozenset({"false", "0", "no", "off", "n", "f"})
YES_TEXTS = frozenset({"true", "1", "yes", "on", "y", "t"})
CONVERTERS = frozenset(
    {"int", "float", "bool", "str", "Decimal", "timedelta", "strtobool", "literal_eval", "loads", "Path", "len"}
)


class UnparsedEnvironment(msgspec.Struct, frozen=True, eq=False):
    """A read whose text is taken for something else."""

    read: EnvironmentRead
    kind: str  # "flag" or "number"
    type_name: str = ""  # of the default, for readers
    converter: str = ""


def unparsed_environment(program: Program, reads: tuple[EnvironmentRead, ...]) -> Iterator[UnparsedEnvironment]:
    """The reads whose text is a flag or a number for the program, each variable once in a kind."""
    seen: set[tuple[str, str]] = set()
    for read in reads:
        found = None if read.is_of_library or is_script(read.module.path) else _judge(read)
        if found is None or (found.kind, read.variable) in seen:
            continue
        if not (read.target and _is_converted_later(program, read)):
            seen.add((found.kind, read.variable))
            yield found


def _judge(read: EnvironmentRead) -> UnparsedEnvironment | None:
    default, call = read.default, converting_call(read)
    if call == "add_argument" or (call and _has_converter(read)):
        return None
    if call == "bool":
        return UnparsedEnvironment(read, "flag") if _is_flag(read, has_use=True) else None
    if call:
        return None
    if isinstance(default, tree.Number) and not isinstance(default.value, str) and not _is_compared(read):
        name = "an integer" if isinstance(default.value, int) else "a number"
        if _is_value(read):
            converter = "int" if isinstance(default.value, int) else "float"
            return UnparsedEnvironment(read, "number", name, converter)
        return None
    if isinstance(default, tree.Constant) and default.value in ("True", "False"):
        is_for_presence = default.value == "False" and not FLAG.search(read.variable or read.target)
        return UnparsedEnvironment(read, "flag") if _is_value(read) and not is_for_presence else None
    if _is_tested(read):
        return UnparsedEnvironment(read, "flag") if _is_flag(read, has_use=True) else None
    if default is None and not read.is_required and _is_value(read) and read.target:
        is_named = FLAG_TARGET.fullmatch(read.target) is not None
        return UnparsedEnvironment(read, "flag") if is_named else None
    return None


#: Names of variables that hold nothing but yes or no.
FLAG_TARGET = re.compile(
    r"_?(?:DEBUG|TESTING|PRODUCTION|VERBOSE|DRY_RUN|IS_[A-Z_]+|ENABLE_[A-Z_]+|DISABLE_[A-Z_]+|USE_[A-Z_]+)"
)


def _is_flag(read: EnvironmentRead, *, has_use: bool) -> bool:
    """Whether a name or default stands for yes or no."""
    default = read.default
    if isinstance(default, tree.Text):
        return default.value.strip().lower() in NO_TEXTS | YES_TEXTS
    if isinstance(default, tree.Constant) and default.value in ("True", "False"):
        return True
    name = read.variable or read.target
    return has_use and FLAG.search(name) is not None and NO_FLAG.search(name) is None


def _has_converter(read: EnvironmentRead) -> bool:
    """Whether the call around converts its default itself: `add_argument("--port", type=int, default=…)`."""
    call = next((node for node in read.around if isinstance(node, tree.Call)), None)
    return call is not None and any(keyword.name in ("type", "cast") for keyword in call.keywords)


def _is_compared(read: EnvironmentRead) -> bool:
    return any(isinstance(node, tree.Comparison) for node in read.around)


def _is_tested(read: EnvironmentRead) -> bool:
    """Whether the text itself is a condition: `if os.getenv("DEBUG")`, `not os.getenv(…)`."""
    child: tree.Node = read.node
    for node in read.around:
        if isinstance(node, (tree.If, tree.While, tree.Conditional)):
            return node.test is child
        if not isinstance(node, (tree.BooleanOperation, tree.UnaryOperation)):
            return False
        if isinstance(node, tree.UnaryOperation) and node.operator != "not":
            return False
        child = node
    return False


def _is_value(read: EnvironmentRead) -> bool:
    """Whether the text is given to a name or handed to a call as it is."""
    for node in read.around:
        if isinstance(node, (tree.Assign, tree.AnnotatedAssign, tree.Keyword, tree.Return)):
            return True
        if not (isinstance(node, tree.BooleanOperation) and node.operator == "or"):
            return False
    return False


def _is_converted_later(program: Program, read: EnvironmentRead) -> bool:
    """Whether a name that holds the text is converted, compared with a text, or asked for a method of texts."""
    for module in program.modules:
        if module is not read.module and not (module.mentions(read.target) and not read.owner):
            continue
        for statement in module.tree.body:
            if any(_converts(node, read.target, is_local=bool(read.owner)) for node in tree.walk(statement)):
                return True
    return False


def _converts(node: tree.Node, name: str, *, is_local: bool) -> bool:
    match node:
        case tree.Call(arguments=(first, *_)):
            return called_name(node) in CONVERTERS - {"bool", "str"} and _is_named(first, name)
        case tree.Replacement(value=value):
            return is_local and _is_named(value, name)  # a local one is there for this text
        case tree.Comparison(left=left, comparators=comparators):
            sides = (left, *comparators)
            has_text = any(isinstance(one, (tree.Text, tree.Tuple, tree.List, tree.Set)) for one in sides)
            return has_text and any(_is_named(one, name) for one in sides)
        case tree.Attribute(value=value, name="lower" | "upper" | "strip" | "casefold" | "split" | "isdigit"):
            return _is_named(value, name)
        case _:
            return False


def _is_named(node: tree.Expression, name: str) -> bool:
    match node:
        case tree.Name(id=found) | tree.Attribute(name=found) | tree.Subscript(index=tree.Text(value=found)):
            return found == name
        case _:
            return False
