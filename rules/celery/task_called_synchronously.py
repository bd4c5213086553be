"""Reports tasks that a request runs itself instead of queueing them."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity


class TaskCalledSynchronously(Rule):
    """Finds Celery tasks that are called as plain functions, or with `.apply()`, while a request is answered.

    ## What it reports
    A call `send_email(user)` or `send_email.apply(…)` of a Celery task in an endpoint, in a dependency, or in a
    function of the project that one of them calls. Such a call runs the task's body in the web process, and the
    caller waits. Import aliases, tasks of factories, class-based tasks and signatures (`send_email.s(user).apply()`)
    are followed.

    Calls in functions that no route reaches (scripts, commands, tests) are left alone. So are calls inside other
    tasks: they run in a worker, where calling a task's function is a way to compose it. `task.run(…)` and
    `task.__wrapped__(…)` are not reported either, since nobody writes them by mistake for `.delay(…)`. A function that
    also queues the same task has chosen between both, for instance because no broker is configured.

    ## Why
    The task exists because the work is slow or may fail: mail servers, reports, other services. Called directly it
    holds the request, and a thread or the event loop with it; it is not retried, not routed to a queue, not limited in
    time, and its failure becomes a 500. The missing `.delay` changes no test, since the result is the same.

    ## When to ignore it
    Where the caller needs the result and the work is short. Better then is a plain function that both call.
    """

    category = Category.PERFORMANCE
    severity = Severity.WARNING
    checklist = (
        "Utilize Celery for handling asynchronous tasks, such as sending emails, processing data, and performing background jobs.",  # noqa: E501
        "Ensure that background tasks are handled efficiently and that Celery is set up correctly.",
        "Check if Celery tasks are configured properly and running asynchronously.",
        "Leverage Celery for handling asynchronous tasks, such as sending emails, processing data, and performing background jobs.",  # noqa: E501
        "Utilize Celery for handling asynchronous tasks using a Redis broker.",
        "Use background tasks for long operations",
        "Leverage the asynchronous capabilities of FastAPI and Celery to improve application performance.",
    )
    references = ("https://docs.celeryq.dev/en/stable/userguide/calling.html",)
    bad = (
        '''
from celery import Celery
from fastapi import FastAPI

app = FastAPI()
celery = Celery(__name__, broker="redis://localhost:6379/0")


@celery.task(name="send_welcome_email")
def send_welcome_email(address: str) -> None:
    ...


@app.post("/users", status_code=201)
def create_user(address: str):
    send_welcome_email(address)  # <- task-called-synchronously
    return {"address": address}
''',
        {
            "app/worker.py": 'from celery import Celery\n\ncelery_app = Celery("app")\n',
            "app/tasks.py": (
                "from app.worker import celery_app\n\n\n"
                "@celery_app.task(bind=True, max_retries=3)\n"
                "def render_report(self, report_id):\n    ...\n"
            ),
            "app/services/reports.py": (
                "from app.tasks import render_report as render\n\n\n"
                "class ReportService:\n"
                "    def order(self, report_id: int) -> None:\n"
                "        render.apply(args=[report_id])  # <- task-called-synchronously\n"
            ),
            "app/main.py": (
                "from fastapi import APIRouter, Depends, FastAPI\n\n"
                "from app.services.reports import ReportService\n\n"
                'router = APIRouter(prefix="/reports")\n\n\n'
                '@router.post("/{report_id}")\n'
                "def order_report(report_id: int, service: ReportService = Depends()):\n"
                "    service.order(report_id)\n\n\n"
                "app = FastAPI()\napp.include_router(router)\n"
            ),
        },
        {
            "tasks.py": (
                "from celery import shared_task\n\n\n"
                "@shared_task\ndef resize(image_id):\n    ...\n"
            ),
            "main.py": (
                "from fastapi import FastAPI\n\nimport tasks\n\napp = FastAPI()\n\n\n"
                '@app.put("/images/{image_id}")\n'
                "def replace_image(image_id: int):\n"
                "    tasks.resize.s(image_id).apply()  # <- task-called-synchronously\n"
            ),
        },
    )  # fmt: skip
    good = (
        """
from celery import Celery
from fastapi import FastAPI

app = FastAPI()
celery = Celery(__name__)


@celery.task
def send_welcome_email(address: str) -> None:
    ...


@celery.task
def welcome(address: str) -> None:
    send_welcome_email(address)


@app.post("/users", status_code=201)
def create_user(address: str):
    welcome.delay(address)
    send_welcome_email.apply_async(args=[address], countdown=60)


def send_by_hand() -> None:
    send_welcome_email("ada@example.com")
""",
        {
            "app/tasks.py": (
                "from celery import shared_task\n\n\n"
                "def render(report_id):\n    ...\n\n\n"
                "@shared_task\ndef render_report(report_id):\n    render(report_id)\n"
            ),
            "app/main.py": (
                "from fastapi import FastAPI\n\n"
                "from app.settings import settings\nfrom app.tasks import render, render_report\n\n"
                "app = FastAPI()\n\n\n"
                '@app.get("/reports/{report_id}/preview")\n'
                "def preview(report_id: int):\n    return render(report_id)\n\n\n"
                '@app.post("/reports/{report_id}")\n'
                "def order(report_id: int):\n"
                "    if settings.has_broker:\n        render_report.delay(report_id)\n"
                "    else:\n        render_report(report_id)\n"
            ),
            "app/settings.py": "from pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n"
            "    has_broker: bool = True\n\n\nsettings = Settings()\n",
            "tests/test_tasks.py": (
                "from app.tasks import render_report\n\n\ndef test_render_report():\n    render_report(1)\n"
            ),
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks for calls of tasks among what requests lead to."""
        for run in project.tasks_run_in_requests:
            name = run.call.task_name
            way = "with `.apply()`" if run.call.kind == "apply" else "directly"
            related = [Related(run.call.task.place, f"`{name}` is a task")]
            related += [Related(site.place, f"`{site.caller.name}` leads there from here") for site in run.chain[:1]]
            yield self.at(
                run.call.site,
                f"Task `{name}` is called {way}, so `{run.route}` runs it while the caller waits.",
                hint=f"Queue it with `{name}.delay(…)`, or call a plain function that the task calls too.",
                symbol=run.call.site.caller.symbol,
                related=tuple(related),
            )
