"""Hostile repositories: whatever their settings name, no command of ours lets git start it.

Each way has a control: a plain git command that does start the program, where plain git does so without a terminal.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from command_line import APPLICATION, MODELS, Run
from git_repositories import IDENTITY, commit_all, make_repository, run_git

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a shell")

MISSING = "0123456789" * 4


class Attack(NamedTuple):
    """One way to make git start a program: what prepares it, and a plain git command that falls for it."""

    prepare: Callable[[Path, str], None]
    control: tuple[str, ...] = ()
    control_input: bytes = b""


def configured(*settings: tuple[str, str]) -> Callable[[Path, str], None]:
    def prepare(root: Path, program: str) -> None:
        for key, value in settings:
            run_git(root, "config", "--add", key, value.format(program=program))

    return prepare


def with_attributes(attributes: str, *settings: tuple[str, str]) -> Callable[[Path, str], None]:
    def prepare(root: Path, program: str) -> None:
        (root / ".gitattributes").write_text(attributes)
        configured(*settings)(root, program)

    return prepare


def with_attributes_of_the_repository(root: Path, program: str) -> None:
    (root / ".git/info").mkdir(exist_ok=True)
    (root / ".git/info/attributes").write_text("* diff=evil filter=evil\n")
    configured(("diff.evil.textconv", "{program}"), ("filter.evil.clean", "{program}"))(root, program)


def with_attributes_from_elsewhere(root: Path, program: str) -> None:
    (root.parent / "attributes").write_text("* filter=evil\n")
    configured(("core.attributesFile", str(root.parent / "attributes")), ("filter.evil.clean", "{program}"))(
        root, program
    )


def with_hooks(folder: str) -> Callable[[Path, str], None]:
    def prepare(root: Path, program: str) -> None:
        (root / folder).mkdir(parents=True, exist_ok=True)
        for name in (
            *("pre-commit", "commit-msg", "prepare-commit-msg", "post-commit", "post-checkout", "post-merge"),
            *(
                "post-index-change",
                "reference-transaction",
                "pre-auto-gc",
                "pre-push",
                "post-rewrite",
                "fsmonitor-watchman",
            ),
        ):
            (root / folder / name).unlink(missing_ok=True)
            (root / folder / name).symlink_to(program)
        if folder != ".git/hooks":
            run_git(root, "config", "core.hooksPath", folder)

    return prepare


def with_an_included_file(key: str) -> Callable[[Path, str], None]:
    def prepare(root: Path, program: str) -> None:
        (root / "evil.config").write_text(f"[core]\n\tfsmonitor = {program}\n\tpager = {program}\n")
        run_git(root, "config", key, str(root / "evil.config"))

    return prepare


def with_settings_of_the_working_tree(root: Path, program: str) -> None:
    run_git(root, "config", "extensions.worktreeConfig", "true")
    run_git(root, "config", "--worktree", "core.fsmonitor", program)


def with_another_working_tree(root: Path, program: str) -> None:
    elsewhere = root.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / ".gitattributes").write_text("* filter=evil\n")
    (elsewhere / "app.py").write_text("x = 3\n")
    configured(("filter.evil.clean", "{program}"), ("core.worktree", str(elsewhere)))(root, program)


def with_a_git_directory_elsewhere(root: Path, program: str) -> None:
    (root / ".git").rename(root.parent / "hidden.git")
    (root / ".git").write_text("gitdir: ../hidden.git\n")
    run_git(root, "config", "core.fsmonitor", program)


def with_an_alternate_object_folder(root: Path, program: str) -> None:
    other = make_repository(root.parent / "lender")
    commit_all(other)
    run_git(other, "config", "core.fsmonitor", program)
    with_hooks(".git/hooks")(other, program)
    (root / ".git/objects/info").mkdir(exist_ok=True)
    (root / ".git/objects/info/alternates").write_text(f"{other}/.git/objects\n/dev\n../../../../../nowhere\n")
    run_git(root, "config", "core.alternateRefsCommand", program)


def with_a_signed_head(form: str, *settings: tuple[str, str]) -> Callable[[Path, str], None]:
    def prepare(root: Path, program: str) -> None:
        content = subprocess.run(
            ["git", "cat-file", "commit", "HEAD"], cwd=root, check=True, capture_output=True
        ).stdout
        header, _, message = content.partition(b"\n\n")
        signature = f"\ngpgsig -----BEGIN {form}-----\n \n AAAA\n -----END {form}-----".encode()
        (root.parent / "signed").write_bytes(header + signature + b"\n\n" + message)
        name = run_git(root, "hash-object", "-t", "commit", "-w", str(root.parent / "signed"))
        run_git(root, "update-ref", "refs/heads/feat/orders", name)
        configured(("log.showSignature", "true"), *settings)(root, program)

    return prepare


def with_a_promised_object(*settings: tuple[str, str]) -> Callable[[Path, str], None]:
    """The base names a file that only the remote is said to have."""

    def prepare(root: Path, program: str) -> None:
        configured(
            ("extensions.partialClone", "evil"),
            ("remote.evil.promisor", "true"),
            ("protocol.ext.allow", "always"),
            ("protocol.file.allow", "always"),
            *settings,
        )(root, program)
        tree = (
            subprocess.run(
                ["git", "mktree", "--missing"],
                cwd=root,
                check=True,
                capture_output=True,
                input=f"100644 blob {MISSING}\tapp.py\n".encode(),
            )
            .stdout.decode()
            .strip()
        )
        environment = {**os.environ, **IDENTITY}
        commit = (
            subprocess.run(
                ["git", "commit-tree", tree, "-m", "feat: promised"],
                cwd=root,
                check=True,
                capture_output=True,
                env=environment,
            )
            .stdout.decode()
            .strip()
        )
        child = (
            subprocess.run(
                ["git", "commit-tree", "HEAD^{tree}", "-p", commit, "-m", "feat: read orders"],
                cwd=root,
                check=True,
                capture_output=True,
                env=environment,
            )
            .stdout.decode()
            .strip()
        )
        run_git(root, "update-ref", "refs/heads/main", commit)
        run_git(root, "update-ref", "refs/heads/feat/orders", child)

    return prepare


def with_a_submodule(root: Path, program: str) -> None:
    other = make_repository(root.parent / "part")
    commit_all(other)
    run_git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "part")
    run_git(root, "config", "submodule.part.update", f"!{program}")
    run_git(root / "part", "config", "core.fsmonitor", program)
    with_hooks("hooks")(root / "part", program)
    commit_all(root / "part")  # so that there is something to update


ATTACKS: dict[str, Attack] = {
    "fsmonitor": Attack(configured(("core.fsmonitor", "{program}")), ("status",)),
    "hooks": Attack(with_hooks(".git/hooks"), ("commit", "--allow-empty", "-m", "x")),
    "hooks path": Attack(with_hooks("hooks"), ("commit", "--allow-empty", "-m", "x")),
    "clean filter": Attack(with_attributes("* filter=evil\n", ("filter.evil.clean", "{program}")), ("diff",)),
    "smudge filter": Attack(
        with_attributes("* filter=evil\n", ("filter.evil.smudge", "{program}")), ("checkout", "HEAD", "--", "app.py")
    ),
    "process filter": Attack(
        with_attributes("* filter=evil\n", ("filter.evil.process", "{program}"), ("filter.evil.required", "true")),
        ("diff",),
    ),
    "external diff": Attack(configured(("diff.external", "{program}")), ("diff",)),
    "diff driver": Attack(with_attributes("* diff=evil\n", ("diff.evil.command", "{program}")), ("diff",)),
    "textconv": Attack(with_attributes("* diff=evil\n", ("diff.evil.textconv", "{program}")), ("diff",)),
    "merge driver": Attack(with_attributes("* merge=evil\n", ("merge.evil.driver", "{program} %O %A %B"))),
    "attributes of the repository": Attack(with_attributes_of_the_repository, ("diff",)),
    "attributes from elsewhere": Attack(with_attributes_from_elsewhere, ("diff",)),
    "pager": Attack(configured(("core.pager", "{program}"))),
    "pagers of commands": Attack(
        configured(
            *(
                (f"pager.{command}", "{program}")
                for command in ("cat-file", "ls-tree", "diff-index", "log", "rev-parse")
            )
        )
    ),
    "alias": Attack(configured(("alias.evil", "!{program}")), ("evil",)),
    "aliases of our commands": Attack(
        configured(
            *((f"alias.{command}", "!{program}") for command in ("cat-file", "ls-tree", "diff-index", "merge-base"))
        )
    ),
    "editor": Attack(
        configured(("core.editor", "{program}"), ("sequence.editor", "{program}")), ("commit", "--allow-empty")
    ),
    "difftool": Attack(
        configured(("diff.tool", "evil"), ("difftool.evil.cmd", "{program}"), ("difftool.prompt", "false")),
        ("difftool",),
    ),
    "ssh command": Attack(
        configured(("core.sshCommand", "{program}"), ("remote.origin.url", "ssh://localhost/x")), ("fetch", "origin")
    ),
    "proxy command": Attack(
        configured(("core.gitProxy", "{program}"), ("remote.origin.url", "git://localhost/x")), ("fetch", "origin")
    ),
    "credential helper": Attack(
        configured(("credential.helper", "!{program}")), ("credential", "fill"), b"protocol=https\nhost=localhost\n\n"
    ),
    "askpass": Attack(
        configured(("core.askPass", "{program}")), ("credential", "fill"), b"protocol=https\nhost=localhost\n\n"
    ),
    "gpg program": Attack(with_a_signed_head("PGP SIGNATURE", ("gpg.program", "{program}")), ("log", "-1")),
    "ssh signature program": Attack(
        with_a_signed_head(
            "SSH SIGNATURE", ("gpg.ssh.program", "{program}"), ("gpg.ssh.allowedSignersFile", "/dev/null")
        ),
        ("log", "-1"),
    ),
    "x509 program": Attack(with_a_signed_head("SIGNED MESSAGE", ("gpg.x509.program", "{program}")), ("log", "-1")),
    "trailer commands": Attack(
        configured(("trailer.evil.cmd", "{program}"), ("trailer.worse.command", "{program}")),
        ("interpret-trailers", "--trailer", "evil=1"),
        b"feat: x\n",
    ),
    "include": Attack(with_an_included_file("include.path"), ("status",)),
    "conditional include": Attack(with_an_included_file("includeIf.gitdir:**.path"), ("status",)),
    "settings of the working tree": Attack(with_settings_of_the_working_tree, ("status",)),
    "another working tree": Attack(with_another_working_tree, ("add", "--all")),
    "git directory elsewhere": Attack(with_a_git_directory_elsewhere, ("status",)),
    "alternate objects": Attack(with_an_alternate_object_folder),
    "submodule": Attack(with_a_submodule, ("submodule", "update")),
    "promised by a program": Attack(
        with_a_promised_object(("remote.evil.url", "ext::{program}")), ("cat-file", "blob", MISSING)
    ),
    "promised by an upload program": Attack(
        with_a_promised_object(("remote.evil.url", "."), ("remote.evil.uploadpack", "{program}")),
        ("cat-file", "blob", MISSING),
    ),
    "promised over ssh": Attack(
        with_a_promised_object(("remote.evil.url", "ssh://localhost/x"), ("core.sshCommand", "{program}")),
        ("cat-file", "blob", MISSING),
    ),
    "promised by another address": Attack(
        with_a_promised_object(("remote.evil.url", "evil:x"), ("url.ext::{program} .insteadOf", "evil:"))
    ),
}


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A file that the program `evil` beside it makes."""
    program = tmp_path / "evil"
    program.write_text(f"#!/bin/sh\necho \"$0 $*\" >> '{tmp_path}/canary'\nexit 0\n")
    program.chmod(0o755)
    return tmp_path / "canary"


