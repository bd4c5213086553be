"""The benchmarks run on tiny input, tell of failed commands, and put their results where they belong."""

from __future__ import annotations

import ast
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from applications import write_application  # noqa: E402
from measuring import failure_of, memory_of, processes_below  # noqa: E402
from results import table, with_results  # noqa: E402

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the benchmarks need POSIX")

HOOK = "reviewer, hook on one staged file"
APPLICATION = '''"""An application."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/items/{item_id}")
def read_item(item_id: int) -> dict[str, int]:
    """Shows an item."""
    return {"item_id": item_id}
'''
COMPARE = """import json, sys
oracle = json.load(open(sys.argv[1]))
is_batch = sys.argv[3:6] == ["--own-only", "--module", "*"]
true = [row for one in oracle["modules"].values() for row in one["rows"]] if is_batch else oracle["rows"]
said = json.load(open(sys.argv[2]))
said = said if isinstance(said, list) else said["routes"]
same = len({(row["method"], row["path"]) for row in true} & {(row["method"], row["path"]) for row in said})
score = {"ok": same, "hit": same, "oracle": len(true), "product": len(said), "precision": same / max(1, len(said))}
names = "existence full_path endpoint file_line status_code response_model tags documented include_in_schema deprecated"
names += " dependencies"
print(json.dumps({"scores": {name: score for name in names.split()}}))
"""


def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCHMARKS / script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def cells(text: str, first: str) -> list[str]:
    """The cells of the row of a Markdown table whose first cell is this."""
    rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines())
    return next(row for row in rows if row[0] == first)


@pytest.fixture
def application(tmp_path: Path) -> Path:
    folder = tmp_path / "application"
    folder.mkdir()
    (folder / "main.py").write_text(APPLICATION)
    return folder


def test_peers_times_reviewer_in_four_ways_and_leaves_the_application_alone(application: Path, tmp_path: Path) -> None:
    done = run("peers.py", application, "--runs", 1, "--peers", "none", "--markdown", tmp_path / "results.md")
    assert done.returncode == 0, done.stdout + done.stderr
    for command in ("reviewer, cold", "reviewer, warm", "reviewer, warm, one file changed", HOOK):
        _, median, minimum, *_, processor, memory = cells(done.stdout, command)
        assert float(median) == float(minimum) > 0
        assert float(processor) > 0
        assert int(memory) > 0
    assert "changed what is found" not in done.stdout
    assert (tmp_path / "results.md").read_text() == done.stdout
    assert [path.name for path in application.iterdir()] == ["main.py"]
    assert (application / "main.py").read_text() == APPLICATION


def test_peers_are_compared_with_ruff_and_a_crash_is_no_time(application: Path, tmp_path: Path) -> None:
    programs = tmp_path / "environment" / "bin"
    programs.mkdir(parents=True)
    crash = "echo 'Traceback (most recent call last)' >&2; exit 1"
    for name, text in (("ruff", "exit 1"), ("flake8", crash), ("reviewer", "echo '{\"findings\": []}'")):
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    options = ("--peers", "ruff,flake8", "--peers-from", tmp_path / "environment", "--reviewer", programs / "reviewer")
    done = run("peers.py", application, "--runs", 3, *options)
    assert done.returncode == 1
    assert cells(done.stdout, "ruff")[3:5] == ["1.00", "1.00"]
    assert float(cells(done.stdout, "reviewer, warm")[3]) > 0
    assert cells(done.stdout, "flake8")[1] == "failed"
    assert "flake8 failed: exit code 1: Traceback" in done.stdout


def test_growth_measures_a_size_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- results: growth -->\nresults of before\n<!-- end: growth -->\nafter\n")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    done = run("growth.py", "--sizes", "20", "--update", page)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "does not tell" not in done.stdout
    assert float(cells(done.stdout, "24")[3]) > 0
    written = page.read_text()
    assert written.startswith("before\n")
    assert written.endswith("after\n")
    assert "results of before" not in written
    assert list(temporary.iterdir()) == []


def test_growth_compares_sizes_and_tells_of_missing_routes(tmp_path: Path) -> None:
    reviewer = tmp_path / "reviewer"
    reviewer.write_text("#!/bin/sh\necho 'No findings in 1 file (1 route)'\n")
    reviewer.chmod(0o755)
    done = run("growth.py", "--sizes", "40,20,400", "--runs", 3, "--reviewer", reviewer)
    assert done.returncode == 0, done.stderr
    assert cells(done.stdout, "24")[5] == "-"
    assert abs(float(cells(done.stdout, "32")[5])) < 10
    assert done.stdout.count("does not tell") == 6


