"""Which Python files and folders a program finds when it lists its own: `os.listdir`, `glob`, `Path.iterdir`.

Only files that the repository has, Python ones, are listed; touches no disk.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from reviewer.project.evaluation.file_places import FilePlace, file_place, is_path
from reviewer.project.evaluation.scopes import Scope
from reviewer.project.evaluation.values import (
    External,
    Instance,
    InstanceAttribute,
    ModuleValue,
    NamespaceValue,
    Unknown,
    Value,
    argument_of,
)
from reviewer.project.program import Program

if TYPE_CHECKING:
    from reviewer.project.evaluation.evaluator import Evaluator

Handler = Callable[["Evaluator", tuple[Value, ...], dict[str, Value], Scope], Value]

#: The types of objects that stand for a file or folder of the repository: a path object, and text.
KNOWN_PATH = "pathlib.Path.known"
KNOWN_TEXT = "os.path.known"
LISTING_LIMIT = 2_000
#: Attributes of path objects that say what the path is called.
NAMING_ATTRIBUTES = frozenset({"name", "stem", "suffix", "parts"})
LISTING_METHODS = frozenset({"glob", "rglob", "iterdir"})
ASKING_METHODS = frozenset({"is_file", "is_dir", "exists"})


def path_object(path: str) -> Instance:
    """The path object of a file or folder of the repository."""
    return Instance(External(KNOWN_PATH), (path,))


def _path_text(path: str) -> Instance:
    return Instance(External(KNOWN_TEXT), (path,))


def folder_of_value(program: Program, value: Value) -> str | None:
    """The folder of the repository that a path means, None where that is not known."""
    place = file_place(value)
    return None if place is None else _found(place, program.folders)


def known_file(program: Program, place: FilePlace) -> str | None:
    """The Python file of the repository that a place means, None where that is not known."""
    return place.path if place.is_anchored and place.path in program.by_path else None


def _found(place: FilePlace, folders: frozenset[str]) -> str | None:
    """The folder at a place; one relative to the working folder is the one at the top, or the only one of that name."""
    if place.is_anchored or not place.parts:
        return place.path if place.path in folders or place.is_anchored else None
    if place.path in folders:
        return place.path
    matching = [folder for folder in folders if folder.endswith(f"/{place.path}")]
    return matching[0] if len(matching) == 1 else None


def matching_paths(program: Program, folder: str, pattern: str) -> Iterator[str]:
    """Files and folders below a folder whose path from there fits a glob pattern, sorted."""
    fits = _pattern(pattern).fullmatch
    is_deep = "/" in pattern or "**" in pattern
    pending = [folder]
    while pending:
        current = pending.pop()
        below = []
        for name in program.names_in(current):
            path = f"{current}/{name}" if current else name
            if fits(path[len(folder) + 1 :] if folder else path):
                yield path
            if is_deep and path in program.folders:
                below.append(path)
        pending += reversed(below)


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> re.Pattern[str]:
    pieces = []
    for part in pattern.strip("/").removeprefix("./").split("/"):
        if part == "**":
            pieces.append(r"(?:[^/]+/)*")
        else:
            text = fnmatch.translate(part).replace(r"(?s:", "(?:").removesuffix(r"\Z").removesuffix(r"\z")
            pieces.append(text.replace(".*", "[^/]*").replace("(?>", "(?:") + "/")
    return re.compile("".join(pieces).removesuffix("/"))


def _listed(paths: Iterator[str], make: Callable[[str], Value]) -> Value:
    found: list[Value] = []
    for path in paths:
        found.append(make(path))
        if len(found) > LISTING_LIMIT:
            return Unknown("folder with too many files")
    return found


def _listdir(evaluator: Evaluator, arguments: tuple[Value, ...], keywords: dict[str, Value], _: Scope) -> Value:
    folder = folder_of_value(evaluator.program, argument_of(arguments, keywords, 0, "path", "."))
    if folder is None:
        return Unknown("files of a folder that is not known")
    return _listed(iter(evaluator.program.names_in(folder)), str)


def _walk(evaluator: Evaluator, arguments: tuple[Value, ...], keywords: dict[str, Value], _: Scope) -> Value:
    """`os.walk(folder)`: each folder with the names of its folders and files."""
    program = evaluator.program
    top = folder_of_value(program, argument_of(arguments, keywords, 0, "top"))
    if top is None:
        return Unknown("files of a folder that is not known")
    found: list[Value] = []
    pending = [top]
    while pending:
        folder = pending.pop()
        names = program.names_in(folder)
        below = [name for name in names if (f"{folder}/{name}" if folder else name) in program.folders]
        found.append((_path_text(folder), list(below), [name for name in names if name not in below]))
        if len(found) > LISTING_LIMIT:
            return Unknown("folder with too many folders")
        pending += [f"{folder}/{name}" if folder else name for name in reversed(below)]
    return found


def _root_path(evaluator: Evaluator, arguments: tuple[Value, ...], _: dict[str, Value], scope: Scope) -> Value:
    """The folder of a package by its name, as `flask.helpers.get_root_path` gives it."""
    name = arguments[0] if arguments else None
    found = evaluator.program.find(scope.module.path, name) if isinstance(name, str) else None
    if isinstance(found, ModuleValue):
        return _path_text(found.module.path.rpartition("/")[0])
    return _path_text(found.path) if isinstance(found, NamespaceValue) else Unknown("folder of a package")


def _scandir(evaluator: Evaluator, arguments: tuple[Value, ...], keywords: dict[str, Value], _: Scope) -> Value:
    folder = folder_of_value(evaluator.program, argument_of(arguments, keywords, 0, "path", "."))
    if folder is None:
        return Unknown("files of a folder that is not known")
    return _listed(matching_paths(evaluator.program, folder, "*"), path_object)


def _glob(evaluator: Evaluator, arguments: tuple[Value, ...], keywords: dict[str, Value], _: Scope) -> Value:
    """`glob.glob(pattern)`: the folder is what stands before the first part with a wildcard."""
    given = argument_of(arguments, keywords, 0, "pathname")
    root = keywords.get("root_dir")
    place = file_place(given)
    if place is None or root is not None:
        return Unknown("files by a pattern that is not known")
    fixed = next((number for number, part in enumerate(place.parts) if set("*?[") & set(part)), len(place.parts))
    folder = _found(FilePlace(place.parts[:fixed], place.is_anchored), evaluator.program.folders)
    if folder is None:
        return Unknown("files of a folder that is not known")
    pattern = "/".join(place.parts[fixed:])
    return _listed(matching_paths(evaluator.program, folder, pattern), _path_text) if pattern else []


def call_path_method(
    evaluator: Evaluator, receiver: Value, method: str, arguments: tuple[Value, ...], keywords: dict[str, Value]
) -> Value:
    """A method of a path object that lists or asks; None where it is another method, or the place is not known."""
    if method in LISTING_METHODS:
        folder = folder_of_value(evaluator.program, receiver)
        pattern = "*" if method == "iterdir" else argument_of(arguments, keywords, 0, "pattern")
        if folder is None or not isinstance(pattern, str):
            return Unknown("files of a folder that is not known")
        pattern = f"**/{pattern}" if method == "rglob" else pattern
        return _listed(matching_paths(evaluator.program, folder, pattern), path_object)
    place = file_place(receiver)
    if place is None:
        return None
    if method in ASKING_METHODS and place.is_anchored:
        return _answer(evaluator.program, place, method)
    if method == "relative_to" and arguments:
        return _relative(place, file_place(arguments[0]))
    if method == "with_suffix" and arguments and isinstance(arguments[0], str) and place.parts:
        stem = place.parts[-1].rpartition(".")[0] or place.parts[-1]
        return _with_last(receiver, place, stem + arguments[0])
    return None


def _answer(program: Program, place: FilePlace, method: str) -> Value:
    """Whether a Python file or folder is there; of other files nothing is known."""
    is_file, is_folder = place.path in program.by_path, place.path in program.folders
    if not is_file and not is_folder:
        return Unknown(f"whether {place.path} exists")
    return method == "exists" or is_file is (method == "is_file")


def _relative(place: FilePlace, start: FilePlace | None) -> Value:
    if start is None or not (place.is_anchored and start.is_anchored):
        return Unknown("path relative to something unknown")
    if place.parts[: len(start.parts)] != start.parts:
        return Unknown("path relative to another folder")
    return Instance(External("pathlib.PurePath"), ("/".join(place.parts[len(start.parts) :]),))


def _with_last(receiver: Value, place: FilePlace, name: str) -> Value:
    path = "/".join((*place.parts[:-1], name))
    return path_object(path) if place.is_anchored else Instance(External("pathlib.PurePath"), (path,))


def path_attribute(base: Value, name: str) -> Value:
    """What a path object is called: `path.stem`; None where that is not known."""
    place = file_place(base) if name in NAMING_ATTRIBUTES and is_path(base) else None
    if place is None or not place.parts:
        return None
    if name == "parts":
        return None if place.is_anchored else place.parts
    last = place.parts[-1]
    stem, dot, suffix = last.rpartition(".")
    if name == "name" or not stem:
        return "" if name == "suffix" else last
    return stem if name == "stem" else dot + suffix


def relative_text(value: Value) -> str | None:
    """The text of a path that is relative to a folder of the program's choice; None for other paths."""
    if isinstance(value, Instance) and value.type == External("pathlib.PurePath"):
        place = file_place(value)
        return None if place is None else place.path
    return None


