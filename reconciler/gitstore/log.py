"""The output of git log as values: commits with their full messages and the files they changed.

One process reads any number of commits. History is not simplified: every commit that changed a wanted path is listed,
on any side of a merge. The order is topological, children before parents, so commit dates have no effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from reconciler.errors import UsageError
from reconciler.gitstore import name
from reconciler.gitstore.command import GitResult, Runner
from reconciler.gitstore.commit_files import difference
from reconciler.gitstore.path_limit import PathCounter
from reconciler.gitstore.redaction import clean, complaint
from reconciler.model.person import Person
from reconciler.settings import MIB

# Each field ends in NUL, which a commit cannot contain; the first byte marks the start of a commit.
_FIELDS: Final = ("%H", "%P", "%T", "%an", "%ae", "%aI", "%cn", "%ce", "%cI", "%B")
_FORMAT: Final = "--format=tformat:%x01" + "".join(f"{field}%x00" for field in _FIELDS)
_COMMAND: Final = (
    "log",
    "-z",
    "--raw",
    "--root",
    "--no-renames",
    "--no-abbrev",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--no-notes",
    "--no-mailmap",
    "--no-decorate",
    "--no-show-signature",
    "--no-relative",
    "--ignore-submodules=none",
    "--encoding=UTF-8",
    "-O/dev/null",
    "--topo-order",
    "--full-history",
    _FORMAT,
)


MAX_MESSAGE: Final = 16 * MIB  # bytes; the trailers of a pass over the most tags of one file take half of it
LATEST_AGE: Final = 2**31  # seconds since 1970; git compares dates as 32-bit numbers
NO_DATE: Final = "1970-01-01T00:00:00+00:00"
"""The replacement for a date outside the calendar; git itself shows unreadable dates so."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """One regular file that a commit changed; the old or the new blob is None if there is none."""

    path: str
    old_oid: str | None
    new_oid: str | None


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit. The message is verbatim, up to `MAX_MESSAGE`.

    Dates are ISO 8601 with the offset that was written, from year 1 to 9999 in UTC; `NO_DATE` for any other.
    """

    id: str
    parents: tuple[str, ...]
    tree: str
    author: Person
    author_date: str
    committer: Person
    committer_date: str
    message: str
    files: tuple[FileChange, ...] = ()
    """Changes against the parent; a merge has only the files that differ from every parent."""


@dataclass(frozen=True, slots=True)
class Query:
    """The selection of commits."""

    revision: str
    paths: Sequence[str] = ()
    limit: int | None = None
    merges: bool = False
    """Whether merges are listed too."""
    follow_all_parents: bool = True
    """Whether commits of merged branches are listed; if not, a merge's changes are against its first parent."""
    excluding: str | None = None
    """A revision whose whole history is left out."""
    line: str = ""
    """A commit is listed only if a line of its message begins with this text, which has no special characters of
    regular expressions."""


def log(runner: Runner, query: Query) -> list[Commit]:
    """The selected commits, children before parents; UsageError for a revision that does not exist."""
    words = (*_COMMAND, *_options(query), "--stdin")
    with closing(runner.pieces(*words, stdin=_wanted(query), refused=_unknown(query.revision))) as pieces:
        return list(_commits(pieces))


def graph(runner: Runner, revision: str, paths: Sequence[str], beside: Sequence[str] = ()) -> list[Commit]:
    """The commits that changed some paths, and every merge, parents before children.

    A commit that changed none of the paths is left out, and `parents` skips it; a merge's files are those that differ
    from its first parent. So a commit's files under the paths are its first parent's, updated with its own. UsageError
    for a revision that does not exist.
    """
    words = (*_COMMAND, "--parents", "--reverse", "--diff-merges=first-parent", "--stdin")
    others = "".join(f"{name.object_id(each)}\n" for each in beside).encode()
    wanted = others + _wanted(Query(revision, paths))
    with closing(runner.pieces(*words, stdin=wanted, refused=_unknown(revision))) as pieces:
        return list(_commits(pieces))


