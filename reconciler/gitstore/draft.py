"""Drafts become commits: blobs, trees and commits in one `git fast-import`, without a checkout or an index.

The same drafts on the same parent give the same ids. A draft touches exactly the paths that it names; anything that
blocks one (a file in place of a folder, a symlink, a submodule) is an error. No reference is made: until a commit is
published, only git's grace period for new objects (`gc.pruneExpire`, two weeks) keeps it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from reconciler.errors import UsageError
from reconciler.gitstore import name
from reconciler.gitstore.command import Runner
from reconciler.gitstore.commit_files import REGULAR, tree_entries
from reconciler.model.person import Person
from reconciler.settings import MAX_PATH_DEPTH

_REF: Final = b"refs/imagestream/pending/build"
_FILE_MODE: Final = "100644"


@dataclass(frozen=True, slots=True)
class Draft:
    """One future commit: the files it writes (None removes one), its author, and its verbatim message."""

    files: Mapping[str, bytes | None]
    author: Person
    message: str


@dataclass(frozen=True, slots=True)
class Committer:
    """The committer, and the time of the commit."""

    committer: Person
    moment: datetime

    def line(self, role: bytes, person: Person) -> bytes:
        """An `author` or `committer` line of fast-import, in UTC."""
        seconds = int(self.moment.timestamp())
        if seconds < 0:
            raise ValueError(f"{self.moment} is before 1970, which git cannot store")
        return b"%s %s %d +0000\n" % (role, name.identity(person), seconds)


class CommitPaths:
    """The paths of a future commit, so that a draft cannot replace a path that it does not name."""

    def __init__(self, modes: Mapping[bytes, str]) -> None:
        self._modes = dict(modes)
        self._folders = Counter(folder for path in modes for folder in _parents(path))

    def remove(self, path: bytes) -> None:
        """Take a file out. ValueError if it does not exist: git would not complain."""
        if self._modes.get(path) not in REGULAR:
            raise ValueError(f"{path.decode()} cannot be removed: it is not there")
        del self._modes[path]
        self._folders.subtract(_parents(path))

    def write(self, path: bytes) -> str:
        """Put a file in and return its mode, which an existing file keeps; UsageError if something blocks it."""
        self._refuse_path_conflict(path)
        if path not in self._modes:
            self._modes[path] = _FILE_MODE
            self._folders.update(_parents(path))
        return self._modes[path]

    def _refuse_path_conflict(self, path: bytes) -> None:
        blocking = [parent for parent in _parents(path) if parent in self._modes]
        if self._folders[path] > 0 or self._modes.get(path, _FILE_MODE) not in REGULAR:
            blocking = [path]
        if blocking:
            raise UsageError(
                f"{path.decode()} cannot be written: {blocking[0].decode()} exists and is not a file that can be "
                "replaced. Move it elsewhere."
            )


def build(runner: Runner, parent: str | None, drafts: Sequence[Draft], signature: Committer) -> list[str]:
    """Write one commit per draft on top of each other and return their ids, first to last."""
    if not drafts:
        return []
    if parent is None:
        length = {"sha1": 40, "sha256": 64}[runner.output("rev-parse", "--show-object-format").decode().strip()]
        tree = CommitPaths({})
    else:
        length = len(name.object_id(parent))
        tree = CommitPaths({each.path: each.mode for each in tree_entries(runner, parent)})
    stream = b"".join(_stream(parent, drafts, signature, tree)) + _ending(len(drafts), length)
    result = runner.run("fast-import", "--quiet", "--done", "--date-format=raw", stdin=stream)
    if not result.done:
        _forget_crash(runner, result.pid)
        raise runner.failure("fast-import", result)
    return result.out.decode().split()


def _stream(parent: str | None, drafts: Iterable[Draft], signature: Committer, tree: CommitPaths) -> Iterator[bytes]:
    yield b"feature done\nreset %s\n" % _REF
    yield b"from %s\n\n" % parent.encode() if parent else b"\n"
    for mark, draft in enumerate(drafts, start=1):
        yield b"commit %s\nmark :%d\n" % (_REF, mark)
        yield signature.line(b"author", draft.author)
        yield signature.line(b"committer", signature.committer)
        yield _data(_message(draft))
        yield from _changes(draft, tree)
        yield b"\n"


def _changes(draft: Draft, tree: CommitPaths) -> Iterator[bytes]:
    if not draft.files:
        raise ValueError("a draft names at least one file")
    files = {name.path(path): content for path, content in draft.files.items()}
    for path in (path for path, content in files.items() if content is None):
        tree.remove(path)
        yield b"D %s\n" % _quoted(path)
    for path, content in files.items():
        if content is not None:
            yield b"M %s inline %s\n" % (tree.write(path).encode(), _quoted(path))
            yield _data(content)


def _ending(count: int, id_length: int) -> bytes:
    """Request every id, then leave the reference unwritten (a reset to the null id)."""
    marks = b"".join(b"get-mark :%d\n" % mark for mark in range(1, count + 1))
    return b"%sreset %s\nfrom %s\n\ndone\n" % (marks, _REF, b"0" * id_length)


def _message(draft: Draft) -> bytes:
    try:
        message = draft.message.encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"a commit message is not text: {error.reason}. Write it in UTF-8.") from error
    if b"\0" in message:
        raise UsageError("a commit message has a NUL character, which git cannot store. Take it out.")
    return message


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _quoted(path: bytes) -> bytes:
    return b'"%s"' % path.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


def _parents(path: bytes) -> Iterator[bytes]:
    """The folders above a file, as deep as a draft's own paths may be."""
    place = path.find(b"/")
    for _ in range(MAX_PATH_DEPTH):
        if place == -1:
            return
        yield path[:place]
        place = path.find(b"/", place + 1)


def _forget_crash(runner: Runner, pid: int) -> None:
    """Remove the crash report that fast-import leaves in the git directory; its cause is in the error."""
    folder = Path(runner.output("rev-parse", "--absolute-git-dir").decode().removesuffix("\n"))
    with suppress(FileNotFoundError):
        (folder / f"fast_import_crash_{pid}").unlink()
