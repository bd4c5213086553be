"""An exception of the project leaves a route, and nothing turns it into a response."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity


class UnhandledDomainException(Rule):
    """Finds exceptions of the project about the caller's request that end in a plain 500.

    ## What it reports
    An exception class of the project, on top of the language's own, that tells of what the caller asked for
    (`ItemNotFound`, `EmailAlreadyExists`, `PermissionDenied`), or that some route turns into an HTTP error below 500.
    It is raised by a route, a dependency, or a function that they call, and nothing on the way catches it: no `except`
    for it or for a base, no exception handler of an application or blueprint, no middleware, no context manager or
    decorator of the project.

    Where other routes catch the class, each route is reported that calls the same function as one of them and forgets
    to, unless it hands on what it has loaded before; else the places that raise it.

    Classes on top of `ValueError`, which validators of Pydantic turn into 422, and on top of libraries' exceptions are
    left alone. Middleware, handlers and decorators that are not known count as such that answer.

    ## Why
    The client did something wrong and is told that the server is broken. It tries again, monitoring counts an outage,
    and nobody sees that the item was just not there.

    ## When to ignore it
    Where the exception can't happen on this way, because the route has made sure of it before.
    """

    category = Category.CORRECTNESS
    severity = Severity.WARNING
    cwe = 755
    checklist = (
        "Implement proper error handling for all API endpoints, returning meaningful error messages.",
        "Use exception handlers for different exception types to return appropriate error messages.",
        "Implement proper error handling for all routes, returning meaningful error messages.",
    )
    references = (
        "https://fastapi.tiangolo.com/tutorial/handling-errors/#install-custom-exception-handlers",
        "https://flask.palletsprojects.com/en/stable/errorhandling/",
        "https://cwe.mitre.org/data/definitions/755.html",
    )
    bad = (
        {
            "app/errors.py": """\
class ShopError(Exception):
    pass


class ItemNotFound(ShopError):
    def __init__(self, item_id: int) -> None:
        super().__init__(f"no item {item_id}")
""",
            "app/service.py": """\
from app.errors import ItemNotFound

ITEMS = {1: "cup"}


class ItemService:
    def get(self, item_id: int) -> str:
        if item_id not in ITEMS:
            raise ItemNotFound(item_id)  # <- unhandled-domain-exception
        return ITEMS[item_id]
""",
            "app/main.py": """\
from fastapi import Depends, FastAPI

from app.service import ItemService

app = FastAPI()


@app.get("/items/{item_id}")
def read_item(item_id: int, service: ItemService = Depends(ItemService)):
    try:
        return service.get(item_id)
    except KeyError:
        return None
""",
        },
        {
            "app/accounts.py": """\
class AccountLocked(Exception):
    pass


def load(number: int) -> dict:
    if number > 100:
        raise AccountLocked(number)
    return {"number": number}
""",
            "app/main.py": """\
from fastapi import FastAPI, HTTPException

from app.accounts import AccountLocked, load

app = FastAPI()


@app.get("/accounts/{number}")
def read(number: int):
    try:
        return load(number)
    except AccountLocked:
        raise HTTPException(status_code=423, detail="Locked")


@app.delete("/accounts/{number}")
def close(number: int):
    account = load(number)  # <- unhandled-domain-exception
    return {"closed": account["number"]}


@app.put("/accounts/{number}")
def reopen(number: int):
    try:
        account = load(number)
    except AccountLocked:
        raise HTTPException(status_code=423, detail="Locked")
    other = next(iter(account.values()))
    return load(other)
""",
        },
        {
            "shop/__init__.py": """\
from flask import Flask

from shop.errors import OrderNotFound, PaymentRefused
from shop.orders import find_order


def create_app():
    app = Flask(__name__)

    @app.errorhandler(PaymentRefused)
    def refused(error):
        return {"error": str(error)}, 402

    @app.get("/orders/<int:number>")
    def order(number):
        return find_order(number)

    return app
