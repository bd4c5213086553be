"""What builtin functions, methods of plain values and operators give in the symbolic evaluator.

Only what programs build routes, names and settings with; everything else is Unknown. All results are bounded in size.
"""

from __future__ import annotations

from collections.abc import Callable
from string import Formatter
from typing import TYPE_CHECKING, Any

import msgspec

from reviewer.modules.tree import Function
from reviewer.project.evaluation.bounds import are_small_numbers, as_key, is_small, repeated
from reviewer.project.evaluation.collection_methods import (
    SET_OPERATIONS,
    call_dictionary_method,
    call_list_method,
    call_set_method,
)
from reviewer.project.evaluation.conditional_items import ADDING
from reviewer.project.evaluation.configuration import Configuration, call_configuration
from reviewer.project.evaluation.file_listing import LISTING_HANDLERS, relative_text
from reviewer.project.evaluation.file_places import is_path, joined_path, path_with_text
from reviewer.project.evaluation.importing import IMPORTING_HANDLERS
from reviewer.project.evaluation.iteration import ITERATION_HANDLERS, items_of
from reviewer.project.evaluation.operators import ARITHMETIC
from reviewer.project.evaluation.records import RECORD_HANDLERS
from reviewer.project.evaluation.reflection import REFLECTION_HANDLERS, has_attribute, subclasses_of
from reviewer.project.evaluation.scopes import Scope
from reviewer.project.evaluation.values import (
    BoundMethod,
    ClassValue,
    EnumMember,
    External,
    FunctionValue,
    Instance,
    Subscripted,
    TypeUnion,
    Unknown,
    Value,
    argument_of,
    choice_of,
)
from reviewer.rule import Place

if TYPE_CHECKING:
    from reviewer.project.evaluation.evaluator import Evaluator

Handler = Callable[["Evaluator", tuple[Value, ...], dict[str, Value], Scope], Value]

#: An object that gives its only argument when it is called: a method that a library adds to a class.
GIVING = External("functools.giving")
#: What `functools.wraps(function)` gives is an instance of this.
WRAPS = External("functools.wraps")

TEXT_LIMIT = 10_000
ITEM_LIMIT = 10_000

#: Methods of strings that give a string or a list of strings and are safe to run.
TEXT_METHODS = frozenset(
    [
        "capitalize",
        "casefold",
        "endswith",
        "find",
        "format",
        "islower",
        "isupper",
        "join",
        "lower",
        "lstrip",
        "partition",
        "removeprefix",
        "removesuffix",
        "replace",
        "rpartition",
        "rsplit",
        "rstrip",
        "split",
        "splitlines",
        "startswith",
        "strip",
        "swapcase",
        "title",
        "upper",
    ]
)


class BuiltinMethod(msgspec.Struct, frozen=True, eq=False):
    """A method of a plain value: `"/".join`, `routers.append`."""

    receiver: Value
    name: str


class PartlyKnownText(tuple[Any, ...]):
    """Text of known and unknown pieces, in order: what is known of `f"{unknown}/items"`."""

    __slots__ = ()


def joined_text(values: list[Value], place: Place | None) -> Value:
    """The text of several values in a row; where one is unknown, what is known of it."""
    if values and isinstance(values[0], Instance):
        path = path_with_text(values[0], values[1:])
        if path is not None:
            return path
    pieces: list[Value] = []
    for value in map(plain_value, values):
        if isinstance(value, PartlyKnownText):
            pieces.extend(value)
        elif isinstance(value, (str, int, float)) or value is None:
            pieces.append(str(value))
        else:
            pieces.append(value if isinstance(value, Unknown) else Unknown("text of something unknown", place))
    if sum(len(piece) if isinstance(piece, str) else 1 for piece in pieces) > TEXT_LIMIT:
        return Unknown("text that is too long", place)
    if all(isinstance(piece, str) for piece in pieces):
        return "".join(pieces)
    return PartlyKnownText(pieces)


def plain_value(value: Value) -> Value:
    """The value behind an enumeration member that stands for text or a number."""
    return value.value if isinstance(value, EnumMember) else value


