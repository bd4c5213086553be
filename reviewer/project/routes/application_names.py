"""Which application a person means who writes `module:attribute`, as a server's command line names it.

Takes the linked applications; gives those that a name stands for, whatever module it is reached through: where the
application is made, re-exported, wrapped in ASGI middleware or returned by a factory, seen from any source root.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence

from reviewer.modules.module import Module
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    BoundMethod,
    ClassValue,
    FunctionValue,
    Instance,
    Value,
    alternatives,
)
from reviewer.project.model import Application
from reviewer.project.program import Program

#: Objects that are looked into for an application: middleware around middleware around it.
WRAPPER_DEPTH = 6
#: How alike a name must be to be offered instead of an unknown one, from 0 to 1.
LIKENESS = 0.5


class UnknownApplicationError(Exception):
    """No application, or no single one, goes by the name: the message says which there are."""


class ApplicationNames:
    """Finds applications by name. `folders` are the names of the reviewed folder and those around it, outermost first.

    Factories may be executed for an answer, so the route table must be linked before.
    """

    def __init__(
        self,
        program: Program,
        evaluator: Evaluator,
        applications: Sequence[Application],
        folders: Sequence[str] = (),
    ) -> None:
        self._program = program
        self._evaluator = evaluator
        self._applications = tuple(applications)
        self._folders = tuple(folders)

    def find(self, given: str) -> tuple[Application, ...]:
        """The application of `module:attribute`, `module:factory`, `module:factory()` or a module with one in it.

        More than one only if one factory makes several. Raises UnknownApplicationError.
        """
        module_name, colon, attribute = given.strip().partition(":")
        module_name = _dotted(module_name)
        attribute = attribute.partition("(")[0].strip()
        for modules in self._modules_of(module_name):
            found = [(module, self._in_module(module, attribute if colon else None)) for module in modules]
            found = [(module, applications) for module, applications in found if applications]
            if found:
                self._require_one(given, found, is_module=not attribute)
                return found[0][1]
        named = tuple(one for one in self._applications if one.name == f"{module_name}:{attribute}")
        if named:
            return named
        raise UnknownApplicationError(self._there_is_none(given))

    def _require_one(self, given: str, found: list[tuple[Module, tuple[Application, ...]]], is_module: bool) -> None:
        different = {id(one): one for _, applications in found for one in applications}
        if is_module and len(different) > 1:
            raise UnknownApplicationError(f"{given} has several applications: {_listed(different.values())}")
        if len({frozenset(map(id, applications)) for _, applications in found}) > 1:
            places = ", ".join(sorted(module.path for module, _ in found))
            raise UnknownApplicationError(f"{given} is in several files: {places}; name it from the reviewed folder")

    def _there_is_none(self, given: str) -> str:
        if not self._applications:
            return f"there is no application {given}, and no other one"
        known = dict.fromkeys(name for one in self._applications for name in (one.name, *one.instance.names))
        by_case = {name.lower(): name for name in reversed(list(known))}
        near = difflib.get_close_matches(given.lower(), list(by_case), n=1, cutoff=LIKENESS)
        suggestion = f" Did you mean {by_case[near[0]]}?" if near else ""
        return f"there is no application {given}. There {_is_or_are(self._applications)}.{suggestion}"

    # Modules

    def _modules_of(self, name: str) -> Iterator[list[Module]]:
        """The modules that a dotted name can mean, the most likely ones first; no list is empty."""
        path_names = {module.path: _dotted(module.path) for module in self._program.modules}

        def called(*names: str) -> list[Module]:
            return [module for module in self._program.modules if path_names[module.path] in names]

        rooted = [_dotted(f"{root}/{name}") for root in self._program.source_roots if root]
        longer = [name.removeprefix(f"{above}.") for above in self._above() if name.startswith(f"{above}.")]
        candidates = [
            called(name),
            called(*rooted),
            [module for module in self._program.modules if module.name == name],
            [module for module in self._program.modules if path_names[module.path].endswith(f".{name}")],
            called(*longer),
            called("") if name in self._above() else [],
        ]
        yield from (modules for modules in candidates if modules)

    def _above(self) -> list[str]:
        """The names by which the reviewed folder can be a package: `backend`, `repository.backend`, …."""
        return [".".join(self._folders[start:]) for start in range(len(self._folders))]

    # Values

    def _in_module(self, module: Module, attribute: str | None) -> tuple[Application, ...]:
        if attribute:
            return self._of_value(self._evaluator.name(module, attribute))
        named = [one for one in self._applications if _is_named_in(one, module)]
        if named:
            return tuple([one for one in named if one.place.path == module.path] or named)
        scope = self._evaluator.scope_of(module)
        self._evaluator.run_module(scope)
        values = [scope.own(name) for name in list(scope.values)]
        return _once(one for value in values if isinstance(value, Instance) for one in self._of_value(value))

    def _of_value(self, value: Value) -> tuple[Application, ...]:
        return _once(one for single in alternatives(value) for one in self._of_single(single))

    def _of_single(self, value: Value) -> tuple[Application, ...]:
        if isinstance(value, Instance):
            return self._of_instance(value, WRAPPER_DEPTH)
        if isinstance(value, BoundMethod):
            return self._of_function(value.function)
        if isinstance(value, FunctionValue):
            return self._of_function(value)
        if isinstance(value, ClassValue):
            return tuple(one for one in self._applications if one.instance.type is value)
        return ()

    def _of_instance(self, instance: Instance, depth: int) -> tuple[Application, ...]:
        """The application that an object is, or that it was given: `CORSMiddleware(app)`."""
        found = tuple(one for one in self._applications if _is_made_alike(one.instance, instance))
        if found or not depth:
            return found
        around = [*instance.arguments, *instance.keywords.values(), *instance.attributes.values()]
        inner = [one for value in around for one in alternatives(value) if isinstance(one, Instance)]
        return _once(one for each in inner for one in self._of_instance(each, depth - 1))

    def _of_function(self, function: FunctionValue) -> tuple[Application, ...]:
        """The application that a factory makes, or returns from another factory."""
        nodes = set(map(id, function.nodes))
        made = tuple(one for one in self._applications if id(one.instance.node) in nodes)
        if len(made) == 1:
            return made
        arguments = (Instance(function.owner, is_typed_only=True),) if function.owner is not None else ()
        returned = self._evaluator.call_function(function, arguments, {})
        values = [one for one in alternatives(returned) if isinstance(one, Instance)]
        return _once(one for value in values for one in self._of_instance(value, WRAPPER_DEPTH)) or made


def _is_made_alike(first: Instance, second: Instance) -> bool:
    """Whether two objects come from the same call in the program text, whose function may have run several times."""
    return first is second or (first.node is not None and first.node is second.node)


def _is_named_in(application: Application, module: Module) -> bool:
    names = (application.name, *application.instance.names)
    return any(name.rpartition(":")[0] == module.name for name in names)


def _once(applications: Iterable[Application]) -> tuple[Application, ...]:
    return tuple({id(one): one for one in applications}.values())


def _dotted(path: str) -> str:
    """The dotted name of a path from the reviewed folder; of a package the folder."""
    dotted = path.strip().removeprefix("./").removesuffix(".py").strip("/").replace("/", ".")
    return "" if dotted == "__init__" else dotted.removesuffix(".__init__")


def _listed(applications: Iterable[Application]) -> str:
    return ", ".join(sorted({one.name for one in applications}))


def _is_or_are(applications: Sequence[Application]) -> str:
    return f"{'is' if len(applications) == 1 else 'are'} {_listed(applications)}"
