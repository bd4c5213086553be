"""What code does for a caller who holds no role and works on what is their own.

Follows the paths of one function body: tests of the caller's role are false, comparisons of the caller with the object
hold, other tests can go either way. Gives the statements that such a caller can get to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.modules import tree

#: Attributes and methods of a caller that say what they may do.
ROLE = re.compile(
    r"role|admin|superuser|super_?user|staff|permission|owner|scope|privileg|moderator|is_manager|can_|has_",
    re.IGNORECASE,
)
#: Attributes by which a caller is compared with an object.
IDENTITY = frozenset({"id", "uuid", "pk", "user_id", "uid", "username", "email", "sub"})
LEAVING = (tree.Return, tree.Raise, tree.Break, tree.Continue)


def statements_reached(body: tuple[tree.Statement, ...], callers: frozenset[str]) -> Iterator[tree.Statement]:
    """The statements that a plain caller can get to, with those inside of branches."""
    yield from _Walk(callers).block(body)[0]


class _Walk:
    def __init__(self, callers: frozenset[str]) -> None:
        self._callers = callers

    def block(self, body: tuple[tree.Statement, ...]) -> tuple[list[tree.Statement], bool]:
        """The statements of a block that are reached, and whether a path falls through."""
        reached: list[tree.Statement] = []
        for statement in body:
            reached.append(statement)
            inner, falls = self._statement(statement)
            reached += inner
            if not falls:
                return reached, False
        return reached, True

    def _statement(self, statement: tree.Statement) -> tuple[list[tree.Statement], bool]:
        if isinstance(statement, LEAVING):
            return [], False
        if isinstance(statement, tree.If):
            truth = self.truth(statement.test)
            branches = [statement.body] * (truth is not False) + [statement.otherwise] * (truth is not True)
            results = [self.block(branch) for branch in branches]
            return [one for inner, _ in results for one in inner], any(falls for _, falls in results)
        if isinstance(statement, tree.Try):
            inner, falls = self.block((*statement.body, *statement.otherwise))
            for handler in statement.handlers:
                more, handled = self.block(handler.body)
                inner, falls = inner + more, falls or handled
            more, continues = self.block(statement.final)
            return inner + more, falls and continues
        if isinstance(statement, (tree.With, tree.For, tree.While)):
            inner, falls = self.block(statement.body)
            return inner, falls or not isinstance(statement, tree.With)
        return [], True

    def truth(self, test: tree.Expression) -> bool | None:
        """Whether a test holds for a plain caller, None if that does not follow."""
        match test:
            case tree.UnaryOperation(operator="not", operand=operand):
                truth = self.truth(operand)
                return None if truth is None else not truth
            case tree.BooleanOperation(operator=operator, values=values):
                truths = [self.truth(value) for value in values]
                decisive = operator == "or"
                if decisive in truths:
                    return decisive
                return None if None in truths else not decisive
            case tree.Await(value=value) | tree.NamedExpression(value=value):
                return self.truth(value)
            case tree.Comparison(left=left, operators=(operator,), comparators=(right,)):
                return self._compared(left, operator, right)
            case tree.Call(function=called):
                return False if self._is_role(called) else None
            case _:
                return False if self._is_role(test) else None

    def _compared(self, left: tree.Expression, operator: str, right: tree.Expression) -> bool | None:
        holds = operator in ("==", "is", "in")
        if operator not in ("==", "is", "in", "!=", "is not", "not in"):
            return None
        if self._is_role(left) or self._is_role(right):
            return not holds
        if self._is_identity(left) or self._is_identity(right):
            return holds
        return None

    def _is_role(self, node: tree.Expression) -> bool:
        """Whether an expression asks for a role of the caller: `user.is_admin`, `user.role.name`, `user.has_role`."""
        names: list[str] = []
        while isinstance(node, tree.Attribute):
            names.append(node.name)
            node = node.value
        return isinstance(node, tree.Name) and node.id in self._callers and any(map(ROLE.search, names))

    def _is_identity(self, node: tree.Expression) -> bool:
        match node:
            case tree.Attribute(value=tree.Name(id=name), name=attribute):
                return name in self._callers and attribute in IDENTITY
            case tree.Call(arguments=(only,)):  # `str(user.id)`
                return self._is_identity(only)
            case tree.Name(id=name):
                return name in self._callers
            case _:
                return False
