"""The values of the symbolic evaluator: what an expression of the reviewed program stands for, as far as it is known.

Plain Python objects (str, int, float, bool, None, bytes, list, tuple, dict, set) stand for themselves and hold further
values. Everything else is one of the classes here. No framework is known here: an object made by a library's class is
an `Instance` of an `External`, and the calls of its methods are recorded on it as `Event`s for the linkers to read.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Union

import msgspec

from reviewer.modules.tree import Attribute, Call, Class, Function, Lambda, Name, Node
from reviewer.project.evaluation.body_nodes import AnyNode, BodyNodes
from reviewer.rule import Place

if TYPE_CHECKING:
    from reviewer.modules.module import Module
    from reviewer.project.evaluation.scopes import Scope

#: Decorators around one function that are looked through.
WRAPPING_LIMIT = 50

#: Any value: a plain Python object, or one of the classes below.
Value = Any


class Unknown(msgspec.Struct, frozen=True):
    """A value that cannot be known without running the program, and why."""

    reason: str
    place: Place | None = None


class Choice(msgspec.Struct, frozen=True):
    """One of several values, depending on what is not known: the resolution is ambiguous."""

    values: tuple[Value, ...]
    condition: str = ""


class External(msgspec.Struct, frozen=True, eq=False):
    """A name of a library or of the standard library: `fastapi.APIRouter`, `os.environ`. Equal by name."""

    name: str
    #: The project's class through which an inherited member was reached: `UserView.as_view` of `flask.views.View`.
    owner: ClassValue | None = None

    def __eq__(self, other: object) -> bool:
        return other.__class__ is External and self.name == other.name

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.name)


class ModuleValue(msgspec.Struct, frozen=True):
    """A module of the project."""

    module: Module


class NamespaceValue(msgspec.Struct, frozen=True):
    """A folder of the project that is imported as a namespace package, by path."""

    path: str


class FunctionValue:
    """A function, method or lambda of the project, with the scope it closes over. One object a definition and scope."""

    __slots__ = (
        "_body",
        "attributes",
        "decorated",
        "decorators",
        "documentation",
        "module",
        "node",
        "owner",
        "qualname",
        "replaces",
        "scope",
        "wraps",
    )

    def __init__(
        self, module: Module, node: Function | Lambda, qualname: str, scope: Scope, owner: ClassValue | None = None
    ) -> None:
        self.module = module
        self.node = node
        self.qualname = qualname
        self.scope = scope
        self.owner = owner
        #: Values of the decorators, outermost first; filled when the definition is executed.
        self.decorators: tuple[Value, ...] = ()
        #: What the program sets on it: marks that something looks for later.
        self.attributes: dict[str, Value] = {}
        #: What its decorators made of it, where that is another function of the project.
        self.decorated: FunctionValue | None = None
        #: The function whose name and signature it bears, by `functools.wraps`.
        self.wraps: Value = None
        #: What was assigned to its `__doc__`.
        self.documentation: Value = None
        #: The function in whose place a decorator put it.
        self.replaces: Value = None
        self._body = BodyNodes(node)

    def __repr__(self) -> str:
        return f"FunctionValue({self.symbol})"

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes that run with its body, parents first, as `walk_scope` gives them; the body is walked once."""
        return self._body.all

    def nodes_of(self, *classes: type[AnyNode]) -> tuple[AnyNode, ...]:
        """Those of its nodes that are of some classes of nodes."""
        return self._body.of(classes)

    @property
    def name(self) -> str:
        """The name without its qualification."""
        return self.qualname.rpartition(".")[2]

    @property
    def symbol(self) -> str:
        """`module:qualname`."""
        return f"{self.module.name}:{self.qualname}"

    @property
    def place(self) -> Place:
        """From `def` to the end of the header's name line; the whole node is `node`."""
        return place_of(self.module, self.node)


class ClassValue:
    """A class of the project."""

    __slots__ = ("attributes", "bases", "decorators", "is_executed", "module", "node", "qualname", "scope")

    def __init__(self, module: Module, node: Class, qualname: str, scope: Scope) -> None:
        self.module = module
        self.node = node
        self.qualname = qualname
        self.scope = scope
        self.bases: tuple[Value, ...] | None = None
        self.attributes: dict[str, Value] = {}
        self.is_executed = False
        self.decorators: tuple[Value, ...] = ()

    def __repr__(self) -> str:
        return f"ClassValue({self.symbol})"

    @property
    def name(self) -> str:
        """The name without its qualification."""
        return self.qualname.rpartition(".")[2]

    @property
    def symbol(self) -> str:
        """`module:qualname`."""
        return f"{self.module.name}:{self.qualname}"

    @property
    def place(self) -> Place:
        """Where the class stands."""
        return place_of(self.module, self.node)


