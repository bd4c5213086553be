"""The state of repositories, ordinary, odd and hostile."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import reviewer.git_plumbing as git_plumbing
from reviewer.git import GitState, Repository, parse_commit, read_state
from reviewer.git_plumbing import PLUMBING, GitError, run_plumbing

NO_PIPELINE: dict[str, str] = {}
AUTHOR = "Ada <ada@example.org>"


def run_git(folder: Path, *arguments: str) -> str:
    """Plain git, to build repositories with."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
    }
    result = subprocess.run(["git", *arguments], cwd=folder, env=environment, check=True, capture_output=True)
    return result.stdout.decode().strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    run_git(root, "init", "-q", "-b", "feat/search")
    (root / "app.py").write_text("x = 1\n")
    run_git(root, "add", "app.py")
    run_git(root, "commit", "-q", "-m", "feat: add a search\n\nWith a body.")
    return root


def state_of(root: Path) -> GitState:
    return read_state(root, NO_PIPELINE)


def test_an_ordinary_repository_is_read(repository: Path) -> None:
    assert state_of(repository) == GitState(
        branch="feat/search",
        head=run_git(repository, "rev-parse", "HEAD"),
        message="feat: add a search\n\nWith a body.\n",
        author=AUTHOR,
    )


def test_a_folder_below_the_top_belongs_to_the_repository(repository: Path) -> None:
    (repository / "services" / "api").mkdir(parents=True)

    assert state_of(repository / "services" / "api").branch == "feat/search"


def test_packed_refs_are_read(repository: Path) -> None:
    before = state_of(repository)
    run_git(repository, "branch", "feat/search-2")
    run_git(repository, "tag", "-a", "-m", "x", "v1")

    run_git(repository, "pack-refs", "--all")
    run_git(repository, "gc", "-q")

    assert not (repository / ".git/refs/heads/feat/search").exists()
    assert state_of(repository) == before


def test_a_loose_ref_wins_over_a_packed_one(repository: Path) -> None:
    run_git(repository, "pack-refs", "--all")
    run_git(repository, "commit", "-q", "--allow-empty", "-m", "fix: newer")

    assert state_of(repository).message == "fix: newer\n"


def test_an_unborn_branch_has_a_name_and_no_commit(tmp_path: Path) -> None:
    run_git(tmp_path, "init", "-q", "-b", "feat/first")

    assert state_of(tmp_path) == GitState(branch="feat/first")


def test_an_unborn_branch_beside_branches_of_its_folder(repository: Path) -> None:
    run_git(repository, "symbolic-ref", "HEAD", "refs/heads/feat")

    assert state_of(repository) == GitState(branch="feat")


def test_a_detached_head_has_no_branch(repository: Path) -> None:
    run_git(repository, "checkout", "-q", "--detach")

    state = state_of(repository)

    assert state.branch is None
    assert state.message == "feat: add a search\n\nWith a body.\n"
    assert state.problem is None


def test_a_second_working_tree_has_its_own_branch(repository: Path, tmp_path: Path) -> None:
    run_git(repository, "worktree", "add", "-q", "-b", "fix/login", str(tmp_path / "second"))
    run_git(tmp_path / "second", "commit", "-q", "--allow-empty", "-m", "fix: close the session")

    state = state_of(tmp_path / "second")

    assert (state.branch, state.message) == ("fix/login", "fix: close the session\n")
    assert state_of(repository).branch == "feat/search"


def test_a_separate_git_directory_is_followed(repository: Path, tmp_path: Path) -> None:
    run_git(repository, "init", "-q", "--separate-git-dir", str(tmp_path / "elsewhere.git"))

    assert (repository / ".git").is_file()
    assert state_of(repository).branch == "feat/search"


