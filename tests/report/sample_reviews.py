"""Reviews for the tests of reports: an ordinary one, and strategies for hostile ones."""

from __future__ import annotations

from hypothesis import strategies as st

from reviewer.results import Problem, Review, RuleCrash, RuleInfo, UnknownCount, UnknownExample
from reviewer.rule import Category, Confidence, Finding, Fix, Place, Related, Severity, Suppression

SOURCE = {
    ("app/api.py", 12): "def read_items(session):\n",
    ("app/main.py", 3): "app.include_router(router)\n",
}

MISSING_AUTH = RuleInfo(
    name="missing-auth",
    family="auth",
    summary="Anybody can call a route that reads or changes data.",
    documentation="Anybody can call a route that reads or changes data.\n\n## Why\n\nA route is public by default.",
    severity=Severity.ERROR,
    category=Category.SECURITY,
    cwe=89,
    tags=("fastapi",),
)
NO_SUMMARY = RuleInfo(
    name="route-without-summary",
    family="openapi",
    summary="A route has no summary.",
    documentation="A route has no summary.",
    severity=Severity.WARNING,
    category=Category.CONTRACT,
    confidence=Confidence.MEDIUM,
)


def place(path: str = "app/api.py", line: int = 12, column: int = 4, end_column: int = 14) -> Place:
    return Place(path, line, column, line, end_column)


def finding(
    message: str = "GET /items can be called without authentication.",
    where: Place | None = None,
    severity: Severity = Severity.ERROR,
    **more: object,
) -> Finding:
    return Finding(rule="missing-auth", message=message, place=where or place(), severity=severity, **more)  # type: ignore[arg-type]


FINDING = finding(
    hint="Add a security dependency to the route.",
    symbol="app.api:read_items",
    related=(Related(place("app/main.py", 3, 0, 26), "The router is included here."),),
    fingerprint="0f3a",
)

REVIEW = Review(
    root="/somewhere/project",
    findings=(
        FINDING,
        finding("GET /users can be called without authentication.", place(line=20), Severity.WARNING),
        finding(
            "GET /health can be called without authentication.",
            place(line=30),
            suppression=Suppression("comment", "Asked by the load balancer.", place(line=29)),
        ),
    ),
    problems=(Problem("app/broken.py", "syntax-error", "Invalid syntax.", 3),),
    crashes=(RuleCrash("route-without-summary", "KeyError: 'summary'"),),
    unknowns=(UnknownCount("route path", 2, (UnknownExample(place(line=40), "read from the environment"),)),),
    files=47,
    python_files=40,
    routes=23,
    seconds=0.314,
    rules=(MISSING_AUTH, NO_SUMMARY),
    tool_version="1.2.3",
)
CLEAN = Review(root="/somewhere/project", files=47, python_files=40, routes=1, seconds=0.314)


def line_of(path: str, number: int) -> str | None:
    return SOURCE.get((path, number))


NASTY = (
    *("\n::error::x", "\r", "::warning file=a::", "##[error]", "##vso[task.x]", "##teamcity[x]", "##", "vso["),
    *("\x1b[31m", "\x07", "\x00", "\x7f", "\x85", "\x9b", "\u2028", "\u2029", "\u202e", "\u2066", "\u200b", "\u200d"),
    *("\ufe0f", "\ufeff", "\udc80", "\ud800", "\U000e0041", "\u3164", "\xad", "\u3000", "\t", " ", "%"),
    *(
        "{}",
        "{0}",
        "%s",
        "[",
        ":",
        "[red]",
        "](http://example.com)",
        "\\x41",
        "\\",
        '"',
        ",",
        "é",
        "日本",
        "e\u0301",
        "🦊",
        "a/b.py",
        "<script>",
    ),
)
texts = st.lists(
    st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=()), max_size=8)), max_size=8
).map("".join)
places = st.builds(
    lambda path, line, column, lines, width: Place(path, line, column, line + lines, column + width),
    *(texts, st.integers(0, 2_000_000), st.integers(0, 60), st.integers(0, 2), st.integers(0, 60)),
)
severities = st.sampled_from(list(Severity))
findings = st.builds(
    Finding,
    rule=texts,
    message=texts,
    place=places,
    severity=severities,
    hint=texts,
    symbol=texts,
    related=st.lists(st.builds(Related, places, texts), max_size=2).map(tuple),
    fix=st.none() | st.builds(Fix, texts, st.just(()), st.booleans()),
    confidence=st.sampled_from(list(Confidence)),
    fingerprint=texts,
    suppression=st.none()
    | st.builds(Suppression, st.sampled_from(["comment", "file-comment", "baseline"]), texts, st.none() | places),
)
rules = st.builds(
    RuleInfo,
    name=texts,
    family=texts,
    summary=texts,
    documentation=texts,
    severity=severities,
    category=st.sampled_from(list(Category)),
    confidence=st.sampled_from(list(Confidence)),
    cwe=st.none() | st.integers(1, 2000),
    tags=st.lists(texts, max_size=30).map(tuple),
)
counts = st.integers(0, 10**6)
reviews = st.builds(
    Review,
    root=texts,
    findings=st.lists(findings, max_size=3).map(tuple),
    problems=st.lists(st.builds(Problem, texts, texts, texts, counts), max_size=2).map(tuple),
    crashes=st.lists(st.builds(RuleCrash, texts, texts), max_size=2).map(tuple),
    unknowns=st.lists(
        st.builds(
            UnknownCount, texts, counts, st.lists(st.builds(UnknownExample, places, texts), max_size=2).map(tuple)
        ),
        max_size=2,
    ).map(tuple),
    files=counts,
    python_files=counts,
    routes=counts,
    seconds=st.floats(0, 1000),
    rules=st.lists(rules, max_size=2).map(tuple),
    tool_version=texts,
)
