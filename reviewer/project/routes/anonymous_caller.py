"""What code does with a caller that nobody knows: whether it goes on or turns the caller away.

Follows the paths of one function body on which nobody is logged in: a test of the current user is false, other tests
can go either way. Gives every way the body can end for such a caller.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum, auto

from reviewer.modules import tree
from reviewer.modules.source_text import called_name, dotted_name, source_text

#: Expressions that are false, empty or None for a caller that nobody knows.
IDENTITY = re.compile(
    r"current_?user|current_?identity|\bg\.(user|identity|account|member)\b|\buser(_?id|_?name)?\b|is_authenticated|"
    r"is_logged_in|logged_?in|\bauthed\b|is_admin|is_superuser|authenticated|authorized|verify_jwt|"
    r"\b(access_|auth_|bearer_|api_)?token\b|api_?key\b|credentials?\b|\bauth\b|authorization|permission|check_auth|has_role",
    re.IGNORECASE,
)
#: Those of them that are about the caller even where a view handles users, names and tokens as data.
CURRENT_USER = re.compile(
    r"current_?user|current_?identity|\bg\.(user|identity|account|member)\b|session\W+(get\W+)?(user|login|logged|auth)|"
    r"is_authenticated|is_logged_in|logged_?in|\bauthed\b|is_admin\b|request\.authorization|get_jwt_identity",
    re.IGNORECASE,
)
ANONYMOUS = re.compile(r"is_anonymous|not_logged_in|is_guest", re.IGNORECASE)
#: Names of calls that raise for a caller who has no valid credentials.
CHECKING = re.compile(r"verif|decode|authenticat|validat|check|require|logged_?in|get_jwt|loads", re.IGNORECASE)
#: Names of calls that only read what a caller sent.
READING_CALLS = frozenset({"get", "getlist", "getattr", "strip", "lower", "removeprefix", "split", "debug", "info"})
READING_STATEMENTS = (tree.Assign, tree.AnnotatedAssign, tree.ExpressionStatement)
#: What a caller without credentials does not have for certain.
CREDENTIALS = re.compile(
    r"(^|[._])\w*(token|credentials?|authorization|api_?key|current_?user)\b|^(user|auth)$", re.IGNORECASE
)
NODES_FOLLOWED = 2_000


class Ending(Enum):
    """How a path ends for a caller that nobody knows."""

    GOES_ON = auto()  # falls through, or does what the decorated function does
    REFUSED = auto()  # answers 401, 403 or with a redirect to a login
    OTHER = auto()  # returns or raises something else


Classify = Callable[[tree.Statement], "Ending | None"]
#: Whether a test holds, by what is known besides the caller; None where that does not follow.
Truth = Callable[[tree.Expression], "bool | None"]
#: Whether a call may turn the caller away.
MayRefuse = Callable[[tree.Call], bool]


def endings(
    body: tuple[tree.Statement, ...],
    classify: Classify,
    identity: re.Pattern[str] = IDENTITY,
    known: Truth | None = None,
) -> frozenset[Ending]:
    """The ways in which a body can end for an unknown caller.

    `classify` says how a statement ends a path, None if it does not; `identity` finds what names the caller; `known`
    decides tests of other things. A refusal that depends only on tests of something else is no answer to the caller.
    """
    paths = _Paths(classify, identity, known)
    ends, falls = paths.block(body)
    return frozenset(ends | ({Ending.GOES_ON} if falls else set()))


class _Paths:
    def __init__(self, classify: Classify, identity: re.Pattern[str], known: Truth | None) -> None:
        self._classify = classify
        self._identity = identity
        self._known = known
        self._left = NODES_FOLLOWED
        self._is_asked = False

    def block(self, body: tuple[tree.Statement, ...], is_beside: bool = False) -> tuple[set[Ending], bool]:
        """The endings inside a block, and whether a path falls through to what follows.

        `is_beside` if only tests of something else than the caller lead there.
        """
        ends: set[Ending] = set()
        for statement in body:
            self._left -= 1
            if self._left < 0:
                return ends | {Ending.OTHER}, True
            found, falls = self._statement(statement, is_beside)
            ends |= found
            if not falls:
                return ends, False
        return ends, True

    def _statement(self, statement: tree.Statement, is_beside: bool) -> tuple[set[Ending], bool]:
        if isinstance(statement, tree.If):
            truth = truth_for_anonymous(statement.test, self._identity, self._known)
            branches = [statement.body] * (truth is not False) + [statement.otherwise] * (truth is not True)
            if mentions_identity((statement.test,), self._identity):
                return self._asked(branches)
            return self._either(branches, is_beside or truth is None)
        if isinstance(statement, tree.Try):
            return self._try(statement, is_beside)
        if isinstance(statement, tree.With):
            return self.block(statement.body, is_beside)
        if isinstance(statement, (tree.For, tree.While)):
            ends, _ = self.block(statement.body, is_beside)
            return ends, True
        if isinstance(statement, tree.Match):
            return self._either([case.body for case in statement.cases] + [()], is_beside)
        ending = self._classify(statement)
        if ending is not None:
            is_other = is_beside and not self._is_asked and ending is Ending.REFUSED
            return {Ending.OTHER if is_other else ending}, False
        return (set(), False) if isinstance(statement, (tree.Break, tree.Continue)) else (set(), True)

    def _asked(self, branches: list[tuple[tree.Statement, ...]]) -> tuple[set[Ending], bool]:
        """The endings of branches that a test of the caller leads to: whatever refuses there answers the caller."""
        before, self._is_asked = self._is_asked, True
        try:
            return self._either(branches, False)
        finally:
            self._is_asked = before

    def _either(self, branches: list[tuple[tree.Statement, ...]], is_beside: bool) -> tuple[set[Ending], bool]:
        results = [self.block(branch, is_beside) for branch in branches]
        return set().union(*(ends for ends, _ in results)), any(falls for _, falls in results)

    def _try(self, statement: tree.Try, is_beside: bool) -> tuple[set[Ending], bool]:
        ends, falls = self.block(statement.body, is_beside)
        if falls:
            more, falls = self.block(statement.otherwise, is_beside)
            ends |= more
        # A check of credentials that raises: whoever has none gets there, unless the body ended without it.
        handlers = [self.block(handler.body, is_beside) for handler in statement.handlers]
        if self._checks_credentials(statement.body) and any(
            more == {Ending.REFUSED} and not handled for more, handled in handlers
        ):
            ends, falls = set(), False
        for more, handled in handlers:
            ends |= more
            falls = falls or handled
        more, continues = self.block(statement.final, is_beside)
        return ends | more, falls and continues

    def _checks_credentials(self, body: tuple[tree.Statement, ...]) -> bool:
        """Whether a body first of all makes a check that raises for a caller without credentials."""
        for statement in body:
            if not isinstance(statement, (tree.Assign, tree.AnnotatedAssign, tree.ExpressionStatement)):
                return False
            if self._classify(statement) is not None:
                return False
            if mentions_identity((statement,), self._identity) and any(
                isinstance(node, tree.Call) and CHECKING.search(called_name(node))
                for node in tree.walk_scope((statement,))
            ):
                return True
        return False


def lets_unknown_callers_pass(body: tuple[tree.Statement, ...], may_refuse: MayRefuse | None = None) -> bool:
    """Whether a body for certain just returns for a caller without credentials: `if token is None: return None`.

    Only where nothing before that could refuse: it reads values, asks who calls, and makes calls of which `may_refuse`
    says that they do not turn anybody away.
    """
    refuses = may_refuse or _is_more_than_reading
    pending = list(reversed(body))
    while pending:
        statement = pending.pop()
        if isinstance(statement, tree.Return):
            return not _refuses_in(statement, refuses)
        if isinstance(statement, tree.If) and not _refuses_in(statement.test, refuses):
            truth = truth_for_anonymous(statement.test, CREDENTIALS)
            if truth is None and _refuses_in(statement, refuses):
                return False
            pending += reversed(statement.body if truth else statement.otherwise)
        elif isinstance(statement, tree.With) and not any(_refuses_in(item, refuses) for item in statement.items):
            pending += reversed(statement.body)
        elif not isinstance(statement, READING_STATEMENTS) or _refuses_in(statement, refuses):
            return False
    return False


def _refuses_in(node: tree.Node, refuses: MayRefuse) -> bool:
    """Whether something in a node may turn the caller away."""
    return any(
        isinstance(one, tree.Raise) or (isinstance(one, tree.Call) and refuses(one)) for one in tree.walk_scope((node,))
    )


def _is_more_than_reading(node: tree.Call) -> bool:
    return called_name(node) not in READING_CALLS


def mentions_identity(body: tuple[tree.Node, ...], identity: re.Pattern[str] = IDENTITY) -> bool:
    """Whether a body reads anything that names the caller."""
    return any(
        identity.search(dotted_name(node) or "") or (isinstance(node, tree.Text) and identity.search(node.value))
        for node in tree.walk_scope(body)
        if isinstance(node, (tree.Name, tree.Attribute, tree.Text))
    )


def truth_for_anonymous(
    test: tree.Expression, identity: re.Pattern[str] = IDENTITY, known: Truth | None = None
) -> bool | None:
    """Whether a test holds for a caller that nobody knows, None if that does not follow from it."""
    if isinstance(test, tree.UnaryOperation) and test.operator == "not":
        truth = truth_for_anonymous(test.operand, identity, known)
        return None if truth is None else not truth
    if isinstance(test, tree.BooleanOperation):
        truths = [truth_for_anonymous(value, identity, known) for value in test.values]
        decisive = test.operator == "or"
        if decisive in truths:
            return decisive
        return None if None in truths else not decisive
    if isinstance(test, tree.NamedExpression):
        return truth_for_anonymous(test.value, identity, known)
    if isinstance(test, tree.Comparison) and len(test.operators) == 1:
        truth = _comparison(test, identity)
    else:
        truth = _of_identity(test, identity)
    return known(test) if truth is None and known is not None else truth


def _comparison(test: tree.Comparison, identity: re.Pattern[str]) -> bool | None:
    operator, right = test.operators[0], test.comparators[0]
    if operator in ("in", "not in"):
        tested = test.left if isinstance(test.left, tree.Text) else None
        if tested is not None and identity.search(f"session.{tested.value}") and "session" in source_text(right):
            return operator == "not in"
        truth = _of_identity(test.left, identity)
        return None if truth is not False else operator == "not in"
    truth = _of_identity(test.left, identity)
    if truth is None or operator not in ("is", "==", "is not", "!="):
        return None
    same = operator in ("is", "==")
    if isinstance(right, tree.Constant) and right.value in ("None", "False"):
        return same is not truth
    return None if truth else not same


def _of_identity(node: tree.Expression, identity: re.Pattern[str]) -> bool | None:
    """False for what names the current user or credentials, True for `is_anonymous`, None for anything else."""
    if isinstance(node, tree.Await):
        return _of_identity(node.value, identity)
    if isinstance(node, tree.Call):
        name = dotted_name(node.function) or ""
        if name.rpartition(".")[2] in ("get", "pop", "getlist") and node.arguments:
            name = source_text(node)  # session.get("user_id"), request.headers.get("Authorization")
        if name.rpartition(".")[2] in ("bool", "isinstance", "getattr", "hasattr", "any", "all") and node.arguments:
            return _of_identity(node.arguments[0], identity)
    elif isinstance(node, tree.Subscript):
        name = source_text(node)
    else:
        name = dotted_name(node) or ""
    if ANONYMOUS.search(name):
        return True
    return False if identity.search(name) else None
