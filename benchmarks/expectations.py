"""What the facts about a served route imply for the rules: that one reports it, that it is silent, or neither.

The facts are those of a running application. What they leave open (which parameters an endpoint has, what it returns)
is read from the text of the endpoint alone, without the model of `reviewer`, so that both can disagree.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from enum import Enum
from fnmatch import fnmatch
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple


class Expected(Enum):
    """What a rule has to do about a route."""

    REPORT = "report"
    SILENCE = "silence"
    EITHER = "either"  # the facts do not decide


#: Paths that explain themselves (the defaults of the rules), and those of callbacks, which need no documentation.
SELF_EXPLAINING = (
    "/",
    *(f"*/{name}" for name in ["health*", "ready*", "live*", "ping", "ok", "metrics", "version", "status"]),
)
UNDOCUMENTED_ON_PURPOSE = (*SELF_EXPLAINING, "*webhook*", "*/callback*", "*/hooks/*")
#: Operations of an application up from which it has to have documentation and tags.
DOCUMENTED_FROM, TAGGED_FROM = 4, 12
UNSAFE_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
WITHOUT_CONTENT = frozenset({204, 205, 304})
JSON_CLASSES = re.compile(r"(?i)\w*json\w*")
SHAPELESS = re.compile(r"(?:typing\.)?(?:Any|object|[Dd]ict|[Ll]ist|Mapping)(?:\[(?:str, ?)?(?:Any|dict|list)\])?")
RESPONSE_NAMES = re.compile(r"\w*(?:Response|Redirect|_response)|templates?|redirect|render\w*")
AUTHENTICATING = re.compile(
    r"(?i)(?:^|_|\b|get|require|current|check|verify)(?:_?)(?:admin|auth|user|token|login|permission|security|scope|"
    r"api_?key|bearer|oauth|wallet|account|principal|session_?user|superuser|role|organization_?member)"
)
PUBLIC = re.compile(
    r"(?i)log-?(?:in|out)|sign-?(?:up|in|out)|auth|token|password|register|registration|forgot|reset|verif|confirm|"
    r"health|webhook|callback|public|heartbeat|status|oauth|oidc|saml|sso|invite|setup|device|ready|csrf|session"
)
CREATING_CALL = re.compile(r"(?:create|insert)(?:_(?!task|response|url)\w+)?|add")
REGISTERING = frozenset(["get", "post", "put", "patch", "delete", "head", "options", "trace", "api_route", "route"])
PARAMETERS = re.compile(r"{([^{}:]+)(:[^{}]*)?}|<(?:(?:([^<>:()]+)(?:\([^)]*\))?):)?([^<>:]+)>")


class Endpoint:
    """What the text of the function that answers says."""

    def __init__(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | None) -> None:
        self.node = node
        self.function = node if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else None

    @cached_property
    def parameters(self) -> frozenset[str]:
        """Names of the parameters, and the texts that stand in their annotations and defaults, for aliases."""
        if self.function is None:
            return frozenset()
        arguments = self.function.args
        named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        parts = [*(one.annotation for one in named), *arguments.defaults, *arguments.kw_defaults]
        constants = (node.value for part in parts if part for node in ast.walk(part) if isinstance(node, ast.Constant))
        return frozenset((*(one.arg for one in named), *(one for one in constants if isinstance(one, str))))

    @property
    def takes_anything(self) -> bool:
        """Whether there are parameters that have no names, or that the function is not known."""
        return self.function is None or self.function.args.kwarg is not None

    @property
    def is_plain(self) -> bool:
        """Whether all its parameters but the request are plain values, so that nothing else can read a path."""
        if self.function is None:
            return False
        signature = ast.unparse(self.function.args)
        return "Depends" not in signature and "Request" not in signature

    @cached_property
    def returned(self) -> tuple[ast.expr, ...]:
        """What it returns, without what its inner functions return."""
        return tuple(_returned(self.function.body)) if self.function is not None else ()

    @property
    def returns_data(self) -> Expected:
        """Whether it returns data that a model could describe."""
        if self.function is None or any(_is_decorated_away(one) for one in self.function.decorator_list):
            return Expected.EITHER
        annotation = self.function.returns
        if annotation is not None and RESPONSE_NAMES.search(ast.unparse(annotation)):
            return Expected.SILENCE
        values = [one for one in self.returned if not (isinstance(one, ast.Constant) and one.value is None)]
        if any(_is_composed(one, self.parameters) for one in values):
            return Expected.REPORT
        if all(_acknowledges(one) or _is_response(one) for one in values):
            return Expected.SILENCE
        return Expected.EITHER

    @property
    def renounces_model(self) -> bool:
        """Whether its decorator says `response_model=None`."""
        calls = (one for one in self.function.decorator_list if isinstance(one, ast.Call)) if self.function else ()
        return any(
            keyword.arg == "response_model" and isinstance(keyword.value, ast.Constant) and keyword.value.value is None
            for call in calls
            for keyword in call.keywords
        )

    @property
    def creates(self) -> bool:
        """Whether it calls what is named after a creation, and leaves the status to its registration."""
        if self.function is None or any(_sets_status(node) for node in ast.walk(self.function)):
            return False
        nodes = (node for statement in self.function.body for node in ast.walk(statement))
        return any(isinstance(node, ast.Call) and CREATING_CALL.fullmatch(_name_of(node.func)) for node in nodes)

    @property
    def lines(self) -> tuple[int, int]:
        """First line of the decorators, and last line before the body."""
        if self.node is None:
            return 0, -1
        first = min([self.node.lineno, *(one.lineno for one in self.node.decorator_list)])
        return first, max(self.node.lineno, self.node.body[0].lineno - 1)


class Served(NamedTuple):
    """A route as it was served, with its endpoint and the others of its application."""

    facts: dict[str, Any]
    endpoint: Endpoint
    siblings: Sequence[dict[str, Any]]

    @property
    def is_operation(self) -> bool:
        """Whether it stands in the document of a FastAPI application."""
        return (
            self.facts["framework"] == "fastapi"
            and self.facts["method"] != "WEBSOCKET"
            and bool(self.facts["include_in_schema"])
        )

    @property
    def answers_json(self) -> bool:
        """Whether its responses are JSON by declaration."""
        return bool(JSON_CLASSES.fullmatch(self.facts.get("response_class") or ""))

    def __str__(self) -> str:
        return f"{self.facts['method']} {self.facts['path']}"


def operations_beside(served: Served, ignored: Sequence[str] = ()) -> int:
    """How many operations the application has in its document, but those on paths that are ignored."""
    rows = (one for one in served.siblings if one["framework"] == "fastapi" and one["include_in_schema"])
    return len({(one["file"], one["line"], one["method"]) for one in rows if not is_on(one["path"], ignored)})


def is_on(path: str, patterns: Iterable[str]) -> bool:
    """Whether a path matches one of some patterns."""
    return any(fnmatch(path.rstrip("/") or "/", pattern) for pattern in patterns)


def of_response_model(served: Served) -> Expected:
    """`missing-response-model`: routes that return data and have no model, or one without a shape."""
    facts = served.facts
    model = facts["response_model"]
    is_shapeless = model is not None and SHAPELESS.fullmatch(model) is not None
    if not served.is_operation or (model is not None and not is_shapeless):
        return Expected.SILENCE
    if (
        is_on(facts["path"], SELF_EXPLAINING)
        or facts["status_code"] in WITHOUT_CONTENT
        or not served.answers_json
        or served.endpoint.renounces_model
    ):
        return Expected.SILENCE
    returns = served.endpoint.returns_data
    return Expected.EITHER if is_shapeless and returns is Expected.REPORT else returns


def of_documentation(served: Served) -> Expected:
    """`missing-operation-docs`: operations without docstring, summary and description."""
    is_asked = served.is_operation and operations_beside(served) >= DOCUMENTED_FROM
    if not is_asked or served.facts["documented"] or is_on(served.facts["path"], UNDOCUMENTED_ON_PURPOSE):
        return Expected.SILENCE
    returned = served.endpoint.returned
    is_page = bool(returned) and all(_is_response(one) and "JSON" not in ast.unparse(one) for one in returned)
    return Expected.REPORT if served.answers_json and not is_page else Expected.EITHER


def of_tags(served: Served) -> Expected:
    """`missing-operation-tags`: operations without a tag in an application that needs them."""
    is_asked = served.is_operation and operations_beside(served, SELF_EXPLAINING) >= TAGGED_FROM
    is_exempt = bool(served.facts["tags"]) or is_on(served.facts["path"], SELF_EXPLAINING)
    return Expected.REPORT if is_asked and not is_exempt else Expected.SILENCE


def of_path_parameters(served: Served) -> Expected:
    """`unused-path-parameter`: parameters of the path that nothing takes."""
    found = PARAMETERS.findall(served.facts["path"])
    names = [name or flask_name for name, converter, _, flask_name in found if converter != ":path"]
    unread = [name for name in names if not name.startswith("_") and name not in served.endpoint.parameters]
    if not unread:
        return Expected.SILENCE
    is_open = served.endpoint.takes_anything or served.facts["dependencies"] or not served.endpoint.is_plain
    is_page = served.facts["framework"] == "fastapi" and not served.answers_json
    return Expected.EITHER if is_open or is_page else Expected.REPORT


def of_created_status(served: Served) -> Expected:
    """`post-create-without-201`: POST routes that create and declare no status."""
    facts = served.facts
    if facts["framework"] != "fastapi" or facts["method"] != "POST" or facts["status_code"] is not None:
        return Expected.SILENCE
    name = facts["endpoint"].rpartition(":")[2].rpartition(".")[2]
    is_collection = not facts["path"].rstrip("/").endswith("}")
    is_named = name.startswith("create_") and is_collection and facts["path"].rstrip("/").endswith("s")
    is_json = served.answers_json and facts["response_model"]
    return Expected.REPORT if is_named and is_json and served.endpoint.creates else Expected.EITHER


def of_empty_status(served: Served) -> Expected:
    """`body-on-204`: statuses without content on routes with a model, or that return data."""
    if served.facts["framework"] != "fastapi" or served.facts["status_code"] not in WITHOUT_CONTENT:
        return Expected.SILENCE
    if served.facts["response_model"]:
        return Expected.REPORT
    return served.endpoint.returns_data


def of_authentication(served: Served) -> Expected:
    """`missing-auth`: routes that change data and demand nothing, beside routes that do."""
    facts = served.facts
    if facts["framework"] != "fastapi" or is_authenticated(facts):
        return Expected.SILENCE if facts["framework"] == "fastapi" else Expected.EITHER
    beside = [one for one in served.siblings if one["file"] == facts["file"] and one is not facts]
    guarded = sum(map(is_authenticated, beside))
    if facts["method"] not in UNSAFE_METHODS or PUBLIC.search(f"{facts['path']} {facts['endpoint']}"):
        return Expected.EITHER
    return Expected.REPORT if guarded >= 3 and guarded >= 0.75 * len(beside) else Expected.EITHER


def is_authenticated(facts: dict[str, Any]) -> bool:
    """Whether a dependency of a route says who calls, by the scheme that it declares or by its name."""
    return bool(facts["security"]) or any(AUTHENTICATING.search(name) for name in facts["dependencies"])


def demands_authentication(served: Served) -> bool | None:
    """Whether a security scheme stands among the dependencies of a FastAPI route; None where others may demand it."""
    if served.facts["framework"] != "fastapi":
        return None
    if served.facts["security"]:
        return True
    return None if served.facts["dependencies"] else False


#: What a fact implies for a rule.
IMPLICATIONS: dict[str, Callable[[Served], Expected]] = {
    "missing-response-model": of_response_model,
    "missing-operation-docs": of_documentation,
    "missing-operation-tags": of_tags,
    "unused-path-parameter": of_path_parameters,
    "post-create-without-201": of_created_status,
    "body-on-204": of_empty_status,
    "missing-auth": of_authentication,
}


def endpoint_at(root: Path, file: str | None, line: int | None) -> Endpoint:
    """The endpoint whose `def` or `class` stands at a line; an empty one where there is none."""
    return Endpoint(_definitions(root / file).get(line) if file and line else None)


@cache
def _definitions(file: Path) -> dict[int, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    try:
        module = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return {}
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.lineno: node for node in ast.walk(module) if isinstance(node, kinds)}


def _returned(statements: Iterable[ast.stmt]) -> Iterator[ast.expr]:
    for statement in statements:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        if isinstance(statement, ast.Return) and statement.value is not None:
            yield statement.value
        for name in ("body", "orelse", "finalbody"):
            yield from _returned(getattr(statement, name, ()))
        for branch in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            yield from _returned(branch.body)


def _is_decorated_away(decorator: ast.expr) -> bool:
    """Whether a decorator may change what is returned: all but those that register a route, or are given what does."""
    parts = (decorator.func, *decorator.args) if isinstance(decorator, ast.Call) else ()
    return not any(isinstance(part, ast.Attribute) and part.attr in REGISTERING for part in parts)


def _is_composed(value: ast.expr, sent: Container[str]) -> bool:
    """Whether a value is written as data that is put together, of more than constants and what the client sent."""
    is_display = isinstance(value, (ast.Dict, ast.List, ast.ListComp, ast.DictComp, ast.Tuple, ast.JoinedStr))
    names = (node.id for node in ast.walk(value) if isinstance(node, ast.Name))
    return is_display and any(name not in sent for name in names)


def _acknowledges(value: ast.expr) -> bool:
    """Whether a value is one constant, or a dictionary of constants such as `{"status": "ok"}`."""
    kinds = (ast.Constant, ast.Dict, ast.expr_context)
    return all(isinstance(node, kinds) for node in ast.walk(value))


def _is_response(value: ast.expr) -> bool:
    if isinstance(value, ast.Await):
        return _is_response(value.value)
    if not isinstance(value, ast.Call):
        return False
    return RESPONSE_NAMES.fullmatch(_name_of(value.func)) is not None


def _name_of(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else str(getattr(called, "id", ""))


def _sets_status(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "status_code" and isinstance(node.ctx, ast.Store)
