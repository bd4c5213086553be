"""Reports tasks that are started and not kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewer.api import CallSite, Category, Finding, Project, Related, Rule, Severity

#: Lost tasks of a module from which on they are one finding.
HABIT_MINIMUM = 4
RELATED_LIMIT = 5


class BackgroundTaskReferenceLost(Rule):
    """Finds tasks whose reference is dropped: `asyncio.create_task(…)` as a statement of its own.

    ## What it reports
    `asyncio.create_task`, `asyncio.ensure_future` and `create_task` of an event loop where nothing takes the task that
    they give, or only `_` does; four and more in a module are one finding. Tasks of a `TaskGroup`, which keeps them,
    are left alone, and so are those that `__del__` starts, after which nothing is there to keep them.

    ## Why
    The event loop itself holds only a weak reference to a task: one that nobody else keeps may be collected before it
    is done, and then stops in the middle without a word. An exception in it is seen by nobody either, and when the
    server stops, nothing waits for it.

    ## When to ignore it
    Where the coroutine keeps itself alive, and logs its own errors.
    """

    category = Category.CORRECTNESS
    severity = Severity.WARNING
    checklist = (
        "Leverage the asynchronous capabilities of FastAPI.",
        "Ensure that background tasks are handled efficiently and that Celery is set up correctly.",
        "Use background tasks for long operations",
        "Write clean, efficient, and maintainable code that adheres to best practices for each technology.",
        "Leverage the asynchronous capabilities of FastAPI and Celery to improve application performance.",
    )
    references = ("https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task",)
    bad = """\
import asyncio

from fastapi import FastAPI

app = FastAPI()


async def index(document_id: int) -> None:
    await asyncio.sleep(document_id)


@app.post("/documents/{document_id}")
async def add_document(document_id: int):
    asyncio.create_task(index(document_id))  # <- background-task-reference-lost
    _ = asyncio.ensure_future(index(document_id))  # <- background-task-reference-lost
    loop = asyncio.get_running_loop()
    loop.create_task(index(document_id))  # <- background-task-reference-lost
"""
    good = """\
import asyncio

from fastapi import BackgroundTasks, FastAPI

app = FastAPI()
running: set[asyncio.Task] = set()


async def index(document_id: int) -> None:
    await asyncio.sleep(document_id)


@app.post("/documents/{document_id}")
async def add_document(document_id: int, background_tasks: BackgroundTasks):
    task = asyncio.create_task(index(document_id))
    running.add(task)
    task.add_done_callback(running.discard)
    background_tasks.add_task(index, document_id)
    await asyncio.create_task(index(document_id))
    async with asyncio.TaskGroup() as group:
        group.create_task(index(document_id))


class Client:
    async def close(self) -> None:
        await asyncio.sleep(0)

    def __del__(self) -> None:
        asyncio.get_running_loop().create_task(self.close())
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the tasks that are dropped, and gathers those of a module where it is a habit."""
        by_module: dict[str, list[CallSite]] = {}
        for site in project.lost_tasks:
            by_module.setdefault(site.place.path, []).append(site)
        for sites in by_module.values():
            each = [self._finding(project, site) for site in sites]
            if len(sites) >= HABIT_MINIMUM:
                yield self._finding(project, sites[0], sites[1:]).standing_for(each)
            else:
                yield from each

    def _finding(self, project: Project, site: CallSite, others: Sequence[CallSite] = ()) -> Finding:
        more = f", as {len(others)} more places of the module do" if others else ""
        return self.at(
            site.place,
            f"{project.title_of(site.caller)} starts a task and keeps no reference to it{more}: it may be collected "
            "before it is done, and its errors are lost.",
            hint="Keep the task, for instance in a set until it is done, and log its errors; or use a background "
            "task of the framework.",
            symbol=site.caller.symbol,
            related=tuple(Related(one.place, f"`{one.caller.name}` does it here.") for one in others[:RELATED_LIMIT]),
        )
