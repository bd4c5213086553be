"""The command line in this process, on a small repository, with a cache and an environment of its own."""

from __future__ import annotations

import gc
import importlib
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import APPLICATION, MODELS, TEAM_RULE, Outcome, Run

from reviewer.cli.main import main


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Runs the command `reviewer` in this process."""
    for variable in ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "REVIEWER_PACKS", "REVIEWER_TRACEBACK"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    on_termination = signal.getsignal(signal.SIGTERM)

    def reviewer(*arguments: str | Path) -> Outcome:
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        assert isinstance(ended.value.code, int)
        return Outcome(ended.value.code, out, err)

    yield reviewer
    signal.signal(signal.SIGTERM, on_termination)
    gc.enable()


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small repository, which is the working folder."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "app.py").write_text(APPLICATION)
    (folder / "models.py").write_text(MODELS)
    (folder / "pyproject.toml").write_text('[project]\nname = "shop"\n')
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def team_pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The installed pack `team` with the rule `shouted-path` of the family `manners`; gives its package."""
    site = tmp_path / "site"
    package = site / "team_rules"
    (package / "manners").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "manners" / "__init__.py").touch()
    (package / "manners" / "shouted_path.py").write_text(TEAM_RULE)
    information = site / "team_rules-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: team-rules\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[reviewer.rules]\nteam = team_rules\n")
    monkeypatch.syspath_prepend(site)
    importlib.invalidate_caches()
    yield package
    for name in [name for name in sys.modules if name.partition(".")[0] == "team_rules"]:
        del sys.modules[name]
