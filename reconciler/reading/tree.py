"""Trees: the files that are judged, be they a commit's, a work tree's, or those of any folder.

Whatever judges files asks for them here, so that `validate` and a pass cannot come to other ends.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field

from reconciler.documents.read.path_filter import may_declare
from reconciler.gitstore import CommitFiles, Repository
from reconciler.model.config import Config
from reconciler.model.name import IstagName, istag_of_path
from reconciler.settings import MAX_FILE_BYTES

ReadFiles = Callable[[list[str]], Iterator[bytes | None]]
"""The bytes of files in the order they were asked for; None for one that is larger than what is read."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Files by path, and what lies between them and is never read."""

    paths: Collection[str]
    contents: ReadFiles
    others: frozenset[str] = frozenset()
    """Paths of symlinks and submodules."""
    left_out: int = 0
    """How many files have a name that cannot be shown."""
    recorded: frozenset[IstagName] = field(init=False)
    """The istags that have a history or hold here."""

    def __post_init__(self) -> None:
        names = (istag_of_path(path) for path in self.paths)
        object.__setattr__(self, "recorded", frozenset(name for name in names if name is not None))

    def declaring(self, config: Config) -> Iterator[tuple[str, bytes | None]]:
        """The files that may declare streams, by path; read as they are taken, so never all at once."""
        paths = sorted(path for path in self.paths if may_declare(path, config))
        yield from self.read(paths)

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:
        """Some files with their bytes."""
        asked = list(paths)
        yield from zip(asked, self.contents(asked), strict=True)


def commit_tree(repository: Repository, snapshot: CommitFiles) -> Tree:
    """The files of a commit."""

    def contents(paths: list[str]) -> Iterator[bytes | None]:
        oids = (snapshot.entries[path].oid for path in paths)
        return (data for _, data in repository.read_each(oids, MAX_FILE_BYTES))

    return Tree(snapshot.entries.keys(), contents, snapshot.others, snapshot.left_out)
