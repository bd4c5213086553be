"""FastAPI: routers that are found by name, listed, or held in objects, and included in loops."""

from __future__ import annotations

import textwrap

import pytest

from reviewer.project.in_memory import project
from reviewer.project.model import Answer

FILES = {
    "shop/__init__.py": "",
    "shop/routes/__init__.py": "",
    "shop/routes/items.py": 'from fastapi import APIRouter\nrouter = APIRouter()\n@router.get("/items")\ndef items(): ...\n',
    "shop/routes/users.py": 'from fastapi import APIRouter\nrouter = APIRouter()\n@router.get("/users")\ndef users(): ...\n',
}
START = """
import importlib, os, pkgutil, sys
from importlib import import_module
from pathlib import Path

from fastapi import APIRouter, FastAPI

app = FastAPI()
"""

BY_NAME = {
    "import_module in a loop": """
        for name in ("items", "users"):
            app.include_router(importlib.import_module(f"shop.routes.{name}").router)
        """,
    "a relative import_module": """
        for name in ["items", "users"]:
            app.include_router(import_module("." + name, package="shop.routes").router)
        """,
    "import_module from the package of the module": """
        for name in ["items", "users"]:
            app.include_router(import_module(f".routes.{name}", __package__).router)
        """,
    "getattr with a default": """
        for name in ["shop.routes", "shop.routes.items", "shop.routes.users"]:
            router = getattr(import_module(name), "router", None)
            if router is not None:
                app.include_router(router)
        """,
    "hasattr": """
        for name in ["shop.routes", "shop.routes.items", "shop.routes.users"]:
            module = import_module(name)
            if hasattr(module, "router"):
                app.include_router(module.router)
        """,
    "__import__": """
        for name in ["items", "users"]:
            app.include_router(__import__(f"shop.routes.{name}", fromlist=["router"]).router)
        """,
    "sys.modules": """
        from shop.routes import items, users
        for name in ["items", "users"]:
            app.include_router(sys.modules[f"shop.routes.{name}"].router)
        """,
    "an import string": """
        from pydantic.utils import import_string
        for name in ["shop.routes.items:router", "shop.routes.users.router"]:
            app.include_router(import_string(name))
        """,
    "a function of the project that reads an import string": """
        def load(path):
            module, _, name = path.rpartition(":")
            return getattr(import_module(module), name)
        for path in ["shop.routes.items:router", "shop.routes.users:router"]:
            app.include_router(load(path))
        """,
    "pkgutil.iter_modules": """
        import shop.routes
        for info in pkgutil.iter_modules(shop.routes.__path__):
            app.include_router(import_module(f"shop.routes.{info.name}").router)
        """,
    "pkgutil.iter_modules, unpacked": """
        from shop import routes
        for _, name, is_package in pkgutil.iter_modules(routes.__path__):
            if is_package:
                continue
            app.include_router(import_module(f"{routes.__name__}.{name}").router)
        """,
    "pkgutil.walk_packages with a prefix": """
        from shop import routes
        for info in pkgutil.walk_packages(routes.__path__, prefix=routes.__name__ + "."):
            app.include_router(import_module(info.name).router)
        """,
    "pkgutil.iter_modules of a folder": """
        for info in pkgutil.iter_modules([os.path.join(os.path.dirname(__file__), "routes")]):
            app.include_router(import_module("shop.routes." + info.name).router)
        """,
    "os.listdir": """
        for file in sorted(os.listdir(os.path.dirname(__file__) + "/routes")):
            name, suffix = os.path.splitext(file)
            if suffix == ".py" and not file.startswith("_"):
                app.include_router(import_module(f"shop.routes.{name}").router)
        """,
    "Path.glob": """
        for file in sorted((Path(__file__).parent / "routes").glob("*.py")):
            if not file.stem.startswith("_"):
                app.include_router(import_module(f"shop.routes.{file.stem}").router)
        """,
    "Path.iterdir": """
        for file in Path(__file__).resolve().parent.joinpath("routes").iterdir():
            if file.suffix == ".py" and file.name != "__init__.py":
                app.include_router(import_module("shop.routes." + file.stem).router)
        """,
    "Path.rglob and the parts of a relative path": """
        root = Path(__file__).parent
        for file in root.rglob("*.py"):
            parts = file.relative_to(root.parent).with_suffix("").parts
            if "routes" in parts and parts[-1] != "__init__":
                app.include_router(import_module(".".join(parts)).router)
        """,
    "glob of a folder that is relative to where the program runs": """
        import glob
        for file in glob.glob("shop/routes/*.py"):
            name = os.path.splitext(os.path.basename(file))[0]
            if not name.startswith("_"):
                app.include_router(import_module(f"shop.routes.{name}").router)
        """,
    "spec_from_file_location": """
        import importlib.util
        for file in (Path(__file__).parent / "routes").glob("[a-z]*.py"):
            spec = importlib.util.spec_from_file_location(file.stem, file)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            app.include_router(module.router)
        """,
    "isinstance over vars of modules": """
        from shop.routes import items, users
        for module in (items, users):
            for value in vars(module).values():
                if isinstance(value, APIRouter):
                    app.include_router(value)
        """,
    "isinstance over dir of modules": """
        from shop.routes import items, users
        for module in (items, users):
            for name in dir(module):
                value = getattr(module, name)
                if isinstance(value, APIRouter):
                    app.include_router(value)
        """,
    "globals": """
        from shop.routes.items import router as items_router
        from shop.routes.users import router as users_router
        for name in ("items", "users"):
            app.include_router(globals()[f"{name}_router"])
        """,
}

