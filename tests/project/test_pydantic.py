"""Schemas: which classes are, and the fields they have."""

from __future__ import annotations

from reviewer.project.evaluation.values import ClassValue, External, Subscripted
from reviewer.project.in_memory import project


def field_names(source: str) -> dict[str, list[str]]:
    return {schema.name: [field.name for field in schema.fields] for schema in project({"main.py": source}).schemas}


def test_a_schema_has_the_fields_of_its_ancestors_first():
    source = """
from pydantic import BaseModel

class Base(BaseModel):
    id: int
    name: str

class User(Base):
    email: str
    name: str | None = None
"""

    assert field_names(source) == {"Base": ["id", "name"], "User": ["id", "name", "email"]}


def test_class_variables_private_names_and_configuration_are_no_fields():
    source = """
from typing import ClassVar
from pydantic import BaseModel, ConfigDict

class User(BaseModel):
    model_config: ConfigDict = ConfigDict()
    kind: ClassVar[str] = "user"
    _secret: int = 1
    name: str
"""

    assert field_names(source) == {"User": ["name"]}


def test_a_base_class_of_another_module_is_followed():
    linked = project(
        {
            "app/__init__.py": "",
            "app/base.py": "from pydantic import BaseModel\n\nclass Base(BaseModel):\n    id: int\n",
            "app/user.py": "from app.base import Base as Parent\n\nclass User(Parent):\n    name: str\n",
        }
    )

    assert [schema.name for schema in linked.schemas] == ["Base", "User"]


def test_settings_are_marked_and_not_listed():
    linked = project(
        {
            "main.py": """
from pydantic_settings import BaseSettings

class Settings(BaseSettings):
    url: str
"""
        }
    )
    settings = linked.evaluator.name(linked.modules[0], "Settings")

    assert linked.schemas == ()
    assert linked.schema_of(settings).is_settings


def test_pydantic_dataclasses_are_schemas_and_plain_ones_are_not():
    source = """
import dataclasses
from pydantic.dataclasses import dataclass

@dataclass
class Checked:
    name: str

@dataclasses.dataclass
class Plain:
    name: str
"""

    assert field_names(source) == {"Checked": ["name"]}


def test_a_generic_schema_is_found_behind_its_parameters_and_annotations():
    linked = project(
        {
            "main.py": """
from typing import Generic, TypeVar
from pydantic import BaseModel

T = TypeVar("T")

class Page(BaseModel, Generic[T]):
    items: list[T]
"""
        }
    )
    page = linked.evaluator.name(linked.modules[0], "Page")
    assert isinstance(page, ClassValue)
    annotated = Subscripted(External("typing.Annotated"), (Subscripted(page, (External("builtins.int"),)), "note"))

    assert linked.schema_of(annotated) is linked.schema_of(page)
    assert not linked.schema_of(page).has_unknown_bases


def test_an_unknown_base_is_told():
    linked = project(
        {
            "main.py": "from company import Mixin\nfrom pydantic import BaseModel\n\n"
            "class User(Mixin, BaseModel):\n    id: int\n"
        }
    )

    assert linked.schemas[0].has_unknown_bases


def test_a_class_that_is_no_schema_has_none():
    linked = project({"main.py": "class User:\n    id: int\n"})

    assert linked.schema_of(linked.evaluator.name(linked.modules[0], "User")) is None
    assert linked.schema_of(External("builtins.dict")) is None
