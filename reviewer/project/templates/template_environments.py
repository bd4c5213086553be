"""Finds the Jinja2 environments of a project and the folders their templates lie in.

Flask's environment is one for all applications and blueprints of the project; `Jinja2Templates` and `Environment`
objects are told apart by the call that makes them. A loader that is not known makes the folders incomplete.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import last_name
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.file_places import FilePlace, file_place
from reviewer.project.evaluation.scopes import Scope
from reviewer.project.evaluation.values import (
    Choice,
    External,
    Instance,
    InstanceAttribute,
    ModuleValue,
    Unknown,
    Value,
    alternatives,
    argument_of,
)
from reviewer.project.functions.calls import Calls
from reviewer.project.model import Router
from reviewer.project.program import Program
from reviewer.project.routes.application_modules import subclass_names
from reviewer.project.templates.template_extensions import is_template_extension

STARLETTE_CLASSES = ("fastapi.templating.Jinja2Templates", "starlette.templating.Jinja2Templates")
JINJA_CLASSES = tuple(
    f"jinja2.{name}"
    for name in (
        "Environment",
        "environment.Environment",
        "sandbox.SandboxedEnvironment",
        "sandbox.ImmutableSandboxedEnvironment",
        "nativetypes.NativeEnvironment",
    )
)
SYNTAX_OPTIONS = frozenset(
    {"block_start_string", "variable_start_string", "comment_start_string", "line_statement_prefix", "jinja_options"}
)
#: Names whose use means that Flask's loader is not the usual one.
LOADER_NAMES = ("jinja_loader", "create_global_jinja_loader", "select_jinja_loader", "jinja_options")
#: Names whose use means that Flask's environment is not the usual one.
ENVIRONMENT_NAMES = ("jinja_environment", "create_jinja_environment", "jinja_options", "make_globals")

Place = tuple[str, int, int]


class TemplateEnvironment(msgspec.Struct, frozen=True, eq=False):
    """Where templates are looked up by name: `folders` are (prefix of the names, folder)."""

    framework: str  # "flask", "starlette" or "jinja2"
    folders: tuple[tuple[str, str], ...]
    has_unknown_folders: bool
    undefined: str = "Undefined"  # the class that stands for missing variables, "" where it is not known
    has_own_syntax: bool = False


class TemplateEnvironments:
    """Answers which environment an object is, and what Flask's is."""

    def __init__(
        self,
        program: Program,
        evaluator: Evaluator,
        calls: Calls,
        routers: Iterable[Router],
        template_paths: Iterable[str],
    ) -> None:
        self._program = program
        self._evaluator = evaluator
        self._calls = calls
        self._folders = _folders_of(template_paths)
        self._made: dict[Place, TemplateEnvironment] = {}
        self._has_looked = False
        self._modules = [module for module in program.modules if not module.is_test]
        self._has_own_syntax = any(_sets_syntax(module) for module in self._modules)
        self.flask = self._flask([router for router in routers if router.framework == "flask"])

    @property
    def all(self) -> tuple[TemplateEnvironment, ...]:
        """Flask's, if there is a Flask application, and those that the program makes."""
        self._find_made()
        return (*((self.flask,) if self.flask is not None else ()), *self._made.values())

    def of(self, value: Value) -> TemplateEnvironment | None:
        """The environment that an object is or holds, None where it is not known."""
        if isinstance(value, InstanceAttribute):
            value = value.instance
        if not isinstance(value, Instance):
            return None
        if self._evaluator.inherits(value, "flask.Flask", "flask.app.Flask"):
            return self.flask
        if not self._evaluator.inherits(value, *STARLETTE_CLASSES, *JINJA_CLASSES):
            return None
        if value.is_typed_only:  # only its class is known: the one object that the program makes of it
            self._find_made()
            wanted = "starlette" if self._evaluator.inherits(value, *STARLETTE_CLASSES) else "jinja2"
            found = [one for one in self._made.values() if one.framework == wanted]
            return found[0] if len(found) == 1 else None
        return self._environment(value)

    def _mentions(self, *names: str) -> bool:
        return any(module.mentions(*names) for module in self._modules)

    # Flask

    def _flask(self, routers: list[Router]) -> TemplateEnvironment | None:
        if not any(module.mentions("flask", "quart", "apiflask") for module in self._modules):
            return None
        is_unknown = not any(router.kind == "application" for router in routers) or self._mentions(*LOADER_NAMES)
        is_unknown = is_unknown or any(is_template_extension(name) for name in self._imported())
        folders: list[str] = []
        for router in routers:
            found = self._flask_folders(router)
            is_unknown = is_unknown or found is None
            folders += found or ()
        places = tuple(("", folder) for folder in dict.fromkeys(folders))
        undefined = "" if self._mentions("undefined", "StrictUndefined", "ChainableUndefined") else "Undefined"
        return TemplateEnvironment("flask", places, is_unknown, undefined, self._has_own_syntax)

    @cached_property
    def imported_packages(self) -> frozenset[str]:
        """The top-level names of the libraries that the program imports."""
        return frozenset(name.partition(".")[0] for name in self._imported())

    def _imported(self) -> Iterator[str]:
        """Dotted names of all imported modules of libraries."""
        for module in self._modules:
            for binding in module.index.imports:
                if not binding.level and isinstance(self._program.find(module.path, binding.full_module), External):
                    yield binding.full_module

    def _flask_folders(self, router: Router) -> list[str] | None:
        """The template folder of an application or blueprint, None where it is not known."""
        given = self._constructor(router.instance, -1, "template_folder", ...)
        if given is None or (given is ... and router.kind == "blueprint"):
            return []
        root = self._root_of(router)
        if root is None:
            return None
        place = FilePlace(tuple(root.split("/")) if root else (), True)
        if given is ...:
            return self._existing([place.joined("templates")], is_needed=False)
        named = file_place(given)
        if isinstance(given, str) and not given.startswith("/"):
            named = place.joined(given)
        is_inside = router.kind == "blueprint" and isinstance(given, str) and ".." not in given
        return None if named is None else self._existing([named], is_needed=not is_inside)

    def _root_of(self, router: Router) -> str | None:
        """The folder of the module or package that an application or blueprint is made for."""
        position = 0 if router.kind == "application" else 1
        given = self._constructor(router.instance, position, "import_name", None)
        if not isinstance(given, str):
            return None
        instance = router.instance
        module: Module | None = None
        if instance.module is not None and given in ("__main__", instance.module.name):
            module = instance.module
        elif instance.module is not None:
            found = self._program.find(instance.module.path, given)
            module = found.module if isinstance(found, ModuleValue) else self._program.by_name.get(given)
        return None if module is None else module.path.rpartition("/")[0]

    def _constructor(self, instance: Instance, position: int, name: str, default: Value) -> Value:
        for event in instance.events:
            if event.method == "__init__":
                if event.has_unknown_keywords:
                    return Unknown("arguments that are not known")
                return argument_of(event.arguments, event.keywords, position, name, default)
        if instance.has_unknown_keywords and name not in instance.keywords:
            return Unknown("arguments that are not known")
        return instance.argument(position, name, default)

    def _existing(self, places: list[FilePlace], *, is_needed: bool) -> list[str] | None:
        """The folders with templates that these places mean; None where a needed one is not there."""
        found = [folder for place in places for folder in self._folders if place.matches(folder)]
        return None if is_needed and not found else found

    # Environments that the program makes

    def _find_made(self) -> None:
        """Looks for the calls that make environments, once."""
        if self._has_looked:
            return
        self._has_looked = True
        names = {name.rpartition(".")[2] for name in (*STARLETTE_CLASSES, *JINJA_CLASSES)}
        names = set(subclass_names(self._program, names))
        for module in self._modules:
            if module.mentions(*names):
                for node, scope in self._calls_in(module, names):
                    for value in alternatives(self._evaluator.evaluate(node, scope)):
                        self.of(value)

    def _calls_in(self, module: Module, names: set[str]) -> Iterator[tuple[tree.Call, Scope]]:
        for declaration in module.index.declarations:
            if names.isdisjoint(declaration.calls) or declaration.kind == "class":
                continue
            if declaration.kind == "function":
                function = self._calls.function_of(module, declaration)
                body, scope = function.node.body, self._evaluator.declared(function)
            else:
                body, scope = module.tree.body, self._evaluator.scope_of(module)  # type: ignore[assignment]
            for node in tree.walk_scope(body if isinstance(body, tuple) else (body,)):
                if isinstance(node, tree.Call) and last_name(node.function) in names:
                    yield node, scope

    def _environment(self, instance: Instance) -> TemplateEnvironment | None:
        if instance.module is None or instance.node is None or instance.module.is_test:
            return None
        key = (instance.module.path, instance.node.line, instance.node.column)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = self._read_environment(instance)
        return found

    def _read_environment(self, instance: Instance) -> TemplateEnvironment:
        own_syntax = not SYNTAX_OPTIONS.isdisjoint(instance.keywords) or (
            self._has_own_syntax and not self._evaluator.inherits(instance, *JINJA_CLASSES)
        )
        undefined = "Undefined"
        if "undefined" in instance.keywords or "env" in instance.keywords or instance.has_unknown_keywords:
            given = instance.keywords.get("undefined")
            undefined = given.name.rpartition(".")[2] if isinstance(given, External) else ""
        if self._evaluator.inherits(instance, *STARLETTE_CLASSES):
            framework = "starlette"
            given = self._constructor(instance, 0, "directory", None)
            held = self._constructor(instance, -1, "env", None)
            if given is None and isinstance(held, Instance):
                inner = self.of(held)
                if inner is not None:
                    own_syntax = own_syntax or inner.has_own_syntax
                    return TemplateEnvironment(
                        framework, inner.folders, inner.has_unknown_folders, inner.undefined, own_syntax
                    )
            folders = self._search_path(given)
        else:
            framework = "jinja2"
            folders = self._loaded(self._constructor(instance, -1, "loader", None))
        known = [one for one in folders if one is not None]
        is_grown = self._grows(instance)
        return TemplateEnvironment(
            framework, tuple(known), len(known) < len(folders) or is_grown, undefined, own_syntax
        )

    def _grows(self, instance: Instance) -> bool:
        """Whether folders may be added to the list that the environment was given."""
        node = instance.node
        if not isinstance(node, tree.Call) or instance.module is None:
            return True
        given = [*node.arguments, *(one.value for one in node.keywords)]
        names = {one.id for one in given if isinstance(one, tree.Name)}
        return bool(names) and any(
            isinstance(one, tree.Call)
            and isinstance(one.function, tree.Attribute)
            and one.function.name in ("append", "extend", "insert")
            and isinstance(one.function.value, tree.Name)
            and one.function.value.id in names
            for statement in instance.module.tree.body
            for one in tree.walk(statement)
        )

    def _search_path(self, given: Value, prefix: str = "") -> list[tuple[str, str] | None]:
        """Folders of a text, a path or a list of such; None in it for what is not known."""
        if isinstance(given, Choice):
            return [*(one for value in given.values for one in self._search_path(value, prefix)), None]
        if isinstance(given, list) or (isinstance(given, tuple) and given.__class__ is tuple):
            return [one for value in given for one in self._search_path(value, prefix)] or [None]
        place = file_place(given)
        found = None if place is None else self._existing([place], is_needed=True)
        shorter = place
        while found is None and isinstance(given, str) and given.startswith("/") and shorter and len(shorter.parts) > 1:
            shorter = FilePlace(shorter.parts[1:], False)  # `/srv/app/templates` of an image, `app/templates` here
            found = self._existing([shorter], is_needed=True)
        return [None] if found is None else [(prefix, folder) for folder in found]

    def _loaded(self, loader: Value, prefix: str = "") -> list[tuple[str, str] | None]:
        """The folders of a loader."""
        if not isinstance(loader, Instance) or not isinstance(loader.type, External) or loader.is_typed_only:
            return [None]
        kind = loader.type.name.rpartition(".")[2]
        if kind == "FileSystemLoader":
            return self._search_path(loader.argument(0, "searchpath"), prefix)
        if kind == "PackageLoader":
            return self._package_folders(loader, prefix)
        if kind == "ChoiceLoader":
            inner = loader.argument(0, "loaders")
            if isinstance(inner, (list, tuple)):
                return [one for value in inner for one in self._loaded(value, prefix)]
        if kind == "PrefixLoader":
            mapping = loader.argument(0, "mapping")
            if isinstance(mapping, dict) and len(loader.arguments) < 2 and "delimiter" not in loader.keywords:
                return [one for key, value in mapping.items() for one in self._loaded(value, f"{prefix}{key}/")]
        return [None]

    def _package_folders(self, loader: Instance, prefix: str) -> list[tuple[str, str] | None]:
        package, below = loader.argument(0, "package_name"), loader.argument(1, "package_path", "templates")
        if not isinstance(package, str) or not isinstance(below, str) or loader.module is None:
            return [None]
        found = self._program.find(loader.module.path, package)
        folder = (
            found.module.path.rpartition("/")[0] if isinstance(found, ModuleValue) else getattr(found, "path", None)
        )
        if folder is None:
            return [None]
        place = FilePlace(tuple(folder.split("/")) if folder else (), True).joined(below)
        existing = self._existing([place], is_needed=True)
        return [None] if existing is None else [(prefix, one) for one in existing]


def _sets_syntax(module: Module) -> bool:
    """Whether a module changes the delimiters of tags other than for an environment that it makes there."""
    if not module.mentions(*SYNTAX_OPTIONS):
        return False
    own: set[int] = set()
    for statement in module.tree.body:
        for node in tree.walk(statement):
            if isinstance(node, tree.Call) and last_name(node.function).endswith("Environment"):
                own |= {id(keyword) for keyword in node.keywords}
            name = node.value if isinstance(node, tree.Text) else getattr(node, "name", getattr(node, "id", None))
            if name in SYNTAX_OPTIONS and id(node) not in own:
                return True
    return False


def _folders_of(paths: Iterable[str]) -> tuple[str, ...]:
    """The folders that hold templates, at any depth, sorted."""
    folders: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return tuple(sorted(folders))