class Event(msgspec.Struct, eq=False):
    """A call of a method on an instance, in the order of execution; as a decorator it knows what it decorated."""

    receiver: Instance
    method: str
    arguments: tuple[Value, ...]
    keywords: dict[str, Value]
    module: Module
    node: Call | Node
    conditions: tuple[str, ...] = ()
    decorated: Value = None
    has_unknown_keywords: bool = False  # `**something` that is not known
    #: Attributes that were assigned on the receiver before the call: `router.prefix = "/items"`.
    receiver_attributes: dict[str, Value] = msgspec.field(default_factory=dict)
    result: Value = None  # what the call gave
    #: Events have numbers in the order of execution.
    number: int = msgspec.field(default_factory=itertools.count().__next__)
    #: The method of a subclass that gets what the call decorates, in place of the library.
    forwards_to: Value = None
    #: The parameter of `forwards_to` that takes the function, where it is not the second.
    forwards_function_as: str = ""
    #: The decorator or call that a reader sees, where a decorator or overriding method of the project makes the call.
    origin: Union[tuple[Module, Node], None] = None

    def __repr__(self) -> str:
        return f"Event({self.receiver!r}.{self.method}, line {self.node.line})"

    @property
    def site(self) -> tuple[Module, Node]:
        """The call as a reader sees it, and its module."""
        return self.origin or (self.module, self.node)

    @property
    def place(self) -> Place:
        """The call as a reader sees it."""
        return place_of(*self.site)


class Instance(msgspec.Struct, eq=False):
    """An object: the result of calling a class, or an external function, with the arguments it got."""

    type: Union[External, ClassValue]
    arguments: tuple[Value, ...] = ()
    keywords: dict[str, Value] = msgspec.field(default_factory=dict)
    module: Module | None = None
    node: Node | None = None
    has_unknown_keywords: bool = False
    #: The event whose result this is: `router.get("/")` gives an instance of `fastapi.APIRouter.get`.
    event: Event | None = None
    attributes: dict[str, Value] = msgspec.field(default_factory=dict)
    events: list[Event] = msgspec.field(default_factory=list)
    is_initialised: bool = False
    #: True where only the type is known: a parameter by its annotation.
    is_typed_only: bool = False
    #: Names it is bound to, `module:name`, in order of binding.
    names: list[str] = msgspec.field(default_factory=list)
    #: The object whose call gave it: the session maker of a session.
    maker: Union[Instance, None] = None

    def __repr__(self) -> str:
        type_name = self.type.name if isinstance(self.type, External) else self.type.symbol
        return f"Instance({type_name}, {self.names[:1]})"

    def argument(self, position: int, name: str, default: Value = None) -> Value:
        """The value of an argument given by position or name."""
        return argument_of(self.arguments, self.keywords, position, name, default)

    @property
    def place(self) -> Place | None:
        """The call that made it."""
        if self.module is None or self.node is None:
            return None
        return place_of(self.module, self.node)


class BoundMethod(msgspec.Struct, frozen=True):
    """A method of the project with its object, or its class for class methods."""

    function: FunctionValue
    receiver: Value


class InstanceAttribute(msgspec.Struct, frozen=True):
    """An attribute of an instance of a library's class, or of an unknown member: `settings.app.state`, `router.get`."""

    instance: Instance
    name: str


class Subscripted(msgspec.Struct, frozen=True):
    """A generic or annotated type: `Annotated[Session, Depends(get_db)]`, `list[User]`."""

    base: Value
    arguments: tuple[Value, ...]


class TypeUnion(msgspec.Struct, frozen=True):
    """`X | Y` of types."""

    members: tuple[Value, ...]


class SuperValue(msgspec.Struct, frozen=True):
    """`super()` in a method of a class."""

    owner: ClassValue
    receiver: Value


