"""Where a value that may be None is used in a function before anything has made sure that it is not.

Takes the body of a function and says which expressions may give None; gives the uses that would fail on None, and what
is returned. It knows `if not x`, `x is None`, `assert`, walrus, `and`/`or`, early `return`/`raise`/`continue`, loops,
`try` that catches what fails, flags that imply a value, and calls that stop. What it does not understand counts as a
check. One walk over the statements: a loop's body is walked twice at most.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name, source_text

#: What is known to be perhaps None: the names of variables with the expression that gave their value.
State = dict[str, tree.Expression]
#: Builtins that fail on None.
DEMANDING = frozenset(
    {"len", "list", "tuple", "dict", "set", "sorted", "sum", "min", "max", "iter", "enumerate", "float", "int"}
)
#: Last names of calls that do not come back.
ENDING = frozenset({"abort", "exit", "_exit", "fail", "skip", "quit", "reraise", "raise_exception"})
ENDING_START = re.compile(r"^_*(?:raise|abort|throw|reraise|die)_")
#: Last names of calls, as a statement, that look at what they are given and may stop.
CHECKING = re.compile(
    r"check|ensure|require|valid|assert|verif|guard|must|permi|authori|allow|access|exist|raise|abort|not_none|forbid|owner|can_",
    re.IGNORECASE,
)
#: Methods of sessions that fail on None.
SESSION_METHODS = frozenset({"delete", "add", "refresh", "expunge"})
#: Exceptions whose handlers catch what using None raises.
CATCHING = frozenset({"AttributeError", "TypeError", "Exception", "BaseException", "UnmappedInstanceError"})
BRANCH_LIMIT = 400


#: Expressions that hold no use.
LEAVES = frozenset({tree.Name, tree.Text, tree.Number, tree.Constant, tree.Bytes, tree.Lambda})


class NoneUse(msgspec.Struct, frozen=True, eq=False):
    """A place that fails where a value is None."""

    origin: tree.Expression  # that gave the value
    name: str  # the variable; empty where the expression is used at once
    node: tree.Node  # what fails
    kind: str  # "attribute", "item", "iteration", "argument", "session" or "assertion"


class Returned(msgspec.Struct, frozen=True, eq=False):
    """What a `return` gives."""

    value: tree.Expression | None
    origin: tree.Expression | None  # that may have given None here, if the value is such a variable or expression
    guards: tuple[str, ...]  # names that the conditions around it read


class NoneFlow:
    """One walk over a function. `may_give_none` says which expressions, a call above all, may give None."""

    def __init__(
        self,
        body: tuple[tree.Statement, ...],
        may_give_none: Callable[[tree.Expression], bool],
        keeps_assertions: bool = False,
        truths: Mapping[str, bool] = MappingProxyType({}),
        lines: frozenset[int] | None = None,
    ) -> None:
        self._may_give_none = may_give_none
        self._keeps_assertions = keeps_assertions
        self._truths = truths
        self._lines = lines  # on which expressions that may give None begin; None: what is returned is asked for
        self.uses: list[NoneUse] = []
        self.passed: list[tuple[tree.Call, int | str, str, tree.Expression]] = []
        self.returned: list[Returned] = []
        self._breaks: list[list[State]] = []
        self._guarded = 0
        self._implied: dict[str, set[str]] = {}
        self._kept: dict[str, str] = {}  # attributes that a variable was assigned to, `trip.boat`, with its name
        self._conditions: list[tree.Expression] = []
        self._branches = 0
        self.ends = self._block(body, {}) is not None

    # Statements ------------------------------------------------------------------------------------------------

    def _block(self, statements: Iterable[tree.Statement], state: State | None) -> State | None:
        for statement in statements:
            if state is None:
                return None
            state = self._statement(statement, state)
        return state

    def _statement(self, node: tree.Statement, state: State) -> State | None:
        if not state and self._lines is not None:
            if isinstance(node, (tree.Return, tree.Raise, tree.Continue)):
                if self._lines.isdisjoint(range(node.line, node.end_line + 1)):
                    return None
            elif self._lines.isdisjoint(range(node.line, node.end_line + 1)) and not isinstance(node, tree.Break):
                return state
        step = _STEPS.get(node.__class__)
        return state if step is None else step(self, node, state)

    def _assign(self, node: tree.Assign, state: State) -> State:
        state = self._scan(node.value, state)
        for target in node.targets:
            state = self._bind(target, node.value, state)
            if isinstance(target, tree.Attribute):
                self._keep(target, node.value)
        return state

    def _keep(self, target: tree.Attribute, value: tree.Expression) -> None:
        """Notes that an attribute is what a variable is, so that a check of the one is a check of the other."""
        if isinstance(value, tree.Name):
            self._kept[source_text(target)] = value.id
        else:
            self._kept.pop(source_text(target), None)

    def _annotated_assign(self, node: tree.AnnotatedAssign, state: State) -> State:
        return state if node.value is None else self._bind(node.target, node.value, self._scan(node.value, state))

    def _augmented_assign(self, node: tree.AugmentedAssign, state: State) -> State:
        return self._forget(node.target, self._target(node.target, self._scan(node.value, state)))

    def _with(self, node: tree.With, state: State) -> State | None:
        for item in node.items:
            state = self._scan(item.context, state)
            if item.target is not None:
                state = self._bind(item.target, item.context, state)
        is_suppressed = any(_is_suppressing(item.context) for item in node.items)
        self._guarded += is_suppressed
        after = self._block(node.body, state)
        self._guarded -= is_suppressed
        return state if after is None and is_suppressed else after

    def _raise(self, node: tree.Raise, state: State) -> None:
        if node.exception is not None:
            self._scan(node.exception, state)

    def _break(self, _: tree.Break, state: State) -> None:
        if self._breaks:
            self._breaks[-1].append(state)

    def _continue(self, _: tree.Continue, state: State) -> None:
        """What follows is not reached from here."""

    def _delete(self, node: tree.Delete, state: State) -> State:
        for target in node.targets:
            state = self._forget(target, state)
        return state

    def _declare(self, node: tree.Global | tree.Nonlocal, state: State) -> State:
        return self._without(state, *node.names)

    def _define(self, node: tree.Function | tree.Class, state: State) -> State:
        return self._without(state, node.name)

    def _expression_statement(self, node: tree.ExpressionStatement, state: State) -> State | None:
        value = node.value
        state = self._scan(value, state)
        call = value.value if isinstance(value, tree.Await) else value
        if isinstance(call, tree.Call):
            name = called_name(call)
            if name in ENDING or ENDING_START.match(name):
                return None
            if CHECKING.search(name):
                given = {one.id for one in _arguments(call) if isinstance(one, tree.Name)}
                return {one: origin for one, origin in state.items() if one not in given}
        return state

    def _assert(self, node: tree.Assert, state: State) -> State:
        test = node.test
        after, _ = self._test(test, state)
        if self._keeps_assertions:
            for name in state.keys() - after.keys():
                if not self._guarded and any(isinstance(one, tree.Name) and one.id == name for one in tree.walk(test)):
                    self.uses.append(NoneUse(state[name], name, test, "assertion"))
        return after

    def _truth(self, node: tree.Expression) -> bool | None:
        """Whether a condition is known to be met: it reads parameters of known truth alone."""
        if isinstance(node, tree.Name):
            return self._truths.get(node.id)
        if isinstance(node, tree.UnaryOperation) and node.operator == "not":
            inner = self._truth(node.operand)
            return None if inner is None else not inner
        if isinstance(node, tree.BooleanOperation):
            known = {self._truth(one) for one in node.values}
            deciding = node.operator == "or"
            return deciding if deciding in known else None if None in known else not deciding
        return None

    def _if(self, node: tree.If, state: State) -> State | None:
        truth = self._truth(node.test) if self._truths else None
        if truth is not None:
            return self._block(node.body if truth else node.otherwise, state)
        self._branches += 1
        if self._branches > BRANCH_LIMIT:
            return {}
        met, unmet = self._test(node.test, state)
        self._conditions.append(node.test)
        after_met = self._block(node.body, met)
        after_unmet = self._block(node.otherwise, unmet)
        self._conditions.pop()
        for narrowed, other, body in ((met, unmet, node.body), (unmet, met, node.otherwise)):
            known = {name for name in other if name in state and name not in narrowed}
            if known:  # in `body` these are not None: what it sets says so later
                for one in tree.walk_scope(body):
                    if isinstance(one, tree.Assign):
                        for target in one.targets:
                            if isinstance(target, tree.Name):
                                self._implied.setdefault(target.id, set()).update(known)
        joined = _join(after_met, after_unmet)
        if joined is None:
            return None
        # Where the branch for None does something and goes on, that may be the check.
        for narrowed, other, body in ((met, unmet, node.otherwise), (unmet, met, node.body)):
            if body and not all(isinstance(one, tree.Pass) for one in body):
                answered = {name for name in other if name in state and name not in narrowed}
                joined = {name: origin for name, origin in joined.items() if name not in answered}
        return joined

    def _loop(self, node: tree.For | tree.While, state: State) -> State | None:
        self._breaks.append([])
        is_endless = False
        if isinstance(node, tree.For):
            state = self._iterate(node.iterable, self._scan(node.iterable, state))
            inside: State | None = self._forget(node.target, state)
            outside: State | None = state
        else:
            inside, outside = self._test(node.test, state)
            is_endless = isinstance(node.test, tree.Constant) and node.test.value == "True"
        after = self._block(node.body, inside)
        breaks = self._breaks.pop()
        end = None if is_endless else _join(outside, after)
        if isinstance(node, tree.While) and end is not None and not is_endless:
            _, end = self._quietly(node.test, end)
        end = self._block(node.otherwise, end) if end is not None else None
        for one in breaks:
            end = _join(end, one)
        return end

    def _quietly(self, test: tree.Expression, state: State) -> tuple[State, State]:
        """What a condition tells that was read before."""
        uses, passed = len(self.uses), len(self.passed)
        result = self._test(test, state)
        del self.uses[uses:], self.passed[passed:]
        return result

    def _try(self, node: tree.Try, state: State) -> State | None:
        is_caught = any(_catches_none_errors(one) for one in node.handlers)
        self._guarded += is_caught
        after = self._block(node.body, dict(state))
        self._guarded -= is_caught
        bound = _bound_names(node.body)
        entering = {name: origin for name, origin in state.items() if name not in bound}
        ends = [self._block(one.body, dict(entering)) for one in node.handlers]
        end = self._block(node.otherwise, after) if after is not None else None
        for one in ends:
            end = _join(end, one)
        if not node.final:
            return end
        if end is None:
            self._block(node.final, dict(entering))
            return None
        return self._block(node.final, end)

    def _match(self, node: tree.Match, state: State) -> State | None:
        state = self._scan(node.subject, state)
        names = set(_names(node.subject))
        state = {name: origin for name, origin in state.items() if name not in names}
        end: State | None = dict(state)
        for case in node.cases:
            end = _join(end, self._block(case.body, dict(state)))
        return end

    def _return(self, node: tree.Return, state: State) -> None:
        value = node.value
        origin: tree.Expression | None = None
        if value is not None:
            state = self._scan(value, state)
            origin = self._origin(value, state)
        guards = tuple(name for test in self._conditions for name in _names(test))
        self.returned.append(Returned(value, origin, guards))

    def _origin(self, value: tree.Expression, state: State) -> tree.Expression | None:
        """The expression that may have made a value None."""
        if isinstance(value, tree.Name):
            return state.get(value.id)
        if isinstance(value, tree.NamedExpression):
            return self._origin(value.value, state)
        return value if self._may_give_none(value) else None

    # Bindings --------------------------------------------------------------------------------------------------

    def _bind(self, target: tree.Expression, value: tree.Expression, state: State) -> State:
        if not isinstance(target, tree.Name):
            if isinstance(target, (tree.Tuple, tree.List)):
                state = self._iterate(value, state)
            return self._forget(target, self._target(target, state))
        state = {name: origin for name, origin in state.items() if name != target.id}
        if self._kept:
            self._kept = {kept: name for kept, name in self._kept.items() if name != target.id}
        if isinstance(value, tree.Name):  # another name for it: both may be checked
            state.pop(value.id, None)
            return state
        if _is_condition(value):  # `exists = item is not None` may be what is checked
            read = set(_names(value))
            return {name: origin for name, origin in state.items() if name not in read}
        if self._may_give_none(value):
            state[target.id] = value
        self._implied.pop(target.id, None)
        return state

    def _target(self, target: tree.Expression, state: State) -> State:
        """Reads what a target reads: `x.name = …` and `x["name"] = …` use `x`."""
        if isinstance(target, (tree.Attribute, tree.Subscript)):
            return self._scan(target, state)
        for one in target.items if isinstance(target, (tree.Tuple, tree.List)) else ():
            state = self._target(one, state)
        return state

    def _forget(self, target: tree.Expression, state: State) -> State:
        names = {one.id for one in tree.walk(target) if isinstance(one, tree.Name)}
        if isinstance(target, (tree.Attribute, tree.Subscript)):
            return state
        return {name: origin for name, origin in state.items() if name not in names}

    # Conditions ------------------------------------------------------------------------------------------------

    def _test(self, node: tree.Expression, state: State) -> tuple[State, State]:
        """The states where a condition is met and where it is not."""
        match node:
            case tree.UnaryOperation(operator="not", operand=operand):
                met, unmet = self._test(operand, state)
                return unmet, met
            case tree.BooleanOperation(operator=operator, values=values):
                return self._boolean(operator, values, state)
            case tree.Name(id=name):
                return self._without(state, name, *self._implied.get(name, ())), state
            case tree.Attribute() if self._kept:
                state = self._scan(node, state)
                return self._without(state, self._kept.get(source_text(node), "")), state
            case tree.NamedExpression(target=tree.Name(id=name), value=value):
                state = self._bind(node.target, value, self._scan(value, state))
                return self._without(state, name), state
            case tree.Comparison(left=left, operators=(operator,), comparators=(right,)):
                return self._comparison(left, operator, right, state)
            case tree.Call():
                return self._called(node, state)
            case tree.Await(value=tree.Call() as call):
                return self._called(call, state)
            case _:
                state = self._scan(node, state)
                return state, state

    def _boolean(self, operator: str, values: tuple[tree.Expression, ...], state: State) -> tuple[State, State]:
        left: State | None = None
        current = state
        for value in values:
            if self._truths and self._truth(value) is (operator == "and"):
                continue
            met, unmet = self._test(value, current)
            going_on, leaving = (met, unmet) if operator == "and" else (unmet, met)
            left = _join(left, leaving)
            current = going_on
        if left is None:
            return current, current
        return (current, left) if operator == "and" else (left, current)

    def _comparison(
        self, left: tree.Expression, operator: str, right: tree.Expression, state: State
    ) -> tuple[State, State]:
        if isinstance(left, tree.NamedExpression):
            state = self._bind(left.target, left.value, self._scan(left.value, state))
            left = left.target
        else:
            state = self._scan(left, state)
        state = self._scan(right, state)
        if _is_none(left):
            left, right = right, left
        if isinstance(left, tree.Attribute) and self._kept and _is_none(right):
            known = self._without(state, self._kept.get(source_text(left), ""))
            return (state, known) if operator in ("is", "==") else (known, state)
        if not isinstance(left, tree.Name):
            if isinstance(right, tree.Name) and operator in ("==", "is", "in"):
                return self._without(state, right.id), state
            return state, state
        if _is_none(right):
            known = self._without(state, left.id)
            return (state, known) if operator in ("is", "==") else (known, state)
        if operator in ("==", "is"):
            return self._without(state, left.id), state
        if operator == "in":
            return self._without(state, left.id), self._without(state, left.id)
        if operator in ("<", ">", "<=", ">="):
            return self._without(state, left.id), self._without(state, left.id)
        return state, state

    def _called(self, call: tree.Call, state: State) -> tuple[State, State]:
        """A call as a condition: what it is given may be what it checks."""
        name = called_name(call)
        if name in ("all", "any") and len(call.arguments) == 1:
            items = call.arguments[0]
            if isinstance(items, (tree.List, tree.Tuple)):
                return self._boolean("and" if name == "all" else "or", items.items, state)
        state = self._scan(call, state)
        given = [one.id for one in _arguments(call) if isinstance(one, tree.Name)]
        known = self._without(state, *given)
        return (known, state) if name in ("isinstance", "bool", "hasattr", "issubclass") else (known, known)

    def _without(self, state: State, *names: str) -> State:
        if state.keys().isdisjoint(names):
            return state
        return {name: origin for name, origin in state.items() if name not in names}

    # Expressions -----------------------------------------------------------------------------------------------

    def _scan(self, node: tree.Expression | None, state: State) -> State:
        """Reads an expression in the order of evaluation; finds uses, and gives the state after it."""
        if node is None or node.__class__ in LEAVES:
            return state
        if not state and self._lines is not None and node.line == node.end_line and node.line not in self._lines:
            return state
        scan = _SCANS.get(node.__class__)
        return self._scan_children(node, state) if scan is None else scan(self, node, state)

    def _scan_children(self, node: tree.Node, state: State) -> State:
        for child in tree.children(node):
            state = self._scan(child, state)  # type: ignore[arg-type]
        return state

    def _scan_attribute(self, node: tree.Attribute, state: State) -> State:
        return self._use(node.value, node, "attribute", self._scan(node.value, state))

    def _scan_subscript(self, node: tree.Subscript, state: State) -> State:
        return self._use(node.value, node, "item", self._scan(node.index, self._scan(node.value, state)))

    def _scan_condition(self, node: tree.Expression, state: State) -> State:
        met, unmet = self._test(node, state)
        return _join(met, unmet) or {}

    def _scan_comparison(self, node: tree.Comparison, state: State) -> State:
        return self._scan_condition(node, state) if len(node.operators) == 1 else self._scan_children(node, state)

    def _scan_unary(self, node: tree.UnaryOperation, state: State) -> State:
        return self._scan_condition(node, state) if node.operator == "not" else self._scan(node.operand, state)

    def _scan_conditional(self, node: tree.Conditional, state: State) -> State:
        met, unmet = self._test(node.test, state)
        return _join(self._scan(node.then, met), self._scan(node.otherwise, unmet)) or {}

    def _scan_named(self, node: tree.NamedExpression, state: State) -> State:
        return self._bind(node.target, node.value, self._scan(node.value, state))

    def _scan_value(self, node: tree.Await | tree.Yield | tree.YieldFrom, state: State) -> State:
        return self._scan(node.value, state)

    def _scan_starred(self, node: tree.Starred, state: State) -> State:
        return self._iterate(node.value, self._scan(node.value, state))

    def _call(self, node: tree.Call, state: State) -> State:
        state = self._scan(node.function, state)
        name = called_name(node)
        for position, argument in enumerate(node.arguments):
            state = self._scan(argument, state)
            if (
                isinstance(node.function, tree.Name)
                and name in DEMANDING
                and position == 0
                and len(node.arguments) == 1
            ):
                state = self._use(argument, node, "argument", state)
            elif name in SESSION_METHODS and isinstance(node.function, tree.Attribute) and len(node.arguments) == 1:
                state = self._use(argument, node, "session", state)
            elif isinstance(argument, tree.Name) and argument.id in state and not self._guarded:
                self.passed.append((node, position, argument.id, state[argument.id]))
        for keyword in node.keywords:
            state = self._scan(keyword.value, state)
            if keyword.name is None:
                state = self._use(keyword.value, node, "argument", state)
            elif isinstance(keyword.value, tree.Name) and keyword.value.id in state and not self._guarded:
                self.passed.append((node, keyword.name, keyword.value.id, state[keyword.value.id]))
        return state

    def _comprehension(self, node: tree.Comprehension, state: State) -> State:
        inside = state
        for number, loop in enumerate(node.loops):
            inside = self._iterate(loop.iterable, self._scan(loop.iterable, inside))
            if number == 0:
                state = inside
            inside = self._forget(loop.target, inside)
            for condition in loop.conditions:
                inside, _ = self._test(condition, inside)
        self._scan(node.value, self._scan(node.element, inside))
        return state

    def _iterate(self, value: tree.Expression, state: State) -> State:
        return self._use(value, value, "iteration", state)

    def _use(self, value: tree.Expression, node: tree.Node, kind: str, state: State) -> State:
        """Notes that a value is used in a way that fails on None."""
        if isinstance(value, tree.NamedExpression):
            value = value.target
        if isinstance(value, tree.Name):
            origin = state.get(value.id)
            if origin is None:
                return state
            if not self._guarded:
                self.uses.append(NoneUse(origin, value.id, node, kind))
            return self._without(state, value.id)
        if not self._guarded and self._may_give_none(value):
            self.uses.append(NoneUse(value, "", node, kind))
        return state


#: What each kind of statement does to what is known; one that is not here does nothing.
_STEPS: dict[type[tree.Node], Callable[[NoneFlow, Any, State], State | None]] = {
    tree.ExpressionStatement: NoneFlow._expression_statement,
    tree.Assign: NoneFlow._assign,
    tree.AnnotatedAssign: NoneFlow._annotated_assign,
    tree.AugmentedAssign: NoneFlow._augmented_assign,
    tree.If: NoneFlow._if,
    tree.For: NoneFlow._loop,
    tree.While: NoneFlow._loop,
    tree.With: NoneFlow._with,
    tree.Try: NoneFlow._try,
    tree.Match: NoneFlow._match,
    tree.Return: NoneFlow._return,
    tree.Raise: NoneFlow._raise,
    tree.Break: NoneFlow._break,
    tree.Continue: NoneFlow._continue,
    tree.Assert: NoneFlow._assert,
    tree.Delete: NoneFlow._delete,
    tree.Global: NoneFlow._declare,
    tree.Nonlocal: NoneFlow._declare,
    tree.Function: NoneFlow._define,
    tree.Class: NoneFlow._define,
}
_SCANS: dict[type[tree.Node], Callable[[NoneFlow, Any, State], State]] = {
    tree.Attribute: NoneFlow._scan_attribute,
    tree.Subscript: NoneFlow._scan_subscript,
    tree.Call: NoneFlow._call,
    tree.BooleanOperation: NoneFlow._scan_condition,
    tree.Comparison: NoneFlow._scan_comparison,
    tree.UnaryOperation: NoneFlow._scan_unary,
    tree.Conditional: NoneFlow._scan_conditional,
    tree.NamedExpression: NoneFlow._scan_named,
    tree.Comprehension: NoneFlow._comprehension,
    tree.Await: NoneFlow._scan_value,
    tree.Yield: NoneFlow._scan_value,
    tree.YieldFrom: NoneFlow._scan_value,
    tree.Starred: NoneFlow._scan_starred,
}


def _join(one: State | None, other: State | None) -> State | None:
    """What may be None where two ways meet; a way that ends says nothing."""
    if one is None or other is None:
        return one if other is None else other
    return one if one == other else {**one, **other}


def _names(node: tree.Node) -> tuple[str, ...]:
    return tuple(one.id for one in tree.walk(node) if isinstance(one, tree.Name))


def _arguments(call: tree.Call) -> Iterator[tree.Expression]:
    yield from call.arguments
    yield from (one.value for one in call.keywords)


def _is_none(node: tree.Expression) -> bool:
    return isinstance(node, tree.Constant) and node.value == "None"


def _is_condition(node: tree.Expression) -> bool:
    """Whether an expression is a truth value that may stand for a check later."""
    if isinstance(node, (tree.Comparison, tree.BooleanOperation, tree.UnaryOperation)):
        return True
    return isinstance(node, tree.Call) and called_name(node) in ("bool", "isinstance", "all", "any")


def _catches_none_errors(handler: tree.ExceptHandler) -> bool:
    if handler.exception is None:
        return True
    named = handler.exception.items if isinstance(handler.exception, tree.Tuple) else (handler.exception,)
    return any(_last(one) in CATCHING for one in named)


def _is_suppressing(context: tree.Expression) -> bool:
    return isinstance(context, tree.Call) and called_name(context) in ("suppress", "raises")


def _last(node: tree.Expression) -> str:
    return node.name if isinstance(node, tree.Attribute) else getattr(node, "id", "")


def _bound_names(body: tuple[tree.Statement, ...]) -> set[str]:
    """The names that some statements bind."""
    found: set[str] = set()
    for node in tree.walk_scope(body):
        targets: tuple[tree.Expression, ...] = ()
        if isinstance(node, tree.Assign):
            targets = node.targets
        elif isinstance(node, (tree.AnnotatedAssign, tree.AugmentedAssign, tree.NamedExpression, tree.For)):
            targets = (node.target,)
        for target in targets:
            found.update(one.id for one in tree.walk(target) if isinstance(one, tree.Name))
    return found
