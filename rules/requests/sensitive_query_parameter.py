"""A password, key or access token is taken from the query string."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, RequestParameter, Route, Rule, Severity, dotted_name, tree

#: Names in snake case. A bare `token` is left alone: links in e-mails carry one that is used once.
SECRET = re.compile(
    r"(?:\w+_)?(?:password|passwd|passphrase|pwd)(?:_?(?:confirm|confirmation|repeat|again|[12]))?"
    r"|(?:client|api|app|user)_secret|secret_key|private_key|(?:\w+_)?api_?key|(?:access|auth|bearer|refresh|session)_token"
    r"|(?:credit_)?card_number|cvv|cvc|ssn|social_security_number"
)
#: Names that speak about a secret without being one.
ABOUT = re.compile(r"(?:is|has|with|use|show|include|require|reset|change|forgot|forget|no|min|max)_.*")
#: Protocols that hand such values over in an address, and dialogues of single sign-on.
PROTOCOL = re.compile(r"callback|oauth|authori[sz]e|sso|saml|openid|oidc|webhook|hooks?\b", re.IGNORECASE)
#: Types that hold no secret.
HARMLESS = ("builtins.bool", "builtins.float", "datetime.")
#: Fields of a form class that come from elsewhere.
ELSEWHERE = frozenset({"Form", "Body", "File", "Header", "Cookie"})


class SensitiveQueryParameter(Rule):
    """Finds passwords, API keys and access tokens that a route takes from the query string.

    ## What it reports
    Parameters named after a secret (`password`, `new_password`, `api_key`, `access_token`, `client_secret`,
    `card_number` …) that FastAPI takes from the query: of an endpoint, which is what a plain `password: str` means in a
    POST route too, of a dependency, or of a class with `Depends()`; and such names that an endpoint of FastAPI or Flask
    reads from `request.query_params` or `request.args`.

    A bare `token` is left alone, as links for confirming an address or a new password carry one, and so are pagination
    tokens, flags and numbers, web sockets, whose clients cannot send headers, and the addresses of OAuth and single
    sign-on.

    ## Why
    Addresses are no secrets: servers, proxies and analytics write them to their logs, browsers keep them in the history
    and send them on as the referrer. A password in the query string lies in all of these places, for as long as logs
    are kept.

    ## When to ignore it
    Where the value is worth nothing to a reader of logs, such as a key that only identifies a public client.
    """

    category = Category.SECURITY
    severity = Severity.ERROR
    cwe = 598
    owasp = "API2:2023"
    checklist = (
        "Utilize appropriate security practices when developing the API such as authentication, authorization, and input sanitization.",  # noqa: E501
        "Ensure security throughout the application by validating user inputs and properly handling sensitive data.",
        "Verify the security of the API endpoints including authentication, authorization, and input sanitization.",
    )
    references = (
        "https://cwe.mitre.org/data/definitions/598.html",
        "https://fastapi.tiangolo.com/tutorial/body/#request-body-path-query-parameters",
    )
    bad = (
        {
            "app/main.py": """\
from typing import Annotated

from fastapi import Depends, FastAPI, Query

from app.forms import PasswordChange
from app.keys import api_key

app = FastAPI()


@app.post("/users")
def register(
    name: str,
    password: str,  # <- sensitive-query-parameter
):
    return {"name": name}


@app.put("/users/me/password")
def change_password(
    change: Annotated[PasswordChange, Depends()],  # <- sensitive-query-parameter
):
    return {}


@app.get("/reports", dependencies=[Depends(api_key)])
def list_reports(search: Annotated[str | None, Query()] = None):
    return []
""",
            "app/forms.py": """\
class PasswordChange:
    def __init__(self, old_password: str, new_password: str):
        self.old, self.new = old_password, new_password
""",
            "app/keys.py": """\
def api_key(key: str = "", apiKey: str = ""):  # <- sensitive-query-parameter
    return key or apiKey
""",
        },
        """\
from flask import Flask, request

app = Flask(__name__)


@app.route("/login")
def login():
    return check(request.args["user"], request.args.get("password"))  # <- sensitive-query-parameter


def check(user, password):
    return {"user": user}
""",
    )
    good = (
        """\
from typing import Annotated

from fastapi import Body, Depends, FastAPI, Form, Header, WebSocket
from fastapi.security import OAuth2PasswordRequestForm
from pydantic import BaseModel

app = FastAPI()


class Registration(BaseModel):
    name: str
    password: str


class Change:
    def __init__(self, new_password: str = Form()):
        self.new = new_password


@app.post("/users")
def register(registration: Registration):
    return {}


@app.put("/users/me/password")
def change_password(change: Annotated[Change, Depends()]):
    return {}


@app.post("/login")
def log_in(form: Annotated[OAuth2PasswordRequestForm, Depends()], x_api_key: Annotated[str, Header()] = ""):
    return {}


@app.post("/unlock")
def unlock(password: Annotated[str, Body(embed=True)]):
    return {}


@app.get("/confirm")
def confirm_address(token: str, reset_password: bool = False):
    return {}


@app.get("/items")
def list_items(page_token: str = "", password_changed_before: str = ""):
    return []


@app.get("/oauth/callback")
def signed_in(code: str, access_token: str = ""):
    return {}


@app.websocket("/events")
async def events(socket: WebSocket, access_token: str):
    await socket.accept()
""",
        """\
from flask import Flask, request

app = Flask(__name__)


@app.post("/login")
def login():
    return {"user": request.form["user"], "next": request.args.get("next"), "ok": bool(request.form["password"])}
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks what is read from queries."""
        seen = set()
        for one in project.request_parameters:
            if one.kind == "query" and is_secret(one.name) and not _is_harmless(one):
                route = next((route for route in one.routes if not _may_carry(route)), None)
                if route is None:
                    continue
                place = one.dependency.place if one.is_of_class and one.dependency is not None else one.place
                if place not in seen:
                    seen.add(place)
                    yield self.at(place, _message(route, one.name), hint=HINT, symbol=_symbol(one, route))
        for read in project.query_reads:
            if is_secret(read.name) and not _may_carry(read.route):
                yield self.at(read.place, _message(read.route, read.name), hint=HINT, symbol=read.function.symbol)


HINT = "Take it from the body or a header: addresses end up in logs and histories."


def _message(route: Route, name: str) -> str:
    return f"`{route}` takes `{name}` from the query string."


def _symbol(one: RequestParameter, route: Route) -> str:
    return route.symbol if one.is_of_class else one.symbol


def is_secret(name: str) -> bool:
    """Whether a parameter is named after a secret: `new_password`, `apiKey`."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().replace("-", "_")
    return SECRET.fullmatch(snake) is not None and ABOUT.fullmatch(snake) is None


def _may_carry(route: Route) -> bool:
    """Whether a protocol demands such values in the address of a route."""
    return route.method == "WEBSOCKET" or PROTOCOL.search(f"{route.path} {route.function_name}") is not None


def _is_harmless(one: RequestParameter) -> bool:
    default = one.parameter.default
    if isinstance(default, tree.Call) and (dotted_name(default.function) or "").rpartition(".")[2] in ELSEWHERE:
        return True
    annotation = one.parameter.annotation
    written = dotted_name(annotation) if annotation is not None else None
    return getattr(one.parameter.type, "name", "").startswith(HARMLESS) or written in ("bool", "float")