def _basename(_: Evaluator, arguments: tuple[Value, ...], __: dict[str, Value], ___: Scope) -> Value:
    place = file_place(arguments[0]) if arguments else None
    return place.parts[-1] if place is not None and place.parts else Unknown("name of a file that is not known")


def _splitext(_: Evaluator, arguments: tuple[Value, ...], __: dict[str, Value], ___: Scope) -> Value:
    given = arguments[0] if arguments else None
    if isinstance(given, str):
        stem, dot, suffix = given.rpartition(".")
        return (stem, dot + suffix) if stem and "/" not in suffix else (given, "")
    place = file_place(given)
    if place is None or not place.parts:
        return Unknown("name of a file that is not known")
    stem, dot, suffix = place.parts[-1].rpartition(".")
    return (_path_text("/".join((*place.parts[:-1], stem))), dot + suffix)


def _asking(method: str) -> Handler:
    def handle(evaluator: Evaluator, arguments: tuple[Value, ...], _: dict[str, Value], __: Scope) -> Value:
        place = file_place(arguments[0]) if arguments else None
        if place is None or not place.is_anchored:
            return Unknown("whether a file exists")
        return _answer(evaluator.program, place, method)

    return handle


def _relpath(_: Evaluator, arguments: tuple[Value, ...], __: dict[str, Value], ___: Scope) -> Value:
    place = file_place(arguments[0]) if arguments else None
    start = file_place(arguments[1]) if len(arguments) > 1 else None
    relative = _relative(place, start) if place is not None else Unknown("path relative to something unknown")
    return relative.arguments[0] if isinstance(relative, Instance) else relative


