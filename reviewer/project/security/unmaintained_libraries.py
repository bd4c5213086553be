"""Finds libraries for signing in and for tokens that nobody maintains any more, in requirements and imports."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import msgspec

from reviewer.project.program import Program
from reviewer.project.settings.text_places import is_example
from reviewer.rule import Place


class UnmaintainedLibrary(msgspec.Struct, frozen=True):
    """What is known of one library."""

    name: str  # as it is installed
    package: str  # as it is imported; empty where another library is imported by that name too
    reason: str
    successor: str


LIBRARIES = (
    UnmaintainedLibrary(
        "python-jose",
        "jose",
        "went without a release from 2021 to 2025 while known weaknesses stood open",
        "PyJWT",
    ),
    UnmaintainedLibrary(
        "passlib",
        "passlib",
        "has had no release since 2020 and does not work with current bcrypt",
        "pwdlib or argon2-cffi",
    ),
    UnmaintainedLibrary("fastapi-jwt-auth", "fastapi_jwt_auth", "has had no release since 2020", "PyJWT"),
    UnmaintainedLibrary("flask-jwt", "flask_jwt", "has had no release since 2015", "Flask-JWT-Extended"),
    UnmaintainedLibrary("flask-oauthlib", "flask_oauthlib", "is deprecated by its author", "Authlib"),
    UnmaintainedLibrary("flask-openid", "flask_openid", "speaks a protocol that was given up", "Authlib"),
    UnmaintainedLibrary("flask-basicauth", "flask_basicauth", "has had no release since 2016", "Flask-HTTPAuth"),
    UnmaintainedLibrary("flask-user", "flask_user", "has had no release since 2019", "Flask-Security"),
    UnmaintainedLibrary("python-jwt", "python_jwt", "is archived, with a known bypass", "PyJWT"),
    UnmaintainedLibrary("pycrypto", "", "has had no release since 2013 and has known weaknesses", "cryptography"),
    UnmaintainedLibrary("oauth2client", "oauth2client", "is deprecated by its authors", "google-auth"),
    UnmaintainedLibrary("aioredis", "aioredis", "was merged into redis-py and is archived", "redis.asyncio"),
)


class LibraryInUse(msgspec.Struct, frozen=True):
    """A library that the project requires or imports."""

    library: UnmaintainedLibrary
    place: Place  # the requirement, else the first import
    imports: tuple[Place, ...]


def libraries_in_use(
    program: Program, files: Iterable[tuple[str, str]], read_text: Callable[[str], str | None]
) -> Iterator[LibraryInUse]:
    """The unmaintained libraries of a project, each once; `files` are paths and kinds."""
    paths = [path for path, kind in sorted(files) if kind in ("requirements", "pyproject") and not is_example(path)]
    texts = [(path, text) for path in paths if (text := read_text(path)) is not None]
    imported = _imports(program)
    for library in LIBRARIES:
        imports = tuple(imported.get(library.package, ()))
        required = next((found for path, text in texts if (found := _required(library, path, text))), None)
        place = required or (imports[0] if imports else None)
        if place is not None and (imports or not library.package):
            yield LibraryInUse(library, place, imports)


def _imports(program: Program) -> dict[str, list[Place]]:
    """The first import of each library in each module, by its package."""
    packages = {library.package for library in LIBRARIES} - {""}
    found: dict[str, list[Place]] = {}
    for module in program.modules:
        if module.is_test or is_example(module.path):
            continue
        seen: set[str] = set()
        for one in module.index.imports:
            package = one.full_module.partition(".")[0] if one.level == 0 else ""
            if package in packages and package not in seen:
                seen.add(package)
                found.setdefault(package, []).append(Place(module.path, one.line, 0, one.line, 0))
    return found


def _required(library: UnmaintainedLibrary, path: str, text: str) -> Place | None:
    """The line of a file that requires a library."""
    name = re.sub(r"-", "[-_.]", re.escape(library.name).replace("\\-", "-"))
    pattern = re.compile(rf"^\s*[\"']?{name}(?=[\s\[=<>~!;\"',@]|$)", re.IGNORECASE)
    for number, line in enumerate(text.splitlines(), 1):
        if pattern.search(line):
            start = len(line) - len(line.lstrip())
            return Place(path, number, start, number, len(line.rstrip()))
    return None
