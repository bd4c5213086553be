"""Random Flask programs as texts: trees of blueprints in the spellings that people write.

Every program is valid: Flask imports it. What differs between versions is left to the caller, who names the version.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")

SETTINGS = """
PREFIX = "/api"
VERSION = 2
ENABLED = True
DISABLED = False
LEGACY = None
NAMES = ("red", "green")
class Config:
    PREFIX = "/configured"
"""
IMPORTS = """
from __future__ import annotations
import functools
import importlib
import itertools
from functools import partial
import flask
from flask import Blueprint, Flask, request
from flask.views import MethodView, View
"""
PACKAGE_IMPORTS = "from . import settings\n"
SHORT_METHODS = ("get", "post", "put", "patch", "delete")


class FlaskProgram:
    """One program that is being written; `app` says where its application is."""

    def __init__(self, random: Random, version: tuple[int, ...]) -> None:
        self._random = random
        self._version = version
        self._numbers = 0
        self._size = random.randint(0, 2)
        self.spellings: list[str] = []
        self.app = "shop.main:app"
        self.files: dict[str, str] = {"shop/__init__.py": "", "shop/settings.py": SETTINGS}
        self.files["shop/main.py"] = self._main()

    # What is drawn

    def _one(self, options: Sequence[T]) -> T:
        return self._random.choice(options)

    def _spelling(self, kind: str, spellings: dict[str, str]) -> str:
        name = self._one(list(spellings))
        self.spellings.append(f"{kind}: {name}")
        return spellings[name]

    def _option(self, name: str, value: str) -> str:
        self.spellings.append(f"{name}: {value}")
        return f"{name}={value}"

    def _number(self, least: int, most: int) -> int:
        return self._random.randint(least, most)

    def _maybe(self) -> bool:
        return self._random.random() < 0.5

    def _rarely(self) -> bool:
        return self._random.random() < 0.1 + 0.05 * self._size

    def _name(self, stem: str) -> str:
        self._numbers += 1
        return f"{stem}_{self._numbers}"

    # Views and rules

    def _rule(self) -> str:
        name = self._name("path")
        return self._one(
            (
                f'"/{name}"',
                f'"/{name}/"',
                f'"/{name}/<item_id>"',
                f'"/{name}/<int:item_id>/"',
                f'f"/{name}/{{settings.VERSION}}"',
                f'settings.PREFIX + "/{name}"',
                f'"/{name}/<path:rest>"',
                f"\"/{name}/<any('a', 'b'):kind>\"",
            )
        )

    def _prefix(self) -> str:
        return self._one(
            (
                '"/items"',
                '"/items/"',
                '"/"',
                '""',
                "None",
                "settings.PREFIX",
                'f"{settings.PREFIX}/v{settings.VERSION}"',
                f'"/<{self._name("shop")}>"',
                "settings.Config.PREFIX",
                'settings.LEGACY or "/fallback"',
                '"/on" if settings.ENABLED else "/off"',
            )
        )

    def _function(self, name: str) -> str:
        body = self._one((" return ''", ' """Documented."""', " ..."))
        return f"def {name}(**values):{body}"

    def _options(self) -> list[str]:
        options: list[str] = []
        if self._rarely():
            options.append(
                self._option("methods", self._one(('["GET"]', '["GET", "POST"]', '("put",)', '{"DELETE"}', '["POST"]')))
            )
        if self._rarely():
            options.append(self._option("endpoint", f'"{self._name("named")}"'))
        if self._rarely():
            options.append(self._option("strict_slashes", self._one(("True", "False"))))
        if self._rarely():
            options.append(self._option("subdomain", '"own"'))
        if self._rarely():
            options.append(self._option("defaults", '{"page": 1}'))
        return options

    def _without(self, options: list[str], name: str) -> list[str]:
        return [one for one in options if not one.startswith(f"{name}=")]

    def _registration(self, target: str) -> str:
        """Statements that add rules to an application or blueprint, in one of many spellings."""
        rule, name = self._rule(), self._name("view")
        options = self._options()
        given = ", ".join([rule, *options])
        plain = ", ".join([rule, *self._without(options, "methods")])
        bare = ", ".join([rule, *self._without(options, "endpoint")])
        method = self._one(SHORT_METHODS)
        function = self._function(name)
        spellings = {
            "route": f"@{target}.route({given})\n{function}",
            "short": f"@{target}.{method}({plain})\n{function}",
            "two routes": f"@{target}.route({rule})\n@{target}.route({self._rule()}, methods=['POST'])\n{function}",
            "called": f"{function}\n{target}.route({given})({name})",
            "add_url_rule": f"{function}\n{target}.add_url_rule({given}, view_func={name})",
            "positional": f"{function}\n{target}.add_url_rule({rule}, '{name}_named', {name})",
            "by keywords": f"{function}\n{target}.add_url_rule(rule={rule}, endpoint='{name}_named', view_func={name})",
            "loop over rules": (
                f"{function}\nfor {name}_rule in ('/one', '/two'):\n"
                f"    {target}.add_url_rule({name}_rule + {rule}, view_func={name})"
            ),
            "loop over rows": (
                f"{function}\nfor {name}_rule, {name}_view, {name}_methods in [('/{name}', {name}, ['GET', 'PUT'])]:\n"
                f"    {target}.add_url_rule({name}_rule, view_func={name}_view, methods={name}_methods)"
            ),
            "loop over dictionaries": (
                f"{function}\nfor {name}_row in ({{'rule': {rule}, 'view_func': {name}}},):\n"
                f"    {target}.add_url_rule(**{name}_row)"
            ),
            "loop with definitions": (
                f"for {name}_kind in settings.NAMES:\n"
                f"    @{target}.route(f'/{name}/{{{name}_kind}}', endpoint=f'{name}_{{{name}_kind}}')\n    {function}"
            ),
            "while": (
                f"{function}\n{name}_at = 0\nwhile {name}_at < 2:\n"
                f"    {target}.add_url_rule(f'/{name}/{{{name}_at}}', view_func={name})\n    {name}_at += 1"
            ),
            "comprehension": f"{function}\n[{target}.add_url_rule(f'/{name}/{{one}}', view_func={name}) for one in settings.NAMES]",
            "helper": (
                f"def {name}_add(where, rule, view, **more):\n    where.add_url_rule(rule, view_func=view, **more)\n"
                f"{function}\n{name}_add({target}, {rule}, {name}, methods=['PATCH'])"
            ),
            "own decorator": (
                f"def {name}_route(rule, **more):\n    def decorate(view):\n"
                f"        {target}.add_url_rule(rule, view_func=view, **more)\n        return view\n    return decorate\n"
                f"@{name}_route({given})\n{function}"
            ),
            "keeping decorator": (
                f"def {name}_keep(view):\n    @functools.wraps(view)\n    def kept(**values):\n"
                f"        return view(**values)\n    return kept\n@{target}.route({given})\n@{name}_keep\n{function}"
            ),
            "partial": f"{name}_route = partial({target}.route, methods=['POST'])\n@{name}_route({rule})\n{function}",
            "alias": f"{name}_route = {target}.route\n@{name}_route({given})\n{function}",
            "by name": f"{function}\ngetattr({target}, 'route')({given})({name})",
            "method view": (
                f"class {name}(MethodView):\n    def get(self, **values): ...\n    def post(self, **values):\n"
                f"        '''Documented.'''\n{target}.add_url_rule({rule}, view_func={name}.as_view('{name}_all'))"
            ),
            "methods of a method view": (
                f"class {name}(MethodView):\n    def get(self, **values): ...\n    def delete(self, **values): ...\n"
                f"{name}_func = {name}.as_view('{name}_all')\n"
                f"{target}.add_url_rule({rule}, view_func={name}_func, methods=['GET'])\n"
                f"{target}.add_url_rule('/deleted' + {rule}, view_func={name}_func, methods=['DELETE'])"
            ),
            "inherited method view": (
                f"class {name}_Base(MethodView):\n    def get(self, **values): ...\n"
                f"class {name}({name}_Base):\n    def put(self, **values): ...\n"
                f"{target}.add_url_rule({rule}, view_func={name}.as_view('{name}_all'))"
            ),
            "method view with a list": (
                f"class {name}(MethodView):\n    methods = ['POST']\n    def get(self, **values): ...\n    def post(self, **values): ...\n"
                f"{target}.add_url_rule({rule}, view_func={name}.as_view('{name}_all'))"
            ),
            "loop over method views": (
                f"class {name}_A(MethodView):\n    def get(self, **values): ...\n"
                f"class {name}_B(MethodView):\n    def post(self, **values): ...\n"
                f"for {name}_view in ({name}_A, {name}_B):\n"
                f"    {target}.add_url_rule('/' + {name}_view.__name__, view_func={name}_view.as_view({name}_view.__name__))"
            ),
            "view": (
                f"class {name}(View):\n    methods = ['GET', 'POST']\n    def dispatch_request(self, **values): ...\n"
                f"{target}.add_url_rule({bare}, view_func={name}.as_view('{name}_all'))"
            ),
            "condition": (
                f"if settings.ENABLED:\n    @{target}.route({given})\n    {textwrap.indent(function, '    ').strip()}\n"
                f"else:\n    @{target}.route('/never')\n    def never(): ..."
            ),
            "try": (
                f"try:\n    import a_library_that_is_not_there\nexcept ImportError:\n"
                f"    @{target}.route({given})\n    {textwrap.indent(function, '    ').strip()}"
            ),
        }
        return self._spelling("registration", spellings)

    # Blueprints

    def _constructor(self, name: str) -> str:
        options = [f"'{name}'", "__name__"]
        if self._maybe():
            options.append(self._option("url_prefix", self._prefix()))
        if self._rarely():
            options.append(self._option("subdomain", self._one(('"admin"', "settings.NAMES[0]", "None"))))
        return f"Blueprint({', '.join(options)})"

    def _blueprint(self, depth: int) -> tuple[str, str]:
        """A module with a blueprint: its name, and the name of the blueprint in it."""
        module = self._name("blueprint")
        children = [self._blueprint(depth - 1) for _ in range(self._number(0, 2))] if depth else []
        variable = self._one(("bp", "blueprint", f"{module}_bp"))
        lines, expressions = self._imports(children)
        body = self._statements("bp", expressions, self._number(1, self._size + 1))
        made = self._constructor(module)
        spellings = {
            "module": f"bp = {made}\n{body}\n{variable} = bp\n",
            "again": f"bp = {made}\n{body}\n{variable} = bp\n",
            "factory": f"def make_blueprint():\n    bp = {made}\n{textwrap.indent(body, '    ')}\n    return bp\n{variable} = make_blueprint()\n",
            "factory with arguments": (
                f"def make_blueprint(name, prefix=None):\n    bp = Blueprint(name, __name__, url_prefix=prefix)\n"
                f"{textwrap.indent(body, '    ')}\n    return bp\n{variable} = make_blueprint('{module}', {self._prefix()})\n"
            ),
            "subclass": (
                f"class OwnBlueprint(Blueprint):\n    def __init__(self, name, **more):\n"
                f"        super().__init__(name, __name__, **more)\nbp = OwnBlueprint('{module}', url_prefix={self._prefix()})\n{body}\n{variable} = bp\n"
            ),
        }
        text = self._spelling("blueprint", spellings)
        if self._maybe():
            self.files[f"shop/{module}.py"] = f"{IMPORTS}{PACKAGE_IMPORTS}{lines}\n{text}"
        else:
            routes = f"{IMPORTS}from shop import settings\n{lines}\n{text}".replace(
                "from . import bl", "from .. import bl"
            )
            self.files[f"shop/{module}/routes.py"] = routes.replace("from .bl", "from ..bl")
            self.files[f"shop/{module}/__init__.py"] = self._one(
                (
                    f"from .routes import {variable}\n",
                    "from .routes import *\n",
                    f"from shop.{module} import routes\n{variable} = routes.{variable}\n",
                )
            )
        return module, variable

    def _imports(self, children: list[tuple[str, str]]) -> tuple[str, list[str]]:
        lines, expressions = [], []
        for module, variable in children:
            line, expression = self._one(
                (
                    (f"from .{module} import {variable} as {module}_child", f"{module}_child"),
                    (f"from shop.{module} import {variable} as {module}_child", f"{module}_child"),
                    (f"from . import {module}", f"{module}.{variable}"),
                    (f"import shop.{module}", f"shop.{module}.{variable}"),
                    (f"{module}_found = importlib.import_module('shop.{module}')", f"{module}_found.{variable}"),
                )
            )
            lines.append(line)
            expressions.append(expression)
        return "\n".join(lines), expressions

    def _statements(self, target: str, children: list[str], registrations: int) -> str:
        """Registrations of rules and of blueprints in any order."""
        parts = [self._registration(target) for _ in range(registrations)]
        if len(children) > 1 and self._maybe():
            parts.append(self._inclusion_of_several(target, children))
        else:
            parts += [self._inclusion(target, child) for child in children]
        self._random.shuffle(parts)
        return "\n".join(parts)

    def _inclusion(self, target: str, child: str) -> str:
        options = [self._option("url_prefix", self._prefix())] if self._maybe() else []
        if self._rarely():
            options.append(self._option("subdomain", '"registered"'))
        if self._version >= (2, 1) and self._rarely():
            options.append(self._option("name", f'"{self._name("renamed")}"'))
        given = ", ".join([child, *options])
        name = self._name("include")
        spellings = {
            "plain": f"{target}.register_blueprint({given})",
            "by keyword": f"{target}.register_blueprint(blueprint={given})",
            "alias": f"{name} = {target}.register_blueprint\n{name}({given})",
            "options": f"{name} = {{'url_prefix': '/given'}}\n{target}.register_blueprint({child}, **{name})",
            "partial": f"{name} = partial({target}.register_blueprint, url_prefix='/partial')\n{name}({child})",
            "condition": f"if settings.ENABLED and not settings.DISABLED:\n    {target}.register_blueprint({given})",
            "helper": f"def {name}(where, *blueprints, prefix=None):\n    for one in blueprints:\n        where.register_blueprint(one, url_prefix=prefix)\n{name}({target}, {child}, prefix='/helped')",
            "between": f"{name} = Blueprint('{name}', __name__, url_prefix='/between')\n{name}.register_blueprint({given})\n{target}.register_blueprint({name})",
        }
        if self._version >= (2, 1):
            spellings["twice"] = (
                f"{target}.register_blueprint({child}, name='{name}_a', url_prefix='/one')\n"
                f"{target}.register_blueprint({child}, name='{name}_b', url_prefix='/two')"
            )
            spellings["versions"] = (
                f"for {name} in ('v1', 'v2'):\n    {target}.register_blueprint({child}, name={name} + '{name}', url_prefix=f'/{{{name}}}')"
            )
        return self._spelling("include", spellings)

    def _inclusion_of_several(self, target: str, children: list[str]) -> str:
        name = self._name("several")
        listed = ", ".join(children)
        pairs = ", ".join(f"({child}, '/{name}/{number}')" for number, child in enumerate(children))
        spellings = {
            "tuple": f"for one in ({listed}):\n    {target}.register_blueprint(one)",
            "pairs": f"for one, prefix in [{pairs}]:\n    {target}.register_blueprint(one, url_prefix=prefix)",
            "dictionary": f"{name} = {{'/' + one.name: one for one in [{listed}]}}\nfor prefix, one in {name}.items():\n    {target}.register_blueprint(one, url_prefix=prefix)",
            "enumerate": f"for number, one in enumerate([{listed}], 1):\n    {target}.register_blueprint(one, url_prefix=f'/v{{number}}')",
            "comprehension": f"[{target}.register_blueprint(one) for one in ({listed})]",
            "map": f"list(map({target}.register_blueprint, [{listed}]))",
            "while": f"{name} = [{listed}]\nwhile {name}:\n    {target}.register_blueprint({name}.pop())",
        }
        return self._spelling("several", spellings)

    # The application

    def _main(self) -> str:
        children = [self._blueprint(self._number(0, self._size)) for _ in range(self._number(1, self._size + 1))]
        lines, expressions = self._imports(children)
        body = self._statements("app", expressions, self._number(0, self._size))
        made = "Flask(__name__)"
        if self._rarely():
            made = "Flask(__name__, static_folder=None)"
        head = f"{IMPORTS}{PACKAGE_IMPORTS}{lines}"
        inner = textwrap.indent(body, "    ")
        spellings = {
            "module": f"{head}\napp = {made}\n{body}\n",
            "factory": f"{head}\ndef create_app(config=None):\n    app = {made}\n{inner}\n    return app\napp = create_app()\n",
            "registering function": f"{head}\ndef register(app):\n{inner}\ndef create_app():\n    app = {made}\n    register(app)\n    return app\napp = create_app()\n",
            "late imports": f"{IMPORTS}{PACKAGE_IMPORTS}\ndef create_app():\n    app = {made}\n{textwrap.indent(lines, '    ')}\n{inner}\n    return app\napp = create_app()\n",
        }
        return self._spelling("application", spellings)
