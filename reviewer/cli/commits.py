"""`reviewer commits`: judges the messages of a range of commits, as a check on pull requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from reviewer.cli.conventions import configured, convention_options, open_here, report
from reviewer.cli.session import UsageProblem
from reviewer.conventions.branch_name import branch_name_options
from reviewer.conventions.commit_message import judge_stored_message
from reviewer.conventions.message_kind import MessageKind, classify_message, is_bot
from reviewer.conventions.problem import quoted
from reviewer.git import read_state
from reviewer.git_graph import COMMIT_FOLDER, LoggedCommit
from reviewer.git_history import History, read_history
from reviewer.git_plumbing import GitError
from reviewer.report.summary import counted
from reviewer.rule import Finding, Rule
from reviewer.selection import is_active

COMMIT_LIMIT = 1_000  # commits of a range; more are no pull request
FIXUPS = "fixup-left-over"


@click.command("commits")
@click.argument("revisions", metavar="[RANGE]", required=False)
@convention_options
def command(revisions: str | None, **options: Any) -> int:
    """Judge the messages of commits.

    RANGE is `A..B` (of B, not of A), `A...B` (the same, as forges compare branches) or one commit. Without it these are
    the commits of the pull request or push that the pipeline runs for, else those of the current branch that no
    long-lived branch has yet. Merges and the commits of bots are left alone.
    """
    shown = {key: options.pop(key) for key in ("reports", "output", "no_source")}
    session = open_here(**options)
    try:
        state = read_state(session.root)
        if state.head is None:
            raise GitError(state.problem or "The repository has no commit yet.")
        history = read_history(session.root, state, branch_name_options(session.settings.options))
        commits = _in_range(history, revisions) if revisions is not None else _new_commits(history)
        if len(commits) > COMMIT_LIMIT:
            raise GitError(f"The range holds more than {COMMIT_LIMIT} commits.")
        rule = configured(session, "commit-message-format")
        fixups = configured(session, FIXUPS)
        rules = [rule, fixups] if is_active(session.catalogue[FIXUPS], session.settings) else [rule]
        findings = [finding for commit in commits for finding in _judge(commit, rules)]
        lines = {COMMIT_FOLDER + commit.name: commit.message.split("\n") for commit in commits}

        def line_of(path: str, number: int) -> str:
            written = lines.get(path, [])
            return written[number - 1] if 0 < number <= len(written) else ""

        reviewed = counted(len(commits), "commit")
        return report(session, findings, rules=rules, reviewed=reviewed, line_of=line_of, shown=shown)
    except GitError as error:
        raise UsageProblem(str(error)) from None
    finally:
        session.cache.close()


def _in_range(history: History, revisions: str) -> Sequence[LoggedCommit]:
    """The commits that a person names. Raises GitError."""
    before, dots, after = revisions.partition("...") if "..." in revisions else revisions.partition("..")
    if not dots:
        return history.between(None, before, 1)
    return history.between(before or "HEAD", after or "HEAD", COMMIT_LIMIT + 1)


def _new_commits(history: History) -> Sequence[LoggedCommit]:
    """The commits that the pipeline, or else the branch, brings. Raises GitError where that is not known."""
    pushed = history.pushed
    if pushed is not None:
        return pushed
    if history.work is not None:
        return history.work.commits
    unpublished = history.unpublished
    if unpublished is not None:
        return unpublished
    raise GitError(history.problem or "Which commits are new is not known here; name a range such as `main..HEAD`.")


def _judge(commit: LoggedCommit, rules: Sequence[Rule]) -> Iterator[Finding]:
    if commit.is_merge or is_bot(commit.author):
        return
    rule: Any = rules[0]
    if len(rules) > 1 and classify_message([commit.subject]) is MessageKind.AUTOSQUASH:
        yield rules[1].at(commit, f"The commit still waits to be squashed: {quoted(commit.subject)}.")
        return
    for problem in judge_stored_message(commit.message, rule.options):
        yield rule.about(problem, commit.place.path, symbol=commit.symbol)
