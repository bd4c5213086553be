import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import msgspec
import pytest

from reviewer.modules import cold_reading, libcst_maker, reading_worker, worker_pool
from reviewer.modules.cache import Cache, NullCache, content_key
from reviewer.modules.module import StoredModule
from reviewer.modules.reading import read_content
from reviewer.modules.worker_pool import Lost, NoProcesses, Task, WorkerPool
from reviewer.modules.workers import ReadResult, Source, available_processors, read_modules
from reviewer.reading import Unreadable

NEWER = b"try:\n    pass\nexcept KeyError, ValueError:\n    pass\n"  # Python 3.14

forks = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="needs forked workers, which see what is patched"
)


def source(path: str, content: bytes) -> Source:
    return Source(path, partial(bytes, content))


def programs(count: int) -> list[Source]:
    """Programs that are enough for workers."""
    filling = b"".join(
        b"def function_%d(value):\n    return value.attribute(%d)\n" % (line, line) for line in range(120)
    )
    return [source(f"package/module_{number}.py", b"number = %d\n" % number + filling) for number in range(count)]


def hostile() -> list[Source]:
    return [
        source(name, content)
        for name, content in {
            "brackets.py": b"(" * 10_000,
            "closed_brackets.py": b"(" * 10_000 + b")" * 10_000,
            "long_line.py": b"x = '" + b"a" * 10_000_000 + b"'",
            "sum.py": b"a" + b"+a" * 100_000,
            "elif.py": b"if a:\n pass\n" + b"elif a:\n pass\n" * 5_000,
            "nul.py": b"x = \0",
            "bytes.py": bytes(range(256)) * 100,
            "future.py": b"quantum def f() -> superposition: \xe2\x89\xa1\n",
            "newer.py": NEWER,
            "empty.py": b"",
            "syntax.py": b"x = 1\ny = = 2\n",
        }.items()
    ]


def refuse() -> bytes:
    raise Unreadable("missing", "There is no such file.")


def read(sources: list[Source], jobs: int = 1, cache: Cache | None = None) -> ReadResult:
    return read_modules(sources, jobs, cache or NullCache())


def without_counts(result: ReadResult) -> ReadResult:
    return msgspec.structs.replace(result, from_cache=0)


@pytest.fixture
def use_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a few files are read by workers."""
    monkeypatch.setattr(cold_reading, "MIN_FILES_FOR_WORKERS", 1)
    monkeypatch.setattr(cold_reading, "MIN_BYTES_FOR_WORKERS", 1)


@pytest.fixture(autouse=True)
def use_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads of whoever runs the tests change nothing."""
    monkeypatch.setattr(worker_pool, "starts_cheaply", lambda: sys.platform not in ("win32", "darwin"))
    monkeypatch.setattr(cold_reading, "starts_cheaply", lambda: True)


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    yield
    assert multiprocessing.active_children() == []


