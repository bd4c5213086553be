"""What is known of libraries' classes whose objects linkers read: attributes, and methods that call other methods.

Linkers give it to the evaluator as data, so that `router.prefix` has a value, and `router.get(…)` on an object of a
subclass runs the `api_route` or `add_api_route` that the subclass overrides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from reviewer.project.evaluation.values import BoundMethod, External, FunctionValue, Instance, Value

if TYPE_CHECKING:
    from reviewer.project.evaluation.evaluator import Evaluator

#: Gives an attribute of an object.
Computing = Callable[["Evaluator", Instance], Value]
#: Gets the object and what it, or its method, decorates.
Decorating = Callable[["Evaluator", Instance, Value], None]
#: Gives the method of a class of the project by its name, None where only the library has one.
FindMethod = Callable[[str], Value]


class Forwarding(msgspec.Struct, frozen=True):
    """What a library's method does: it calls another method of the same object, which a subclass may override."""

    method: str
    #: What it passes besides the arguments that it gets.
    keywords: Mapping[str, Value] = MappingProxyType({})
    #: Whether it gives a decorator which calls the other method with its first argument and the function.
    is_decorator: bool = False
    #: The parameter that takes the function then; the second positional one where it is empty.
    function_keyword: str = ""


class LibraryClass(msgspec.Struct, frozen=True):
    """A library's class under all its names."""

    names: tuple[str, ...]
    #: Attributes that the constructor sets from the argument of the same name, with their defaults.
    attributes: Mapping[str, Value] = MappingProxyType({})
    #: Where arguments of these names may also stand in the call, counted from 0.
    positions: Mapping[str, int] = MappingProxyType({})
    #: Attributes that stand for the object itself, as far as linkers are concerned.
    aliases: frozenset[str] = frozenset()
    forwardings: Mapping[str, Forwarding] = MappingProxyType({})
    #: Attributes that are made when they are first asked for.
    computed: Mapping[str, Computing] = MappingProxyType({})
    #: What methods do that give decorators, or (`__call__`) an object that is one, with what they decorate.
    decorating: Mapping[str, Decorating] = MappingProxyType({})

    def has(self, name: str) -> bool:
        """Whether an attribute of its objects is known."""
        return name in self.attributes or name in self.aliases or name in self.computed

    def forwards(self, name: str) -> bool:
        """Whether a method calls another one, or is called by another one."""
        return name in self.forwardings or any(name == one.method for one in self.forwardings.values())

    def attribute(self, evaluator: Evaluator, instance: Instance, name: str) -> Value:
        """The value of an attribute that `has` knows: a list is the object's own, so that adding to it is seen."""
        if name in self.aliases:
            return instance
        if name in self.computed:
            instance.attributes[name] = self.computed[name](evaluator, instance)
            return instance.attributes[name]
        is_external = isinstance(instance.type, External)
        arguments, keywords = (instance.arguments, instance.keywords) if is_external else ((), {})
        for event in instance.events:
            if event.method == "__init__":
                arguments, keywords = event.arguments, event.keywords
        position = self.positions.get(name, len(arguments))
        if name in keywords:
            value = keywords[name]
        elif position < len(arguments):
            value = arguments[position]
        else:
            value = copy(self.attributes[name])
        instance.attributes[name] = value
        return value


class ForwardedCall(msgspec.Struct, frozen=True):
    """The overriding method that a call of a library's method comes to, and what it gets."""

    method: BoundMethod
    keywords: Mapping[str, Value]
    is_decorator: bool
    function_keyword: str = ""


class LibraryClasses:
    """The known classes, by name."""

    def __init__(self, classes: tuple[LibraryClass, ...]) -> None:
        self._by_name = {name: one for one in classes for name in one.names}

    def of(self, names: tuple[str, ...]) -> LibraryClass | None:
        """What is known of the objects of some library classes, the first that is known."""
        return next((self._by_name[name] for name in names if name in self._by_name), None)

    def decorate(self, evaluator: Evaluator, receiver: Instance, method: str, decorated: Value) -> None:
        """Does what a known library does with what a method of an object, or the object itself, decorates."""
        known = self.of(evaluator.external_names(receiver))
        decorating = None if known is None else known.decorating.get(method)
        if decorating is not None:
            decorating(evaluator, receiver, decorated)

    def overriding(
        self, names: tuple[str, ...], find: FindMethod, receiver: Instance, name: str
    ) -> ForwardedCall | None:
        """The method of a subclass in which a call of a library's method ends, None where no subclass overrides it."""
        known = self.of(names)
        keywords: dict[str, Value] = {}
        is_decorator = False
        function_keyword = ""
        while known is not None and name in known.forwardings:
            forwarding = known.forwardings[name]
            keywords = {**forwarding.keywords, **keywords}
            is_decorator = is_decorator or forwarding.is_decorator
            function_keyword = function_keyword or forwarding.function_keyword
            name = forwarding.method
            found = find(name)
            if isinstance(found, FunctionValue):
                return ForwardedCall(BoundMethod(found, receiver), keywords, is_decorator, function_keyword)
        return None
