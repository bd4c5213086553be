"""What a name promises."""

from __future__ import annotations

import pytest

from reviewer.file_kinds import kind_of


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("app/main.py", "python"),
        ("Dockerfile.py", "python"),
        ("app/main.pyi", None),
        ("app/main.pyc", None),
        (".py", None),
        ("site/index.html", "template"),
        ("site/index.htm", "template"),
        ("mail.html.j2", "template"),
        ("a.jinja", "template"),
        ("a.jinja2", "template"),
        ("docker-compose.yml.j2", "template"),
        ("app/templates/mail/welcome.txt", "template"),
        ("templates/feed.xml", "template"),
        ("app/my_templates/feed.xml", None),
        ("notes.txt", None),
        ("docker-compose.yml", "compose"),
        ("docker-compose.override.yaml", "compose"),
        ("compose.deploy.yml", "compose"),
        ("Compose.yaml", "compose"),
        ("composer.yml", None),
        ("docker-compose.md", None),
        ("Dockerfile", "dockerfile"),
        ("docker/Dockerfile.prod", "dockerfile"),
        ("worker.Dockerfile", "dockerfile"),
        ("Containerfile", "dockerfile"),
        ("Dockerfiles", None),
        ("pyproject.toml", "pyproject"),
        ("backend/pyproject.toml", "pyproject"),
        ("requirements.txt", "requirements"),
        ("requirements-dev.txt", "requirements"),
        ("dev-requirements.txt", "requirements"),
        ("requirements/common.txt", "requirements"),
        ("requirements/notes.md", None),
        (".env", "environment"),
        (".env.example", "environment"),
        (".envrc", None),
        ("alembic.ini", "alembic"),
        ("setup.ini", None),
        ("README", None),
        ("a\nb.py", "python"),
    ],
)
def test_kind_follows_from_folder_and_name(path: str, kind: str | None) -> None:
    folder, slash, name = path.rpartition("/")

    assert kind_of((folder + slash).encode(), name.encode()) == kind