def test_a_shallow_clone_is_read(repository: Path, tmp_path: Path) -> None:
    run_git(repository, "commit", "-q", "--allow-empty", "-m", "fix: second")
    run_git(tmp_path, "clone", "-q", "--depth", "1", repository.as_uri(), "clone")

    state = state_of(tmp_path / "clone")

    assert (state.branch, state.message, state.problem) == ("feat/search", "fix: second\n", None)
    assert state.default_branch == "feat/search"


def test_a_merge_is_known(repository: Path) -> None:
    run_git(repository, "checkout", "-q", "--orphan", "other")
    run_git(repository, "commit", "-q", "-m", "fix: other")
    run_git(repository, "checkout", "-q", "feat/search")
    run_git(repository, "merge", "-q", "--allow-unrelated-histories", "-m", "bring both together", "other")

    assert state_of(repository).is_merge


def test_a_head_that_is_a_symbolic_link_is_read(repository: Path) -> None:
    (repository / ".git/HEAD").unlink()
    (repository / ".git/HEAD").symlink_to("refs/heads/feat/search")

    assert state_of(repository).branch == "feat/search"


def test_a_branch_that_is_an_alias_of_another_is_followed(repository: Path) -> None:
    run_git(repository, "symbolic-ref", "refs/heads/alias", "refs/heads/feat/search")
    run_git(repository, "symbolic-ref", "HEAD", "refs/heads/alias")

    assert state_of(repository).branch == "feat/search"


def test_a_repository_with_sha256_names_is_read(tmp_path: Path) -> None:
    run_git(tmp_path, "init", "-q", "-b", "main", "--object-format=sha256")
    run_git(tmp_path, "commit", "-q", "--allow-empty", "-m", "feat: start")

    state = state_of(tmp_path)

    assert len(state.head or "") == 64
    assert state.message == "feat: start\n"


@pytest.mark.skipif(os.name == "nt", reason="names are text on Windows")
def test_a_branch_name_that_is_not_utf_8_is_spelled_out(repository: Path) -> None:
    (repository / ".git/HEAD").write_bytes(b"ref: refs/heads/feat/\xff\n")

    assert state_of(repository).branch == "feat/\\xff"


def test_refs_in_tables_are_asked_of_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = state_of(repository)
    (repository / ".git/HEAD").write_text("ref: refs/heads/.invalid\n")
    answers = {"symbolic-ref": b"refs/heads/feat/search\n", "rev-parse": f"{before.head}\n".encode()}
    ask = Repository._run_plumbing

    def answer(self: Repository, command: str, *arguments: str, **options: object) -> bytes:
        return answers[command] if command in answers else ask(self, command, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Repository, "_run_plumbing", answer)
    (repository / ".git/HEAD").write_text("ref: refs/heads/.invalid\n")

    branch, head = Repository.discover(repository).read_head()

    assert (branch, head) == (before.branch, before.head)


# What the default branch is


def test_the_remote_says_which_branch_is_the_default(repository: Path, tmp_path: Path) -> None:
    run_git(repository, "branch", "main")
    run_git(tmp_path, "clone", "-q", str(repository), "clone")
    run_git(tmp_path / "clone", "remote", "set-head", "origin", "main")

    assert state_of(tmp_path / "clone").default_branch == "main"


def test_the_only_usual_name_is_the_default(repository: Path) -> None:
    run_git(repository, "branch", "master")

    assert state_of(repository).default_branch == "master"


def test_two_usual_names_leave_the_default_unknown(repository: Path) -> None:
    run_git(repository, "branch", "master")
    run_git(repository, "branch", "main")

    assert state_of(repository).default_branch is None


def test_gitlab_tells_the_default_branch(repository: Path) -> None:
    pipeline = {"GITLAB_CI": "true", "CI_COMMIT_REF_NAME": "x", "CI_DEFAULT_BRANCH": "trunk"}

    assert read_state(repository, pipeline).default_branch == "trunk"


# The branch in a pipeline, which checks out a detached HEAD


