"""SQL text: what is interpolated in it, followed from where it is built to where it is executed."""

from __future__ import annotations

import pytest

from reviewer.project.in_memory import project

FLASK = """
import sqlite3
from enum import Enum
from flask import Flask, request
from sqlalchemy import text

app = Flask(__name__)
connection = sqlite3.connect("app.sqlite")
COLUMNS = {"name": "users.name", "age": "users.age"}
TABLE = "users"


class Kind(Enum):
    A = "a"


def run(statement):
    return connection.execute(statement)


def by_name(name):
    return f"SELECT * FROM users WHERE name = '{name}'"


"""


def origins(body: str, signature: str = "name", path: str = "/<name>") -> list[str]:
    """The origins of what is interpolated in the statements of one endpoint."""
    lines = "".join(f"    {line}\n" for line in body.strip().split("\n"))
    source = f'{FLASK}@app.get("{path}")\ndef endpoint({signature}):\n{lines}'
    statements = [one for one in project({"main.py": source}).sql_statements if one.function.name == "endpoint"]
    return sorted({value.origin for one in statements for value in one.values})


INJECTED = {
    "formatted string": "connection.execute(f\"SELECT * FROM users WHERE name = '{name}'\")",
    "percent": "connection.execute(\"SELECT * FROM users WHERE name = '%s'\" % name)",
    "percent with names": "connection.execute(\"SELECT * FROM users WHERE name = '%(n)s'\" % {'n': name})",
    "format": "connection.execute(\"SELECT * FROM users WHERE name = '{}'\".format(name))",
    "replace": "connection.execute(\"SELECT * FROM users WHERE name = 'N'\".replace('N', name))",
    "concatenation": "connection.execute('SELECT * FROM users WHERE name = ' + name)",
    "join": "connection.execute(' '.join(['SELECT * FROM users WHERE name =', name]))",
    "variable": "statement = 'SELECT * FROM users ORDER BY ' + name\nconnection.execute(statement)",
    "augmented variable": (
        "statement = 'SELECT * FROM users'\nstatement += ' ORDER BY ' + name\nconnection.execute(statement)"
    ),
    "list of parts": "parts = ['SELECT 1']\nparts.append(f\"'{name}'\")\nconnection.execute(' AND '.join(parts))",
    "helper that executes": "run('SELECT * FROM users WHERE name = ' + name)",
    "helper that builds": "connection.execute(by_name(name))",
    "both helpers": "run(by_name(name))",
    "text": "connection.execute(text(f'SELECT * FROM {name}'))",
    "one branch": "sort = 'id'\nif name:\n    sort = name\nconnection.execute(f'SELECT * FROM users ORDER BY {sort}')",
    "changed case": "connection.execute(f'SELECT * FROM users ORDER BY {name.lower().strip()}')",
    "query string": "connection.execute('SELECT * FROM users WHERE id = ' + request.args['id'])",
    "item of a body": "data = request.get_json()\nconnection.execute('SELECT * FROM users WHERE id = ' + data['id'])",
    "name of an item of a body": (
        "fields = ', '.join(f'{key} = ?' for key in request.json)\nconnection.execute(f'UPDATE users SET {fields}')"
    ),
    "keys that the request names": (
        "values = {name: 1, 'age': 2}\nconnection.execute(f\"INSERT INTO users ({', '.join(values.keys())})\")"
    ),
    "keys added from the request": (
        "values = {'age': 2}\nvalues[name] = 1\nconnection.execute(f\"INSERT INTO users ({', '.join(values)})\")"
    ),
    "keys of a body": (
        "values = {'age': 2, **request.json}\n"
        "fields = ', '.join(f'{key} = ?' for key, value in values.items())\n"
        "connection.execute(f'UPDATE users SET {fields}')"
    ),
    "values of a dictionary": (
        "values = {'name': name}\nconnection.execute(f\"SELECT 1 FROM users WHERE x = '{values['name']}'\")"
    ),
    "check of another value": "if request.args['x'] in COLUMNS:\n    connection.execute(f'SELECT {name} FROM users')",
}


@pytest.mark.parametrize("body", INJECTED.values(), ids=INJECTED)
def test_a_value_of_the_request_is_found_in_the_text(body):
    assert origins(body) == ["request"]


