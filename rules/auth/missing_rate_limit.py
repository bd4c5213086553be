"""Nothing counts the requests to a route that takes passwords or codes."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Confidence, Finding, Preset, Project, Rule, Severity


class MissingRateLimit(Rule):
    """Finds routes for signing in and resetting passwords that nothing limits.

    ## What it reports
    POST routes that sign in, sign up, ask for a password reset or take a code, by their path, their form
    (`OAuth2PasswordRequestForm`) or the comparison they make (`verify_password(…)`), where neither a decorator, a
    dependency, a middleware, a default limit nor anything that they call counts requests.

    Where other routes of the project have a limiter, it is more likely that this one was forgotten, and the message
    says so. Single sign-on and callbacks of other servers are left out, and so are routes for known callers.

    ## Why
    Without a limit a password is a matter of patience: a program tries thousands a minute, and a route that sends mail
    to any address fills other people's inboxes and the sender's list of refused mail.

    ## When to ignore it
    Where a gateway in front of the application limits these routes. The rule is in the strict preset for that reason.
    """

    category = Category.SECURITY
    severity = Severity.WARNING
    preset = Preset.STRICT
    cwe = 307
    owasp = "API4:2023"
    checklist = ("Implement rate limiting",)
    references = (
        "https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/",
        "https://cheatsheetseries.owasp.org/cheatsheets/Authentication_Cheat_Sheet.html#protect-against-automated-attacks",
    )
    bad = (
        {
            "app/main.py": """\
from flask import Flask, request
from flask_limiter import Limiter

from app.passwords import check

app = Flask(__name__)
limiter = Limiter(app=app, key_func=lambda: request.remote_addr)


@app.post("/login")
@limiter.limit("10/minute")
def login():
    return check(request.form["name"], request.form["password"])


@app.post("/forgot")
def forgot():  # <- missing-rate-limit
    return ""


@app.route("/teams/join", methods=["GET", "POST"])
def join():  # <- missing-rate-limit
    if verify_password(request.form["password"], ""):
        return "welcome"
    return "no"
""",
            "app/passwords.py": """\
def check(name, password):
    return name == password
""",
        },
        """\
from fastapi import Depends, FastAPI
from fastapi.security import OAuth2PasswordRequestForm

app = FastAPI()


@app.post("/auth/access")
def access(form: OAuth2PasswordRequestForm = Depends()):  # <- missing-rate-limit
    return {"name": form.username}
""",
    )
    good = (
        """\
from fastapi import APIRouter, Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from fastapi_limiter.depends import RateLimiter

app = FastAPI()
router = APIRouter(prefix="/auth", dependencies=[Depends(RateLimiter(times=5, seconds=60))])


@router.post("/login")
def login(name: str, password: str):
    return {}


@app.post("/register")
def register(name: str, password: str):
    if attempts.count_failed_login(name) > 5:
        raise HTTPException(status_code=423)
    return {}


@app.post("/oauth/login")
def sign_in_elsewhere():
    return {}


@app.get("/login")
def login_page():
    return {}


@app.post("/users/{user_id}/reset-password")
def reset_password(user_id: int, token: str = Depends(OAuth2PasswordBearer(tokenUrl="/login"))):
    return {}


app.include_router(router)
""",
        """\
from flask import Flask, request
from flask_limiter import Limiter

app = Flask(__name__)
limiter = Limiter(app=app, default_limits=["100/hour"])


@app.post("/login")
def login():
    return ""
""",
        """\
from flask import Flask
from flask_restful import Api, Resource

from app.limits import limiter

app = Flask(__name__)
api = Api(app)


class Login(Resource):
    decorators = [limiter.limit("50/hour")]

    def post(self):
        return {}


api.add_resource(Login, "/login")
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the routes by which secrets can be guessed without end."""
        for found in project.unlimited_routes():
            others = "; other routes of the project have a limit" if found.has_limiter_elsewhere else ""
            yield self.at(
                found.place,
                f"Nothing limits how often `{found.route}` is called{others}.",
                hint="Put a limiter before it, such as `@limiter.limit(…)` or `Depends(RateLimiter(…))`.",
                symbol=found.route.symbol,
                confidence=Confidence.HIGH if found.has_limiter_elsewhere else Confidence.MEDIUM,
            )
