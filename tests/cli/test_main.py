"""The command as a whole: help, version, wrong commands, what a terminal sees, and how failures of our own end."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import click
import pytest
from command_line import CHOSEN, Run

import reviewer
from reviewer.cli.check import BUILD_SYSTEMS
from reviewer.cli.main import COMMANDS, group

#: Runs the command with a change made before it.
CHANGED = "import sys; from reviewer.cli.main import main; {change}; main(sys.argv[1:])"
AT_ONCE = "import reviewer.cli.session as session; session.SECONDS_BEFORE_PROGRESS = 0"
FAILING = "import reviewer.cli.check as check; check.review_sources = lambda *_: {}['a\\nb']"


def started(change: str, *arguments: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", CHANGED.format(change=change), *arguments]
    return subprocess.run(command, timeout=60, check=False, **options)  # type: ignore[call-overload,no-any-return]


def seen_on_terminal(change: str, *arguments: str, stdout: int | None = None) -> tuple[str, str]:
    """What a command prints on a terminal as standard error, and on standard output."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    environment.pop("NO_COLOR", None)
    try:
        done = started(change, *arguments, stdout=stdout or theirs, stderr=theirs, env=environment)
    finally:
        os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65_536)
        except OSError:  # how Linux tells that the other end is closed
            break
        if not part:
            break
        shown += part
    os.close(ours)
    return shown.decode(), (done.stdout or b"").decode()


def test_the_version_is_that_of_the_package(run: Run) -> None:
    done = run("--version")

    assert (done.code, done.out, done.err) == (0, f"reviewer, version {reviewer.__version__}\n", "")


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_the_overview_names_every_command(run: Run, option: str) -> None:
    done = run(option)

    assert done.code == 0
    for command in COMMANDS:
        assert f"\n  {command} " in done.out


def test_no_command_shows_the_overview_and_ends_with_code_2(run: Run) -> None:
    done = run()

    assert done.code == 2
    assert "\nCommands:\n" in done.out + done.err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_and_each_of_its_options(run: Run, name: str) -> None:
    done = run(name, "--help")
    command = group.get_command(click.Context(group), name)
    assert command is not None

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: reviewer {name} ")
    assert command.get_short_help_str(300).partition(" ")[0] == COMMANDS[name][1].partition(" ")[0]
    assert [option.name for option in command.params if isinstance(option, click.Option) and not option.help] == []


def test_an_unknown_command_is_answered_with_the_nearest(run: Run) -> None:
    done = run("chek")

    assert (done.code, done.out) == (2, "")
    assert "There is no command 'chek'; did you mean check?" in done.err


def test_an_unknown_option_is_answered_with_the_usage(run: Run) -> None:
    done = run("--verison")

    assert (done.code, done.out) == (2, "")
    assert "No such option" in done.err
    assert "--version" in done.err


def test_the_overview_imports_nothing_that_is_slow() -> None:
    slow = {"libcst", "pydantic", "git", "rich", "sqlglot", "yaml", "jinja2", "multiprocessing", "asyncio"}
    code = f"from reviewer.cli.main import main\ntry: main(['--help'])\nfinally: print({slow} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", f"import sys\n{code}"], capture_output=True, check=True)

    assert done.stdout.endswith(b"set()\n")


def test_a_review_of_a_plain_project_imports_no_library_for_close_reading(shop: Path) -> None:
    slow = {"libcst", "git", "rich", "sqlglot", "yaml", "jinja2"}
    arguments = ["check", "--no-cache", *CHOSEN]
    code = f"from reviewer.cli.main import main\ntry: main({arguments})\nfinally: print({slow} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", f"import sys\n{code}"], capture_output=True, check=False)

    assert done.returncode == 1
    assert done.stdout.endswith(b"set()\n")


