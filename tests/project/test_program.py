"""Import names: which file an import means."""

from __future__ import annotations

import pytest

from reviewer.project.evaluation.values import ClassValue, External, ModuleValue, Unknown
from reviewer.project.in_memory import project


def value(files: dict[str, str], path: str, dotted: str) -> object:
    linked = project(files)
    return linked.evaluator.name(linked.program.by_path[path], dotted)


@pytest.mark.parametrize(
    ("files", "path"),
    [
        ({"app/__init__.py": "", "app/models.py": "class User: ...", "app/api.py": "from app.models import User"}, "app/api.py"),
        ({"app/__init__.py": "", "app/models.py": "class User: ...", "app/api.py": "from .models import User"}, "app/api.py"),
        ({"src/app/__init__.py": "", "src/app/models.py": "class User: ...", "src/app/api.py": "from app.models import User"}, "src/app/api.py"),
        ({"backend/app/models.py": "class User: ...", "backend/app/api/users.py": "from app.models import User"}, "backend/app/api/users.py"),
        ({"models.py": "class User: ...", "api.py": "from models import User"}, "api.py"),
        ({"app/__init__.py": "", "app/models/__init__.py": "from .user import User", "app/models/user.py": "class User: ...", "app/api.py": "from app.models import User"}, "app/api.py"),
        ({"app/__init__.py": "", "app/models/__init__.py": "from .user import *", "app/models/user.py": "class User: ...", "app/api.py": "from app.models import User"}, "app/api.py"),
        ({"app/__init__.py": "", "app/models.py": "class Person: ...\nUser = Person", "app/api.py": "import app.models as m\nUser = m.User"}, "app/api.py"),
        ({"app/__init__.py": "", "app/api.py": "if True:\n    from app.models import User", "app/models.py": "class User: ..."}, "app/api.py"),
        ({"app/__init__.py": "", "app/api.py": "from typing import TYPE_CHECKING\ntry:\n    from nowhere import User\nexcept ImportError:\n    User = None\nfrom app.models import User", "app/models.py": "class User: ..."}, "app/api.py"),
    ],
)  # fmt: skip
def test_a_class_is_found_through_every_kind_of_import(files: dict[str, str], path: str) -> None:
    found = value(files, path, "User")

    assert isinstance(found, ClassValue)


def test_a_star_import_gives_only_what_all_names() -> None:
    files = {
        "a.py": '__all__ = ["Public"]\nclass Public: ...\nclass Hidden: ...',
        "b.py": "from a import *",
    }

    assert isinstance(value(files, "b.py", "Public"), ClassValue)
    assert isinstance(value(files, "b.py", "Hidden"), Unknown)


def test_a_library_is_external_under_its_full_name() -> None:
    assert value({"a.py": "from fastapi import APIRouter as R"}, "a.py", "R") == External("fastapi.APIRouter")
    assert value({"a.py": "import sqlalchemy.orm as orm"}, "a.py", "orm.Session") == External("sqlalchemy.orm.Session")


def test_a_folder_without_init_does_not_hide_a_library_of_its_name() -> None:
    files = {"app/redis/client.py": "import redis\nclient = redis.Redis"}

    assert value(files, "app/redis/client.py", "client") == External("redis.Redis")


def test_a_module_below_a_namespace_folder_is_found() -> None:
    files = {"services/users/service.py": "NAME = 'users'", "main.py": "from services.users import service"}

    assert isinstance(value(files, "main.py", "service"), ModuleValue)
    assert value(files, "main.py", "service.NAME") == "users"


def test_an_import_cycle_ends() -> None:
    files = {
        "app/__init__.py": "",
        "app/a.py": "from app.b import second\ndef first(): ...",
        "app/b.py": "from app.a import first\ndef second(): ...",
    }

    assert value(files, "app/a.py", "second").symbol == "app.b:second"  # type: ignore[attr-defined]
    assert value(files, "app/b.py", "first").symbol == "app.a:first"  # type: ignore[attr-defined]


def test_a_relative_import_above_the_top_is_unknown() -> None:
    assert isinstance(value({"a.py": "from ....b import c"}, "a.py", "c"), Unknown)


def test_modules_are_named_as_the_program_imports_them() -> None:
    linked = project(
        {"src/shop/__init__.py": "", "src/shop/api/__init__.py": "", "src/shop/api/items.py": "", "docs/conf.py": ""}
    )

    assert [module.name for module in linked.modules] == ["docs.conf", "shop", "shop.api", "shop.api.items"]
