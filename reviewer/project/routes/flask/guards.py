"""Whether routes of Flask demand authentication: decorators, hooks before the request, and the views themselves.

Yes where every path of an unknown caller is turned away, unknown where only some are or where something that looks like
authentication cannot be followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from reviewer.modules import tree
from reviewer.modules.source_text import called_name
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    BoundMethod,
    Choice,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    InstanceAttribute,
    Unknown,
    Value,
)
from reviewer.project.model import Answer, Authentication
from reviewer.project.routes.anonymous_caller import (
    CURRENT_USER,
    IDENTITY,
    Ending,
    endings,
    mentions_identity,
    truth_for_anonymous,
)
from reviewer.project.routes.authentication import SUGGESTIVE, AuthenticationJudge
from reviewer.project.routes.fastapi.dependencies import callable_name
from reviewer.project.routes.flask.decorated_calls import calls_one_of, handed_to, parameters_around
from reviewer.project.routes.flask.guard_libraries import (
    FIRST_OPTIONAL,
    VERIFYING,
    VERIFYING_NAMES,
    library_answer,
    optional_answer,
)
from reviewer.project.routes.flask.refusals import Refusals
from reviewer.project.routes.flask.request_facts import RequestFacts, asks_for_route, truth_of

DEPTH = 4
#: Answers from weak to strong, where several hooks run.
STRENGTH = (Answer.NO, Answer.UNKNOWN, Answer.YES)


class FlaskGuards:
    """Answers whether what stands around a view of Flask, or the view itself, turns unknown callers away."""

    def __init__(self, evaluator: Evaluator, judge: AuthenticationJudge) -> None:
        self._evaluator = evaluator
        self._judge = judge
        self._decorators: dict[int, Answer] = {}
        self._kept: list[Value] = []
        self._refusals = Refusals(evaluator, self._always_refuses)
        self._hooks: dict[tuple[int, RequestFacts | None], Authentication] = {}

    def authentication(
        self,
        decorators: Iterable[Value],
        wrappers: Iterable[FunctionValue],
        hooks: Authentication,
        view: FunctionValue | ClassValue | None,
        checks: Iterable[FunctionValue] = (),
        entries: Iterable[FunctionValue] = (),
    ) -> Authentication:
        """The authentication of a route.

        `checks` are asked whether somebody may enter before the view is called; `entries` call it.
        """
        unknown = ""
        for decorator in decorators:
            answer = self.decorator(decorator)
            if answer is Answer.YES:
                return Authentication(Answer.YES, (decorator_name(decorator),))
            if answer is Answer.UNKNOWN:
                unknown = unknown or f"decorator {decorator_name(decorator)}"
        for wrapper in wrappers:
            answer = self._wrapper(wrapper)
            if answer is Answer.YES:
                return Authentication(Answer.YES, (wrapper.qualname.partition(".<locals>")[0],))
            if answer is Answer.UNKNOWN:
                unknown = unknown or f"decorator {wrapper.qualname.partition('.<locals>')[0]}"
        if hooks.answer is Answer.YES:
            return hooks
        for function in checks:
            entry = self.check(function)
            if entry.answer is Answer.YES:
                return entry
            if entry.answer is Answer.UNKNOWN:
                unknown = unknown or f"check {function.name}"
        for entry_function in entries:
            if self._view(entry_function) is Answer.YES:
                return Authentication(Answer.YES, (entry_function.qualname,))
        if isinstance(view, FunctionValue):
            answer = self._view(view)
            if answer is Answer.YES:
                return Authentication(Answer.YES, (view.name,))
            if answer is Answer.UNKNOWN:
                unknown = unknown or f"checks in {view.name}"
        else:
            unknown = unknown or "view that is not followed"
        if unknown:
            return Authentication(Answer.UNKNOWN, (), unknown)
        return hooks

    def _view(self, view: FunctionValue) -> Answer:
        """Whether a view itself turns unknown callers away."""
        if not isinstance(view.node, tree.Function):
            return Answer.NO
        checks = [node for node in view.nodes_of(tree.Call) if called_name(node) == VERIFYING]
        if checks or mentions_identity(view.node.body, CURRENT_USER):
            ends = self._endings(view, None, identity=CURRENT_USER)
            if ends == {Ending.REFUSED}:
                return Answer.YES
            if Ending.REFUSED in ends or any(self._token_check(one, view) is not Answer.NO for one in checks):
                return Answer.UNKNOWN
        return Answer.UNKNOWN if self._judge.refuses(view) else Answer.NO

    def check(self, function: FunctionValue) -> Authentication:
        """What a function that answers whether somebody may enter says of unknown callers."""
        if not isinstance(function.node, tree.Function):
            return Authentication(Answer.UNKNOWN, (), f"check {function.name}")

        def classify(statement: tree.Statement) -> Ending | None:
            if isinstance(statement, tree.Raise):
                return Ending.REFUSED
            if not isinstance(statement, tree.Return):
                return None
            value = statement.value
            if value is None or (isinstance(value, tree.Constant) and value.value in ("False", "None")):
                return Ending.REFUSED
            return Ending.REFUSED if truth_for_anonymous(value) is False else Ending.GOES_ON

        ends = endings(function.node.body, classify)
        if Ending.GOES_ON not in ends:
            return Authentication(Answer.YES, (function.name,))
        return Authentication(Answer.UNKNOWN if mentions_identity(function.node.body) else Answer.NO)

    # Decorators

    def decorator(self, value: Value) -> Answer:
        """Whether a decorator turns unknown callers away."""
        answer = self._decorators.get(id(value))
        if answer is None:
            answer = self._decorators[id(value)] = self._judge_decorator(value)
            self._kept.append(value)
        return answer

    def _judge_decorator(self, value: Value) -> Answer:
        if isinstance(value, FunctionValue):
            return self._project_decorator(value)
        if isinstance(value, BoundMethod):
            return self._project_decorator(value.function)
        if isinstance(value, External):
            return library_answer(value.name)
        if isinstance(value, InstanceAttribute):
            names = self._evaluator.external_names(value.instance)
            return library_answer(f"{names[0] if names else ''}.{value.name}")
        if isinstance(value, Instance):
            return self._object_decorator(value)
        if isinstance(value, ClassValue):
            return self._class_decorator(value, "__init__")
        return Answer.UNKNOWN

    def _object_decorator(self, value: Instance) -> Answer:
        if isinstance(value.type, ClassValue):
            return self._class_decorator(value.type, "__call__")
        answer = library_answer(value.type.name)
        if value.type.name in FIRST_OPTIONAL:
            optional = value.argument(0, "optional", False)
        else:
            optional = value.keywords.get("optional", False)
        return optional_answer(optional) if answer is Answer.YES else answer

    def _class_decorator(self, value: ClassValue, entry: str) -> Answer:
        found = self._evaluator.find_in_class(value, entry)
        if found is not None and isinstance(found[1], FunctionValue):
            return self._project_decorator(found[1])
        return Answer.UNKNOWN if SUGGESTIVE.search(value.name) else Answer.NO

    def _project_decorator(self, function: FunctionValue, depth: int = 0) -> Answer:
        """Of a decorator: what the function inside that calls the decorated one does with an unknown caller."""
        if not isinstance(function.node, tree.Function) or depth > DEPTH:
            return Answer.NO
        inner = [node for node in function.nodes if isinstance(node, tree.Function)]
        scope = self._evaluator.declared(function)
        for node in inner:
            answer = self._wrapper(self._evaluator.define_function(node, scope))
            if answer is not Answer.NO:
                return answer
            answer = self._project_decorator(self._evaluator.define_function(node, scope), depth + 1)
            if answer is not Answer.NO:
                return answer
        return self._handed_on(function, depth) if not inner else Answer.NO

    def _handed_on(self, function: FunctionValue, depth: int) -> Answer:
        """Of a decorator that only calls another: `return permission_required(Permission.ADMIN)(view)`."""
        assert isinstance(function.node, tree.Function)
        answers: set[Answer] = set()
        for node in function.nodes_of(tree.Return):
            parts = (
                (node.value.then, node.value.otherwise) if isinstance(node.value, tree.Conditional) else (node.value,)
            )
            answers.update(self._applied(part, function, depth) for part in parts)
        if len(answers) > 1:
            return Answer.UNKNOWN
        return answers.pop() if answers else Answer.NO

    def _applied(self, called: tree.Expression | None, function: FunctionValue, depth: int) -> Answer:
        """Whether the decorator in a call that a function returns turns unknown callers away."""
        if not isinstance(called, tree.Call):
            return Answer.NO
        while isinstance(called, tree.Call):
            called = called.function
        value = self._evaluator.evaluate(called, self._evaluator.declared(function))
        if isinstance(value, FunctionValue) and value is not function:
            return self._project_decorator(value, depth + 1)
        if isinstance(value, ClassValue):
            return self._class_decorator(value, "__call__")
        return self.decorator(value) if isinstance(value, (External, InstanceAttribute)) else Answer.NO

    def _wrapper(self, function: FunctionValue) -> Answer:
        """Of the function that a decorator puts in place of a view."""
        outer = function.qualname.rpartition(".<locals>.")[0]
        if not isinstance(function.node, tree.Function) or not outer:
            return Answer.NO
        names = parameters_around(function)
        if not any(
            calls_one_of(node, names) or handed_to(self._evaluator, node, function, names) for node in function.nodes
        ):
            return Answer.NO  # it calls no decorated function
        ends = self._endings(function, names)
        if Ending.GOES_ON not in ends:
            return Answer.YES
        if any(self._inner_guard(node, function) is not Answer.NO for node in function.nodes):
            return Answer.UNKNOWN
        return Answer.UNKNOWN if Ending.REFUSED in ends and mentions_identity(function.node.body) else Answer.NO

    # Hooks

    def hooks(self, values: Iterable[Value], facts: RequestFacts) -> Authentication:
        """What several hooks do with unknown callers of a route: the strongest of them, yes, then unknown, then no."""
        strongest = Authentication(Answer.NO)
        for value in values:
            hook = self.hook(value, facts)
            if STRENGTH.index(hook.answer) > STRENGTH.index(strongest.answer):
                strongest = hook
        return strongest

    def hook(self, value: Value, facts: RequestFacts) -> Authentication:
        """What a function that runs before each request does with unknown callers of a route."""
        function = value.function if isinstance(value, BoundMethod) else value
        asks = isinstance(function, FunctionValue) and asks_for_route(function)
        key = (id(function), facts if asks else None)
        answer = self._hooks.get(key)
        if answer is None:
            answer = self._hooks[key] = self._judge_hook(value, facts if asks else None)
            self._kept.append(function)
        return answer

    def _judge_hook(self, value: Value, facts: RequestFacts | None) -> Authentication:
        name = callable_name(value)
        if isinstance(value, BoundMethod):
            value = value.function
        if isinstance(value, FunctionValue):
            for decorator in value.decorators:
                answer = self.decorator(decorator) if not _is_hook(decorator) else Answer.NO
                if answer is Answer.YES:
                    return Authentication(Answer.YES, (decorator_name(decorator),))
                if answer is Answer.UNKNOWN:
                    return Authentication(Answer.UNKNOWN, (), f"hook {name}")
            ends = self._endings(value, None, facts=facts)
            if ends == {Ending.REFUSED}:
                return Authentication(Answer.YES, (name,))
            if Ending.REFUSED in ends and _mentions_identity(value):
                return Authentication(Answer.UNKNOWN, (), f"hook {name}")
            return Authentication(Answer.NO)
        if isinstance(value, (Instance, External, InstanceAttribute)) and SUGGESTIVE.search(name):
            answer = self.decorator(value)
            return Authentication(answer, (name,) if answer is Answer.YES else (), f"hook {name}")
        if isinstance(value, (Unknown, Choice)):
            return Authentication(Answer.UNKNOWN, (), "hook that is not known")
        return Authentication(Answer.NO)

    # Ends of paths

    def _endings(
        self,
        function: FunctionValue,
        decorated: frozenset[str] | None,
        depth: int = 0,
        identity: re.Pattern[str] = IDENTITY,
        facts: RequestFacts | None = None,
    ) -> frozenset[Ending]:
        if not isinstance(function.node, tree.Function):
            return frozenset({Ending.GOES_ON})
        return endings(
            function.node.body,
            lambda statement: self._ending(statement, function, decorated, depth),
            identity,
            None if facts is None else lambda test: truth_of(self._evaluator, test, function, facts),
        )

    def _ending(
        self, statement: tree.Statement, function: FunctionValue, decorated: frozenset[str] | None, depth: int
    ) -> Ending | None:
        if isinstance(statement, tree.Raise):
            return Ending.REFUSED if self._refusals.raises(statement, function) else Ending.OTHER
        if decorated is not None:
            for node in tree.walk_scope((statement,)):
                if calls_one_of(node, decorated):
                    return Ending.REFUSED if self._inner_guard(node, function) is Answer.YES else Ending.GOES_ON
                handed = handed_to(self._evaluator, node, function, decorated)
                if handed is not None and depth < DEPTH:
                    ends = self._endings(handed[0], handed[1], depth + 1)
                    return Ending.GOES_ON if Ending.GOES_ON in ends else Ending.REFUSED
        if isinstance(statement, tree.Return):
            if statement.value is None or isinstance(statement.value, tree.Constant):
                return Ending.GOES_ON if decorated is None else Ending.OTHER
            return Ending.REFUSED if self._refusals.answers(statement.value, function, depth) else Ending.OTHER
        if isinstance(statement, (tree.ExpressionStatement, tree.Assign)) and isinstance(statement.value, tree.Call):
            if called_name(statement.value) == "abort":
                return Ending.REFUSED if self._refusals.answers(statement.value, function, depth) else Ending.OTHER
            if self._always_raises_refusal(statement.value, function, depth):
                return Ending.REFUSED
        return None

    def _inner_guard(self, node: tree.Node, function: FunctionValue) -> Answer:
        """Whether the decorated function is called through a decorator that guards: `login_required(view)(…)`."""
        if not isinstance(node, tree.Call) or not isinstance(node.function, tree.Call):
            return Answer.NO
        value = self._evaluator.evaluate(node.function.function, self._evaluator.declared(function))
        return Answer.NO if value is function else self.decorator(value)

    def _always_refuses(self, function: FunctionValue, depth: int) -> bool:
        return self._endings(function, None, depth) == {Ending.REFUSED}

    def _always_raises_refusal(self, call: tree.Call, function: FunctionValue, depth: int) -> bool:
        """Whether a call of the project's own function turns every unknown caller away by raising."""
        if depth >= DEPTH or not SUGGESTIVE.search(called_name(call)):
            return False
        callee = self._evaluator.evaluate(call.function, self._evaluator.declared(function))
        target = callee.function if isinstance(callee, BoundMethod) else callee
        if isinstance(target, FunctionValue) and target is not function:
            return self._endings(target, None, depth + 1) == {Ending.REFUSED} and self._judge.refuses(target)
        return self._token_check(call, function) is Answer.YES

    def _token_check(self, call: tree.Call, function: FunctionValue) -> Answer:
        """Whether a call of a library refuses requests without a valid token."""
        scope = self._evaluator.declared(function)
        checking = self._evaluator.evaluate(call.function, scope)
        if not isinstance(checking, External) or checking.name not in VERIFYING_NAMES:
            return Answer.NO
        given = [one.value for one in call.keywords if one.name == "optional"] + list(call.arguments[:1])
        return optional_answer(self._evaluator.evaluate(given[0], scope)) if given else Answer.YES


def decorator_name(value: Value) -> str:
    """The name of a decorator as its user knows it: of the function that made it."""
    if isinstance(value, FunctionValue):
        return value.qualname.partition(".<locals>")[0]
    if isinstance(value, InstanceAttribute):
        return value.name
    return callable_name(value)


def _mentions_identity(function: FunctionValue) -> bool:
    return isinstance(function.node, tree.Function) and mentions_identity(function.node.body)


def _is_hook(decorator: Value) -> bool:
    name = decorator.name if isinstance(decorator, InstanceAttribute) else ""
    return name.startswith("before_") or name.endswith("url_value_preprocessor")
