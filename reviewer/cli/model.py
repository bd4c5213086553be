"""`reviewer model`: what is known of a project, for the authors of rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reviewer.cli.session import UsageProblem, open_session, read_sources, source_options, write_output
from reviewer.review import ReviewRequest


@click.command("model")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--part", "parts", multiple=True, metavar="NAME", help="Only this part, such as routes or tables.")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write the dump to a file.")
@source_options
def command(paths: tuple[Path, ...], parts: tuple[str, ...], output: Path | None, **options: Any) -> int:
    """Dump the model of a project as JSON: everything that a rule can ask of it."""
    from reviewer.report.model_dump import dumped_parts, model_dump

    session = open_session(paths, **options)
    try:
        request = ReviewRequest(session.root, session.settings, session.named, session.jobs)
        project = read_sources(session, request).project(session.settings)
        known = dumped_parts(project)
        for part in parts:
            if part not in known:
                raise UsageProblem(f"there is no part {part!r}; there are {', '.join(known)}")
        write_output(model_dump(project, parts or known), output)
    finally:
        session.cache.close()
    return 0
