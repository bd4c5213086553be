"""The modules of the project under their import names: which file does `import a.b` in this file mean?

Absolute imports are looked up from source roots: those of the settings, the root of the importing file's own package,
the folders above it, and the roots that the layout shows (`src/`, a folder that holds packages). A regular package or
module wins; a folder without `__init__.py` counts only for the modules inside it (PEP 420).
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from functools import cached_property, lru_cache
from typing import Union

from reviewer.modules.module import Mentions, Module, StoredModule
from reviewer.project.evaluation.values import External, ModuleValue, NamespaceValue, Unknown

#: Libraries after which projects name modules of their own (`tasks/celery.py`, `alembic/`). Such a module is not what
#: `import celery` means unless it is a top-level one.
LIBRARIES = frozenset(
    [
        "alembic",
        "anthropic",
        "asyncpg",
        "authlib",
        "boto3",
        "celery",
        "cohere",
        "databases",
        "elasticsearch",
        "fastapi",
        "flask",
        "groq",
        "httpx",
        "jinja2",
        "kombu",
        "langchain",
        "ldap3",
        "litellm",
        "loguru",
        "marshmallow",
        "mistralai",
        "openai",
        "prometheus_client",
        "pydantic",
        "pymongo",
        "pytest",
        "redis",
        "requests",
        "sendgrid",
        "sentry_sdk",
        "slack_sdk",
        "sqlalchemy",
        "starlette",
        "stripe",
        "structlog",
        "tortoise",
        "twilio",
        "webargs",
    ]
)

#: The packages whose names the linkers know, with modules that their own sources have. In a repository that carries the
#: source of one (its own, or a copy), an import of it still means the library, as the linkers know it.
LIBRARY_SOURCES = {
    "apiflask": ("app", "blueprint"),
    "fastapi": ("applications", "routing"),
    "flask": ("app", "blueprints"),
    "starlette": ("applications", "routing"),
}


class Program:
    """All Python modules of the project, by path and by import name."""

    def __init__(self, modules: Sequence[Module], source_roots: Sequence[str]) -> None:
        self.modules = tuple(modules)
        self.by_path = {module.path: module for module in modules}
        self.by_name = {module.name: module for module in reversed(self.modules)}
        self.source_roots = tuple(source_roots)
        self.folders = _folders(self.by_path)
        self._libraries_in_source = frozenset(
            f"{root}/{name}" if root else name
            for root in ("", "src")
            for name, modules in LIBRARY_SOURCES.items()
            if all("/".join(filter(None, (root, name, f"{module}.py"))) in self.by_path for module in modules)
        )
        self._importable: dict[tuple[str, str], Union[ModuleValue, NamespaceValue, None]] = {}
        self.find = lru_cache(maxsize=None)(self._find)

    def roots_for(self, path: str) -> tuple[str, ...]:
        """The folders from which absolute imports of a file are looked up, most likely first."""
        return _roots_for(package_root(path, self.by_path), _folder_of(path), self.source_roots)

    def _find(self, path: str, dotted: str) -> Union[ModuleValue, NamespaceValue, External]:
        """What the absolute module name means in the file at `path`."""
        relative = dotted.replace(".", "/")
        namespace: NamespaceValue | None = None
        is_library = dotted.partition(".")[0] in LIBRARIES
        for root in self.roots_for(path):
            if is_library and root not in ("", "src"):
                continue
            location = f"{root}/{relative}" if root else relative
            if self._libraries_in_source and not self._libraries_in_source.isdisjoint(_packages_of(location)):
                continue
            found = self.at(location)
            if is_library and not (isinstance(found, ModuleValue) and found.module.path != path):
                continue
            if isinstance(found, ModuleValue):
                if found.module.path == path and root:  # `import github` in `providers/github.py`: the library
                    continue
                return found
            if found is not None and namespace is None:
                namespace = found
        return namespace or External(dotted)

    def at(self, location: str) -> Union[ModuleValue, NamespaceValue, None]:
        """The module, package or folder with Python files at a path without its suffix."""
        module = self.by_path.get(f"{location}/__init__.py") or self.by_path.get(f"{location}.py")
        if module is not None:
            return ModuleValue(module)
        return NamespaceValue(location) if location in self.folders else None

    def names_in(self, folder: str) -> tuple[str, ...]:
        """The names of the Python files and of the folders with Python files in a folder, sorted."""
        return self._names_by_folder.get(folder, ())

    @cached_property
    def _names_by_folder(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for path in (*self.by_path, *self.folders):
            folder, _, name = path.rpartition("/")
            found.setdefault(folder, []).append(name)
        return {folder: tuple(sorted(names)) for folder, names in found.items()}

    def relative(self, module: Module, level: int, dotted: str) -> Union[ModuleValue, NamespaceValue, Unknown]:
        """What a relative import of `level` dots means in a module."""
        folder = _folder_of(module.path)
        for _ in range(level - 1):
            if not folder:
                return Unknown("relative import beyond the top folder")
            folder = _folder_of(folder)
        location = "/".join(part for part in (folder, dotted.replace(".", "/")) if part)
        return self.at(location) or Unknown(f"no module {'.' * level}{dotted}")

    def member(
        self, package: Union[ModuleValue, NamespaceValue], name: str
    ) -> Union[ModuleValue, NamespaceValue, None]:
        """The submodule of a package or folder."""
        if isinstance(package, NamespaceValue):
            return self.at(f"{package.path}/{name}")
        if not package.module.is_package:
            return None
        return self.at(f"{_folder_of(package.module.path)}/{name}")


def make_modules(
    stored: Iterable[tuple[str, StoredModule]], source_roots: Sequence[str], tests: frozenset[str]
) -> list[Module]:
    """The modules of some files by path, each under the name that the program most likely imports it by."""
    files = dict(stored)
    mentions = Mentions(files)
    return [
        Module(
            path,
            module_name(path, files, source_roots),
            content,
            is_package=path.rpartition("/")[2] == "__init__.py",
            is_test=path in tests,
            mentions=mentions,
        )
        for path, content in sorted(files.items())
    ]


def module_name(path: str, files: Container[str], source_roots: Sequence[str]) -> str:
    """The dotted name of the file at `path`: relative to its package's root, a source root, or the reviewed root."""
    root = package_root(path, files)
    if root == _folder_of(path):  # no regular package: the longest source root above it, if any
        root = max((one for one in source_roots if _is_below(path, one)), key=len, default="")
    relative = path[len(root) + 1 :] if root else path
    dotted = relative.removesuffix(".py").replace("/", ".")
    return dotted.removesuffix(".__init__") if dotted != "__init__" else dotted


