"""Relations between tables with both their ends, and the schemas that objects of tables fill."""

from __future__ import annotations

from reviewer.project.in_memory import project
from reviewer.project.model import Answer

MODELS = """
from sqlalchemy import Column, ForeignKey, Integer
from sqlalchemy.orm import declarative_base, relationship

Base = declarative_base()

class Team(Base):
    __tablename__ = "teams"
    id = Column(Integer, primary_key=True)
    members = relationship("Person", backref="team")

class Person(Base):
    __tablename__ = "people"
    id = Column(Integer, primary_key=True)
    team_id = Column(Integer, ForeignKey("teams.id"), nullable=False)
    boss_id = Column(Integer, ForeignKey("people.id"))
    boss = relationship("Person", remote_side=[id], foreign_keys=[boss_id])
    first_team = relationship("Team", primaryjoin="Person.id == Team.id")
"""


def relations(name: str):
    linked = project({"main.py": MODELS})
    (table,) = [one for one in linked.tables if one.name == name]
    return linked.relations.of(table)


def test_the_side_with_the_foreign_key_gives_one_object_and_the_other_several():
    members, team = relations("Team")["members"], relations("Person")["team"]

    assert (members.is_collection, members.target.name, members.is_backref) == (Answer.YES, "Person", False)
    assert (team.is_collection, team.target.name, team.is_backref) == (Answer.NO, "Team", True)


def test_a_relation_may_be_none_where_its_foreign_key_may_be_null():
    found = relations("Person")

    assert (found["team"].foreign_key.name, found["team"].is_optional) == ("team_id", Answer.NO)
    assert (found["boss"].foreign_key.name, found["boss"].is_optional) == ("boss_id", Answer.YES)


def test_a_join_of_its_own_leaves_open_how_many_there_are():
    source = MODELS.replace(
        'team_id = Column(Integer, ForeignKey("teams.id"), nullable=False)', "team_id = Column(Integer)"
    )
    linked = project({"main.py": source})
    (person,) = [one for one in linked.tables if one.name == "Person"]

    assert linked.relations.of(person)["first_team"].is_collection is Answer.UNKNOWN


def test_a_schema_stands_for_the_table_whose_objects_a_route_returns_and_so_do_those_inside():
    source = (
        MODELS
        + """
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()

class PersonOut(BaseModel):
    id: int

class TeamOut(BaseModel):
    id: int
    members: list[PersonOut]

@app.get("/teams", response_model=list[TeamOut])
def teams(session):
    return session.query(Team).all()
"""
    )

    links = project({"main.py": source}).schema_tables.all

    assert [(one.schema.name, one.table.name, one.evidence) for one in links] == [
        ("TeamOut", "Team", "returned"),
        ("PersonOut", "Person", "returned"),
    ]