HARMLESS = {
    "literal": "connection.execute('SELECT * FROM users')",
    "bound parameter": "connection.execute('SELECT * FROM users WHERE name = ?', (name,))",
    "bound text": "connection.execute(text('SELECT * FROM users WHERE name = :n').bindparams(n=name))",
    "constant": "connection.execute(f'SELECT * FROM {TABLE}')",
    "choice from a mapping": "connection.execute(f'SELECT * FROM users ORDER BY {COLUMNS[name]}')",
    "choice with a default": "connection.execute(f'SELECT * FROM users ORDER BY {COLUMNS.get(name, \"id\")}')",
    "member of an enumeration": "connection.execute(f'SELECT * FROM users WHERE kind = {Kind.A.value}')",
    "converted enumeration": "kind = int(name)\nconnection.execute(f'SELECT * FROM users WHERE kind = {kind}')",
    "number": "connection.execute(f'SELECT * FROM users LIMIT {int(name)}')",
    "number format": "connection.execute(f'SELECT * FROM users LIMIT {name:d}')",
    "placeholders": (
        "marks = ', '.join('?' for _ in name)\nconnection.execute(f'SELECT * FROM users WHERE id IN ({marks})')"
    ),
    "literal loop": "for table in ('users', 'posts'):\n    connection.execute(f'DELETE FROM {table}')",
    "allow-list": "if name not in COLUMNS:\n    return None\nconnection.execute(f'SELECT {name} FROM users')",
    "allow-list around": "if name in ('id', 'age'):\n    connection.execute(f'SELECT {name} FROM users')",
    "allow-list in an expression": (
        "sort = name if name in COLUMNS else 'id'\nconnection.execute(f'SELECT {sort} FROM users')"
    ),
    "replaced outside the allow-list": (
        "if name not in COLUMNS:\n    name = 'id'\nconnection.execute(f'SELECT {name} FROM users')"
    ),
    "checked items": (
        "if any(one not in COLUMNS for one in name):\n    return None\n"
        "fields = ', '.join(one for one in name)\nconnection.execute(f'SELECT {fields} FROM users')"
    ),
    "digits": "if not name.isdigit():\n    return None\nconnection.execute(f'SELECT {name} FROM users')",
    "escaped": "connection.execute(f'SELECT {quote_identifier(name)} FROM users')",
    "found in the database": (
        "row = connection.execute('SELECT 1 FROM tables WHERE name = ?', (name,)).fetchone()\n"
        "if row is None:\n    return None\nconnection.execute(f'DROP TABLE {name}')"
    ),
    "number in a loop": (
        "for number, one in enumerate(name):\n    connection.execute(f'SELECT :value_{number} FROM users')"
    ),
    "digest": ("key = hashlib.blake2s(name.encode()).hexdigest()\nconnection.execute(f'SELECT :{key} FROM users')"),
    "keys of a dictionary": (
        "values = {'name': name, 'age': 1}\n"
        "connection.execute(f\"INSERT INTO users ({', '.join(values)}) VALUES (?, ?)\", list(values.values()))"
    ),
    "keys of a dictionary, by name": (
        "values = dict(name=name)\nvalues['age'] = name\nvalues.update({'kind': name})\n"
        "connection.execute('INSERT INTO users (' + ', '.join(values.keys()) + ') VALUES (?, ?, ?)')"
    ),
    "keys of a filtered dictionary": (
        "values = {'name': name, 'age': None}\n"
        "given = {key: value for key, value in values.items() if value is not None}\n"
        "fields = ', '.join(f'{key} = :{key}' for key in given.keys() if key != 'id')\n"
        "connection.execute(f'UPDATE users SET {fields}', given)"
    ),
    "keys of items in a loop": (
        "values = {**{'name': name}, 'age': 1}\nparts = []\nfor key, value in values.items():\n"
        "    parts.append(f'{key} = ?')\nconnection.execute('UPDATE users SET ' + ', '.join(parts))"
    ),
    "an item of a dictionary": (
        "values = {'name': name, 'limit': 3}\nconnection.execute(f\"SELECT 1 FROM users LIMIT {values['limit']}\")"
    ),
    "template without a place": "connection.execute('SELECT 1'.format(name))",
}


@pytest.mark.parametrize("body", HARMLESS.values(), ids=HARMLESS)
def test_what_is_static_bound_or_checked_is_no_interpolated_value(body):
    assert origins(body) == []


@pytest.mark.parametrize(
    "annotation", ["int", "float", "bool", "UUID", "date", "Kind", "Literal['a']", "list[int]", "int | None"]
)
def test_a_parameter_that_holds_no_text_is_harmless(annotation):
    source = f"""
import sqlite3
from datetime import date
from enum import Enum
from typing import Literal
from uuid import UUID
from fastapi import FastAPI

app = FastAPI()

class Kind(Enum):
    A = "a"

@app.get("/")
def endpoint(value: {annotation}):
    sqlite3.connect("").execute(f"SELECT * FROM users WHERE id = {{value}}")
"""

    assert project({"main.py": source}).sql_statements == ()


def test_a_converter_in_the_path_makes_a_parameter_harmless():
    body = "connection.execute(f'SELECT * FROM users WHERE id = {user_id}')"

    assert origins(body, "user_id", "/users/<int:user_id>") == []
    assert origins(body, "user_id", "/users/<user_id>") == ["request"]


