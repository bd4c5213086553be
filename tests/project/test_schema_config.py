"""How schemas are configured: options by all their ways, and with which version of Pydantic."""

from __future__ import annotations

import pytest

from reviewer.project.evaluation.values import Unknown
from reviewer.project.in_memory import project

START = "from pydantic import BaseModel, ConfigDict, Extra\n\nshared = ConfigDict(frozen=True)\n\n"


def option(source: str, name: str):
    linked = project({"main.py": START + source})
    return linked.schema_config(linked.schemas[-1]).option(name)


@pytest.mark.parametrize(
    ("source", "name", "value"),
    [
        ("class A(BaseModel):\n    model_config = ConfigDict(from_attributes=True)\n", "from_attributes", True),
        ("class A(BaseModel):\n    model_config = {'extra': 'allow'}\n", "extra", "allow"),
        ("class A(BaseModel):\n    model_config = shared\n", "frozen", True),
        ("class A(BaseModel, extra='forbid'):\n    x: int\n", "extra", "forbid"),
        ("class A(BaseModel):\n    class Config:\n        orm_mode = True\n", "from_attributes", True),
        ("class A(BaseModel):\n    class Config:\n        extra = Extra.allow\n", "extra", "allow"),
        ("class A(BaseModel):\n    x: int\n", "extra", None),
    ],
)
def test_options_are_given_by_their_new_names(source, name, value):
    assert option(source, name) == value


def test_the_class_itself_wins_over_its_bases_and_keeps_their_other_options():
    source = """
class Base(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)

class A(Base):
    model_config = ConfigDict(extra="forbid")
"""

    assert (option(source, "extra"), option(source, "frozen")) == ("forbid", True)


def test_an_option_that_a_call_or_an_unknown_base_may_set_is_not_known():
    assert isinstance(option("class A(BaseModel):\n    model_config = unheard()\n", "extra"), Unknown)
    assert isinstance(option("from other import Mixin\n\nclass A(Mixin, BaseModel):\n    x: int\n", "extra"), Unknown)


@pytest.mark.parametrize(
    ("files", "major"),
    [
        ({"requirements.txt": "pydantic==1.10.2\n"}, 1),
        ({"requirements.txt": "pydantic>=2.1\n"}, 2),
        ({"requirements.txt": "pydantic>=1.9,<3\n"}, None),
        ({"pyproject.toml": '[project]\ndependencies = ["pydantic[email]>=2"]\n'}, 2),
        ({"poetry.lock": '[[package]]\nname = "pydantic"\nversion = "2.4.0"\n'}, 2),
        ({"other.py": "from pydantic import field_validator\n"}, 2),
        ({"other.py": "from pydantic import field_validator\nfrom compat import PYDANTIC_V2\n"}, None),
        ({}, None),
    ],
)
def test_the_major_version_is_declared_or_told_by_the_names_in_use(files, major):
    linked = project({"main.py": "from pydantic import BaseModel\n", **files})

    assert linked.pydantic_version.major("main.py") == major
