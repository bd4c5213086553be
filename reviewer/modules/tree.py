"""The typed tree of a Python program: what every linker and rule reads.

Small frozen nodes, the same on every Python version. The tree is a pure function of a file's bytes, holds the whole
program text (comments and white space apart), and is stored as MessagePack: each class is an array with an integer tag.
Tags are part of the cache format: raise `TREE_VERSION` whenever a node changes.

Positions are 1-based lines and 0-based columns, counted in characters (code points), end exclusive, as `ast` places
them with these differences: columns are characters and not bytes, and every node inside a formatted string has the
position of the whole string, because Python versions disagree about them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Union, get_type_hints

import msgspec

TREE_VERSION = 1


class Node(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Base of all nodes: where the node stands."""

    line: int
    column: int
    end_line: int
    end_column: int


# Expressions -------------------------------------------------------------------------------------------------------


class Name(Node, frozen=True, gc=False, array_like=True, tag=1):
    """An identifier that is read, bound or deleted."""

    id: str


class Attribute(Node, frozen=True, gc=False, array_like=True, tag=2):
    """`value.name`."""

    value: Expression
    name: str


class Call(Node, frozen=True, gc=False, array_like=True, tag=3):
    """`function(*arguments, **keywords)`; a spread positional argument is a `Starred`."""

    function: Expression
    arguments: tuple[Expression, ...]
    keywords: tuple[Keyword, ...]


class Keyword(Node, frozen=True, gc=False, array_like=True, tag=4):
    """`name=value` of a call or class header; `**value` has no name."""

    name: str | None
    value: Expression


class Text(Node, frozen=True, gc=False, array_like=True, tag=5):
    """A string literal, implicit concatenation joined. Lone surrogates are kept as backslash escapes."""

    value: str


class FormattedText(Node, frozen=True, gc=False, array_like=True, tag=6):
    """An f-string (or t-string): `Text` parts, never empty or adjacent, and `Replacement` parts."""

    parts: tuple[Union[Text, Replacement], ...]
    is_template: bool


class Replacement(Node, frozen=True, gc=False, array_like=True, tag=7):
    """`{value!conversion:format}` of a formatted string; conversion is `s`, `r`, `a` or empty."""

    value: Expression
    conversion: str
    format: tuple[Union[Text, Replacement], ...]


class Number(Node, frozen=True, gc=False, array_like=True, tag=8):
    """An integer or real literal; what 64 bits cannot hold and imaginary numbers are given as their `repr` text."""

    value: Union[int, float, str]


class Bytes(Node, frozen=True, gc=False, array_like=True, tag=9):
    """A bytes literal, implicit concatenation joined."""

    value: bytes


class Constant(Node, frozen=True, gc=False, array_like=True, tag=10):
    """`None`, `True`, `False` or `...`, by that spelling."""

    value: str


class Starred(Node, frozen=True, gc=False, array_like=True, tag=11):
    """`*value`."""

    value: Expression


class Tuple(Node, frozen=True, gc=False, array_like=True, tag=12):
    """A tuple display or an unparenthesised tuple."""

    items: tuple[Expression, ...]


class List(Node, frozen=True, gc=False, array_like=True, tag=13):
    """A list display."""

    items: tuple[Expression, ...]


class Set(Node, frozen=True, gc=False, array_like=True, tag=14):
    """A set display."""

    items: tuple[Expression, ...]


class Dictionary(Node, frozen=True, gc=False, array_like=True, tag=15):
    """A dictionary display; the key of a `**mapping` entry is None."""

    keys: tuple[Union[Expression, None], ...]
    values: tuple[Expression, ...]


class Subscript(Node, frozen=True, gc=False, array_like=True, tag=16):
    """`value[index]`; several indexes are a `Tuple`."""

    value: Expression
    index: Expression


class Slice(Node, frozen=True, gc=False, array_like=True, tag=17):
    """`lower:upper:step` of a subscript."""

    lower: Union[Expression, None]
    upper: Union[Expression, None]
    step: Union[Expression, None]


class BooleanOperation(Node, frozen=True, gc=False, array_like=True, tag=18):
    """`a and b and c`: operator is `and` or `or`."""

    operator: str
    values: tuple[Expression, ...]


class BinaryOperation(Node, frozen=True, gc=False, array_like=True, tag=19):
    """`left operator right`; the operator as written (`+`, `|`, `//`)."""

    left: Expression
    operator: str
    right: Expression


