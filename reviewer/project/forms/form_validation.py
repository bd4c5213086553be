"""Whether a function validates a form before it uses what was submitted, followed along the paths of its body.

Takes one form object and gives the reads on which no validation comes before or after, on any path. What could validate
the form without showing it here (a helper that gets it) counts as validation.
"""

from __future__ import annotations

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import dotted_name, source_text
from reviewer.project.evaluation.values import place_of
from reviewer.project.forms.flask_forms import SUBMIT_FIELD, FormObject
from reviewer.rule import Place

#: Methods of forms that neither validate nor give data.
HARMLESS_METHODS = frozenset({"hidden_tag", "is_submitted", "process", "populate_obj", "get", "__iter__"})
#: Calls that only show what they get.
SHOWING_CALLS = frozenset({"render_template", "render_template_string", "stream_template", "render", "print"})


class UnvalidatedUse(msgspec.Struct, frozen=True):
    """A use of what was submitted, as written, and where."""

    text: str
    place: Place


def unvalidated_uses(made: FormObject) -> tuple[UnvalidatedUse, ...]:
    """The uses of a form's submitted data that no validation guards, in source order."""
    node = made.function.node
    if not isinstance(node, tree.Function) or not made.takes_request or _validates_itself(made):
        return ()
    reader = _Reader(made)
    state = reader.block(node.body, _State(frozenset(), False))
    if state is not None:
        reader.commit(state)
    uses = {id(use): use for use in reader.found}
    return tuple(sorted(uses.values(), key=lambda use: use.place))


def _validates_itself(made: FormObject) -> bool:
    """Whether the constructor of the form may validate."""
    for statement in made.form.value.node.body:
        if isinstance(statement, tree.Function) and statement.name in ("__init__", "__new__"):
            return any(
                isinstance(one, tree.Attribute) and "valid" in one.name for one in tree.walk_scope(statement.body)
            )
    return False


class _State(msgspec.Struct, frozen=True):
    """What is known at a point: uses that wait for a validation, and whether one may have happened."""

    pending: frozenset[UnvalidatedUse]
    is_validated: bool


