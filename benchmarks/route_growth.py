#!/usr/bin/env python3
"""Shows how the time of the route table grows with routers, routes and the depth of includes. Judges nothing."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from measuring import Command, Run, run_once
from results import (
    NOTHING,
    add_output_options,
    add_reviewer_option,
    end_in_order,
    publish,
    reviewer_command,
    table,
    tell,
)

ROUTES_OF_A_ROUTER = 20


class Size(NamedTuple):
    """An application of chains of routers, each in a module of its own that includes the next."""

    routers: int
    depth: int

    @property
    def routes(self) -> int:
        """How many routes it serves."""
        return self.routers * ROUTES_OF_A_ROUTER


def main() -> int:
    """Measures and reports. 1 where the command did not do its work."""
    options = _options()
    end_in_order()
    command = reviewer_command(options)
    rows, is_complete = [], True
    for routers in options.routers:
        size = Size(routers, min(options.depth, routers))
        run = _measured(size, command)
        is_complete = is_complete and run.failure is None
        rows.append(_row(size, run))
        tell(" ".join(rows[-1]))
    headings = ("routers", "routes", "include depth", "rows", "seconds")
    publish("route-growth", f"`reviewer routes` without a cache.\n\n{table(headings, rows)}", options)
    return 0 if is_complete else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--routers", type=_numbers, default="125,250,500,1000", help="numbers of routers (default: %(default)s)"
    )
    parser.add_argument("--depth", type=int, default=50, help="links of a chain of includes (default: %(default)s)")
    add_reviewer_option(parser)
    add_output_options(parser)
    options = parser.parse_args()
    if options.depth < 1:
        parser.error("--depth: at least 1")
    return options


def _numbers(text: str) -> list[int]:
    numbers = sorted({int(part) for part in text.split(",")})
    if numbers[0] < 1:
        raise ValueError(text)
    return numbers


def _measured(size: Size, reviewer: tuple[str, ...]) -> Run:
    with tempfile.TemporaryDirectory(prefix="reviewer-benchmark-") as temporary:
        write_routers(Path(temporary), size)
        command = (*reviewer, "routes", ".", "--format", "json", "--no-cache")
        return run_once(Command("routes", command, Path(temporary), frozenset({0})))


def write_routers(folder: Path, size: Size) -> None:
    """Writes an application of a size into a folder."""
    package = folder / "app"
    package.mkdir()
    (package / "__init__.py").write_text("")
    firsts = range(0, size.routers, size.depth)
    for number in range(size.routers):
        is_last = (number + 1) % size.depth == 0 or number + 1 == size.routers
        (package / f"router_{number}.py").write_text(_router_text(number, is_last=is_last))
    lines = ["from fastapi import FastAPI", *(f"from app import router_{first}" for first in firsts), "app = FastAPI()"]
    lines += [f'app.include_router(router_{first}.router, prefix="/chain{first}")' for first in firsts]
    (package / "main.py").write_text("\n".join([*lines, ""]))


def _router_text(number: int, *, is_last: bool) -> str:
    lines = ["from fastapi import APIRouter"]
    if not is_last:
        lines.append(f"from app import router_{number + 1}")
    lines.append(f'router = APIRouter(prefix="/level{number}", tags=["level {number}"])')
    for route in range(ROUTES_OF_A_ROUTER):
        lines += [f'@router.get("/route{route}/{{item_id}}")', f"def read_{route}(item_id: int) -> dict[str, int]:"]
        lines += ['    """Reads an item."""', '    return {"item_id": item_id}']
    if not is_last:
        lines.append(f"router.include_router(router_{number + 1}.router)")
    return "\n".join([*lines, ""])


def _row(size: Size, run: Run) -> list[str]:
    row = [f"{size.routers:,}", f"{size.routes:,}", f"{size.depth:,}"]
    if run.failure:
        return [*row, "failed", NOTHING]
    return [*row, f"{_rows(run.output):,}", f"{run.seconds:.2f}"]


def _rows(output: bytes) -> int:
    return output.count(b'"registered_at"')


if __name__ == "__main__":
    sys.exit(main())
