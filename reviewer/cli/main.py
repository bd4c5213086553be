"""The command `reviewer`: a group whose commands are imported when they run."""

from __future__ import annotations

import gc
import io
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from reviewer import __version__

#: Commands with the module below `reviewer.cli` that holds each, and the line that the overview shows.
COMMANDS = {
    "check": ("check", "Review a repository and report what breaks its conventions."),
    "baseline": ("baseline", "Write the file of findings that are accepted for now."),
    "routes": ("routes", "Show every route of the web applications, read without running them."),
    "checklist": ("checklist", "Show where a project stands by the review checklists, bullet by bullet."),
    "commit-msg": ("commit_msg", "Judge the message of a commit before git makes it (commit-msg hook)."),
    "commits": ("commits", "Judge the messages of commits: of a pull request, a push, a branch or a range."),
    "branch": ("branch", "Judge the name of a branch."),
    "explain": ("explain", "Explain a rule: what it reports, why, and how to mend it."),
    "rules": ("rules", "List the rules."),
    "config": ("config", "Show the effective configuration and where each value comes from."),
    "model": ("model", "Dump what is known of a project, as a rule can ask it."),
    "new-rule": ("new_rule", "Write the files of a new rule."),
    "completion": ("completion", "Print the completion script for a shell."),
}
INTERRUPTED = 130
FAILED = 2


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """All commands, in the order in which a reader needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of a name, None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"reviewer.cli.{COMMANDS[cmd_name][0]}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first argument names, with the nearest name where there is none."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            from reviewer.config_problem import nearest

            ctx.fail(f"There is no command {name!r}; did you mean {nearest(name, COMMANDS)}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The overview, without importing any command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="reviewer")
def group() -> None:
    """Review Python web applications: FastAPI, Flask, Pydantic, SQLAlchemy, Celery, Redis, Jinja2, pytest, git.

    Reads a repository without running any of it. Exit codes: 0 nothing to report, 1 findings, 2 the tool could not do
    its work.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line and ends the process with its exit code: without arguments, those of the process itself."""
    from reviewer.cli.ending import ended_quietly, leave_at_once

    gc.disable()  # a short run makes little garbage in cycles, and many small lasting objects to look through
    try:
        with ended_quietly():
            sys.exit(_run(arguments))
    except SystemExit as ending:
        if arguments is None:
            leave_at_once(ending)
        raise


def _run(arguments: Sequence[str] | None) -> int:
    try:
        code = group.main(args=arguments, prog_name="reviewer", standalone_mode=False)
    except click.exceptions.Exit as ended:
        code = ended.exit_code
    except click.ClickException as error:
        _show(error)
        code = FAILED
    except (KeyboardInterrupt, click.Abort):
        click.echo("reviewer: interrupted", err=True)
        code = INTERRUPTED
    return code if isinstance(code, int) else 0


def _show(error: click.ClickException) -> None:
    """Prints a message of click, some of whose versions repeat arguments as they are; those can be names of files."""
    from reviewer.report.escaping import log_line, visible

    message = io.StringIO()
    error.show(message)
    click.echo("\n".join(log_line(visible(line)) for line in message.getvalue().split("\n")), nl=False, err=True)


if __name__ == "__main__":
    main()
