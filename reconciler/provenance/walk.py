"""Walking the whole of a branch: every version of every history and hold file, oldest first, in one git log.

Every commit comes with what lay under `history/` and `holds/` on each of its parents, so that a change can be judged by
what stood there, on whatever side of a merge. Contents are read in groups and parsed once; what is kept of them are
their events, which versions share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from reconciler.documents.rendered import read_rendered
from reconciler.errors import DocumentError
from reconciler.gitstore import Commit, FileChange, Repository
from reconciler.gitstore.ancestry import Ancestry
from reconciler.model.history import HeldImage, TagEvent
from reconciler.model.name import IstagName, istag_of_path
from reconciler.reading.recorded import read_history, read_hold
from reconciler.settings import HISTORY_DIR, HOLDS_DIR, MAX_FILE_BYTES

Stack = tuple[TagEvent, ...]
Held = tuple[HeldImage, ...]
Tree = Mapping[str, str]
"""What lies under `history/` and `holds/` at a commit: path to blob."""

_GROUP = 500  # commits whose contents are in memory at once


@dataclass(frozen=True, slots=True)
class Step:
    """One commit, and what stood on its parents."""

    commit: Commit
    parents: tuple[Tree, ...]
    """The trees of the parents; the changes of `commit.files` are against the first."""
    marks: dict[str, str] = field(default_factory=dict)
    """What whoever walks wants to find in the trees of the commits above, beside the paths."""

    @property
    def before(self) -> Tree:
        """The tree of the first parent."""
        return self.parents[0] if self.parents else {}

    @property
    def is_merge(self) -> bool:
        """Whether lines of history meet here."""
        return len(self.parents) > 1

    def after(self) -> dict[str, str]:
        """The tree of the commit itself."""
        tree = dict(self.before)
        _apply(tree, self)
        return tree

    def is_taken_over(self, change: FileChange) -> bool:
        """Whether another parent of a merge has this very content: then it is nobody's edit."""
        return any(tree.get(change.path) == change.new_oid for tree in self.parents[1:])


class Contents:
    """The parsed contents of history and hold files."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._stacks: dict[tuple[str, str], Stack | None] = {}
        self._entries: dict[tuple[str, str], Held | None] = {}

    def load(self, commits: Sequence[Commit]) -> None:
        """Read and parse what these commits left in the files; what was parsed before is not read again."""
        changes = (change for commit in commits for change in commit.files)
        left = {(change.path, change.new_oid) for change in changes if change.new_oid is not None}
        wanted = [each for each in left if each not in self._stacks and each not in self._entries]
        blobs = self._repository.read({oid for _, oid in wanted}, MAX_FILE_BYTES)
        for path, oid in wanted:
            name = istag_of_path(path)
            if name is not None and path == name.history_path:
                self._stacks[path, oid] = _stack(name, blobs[oid])
            elif name is not None:
                self._entries[path, oid] = _held(name, blobs[oid])

    def stack(self, name: IstagName, oid: str | None) -> Stack | None:
        """The events of a content, none where there is no file; None where it cannot be read."""
        return self._stacks[name.history_path, oid] if oid is not None else ()

    def held(self, name: IstagName, oid: str | None) -> Held | None:
        """The entries of a content, none where there is no file; None where it cannot be read."""
        return self._entries[name.hold_path, oid] if oid is not None else ()


def walk(repository: Repository, revision: str, contents: Contents) -> Iterator[Step]:
    """Every commit that changed a history or a hold, and every merge, parents first; contents are loaded on the way."""
    commits = Ancestry(repository).graph(revision, [HISTORY_DIR, HOLDS_DIR])
    waiting = Counter(parent for commit in commits for parent in commit.parents)
    trees: dict[str, dict[str, str]] = {}
    for group in _groups(commits):
        contents.load(group)
        for commit in group:
            step = Step(commit, tuple(trees[parent] for parent in commit.parents))
            yield step
            waiting.subtract(commit.parents)
            done = tuple(parent for parent in commit.parents if waiting[parent] == 0)
            last = bool(done) and done[0] == commit.parents[0]  # nobody else needs that tree: no copy
            own = trees[commit.parents[0]] if last else dict(step.before)
            for parent in done:
                trees.pop(parent, None)
            _apply(own, step)
            trees[commit.id] = own


def _apply(tree: dict[str, str], step: Step) -> None:
    for change in step.commit.files:
        if change.new_oid is None:
            tree.pop(change.path, None)
        else:
            tree[change.path] = change.new_oid
    tree.update(step.marks)


def _groups(commits: Sequence[Commit]) -> Iterator[list[Commit]]:
    rest = iter(commits)
    while group := list(islice(rest, _GROUP)):
        yield group


def _stack(name: IstagName, data: bytes | None) -> Stack | None:
    try:
        quick = read_rendered(data, name) if data is not None else None
        if quick is not None or data is None:
            return quick.items if quick else None
        return read_history(data, name.history_path, name).items
    except DocumentError:
        return None


def _held(name: IstagName, data: bytes | None) -> Held | None:
    try:
        return read_hold(data, name.hold_path, name).held if data is not None else None
    except DocumentError:
        return None