def text_method(receiver: Value, name: str, arguments: tuple[Value, ...]) -> Value:
    """`endswith` of the text of a known file; None for another method or object."""
    if isinstance(receiver, Instance) and receiver.type == External(KNOWN_TEXT) and name == "endswith":
        ends = arguments[0] if arguments else None
        if isinstance(ends, str) and "/" not in ends:
            return bool(receiver.arguments[0].endswith(ends))
    return None


def is_listed(value: Value) -> bool:
    """Whether an object stands for a file of the repository, or is a path."""
    if isinstance(value, InstanceAttribute):
        return is_path(value)
    return isinstance(value, Instance) and (value.type == External(KNOWN_TEXT) or is_path(value))


LISTING_HANDLERS: dict[str, Handler] = {
    "os.listdir": _listdir,
    "os.scandir": _scandir,
    "os.walk": _walk,
    "flask.helpers.get_root_path": _root_path,
    "flask.sansio.scaffold.get_root_path": _root_path,
    "glob.glob": _glob,
    "glob.iglob": _glob,
    "os.path.basename": _basename,
    "os.path.splitext": _splitext,
    "os.path.isfile": _asking("is_file"),
    "os.path.isdir": _asking("is_dir"),
    "os.path.exists": _asking("exists"),
    "os.path.relpath": _relpath,
}
