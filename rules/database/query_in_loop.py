"""Reports queries that run once for each item of a loop."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, LoopedQuery, Project, Related, Rule, Severity, source_text

READING_METHODS = ("GET", "HEAD", "WEBSOCKET")
#: Functions of routes that change data up from which they are a habit, and those that its finding shows.
HABIT_MINIMUM = 4
RELATED_LIMIT = 8
HINT = "Fetch what all items need in one query, with `in_`, a join or an option such as `selectinload`."


class QueryInLoop(Rule):
    """Finds queries that a request runs once for each item of a loop.

    ## What it reports
    Loops and comprehensions that a request runs, in which a query reads something for the item: `session.get`,
    `select(…).where(… == item.id)`, `query(…).filter(…).first()`, or a function that looks something up (`get_…`,
    `find_…`, `count_…`) and leads to such a query, at any depth. There is one finding a function, and one for all
    functions of routes that change data where four and more do so. Loops over batches, attempts and what the program
    lists, loops that end with the first hit, lookups of what is not known yet (`if key not in found`) or that the first
    item alone needs (`if event is None: event = …`) and functions that keep what they found are not reported, and
    neither are writes.

    ## Why
    A list of a hundred rows costs a hundred and one queries. Each takes a round trip to the database, so the response
    gets slower with each row although every single query is fast; it does not show in tests with three rows.

    ## When to ignore it
    Where the loop has few items by its nature.

    ## Known limits
    How many items a loop has is not in the source. `session.get` asks the database for what the session does not hold
    alone.
    """

    category = Category.PERFORMANCE
    severity = Severity.WARNING
    cwe = 1073
    checklist = (
        "Design with scalability and performance in mind, optimizing database queries and caching data.",
        "Check for performance bottlenecks, including database queries and caching.",
        "Optimize database queries",
        "Prioritize building scalable, maintainable, and efficient web applications.",
    )
    references = (
        "https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html",
        "https://docs.sqlalchemy.org/en/20/faq/performance.html",
    )
    bad = (
        {
            "app/feeds.py": """\
from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import games
from app.database import Game, Player, get_session

router = APIRouter()


@router.get("/feed")
def feed(session: Session = Depends(get_session)):
    lines = []
    for game in games.newest(session):
        for file in games.get_files(session, game.id):  # <- query-in-loop
            lines.append(file.name)
    return lines


@router.get("/scores")
def scores(session: Session = Depends(get_session)):
    found = session.scalars(select(Game).limit(50)).all()
    return [
        session.scalars(select(Player).where(Player.game_id == game.id)).all()  # <- query-in-loop
        for game in found
    ]
""",
            "app/games.py": """\
from app.database import File, Game


def newest(session):
    return session.query(Game).order_by(Game.id).limit(20).all()


def get_files(session, game_id):
    return find_by_game(session, game_id)


def find_by_game(session, game_id):
    return session.query(File).filter(File.game_id == game_id).all()
""",
            "app/database.py": """\
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

SessionLocal = sessionmaker(create_engine("sqlite://"))


class Base(DeclarativeBase):
    pass


class Game(Base):
    __tablename__ = "games"
    id: Mapped[int] = mapped_column(primary_key=True)


class File(Base):
    __tablename__ = "files"
    id: Mapped[int] = mapped_column(primary_key=True)
    game_id: Mapped[int]
    name: Mapped[str]


class Player(Base):
    __tablename__ = "players"
    id: Mapped[int] = mapped_column(primary_key=True)
    game_id: Mapped[int]


def get_session():
    with SessionLocal() as session:
        yield session


def read(session: Session):
    return session
""",
            "app/main.py": """\
from fastapi import FastAPI

from app.feeds import router

app = FastAPI()
app.include_router(router)
""",
        },
    )
    good = {
        "app/main.py": """\
from functools import lru_cache

from fastapi import Depends, FastAPI
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import Game, Player, get_session
from app.parts import batches_of

app = FastAPI()


@lru_cache
def get_rules(session: Session, game_id: int):
    return session.get(Game, game_id)


def get_name(game):
    return game.name


@app.get("/scores")
def scores(ids: list[int], session: Session = Depends(get_session)):
    found = {}
    for batch in batches_of(ids, 200):
        players = session.scalars(select(Player).where(Player.game_id.in_(batch))).all()
        found.update({player.id: player for player in players})
    for key in ids:
        if key not in found:
            found[key] = session.get(Player, key)
    for key in ids:
        found[key].options.get(key)
        get_rules(session, key)
    names = [get_name(one) for one in session.scalars(select(Game).limit(20)).all()]
    for _ in range(3):
        if session.scalars(select(Game).limit(1)).first():
            names.append("ready")
    for kind in ("new", "old"):
        names += session.scalars(select(Game.name).where(Game.kind == kind).limit(5)).all()
    return names


@app.get("/rows")
def rows(players: list[Player], session: Session = Depends(get_session)):
    game = kind = None
    for player in players:
        if not game:
            game, kind = session.get(Game, player.game_id), "new"
    return {"game": game.name, "kind": kind}


@app.get("/first")
def first_of(ids: list[int], session: Session = Depends(get_session)):
    for key in ids:
        game = session.get(Game, key)
        if game is not None:
            return game.id
    return None


@app.post("/games")
def add_games(names: list[str], session: Session = Depends(get_session)):
    for name in names:
        session.add(Game(name=name))
    session.commit()
""",
        "app/nightly.py": """\
from sqlalchemy.orm import Session

from app.database import Game


def refresh(session: Session, ids: list[int]):
    for key in ids:
        session.get(Game, key)
""",
        "app/parts.py": """\
def batches_of(items, size):
    for start in range(0, len(items), size):
        yield items[start : start + size]
""",
        "app/database.py": """\
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Game(Base):
    __tablename__ = "games"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]


class Player(Base):
    __tablename__ = "players"
    id: Mapped[int] = mapped_column(primary_key=True)
    game_id: Mapped[int]


def get_session():
    yield None
""",
    }

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the queries in loops, and gathers those of routes that change data where they are many."""
        found = list(project.looped_queries)
        changing = [one for one in found if one.reached.handler.route.method not in READING_METHODS]
        is_habit = len(changing) >= HABIT_MINIMUM
        for one in found:
            if not is_habit or one.reached.handler.route.method in READING_METHODS:
                yield self._single(one)
        if is_habit:
            yield self._habit(changing)

    def _single(self, found: LoopedQuery) -> Finding:
        item = source_text(found.loop.target)
        related = [Related(found.loop_place, "The loop goes over this.")]
        if found.query.place != found.place:
            related.append(Related(found.query.place, "The query is run here."))
        return self.at(
            found,
            f"`{found.reached.handler.route}` runs a query for each `{item}`: `{found.written}` stands in a loop.",
            hint=HINT,
            symbol=found.site.caller.symbol,
            related=tuple(related),
        )

    def _habit(self, members: list[LoopedQuery]) -> Finding:
        first = members[0]
        return self.gathered(
            first,
            f"{len(members)} functions that requests run look something up for each item they are given, such as "
            f"`{first.site.caller.qualname}`.",
            map(self._single, members),
            hint=HINT,
            symbol=first.site.caller.symbol,
            related=tuple(
                Related(one.place, f"`{one.reached.handler.route}` runs a query for each item here.")
                for one in members[1:RELATED_LIMIT]
            ),
        )
