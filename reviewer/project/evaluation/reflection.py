"""What a program asks of its own objects: `isinstance`, `hasattr`, `vars`, `dir`, `globals`, `inspect.getmembers`.

Answers are three-valued: what cannot be told without running the program is Unknown.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from reviewer.modules.source_text import last_name
from reviewer.modules.tree import Class, Function
from reviewer.project.evaluation.scopes import ClassScope, Scope
from reviewer.project.evaluation.values import (
    BoundMethod,
    ClassValue,
    EnumMember,
    External,
    FunctionValue,
    Instance,
    InstanceAttribute,
    ModuleValue,
    NamespaceValue,
    Subscripted,
    TypeUnion,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from reviewer.project.evaluation.evaluator import Evaluator

Handler = Callable[["Evaluator", tuple[Value, ...], dict[str, Value], Scope], Value]

PLAIN_TYPES: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "bytes": bytes,
    "list": list,
    "tuple": tuple,
    "dict": dict,
    "set": (set, frozenset),
    "frozenset": frozenset,
}
#: Types of definitions, by the dotted names of library classes.
DEFINITION_TYPES: dict[str, type] = {
    "builtins.type": ClassValue,
    "types.ModuleType": ModuleValue,
    "types.FunctionType": FunctionValue,
    "types.MethodType": BoundMethod,
}
_PLAIN = (str, int, float, bool, bytes, list, tuple, dict, set, type(None))


def is_instance(evaluator: Evaluator, value: Value, asked: Value) -> bool | None:
    """Whether a value is an object of a class or of one of several; None where that is not known."""
    if isinstance(asked, (tuple, TypeUnion)):
        members = asked if isinstance(asked, tuple) else asked.members
        answers = [is_instance(evaluator, value, one) for one in members]
        return True if True in answers else None if None in answers else False
    if isinstance(asked, Subscripted):
        return is_instance(evaluator, value, asked.base)
    if not isinstance(asked, (ClassValue, External)):
        return None
    if isinstance(value, EnumMember):
        return _is_subclass(evaluator, value.owner, asked)
    if isinstance(value, _PLAIN):
        return _is_plain_of(value, asked)
    if isinstance(value, Instance):
        return _is_object_of(evaluator, value, asked)
    if isinstance(value, External) and value.name.rpartition(".")[2][:1].isupper():
        return False if _is_concrete_class(asked.name if isinstance(asked, External) else "") else None
    if isinstance(value, (ClassValue, FunctionValue, BoundMethod, ModuleValue)):
        if isinstance(asked, ClassValue):
            return False
        expected = DEFINITION_TYPES.get(asked.name)
        if expected is not None:
            return isinstance(value, expected)
        return False if _is_concrete_class(asked.name) else None
    return None


def _is_plain_of(value: Value, asked: ClassValue | External) -> bool | None:
    if isinstance(asked, ClassValue):
        return False
    module, _, name = asked.name.rpartition(".")
    if module == "builtins" and name in PLAIN_TYPES:
        return isinstance(value, PLAIN_TYPES[name])
    return False if asked.name in DEFINITION_TYPES or _is_concrete_class(asked.name) else None


def _is_object_of(evaluator: Evaluator, value: Instance, asked: ClassValue | External) -> bool | None:
    if isinstance(value.type, ClassValue):
        return _is_subclass(evaluator, value.type, asked)
    made_by = value.type.name
    if not made_by.rpartition(".")[2][:1].isupper():
        return None  # what a function of a library gave
    if isinstance(asked, ClassValue):
        return False
    if _same_name(made_by, asked.name):
        return True
    if asked.name in DEFINITION_TYPES or asked.name.rpartition(".")[2] in PLAIN_TYPES:
        return False
    is_standard = made_by.partition(".")[0] in sys.stdlib_module_names
    return False if is_standard and _is_concrete_class(asked.name) else None


def _is_subclass(evaluator: Evaluator, value: ClassValue, asked: ClassValue | External) -> bool | None:
    ancestors = evaluator.ancestors(value)
    if any(one is asked or (isinstance(one, External) and _same_name(one.name, asked)) for one in ancestors):
        return True
    if asked == External("builtins.object"):
        return True
    others = [one for one in ancestors if not isinstance(one, ClassValue) and one != External("builtins.object")]
    if not others:
        return False if isinstance(asked, ClassValue) or _is_concrete_class(asked.name) else None
    return False if isinstance(asked, ClassValue) and all(isinstance(one, External) for one in others) else None


def _same_name(name: str, asked: Value) -> bool:
    """Whether two names of a library mean one class, which the library may give in several modules."""
    other = asked.name if isinstance(asked, External) else asked
    if not isinstance(other, str):
        return False
    return name == other or (
        name.rpartition(".")[2] == other.rpartition(".")[2] and name.partition(".")[0] == other.partition(".")[0]
    )


def _is_concrete_class(name: str) -> bool:
    """Whether a library's name is that of a class that objects of others cannot claim to be, as protocols let them."""
    package = name.partition(".")[0]
    return name not in DEFINITION_TYPES and package not in (
        "typing",
        "typing_extensions",
        "collections",
        "numbers",
        "builtins",
        "abc",
    )