HELD = {
    "a list": "for router in [items.router, users.router]: app.include_router(router)",
    "a tuple of classes' attributes": """
        class Routers:
            first = items.router
            second = users.router
            every = (first, second)
        for router in Routers.every:
            app.include_router(router)
        """,
    "vars of a class": """
        class Routers:
            first = items.router
            second = users.router
        for name, router in vars(Routers).items():
            if not name.startswith("_"):
                app.include_router(router)
        """,
    "keyword arguments in a list": """
        for options in [{"router": items.router}, dict(router=users.router)]:
            app.include_router(**options)
        """,
    "a dataclass": """
        from dataclasses import dataclass, field
        @dataclass(frozen=True)
        class Group:
            router: APIRouter
            prefix: str = ""
            tags: list = field(default_factory=list)
        for group in [Group(items.router), Group(router=users.router, tags=["users"])]:
            app.include_router(group.router, prefix=group.prefix, tags=group.tags)
        """,
    "a NamedTuple": """
        from typing import NamedTuple
        class Group(NamedTuple):
            router: APIRouter
            prefix: str = ""
        for group in [Group(items.router), Group(users.router, prefix="")]:
            app.include_router(group.router, prefix=group.prefix)
        """,
    "a NamedTuple that is unpacked": """
        from typing import NamedTuple
        class Group(NamedTuple):
            router: APIRouter
            prefix: str = ""
        for router, prefix in [Group(items.router), Group(users.router)]:
            app.include_router(router, prefix=prefix)
        """,
    "a namedtuple": """
        from collections import namedtuple
        Group = namedtuple("Group", "router prefix", defaults=[""])
        for group in [Group(items.router, ""), Group(router=users.router)]:
            app.include_router(group.router, prefix=group[1])
        """,
    "a Pydantic model": """
        from pydantic import BaseModel, Field
        class Group(BaseModel):
            router: APIRouter
            prefix: str = ""
            tags: list[str] = Field(default_factory=list)
        for group in [Group(router=items.router), Group(router=users.router)]:
            app.include_router(group.router, prefix=group.prefix, tags=group.tags)
        """,
    "a namespace": """
        from types import SimpleNamespace
        for group in [SimpleNamespace(router=items.router), SimpleNamespace(router=users.router)]:
            app.include_router(group.router)
        """,
    "a typed dictionary": """
        from typing import TypedDict
        class Group(TypedDict):
            router: APIRouter
        for group in [Group(router=items.router), {"router": users.router}]:
            app.include_router(group["router"])
        """,
    "a generator": """
        def routers():
            for module in (items, users):
                yield module.router, ""
        for router, prefix in routers():
            app.include_router(router, prefix=prefix)
        """,
    "yield from": """
        def routers():
            yield from [items.router, users.router]
        for router in routers():
            app.include_router(router)
        """,
    "an object with __iter__": """
        class Registry:
            def __init__(self):
                self.routers = []
            def add(self, router):
                self.routers.append(router)
            def __iter__(self):
                return iter(self.routers)
        registry = Registry()
        registry.add(items.router)
        registry.add(users.router)
        for router in registry:
            app.include_router(router)
        """,
    "inspect.getmembers": """
        import inspect
        for module in (items, users):
            for name, router in inspect.getmembers(module, lambda value: isinstance(value, APIRouter)):
                app.include_router(router)
        """,
    "a filter": "for router in filter(None, [items.router, None, users.router]): app.include_router(router)",
    "members of an enumeration by name": """
        from enum import Enum
        class Routers(Enum):
            ITEMS = items.router
            USERS = users.router
        for name, member in Routers.__members__.items():
            app.include_router(member.value)
        """,
    "an enumeration with a constructor": """
        from enum import Enum
        class Routers(Enum):
            ITEMS = ("", items.router)
            USERS = ("", users.router)
            def __init__(self, prefix, router):
                self.prefix = prefix
                self.router = router
            @property
            def options(self):
                return {"prefix": self.prefix}
        for member in Routers:
            app.include_router(member.router, prefix=member.prefix)
        """,
    "subclasses": """
        class Feature:
            router = None
            def install(self, target):
                target.include_router(self.router)
        class Items(Feature):
            router = items.router
        class Users(Feature):
            router = users.router
        for feature in Feature.__subclasses__():
            feature().install(app)
        """,
    "names that a module computes": """
        from shop import lazy
        app.include_router(lazy.items)
        app.include_router(lazy.users)
        """,
    "attributes that a class computes": """
        class Routers:
            def __getattr__(self, name):
                return import_module(f"shop.routes.{name}").router
        routers = Routers()
        app.include_router(routers.items)
        app.include_router(routers.users)
        """,
    "a dataclass that makes its router": """
        from dataclasses import dataclass, field
        @dataclass
        class Factory:
            prefix: str = ""
            router: APIRouter = field(default_factory=APIRouter)
            def __post_init__(self):
                self.register()
            def register(self):
                raise NotImplementedError
        class Items(Factory):
            def register(self):
                self.router.include_router(items.router)
        class Users(Factory):
            def register(self):
                self.router.include_router(users.router)
        first, second = Items(), Users(prefix="")
        app.include_router(first.router)
        app.include_router(second.router, prefix=second.prefix)
        """,
    "an attrs class that makes its router": """
        from attrs import define, field
        @define(kw_only=True)
        class Factory:
            inner: APIRouter
            router: APIRouter = field(factory=APIRouter)
            def __attrs_post_init__(self):
                self.router.include_router(self.inner)
        for inner in (items.router, users.router):
            app.include_router(Factory(inner=inner).router)
        """,
    "a class that is never made": """
        class Server:
            def __init__(self, settings):
                self.server = FastAPI()
                self.install()
            def install(self):
                self.server.include_router(items.router)
                self.server.include_router(users.router)
        """,
}
LAZY = """
import importlib
_modules = {"items": "shop.routes.items", "users": "shop.routes.users"}

def __getattr__(name):
    if name in _modules:
        return importlib.import_module(_modules[name]).router
    raise AttributeError(name)
"""


