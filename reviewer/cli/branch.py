"""`reviewer branch`: judges the name of a branch."""

from __future__ import annotations

import os
from typing import Any

import click

from reviewer.cli.conventions import configured, convention_options, open_here, report
from reviewer.cli.session import Session, UsageProblem
from reviewer.conventions.branch_name import BranchKind, classify_branch, judge_branch_name
from reviewer.git import BRANCH_PREFIX, read_state
from reviewer.pipeline import find_pipeline
from reviewer.report.escaping import visible

#: How pre-commit tells what is pushed: the reference that the remote gets.
PUSHED = "PRE_COMMIT_REMOTE_BRANCH"


@click.command("branch")
@click.argument("name", required=False)
@convention_options
def command(name: str | None, **options: Any) -> int:
    """Judge the name of a branch: the current one, or NAME.

    In a hook of pre-commit before a push, it is the name that the branch gets on the remote. A protected branch such
    as main is no place for work, so it is refused too; only in a pipeline, where its commits have been merged already,
    is it accepted.
    """
    shown = {key: options.pop(key) for key in ("reports", "output", "no_source")}
    session = open_here(**options)
    try:
        rule: Any = configured(session, "branch-name")
        if name is None:
            name = os.environ.get(PUSHED) or None
        judged = _named_branch(name) if name is not None else _current_branch(session, rule.options)
        problems = [] if judged is None else judge_branch_name(judged, rule.options)
        findings = [rule.about(problem, judged, 0) for problem in problems]
        reviewed = "no branch" if judged is None else "the branch name"
        return report(session, findings, rules=[rule], reviewed=reviewed, line_of=lambda *_: judged or "", shown=shown)
    finally:
        session.cache.close()


def _named_branch(name: str) -> str | None:
    """The branch of a reference or a name, None with a note for tags and the like."""
    if name.startswith("refs/") and not name.startswith(BRANCH_PREFIX):
        click.echo(f"reviewer: note: {visible(name)} is no branch, so its name is not judged", err=True)
        return None
    return name.removeprefix(BRANCH_PREFIX)


def _current_branch(session: Session, rule_options: Any) -> str | None:
    """The branch to judge, None with a note where there is none. Raises UsageProblem outside a repository."""
    state = read_state(session.root)
    if state.branch is None and state.head is None:
        raise UsageProblem(state.problem or "The folder is not in a git repository.")
    if state.branch is None:
        click.echo("reviewer: note: HEAD is detached, so there is no branch to judge", err=True)
        return None
    is_protected = classify_branch(state.branch, rule_options) is BranchKind.PROTECTED
    if is_protected and find_pipeline(session.root.resolve()) is not None:
        click.echo(
            f"reviewer: note: the pipeline runs for {visible(state.branch)}, which is no branch for work", err=True
        )
        return None
    return state.branch
