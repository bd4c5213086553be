"""What a Jinja2 template says, as reading it gives it: names it needs, blocks, and the templates it builds on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Union

import msgspec

#: How much a use needs its variable: without it rendering fails, a function gets nothing, a gap is printed, or all
#: is well.
FAILS, HANDED, BLANK, OPTIONAL = "fails", "handed", "blank", "optional"


class Guard(msgspec.Struct, frozen=True, eq=False):
    """A condition around a part of a template: `test` is true (or false), or the loop over it runs."""

    test: Any  # a node of Jinja2; None for what is never known
    kind: str  # "if", "unless" or "loop"
    locals: frozenset[str]  # names that are not the context's there


class MacroParameter(msgspec.Struct, frozen=True):
    """A parameter of a macro or function, by position from 0 or by name; no template for one that is not imported."""

    template: str
    macro: str
    parameter: Union[int, str]


class NameUse(msgspec.Struct, frozen=True, eq=False):
    """A name that is read from the context."""

    name: str
    line: int
    need: str  # FAILS, BLANK or OPTIONAL; HANDED is found later
    guards: tuple[Guard, ...]
    is_certain: bool  # False in macros and call blocks, which may never run
    is_printed: bool  # in an output, which a child template does not print outside its blocks
    handed_to: MacroParameter | None = None  # given to a macro or function as it is


class BlockPosition(msgspec.Struct, frozen=True, eq=False):
    """Where a block is rendered, `super()` included (then the name is that of the block around it)."""

    name: str
    guards: tuple[Guard, ...]
    locals: frozenset[str]  # names that the block sees besides the context's
    is_super: bool = False


class Reference(msgspec.Struct, frozen=True, eq=False):
    """A tag that names other templates; of several, the first that exists is taken."""

    tag: str  # "extends", "include", "import"
    names: Union[tuple[str, ...], None]  # None where they are not known
    is_list: bool  # one of `names` is enough
    ignores_missing: bool
    has_context: bool
    line: int
    guards: tuple[Guard, ...]
    locals: frozenset[str]
    is_top_level: bool


Part = Union[NameUse, BlockPosition, Reference]


class TemplateContent(msgspec.Struct, eq=False):
    """What a template says."""

    problem: str | None = None
    parts: list[Part] = msgspec.field(default_factory=list)  # outside of blocks, in order
    blocks: dict[str, list[Part]] = msgspec.field(default_factory=dict)
    #: Names set at the top level: the whole chain of templates sees them.
    exported: set[str] = msgspec.field(default_factory=set)
    references: list[Reference] = msgspec.field(default_factory=list)
    #: By macro: positions and names of the parameters without which it fails.
    required: dict[str, frozenset[Union[int, str]]] = msgspec.field(default_factory=dict)

    @property
    def extends(self) -> Reference | None:
        """The tag that names the parent."""
        return next((one for one in self.references if one.tag == "extends"), None)

    def uses(self) -> Iterator[NameUse]:
        """All names that are read, in blocks too."""
        for parts in (self.parts, *self.blocks.values()):
            yield from (part for part in parts if isinstance(part, NameUse))
