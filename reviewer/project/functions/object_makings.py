"""Who makes the objects of a class, and whether they live as long as the process.

Takes classes, gives the calls of their constructors, those of subclasses too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, FunctionValue, alternatives
from reviewer.project.functions.calls import Calls
from reviewer.project.model import CallSite
from reviewer.project.program import Program

#: How many constructors are gone through from an object to the top of a module.
HOLDER_LIMIT = 3


class ObjectMakings:
    """Answers where objects of the project's classes are made. Results are kept."""

    def __init__(
        self, program: Program, evaluator: Evaluator, calls: Calls, module_body: Callable[[Module], FunctionValue]
    ) -> None:
        self._program = program
        self._evaluator = evaluator
        self._calls = calls
        self._module_body = module_body
        self._made: dict[int, tuple[CallSite, ...]] = {}

    def made_of(self, owner: ClassValue) -> tuple[CallSite, ...]:
        """The calls that make objects of a class or of one below it, in order; tests are left out."""
        found = self._made.get(id(owner))
        if found is None:
            found = self._made[id(owner)] = tuple(self._find(owner))
        return found

    def made_for_good(self, owner: ClassValue, depth: int = 0) -> CallSite | None:
        """A call that makes an object for the life of the process: at the top of a module, or for such an object."""
        sites = self.made_of(owner)
        for site in sites:
            if is_top(site.caller):
                return site
        for site in sites:
            holder = site.caller.owner
            if depth >= HOLDER_LIMIT or site.caller.name != "__init__" or holder is None or holder is owner:
                continue
            if _is_held(site) and self.made_for_good(holder, depth + 1) is not None:
                return site
        return None

    def _find(self, owner: ClassValue) -> Iterator[CallSite]:
        family = {id(one.node): one for one in self._family(owner)}
        names = {one.name for one in family.values()}
        for module, declaration in self._calls.declarations_calling(*names):
            if module.is_test or declaration.kind == "class":
                continue
            is_function = declaration.kind == "function"
            function = self._calls.function_of(module, declaration) if is_function else self._module_body(module)
            for site in self._calls.named(function, *names):
                if any(isinstance(one, ClassValue) and id(one.node) in family for one in alternatives(site.callee)):
                    yield site

    def _family(self, owner: ClassValue) -> Iterator[ClassValue]:
        """A class and the classes below it."""
        for module in self._program.modules:
            if module.is_test or not module.mentions(owner.name):
                continue
            for declaration in module.index.declarations:
                if declaration.kind == "class":
                    value = self._calls.class_of(module, declaration)
                    if any(one is owner for one in self._evaluator.ancestors(value)):
                        yield value


def is_top(function: FunctionValue) -> bool:
    """Whether a function stands for the top level of a module."""
    return function.name == "<module>"


def _is_held(site: CallSite) -> bool:
    """Whether an object is put into an attribute where it is made: `self.store = Store()`."""
    return any(
        node.value is site.node and any(isinstance(target, tree.Attribute) for target in node.targets)
        for node in site.caller.nodes_of(tree.Assign)
    )
