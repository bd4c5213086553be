"""Writes the documentation that is derived from the rules: a page a rule, their index, the configuration's schema.

`python docs/generate.py` writes; with `--check` it only says what is out of date and ends with code 1.
"""

from __future__ import annotations

import sys
from pathlib import Path

from reviewer.config import json_schema
from reviewer.registry import Catalogue, load_catalogue
from reviewer.report.escaping import json_text
from reviewer.rule_page import rule_page

DOCS = Path(__file__).resolve().parent
RULES = Path("rules")


def generated_files() -> dict[Path, str]:
    """The generated files by path relative to the documentation, with their content."""
    catalogue = load_catalogue()
    files = {RULES / rule.family() / f"{rule.name()}.md": rule_page(rule) for rule in catalogue.values()}
    files[RULES / "README.md"] = _index(catalogue)
    files[Path("configuration.schema.json")] = json_text(json_schema(catalogue))
    return files


def out_of_date(files: dict[Path, str]) -> tuple[list[Path], list[Path]]:
    """Which generated files differ from those on the disk or are missing there, and which pages have no rule."""
    there = {path.relative_to(DOCS) for path in (DOCS / RULES).rglob("*.md")}
    return [path for path, text in sorted(files.items()) if _content(DOCS / path) != text], sorted(there - files.keys())


def main() -> int:
    """Writes or checks; gives the exit code."""
    files = generated_files()
    drifted, stale = out_of_date(files)
    if "--check" in sys.argv[1:]:
        for path in [*drifted, *stale]:
            print(f"docs/{path} is out of date; run `python docs/generate.py`")
        return 1 if drifted or stale else 0
    for path in drifted:
        (DOCS / path).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / path).write_text(files[path], encoding="utf-8", newline="\n")
    for path in stale:
        (DOCS / path).unlink()
    return 0


def _index(catalogue: Catalogue) -> str:
    lines = ["# Rules", ""]
    for family, names in catalogue.families.items():
        lines += [f"## {family}", "", "| rule | severity | preset | |", "|---|---|---|---|"]
        for name in names:
            rule = catalogue[name]
            cells = (f"[{name}]({family}/{name}.md)", rule.severity.value, rule.preset.value, rule.summary())
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        lines.append("")
    return "\n".join(lines)


def _content(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main())
