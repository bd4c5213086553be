"""Routers and blueprints with routes that no application includes: written, and then forgotten.

A router counts as forgotten only where the project has an application near it and nothing else uses the router's name,
so that what a library offers, what a function returns and what is included by other means is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewer.modules import tree
from reviewer.modules.index import MODULE_LEVEL
from reviewer.modules.module import Module
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import Instance, ModuleValue
from reviewer.project.model import Answer, Application, Router
from reviewer.project.program import Program
from reviewer.project.routes.inclusion import INCLUDING


class ForgottenRouters:
    """Answers which routers are forgotten."""

    def __init__(
        self, program: Program, evaluator: Evaluator, applications: Sequence[Application], routers: Sequence[Router]
    ) -> None:
        self._program = program
        self._evaluator = evaluator
        self._homes = {_folder(one.place.path) for one in applications}
        self._packages = {_package(one.instance.module) for one in applications if one.instance.module is not None}
        self._frameworks = {"flask" if one.framework == "flask" else "fastapi" for one in applications}
        self._routers = routers

    def find(self) -> Iterator[Router]:
        """The forgotten routers, those that only a forgotten one includes left out."""
        unserved = [one for one in self._routers if one.is_served is Answer.NO and one.kind != "application"]
        included = {id(inner) for one in unserved for inner in _included(one.instance)}
        for router in unserved:
            if id(router.instance) in included or not self._count(router, unserved) or not self._is_near(router):
                continue
            if router.names and not self._is_used(router.instance):
                yield router

    def _count(self, router: Router, unserved: list[Router]) -> int:
        """How many routes are on a router or on those that it includes."""
        inner = {id(one) for one in _included(router.instance)}
        return router.route_count + sum(one.route_count for one in unserved if id(one.instance) in inner)

    def _is_near(self, router: Router) -> bool:
        """Whether an application of the same framework is in the same package, or in a folder around."""
        module = router.instance.module
        if module is None or router.framework not in self._frameworks:
            return False
        if self._evaluator.inherits(router.instance, "starlette.routing.Router"):
            return False  # an ASGI application of its own
        folder = _folder(module.path)
        return _package(module) in self._packages or any(
            not home or folder == home or folder.startswith(home + "/") for home in self._homes
        )

    def _is_used(self, instance: Instance) -> bool:
        """Whether anything but decorators and other methods of the router uses its name."""
        names = {name.rpartition(":")[2] for name in instance.names}
        return any(
            self._uses(module, instance, names | _aliases(module, names))
            for module in self._program.modules
            if not module.is_test and module.mentions(*names)
        )

    def _uses(self, module: Module, instance: Instance, names: set[str]) -> bool:
        if any(self._imports_locally(module, instance, node, names) for node in _all_nodes(module)):
            return True
        scope = self._evaluator.scope_of(module)
        not_uses = _method_receivers_and_targets(module)
        for node in _all_nodes(module):
            if id(node) in not_uses:
                continue
            if isinstance(node, tree.Name) and node.id in names:
                value = scope.lookup(node.id)
            elif isinstance(node, tree.Attribute) and node.name in names:
                base = self._evaluator.evaluate(node.value, scope)
                value = self._evaluator.member(base, node.name) if isinstance(base, ModuleValue) else None
            else:
                continue
            if value is instance:
                return True
        return False

    def _imports_locally(self, module: Module, instance: Instance, node: tree.Node, names: set[str]) -> bool:
        """Whether a function imports the router, for a use that only its execution would show."""
        if not isinstance(node, tree.ImportFrom) or names.isdisjoint(one.name for one in node.names):
            return False
        if any(one.line == node.line and one.owner == MODULE_LEVEL for one in module.index.imports):
            return False
        source = self._evaluator.import_source(node, module)
        return isinstance(source, ModuleValue) and any(
            self._evaluator.member(source, one.name) is instance for one in node.names if one.name in names
        )


def _included(instance: Instance) -> Iterator[Instance]:
    """The routers that a router includes, nested ones too."""
    pending, seen = [instance], {id(instance)}
    while pending:
        for event in pending.pop().events:
            if event.method in INCLUDING:
                for value in (*event.arguments, *event.keywords.values()):
                    if isinstance(value, Instance) and id(value) not in seen:
                        seen.add(id(value))
                        pending.append(value)
                        yield value


def _method_receivers_and_targets(module: Module) -> set[int]:
    """Nodes that are no use of a router by itself: `router` in `router.get(…)`, and in `router = APIRouter()`."""
    found: set[int] = set()
    for node in _all_nodes(module):
        if isinstance(node, tree.Attribute):
            found.add(id(node.value))
        elif isinstance(node, tree.Assign):
            found.update(id(target) for target in node.targets)
        elif isinstance(node, tree.AnnotatedAssign):
            found.add(id(node.target))
    return found


def _all_nodes(module: Module) -> Iterator[tree.Node]:
    for statement in module.tree.body:
        yield from tree.walk(statement)


def _aliases(module: Module, names: set[str]) -> set[str]:
    """The local names of what a module imports under one of some names."""
    return {one.local for one in module.index.imports if one.name in names}


def _package(module: Module | None) -> str:
    """The top package that a module belongs to, or its own name."""
    return "" if module is None else module.name.partition(".")[0]


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