def paths(source: str, files: dict[str, str] | None = None) -> list[str]:
    main = START + textwrap.dedent(source)
    return [str(route) for route in project({**FILES, **(files or {}), "shop/main.py": main}).routes]


@pytest.mark.parametrize("spelling", BY_NAME)
def test_routers_of_modules_that_are_imported_by_name_are_served(spelling: str) -> None:
    assert paths(BY_NAME[spelling]) == ["GET /items", "GET /users"]


@pytest.mark.parametrize("spelling", HELD)
def test_routers_held_in_objects_are_served(spelling: str) -> None:
    source = "from shop.routes import items, users\n" + textwrap.dedent(HELD[spelling])

    assert paths(source, {"shop/lazy.py": LAZY}) == ["GET /items", "GET /users"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("app.include_router(import_module(os.environ['PLUGIN']).router)", "included router: environment variable"),
        (
            "for name in os.listdir(os.environ['PLUGINS']):\n    app.include_router(import_module(name).router)",
            "included router: loop over files of a folder that is not known",
        ),
        (
            "for one in pkgutil.iter_modules(plugins()):\n    app.include_router(import_module(one.name).router)",
            "included router: loop over modules of a package that is not known",
        ),
    ],
)
def test_a_router_that_only_the_running_program_knows_says_why(source: str, reason: str) -> None:
    linked = project({**FILES, "shop/main.py": START + source})

    assert list(linked.routes) == []
    assert reason in [unknown.reason for unknown in linked.unknowns]


@pytest.mark.parametrize(
    "adding",
    ["routers.append(users.router)", "routers.extend([users.router])", "routers += [users.router]", "routers.insert(0, users.router)"],
)  # fmt: skip
def test_a_router_that_is_in_a_list_under_a_condition_says_so(adding: str) -> None:
    source = (
        "from library import settings\nfrom shop.routes import items, users\nrouters = [items.router]\n"
        f"if settings.users:\n    {adding}\nfor router in routers:\n    app.include_router(router)\n"
    )
    served = project({**FILES, "shop/main.py": START + source}).routes

    assert {route.path: route.conditions for route in served} == {"/items": (), "/users": ("settings.users",)}


def test_a_dependency_that_is_in_a_list_under_a_condition_may_enforce_authentication() -> None:
    source = (
        "from fastapi import Depends, HTTPException\nfrom library import settings\n"
        "def check(): raise HTTPException(401)\nneeded = []\nif settings.token:\n    needed.append(Depends(check))\n"
        '@app.get("/a", dependencies=needed)\ndef a(): ...\n'
    )
    (route,) = project({"main.py": START + source}).routes

    assert route.authentication.answer is Answer.UNKNOWN
