"""The walk over a whole branch: every version of every history and hold, parents first, from one git log.

Every commit comes with the trees of its parents, so that a change can be judged by what was there before, on any side
of a merge. Contents are read in groups and parsed once; only their events are kept, and versions share them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from reconciler.gitstore import Commit, FileChange
from reconciler.provenance.log import Log

Tree = Mapping[str, str]
"""The files under `history/` and `holds/` at a commit: path to blob id."""

_GROUP = 500  # commits whose contents are in memory at once


@dataclass(frozen=True, slots=True)
class Step:
    """One commit, and the trees of its parents."""

    commit: Commit
    parents: tuple[Tree, ...]
    """The trees of the parents; the changes of `commit.files` are against the first."""
    marks: dict[str, str] = field(default_factory=dict)
    """Further entries that the caller adds, to find them in the trees of the commits above."""

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
        """Whether another parent of a merge has this very content: then the merge did not edit it."""
        return any(tree.get(change.path) == change.new_oid for tree in self.parents[1:])


def walk_branch(log: Log) -> Iterator[Step]:
    """Every commit that changed a history or a hold, and every merge, parents first. Contents are loaded on the way."""
    commits = log.graph()
    waiting = Counter(parent for commit in commits for parent in commit.parents)
    trees: dict[str, dict[str, str]] = {}
    for group in _groups(commits):
        log.parsed.load(change for commit in group for change in commit.files)
        for commit in group:
            step = Step(commit, tuple(trees[parent] for parent in commit.parents))
            yield step
            waiting.subtract(commit.parents)
            done = tuple(parent for parent in commit.parents if waiting[parent] == 0)
            last = bool(done) and done[0] == commit.parents[0]  # no other commit needs that tree, so it is not copied
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
