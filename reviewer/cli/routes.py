"""`reviewer routes`: the effective route table, read without importing anything."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from reviewer import __version__
from reviewer.cli.session import UsageProblem, open_session, read_sources, source_options, write_output
from reviewer.report.escaping import visible
from reviewer.review import ReviewRequest, Scope

if TYPE_CHECKING:
    from reviewer.project.evaluation.values import Unknown
    from reviewer.project.model import Application, Mount, Route
    from reviewer.project.project import Project
    from reviewer.project.routes.route_selection import RouteSelection


@click.command("routes")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--app", "application", metavar="MODULE:NAME", help="Only this application: its module and attribute or factory."
)
@click.option("--method", "methods", multiple=True, metavar="METHOD", help="Only these methods: get,post.")
@click.option(
    "--path",
    "path_patterns",
    multiple=True,
    metavar="PATH",
    help="Only paths below this one, or like it where it has `*` for any text; `{}` is any parameter.",
)
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only routes with this tag.")
@click.option("--without-auth", is_flag=True, help="Only routes that demand no authentication.")
@click.option("--undocumented", is_flag=True, help="Only routes without summary, description and docstring.")
@click.option(
    "--format",
    "table_format",
    type=click.Choice(["text", "json", "markdown", "html"]),
    default="text",
    show_default=True,
    help="Form of the table.",
)
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write the table to a file.")
@click.option("--explain-unknown", is_flag=True, help="Say where and why a part is not known.")
@source_options
def command(
    paths: tuple[Path, ...],
    application: str | None,
    methods: tuple[str, ...],
    path_patterns: tuple[str, ...],
    tags: tuple[str, ...],
    without_auth: bool,
    undocumented: bool,
    table_format: str,
    output: Path | None,
    explain_unknown: bool,
    **options: Any,
) -> int:
    """Show every route of the web applications: method, full path, endpoint, authentication, models.

    Of named files, the routes whose endpoints are in them. `{?}` stands for what cannot be known without running the
    program. Each filter can be given several times, for routes that meet one of its values; a route is shown if it
    meets all filters.
    """
    from reviewer.project.routes.route_selection import RouteSelection
    from reviewer.report.route_view import endpoint_path

    session = open_session(paths, **options)
    try:
        request = ReviewRequest(session.root, session.settings, session.named, session.jobs, __version__)
        project = read_sources(session, request).project(session.settings)
        scope = Scope(request)
        routes = [route for route in project.routes if scope.holds(endpoint_path(route))]
        mounts = [mount for mount in project.mounts if scope.holds(mount.place.path)]
        if application is not None:
            chosen = _applications_named(project, application, session.root)
            routes = [route for route in routes if route.application in chosen]
            mounts = [mount for mount in mounts if mount.application in chosen]
        unknowns = [one for one in project.unknowns if one.place is None or scope.holds(one.place.path)]
        selection = RouteSelection.of(methods, path_patterns, tags, without_auth, undocumented)
        for remark in _unmet(selection, routes):
            click.echo(f"reviewer: note: {visible(remark)}", err=True)
        selected = Selected(
            tuple(route for route in routes if selection.holds(route)),
            tuple(mount for mount in mounts if selection.holds_mount(mount)),
            tuple(unknowns),
            len(routes),
            sum(map(selection.may_be_open, routes)),
        )
        write_output(_rendered(selected, table_format, explain_unknown, output), output)
    finally:
        session.cache.close()
    return 0


def _unmet(selection: RouteSelection, routes: Sequence[Route]) -> Iterator[str]:
    """What is asked for by a name that no route has, with the names that routes have."""
    from reviewer.config_problem import nearest

    methods = {route.method for route in routes}
    for name in sorted(selection.methods - methods):
        yield f"no route has the method {name!r}" + (f"; there are {', '.join(sorted(methods))}" if methods else "")
    tags = {tag for route in routes if isinstance(route.tags, tuple) for tag in route.tags}
    for name in sorted(selection.tags - tags):
        meant = nearest(name, sorted(tags))
        yield f"no route has the tag {name!r}" + (f"; did you mean {meant!r}?" if meant else "")


class Selected(NamedTuple):
    """What of a project is shown."""

    routes: tuple[Route, ...]
    mounts: tuple[Mount, ...]
    unknowns: tuple[Unknown, ...]
    total: int  # routes before the filters
    maybe_open: int


def _rendered(selected: Selected, table_format: str, explain_unknown: bool, output: Path | None) -> str:
    if table_format == "json":
        from reviewer.report.route_table import json_table

        return json_table(selected.routes, selected.mounts, selected.unknowns)
    from reviewer.report import route_html, route_markdown, route_text
    from reviewer.report.colour import wants_colour
    from reviewer.report.route_view import route_table

    table = route_table(
        selected.routes,
        selected.mounts,
        selected.unknowns,
        total=selected.total,
        maybe_open=selected.maybe_open,
        explain_unknown=explain_unknown,
    )
    if table_format == "markdown":
        return route_markdown.render(table)
    if table_format == "html":
        return route_html.render(table)
    to_terminal = output is None and sys.stdout.isatty()
    colour = wants_colour(is_terminal=to_terminal, environment=os.environ) and output is None
    return route_text.render(table, _width(to_terminal), colour=colour)


def _width(to_terminal: bool) -> int | None:
    """The width of the terminal, or the one that `COLUMNS` asks for; None for as wide as the table gets."""
    given = os.environ.get("COLUMNS", "")
    if given.isascii() and given.isdigit() and 0 < len(given) < 6 and int(given):
        return int(given)
    return shutil.get_terminal_size().columns if to_terminal else None


def _applications_named(project: Project, name: str, root: Path) -> tuple[Application, ...]:
    from reviewer.project.routes.application_names import UnknownApplicationError

    try:
        return project.applications_named(name, Path(os.path.abspath(root)).parts[1:])
    except UnknownApplicationError as error:
        raise UsageProblem(str(error)) from error