class UnaryOperation(Node, frozen=True, gc=False, array_like=True, tag=20):
    """`operator operand`; the operator is `-`, `+`, `~` or `not`."""

    operator: str
    operand: Expression


class Comparison(Node, frozen=True, gc=False, array_like=True, tag=21):
    """`left op right op right`; operators as written (`==`, `not in`, `is not`)."""

    left: Expression
    operators: tuple[str, ...]
    comparators: tuple[Expression, ...]


class Conditional(Node, frozen=True, gc=False, array_like=True, tag=22):
    """`then if test else otherwise`."""

    test: Expression
    then: Expression
    otherwise: Expression


class Lambda(Node, frozen=True, gc=False, array_like=True, tag=23):
    """`lambda parameters: body`."""

    parameters: tuple[Parameter, ...]
    body: Expression


class NamedExpression(Node, frozen=True, gc=False, array_like=True, tag=24):
    """`target := value`."""

    target: Expression
    value: Expression


class Await(Node, frozen=True, gc=False, array_like=True, tag=25):
    """`await value`."""

    value: Expression


class Yield(Node, frozen=True, gc=False, array_like=True, tag=26):
    """`yield value`."""

    value: Union[Expression, None]


class YieldFrom(Node, frozen=True, gc=False, array_like=True, tag=27):
    """`yield from value`."""

    value: Expression


class Comprehension(Node, frozen=True, gc=False, array_like=True, tag=28):
    """A comprehension or generator: kind is `list`, `set`, `generator` or `dictionary` (then element is the key)."""

    kind: str
    element: Expression
    value: Union[Expression, None]
    loops: tuple[ComprehensionLoop, ...]


class ComprehensionLoop(Node, frozen=True, gc=False, array_like=True, tag=29):
    """`for target in iterable if condition`; its position is that of target to the last part."""

    target: Expression
    iterable: Expression
    conditions: tuple[Expression, ...]
    is_async: bool


class Parameter(Node, frozen=True, gc=False, array_like=True, tag=30):
    """A parameter of a function or lambda; the position covers name and annotation.

    Kind is one of `positional-only`, `positional-or-keyword`, `variadic` (`*args`), `keyword-only`,
    `variadic-keyword` (`**kwargs`), as in `inspect.Parameter`.
    """

    name: str
    kind: str
    annotation: Union[Expression, None]
    default: Union[Expression, None]


# Statements --------------------------------------------------------------------------------------------------------


class Function(Node, frozen=True, gc=False, array_like=True, tag=40):
    """`def` or `async def`; the position starts at `def`, decorators stand before it."""

    name: str
    parameters: tuple[Parameter, ...]
    returns: Union[Expression, None]
    body: tuple[Statement, ...]
    decorators: tuple[Expression, ...]
    is_async: bool
    type_parameters: tuple[TypeParameter, ...]


class Class(Node, frozen=True, gc=False, array_like=True, tag=41):
    """`class`; the position starts at `class`, decorators stand before it."""

    name: str
    bases: tuple[Expression, ...]
    keywords: tuple[Keyword, ...]
    body: tuple[Statement, ...]
    decorators: tuple[Expression, ...]
    type_parameters: tuple[TypeParameter, ...]


class TypeParameter(Node, frozen=True, gc=False, array_like=True, tag=42):
    """A type parameter (PEP 695): kind is `type`, `variadic` or `parameters`."""

    name: str
    kind: str
    bound: Union[Expression, None]
    default: Union[Expression, None]


class Return(Node, frozen=True, gc=False, array_like=True, tag=43):
    """`return value`."""

    value: Union[Expression, None]


class Delete(Node, frozen=True, gc=False, array_like=True, tag=44):
    """`del targets`."""

    targets: tuple[Expression, ...]


class Assign(Node, frozen=True, gc=False, array_like=True, tag=45):
    """`target = target = value`."""

    targets: tuple[Expression, ...]
    value: Expression


class AugmentedAssign(Node, frozen=True, gc=False, array_like=True, tag=46):
    """`target operator= value`; the operator without `=`."""

    target: Expression
    operator: str
    value: Expression


class AnnotatedAssign(Node, frozen=True, gc=False, array_like=True, tag=47):
    """`target: annotation = value`, or a bare declaration."""

    target: Expression
    annotation: Expression
    value: Union[Expression, None]


class TypeAlias(Node, frozen=True, gc=False, array_like=True, tag=48):
    """`type name[parameters] = value` (PEP 695)."""

    name: str
    type_parameters: tuple[TypeParameter, ...]
    value: Expression


