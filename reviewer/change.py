"""A change under review: what it is compared with, and the trees of both sides.

Takes a folder and what the reader asked for; git objects are read by hardened plumbing, the working tree as files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from reviewer.git import Repository
from reviewer.git_listings import Listing, list_commit, list_index, paths_left_out
from reviewer.git_plumbing import GitError
from reviewer.git_revisions import Base, base_of_head, find_base, index_of, require_same_head, stamp_of
from reviewer.modules.cache import Cache
from reviewer.settings import Settings
from reviewer.snapshots import Blobs, Snapshot


class Change:
    """The working tree, or the index, beside a commit of its history."""

    def __init__(self, repository: Repository, base: Base, index: Path | None, cache: Cache) -> None:
        self.repository = repository
        self.base = base
        self.blobs = Blobs(repository.root, cache)
        self._index = index
        self._index_stamp = None if index is None else stamp_of(index)
        self._staged: Listing | None = None
        self._head = repository.read_head()

    @classmethod
    def open(
        cls, root: Path, cache: Cache, *, since: str | None, is_staged: bool, environment: Mapping[str, str]
    ) -> Change:
        """What the reader asked for; staged content is compared with HEAD where no revision is named.

        Raises GitError with what to do.
        """
        repository = Repository.discover(root)
        base = base_of_head(repository) if since is None else find_base(repository, since)
        return cls(repository, base, index_of(repository, environment) if is_staged else None, cache)

    @property
    def is_staged(self) -> bool:
        """Whether the index is judged, and not the working tree."""
        return self._index is not None

    def staged_tree(self, root: Path, settings: Settings, named: Iterable[Path]) -> Snapshot:
        """What is staged. Raises GitError."""
        assert self._index is not None
        self._staged = list_index(self.repository, self._index)
        return Snapshot.of(root, self._staged, settings, self.blobs, named, "the index")

    def base_tree(self, root: Path, settings: Settings, named: Iterable[Path]) -> Snapshot:
        """What it is compared with; what a sparse checkout leaves out is left out here too. Raises GitError."""
        listing = Listing({})
        if self.base.commit is not None:
            listing = list_commit(self.repository, self.base.commit)
        absent = frozenset() if self.is_staged else paths_left_out(self.repository)
        if absent:
            files = {path: file for path, file in listing.files.items() if path not in absent}
            listing = Listing(files, listing.submodules)
        return Snapshot.of(root, listing, settings, self.blobs, named)

    def require_unchanged(self) -> None:
        """Raises GitError if HEAD, or the index that is judged, is no longer what it was when this was made."""
        require_same_head(self.repository, self._head)
        if self._index is None or stamp_of(self._index) == self._index_stamp:
            return
        # `git status` of an editor writes the index too, and leaves what is staged as it is.
        if list_index(self.repository, self._index) != self._staged:
            raise GitError("The index was changed while the review ran. Run it again.")

    def close(self) -> None:
        """Ends git."""
        self.blobs.close()


def is_anything_staged(folder: Path, environment: Mapping[str, str]) -> bool:
    """Whether the index holds anything else than HEAD. Raises GitError where the folder is in no repository."""
    repository = Repository.discover(folder)
    base = base_of_head(repository)
    committed = Listing({}) if base.commit is None else list_commit(repository, base.commit)
    return list_index(repository, index_of(repository, environment)) != committed
