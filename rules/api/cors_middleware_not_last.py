"""Other middleware is added after the one for CORS."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Place, Preset, Project, Related, Rule, Severity


class CorsMiddlewareNotLast(Rule):
    """Finds applications that add other middleware after `CORSMiddleware`.

    ## What it reports
    The call that adds `CORSMiddleware` to an application of FastAPI or Starlette, where other middleware is added
    behind it. Where some of it answers requests itself, `middleware-order` reports it.

    ## Why
    What is added last runs first. As soon as the outer middleware fails or learns to refuse, its responses have no CORS
    headers, and browsers hide the error from the program that made the request. With `CORSMiddleware` last that cannot
    happen.

    ## When to ignore it
    Where the outer middleware must see the request before anything else, such as one that gives it a number.
    """

    category = Category.CONVENTION
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = ("Follow FastAPI best practices",)
    references = ("https://www.starlette.io/middleware/#corsmiddleware-global-enforcement",)
    bad = """\
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["https://books.example"])  # <- cors-middleware-not-last
app.add_middleware(GZipMiddleware)
"""
    good = """\
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware

app = FastAPI()
app.add_middleware(GZipMiddleware)
app.add_middleware(CORSMiddleware, allow_origins=["https://books.example"])
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks what stands outside of CORS, application by application."""
        outer = list(project.outer_middleware)
        seen: set[Place] = {one.cors_place for one in outer if one.answers_itself}
        for one in outer:
            if one.cors_place not in seen:
                seen.add(one.cors_place)
                yield self.at(
                    one.cors_place,
                    f"`CORSMiddleware` is added before `{one.name}`, which then runs outside of it.",
                    hint="Add `CORSMiddleware` last: what is added last runs first.",
                    symbol=one.application.name,
                    related=(Related(one.place, f"`{one.name}` is added here."),),
                )