class For(Node, frozen=True, gc=False, array_like=True, tag=49):
    """`for target in iterable: … else: …`."""

    target: Expression
    iterable: Expression
    body: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]
    is_async: bool


class While(Node, frozen=True, gc=False, array_like=True, tag=50):
    """`while test: … else: …`."""

    test: Expression
    body: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]


class If(Node, frozen=True, gc=False, array_like=True, tag=51):
    """`if test: … else: …`; `elif` is an `If` alone in otherwise."""

    test: Expression
    body: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]


class With(Node, frozen=True, gc=False, array_like=True, tag=52):
    """`with items: …`."""

    items: tuple[WithItem, ...]
    body: tuple[Statement, ...]
    is_async: bool


class WithItem(Node, frozen=True, gc=False, array_like=True, tag=53):
    """`context as target`; its position is that of context to target."""

    context: Expression
    target: Union[Expression, None]


class Raise(Node, frozen=True, gc=False, array_like=True, tag=54):
    """`raise exception from cause`."""

    exception: Union[Expression, None]
    cause: Union[Expression, None]


class Try(Node, frozen=True, gc=False, array_like=True, tag=55):
    """`try: … except: … else: … finally: …`; `is_group` marks `except*`."""

    body: tuple[Statement, ...]
    handlers: tuple[ExceptHandler, ...]
    otherwise: tuple[Statement, ...]
    final: tuple[Statement, ...]
    is_group: bool


class ExceptHandler(Node, frozen=True, gc=False, array_like=True, tag=56):
    """`except exception as name: …`; several exceptions are a `Tuple`, with or without brackets (PEP 758)."""

    exception: Union[Expression, None]
    name: str | None
    body: tuple[Statement, ...]


class Assert(Node, frozen=True, gc=False, array_like=True, tag=57):
    """`assert test, message`."""

    test: Expression
    message: Union[Expression, None]


class Import(Node, frozen=True, gc=False, array_like=True, tag=58):
    """`import names`."""

    names: tuple[ImportedName, ...]


class ImportFrom(Node, frozen=True, gc=False, array_like=True, tag=59):
    """`from module import names`; `level` counts the leading dots."""

    module: str
    names: tuple[ImportedName, ...]
    level: int


class ImportedName(Node, frozen=True, gc=False, array_like=True, tag=60):
    """`name as alias`; the name is dotted for `import`, `*` for a star import."""

    name: str
    alias: str | None


class Global(Node, frozen=True, gc=False, array_like=True, tag=61):
    """`global names`."""

    names: tuple[str, ...]


class Nonlocal(Node, frozen=True, gc=False, array_like=True, tag=62):
    """`nonlocal names`."""

    names: tuple[str, ...]


class ExpressionStatement(Node, frozen=True, gc=False, array_like=True, tag=63):
    """An expression evaluated for its effect, docstrings too."""

    value: Expression


class Pass(Node, frozen=True, gc=False, array_like=True, tag=64):
    """`pass`."""


class Break(Node, frozen=True, gc=False, array_like=True, tag=65):
    """`break`."""


class Continue(Node, frozen=True, gc=False, array_like=True, tag=66):
    """`continue`."""


class Match(Node, frozen=True, gc=False, array_like=True, tag=67):
    """`match subject: …`."""

    subject: Expression
    cases: tuple[Case, ...]


class Case(Node, frozen=True, gc=False, array_like=True, tag=68):
    """`case pattern if guard: …`; its position is that of the pattern to the last statement."""

    pattern: Pattern
    guard: Union[Expression, None]
    body: tuple[Statement, ...]


class ValuePattern(Node, frozen=True, gc=False, array_like=True, tag=69):
    """A literal, a constant or a dotted name."""

    value: Expression


class SequencePattern(Node, frozen=True, gc=False, array_like=True, tag=70):
    """`[a, b, *rest]`."""

    patterns: tuple[Pattern, ...]


class MappingPattern(Node, frozen=True, gc=False, array_like=True, tag=71):
    """`{key: pattern, **rest}`."""

    keys: tuple[Expression, ...]
    patterns: tuple[Pattern, ...]
    rest: str | None


class ClassPattern(Node, frozen=True, gc=False, array_like=True, tag=72):
    """`Class(pattern, attribute=pattern)`."""

    class_reference: Expression
    patterns: tuple[Pattern, ...]
    attributes: tuple[str, ...]
    attribute_patterns: tuple[Pattern, ...]


