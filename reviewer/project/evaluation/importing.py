"""Modules that a program imports while it runs: by name in a string, by file, or all of a package.

Nothing is imported here: a name stands for a module of the project or of a library, a package for the files that the
repository has. Source: https://docs.python.org/3/library/importlib.html, https://docs.python.org/3/library/pkgutil.html.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from reviewer.project.evaluation.file_listing import folder_of_value, known_file
from reviewer.project.evaluation.file_places import file_place
from reviewer.project.evaluation.import_strings import imported_by_string
from reviewer.project.evaluation.records import NAMED_TUPLE_CLASS
from reviewer.project.evaluation.scopes import Scope
from reviewer.project.evaluation.values import (
    External,
    Instance,
    ModuleValue,
    NamespaceValue,
    Unknown,
    Value,
    argument_of,
)

if TYPE_CHECKING:
    from reviewer.project.evaluation.evaluator import Evaluator

Handler = Callable[["Evaluator", tuple[Value, ...], dict[str, Value], Scope], Value]

#: Modules of one package that are listed.
MODULE_LIMIT = 2_000


def imported(evaluator: Evaluator, found: Value) -> Value:
    """A module that the program imports now: its top level is executed where it has effects that count."""
    if isinstance(found, ModuleValue) and evaluator.is_followed(found.module):
        evaluator.run_module(evaluator.scope_of(found.module))
    return found


def _import_module(
    evaluator: Evaluator, arguments: tuple[Value, ...], keywords: dict[str, Value], scope: Scope
) -> Value:
    name = argument_of(arguments, keywords, 0, "name")
    if not isinstance(name, str):
        return name if isinstance(name, Unknown) else Unknown("import of a name that is not known")
    package = argument_of(arguments, keywords, 1, "package")
    if not name.startswith("."):
        return imported(evaluator, evaluator.program.find(scope.module.path, name))
    level = len(name) - len(name.lstrip("."))
    inside = evaluator.program.find(scope.module.path, package) if isinstance(package, str) else None
    if isinstance(inside, (ModuleValue, NamespaceValue)):
        folder = folder_of_module(inside)
        for _ in range(level - 1):
            folder = folder.rpartition("/")[0]
        rest = name.lstrip(".").replace(".", "/")
        location = "/".join(part for part in (folder, rest) if part)
        return imported(evaluator, evaluator.program.at(location) or Unknown(f"no module {name} in {package}"))
    return imported(evaluator, evaluator.program.relative(scope.module, level, name.lstrip(".")))


def folder_of_module(value: ModuleValue | NamespaceValue) -> str:
    """The folder of a package, or the one that a module stands in."""
    return value.path if isinstance(value, NamespaceValue) else value.module.path.rpartition("/")[0]


def _dunder_import(
    evaluator: Evaluator, arguments: tuple[Value, ...], keywords: dict[str, Value], scope: Scope
) -> Value:
    """`__import__("a.b")` gives `a`; with `fromlist` it gives `a.b`."""
    name = argument_of(arguments, keywords, 0, "name")
    if not isinstance(name, str) or not name:
        return Unknown("import of a name that is not known")
    found = imported(evaluator, evaluator.program.find(scope.module.path, name))
    if argument_of(arguments, keywords, 3, "fromlist"):
        return found
    return evaluator.program.find(scope.module.path, name.partition(".")[0])


def loaded_module(evaluator: Evaluator, name: Value, scope: Scope) -> Value:
    """`sys.modules[name]`."""
    if not isinstance(name, str):
        return Unknown("module by a name that is not known")
    return evaluator.program.find(scope.module.path, name)


def _loaded_module(evaluator: Evaluator, arguments: tuple[Value, ...], _: dict[str, Value], scope: Scope) -> Value:
    return loaded_module(evaluator, arguments[0] if arguments else None, scope)


def _import_string(evaluator: Evaluator, arguments: tuple[Value, ...], _: dict[str, Value], scope: Scope) -> Value:
    return imported_by_string(evaluator, arguments[0] if arguments else None, scope)


def _module_from_spec(evaluator: Evaluator, arguments: tuple[Value, ...], _: dict[str, Value], __: Scope) -> Value:
    """`module_from_spec(spec_from_file_location(name, path))`: the module of the file."""
    spec = arguments[0] if arguments else None
    if isinstance(spec, Instance) and spec.type == External("importlib.util.spec_from_file_location"):
        place = file_place(spec.argument(1, "location"))
        path = None if place is None else known_file(evaluator.program, place)
        module = None if path is None else evaluator.program.by_path.get(path)
        if module is not None:
            return imported(evaluator, ModuleValue(module))
    return Unknown("module of a file that is not known")


def _iter_modules(is_recursive: bool) -> Handler:
    def handle(evaluator: Evaluator, arguments: tuple[Value, ...], keywords: dict[str, Value], scope: Scope) -> Value:
        paths = argument_of(arguments, keywords, 0, "path")
        prefix = argument_of(arguments, keywords, 1, "prefix", "")
        folders = [folder_of_value(evaluator.program, one) for one in paths] if isinstance(paths, (list, tuple)) else []
        if not folders or None in folders or not isinstance(prefix, str):
            return Unknown("modules of a package that is not known")
        found = []
        for folder in folders:
            for name, is_package in _modules_in(evaluator, folder or "", is_recursive):
                found.append(_module_info(scope, prefix + name, is_package))
                if len(found) > MODULE_LIMIT:
                    return Unknown("a package with too many modules")
        return found

    return handle


def _modules_in(evaluator: Evaluator, folder: str, is_recursive: bool) -> Iterator[tuple[str, bool]]:
    """The names of the modules and packages in a folder, sorted, and whether each is a package."""
    for name in evaluator.program.names_in(folder):
        location = f"{folder}/{name}" if folder else name
        if name.endswith(".py"):
            if name != "__init__.py":
                yield name.removesuffix(".py"), False
        elif f"{location}/__init__.py" in evaluator.program.by_path:
            yield name, True
            if is_recursive:
                for inner, is_package in _modules_in(evaluator, location, True):
                    yield f"{name}.{inner}", is_package


def _module_info(scope: Scope, name: str, is_package: bool) -> Instance:
    items = (Unknown("finder of a module"), name, is_package)
    fields = dict(zip(("module_finder", "name", "ispkg"), items, strict=True))
    return Instance(External(f"{NAMED_TUPLE_CLASS}.ModuleInfo"), items, module=scope.module, attributes=fields)


IMPORTING_HANDLERS: dict[str, Handler] = {
    "importlib.import_module": _import_module,
    "builtins.__import__": _dunder_import,
    "importlib.__import__": _dunder_import,
    "importlib.reload": lambda _, arguments, __, ___: arguments[0] if arguments else Unknown("module"),
    "sys.modules.get": _loaded_module,
    "importlib.util.module_from_spec": _module_from_spec,
    "pkgutil.iter_modules": _iter_modules(False),
    "pkgutil.walk_packages": _iter_modules(True),
    **dict.fromkeys(
        (
            "werkzeug.utils.import_string",
            "werkzeug.import_string",
            "django.utils.module_loading.import_string",
            "pydantic.utils.import_string",
            "pydantic.v1.utils.import_string",
            "starlette.config.import_string",
            "uvicorn.importer.import_from_string",
            "pkgutil.resolve_name",
            "pydoc.locate",
        ),
        _import_string,
    ),
}
