"""Which kind of file a name promises: the only files that are read are those of a kind that rules ask about."""

from __future__ import annotations

import re
from typing import Literal

FileKind = Literal[
    "python", "template", "compose", "dockerfile", "pyproject", "requirements", "environment", "alembic", "lock"
]

KIND_BY_SUFFIX: dict[bytes, FileKind] = {
    b".py": "python",
    b".html": "template",
    b".htm": "template",
    b".jinja": "template",
    b".jinja2": "template",
    b".j2": "template",
}
KIND_BY_NAME: dict[bytes, FileKind] = {
    b"pyproject.toml": "pyproject",
    b"alembic.ini": "alembic",
    b"uv.lock": "lock",
    b"poetry.lock": "lock",
    b"pdm.lock": "lock",
    b"pipfile.lock": "lock",
    b".env": "environment",
    b"dockerfile": "dockerfile",
    b"containerfile": "dockerfile",
}
#: One group a kind, so that a name is searched once.
KIND_BY_PATTERN = re.compile(
    rb"(?P<compose>(?:docker-)?compose(?:[._-].*)?\.ya?ml)"
    rb"|(?P<dockerfile>(?:dockerfile|containerfile)\..+|.+\.(?:dockerfile|containerfile))"
    rb"|(?P<requirements>(?:.*[._-])?requirements.*\.txt)"
    rb"|(?P<environment>\.env\..+)",
    re.IGNORECASE | re.DOTALL,
)


def kind_of(folder: bytes, name: bytes) -> FileKind | None:
    """The kind of a file by its folder (relative, with `/`, empty or ending in `/`) and name; None if nothing reads it.

    A `.txt` file is a list of requirements by its name or in a folder `requirements`, and a template, as `.xml` is,
    below a folder `templates`.
    """
    dot = name.rfind(b".")
    suffix = name[dot:] if dot > 0 else b""
    kind = KIND_BY_SUFFIX.get(suffix)
    if kind is not None:
        return kind
    lower = name.lower()
    kind = KIND_BY_NAME.get(lower)
    if kind is not None:
        return kind
    found = KIND_BY_PATTERN.fullmatch(lower)
    if found is not None:
        return found.lastgroup  # type: ignore[return-value]
    if suffix == b".txt" and (b"/" + folder).endswith(b"/requirements/"):
        return "requirements"
    if suffix in (b".txt", b".xml") and b"/templates/" in b"/" + folder:
        return "template"
    return None
