"""Reports calls in coroutines that keep the event loop waiting."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import BlockingWork, Category, Finding, Project, Related, Rule, Severity

#: What the kinds of calls do meanwhile, and what to do instead.
KINDS = {
    "sleep": ("sleeps", "Await `asyncio.sleep()` instead."),
    "http": (
        "waits for another server",
        "Await an asynchronous client (`httpx.AsyncClient`, aiohttp, the asynchronous client of the SDK), or hand the "
        "call to a thread with `asyncio.to_thread()`.",
    ),
    "process": (
        "waits for a process",
        "Await `asyncio.create_subprocess_exec()`, or hand the call to a thread with `asyncio.to_thread()`.",
    ),
    "input": ("waits for a person", "Hand the call to a thread with `asyncio.to_thread()`."),
    "mail": ("waits for a mail server", "Send the mail in a background task or a thread, or await `aiosmtplib`."),
    "socket": ("waits for the network", "Await asyncio's streams or `loop.getaddrinfo()`, or use a thread."),
    "file": (
        "waits for the disk",
        "Hand the whole reading or writing to a thread with `asyncio.to_thread()`, or await `aiofiles` or `anyio`.",
    ),
}
RELATED_LIMIT = 5


class BlockingCallInAsync(Rule):
    """Finds calls in coroutines that block the event loop: sleeping, HTTP requests, processes, mail, bulk file access.

    ## What it reports
    A call in an `async def` that waits without giving the event loop back, whether it calls the library itself or a
    plain function of the project that comes to it at any depth: `time.sleep`, requests, `urllib`, the synchronous
    clients of httpx and of SDKs (boto3, OpenAI, Anthropic, Stripe), `subprocess`, `os.system`, `input`, `smtplib`,
    name lookups. Of files only those that may be large count, read or written right there: `open` in a binary mode,
    copying and removing of folders; an info for these, since it depends on the size.

    Not reported is what runs in a thread (`asyncio.to_thread`, `run_in_threadpool`, `run_in_executor`,
    `anyio.to_thread.run_sync`, generators that a streaming response takes), what runs once (at startup, to fill a
    cache) or in a worker of a job queue, what a function does only for callers that ask it to wait
    (`if blocking: send()`), and scripts, commands and tests. Where a helper blocks in more than six places there is one
    finding.

    ## Why
    All requests of a worker share one event loop. While a coroutine waits in a blocking call, no other request is
    read, answered or cancelled: a mail server that takes five seconds stops the whole worker for five seconds. A
    plain `def` endpoint would have been better off, as FastAPI runs it in a thread.

    ## When to ignore it
    Where the loop serves nobody else, as in a consumer that does one thing after the other.

    ## Known limits
    Clients that come out of a function without a return annotation, and functions that are passed along as values, are
    not followed.
    """

    category = Category.PERFORMANCE
    severity = Severity.ERROR
    checklist = (
        "Leverage the asynchronous capabilities of FastAPI.",
        "Leverage the asynchronous capabilities of FastAPI and Celery to improve application performance.",
        "Build high-performance async endpoints",
        "Leverage async HTTP clients",
        "Use async operations",
        "Use async/await patterns for efficient handling of requests",
        "Check for performance bottlenecks, including database queries and caching.",
        "Follow FastAPI best practices",
    )
    cwe = 1322
    references = (
        "https://fastapi.tiangolo.com/async/#in-a-hurry",
        "https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code",
    )
    bad = (
        {
            "shop/main.py": """\
import time

from fastapi import FastAPI

from shop.shipping import Carrier, quote

app = FastAPI()
carrier = Carrier()


@app.get("/quotes/{order_id}")
async def read_quote(order_id: int):
    time.sleep(1)  # <- blocking-call-in-async
    return quote(order_id)  # <- blocking-call-in-async


@app.get("/labels/{order_id}")
async def read_label(order_id: int):
    return carrier.label(order_id)  # <- blocking-call-in-async
""",
            "shop/shipping.py": """\
import requests


def quote(order_id: int) -> dict:
    return _ask(f"/quotes/{order_id}")


def _ask(path: str) -> dict:
    return requests.get(f"https://carrier.example{path}", timeout=5).json()


class Carrier:
    def __init__(self):
        self.session = requests.Session()

    def label(self, order_id: int) -> bytes:
        return self.session.get(f"https://carrier.example/labels/{order_id}").content
""",
        },
        """\
import shutil
import subprocess
from smtplib import SMTP

import boto3
from fastapi import FastAPI, UploadFile
from openai import OpenAI

app = FastAPI()
storage = boto3.client("s3")