class StarPattern(Node, frozen=True, gc=False, array_like=True, tag=73):
    """`*name`, or `*_` without a name."""

    name: str | None


class AsPattern(Node, frozen=True, gc=False, array_like=True, tag=74):
    """`pattern as name`; a bare capture has no pattern, the wildcard neither."""

    pattern: Union[Pattern, None]
    name: str | None


class OrPattern(Node, frozen=True, gc=False, array_like=True, tag=75):
    """`a | b`."""

    patterns: tuple[Pattern, ...]


Expression = Union[
    Name,
    Attribute,
    Call,
    Text,
    FormattedText,
    Number,
    Bytes,
    Constant,
    Starred,
    Tuple,
    List,
    Set,
    Dictionary,
    Subscript,
    Slice,
    BooleanOperation,
    BinaryOperation,
    UnaryOperation,
    Comparison,
    Conditional,
    Lambda,
    NamedExpression,
    Await,
    Yield,
    YieldFrom,
    Comprehension,
]
Pattern = Union[ValuePattern, SequencePattern, MappingPattern, ClassPattern, StarPattern, AsPattern, OrPattern]
Statement = Union[
    Function,
    Class,
    Return,
    Delete,
    Assign,
    AugmentedAssign,
    AnnotatedAssign,
    TypeAlias,
    For,
    While,
    If,
    With,
    Raise,
    Try,
    Assert,
    Import,
    ImportFrom,
    Global,
    Nonlocal,
    ExpressionStatement,
    Pass,
    Break,
    Continue,
    Match,
]


class Tree(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A whole program: the statements of one file."""

    body: tuple[Statement, ...]


def _child_fields(node_class: type[Node]) -> tuple[str, ...]:
    own = node_class.__struct_fields__[len(Node.__struct_fields__) :]
    plain = {"int", "str", "bool", "bytes", "str | None", "Union[int, float, str]", "tuple[str, ...]"}
    return tuple(name for name in own if node_class.__annotations__[name] not in plain)


#: The fields of each node class that hold nodes, in source order as far as one class allows.
CHILD_FIELDS: dict[type[Node], tuple[str, ...]] = {cls: _child_fields(cls) for cls in Node.__subclasses__()}


def _resolve_annotations() -> None:
    """Puts types in the place of their texts, each read once: msgspec would read them for each field of each class."""
    classes = (Node, *CHILD_FIELDS, Tree)
    texts = {text for node_class in classes for text in node_class.__annotations__.values()}
    types = get_type_hints(type("_Texts", (), {"__annotations__": {text: text for text in texts}}), globals())
    for node_class in classes:
        annotations = node_class.__annotations__
        annotations.update({name: types[text] for name, text in annotations.items()})


_resolve_annotations()


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below a node, field by field."""
    for name in CHILD_FIELDS[type(node)]:
        value = getattr(node, name)
        if value.__class__ is tuple:
            for item in value:
                if item is not None:
                    yield item
        elif value is not None:
            yield value


def walk(node: Node) -> Iterator[Node]:
    """A node and all below it, parents first, in the order of `children`; iterative, so depth cannot break it."""
    fields_of = _REVERSED_FIELDS
    pending: list[Node | None] = [node]
    while pending:
        current = pending.pop()
        if current is None:  # the missing key of `{**mapping}`
            continue
        yield current
        for name in fields_of[current.__class__]:
            value = getattr(current, name)
            if value.__class__ is tuple:
                pending.extend(value[::-1])
            elif value is not None:
                pending.append(value)


SCOPES = (Function, Class, Lambda)

_REVERSED_FIELDS = {cls: names[::-1] for cls, names in CHILD_FIELDS.items()}
_REVERSED_SCOPE_FIELDS = {
    cls: tuple(name for name in names if not (cls in SCOPES and name == "body"))
    for cls, names in _REVERSED_FIELDS.items()
}


def walk_scope(nodes: tuple[Node, ...]) -> Iterator[Node]:
    """All nodes of some statements that run with them: bodies of nested functions and classes are left out.

    A nested function or class itself is given, with its decorators, defaults and bases, but not its body.
    """
    fields_of = _REVERSED_SCOPE_FIELDS
    pending: list[Node | None] = list(reversed(nodes))
    while pending:
        current = pending.pop()
        if current is None:
            continue
        yield current
        for name in fields_of[current.__class__]:
            value = getattr(current, name)
            if value.__class__ is tuple:
                pending.extend(value[::-1])
            elif value is not None:
                pending.append(value)