@pytest.fixture
def victim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a branch of its own, one change committed, one staged and one neither."""
    root = make_repository(tmp_path / "victim")
    (root / "app.py").write_text(APPLICATION)
    (root / "models.py").write_text(MODELS)
    commit_all(root, "feat: open the shop")
    run_git(root, "checkout", "-q", "-b", "feat/orders")
    (root / "app.py").write_text(APPLICATION + "\nA = 1\n")
    commit_all(root, "feat: read orders")
    (root / "app.py").write_text(APPLICATION + "\nA = 2\n")
    run_git(root, "add", "app.py")
    monkeypatch.chdir(root)
    return root


def attacked(root: Path, attack: Attack, canary: Path) -> None:
    attack.prepare(root, str(canary.parent / "evil"))
    (root / "app.py").write_text(APPLICATION + "\nA = 3\n")
    canary.unlink(missing_ok=True)  # preparing may have run it


def run_everything(run: Run, root: Path) -> dict[str, int]:
    """Every command that reads git, in the ways it does; what it ended with."""
    message = root.parent / "message"
    message.write_text("feat: read orders\n")
    commands: tuple[tuple[str, ...], ...] = (
        ("check", "--no-cache"),
        ("check", "--no-cache", "--since", "main"),
        ("check", "--no-cache", "--since", "main", "app.py"),
        ("check", "--no-cache", "--staged"),
        ("check", "--no-cache", "--staged", "--since", "main", "--format", "json"),
        ("check", "--no-cache", "--preset", "strict", "--select", "git"),
        ("baseline", "create", "--no-cache", str(root.parent / "baseline.jsonl")),
        ("routes", "--no-cache"),
        ("model", "--no-cache", "--part", "git"),
        ("commit-msg", str(message)),
        ("commits", "main..HEAD"),
        ("branch",),
    )
    return {" ".join(command): run(*command).code for command in commands}


@pytest.mark.parametrize("name", ATTACKS)
def test_no_command_starts_a_program_of_the_repository(victim: Path, canary: Path, run: Run, name: str) -> None:
    attacked(victim, ATTACKS[name], canary)

    codes = run_everything(run, victim)

    assert not canary.exists(), canary.read_text()
    assert codes["check --no-cache"] in (0, 1)
    if "promised" not in name:
        assert codes["check --no-cache --since main"] in (0, 1), "it reads git all the same"
        assert codes["check --no-cache --staged"] in (0, 1)


@pytest.mark.parametrize("name", [name for name, attack in ATTACKS.items() if attack.control])
def test_plain_git_would_start_it(victim: Path, canary: Path, name: str) -> None:
    """The control: the settings are live ones."""
    attack = ATTACKS[name]
    attacked(victim, attack, canary)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "SSH_"))} | IDENTITY

    subprocess.run(
        ["git", *attack.control],
        cwd=victim,
        capture_output=True,
        check=False,
        timeout=20,
        input=attack.control_input,
        env={**environment, "TERM": "xterm"},
    )

    assert canary.exists()


@pytest.mark.parametrize("is_traced", [False, True])
def test_no_command_heeds_variables_of_git(
    victim: Path, canary: Path, run: Run, monkeypatch: pytest.MonkeyPatch, is_traced: bool
) -> None:
    program = str(canary.parent / "evil")
    names = ("EXTERNAL_DIFF", "PAGER", "SSH_COMMAND", "SSH", "ASKPASS", "EDITOR", "SEQUENCE_EDITOR", "PROXY_COMMAND")
    for name in names:
        monkeypatch.setenv(f"GIT_{name}", program)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "2")
    for number, key in enumerate(("core.fsmonitor", "diff.external")):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", key)
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", program)
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", f"'core.fsmonitor'='{program}'")
    for name in (
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_EXEC_PATH",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    ):
        monkeypatch.setenv(name, str(victim.parent / "nowhere"))
    if is_traced:
        for name in ("GIT_TRACE", "GIT_TRACE2", "GIT_TRACE2_EVENT", "GIT_TRACE_PACKET", "GIT_REDIRECT_STDERR"):
            monkeypatch.setenv(name, str(canary))

    codes = run_everything(run, victim)

    assert not canary.exists(), canary.read_text()
    assert codes["check --no-cache --since main"] in (0, 1)
    assert codes["check --no-cache --staged"] in (0, 1)


def test_no_command_writes_to_the_repository(victim: Path, run: Run) -> None:
    def listing() -> dict[Path, tuple[int, int]]:
        return {path: (path.lstat().st_mtime_ns, path.lstat().st_size) for path in victim.rglob("*")}

    before = listing()
    run_everything(run, victim)

    assert listing() == before


# Contents that are not what they seem


def test_a_pack_that_lies_about_a_content_is_noticed(victim: Path, run: Run) -> None:
    name = run_git(victim, "rev-parse", "main:app.py")
    other = run_git(victim, "rev-parse", "main:models.py")
    loose = victim / ".git/objects" / name[:2] / name[2:]
    content = (victim / ".git/objects" / other[:2] / other[2:]).read_bytes()
    loose.chmod(0o644)
    loose.write_bytes(content)

    outcome = run("check", "--since", "main")

    assert outcome.code == 2
    assert outcome.err.count("\n") == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("name", ["index", "info/sparse-checkout", "shallow", "HEAD", "config"])
def test_a_pipe_among_the_files_of_git_does_not_hang(
    victim: Path, run: Run, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    import reviewer.git_plumbing as git_plumbing

    monkeypatch.setattr(git_plumbing, "TIME_LIMIT", 0.5)
    (victim / ".git" / name).unlink(missing_ok=True)
    os.mkfifo(victim / ".git" / name)

    for arguments in (("--since", "main"), ("--staged",)):
        assert run("check", *arguments).code in (0, 1, 2)


def test_a_name_of_a_file_that_looks_like_an_option_is_a_name(victim: Path, run: Run) -> None:
    (victim / "--output=canary.py").write_text("A = 1\n")
    (victim / "a\nb.py").write_text("A = 1\n")
    commit_all(victim)

    assert run("check", "--since", "HEAD~1").code in (0, 1)
    assert run("check", "--staged").code in (0, 1)
    assert not (victim / "canary.py").exists()
