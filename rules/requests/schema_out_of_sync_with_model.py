"""A response schema does not fit the table whose objects fill it."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, OutOfSync, Project, Related, Rule, Severity

RELATED_LIMIT = 6


class SchemaOutOfSyncWithModel(Rule):
    """Finds fields of response schemas that do not fit the table whose objects fill them.

    ## What it reports
    A schema is compared with a table where a route returns objects of the table as that response model, where the
    program calls `model_validate` or `from_orm` with one, or where it reads attributes (`from_attributes`, `orm_mode`),
    bears the table's name and fields and is a part of a response. Reported are fields

    - that do not allow None for a column that may be NULL, or a relationship over a foreign key that may be;
    - that are one object for a relationship that gives several, or the other way round;
    - that are required and that no column, relationship or property of the table has.

    A column of SQLAlchemy's older style is nullable unless it says otherwise; where it says nothing, it counts as
    nullable only if a schema that rows are made of lets the value be left out, too. Fields with aliases, with
    validators that run before the type is checked, and columns with a default are left alone. Of several schemas that
    one column fills, the first is reported; fields of one schema that lack None make one finding.

    ## Why
    Pydantic checks what is sent: a single row with NULL turns the whole answer into an internal error, for lists too.
    It stays hidden until such a row exists, which is after the release. The documentation promises clients a value
    that is not always there.

    ## When to ignore it
    Where the query excludes those rows, or the table is made stricter by a trigger or a constraint that is not in
    the model.

    ## Known limits
    Tables of other libraries than SQLAlchemy and SQLModel, and columns that reflect the database, are not compared.
    Neither are foreign keys and columns such as `workspace_id` that queries ask for (`==`, `in_`, `is_not(None)`,
    `filter_by`): rows where they are NULL are of another kind, and those queries never read them.
    """

    category = Category.CORRECTNESS
    severity = Severity.WARNING
    checklist = ("Verify that all Pydantic models are properly defined and are in sync with the request body.",)
    references = ("https://docs.pydantic.dev/latest/concepts/models/#arbitrary-class-instances",)
    bad = (
        {
            "app/models.py": """\
from sqlalchemy import Column, ForeignKey, Integer, String
from sqlalchemy.orm import declarative_base, relationship

Base = declarative_base()


class Team(Base):
    __tablename__ = "teams"

    id = Column(Integer, primary_key=True)
    motto = Column(String, nullable=True)


class Task(Base):
    __tablename__ = "tasks"

    id = Column(Integer, primary_key=True)
    title = Column(String, nullable=False)
    team_id = Column(Integer, ForeignKey("teams.id"), nullable=True)
    team = relationship("Team")
    notes = relationship("Note")


class Note(Base):
    __tablename__ = "notes"

    id = Column(Integer, primary_key=True)
    text = Column(String, nullable=False)
    task_id = Column(Integer, ForeignKey("tasks.id"))
""",
            "app/schemas.py": """\
from pydantic import BaseModel, ConfigDict


