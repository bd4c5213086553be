"""Which layer of the application a module belongs to: routes, services, repositories, models, schemas and so on.

Judges a module by what it does (answers requests, maps tables, declares schemas) and by its name and packages, the
nearest first. Where name and content disagree, or neither says anything, the layer is not known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from reviewer.modules import tree
from reviewer.modules.index import ImportBinding
from reviewer.modules.module import Module
from reviewer.modules.source_text import dotted_name
from reviewer.project.data.sqlalchemy import is_migration
from reviewer.project.evaluation.following import REGISTERING_METHODS
from reviewer.project.evaluation.values import BoundMethod, ClassValue, FunctionValue, Value
from reviewer.project.layers.layer_names import (
    BESIDE_LAYERS,
    CONTROLLER_FOLDERS,
    FOLDER_NAMES,
    INNER_LAYERS,
    OUTWARD_FOLDERS,
    ROUTES,
    UNMISTAKABLE_LAYERS,
    layer_of_file_name,
)
from reviewer.project.model import Answer, Route

if TYPE_CHECKING:
    from reviewer.project.project import Project

#: A Pydantic model with fewer fields than this for each method does something, and is no mere schema.
FIELDS_PER_METHOD = 4
#: Decorators of methods that belong to what a Pydantic model holds.
SCHEMA_DECORATOR = re.compile(r"valid|serializ|property|computed|classmethod|staticmethod|override", re.IGNORECASE)


class ModuleLayer(msgspec.Struct, frozen=True):
    """The layer of a module, empty where nothing is known of it, and how sure that is."""

    name: str
    answer: Answer  # YES, or UNKNOWN where the layer is only likely or contradicted
    reason: str


#: Names of which a module that fetches and stores data uses one.
STORE_WORDS = (
    "select", "query", "scalars", "scalar", "execute", "insert", "find_one", "cursor", "commit", "merge", "objects",
    "ABC", "abstractmethod", "Protocol", "Generic",
)  # fmt: skip

NO_LAYER = ModuleLayer("", Answer.UNKNOWN, "neither name nor content tells")


#: Calls of which a module that puts routers together makes one, whatever its name is.
ROUTER_CALLS = frozenset({"APIRouter", "Blueprint", "APIBlueprint", "include_router", "register_blueprint"})


class Layers:
    """Answers which layer modules belong to. Results are kept."""

    def __init__(self, project: Project, patterns: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self._project = project
        self._patterns = patterns or {}
        self._of: dict[str, ModuleLayer] = {}

    def configured(self, patterns: Mapping[str, tuple[str, ...]]) -> Layers:
        """The same with layers given by gitignore-style patterns of paths, which win over everything else."""
        return Layers(self._project, patterns) if patterns else self

    def layer_of(self, module: Module) -> ModuleLayer:
        """The layer of a module."""
        layer = self._of.get(module.path)
        if layer is None:
            layer = self._of[module.path] = self._judge(module)
        return layer

    def is_in(self, module: Module, *names: str) -> bool:
        """Whether a module belongs to one of these layers for certain."""
        layer = self.layer_of(module)
        return layer.answer is Answer.YES and layer.name in names

    def answers_requests(self, module: Module) -> bool:
        """Whether a module defines endpoints or registers them on a router or application of its own."""
        return module.path in self._endpoints

    def is_started_alone(self, module: Module) -> bool:
        """Whether a module is a program of its own: `if __name__ == "__main__":`, and no module imports it."""
        return any(map(_is_main_check, module.tree.body)) and not any(
            _may_import(one, module) for other in self._project.modules for one in other.index.imports
        )

    def modules_of(self, *names: str) -> Iterator[Module]:
        """The modules that belong to one of these layers for certain, by path."""
        return (module for module in self._project.modules if self.is_in(module, *names))

    def _judge(self, module: Module) -> ModuleLayer:
        for name, patterns in self._covering:
            if patterns(module.path):
                return ModuleLayer(name, Answer.YES, "the configuration says so")
        if module.is_test or is_migration(module):
            return ModuleLayer("tests" if module.is_test else "migrations", Answer.YES, "its path")
        named = self.named_layer(module)
        if module.path in self._applications:
            return ModuleLayer("application", Answer.YES, "makes an application")
        if module.path in self._endpoints:
            if named in INNER_LAYERS or module.path in self._tables:
                return ModuleLayer(ROUTES, Answer.UNKNOWN, f"answers requests, and is of the {named or 'models'} too")
            return ModuleLayer(ROUTES, Answer.YES, "answers requests")
        if any(not ROUTER_CALLS.isdisjoint(declaration.calls) for declaration in module.index.declarations):
            return ModuleLayer(ROUTES, Answer.UNKNOWN, "makes or includes routers")
        if named in BESIDE_LAYERS:
            return ModuleLayer(named, Answer.YES, "its name")
        return self._inner_layer(module, named)

    def _inner_layer(self, module: Module, named: str) -> ModuleLayer:
        """The layer of a module that answers no requests."""
        if module.path in self._tables:
            if named in ("", "models"):
                return ModuleLayer("models", Answer.YES, "maps tables")
            return ModuleLayer("models", Answer.UNKNOWN, f"maps tables, and is named as of the {named}")
        if named == "repositories" and _is_of_another_kind(module):
            return ModuleLayer(named, Answer.UNKNOWN, "its name, but a `Repository` is what it is about")
        if named in ("services", "repositories", "domain"):
            return ModuleLayer(named, Answer.YES, "its name")
        if named == ROUTES:
            return ModuleLayer(ROUTES, Answer.UNKNOWN, "its name, but it answers no requests")
        if self._declares_schemas_only(module):
            return ModuleLayer("schemas", Answer.YES, "declares schemas")
        if named in ("models", "schemas"):
            has_classes = any(one.kind == "class" for one in module.index.declarations)
            is_known = named == "schemas" and has_classes
            return ModuleLayer(named, Answer.YES if is_known else Answer.UNKNOWN, "its name")
        return NO_LAYER

    def named_layer(self, module: Module) -> str:
        """The layer that the name of a module and of the packages around it tell; empty where they tell none or two."""
        *folders, stem = module.name.split(".")
        if module.is_package:
            folders.append(stem)
        by_file = "" if module.is_package else layer_of_file_name(stem)
        if by_file in UNMISTAKABLE_LAYERS:
            return by_file
        if by_file == "services" and not OUTWARD_FOLDERS.isdisjoint(folders):
            return "clients"
        by_folder, is_nearest = self._layer_of_folders(module, folders)
        if not by_file or by_file == by_folder:
            return by_folder
        if by_file in INNER_LAYERS and not CONTROLLER_FOLDERS.isdisjoint(folders):
            return ""  # `controllers/orders/service.py` answers the requests about services
        if not is_nearest or by_folder not in INNER_LAYERS | {ROUTES}:
            return by_file
        # `models/service.py` may hold the model of a service, or what serves the models: the file says nothing.
        return "" if by_file in INNER_LAYERS | {ROUTES} else by_folder

    def _layer_of_folders(self, module: Module, folders: list[str]) -> tuple[str, bool]:
        """The layer that the nearest package with such a name tells, and whether the module stands right in it."""
        folder = module.path.rpartition("/")[0]
        for number, name in enumerate(reversed(folders)):
            found = FOLDER_NAMES.get(name.lower(), "")
            # A folder that holds endpoints is a part of the repository ("services/users/"), not an inner layer.
            if found and not (found in INNER_LAYERS and folder in self._folders_with_endpoints):
                return found, number == 0
            folder = folder.rpartition("/")[0]
        return "", False

    def _declares_schemas_only(self, module: Module) -> bool:
        """Whether a module declares classes only, Pydantic models among them, that hold more than they do."""
        top = [one for one in module.index.declarations if one.owner == 0]
        if not top or any(one.kind != "class" for one in top):
            return False
        index = self._project.schema_index
        fields = methods = 0
        for one in top:
            value = self._project.calls.class_of(module, one)
            schema = index.of_class(value)
            if schema is not None:
                if schema.is_settings or schema.is_table:
                    return False
                if any(map(_acts, value.node.body)):
                    return False
                fields += len(schema.fields)
            methods += sum(isinstance(node, tree.Function) and not node.decorators for node in value.node.body)
        return fields > 0 and fields >= FIELDS_PER_METHOD * methods

    @cached_property
    def _covering(self) -> list[tuple[str, Callable[[str], bool]]]:
        from reviewer.settings import path_patterns

        return [(name, path_patterns(tuple(given)).covers) for name, given in self._patterns.items()]

    @cached_property
    def _applications(self) -> frozenset[str]:
        """Paths of the modules that make an application."""
        return frozenset(one.place.path for one in self._project.applications)

    @cached_property
    def _tables(self) -> frozenset[str]:
        """Paths of the modules that map tables."""
        return frozenset(one.value.module.path for one in self._project.tables)

    @cached_property
    def _endpoints(self) -> frozenset[str]:
        """Paths of the modules that define what answers requests."""
        found = {_endpoint_module(route) for route in self._project.routes}
        for router in self._project.routers:
            for event in router.instance.events:
                defined = event.module if _is_wrapper(event.decorated) else _module_of(event.decorated)
                if defined is not None and event.method in REGISTERING_METHODS:
                    found.add(defined)
        return frozenset(module.path for module in found if not module.is_test)

    @cached_property
    def _folders_with_endpoints(self) -> frozenset[str]:
        folders: set[str] = set()
        for path in self._endpoints:
            folder = path.rpartition("/")[0]
            while folder not in folders:
                folders.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(folders)


def _is_of_another_kind(module: Module) -> bool:
    """Whether a repository is a thing of the program, such as one of code or packages: nothing is fetched or stored."""
    classes = {one.qualname for one in module.index.declarations if one.kind == "class" and one.owner == 0}
    return "Repository" in classes and not module.mentions(*STORE_WORDS)


def _is_main_check(node: tree.Node) -> bool:
    """Whether a statement is `if __name__ == "__main__":`."""
    match node:
        case tree.If(test=tree.Comparison(left=tree.Name(id="__name__"))):
            return True
        case _:
            return False


def _may_import(binding: ImportBinding, module: Module) -> bool:
    """Whether an import reads a module, as far as its names tell."""
    imported = f"{binding.full_module}.{binding.name}" if binding.name else binding.full_module
    if binding.level:
        return module.name.rpartition(".")[2] in (binding.name, binding.full_module.rpartition(".")[2])
    return f"{imported}.".startswith(f"{module.name}.")


def _acts(node: tree.Node) -> bool:
    """Whether a part of a class is a method that works on what it is given, as no mere schema does."""
    if not isinstance(node, tree.Function) or node.name.startswith(("_", "model_")):
        return False
    is_conversion = node.name.startswith(("to_", "as_", "from_")) or node.name in ("dict", "json")
    names = (dotted_name(one.function if isinstance(one, tree.Call) else one) or "" for one in node.decorators)
    is_declared = any(map(SCHEMA_DECORATOR.search, names))
    return not is_conversion and not is_declared and len(node.parameters) > 1


def _endpoint_module(route: Route) -> Module:
    """The module of an endpoint; where a decorator answers in its place (`wrapper` of `require_scope`), the route's."""
    return (None if _is_wrapper(route.endpoint) else _module_of(route.endpoint)) or route.module


def _is_wrapper(endpoint: Value) -> bool:
    return isinstance(endpoint, (FunctionValue, ClassValue)) and "<locals>" in endpoint.qualname


def _module_of(endpoint: Value) -> Module | None:
    if isinstance(endpoint, BoundMethod):
        endpoint = endpoint.function
    return endpoint.module if isinstance(endpoint, (FunctionValue, ClassValue)) else None
