"""Which file or folder of the repository a path value means: `Path(__file__).parent / "templates"`, `os.path.join(…)`.

Takes values of the evaluator, gives paths relative to the reviewed root, or what is known of their end. Touches no
file: whether something is there is the asker's business.
"""

from __future__ import annotations

import msgspec

from reviewer.modules.module import Module
from reviewer.project.evaluation.values import External, Instance, InstanceAttribute, Value

#: The object that `__file__` stands for: the path of the module that holds it.
FILE_OF_MODULE = "builtins.__file__"
PATH_TYPES = frozenset(
    f"pathlib.{name}" for name in ("Path", "PurePath", "PosixPath", "PurePosixPath", "WindowsPath", "PureWindowsPath")
)
#: Objects that stand for a file or folder of the repository by its path, as an object of pathlib and as text.
KNOWN_FILES = frozenset({"pathlib.Path.known", "os.path.known"})
JOINED_PATH = "pathlib.Path.joinpath"
#: Functions and methods that give the same place in another spelling.
SAME_PLACE = frozenset(
    {"abspath", "realpath", "normpath", "expanduser", "fspath", "resolve", "absolute", "as_posix", "fsdecode"}
)
CURRENT_FOLDER = frozenset({"os.getcwd", "pathlib.Path.cwd"})
DEPTH_LIMIT = 50


class FilePlace(msgspec.Struct, frozen=True):
    """A path. One that is not anchored is relative to a folder that is not known, or its beginning is not known."""

    parts: tuple[str, ...]
    is_anchored: bool

    @property
    def path(self) -> str:
        """The parts with `/` between them."""
        return "/".join(self.parts)

    def joined(self, text: str) -> FilePlace:
        """The place of a text below this one; an absolute text replaces it."""
        if text.startswith(("/", "~")):
            return FilePlace(_normal((), text), False)
        return FilePlace(_normal(self.parts, text), self.is_anchored)

    @property
    def parent(self) -> FilePlace:
        """The folder around it."""
        return FilePlace(self.parts[:-1], self.is_anchored)

    def matches(self, folder: str) -> bool:
        """Whether a folder of the repository may be this place."""
        if self.is_anchored:
            return folder == self.path
        return bool(self.parts) and (folder == self.path or folder.endswith(f"/{self.path}"))


def _normal(parts: tuple[str, ...], text: str) -> tuple[str, ...]:
    result = list(parts)
    for part in text.replace("\\", "/").split("/"):
        if part == "..":
            if result:
                result.pop()
        elif part not in ("", ".", "~"):
            result.append(part)
    return tuple(result)


def file_of_module(module: Module) -> Instance:
    """The value of `__file__` in a module."""
    return Instance(External(FILE_OF_MODULE), module=module)


def is_path(value: Value) -> bool:
    """Whether a value is an object of pathlib."""
    if isinstance(value, InstanceAttribute):
        return is_path(value.instance)
    if not isinstance(value, Instance) or not isinstance(value.type, External):
        return False
    return value.type.name in PATH_TYPES or value.type.name.startswith("pathlib.Path.")


def joined_path(left: Value, right: Value) -> Instance:
    """The value of `left / right`."""
    return Instance(External(JOINED_PATH), (left, right))


def path_with_text(path: Instance, rest: list[Value]) -> Instance | None:
    """The value of `folder + "/name"` for a place that is known, None for anything else."""
    if not rest or not isinstance(rest[0], str) or not rest[0].startswith("/") or is_path(path):
        return None
    place = file_place(path)
    if place is None or not place.is_anchored or not all(isinstance(one, str) for one in rest):
        return None
    return Instance(External("os.path.join"), (path, "".join(rest)[1:]))


def ancestor(path: InstanceAttribute, number: int) -> InstanceAttribute:
    """The value of `path.parents[number]`, where `path` is the attribute `….parents`."""
    before = path.name.removesuffix("parents")
    return InstanceAttribute(path.instance, before + ".".join(["parent"] * (number + 1)))


def file_place(value: Value, depth: int = 0) -> FilePlace | None:
    """The place that a path object or text means, None where it is not known."""
    if depth > DEPTH_LIMIT:
        return None
    if isinstance(value, str):
        return FilePlace((), False).joined(value)
    if isinstance(value, InstanceAttribute):
        return _followed(file_place(value.instance, depth + 1), value.name.split("."))
    if isinstance(value, tuple) and value and isinstance(value[-1], str) and value[-1].startswith("/"):
        return FilePlace(_normal((), value[-1]), False)  # text whose beginning is not known
    if not isinstance(value, Instance) or not isinstance(value.type, External) or value.is_typed_only:
        return None
    if value.type.name == FILE_OF_MODULE and value.module is not None:
        return FilePlace(tuple(value.module.path.split("/")), True)
    if value.type.name in KNOWN_FILES:
        return FilePlace(tuple(part for part in value.arguments[0].split("/") if part), True)
    if value.event is not None:
        return _method_result(value, depth)
    return _function_result(value.type.name, value.arguments, depth)


def _method_result(value: Instance, depth: int) -> FilePlace | None:
    """The place that a method of a path gives: `path.parent.joinpath("x")`."""
    event = value.event
    if event is None:
        return None
    *attributes, method = event.method.split(".")
    place = _followed(file_place(event.receiver, depth + 1), attributes)
    if method in SAME_PLACE:
        return place
    return _joined(place, event.arguments, depth) if method == "joinpath" else None


def _function_result(name: str, arguments: tuple[Value, ...], depth: int) -> FilePlace | None:
    if name in CURRENT_FOLDER:
        return FilePlace((), False)
    last = name.rpartition(".")[2]
    if name in PATH_TYPES or name in (JOINED_PATH, "os.path.join", "posixpath.join"):
        return _joined(FilePlace((), False), arguments, depth)
    if name.startswith("os.") and len(arguments) == 1:
        place = file_place(arguments[0], depth + 1)
        if last == "dirname":
            return place.parent if place is not None else None
        return place if last in SAME_PLACE else None
    return None


def _joined(place: FilePlace | None, arguments: tuple[Value, ...], depth: int) -> FilePlace | None:
    for number, argument in enumerate(arguments):
        if place is None:
            return None
        if isinstance(argument, str):
            place = place.joined(argument)
        elif number == 0 and not place.parts:
            place = file_place(argument, depth + 1)
        else:
            return None
    return place


def _followed(place: FilePlace | None, attributes: list[str]) -> FilePlace | None:
    """The place behind attributes: `parent`, as often as it stands there."""
    for attribute in attributes:
        if place is None or attribute != "parent":
            return None
        place = place.parent
    return place