def test_the_pipeline_is_asked_only_for_a_detached_head(repository: Path) -> None:
    pipeline = {"GITHUB_ACTIONS": "true", "GITHUB_HEAD_REF": "fix/a"}

    assert read_state(repository, pipeline).branch == "feat/search"
    run_git(repository, "checkout", "-q", "--detach")
    assert read_state(repository, pipeline).branch == "fix/a"


# Commit objects


def test_a_message_in_another_encoding_is_decoded(repository: Path) -> None:
    run_git(repository, "-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q", "--allow-empty", "-m", "fix: naïve")
    raw = b"tree 1\nauthor A <a@b> 1 +0000\nencoding ISO-8859-1\n\nfix: na\xefve\n"

    assert parse_commit(raw).message == "fix: naïve\n"


@pytest.mark.parametrize("encoding", [b"rot13", b"zlib_codec", b"iso-8859-99", b"\xff", b"unicode_escape"])
def test_an_encoding_that_is_none_is_taken_for_utf_8(encoding: bytes) -> None:
    assert parse_commit(b"encoding " + encoding + b"\n\n\xc3\xa9\\n\xff").message == "é\\n\ufffd"


def test_a_commit_without_headers_or_message_is_read() -> None:
    assert parse_commit(b"").message == ""
    assert parse_commit(b"tree 1\nauthor nobody").author == ""


# What cannot be read is told


def problem_of(root: Path) -> str:
    state = state_of(root)

    assert state.message is None
    return state.problem or ""


def test_a_folder_without_repository(tmp_path: Path) -> None:
    assert problem_of(tmp_path) == "The folder is not in a git repository."
    assert problem_of(tmp_path / "missing") == "The folder could not be read: No such file or directory."


def test_a_bare_repository(tmp_path: Path) -> None:
    run_git(tmp_path, "init", "-q", "--bare")

    assert "bare repository" in problem_of(tmp_path)
    assert "bare repository" in problem_of(tmp_path / "objects")


def test_a_git_folder_that_is_no_repository_is_passed_over(repository: Path) -> None:
    (repository / "vendored" / ".git").mkdir(parents=True)

    assert state_of(repository / "vendored").branch == "feat/search"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"gitdir: \n",
        b"gitdir: /dev/zero\n",
        b"gitdir: ../..\n",
        b"gitdir: a\0b",
        b"gitdir: " + b"a" * 9000,
        b"x" * 70_000,
    ],
    ids=["empty", "no name", "device", "no repository", "zero byte", "too long", "too large"],
)
def test_a_hostile_git_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".git").write_bytes(content)

    assert problem_of(tmp_path).startswith(".git is larger" if len(content) > 64_000 else "The .git file")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("name", [".git/HEAD", ".git/refs/heads/feat/search", ".git/packed-refs", ".git/commondir"])
def test_a_pipe_in_the_place_of_a_file_does_not_hang(repository: Path, name: str) -> None:
    if name == ".git/packed-refs":
        (repository / ".git/refs/heads/feat/search").unlink()
    (repository / name).unlink(missing_ok=True)
    os.mkfifo(repository / name)

    assert problem_of(repository)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_in_the_place_of_the_repository_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".git")

    assert problem_of(tmp_path) == ".git is not a regular file."


@pytest.mark.parametrize("name", ["HEAD", "packed-refs", "refs/heads/feat/search"])
def test_a_huge_file_is_refused_unread(repository: Path, name: str) -> None:
    (repository / ".git/refs/heads/feat/search").unlink()
    with open(repository / ".git" / name, "wb") as file:
        file.truncate(3 * 2**30)

    assert "is larger than" in problem_of(repository)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"garbage",
        b"\xff\xfe",
        b"ref: refs/heads/../../../../etc/passwd",
        b"ref: /etc/passwd",
        b"ref: refs/heads/a\nb",
        b"ref: refs/heads/a\0b",
        b"ref: HEAD",
        b"ref: refs/heads/",
    ],
)
def test_a_head_that_names_nothing_possible(repository: Path, content: bytes) -> None:
    (repository / ".git/HEAD").write_bytes(content)

    assert problem_of(repository)


