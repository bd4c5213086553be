"""Finds where the program reads its environment, and what it does with the text it gets.

Takes the modules that name one of the readers, gives each read with its default and the expressions around it. No
environment is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name, dotted_name
from reviewer.project.evaluation.values import place_of
from reviewer.project.program import Program
from reviewer.project.settings.text_places import is_example
from reviewer.rule import Place

#: Functions of the standard library that read one variable.
READERS = frozenset({"os.getenv", "getenv", "os.environ.get", "environ.get"})
#: Objects of libraries that read one, and convert it where they are told how; with the modules they come from.
LIBRARY_READERS = frozenset({"config", "env", "env.str", "env.get", "env.get_value"})
LIBRARIES = frozenset({"starlette.config", "decouple", "environs", "environ", "prettyconf"})
NAMES = ("getenv", "environ")
LIBRARY_NAMES = ("config", "env")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class EnvironmentRead(msgspec.Struct, frozen=True, eq=False):
    """One read of a variable."""

    module: Module
    node: tree.Expression
    variable: str  # empty where it is computed
    default: tree.Expression | None  # what holds where the variable is not set, `or` included
    around: tuple[tree.Node, ...]  # the nodes around it up to the statement, the nearest first
    owner: tuple[str, ...]  # the classes and functions around
    is_of_library: bool  # that converts the text itself
    is_required: bool = False  # `os.environ["NAME"]`

    @property
    def place(self) -> Place:
        """The read."""
        return place_of(self.module, self.node)

    @property
    def target(self) -> str:
        """The name that the statement around gives a value, empty where there is none."""
        for node in self.around:
            if isinstance(node, tree.Assign):
                return target_name(node.targets[0])
            if isinstance(node, tree.AnnotatedAssign):
                return target_name(node.target)
        return ""

    @property
    def symbol(self) -> str:
        """`module:owner.name`, for fingerprints."""
        return f"{self.module.name}:{'.'.join((*self.owner, self.target or self.variable))}"


def target_name(target: tree.Expression) -> str:
    """The last name of what is assigned to: `secret_key` of `app.secret_key`, the key of `app.config["SECRET_KEY"]`."""
    match target:
        case tree.Name(id=name) | tree.Attribute(name=name) | tree.Subscript(index=tree.Text(value=name)):
            return name
        case _:
            return ""


def environment_reads(program: Program) -> Iterator[EnvironmentRead]:
    """All reads in order; tests, documentation and examples are left out."""
    for module in program.modules:
        if module.is_test or is_example(module.path):
            continue
        has_library = module.mentions(*LIBRARY_NAMES) and _imports_library(module)
        if has_library or module.mentions(*NAMES):
            yield from _reads_in(module, has_library)


def _imports_library(module: Module) -> bool:
    return any(one.full_module in LIBRARIES for one in module.index.imports)


def _reads_in(module: Module, has_library: bool) -> Iterator[EnvironmentRead]:
    pending: list[tuple[tree.Node, tuple[tree.Node, ...], tuple[str, ...]]] = [
        (statement, (), ()) for statement in reversed(module.tree.body)
    ]
    while pending:
        node, around, owner = pending.pop()
        found = _read(node, has_library)
        if found is not None:
            variable, default, is_of_library, is_required = found
            default = default or _fallback(node, around)
            yield EnvironmentRead(module, node, variable, default, around, owner, is_of_library, is_required)  # type: ignore[arg-type]
        inner = (*owner, node.name) if isinstance(node, (tree.Function, tree.Class)) else owner
        is_block = isinstance(node, (tree.Function, tree.Class, tree.With, tree.Try, tree.For, tree.ExceptHandler))
        for child in reversed(list(tree.children(node))):
            pending.append((child, () if is_block else (node, *around), inner))


def _read(node: tree.Node, has_library: bool) -> tuple[str, tree.Expression | None, bool, bool] | None:
    """The variable that a node reads, its default, whether a library reads it, and whether it must be there."""
    if isinstance(node, tree.Subscript):
        name = dotted_name(node.value)
        if name in ("os.environ", "environ") and isinstance(node.index, tree.Text):
            return node.index.value, None, False, True
        return None
    if not isinstance(node, tree.Call) or not node.arguments:
        return None
    name = dotted_name(node.function)
    is_library = has_library and name in LIBRARY_READERS
    if name not in READERS and not is_library:
        return None
    first = node.arguments[0]
    variable = first.value if isinstance(first, tree.Text) else ""
    if is_library and not VARIABLE.fullmatch(variable):
        return None
    default = node.arguments[1] if len(node.arguments) > 1 and not is_library else None
    for keyword in node.keywords:
        if keyword.name == "default":
            default = keyword.value
    if is_library and default is None and name != "config" and len(node.arguments) > 1:
        default = node.arguments[1]
    return variable, default, is_library, False


def _fallback(node: tree.Node, around: tuple[tree.Node, ...]) -> tree.Expression | None:
    """`os.getenv("NAME") or "fallback"`."""
    parent = around[0] if around else None
    if isinstance(parent, tree.BooleanOperation) and parent.operator == "or" and parent.values[0] is node:
        return parent.values[-1]
    return None


def converting_call(read: EnvironmentRead) -> str:
    """The name of the call that the text is handed to directly: `int`, `bool`; empty where there is none."""
    for node in read.around:
        if isinstance(node, tree.Call):
            return called_name(node)
        if not isinstance(node, tree.BooleanOperation):
            return ""
    return ""
