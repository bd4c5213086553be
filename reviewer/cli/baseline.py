"""`reviewer baseline`: writes the file of findings that are accepted for now."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from reviewer import __version__
from reviewer.baseline import Baseline, BaselineError, Entry, as_bytes, entries_of, prefix_of, read_baseline
from reviewer.cli.comparison import baseline_file
from reviewer.cli.session import UsageProblem, open_session, read_sources, source_options, write_output
from reviewer.filters.baseline import matched_entries
from reviewer.filters.members import singles
from reviewer.report.escaping import visible
from reviewer.review import ReviewRequest, review_sources
from reviewer.rule import Finding

FAILED = 2


@click.command("baseline")
@click.argument("action", type=click.Choice(["create", "update", "prune"]))
@click.argument("file", required=False, type=click.Path(path_type=Path))
@source_options
def command(action: str, file: Path | None, **options: Any) -> int:
    """Write the findings of the folder that you are in to FILE, so that `check --baseline FILE` reports only others.

    `create` accepts all findings, `update` writes the file anew, and `prune` only takes away what is no longer found.
    """
    session = open_session((), **options)
    try:
        file = baseline_file(session, file)
        old = _read_old(action, file, session.root)
        request = ReviewRequest(session.root, session.settings, jobs=session.jobs, tool_version=__version__)
        result = review_sources(request, read_sources(session, request), session.catalogue, session.cache)
        if result.crashes:
            names = ", ".join(crash.rule for crash in result.crashes)
            raise UsageProblem(f"{file}: not written, because the findings of {names} are missing: the rule failed")
        prefix = prefix_of(file, session.root)
        if action == "prune":
            assert old is not None
            entries = _pruned(old, result.reported)
        else:
            entries = entries_of(result.reported, prefix)
        write_output(as_bytes(entries).decode(), file)
        click.echo(visible(f"{file}: {_difference(old, entries)}"), err=True)
        return 0
    finally:
        session.cache.close()


def _read_old(action: str, file: Path, root: Path) -> Baseline | None:
    """The baseline as it is; None where there is none, or where `update` cannot read it."""
    if action == "create":
        if file.exists():
            raise UsageProblem(f"{file}: is there already; `reviewer baseline update` writes it anew")
        return None
    try:
        return read_baseline(file, root)
    except BaselineError as error:
        if action == "update" and file.exists():
            return None
        raise UsageProblem(str(error)) from error


def _pruned(old: Baseline, findings: Iterable[Finding]) -> tuple[Entry, ...]:
    """The entries without those that nothing matches, and with as many as are found of the others."""
    unused = {
        (one.path, one.rule, one.symbol, one.identity): one.count
        for one in matched_entries(singles(findings), old).unused
    }
    left = []
    for entry in old.entries:
        count = entry.count - unused.get((entry.path, entry.rule, entry.symbol, entry.identity), 0)
        if count or not entry.path.startswith(old.prefix):
            left.append(Entry(entry.path, entry.rule, entry.symbol, entry.identity, count or entry.count))
    return tuple(left)


def _difference(old: Baseline | None, entries: Iterable[Entry]) -> str:
    count = sum(entry.count for entry in entries)
    before = sum(entry.count for entry in old.entries) if old is not None else 0
    change = f" ({count - before:+,})" if old is not None else ""
    return f"{count:,} finding{'' if count == 1 else 's'} accepted{change}"
