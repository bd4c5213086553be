"""Reports statements that stand in two functions."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Preset, Project, Related, Rule, Severity


class DuplicateCode(Rule):
    """Finds runs of statements that stand in two functions of the project, alike but for the names of local variables.

    ## What it reports
    Consecutive statements of a function over at least ten lines, with at least six statements and four calls, that
    stand in another function, or a second time in the same one, in the same order. Names of parameters and variables
    may differ; what is called, attributes, keywords and texts may not. The finding is at the later place and shows the
    first one.

    Left alone are tests, migrations, examples and scripts, constructors, signatures and imports, the same endpoint in
    two versions of an interface (`api/v1`, `api/v2`), and checks that `repeated-handler-block` reports.

    ## Why
    A bug that is mended in one copy stays in the other, and nobody knows which of the two is right once they differ.

    ## When to ignore it
    Where the two only happen to look alike and will change for different reasons.

    ## Known limits
    Functions are compared that call nearly the same; two long ones that have a few statements in common may be missed.
    """

    category = Category.MAINTAINABILITY
    severity = Severity.INFO
    preset = Preset.STRICT
    cwe = 1041
    checklist = ("Review that there is no duplication in the code.",)
    references = ("https://cwe.mitre.org/data/definitions/1041.html",)
    _first = """\
from datetime import datetime, timezone

from app.mail import render, send
from app.storage import load, store


def invite(session, address, team):
    account = load(session, address)
    if account is None:
        raise LookupError(address)
    account.invited_at = datetime.now(timezone.utc)
    account.invitations += 1
    store(session, account)
    text = render("invitation.txt", account=account)
    send(account.address, "Welcome", text)
    for admin in team.admins:
        send(admin.address, "Somebody was invited", text)
    return account
"""
    bad = (
        {
            "app/invitations.py": _first,
            "app/reminders.py": """\
from datetime import datetime, timezone

from app.mail import render, send
from app.storage import load, store


def remind(database, address, group):
    member = load(database, address)  # <- duplicate-code
    if member is None:
        raise LookupError(address)
    member.invited_at = datetime.now(timezone.utc)
    member.invitations += 1
    store(database, member)
    body = render("invitation.txt", account=member)
    send(member.address, "Welcome", body)
    for one in group.admins:
        send(one.address, "Somebody was invited", body)
    print("reminded", address)
""",
        },
    )
    good = (
        {
            "app/v1/invitations.py": _first,
            "app/v2/invitations.py": _first,
            "tests/test_invitations.py": _first,
            "migrations/versions/1_invite.py": _first.replace("def invite(", "def upgrade("),
        },
        {
            "app/invitations.py": _first,
            "app/short.py": """\
from datetime import datetime, timezone

from app.mail import render, send
from app.storage import load, store


def remind(session, address, team):
    account = load(session, address)
    if account is None:
        raise LookupError(address)
    account.reminded_at = datetime.now(timezone.utc)
    store(session, account)
    text = render("reminder.txt", account=account)
    send(account.address, "We miss you", text)
    for admin in team.admins:
        send(admin.address, "Somebody was reminded", text)
    return account
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the statements that stand in two functions."""
        for found in project.duplicated_code():
            name, other = found.function.qualname, found.other.qualname
            where = f"`{other}`" if found.other is not found.function else "the same function"
            if found.other.module is not found.function.module:
                where += f" of `{found.other.module.name}`"
            yield self.at(
                found.place,
                f"{found.lines} lines of `{name}` stand in {where} too, but for the names of variables.",
                hint="Put them into a function that both call.",
                symbol=found.function.symbol,
                related=(Related(found.other_place, "The same statements."),),
            )