def decorated_by_library(value: Value) -> FunctionValue | None:
    """The function that a decorator of a library was given by a call: `requires("admin")(function)`."""
    if not isinstance(value, Instance) or not isinstance(value.type, External) or value.keywords:
        return None
    if not value.type.name.endswith(".__call__") or len(value.arguments) != 1:
        return None
    given = value.arguments[0]
    return given if isinstance(given, FunctionValue) else decorated_by_library(given)


def argument_of(
    arguments: tuple[Value, ...], keywords: dict[str, Value], position: int, name: str, default: Value = None
) -> Value:
    """The value of an argument given by position (negative: by name only) or name."""
    if name in keywords:
        return keywords[name]
    if 0 <= position < len(arguments):
        return arguments[position]
    return default


def place_of(module: Module, node: Node) -> Place:
    """Where a node of a module stands."""
    return Place(module.path, node.line, node.column, node.end_line, node.end_column)


def first_line(module: Module) -> Place:
    """The start of a module, for what concerns it as a whole."""
    return Place(module.path, 1, 0, 1, 0)


def is_known(value: Value) -> bool:
    """Whether a value is known for certain."""
    return not isinstance(value, (Unknown, Choice))


def alternatives(value: Value) -> tuple[Value, ...]:
    """The values it may be: itself, or the members of a choice."""
    return value.values if isinstance(value, Choice) else (value,)


def signature_of(value: Value) -> Value:
    """The callable whose signature and documentation a callable shows: behind `functools.wraps`."""
    return _behind(value, lambda function: function.wraps)


def innermost(value: Value) -> Value:
    """The callable that was written for a purpose: behind what decorators put around it."""
    return _behind(value, lambda function: function.wraps if function.wraps is not None else function.replaces)


def _behind(value: Value, next_inner: Callable[[FunctionValue], Value]) -> Value:
    for _ in range(WRAPPING_LIMIT):
        if isinstance(value, Choice):  # one wrapper for coroutines and one for functions, around the same
            behind = [_behind(one, next_inner) for one in value.values if not isinstance(one, Choice)]
            if len(behind) != len(value.values) or any(one is not behind[0] for one in behind):
                return value
            value = behind[0]
        inner = next_inner(value) if isinstance(value, FunctionValue) else None
        if inner is None:
            break
        value = inner
    return value


#: Classes of values that are looked up by hash, since loops over long lists have many, and of those that are equal to
#: themselves only.
_HASHED = frozenset({str, int, float, bool, bytes, type(None), External, InstanceAttribute})
_IDENTICAL = frozenset({Instance, FunctionValue, ClassValue})


def choice_of(values: list[Value], condition: str = "") -> Value:
    """One value if all are the same, else a `Choice` of the different ones."""
    different: list[Value] = []
    plain: set[tuple[type, Value]] = set()  # those that are looked up and not compared with each other
    identities: set[int] = set()
    others: list[Value] = []
    for value in values:
        for one in alternatives(value):
            if one.__class__ in _HASHED:
                key = (one.__class__, one)
                if key not in plain:
                    plain.add(key)
                    different.append(one)
            elif id(one) not in identities:
                identities.add(id(one))
                if one.__class__ in _IDENTICAL:
                    different.append(one)
                elif not any(_are_equal(one, other) for other in others):
                    different.append(one)
                    others.append(one)
    if not different:
        return Unknown("nothing is assigned")
    return different[0] if len(different) == 1 else Choice(tuple(different), condition)


def _are_equal(one: Value, other: Value) -> bool:
    from reviewer.project.evaluation.bounds import is_small

    return type(one) is type(other) and is_small(one) and is_small(other) and bool(one == other)


class EnumMember:
    """A member of an enumeration class of the project."""

    __slots__ = ("name", "owner", "value")

    def __init__(self, owner: ClassValue, name: str, value: Value) -> None:
        self.owner = owner
        self.name = name
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EnumMember) and (self.owner, self.name) == (other.owner, other.name)

    def __hash__(self) -> int:
        return hash((id(self.owner), self.name))


def decorator_names(function: FunctionValue) -> tuple[str, ...]:
    """The last names of the decorators of a function as written: `property`, `setter`, `lru_cache`."""
    if not isinstance(function.node, Function):
        return ()
    names = []
    for decorator in function.node.decorators:
        called = decorator.function if isinstance(decorator, Call) else decorator
        if isinstance(called, Name):
            names.append(called.id)
        elif isinstance(called, Attribute):
            names.append(called.name)
    return tuple(names)
