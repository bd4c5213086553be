"""Which functions are Celery tasks, and how they are called."""

from __future__ import annotations

import pytest

from reviewer.project.in_memory import project

APPLICATION = "from celery import Celery\n\ncelery_app = Celery('app')\n"


def task_names(files: dict[str, str]) -> list[str]:
    return [task.name for task in project(files).tasks]


def call_kinds(files: dict[str, str]) -> list[tuple[str, str]]:
    return [(call.task_name, call.kind) for call in project(files).task_calls]


@pytest.mark.parametrize(
    ("decorator", "name"),
    [
        ("@celery_app.task", "app.send"),
        ("@celery_app.task()", "app.send"),
        ("@celery_app.task(bind=True, name='mail.send')", "mail.send"),
        ("@shared_task", "app.send"),
        ("@shared_task(name='mail.send')", "mail.send"),
        ("@current_app.task", "app.send"),
    ],
)
def test_a_decorator_of_celery_makes_a_task(decorator: str, name: str) -> None:
    source = f"from celery import current_app, shared_task\n{APPLICATION}\n{decorator}\ndef send(user):\n    ...\n"

    assert task_names({"app.py": source}) == [name]


def test_a_task_knows_whether_it_is_bound_and_its_options() -> None:
    source = f"{APPLICATION}\n@celery_app.task(bind=True, max_retries=3)\ndef send(self):\n    ...\n"

    (task,) = project({"app.py": source}).tasks

    assert task.is_bound
    assert task.options["max_retries"] == 3


def test_the_application_of_a_factory_makes_tasks() -> None:
    files = {
        "factory.py": "from celery import Celery\n\ndef make_celery():\n    made = Celery('app')\n    return made\n",
        "app.py": "from factory import make_celery\ncelery = make_celery()\n\n@celery.task\ndef send():\n    ...\n",
    }

    assert task_names(files) == ["app.send"]


def test_an_application_class_of_the_project_makes_tasks() -> None:
    source = (
        "from celery import Celery\n\nclass Worker(Celery):\n"
        "    def periodic_task(self, **options):\n        return self.task(**options)\n\n"
        "worker = Worker()\n\n@worker.periodic_task(name='clean')\ndef clean():\n    ...\n"
    )

    assert task_names({"app.py": source}) == ["clean"]


def test_an_unknown_application_makes_a_task_only_of_what_is_queued() -> None:
    source = (
        "def make(worker):\n"
        "    @worker.task\n    def queued():\n        ...\n"
        "    @worker.task\n    def other():\n        ...\n"
        "    queued.delay()\n"
    )

    assert task_names({"app.py": source}) == ["app.queued"]


def test_a_task_decorator_of_another_library_makes_no_task() -> None:
    assert task_names({"app.py": "from invoke import task\n\n@task\ndef build(context):\n    ...\n"}) == []


def test_a_function_that_is_registered_by_a_call_is_a_task() -> None:
    source = f"{APPLICATION}\ndef send():\n    ...\n\nqueued = celery_app.task(send)\n"

    assert task_names({"app.py": source}) == ["app.send"]


@pytest.mark.parametrize("base", ["celery.Task", "celery_app.Task"])
def test_a_class_with_a_body_to_run_is_a_task(base: str) -> None:
    body = "    name = 'mail.send'\n\n    def run(self):\n        ...\n"
    source = f"import celery\n{APPLICATION}\nclass Send({base}):\n{body}"

    assert task_names({"app.py": source}) == ["mail.send"]


def test_a_base_class_of_tasks_is_no_task() -> None:
    source = "from celery import Task\n\nclass Base(Task):\n    def on_failure(self, *arguments):\n        ...\n"

    assert task_names({"app.py": source}) == []


def test_a_module_named_after_the_library_does_not_hide_it() -> None:
    files = {
        "app/__init__.py": "",
        "app/celery.py": "from celery import Celery\n\ncelery = Celery('app')\n",
        "app/tasks.py": "from celery import shared_task\n\n@shared_task\ndef send():\n    ...\n",
    }

    assert task_names(files) == ["app.tasks.send"]


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        ("send.delay(1)", "queue"),
        ("send.apply_async(args=[1])", "queue"),
        ("celery_app.send_task('app.send')", "queue"),
        ("send.s(1)", "signature"),
        ("send.si(1).set(queue='low')", "signature"),
        ("send(1)", "direct"),
        ("send.apply(args=[1])", "apply"),
    ],
)
def test_calls_of_a_task_are_told_apart(call: str, kind: str) -> None:
    source = f"{APPLICATION}\n@celery_app.task\ndef send(number):\n    ...\n\ndef caller():\n    {call}\n"

    assert call_kinds({"app.py": source}) == [("send", kind)]


def test_an_object_of_a_task_class_is_called_as_the_task() -> None:
    source = (
        "from celery import Task\n\nclass Send(Task):\n    def run(self):\n        ...\n\n"
        "send = Send()\n\ndef caller():\n    send.delay()\n"
    )

    assert call_kinds({"app.py": source}) == [("Send", "queue")]


@pytest.mark.parametrize("call", ["send.run(1)", "send.__wrapped__(1)", "other(1)", "[].apply(1)"])
def test_other_calls_are_no_calls_of_a_task(call: str) -> None:
    source = f"{APPLICATION}\n@celery_app.task\ndef send(number):\n    ...\n\ndef caller(other):\n    {call}\n"

    assert call_kinds({"app.py": source}) == []
