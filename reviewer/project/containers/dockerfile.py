"""Reads a Dockerfile: its build stages with their instructions. Nothing is expanded but `ARG` defaults in `FROM`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import msgspec

from reviewer.rule import Place

SIZE_LIMIT = 200_000  # characters
INSTRUCTION = re.compile(r"\s*(?P<name>[A-Za-z]+)\s+(?P<value>\S.*)", re.DOTALL)
HEREDOC = re.compile(r"<<-?\s*(['\"]?)(?P<end>\w+)\1")
VARIABLE = re.compile(r"\$\{?(?P<name>\w+)(?::?-(?P<default>[^}]*))?\}?")
ASSIGNMENT = re.compile(r"(?P<name>\w+)=(?P<value>\"[^\"]*\"|'[^']*'|\S*)")


class Instruction(msgspec.Struct, frozen=True):
    """An instruction, continued lines joined."""

    name: str  # upper case
    value: str
    place: Place

    @property
    def words(self) -> tuple[str, ...] | None:
        """The words of an exec form (`["uvicorn", "app:app"]`), None for a shell form."""
        if not self.value.startswith("["):
            return None
        try:
            words = json.loads(self.value)
        except (ValueError, RecursionError):
            return None
        return tuple(words) if isinstance(words, list) and all(isinstance(one, str) for one in words) else None


class Stage(msgspec.Struct, frozen=True, eq=False):
    """A build stage."""

    name: str  # of `AS`, empty where it has none
    base: str  # image or stage that it builds on
    instructions: tuple[Instruction, ...]


class Dockerfile(msgspec.Struct, frozen=True, eq=False):
    """A Dockerfile with its stages in order."""

    path: str
    stages: tuple[Stage, ...]

    def lineage(self, stage: Stage) -> tuple[Stage, ...]:
        """A stage after those of the file that it builds on, the first one first."""
        found = [stage]
        while (base := self.named(found[0].base)) is not None and base not in found:
            found.insert(0, base)
        return tuple(found)

    def named(self, name: str) -> Stage | None:
        """The stage of a name, in any case of letters."""
        return next((one for one in self.stages if one.name and one.name.lower() == name.lower()), None)

    def last(self, stage: Stage, instruction: str) -> Instruction | None:
        """The instruction of a name that holds for a stage: its own last one, else that of what it builds on."""
        for one in reversed(self.lineage(stage)):
            for found in reversed(one.instructions):
                if found.name == instruction:
                    return found
        return None

    def environment(self, stage: Stage) -> dict[str, tuple[str, Instruction]]:
        """The variables that hold in a stage, each with the instruction that sets it."""
        variables: dict[str, tuple[str, Instruction]] = {}
        for one in self.lineage(stage):
            for instruction in one.instructions:
                if instruction.name == "ENV":
                    for name, value in _assignments(instruction.value):
                        variables[name] = (value, instruction)
        return variables


def read_dockerfile(text: str, path: str) -> Dockerfile | None:
    """The stages of a Dockerfile; None where it is too large or has none."""
    if len(text) > SIZE_LIMIT:
        return None
    arguments: dict[str, str] = {}
    stages: list[tuple[str, str, list[Instruction]]] = []
    for instruction in _instructions(text, path):
        if instruction.name == "ARG" and not stages:
            name, _, default = instruction.value.partition("=")
            arguments[name.strip()] = default.strip().strip("\"'")
        elif instruction.name == "FROM":
            words = [one for one in instruction.value.split() if not one.startswith("--")]
            base = _expanded(words[0], arguments) if words else ""
            name = words[2] if len(words) > 2 and words[1].lower() == "as" else ""
            stages.append((name, base, []))
        elif stages:
            stages[-1][2].append(instruction)
    if not stages:
        return None
    return Dockerfile(path, tuple(Stage(name, base, tuple(found)) for name, base, found in stages))


def _instructions(text: str, path: str) -> Iterator[Instruction]:
    lines = text.split("\n")
    escape = "`" if re.match(r"\s*#\s*escape\s*=\s*`", lines[0]) else "\\"
    number = 0
    while number < len(lines):
        start = number
        parts: list[str] = []
        while number < len(lines):
            line = lines[number].rstrip("\r")
            number += 1
            if line.lstrip().startswith("#") or (parts and not line.strip()):
                if not parts:
                    start = number
                continue
            is_continued = line.rstrip().endswith(escape)
            parts.append(line.rstrip()[:-1] if is_continued else line)
            if not is_continued:
                break
        found = INSTRUCTION.fullmatch("".join(parts))
        if found is None:
            continue
        end = number
        name = found["name"].upper()
        if name in ("RUN", "COPY", "ADD"):
            for marker in HEREDOC.finditer(found["value"]):
                number = _after_heredoc(lines, number, marker["end"])
        column = len(lines[start]) - len(lines[start].lstrip())
        yield Instruction(
            name, found["value"].strip(), Place(path, start + 1, column, end, len(lines[end - 1].rstrip()))
        )


def _after_heredoc(lines: list[str], number: int, end: str) -> int:
    for index in range(number, len(lines)):
        if lines[index].strip() == end:
            return index + 1
    return len(lines)


def _assignments(value: str) -> Iterator[tuple[str, str]]:
    found = list(ASSIGNMENT.finditer(value))
    if found and value.startswith(found[0].group()):
        for one in found:
            yield one["name"], one["value"].strip("\"'")
    else:
        name, _, rest = value.partition(" ")
        yield name, rest.strip().strip("\"'")


def _expanded(word: str, arguments: dict[str, str]) -> str:
    return VARIABLE.sub(lambda found: arguments.get(found["name"]) or found["default"] or "", word)
