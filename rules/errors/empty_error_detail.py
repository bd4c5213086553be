"""An HTTP error is raised without a text."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Preset, Project, RaisedError, Related, Rule, Severity

RELATED_LIMIT = 5


class EmptyErrorDetail(Rule):
    """Finds raised HTTP errors without a text of their own, once for each module.

    ## What it reports
    `raise HTTPException(status_code=400)` of FastAPI and Starlette with no `detail`, for the statuses 400, 404, 409 and
    422, where the name of the status alone does not say what is wrong. One finding counts those of a module.

    ## Why
    The client gets `{"detail": "Bad Request"}`, which its status said already. A sentence that names what is missing or
    wrong spares the reader the source code, and the support a question.

    ## When to ignore it
    Where the answer must not tell more.
    """

    category = Category.CONTRACT
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = (
        "Implement proper error handling for all API endpoints, returning meaningful error messages.",
        "Provide clear error messages",
    )
    references = ("https://fastapi.tiangolo.com/tutorial/handling-errors/",)
    bad = """\
from fastapi import FastAPI, HTTPException

app = FastAPI()


@app.get("/keys/{name}")
def read_key(name: str):
    if not name:
        raise HTTPException(400)  # <- empty-error-detail
    raise HTTPException(status_code=409)
"""
    good = """\
from fastapi import FastAPI, HTTPException

app = FastAPI()


@app.get("/keys/{name}")
def read_key(name: str):
    if not name:
        raise HTTPException(400, "A key has a name")
    if name == "secret":
        raise HTTPException(status_code=403)
    raise HTTPException(status_code=404, detail=f"No key {name}")
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for errors without a text, gathered by module."""
        by_module: dict[str, list[RaisedError]] = {}
        for status in (400, 404, 409, 422):
            for error in project.errors_without(status, "detail", 1):
                by_module.setdefault(error.place.path, []).append(error)
        for path in sorted(by_module):
            errors = sorted(by_module[path], key=lambda error: error.place)
            yield self._finding(errors).standing_for(self._finding([one]) for one in errors)

    def _finding(self, errors: list[RaisedError]) -> Finding:
        first = errors[0]
        count = "An HTTP error is" if len(errors) == 1 else f"{len(errors)} HTTP errors are"
        return self.at(
            first,
            f"{count} raised in `{first.function.module.name}` without a text.",
            hint="Say in `detail` what is wrong.",
            symbol=first.function.module.name,
            related=tuple(Related(one.place, "Here too.") for one in errors[1 : RELATED_LIMIT + 1]),
        )
