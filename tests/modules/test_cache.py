import multiprocessing
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewer.modules import cache as cache_module
from reviewer.modules.cache import Cache, NullCache, content_key

ITEMS = {content_key(b"%d" % number): b"value %d " % number * 300 for number in range(60)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def database(folder: Path) -> Path:
    """A filled database, closed."""
    with closing(Cache.open(folder)) as cache:
        cache.put_many("module", ITEMS)
    [file] = (folder / "store").glob("*.sqlite")
    return file


@pytest.fixture(scope="module")
def intact(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a filled database."""
    folder = tmp_path_factory.mktemp("intact")
    fill(folder)
    [file] = (folder / "store").glob("*.sqlite")
    return file.read_bytes()


def stored(folder: Path) -> dict[bytes, bytes]:
    with closing(Cache.open(folder)) as cache:
        assert cache.warning is None
        return cache.get_many("module", list(ITEMS))


def fill(folder: Path) -> None:
    with closing(Cache.open(folder)) as cache:
        cache.put_many("module", ITEMS)


class TestEntries:
    def test_what_was_stored_is_there_in_the_next_run(self, folder: Path) -> None:
        fill(folder)

        assert stored(folder) == ITEMS

    def test_only_what_was_asked_for_is_given(self, folder: Path) -> None:
        first, second, *_ = ITEMS
        with closing(Cache.open(folder)) as cache:
            cache.put_many("module", {first: b"1"})

            assert cache.get_many("module", [first, second]) == {first: b"1"}
            assert cache.get_many("module", []) == {}

    def test_kinds_do_not_meet(self, folder: Path) -> None:
        key = content_key(b"")
        with closing(Cache.open(folder)) as cache:
            cache.put_many("module", {key: b"1"})
            cache.put_many("problem", {key: b"2"})

            assert cache.get_many("module", [key]) == {key: b"1"}
            assert cache.get_many("problem", [key]) == {key: b"2"}
            assert cache.get_many("settings", [key]) == {}

    def test_the_last_value_counts(self, folder: Path) -> None:
        key = content_key(b"")
        with closing(Cache.open(folder)) as cache:
            cache.put_many("module", {key: b"1"})
            cache.put_many("module", {key: b""})

            assert cache.get_many("module", [key]) == {key: b""}

    def test_any_number_of_keys(self, folder: Path) -> None:
        many = {content_key(b"%d" % number): b"%d" % number for number in range(2_500)}
        with closing(Cache.open(folder)) as cache:
            cache.put_many("module", many)

            assert cache.get_many("module", list(many)) == many

    def test_keys_of_any_length(self, folder: Path) -> None:
        items = {b"": b"1", b"\0" * 100: b"2", b"'; --": b"3"}
        with closing(Cache.open(folder)) as cache:
            cache.put_many("any 'kind'", items)

            assert cache.get_many("any 'kind'", list(items)) == items

    def test_a_closed_cache_is_empty(self, folder: Path) -> None:
        fill(folder)
        cache = Cache.open(folder)
        cache.close()
        cache.close()

        cache.put_many("module", ITEMS)
        assert cache.get_many("module", list(ITEMS)) == {}

    def test_other_threads_may_ask(self, folder: Path) -> None:
        found: list[dict[bytes, bytes]] = []
        with closing(Cache.open(folder)) as cache:
            cache.put_many("module", ITEMS)
            thread = threading.Thread(target=lambda: found.append(cache.get_many("module", list(ITEMS))))
            thread.start()
            thread.join()

        assert found == [ITEMS]

    def test_a_null_cache_keeps_nothing(self) -> None:
        cache = NullCache()

        cache.put_many("module", ITEMS)

        assert cache.get_many("module", list(ITEMS)) == {}
        assert cache.warning is None
        cache.close()


class TestPlace:
    def test_the_folder_is_closed_to_others(self, folder: Path) -> None:
        fill(folder)

        assert stat.S_IMODE((folder / "store").stat().st_mode) == 0o700

    def test_an_open_folder_is_closed(self, folder: Path) -> None:
        fill(folder)
        (folder / "store").chmod(0o777)

        assert stored(folder) == ITEMS
        assert stat.S_IMODE((folder / "store").stat().st_mode) == 0o700

    def test_permissions_of_a_folder_that_was_named_are_left_alone(self, folder: Path) -> None:
        folder.mkdir(mode=0o755)

        fill(folder)

        assert stat.S_IMODE(folder.stat().st_mode) == 0o755

    def test_git_does_not_see_it(self, folder: Path) -> None:
        fill(folder)

        assert (folder / "store" / ".gitignore").read_text() == "*\n"

    def test_the_default_is_the_folder_of_the_user(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        monkeypatch.setenv("HOME", str(tmp_path))

        Cache.open().close()

        assert list(tmp_path.rglob("*.sqlite"))

    def test_no_home_is_a_warning_and_no_folder_here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        monkeypatch.setattr(os.path, "expanduser", lambda path: path)

        cache = Cache.open()

        assert (cache.warning or "").startswith("The cache is not used: ")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("place", ["", "store", "store/database", "store/journal"])
    def test_symbolic_links_are_refused(self, folder: Path, tmp_path: Path, place: str) -> None:
        outside = tmp_path / "outside"
        outside.mkdir()
        fill(folder)
        [file] = (folder / "store").glob("*.sqlite")
        target = {
            "": folder,
            "store": folder / "store",
            "store/database": file,
            "store/journal": file.with_name(file.name + "-journal"),
        }[place]
        if target.exists():
            target.rename(tmp_path / "moved")
        target.symlink_to(outside if place in ("", "store") else outside / "file")

        cache = Cache.open(folder)
        cache.put_many("module", ITEMS)

        assert cache.warning
        assert cache.get_many("module", list(ITEMS)) == {}
        assert list(outside.iterdir()) == []

    def test_a_folder_of_somebody_else_is_refused(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        fill(folder)
        monkeypatch.setattr(os, "geteuid", lambda: 12_345)

        cache = Cache.open(folder)

        assert "belongs to somebody else" in (cache.warning or "")
        assert cache.get_many("module", list(ITEMS)) == {}

    @pytest.mark.parametrize("make", ["folder", "pipe"])
    def test_something_else_in_its_place_is_a_warning(self, database: Path, folder: Path, make: str) -> None:
        database.unlink()
        if make == "folder":
            (database / "inner").mkdir(parents=True)
        else:
            os.mkfifo(database)

        cache = Cache.open(folder)
        cache.put_many("module", ITEMS)

        assert "is not a regular file" in (cache.warning or "")
        assert cache.get_many("module", list(ITEMS)) == {}

    @pytest.mark.parametrize("path", ["/dev/null", "/dev/null/cache", "/proc/self/cache", "\0"])
    def test_a_place_that_cannot_be_is_a_warning(self, path: str) -> None:
        cache = Cache.open(Path(path))
        cache.put_many("module", ITEMS)

        assert (cache.warning or "").startswith("The cache is not used: ")
        assert cache.get_many("module", list(ITEMS)) == {}

    def test_other_versions_go_when_they_are_old_or_many(self, database: Path, folder: Path) -> None:
        database.unlink()
        for number in range(8):
            other = database.with_name(f"{number}.sqlite")
            other.write_bytes(b"")
            written = time.time() - number * 10 * 86_400
            os.utime(other, (written, written))

        fill(folder)

        assert sorted(file.name for file in database.parent.glob("?.sqlite")) == ["0.sqlite", "1.sqlite", "2.sqlite"]

    def test_another_version_has_a_database_of_its_own(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        fill(folder)
        monkeypatch.setattr(cache_module, "TREE_VERSION", -1)
        assert stored(folder) == {}

        monkeypatch.undo()
        assert stored(folder) == ITEMS


class TestDamage:
    """Damaged databases are rebuilt without a word, and nothing wrong is ever read from them."""

    @pytest.mark.parametrize("content", [b"", b"garbage", b"garbage" * 10_000, b"SQLite format 3\0", b"\0" * 5_000])
    def test_a_file_that_is_no_database(self, database: Path, folder: Path, content: bytes) -> None:
        database.write_bytes(content)

        assert stored(folder) == {}
        fill(folder)
        assert stored(folder) == ITEMS

    @pytest.mark.parametrize(
        "schema", ["CREATE TABLE entry (a)", "CREATE VIEW entry AS SELECT 1", "CREATE TABLE b (c)"]
    )
    def test_another_database(self, database: Path, folder: Path, schema: str) -> None:
        database.unlink()
        with closing(sqlite3.connect(database)) as other:
            other.execute(schema)
            other.commit()

        assert stored(folder) == {}
        fill(folder)
        fill(folder)
        assert stored(folder) == ITEMS

    @pytest.mark.parametrize("value", [None, 1, "text", b"", b"abc", b"abcdefgh"])
    def test_a_row_that_we_did_not_write(self, database: Path, folder: Path, value: object) -> None:
        first = next(iter(ITEMS))
        with closing(sqlite3.connect(database)) as other:
            other.execute("UPDATE entry SET value = ? WHERE key = ?", (value, first))
            other.commit()

        expected = {key: kept for key, kept in ITEMS.items() if key != first}
        assert stored(folder) == expected

    def test_a_value_under_another_key(self, database: Path, folder: Path) -> None:
        first, second, *_ = ITEMS
        with closing(sqlite3.connect(database)) as other:
            other.execute("DELETE FROM entry WHERE key = ?", (first,))
            other.execute("UPDATE entry SET key = ? WHERE key = ?", (first, second))
            other.commit()

        assert not {first, second} & stored(folder).keys()

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(damage=st.data())
    def test_at_any_place(self, intact: bytes, database: Path, folder: Path, damage: st.DataObject) -> None:
        content = bytearray(intact)
        if damage.draw(st.booleans(), label="cut"):
            del content[damage.draw(st.integers(0, len(content)), label="at") :]
        else:
            for _ in range(damage.draw(st.integers(1, 30), label="places")):
                # The first pages say how the others are to be read.
                end = damage.draw(st.sampled_from([100, 8_192, len(content)]), label="end")
                place = damage.draw(st.integers(0, end - 1), label="place")
                content[place] = damage.draw(st.integers(0, 255), label="byte")
        database.write_bytes(content)

        with closing(Cache.open(folder)) as cache:
            assert cache.get_many("module", list(ITEMS)).items() <= ITEMS.items()
            cache.put_many("module", ITEMS)
            assert cache.get_many("module", list(ITEMS)).items() <= ITEMS.items()
        fill(folder)
        with closing(Cache.open(folder)) as cache:
            assert cache.get_many("module", list(ITEMS)).items() <= ITEMS.items()


class TestCircumstances:
    def test_a_full_disk_is_a_warning_and_what_is_there_is_read(self, folder: Path) -> None:
        fill(folder)
        with closing(Cache.open(folder)) as cache:
            assert cache._connection
            cache._connection.execute("PRAGMA max_page_count = 1")
            cache.put_many("module", {content_key(b"new"): b"value" * 10_000})

            assert "full" in (cache.warning or "")
            assert cache.get_many("module", list(ITEMS)) == ITEMS

    def test_a_database_that_is_read_only_is_read(self, database: Path, folder: Path) -> None:
        with closing(Cache.open(folder)) as cache:
            assert cache._connection
            cache._connection.execute("PRAGMA query_only = ON")
            cache.put_many("module", {content_key(b"new"): b"value"})

            assert "readonly" in (cache.warning or "")
            assert cache.get_many("module", list(ITEMS)) == ITEMS

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
    def test_a_folder_that_is_read_only_is_read(self, database: Path, folder: Path) -> None:
        database.chmod(0o400)

        with closing(Cache.open(folder)) as cache:
            cache.put_many("module", {content_key(b"new"): b"value"})
            assert cache.get_many("module", list(ITEMS)) == ITEMS
            assert cache.warning

    @pytest.mark.parametrize("lock", ["IMMEDIATE", "EXCLUSIVE"])
    def test_a_lock_is_not_waited_for_long(self, database: Path, folder: Path, lock: str) -> None:
        with closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute(f"BEGIN {lock}")
            with closing(Cache.open(folder)) as cache:
                found = cache.get_many("module", list(ITEMS))
                cache.put_many("module", {content_key(b"new"): b"value"})
                warning = cache.warning
            other.execute("ROLLBACK")

        assert found == (ITEMS if lock == "IMMEDIATE" else {})
        assert warning is None
        assert stored(folder) == ITEMS

    def test_an_unchanged_run_writes_nothing(self, database: Path, folder: Path) -> None:
        before = {file.name: (file.stat().st_mtime_ns, file.stat().st_ino) for file in database.parent.iterdir()}

        assert stored(folder) == ITEMS

        assert before == {
            file.name: (file.stat().st_mtime_ns, file.stat().st_ino) for file in database.parent.iterdir()
        }
        assert os.listdir(database.parent.parent) == ["store"]

    def test_use_is_marked_after_some_days(self, database: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        today = int(time.time() // 86_400)
        monkeypatch.setattr(time, "time", lambda: (today + 8) * 86_400.0)
        first = next(iter(ITEMS))
        with closing(Cache.open(folder)) as cache:
            assert cache.get_many("module", [first]) == {first: ITEMS[first]}

        with closing(sqlite3.connect(database)) as other:
            days = dict(other.execute("SELECT key, day FROM entry"))
        assert days.pop(first) == today + 8
        assert set(days.values()) == {today}

    def test_what_was_not_used_for_longest_makes_room(
        self, database: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keys = list(ITEMS)
        with closing(sqlite3.connect(database)) as other:
            other.executemany("UPDATE entry SET day = day - 30 WHERE key = ?", [(key,) for key in keys[:40]])
            other.commit()
        monkeypatch.setattr(cache_module, "MAX_BYTES", 100_000)
        new = content_key(b"new")
        with closing(Cache.open(folder)) as cache:
            cache.put_many("module", {new: b"value"})

            assert cache.get_many("module", [*keys, new]).keys() == {*keys[40:], new}

    def test_the_database_does_not_grow_without_end(
        self, database: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cache_module, "MAX_BYTES", 300_000)
        with closing(Cache.open(folder)) as cache:
            for number in range(40):
                cache.put_many("module", {content_key(b"%d" % number): os.urandom(50_000)})

        assert database.stat().st_size < 600_000


def write_and_read(folder: Path, number: int, wrong: multiprocessing.Queue) -> None:  # type: ignore[type-arg]
    keys = list(ITEMS)
    for turn in range(15):
        with closing(Cache.open(folder)) as cache:
            found = cache.get_many("module", keys)
            if not found.items() <= ITEMS.items() or cache.warning:
                wrong.put((number, turn, cache.warning))
            part = keys[(number + turn) % 3 :: 3]
            cache.put_many("module", {key: ITEMS[key] for key in part})


def test_several_processes_share_it(folder: Path) -> None:
    context = multiprocessing.get_context("spawn")
    wrong = context.Queue()
    processes = [context.Process(target=write_and_read, args=(folder, number, wrong)) for number in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0] * 4
    assert wrong.empty()
    fill(folder)
    assert stored(folder) == ITEMS


WRITER = """
import sys
from pathlib import Path
from reviewer.modules.cache import Cache, content_key
cache = Cache.open(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    for turn in range(100):
        cache.put_many("module", {content_key(b"%d" % n): b"value %d " % n * 300 for n in range(60)})
"""


@pytest.fixture
def writer(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize("seconds", [0.01, 0.013, 0.017, 0.02])
def test_a_writer_that_is_killed_leaves_nothing_wrong(
    folder: Path, writer: "subprocess.Popen[bytes]", seconds: float
) -> None:
    time.sleep(seconds)
    writer.send_signal(signal.SIGKILL)
    writer.wait()

    assert stored(folder).items() <= ITEMS.items()
    fill(folder)
    assert stored(folder) == ITEMS


def test_an_interrupted_write_leaves_nothing(database: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with closing(Cache.open(folder)) as cache:
        monkeypatch.setattr(Cache, "_make_room", interrupt)
        with pytest.raises(KeyboardInterrupt):
            cache.put_many("module", {content_key(b"new"): b"value"})
        monkeypatch.undo()

        cache.put_many("module", {content_key(b"newer"): b"value"})
        assert cache.get_many("module", [content_key(b"new"), content_key(b"newer")]).keys() == {content_key(b"newer")}
