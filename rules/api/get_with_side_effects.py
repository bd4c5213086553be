"""Reports GET routes that change what the application keeps."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity


class GetWithSideEffects(Rule):
    """Finds GET routes that delete or change what the application keeps.

    ## What it reports
    Routes that answer GET alone, whose name or path says that something changes (`delete_post`, `/users/{id}/ban`,
    `toggle_admin`), and which do it: the endpoint, or a function that it calls, adds, updates or deletes rows, or it
    calls a function named after the change. Without such a name, an endpoint that deletes rows itself is reported.
    Endpoints that answer POST as well, signing in and out, confirmations and other links of e-mails, callbacks, forms,
    downloads, caches, logs and what is counted by the way are left alone.

    ## Why
    GET is safe by definition: browsers prefetch links, proxies and clients repeat requests, crawlers follow them, and
    an image on another site sends one with the cookies of the user. Protection against forged requests covers
    POST only, so anybody who gets a user to open a link has the change made.

    ## When to ignore it
    Where the address is a secret that is sent to one person and works once.

    ## Known limits
    What is only named by a noun (`/sync`) and done by other services is not seen.
    """

    category = Category.SECURITY
    severity = Severity.ERROR
    cwe = 650
    checklist = (
        "Review that API endpoints follow RESTful principles.",
        "Review for possible SQL injections, XSS, and CSRF attacks.",
        "Ensure that all routes are properly defined using Flask's routing system.",
        "Maintain high code quality and security",
    )
    references = (
        "https://www.rfc-editor.org/rfc/rfc9110#name-safe-methods",
        "https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html",
    )
    bad = (
        {
            "forum/views.py": """\
from flask import Blueprint, redirect
from flask_login import login_required

from forum.models import Message, Topic, db

forum = Blueprint("forum", __name__)


@forum.route("/topic/<int:topic_id>/delete")
@login_required
def delete_topic(topic_id):  # <- get-with-side-effects
    topic = Topic.query.filter_by(id=topic_id).first_or_404()
    topic.delete()
    return redirect("/")


@forum.route("/messages/<int:message_id>/move")
@login_required
def move_message(message_id):  # <- get-with-side-effects
    message = Message.query.filter_by(id=message_id).first_or_404()
    message.trash = True
    message.save()
    return redirect("/")


@forum.route("/drafts/old")
def old_drafts():  # <- get-with-side-effects
    Message.query.filter_by(is_draft=True).delete()
    db.session.commit()
    return redirect("/")
""",
            "forum/models.py": """\
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


class Stored:
    def save(self):
        db.session.add(self)
        db.session.commit()

    def delete(self):
        db.session.delete(self)
        db.session.commit()


class Topic(db.Model, Stored):
    id = db.Column(db.Integer, primary_key=True)


class Message(db.Model, Stored):
    id = db.Column(db.Integer, primary_key=True)
    trash = db.Column(db.Boolean)
    is_draft = db.Column(db.Boolean)
""",
            "forum/__init__.py": """\
from flask import Flask

from forum.views import forum

app = Flask(__name__)
app.register_blueprint(forum)
""",
        },
        {
            "wallets/api.py": """\
from fastapi import FastAPI

from wallets.crud import delete_wallet, get_wallet, update_settings

app = FastAPI()


@app.get("/users/{user_id}/wallets/{wallet_id}/undelete")
async def undelete_wallet(user_id: str, wallet_id: str) -> None:  # <- get-with-side-effects
    wallet = await get_wallet(wallet_id)
    if wallet.deleted:
        await delete_wallet(user_id, wallet_id, deleted=False)


@app.get("/users/{user_id}/admin")
async def api_toggle_admin(user_id: str):  # <- get-with-side-effects
    await update_settings(admins=[user_id])
    return {"admin": True}
""",
            "wallets/crud.py": """\
from wallets.storage import storage


async def get_wallet(wallet_id):
    return await storage.fetch("SELECT * FROM wallets WHERE id = :id", {"id": wallet_id})


async def delete_wallet(user_id, wallet_id, deleted=True):
    await storage.run("UPDATE wallets SET deleted = :deleted", {"deleted": deleted})


async def update_settings(**values):
    await storage.write(values)
""",
        },
    )
    good = {
        "app/main.py": """\
from flask import Flask, redirect, request, render_template, session as cookie
from flask_login import login_user, logout_user
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    views = db.Column(db.Integer)
    is_confirmed = db.Column(db.Boolean)


@app.route("/users/<int:user_id>")
def show_user(user_id):
    user = User.query.get_or_404(user_id)
    user.views += 1
    db.session.commit()
    return render_template("user.html", user=user)


@app.route("/users/create", methods=["GET", "POST"])
def create_user():
    if request.method == "POST":
        db.session.add(User())
        db.session.commit()
    return render_template("form.html")


@app.route("/users/<int:user_id>/edit")
def edit_user(user_id):
    return render_template("form.html", user=User.query.get_or_404(user_id))


@app.route("/confirm/<token>")
def confirm(token):
    user = User.query.filter_by(id=token).first_or_404()
    user.is_confirmed = True
    db.session.add(user)
    db.session.commit()
    return redirect("/")


@app.route("/callback")
def oauth_callback():
    user = User.query.filter_by(id=request.args["id"]).first()
    if user is None:
        user = User()
        db.session.add(user)
        db.session.commit()
    login_user(user)
    return redirect("/")


@app.route("/logout")
def logout():
    logout_user()
    return redirect("/")


@app.route("/filters/clear")
def clear_filters():
    cookie.clear()
    return redirect("/users")


@app.post("/users/<int:user_id>/delete")
def delete_user(user_id):
    db.session.delete(User.query.get_or_404(user_id))
    db.session.commit()
    return redirect("/users")
""",
    }

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the GET routes that change something."""
        for effect in project.side_effects_of_get:
            yield self.at(
                effect,
                f"`{effect.route}` changes what is kept: `{effect.function.qualname}` calls `{effect.written}`.",
                hint="Register it for POST, PUT or DELETE, and have a form or button send the request.",
                symbol=effect.function.symbol,
                related=(Related(effect.call.place, "It is changed here."),),
            )