def test_symbolic_refs_in_a_circle(repository: Path) -> None:
    (repository / ".git/refs/heads/a").write_text("ref: refs/heads/b\n")
    (repository / ".git/refs/heads/b").write_text("ref: refs/heads/a\n")
    (repository / ".git/HEAD").write_text("ref: refs/heads/a\n")

    assert problem_of(repository) == "HEAD leads through too many symbolic refs."


def test_a_missing_or_broken_commit_keeps_the_branch(repository: Path) -> None:
    (repository / ".git/refs/heads/feat/search").write_text("0123456789" * 4 + "\n")

    state = state_of(repository)

    assert (state.branch, state.head) == ("feat/search", "0123456789" * 4)
    assert state.problem == "The object 012345678901 is not in the repository."


def test_a_head_that_is_no_commit_is_told(repository: Path) -> None:
    tree = run_git(repository, "rev-parse", "HEAD^{tree}")
    (repository / ".git/HEAD").write_text(tree)

    assert problem_of(repository) == f"{tree[:12]} is not a commit but a tree."


def test_an_enormous_message_is_refused(repository: Path) -> None:
    (repository / "message").write_text("feat: x\n\n" + "a\n" * 1_000_000)
    run_git(repository, "commit", "-q", "--allow-empty", "-F", "message")

    assert problem_of(repository) == "git wrote more than 1000200 bytes."


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give files away")
def test_the_repository_of_another_user_keeps_the_branch(repository: Path) -> None:
    for path in (repository, repository / ".git"):
        os.chown(path, 12345, 12345)

    state = state_of(repository)

    assert state.branch == "feat/search"
    assert "dubious ownership" in (state.problem or "")


# A git that is missing, hanging, failing or flooding


def install_git(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    folder.mkdir()
    program = folder / "git"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_a_missing_git_keeps_the_branch(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")

    state = state_of(repository)

    assert (state.branch, state.problem) == ("feat/search", "git is not installed, or not on PATH.")


@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("exec sleep 60", "git did not answer within 0.2 seconds."),
        ("sleep 60 & sleep 60", "git did not answer within 0.2 seconds."),
        ("sleep 60 & exit 0", "git did not answer within 0.2 seconds."),
        ("yes", "git wrote more than 1000200 bytes."),
        ("yes >&2", "git did not answer within 0.2 seconds."),
        ("echo 'fatal: something is odd.' >&2; exit 128", "git failed: something is odd."),
        ("exit 3", "git failed with status 3."),
        ("kill -9 $$", "git failed with status -9."),
        ("echo nonsense", "The object "),
        ("printf '\\0\\377'", "The object "),
    ],
)
def test_a_git_that_misbehaves_is_told(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, problem: str
) -> None:
    install_git(tmp_path / "programs", monkeypatch, script)
    monkeypatch.setattr(git_plumbing, "TIME_LIMIT", 0.2 if "sleep" in script or ">&2" in script[:8] else 10.0)

    state = state_of(repository)

    assert state.branch == "feat/search"
    assert (state.problem or "").startswith(problem)


