"""Reports modules that import each other in a circle."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, ImportCycle, Project, Related, Rule, Severity


class CircularImport(Rule):
    """Finds modules of the project that import each other when they are loaded.

    ## What it reports
    Circles of two to four modules whose imports all stand at the top level. One finding a circle, at the import that is
    easiest to take out: the one of a module out of its own package, else the one that takes the fewest names. Of a
    tangle of many circles the three shortest are reported.

    Not reported are imports that mind the circle: in functions, under conditions such as `TYPE_CHECKING`, in `try`, and
    behind the classes and functions of their module; nor tests, and packages of Flask that make a blueprint and then
    import the views for it. A module may take from the package around it what that has bound before it comes to the
    module, and so may one that the other imports for its effects alone.

    ## Why
    Which of the modules is loaded first decides whether the program starts: the other one finds a half-made module and
    fails with `ImportError: cannot import name`. A new import elsewhere, a test of one module or a sorted import block
    changes the order. The circle also says that the modules are one, since neither can be used or tested alone.

    ## When to ignore it
    Where the modules are one by intent, and are always imported through their package.
    """

    category = Category.MAINTAINABILITY
    severity = Severity.WARNING
    checklist = (
        "Follow the single responsibility principle by separating concerns among views, business logic, and task queues.",  # noqa: E501
        "Write clean, efficient, and maintainable code that adheres to best practices for each technology.",
        "Maintain high code quality and security",
        "Prioritize building scalable, maintainable, and efficient web applications.",
        "Write clean and well-structured code that adheres to Flask and Python best practices.",
        "Follow the single responsibility principle, by separating concerns among routes, business logic and task queues.",  # noqa: E501
    )
    references = (
        "https://docs.python.org/3/faq/programming.html#how-can-i-have-modules-that-mutually-import-each-other",
    )
    bad = (
        {
            "shop/__init__.py": """\
from fastapi import APIRouter

from shop.views import list_orders

router = APIRouter()
database = {}
""",
            "shop/views.py": "from shop.crud import orders\n\n\ndef list_orders():\n    return orders()\n",
            "shop/crud.py": """\
import json

from shop import database  # <- circular-import


def orders():
    return json.dumps(database)
""",
        },
        {
            "app/orders/service.py": """\
from app.customers import service as customers  # <- circular-import


def place(customer_id: int) -> str:
    return customers.name(customer_id)


def count(customer_id: int) -> int:
    return 0


def total(customer_id: int) -> int:
    return 0
""",
            "app/customers/service.py": """\
from app.orders.service import count, total


def name(customer_id: int) -> str:
    return f"{count(customer_id)} {total(customer_id)}"
""",
            "app/orders/__init__.py": "",
            "app/customers/__init__.py": "",
            "app/__init__.py": "",
        },
    )
    good = (
        {
            "app/orders.py": """\
from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from app import customers

if TYPE_CHECKING:
    from app.mail import Mail


def send(mail: Mail) -> None:
    logging.info(customers.name(mail))
""",
            "app/customers.py": """\
def name(mail) -> str:
    from app.orders import send

    return str(send)
""",
            "app/mail.py": "from app.orders import send\n\n\nclass Mail:\n    send = send\n",
            "app/logging.py": "import logging\nfrom app import orders\n",
            "app/__init__.py": "",
        },
        {
            "blog/auth/__init__.py": """\
from flask import Blueprint

auth = Blueprint("auth", __name__)

from blog.auth import views
""",
            "blog/auth/views.py": """\
from blog.auth import auth


@auth.route("/login")
def login():
    return "login"
""",
            "blog/__init__.py": "",
        },
        {
            "fields/__init__.py": """\
from fields.simple import TextField
from fields.colors import ColorField
from fields.files import FileField

__version__ = "1.0"
""",
            "fields/files.py": "import fields\n\n\nclass FileField:\n    label = None\n",
            "fields/marshmallow.py": "from fields.texts import shorten\n\ndump = shorten\n",
            "fields/texts.py": "from marshmallow import utils\n\nshorten = utils.pluck\n",
            "fields/simple.py": "class TextField:\n    pass\n",
            "fields/colors.py": """\
from fields import TextField


class ColorField(TextField):
    pass
""",
            "tools/server.py": """\
from library import Server

server = Server("tools")

from tools.resources import sources
""",
            "tools/resources/sources.py": """\
from tools.server import server


@server.resource("sources")
def sources():
    return []
""",
            "tools/resources/__init__.py": "",
            "tools/__init__.py": "",
        },
        {
            "trees/__init__.py": "",
            "trees/branch.py": """\
from __future__ import annotations

from pydantic import BaseModel


class Branch(BaseModel):
    leaves: list[Leaf]


from trees.leaf import Leaf

Branch.model_rebuild()
""",
            "trees/leaf.py": """\
from __future__ import annotations

from pydantic import BaseModel

from trees.branch import Branch
from trees.worm import Worm


class Leaf(BaseModel):
    parent: Branch | None
    worm: Worm | None
""",
            "trees/worm.py": """\
try:
    from trees.leaf import Leaf
except ImportError:
    Leaf = None

Worm = int
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the circles."""
        for cycle in project.import_cycles:
            yield self._finding(cycle)

    def _finding(self, cycle: ImportCycle) -> Finding:
        first, *others = cycle.imports
        way = ", which imports ".join(f"`{one.imported.name}`" for one in others)
        return self.at(
            first.place,
            f"`{first.importer.name}` imports `{first.imported.name}`, which imports {way}: a circle.",
            hint="Move what both need into a module of its own, or import it in the function that needs it.",
            symbol=f"{first.importer.name}:{first.imported.name}",
            related=tuple(
                Related(one.place, f"`{one.importer.name}` imports `{one.imported.name}`.") for one in others
            ),
        )
