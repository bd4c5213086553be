"""Verdicts: what a bullet is said to be, and why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from made_rules import make_rule

from reviewer.checklist import DOCUMENTS
from reviewer.checklist.judging import standing
from reviewer.checklist.verdicts import BulletResult, Standing, Verdict, rules_to_ask
from reviewer.project.in_memory import project
from reviewer.registry import load_catalogue
from reviewer.results import RuleCrash
from reviewer.rule import Finding, Place, Preset, Rule, Severity, Suppression
from reviewer.settings import Settings

MODELS = "Use FastAPI's type hinting and Pydantic models for request and response data validation."
TESTED = "Use TestClient to call endpoints in tests and make assertions on the results."
TASKS = "Test the Celery tasks by mocking the Redis broker."
RESTFUL = "Review that API endpoints follow RESTful principles."
HANDLED = "Ensure proper error handling and validation"
VALIDATED = "Validate all inputs"
CLEAN = "Write clean, efficient, and maintainable code that adheres to best practices for each technology."
FAST = "Fast response times (<100ms for simple queries)"
FORMS = "For form handling, use Flask-WTF for form validation and submission."

APPLICATION = """
from fastapi import Body, FastAPI
from pydantic import BaseModel


class Item(BaseModel):
    name: str


app = FastAPI()


@app.get("/items")
def list_items() -> list[Item]:
    return []


@app.post("/items")
def create_item(item: Item, note: dict = Body()):
    return item
"""
TESTS = """
from fastapi.testclient import TestClient
from main import app

client = TestClient(app)


def test_items_are_listed():
    assert client.get("/items").status_code == 200
