"""Reports computations in coroutines that keep the event loop busy."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import BlockingWork, Category, Finding, Project, Related, Rule, Severity

NOUNS = {
    "hashing": ("cryptography that is slow by design", "a few tenths of a second"),
    "processing": ("an image, table or document", "as long as it is large"),
}
RELATED_LIMIT = 5


class CpuBoundInAsync(Rule):
    """Finds coroutines that hash passwords, convert images or parse documents in the event loop.

    ## What it reports
    In an `async def`, or in a plain function of the project that it comes to at any depth: hashing and checking of
    passwords (bcrypt, passlib, argon2, pwdlib, `werkzeug.security`, `pbkdf2_hmac`, `scrypt`), making of RSA keys,
    saving and resizing of images with Pillow and OpenCV, reading of tables and documents with pandas, polars, openpyxl,
    pdfplumber, python-docx and MarkItDown.

    Not reported is what runs in a thread or process pool or in a worker of a job queue, what runs once, PBKDF2 with
    few rounds, and scripts, commands and tests. A coroutine is reported once, and where a helper does it for more than
    six of them there is one finding.

    ## Why
    A password hash takes a quarter of a second on purpose, an image of ten megapixels about a second. As long as the
    event loop computes, the worker answers nobody else: a few logins at a time are enough to stop an application, and
    nobody needs an account for that.

    ## When to ignore it
    Where the worker does nothing else, or what is computed is known to be tiny.
    """

    category = Category.PERFORMANCE
    severity = Severity.WARNING
    checklist = (
        "Leverage the asynchronous capabilities of FastAPI.",
        "Build high-performance async endpoints",
        "Use background tasks for long operations",
        "Check for performance bottlenecks, including database queries and caching.",
        "Leverage the asynchronous capabilities of FastAPI and Celery to improve application performance.",
    )
    cwe = 1322
    references = (
        "https://fastapi.tiangolo.com/async/#in-a-hurry",
        "https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code",
    )
    bad = (
        {
            "app/users.py": """\
from fastapi import FastAPI, HTTPException

from app.security import PasswordService, hash_password

app = FastAPI()
passwords = PasswordService()


@app.post("/users", status_code=201)
async def create_user(name: str, password: str):
    return {"name": name, "password": hash_password(password)}  # <- cpu-bound-in-async


@app.post("/login")
async def log_in(name: str, password: str):
    if not passwords.verify(password, "$2b$12$"):  # <- cpu-bound-in-async
        raise HTTPException(status_code=401, detail="Wrong password")
""",
            "app/security.py": """\
import bcrypt
from passlib.context import CryptContext


def hash_password(password: str) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt()).decode()


class PasswordService:
    context = CryptContext(schemes=["bcrypt"])

    def verify(self, password: str, hashed: str) -> bool:
        return self.context.verify(password, hashed)
""",
        },
        """\
import io

import pandas as pd
from fastapi import FastAPI, UploadFile
from PIL import Image

app = FastAPI()


@app.post("/pictures")
async def upload_picture(file: UploadFile):
    picture = Image.open(file.file)
    picture.thumbnail((200, 200))  # <- cpu-bound-in-async
    return picture.size


@app.post("/tables")
async def upload_table(file: UploadFile):
    frame = pd.read_csv(io.BytesIO(await file.read()))  # <- cpu-bound-in-async
    return len(frame)
""",
    )
    good = (
        """\
import asyncio
import hashlib

import bcrypt
import pandas
from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from passlib.context import CryptContext

app = FastAPI()
context = CryptContext(schemes=["bcrypt"])


@app.post("/users", status_code=201)
def create_user(name: str, password: str):
    return {"name": name, "password": context.hash(password)}


@app.post("/login")
async def log_in(name: str, password: str):
    is_right = await run_in_threadpool(context.verify, password, "$2b$12$")
    hashed = await asyncio.to_thread(bcrypt.hashpw, password.encode(), bcrypt.gensalt())
    return is_right and context.identify(hashed)


@app.get("/keys/{name}")
async def derive_key(name: str):
    return hashlib.pbkdf2_hmac("sha256", name.encode(), b"key of a file", 2048).hex()


@app.get("/sales")
async def sales(days: int):
    calendar = pandas.DataFrame({"day": range(days)})
    counted = pandas.DataFrame({"day": [1], "count": [3]})
    return pandas.merge(calendar, counted, on="day", how="left").to_dict(orient="records")
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for what computes."""
        for work in project.event_loop.work(*NOUNS, once_a_function=True):
            each = (self._finding(project, BlockingWork((call,))) for call in work.calls)
            yield self._finding(project, work).standing_for(each)

    def _finding(self, project: Project, work: BlockingWork) -> Finding:
        first = work.first
        noun, duration = NOUNS[first.kind]
        others = len(work.calls) - 1
        return self.at(
            first.site.place,
            f"{project.title_of(first.function)} calls {first.way}"
            f"{f', as {others} more calls do' if others else ''}: {noun} keeps the event loop busy for {duration}.",
            hint="Hand the call to a thread with `asyncio.to_thread()` or `run_in_threadpool()`, or make the endpoint "
            "a plain `def`.",
            symbol=first.function.symbol,
            related=(
                *(Related(first.library_call.place, "It is computed here.") for _ in first.chain[:1]),
                *(
                    Related(call.site.place, f"`{call.function.name}` does it too.")
                    for call in work.calls[1:RELATED_LIMIT]
                ),
            ),
        )
