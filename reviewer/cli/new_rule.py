"""`reviewer new-rule`: writes the file of a new rule and its changelog fragment; what is left to do is marked TODO."""

from __future__ import annotations

import re
from pathlib import Path

import click

from reviewer.cli.session import UsageProblem, known_rules
from reviewer.settings import ALL

FAMILY = re.compile(r"[a-z][a-z0-9]*")  # the name of a package too
NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")

RULE = '''"""Holds `{name}`."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class {class_name}(Rule):
    """Finds TODO: the bad state in one sentence.

    ## What it reports
    TODO

    ## Why
    TODO

    ## When to ignore it
    TODO
    """

    category = Category.CORRECTNESS
    severity = Severity.WARNING
    checklist = ("TODO: the bullet of the checklist, word for word.",)
    bad = """
from fastapi import FastAPI

app = FastAPI()


@app.get("/items")  # <- {name}
def list_items():
    return []
"""
    good = """
from fastapi import FastAPI

app = FastAPI()
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Every TODO."""
        for route in project.routes:
            yield self.at(route, f"{{route}} TODO.", hint="TODO.")
'''


@click.command("new-rule")
@click.argument("name", metavar="FAMILY/NAME")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("rules"),
    show_default=True,
    help="Folder of the pack.",
)
def command(name: str, folder: Path) -> int:
    """Write the files of a new rule, such as `new-rule auth/missing-auth`."""
    family, slash, rule = name.partition("/")
    if not slash or not FAMILY.fullmatch(family) or not NAME.fullmatch(rule) or ALL in (family, rule) or rule == family:
        raise UsageProblem(f"{name!r} is no name for a rule; write FAMILY/NAME in lower case, NAME with hyphens")
    catalogue = known_rules(())
    if rule in catalogue:
        raise UsageProblem(f"there is a rule {rule} already, in the family {catalogue[rule].family()}")
    package = folder / family
    file = package / f"{rule.replace('-', '_')}.py"
    if file.exists():
        raise UsageProblem(f"{file} exists already")
    class_name = "".join(part.capitalize() for part in rule.split("-"))
    try:
        package.mkdir(parents=True, exist_ok=True)
        if not (package / "__init__.py").exists():
            (package / "__init__.py").write_text(f'"""Rules of the family `{family}`."""\n', encoding="utf-8")
        file.write_text(RULE.format(name=rule, class_name=class_name), encoding="utf-8")
        written = [file]
        fragments = folder.parent / "changelog.d"
        if fragments.is_dir():
            fragment = fragments / f"{rule}.added.md"
            if not fragment.exists():
                fragment.write_text(f"- `{rule}`: TODO: one sentence for users.\n", encoding="utf-8")
                written.append(fragment)
    except OSError as error:
        raise UsageProblem(f"{error.filename}: cannot be written: {error.strerror}") from error
    for path in written:
        click.echo(f"wrote {path}")
    return 0
