"""Writes the documentation that is derived from the rules: a page a rule, their index, the configuration's schema.

`python docs/generate.py` writes; with `--check` it only says what is out of date and ends with code 1.
"""

from __future__ import annotations

import sys
from pathlib import Path

from reviewer.config import json_schema
from reviewer.registry import load_catalogue
from reviewer.report.escaping import json_text
from reviewer.rule_page import rule_page

DOCS = Path(__file__).resolve().parent


def generated_files() -> dict[Path, str]:
    """The generated files by path relative to the documentation, with their content."""
    catalogue = load_catalogue()
    files = {Path("rules", f"{rule.family()}", f"{rule.name()}.md"): rule_page(rule) for rule in catalogue.values()}
    lines = ["# Rules", ""]
    for family in sorted({rule.family() for rule in catalogue.values()}):
        lines += [f"## {family}", "", "| rule | severity | preset | |", "|---|---|---|---|"]
        for rule in sorted(catalogue.values(), key=lambda one: one.name()):
            if rule.family() == family:
                link = f"[{rule.name()}]({family}/{rule.name()}.md)"
                lines.append(f"| {link} | {rule.severity.value} | {rule.preset.value} | {rule.summary()} |")
        lines.append("")
    files[Path("rules", "README.md")] = "\n".join(lines)
    files[Path("configuration.schema.json")] = json_text(json_schema(catalogue)).rstrip("\n") + "\n"
    return files


def main() -> int:
    """Writes or checks; gives the exit code."""
    files = generated_files()
    kept = {Path("rules", path.relative_to(DOCS / "rules")) for path in (DOCS / "rules").rglob("*.md")}
    stale = sorted(kept - files.keys())
    drifted = [path for path, text in sorted(files.items()) if _content(DOCS / path) != text]
    if "--check" in sys.argv[1:]:
        for path in [*drifted, *stale]:
            print(f"docs/{path} is out of date; run `python docs/generate.py`")
        return 1 if drifted or stale else 0
    for path in drifted:
        (DOCS / path).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / path).write_text(files[path], encoding="utf-8")
    for path in stale:
        (DOCS / path).unlink()
    return 0


def _content(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main())