def test_a_process_of_its_own_ends_with_everything_printed_and_what_was_to_run_at_exit(shop: Path) -> None:
    code = "import atexit, sys; atexit.register(print, 'at exit'); sys.argv[1:] = {arguments}; from reviewer.cli.main import main; main()"
    whole = started("pass", "check", "--no-cache", *CHOSEN, capture_output=True)
    command = [sys.executable, "-c", code.format(arguments=["check", "--no-cache", *CHOSEN])]
    done = subprocess.run(command, capture_output=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (1, whole.stdout + b"at exit\n", whole.stderr)


# Terminals ------------------------------------------------------------------------------------------------------------


def test_a_long_run_shows_progress_on_a_terminal_alone(shop: Path) -> None:
    shown, printed = seen_on_terminal(AT_ONCE, "check", "--no-cache", *CHOSEN, stdout=subprocess.PIPE)
    piped = started(AT_ONCE, "check", "--no-cache", *CHOSEN, capture_output=True)

    assert "Reading files" in shown
    assert "Reading files" not in printed
    assert piped.stderr == b""
    assert piped.stdout.decode() == printed


def test_a_short_run_shows_no_progress_and_a_terminal_gets_colour_and_time(shop: Path) -> None:
    shown, _ = seen_on_terminal("pass", "check", *CHOSEN, "--cache-dir", str(shop.parent / "cache"))

    assert "Reading files" not in shown
    assert "\x1b[1;31merror" in shown
    assert " s" in shown.splitlines()[-1]


def test_a_patch_cannot_act_on_a_terminal(shop: Path) -> None:
    text = (shop / "app.py").read_text()
    (shop / "app.py").write_text(text.replace('"""Create an item."""', '"""Create \x1b[31m\u202e an item."""'))
    arguments = ("check", "--select", "post-create-without-201", "--unsafe-fixes", "--diff", "--no-cache")
    shown, _ = seen_on_terminal("pass", *arguments)
    piped = started("pass", *arguments, capture_output=True).stdout.decode()

    assert "+@app.post(" in shown
    assert "\x1b[31m" not in shown
    assert "\u202e" not in shown
    assert "\x1b[31m\u202e" in piped


def test_a_patch_is_exact_for_programs_and_cannot_command_a_build_system(shop: Path) -> None:
    text = (shop / "app.py").read_text()
    commands = "\n::error::forged\t##[error]forged\n    "
    (shop / "app.py").write_text(text.replace('"""Create an item."""', f'"""Create an item.{commands}"""'))
    arguments = ("check", "--select", "post-create-without-201", "--unsafe-fixes", "--diff", "--no-cache")
    outside = {name: value for name, value in os.environ.items() if name not in BUILD_SYSTEMS}
    exact = started("pass", *arguments, capture_output=True, env=outside).stdout.decode()
    logged = started("pass", *arguments, capture_output=True, env={**outside, "CI": "true"}).stdout.decode()
    shown, _ = seen_on_terminal("pass", *arguments)

    assert "\n ::error::forged\t##[error]forged\n" in exact
    assert "\n \\x3a:error::forged\t##\\x5berror]forged\n" in logged
    assert "forged\t##\\x5berror]forged" in shown


def test_a_name_that_looks_like_an_option_cannot_act_on_a_terminal(shop: Path) -> None:
    shown, _ = seen_on_terminal("pass", "check", "--\x1b]0;title\x07\u202e.py")
    unknown, _ = seen_on_terminal("pass", "\x1b[2J\u202e")

    assert "No such option" in shown
    assert "There is no command" in unknown
    for text in (shown, unknown):
        assert not {"\x1b", "\x07", "\u202e"} & set(text)


# Failures of our own --------------------------------------------------------------------------------------------------


def test_a_defect_of_ours_is_two_lines_and_exit_code_2(shop: Path) -> None:
    done = started(FAILING, "check", capture_output=True)

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().splitlines() == [
        "reviewer: internal error: KeyError: 'a\\nb'",
        "This is a defect of reviewer; set REVIEWER_TRACEBACK=1 to see where it happened.",
    ]


def test_a_defect_of_ours_shows_where_it_happened_if_asked(shop: Path) -> None:
    done = started(FAILING, "check", capture_output=True, env={**os.environ, "REVIEWER_TRACEBACK": "1"})

    assert done.returncode == 2
    assert b"Traceback (most recent call last)" in done.stderr


def test_a_working_folder_that_is_gone_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    change = f"import os; os.chdir({str(gone)!r}); os.rmdir({str(gone)!r})"
    done = started(change, "check", capture_output=True)

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert b"No such file or directory" in done.stderr
