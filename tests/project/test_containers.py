"""Which images and services start a development server, and what their files are for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.project.containers.dockerfile import read_dockerfile
from reviewer.project.containers.server_commands import development_server
from reviewer.project.containers.yaml_tree import read_yaml
from reviewer.project.in_memory import project

RELOADING = 'FROM python:3.12\nCMD ["uvicorn", "app:app", "--reload"]\n'


def servers(files: dict[str, str]) -> list[tuple[str, int, str]]:
    found = project(files).container_development_servers
    return [(one.place.path, one.place.line, one.what) for one in found]


@pytest.mark.parametrize(
    ("command", "what"),
    [
        ("uvicorn app:app --reload", "uvicorn --reload"),
        ("exec /venv/bin/uvicorn app:app --reload --port 80", "uvicorn --reload"),
        ("python -m uvicorn app:app --reload", "uvicorn --reload"),
        ("poetry run uvicorn app:app --reload", "uvicorn --reload"),
        ("alembic upgrade head && uvicorn app:app --reload", "uvicorn --reload"),
        ("sh -c 'alembic upgrade head; uvicorn app:app --reload'", "uvicorn --reload"),
        ("gunicorn --reload app:app", "gunicorn --reload"),
        ("fastapi dev app/main.py", "fastapi dev"),
        ("flask run", "flask run"),
        ("flask --app shop --debug run --host 0.0.0.0", "flask run"),
        ("FLASK_DEBUG=1 python3 -m flask run", "flask run"),
        ("python manage.py runserver 0.0.0.0:8000", "manage.py runserver"),
        ("./manage.py runserver", "manage.py runserver"),
    ],
)
def test_development_servers_are_known_by_their_commands(command: str, what: str) -> None:
    assert development_server(command, lambda name, is_module: None) == what


@pytest.mark.parametrize(
    "command",
    [
        "uvicorn app:app",
        "uvicorn app:app --reload-dir app",
        "uvicorn app:app $RELOAD",
        "fastapi run",
        "flask db upgrade",
        "flask --app run shell",
        "python manage.py migrate",
        "python -c 'import flask'",
        "echo flask run",
        "sh -c",
        "flask 'run",
        "",
    ],
)
def test_other_commands_are_no_development_servers(command: str) -> None:
    assert development_server(command, lambda name, is_module: None) is None


def test_shells_in_shells_are_followed_only_so_deep() -> None:
    command: tuple[str, ...] = ("flask", "run")
    for _ in range(50):
        command = ("sh", "-c", " ".join(command).replace("'", ""))

    assert development_server(command, lambda name, is_module: None) is None


def test_a_scripts_answer_is_asked_for() -> None:
    asked: list[tuple[str, bool]] = []
    for command in ("python -u app.py", "python -m shop.server --port 80"):
        development_server(command, lambda name, is_module: asked.append((name, is_module)))

    assert asked == [("app.py", False), ("shop.server", True)]


@pytest.mark.parametrize(
    "path",
    [
        "Dockerfile.dev",
        "dev.Dockerfile",
        ".devcontainer/Dockerfile",
        "docker/local/Dockerfile",
        "tests/e2e/Dockerfile",
    ],
)
def test_images_that_are_named_for_development_are_left_alone(path: str) -> None:
    assert servers({path: RELOADING}) == []


def test_an_image_is_judged_by_its_last_stage() -> None:
    stages = "FROM python AS development\nCMD flask run\nFROM python\nCMD gunicorn app:app\n"

    assert servers({"Dockerfile": stages}) == []


def test_a_stage_inherits_the_command_of_the_stage_it_builds_on() -> None:
    stages = "FROM python AS base\nCMD flask run\nFROM base AS final\nRUN true\n"

    assert servers({"Dockerfile": stages}) == [("Dockerfile", 2, "flask run")]


def test_where_the_last_stage_is_for_development_the_one_for_production_counts() -> None:
    stages = "FROM python AS production\nCMD {}\nFROM python AS dev\nCMD flask run\n"

    assert servers({"Dockerfile": stages.format("gunicorn app:app")}) == []
    assert servers({"Dockerfile": stages.format("fastapi dev")}) == [("Dockerfile", 2, "fastapi dev")]


def test_an_entry_point_in_exec_form_gets_the_words_of_the_command() -> None:
    text = 'FROM python\nENTRYPOINT ["flask"]\nCMD ["run"]\n'

    assert servers({"Dockerfile": text}) == [("Dockerfile", 3, "flask run")]


def test_a_later_variable_replaces_an_earlier_one() -> None:
    text = "FROM python AS base\nENV FLASK_DEBUG=1\nFROM base\nENV FLASK_DEBUG 0\nCMD gunicorn app:app\n"

    assert servers({"Dockerfile": text}) == []


def test_the_target_of_a_production_service_is_judged_instead_of_the_last_stage() -> None:
    files = {
        "Dockerfile": "FROM python AS web\nCMD flask run\nFROM python\nCMD gunicorn app:app\n",
        "compose.prod.yml": "services:\n  web:\n    build:\n      context: .\n      target: web\n",
    }

    assert servers(files) == [("Dockerfile", 2, "flask run")]


@pytest.mark.parametrize(
    ("files", "is_judged"),
    [
        (["compose.prod.yml"], True),
        (["deploy/production/compose.yml"], True),
        (["docker-compose.yml", "docker-compose.override.yml"], True),
        (["docker-compose.yml"], False),
        (["docker-compose.yml", "docker-compose.prod.yml"], False),
        (["docker-compose.dev.yml"], False),
    ],
)
def test_compose_files_are_judged_where_they_are_for_production(files: list[str], is_judged: bool) -> None:
    texts = dict.fromkeys(files, "services:\n  web:\n    image: app\n")
    texts[files[0]] = "services:\n  web:\n    command: flask run\n"

    assert servers(texts) == ([(files[0], 3, "flask run")] if is_judged else [])


def test_merged_keys_of_a_service_count() -> None:
    text = "x-base: &base\n  command: [flask, run]\nservices:\n  web:\n    <<: *base\n    image: app\n"

    assert servers({"compose.prod.yml": text}) == [("compose.prod.yml", 2, "flask run")]


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import uvicorn\nuvicorn.run('app:app', reload=True)", "uvicorn.run(reload=True) in app.py"),
        ("from flask import Flask\napp = Flask('a')\nif __name__ == '__main__':\n    app.run()", "app.run() in app.py"),
    ],
)
def test_a_file_of_the_project_tells_what_running_it_starts(source: str, what: str) -> None:
    files = {"Dockerfile": 'FROM python\nCMD ["python", "/srv/app.py"]\n', "app.py": source}

    assert servers(files) == [("Dockerfile", 2, what)]


@pytest.mark.parametrize("source", ["import uvicorn\nuvicorn.run('app:app')", "app = make()\napp.run(debug=True)", ""])
def test_a_file_that_starts_nothing_known_is_left_alone(source: str) -> None:
    assert servers({"Dockerfile": "FROM python\nCMD python app.py\n", "app.py": source}) == []


def test_a_file_that_may_be_one_of_several_is_left_alone() -> None:
    source = "import uvicorn\nuvicorn.run('app:app', reload=True)"
    files = {"Dockerfile": "FROM python\nCMD python app.py\n", "one/app.py": source, "two/app.py": source}

    assert servers(files) == []


def test_continued_lines_comments_and_heredocs_of_a_dockerfile_are_read() -> None:
    text = (
        "# escape=\\\nFROM --platform=linux/amd64 python AS app\n"
        "RUN <<EOF\nCMD flask run\nEOF\n"
        "CMD uvicorn app:app \\\n    # in one process\n    --port 80\n"
    )
    dockerfile = read_dockerfile(text, "Dockerfile")
    assert dockerfile is not None
    (stage,) = dockerfile.stages
    command = dockerfile.last(stage, "CMD")
    assert command is not None

    assert (stage.name, stage.base) == ("app", "python")
    assert command.value == "uvicorn app:app     --port 80"
    assert (command.place.line, command.place.end_line) == (6, 8)


@pytest.mark.parametrize("text", ["", "CMD flask run", "FROM", "x" * 300_000, "FROM a AS a\nFROM a AS b\n\\"])
def test_odd_dockerfiles_start_nothing(text: str) -> None:
    assert servers({"Dockerfile": text}) == []


def test_stages_that_build_on_each_other_end() -> None:
    assert servers({"Dockerfile": "FROM b AS a\nFROM a AS b\n"}) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "services: [",
        "services:\n" + "".join(f"{' ' * number}a:\n" for number in range(1, 200)),
        "[" * 100_000,
        "a: &a [1]\n" + "x" * 300_000,
        "a: *unknown",
        "services: !!python/object/apply:os.system [ls]",
        "\x00",
        "services:\n  web: &web\n    <<: *web\n    command: ls\n",
    ],
)
def test_hostile_compose_files_start_nothing(text: str) -> None:
    assert servers({"compose.prod.yml": text}) == []


@given(st.text(alphabet="FROM CMDENVasflk[]\"'\\\n=-<>&|;$#{}*:!", max_size=200))
def test_no_text_breaks_the_readers(text: str) -> None:
    files = {"Dockerfile": f"FROM python\n{text}", "compose.prod.yml": text}
    development_server(text, lambda name, is_module: None)

    assert all(path in files for path, _, _ in servers(files))


def test_aliases_share_a_node_and_copy_nothing() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{number}: &a{number} [*a{number - 1}, *a{number - 1}]" for number in range(1, 60)]
    root = read_yaml("\n".join(lines), "compose.yml")
    assert root is not None
    last = root.get("a59")
    assert last is not None

    assert last.items[0] is last.items[1]
