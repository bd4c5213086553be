"""Anybody can call a route that changes data, or that stands among guarded ones."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.api import Category, Confidence, Finding, OpenRoutes, Project, Related, Rule, Severity

#: Patterns of path segments, and of endpoint names, in kebab case.
PUBLIC = (
    "login*", "log-in*", "*-login", "logout*", "log-out*", "signin*", "sign-in*", "signout*", "sign-out*", "signup*",
    "sign-up*", "register*", "*-register", "registration*", "*password*", "forgot*", "recover*", "token", "*-token",
    "token-*", "session", "refresh*", "auth", "authenticate*", "oauth*", "authorize*", "*callback*", "sso*", "saml*",
    "oidc*", "openid*", "magic-link*", "otp*", "totp*", "mfa*", "verify*", "*-verify", "verification*", "confirm*",
    "activate*",
    "unsubscribe*", "invite*", "invitation*", "health*", "*-health", "heartbeat*", "ready*", "readiness*", "live",
    "liveness*", "livez", "ping", "metrics", "version", "status", "docs*", "redoc*", "openapi*", "*webhook*", "hooks",
    "slack*",
    "telegram*", "stripe*", "twilio*", "whatsapp*", "static",
    "assets", "favicon*", "robots*", "sitemap*", ".well-known", "csrf*", "captcha*", "contact*", "newsletter*",
    "*return-uri*", "*return-url*", "*notify*", "*cookie*", "setup*", "install*", "first-*", "public*",
)  # fmt: skip
METHODS = "POST, PUT, PATCH or DELETE"


class MissingAuthOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of `missing-auth`."""

    public: tuple[str, ...] = PUBLIC
    extra_public: tuple[str, ...] = ()
    open_applications: bool = True


