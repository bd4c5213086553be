"""Where keywords are added to a call and removed from it, so that its layout and comments stay. Child process only.

Gives splices of the source text, made of what libcst knows about the call: where its arguments end, what stands between
the last one and the closing bracket.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import libcst as cst
import msgspec

from reviewer.syntax.source import EditRefused, Source, Splice


class Item(msgspec.Struct, frozen=True):
    """An argument of a call or a name of an import: offsets, without its comma."""

    start: int
    end: int


def call_edited(source: Source, call: cst.Call, added: Mapping[str, str], removed: Collection[str]) -> list[Splice]:
    """Adds keywords behind the last argument and removes others; one that is there with its value is not added again.

    Raises EditRefused if a keyword to add is there with another value or may be there in a `**mapping`, and if one to
    remove is not there.
    """
    names = [argument.keyword.value if argument.keyword else "" for argument in call.args]
    if not set(removed) <= set(names):
        raise EditRefused("The keyword to remove is not there any more.")
    texts = _texts_to_add(source, call, added, removed)
    if texts and any(argument.star == "**" for argument in call.args):
        raise EditRefused("The call takes keywords from a mapping, which may hold the one to add.")
    items = [Item(source.start(argument), source.end(argument)) for argument in call.args]
    end = source.end(call) - 1
    if not items:
        return _first_items(source, end - len(source.text_of(call.whitespace_before_args)), end, texts) if texts else []
    if texts and len(items) == 1 and _is_bare_generator(call.args[0].value):
        start, behind = items[0].start, items[0].end
        return [Splice(start, start, "("), Splice(behind, behind, ", ".join([")", *texts]))]
    return _items_edited(source, items, [name not in removed for name in names], end, texts)


def _items_edited(
    source: Source, items: list[Item], is_kept: list[bool], end: int, texts: Sequence[str]
) -> list[Splice]:
    kept = [item for item, keep in zip(items, is_kept, strict=True) if keep]
    if not kept and texts:
        if not source.is_plain(items[0].start, items[-1].end):
            raise EditRefused("All arguments of the call would be replaced.")
        return [Splice(items[0].start, items[-1].end, ", ".join(texts))]
    if kept and not is_kept[-1] and source.is_plain(kept[-1].end, items[-1].end):
        # The last arguments stand on one line: they go with the comma before them.
        splice = Splice(kept[-1].end, items[-1].end, "".join(f", {text}" for text in texts))
        number = items.index(kept[-1]) + 1
        return [*_removals(source, items[:number], is_kept[:number], splice.start), splice]
    splices = _removals(source, items, is_kept, end)
    return splices + appended(source, kept, end, texts) if texts else splices


def _texts_to_add(source: Source, call: cst.Call, added: Mapping[str, str], removed: Collection[str]) -> list[str]:
    present = {argument.keyword.value: argument.value for argument in call.args if argument.keyword}
    texts = []
    for name, value in added.items():
        if name not in present or name in removed:
            texts.append(f"{name}={value}")
        elif source.text_of(present[name]).strip() != value.strip():
            raise EditRefused(f"The call has the keyword {name} already.")
    return texts


def _removals(source: Source, items: Sequence[Item], is_kept: Sequence[bool], end: int) -> list[Splice]:
    """Removes arguments, each with its line and the comment there if it stands alone on it."""
    splices = []
    for number, item in enumerate(items):
        if is_kept[number]:
            continue
        following = items[number + 1].start if number + 1 < len(items) else end
        comma = source.comma_between(item.end, following)
        behind = item.end if comma is None else comma + 1
        if source.is_alone_on_lines(item.start, behind, end):
            splices.append(Splice(source.line_start(item.start), source.next_line_start(behind), ""))
        elif (len(items) == 1 or number + 1 < len(items)) and source.is_blank(behind, following):
            splices.append(Splice(item.start, following, ""))
        else:
            splices.append(Splice(item.start, behind, ""))
    return splices


def appended(source: Source, items: Sequence[Item], end: int, added: Sequence[str]) -> list[Splice]:
    """Appends items behind the last one before a closing bracket at `end`, one a line if that is the layout."""
    last = items[-1]
    comma = source.comma_between(last.end, end)
    behind = last.end if comma is None else comma + 1
    line_start = source.line_start(end)
    if line_start <= behind:
        return [Splice(last.end, last.end, "".join(f", {text}" for text in added))]
    first_of_line = next((item for item in items if source.is_first_on_line(item.start)), None)
    if first_of_line is not None:
        indent = source.indent_at(first_of_line.start)
    else:
        indent = source.indent_at(end) + source.module.default_indent
    newline = source.newline_before(line_start)
    separator = f",{newline}{indent}"
    lines = f"{indent}{separator.join(added)}{',' if comma is not None else ''}{newline}"
    if comma is None:
        return [Splice(last.end, last.end, ","), Splice(line_start, line_start, lines)]
    return [Splice(line_start, line_start, lines)]


def _first_items(source: Source, inside: int, end: int, added: Sequence[str]) -> list[Splice]:
    """Puts items into empty brackets."""
    if source.is_blank(inside, end):
        return [Splice(inside, end, ", ".join(added))]
    line_start = source.line_start(end)
    newline = source.newline_before(line_start)
    indent = source.indent_at(end) + source.module.default_indent
    return [Splice(line_start, line_start, "".join(f"{indent}{text},{newline}" for text in added))]


def _is_bare_generator(value: cst.BaseExpression) -> bool:
    return isinstance(value, cst.GeneratorExp) and not value.lpar
