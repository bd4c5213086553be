"""Reports templates that are rendered, extended, included or imported and that do not exist."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.api import Category, Finding, Project, Rule, Severity

VERBS = {"extends": "extended", "include": "included", "import": "imported"}


class TemplateNotFoundOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be missing."""

    ignore: tuple[str, ...] = ()


class TemplateNotFound(Rule):
    """Finds names of Jinja2 templates that no template folder of the project has.

    ## What it reports
    Names given to `render_template`, `TemplateResponse` and `get_template`, and names in `{% extends %}`,
    `{% include %}` and `{% import %}`, for which no file lies in the folders of the Flask application, its blueprints,
    or the `Jinja2Templates` or `Environment` object that looks it up. A name is followed through functions of the
    project that take it as a parameter, such as a `send_email(to, template, **kwargs)` that adds `.txt` and `.html`.

    Nothing is reported where the folders are not known (a loader of the project's own, a folder from the
    environment), for `ignore missing`, for lists of which one name exists, and for templates that extensions bring
    (`bootstrap/base.html`, `security/login_user.html`, `admin/master.html`).

    ## Why
    Jinja2 looks a template up when it is rendered: a name with a typing error, or one that a rename forgot, raises
    `TemplateNotFound` for the user who opens the page, often on an error page or in an email that no test renders.

    ## When to ignore it
    Where a build step writes the template. Name such folders or files with `ignore`.

    ## Options
    - `ignore`: beginnings of template names that may be missing, such as `generated/`.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = (
        "When rendering HTML templates, use Flask's `render_template` function.",
        "Verify that Jinja2 templates are rendered correctly and are using the proper data.",
        "Use Jinja2 to render HTML templates, passing data from Flask routes to the template context.",
        "Use Jinja2 for rendering HTML templates, passing data from FastAPI routes to the template context.",
        "Maintain high code quality and security",
    )
    references = (
        "https://flask.palletsprojects.com/en/stable/api/#flask.render_template",
        "https://jinja.palletsprojects.com/en/stable/api/#jinja2.TemplateNotFound",
    )
    Options = TemplateNotFoundOptions
    bad = (
        {
            "shop/__init__.py": """
from flask import Flask

from shop.orders import bp


def create_app():
    app = Flask(__name__)
    app.register_blueprint(bp)
    return app
""",
            "shop/orders.py": """
from flask import Blueprint, render_template

bp = Blueprint("orders", __name__, url_prefix="/orders")


@bp.get("/")
def index():
    return render_template("orders/index.html", orders=[])


@bp.get("/<int:order_id>")
def show(order_id):
    return render_template("orders/detials.html", order_id=order_id)  # <- template-not-found
""",
            "shop/templates/orders/index.html": """
{% extends "layout.html" %}  {# <- template-not-found #}
{% block content %}{% for order in orders %}{{ order.id }}{% endfor %}{% endblock %}
""",
            "shop/templates/orders/details.html": """
{% extends "base.html" %}
{% include "orders/_lines.html" ignore missing %}
""",
            "shop/templates/base.html": "<main>{% block content %}{% endblock %}</main>\n",
        },
        {
            "app/__init__.py": "",
            "app/main.py": """
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.templating import Jinja2Templates

app = FastAPI()
templates = Jinja2Templates(directory=Path(__file__).parent / "templates")


@app.get("/invoices")
def list_invoices(request: Request):
    return templates.TemplateResponse(request, "invoice.html", {"invoices": []})  # <- template-not-found
""",
            "app/templates/invoices.html": "{% for invoice in invoices %}{{ invoice.total }}{% endfor %}\n",
        },
        {
            "app/__init__.py": "from flask import Flask\n\napp = Flask(__name__)\n",
            "app/email.py": """
from flask import render_template


def send_email(to, template, **kwargs):
    body = render_template(template + ".txt", **kwargs)
    html = render_template(template + ".html", **kwargs)
    return to, body, html
""",
            "app/accounts.py": """
from app.email import send_email


def confirm(user):
    send_email(user.email, "mail/confirm", user=user)


def goodbye(user):
    send_email(user.email, "mail/goodbye", user=user)  # <- template-not-found
""",
            "app/templates/mail/confirm.txt": "Dear {{ user.name }}\n",
            "app/templates/mail/confirm.html": "<p>Dear {{ user.name }}</p>\n",
            "app/templates/mail/goodbye.txt": "Good bye {{ user.name }}\n",
        },
    )
    good = (
        {
            "shop/__init__.py": """
from flask import Flask, render_template
from flask_bootstrap import Bootstrap

app = Flask(__name__)
bootstrap = Bootstrap(app)


@app.errorhandler(404)
def not_found(error):
    return render_template(["errors/special.html", "errors/404.html"]), 404
""",
            "shop/reports/__init__.py": """
from flask import Blueprint, render_template

bp = Blueprint("reports", __name__, template_folder="pages")


@bp.get("/reports")
def index():
    return render_template("reports/index.html")
""",
            "shop/reports/pages/reports/index.html": '{% extends "bootstrap/base.html" %}\n',
            "shop/templates/errors/404.html": '{% include "errors/details.html" ignore missing %}Not found.\n',
        },
        {
            "main.py": """
import os

from fastapi import FastAPI, Request
from fastapi.templating import Jinja2Templates

app = FastAPI()
templates = Jinja2Templates(directory=os.environ["THEME_FOLDER"])


@app.get("/")
def index(request: Request):
    return templates.TemplateResponse(request, "index.html")
""",
            "templates/home.html": "<h1>Home</h1>\n",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the names that no folder has."""
        for missing in project.missing_templates:
            if self.options.ignore and missing.name.startswith(self.options.ignore):
                continue
            verb = VERBS.get(missing.source, missing.source)
            hint = "Correct the name, or add the file to a template folder."
            if missing.nearest is not None:
                hint = f"There is `{missing.nearest}`."
            message = f"The template `{missing.name}` is {verb} here and lies in no template folder."
            yield self.at(missing.place, message, hint=hint, symbol=missing.symbol)