def test_routes_adds_up_recall_and_precision(application: Path, tmp_path: Path) -> None:
    (tmp_path / "compare.py").write_text(COMPARE)
    (tmp_path / "oracle").mkdir()
    rows = [{"method": "GET", "path": "/items/{item_id}"}, {"method": "GET", "path": "/hidden"}]
    application.rename(tmp_path / "shop")
    for name in ("shop", "absent"):
        oracle = {"name": name, "source": f"somebody/{name}@1234", "root": ".", "rows": rows}
        (tmp_path / "oracle" / f"{name}.json").write_text(json.dumps(oracle))
    places = ("--oracle", tmp_path / "oracle", "--sources", tmp_path, "--compare", tmp_path / "compare.py")
    done = run("routes.py", *places)
    assert done.returncode == 0, done.stdout + done.stderr
    assert cells(done.stdout, "shop")[1:3] == ["2", "50.0 / 100.0"]
    assert cells(done.stdout, "overall")[1:3] == ["2", "50.0 / 100.0"]
    assert "not among the sources: absent" in done.stdout


def test_routes_asks_for_the_application_of_the_oracle(application: Path, tmp_path: Path) -> None:
    (tmp_path / "compare.py").write_text(COMPARE)
    (tmp_path / "oracle").mkdir()
    (application / "admin.py").write_text(APPLICATION.replace("/items", "/admin"))
    rows = [{"method": "GET", "path": "/admin/{item_id}"}]
    for name, more in {
        "admin": {"app": "admin:app", "rows": rows},
        "other": {"app": "nowhere:app", "rows": rows},
        "both": {"modules": {"main": {"rows": []}, "admin": {"rows": rows}}},
    }.items():
        oracle = {"name": name, "source": "somebody/application@1", "root": ".", **more}
        (tmp_path / "oracle" / f"{name}.json").write_text(json.dumps(oracle))
    places = ("--oracle", tmp_path / "oracle", "--sources", tmp_path, "--compare", tmp_path / "compare.py")
    done = run("routes.py", *places)
    assert done.returncode == 1
    assert cells(done.stdout, "admin")[1:3] == ["1", "100.0 / 100.0"]
    assert cells(done.stdout, "both")[1:3] == ["1", "100.0 / 50.0"]
    assert "other failed: " in done.stdout
    headings = cells(done.stdout, "application")
    assert {"in schema", "deprecated", "dependencies"} <= set(headings)


def test_route_growth_finds_every_route_at_every_depth() -> None:
    done = run("route_growth.py", "--routers", "3,7", "--depth", 3)
    assert done.returncode == 0, done.stdout + done.stderr
    assert cells(done.stdout, "3")[1:4] == ["60", "3", "60"]
    assert cells(done.stdout, "7")[1:4] == ["140", "3", "140"]


def test_an_application_is_valid_python_and_part_of_a_larger_one(tmp_path: Path) -> None:
    small = write_application(tmp_path / "small", 60)
    large = write_application(tmp_path / "large", 200)
    assert 40 <= small.python_files <= 60
    assert 180 <= large.python_files <= 200
    for file in (tmp_path / "large").rglob("*.py"):
        ast.parse(file.read_text())
    grown = ("app/api.py", "app/domain_000/router.py")
    for file in (tmp_path / "small").rglob("*.*"):
        path = file.relative_to(tmp_path / "small").as_posix()
        if path not in grown:
            assert file.read_text() == (tmp_path / "large" / path).read_text()