class MissingAuth(Rule):
    """Finds routes that change data and demand no authentication.

    ## What it reports
    Routes without a dependency, decorator, hook, middleware or check of their own that refuses callers, on themselves,
    their routers, includes or application. Of FastAPI:

    - POST, PUT, PATCH and DELETE routes; three and more of a router without any guard make one finding;
    - GET routes only where nearly all other GET routes of the same router are guarded: a catalogue may be public;
    - an application that signs people in and none of whose routes demands authentication, though several change data:
      one finding.

    Of Flask, a view that stands open among the guarded ones of its blueprint (three and more, and three quarters of
    all), and that changes data or needs to know who calls (`current_user.id`): sites have many pages for everybody.

    Nothing is reported where it is not known whether something refuses (a decorator or dependency of an unknown
    library, middleware), on routes that are public by nature (logging in, registering, passwords, tokens, health,
    documentation, webhooks, callbacks), on `POST /users` with a password that the caller chooses, on those that take a
    secret such as a token or a signature, on those whose endpoint reads a header
    with credentials, on those that are registered for development only, and in folders of examples
    and documentation. Applications that know nobody (workers, sidecars, demonstrations) are left alone, and so are
    routers without a guard in an application most of whose routes have none.

    ## Why
    FastAPI has no default: a route that names no security dependency is open to everybody who can reach the server.
    One forgotten `Depends` among forty is not seen in a review, and not in a test that always sends a token.

    ## When to ignore it
    Where everybody is meant to call the route: add its name to `extra-public`, or suppress the finding with the reason.
    Where a gateway authenticates all callers, turn `open-applications` off.

    ## Options
    - `public`: patterns of path segments and endpoint names, in kebab case, that are public by nature.
    - `extra-public`: more of them.
    - `open-applications`: report applications without any authentication (true).
    """

    category = Category.SECURITY
    severity = Severity.ERROR
    cwe = 306
    checklist = (
        "Verify the security of the API endpoints including authentication, authorization, and input sanitization.",
        "Utilize appropriate security practices when developing the API such as authentication, authorization, and input sanitization.",  # noqa: E501
        "Secure authentication",
        "Ensure security throughout the application by validating user inputs and properly handling sensitive data.",
        "Maintain high code quality and security",
    )
    references = (
        "https://owasp.org/API-Security/editions/2023/en/0xa2-broken-authentication/",
        "https://fastapi.tiangolo.com/tutorial/security/",
    )
    Options = MissingAuthOptions
    bad = (
        {
            "app/main.py": """\
from fastapi import Depends, FastAPI

from app.items import router
from app.users import current_user, users

app = FastAPI()
app.include_router(router, prefix="/items")
app.include_router(users, prefix="/users", dependencies=[Depends(current_user)])
""",
            "app/items.py": """\
from typing import Annotated

from fastapi import APIRouter, Depends

from app.users import current_user

router = APIRouter()
CurrentUser = Annotated[str, Depends(current_user)]


@router.get("/")
def list_items(user: CurrentUser):
    return []


@router.get("/mine")
def list_own_items(user: CurrentUser):
    return []


@router.post("/")
def create_item(user: CurrentUser):
    return {}


@router.put("/{item_id}")
def replace_item(item_id: int, user: CurrentUser):
    return {}


@router.delete("/{item_id}")  # <- missing-auth
@router.delete("/{item_id}/", include_in_schema=False)
def delete_item(item_id: int):
    return {}


@router.get("/{item_id}")  # <- missing-auth
def get_item(item_id: int):
    return {}
""",
            "app/users.py": """\
from fastapi import APIRouter, Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer

bearer = OAuth2PasswordBearer(tokenUrl="/login")
users = APIRouter()


def current_user(token: str = Depends(bearer)):
    if token != "good":
        raise HTTPException(status_code=401)
    return token


@users.delete("/{user_id}")
def delete_user(user_id: int):
    return {}
""",
        },
        """\
from fastapi import FastAPI

app = FastAPI()  # <- missing-auth


@app.post("/login")
def login(name: str, password: str):
    return {"token": name}


@app.get("/notes")
def list_notes():
    return []


@app.post("/notes")
def create_note(text: str):
    return {"text": text}


@app.delete("/notes/{note_id}")
def delete_note(note_id: int):
    return {"deleted": note_id}
""",
        """\
from flask import Flask
from flask_login import current_user, login_required

app = Flask(__name__)


@app.get("/inbox")
@login_required
def inbox():
    return ""


@app.get("/sent")
@login_required
def sent():
    return ""


@app.post("/messages")
@login_required
def send():
    return ""


@app.post("/messages/<int:message_id>/forward")  # <- missing-auth
def forward(message_id):
    return message_id
""",
        {
            "shop/views.py": """\
from flask import Blueprint, Flask

from company.guards import staff_login_required

app = Flask(__name__)
stock = Blueprint("stock", __name__)


@stock.get("/stock")
@staff_login_required
def list_stock():
    return ""


@stock.post("/stock")
@staff_login_required
def add_stock():
    return ""


@stock.post("/stock/<int:item_id>")
@staff_login_required
def change_stock(item_id):
    return ""


@app.route("/import_suppliers")  # <- missing-auth
def import_suppliers():
    return ""


@app.post("/login")
def login():
    return ""


@app.get("/account")
@staff_login_required
def account():
    return ""


app.register_blueprint(stock)
""",
        },
    )
    good = (
        """\
from flask import Flask, request
from flask_login import current_user, login_required

app = Flask(__name__)


@app.get("/inbox")
@login_required
def inbox():
    return ""


@app.get("/sent")
@login_required
def sent():
    return ""


@app.get("/drafts")
@login_required
def drafts():
    return ""


@app.get("/about")
def about():
    return ""


@app.post("/heartbeat")
def heartbeat():
    return ""


@app.post("/payments/return_uri/<order>")
def returned_from_bank(order):
    return ""


@app.post("/user/create")
def create_user():
    return "" if request.form["password"] else "choose a password"


@app.post("/search")
def search():
    return "" if current_user.is_authenticated else "log in to see more"
""",
        """\
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.security import HTTPBearer

app = FastAPI()
bearer = HTTPBearer()


@app.post("/login")
def login(name: str):
    return {"token": name}


@app.post("/users/reset_password")
def reset(email: str):
    return {}


@app.get("/catalogue")
def catalogue():
    return []


@app.post("/orders")
def create_order(token: str = Depends(bearer)):
    return {}


@app.delete("/orders/{order_id}")
def delete_order(order_id: int, request: Request):
    if "user" not in request.session:
        raise HTTPException(status_code=401)
    return {}


@app.post("/webhooks/payments")
def paid(request: Request):
    return {}


@app.post("/shared/{share_token}/comments")
def comment(share_token: str):
    return {}
""",
        """\
from fastapi import FastAPI

from company.gateway import AuthenticationMiddleware

app = FastAPI()
app.add_middleware(AuthenticationMiddleware)


@app.post("/notes")
def create_note(text: str):
    return {"text": text}
""",
        """\
from fastapi import FastAPI

app = FastAPI()  # a worker: nothing says that it knows its callers


@app.post("/jobs")
def start_job(name: str):
    return {"job": name}


@app.delete("/jobs/{job_id}")
def stop_job(job_id: int):
    return {"stopped": job_id}
""",
        """\
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPBearer
from pydantic import BaseModel

app = FastAPI()
bearer = HTTPBearer()


class NewUser(BaseModel):
    email: str
    password: str


@app.post("/users")
def create_user(user: NewUser):
    return {"email": user.email}


@app.delete("/users/me")
def delete_user(token: str = Depends(bearer)):
    return {}


@app.patch("/users/me")
def update_user(token: str = Depends(bearer)):
    return {}
""",
        """\
from fastapi import FastAPI

app = FastAPI()


@app.get("/countries")
def list_countries():
    return []
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the routes that anybody may call."""
        for found in project.open_routes((*self.options.public, *self.options.extra_public)):
            if found.kind == "application" and not self.options.open_applications:
                continue
            finding = self._finding(found)
            if found.kind == "route":
                yield finding
            else:
                yield finding.standing_for(self._finding(found.of(route)) for route in found.routes)

    def _finding(self, found: OpenRoutes) -> Finding:
        related: tuple[Related, ...] = ()
        if found.kind != "route":
            related = tuple(Related(route.path_place, f"`{route}`") for route in found.routes)
        is_sure = found.guarded_siblings > 0
        hint = _HINTS[found.kind] if is_sure or found.kind != "route" else _LONE_HINT
        return self.at(
            found.place,
            _message(found),
            hint=hint,
            symbol=found.symbol,
            related=related,
            confidence=Confidence.HIGH if is_sure else Confidence.MEDIUM,
        )


def _message(found: OpenRoutes) -> str:
    if found.kind == "application":
        return f"No route of `{found.name}` demands authentication; {len(found.routes)} of them take {METHODS}."
    if found.kind == "router":
        return f"Anybody can call the {len(found.routes)} routes of the router `{found.name}` that take {METHODS}."
    if found.guarded_siblings:
        count = found.guarded_siblings
        siblings = "the route beside it demands" if count == 1 else f"{count} routes beside it demand"
        return f"Anybody can call `{found.name}`; {siblings} authentication."
    return f"Anybody can call `{found.name}`: nothing demands authentication."


_HINTS = {
    "application": "Add a security dependency to the application: `FastAPI(dependencies=[Depends(…)])`.",
    "router": "Add a security dependency to the router: `APIRouter(dependencies=[Depends(…)])`.",
    "route": "Add the dependency that guards the other routes, or name the route in `extra-public`.",
}
_LONE_HINT = "Add a security dependency to the route or its router, or name the route in `extra-public`."
