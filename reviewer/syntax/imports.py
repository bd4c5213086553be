"""Where an import is added to a program. Child process only.

A name joins the `from module import …` that is there; else a line of its own joins the imports at the top of the file,
beside those of the same package.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import libcst as cst
from libcst.helpers import get_full_name_for_node

from reviewer.syntax.calls import Item, appended
from reviewer.syntax.source import EditRefused, Source, Splice

_ImportLine = tuple[cst.SimpleStatementLine, cst.Import | cst.ImportFrom]


def imports_added(source: Source, wanted: Mapping[str, Sequence[str]]) -> list[Splice]:
    """Adds names by module; those that are imported at the top level are left out.

    Raises EditRefused if a name means something else at the top level.
    """
    lines = list(_top_imports(source.module.body))
    all_imports = list(_all_imports(source.module.body))
    splices = []
    new_lines: dict[int, list[str]] = {}
    for module, names in sorted(wanted.items()):
        present = {name for found in all_imports if _module_of(found) == module for name in _plain_names(found)}
        missing = sorted(set(names) - present)
        if not missing:
            continue
        _require_free(source, missing, all_imports)
        joined = next((join for _, found in lines if (join := _joinable(found, module))), None)
        if joined is not None:
            splices += _names_joined(source, joined, missing)
        else:
            offset = _place_for(source, module, lines)
            new_lines.setdefault(offset, []).append(f"from {module} import {', '.join(missing)}")
    for offset, texts in new_lines.items():
        splices.append(_lines_added(source, offset, texts, has_imports=bool(lines)))
    return splices


def _names_joined(source: Source, found: cst.ImportFrom, names: list[str]) -> list[Splice]:
    aliases: Iterable[cst.ImportAlias] = found.names  # type: ignore[assignment]
    items = [Item(source.start(alias), source.end(alias)) for alias in aliases]
    if found.rpar is None:
        return [Splice(items[-1].end, items[-1].end, "".join(f", {name}" for name in names))]
    return appended(source, items, source.end(found.rpar) - 1, names)


def _lines_added(source: Source, offset: int, texts: list[str], *, has_imports: bool) -> Splice:
    """Lines of imports before an offset, apart from what is not an import by blank lines."""
    newline = source.newline_before(offset) if offset else source.module.default_newline
    before, after = source.text[:offset], source.text[offset:]
    block = newline.join(texts) + newline
    if not has_imports and not _is_start_or_blank_line(before):
        block = newline + block
    if not has_imports and after.strip() and not after.startswith(("\n", "\r")):
        block += newline
    if before and not before.endswith(("\n", "\r")):
        return Splice(offset, offset, newline + block[: -len(newline)])
    return Splice(offset, offset, block)


def _is_start_or_blank_line(before: str) -> bool:
    return not before or before.endswith(("\n\n", "\r\n\r\n", "\r\r"))


def _place_for(source: Source, module: str, lines: list[_ImportLine]) -> int:
    """The start of the line before which a new import is put."""
    package = module.partition(".")[0]
    siblings = [
        (line, found)
        for line, found in lines
        if isinstance(found, cst.ImportFrom) and (_module_of(found) or "").partition(".")[0] == package
    ]
    smaller = [line for line, found in siblings if (_module_of(found) or "") <= module]
    if smaller:
        return source.next_line_start(source.end(smaller[-1]))
    if siblings:
        return source.line_start(source.start(siblings[0][0]))
    if lines:
        return source.next_line_start(source.end(lines[-1][0]))
    body = source.module.body
    if body and _is_docstring(body[0]):
        return source.next_line_start(source.end(body[0]))
    if body:
        first = body[0]
        decorators = getattr(first, "decorators", ())
        return source.line_start(source.start(decorators[0] if decorators else first))
    return len(source.text)


def _top_imports(body: Sequence[cst.CSTNode]) -> Iterator[_ImportLine]:
    """The import statements at the top of a file, up to its first other statement but the docstring."""
    for number, line in enumerate(body):
        if number == 0 and _is_docstring(line):
            continue
        if not isinstance(line, cst.SimpleStatementLine):
            return
        for statement in line.body:
            if not isinstance(statement, (cst.Import, cst.ImportFrom)):
                return
            yield line, statement


def _all_imports(body: Sequence[cst.CSTNode]) -> Iterator[cst.Import | cst.ImportFrom]:
    for line in body:
        for statement in line.body if isinstance(line, cst.SimpleStatementLine) else ():
            if isinstance(statement, (cst.Import, cst.ImportFrom)):
                yield statement


def _joinable(found: cst.Import | cst.ImportFrom, module: str) -> cst.ImportFrom | None:
    """The import, if names can be added to it."""
    if not isinstance(found, cst.ImportFrom) or isinstance(found.names, cst.ImportStar):
        return None
    return found if _module_of(found) == module else None


def _module_of(found: cst.Import | cst.ImportFrom) -> str | None:
    """The module of an absolute `from` import."""
    if not isinstance(found, cst.ImportFrom) or found.relative or found.module is None:
        return None
    return get_full_name_for_node(found.module)


def _plain_names(found: cst.Import | cst.ImportFrom) -> set[str]:
    if isinstance(found.names, cst.ImportStar):
        return set()
    return {
        alias.evaluated_name
        for alias in found.names
        if alias.asname is None or alias.evaluated_alias == alias.evaluated_name
    }


def _bound_names(found: cst.Import | cst.ImportFrom) -> set[str]:
    if isinstance(found.names, cst.ImportStar):
        return set()
    return {(alias.evaluated_alias or alias.evaluated_name).partition(".")[0] for alias in found.names}


def _require_free(source: Source, names: list[str], imports: Iterable[cst.Import | cst.ImportFrom]) -> None:
    taken = {name for found in imports for name in _bound_names(found)}
    for line in source.module.body:
        if isinstance(line, (cst.FunctionDef, cst.ClassDef)):
            taken.add(line.name.value)
        for statement in line.body if isinstance(line, cst.SimpleStatementLine) else ():
            if isinstance(statement, cst.Assign):
                taken |= {target.target.value for target in statement.targets if isinstance(target.target, cst.Name)}
            elif isinstance(statement, cst.AnnAssign) and isinstance(statement.target, cst.Name):
                taken.add(statement.target.value)
    for name in names:
        if name in taken:
            raise EditRefused(f"The name {name} means something else in this file.")


def _is_docstring(line: cst.CSTNode) -> bool:
    if not isinstance(line, cst.SimpleStatementLine) or not isinstance(line.body[0], cst.Expr):
        return False
    return len(line.body) == 1 and isinstance(line.body[0].value, (cst.SimpleString, cst.ConcatenatedString))
