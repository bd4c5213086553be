"""A migration drops a table or a column."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Preset, Project, Rule, Severity


class DestructiveMigration(Rule):
    """Finds upgrades that drop a table or a column.

    ## What it reports
    `op.drop_table(…)`, `op.drop_column(…)` and `batch_op.drop_column(…)` in the function `upgrade` of Alembic's and
    Flask-Migrate's revisions. What `downgrade` drops is left alone.

    ## Why
    What is dropped is gone: no downgrade brings the rows back. While a release is rolled out, the version before it
    still reads the column, and fails on each query, since SQLAlchemy names all columns of a table. Two releases, one
    that stops using the column and one that drops it, avoid both.

    ## When to ignore it
    Where the release before no longer uses it, and the data is kept or not wanted.
    """

    category = Category.CORRECTNESS
    severity = Severity.WARNING
    preset = Preset.STRICT
    checklist = ("Manage database schema and migrations",)
    references = ("https://alembic.sqlalchemy.org/en/latest/ops.html#alembic.operations.Operations.drop_column",)
    bad = {
        "alembic/versions/7d1_drop_phone.py": """\
from alembic import op

revision = "7d1"
down_revision = None


def upgrade():
    op.drop_table("visits")  # <- destructive-migration
    with op.batch_alter_table("users") as batch:
        batch.drop_column("phone")  # <- destructive-migration


def downgrade():
    op.drop_column("users", "age")
""",
    }
    good = {
        "alembic/versions/7d1_add_phone.py": """\
from alembic import op
import sqlalchemy as sa

revision = "7d1"
down_revision = None


def upgrade():
    op.add_column("users", sa.Column("phone", sa.String()))
    op.drop_index("users_by_name")


def downgrade():
    op.drop_column("users", "phone")
""",
    }

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks for what upgrades drop."""
        for operation in project.migrations.destructive():
            kind = operation.operation.removeprefix("drop_")
            name = f" `{operation.subject}`" if operation.subject else ""
            yield self.at(
                operation.place,
                f"The migration `{operation.revision.id}` drops the {kind}{name}.",
                hint="Release code that does without it first, and keep a copy of the data.",
                symbol=operation.revision.symbol,
            )
