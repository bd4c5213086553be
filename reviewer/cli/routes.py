"""`reviewer routes`: the effective route table, read without importing anything."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reviewer import __version__
from reviewer.cli.session import UsageProblem, open_session, read_sources, source_options, write_output
from reviewer.review import ReviewRequest, Scope

if TYPE_CHECKING:
    from reviewer.project.model import Application
    from reviewer.project.project import Project


@click.command("routes")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "table_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Form of the table.",
)
@click.option(
    "--app", "application", metavar="MODULE:NAME", help="Only this application: its module and attribute or factory."
)
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write the table to a file.")
@click.option("--explain-unknown", is_flag=True, help="Say where and why a part is not known.")
@source_options
def command(
    paths: tuple[Path, ...],
    table_format: str,
    application: str | None,
    output: Path | None,
    explain_unknown: bool,
    **options: Any,
) -> int:
    """Show every route of the web applications: method, full path, endpoint, authentication, models.

    Of named files, the routes whose endpoints are in them. `{?}` stands for what cannot be known without running the
    program.
    """
    from reviewer.report.route_table import endpoint_path, json_table, text_table

    session = open_session(paths, **options)
    try:
        request = ReviewRequest(session.root, session.settings, session.named, session.jobs, __version__)
        project = read_sources(session, request).project(session.settings)
        scope = Scope(request)
        routes = [route for route in project.routes if scope.holds(endpoint_path(route))]
        if application is not None:
            chosen = _applications_named(project, application, session.root)
            routes = [route for route in routes if route.application in chosen]
        unknowns = [one for one in project.unknowns if one.place is None or scope.holds(one.place.path)]
        if table_format == "json":
            table = json_table(routes, unknowns)
        else:
            table = text_table(routes, unknowns, explain_unknown=explain_unknown)
        write_output(table, output)
    finally:
        session.cache.close()
    return 0


def _applications_named(project: Project, name: str, root: Path) -> tuple[Application, ...]:
    from reviewer.project.routes.application_names import UnknownApplicationError

    try:
        return project.applications_named(name, Path(os.path.abspath(root)).parts[1:])
    except UnknownApplicationError as error:
        raise UsageProblem(str(error)) from error
