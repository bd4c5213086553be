"""The result of a lookup is used although nothing may have been found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewer.api import Category, Finding, Project, Related, Rule, Severity, UncheckedLookup

RELATED_LIMIT = 5


class UncheckedLookupResult(Rule):
    """Finds results of lookups that a request uses without a check that something was found.

    ## What it reports
    What `.first()`, `.one_or_none()`, `session.get(…)`, `fetchone()`, `find_one(…)` and the like give, and functions of
    the project that return it or say that they may return None, where it is used in a way that fails on None: an
    attribute or item is read or set, it is iterated, unpacked or deleted. Only code that answers requests counts, and
    only lookups by something that the client sends, followed through services and repositories, or that look for the
    first row of a table. `if not x`, `is None`, `assert`, `:=`, early returns, helpers that check, and `try` around the
    use count as checks; an `assert` in an endpoint is reported, since it is no answer to a client.

    ## Why
    A client that names something that does not exist gets 500 in place of 404, and the log an `AttributeError` on
    `NoneType` that says nothing of the reason. Where the use comes after a change of other data, the request stops
    half way.

    ## When to ignore it
    Where the object is known to exist, since something before the endpoint has looked: a dependency or a database
    constraint. Write that as an `assert` in the service, or let the lookup raise (`one()`, `get_one()`).

    ## Known limits
    Keys that come from stored objects, such as `order.customer_id`, are taken to be right.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    cwe = 476
    checklist = (
        "Implement proper error handling for all API endpoints, returning meaningful error messages.",
        "Ensure proper error handling and validation",
        "Implement proper error handling for all routes, returning meaningful error messages.",
        "Review all error handling and make sure proper error messages are returned.",
        "Implement business logic",
    )
    references = (
        "https://cwe.mitre.org/data/definitions/476.html",
        "https://docs.sqlalchemy.org/en/20/orm/session_api.html#sqlalchemy.orm.Session.get",
    )
    bad = (
        """\
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from database import Boat, get_session

app = FastAPI()


@app.get("/boats/{boat_id}/name")
def read_name(boat_id: int, session: Session = Depends(get_session)):
    boat = session.query(Boat).filter(Boat.id == boat_id).first()
    return {"name": boat.name}  # <- unchecked-lookup-result


@app.delete("/boats/{boat_id}")
def delete_boat(boat_id: int, session: Session = Depends(get_session)):
    boat = session.get(Boat, boat_id)
    session.delete(boat)  # <- unchecked-lookup-result
    session.commit()


@app.put("/boats/{boat_id}/{part}")
def rename(boat_id: int, part: str, name: str, session: Session = Depends(get_session)):
    if part == "mast":
        boat = session.get(Boat, boat_id)
        boat.mast = name  # <- unchecked-lookup-result
    else:
        boat = session.get(Boat, boat_id)
        boat.name = name
    session.commit()
""",
        {
            "harbour/main.py": """\
from fastapi import FastAPI

from harbour.berths import router

app = FastAPI()
app.include_router(router)
""",
            "harbour/berths.py": """\
from fastapi import APIRouter

from harbour.service import BerthService

router = APIRouter()


@router.post("/berths/{number}/release")
async def release(number: int, service: BerthService):
    return await service.release(number)


@router.get("/berths/{number}/length")
async def length(number: int, service: BerthService):
    berth = await service.find_berth(number)
    return {"length": berth.length}  # <- unchecked-lookup-result
""",
            "harbour/service.py": """\
from typing import Optional

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from harbour.models import Berth


class BerthService:
    def __init__(self, session: AsyncSession):
        self.session = session

    async def find_berth(self, number: int) -> Optional[Berth]:
        result = await self.session.execute(select(Berth).where(Berth.number == number))
        return result.scalar_one_or_none()

    async def release(self, number: int):
        berth = await self.find_berth(number)
        berth.boat = None  # <- unchecked-lookup-result
        await self.session.commit()
""",
            "harbour/models.py": """\
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Berth(Base):
    __tablename__ = "berths"

    number: Mapped[int] = mapped_column(primary_key=True)
    length: Mapped[float]
    boat: Mapped[str | None]
""",
        },
        """\
from flask import Flask, render_template
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)


class Visitor(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80))


@app.route("/")
def index():
    newest = Visitor.query.order_by(Visitor.id.desc()).first()
    return render_template("index.html", newest=newest.name)  # <- unchecked-lookup-result
""",
    )
    good = (
        """\
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from database import Boat, Owner, Trip, current_owner, get_session

app = FastAPI()


def check_found(boat):
    if boat is None:
        raise HTTPException(404)


@app.get("/boats/{boat_id}")
def read_boat(boat_id: int, session: Session = Depends(get_session), owner: Owner = Depends(current_owner)):
    boat = session.get(Boat, boat_id)
    if not boat or boat.owner_id != owner.id:
        raise HTTPException(404)
    return {"name": boat.name, "owner": session.get(Owner, boat.owner_id).name}


@app.get("/boats/{boat_id}/name")
def read_name(boat_id: int, session: Session = Depends(get_session)):
    boat = session.get(Boat, boat_id)
    return {"name": boat.name if boat else None}


@app.get("/boats/{boat_id}/length")
def read_length(boat_id: int, session: Session = Depends(get_session)):
    if (boat := session.get(Boat, boat_id)) is None:
        raise HTTPException(404)
    return {"length": boat.length}


@app.get("/boats/{boat_id}/mast")
def read_mast(boat_id: int, session: Session = Depends(get_session)):
    boat = session.get(Boat, boat_id)
    check_found(boat)
    return {"mast": boat.mast}


@app.get("/boats/{boat_id}/flag")
def read_flag(boat_id: int, session: Session = Depends(get_session)):
    boat = session.query(Boat).filter_by(id=boat_id).one_or_none()
    try:
        return {"flag": boat.flag}
    except AttributeError:
        raise HTTPException(404)


def rename(session: Session, boat_id: int, name: str):
    boat = session.get(Boat, boat_id)
    boat.name = name


@app.put("/boats/{boat_id}/name")
def set_name(boat_id: int, name: str, session: Session = Depends(get_session)):
    if session.get(Boat, boat_id) is None:
        raise HTTPException(404)
    rename(session, boat_id, name)


def find_boat(session: Session, boat_id: int, fail: bool = True):
    boat = session.get(Boat, boat_id)
    if fail and not boat:
        raise HTTPException(404)
    return boat


@app.post("/trips")
def plan_trip(trip: Trip, boat_id: int | None = None, session: Session = Depends(get_session)):
    if boat_id:
        boat = session.get(Boat, boat_id)
        trip.boat = boat
    if trip.boat:
        trip.places = boat.places
    return trip.places


@app.get("/boats/{boat_id}/crew")
def read_crew(boat_id: int, session: Session = Depends(get_session)):
    return find_boat(session, boat_id).crew


@app.get("/boats")
def count_boats(owner_id: int, session: Session = Depends(get_session)):
    row = session.execute(select(func.count(Boat.id)).where(Boat.owner_id == owner_id)).first()
    return {"count": row[0]}


@app.get("/me/boat")
def read_own(session: Session = Depends(get_session), owner: Owner = Depends(current_owner)):
    return {"name": session.query(Boat).filter(Boat.id == owner.boat_id).first().name}
""",
        """\
from flask import Flask, abort, request
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)


class Visitor(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80))


@app.route("/visitors/<int:visitor_id>")
def show(visitor_id):
    visitor = Visitor.query.filter_by(id=visitor_id).first_or_404()
    return visitor.name


@app.route("/visitors")
def search():
    visitor = Visitor.query.filter_by(name=request.args["name"]).first()
    found = visitor is not None
    if not found:
        abort(404)
    return visitor.name
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for lookups whose result is used without a check; those of one function that are alike are one."""
        alike: dict[tuple[int, str, str], list[UncheckedLookup]] = {}
        for lookup in project.unchecked_lookups():
            alike.setdefault((id(lookup.function), lookup.variable, lookup.how), []).append(lookup)
        for found in alike.values():
            yield self._finding(found[0], found[1:]).standing_for(map(self._finding, found))

    def _finding(self, lookup: UncheckedLookup, others: Sequence[UncheckedLookup] = ()) -> Finding:
        more = f", as in {len(others)} more places of `{lookup.function.name}`" if others else ""
        return self.at(
            lookup,
            f"`{lookup.requested}` {_does(lookup)}, but {lookup.how} may find nothing{more}.",
            hint="Answer with 404 where nothing is found.",
            symbol=lookup.function.symbol,
            related=(
                Related(lookup.lookup_place, "It is looked up here."),
                *(Related(one.place, f"`{one.caller.name}` leads there from here.") for one in lookup.chain[:1]),
                *(Related(one.lookup_place, "Another is looked up here.") for one in others[:RELATED_LIMIT]),
            ),
        )


def _does(lookup: UncheckedLookup) -> str:
    """What the code does with the result, for the message."""
    what = f"`{lookup.variable}`" if lookup.variable else "the result"
    if lookup.kind == "assertion":
        return f"only asserts that there is {what}"
    if lookup.kind == "iteration":
        return f"iterates {what}"
    return f"uses {what} in `{lookup.text}`"
