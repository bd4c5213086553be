from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from reviewer.rule import AddImport
from reviewer.syntax import worker
from reviewer.syntax.messages import Comments, ReadComments, Refused, Rewrite, Rewritten
from reviewer.syntax.worker import CloseReader, Lost

SUPPRESSED = "x = 1  # reviewer: ignore[some-rule] -- reason\n"


def rules_in(reply: object) -> list[str]:
    assert isinstance(reply, Comments), reply
    return [named.name for directive in reply.directives for named in directive.names]


def test_comments_and_rewritings_come_from_the_child() -> None:
    with CloseReader() as reader:
        assert rules_in(reader.ask(ReadComments(SUPPRESSED))) == ["some-rule"]

        rewritten = reader.ask(Rewrite(b"import os\n", ((AddImport("a.py", "fastapi", "status"),),)))

        assert rewritten == Rewritten(b"import os\nfrom fastapi import status\n", ("",))


def test_libcst_is_never_imported_by_the_process_that_asks() -> None:
    program = (
        "import sys; from reviewer.syntax.worker import CloseReader\n"
        "from reviewer.syntax.messages import ReadComments\n"
        "import reviewer.fixing, reviewer.syntax.directive_reading, reviewer.filters.suppressions\n"
        f"reader = CloseReader(); reader.ask(ReadComments({SUPPRESSED!r})); reader.close()\n"
        "sys.exit('libcst' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="the child kills itself by a signal")
def test_a_file_that_kills_the_child_costs_that_file() -> None:
    with CloseReader(module="misbehaving_child") as reader:
        assert isinstance(reader.ask(ReadComments("crash\n")), Lost)
        assert rules_in(reader.ask(ReadComments(SUPPRESSED))) == ["some-rule"]


def test_a_file_that_hangs_costs_that_file() -> None:
    with CloseReader(seconds=4.0, module="misbehaving_child") as reader:
        hanging = reader.ask(ReadComments("hang\n"))

        assert isinstance(hanging, Lost)
        assert "longer than" in hanging.reason
        assert rules_in(reader.ask(ReadComments(SUPPRESSED))) == ["some-rule"]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system does not tell processor times")
def test_a_child_that_waits_for_a_processor_is_waited_for() -> None:
    with CloseReader(seconds=1.5, module="misbehaving_child") as reader:
        assert rules_in(reader.ask(ReadComments("wait\n" + SUPPRESSED))) == ["some-rule"]


def test_a_child_that_waits_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "CLOCK_FACTOR", 1)
    with CloseReader(seconds=1.0, module="misbehaving_child") as reader:
        assert isinstance(reader.ask(ReadComments("wait\n")), Lost)


def test_what_the_child_prints_does_not_disturb_its_answers() -> None:
    with CloseReader(module="misbehaving_child") as reader:
        assert rules_in(reader.ask(ReadComments("print\n" + SUPPRESSED))) == ["some-rule"]


def test_no_child_is_started_after_too_much_time_was_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "LOST_SECONDS", 0.1)
    with CloseReader(module="no_such_module_anywhere") as reader:
        assert isinstance(reader.ask(ReadComments(SUPPRESSED)), Lost)
        monkeypatch.setattr(subprocess, "Popen", None)

        assert isinstance(reader.ask(ReadComments(SUPPRESSED)), Lost)


@pytest.mark.parametrize(
    "hostile",
    [
        "(" * 5000,
        "x = " + "-" * 60_000 + "1\n",
        "x = [" + "[" * 90 + "]" * 90 + "]\n",
        "\x00",
        "if x:\n" * 3,
        "a.b" * 9000,
    ],
    ids=["brackets", "long-line", "nested", "nul", "no-python", "long-name"],
)
def test_a_hostile_file_is_refused_and_the_child_lives_on(hostile: str) -> None:
    with CloseReader() as reader:
        assert isinstance(reader.ask(ReadComments(hostile)), Refused)
        assert rules_in(reader.ask(ReadComments(SUPPRESSED))) == ["some-rule"]


def test_modules_in_the_working_folder_are_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("msgspec", "libcst", "importlib", "gc", "reviewer"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported from the reviewed folder')")
    monkeypatch.chdir(tmp_path)
    with CloseReader() as reader:
        assert rules_in(reader.ask(ReadComments(SUPPRESSED))) == ["some-rule"]