class Schema(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class TeamRead(Schema):
    id: int
    motto: str  # <- schema-out-of-sync-with-model


class NoteRead(Schema):
    id: int
    text: str


class TaskRead(Schema):
    id: int
    title: str
    points: int  # <- schema-out-of-sync-with-model
    team: TeamRead  # <- schema-out-of-sync-with-model
    notes: NoteRead | None  # <- schema-out-of-sync-with-model
""",
            "app/main.py": """\
from fastapi import Depends, FastAPI
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import get_session
from app.models import Task
from app.schemas import TaskRead

app = FastAPI()


@app.get("/tasks", response_model=list[TaskRead])
def list_tasks(session: Session = Depends(get_session)):
    return session.scalars(select(Task).order_by(Task.id)).all()
""",
        },
        {
            "main.py": """\
from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Plan(Base):
    __tablename__ = "plans"

    id: Mapped[int] = mapped_column(primary_key=True)
    price: Mapped[int | None]


class PlanView(BaseModel):
    id: int
    price: int  # <- schema-out-of-sync-with-model


def shown(plan: Plan):
    return PlanView.model_validate(plan, from_attributes=True)
""",
        },
    )
    good = {
        "app/models.py": """\
from sqlalchemy import Column, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, declarative_base, mapped_column, relationship

Base = declarative_base()


class Team(Base):
    __tablename__ = "teams"

    id = Column(Integer, primary_key=True)
    motto = Column(String, nullable=True)
    tasks = relationship("Task", backref="owner")
    state = Column(String, default="new")
    label = Column(String)


class Task(Base):
    __tablename__ = "tasks"

    id = Column(Integer, primary_key=True)
    title: Mapped[str] = mapped_column(nullable=False)
    team_id = Column(Integer, ForeignKey("teams.id"), nullable=False)
    team = relationship("Team")

    @property
    def points(self):
        return len(self.title)


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"), nullable=True)
    workspace_id: Mapped[int | None] = mapped_column(nullable=True)
    note: Mapped[str | None] = mapped_column(nullable=True)


class Parcel(Base):
    __tablename__ = "parcels"

    id: Mapped[int] = mapped_column(primary_key=True)
    weight: Mapped[int] = mapped_column()
    sender: Mapped[str | None] = mapped_column(nullable=True)


class Chore(Task):
    helper_id = Column(Integer, ForeignKey("teams.id"), nullable=True)
    helper: Mapped[Team | None] = relationship("Team", foreign_keys=[helper_id])
""",
        "app/schemas.py": """\
from pydantic import BaseModel, ConfigDict, Field, field_validator


class Schema(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class TeamRead(Schema):
    id: int
    motto: str | None
    state: str
    label: str


class TaskRead(Schema):
    id: int
    title: str
    points: int
    team: TeamRead
    owner: TeamRead
    name: str = Field(validation_alias="title")
    done: bool = False


class ChoreRead(Schema):
    id: int
    helper: TeamRead


class OrderRead(Schema):
    id: int
    shop_id: int
    workspace_id: int


class ParcelRead(Schema):
    id: int
    weight: int
    sender: str


class TeamSummary(Schema):
    id: int
    motto: str

    @field_validator("motto", mode="before")
    @classmethod
    def empty(cls, value):
        return value or ""
""",
        "app/main.py": """\
from fastapi import Depends, FastAPI
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import get_session
from app.models import Chore, Order, Parcel, Task, Team
from app.schemas import ChoreRead, OrderRead, ParcelRead, TaskRead, TeamRead, TeamSummary

app = FastAPI()


@app.get("/tasks", response_model=list[TaskRead])
def list_tasks(session: Session = Depends(get_session)):
    return session.scalars(select(Task).order_by(Task.id)).all()


@app.get("/teams/{team_id}", response_model=TeamRead)
def get_team(team_id: int, session: Session = Depends(get_session)):
    return session.get(Team, team_id)


@app.get("/chores/{chore_id}", response_model=ChoreRead)
def get_chore(chore_id: int, session: Session = Depends(get_session)):
    return session.get(Chore, chore_id)


@app.get("/orders", response_model=list[OrderRead])
def list_orders(workspace_id: int, session: Session = Depends(get_session)):
    query = select(Order).where(Order.workspace_id == workspace_id, Order.shop_id.is_not(None))
    return session.scalars(query.order_by(Order.id)).all()


@app.get("/parcels/{parcel_id}")
def get_parcel(parcel_id: int, session: Session = Depends(get_session)) -> ParcelRead:
    return shown(session.get_one(Parcel, parcel_id))


def shown(parcel: Parcel) -> ParcelRead:
    return ParcelRead(id=parcel.id, weight=parcel.weight, sender=parcel.sender or "unknown")


@app.get("/teams/{team_id}/summary")
def get_summary(team_id: int, session: Session = Depends(get_session)) -> TeamSummary:
    return session.get(Team, team_id)
""",
    }

    def check(self, project: Project) -> Iterator[Finding]:
        """Compares schemas with tables; of the fields that one column fills the first is reported."""
        seen: set[tuple[object, str]] = set()
        groups: dict[tuple[object, str], list[OutOfSync]] = {}
        for difference in project.fields_out_of_sync:
            keys = {(one.place, difference.kind) for one in (difference.field, difference.attribute) if one is not None}
            if seen.isdisjoint(keys):
                kind = difference.kind if difference.kind == "null" else f"{difference.kind} {difference.field.name}"
                groups.setdefault((difference.field.owner, kind), []).append(difference)
            seen |= keys
        for found in groups.values():
            yield self._finding(found).standing_for(self._finding([one]) for one in found)

    def _finding(self, found: list[OutOfSync]) -> Finding:
        first = found[0]
        message, hint = _explained(found)
        related = [
            Related(one.attribute.place, f"Fills `{one.field.name}`.") for one in found if one.attribute is not None
        ]
        related.append(Related(first.link.place, first.link.explanation))
        return self.at(
            first.field,
            message,
            hint=hint,
            symbol=first.link.schema.value.symbol,
            related=tuple(related[:RELATED_LIMIT]),
        )


def _explained(found: list[OutOfSync]) -> tuple[str, str]:
    first = found[0]
    field, table = f"`{first.link.schema.name}.{first.field.name}`", first.link.table.name
    attribute = f"`{table}.{first.field.name}`"
    if first.kind == "missing":
        return f"{field} is required, but `{table}` has no such attribute.", "Take it out, or give it a default."
    if first.kind == "several":
        return f"{field} is one object, but {attribute} gives several.", "Declare a list."
    if first.kind == "single":
        return f"{field} is a list, but {attribute} gives one object.", "Declare one object."
    columns = [f"`{one.link.table.name}.{one.detail or one.field.name}`" for one in found]
    fields = [field, *(f"`{one.field.name}`" for one in found[1:])]
    do = "does" if len(found) == 1 else "do"
    message = f"{_listed(fields)} {do} not allow None, but {_listed(columns)} may be NULL."
    return message, "Allow None, or forbid NULL in the table."


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