class TestResult:
    def test_every_source_is_a_module_or_a_problem_in_order(self) -> None:
        sources = [source("b.py", b"x = 1"), Source("gone.py", refuse), source("a.py", b"def"), source("c.py", b"")]

        result = read(sources)

        assert [path for path, _ in result.modules] == ["b.py", "c.py"]
        assert [(problem.path, problem.kind) for problem in result.problems] == [
            ("gone.py", "missing"),
            ("a.py", "syntax-error"),
        ]

    def test_nothing_to_read(self) -> None:
        assert read([]) == ReadResult((), (), 0)

    def test_equal_files_are_read_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[bytes] = []

        def read_one(content: bytes) -> reading_worker.Reading:
            seen.append(content)
            return reading_worker.read_one(content)

        monkeypatch.setattr(cold_reading, "read_one", read_one)

        result = read([source("a/__init__.py", b""), source("b/__init__.py", b""), source("c.py", b"x")])

        assert sorted(seen) == [b"", b"x"]
        assert [path for path, _ in result.modules] == ["a/__init__.py", "b/__init__.py", "c.py"]

    def test_a_file_may_stand_twice(self) -> None:
        assert len(read([source("a.py", b"x"), source("a.py", b"x")]).modules) == 2

    def test_progress_is_told(self) -> None:
        told: list[tuple[int, int]] = []
        sources = [*programs(60), Source("gone.py", refuse)]

        read_modules(sources, 2, NullCache(), lambda done, total: told.append((done, total)))

        assert told[-1] == (61, 61)
        assert told == sorted(told)

    @pytest.mark.parametrize("jobs", [2, 4])
    def test_it_is_the_same_for_any_number_of_workers(self, jobs: int) -> None:
        sources = [*programs(60), *hostile()]

        assert read(sources, jobs) == read(sources, 1)

    def test_it_is_the_same_with_and_without_the_cache(self, tmp_path: Path) -> None:
        sources = [*programs(60), *hostile(), Source("gone.py", refuse)]
        expected = read(sources)
        assert expected.from_cache == 0
        for known in (0, len(sources) - 1):
            with closing(Cache.open(tmp_path)) as cache:
                result = read(sources, 2, cache)
            assert result.from_cache == known
            assert without_counts(result) == expected

    def test_large_amounts_are_read_in_batches(self, monkeypatch: pytest.MonkeyPatch) -> None:
        expected = read(programs(70), 2)
        monkeypatch.setattr("reviewer.modules.workers.BATCH_BYTES", 30_000)

        assert read(programs(70), 2) == expected

    def test_a_damaged_entry_is_read_again(self, tmp_path: Path) -> None:
        with closing(Cache.open(tmp_path)) as cache:
            cache.put_many("module", {content_key(b"x"): b"\x00", content_key(b"y"): b""})
            cache.put_many("problem", {content_key(b"x"): b"\x93\x01", content_key(b"("): b"\xc1"})

            result = read([source("x.py", b"x"), source("y.py", b"y"), source("z.py", b"(")], cache=cache)

            assert [path for path, _ in result.modules] == ["x.py", "y.py"]
            assert [problem.kind for problem in result.problems] == ["syntax-error"]
            assert result.from_cache == 0

    def test_the_collector_is_as_before(self) -> None:
        gc.disable()
        try:
            read([source("a.py", b"x")])
            assert not gc.isenabled()
        finally:
            gc.enable()
        read([source("a.py", b"x")])
        assert gc.isenabled()

    def test_there_is_a_processor(self) -> None:
        assert available_processors() >= 1