@pytest.mark.parametrize(
    ("exit_code", "errors", "failure"),
    [
        (0, b"warning: something\n", None),
        (1, b"", None),
        (2, b"no\nsuch file\n", "exit code 2: such file"),
        (-11, b"", "signal 11: said"),
        (0, b"Traceback (most recent call last):\nValueError\n", "exit code 0: ValueError"),
    ],
)
def test_a_run_counts_only_if_the_tool_did_its_work(exit_code: int, errors: bytes, failure: str | None) -> None:
    assert failure_of(exit_code, b"said\n", errors, frozenset({0, 1})) == failure


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="the memory of processes is Linux's to tell")
def test_the_memory_of_children_counts() -> None:
    child = "x = bytearray(40_000_000); print(flush=True); input()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    process = subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        processes = processes_below(process.pid)
        assert len(processes) == 2
        assert memory_of(processes) > 40_000_000 > memory_of([process.pid])
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def test_an_interrupted_benchmark_leaves_no_folder(application: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nsleep 60\n")
    slow.chmod(0o755)
    command = [sys.executable, str(BENCHMARKS / "growth.py"), "--sizes", "20", "--reviewer", str(slow)]
    with subprocess.Popen(
        command, env={**os.environ, "TMPDIR": str(temporary)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        process.stderr.readline()
        time.sleep(0.1)
        process.terminate()
        assert process.wait(timeout=20) == 143
    assert list(temporary.iterdir()) == []


def test_tables_line_up() -> None:
    lines = table(("name", "s"), [("a longer name", "1.5"), ("b", "20.25")]).splitlines()
    assert lines[0] == "| name          |     s |"
    assert lines[1] == "|---------------|------:|"
    assert lines[3] == "| b             | 20.25 |"


def test_results_go_between_their_marks_only() -> None:
    page = "a\n<!-- results: x -->\nold\n<!-- end: x -->\nb\n<!-- results: y -->\n<!-- end: y -->\n"
    assert with_results(page, "x", "new") == page.replace("old", "new")
    with pytest.raises(ValueError, match="no place"):
        with_results(page, "z", "new")


SCORE_OF_LABELS = """import json, sys
report, topic = sys.argv[5], sys.argv[7]
results = [one["ruleId"] for run in json.load(open(report))["runs"] for one in run["results"]]
assert sys.argv[1] == "--src" and sys.argv[3] == "--map" and sys.argv[8] == "--json", sys.argv
found = sum("missing-response-model" in one for one in results)
counts = {"positives": 4, "found": found, "negatives": 2, "alarms": 1}
print(json.dumps({"overall": counts}) if topic != "broken" else "?")
"""
UNDECLARED = APPLICATION.replace(" -> dict[str, int]", "")


def test_labels_score_each_topic_and_tell_of_those_without_a_score(tmp_path: Path) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "test_shop.py").write_text(UNDECLARED)  # a test by its name, and judged all the same
    (tmp_path / "score.py").write_text(SCORE_OF_LABELS)
    (tmp_path / "map.json").write_text('{"rules": {"a": ["models"], "b": ["broken", "models"]}}')
    options = ("--sources", sources, "--score", tmp_path / "score.py", "--map", tmp_path / "map.json")

    done = run("labels.py", *options)

    assert cells(done.stdout, "models") == ["models", "4", "1", "25", "2", "1", "50"], done.stdout + done.stderr
    assert "- broken has no score" in done.stdout
    assert done.returncode == 1
    assert run("labels.py", *options, "--topics", "models").returncode == 0


SCORE_OF_HISTORY = """import json, subprocess, sys
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
told = subprocess.run(["reviewer", "--version"], capture_output=True, text=True).stdout.strip()
cases = [
    {"id": "a", "family": "API", "caught": ["x"], "named": ["x"], "stays": []},
    {"id": "b", "family": "API", "caught": [], "named": [], "stays": ["x"]},
    {"id": "c", "family": "SQL", "error": told},
]
with open(options["--out"], "w") as out:
    out.writelines(json.dumps(case) + chr(10) for case in cases if options["--only"] in case["family"] + ".")
"""


def test_history_counts_by_family_with_the_reviewer_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text(SCORE_OF_HISTORY)
    (tmp_path / "other").write_text("#!/bin/sh\necho the other reviewer\n")
    (tmp_path / "other").chmod(0o755)
    options = ("--sources", tmp_path, "--score", tmp_path / "score.py", "--reviewer", tmp_path / "other")

    done = run("history.py", *options)

    assert cells(done.stdout, "API") == ["API", "2", "1", "50", "1", "50", "1", "50"], done.stdout + done.stderr
    assert cells(done.stdout, "all")[1] == "2"
    assert "- c has no score: the other reviewer" in done.stdout
    assert done.returncode == 1
    assert run("history.py", *options, "--only", "API").returncode == 0


def test_noise_counts_findings_for_lines_of_route_code(application: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "main.py").write_text(UNDECLARED + "# a comment\n\n\n")
    (other / "unrelated.py").write_text("x = 1\n" * 100)

    done = run("noise.py", application, other)

    assert done.returncode == 0, done.stdout + done.stderr
    assert cells(done.stdout, "application") == [
        "application",
        "routes",
        "lines",
        "errors",
        "warnings",
        "infos",
        "per 100 lines",
        "most often",
    ]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in done.stdout.splitlines()]
    noisy = next(row for row in rows if row[0] == "other")
    assert noisy[1:3] == ["1", "7"]
    assert int(noisy[4]) >= 1
    assert "missing-response-model 1" in noisy[7]
    assert float(noisy[6]) == round(100 * sum(map(int, noisy[3:6])) / 7, 2)
    assert "Median: " in done.stdout
