"""The routes that the real frameworks serve for a small program, and those that the project finds in its text.

`FRAMEWORKS` names the environments at hand: that of the tests with the newest versions, and each whose Python the
variable REVIEWER_TEST_FRAMEWORKS names (separated like a PATH), such as one with the oldest supported versions.
"""

from __future__ import annotations

import atexit
import functools
import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from reviewer.project.in_memory import project
from reviewer.report.route_table import route_row

SERVER = Path(__file__).with_name("framework_server.py")
FRAMEWORKS = (sys.executable, *filter(None, os.environ.get("REVIEWER_TEST_FRAMEWORKS", "").split(os.pathsep)))

Row = dict[str, Any]

FRAMEWORK_NAMES = ("newest", *(f"environment {number}" for number in range(1, len(FRAMEWORKS))))


class Framework:
    """The frameworks of one environment, in a child process that imports one program after the other."""

    def __init__(self, python: str) -> None:
        self._process = subprocess.Popen(
            [python, "-I", str(SERVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        atexit.register(self._end)
        self.versions: dict[str, str] = self._answer()

    def served(self, files: Mapping[str, str], app: str) -> list[Row]:
        """The rows that the application of a program serves, in order. Fails where the program does not run."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"files": dict(files), "app": app}) + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        assert "error" not in answer, f"the program does not run:\n{answer['error']}\n{text_of(files)}"
        rows: list[Row] = answer["rows"]
        return rows

    def version(self, name: str) -> tuple[int, ...]:
        """The first two numbers of a framework's version."""
        return tuple(int(number) for number in self.versions[name].split(".")[:2])

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the child process ended"
        return json.loads(line)

    def _end(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.wait()


@functools.lru_cache
def framework(python: str) -> Framework:
    """The frameworks of an environment, by its Python."""
    return Framework(python)


def found(files: Mapping[str, str], pinned: str) -> list[Row]:
    """The rows that the project finds in the text of a program that pins a version: `fastapi==0.79.0`."""
    linked = project({**files, "requirements.txt": f"{pinned}\n"})
    rows = []
    for route in linked.routes:
        row = route_row(route)
        row["responses"] = sorted(map(str, route.documented_statuses))
        row["host"] = route.host
        row["response_model"] = _type_text(row["response_model"])
        rows.append(row)
    return rows


def _type_text(text: str | None) -> str | None:
    """The text of a type as Python 3.10 and newer print it: `Optional["Item"]` is `Item | None`."""
    if text is None:
        return None
    plain = text.replace('"', "").replace("'", "").replace("List[", "list[")
    return re.sub(r"Optional\[(.*)\]", r"\1 | None", plain)


def comparable(rows: Iterable[Row], fields: Iterable[str], library: str) -> list[tuple[Any, ...]]:
    """Rows in order as tuples of some fields; the methods of one registration in alphabetical order.

    Those of Flask are sorted, since it matches rules by how special they are and keeps no order.
    """
    if library == "flask":
        rows = sorted(rows, key=lambda row: (row["path"], row["name"], row["endpoint"], row["method"]))
    ordered: list[Row] = []
    for _, group in itertools.groupby(rows, key=lambda row: (row["path"], row["endpoint"], row["name"])):
        ordered += sorted(group, key=lambda row: row["method"])
    return [
        tuple(tuple(row[field]) if isinstance(row[field], list) else row[field] for field in fields) for row in ordered
    ]


def text_of(files: Mapping[str, str]) -> str:
    """A program for a person to read."""
    return "\n".join(f"# {path}\n{text}" for path, text in files.items() if text)


def assert_found_as_served(
    frameworks: Framework, files: Mapping[str, str], app: str, library: str, fields: Iterable[str]
) -> None:
    """Fails where the project finds other rows than the real framework serves; shows the program and both tables."""
    names = tuple(fields)
    truth = comparable(frameworks.served(files, app), names, library)
    ours = comparable(found(files, f"{library}=={frameworks.versions[library]}"), names, library)
    if ours != truth:
        different = [
            f"{mark} {row}"
            for mark, rows, others in (("served", truth, ours), ("found ", ours, truth))
            for row in rows
            if row not in others
        ]
        lines = "\n".join(different or [f"another order:\nserved {truth}\nfound  {ours}"])
        raise AssertionError(f"{library} {frameworks.versions[library]}\n{text_of(files)}\n{names}\n{lines}")