@app.post("/videos")
async def upload_video(video: UploadFile):
    with open(f"/videos/{video.filename}", "wb") as target:  # <- blocking-call-in-async
        shutil.copyfileobj(video.file, target)  # <- blocking-call-in-async
    subprocess.run(["ffmpeg", "-i", target.name], check=True)  # <- blocking-call-in-async
    storage.upload_file(target.name, "videos", video.filename)  # <- blocking-call-in-async
    notify(video.filename)  # <- blocking-call-in-async
    client = OpenAI()
    answer = client.chat.completions.create(model="small", messages=[])  # <- blocking-call-in-async
    return answer.choices[0].message.content


def notify(name: str) -> None:
    with SMTP("mail.example") as server:
        server.sendmail("videos@example.com", "editors@example.com", name)
""",
    )
    good = (
        {
            "shop/main.py": """\
import asyncio
import time
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from shop.shipping import count_visit, pages, quote, rows


@asynccontextmanager
async def lifespan(app: FastAPI):
    quote(0)
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/quotes/{order_id}")
def read_quote(order_id: int):
    time.sleep(1)
    return quote(order_id)


@app.get("/slow-quotes/{order_id}")
async def read_slow_quote(order_id: int):
    await asyncio.sleep(1)
    first = await run_in_threadpool(quote, order_id)
    second = await asyncio.to_thread(lambda: quote(order_id + 1))
    return [first, second]


@app.get("/labels/{order_id}")
async def read_label(order_id: int):
    def load():
        return quote(order_id)

    async with httpx.AsyncClient() as client:
        answer = await client.get(f"https://carrier.example/labels/{order_id}")
    return answer.json() | await asyncio.get_running_loop().run_in_executor(None, load)


@app.get("/rows")
async def read_rows():
    with open("header.txt") as header:
        print(header.read())
    count_visit("rows")
    return StreamingResponse(rows())


@app.get("/pages")
async def read_pages():
    return await asyncio.to_thread(list, pages())
""",
            "shop/shipping.py": """\
import threading

import boto3
import requests

storage = boto3.client("s3")


def count_visit(name: str, blocking: bool = False) -> None:
    def send():
        requests.post("https://visits.example", json={"name": name}, timeout=5)

    if blocking:
        return send()
    threading.Thread(target=send).start()


def pages():
    found = storage.get_paginator("list_objects_v2").paginate(Bucket="pages")
    return found


def quote(order_id: int) -> dict:
    return requests.get(f"https://carrier.example/quotes/{order_id}", timeout=5).json()


def rows():
    for number in range(3):
        yield requests.get(f"https://carrier.example/rows/{number}").text
""",
        },
        {
            "app/keys.py": """\
from functools import lru_cache

import requests

from app.cache import cache


class Keys:
    def __init__(self):
        self._keys = None

    async def current(self) -> dict:
        if self._keys is None:
            self._keys = requests.get("https://login.example/keys").json()
        return self._keys


@lru_cache
def discovery() -> dict:
    return requests.get("https://login.example/.well-known").json()


async def issuer(names: dict) -> str:
    return names.get("issuer") or cache.get("issuer") or discovery()["issuer"]
""",
            "app/cache.py": "cache = {}\n",
            "scripts/import_keys.py": """\
import time


async def main():
    time.sleep(5)
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for what waits, and of files for what may be large."""
        for work in project.event_loop.work(*(kind for kind in KINDS if kind != "file")):
            yield self._gathered(project, work)
        for work in project.event_loop.work("file"):
            if all(call.is_bulk for call in work.calls):
                yield self._gathered(project, work, Severity.INFO)

    def _gathered(self, project: Project, work: BlockingWork, severity: Severity | None = None) -> Finding:
        each = (self._finding(project, BlockingWork((call,)), severity) for call in work.calls)
        return self._finding(project, work, severity).standing_for(each)

    def _finding(self, project: Project, work: BlockingWork, severity: Severity | None = None) -> Finding:
        first = work.first
        waiting, hint = KINDS[first.kind]
        others = len(work.calls) - 1
        more = f", as {others} more calls do" if others else ""
        return self.at(
            first.site.place,
            f"{project.title_of(first.function)} calls {first.way}{more}: "
            f"the event loop {waiting}, and serves no other request meanwhile.",
            hint=hint,
            symbol=first.function.symbol,
            related=(
                *(Related(first.library_call.place, "This call blocks.") for _ in first.chain[:1]),
                *(
                    Related(call.site.place, f"`{call.function.name}` blocks here.")
                    for call in work.calls[1:RELATED_LIMIT]
                ),
            ),
            severity=severity,
        )