def has_attribute(evaluator: Evaluator, value: Value, name: str) -> bool | None:
    """Whether a value has an attribute; None where that is not known."""
    if isinstance(value, ModuleValue):
        scope = evaluator.scope_of(value.module)
        if scope.exported(name) is not None or evaluator.program.member(value, name) is not None:
            return True
        if scope.exported("__getattr__") is not None or not all(map(_is_module, scope.star_sources)):
            return None
        return name in MODULE_ATTRIBUTES
    if isinstance(value, ClassValue):
        return _class_has(evaluator, value, name)
    if isinstance(value, Instance):
        if name in value.attributes:
            return True
        if isinstance(value.type, External):
            # Programs mark their own functions with private names, which objects of a library that is known lack.
            is_private = name.startswith("_") and not name.startswith("__")
            return False if is_private and evaluator.library_classes.of((value.type.name,)) is not None else None
        evaluator.initialise(value)
        if name in value.attributes or name in value.keywords:
            return True
        if evaluator.declared_annotation(value.type, name) is not None:
            return True
        if value.is_typed_only or evaluator.find_in_class(value.type, "__getattr__") is not None:
            return True if _class_has(evaluator, value.type, name) else None
        return _class_has(evaluator, value.type, name)
    if isinstance(value, (FunctionValue, BoundMethod)):
        return _function_has(value, name)
    if isinstance(value, External) and value.name.startswith("builtins."):
        return hasattr(getattr(builtins, value.name.rpartition(".")[2], None), name)
    return hasattr(value, name) if isinstance(value, _PLAIN) else None


def _function_has(value: FunctionValue | BoundMethod, name: str) -> bool | None:
    """Whether the program set an attribute on a function; decorators of libraries may have set any."""
    function = value.function if isinstance(value, BoundMethod) else value
    for one in (function, function.wraps):
        if isinstance(one, FunctionValue) and name in one.attributes:
            return True
    if hasattr(_function_has, name):
        return True
    written = function.node.decorators if isinstance(function.node, Function) else ()
    is_followed = len(written) == len(function.decorators)
    is_own = all(isinstance(one, (FunctionValue, BoundMethod)) for one in function.decorators)
    return False if is_followed and is_own else None


MODULE_ATTRIBUTES = frozenset({"__name__", "__file__", "__doc__", "__dict__", "__package__", "__spec__", "__loader__"})


def _is_module(value: Value) -> bool:
    return isinstance(value, (ModuleValue, NamespaceValue))


def _class_has(evaluator: Evaluator, value: ClassValue, name: str) -> bool | None:
    if evaluator.find_in_class(value, name) is not None:
        return True
    others = [one for one in evaluator.ancestors(value) if not isinstance(one, ClassValue)]
    return None if any(one != External("builtins.object") for one in others) else name in dir(object)


def namespace_of(evaluator: Evaluator, value: Value) -> dict[Value, Value] | None:
    """The names of a module, class or object with their values, in order; None where they are not known."""
    if isinstance(value, ModuleValue):
        scope = evaluator.scope_of(value.module)
        if scope.state == "new":
            evaluator.run_module(scope)
        return {name: scope.own(name) for name in list(scope.values)}
    if isinstance(value, ClassValue):
        evaluator.run_class(value)
        owned = ClassScope(value, evaluator)
        return {name: owned.own(name) for name in list(value.attributes)}
    if isinstance(value, Instance) and isinstance(value.type, ClassValue) and not value.is_typed_only:
        evaluator.initialise(value)
        return dict(value.attributes)
    return None


def subclasses_of(evaluator: Evaluator, value: ClassValue) -> list[Value]:
    """`__subclasses__()`: the classes at the top level of modules that name this one as a base, tests left out."""
    found: list[Value] = []
    for module in evaluator.program.modules:
        if module.is_test or not module.mentions(value.name):
            continue
        for statement in module.tree.body:
            if isinstance(statement, Class) and any(last_name(base) == value.name for base in statement.bases):
                one = evaluator.name(module, statement.name)
                if isinstance(one, ClassValue) and any(base is value for base in evaluator.bases(one)):
                    found.append(one)
    return found


def _all_names(evaluator: Evaluator, value: Value) -> list[str] | None:
    """The names that `dir` gives, those of bases too, sorted; without those of library classes."""
    found = namespace_of(evaluator, value)
    if found is None:
        return None
    owner = value.type if isinstance(value, Instance) else value
    names = set(found)
    if isinstance(owner, ClassValue):
        for one in evaluator.ancestors(owner):
            names.update(namespace_of(evaluator, one) or {} if isinstance(one, ClassValue) else {})
    return sorted(names)


