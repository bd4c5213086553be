"""Reports global names that endpoints change."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Preset, Project, Related, Rule, Severity, SharedChange

RELATED_LIMIT = 6


class RequestMutatesGlobalState(Rule):
    """Finds endpoints and dependencies that keep data in global names of a module.

    ## What it reports
    An endpoint or dependency that assigns to a name it declares `global`, or adds to, sets in or removes from a list,
    dictionary or set that the top level of its module makes empty. One finding a name, at the first change.

    Not reported is what is filled once (`if client is None: client = …`), collections that keep running tasks
    (`task.add_done_callback(running.discard)`), and names of caches, locks, pools and metrics.

    ## Why
    Each worker process has its own copy, so that the next request may see another one, and a restart loses it. In one
    process, plain `def` endpoints run in several threads at once: between reading and writing, another request changes
    the same name.

    ## When to ignore it
    In an example or test server with a single worker and no data to lose.

    ## Known limits
    Some state is meant to be that of one process: whether it is healthy, what it has already said, a handle that
    another process can do without. The source does not tell it from data that is lost, so the rule is strict.
    """

    category = Category.CORRECTNESS
    severity = Severity.WARNING
    preset = Preset.STRICT
    cwe = 362
    checklist = (
        "Design with scalability and performance in mind, optimizing database queries and caching data.",
        "Follow FastAPI best practices",
        "Prioritize building scalable, maintainable, and efficient web applications.",
        "Write clean and well-structured code that adheres to Flask and Python best practices.",
    )
    references = ("https://fastapi.tiangolo.com/deployment/concepts/#memory-per-process",)
    bad = """\
from fastapi import FastAPI

app = FastAPI()
orders = []
prices: dict[str, int] = {}
visits = 0


@app.post("/orders", status_code=201)
def add_order(name: str):
    global visits
    visits += 1  # <- request-mutates-global-state
    orders.append(name)  # <- request-mutates-global-state
    return len(orders)


@app.put("/prices/{name}")
def set_price(name: str, price: int):
    prices[name] = price  # <- request-mutates-global-state


@app.delete("/prices/{name}")
def delete_price(name: str):
    prices.pop(name)
"""
    good = """\
import asyncio

from fastapi import FastAPI

app = FastAPI()
client = None
running = set()
has_users = False
is_shared = False
RATES = {"EUR": 1}
page_cache = {}
orders = []


@app.get("/rates")
def read_rates():
    global client
    if client is None:
        client = object()
    page_cache["rates"] = RATES
    return RATES["EUR"]


@app.post("/reports", status_code=202)
async def make_report():
    task = asyncio.create_task(load_later())
    running.add(task)
    task.add_done_callback(running.discard)


@app.get("/setup")
def setup():
    global has_users
    if not is_shared and not has_users:
        has_users = len(RATES) > 0
    return has_users


@app.get("/orders")
def list_orders():
    orders = []
    orders.append(1)
    return orders


async def load_later():
    orders.append(1)
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Gathers the changes by global name."""
        by_name: dict[tuple[str, str], list[SharedChange]] = {}
        for change in project.shared_changes:
            by_name.setdefault((change.place.path, change.name), []).append(change)
        for changes in by_name.values():
            found = sorted(changes, key=lambda one: one.place)
            yield self._finding(project, found).standing_for(self._finding(project, [one]) for one in found)

    def _finding(self, project: Project, changes: list[SharedChange]) -> Finding:
        first, *others = changes
        return self.at(
            first.place,
            f"{project.title_of(first.function)} changes the global `{first.name}`, which each worker process has for "
            "itself and threads share.",
            hint="Keep it in a database, in Redis, or in an object that guards it.",
            symbol=f"{first.function.module.name}:{first.name}",
            related=tuple(
                Related(one.place, f"`{one.function.name}` changes it too.") for one in others[:RELATED_LIMIT]
            ),
        )
