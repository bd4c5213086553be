"""Calls that ask whether the caller may touch an object: `check_owner(item, user)`, `can_edit(current_user, topic)`.

A call counts by its name where it is handed the caller, or the called function of the project reads the caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from reviewer.modules import tree
from reviewer.modules.source_text import called_name
from reviewer.project.access.caller_use import names_caller
from reviewer.project.access.function_words import FunctionWords
from reviewer.project.evaluation.values import FunctionValue
from reviewer.project.functions.calls import Calls, targets

CHECK = re.compile(
    r"^_*(?:check|assert|ensure|verify|require|authorize|enforce|validate|can|may|has|is|user|abort)_\w*"
    r"(?:permission|permitted|access|allowed|visible|visibility|owner|owns|edit|moderat|manag|modif|authori[sz]|"
    r"belongs|lock|delete|view|read|write)\w*$|^_*(?:can|may)_\w+$|^authorize$",
    re.IGNORECASE,
)
#: Arguments that hand the caller over.
CALLER_ARGUMENT = re.compile(r"user|request|caller|actor|auth|account|viewer", re.IGNORECASE)
DEPTH = 2


class ObjectChecks:
    """Answers which checks of objects functions make. Results are kept."""

    def __init__(self, calls: Calls, words: FunctionWords) -> None:
        self._calls = calls
        self._words = words
        self._own: dict[int, frozenset[str]] = {}

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of checks that the project calls anywhere."""
        return frozenset(name for name in self._calls.called_names if CHECK.search(name))

    @cached_property
    def _leading(self) -> frozenset[str]:
        """Names of functions whose call may lead to one."""
        return self._calls.names_leading_to(self.names)

    def of(self, function: FunctionValue) -> frozenset[str]:
        """The names of the checks that a function makes, itself and through what it calls nearby."""
        found = self._of_one(function)
        pending, seen = [(function, 0)], {id(function)}
        while pending:
            current, depth = pending.pop()
            for site in self._calls.named_in(current, self._leading) if depth < DEPTH else ():
                for target in targets(site.callee):
                    if id(target) not in seen:
                        seen.add(id(target))
                        pending.append((target, depth + 1))
                        found |= self._of_one(target)
        return found

    def _of_one(self, function: FunctionValue) -> frozenset[str]:
        found = self._own.get(id(function))
        if found is None:
            found = self._own[id(function)] = frozenset(self._find(function))
        return found

    def _find(self, function: FunctionValue) -> Iterator[str]:
        for node in function.nodes_of(tree.Call):
            name = called_name(node)
            if name in self.names and self._is_about_caller(function, node):
                yield name

    def _is_about_caller(self, function: FunctionValue, node: tree.Call) -> bool:
        given = [*node.arguments, *(keyword.value for keyword in node.keywords)]
        for argument in given:
            for one in tree.walk(argument):
                if isinstance(one, (tree.Name, tree.Attribute)) and CALLER_ARGUMENT.search(
                    getattr(one, "id", getattr(one, "name", ""))
                ):
                    return True
        site = self._calls.site_of(function, node)
        return any(names_caller(word) for target in targets(site.callee) for word in self._words.reached(target, 1))