def binary_operation(left: Value, operator: str, right: Value, place: Place) -> Value:
    """`left operator right` for plain values, texts with unknown parts, and types."""
    if operator == "|" and _is_type(left) and _is_type(right):
        members = (*_members(left), *_members(right))
        return TypeUnion(members)
    left, right = plain_value(left), plain_value(right)
    if operator == "+" and (isinstance(left, (str, PartlyKnownText)) or isinstance(right, (str, PartlyKnownText))):
        return joined_text([left, right], place)
    if isinstance(left, (int, float)) and isinstance(right, (int, float)) and operator in ARITHMETIC:
        if not are_small_numbers(left, right):
            return Unknown("number that is too large", place)
        try:
            return ARITHMETIC[operator](left, right)
        except (ArithmeticError, TypeError):
            return Unknown("arithmetic", place)
    if operator == "+" and isinstance(left, (list, tuple)) and type(left) is type(right):
        joined = [*left, *right]
        if len(joined) > ITEM_LIMIT:
            return Unknown("collection that is too long", place)
        return joined if isinstance(left, list) else tuple(joined)
    if operator == "|" and isinstance(left, dict) and isinstance(right, dict):
        return {**left, **right}
    if isinstance(left, set) and isinstance(right, set) and operator in SET_OPERATIONS:
        return SET_OPERATIONS[operator](left, right)
    if operator == "*":
        product = repeated(left, right)
        return Unknown("collection or text that is unknown or too long", place) if product is None else product
    if operator == "%" and isinstance(left, str):
        return _percent_format(left, right, place)
    if operator == "/" and is_path(left):
        return joined_path(left, right)
    return Unknown("operation on something unknown", place)


def _percent_format(left: str, right: Value, place: Place) -> Value:
    values = right if isinstance(right, tuple) else (right,)
    if left.count("%") == left.count("%s") == len(values):
        pieces = left.split("%s")
        mixed: list[Value] = [pieces[0]]
        for value, piece in zip(values, pieces[1:], strict=False):
            mixed += [value, piece]
        return joined_text(mixed, place)
    return Unknown("formatted text", place)


def _is_type(value: Value) -> bool:
    return value is None or isinstance(value, (External, ClassValue, Subscripted, TypeUnion))


def _members(value: Value) -> tuple[Value, ...]:
    return value.members if isinstance(value, TypeUnion) else (value,)


def call_method(
    evaluator: Evaluator, method: BuiltinMethod, arguments: tuple[Value, ...], keywords: dict[str, Value], scope: Scope
) -> Value:
    """Calls a method of a plain value."""
    receiver, name = method.receiver, method.name
    if isinstance(receiver, str):
        return _call_text_method(receiver, name, arguments, keywords)
    if isinstance(receiver, Configuration):
        return call_configuration(evaluator, receiver, name, arguments, keywords, scope)
    if isinstance(receiver, ClassValue):
        return subclasses_of(evaluator, receiver)
    if isinstance(receiver, dict):
        return call_dictionary_method(receiver, name, arguments, scope)
    if isinstance(receiver, list) and scope.is_executing:
        if evaluator.conditions and name in ADDING:
            added = items_of(arguments[-1]) if name == "extend" and arguments else arguments[-1:]
            evaluator.conditional_items.note(receiver, added or (), evaluator.conditions)
        return call_list_method(receiver, name, arguments, keywords)
    if isinstance(receiver, set):
        return call_set_method(receiver, name, arguments, scope)
    return Unknown(f"method {name} is not followed")


