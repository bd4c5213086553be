"""Flow inside one function body: which bindings of a name reach a place, which checks an expression has passed.

Takes the tree of a function, gives binding nodes in source order. It knows blocks and their order only: no values.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice
from typing import Any, Union

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name

Position = tuple[int, int]
#: The blocks around a statement, outermost first: the statement that has the block, and which block of it.
Path = tuple[tuple[int, str], ...]

#: Most checks of one name that are looked at.
CHECK_LIMIT = 40
BLOCKS = ("body", "otherwise", "handlers", "final", "cases")
END: Position = (1 << 60, 0)


class Binding(msgspec.Struct, frozen=True):
    """A place that gives a local name a value.

    Kinds: "parameter", "value" (the expression), "added" (`name += expression`), "item" (of the iterable in a loop),
    "unpacked" (a part of the expression), "key" (of the mapping whose `items()` a loop goes through), "counter" (a
    number of `enumerate`), "entered" (`with expression as name`), "other".
    """

    kind: str
    source: Any
    position: Position
    path: Path


class _Statement(msgspec.Struct, frozen=True):
    node: tree.Node
    path: Path


class LocalFlow:
    """Answers questions of flow about one function body."""

    def __init__(self, function: Union[tree.Function, tree.Lambda]) -> None:
        body = function.body if isinstance(function, tree.Function) else ()
        self.statements: list[_Statement] = []
        self._leaving_blocks: set[tuple[int, str]] = set()  # that end in return or raise
        self._ending_blocks: set[tuple[int, str]] = set()  # or in continue or break
        self._owners: dict[int, tree.Node] = {}
        self._read_blocks(body)
        self.bindings: dict[str, list[Binding]] = {}
        for parameter in function.parameters:
            self.bindings[parameter.name] = [Binding("parameter", parameter, (0, 0), ())]
        for statement in self.statements:
            for name, binding in _bindings_of(statement.node, statement.path):
                self.bindings.setdefault(name, []).append(binding)
        for found in self.bindings.values():
            found.sort(key=lambda binding: binding.position)
        self._index_checks()

    def _read_blocks(self, body: tuple[tree.Node, ...]) -> None:
        pending: list[tuple[tuple[tree.Node, ...], Path]] = [(body, ())]
        while pending:
            block, path = pending.pop()
            if path and isinstance(block[-1], (tree.Return, tree.Raise)):
                self._leaving_blocks.add(path[-1])
            if path and isinstance(block[-1], (tree.Return, tree.Raise, tree.Continue, tree.Break)):
                self._ending_blocks.add(path[-1])
            for node in block:
                self.statements.append(_Statement(node, path))
                if isinstance(node, (tree.Function, tree.Class)):
                    continue
                self._owners[id(node)] = node
                for field in BLOCKS:
                    for number, inner in enumerate(_inner_blocks(node, field)):
                        pending.append((inner, (*path, (id(node), f"{field}{number}"))))
        self.statements.sort(key=lambda one: (one.node.line, one.node.column, len(one.path)))
        self._starts = [(one.node.line, one.node.column) for one in self.statements]

    def _index_checks(self) -> None:
        """Which statements check a name, and which call a method on it."""
        self._checking: dict[str, list[_Statement]] = {}
        self._calling: dict[str, list[_Statement]] = {}
        for one in self.statements:
            node = one.node
            test: tree.Expression | None = None
            if isinstance(node, (tree.If, tree.Assert)):
                test = node.test
            elif isinstance(node, tree.ExpressionStatement):
                if passed(node.value, True):
                    test = node.value
                match node.value:
                    case tree.Call(function=tree.Attribute(value=tree.Name(id=name))):
                        self._calling.setdefault(name, []).append(one)
                    case _:
                        pass
            for name in names_in(test) if test is not None else ():
                self._checking.setdefault(name, []).append(one)
        self._checks_by_name: dict[str, tuple[list[Position], list[_Statement]]] = {}
        #: Variables that are computed from a name: a check of one may say something of the other.
        self._computed: dict[str, set[str]] = {}
        for bound, bindings in self.bindings.items():
            for binding in bindings:
                if binding.kind == "value":
                    for name in names_in(binding.source):
                        self._computed.setdefault(name, set()).add(bound)

    def _checks_of(self, node: tree.Expression) -> list[_Statement]:
        """The nearest statements before an expression that may check it or what is computed from it, in order."""
        position = (node.line, node.column)
        found: dict[int, _Statement] = {}
        for name in names_in(node):
            starts, statements = self._checks_of_name(name)
            end = bisect_right(starts, position)
            found.update((id(one), one) for one in statements[max(0, end - CHECK_LIMIT) : end])
        return sorted(found.values(), key=_start) if len(found) > 1 else list(found.values())

    def _checks_of_name(self, name: str) -> tuple[list[Position], list[_Statement]]:
        known = self._checks_by_name.get(name)
        if known is None:
            names = {name, *islice(sorted(self._computed.get(name, ())), CHECK_LIMIT)}
            found = {id(one): one for each in names for one in self._checking.get(each, ())}
            statements = sorted(found.values(), key=_start)
            known = self._checks_by_name[name] = ([_start(one) for one in statements], statements)
        return known

    def path_at(self, position: Position) -> Path:
        """The blocks around a position."""
        for number in range(bisect_right(self._starts, position) - 1, -1, -1):
            node = self.statements[number].node
            if position < (node.end_line, node.end_column):
                return self.statements[number].path
        return ()

    def reaching(self, name: str, position: Position) -> list[Binding]:
        """The bindings of a name that may give its value at a position, in source order."""
        found = self.bindings.get(name)
        if not found:
            return []
        path = self.path_at(position)
        reached: list[Binding] = []
        for binding in reversed(found):
            if binding.position > position:
                if self._is_in_same_loop(binding.path, path):
                    reached.append(binding)
                continue
            if not self._is_compatible(binding.path, path):
                continue
            reached.append(binding)
            if binding.kind != "added" and path[: len(binding.path)] == binding.path:
                break
        reached.reverse()
        return reached

    def may_follow(self, earlier: Position, later: Position) -> bool:
        """Whether what stands at one position may run after what stands at another: behind it, or in the same loop."""
        path, other = self.path_at(earlier), self.path_at(later)
        if later <= earlier:
            return self._is_in_same_loop(path, other)
        return self._is_compatible(path, other)

    def _is_in_same_loop(self, binding: Path, use: Path) -> bool:
        return any(isinstance(self._owners[block[0]], (tree.For, tree.While)) and block in use for block in binding)

    def _is_compatible(self, binding: Path, use: Path) -> bool:
        """Whether a place can be run after an earlier one: not in another branch, nor in one that leaves."""
        for one, other in zip(binding, use, strict=False):
            if one != other:
                if one[0] == other[0] and isinstance(self._owners[one[0]], (tree.If, tree.Match)):
                    return False
                break
        return not any(block in self._leaving_blocks and block not in use for block in binding)

    def checks(self, wanted: tree.Expression) -> Iterator[tuple[tree.Expression, bool]]:
        """Conditions about an expression that hold where it stands, each with whether it is true or false there."""
        position = (wanted.line, wanted.column)
        path = self.path_at(position)
        for statement in self._checks_of(wanted):
            node = statement.node
            if (node.line, node.column) > position:
                break
            if path[: len(statement.path)] != statement.path:
                continue
            if isinstance(node, tree.Assert):
                yield node.test, True
            elif isinstance(node, tree.ExpressionStatement) and (node.end_line, node.end_column) <= position:
                yield node.value, True
            elif isinstance(node, tree.If):
                if (id(node), "body0") in path:
                    yield node.test, True
                elif (id(node), "otherwise0") in path or (id(node), "body0") in self._ending_blocks:
                    yield node.test, False

    def is_settled(self, wanted: tree.Expression) -> bool:
        """Whether an `if` before an expression leaves it checked or replaced on every branch."""
        position = (wanted.line, wanted.column)
        path = self.path_at(position)
        return any(
            isinstance(one.node, tree.If)
            and (one.node.end_line, one.node.end_column) <= position
            and path[: len(one.path)] == one.path
            and _settles(one.node, shape(wanted))
            for one in self._checks_of(wanted)
        )

    def calls_on(self, name: str, methods: frozenset[str], position: Position) -> Iterator[tree.Call]:
        """Calls of methods on a name, as statements of their own, before a position: `parts.append(…)`."""
        path = self.path_at(position)
        for statement in self._calling.get(name, ()):
            node = statement.node
            if not isinstance(node, tree.ExpressionStatement) or (node.line, node.column) > position:
                continue
            match node.value:
                case tree.Call(function=tree.Attribute(value=tree.Name(id=found), name=method)):
                    if found == name and method in methods and self._is_compatible(statement.path, path):
                        yield node.value
                case _:
                    pass


def _start(statement: _Statement) -> Position:
    return statement.node.line, statement.node.column


def _settles(node: tree.If, wanted: tuple[Any, ...]) -> bool:
    return all(
        wanted in passed(node.test, truth)
        or any(_is_replaced(one, wanted) or (isinstance(one, tree.If) and _settles(one, wanted)) for one in block)
        or (bool(block) and isinstance(block[-1], (tree.Return, tree.Raise, tree.Continue, tree.Break)))
        for block, truth in ((node.body, True), (node.otherwise, False))
    )


def _is_replaced(statement: tree.Node, wanted: tuple[Any, ...]) -> bool:
    """Whether a statement gives a checked name a value that the program lists."""
    return (
        isinstance(statement, tree.Assign)
        and any(shape(target) == wanted for target in statement.targets)
        and isinstance(statement.value, (tree.Text, tree.Number, tree.Constant, tree.Attribute))
    )


def _inner_blocks(node: tree.Node, field: str) -> list[tuple[tree.Node, ...]]:
    value = getattr(node, field, ())
    if field in ("handlers", "cases"):
        return [one.body for one in value]
    return [value] if isinstance(value, tuple) and value else []


def _bindings_of(node: tree.Node, path: Path) -> Iterator[tuple[str, Binding]]:
    """The names that a statement binds, its inner blocks left out."""
    end = (node.end_line, node.end_column)
    match node:
        case tree.Assign(targets=targets, value=value):
            for target in targets:
                yield from _targets(target, "value", value, end, path)
        case tree.AnnotatedAssign(target=target, value=value) if value is not None:
            yield from _targets(target, "value", value, end, path)
        case tree.AugmentedAssign(target=tree.Name(id=name), operator="+", value=value):
            yield name, Binding("added", value, end, path)
        case tree.AugmentedAssign(target=tree.Name(id=name), value=value):
            yield name, Binding("other", value, end, path)
        case tree.For(target=target, iterable=iterable):
            inner = (*path, (id(node), "body0"))
            start = (iterable.end_line, iterable.end_column)
            yield from _targets(target, "item", iterable, start, inner)
        case tree.With(items=items):
            for item in items:
                if item.target is not None:
                    yield from _targets(item.target, "entered", item.context, (item.end_line, item.end_column), path)
        case tree.Try(handlers=handlers):
            for number, handler in enumerate(handlers):
                if handler.name is not None:
                    inner = (*path, (id(node), f"handlers{number}"))
                    yield handler.name, Binding("other", handler, (handler.line, handler.column), inner)
        case tree.Import(names=names) | tree.ImportFrom(names=names):
            for imported in names:
                yield (imported.alias or imported.name.partition(".")[0]), Binding("other", node, end, path)
        case tree.Function(name=name) | tree.Class(name=name):
            yield name, Binding("other", node, end, path)
        case _:
            pass
    if not isinstance(node, (tree.Function, tree.Class)):
        for expression in _header(node):
            for inner_node in tree.walk_scope((expression,)):
                if isinstance(inner_node, tree.NamedExpression) and isinstance(inner_node.target, tree.Name):
                    at = (inner_node.end_line, inner_node.end_column)
                    yield inner_node.target.id, Binding("value", inner_node.value, at, path)


def _header(node: tree.Node) -> Iterator[tree.Node]:
    for field in ("test", "value", "iterable", "subject"):
        value = getattr(node, field, None)
        if isinstance(value, tree.Node):
            yield value


#: What the first of several variables of a loop goes through, by the call that the loop is over.
FIRST_PARTS = {"enumerate": "counter", "items": "key"}


def _targets(
    target: tree.Expression, kind: str, source: tree.Expression, position: Position, path: Path
) -> Iterator[tuple[str, Binding]]:
    if isinstance(target, tree.Name):
        yield target.id, Binding(kind, source, position, path)
    elif isinstance(target, tree.Starred):
        yield from _targets(target.value, "unpacked", source, position, path)
    elif isinstance(target, (tree.Tuple, tree.List)):
        parts = source.items if kind == "value" and isinstance(source, (tree.Tuple, tree.List)) else ()
        for number, item in enumerate(target.items):
            if len(parts) == len(target.items):
                yield from _targets(item, "value", parts[number], position, path)
            else:
                called = called_name(source) if number == 0 and isinstance(source, tree.Call) else ""
                part = FIRST_PARTS.get(called or "", "unpacked") if kind == "item" else "unpacked"
                yield from _targets(item, part, source, position, path)


#: Methods of a text that are true only of harmless ones.
HARMLESS_TESTS = frozenset({"isdigit", "isidentifier", "isalnum", "isnumeric", "isdecimal", "isalpha"})
KEEPING_METHODS = frozenset({"lower", "upper", "strip", "casefold", "lstrip", "rstrip", "title"})
VALIDATING_WORDS = (
    "valid",
    "check",
    "ensure",
    "assert",
    "sanit",
    "allow",
    "verify",
    "whitelist",
    "safe",
    "guard",
    "known",
)


def passed(test: tree.Expression, truth: bool) -> set[tuple[Any, ...]]:
    """The expressions that a condition limits to what the program lists, where it is true or false; by `shape`."""
    if isinstance(test, tree.UnaryOperation) and test.operator == "not":
        return passed(test.operand, not truth)
    if isinstance(test, tree.NamedExpression):
        return passed(test.value, truth)
    if isinstance(test, tree.BooleanOperation):
        sets = [passed(one, truth) for one in test.values]
        if (test.operator == "and") is truth:
            return set().union(*sets)
        return set.intersection(*sets)
    if isinstance(test, tree.Comparison) and len(test.operators) == 1:
        return _passed_comparison(test, truth)
    if isinstance(test, tree.Await):
        return passed(test.value, truth)
    return _passed_call(test, truth) if isinstance(test, tree.Call) else set()


def names_in(node: tree.Node) -> set[str]:
    """The identifiers that an expression reads."""
    return {one.id for one in tree.walk(node) if isinstance(one, tree.Name)}


def known_name(test: tree.Expression, truth: bool) -> str | None:
    """The variable of which a condition says that it is not empty."""
    if isinstance(test, tree.UnaryOperation) and test.operator == "not":
        return known_name(test.operand, not truth)
    if isinstance(test, tree.Comparison) and len(test.operators) == 1 and isinstance(test.left, tree.Name):
        right = test.comparators[0]
        is_none = isinstance(right, tree.Constant) and right.value == "None"
        return test.left.id if is_none and (test.operators[0] == "is not") is truth else None
    return test.id if isinstance(test, tree.Name) and truth else None


def _passed_comparison(test: tree.Comparison, truth: bool) -> set[tuple[Any, ...]]:
    operator, left, right = test.operators[0], test.left, test.comparators[0]
    if operator in ("in", "not in"):
        return {shape(_unkept(left))} if (operator == "in") is truth else set()
    if operator in ("==", "!=") and (operator == "==") is truth:
        literal = (tree.Text, tree.Number, tree.Attribute)
        return {shape(one) for one, other in ((left, right), (right, left)) if isinstance(other, literal)}
    is_none = isinstance(right, tree.Constant) and right.value == "None"
    if operator in ("is", "is not") and is_none and isinstance(left, tree.Call):
        return passed(left, (operator == "is not") is truth)
    if operator in ("<=", "<") and truth and isinstance(left, tree.Call) and left.arguments:  # set(names) <= ALLOWED
        return {shape(left.arguments[0])}
    return set()


def _passed_call(test: tree.Call, truth: bool) -> set[tuple[Any, ...]]:
    called = test.function
    name = called.name if isinstance(called, tree.Attribute) else getattr(called, "id", "")
    if name in HARMLESS_TESTS and isinstance(called, tree.Attribute):
        return {shape(called.value)} if truth else set()
    if name in ("all", "any") and truth is (name == "all") and test.arguments:
        inner = test.arguments[0]
        if isinstance(inner, tree.Comprehension) and inner.loops:
            loop = inner.loops[0]
            return {shape(loop.iterable)} if shape(loop.target) in passed(inner.element, truth) else set()
    if truth and (
        name in ("match", "fullmatch", "isinstance", "issubset")
        or any(word in name.lower() for word in VALIDATING_WORDS)
    ):
        given = {shape(one) for one in test.arguments}
        return given | ({shape(called.value)} if isinstance(called, tree.Attribute) and name == "issubset" else set())
    return set()


def _unkept(node: tree.Expression) -> tree.Expression:
    """The text behind methods that only change its case or edges."""
    while (
        isinstance(node, tree.Call)
        and isinstance(node.function, tree.Attribute)
        and node.function.name in KEEPING_METHODS
    ):
        node = node.function.value
    return node


def shape(node: Any) -> tuple[Any, ...]:
    """A node without its position, so that equal expressions compare equal."""
    if isinstance(node, tree.Node):
        return (node.__class__, *(shape(getattr(node, field)) for field in node.__struct_fields__[4:]))
    if isinstance(node, tuple):
        return tuple(shape(one) for one in node)
    return (node,)
