"""`reviewer checklist`: where a project stands, bullet by bullet of the review checklists."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from reviewer import __version__
from reviewer.checklist import DOCUMENTS
from reviewer.checklist.judging import standing
from reviewer.checklist.verdicts import Standing, rules_to_ask
from reviewer.cli.session import open_session, read_sources, source_options, write_output
from reviewer.config_problem import nearest
from reviewer.report.escaping import visible
from reviewer.review import ReviewRequest, Scope, judged_project
from reviewer.rule import Finding
from reviewer.selection import active_rules


class DocumentType(click.ParamType):  # type: ignore[type-arg, unused-ignore]  # generic since click 8.4
    """The name of a document, or several with commas."""

    name = "document"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """The documents that a value of the option names."""
        if isinstance(value, tuple):
            return value
        names = tuple(name.strip() for name in str(value).split(","))
        for name in names:
            if name not in DOCUMENTS:
                there = ", ".join(DOCUMENTS)
                message = f"there is no document {name!r}; did you mean {nearest(name, DOCUMENTS)}? There are {there}."
                self.fail(message, param, ctx)
        return names

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        """The names of the documents."""
        return click.Choice(list(DOCUMENTS)).shell_complete(ctx, param, incomplete)


@click.command("checklist")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option(
    "--seed",
    "documents",
    type=DocumentType(),
    multiple=True,
    metavar="NAME",
    help=f"Only this document; may be repeated. One of {', '.join(DOCUMENTS)}.",
)
@click.option(
    "--format",
    "checklist_format",
    type=click.Choice(["text", "json", "markdown", "html"]),
    default="text",
    show_default=True,
    help="Form of the report.",
)
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write the report to a file.")
@source_options
def command(
    path: Path | None,
    documents: tuple[tuple[str, ...], ...],
    checklist_format: str,
    output: Path | None,
    **options: Any,
) -> int:
    """Show where a project stands: each bullet of the review checklists with its verdict and the evidence.

    A bullet has passed (no rule reports anything, and what is counted for it is at or near all), has failed (with the
    worst places, or with what is lacking), is unknown (with the reason), or is for a person to judge. Findings that no
    bullet asks for stand at the end. Documents about a framework that the project does not use are named in one line,
    unless `--seed` asks for them.
    """
    named = tuple(dict.fromkeys(name for names in documents for name in names))
    session = open_session((path,) if path is not None else (), **options)
    try:
        chosen = named or tuple(DOCUMENTS)
        request = ReviewRequest(session.root, session.settings, session.named, session.jobs, __version__)
        sources = read_sources(session, request)
        rules = rules_to_ask(session.settings, session.catalogue, chosen, sources.profiles)
        reviewing = active_rules(session.settings, session.catalogue, sources.profiles)
        project, outcome = judged_project(
            sources, session.settings, rules, session.catalogue, session.cache, session.jobs
        )
        scope = Scope(request)
        findings: list[Finding] = [one for one in outcome.findings if scope.holds(one.place.path)]
        result = standing(
            chosen,
            project,
            session.catalogue,
            rules,
            findings,
            outcome.crashes,
            judges_all=bool(named),
            reviewing={rule.name() for rule in reviewing},
        )
        write_output(_rendered(result, checklist_format, output), output)
    finally:
        session.cache.close()
    if not sources.read.modules:
        click.echo(f"reviewer: note: there are no Python files in {visible(str(session.root.resolve()))}", err=True)
    for problem in outcome.problems:
        click.echo(f"reviewer: note: {visible(f'{problem.path} is not reviewed: {problem.message}')}", err=True)
    return 0


def _rendered(result: Standing, checklist_format: str, output: Path | None) -> str:
    if checklist_format == "json":
        from reviewer.report import checklist_json

        return checklist_json.render(result, __version__)
    if checklist_format == "markdown":
        from reviewer.report import checklist_markdown

        return checklist_markdown.render(result)
    if checklist_format == "html":
        from reviewer.report import checklist_html

        return checklist_html.render(result)
    from reviewer.report import checklist_text
    from reviewer.report.colour import wants_colour

    to_terminal = output is None and sys.stdout.isatty()
    colour = output is None and wants_colour(is_terminal=to_terminal, environment=os.environ)
    width = shutil.get_terminal_size().columns if to_terminal else None
    return checklist_text.render(result, width, colour=colour)