def _call_text_method(receiver: str, name: str, arguments: tuple[Value, ...], keywords: dict[str, Value]) -> Value:
    if name not in TEXT_METHODS:
        return Unknown(f"text method {name} is not followed")
    plain = tuple(plain_value(one) for one in arguments)
    if name == "join" and len(plain) == 1 and isinstance(plain[0], (list, tuple)):
        mixed: list[Value] = []
        for number, item in enumerate(plain[0]):
            mixed += [receiver, item] if number else [item]
        return joined_text(mixed, None)
    if name == "format":
        return _format(receiver, plain, keywords)
    if all(isinstance(one, (str, int)) for one in plain) and not keywords:
        if name == "replace" and len(receiver) * max(len(str(one)) for one in (*plain, "")) > 100 * TEXT_LIMIT:
            return Unknown("text that is too long")
        try:
            result = getattr(receiver, name)(*plain)
        except (TypeError, ValueError, MemoryError, OverflowError):
            return Unknown("text method with wrong arguments")
        return result if len(str(result)) <= TEXT_LIMIT else Unknown("text that is too long")
    return Unknown("text method with unknown arguments")


def _format(receiver: str, arguments: tuple[Value, ...], keywords: dict[str, Value]) -> Value:
    """`"{}/{name}".format(…)`: fields that only name an argument are followed."""
    texts = [one for one in map(plain_value, (*arguments, *keywords.values())) if isinstance(one, str)]
    longest = max(map(len, texts), default=0)
    if len(receiver) > TEXT_LIMIT or receiver.count("{") * longest > 100 * TEXT_LIMIT:
        return Unknown("text that is too long")
    pieces: list[Value] = []
    numbers = iter(range(len(arguments)))
    try:
        for text, field, specification, conversion in Formatter().parse(receiver):
            pieces.append(text)
            if field is None:
                continue
            if specification or conversion:
                return Unknown("formatted text")
            named = keywords if field and not field.isdigit() else arguments
            key: Any = field if named is keywords else int(field) if field else next(numbers)
            pieces.append(named[key])
    except (LookupError, ValueError, StopIteration):
        return Unknown("formatted text")
    return joined_text(pieces, None)


def _environment(_: Evaluator, arguments: tuple[Value, ...], keywords: dict[str, Value], __: Scope) -> Value:
    """A value from the environment: its default, which holds where nothing is set."""
    default = arguments[1] if len(arguments) > 1 else keywords.get("default", keywords.get("cast"))
    return default if default is not None else Unknown("environment variable")


def _partial(evaluator: Evaluator, arguments: tuple[Value, ...], keywords: dict[str, Value], scope: Scope) -> Value:
    module, node = evaluator.calling or (scope.module, None)
    return Instance(External("functools.partial"), arguments, keywords, module, node)


def _text(_: Evaluator, arguments: tuple[Value, ...], __: dict[str, Value], ___: Scope) -> Value:
    if arguments and is_path(arguments[0]):
        relative = relative_text(arguments[0])
        return arguments[0] if relative is None else relative
    return joined_text(list(arguments[:1]), None) if arguments else ""


def _collection(make: Callable[[Any], Any]) -> Handler:
    def handle(evaluator: Evaluator, arguments: tuple[Value, ...], keywords: dict[str, Value], __: Scope) -> Value:
        if not arguments:
            return make(())
        first = arguments[0]
        items = evaluator.enumeration_members(first) if isinstance(first, ClassValue) else items_of(first)
        if items is None or not is_small(items):
            return Unknown("collection of something unknown")
        try:
            return make(items)
        except TypeError:
            return Unknown("collection of unknown items")

    return handle


def _dictionary(_: Evaluator, arguments: tuple[Value, ...], keywords: dict[str, Value], __: Scope) -> Value:
    base = arguments[0] if arguments else {}
    if isinstance(base, dict):
        return {**base, **keywords}
    try:
        return {**{as_key(key): value for key, value in base}, **keywords}
    except (TypeError, ValueError):
        return Unknown("dictionary of something unknown")


def _getattr(evaluator: Evaluator, arguments: tuple[Value, ...], __: dict[str, Value], ___: Scope) -> Value:
    if len(arguments) >= 2 and isinstance(arguments[1], str):
        there = has_attribute(evaluator, arguments[0], arguments[1]) if len(arguments) > 2 else True
        if there is False:
            return arguments[2]
        value = evaluator.member(arguments[0], arguments[1])
        if isinstance(value, Unknown) and there is None:
            return choice_of([value, arguments[2]])
        return value
    return Unknown("attribute by a name that is not known")


