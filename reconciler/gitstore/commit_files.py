"""The content of commits: their regular files, the bytes of those, and the differences between two commits.

Symlinks and submodules are not entries, so no path leads out of the repository. A path that is not UTF-8 or has control
characters is left out and counted. One process lists, two read (sizes first), one compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from sys import intern
from typing import Final

from reconciler.errors import InputError, UsageError
from reconciler.gitstore import name
from reconciler.gitstore.command import Runner
from reconciler.gitstore.fetch import unavailable
from reconciler.gitstore.mirror import partial
from reconciler.gitstore.path_limit import bounded
from reconciler.gitstore.redaction import clean
from reconciler.model.frozen import freeze
from reconciler.settings import MIB

REGULAR: Final = frozenset({"100644", "100755", "100664"})  # 100664 comes from old versions of git
MISSING: Final = "missing"
READ_GROUP: Final = 32 * MIB  # bytes in one output of `cat-file`
MAX_PATHSPECS: Final = 100  # a command line is bounded; for more paths, the result is filtered here

Differences = dict[str, tuple[str | None, str | None]]


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One regular file of a commit."""

    mode: str
    kind: str
    oid: str


@dataclass(frozen=True, slots=True)
class CommitFiles:
    """The regular files of one commit by path, in git's order."""

    commit: str
    entries: Mapping[str, FileEntry]
    left_out: int = 0
    """The number of regular files whose name cannot be shown."""
    others: frozenset[str] = frozenset()
    """Paths of symlinks and submodules: never read, but they block a file of that name."""

    def __post_init__(self) -> None:
        freeze(self, "entries")


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One line of `ls-tree`: any kind of entry, with its path as stored."""

    mode: str
    kind: str
    oid: str
    path: bytes


def tree_entries(runner: Runner, commit: str, under: Sequence[str] = ()) -> Iterator[TreeEntry]:
    """Everything in a commit's tree, or under some paths, symlinks and submodules too, in the order of their bytes.

    InputError for more than `MAX_PATHS` paths, and for a tree with a path twice or out of order: git itself then lists
    one content and compares another.
    """
    last = b""
    paths = ("--", *(name.path(path).decode() for path in under)) if under else ()
    with closing(runner.pieces("ls-tree", "-r", "-z", "--full-tree", name.object_id(commit), *paths)) as lines:
        for each in map(_stored, bounded(commit, lines)):
            if each.path <= last:
                path = clean(each.path.decode("utf-8", "replace"))
                raise InputError(
                    f"commit {commit[:12]} has {path} twice or out of order, so git reads one content there and "
                    "compares another. Take that commit back; git fsck names the tree."
                )
            last = each.path
            yield each


def _stored(line: bytes) -> TreeEntry:
    head, _, path = line.partition(b"\t")
    mode, kind, oid = head.decode().split()
    return TreeEntry(intern(mode), intern(kind), oid, path)


def list_files(runner: Runner, commit: str, under: Sequence[str] = ()) -> CommitFiles:
    """The regular files of a commit, all or those at a few paths and below them."""
    entries: dict[str, FileEntry] = {}
    others: set[str] = set()
    left_out = 0
    for each in tree_entries(runner, commit, under):
        path = name.readable(each.path)
        if each.mode not in REGULAR:
            others |= {path} if path is not None else set()
        elif path is None:
            left_out += 1
        else:
            entries[path] = FileEntry(each.mode, each.kind, each.oid)
    return CommitFiles(commit, entries, left_out, frozenset(others))


def read(runner: Runner, oids: Iterable[str], limit: int) -> dict[str, bytes | None]:
    """The bytes of blobs; None for a blob larger than `limit` bytes, which is not read."""
    return dict(read_each(runner, dict.fromkeys(oids), limit))


def read_each(runner: Runner, oids: Iterable[str], limit: int) -> Iterator[tuple[str, bytes | None]]:
    """Blobs one by one in the requested order; at most `READ_GROUP` bytes of them are in memory."""
    wanted = [name.object_id(oid) for oid in oids]
    sizes = _sizes(runner, list(dict.fromkeys(wanted)))
    for group in _groups(wanted, {oid: size if size <= limit else 0 for oid, size in sizes.items()}):
        contents = objects(runner, [oid for oid in group if sizes[oid] <= limit])
        for oid in group:
            yield oid, next(contents)[1] if sizes[oid] <= limit else None


def _sizes(runner: Runner, oids: Sequence[str]) -> dict[str, int]:
    if not oids:
        return {}
    kinds = _kinds(runner, oids)
    missing = [oid for oid, (kind, _) in kinds.items() if kind == MISSING]
    if missing and partial.is_partial(runner.folder):
        _bring(runner, missing)
        kinds |= _kinds(runner, missing)
    for oid, (kind, _) in kinds.items():
        if kind != "blob":
            raise UsageError(f"git has no file {oid} in {runner.folder} ({kind}). Run git fsck there.")
    return {oid: size for oid, (_, size) in kinds.items()}


def bring(runner: Runner, oids: Iterable[str]) -> None:
    """Fetch the missing ones of these blobs in one request; blobs that the remote does not have are left out.

    UnavailableError if the remote does not answer.
    """
    wanted = [name.object_id(oid) for oid in dict.fromkeys(oids)]
    missing = [oid for oid, (kind, _) in _kinds(runner, wanted).items() if kind == MISSING] if wanted else []
    if missing:
        _bring(runner, missing)


def _bring(runner: Runner, missing: Sequence[str]) -> None:
    result = partial.bring(runner, missing)
    if not result.done:
        raise unavailable(partial.REMOTE, result)


def _kinds(runner: Runner, oids: Sequence[str]) -> dict[str, tuple[str, int]]:
    """The kind and size of objects; `MISSING` and 0 for those that are not here."""
    out = runner.output("cat-file", "--buffer", "--batch-check", stdin="\n".join((*oids, "")).encode())
    fields = (line.split() for line in out.decode().splitlines())
    return {oid: (kind, int(rest[0]) if rest else 0) for oid, kind, *rest in fields}


def blobs_at(runner: Runner, places: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The blobs at some paths of some commits, by commit and path, in one process; what is not there is left out."""
    wanted = [(name.object_id(commit), name.path(path)) for commit, path in places]
    lines = b"".join(commit.encode() + b":" + path + b"\n" for commit, path in wanted)
    out = runner.output("cat-file", "--buffer", "--batch-check=%(objecttype) %(objectname)", stdin=lines)
    found = zip(wanted, out.decode("utf-8", "replace").splitlines(), strict=True)
    blobs = (((commit, path.decode()), line.split(" ")) for (commit, path), line in found)
    return {place: fields[1] for place, fields in blobs if fields[0] == "blob"}


