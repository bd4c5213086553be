"""Suppression comments of files that are not Python, found line by line.

`{# reviewer: ignore[rule] -- reason #}` in templates, `# reviewer: ignore[rule] -- reason` in YAML, TOML, Dockerfiles,
lists of requirements and environment files. A comment covers its own line; alone on a line, also the next line that is
no such comment. Takes decoded text with line feeds as line ends, parses nothing.
"""

from __future__ import annotations

from msgspec.structs import replace

from reviewer.file_kinds import FileKind
from reviewer.syntax.directives import MAX_COMMENT_LENGTH, Directive, directives_in_comment, read_directive


def read_line_comments(text: str, kind: FileKind) -> tuple[Directive, ...]:
    """The suppression comments of a file of some kind other than `python`, from top to bottom."""
    if "reviewer:" not in text:
        return ()
    found: list[Directive] = []
    waiting: list[int] = []
    for number, line in enumerate(text.split("\n"), 1):
        in_line, is_alone = _directives_of_line(line, number, kind) if "reviewer:" in line else ([], False)
        if not is_alone and waiting:
            for index in waiting:
                found[index] = replace(found[index], last_line=number)
            waiting = []
        if is_alone:
            waiting.extend(range(len(found), len(found) + len(in_line)))
        found.extend(in_line)
    return tuple(found)


def _directives_of_line(line: str, number: int, kind: FileKind) -> tuple[list[Directive], bool]:
    """The directives of a line, and whether nothing else stands on it."""
    if kind == "template":
        return _in_template(line[:MAX_COMMENT_LENGTH], number)
    start = line.find("#")
    while start > 0 and not line[start - 1].isspace():
        start = line.find("#", start + 1)
    if start < 0 or (kind == "dockerfile" and line[:start].strip()):
        return [], False
    directives = directives_in_comment(line[start:], number, start)
    return directives, bool(directives) and not line[:start].strip()


def _in_template(line: str, number: int) -> tuple[list[Directive], bool]:
    found = []
    outside = ""
    position = 0
    while (start := line.find("{#", position)) >= 0:
        end = line.find("#}", start + 2)
        if end < 0:
            break
        outside += line[position:start]
        inside = line[start + 2 : end].strip("+-")
        marker = inside.lstrip().partition("reviewer:")
        if not marker[0] and marker[1]:
            text_column = start + 2 + line[start + 2 : end].index("reviewer:") + len("reviewer:")
            directive = read_directive(marker[2].rstrip(), number, start, text_column)
            if directive is not None:
                found.append(replace(directive, end_column=end + 2))
        position = end + 2
    outside += line[position:]
    return found, bool(found) and not outside.strip()
