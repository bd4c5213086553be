"""What the facts about served routes imply for the rules, and how the benchmark compares that with their findings."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from expectations import (  # noqa: E402
    IMPLICATIONS,
    Expected,
    Served,
    demands_authentication,
    endpoint_at,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the benchmarks need POSIX")

FACTS: dict[str, Any] = {
    "framework": "fastapi",
    "method": "GET",
    "path": "/items",
    "endpoint": "main:read",
    "file": "main.py",
    "line": 1,
    "third_party": False,
    "status_code": None,
    "response_model": None,
    "tags": [],
    "documented": False,
    "include_in_schema": True,
    "deprecated": False,
    "response_class": "JSONResponse",
    "dependencies": [],
    "security": [],
}
REPORT, SILENCE, EITHER = Expected.REPORT, Expected.SILENCE, Expected.EITHER


def implied(folder: Path, rule: str, source: str, siblings: int = 0, **facts: Any) -> Expected:
    """What the first function of a source and the facts about it imply, with so many routes beside it."""
    file = f"{len(list(folder.iterdir()))}.py"
    (folder / file).write_text(source)
    line = 1 + source[: source.index("def ")].count("\n")
    row = {**FACTS, "file": file, "line": line, **facts}
    beside = [{**row, "line": 1000 + number, "security": ["Bearer"]} for number in range(siblings)]
    return IMPLICATIONS[rule](Served(row, endpoint_at(folder, file, line), [row, *beside]))


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        ("return {'items': items}", REPORT),
        ("return [one.name for one in items]", REPORT),
        ("return {'status': 'ok'}", SILENCE),
        ("return JSONResponse(items)", SILENCE),
        ("return None", SILENCE),
        ("pass", SILENCE),
        ("return service.read()", EITHER),
        ("return {'sent': item_id}", EITHER),
        ("def inner():\n        return {'items': items}", SILENCE),
    ],
)
def test_what_is_returned_without_a_model_says_whether_one_is_missing(
    returned: str, expected: Expected, tmp_path: Path
) -> None:
    source = f"@app.get('/items')\ndef read(item_id):\n    {returned}\n"

    assert implied(tmp_path, "missing-response-model", source) is expected


@pytest.mark.parametrize(
    "facts",
    [
        {"response_model": "Item"},
        {"include_in_schema": False},
        {"status_code": 204},
        {"response_class": "HTMLResponse"},
        {"path": "/v1/health"},
        {"framework": "flask"},
    ],
)
def test_these_need_no_response_model(facts: dict[str, Any], tmp_path: Path) -> None:
    source = "@app.get('/items')\ndef read():\n    return {'items': items}\n"

    assert implied(tmp_path, "missing-response-model", source, **facts) is SILENCE


def test_a_decorator_that_may_change_the_result_leaves_it_open(tmp_path: Path) -> None:
    source = "@app.get('/items')\n@paged\ndef read():\n    return {'items': items}\n"

    assert implied(tmp_path, "missing-response-model", source) is EITHER


@pytest.mark.parametrize(
    ("siblings", "facts", "expected"),
    [
        (3, {}, REPORT),
        (2, {}, SILENCE),
        (3, {"documented": True}, SILENCE),
        (3, {"path": "/webhooks"}, SILENCE),
        (3, {"response_class": "StreamingResponse"}, EITHER),
    ],
)
def test_operations_of_all_but_small_applications_are_documented(
    siblings: int, facts: dict[str, Any], expected: Expected, tmp_path: Path
) -> None:
    assert implied(tmp_path, "missing-operation-docs", "def read(): ...", siblings, **facts) is expected


def test_large_applications_have_tags(tmp_path: Path) -> None:
    assert implied(tmp_path, "missing-operation-tags", "def read(): ...", 11) is REPORT
    assert implied(tmp_path, "missing-operation-tags", "def read(): ...", 10) is SILENCE
    assert implied(tmp_path, "missing-operation-tags", "def read(): ...", 11, tags=["items"]) is SILENCE


@pytest.mark.parametrize(
    ("path", "signature", "expected"),
    [
        ("/items/{item_id}", "item_id: int", SILENCE),
        ("/items/{item}", "item_id: Annotated[int, Path(alias='item')]", SILENCE),
        ("/items/{rest:path}", "", SILENCE),
        ("/items/{item_id}", "key: int", REPORT),
        ("/items/<int:item_id>", "key", REPORT),
        ("/items/{item_id}", "item: Item = Depends(find)", EITHER),
        ("/items/{item_id}", "**parameters", EITHER),
    ],
)
def test_parameters_of_the_path_are_among_those_of_the_endpoint(
    path: str, signature: str, expected: Expected, tmp_path: Path
) -> None:
    assert implied(tmp_path, "unused-path-parameter", f"def read({signature}): ...", path=path) is expected


def test_creations_declare_their_status(tmp_path: Path) -> None:
    source = "@app.post('/items')\ndef create_item(item):\n    return repository.create(item)\n"
    facts = {"method": "POST", "endpoint": "main:create_item", "response_model": "Item"}

    assert implied(tmp_path, "post-create-without-201", source, **facts) is REPORT
    assert implied(tmp_path, "post-create-without-201", source, **facts, status_code=201) is SILENCE
    with_status = source.replace("    return", "    response.status_code = 201\n    return")
    assert implied(tmp_path, "post-create-without-201", with_status, **facts) is EITHER


def test_a_status_without_content_has_no_model(tmp_path: Path) -> None:
    assert implied(tmp_path, "body-on-204", "def read(): ...", status_code=204, response_model="Item") is REPORT
    assert implied(tmp_path, "body-on-204", "def read(): ...", status_code=204) is SILENCE
    assert implied(tmp_path, "body-on-204", "def read(): ...", response_model="Item") is SILENCE


def test_a_changing_route_is_guarded_like_those_beside_it(tmp_path: Path) -> None:
    assert implied(tmp_path, "missing-auth", "def read(): ...", 3, method="DELETE") is REPORT
    assert implied(tmp_path, "missing-auth", "def read(): ...", 2, method="DELETE") is EITHER
    assert implied(tmp_path, "missing-auth", "def read(): ...", 3, method="DELETE", path="/login") is EITHER
    dependencies = ["get_current_user"]
    assert implied(tmp_path, "missing-auth", "def read(): ...", 3, dependencies=dependencies) is SILENCE


def test_a_scheme_among_the_dependencies_demands_authentication(tmp_path: Path) -> None:
    endpoint = endpoint_at(tmp_path, None, None)
    demands = [
        demands_authentication(Served({**FACTS, **facts}, endpoint, []))
        for facts in ({"security": ["Bearer"]}, {}, {"dependencies": ["get_database"]}, {"framework": "flask"})
    ]

    assert demands == [True, False, None, None]


def test_related_places_belong_to_what_a_rule_reports(tmp_path: Path) -> None:
    shop = tmp_path / "sources" / "shop"
    shop.mkdir(parents=True)
    functions = [f"@app.get('/{name}s')\ndef {name}() -> int:\n    return len('{name}')\n" for name in "abcdefgh"]
    (shop / "main.py").write_text("from fastapi import FastAPI\napp = FastAPI()\n" + "".join(functions))
    rows = [
        {**FACTS, "path": f"/{name}s", "endpoint": f"main:{name}", "line": 4 + 3 * at, "response_model": "int"}
        for at, name in enumerate("abcdefgh")
    ]
    rows.append({**FACTS, "path": "/forgotten", "endpoint": "main:forgotten", "line": 99, "documented": True})
    (tmp_path / "oracle").mkdir()
    (tmp_path / "oracle" / "shop.json").write_text(json.dumps({"name": "shop", "rows": rows}))
    command = [sys.executable, str(BENCHMARKS / "agreement.py"), "--oracle", str(tmp_path / "oracle")]
    command += ["--sources", str(tmp_path / "sources"), "--disagreements"]

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    assert done.returncode == 0, done.stdout + done.stderr
    rows_of = {line.split("|")[1].strip(): line for line in done.stdout.splitlines() if line.startswith("|")}
    assert [cell.strip() for cell in rows_of["missing-operation-docs"].split("|")[2:5]] == ["8", "8", "1"]
    assert [cell.strip() for cell in rows_of["has a response model"].split("|")[2:4]] == ["9", "8"]
    assert "- shop: GET /forgotten (main.py:99) not in the route table" in done.stdout
