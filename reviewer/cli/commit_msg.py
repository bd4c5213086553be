"""`reviewer commit-msg`: judges the message of a commit that is being made, as git's commit-msg hook."""

from __future__ import annotations

from typing import Any

import click

from reviewer.cli.conventions import configured, convention_options, open_here, report
from reviewer.cli.session import UsageProblem
from reviewer.conventions.commit_message import judge_lines
from reviewer.git_messages import is_merging, message_lines, read_message, read_message_settings
from reviewer.git_plumbing import GitError

MESSAGE_PATH = ".git/COMMIT_EDITMSG"


@click.command("commit-msg")
@click.argument("file", type=click.Path(allow_dash=True))
@convention_options
def command(file: str, **options: Any) -> int:
    """Judge the message of a commit before git makes it.

    FILE is what git hands to its commit-msg hook, or `-` for standard input, such as the title of a pull request.
    Comments, scissors and encoding are treated as git's configuration says.
    """
    shown = {name: options.pop(name) for name in ("reports", "output", "no_source")}
    session = open_here(**options)
    try:
        git = read_message_settings(session.root)
        message = read_message(file, git.encoding)
        rule: Any = configured(session, "commit-message-format")
        lines = message_lines(message, git, rule.options.comment_character)
        problems = [] if is_merging(session.root) else judge_lines(lines, rule.options)
        written = message.split("\n")

        def line_of(_: str, number: int) -> str:
            return written[number - 1] if 0 < number <= len(written) else ""

        findings = [rule.about(problem, MESSAGE_PATH) for problem in problems]
        return report(session, findings, rules=[rule], reviewed="the commit message", line_of=line_of, shown=shown)
    except GitError as error:
        raise UsageProblem(str(error)) from None
    finally:
        session.cache.close()