def package_root(path: str, files: Container[str]) -> str:
    """The folder above the topmost regular package that holds a file; its own folder where there is no package."""
    folder = _folder_of(path)
    while folder and f"{folder}/__init__.py" in files:
        folder = _folder_of(folder)
    return folder


def found_source_roots(files: Iterable[str], configured: Sequence[str]) -> tuple[str, ...]:
    """The source roots that a repository shows: the configured ones, else `src` folders and parents of packages."""
    if configured:
        return tuple(root.strip("/").removeprefix("./") for root in configured)
    known = set(files)
    roots: dict[str, None] = {}
    for path in sorted(known):
        root = package_root(path, known)
        if root != _folder_of(path) or path.rpartition("/")[2] == "__init__.py":
            roots.setdefault(root)
        parts = path.split("/")
        for number, part in enumerate(parts[:-1]):
            if part == "src":
                roots.setdefault("/".join(parts[: number + 1]))
    roots.setdefault("")
    return tuple(sorted(roots, key=lambda root: (root.count("/") if root else -1, root)))


@lru_cache(maxsize=4096)
def _roots_for(package: str, folder: str, source_roots: tuple[str, ...]) -> tuple[str, ...]:
    roots: dict[str, None] = {package: None}
    above = package
    while above:
        above = _folder_of(above)
        roots.setdefault(above)
    roots.setdefault(folder)
    for root in source_roots:
        roots.setdefault(root)
    return tuple(roots)


def _folders(paths: Iterable[str]) -> frozenset[str]:
    folders: set[str] = set()
    for path in paths:
        folder = _folder_of(path)
        while folder and folder not in folders:
            folders.add(folder)
            folder = _folder_of(folder)
    return frozenset(folders)


def _folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def _packages_of(location: str) -> set[str]:
    """The top-level packages that a module's place may be in: `src/flask` of `src/flask/json/tag`."""
    first, second, *_ = (*location.split("/"), "", "")
    return {first, f"{first}/{second}"}


def _is_below(path: str, folder: str) -> bool:
    return not folder or path.startswith(folder + "/")
