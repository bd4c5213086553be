"""Middleware that answers requests itself runs outside of the one that adds the CORS headers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from reviewer.api import Category, Finding, OuterMiddleware, Place, Project, Related, Rule, Severity

NAMES_LIMIT = 3


class MiddlewareOrder(Rule):
    """Finds middleware that sends responses of its own and is added after `CORSMiddleware`.

    ## What it reports
    The call that adds `CORSMiddleware` to an application of FastAPI or Starlette, where `add_middleware` or
    `@app.middleware("http")` adds middleware behind it that answers requests itself: a function or class of the project
    that returns or sends a response which it makes, and middleware of libraries such as `TrustedHostMiddleware`,
    `HTTPSRedirectMiddleware` and `SlowAPIMiddleware`; `AuthenticationMiddleware` where the project raises
    `AuthenticationError`, since it lets all others pass.

    ## Why
    What is added last runs first. A 401 or 429 of such middleware never passes the one for CORS, so it has no CORS
    headers, and the browser shows the program in it a network error instead of the status; a preflight request, which
    carries no credentials, is refused before CORS can answer it.

    ## When to ignore it
    Where no browser of another origin calls these routes.
    """

    category = Category.CORRECTNESS
    severity = Severity.WARNING
    checklist = ("Follow FastAPI best practices",)
    references = (
        "https://fastapi.tiangolo.com/tutorial/middleware/#multiple-middleware-execution-order",
        "https://www.starlette.io/middleware/#corsmiddleware-global-enforcement",
    )
    bad = {
        "app/main.py": """\
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse

from app.keys import KeyMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["https://books.example"])  # <- middleware-order
app.add_middleware(KeyMiddleware)


@app.middleware("http")
async def maintenance(request, call_next):
    if request.url.path.startswith("/old"):
        return JSONResponse({"detail": "Gone."}, status_code=410)
    return await call_next(request)
""",
        "app/keys.py": """\
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import Response


class KeyMiddleware(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        if "x-key" not in request.headers:
            return Response(status_code=401)
        return await call_next(request)
""",
        "app/shop.py": """\
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.authentication import AuthenticationBackend, AuthenticationError
from starlette.middleware.authentication import AuthenticationMiddleware

from app.sizes import SizeLimit


class CardBackend(AuthenticationBackend):
    async def authenticate(self, connection):
        raise AuthenticationError("No card")


shop = FastAPI()
shop.add_middleware(CORSMiddleware, allow_origins=["https://shop.example"])  # <- middleware-order
shop.add_middleware(AuthenticationMiddleware, backend=CardBackend())

store = FastAPI()
store.add_middleware(CORSMiddleware, allow_origins=["https://store.example"])  # <- middleware-order
store.add_middleware(SizeLimit)
""",
        "app/sizes.py": """\
from starlette.responses import PlainTextResponse


class SizeLimit:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if len(scope["path"]) > 1000:
            response = PlainTextResponse("Too long", status_code=414)
            await response(scope, receive, send)
            return
        await self.app(scope, receive, send)
""",
    }
    good = {
        "app/main.py": """\
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.middleware.trustedhost import TrustedHostMiddleware

app = FastAPI()
app.add_middleware(TrustedHostMiddleware, allowed_hosts=["books.example"])
app.add_middleware(CORSMiddleware, allow_origins=["https://books.example"])
app.add_middleware(GZipMiddleware)


@app.middleware("http")
async def measure(request, call_next):
    response = await call_next(request)
    response.headers["x-time"] = "1"
    return response
""",
        "app/club.py": """\
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.authentication import AuthCredentials, AuthenticationBackend, SimpleUser
from starlette.middleware.authentication import AuthenticationMiddleware


class CardBackend(AuthenticationBackend):
    async def authenticate(self, connection):
        card = connection.headers.get("x-card")
        return (AuthCredentials(["member"]), SimpleUser(card)) if card else None  # a guest goes on


club = FastAPI()
club.add_middleware(CORSMiddleware, allow_origins=["https://club.example"])
club.add_middleware(AuthenticationMiddleware, backend=CardBackend())
""",
    }

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks what stands outside of CORS and answers, application by application."""
        by_place: defaultdict[Place, list[OuterMiddleware]] = defaultdict(list)
        for one in project.outer_middleware:
            if one.answers_itself:
                by_place[one.cors_place].append(one)
        for place, found in by_place.items():
            names = ", ".join(f"`{one.name}`" for one in found[:NAMES_LIMIT])
            verb = "answers" if len(found) == 1 else "answer"
            yield self.at(
                place,
                f"`CORSMiddleware` is added before {names}, which {verb} requests without CORS headers.",
                hint="Add `CORSMiddleware` last: what is added last runs first.",
                symbol=found[0].application.name,
                related=tuple(Related(one.place, f"`{one.name}` is added here.") for one in found),
            )
