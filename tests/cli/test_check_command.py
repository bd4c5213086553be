"""`reviewer check`: what is selected, what decides the exit code, where the report goes."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import jsonschema
import pytest
from command_line import CHOSEN, Run

import reviewer.report
from reviewer.project.project import Project


def test_findings_end_with_code_1(run: Run, shop: Path) -> None:
    done = run("check", *CHOSEN)

    assert done.code == 1
    assert "app.py:10:10  error  " in done.out
    assert "app.py:15:11  warning  " in done.out
    assert done.out.endswith("\n1 error, 1 warning in 3 files (2 routes)\n")
    assert done.err == ""


def test_nothing_to_report_ends_with_code_0(run: Run, shop: Path) -> None:
    done = run("check", "--select", "sql-injection")

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("No findings")


def test_a_rule_that_fails_ends_with_code_2_and_the_others_go_on(run: Run, shop: Path, team_pack: Path) -> None:
    rule = team_pack / "manners" / "shouted_path.py"
    rule.write_text(rule.read_text().replace("quiet = ", "quiet = undefined or "))
    done = run("check", *CHOSEN, "--extend-select", "shouted-path", "--pack", "team")

    assert done.code == 2
    assert "rule shouted-path  crashed  NameError: name 'undefined' is not defined" in done.out
    assert "app.py:10:10  error  " in done.out


def test_routes_that_cannot_be_linked_cost_only_the_rules_that_ask_for_them(
    run: Run, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shop / "Dockerfile").write_text('FROM python\nCMD ["uvicorn", "app:app", "--reload"]\n')

    def failing(_: Project) -> None:
        raise RecursionError

    monkeypatch.setattr(Project, "_linked_frameworks", property(failing))
    done = run("check", "--select", "container-dev-server", "--select", "unused-path-parameter")

    assert done.code == 2
    assert "rule unused-path-parameter  crashed" in done.out
    assert "[container-dev-server]" in done.out
    assert "(0 routes, 1 unknown)" in done.out


def test_an_unreadable_file_ends_with_code_1(run: Run, shop: Path) -> None:
    (shop / "broken.py").write_text("def f(:\n")
    done = run("check", "--select", "sql-injection")

    assert done.code == 1
    assert "broken.py:1  not reviewed  " in done.out


# Which rules ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "rules"),
    [
        (["--select", "unused-path-parameter"], ["unused-path-parameter"]),
        (["--select", "api"], ["unused-path-parameter", "post-create-without-201"]),
        (["--select", "api", "--ignore", "unused-path-parameter"], ["post-create-without-201"]),
        (["--select", "sql-injection", "--extend-select", "post-create-without-201"], ["post-create-without-201"]),
        ([*CHOSEN, "--ignore", "api"], ["unused-path-parameter", "post-create-without-201"]),
    ],
)
def test_rules_are_chosen_by_name_or_family(run: Run, shop: Path, arguments: list[str], rules: list[str]) -> None:
    found = [rule for rule in run("check", "--format", "json", *arguments).rules if rule != "unversioned-api"]

    assert found == rules


@pytest.mark.parametrize("option", ["--preset", "--profile"])
def test_the_strict_preset_runs_more_rules(run: Run, shop: Path, option: str) -> None:
    recommended = {rule["name"] for rule in run("check", "--format", "json").document["rules"]}
    strict = {rule["name"] for rule in run("check", "--format", "json", option, "strict").document["rules"]}

    assert recommended < strict
    assert "unversioned-api" in strict - recommended


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--select", "unsed-path-parameter"], "did you mean `unused-path-parameter`?"),
        (["--ignore", "securty"], "did you mean `security`?"),
        (["--preset", "stict"], "must be one of `recommended`, `strict`, not `stict`; did you mean `strict`?"),
        (["--fail-on", "warn"], "did you mean `warning`?"),
        (["--pack", "nowhere"], "No such pack is installed"),
        (["--format", "yaml"], "'yaml' is not one of"),
        (["--jobs", "0"], "0 is not in the range"),
        (["--selct", "api"], "No such option"),
    ],
)
def test_a_wrong_option_is_one_clear_message_and_exit_code_2(
    run: Run, shop: Path, arguments: list[str], message: str
) -> None:
    done = run("check", *arguments)

    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("severity", "rules", "code"),
    [
        ("info", ["post-create-without-201"], 1),
        ("warning", ["post-create-without-201"], 1),
        ("error", ["post-create-without-201"], 0),
        ("error", ["post-create-without-201", "unused-path-parameter"], 1),
    ],
)
def test_fail_on_is_the_least_severity_for_code_1(
    run: Run, shop: Path, severity: str, rules: list[str], code: int
) -> None:
    selected = [argument for rule in rules for argument in ("--select", rule)]
    done = run("check", "--format", "json", "--fail-on", severity, *selected)

    assert done.code == code
    assert sorted(done.rules) == sorted(rules)


def test_the_command_line_wins_over_the_configuration(run: Run, shop: Path) -> None:
    (shop / "reviewer.toml").write_text('fail-on = "error"\nselect = ["post-create-without-201"]\n')

    assert run("check").code == 0
    assert run("check", "--fail-on", "info").code == 1
    assert run("check", "--select", "sql-injection", "--fail-on", "info").code == 0


def test_a_named_configuration_counts_instead_of_the_nearest(run: Run, shop: Path) -> None:
    (shop / "reviewer.toml").write_text('select = ["sql-injection"]\n')
    (shop.parent / "other.toml").write_text('select = ["unused-path-parameter"]\n')

    assert run("check", "--format", "json", "--config", "../other.toml").rules == ["unused-path-parameter"]


def test_excluded_files_are_not_read(run: Run, shop: Path) -> None:
    done = run("check", "--format", "json", *CHOSEN, "--exclude", "app.py")

    assert (done.code, done.rules) == (0, [])
    assert done.document["summary"]["python_files"] == 1


# What is reported on --------------------------------------------------------------------------------------------------


@pytest.fixture
def parts(shop: Path) -> Path:
    """The shop with a router in a file of its own: what is wrong with it shows only together with the application."""
    (shop / "app.py").write_text(
        "from fastapi import FastAPI\n\nfrom orders.routes import router\n\napp = FastAPI()\n"
        'app.include_router(router, prefix="/shops/{shop_id}")\n\n\n'
        '@app.get("/items/{item_id}")\ndef read_item():\n    return None\n'
    )
    (shop / "orders").mkdir()
    (shop / "orders" / "routes.py").write_text(
        "from fastapi import APIRouter\n\nrouter = APIRouter()\n\n\n"
        '@router.get("/orders")\ndef list_orders():\n    return None\n'
    )
    return shop


def reported_in(run: Run, *paths: str | Path) -> list[tuple[str, str]]:
    done = run("check", "--format", "json", "--select", "unused-path-parameter", *paths)
    return [(one["place"]["path"], one["message"]) for one in done.document["findings"]]


def test_a_named_file_is_judged_with_the_whole_project_and_reported_alone(run: Run, parts: Path) -> None:
    everything = reported_in(run)
    named = reported_in(run, "orders/routes.py")

    assert [path for path, _ in everything] == ["app.py", "orders/routes.py"]
    assert [path for path, _ in named] == ["orders/routes.py"]
    assert "/shops/{shop_id}/orders" in named[0][1]
    assert set(named) < set(everything)


@pytest.mark.parametrize("name", ["orders", "./orders/", "orders/../orders/routes.py"])
def test_several_paths_may_be_named_in_any_spelling(run: Run, parts: Path, name: str) -> None:
    assert [path for path, _ in reported_in(run, name, "models.py")] == ["orders/routes.py"]


def test_the_working_folder_among_named_paths_is_everything(run: Run, parts: Path) -> None:
    assert len(reported_in(run, ".", "models.py")) == 2


def test_a_file_outside_the_working_folder_is_judged_in_its_own_project(
    run: Run, parts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = parts.parent / "elsewhere" / "deep"
    elsewhere.mkdir(parents=True)
    monkeypatch.chdir(elsewhere)
    [(path, message)] = reported_in(run, "../../shop/orders/routes.py")

    assert path == "orders/routes.py"
    assert "/shops/{shop_id}/orders" in message


def test_a_file_is_named_by_its_absolute_path_too(run: Run, parts: Path) -> None:
    assert [path for path, _ in reported_in(run, parts / "orders" / "routes.py")] == ["orders/routes.py"]


def test_a_file_whose_name_is_not_utf_8_can_be_named(run: Run, parts: Path) -> None:
    name = os.fsdecode(b"b\xfcro.py")
    (parts / name).write_bytes((parts / "app.py").read_bytes())

    assert [path for path, _ in reported_in(run, name)] == ["b\\xfcro.py"]


def test_another_file_that_is_broken_does_not_fail_the_named_ones(run: Run, shop: Path) -> None:
    (shop / "broken.py").write_text("def f(:\n")
    good = run("check", "--select", "sql-injection", "app.py")
    bad = run("check", "--select", "sql-injection", "broken.py")

    assert (good.code, bad.code) == (0, 1)
    assert "broken.py:1  not reviewed" in good.out


def test_a_package_is_judged_with_the_knowledge_of_its_project(run: Run, parts: Path) -> None:
    (parts / "orders" / "__init__.py").touch()

    assert [path for path, _ in reported_in(run, "orders")] == ["orders/routes.py"]


def test_a_package_that_is_named_by_its_absolute_path_is_reviewed_itself(run: Run, parts: Path) -> None:
    (parts / "orders" / "__init__.py").touch()
    document = run("check", str(parts / "orders"), "--format", "json").document

    assert document["summary"]["python_files"] == 2


def test_a_folder_is_reviewed_as_a_whole(run: Run, parts: Path) -> None:
    document = run("check", "orders", "--format", "json").document

    assert document["summary"]["python_files"] == 1


# The report -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def schema() -> object:
    return json.loads(Path(reviewer.report.__file__).with_name("json-report.schema.json").read_text())


def test_the_json_report_is_as_its_schema_says(run: Run, shop: Path, schema: object) -> None:
    (shop / "broken.py").write_text("def f(:\n")
    document = run("check", *CHOSEN, "--format", "json").document

    jsonschema.validate(document, schema)
    assert document["summary"]["findings"] == {"error": 1, "warning": 1, "info": 0}
    assert [one["path"] for one in document["problems"]] == ["broken.py"]


def test_the_sarif_report_names_rule_and_place(run: Run, shop: Path) -> None:
    done = run("check", *CHOSEN, "--format", "sarif")
    results = done.document["runs"][0]["results"]
    place = results[0]["locations"][0]["physicalLocation"]

    assert done.code == 1
    assert [one["ruleId"] for one in results] == ["unused-path-parameter", "post-create-without-201"]
    assert place["artifactLocation"]["uri"] == "app.py"
    assert place["region"]["startLine"] == 10


def test_the_github_report_annotates_lines(run: Run, shop: Path) -> None:
    lines = run("check", *CHOSEN, "--format", "github").out.splitlines()

    assert [line.partition(",")[0] for line in lines[:2]] == ["::error file=app.py", "::warning file=app.py"]


def test_a_finding_takes_one_line_without_its_source(run: Run, shop: Path) -> None:
    findings = [line for line in run("check", *CHOSEN, "--no-source").out.splitlines() if line][:-1]

    assert len(findings) == 2
    assert all(line.startswith("app.py:") and line.endswith("]") for line in findings)


def test_statistics_and_times_are_told_to_programs_where_they_are_asked_for(run: Run, shop: Path) -> None:
    plain = run("check", *CHOSEN, "--format", "json").document
    told = run("check", *CHOSEN, "--format", "json", "--statistics", "--timings").document

    assert not {"statistics", "timings"} & plain.keys()
    assert told["statistics"] == {"post-create-without-201": 1, "unused-path-parameter": 1}
    times = told["timings"]
    assert {one["rule"] for one in times["rules"]} == {"post-create-without-201", "unused-path-parameter"}
    assert sum(one["seconds"] for one in times["rules"]) + times["reading"] + times["routes"] <= times["seconds"]
    assert {key: value for key, value in told.items() if key in plain} == plain


def test_statistics_count_findings_by_rule(run: Run, shop: Path) -> None:
    (shop / "more.py").write_text((shop / "app.py").read_text())
    lines = run("check", *CHOSEN, "--statistics").out.splitlines()

    assert "     2  warning  post-create-without-201  (2 with a fix)" in lines
    assert "     2  error    unused-path-parameter" in lines


@pytest.mark.parametrize(
    ("environment", "is_coloured"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_colour_is_for_terminals_unless_it_is_forced(
    run: Run, shop: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], is_coloured: bool
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert ("\x1b[" in run("check", *CHOSEN).out) == is_coloured


def test_two_runs_print_the_same_with_and_without_cache(run: Run, shop: Path) -> None:
    outputs = {run("check", "--format", "json", *arguments).out for arguments in ([], [], ["--no-cache"])}

    assert len(outputs) == 1
    assert list((shop.parent / "cache").rglob("*.*"))


def test_a_run_without_cache_writes_none(run: Run, shop: Path) -> None:
    run("check", "--no-cache")

    assert not (shop.parent / "cache").exists()


# Where the report goes ------------------------------------------------------------------------------------------------


def test_a_report_in_a_file_is_the_printed_one_and_has_no_colour(
    run: Run, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = run("check", *CHOSEN).out
    monkeypatch.setenv("FORCE_COLOR", "1")
    done = run("check", *CHOSEN, "--output", "report.txt")

    assert (done.code, done.out) == (1, "")
    assert (shop / "report.txt").read_text() == printed


def test_a_report_is_written_whole_or_not_at_all(run: Run, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (shop / "report.json").write_text("old")
    before = sorted(shop.iterdir())
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        refused = run("check", *CHOSEN, "--format", "json", "-o", "report.json")

    assert refused.code == 2
    assert "report.json: cannot write the report: No space left on device" in refused.err
    assert (shop / "report.json").read_text() == "old"
    assert sorted(shop.iterdir()) == before


def test_a_private_report_stays_private(run: Run, shop: Path) -> None:
    (shop / "report.json").touch(mode=0o600)
    run("check", *CHOSEN, "--format", "json", "-o", "report.json")

    assert json.loads((shop / "report.json").read_text())["findings"]
    assert stat.S_IMODE((shop / "report.json").stat().st_mode) == 0o600


def test_a_link_keeps_leading_to_the_report(run: Run, shop: Path) -> None:
    (shop / "kept").mkdir()
    (shop / "latest.json").symlink_to("kept/report.json")
    run("check", *CHOSEN, "--format", "json", "-o", "latest.json")

    assert (shop / "latest.json").is_symlink()
    assert json.loads((shop / "kept" / "report.json").read_text())["findings"]


def test_what_is_no_file_is_written_to_and_not_replaced(run: Run, shop: Path) -> None:
    os.mkfifo(shop / "pipe")
    reading = os.open(shop / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        done = run("check", *CHOSEN, "--format", "json", "-o", "pipe")
        received = os.read(reading, 1_000_000)
    finally:
        os.close(reading)

    assert done.code == 1
    assert json.loads(received)["findings"]
    assert stat.S_ISFIFO((shop / "pipe").stat().st_mode)


def test_a_dash_stands_for_standard_output(run: Run, shop: Path) -> None:
    assert run("check", *CHOSEN, "-o", "-").out == run("check", *CHOSEN).out
    assert not (shop / "-").exists()


def test_a_report_for_a_folder_that_is_not_there_is_refused(run: Run, shop: Path) -> None:
    done = run("check", *CHOSEN, "-o", "nowhere/report.txt")

    assert done.code == 2
    assert "nowhere/report.txt: cannot write the report: No such file or directory" in done.err


def test_a_profile_leaves_out_the_rules_of_others(run: Run, shop: Path) -> None:
    def rules(*options: str) -> set[str]:
        return {rule["family"] for rule in run("check", "--format", "json", *options).document["rules"]}

    found = rules()
    assert "documentation" in found
    assert not {"flask", "git"} & found
    assert rules("--profile", "git-flow") == {"git"}
    assert {"flask", "git"} <= rules("--profile", "flask", "--profile", "git-flow")
    assert rules("--profile", "fastapi", "--profile", "strict") == rules("--profile", "fastapi", "--preset", "strict")
