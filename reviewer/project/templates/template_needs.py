"""What the rendering of a template needs from its context, with its parents, blocks and includes joined in.

Takes the contents of templates, gives the names with the conditions around their uses. Where a parent is not known,
nothing is certain to be reached.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from reviewer.project.model import Template
from reviewer.project.templates.template_content import (
    BLANK,
    FAILS,
    HANDED,
    OPTIONAL,
    BlockPosition,
    Guard,
    NameUse,
    Part,
    Reference,
)
from reviewer.project.templates.template_extensions import is_package_template

#: Templates that one chain of parents may have, and includes inside includes.
CHAIN_LIMIT = 20
#: Needs of one template; more is not followed.
NEED_LIMIT = 5_000

#: The template of a name in an environment: None where there is none or several.
Finder = Callable[[str], "Template | None"]


class Need(msgspec.Struct, frozen=True, eq=False):
    """A name that is read when a template is rendered."""

    name: str
    template: Template  # that reads it
    line: int
    need: str
    guards: tuple[Guard, ...]
    is_certain: bool


class Needs(msgspec.Struct, eq=False):
    """The needs of a template; incomplete where a part of it could not be read."""

    needs: list[Need] = msgspec.field(default_factory=list)
    is_complete: bool = True


class NeedReader:
    """Answers what templates of one environment need. Results are kept."""

    def __init__(self, find: Finder) -> None:
        self._find = find
        self._kept: dict[str, Needs] = {}
        #: Names that a template gets from the part around one of its includes: (path of the template, name).
        self.given: set[tuple[str, str]] = set()

    def of(self, template: Template, depth: int = 0) -> Needs:
        """The needs of a template."""
        found = self._kept.get(template.path)
        if found is None:
            found = self._kept[template.path] = Needs()  # what includes itself adds nothing more
            if depth > CHAIN_LIMIT:
                found.is_complete = False
            else:
                _Composition(self, self._find, template, found, depth).compose()
        return found


class _Composition:
    """Joins one template with its parents: blocks are rendered where the topmost parent has them."""

    def __init__(self, reader: NeedReader, find: Finder, template: Template, result: Needs, depth: int) -> None:
        self._reader = reader
        self._find = find
        self._result = result
        self._depth = depth
        self._is_certain = True
        self._chain = self._chain_of(template)
        self._exported = frozenset(name for one in self._chain for name in one.content.exported)
        self._blocks: dict[str, list[tuple[Template, list[Part]]]] = {}
        for one in self._chain:
            for name, parts in one.content.blocks.items():
                self._blocks.setdefault(name, []).append((one, parts))

    def _chain_of(self, template: Template) -> list[Template]:
        """The template and its parents, as far as they are known."""
        chain: list[Template] = []
        current: Template | None = template
        while current is not None:
            if current in chain or len(chain) >= CHAIN_LIMIT or current.problem is not None:
                self._result.is_complete = False
                break
            chain.append(current)
            extends = current.content.extends
            if extends is None:
                break
            current = self._parent(extends)
            if current is None and not (extends.names and is_package_template(extends.names[0])):
                self._is_certain = False
        return chain

    def _parent(self, extends: Reference) -> Template | None:
        if not extends.is_top_level:
            self._is_certain = False
        if extends.names is None or len(extends.names) != 1:
            return None
        return self._find(extends.names[0])

    def compose(self) -> None:
        """Collects the needs."""
        if not self._chain:
            return
        *children, root = self._chain
        for child in children:
            self._add_parts(child, child.content.parts, (), frozenset(), None, is_child=True)
        is_child = root.content.extends is not None
        self._add_parts(root, root.content.parts, (), frozenset(), None, is_child=is_child)
        if is_child:  # its parent is not known: its blocks are rendered somewhere
            for part in root.content.parts:
                if isinstance(part, BlockPosition):
                    self._add_block(part, (), frozenset(), 0)

    def _add_parts(
        self,
        template: Template,
        parts: list[Part],
        guards: tuple[Guard, ...],
        names: frozenset[str],
        level: int | None,
        *,
        is_child: bool = False,
    ) -> None:
        for part in parts:
            if len(self._result.needs) > NEED_LIMIT:
                self._result.is_complete = False
                return
            if isinstance(part, NameUse):
                if not (is_child and part.is_printed):
                    self._add_use(template, part, guards, names)
            elif isinstance(part, BlockPosition):
                if part.is_super:
                    self._add_block(part, guards, names, (level or 0) + 1)
                elif not is_child:
                    self._add_block(part, guards, names, 0)
            else:
                self._add_reference(part, guards, names)

    def _add_use(self, template: Template, use: NameUse, guards: tuple[Guard, ...], names: frozenset[str]) -> None:
        if use.need == OPTIONAL or use.name in names or use.name in self._exported:
            return
        certain = use.is_certain and self._is_certain
        need = self._need_of(template, use)
        self._result.needs.append(Need(use.name, template, use.line, need, (*guards, *use.guards), certain))

    def _need_of(self, template: Template, use: NameUse) -> str:
        """How much a use needs its name; what it is handed to decides."""
        handed = use.handed_to
        if handed is None:
            return use.need
        if is_package_template(handed.template):
            return FAILS if handed.parameter == 0 else BLANK  # the form, field or page that such macros render
        found = self._find(handed.template) if handed.template else template
        if found is not None and handed.macro in found.content.required:
            return FAILS if handed.parameter in found.content.required[handed.macro] else BLANK
        is_function = not handed.template and handed.macro not in self._exported
        return HANDED if is_function and isinstance(handed.parameter, int) else BLANK

    def _add_block(self, position: BlockPosition, guards: tuple[Guard, ...], names: frozenset[str], level: int) -> None:
        """The block of a name as the template `level` steps above the most derived one has it."""
        definitions = self._blocks.get(position.name, [])
        if level < len(definitions) and len(guards) < 100:
            template, parts = definitions[level]
            visible = names | position.locals
            self._add_parts(template, parts, (*guards, *position.guards), visible, level)

    def _add_reference(self, reference: Reference, guards: tuple[Guard, ...], names: frozenset[str]) -> None:
        if reference.tag == "extends" or not reference.has_context:
            return
        if reference.names is None or len(reference.names) != 1:
            return
        template = self._find(reference.names[0])
        if template is None:
            return
        inner = self._reader.of(template, self._depth + 1)
        visible = names | reference.locals | self._exported
        certain = self._is_certain and reference.tag == "include"
        for need in inner.needs:
            if need.name in visible:
                self._reader.given.add((need.template.path, need.name))
            elif len(self._result.needs) <= NEED_LIMIT:
                around = (*guards, *reference.guards, *need.guards)
                self._result.needs.append(
                    Need(need.name, need.template, need.line, need.need, around, certain and need.is_certain)
                )
