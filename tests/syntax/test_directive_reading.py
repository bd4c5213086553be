from __future__ import annotations

from collections.abc import Mapping, Sequence

from reviewer.syntax.directive_reading import CACHE_KIND, DirectiveReading
from reviewer.syntax.messages import ReadComments, Refused, Reply
from reviewer.syntax.worker import CloseReader, Lost

TEXT = "x = 1  # reviewer: ignore[a] -- reason\n"


class MemoryCache:
    def __init__(self) -> None:
        self.values: dict[tuple[str, bytes], bytes] = {}

    def get_many(self, kind: str, keys: Sequence[bytes]) -> Mapping[bytes, bytes]:
        return {key: self.values[kind, key] for key in keys if (kind, key) in self.values}

    def put_many(self, kind: str, items: Mapping[bytes, bytes]) -> None:
        self.values.update({(kind, key): value for key, value in items.items()})


class NoReader(CloseReader):
    def ask(self, request: object) -> Reply | Lost:
        raise AssertionError("the cache should have answered")


class LostReader(CloseReader):
    def ask(self, request: object) -> Reply | Lost:
        return Lost("gone")


def read(reader: CloseReader, cache: MemoryCache | None, texts: Mapping[str, str]) -> DirectiveReading:
    reading = DirectiveReading(reader, cache)
    reading.start({path: f"key of {text}".encode() for path, text in texts.items()}, texts.__getitem__)
    return reading


def test_directives_are_given_by_path() -> None:
    with CloseReader() as reader:
        directives = read(reader, None, {"a.py": TEXT, "b.py": TEXT, "c.py": "x = 1\n"}).finish()

    assert directives.by_path["a.py"] == directives.by_path["b.py"]
    assert directives.by_path["a.py"][0].reason == "reason"
    assert directives.by_path["c.py"] == ()
    assert directives.unread == {}


def test_a_second_reading_comes_from_the_cache() -> None:
    cache = MemoryCache()
    texts = {"a.py": TEXT, "bad.py": "x = (\n"}
    with CloseReader() as reader:
        first = read(reader, cache, texts).finish()

    assert read(NoReader(), cache, texts).finish() == first
    assert set(first.unread) == {"bad.py"}


def test_a_broken_cache_entry_is_read_again() -> None:
    cache = MemoryCache()
    cache.values[CACHE_KIND, f"key of {TEXT}".encode()] = b"\xff broken"
    with CloseReader() as reader:
        directives = read(reader, cache, {"a.py": TEXT}).finish()

    assert len(directives.by_path["a.py"]) == 1


def test_files_lost_with_the_child_are_unread_and_not_cached() -> None:
    cache = MemoryCache()
    directives = read(LostReader(), cache, {"a.py": TEXT}).finish()

    assert directives.by_path == {}
    assert directives.unread == {"a.py": "gone"}
    assert cache.values == {}


def test_a_refused_file_is_unread_with_the_reason() -> None:
    with CloseReader() as reader:
        reply = reader.ask(ReadComments("(" * 100))

    assert isinstance(reply, Refused)
    assert "Brackets" in reply.reason
