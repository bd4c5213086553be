"""Random FastAPI programs as texts: trees of routers in the spellings that people write.

Every program is valid: FastAPI imports it. What differs between versions is left to the caller, who names the version.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")

MOUNTS = ('"/inner"', "settings.Area.INNER", '"/inner/deep"')
CONDITIONS = (
    "settings.ENABLED",
    "not settings.DISABLED",
    '"items" in settings.FEATURES',
    "settings.VERSION >= 2",
    "settings.ENABLED and not settings.LEGACY",
    "1 < settings.VERSION < 3",
    "len(settings.NAMES) == 2",
    "settings.LEGACY is None",
)
SETTINGS = """
import os
PREFIX = "/api"
VERSION = 2
ENABLED = True
DISABLED = False
FEATURES = ["items", "users"]
LEGACY = None
NAMES = ("red", "green")
OPTIONS = {"tags": ["from options"], "prefix": "/options"}
class Area:
    PUBLIC = "/public"
    INNER = "/inner"
"""
SCHEMAS = """
from enum import Enum
from pydantic import BaseModel
class Item(BaseModel):
    name: str
class Message(BaseModel):
    text: str
class Tag(str, Enum):
    first = "first"
    second = "second"
"""
DEPENDENCIES = """
from fastapi import Depends
def session(): ...
async def user(opened=Depends(session)): ...
def admin(name=Depends(user), opened=Depends(session)): ...
class Paging:
    def __init__(self, limit: int = 10): ...
class Permission:
    def __init__(self, name): self.name = name
    def __call__(self, who=Depends(user)): ...
