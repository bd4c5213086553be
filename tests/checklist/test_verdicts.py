"""Verdicts: what a bullet is said to be, and why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from made_rules import make_rule

from reviewer.checklist import DOCUMENTS
from reviewer.checklist.verdicts import BulletResult, Standing, Verdict, rules_to_ask, standing
from reviewer.project.in_memory import project
from reviewer.registry import load_catalogue
from reviewer.results import RuleCrash
from reviewer.rule import Finding, Place, Preset, Rule, Severity, Suppression
from reviewer.settings import Settings

MODELS = "Use FastAPI's type hinting and Pydantic models for request and response data validation."
TESTED = "Use TestClient to call endpoints in tests and make assertions on the results."
TASKS = "Test the Celery tasks by mocking the Redis broker."
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


def test_a_bullet_passes_where_its_rules_find_nothing_and_there_is_something_to_judge() -> None:
    bullet = bullet_of(judged(made("no-model", MODELS)), MODELS)

    assert (bullet.verdict, bullet.reason) == (Verdict.PASSED, "")
    assert [one.text for one in bullet.evidence] == [
        "1 of 2 operations declare what they return.",
        "1 of 2 request bodies are Pydantic models.",
    ]


def test_a_bullet_fails_by_the_worst_finding_first() -> None:
    findings = (found("no-model"), found("no-model", "b.py", Severity.ERROR), found("other"))
    bullet = bullet_of(judged(made("no-model", MODELS), made("other", TESTED), findings=findings), MODELS)

    assert bullet.verdict is Verdict.FAILED
    assert [one.place.path for one in bullet.findings] == ["b.py", "main.py"]
    assert [(rule.name, rule.state, rule.findings) for rule in bullet.rules] == [("no-model", "failed", 2)]


def test_a_suppressed_finding_fails_no_bullet() -> None:
    finding = found("no-model", suppression=Suppression("comment", "agreed"))

    assert bullet_of(judged(made("no-model", MODELS), findings=(finding,)), MODELS).verdict is Verdict.PASSED


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

    assert (bullet.verdict, bullet.reason) == (Verdict.NOTHING, "The project has no Celery tasks.")


def test_a_bullet_without_rules_is_for_a_person_who_is_told_why() -> None:
    bullet = bullet_of(judged(), FAST)

    assert bullet.verdict is Verdict.FOR_A_PERSON
    assert bullet.reason == "Time cannot be read from the source: a load test measures it."


def test_a_project_without_tests_is_unknown_and_not_passed() -> None:
    rule = made("untested", TESTED)
    bullet = bullet_of(judged(rule), TESTED)

    assert (bullet.verdict, bullet.reason) == (Verdict.UNKNOWN, "There are no tests in the reviewed folder.")
    tested = bullet_of(judged(rule, files={**FILES, "test_items.py": TESTS}), TESTED)
    assert (tested.verdict, tested.evidence[0].text) == (Verdict.PASSED, "1 of 2 routes are requested by a test.")


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
    assert {Verdict.NOTHING, Verdict.FOR_A_PERSON} <= {bullet.verdict for bullet in asked.bullets}


def test_a_bullet_that_documents_share_counts_once() -> None:
    result = judged(made("no-model", MODELS), documents=("fastapi-git", "fastapi-celery-redis", "flask"))

    quotes = {one.quote for document in result.documents for one in document.bullets}
    assert sum(result.count(verdict) for verdict in Verdict) == len(quotes)
    assert result.count(Verdict.PASSED) == 1


def test_evidence_that_cannot_be_counted_costs_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    from reviewer.checklist import verdicts

    def fails(_: object) -> Iterator[None]:
        raise KeyError("x")

    monkeypatch.setattr(verdicts, "MEASURES", {**verdicts.MEASURES, "response-models": fails})
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