def _groups(oids: Sequence[str], sizes: Mapping[str, int]) -> Iterator[list[str]]:
    group: list[str] = []
    total = 0
    for oid in oids:
        if group and total + sizes[oid] > READ_GROUP:
            yield group
            group, total = [], 0
        group.append(oid)
        total += sizes[oid]
    if group:
        yield group


def objects(runner: Runner, oids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """The bytes of objects of any kind, all of which must exist here."""
    out = runner.output("cat-file", "--buffer", "--batch", stdin="\n".join((*oids, "")).encode())
    place = 0
    for oid in oids:
        start = out.index(b"\n", place) + 1
        end = start + int(out[place:start].split()[2])
        yield oid, out[start:end]
        place = end + 1


def changed_paths(runner: Runner, old: str, new: str, under: Sequence[str]) -> Differences:
    """The differences between two commits: path to the old and the new blob, None if there is no regular file."""
    specs = tuple(under) if len(under) <= MAX_PATHSPECS else ()
    ids = (name.object_id(old), name.object_id(new))
    words = ("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", *ids, "--", *specs)
    with closing(runner.pieces(*words)) as pieces:
        lines = bounded(new, (head + b"\0" + next(pieces) for head in pieces))
        pairs = (line.partition(b"\0")[::2] for line in lines)
        found = dict(filter(None, (difference(head.decode(), path) for head, path in pairs)))
    return found if specs or not under else {path: both for path, both in found.items() if _lies_under(path, under)}


def difference(head: str, raw_path: bytes) -> tuple[str, tuple[str | None, str | None]] | None:
    """One entry of git's raw diff format (`git diff`, "RAW OUTPUT FORMAT"), also of a merge's combined one.

    `head` is everything before the path. A merge's old side is that of its first parent. None if neither side is a
    regular file with a readable name.
    """
    sides = len(head) - len(head.lstrip(":")) + 1
    fields = head.lstrip(":").split()
    modes, oids = fields[:sides], fields[sides : 2 * sides]
    path = name.readable(raw_path)
    old, new = (oids[side] if modes[side] in REGULAR else None for side in (0, -1))
    return None if path is None or (old is None and new is None) else (path, (old, new))


def _lies_under(path: str, under: Sequence[str]) -> bool:
    return any(path == place or path.startswith(place.rstrip("/") + "/") for place in under)
