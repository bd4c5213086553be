"""Reports routes whose endpoint itself runs database queries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from reviewer.api import (
    Category,
    Finding,
    FunctionValue,
    Preset,
    Project,
    Query,
    Related,
    Route,
    Rule,
    Severity,
    dotted_name,
    tree,
)

#: Endpoints that work on the database, up from which they are gathered by module, and how many it takes in one.
CROWD = 20
GROUP_MINIMUM = 2
#: Endpoints of a module that a finding shows.
RELATED_LIMIT = 6
HINT = "Move the query into a service or repository function and call that."
PROBE = re.compile(r"\s*select\s+(?:1|version\(\)|now\(\))\s*;?\s*", re.IGNORECASE)


class QueryingEndpoint(NamedTuple):
    """An endpoint, a route of it, and its own queries."""

    route: Route
    function: FunctionValue
    queries: tuple[Query, ...]


class DbAccessInRouteOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of `db-access-in-route`."""

    allowed_methods: tuple[str, ...] = (
        "commit",
        "rollback",
        "flush",
        "refresh",
        "begin",
        "begin_nested",
        "transaction",
    )
    each_endpoint: bool = False


class DbAccessInRoute(Rule):
    """Finds routes whose endpoint itself runs database queries.

    ## What it reports
    Endpoints that call `session.execute`, `session.query`, `Model.query`, `cursor.execute` and the like in their own
    body, once an endpoint, at the first such call. Where more than twenty endpoints do, it is the habit of the
    application, and there is one finding a module. Ending a transaction is the endpoint's business and is not
    reported; neither are probes (`SELECT 1`) and queries of functions that the endpoint calls.

    ## Why
    A handler that queries cannot be tested without a database, and what it knows about tables cannot be used by the
    next route, task or command. Services and repositories keep the handler to what HTTP is about.

    ## When to ignore it
    In small services whose routes are thin over one table each.

    ## Options
    - `allowed_methods`: methods of sessions and connections that an endpoint may call.
    - `each_endpoint`: report each endpoint by itself even where there are many (false).
    """

    category = Category.MAINTAINABILITY
    severity = Severity.WARNING
    preset = Preset.STRICT
    checklist = (
        "Keep business logic out of routes by abstracting them into separate functions or classes.",
        "Ensure that all database access is handled by a proper data access layer.",
        "Check if the business logic is properly separated from the routes.",
    )
    references = ("https://fastapi.tiangolo.com/tutorial/bigger-applications/",)
    Options = DbAccessInRouteOptions
    bad = (
        {
            "main.py": """from typing import Annotated
from fastapi import Depends, FastAPI
from sqlalchemy import select
from sqlalchemy.orm import Session
from database import User, get_session

app = FastAPI()
SessionDep = Annotated[Session, Depends(get_session)]


@app.get("/users")
def list_users(session: SessionDep):
    return session.scalars(select(User)).all()  # <- db-access-in-route


@app.get("/users/count")
def count_users(session=Depends(get_session)):
    return {"count": session.query(User).count()}  # <- db-access-in-route
""",
            "database.py": """from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

SessionLocal = sessionmaker(create_engine("sqlite://"))


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)


def get_session():
    with SessionLocal() as session:
        yield session
""",
        },
        """from flask import Flask
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)


class Post(db.Model):
    id = db.Column(db.Integer, primary_key=True)


@app.get("/posts/<int:post_id>")
def show_post(post_id):
    return {"id": Post.query.get_or_404(post_id).id}  # <- db-access-in-route
""",
    )
    good = (
        {
            "main.py": """from fastapi import Depends, FastAPI
from sqlalchemy import text
from sqlalchemy.orm import Session
import users
from database import get_session

app = FastAPI()


@app.post("/users", status_code=201)
def create_user(name: str, session: Session = Depends(get_session)):
    user = users.create(session, name)
    session.commit()
    return user


@app.get("/health")
def health(session: Session = Depends(get_session)):
    session.execute(text("SELECT 1"))
    return {"database": "up"}
""",
            "users.py": """from sqlalchemy.orm import Session
from database import User


def create(session: Session, name: str):
    user = User(name=name)
    session.add(user)
    return user
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks into the body of each endpoint once, and gathers what is found where it is much."""
        found = list(self._querying(project))
        if len(found) <= CROWD or self.options.each_endpoint:
            yield from map(self._single, found)
            return
        by_module: dict[str, list[QueryingEndpoint]] = {}
        for one in found:
            by_module.setdefault(one.function.module.path, []).append(one)
        for members in by_module.values():
            if len(members) < GROUP_MINIMUM:
                yield from map(self._single, members)
            else:
                yield self._group(members)

    def _querying(self, project: Project) -> Iterator[QueryingEndpoint]:
        for function, route in project.endpoint_functions.items():
            queries = [one for one in project.queries_of(function) if not self._is_allowed(one)]
            if queries:
                yield QueryingEndpoint(route, function, tuple(queries))

    def _is_allowed(self, query: Query) -> bool:
        return query.method in self.options.allowed_methods or _is_probe(query)

    def _single(self, found: QueryingEndpoint) -> Finding:
        return self.at(
            found.queries[0],
            f"The endpoint of `{found.route}` works on the database itself.",
            hint=HINT,
            symbol=found.function.symbol,
            related=tuple(Related(one.place, "It works on the database here too.") for one in found.queries[1:4]),
        )

    def _group(self, members: list[QueryingEndpoint]) -> Finding:
        module = members[0].function.module.name
        return self.gathered(
            members[0].queries[0],
            f"{len(members)} endpoints of `{module}` work on the database themselves.",
            map(self._single, members),
            hint="Move the queries into service or repository functions, those that change data first.",
            symbol=module,
            related=tuple(
                Related(one.queries[0].place, f"The endpoint of `{one.route}` does so here.")
                for one in members[1:RELATED_LIMIT]
            ),
        )


def _is_probe(query: Query) -> bool:
    """Whether a query only asks whether the database is there: `SELECT 1`, `select(1)`."""
    statement = query.statement
    if isinstance(statement, tree.Call) and len(statement.arguments) == 1:
        called = dotted_name(statement.function) or ""
        if called.rpartition(".")[2] in ("select", "text"):
            statement = statement.arguments[0]
    if isinstance(statement, tree.Text):
        return PROBE.fullmatch(statement.value) is not None
    return isinstance(statement, tree.Number)