@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
@pytest.mark.parametrize("entry", [".", "", "bin", "{root}/bin", "{root}"])
def test_a_git_of_the_reviewed_tree_is_not_run(
    repository: Path, monkeypatch: pytest.MonkeyPatch, entry: str, tmp_path: Path
) -> None:
    for folder in (repository, repository / "bin"):
        folder.mkdir(exist_ok=True)
        (folder / "git").write_text(f"#!/bin/sh\ntouch {tmp_path}/canary\n")
        (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", entry.format(root=repository) + ":" + os.environ["PATH"])
    monkeypatch.chdir(repository)

    state = state_of(repository)

    assert state.problem is None
    assert not (tmp_path / "canary").exists()


# Hostile repositories: nothing of them may run


def configure(key: str, value: str) -> Callable[[Path, str], None]:
    def change(root: Path, program: str) -> None:
        run_git(root, "config", key, value.format(program=program))

    return change


def include_a_file(root: Path, program: str) -> None:
    (root / "evil.config").write_text(
        f"[core]\n\tfsmonitor = {program}\n\tpager = {program}\n"
        f"[gpg]\n\tprogram = {program}\n[log]\n\tshowSignature = true\n"
    )
    run_git(root, "config", "include.path", str(root / "evil.config"))


def install_hooks(root: Path, program: str) -> None:
    for name in ("post-checkout", "post-index-change", "reference-transaction", "fsmonitor-watchman", "pre-auto-gc"):
        (root / ".git/hooks").mkdir(exist_ok=True)
        (root / ".git/hooks" / name).unlink(missing_ok=True)
        (root / ".git/hooks" / name).symlink_to(program)


def name_a_filter(root: Path, program: str) -> None:
    (root / ".gitattributes").write_text("* filter=evil diff=evil merge=evil\n")
    for key in ("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.evil.textconv"):
        run_git(root, "config", key, program)
    run_git(root, "config", "diff.evil.command", program)
    run_git(root, "config", "filter.evil.required", "true")


def sign_the_head(root: Path, program: str) -> None:
    content = subprocess.run(["git", "cat-file", "commit", "HEAD"], cwd=root, check=True, capture_output=True).stdout
    header, _, message = content.partition(b"\n\n")
    signature = b"\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n AAAA\n -----END PGP SIGNATURE-----"
    (root / "signed").write_bytes(header + signature + b"\n\n" + message)
    name = run_git(root, "hash-object", "-t", "commit", "-w", "signed")
    (root / ".git/refs/heads/feat/search").write_text(name + "\n")
    run_git(root, "config", "gpg.program", program)
    run_git(root, "config", "log.showSignature", "true")


def promise_a_missing_object(root: Path, program: str) -> None:
    run_git(root, "config", "extensions.partialClone", "evil")
    run_git(root, "config", "remote.evil.promisor", "true")
    run_git(root, "config", "remote.evil.url", f"ext::{program}")
    run_git(root, "config", "remote.evil.uploadpack", program)
    run_git(root, "config", "protocol.ext.allow", "always")
    (root / ".git/refs/heads/feat/search").write_text("0123456789" * 4 + "\n")


HOSTILE_SETTINGS: dict[str, Callable[[Path, str], None]] = {
    "fsmonitor": configure("core.fsmonitor", "{program}"),
    "hooks": install_hooks,
    "hooks path": configure("core.hooksPath", "."),
    "filters": name_a_filter,
    "external diff": configure("diff.external", "{program}"),
    "alias": configure("alias.cat-file", "!{program}"),
    "pager": configure("core.pager", "{program}"),
    "pager of the command": configure("pager.cat-file", "{program}"),
    "include": include_a_file,
    "ssh command": configure("core.sshCommand", "{program}"),
    "askpass": configure("core.askPass", "{program}"),
    "editor": configure("core.editor", "{program}"),
    "credential helper": configure("credential.helper", "!{program}"),
    "order file": configure("diff.orderFile", "/dev/zero"),
    "signature": sign_the_head,
    "promised object": promise_a_missing_object,
    "alternate refs": configure("core.alternateRefsCommand", "{program}"),
}


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A file that the program `evil` beside it makes."""
    program = tmp_path / "evil"
    program.write_text(f"#!/bin/sh\necho \"$0 $*\" >> '{tmp_path}/canary'\ncat 2>/dev/null\n")
    program.chmod(0o755)
    return tmp_path / "canary"


def stir_everything(root: Path) -> None:
    """Calls every plumbing command in the ways that reviews need."""
    head = (root / ".git/refs/heads/feat/search").read_text().strip()
    calls = [
        ("config",),
        ("diff-index", "HEAD"),
        ("diff-tree", "-r", "--numstat", "-M", "--root", "--end-of-options", head),
        ("diff-tree", "-r", "-p", "--root", "--end-of-options", head),
        ("for-each-ref", "--format=%(refname)%(objectname)"),
        ("log", "-p", "-3", "--format=%H%G?%B", "--end-of-options", head),
        ("ls-files",),
        ("merge-base", head, head),
        ("rev-parse", "--verify", "HEAD"),
        ("symbolic-ref", "HEAD"),
    ]
    for command, *arguments in calls:
        run_plumbing(root, command, *arguments)


@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
@pytest.mark.parametrize("setting", HOSTILE_SETTINGS)
def test_nothing_of_a_hostile_repository_runs(repository: Path, canary: Path, setting: str) -> None:
    HOSTILE_SETTINGS[setting](repository, str(canary.parent / "evil"))
    (repository / "app.py").write_text("x = 2\n")
    canary.unlink(missing_ok=True)  # building the repository may have run it

    state = state_of(repository)
    if setting != "promised object":  # where there is nothing to ask about
        stir_everything(repository)

    assert not canary.exists(), canary.read_text()
    assert state.branch == "feat/search"


@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
@pytest.mark.parametrize(
    ("setting", "command"),
    [
        ("fsmonitor", "status"),
        ("filters", "diff"),
        ("signature", "log"),
        ("include", "status"),
        ("external diff", "diff"),
    ],
)
def test_plain_git_would_run_it(repository: Path, canary: Path, setting: str, command: str) -> None:
    """The control: the settings above are live ones."""
    HOSTILE_SETTINGS[setting](repository, str(canary.parent / "evil"))
    (repository / "app.py").write_text("x = 2\n")
    canary.unlink(missing_ok=True)

    subprocess.run(["git", command], cwd=repository, capture_output=True, check=False, timeout=20)

    assert canary.exists()


@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
def test_git_variables_of_the_environment_do_not_leak_in(
    repository: Path, canary: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    expected = state_of(repository)
    program = str(canary.parent / "evil")
    for name in ("GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_SSH_COMMAND", "GIT_SSH", "GIT_ASKPASS", "GIT_EDITOR"):
        monkeypatch.setenv(name, program)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_INDEX_FILE", "GIT_EXEC_PATH"):
        monkeypatch.setenv(name, str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.fsmonitor")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", program)
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", f"'core.fsmonitor'='{program}'")
    monkeypatch.setenv("GIT_TRACE", str(canary))

    state = state_of(repository)
    stir_everything(repository)

    assert state == expected
    assert not canary.exists()


def test_a_bare_repository_hidden_in_a_tree_is_not_used(repository: Path, canary: Path) -> None:
    hidden = repository / "fixtures" / "hidden"
    hidden.mkdir(parents=True)
    run_git(hidden, "init", "-q", "--bare")
    run_git(hidden, "config", "core.fsmonitor", str(canary.parent / "evil"))

    assert "bare repository" in problem_of(hidden)
    with pytest.raises(GitError, match="bare repository"):
        run_plumbing(hidden, "rev-parse", "HEAD")
    assert not canary.exists()


def test_nothing_is_written_to_the_repository(repository: Path) -> None:
    def listing() -> dict[Path, tuple[int, int]]:
        return {path: (path.lstat().st_mtime_ns, path.lstat().st_size) for path in repository.rglob("*")}

    before = listing()
    state_of(repository)
    stir_everything(repository)

    assert listing() == before


@pytest.mark.parametrize("command", ["status", "diff", "blame", "fetch", "commit", "show", "checkout"])
def test_commands_outside_the_list_are_refused(repository: Path, command: str) -> None:
    assert command not in PLUMBING
    with pytest.raises(KeyError):
        run_plumbing(repository, command)


def test_gitpython_is_not_imported_for_the_state(repository: Path) -> None:
    import sys

    program = (
        "import sys; from pathlib import Path; from reviewer.git import read_state;"
        f"assert read_state(Path({str(repository)!r})).head; assert 'git' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", program], check=True)