def chain(runner: Runner, old: str, new: str, limit: int) -> list[str]:
    """The first commits after `old` on the line of first parents that leads to `new`, oldest first.

    Those are left out that `old` has among its ancestors. If `old` is not on that line, only `new` is given: no other
    commit of the line is known to come after `old`.
    """
    words = ("rev-list", "--first-parent", "--reverse", "--parents", "--stdin")
    wanted = f"{name.object_id(new)}\n^{name.object_id(old)}\n".encode()
    with closing(runner.lines(*words, stdin=wanted)) as lines:
        found = [line.decode().split() for line in islice(lines, limit)]
    if found and found[0][1:2] != [old]:
        return [new]
    return [commit for commit, *_ in found]


def _unknown(revision: str) -> Callable[[GitResult], UsageError]:
    return lambda result: UsageError(f"{clean(revision)}: {complaint(result.err)}. Name a branch, a tag or a commit.")


def commits(runner: Runner, ids: Iterable[str]) -> dict[str, Commit]:
    """Some commits by their full ids, in one process; commits that the repository does not have are left out."""
    wanted = [name.object_id(each) for each in ids]
    if not wanted:
        return {}
    words = ("--no-walk=unsorted", "--ignore-missing", "--diff-merges=off", "--stdin")
    with closing(runner.pieces(*_COMMAND, *words, stdin="\n".join((*wanted, "")).encode())) as pieces:
        return {commit.id: commit for commit in _commits(pieces)}


def _options(query: Query) -> Iterator[str]:
    yield "--diff-merges=" + ("combined" if query.follow_all_parents else "first-parent")
    if not query.merges:
        yield "--no-merges"
    if not query.follow_all_parents:
        yield "--first-parent"
    if query.limit is not None:
        yield f"--max-count={query.limit:d}"
    if query.line:
        yield from ("--basic-regexp", f"--grep=^{query.line}")


def _wanted(query: Query) -> bytes:
    lines = [name.revision(query.revision)]
    if query.excluding is not None:
        lines.append("^" + name.revision(query.excluding))
    if query.paths:
        lines += ["--", *(name.path(path.rstrip("/")).decode() for path in query.paths)]
    return "\n".join((*lines, "")).encode()


def _commits(pieces: Iterator[bytes]) -> Iterator[Commit]:
    fields: list[bytes] = []
    files: list[FileChange] = []
    paths = PathCounter("")
    for piece in pieces:
        if piece.startswith(b"\x01"):
            if fields:
                yield _commit(fields, files)
            fields = [piece[1:], *(next(pieces) for _ in _FIELDS[1:])]
            files, paths = [], PathCounter(fields[0].decode())
        elif (head := piece.lstrip(b"\n")).startswith(b":"):
            path = next(pieces)
            paths.add(path)
            found = difference(head.decode(), path)
            files += [FileChange(found[0], *found[1])] if found else []
    if fields:
        yield _commit(fields, files)


def _commit(fields: Sequence[bytes], files: Sequence[FileChange]) -> Commit:
    oid, parents, tree, author, author_email, author_date, committer, committer_email, committer_date, message = fields
    return Commit(
        oid.decode(),
        tuple(parents.decode().split()),
        tree.decode(),
        name.person(author, author_email),
        date(author_date),
        name.person(committer, committer_email),
        date(committer_date),
        message[:MAX_MESSAGE].decode("utf-8", "replace"),
        tuple(files),
    )


def date(raw: bytes) -> str:
    """A date from git as text that `datetime` accepts, also in UTC; `NO_DATE` for one that it does not."""
    text = raw.decode("ascii", "replace")
    try:
        datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return NO_DATE
    return text


def commit_at(runner: Runner, revision: str, before: datetime) -> str | None:
    """The newest commit along first parents that was committed at `before` or earlier; None if there is none."""
    seconds = int(before.timestamp())
    if seconds < 0:
        return None  # git stores no date before 1970, and ignores a negative age
    age = (f"--min-age={seconds}",) if seconds < LATEST_AGE else ()
    words = ("rev-list", "--first-parent", "--max-count=1", *age, "--stdin")
    result = runner.run(*words, stdin=f"{name.revision(revision)}\n".encode())
    if not result.done:
        raise UsageError(f"{clean(revision)}: {complaint(result.err)}. Name a branch, a tag or a commit.")
    return result.out.decode().strip() or None
