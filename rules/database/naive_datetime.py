"""A time is made without a time zone."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Preset, Project, Rule, Severity


class NaiveDatetime(Rule):
    """Finds calls that make a time without a time zone.

    ## What it reports
    `datetime.now()`, `datetime.today()`, `datetime.utcnow()`, `datetime.fromtimestamp(…)` and
    `datetime.utcfromtimestamp(…)` without a time zone. A call whose result gets its zone on the spot
    (`datetime.now().astimezone()`, `….replace(tzinfo=timezone.utc)`) is left alone, and so are tests.

    ## Why
    A naive time means the zone of whoever reads it. Servers, databases and clients differ in that, so that a token
    expires an hour early and a report begins on another day; comparing it with a time that has a zone raises
    `TypeError`. `utcnow` and `utcfromtimestamp` are deprecated since Python 3.12, because their results look like local
    times to everything that reads them.

    ## When to ignore it
    Where local time is what is meant: file names, messages to the person who runs the program, durations of some
    milliseconds.
    """

    category = Category.CORRECTNESS
    severity = Severity.INFO
    preset = Preset.STRICT
    practice = "Times carry their time zone from where they are made."
    references = ("https://docs.python.org/3/library/datetime.html#aware-and-naive-objects",)
    bad = """\
import datetime as dt
from datetime import datetime, timedelta


def expiry(minutes):
    return datetime.utcnow() + timedelta(minutes=minutes)  # <- naive-datetime


class Clock:
    started = dt.datetime.now(tz=None)  # <- naive-datetime

    def at(self, seconds):
        return dt.datetime.fromtimestamp(seconds)  # <- naive-datetime
"""
    good = """\
from datetime import date, datetime, timezone


def expiry(seconds, zone):
    today = date.today()
    local = datetime.now().replace(microsecond=0).astimezone()
    started = datetime.utcnow().replace(tzinfo=timezone.utc)
    return today, local, started, datetime.now(zone), datetime.fromtimestamp(seconds, timezone.utc)
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Every call that makes a naive time."""
        for call in project.naive_time_calls:
            yield self.at(
                call.place,
                f"`{call.text}` makes a time without a time zone.",
                hint="Use `datetime.now(timezone.utc)`."
                if "timestamp" not in call.method
                else "Pass a time zone: `datetime.fromtimestamp(…, timezone.utc)`.",
                symbol=call.symbol,
            )
