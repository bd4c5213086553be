"""Reports file access in coroutines, which waits for the disk."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import BlockingWork, Category, Finding, Preset, Project, Related, Rule, Severity


class BlockingFileAccessInAsync(Rule):
    """Finds files that coroutines open, read, write or copy without giving the event loop back.

    ## What it reports
    `open`, `os.open`, `os.popen`, `codecs.open`, `gzip.open` and its kind, temporary files, `Path.open` and
    `Path.read_text` and its kind, `shutil.copy` and its kind, extracted archives: in an `async def`, or in a plain
    function of the project that it calls. `blocking-call-in-async` reports what may be large and is left out here.

    Not reported is what runs in a thread, once at startup or to fill a cache, in scripts, commands and tests. Where a
    helper opens files for more than six calls there is one finding.

    ## Why
    Python's file functions wait for the disk, and the event loop with them. A small file in the cache of the operating
    system takes microseconds, a network file system or a busy disk may take seconds, in which no request is served.

    ## When to ignore it
    Where the files are small and on a local disk: then a thread costs more than the reading.
    """

    category = Category.PERFORMANCE
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = (
        "Leverage the asynchronous capabilities of FastAPI.",
        "Leverage the asynchronous capabilities of FastAPI and Celery to improve application performance.",
        "Build high-performance async endpoints",
        "Use async operations",
        "Use async/await patterns for efficient handling of requests",
    )
    cwe = 1322
    references = ("https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code",)
    bad = (
        """\
import gzip
from pathlib import Path

from fastapi import FastAPI

app = FastAPI()
HELP = Path("help")


@app.get("/help/{name}")
async def read_help(name: str):
    page = HELP / name
    return page.read_text()  # <- blocking-file-access-in-async


@app.get("/archive/{name}")
async def read_archive(name: str):
    with gzip.open(name, "rt") as archive:  # <- blocking-file-access-in-async
        return archive.read()


@app.get("/version")
async def read_version():
    return {"version": version()}  # <- blocking-file-access-in-async


def version() -> str:
    with open("VERSION") as file:
        return file.read()
""",
    )
    good = (
        """\
import asyncio
from contextlib import asynccontextmanager
from pathlib import Path

import aiofiles
import anyio
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.version = Path("VERSION").read_text()
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/help/{name}")
async def read_help(name: str):
    return await asyncio.to_thread(Path("help", name).read_text)


@app.get("/archive/{name}")
async def read_archive(name: str):
    async with aiofiles.open(name) as archive:
        return await archive.read()


@app.get("/pages/{name}")
async def read_page(name: str):
    return await anyio.Path(name).read_text()


@app.get("/plain/{name}")
def read_plain(name: str):
    with open(name) as file:
        return file.read()
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for file access that is not of any size."""
        for work in project.event_loop.work("file"):
            if not all(call.is_bulk for call in work.calls):
                each = (self._finding(project, BlockingWork((call,))) for call in work.calls)
                yield self._finding(project, work).standing_for(each)

    def _finding(self, project: Project, work: BlockingWork) -> Finding:
        first = work.first
        others = len(work.calls) - 1
        return self.at(
            first.site.place,
            f"{project.title_of(first.function)} calls {first.way}"
            f"{f', as {others} more calls do' if others else ''}: the event loop waits for the disk.",
            hint="Hand the whole access to a thread with `asyncio.to_thread()`, or await `aiofiles` or `anyio`.",
            symbol=first.function.symbol,
            related=tuple(Related(first.library_call.place, "The file is used here.") for _ in first.chain[:1]),
        )
