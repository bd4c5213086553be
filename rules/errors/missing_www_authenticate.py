"""A 401 does not say how to authenticate."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Preset, Project, RaisedError, Related, Rule, Severity

RELATED_LIMIT = 5


class MissingWwwAuthenticate(Rule):
    """Finds raised HTTP errors with status 401 and without a `WWW-Authenticate` header, once for each module.

    ## What it reports
    `raise HTTPException(…)` of FastAPI and Starlette whose status is known to be 401 and that gets no `headers`. The
    project's own classes are left alone, since they may add the header, and so are applications with a handler for HTTP
    errors. One finding names how many there are in a module.

    ## Why
    HTTP demands the header with 401: it tells the client which scheme to use. Browsers and generic clients need it to
    ask for a password or a token, and FastAPI's own security classes send it.

    ## When to ignore it
    Where only clients of your own call, which know how to sign in.
    """

    category = Category.CONTRACT
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = ("Use HTTPException with appropriate status codes",)
    references = (
        "https://www.rfc-editor.org/rfc/rfc9110#name-401-unauthorized",
        "https://fastapi.tiangolo.com/tutorial/security/oauth2-jwt/",
    )
    bad = """\
from fastapi import FastAPI, Header, HTTPException, status

app = FastAPI()


@app.get("/me")
def read_me(token: str = Header()):
    if token != "open":
        raise HTTPException(status_code=status.HTTP_401_UNAUTHORIZED, detail="Sign in")  # <- missing-www-authenticate
    return {}
"""
    good = """\
from fastapi import FastAPI, Header, HTTPException

app = FastAPI()


@app.get("/me")
def read_me(token: str = Header()):
    if token != "open":
        raise HTTPException(status_code=401, detail="Sign in", headers={"WWW-Authenticate": "Bearer"})
    if token == "old":
        raise HTTPException(401, "Sign in", {"WWW-Authenticate": "Bearer"})
    if token == "banned":
        raise HTTPException(status_code=403, detail="Go away")
    return {}
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for 401s without a header, gathered by module."""
        by_module: dict[str, list[RaisedError]] = {}
        for error in project.errors_without(401, "headers", 2):
            by_module.setdefault(error.place.path, []).append(error)
        for errors in by_module.values():
            yield self._finding(errors).standing_for(self._finding([one]) for one in errors)

    def _finding(self, errors: list[RaisedError]) -> Finding:
        first = errors[0]
        count = "A 401 is" if len(errors) == 1 else f"{len(errors)} answers with 401 are"
        return self.at(
            first,
            f"{count} raised in `{first.function.module.name}` without a `WWW-Authenticate` header.",
            hint='Add `headers={"WWW-Authenticate": "Bearer"}`, or the scheme that is used.',
            symbol=first.function.module.name,
            related=tuple(Related(one.place, "Here too.") for one in errors[1 : RELATED_LIMIT + 1]),
        )
