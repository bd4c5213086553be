"""`reviewer routes --app`: one application of a repository, by every name it is reachable by."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Run

FILES = {
    "backend/app/__init__.py": "",
    "backend/app/main.py": """from fastapi import FastAPI

reports = FastAPI()


@reports.get("/daily")
def daily():
    return []


def create_app():
    app = FastAPI()
    app.mount("/reports", reports)

    @app.get("/users")
    def users():
        return []

    return app


app = create_app()
""",
    "backend/asgi.py": """from starlette.middleware.cors import CORSMiddleware

from app.main import app as application

served = CORSMiddleware(app=application, allow_origins=["*"])
""",
    "backend/serve.py": """from app import main


class Server:
    def build(self):
        return main.create_app()


def wrapped():
    return main.create_app()


server = Server()
""",
    "tools/admin.py": """from flask import Flask


def create_app(settings=None):
    site = Flask(__name__)

    @site.get("/admin")
    def admin():
        return ""

    return site
""",
    "tools/pair.py": """from flask import Flask

first = Flask(__name__)
second = Flask(__name__)


@first.get("/first")
def one():
    return ""


@second.get("/second")
def two():
    return ""
""",
}
USERS = ["/reports/daily", "/users"]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with four applications, one of them below `backend` and with a mounted one."""
    for path, text in FILES.items():
        file = tmp_path / "repository" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.chdir(tmp_path / "repository")
    return tmp_path / "repository"


def paths(run: Run, name: str, *arguments: str) -> list[str]:
    done = run("routes", "--format", "json", "--app", name, *arguments)
    assert done.code == 0, done.err
    return [row["path"] for row in done.document["routes"]]


@pytest.mark.parametrize(
    "name",
    [
        "app.main:app",
        "backend.app.main:app",
        "repository.backend.app.main:app",
        "app.main:create_app",
        "app.main:create_app()",
        "app.main",
        "backend/app/main.py:app",
        "backend/app/main.py",
        "asgi:application",
        "asgi:served",
        "asgi",
        "serve:wrapped",
        "serve:Server.build",
        "serve:server.build",
        "serve:main.app",
    ],
)
def test_an_application_goes_by_every_name_it_is_reachable_by(run: Run, repository: Path, name: str) -> None:
    assert paths(run, name) == USERS


@pytest.mark.parametrize(
    "name", ["tools.admin:create_app", "admin:create_app('settings.toml')", "tools.admin", "admin"]
)
def test_a_factory_names_what_it_makes(run: Run, repository: Path, name: str) -> None:
    assert paths(run, name) == ["/admin"]


def test_a_name_is_read_from_the_reviewed_folder(run: Run, repository: Path) -> None:
    assert paths(run, "app.main:app", "backend") == USERS
    assert paths(run, "backend.app.main:app", "backend") == USERS
    assert paths(run, "tools.pair:second", "tools") == ["/second"]


def test_an_unknown_name_gives_those_there_are_and_the_nearest(run: Run, repository: Path) -> None:
    done = run("routes", "--app", "app.main:apl")

    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "reviewer: there is no application app.main:apl. There are app.main:app, tools.admin:create_app, "
        "tools.pair:first, tools.pair:second. Did you mean app.main:app?\n"
    )


def test_a_module_with_several_applications_names_none(run: Run, repository: Path) -> None:
    done = run("routes", "--app", "tools.pair")

    assert done.code == 2
    assert done.err == "reviewer: tools.pair has several applications: tools.pair:first, tools.pair:second\n"


def test_a_name_in_several_files_names_none_unless_one_is_importable(run: Run, repository: Path) -> None:
    for service in ("billing", "orders"):
        (repository / "services" / service / "web").mkdir(parents=True)
        (repository / "services" / service / "web" / "__init__.py").touch()
        (repository / "services" / service / "web" / "main.py").write_text(
            f"from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/{service}')\ndef get():\n    return 1\n"
        )
    done = run("routes", "--app", "web.main:app")

    assert done.code == 2
    assert "services/billing/web/main.py, services/orders/web/main.py" in done.err
    assert paths(run, "services.orders.web.main:app") == ["/orders"]
    assert paths(run, "web.main:app", "services/billing") == ["/billing"]


def test_a_repository_without_application_has_none_to_name(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run("routes", "--app", "main:app", tmp_path / "empty")

    assert (done.code, done.err) == (2, "reviewer: there is no application main:app, and no other one\n")


@pytest.mark.parametrize(
    "name", ["", ":", ":app", "app.main:", "..", "a b:c", "app.main:app.", "\x1b[31m", "app.main:app.x.y"]
)
def test_a_name_that_cannot_be_one_is_an_unknown_name(run: Run, repository: Path, name: str) -> None:
    done = run("routes", "--app", name)

    assert done.code in ((0, 2) if name == "app.main:" else (2,))
    assert "\x1b" not in done.err
    assert "internal error" not in done.err
