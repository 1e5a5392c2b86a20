"""A limit for lists of paths from foreign commits: nested trees can hold millions of names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.errors import InputError
from reconciler.settings import MAX_PATHS, MAX_PATHS_BYTES, MIB


class PathCounter:
    """Counts the paths of one tree, or of one commit's changes."""

    def __init__(self, commit: str) -> None:
        self._commit = commit
        self._count = 0
        self._bytes = 0

    def add(self, path: bytes) -> None:
        """Count one path. InputError if there are too many, or if they are too long together."""
        self._count += 1
        self._bytes += len(path)
        if self._count > MAX_PATHS or self._bytes > MAX_PATHS_BYTES:
            raise InputError(
                f"commit {self._commit[:12]} has more than {MAX_PATHS} files, or {MAX_PATHS_BYTES // MIB} MiB of their "
                "names. Take out what does not belong there, or keep the streams in a repository of their own."
            )


def bounded(commit: str, lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a listing of a commit; InputError if there are too many."""
    paths = PathCounter(commit)
    for line in lines:
        paths.add(line)
        yield line
