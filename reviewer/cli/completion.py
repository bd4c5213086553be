"""`reviewer completion`: the completion script for a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from reviewer.cli.session import write_output


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> int:
    """Print the completion script for SHELL; for bash: `eval "$(reviewer completion bash)"`."""
    completion = get_completion_class(shell)
    assert completion is not None
    root = context.find_root().command
    write_output(completion(root, {}, "reviewer", "_REVIEWER_COMPLETE").source() + "\n", None)
    return 0