class TestHostileFiles:
    @pytest.mark.parametrize("jobs", [1, 2])
    def test_each_costs_itself_alone(self, jobs: int) -> None:
        sources = [*programs(50), *hostile()]

        result = read(sources, jobs)

        kinds = {problem.path: problem.kind for problem in result.problems}
        assert kinds.pop("brackets.py") in ("syntax-error", "too-deep")
        assert kinds.pop("closed_brackets.py") in ("syntax-error", "too-deep")
        assert kinds == {
            "sum.py": "too-deep",
            "elif.py": "too-deep",
            "nul.py": "nul-bytes",
            "bytes.py": "nul-bytes",
            "future.py": "syntax-error",
            "syntax.py": "syntax-error",
        }
        paths = {path for path, _ in result.modules}
        assert paths == {one.path for one in sources} - {problem.path for problem in result.problems}

    def test_a_defect_of_ours_costs_one_file(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(content: bytes) -> object:
            if content == b"bad":
                raise KeyError("node")
            return read_content(content)

        monkeypatch.setattr(reading_worker, "read_content", fail)

        result = read([source("a.py", b"x"), source("b.py", b"bad")])

        assert [path for path, _ in result.modules] == ["a.py"]
        [problem] = result.problems
        assert (problem.kind, problem.message) == ("too-complex", "The program cannot be read (KeyError).")


@forks
class TestNewerSyntax:
    def test_a_file_that_python_refuses_is_read_with_libcst(self) -> None:
        result = read([source("a.py", NEWER)])

        assert [path for path, _ in result.modules] == ["a.py"]

    def test_the_error_is_that_of_python_if_libcst_refuses_it_too(self) -> None:
        [problem] = read([source("a.py", b"x = 1\ny = = 2\n")]).problems

        assert (problem.kind, problem.message, problem.line) == (
            "syntax-error",
            "Python refuses the program: invalid syntax.",
            2,
        )

    @pytest.mark.parametrize("jobs", [1, 2])
    @pytest.mark.parametrize("mishap", ["hang", "crash", "leave", "defect", "missing"])
    def test_whatever_libcst_does_costs_one_file(self, monkeypatch: pytest.MonkeyPatch, mishap: str, jobs: int) -> None:
        original = libcst_maker.make_tree

        def make_tree(text: str) -> object:
            if "bad" not in text:
                return original(text)
            if mishap == "hang":
                time.sleep(60)
            elif mishap == "crash":
                os.kill(os.getpid(), signal.SIGSEGV)
            elif mishap == "leave":
                os._exit(0)
            elif mishap == "missing":
                raise ImportError("libcst")
            raise AttributeError("bad")

        monkeypatch.setattr(libcst_maker, "make_tree", make_tree)
        monkeypatch.setattr(cold_reading, "SECONDS_A_FILE", 0.5)
        sources = [source(f"{number}.py", NEWER + b"bad = %d\n" % number) for number in range(2)]
        began = time.monotonic()

        result = read([*sources, source("good.py", NEWER)], jobs)

        assert [path for path, _ in result.modules] == ["good.py"]
        assert [problem.path for problem in result.problems] == ["0.py", "1.py"]
        kinds = {problem.kind for problem in result.problems}
        assert kinds == ({"too-complex"} if mishap in ("defect", "missing") else {"syntax-error"})
        assert time.monotonic() - began < 30

    def test_a_mishap_is_not_remembered(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as patched, closing(Cache.open(tmp_path)) as cache:
            patched.setattr(libcst_maker, "make_tree", lambda text: os._exit(1))
            assert read([source("a.py", NEWER)], cache=cache).problems
        with closing(Cache.open(tmp_path)) as cache:
            assert read([source("a.py", NEWER)], cache=cache).modules


@forks
@pytest.mark.usefixtures("use_workers")
class TestLostWorkers:
    @staticmethod
    def patch(monkeypatch: pytest.MonkeyPatch, mishap: Callable[[], object]) -> None:
        def read(content: bytes) -> object:
            if b"bad" in content:
                mishap()
            return read_content(content)

        monkeypatch.setattr(reading_worker, "read_content", read)

    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
    def test_a_killed_worker_costs_the_file_that_killed_it(self, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
        self.patch(monkeypatch, lambda: os.kill(os.getpid(), number))
        sources = programs(20)
        sources[3:3] = [source("bad.py", b"bad"), source("worse.py", b"bad = 1")]

        result = read(sources, 2)

        assert [(problem.path, problem.kind, problem.message) for problem in result.problems] == [
            (path, "too-complex", "Reading the file ends the process that reads it.") for path in ("bad.py", "worse.py")
        ]
        assert len(result.modules) == 20

    def test_a_hanging_worker_costs_the_file_that_hangs_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.patch(monkeypatch, lambda: time.sleep(60))
        monkeypatch.setattr(cold_reading, "SECONDS_A_PORTION", 0.5)
        monkeypatch.setattr(cold_reading, "SECONDS_A_FILE", 0.5)

        result = read([*programs(5), source("bad.py", b"bad")], 2)

        [problem] = result.problems
        assert (problem.path, problem.message) == ("bad.py", "Reading the file takes too long.")
        assert len(result.modules) == 5

    def test_too_much_memory_costs_one_file(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.patch(monkeypatch, lambda: bytearray(3 << 30))

        result = read([*programs(5), source("bad.py", b"bad")], 2)

        [problem] = result.problems
        assert problem.path == "bad.py"
        assert len(result.modules) == 5

    def test_a_long_file_never_endangers_this_process(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.patch(monkeypatch, lambda: os.kill(os.getpid(), signal.SIGKILL))

        result = read([source("bad.py", b"bad = '" + b"a" * 60_000 + b"'")], 1)

        assert [problem.path for problem in result.problems] == ["bad.py"]

    def test_later_files_get_less_time_once_much_was_lost(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.patch(monkeypatch, lambda: time.sleep(60))
        monkeypatch.setattr(cold_reading, "LOST_SECONDS", 0.0)
        monkeypatch.setattr(cold_reading, "SECONDS_A_PORTION", 0.2)
        monkeypatch.setattr(cold_reading, "SECONDS_A_FILE", 50.0)
        monkeypatch.setattr(cold_reading, "SECONDS_AFTER_LOSSES", 0.2)
        began = time.monotonic()

        result = read([source("bad.py", b"bad"), source("good.py", b"good")], 2)

        assert [path for path, _ in result.modules] == ["good.py"]
        assert time.monotonic() - began < 40

    def test_where_no_process_can_be_had_everything_is_read_here(self, monkeypatch: pytest.MonkeyPatch) -> None:
        sources = [*programs(20), source("long.py", b"x = '" + b"a" * 60_000 + b"'"), source("b.py", b"x = = 1")]
        expected = read(sources)

        def refuse_to_start(self: object) -> None:
            raise BlockingIOError

        monkeypatch.setattr("multiprocessing.process.BaseProcess.start", refuse_to_start)

        assert read(sources, 2) == expected


def double(request: bytes) -> bytes:
    if request == b"die":
        os._exit(1)
    if request == b"sleep":
        time.sleep(60)
    if request == b"say":
        print("something")
        print("something", file=sys.stderr)
    if request == b"fail":
        raise ValueError("something")
    if request == b"process":
        return str(os.getpid()).encode()
    return request * 2


class TestPool:
    @staticmethod
    def ask(requests: list[bytes], count: int = 2, seconds: float = 20.0) -> dict[bytes, object]:
        with WorkerPool[bytes](double, count) as pool:
            tasks = deque(Task(request, request, seconds) for request in requests)
            return {task.label: answer for task, answer in pool.answers(tasks)}

    def test_answers_everything(self) -> None:
        requests = [b"%d" % number for number in range(50)]

        assert self.ask(requests) == {request: request * 2 for request in requests}

    def test_large_requests_and_answers(self) -> None:
        assert self.ask([b"a" * 5_000_000]) == {b"a" * 5_000_000: b"a" * 10_000_000}

    def test_tasks_may_be_added_between_answers(self) -> None:
        tasks = deque([Task(b"a", b"a", 20.0)])
        labels = []
        with WorkerPool[bytes](double, 1) as pool:
            for task, _ in pool.answers(tasks):
                labels.append(task.label)
                if len(labels) < 3:
                    tasks.append(Task(task.label + b"a", b"", 20.0))

        assert labels == [b"a", b"aa", b"aaa"]

    def test_workers_stay_for_further_questions(self) -> None:
        with WorkerPool[bytes](double, 1) as pool:
            [(_, first)] = pool.answers(deque([Task(b"", b"process", 20.0)]))
            [(_, second)] = pool.answers(deque([Task(b"", b"process", 20.0)]))

        assert first == second

    def test_a_worker_that_dies_while_idle_is_replaced(self) -> None:
        with WorkerPool[bytes](double, 1) as pool:
            [(_, process)] = pool.answers(deque([Task(b"", b"process", 20.0)]))
            os.kill(int(process), signal.SIGKILL)  # type: ignore[arg-type]
            time.sleep(0.05)
            answers = [answer for _, answer in pool.answers(deque([Task(b"", b"a", 20.0), Task(b"", b"a", 20.0)]))]

        assert answers[-1] == b"aa"

    def test_a_failure_is_no_answer_and_says_nothing(self, capfd: pytest.CaptureFixture[str]) -> None:
        answers = self.ask([b"say", b"fail", b"die", b"a"])

        assert answers.pop(b"a") == b"aa"
        assert answers.pop(b"say") == b"saysay"
        assert [type(answer) for answer in answers.values()] == [Lost, Lost]
        assert capfd.readouterr() == ("", "")

    def test_a_late_answer_is_no_answer(self) -> None:
        lost = self.ask([b"sleep"], seconds=0.2)[b"sleep"]

        assert isinstance(lost, Lost)
        assert lost.was_too_slow

    def test_a_daemon_may_have_no_workers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(multiprocessing.current_process()._config, "daemon", True)  # type: ignore[attr-defined]

        with pytest.raises(NoProcesses):
            self.ask([b"a"])

    def test_spawned_workers_answer_alike(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(worker_pool, "starts_cheaply", lambda: False)

        assert self.ask([b"a", b"die", b"b"])[b"b"] == b"bb"


SPAWNING = """
import sys
sys.path[:0] = [sys.argv[1]]
from reviewer.modules import cold_reading, worker_pool
from reviewer.modules.cache import NullCache
from reviewer.modules.workers import Source, read_modules

if __name__ == "__main__":
    worker_pool.starts_cheaply = lambda: False
    result = read_modules([Source("a.py", lambda: b"x = '" + b"a" * 60_000 + b"'")], 2, NullCache())
    assert len(result.modules) == 1
    print("read")
"""


def test_a_spawned_worker_imports_nothing_from_the_working_folder(tmp_path: Path) -> None:
    script = tmp_path / "script" / "main.py"
    script.parent.mkdir()
    script.write_text(SPAWNING)
    tree = tmp_path / "tree"
    tree.mkdir()
    for name in ("re", "multiprocessing", "msgspec", "ast", "reviewer", "signal"):
        (tree / f"{name}.py").write_text("open('executed', 'w').close()\nraise SystemExit(3)\n")
    root = str(Path(__file__).parents[2])

    ran = subprocess.run([sys.executable, script, root], cwd=tree, capture_output=True, text=True, check=False)

    assert (ran.stdout, ran.stderr) == ("read\n", "")
    assert not (tree / "executed").exists()


CRASHING = """
import faulthandler, os, signal, sys
sys.path[:0] = [sys.argv[1]]
from reviewer.modules import cold_reading, reading_worker
from reviewer.modules.cache import NullCache
from reviewer.modules.workers import Source, read_modules

faulthandler.enable(open("report", "w"))
reading_worker.read_content = lambda content: os.kill(os.getpid(), signal.SIGSEGV)
cold_reading.MIN_FILES_FOR_WORKERS = cold_reading.MIN_BYTES_FOR_WORKERS = 1
print(len(read_modules([Source("a.py", lambda: b"x")], 2, NullCache()).problems))
"""


@forks
def test_a_crash_leaves_no_trace(tmp_path: Path) -> None:
    root = str(Path(__file__).parents[2])

    ran = subprocess.run(
        [sys.executable, "-c", CRASHING, root], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (ran.stdout, ran.stderr) == ("1\n", "")
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"report": ""}


INTERRUPTED = """
import sys, time
sys.path[:0] = [sys.argv[1]]
from reviewer.modules import cold_reading, reading_worker
from reviewer.modules.cache import NullCache
from reviewer.modules.workers import Source, read_modules

reading_worker.read_content = lambda content: time.sleep(60)
cold_reading.MIN_FILES_FOR_WORKERS = cold_reading.MIN_BYTES_FOR_WORKERS = 1

def content(number):
    if number == 4:
        print("started", flush=True)
    return b"x" * 40_000 + b"%d" % number

try:
    read_modules([Source(str(number), lambda number=number: content(number)) for number in range(5)], 2, NullCache())
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@forks
@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.3])
def test_an_interrupt_ends_everything_without_a_word(tmp_path: Path, seconds: float) -> None:
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, root],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "started\n"
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGINT)

    output, errors = process.communicate(timeout=20)  # Ends when the last process has closed the streams.

    assert (output, errors) == ("interrupted\n", "")
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


@forks
def test_workers_end_when_the_review_is_killed(tmp_path: Path) -> None:
    root = str(Path(__file__).parents[2])
    script = INTERRUPTED.replace("time.sleep(60)", "time.sleep(0.2) or reading_worker.ReadProblem('missing', '')")
    process = subprocess.Popen(
        [sys.executable, "-c", script, root], stdout=subprocess.PIPE, start_new_session=True, text=True
    )
    assert process.stdout
    process.stdout.readline()
    time.sleep(0.2)
    process.kill()
    process.wait()

    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            break
        time.sleep(0.05)
    else:
        pytest.fail("workers are left")
    process.stdout.close()


def test_a_stored_module_is_what_the_program_was_read_as() -> None:
    [(_, stored)] = read([source("a.py", b"x = 1")]).modules

    assert isinstance(stored, StoredModule)
    assert stored == read_content(b"x = 1")
