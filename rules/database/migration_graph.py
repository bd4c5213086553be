"""The migrations do not make one chain."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import BrokenChain, Category, Finding, Project, Related, Rule, Severity

RELATED_LIMIT = 5


class MigrationGraph(Rule):
    """Finds migrations that do not make one chain: several heads, missing links, doubles and circles.

    ## What it reports
    The revision files of Alembic and Flask-Migrate, by their folder (folders below one `env.py` whose revisions
    follow each other count as one):

    - several revisions that nothing follows, unless there are branch labels; the one with the fewest
      revisions of its own is reported;
    - a `down_revision` that no file has;
    - two files with the same revision;
    - revisions that follow each other in a circle.

    Revisions whose `down_revision` is computed make no finding, nor does one that follows a revision of another
    environment.

    ## Why
    `alembic upgrade head` stops with an error in each of these cases, so the deployment does. Two heads are what
    merging two branches leaves behind, each of which was right on its own: git sees no conflict, since the files are
    different ones, and so it is found when the release runs.

    ## When to ignore it
    Where several heads are kept on purpose; give them branch labels.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = ("Manage database schema and migrations",)
    references = ("https://alembic.sqlalchemy.org/en/latest/branches.html",)
    bad = (
        {
            "alembic/env.py": "from alembic import context\n",
            "alembic/versions/01_users.py": """\
\"\"\"Users.

Create Date: 2024-01-05 10:00:00
\"\"\"

revision = "a1c0de"
down_revision = None
""",
            "alembic/versions/02_items.py": """\
\"\"\"Items.

Create Date: 2024-03-01 09:00:00
\"\"\"

revision = "b2c0de"
down_revision = "a1c0de"  # <- migration-graph
""",
            "alembic/versions/03_tags.py": """\
\"\"\"Tags.

Create Date: 2024-02-01 09:00:00
\"\"\"

revision: str = "c3c0de"
down_revision: str | None = "a1c0de"
""",
        },
        {
            "migrations/versions/one.py": 'revision = "1111"\ndown_revision = "0000"  # <- migration-graph\n',
            "migrations/versions/two.py": 'revision = "2222"\ndown_revision = "1111"\n',
            "migrations/versions/two_again.py": 'revision = "2222"  # <- migration-graph\ndown_revision = "1111"\n',
        },
        {
            "versions/one.py": 'revision = "1111"\ndown_revision = ("2222", "3333")  # <- migration-graph\n',
            "versions/three.py": 'revision = "3333"\ndown_revision = None\n',
            "versions/two.py": 'revision = "2222"\ndown_revision = "1111"\n',
        },
    )
    good = (
        {
            "core/env.py": "",
            "core/versions/one.py": 'revision = "1111"\ndown_revision = None\n',
            "core/versions/two.py": 'revision = "2222"\ndown_revision = "1111"\n',
            "core/versions/old/three.py": 'revision = "3333"\ndown_revision = "1111"\n',
            "core/versions/merge.py": 'revision = "4444"\ndown_revision = ("2222", "3333")\n',
            "tenant/env.py": "",
            "tenant/versions/one.py": 'revision = "5555"\ndown_revision = None\n',
            "tenant/versions/two.py": 'revision = "6666"\ndown_revision = "1111"\n',
        }
        | {"tenant/versions/three.py": 'revision = "7777"\ndown_revision = ("5555", "6666")\ndepends_on = None\n'},
        {
            "versions/one.py": 'revision = "1111"\ndown_revision = None\nbranch_labels = ("accounts",)\n',
            "versions/two.py": 'revision = "2222"\ndown_revision = None\nbranch_labels = ("billing",)\n',
        },
        {
            "versions/one.py": 'revision = "1111"\ndown_revision = None\n',
            "versions/two.py": 'revision = "2222"\ndown_revision = newest_before("2222")\n',
            "versions/three.py": 'revision = "3333"\ndown_revision = "1111"\n',
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks where revisions do not make one chain."""
        for broken in project.migrations.broken():
            message, hint = _explained(broken)
            yield self.at(
                broken.revision.id_place if broken.kind == "duplicate" else broken.revision,
                message,
                hint=hint,
                related=tuple(Related(one.place, f"Revision `{one.id}`.") for one in broken.others[:RELATED_LIMIT]),
            )


def _explained(broken: BrokenChain) -> tuple[str, str]:
    name = f"`{broken.revision.id}`"
    if broken.kind == "unknown":
        return f"{name} follows `{broken.name}`, which no revision file has.", "Name the revision that comes before it."
    if broken.kind == "duplicate":
        return f"The revision {name} is there twice.", "Give one of them another identifier."
    others = " and ".join(f"`{one.id}`" for one in broken.others[:RELATED_LIMIT])
    if broken.kind == "cycle":
        return f"{name} follows itself{f', through {others}' if others else ''}.", "Take one of the links out."
    return (
        f"The migrations have {len(broken.others) + 1} heads: nothing follows {name}, nor {others}.",
        "Let it follow the other head, or merge them (`alembic merge heads`).",
    )
