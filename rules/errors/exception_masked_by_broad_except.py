"""A broad `except` turns an HTTP error that is raised in its `try` into another one."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity


class ExceptionMaskedByBroadExcept(Rule):
    """Finds `except Exception` that turns an HTTP error raised in its `try` into another one, mostly 500.

    ## What it reports
    `except Exception`, `except BaseException` and bare `except` that raise an HTTP error, where the `try` raises one
    with a status of a client's error itself or through the functions of the project that it calls. Where an earlier
    `except HTTPException` lets it pass, or the block raises it again or asks what it has caught, nothing is reported,
    nor is what a context manager checks that only a function called there opens.

    ## Why
    `HTTPException` is an `Exception`. The 404 that is raised for the client is caught a few lines below and leaves as
    500: the client takes its own mistake for a failure of the server and tries again, and monitoring counts an outage.

    ## When to ignore it
    Where the other status is meant, to tell less; then catch the HTTP error by its name, so that a reader sees it.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    cwe = 396
    checklist = (
        "Implement proper error handling for all API endpoints, returning meaningful error messages.",
        "Use HTTPException with appropriate status codes",
        "Implement proper error handling for all routes, returning meaningful error messages.",
        "Review all error handling and make sure proper error messages are returned.",
        "Ensure proper error handling and validation",
    )
    references = ("https://cwe.mitre.org/data/definitions/396.html",)
    bad = (
        """\
from fastapi import FastAPI, HTTPException

app = FastAPI()
TRACKS = {1: "intro"}


@app.get("/tracks/{number}")
def read_track(number: int):
    try:
        if number not in TRACKS:
            raise HTTPException(status_code=404, detail="No such track")
        return TRACKS[number]
    except Exception as error:  # <- exception-masked-by-broad-except
        raise HTTPException(status_code=500, detail="Reading failed") from error
""",
        {
            "music/main.py": """\
from fastapi import FastAPI, HTTPException

from music.service import TrackService

app = FastAPI()
tracks = TrackService()


@app.delete("/tracks/{number}")
async def delete_track(number: int):
    try:
        await tracks.delete(number)
    except ValueError:
        raise HTTPException(422)
    except:  # <- exception-masked-by-broad-except
        raise HTTPException(status_code=500)
""",
            "music/service.py": """\
from fastapi import HTTPException, status


class TrackNotFound(HTTPException):
    def __init__(self, number: int) -> None:
        super().__init__(status_code=status.HTTP_404_NOT_FOUND)


class TrackService:
    def __init__(self) -> None:
        self.tracks = {}

    async def delete(self, number: int) -> None:
        self._find(number)
        del self.tracks[number]

    def _find(self, number: int):
        if number not in self.tracks:
            raise TrackNotFound(number)
        return self.tracks[number]
""",
        },
    )
    good = {
        "music/albums.py": """\
from fastapi import FastAPI, HTTPException

from music.store import add_album

app = FastAPI()


@app.post("/albums")
def create_album(name: str):
    try:
        add_album("albums", name)
    except Exception as error:
        raise HTTPException(status_code=500, detail="The album is not kept") from error
""",
        "music/store.py": """\
from contextlib import contextmanager

from fastapi import HTTPException


@contextmanager
def opened(shelf: str):
    if not shelf.isidentifier():
        raise HTTPException(status_code=400, detail="No such shelf")
    yield []


def add_album(shelf: str, name: str) -> None:
    with opened(shelf) as albums:
        albums.append(name)
""",
        "music/main.py": """\
from fastapi import FastAPI, HTTPException

app = FastAPI()
TRACKS = {1: "intro"}


@app.get("/tracks/{number}")
def read_track(number: int):
    try:
        if number not in TRACKS:
            raise HTTPException(status_code=404, detail="No such track")
        return TRACKS[number]
    except HTTPException:
        raise
    except Exception as error:
        raise HTTPException(status_code=500, detail="Reading failed") from error


@app.get("/tracks/{number}/length")
def read_length(number: int):
    if number not in TRACKS:
        raise HTTPException(status_code=404, detail="No such track")
    try:
        return len(TRACKS[number])
    except Exception as error:
        raise HTTPException(status_code=500) from error


@app.delete("/tracks/{number}")
def delete_track(number: int):
    try:
        read_track(number)
    except Exception as error:
        if isinstance(error, HTTPException):
            raise
        raise HTTPException(status_code=500) from error
""",
    }

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for errors that a broad block turns into another one."""
        for masked in project.masked_errors():
            yield self.at(
                masked,
                f"`{masked.function.name}` turns the {masked.error.status} that is raised in this `try` into "
                f"{masked.status}.",
                hint="Let HTTP errors pass with `except HTTPException: raise` before it, or narrow the `try`.",
                symbol=masked.function.symbol,
                related=(Related(masked.error.place, f"`{masked.error.exception}` is raised here."),),
            )