def _setattr(_: Evaluator, arguments: tuple[Value, ...], __: dict[str, Value], scope: Scope) -> Value:
    is_followed = len(arguments) == 3 and isinstance(arguments[1], str) and scope.is_executing
    if is_followed and isinstance(arguments[0], (Instance, ClassValue, FunctionValue)):
        arguments[0].attributes[arguments[1]] = arguments[2]
    return None


def _type(_: Evaluator, arguments: tuple[Value, ...], __: dict[str, Value], ___: Scope) -> Value:
    if len(arguments) == 1 and isinstance(arguments[0], Instance):
        return arguments[0].type
    return Unknown("type of something unknown")


def _cast(_: Evaluator, arguments: tuple[Value, ...], __: dict[str, Value], ___: Scope) -> Value:
    return arguments[1] if len(arguments) > 1 else Unknown("cast")


def _wraps(_: Evaluator, arguments: tuple[Value, ...], __: dict[str, Value], scope: Scope) -> Value:
    """`wraps(function)`: a decorator that `wrapped` applies."""
    return Instance(WRAPS, arguments[:1], {}, scope.module)


def wrapped(decorator: Instance, wrapper: Value) -> Value:
    """What `wraps(function)` makes of a wrapper: the wrapper, which bears the function's name and signature."""
    if isinstance(wrapper, FunctionValue) and decorator.arguments and wrapper is not decorator.arguments[0]:
        wrapper.wraps = decorator.arguments[0]
    return wrapper


def _update_wrapper(_: Evaluator, arguments: tuple[Value, ...], keywords: dict[str, Value], __: Scope) -> Value:
    wrapper, function = (argument_of(arguments, keywords, n, name) for n, name in enumerate(("wrapper", "wrapped")))
    return wrapped(Instance(WRAPS, (function,)), wrapper)


def _is_coroutine(_: Evaluator, arguments: tuple[Value, ...], __: dict[str, Value], ___: Scope) -> Value:
    function = arguments[0] if arguments else None
    if isinstance(function, BoundMethod):
        function = function.function
    if isinstance(function, FunctionValue):
        return isinstance(function.node, Function) and function.node.is_async
    return Unknown("whether something unknown is a coroutine function")


def _first_argument(_: Evaluator, arguments: tuple[Value, ...], __: dict[str, Value], scope: Scope) -> Value:
    """Decorators that keep what they decorate: `lru_cache`."""
    if len(arguments) == 1 and isinstance(arguments[0], (FunctionValue, BoundMethod, ClassValue)):
        return arguments[0]
    return Instance(External("functools.keeping_decorator"), arguments, {}, scope.module)


HANDLERS: dict[str, Handler] = {
    **ITERATION_HANDLERS,
    **REFLECTION_HANDLERS,
    **IMPORTING_HANDLERS,
    **LISTING_HANDLERS,
    **RECORD_HANDLERS,
    "os.getenv": _environment,
    "os.environ.get": _environment,
    "functools.partial": _partial,
    "builtins.str": _text,
    "builtins.list": _collection(list),
    "builtins.tuple": _collection(tuple),
    "builtins.set": _collection(set),
    "builtins.frozenset": _collection(set),
    "builtins.reversed": _collection(lambda items: list(reversed(list(items)))),
    "builtins.dict": _dictionary,
    "typing.cast": _cast,
    "functools.lru_cache": _first_argument,
    "functools.cache": _first_argument,
    "contextlib.contextmanager": _first_argument,
    "contextlib.asynccontextmanager": _first_argument,
    "builtins.getattr": _getattr,
    "builtins.setattr": _setattr,
    "builtins.type": _type,
    "asyncio.iscoroutinefunction": _is_coroutine,
    "inspect.iscoroutinefunction": _is_coroutine,
    "starlette._utils.is_async_callable": _is_coroutine,
    "functools.update_wrapper": _update_wrapper,
    "functools.wraps": _wraps,
}