def _isinstance(evaluator: Evaluator, arguments: tuple[Value, ...], _: dict[str, Value], __: Scope) -> Value:
    answer = is_instance(evaluator, arguments[0], arguments[1]) if len(arguments) == 2 else None
    return Unknown("isinstance of something unknown") if answer is None else answer


def _issubclass(evaluator: Evaluator, arguments: tuple[Value, ...], _: dict[str, Value], __: Scope) -> Value:
    if len(arguments) == 2 and isinstance(arguments[0], ClassValue):
        asked = arguments[1] if isinstance(arguments[1], tuple) else (arguments[1],)
        if all(isinstance(one, (ClassValue, External)) for one in asked):
            answers = [_is_subclass(evaluator, arguments[0], one) for one in asked]
            if True in answers or None not in answers:
                return True in answers
    return Unknown("issubclass of something unknown")


def _hasattr(evaluator: Evaluator, arguments: tuple[Value, ...], _: dict[str, Value], __: Scope) -> Value:
    if len(arguments) == 2 and isinstance(arguments[1], str):
        answer = has_attribute(evaluator, arguments[0], arguments[1])
        if answer is not None:
            return answer
    return Unknown("hasattr of something unknown")


def _callable(evaluator: Evaluator, arguments: tuple[Value, ...], __: dict[str, Value], ___: Scope) -> Value:
    if arguments and isinstance(arguments[0], Instance) and isinstance(arguments[0].type, ClassValue):
        answer = _class_has(evaluator, arguments[0].type, "__call__")
        return Unknown("callable of something unknown") if answer is None else answer
    if arguments and isinstance(arguments[0], (FunctionValue, BoundMethod, ClassValue)):
        return True
    return False if arguments and isinstance(arguments[0], _PLAIN) else Unknown("callable of something unknown")


def _vars(evaluator: Evaluator, arguments: tuple[Value, ...], _: dict[str, Value], scope: Scope) -> Value:
    found = namespace_of(evaluator, arguments[0] if arguments else _module_of(scope))
    return Unknown("names of something unknown") if found is None else found


def _dir(evaluator: Evaluator, arguments: tuple[Value, ...], _: dict[str, Value], scope: Scope) -> Value:
    found = _all_names(evaluator, arguments[0] if arguments else _module_of(scope))
    return Unknown("names of something unknown") if found is None else list(found)


def _globals(evaluator: Evaluator, _: tuple[Value, ...], __: dict[str, Value], scope: Scope) -> Value:
    return namespace_of(evaluator, _module_of(scope))


def _module_of(scope: Scope) -> ModuleValue:
    return ModuleValue(scope.module)


def _getmembers(evaluator: Evaluator, arguments: tuple[Value, ...], keywords: dict[str, Value], scope: Scope) -> Value:
    """`inspect.getmembers(value, predicate)`: pairs of name and value, sorted by name."""
    names = _all_names(evaluator, arguments[0]) if arguments else None
    if names is None:
        return Unknown("members of something unknown")
    predicate = arguments[1] if len(arguments) > 1 else keywords.get("predicate")
    pairs = [(name, evaluator.member(arguments[0], name)) for name in names]
    if predicate is None:
        return pairs
    chosen = []
    for pair in pairs:
        truth = evaluator.truth(evaluator.apply(predicate, (pair[1],), {}, None, scope))
        if truth is None:
            return Unknown("members of a kind that is not known")
        if truth:
            chosen.append(pair)
    return chosen


def _is_of(*kinds: type) -> Handler:
    def handle(_: Evaluator, arguments: tuple[Value, ...], __: dict[str, Value], ___: Scope) -> Value:
        value = arguments[0] if arguments else Unknown("nothing")
        if isinstance(value, (Unknown, External, InstanceAttribute)):
            return Unknown("kind of something unknown")
        return isinstance(value, kinds)

    return handle


REFLECTION_HANDLERS: dict[str, Handler] = {
    "builtins.isinstance": _isinstance,
    "builtins.issubclass": _issubclass,
    "builtins.hasattr": _hasattr,
    "builtins.callable": _callable,
    "builtins.vars": _vars,
    "builtins.dir": _dir,
    "builtins.globals": _globals,
    "inspect.getmembers": _getmembers,
    "inspect.isclass": _is_of(ClassValue),
    "inspect.isfunction": _is_of(FunctionValue),
    "inspect.ismethod": _is_of(BoundMethod),
    "inspect.isroutine": _is_of(FunctionValue, BoundMethod),
    "inspect.ismodule": _is_of(ModuleValue, NamespaceValue),
}
