"""What is wrong with a commit message, and where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.conventions.commit_message import COMMIT_TYPES, CommitMessageOptions, clean_up, judge_message
from reviewer.conventions.message_kind import MessageKind, classify_message, is_bot


def marked(message: str, **options: object) -> list[str]:
    """The part of the message that each problem points at."""
    lines = message.split("\n")
    problems = judge_message(message, CommitMessageOptions(**options))  # type: ignore[arg-type]
    return [lines[problem.line - 1][problem.column : problem.end_column] for problem in problems]


def proposals(message: str, **options: object) -> list[str]:
    return [one.proposal for one in judge_message(message, CommitMessageOptions(**options))]  # type: ignore[arg-type]


@pytest.mark.parametrize("commit_type", COMMIT_TYPES)
def test_each_usual_type_is_accepted(commit_type: str) -> None:
    assert marked(f"{commit_type}: close the session") == []


@pytest.mark.parametrize(
    "message",
    [
        "feat(users): list accounts by mail",
        "feat(users)!: list accounts by mail",
        "fix!: refuse an expired token",
        "fix(PROJ-9): refuse an expired token",
        "fix(#9): refuse an expired token",
        "fix(api, client): refuse an expired token",
        "fix(some scope): refuse an expired token",
        "fix: refuse ID tokens of a Strange issuer",
        "fix: API keys are compared in constant time",
        "docs: README names the ports",
        "fix: `UserService` keeps its session",
        "fix: 404 for accounts that are gone",
        "fix: :bug: refuse an expired token",
        "fix: wait for it...",
        "feat: добавить поиск",
        "feat: 検索を追加",
        "feat: serve version 2.0",
        "feat: list accounts (#123)",
        "fix: close the session\r\n\r\nIt leaked.\r\n",
        "fix: close the session\n\n\n\nIt leaked.\n\nReviewed-by: Ada\nRefs: #1\n",
        "feat: drop v1\n\nBREAKING CHANGE: use v2",
        "feat: drop v1\n\nBREAKING-CHANGE: use v2",
        "feat: drop v1\n\nBREAKING CHANGE:\n- use v2",
        "docs: explain what a breaking change is\n\nA breaking change is one that breaks.",
    ],
)
def test_conventional_messages_are_accepted(message: str) -> None:
    assert judge_message(message) == []


@pytest.mark.parametrize(
    ("header", "part", "proposal"),
    [
        ("Fix: close the session", "Fix", "fix: close the session"),
        ("FEAT(users): list", "FEAT", "feat(users): list"),
        ("bugfix: close the session", "bugfix", "fix: close the session"),
        ("tests(users): cover the list", "tests", "test(users): cover the list"),
        ("release: version two", "release", ""),
        ("fix:close the session", ":", "fix: close the session"),
        ("fix:  close the session", ":  ", "fix: close the session"),
        ("fix : close the session", " ", "fix: close the session"),
        ("fix (users): close the session", " ", "fix(users): close the session"),
        ("fix(users) !: close the session", " ", "fix(users)!: close the session"),
        ("fix!(users): close the session", "(users): close the session", "fix(users)!: close the session"),
        ("fix(users)(api): close", "(api): close", ""),
        ("fix( ): close the session", "( )", "fix: close the session"),
        ("fix( users ): close", "( users )", "fix(users): close"),
        ("fix(users: close", "(users: close", ""),
        ("fix{users}: close", "{", "fix(users): close"),
        ("fix!!!: close", "!!", "fix!: close"),
        ("fix\uff1aclose", "\uff1a", "fix: close"),
        ("fix", "fix", ""),
        ("fix(users)", "fix(users)", ""),
        ("fix(users):", ":", ""),
        (": close the session", ":", ""),
        ("(users): close the session", "(", ""),
        ("  fix: close the session", "  ", "fix: close the session"),
        ("🐛 fix: close the session", "🐛 ", "fix: close the session"),
        ("[PROJ-9] fix: close the session", "[PROJ-9] ", "fix(PROJ-9): close the session"),
        ("(fix) close the session", "(fix)", "fix: close the session"),
        ("[Feature]: Add a search", "[Feature]", "feat: add a search"),
        ("lint (#12)", "lint (#12)", ""),
        ("Refactor PAT test", "Refactor PAT test", ""),
        ("PROJ-9: fix: close the session", "PROJ-9", "fix(PROJ-9): close the session"),
        ("Close the session", "Close the session", ""),
        ("Add a search.", "Add a search.", "feat: add a search"),
        ("Fix the login", "Fix the login", "fix: the login"),
        ("fix - close the session", "fix - close the session", "fix: close the session"),
        ("https://example.org", "https://example.org", ""),
        ("fix: Close the session", "Close", "fix: close the session"),
        ("fix: CLOSE the session", "CLOSE", "fix: close the session"),
        ("fix: UserSession leaks", "UserSession", ""),
        ("fix: Закрыть сессию", "Закрыть", "fix: закрыть сессию"),
        ("fix: close the session.", ".", "fix: close the session"),
        ("fix: " + "a" * 100, "a" * 5, ""),
    ],
)
def test_a_slip_in_the_header_is_pointed_at_and_mended(header: str, part: str, proposal: str) -> None:
    assert (marked(header), proposals(header)) == ([part], [proposal])


def test_several_slips_share_a_proposal_that_mends_all() -> None:
    header = "Feature(users): Add a search."

    assert marked(header) == ["Feature", "Add", "."]
    assert set(proposals(header)) == {"feat(users): add a search"}


def test_a_number_that_the_forge_adds_does_not_count_for_the_length() -> None:
    assert marked("fix: " + "a" * 95 + " (#1234)") == []


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ("fix: close\nthe session", ["the session"]),
        ("fix: close\n\n" + "word " * 30, [("word " * 30)[100:].rstrip()]),
        ("fix: close\n\nsee https://example.org/" + "a" * 100, []),
        ("fix: close\n\n" + "0a" * 100, []),
        ("fix: close\n\n    " + "code " * 30, []),
        ("fix: close\n\n```\n" + "code " * 30 + "\n```\n\n" + "word " * 21 + "x", ["word x"]),
        ("fix: close\n\n> " + "quoted " * 30, []),
        ("fix: close\n\nCo-authored-by: " + "Ada " * 30, []),
        ("fix: close\n\nBREAKING CHANGE: " + "word " * 17 + "end", ["d end"]),
        ("fix: close\n\nBreaking change: use v2", ["Breaking change"]),
        ("fix: close\n\nbreaking-change: use v2", ["breaking-change"]),
    ],
)
def test_the_body_is_judged(message: str, parts: list[str]) -> None:
    assert marked(message) == parts


def test_a_message_of_thousands_of_bad_lines_gives_few_problems() -> None:
    assert len(judge_message("fix: close\n\n" + "breaking change: all\n" * 5000)) == 20


def test_long_lines_are_one_problem() -> None:
    problems = judge_message("fix: close\n\n" + ("word " * 40 + "\n") * 3)

    assert [problem.text for problem in problems] == [
        "The line has 199 characters, which is more than 100, as it is in 2 more lines."
    ]


def test_the_body_that_a_forge_makes_of_a_pull_request_may_have_long_lines() -> None:
    assert judge_message("fix: close (#12)\n\n" + "word " * 40) == []


@pytest.mark.parametrize("message", ["", "\n\n", "# comment\n", "   \n\t\n", "# fix: close\n# ---- >8 ----\n"])
def test_an_empty_message_is_one_problem(message: str) -> None:
    assert [problem.text for problem in judge_message(message)] == ["The commit message is empty."]


def test_git_cleans_a_message_before_it_is_judged_and_lines_keep_their_numbers() -> None:
    message = (
        "\n# written by a template\n\nfix: close.  \n\nBody\n# On branch main\n"
        "# ------------------------ >8 ------------------------\ndiff --git a b\n"
    )

    assert [(line.number, line.text) for line in clean_up(message)] == [(4, "fix: close."), (5, ""), (6, "Body")]
    assert [(one.line, one.column) for one in judge_message(message)] == [(4, 10)]


def test_the_comment_character_is_an_option() -> None:
    assert judge_message("; a comment\nfix: close", CommitMessageOptions(comment_character=";")) == []


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("Merge branch 'main' into feat/search", MessageKind.MERGE),
        ("Merge pull request #1 from a/b", MessageKind.MERGE),
        ("Merge branches 'a' and 'b'", MessageKind.MERGE),
        ("Merge tag 'v1.0'", MessageKind.MERGE),
        ("Merge 0123abcd into 4567cdef", MessageKind.MERGE),
        ("Merge remote-tracking branch 'origin/main'", MessageKind.MERGE),
        ("Merged PR 12: add a search", MessageKind.MERGE),
        ("Merged in feat/search (pull request #3)", MessageKind.MERGE),
        ('Revert "fix: close"', MessageKind.REVERT),
        ('Reapply "fix: close"', MessageKind.REVERT),
        ("Revert 0123abcdef", MessageKind.REVERT),
        ("fixup! fix: close", MessageKind.AUTOSQUASH),
        ("amend! fix: close", MessageKind.AUTOSQUASH),
        ("1.4.0", MessageKind.RELEASE),
        ("v1.4.0-rc.1 [skip ci]", MessageKind.RELEASE),
        ("Bump version: 1.3.0 → 1.4.0", MessageKind.RELEASE),
        ("Release 1.4.0", MessageKind.RELEASE),
        ("Bump fastapi from 0.115.0 to 0.116.0", MessageKind.BOT),
        ("chore(deps): Bump fastapi from 0.115.0 to 0.116.0", MessageKind.BOT),
        ("Bump the python group across 1 directory with 3 updates", MessageKind.BOT),
        ("Update dependency fastapi to v0.116.0", MessageKind.BOT),
        ("Update actions/checkout action to v5", MessageKind.BOT),
        ("chore(l10n): New Crowdin updates (#12)", MessageKind.BOT),
        ("[pre-commit.ci] pre-commit autoupdate", MessageKind.BOT),
        ("Merge the two modules", MessageKind.AUTHORED),
        ("Merging things", MessageKind.AUTHORED),
        ("Merge user and account models into one", MessageKind.AUTHORED),
        ("Revert the change of yesterday", MessageKind.AUTHORED),
        ("1.4 seconds are too long", MessageKind.AUTHORED),
        ("1.4.0 is out", MessageKind.AUTHORED),
        ("Bump fastapi", MessageKind.AUTHORED),
        ("Update the README", MessageKind.AUTHORED),
    ],
)
def test_messages_that_a_tool_words_are_known(header: str, kind: MessageKind) -> None:
    assert classify_message([header]) is kind
    assert (judge_message(header) == []) == (kind is not MessageKind.AUTHORED)


def test_a_revert_that_somebody_reworded_is_known_by_its_body() -> None:
    assert judge_message("Revert the search\n\nThis reverts commit 0123abcdef.") == []


@pytest.mark.parametrize(
    ("author", "answer"),
    [
        ("dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>", True),
        ("pre-commit-ci[bot] <x@y>", True),
        ("Renovate Bot <renovate@whitesourcesoftware.com>", True),
        ("Ada Lovelace <ada@example.org>", False),
        ("Abbott <abbott@example.org>", False),
    ],
)
def test_bots_are_known_by_their_names(author: str, answer: bool) -> None:
    assert is_bot(author) is answer


@pytest.mark.parametrize(
    ("message", "options", "parts"),
    [
        ("wip: half", {"extra_types": ("wip",)}, []),
        ("chore: tidy", {"types": ("feat", "fix")}, ["chore"]),
        ("fix: close", {"require_scope": True}, [":"]),
        ("fix!: close", {"require_scope": True}, ["!"]),
        ("fix(api): close", {"scopes": ("api", "users")}, []),
        ("fix(api,users): close", {"scopes": ("api", "users")}, []),
        ("fix(api/core): close", {"scopes": ("api/core",)}, []),
        ("fix(api, web): close", {"scopes": ("api",)}, [" web"]),
        ("fix: " + "a" * 50, {"max_header_length": 50}, ["a" * 5]),
        ("fix: " + "a" * 500, {"max_header_length": 0}, []),
        ("fix: close\n\n" + "word " * 90, {"max_body_line_length": 0}, []),
        ("fix: Close", {"subject_case": "any"}, []),
        ("fix: UserSession leaks", {"names": ("UserSession",)}, []),
        ("fix: close.", {"allow_full_stop": True}, []),
        ("fixup! fix: close", {"allow_autosquash": False}, ["fixup!"]),
        ("feat: drop\n\nBREAKING CHANGE: x", {"require_breaking_mark": True}, [":"]),
        ("feat(api): drop\n\nBREAKING CHANGE: x", {"require_breaking_mark": True}, [":"]),
        ("feat!: drop\n\nBREAKING CHANGE: x", {"require_breaking_mark": True}, []),
        ("feat!: drop", {"require_breaking_footer": True}, ["!"]),
        ("feat!: drop\n\nBREAKING CHANGE: x", {"require_breaking_footer": True}, []),
    ],
)
def test_options_change_the_verdict(message: str, options: dict[str, object], parts: list[str]) -> None:
    assert marked(message, **options) == parts


ALPHABET = "abfix feat:!()[]{}.#\n\r\t-_\"'`A\u00e9\uff1a\u2028>8|~0"


@given(st.text(alphabet=ALPHABET, max_size=80) | st.text(max_size=80))
def test_any_text_gets_problems_within_it(message: str) -> None:
    lines = message.split("\n")
    for problem in judge_message(message):
        assert 0 <= problem.column <= problem.end_column <= len(lines[problem.line - 1])


@given(st.text(alphabet=ALPHABET, max_size=60))
def test_a_proposal_for_a_header_is_accepted(header: str) -> None:
    for problem in judge_message(header):
        if problem.proposal and problem.line == 1:
            assert judge_message(problem.proposal) == []


@pytest.mark.parametrize("unit", ["a", " ", "(", "!", ":", "-", "a ", "feat(", "fix: ", "\t", "é", "#", "1.", "Merge "])
@pytest.mark.parametrize("prefix", ["", "fix: ", "fix(", "Merge "])
def test_headers_of_any_length_are_judged(prefix: str, unit: str) -> None:
    """A pattern that tries alternatives again and again would not come to an end."""
    assert judge_message(f"{prefix}{unit * 20_000}x") or (prefix + unit).startswith("#")


@pytest.mark.parametrize(
    ("line", "is_prose"),
    [
        ("word " * 21, True),
        ("a" * 101, True),
        ("BREAKING CHANGE: " + "word " * 20, True),
        ("BREAKING-CHANGE: " + "word " * 20, True),
        ("see app/" + "a" * 60 + "/views.py for how the request is answered there", False),
        ("0a" * 51, False),
        ("検索" * 51, False),
        ("Co-authored-by: " + "Ada " * 25, False),
    ],
)
def test_only_lines_that_can_be_wrapped_are_too_long(line: str, is_prose: bool) -> None:
    assert bool(judge_message(f"fix: close\n\n{line}")) == is_prose
