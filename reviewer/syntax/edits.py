"""Turns the edits of fixes into splices of one file's text. Child process only."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Sequence
from textwrap import indent

from reviewer.decoding import LINE_END
from reviewer.rule import AddImport, AddKeyword, Edit, Place, RemoveKeyword, ReplaceText
from reviewer.syntax.calls import call_edited
from reviewer.syntax.imports import imports_added
from reviewer.syntax.source import EditRefused, Source, Splice


def splices_of(source: Source, edits: Sequence[Edit]) -> list[Splice]:
    """The splices of all edits together; several keywords of one call, and several imports, are added as one.

    Raises EditRefused where an edit does not fit the file or another edit.
    """
    splices: list[Splice] = []
    added: dict[Place, dict[str, str]] = {}
    removed: dict[Place, set[str]] = {}
    imports: dict[str, list[str]] = {}
    for edit in dict.fromkeys(edits):
        if isinstance(edit, AddKeyword):
            _note_keyword(added.setdefault(edit.call, {}), edit)
        elif isinstance(edit, RemoveKeyword):
            removed.setdefault(edit.call, set()).add(edit.name)
        elif isinstance(edit, AddImport):
            _note_import(imports, edit)
        else:
            splices += _replaced(source, edit)
    for place in dict.fromkeys([*added, *removed]):
        splices += call_edited(source, source.call_at(place), added.get(place, {}), removed.get(place, ()))
    if imports:
        splices += imports_added(source, imports)
    return splices


def _note_import(imports: dict[str, list[str]], edit: AddImport) -> None:
    if not edit.name.isidentifier() or not all(part.isidentifier() for part in edit.module.split(".")):
        raise EditRefused("The import to add is not Python.")
    imports.setdefault(edit.module, []).append(edit.name)


def _note_keyword(keywords: dict[str, str], edit: AddKeyword) -> None:
    if not edit.name.isidentifier() or not _is_expression(edit.value):
        raise EditRefused("The keyword to add is not Python.")
    if keywords.setdefault(edit.name, edit.value) != edit.value:
        raise EditRefused("Another fix gives this keyword another value.")


def _is_expression(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(f"f(x={text})", mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return LINE_END.search(text) is None and "#" not in text


def _replaced(source: Source, edit: ReplaceText) -> list[Splice]:
    """The text of a place replaced; later lines of the new text are indented as the statement there."""
    start, end = source.offsets_of(edit.place)
    if source.has_comment(start, end):
        raise EditRefused("A comment stands in the text to replace.")
    first, *rest = edit.text.split("\n")
    text = first
    if rest:
        newline = source.module.default_newline
        text = newline.join([first, *indent("\n".join(rest), source.indent_at(start)).split("\n")])
    if source.text[start:end] == text:
        return []
    return [Splice(start, end, text)]
