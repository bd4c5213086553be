"""An unexpected exception becomes a 500 and is written to no log."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, CaughtException, Finding, Project, Related, Rule, Severity

#: Such blocks in one module from which on there is one finding for all of them.
HABIT_MINIMUM = 4
RELATED_LIMIT = 5


class UnloggedServerError(Rule):
    """Finds `except Exception` that answers with a server error and writes the exception to no log.

    ## What it reports
    `except Exception` and bare `except` that raise an HTTP error with a status of 500 or more, where nothing in the
    block is logged, printed or reported, and the exception's text is not part of the answer either. Where a handler of
    the application logs the HTTP errors it answers, nothing is reported. A module that does it often gets one finding.

    ## Why
    An exception that nobody catches is logged by the server with its stack. An `HTTPException` is an answer like any
    other and is not, `raise … from error` included. The one thing that says what went wrong is gone: users report "500"
    and nobody can find out why.

    ## When to ignore it
    Where what is called in the `try` has logged the exception already.
    """

    category = Category.MAINTAINABILITY
    severity = Severity.WARNING
    cwe = 778
    checklist = (
        "Log errors properly",
        "Implement proper error handling for all routes, returning meaningful error messages.",
        "Include logging to track down any issues when the application is running.",
        "Implement proper error handling for all API endpoints, returning meaningful error messages.",
    )
    references = ("https://cwe.mitre.org/data/definitions/778.html",)
    bad = """\
from fastapi import FastAPI, HTTPException

from mill import grind

app = FastAPI()


@app.post("/flour")
def make_flour(kilos: int):
    try:
        return grind(kilos)
    except Exception as error:  # <- unlogged-server-error
        raise HTTPException(status_code=500, detail="The mill stands still") from error
"""
    good = (
        """\
import logging

from fastapi import FastAPI, HTTPException

from mill import MillError, grind

app = FastAPI()
log = logging.getLogger(__name__)


@app.post("/flour")
def make_flour(kilos: int):
    try:
        return grind(kilos)
    except MillError:
        raise HTTPException(status_code=503, detail="The mill is closed")
    except Exception as error:
        log.exception("grinding failed")
        raise HTTPException(status_code=500, detail="The mill stands still") from error


@app.post("/meal")
def make_meal(kilos: int):
    try:
        return grind(kilos)
    except Exception as error:
        raise HTTPException(status_code=400, detail="Too much") from error
""",
        """\
import logging

from fastapi import FastAPI, HTTPException
from fastapi.exception_handlers import http_exception_handler

from mill import grind

app = FastAPI()


@app.exception_handler(HTTPException)
async def log_errors(request, error):
    logging.error("failed", exc_info=error)
    return await http_exception_handler(request, error)


@app.post("/flour")
def make_flour(kilos: int):
    try:
        return grind(kilos)
    except Exception as error:
        raise HTTPException(status_code=500, detail="The mill stands still") from error
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for broad blocks that answer with a server error and log nothing, gathered by module."""
        by_module: dict[str, list[CaughtException]] = {}
        for block in project.unlogged_server_errors():
            by_module.setdefault(block.function.module.path, []).append(block)
        for blocks in by_module.values():
            first = blocks[0]
            if len(blocks) >= HABIT_MINIMUM:
                yield self.gathered(
                    first,
                    f"{len(blocks)} blocks here turn any exception into a server error that no log knows of.",
                    map(self._single, blocks),
                    hint="Log what is caught, with its stack: `logger.exception(…)`.",
                    symbol=first.function.module.name,
                    related=tuple(Related(one.place, "Here too.") for one in blocks[1 : RELATED_LIMIT + 1]),
                )
                continue
            yield from map(self._single, blocks)

    def _single(self, block: CaughtException) -> Finding:
        return self.at(
            block,
            f"`{block.function.name}` turns any exception into a server error that no log knows of.",
            hint="Log what is caught, with its stack: `logger.exception(…)`.",
            symbol=block.function.symbol,
        )
