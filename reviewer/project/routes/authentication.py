"""Which callables enforce authentication or authorization: security schemes, and functions that refuse with 401 or 403.

Yes where the source shows it, unknown where something that looks like it cannot be followed, no otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.modules import tree
from reviewer.modules.source_text import called_name, last_name
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
    decorator_names,
)
from reviewer.project.functions.calls import Calls, targets
from reviewer.project.functions.errors import Errors
from reviewer.project.model import Answer
from reviewer.project.routes.anonymous_caller import READING_CALLS, lets_unknown_callers_pass

#: Modules of the frameworks that hold security schemes.
SECURITY_MODULES = ("fastapi.security.", "fastapi_login.", "fastapi_users.", "fastapi_jwt_auth.", "fastapi_jwt.")
#: What demands nothing: descriptions of a form or its data, and the lenient one of two dependencies of a library.
NOT_SCHEMES = frozenset(
    {"OAuth2PasswordRequestForm", "OAuth2PasswordRequestFormStrict", "SecurityScopes", "optional",
     "HTTPBasicCredentials", "HTTPAuthorizationCredentials"}
)  # fmt: skip
#: Objects that demand nothing before the endpoint calls a method of theirs.
ASKED_LATER = frozenset({"fastapi_jwt_auth.AuthJWT"})
#: Arguments that let unknown callers pass, with the value that does.
LENIENT_ARGUMENTS = (("auto_error", False), ("optional", True))

#: Words in the name of something that cannot be followed that make it likely to be about authentication.
SUGGESTIVE = re.compile(
    r"auth|login|logged|token|jwt|permission|permit|current_?user|credential|secur|api_?key|require|protect|"
    r"verif|principal|session_user|is_admin|superuser|oauth|guard|role|acl|signature|hmac",
    re.IGNORECASE,
)
#: Names of libraries' functions that say themselves that they refuse a caller: `require_login`, `TokenRequired`.
DEMANDING = re.compile(
    r"(?:require|ensure|enforce|verify).*(?:auth|login|user|token|permission|role|admin|scope|api_?key)|"
    r"(?:auth|login|token|permission|role|admin)\w*required",
    re.IGNORECASE,
)
#: Names of errors that refuse a caller, where their status is not known.
REFUSING_ERRORS = re.compile(
    r"unauthori[sz]ed|unauthenticated|forbidden|notauthenticated|permission|credential|accessdenied|loginrequired|"
    r"invalidtoken|tokenexpired|authenticationerror|authenticationfailed|authorization|noauth|notauthori[sz]ed",
    re.IGNORECASE,
)
#: Errors that end a web socket, for which there is no status.
SOCKET_ERRORS = frozenset({"WebSocketException"})
REFUSING_STATUSES = frozenset({401, 403, 407})
#: Names of these statuses: `HTTPStatus.FORBIDDEN`, `status.HTTP_401_UNAUTHORIZED`.
REFUSING_NAMES = re.compile(r"^(?:HTTP_40[137]_\w+|UNAUTHORIZED|FORBIDDEN|PROXY_AUTHENTICATION_REQUIRED)$")
#: Words of code that looks at who calls; what refuses without any of them turns away for another reason.
CALLER_WORDS = re.compile(
    r"request|header|cookie|token|auth|user|account|key|secret|credential|principal|identity|jwt|claim|signature|hmac|"
    r"password|login|logged|permission|role|member|owner|scope|actor|viewer|caller|client|socket|connection|session_?id|"
    r"bearer|oidc|saml|digest|access|guest|anonymous|admin|license|principal",
    re.IGNORECASE,
)
BRANCHING = (tree.If, tree.Match, tree.For, tree.While, tree.Try)
#: Nodes by which code names things.
CALLED_WITH = (tree.Name, tree.Attribute)
SEARCH_DEPTH = 4


class AuthenticationJudge:
    """Answers whether a dependency, decorator or hook enforces authentication. Results are kept."""

    def __init__(self, evaluator: Evaluator, calls: Calls, errors: Errors) -> None:
        self._evaluator = evaluator
        self._calls = calls
        self._errors = errors
        self._answers: dict[int, Answer] = {}
        #: Judged values are kept alive, so that their identity stays theirs.
        self._judged: list[Value] = []

    def enforces(self, value: Value) -> Answer:
        """Whether calling a value refuses callers that are not authenticated or not allowed."""
        answer = self._answers.get(id(value))
        if answer is None:
            self._answers[id(value)] = Answer.NO  # what a recursive call may assume
            answer = self._answers[id(value)] = self._judge(value)
            self._judged.append(value)
        return answer

    def gives_nothing(self, value: Value) -> bool:
        """Whether a dependency lets unknown callers pass for certain, and gives None for them."""
        if isinstance(value, Instance):
            return isinstance(value.type, External) and value.keywords.get("auto_error") is False
        if not isinstance(value, FunctionValue) or not isinstance(value.node, tree.Function):
            return False
        returns_none = any(
            node.value is None or (isinstance(node.value, tree.Constant) and node.value.value == "None")
            for node in value.nodes_of(tree.Return)
        )
        return returns_none and self._lets_pass(value)

    def _lets_pass(self, function: FunctionValue) -> bool:
        return isinstance(function.node, tree.Function) and lets_unknown_callers_pass(
            function.node.body, lambda node: self._may_refuse(function, node)
        )

    def _judge(self, value: Value) -> Answer:
        if isinstance(value, Unknown):
            return Answer.UNKNOWN
        if isinstance(value, Choice):
            answers = {self.enforces(one) for one in value.values}
            return answers.pop() if len(answers) == 1 else Answer.UNKNOWN
        if isinstance(value, BoundMethod):
            return self.enforces(value.function)
        if isinstance(value, FunctionValue):
            return self._judge_function(value)
        if isinstance(value, ClassValue):
            return self._judge_class(value, "__init__")
        if isinstance(value, Instance):
            return self._judge_instance(value)
        if isinstance(value, External):
            return self._judge_library(value.name)
        if isinstance(value, InstanceAttribute):
            names = self._evaluator.external_names(value.instance)
            return self._judge_library(f"{names[0] if names else ''}.{value.name}")
        return Answer.NO

    def _judge_library(self, name: str) -> Answer:
        last = name.rpartition(".")[2]
        if name in ASKED_LATER:
            return Answer.UNKNOWN
        if name.startswith(SECURITY_MODULES):
            return Answer.NO if last in NOT_SCHEMES else Answer.YES
        if name.startswith(("flask_login.login_required", "flask_login.fresh_login_required")):
            return Answer.YES
        if name.startswith(("fastapi.", "starlette.", "sqlalchemy.", "sqlmodel.", "redis.", "builtins.", "typing.")):
            return Answer.NO
        return Answer.YES if DEMANDING.search(last) else Answer.UNKNOWN

    def _judge_instance(self, value: Instance) -> Answer:
        if isinstance(value.type, External):
            if value.type.name == "functools.partial" and value.arguments:
                return self.enforces(value.arguments[0])
            return _unless_lenient(self._judge_library(value.type.name), value.keywords)
        inherited = self._evaluator.external_names(value)
        if any(name.startswith("fastapi.security.") for name in inherited):
            return self._judge_scheme(value, value.type)
        return self._judge_class(value.type, "__call__", value)

    def _judge_scheme(self, value: Instance, owner: ClassValue) -> Answer:
        """Of an object of a project's class that inherits from a security scheme of the framework."""
        self._evaluator.initialise(value)
        found = self._evaluator.find_in_class(owner, "__call__")
        own = found[1] if found is not None and isinstance(found[1], FunctionValue) else None
        if own is not None and self.refuses(own):
            return Answer.YES
        given = dict(value.keywords)
        for event in value.events:
            if event.method == "__init__":
                given = event.keywords
        answer = _unless_lenient(Answer.YES, given)
        catches = own is not None and bool(own.nodes_of(tree.Try))
        return Answer.UNKNOWN if answer is Answer.YES and catches else answer

    def _judge_class(self, value: ClassValue, entry: str, instance: Instance | None = None) -> Answer:
        found = self._evaluator.find_in_class(value, entry)
        if found is None or not isinstance(found[1], FunctionValue):
            return Answer.UNKNOWN if SUGGESTIVE.search(value.name) else Answer.NO
        answer = self.enforces(found[1])
        if answer is Answer.NO and instance is not None and SUGGESTIVE.search(value.name):
            return Answer.UNKNOWN  # it calls what it was given
        return answer

    def _judge_function(self, function: FunctionValue) -> Answer:
        if self._lets_pass(function):
            return Answer.NO
        if self.refuses(function):
            return Answer.YES if self._looks_at_caller(function) else Answer.NO
        if not SUGGESTIVE.search(function.qualname):
            return Answer.NO
        return Answer.UNKNOWN if self._calls_something_unknown(function) else Answer.NO

    def _may_refuse(self, function: FunctionValue, node: tree.Call) -> bool:
        """Whether a call in a function may turn the caller away, for lack of credentials or of anything else."""
        if called_name(node) in READING_CALLS:
            return False
        found = targets(self._calls.site_of(function, node).callee)
        if found:
            return any(map(self.refuses, found))
        return any(isinstance(one, CALLED_WITH) and CALLER_WORDS.search(last_name(one)) for one in tree.walk(node))

    def _looks_at_caller(self, function: FunctionValue) -> bool:
        """Whether a function that refuses looks at anything that says who calls, or refuses without a condition."""
        around = (function, *self._called_nearby(function))
        return any(map(_names_caller, around)) or not any(one.nodes_of(*BRANCHING) for one in around)

    def _called_nearby(self, function: FunctionValue) -> Iterator[FunctionValue]:
        for site in self._calls.named_in(function, self._errors.leading_names):
            yield from targets(site.callee)

    def refuses(self, function: FunctionValue) -> bool:
        """Whether a function, or what it calls, raises an error or aborts with 401 or 403, or one named after that."""
        for error in self._errors.raised_by(function, SEARCH_DEPTH):
            if error.status in REFUSING_STATUSES:
                return True
            if isinstance(error.status, Unknown) and REFUSING_ERRORS.search(error.exception):
                return True
        return any(self._raises_refusal(one) for one in self._with_called(function))

    def _raises_refusal(self, function: FunctionValue) -> bool:
        if not isinstance(function.node, tree.Function):
            return False
        for node in function.nodes_of(tree.Raise):
            if node.exception is not None:
                raised = node.exception.function if isinstance(node.exception, tree.Call) else node.exception
                name = raised.id if isinstance(raised, tree.Name) else getattr(raised, "name", "")
                if REFUSING_ERRORS.search(name) or name in SOCKET_ERRORS or _is_given_refusal(node.exception):
                    return True
        return False

    def _with_called(self, function: FunctionValue) -> list[FunctionValue]:
        """The function and the functions of suggestive name that it calls directly."""
        found = [function]
        for site in self._calls.of(function):
            if self._errors.passes_on(function, site.node):
                found += [target for target in targets(site.callee) if SUGGESTIVE.search(target.qualname)]
        return found

    def _calls_something_unknown(self, function: FunctionValue) -> bool:
        """Whether a function hands the decision to something that cannot be followed."""
        if decorator_names(function):
            return True
        for site in self._calls.of(function):
            if isinstance(site.callee, Unknown) and SUGGESTIVE.search(called_name(site.node)):
                return True
            if site.external_name and SUGGESTIVE.search(site.external_name.rpartition(".")[2]):
                return True
        return False