"""
FILES = {"main.py": APPLICATION}
COMPLETE = APPLICATION.replace("item: Item, note: dict = Body()):", "item: Item) -> Item:")


def made(name: str, *bullets: str, preset: Preset = Preset.RECOMMENDED) -> type[Rule]:
    rule = make_rule(name, "api")
    return type("MadeRule", (rule,), {"__module__": rule.__module__, "checklist": bullets, "preset": preset})


def found(rule: str, path: str = "main.py", severity: Severity = Severity.WARNING, **more: object) -> Finding:
    return Finding(rule=rule, message="It is bad.", place=Place(path, 3, 0, 3, 4), severity=severity, **more)  # type: ignore[arg-type]


def judged(
    *rules: type[Rule],
    files: dict[str, str] = FILES,
    findings: tuple[Finding, ...] = (),
    crashes: tuple[RuleCrash, ...] = (),
    settings: Settings | None = None,
    documents: tuple[str, ...] = tuple(DOCUMENTS),
    judges_all: bool = False,
) -> Standing:
    catalogue = {rule.name(): rule for rule in rules}
    asked = rules_to_ask(settings or Settings(), catalogue, documents)
    return standing(documents, project(files), catalogue, asked, findings, crashes, judges_all=judges_all)


def bullet_of(result: Standing, quote: str) -> BulletResult:
    return next(one for document in result.documents for one in document.bullets if one.quote == quote)


def test_a_bullet_passes_where_its_rules_find_nothing_and_what_is_counted_is_all_there() -> None:
    bullet = bullet_of(judged(made("no-model", MODELS), files={"main.py": COMPLETE}), MODELS)

    assert (bullet.verdict, bullet.reason) == (Verdict.PASSED, "")
    assert [one.text for one in bullet.evidence] == [
        "2 of 2 operations declare what they return.",
        "1 of 1 request bodies is a Pydantic model.",
    ]


def test_silent_rules_do_not_pass_a_bullet_of_which_a_part_is_done() -> None:
    bullet = bullet_of(judged(made("no-model", MODELS)), MODELS)

    assert bullet.verdict is Verdict.FOR_A_PERSON
    assert bullet.reason == (
        "No finding of 1 rule, but a count cannot tell whether this is enough: "
        "1 of 2 operations declares what it returns. 1 of 2 request bodies is a Pydantic model; 1 takes anything."
    )


def test_silent_rules_do_not_pass_a_bullet_whose_count_says_the_opposite() -> None:
    bare = APPLICATION.replace(" -> list[Item]", "").replace("item: Item, ", "")
    bullet = bullet_of(judged(made("no-model", MODELS), files={"main.py": bare}), MODELS)

    assert bullet.verdict is Verdict.FAILED
    assert bullet.reason == (
        "What is counted says so: 0 of 2 operations declare what they return. "
        "0 of 1 request bodies are Pydantic models; 1 takes anything."
    )


def test_a_bullet_about_no_share_passes_and_says_that_rules_alone_speak() -> None:
    bullet = bullet_of(judged(made("verb", RESTFUL)), RESTFUL)

    assert (bullet.verdict, bullet.reason) == (Verdict.PASSED, "No finding of 1 rule.")


def test_a_bullet_fails_where_a_part_of_it_fails() -> None:
    rules = (made("whole", HANDLED), made("part", VALIDATED))
    bullet = bullet_of(judged(*rules, files={"main.py": COMPLETE}, findings=(found("part"),)), HANDLED)

    assert bullet.verdict is Verdict.FAILED
    assert [one.rule for one in bullet.findings] == ["part"]
    assert [rule.name for rule in bullet.rules] == ["whole", "part"]


def test_a_bullet_fails_where_a_part_of_it_fails_by_its_count() -> None:
    bare = APPLICATION.replace("item: Item, ", "")
    bullet = bullet_of(judged(made("whole", HANDLED), files={"main.py": bare}), HANDLED)

    assert (bullet.verdict, bullet.reason) == (Verdict.FAILED, "A part of it has failed: All input is validated.")


def test_rules_that_report_nothing_prove_no_bullet_that_is_about_everything() -> None:
    bullet = bullet_of(judged(made("loop", CLEAN)), CLEAN)

    assert bullet.verdict is Verdict.FOR_A_PERSON
    assert bullet.reason.startswith("No finding of 1 rule, which is no proof.")


def test_a_finding_without_a_judged_bullet_stands_among_the_others() -> None:
    practice = type("Practice", (made("clock"),), {"__module__": "made.api.clock", "practice": "Clocks are right."})
    elsewhere = made("form", FORMS)
    findings = (found("clock"), found("form", "b.py"), found("no-model", "c.py"))
    result = judged(practice, elsewhere, made("no-model", MODELS), findings=findings)

    assert [(one.practice, [finding.rule for finding in one.findings]) for one in result.others] == [
        ("Clocks are right.", ["clock"]),
        ("Forms are submitted and validated with Flask-WTF.", ["form"]),
    ]
    assert [one.rule for one in result.findings] == ["form", "no-model", "clock"]


def test_what_only_a_document_that_is_not_judged_asks_for_is_not_told() -> None:
    catalogue = {"form": made("form", FORMS)}
    asked = rules_to_ask(Settings(), catalogue, ("flask",))
    findings = (found("form"),)

    result = standing(("flask",), project(FILES), catalogue, asked, findings, (), reviewing=())
    assert (result.others, result.findings) == ((), ())
    result = standing(("flask",), project(FILES), catalogue, asked, findings, (), reviewing=("form",))
    assert [one.practice for one in result.others] == ["Forms are submitted and validated with Flask-WTF."]


def test_what_a_review_asks_is_asked_though_no_bullet_wants_it() -> None:
    catalogue = {"clock": made("clock")}

    assert [rule.name() for rule in rules_to_ask(Settings(), catalogue, ("flask",))] == ["clock"]
    assert rules_to_ask(Settings(ignore=("clock",)), catalogue, ("flask",)) == []


def test_a_bullet_fails_by_the_worst_finding_first() -> None:
    findings = (found("no-model"), found("no-model", "b.py", Severity.ERROR), found("other"))
    bullet = bullet_of(judged(made("no-model", MODELS), made("other", TESTED), findings=findings), MODELS)

    assert bullet.verdict is Verdict.FAILED
    assert [one.place.path for one in bullet.findings] == ["b.py", "main.py"]
    assert [(rule.name, rule.state, rule.findings) for rule in bullet.rules] == [("no-model", "failed", 2)]


def test_a_suppressed_finding_fails_no_bullet() -> None:
    finding = found("no-model", suppression=Suppression("comment", "agreed"))

    result = judged(made("no-model", MODELS), files={"main.py": COMPLETE}, findings=(finding,))

    assert bullet_of(result, MODELS).verdict is Verdict.PASSED
    assert result.findings == ()


def test_a_finding_that_a_baseline_accepts_still_counts() -> None:
    finding = found("no-model", baseline_state="unchanged")

    assert bullet_of(judged(made("no-model", MODELS), findings=(finding,)), MODELS).verdict is Verdict.FAILED


def test_a_rule_that_crashed_leaves_its_bullet_unknown() -> None:
    result = judged(made("no-model", MODELS), crashes=(RuleCrash("no-model", "KeyError"),))
    bullet = bullet_of(result, MODELS)

    assert (bullet.verdict, bullet.reason) == (Verdict.UNKNOWN, "Rules failed on this project: `no-model`.")


def test_rules_that_are_off_leave_their_bullet_unknown() -> None:
    bullet = bullet_of(judged(made("no-model", MODELS), settings=Settings(ignore=("no-model",))), MODELS)

    assert (bullet.verdict, bullet.reason) == (Verdict.UNKNOWN, "Its rules are off: `no-model`.")


def test_a_bullet_with_strict_rules_alone_is_judged_by_them() -> None:
    strict = made("strict-rule", MODELS, TESTED, preset=Preset.STRICT)

    assert [rule.name() for rule in rules_to_ask(Settings(), {"strict-rule": strict}, tuple(DOCUMENTS))] == [
        "strict-rule"
    ]
    both = {"strict-rule": strict, "no-model": made("no-model", MODELS, TESTED)}
    assert [rule.name() for rule in rules_to_ask(Settings(), both, tuple(DOCUMENTS))] == ["no-model"]
    assert rules_to_ask(Settings(ignore=("strict-rule",)), {"strict-rule": strict}, tuple(DOCUMENTS)) == []


def test_nothing_is_judged_where_the_project_has_no_such_thing() -> None:
    bullet = bullet_of(judged(made("no-broker", TASKS)), TASKS)

    assert (bullet.verdict, bullet.reason) == (
        Verdict.UNKNOWN,
        "There is nothing to judge: the project has no Celery tasks.",
    )


def test_a_bullet_without_rules_is_for_a_person_who_is_told_why() -> None:
    bullet = bullet_of(judged(), FAST)

    assert bullet.verdict is Verdict.FOR_A_PERSON
    assert bullet.reason == "Time cannot be read from the source: a load test measures it."


def test_a_project_without_tests_is_unknown_and_not_passed() -> None:
    rule = made("untested", TESTED)
    bullet = bullet_of(judged(rule), TESTED)

    assert (bullet.verdict, bullet.reason) == (
        Verdict.UNKNOWN,
        "There is nothing to judge: there are no tests in the reviewed folder.",
    )
    tested = bullet_of(judged(rule, files={**FILES, "test_items.py": TESTS}), TESTED)
    assert (tested.verdict, tested.evidence[0].text) == (
        Verdict.FOR_A_PERSON,
        "1 of 2 routes is requested by a test.",
    )


def test_what_is_mostly_not_known_has_not_passed() -> None:
    hidden = APPLICATION.replace('"/items"', "paths.read()")
    bullet = bullet_of(
        judged(made("verb", "Design and implement RESTful APIs"), files={"main.py": hidden}),
        "Design and implement RESTful APIs",
    )

    assert bullet.verdict is Verdict.UNKNOWN
    assert "2 routes in 1 application; the paths of 2 are not known." in bullet.reason


def test_a_document_about_another_framework_is_judged_on_demand_only() -> None:
    rule = made("form", FORMS)
    document = judged(rule, documents=("flask",)).documents[0]

    assert document.reason == "The project has no Flask application."
    assert {bullet.verdict for bullet in document.bullets} == {Verdict.NOTHING}
    asked = judged(rule, documents=("flask",), judges_all=True).documents[0]
    assert asked.reason == ""
    assert {bullet.verdict for bullet in asked.bullets} == {Verdict.UNKNOWN, Verdict.FOR_A_PERSON, Verdict.FAILED}


def test_a_bullet_that_documents_share_counts_once() -> None:
    documents = ("fastapi-git", "fastapi-celery-redis", "flask")
    result = judged(made("no-model", MODELS), files={"main.py": COMPLETE}, documents=documents)

    quotes = {one.quote for document in result.documents for one in document.bullets}
    assert sum(result.count(verdict) for verdict in Verdict) == len(quotes)
    assert result.count(Verdict.PASSED) == 1


def test_evidence_that_cannot_be_counted_costs_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    from reviewer.checklist import judging

    def fails(_: object) -> Iterator[None]:
        raise KeyError("x")

    monkeypatch.setattr(judging, "MEASURES", {**judging.MEASURES, "response-models": fails})
    bullet = bullet_of(judged(made("no-model", MODELS)), MODELS)

    assert (bullet.verdict, bullet.reason) == (Verdict.UNKNOWN, "The evidence cannot be counted: KeyError.")


@pytest.mark.parametrize("files", [{}, FILES, {"a.py": "x = 1"}])
def test_every_bullet_of_every_document_has_a_verdict_on_any_project(files: dict[str, str]) -> None:
    catalogue = load_catalogue()
    result = standing(tuple(DOCUMENTS), project(files), catalogue, (), (), (), judges_all=True)

    assert [[one.title for one in document.sections] for document in result.documents] == [
        list(sections) for sections in DOCUMENTS.values()
    ]
    assert not [one for document in result.documents for one in document.bullets if "cannot be counted" in one.reason]
    assert all(
        one.reason for document in result.documents for one in document.bullets if one.verdict is not Verdict.PASSED
    )