class _Reader:
    def __init__(self, made: FormObject) -> None:
        self._made = made
        self.found: list[UnvalidatedUse] = []

    def commit(self, state: _State) -> None:
        """The function ends here: what waited for a validation did so in vain."""
        self.found += state.pending

    def block(self, body: tuple[tree.Statement, ...], state: _State) -> _State | None:
        """The state after a block, None where no path leaves it at its end."""
        current: _State | None = state
        for statement in body:
            if current is None:
                return None
            current = self._statement(statement, current)
        return current

    def _statement(self, statement: tree.Statement, state: _State) -> _State | None:
        if isinstance(statement, tree.If):
            state = self._expression(statement.test, state, is_use=False)
            return self._joined([self.block(statement.body, state), self.block(statement.otherwise, state)])
        if isinstance(statement, (tree.For, tree.While)):
            return self._loop(statement, state)
        if isinstance(statement, tree.With):
            for item in statement.items:
                state = self._expression(item.context, state)
            return self.block(statement.body, state)
        if isinstance(statement, tree.Try):
            return self._try(statement, state)
        if isinstance(statement, tree.Match):
            state = self._expression(statement.subject, state)
            return self._joined([*(self.block(case.body, state) for case in statement.cases), state])
        if isinstance(statement, (tree.Function, tree.Class)):
            return state if not self._mentions((statement,)) else _State(frozenset(), True)
        for expression in _read_expressions(statement):
            state = self._expression(expression, state)
        if isinstance(statement, tree.Return):
            self.commit(state)
            return None
        return None if isinstance(statement, (tree.Raise, tree.Continue, tree.Break)) else state

    def _loop(self, statement: tree.For | tree.While, state: _State) -> _State | None:
        head = statement.iterable if isinstance(statement, tree.For) else statement.test
        state = self._expression(head, state)
        inside = self.block(statement.body, state)
        return self._joined([state, inside, self.block(statement.otherwise, state)])

    def _try(self, statement: tree.Try, state: _State) -> _State | None:
        after = self.block(statement.body, state)
        # A handler may start after any part of the body: what may have been validated there counts.
        entry = self._joined([state, after]) or state
        ends = [self.block(handler.body, entry) for handler in statement.handlers]
        ends.append(None if after is None else self.block(statement.otherwise, after))
        joined = self._joined(ends)
        return None if joined is None else self.block(statement.final, joined)

    def _joined(self, states: list[_State | None]) -> _State | None:
        living = [state for state in states if state is not None]
        if not living:
            return None
        return _State(frozenset().union(*(one.pending for one in living)), any(one.is_validated for one in living))

    def _expression(self, node: tree.Expression, state: _State, *, is_use: bool = True) -> _State:
        if self._may_validate(node):
            return _State(frozenset(), True)
        if state.is_validated or not is_use or _only_shows(node):
            return state
        uses = frozenset(self._uses(node))
        return _State(state.pending | uses, False) if uses else state

    def _may_validate(self, node: tree.Expression) -> bool:
        """Whether evaluating an expression calls a validation, or gives the form to something that may call one."""
        for inner in tree.walk(node):
            if isinstance(inner, tree.Call):
                called = dotted_name(inner.function) or ""
                first, _, rest = called.partition(".")
                if first == self._made.name and rest.rpartition(".")[2] not in HARMLESS_METHODS and rest:
                    return True
                given = (*inner.arguments, *(keyword.value for keyword in inner.keywords))
                if called.rpartition(".")[2] not in SHOWING_CALLS and any(self._is_form(one) for one in given):
                    return True
            elif isinstance(inner, tree.Lambda) and self._mentions((inner.body,)):
                return True
        return False

    def _uses(self, node: tree.Expression) -> list[UnvalidatedUse]:
        found = []
        for inner in tree.walk(node):
            text = self._use(inner)
            if text:
                found.append(UnvalidatedUse(text, place_of(self._made.function.module, inner)))
        return found

    def _use(self, node: tree.Node) -> str:
        """`form.name.data`, `form.data`, `form.populate_obj(user)` as written; empty for anything else."""
        name = self._made.name
        match node:
            case tree.Attribute(value=tree.Name(id=first), name="data") if first == name:
                return f"{name}.data"
            case tree.Attribute(value=tree.Attribute(value=tree.Name(id=first), name=field), name="data") if (
                first == name
            ):
                declared = self._made.form.field(field)
                return f"{name}.{field}.data" if declared is not None and declared.type_name != SUBMIT_FIELD else ""
            case tree.Call(function=tree.Attribute(value=tree.Name(id=first), name="populate_obj")) if first == name:
                return source_text(node)
            case _:
                return ""

    def _is_form(self, node: tree.Node) -> bool:
        if isinstance(node, tree.Starred):
            node = node.value
        return isinstance(node, tree.Name) and node.id == self._made.name

    def _mentions(self, nodes: tuple[tree.Node, ...]) -> bool:
        return any(self._is_form(inner) for node in nodes for inner in tree.walk(node))


def _read_expressions(statement: tree.Statement) -> list[tree.Expression]:
    """The expressions of a simple statement that are read; targets of assignments are not."""
    if isinstance(statement, (tree.Assign, tree.AugmentedAssign)):
        return [statement.value]
    if isinstance(statement, (tree.AnnotatedAssign, tree.Return, tree.ExpressionStatement)):
        return [] if statement.value is None else [statement.value]
    if isinstance(statement, tree.Raise):
        return [] if statement.exception is None else [statement.exception]
    return []


def _only_shows(node: tree.Expression) -> bool:
    """Whether an expression is a call that shows its arguments to the reader."""
    return isinstance(node, tree.Call) and (dotted_name(node.function) or "").rpartition(".")[2] in SHOWING_CALLS