can_read = Permission("read")
ALWAYS = [Depends(session)]
"""
IMPORTS = """
import itertools, contextlib, functools
from functools import partial
import typing
from typing import List, Optional
from http import HTTPStatus
import fastapi
from fastapi import APIRouter, Depends, FastAPI, Response, WebSocket, status
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.routing import APIRoute
from starlette.routing import Mount, Route
"""
PACKAGE_IMPORTS = (
    "from . import settings\n"
    "from .schemas import Item, Message, Tag\n"
    "from .dependencies import ALWAYS, Paging, Permission, admin, can_read, session, user\n"
)
METHODS = ("get", "post", "put", "patch", "delete")
ANNOTATIONS = ("", "", " -> Item", " -> List[Item]", " -> None", " -> Response", " -> dict", ' -> "Message"')


class FastAPIProgram:
    """One program that is being written; `app` says where its application is."""

    def __init__(self, random: Random, version: tuple[int, ...]) -> None:
        self._random = random
        self._version = version
        # Older versions read annotations of partials and objects only where they are no texts.
        later = "from __future__ import annotations\n" if version >= (0, 100) else ""
        self._imports_of_libraries = later + IMPORTS
        self._numbers = 0
        self._size = random.randint(0, 2)
        self.spellings: list[str] = []
        self.app = "shop.main:app"
        self.files: dict[str, str] = {
            "shop/__init__.py": "",
            "shop/settings.py": SETTINGS,
            "shop/schemas.py": SCHEMAS,
            "shop/dependencies.py": DEPENDENCIES,
        }
        self.files["shop/main.py"] = self._main()

    # What is drawn

    def _one(self, options: Sequence[T]) -> T:
        return self._random.choice(options)

    def _spelling(self, kind: str, spellings: dict[str, str]) -> str:
        name = self._one(list(spellings))
        self.spellings.append(f"{kind}: {name}")
        return spellings[name]

    def _some(self, options: Sequence[T], most: int) -> list[T]:
        return self._random.sample(options, self._number(0, most))

    def _number(self, least: int, most: int) -> int:
        return self._random.randint(least, most)

    def _maybe(self) -> bool:
        return self._random.random() < 0.5

    def _rarely(self) -> bool:
        return self._random.random() < 0.1 + 0.05 * self._size

    def _name(self, stem: str) -> str:
        self._numbers += 1
        return f"{stem}_{self._numbers}"

    # Options that routers, includes and routes share

    def _options(self, level: str) -> list[str]:
        """Keyword arguments of a constructor, an include or a registration."""
        options: list[str] = []
        if self._rarely():
            options.append(self._option("tags", self._tags(level)))
        if self._rarely():
            options.append(self._option("dependencies", self._dependencies()))
        if self._rarely():
            options.append(
                self._option(
                    "deprecated", self._one(("True", "False", "None", "not settings.ENABLED", "settings.ENABLED"))
                )
            )
        if self._rarely():
            options.append(
                self._option("include_in_schema", self._one(("True", "False", "settings.DISABLED", "settings.ENABLED")))
            )
        if self._rarely():
            options.append(
                self._option(
                    "responses",
                    self._one(("{404: {}}", '{"409": {"description": "taken"}}', "{}", "{418: {}, 404: {}}")),
                )
            )
        return options

    def _option(self, name: str, value: str) -> str:
        self.spellings.append(f"{name}: {value}")
        return f"{name}={value}"

    def _tags(self, level: str) -> str:
        return self._one(
            (
                f'["{level}"]',
                '["shared"]',
                f'["{level}", "shared"]',
                "[Tag.first]",
                "[Tag.second.value]",
                "[]",
                "None",
                "list(settings.NAMES)",
                "[*settings.NAMES]",
                'settings.OPTIONS["tags"]',
                f'["{level}"] + settings.OPTIONS["tags"]',
                "[tag.value for tag in Tag]",
                "settings.FEATURES[:1]",
            )
        )

    def _dependencies(self) -> str:
        spellings = (
            "Depends(session)",
            "Depends(user)",
            "Depends(admin)",
            "Depends(Paging)",
            "Depends(can_read)",
            'Depends(Permission("write"))',
            "fastapi.Depends(dependency=user)",
            "Depends(partial(admin))",
            "*ALWAYS",
        )
        chosen = ", ".join(self._some(spellings, 2))
        return self._one((f"[{chosen}]", f"[{chosen}]", "ALWAYS", f"ALWAYS + [{chosen}]", f"list([{chosen}])"))

    def _prefix(self, *, may_be_empty: bool = True) -> str:
        spellings = [
            '"/items"',
            "settings.PREFIX",
            'f"{settings.PREFIX}/v{settings.VERSION}"',
            'settings.PREFIX + "/users"',
            f'"/{{{self._name("shop")}}}"',
            '"/%s" % settings.NAMES[0]',
            '"/{}".format(settings.FEATURES[-1])',
            '"/".join(["", *settings.NAMES])',
            "settings.Area.PUBLIC",
            'settings.OPTIONS["prefix"]',
            '"/on" if settings.ENABLED else "/off"',
            'settings.LEGACY or "/fallback"',
            '"/Upper".lower()',
            'str("/text")',
        ]
        return self._one([*spellings, '""'] if may_be_empty else spellings)

    def _joined(self, options: Sequence[str]) -> str:
        """Keyword arguments, now and then through a dictionary."""
        if options and self._number(0, 5) == 0:
            return f"**dict({', '.join(options)})"
        return ", ".join(options)

    # Endpoints and registrations

    def _path(self) -> str:
        number = self._name("path")
        return self._one(
            (
                f'"/{number}"',
                f'"/{number}/"',
                f'"/{number}/{{item_id}}"',
                f'f"/{number}/{{settings.VERSION}}"',
                f'"/{number}" + settings.Area.INNER',
                f'"/{number}/{{rest:path}}"',
            )
        )

    def _function(self, name: str) -> str:
        """The definition of an endpoint without its decorator."""
        keyword = self._one(("def", "async def"))
        parameters = self._one(
            ("", "", "found=Depends(user)", "page: Paging = Depends()", "one=Depends(can_read), two=Depends(session)")
        )
        body = self._one((" ...", ' """Documented."""', " return None"))
        self.spellings.append(
            f"annotation:{annotation}" if (annotation := self._one(ANNOTATIONS)) else "annotation: none"
        )
        return f"{keyword} {name}({parameters}){annotation}:{body}"

    def _route_options(self) -> list[str]:
        options = self._options("route")
        if self._rarely():
            options.append(
                self._option(
                    "status_code", self._one(("201", "status.HTTP_202_ACCEPTED", "HTTPStatus.CREATED", "200", "None"))
                )
            )
        if self._rarely():
            options.append(self._option("response_model", self._one(("Item", "List[Item]", "None", "Optional[Item]"))))
        if self._rarely():
            options.append(self._option("name", self._one(('"named"', "settings.NAMES[0]"))))
        if self._rarely():
            options.append('summary="Told"')
        return options

    def _methods(self) -> str:
        return self._one(('["GET"]', '["GET", "POST"]', '["put"]', '("DELETE", "PATCH")', '{"POST", "GET"}', "None"))

    def _registration(self, router: str) -> str:
        """Statements that register routes on a router, in one of many spellings."""
        path, name = self._path(), self._name("endpoint")
        options = self._route_options()
        given = f"{path}, {self._joined(options)}" if options else path
        method = self._one(METHODS)
        function = self._function(name)
        spellings: dict[str, str] = {
            "decorator": f"@{router}.{method}({given})\n{function}",
            "api_route": f"@{router}.api_route({given}, methods={self._methods()})\n{function}",
            "add_api_route": f"{function}\n{router}.add_api_route({given}, endpoint={name}, methods={self._methods()})",
            "positional endpoint": f"{function}\n{router}.add_api_route({path}, {name}{''.join(f', {one}' for one in options)})",
            "called decorator": f"{function}\n{router}.{method}({given})({name})",
            "two decorators": f"@{router}.{method}({given})\n@{router}.{method}({self._path()})\n{function}",
            "kept decorator": f"{name}_decorator = {router}.{method}({given})\n@{name}_decorator\n{function}",
            "method by name": f"{function}\ngetattr({router}, {method!r})({given})({name})",
            "method alias": f"{name}_{method} = {router}.{method}\n@{name}_{method}({given})\n{function}",
            "partial registration": f"{name}_add = partial({router}.{method}, tags=['partial'])\n@{name}_add({path})\n{function}",
            "partial endpoint": f"{function}\n{router}.add_api_route({path}, partial({name}), name={name!r})",
            "lambda": f"{router}.add_api_route({path}, lambda: None, name={name!r})",
            "loop over paths": (
                f"{function}\nfor {name}_path in ('/one', '/two'):\n    {router}.add_api_route({name}_path + {path}, {name})"
            ),
            "loop with definitions": (
                f"for {name}_kind in settings.NAMES:\n    @{router}.{method}(f'/{name}/{{{name}_kind}}')\n    {function}"
            ),
            "loop over rows": (
                f"{function}\nfor {name}_row in [('/first', ['GET']), ('/second', ['POST', 'PUT'])]:\n"
                f"    {router}.add_api_route('/{name}' + {name}_row[0], {name}, methods={name}_row[1])"
            ),
            "loop over dictionaries": (
                f"{function}\nfor {name}_row in [{{'path': '/{name}', 'endpoint': {name}, 'methods': ['GET']}}]:\n"
                f"    {router}.add_api_route(**{name}_row)"
            ),
            "loop over methods": (
                f"{function}\nfor {name}_method in ('get', 'post'):\n    getattr({router}, {name}_method)({path})({name})"
            ),
            "while": (
                f"{function}\n{name}_number = 0\nwhile {name}_number < 2:\n"
                f"    {router}.add_api_route(f'/{name}/{{{name}_number}}', {name})\n    {name}_number += 1"
            ),
            "comprehension": f"{function}\n[{router}.add_api_route(f'/{name}/{{one}}', {name}) for one in settings.NAMES]",
            "helper": (
                f"def {name}_register(target, path, endpoint, **more):\n    target.add_api_route(path, endpoint, **more)\n"
                f"{function}\n{name}_register({router}, {path}, {name}, methods=['GET'])"
            ),
            "registering decorator": (
                f"def {name}_register(path, **more):\n    def decorate(function):\n"
                f"        {router}.add_api_route(path, function, **more)\n        return function\n    return decorate\n"
                f"@{name}_register({given})\n{function}"
            ),
            "keeping decorator": (
                f"def {name}_keep(function):\n    @functools.wraps(function)\n    def kept(*args, **kwargs):\n"
                f"        return function(*args, **kwargs)\n    return kept\n"
                f"@{router}.{method}({given})\n@{name}_keep\n{function}"
            ),
            "class": (
                f"class {name}_View:\n    def __init__(self, target, path):\n"
                f"        target.add_api_route(path, self.answer, methods=['GET'])\n"
                f"    def answer(self) -> Item: ...\n{name}_View({router}, {path})"
            ),
            "static method": (
                f"class {name}_View:\n    @staticmethod\n    def answer(): ...\n"
                f"    @classmethod\n    def other(cls): ...\n"
                f"{router}.add_api_route({path}, {name}_View.answer)\n{router}.add_api_route('/other' + {path}, {name}_View.other)"
            ),
            "callable object": (
                f"class {name}_View:\n    def __call__(self): ...\n"
                f"{router}.add_api_route({path}, {name}_View(), name={name!r})"
            ),
            "condition": (
                f"if {self._one(CONDITIONS)}:\n"
                f"    @{router}.{method}({given})\n    {function}\nelse:\n    @{router}.get('/never')\n    def never(): ..."
            ),
            "match": (
                f"match settings.VERSION:\n    case 1:\n        @{router}.get('/never')\n        def never(): ...\n"
                f"    case 2:\n        @{router}.{method}({given})\n        {function}\n"
                f"    case _:\n        @{router}.get('/never')\n        def never(): ..."
            ),
            "try": (
                f"try:\n    import a_library_that_is_not_there\nexcept ImportError:\n    {name}_library = None\n"
                f"else:\n    {name}_library = 1\nfinally:\n    @{router}.{method}({given})\n    {function}"
            ),
            "websocket": f"@{router}.websocket({path})\nasync def {name}(socket: WebSocket): ...",
            "added websocket": f"async def {name}(socket: WebSocket): ...\n{router}.add_api_websocket_route({path}, {name})",
            "starlette route": f"def {name}(request): ...\n{router}.add_route({path}, {name})",
        }
        return self._spelling("registration", spellings)

    # Routers

    def _constructor(self) -> str:
        options = self._options("router")
        if self._rarely():
            options.append(self._option("prefix", self._prefix()))
        return self._joined(options)

    def _router(self, depth: int) -> tuple[str, str]:
        """A module with a router: its name, and the name of the router in it."""
        module = self._name("router")
        children = [self._router(depth - 1) for _ in range(self._number(0, 2))] if depth else []
        text, router = self._router_text(children)
        package = depth == 0 or self._maybe()
        if package:
            self.files[f"shop/{module}.py"] = self._imports_of_libraries + PACKAGE_IMPORTS + text
        else:
            inner = PACKAGE_IMPORTS.replace("from . ", "from .. ").replace("from .", "from ..").replace("....", "..")
            inner = inner.replace("from ... ", "from .. ")
            self.files[f"shop/{module}/__init__.py"] = self._one(
                (
                    f"from .routes import {router}\n",
                    "from .routes import *\n",
                    f"from . import routes\n{router} = routes.{router}\n",
                    f"from shop.{module}.routes import {router} as {router}\n__all__ = ['{router}']\n",
                )
            )
            self.files[f"shop/{module}/routes.py"] = (
                self._imports_of_libraries + inner + text.replace("from .", "from ..")
            )
        return module, router

    def _imported(self, child: tuple[str, str]) -> tuple[str, str]:
        """An import of a child router, and the expression that stands for it."""
        module, router = child
        return self._one(
            (
                (f"from .{module} import {router} as {module}_child", f"{module}_child"),
                (f"from shop.{module} import {router} as {module}_child", f"{module}_child"),
                (f"from . import {module}", f"{module}.{router}"),
                (f"from shop import {module} as {module}_module", f"{module}_module.{router}"),
                (f"import shop.{module}", f"shop.{module}.{router}"),
                (
                    f"import importlib\n{module}_found = importlib.import_module('shop.{module}')",
                    f"{module}_found.{router}",
                ),
                (
                    f"import importlib\n{module}_found = getattr(importlib.import_module('.{module}', 'shop'), '{router}')",
                    f"{module}_found",
                ),
            )
        )

    def _router_text(self, children: list[tuple[str, str]]) -> tuple[str, str]:
        """The text of a module that makes a router, and the router's name."""
        name = self._one(("router", "api", "routes_of_it"))
        imports, expressions = self._imports(children)
        body = self._statements("router", expressions, self._number(1, self._size + 1))
        made = f"APIRouter({self._constructor()})"
        spelling = self._one(
            ("module", "module", "module", "factory", "factory with arguments", "class", "subclass", "partial")
        )
        self.spellings.append(f"router: {spelling}")
        if spelling == "factory":
            text = f"def make_router():\n    router = {made}\n{textwrap.indent(body, '    ')}\n    return router\n{name} = make_router()\n"
        elif spelling == "factory with arguments":
            text = (
                f"def make_router(prefix, *, tag='made', **more):\n    router = APIRouter(prefix=prefix, tags=[tag], **more)\n"
                f"{textwrap.indent(body, '    ')}\n    return router\n"
                f"{name} = make_router({self._prefix()}, {self._one(('deprecated=True', 'tag=settings.NAMES[1], include_in_schema=False'))})\n"
            )
        elif spelling == "class":
            inside = body.replace("router.", "self.router.").replace("(router,", "(self.router,")
            text = (
                f"class Controller:\n    def __init__(self, prefix):\n        self.router = APIRouter(prefix=prefix)\n"
                f"        self.register()\n    def register(self):\n{textwrap.indent(inside, '        ')}\n"
                f"{name} = Controller({self._prefix()}).router\n"
            )
        elif spelling == "subclass":
            text = (
                f"class OwnRouter(APIRouter):\n    def __init__(self, *args, tags=None, **more):\n"
                f"        super().__init__(*args, tags=['own', *(tags or [])], **more)\n"
                f"router = OwnRouter({self._constructor()})\n{body}\n{name} = router\n"
            )
        elif spelling == "partial":
            text = f"OwnRouter = partial(APIRouter, redirect_slashes=False)\nrouter = OwnRouter({self._constructor()})\n{body}\n{name} = router\n"
        else:
            text = f"router = {made}\n{body}\n{name} = router\n"
        return f"{imports}\n{text}", name

    def _imports(self, children: list[tuple[str, str]]) -> tuple[str, list[str]]:
        imports, expressions = [], []
        for child in children:
            line, expression = self._imported(child)
            imports.append(line)
            expressions.append(expression)
        return "\n".join(imports), expressions

    def _statements(self, router: str, children: list[str], registrations: int) -> str:
        """Registrations and includes in any order."""
        parts = [self._registration(router) for _ in range(registrations)]
        if children:
            parts += self._includes(router, children)
        self._random.shuffle(parts)
        return "\n".join(parts)

    def _includes(self, router: str, children: list[str]) -> list[str]:
        """Statements that include each child, some of them together, some twice."""
        if len(children) > 1 and self._maybe():
            return [self._include_of_several(router, children)]
        parts = [self._include(router, child) for child in children]
        if self._rarely():
            parts.append(f'{router}.include_router({children[0]}, prefix="/again")')
        return parts

    def _include(self, router: str, child: str) -> str:
        options = self._options("include")
        if self._rarely():
            options.append(self._option("prefix", self._prefix()))
        given = f"{child}, {self._joined(options)}" if options else child
        name = self._name("include")
        spellings = {
            "plain": f"{router}.include_router({given})",
            "by keyword": f"{router}.include_router(router={given})",
            "partial": f"{name} = partial({router}.include_router, prefix='/partial')\n{name}({child})",
            "alias": f"{name} = {router}.include_router\n{name}({given})",
            "options": f"{name} = {{'prefix': '/given', 'tags': ['given']}}\n{router}.include_router({child}, **{name})",
            "condition": f"if settings.ENABLED:\n    {router}.include_router({given})\nelif settings.DISABLED:\n    {router}.include_router({child}, prefix='/never')",
            "helper": f"def {name}(target, *routers, prefix=''):\n    for one in routers:\n        target.include_router(one, prefix=prefix)\n{name}({router}, {child}, prefix='/helped')",
            "lambda": f"{name} = lambda one: {router}.include_router(one)\n{name}({child})",
            "with": f"with contextlib.suppress(ImportError):\n    {router}.include_router({given})",
            "try": f"try:\n    {router}.include_router({given})\nexcept ValueError:\n    raise",
            "walrus": f"if ({name} := {child}) is not None:\n    {router}.include_router({name})",
            "twice": f"{router}.include_router({child}, prefix='/one')\n{router}.include_router({child}, prefix='/two')",
            "between": f"{name} = APIRouter(prefix='/between')\n{name}.include_router({given})\n{router}.include_router({name})",
            "late include": f"{name} = APIRouter(prefix='/late')\n{name}.include_router({given})\n{router}.include_router({name})\n@{name}.get('/{name}')\ndef {name}_late(): ...",
            "wrapped": f"{name} = APIRouter(prefix='/wrapped', tags=['wrapped'])\n{router}.include_router({name})\n{name}.include_router({given})",
        }
        return self._spelling("include", spellings)

    def _include_of_several(self, router: str, children: list[str]) -> str:
        name = self._name("several")
        listed = ", ".join(children)
        pairs = ", ".join(f"('/{name}/{number}', {child})" for number, child in enumerate(children))
        mapping = ", ".join(f"'{name}{number}': {child}" for number, child in enumerate(children))
        head = f"{name} = [{listed}]\n"
        spellings = {
            "tuple": f"for one in ({listed}):\n    {router}.include_router(one)",
            "list": f"{head}for one in {name}:\n    {router}.include_router(one, tags=['listed'])",
            "pairs": f"for prefix, one in [{pairs}]:\n    {router}.include_router(one, prefix=prefix)",
            "dictionary": f"for key, one in {{{mapping}}}.items():\n    {router}.include_router(one, prefix=f'/{{key}}', tags=[key])",
            "values": f"for one in {{{mapping}}}.values():\n    {router}.include_router(one)",
            "enumerate": f"for number, one in enumerate([{listed}], start=1):\n    {router}.include_router(one, prefix=f'/v{{number}}')",
            "zip": f"for key, one in zip(settings.NAMES, ({listed})):\n    {router}.include_router(one, prefix='/' + key)",
            "range": f"{head}for number in range(len({name})):\n    {router}.include_router({name}[number])",
            "comprehension": f"[{router}.include_router(one) for one in ({listed})]",
            "while pop": f"{head}while {name}:\n    {router}.include_router({name}.pop(0))",
            "while counter": f"{head}{name}_at = 0\nwhile {name}_at < len({name}):\n    {router}.include_router({name}[{name}_at])\n    {name}_at += 1",
            "map": f"list(map({router}.include_router, [{listed}]))",
            "reversed": f"for one in reversed([{listed}]):\n    {router}.include_router(one)",
            "slice": f"{head}for one in {name}[1:]:\n    {router}.include_router(one)",
            "backwards": f"{head}for one in {name}[::-1]:\n    {router}.include_router(one)",
            "append": f"{name} = []\n{''.join(f'{name}.append({child}){chr(10)}' for child in children)}for one in {name}:\n    {router}.include_router(one)",
            "joined lists": f"{head}{name} += [{children[0]}]\nfor number, one in enumerate({name}):\n    {router}.include_router(one, prefix=f'/j{{number}}')",
            "chain": f"for one in itertools.chain([{children[0]}], [{', '.join(children[1:])}]):\n    {router}.include_router(one)",
            "unpacked": f"first_{name}, *rest_{name} = [{listed}]\n{router}.include_router(first_{name})\nfor one in rest_{name}:\n    {router}.include_router(one)",
            "break": f"for number, one in enumerate([{listed}]):\n    if number == 1:\n        break\n    {router}.include_router(one)",
            "continue": f"for number, one in enumerate([{listed}]):\n    if number == 0:\n        continue\n    {router}.include_router(one)",
            "rows": f"for row in [dict(router=one, prefix=f'/r{{at}}') for at, one in enumerate([{listed}])]:\n    {router}.include_router(**row)",
            "starred helper": f"def {name}_all(*routers):\n    for one in routers:\n        {router}.include_router(one)\n{name}_all(*[{listed}])",
            "filtered": f"{head}for one in [one for one in {name} if one is not {name}[0]]:\n    {router}.include_router(one)",
        }
        return self._spelling("several", spellings)

    # The application

    def _main(self) -> str:
        children = [self._router(self._number(0, self._size)) for _ in range(self._number(1, self._size + 1))]
        imports, expressions = self._imports(children)
        options = self._options("application")
        options = [one for one in options if not one.startswith("tags")]
        made = f"FastAPI({self._joined(options)})"
        body = self._statements("app", expressions, self._number(0, self._size))
        if self._rarely():
            body += "\ninner = FastAPI()\n" + self._registration("inner") + f"\napp.mount({self._one(MOUNTS)}, inner)"
        head = self._imports_of_libraries + PACKAGE_IMPORTS + imports
        spelling = self._one(("module", "module", "factory", "arguments", "registering function", "kept in a class"))
        self.spellings.append(f"application: {spelling}")
        if spelling == "factory":
            return f"{head}\ndef create_app():\n    app = {made}\n{textwrap.indent(body, '    ')}\n    return app\napp = create_app()\n"
        if spelling == "arguments":
            return f"{head}\ndef register(app: FastAPI) -> None:\n{textwrap.indent(body, '    ')}\napp = {made}\nregister(app)\n"
        if spelling == "registering function":
            return f"{head}\napp = {made}\ndef register():\n{textwrap.indent(body, '    ')}\nregister()\n"
        if spelling == "kept in a class":
            inside = body.replace("app.", "self.app.").replace("(app,", "(self.app,")
            return f"{head}\nclass Server:\n    def __init__(self):\n        self.app = {made}\n{textwrap.indent(inside, '        ')}\napp = Server().app\n"
        return f"{head}\napp = {made}\n{body}\n"