""",
            "shop/errors.py": """\
class PaymentRefused(Exception):
    pass


class OrderNotFound(LookupError):
    pass
""",
            "shop/orders.py": """\
from shop.errors import OrderNotFound


def find_order(number):
    if number < 1:
        raise OrderNotFound(number)  # <- unhandled-domain-exception
    return {"number": number}
""",
        },
    )
    good = (
        {
            "app/errors.py": """\
class ShopError(Exception):
    pass


class ItemNotFound(ShopError):
    pass


class StockConflict(ShopError):
    pass


class PluginNotFound(Exception):
    pass
""",
            "app/main.py": """\
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from app.errors import ItemNotFound, PluginNotFound, ShopError, StockConflict

app = FastAPI()


@app.exception_handler(ShopError)
async def shop_error(request: Request, error: ShopError) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, status_code=404)


def reserve(item_id: int) -> None:
    if item_id > 10:
        raise StockConflict(item_id)
    if item_id > 9:
        raise PluginNotFound("stock")


@app.get("/items/{item_id}")
def read_item(item_id: int):
    if item_id < 1:
        raise ItemNotFound(item_id)
    reserve(item_id)
    return item_id
""",
        },
        {
            "app/main.py": """\
from contextlib import contextmanager
from functools import wraps

from fastapi import FastAPI, HTTPException

app = FastAPI()


class UserNotFound(Exception):
    pass


class NameInvalid(ValueError):
    pass


def find(user_id: int) -> int:
    if user_id < 1:
        raise UserNotFound(user_id)
    if user_id > 1000:
        raise NameInvalid(user_id)
    return user_id


@contextmanager
def answered():
    try:
        yield
    except UserNotFound as error:
        raise HTTPException(status_code=404) from error


def answering(endpoint):
    @wraps(endpoint)
    def run(*args, **kwargs):
        try:
            return endpoint(*args, **kwargs)
        except UserNotFound as error:
            raise HTTPException(status_code=404) from error

    return run


@app.get("/users/{user_id}")
def read_user(user_id: int):
    with answered():
        return find(user_id)


@app.get("/users/{user_id}/mails")
@answering
def read_mails(user_id: int):
    return [find(user_id)]


@app.get("/users/{user_id}/name")
def read_name(user_id: int):
    try:
        return find(user_id)
    except Exception as error:
        raise HTTPException(status_code=404) from error


def nightly() -> None:
    find(0)


class RankMissing(Exception):
    pass


def rank_of(user_id: int) -> int:
    if user_id > 500:
        raise RankMissing(user_id)
    return user_id


def winners() -> list[int]:
    return [rank_of(number) for number in range(3)]


@app.get("/users/{user_id}/rank")
def read_rank(user_id: int):
    try:
        return rank_of(user_id)
    except RankMissing as error:
        raise HTTPException(status_code=404) from error


@app.get("/winners")
def read_winners():
    return winners()
""",
        },
        """\
from fastapi import FastAPI, HTTPException, Request

app = FastAPI()


class GameNotFound(Exception):
    pass


@app.middleware("http")
async def answer(request: Request, call_next):
    try:
        return await call_next(request)
    except GameNotFound as error:
        raise HTTPException(status_code=404) from error


@app.get("/games/{name}")
def game(name: str):
    raise GameNotFound(name)
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the exceptions that leave a route."""
        for found in project.unhandled_exceptions():
            name, route = found.exception.name, found.handler.route
            related = () if found.raised_at == found.place else (Related(found.raised_at, "It is raised here."),)
            if found.is_caught_elsewhere:
                message = f"`{route}` answers 500 where `{name}` is raised below this call; other routes catch it."
            else:
                message = f"`{name}` leaves `{route}` as a plain 500: nothing turns it into a response."
            yield self.at(
                found.place,
                message,
                hint=f"Register an exception handler for `{name}` or a base of it, or catch it in the route.",
                symbol=found.function.symbol,
                related=related,
            )