def _names_caller(function: FunctionValue) -> bool:
    """Whether a name in a function, or in its signature, is one of who calls; what it raises is left out."""
    raised = {id(one) for node in function.nodes_of(tree.Raise) for one in tree.walk(node)}
    signature = [
        one
        for parameter in function.node.parameters
        for part in (parameter.annotation, parameter.default)
        if part is not None
        for one in tree.walk(part)
    ]
    names = [
        last_name(one)
        for one in (*function.nodes, *signature)
        if isinstance(one, CALLED_WITH) and id(one) not in raised
    ]
    return any(map(CALLER_WORDS.search, (*names, *(one.name for one in function.node.parameters))))


def _unless_lenient(answer: Answer, keywords: dict[str, Value]) -> Answer:
    """An answer, where no argument lets unknown callers pass: no where one does, unknown where one may."""
    for name, lenient in LENIENT_ARGUMENTS:
        given = keywords.get(name, not lenient)
        if given is lenient:
            return Answer.NO
        if not isinstance(given, bool) and answer is Answer.YES:
            return Answer.UNKNOWN
    return answer


def _is_given_refusal(node: tree.Expression) -> bool:
    """Whether an error of the project's own gets a refusing status: `AppError(…, status=HTTPStatus.FORBIDDEN)`."""
    if not isinstance(node, tree.Call):
        return False
    given = [*node.arguments, *(keyword.value for keyword in node.keywords)]
    return any(
        REFUSING_NAMES.search(one.name)
        if isinstance(one, tree.Attribute)
        else isinstance(one, tree.Number) and one.value in REFUSING_STATUSES
        for one in given
    )