def test_a_field_of_a_body_counts_by_its_type():
    source = """
import sqlite3
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()

class Search(BaseModel):
    limit: int
    name: str

@app.post("/")
def endpoint(search: Search):
    sqlite3.connect("").execute(f"SELECT * FROM users WHERE name = '{search.name}' LIMIT {search.limit}")
"""

    (statement,) = project({"main.py": source}).sql_statements

    assert [(value.origin, value.origin_name) for value in statement.values] == [("request", "search")]


def test_a_dependency_is_fed_by_the_request_too():
    source = """
import sqlite3
from fastapi import Depends, FastAPI

app = FastAPI()

def ordering(sort: str = "id"):
    return "ORDER BY " + sort

@app.get("/")
def endpoint(order: str = Depends(ordering)):
    sqlite3.connect("").execute("SELECT * FROM users " + order)
"""

    (statement,) = project({"main.py": source}).sql_statements

    assert [value.origin for value in statement.values] == ["request"]


def test_a_text_built_in_a_caller_is_placed_there_with_the_chain():
    linked = project(
        {
            "routes.py": (
                "from flask import Flask, request\nfrom database import run\n\napp = Flask(__name__)\n\n"
                '@app.get("/")\ndef endpoint():\n    return run("SELECT " + request.args["x"])\n'
            ),
            "database.py": (
                "import sqlite3\n\nclass Database:\n    def __init__(self):\n"
                '        self.cursor = sqlite3.connect("").cursor()\n\n'
                "    def run(self, statement):\n        return self.cursor.execute(statement)\n\n"
                "def run(statement):\n    return Database().run(statement)\n"
            ),
        }
    )

    (statement,) = linked.sql_statements

    assert (statement.place.path, statement.place.line) == ("routes.py", 8)
    assert (statement.call.place.path, statement.call.place.line) == ("database.py", 8)
    assert [site.caller.name for site in statement.chain] == ["endpoint", "run"]


def test_an_attribute_of_the_object_is_followed():
    source = """
import sqlite3
from flask import request

class Report:
    def __init__(self):
        self.where = "name = '" + request.args["name"] + "'"

    def run(self):
        sqlite3.connect("").execute("SELECT * FROM users WHERE " + self.where)
"""

    (statement,) = project({"main.py": source}).sql_statements

    assert [value.origin for value in statement.values] == ["request"]


def test_a_parameter_that_nobody_in_the_project_fills_is_open_to_every_caller():
    source = """
import sqlite3

def find(table, name):
    sqlite3.connect("").execute(f"SELECT * FROM {table} WHERE name = '{name}'")
"""

    (statement,) = project({"main.py": source}).sql_statements

    assert [(value.origin_name, value.origin, value.is_data) for value in statement.values] == [
        ("table", "parameter", False),
        ("name", "parameter", True),
    ]


def test_a_parameter_that_all_callers_fill_with_literals_is_harmless():
    source = """
import sqlite3

def count(table):
    sqlite3.connect("").execute(f"SELECT count(*) FROM {table}")

def report():
    count("users")
    count(table="posts")
"""

    assert project({"main.py": source}).sql_statements == ()


def test_functions_that_call_each_other_end():
    source = """
import sqlite3

def one(name):
    return two(name) + name

def two(name):
    return one(name) + name

def run(name):
    sqlite3.connect("").execute(one(name))
"""

    assert len(project({"main.py": source}).sql_statements) <= 16


def test_tests_and_migrations_are_left_out():
    source = (
        "import sqlite3\n\ndef find(name):\n"
        '    sqlite3.connect("").execute("SELECT * FROM users WHERE name = " + name)\n'
    )

    assert project({"tests/test_app.py": source, "migrations/one.py": source}).sql_statements == ()


def test_an_item_of_a_record_of_several_values_is_none_of_them_for_certain():
    source = (
        "import sqlite3\n\nconnection = sqlite3.connect('a')\n\n\n"
        "def collect(score, rows):\n    for row in rows:\n"
        "        show({'id': row.id, 'score': score, 'kind': 'x', 'at': row.at})\n\n\n"
        "def show(record):\n    connection.execute('SELECT 1 FROM t WHERE id = {}'.format(record['id']))\n"
    )

    (statement,) = project({"main.py": source}).sql_statements

    assert [one.origin for one in statement.values] == ["unknown"]


def test_an_item_of_what_a_caller_gives_is_open_to_every_caller():
    source = (
        "import sqlite3\n\nconnection = sqlite3.connect('a')\n\n\n"
        "def show(record):\n    connection.execute('SELECT 1 FROM t WHERE id = {}'.format(record['id']))\n"
    )

    (statement,) = project({"main.py": source}).sql_statements

    assert [one.origin for one in statement.values] == ["parameter"]
