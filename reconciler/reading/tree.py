"""Trees: the files that are judged, whether of a commit, of a work tree, or of any folder.

`validate` and a pass both read files through a `Tree`, so they come to the same results.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.documents.read.path_filter import is_read
from reconciler.gitstore import CommitFiles, FileEntry, Repository
from reconciler.model.config import Config
from reconciler.model.frozen import frozen
from reconciler.model.name import IstagName, istag_of_path
from reconciler.settings import MAX_FILE_BYTES

ReadFiles = Callable[[list[str]], Iterator[bytes | None]]
"""Reads files by path, in the given order; None for one larger than `MAX_FILE_BYTES`."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The regular files by path, and the paths of what is never read."""

    paths: Collection[str]
    contents: ReadFiles
    others: frozenset[str] = frozenset()
    """Paths of symlinks and submodules."""
    left_out: int = 0
    """How many files have a name that cannot be shown."""
    entries: Mapping[str, FileEntry] = field(default_factory=lambda: frozen({}))
    """The files as git stores them; empty for files that are not committed."""
    recorded: frozenset[IstagName] = field(init=False)
    """The istags that have a history or hold here."""

    def __post_init__(self) -> None:
        names = (istag_of_path(path) for path in self.paths)
        object.__setattr__(self, "recorded", frozenset(name for name in names if name is not None))

    def oid(self, path: str) -> str | None:
        """The id of a file's content; None for a file that is not committed."""
        entry = self.entries.get(path)
        return entry.oid if entry is not None else None

    def declaring_paths(self, config: Config) -> list[str]:
        """The sorted paths of the files that may declare streams, or that targets name."""
        return sorted(path for path in self.paths if is_read(path, config))

    def declaring(self, config: Config) -> Iterator[tuple[str, bytes | None]]:
        """The files of `declaring_paths`, by path; each is read when it is taken, so they are never all loaded."""
        yield from self.read(self.declaring_paths(config))

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:
        """Some files with their bytes, in the given order."""
        wanted_paths = list(paths)
        yield from zip(wanted_paths, self.contents(wanted_paths), strict=True)


def commit_tree(repository: Repository, files: CommitFiles) -> Tree:
    """The files of a commit."""

    def contents(paths: list[str]) -> Iterator[bytes | None]:
        oids = (files.entries[path].oid for path in paths)
        return (data for _, data in repository.read_each(oids, MAX_FILE_BYTES))

    return Tree(files.entries.keys(), contents, files.others, files.left_out, files.entries)
