"""Checked-out branches: finding their work tree, and moving them without losing uncommitted changes.

A branch that a work tree has checked out is moved by a fast-forward merge in that work tree: files first, the reference
last, so that a kill never leaves a work tree that would revert the commits. git refuses if an uncommitted change or an
untracked file (an ignored one too) is in the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reconciler.errors import ConflictError
from reconciler.gitstore.command import GitResult, Runner
from reconciler.gitstore.redaction import clean, lock_complaint
from reconciler.gitstore.tip import is_ancestor, references
from reconciler.gitstore.work_tree.interrupted_checkout import CHECKOUT_PREFIX, take_back
from reconciler.model.phrase import some

MAX_NAMED: Final = 5  # files in one message

_MERGE: Final = (
    "merge",
    "--ff-only",
    "--no-overwrite-ignore",
    "--no-autostash",
    "--no-verify-signatures",
    "--no-verify",
    "--no-edit",
    "--no-stat",
    "--no-log",
    "--no-squash",
    "--quiet",
)
_REBASES: Final = ("rebase-merge/head-name", "rebase-apply/head-name")


class WorkTreeError(ConflictError):
    """A work tree with the branch checked out cannot follow; nothing was written. A person has to act first."""


@dataclass(frozen=True, slots=True)
class WorkTree:
    """A work tree that has the branch checked out."""

    folder: Path
    branch: str

    def forward(self, runner: Runner, old: str | None, new: str) -> None:
        """Move branch, index and files from `old` to a descendant; WorkTreeError if git refuses."""
        here = runner.at(self.folder)
        self._take_back(here, old)
        self._mark(here, new)
        options = ("-c", f"branch.{self.branch}.mergeOptions=")  # the user's setting may be --no-ff
        result = here.run(*options, *_MERGE, "--", new)
        if not result.done:
            self._undo(here, old, new, result)
            raise self._refusal(result)

    def _undo(self, here: Runner, old: str | None, new: str, result: GitResult) -> None:
        """Undo the writes of a fast-forward that failed halfway, so that a person does not commit them.

        If that fails too (a full disk, a read-only folder), the note stays, and the next publication undoes them. If
        git only checked and refused, it wrote nothing, and the files in the way belong to a person.
        """
        if _in_the_way(result) or take_back(here, old, new) is None:
            self._mark(here, old)

    def _mark(self, here: Runner, commit: str | None) -> None:
        """Note which commit is being checked out.

        For a commit that is already on the branch, the note has no effect.
        """
        words = (CHECKOUT_PREFIX + self.branch, commit) if commit else ("-d", CHECKOUT_PREFIX + self.branch)
        result = here.run("update-ref", "--no-deref", *words)
        if not result.done:
            raise self._refusal(result)

    def _take_back(self, here: Runner, old: str | None) -> None:
        """Undo the writes of a killed fast-forward, so that they do not look like a person's changes."""
        mark = CHECKOUT_PREFIX + self.branch
        left = references(here, mark).get(mark)
        if left is None or (old is not None and is_ancestor(here, left, old)):
            return
        refused = take_back(here, old, left)
        if refused is not None:
            raise self._refusal(refused)

    def _refusal(self, result: GitResult) -> WorkTreeError:
        files = [clean(path) for path in _in_the_way(result)]
        if not files:
            return WorkTreeError(f"{self.branch}: cannot be moved in {self.folder}: {lock_complaint(result.err)}")
        named = some(files, MAX_NAMED)
        return WorkTreeError(
            f"{self.branch}: uncommitted changes are in the way in {self.folder}: {named}. Commit, stash or move them."
        )


def checked_out(runner: Runner, branch: str) -> WorkTree | None:
    """The work tree that has the branch checked out; WorkTreeError if the branch cannot be moved safely."""
    found = [WorkTree(folder, branch) for folder, ref in _work_trees(runner) if ref == f"refs/heads/{branch}"]
    gone = [tree.folder for tree in found if not tree.folder.is_dir()]
    if gone:
        raise WorkTreeError(
            f"{branch}: is checked out in {gone[0]}, which is not there. Bring it back or run git worktree prune."
        )
    if len(found) > 1:
        raise WorkTreeError(
            f"{branch}: is checked out in more than one work tree. Switch all but one to another branch."
        )
    if _is_rebased(runner, branch):
        raise WorkTreeError(f"{branch}: a rebase of it is under way. Finish it with git rebase --continue or --abort.")
    return found[0] if found else None


def _work_trees(runner: Runner) -> Iterator[tuple[Path, str]]:
    for record in (
        runner.output("worktree", "list", "--porcelain", "-z").decode("utf-8", "surrogateescape").split("\0\0")
    ):
        words = dict(line.partition(" ")[::2] for line in record.split("\0"))
        if "branch" in words:
            yield Path(words["worktree"]), words["branch"]


def _is_rebased(runner: Runner, branch: str) -> bool:
    common = runner.output("rev-parse", "--git-common-dir").decode("utf-8", "surrogateescape").removesuffix("\n")
    folder = runner.folder / common
    notes = [path for place in (folder, *folder.glob("worktrees/*")) for path in map(place.joinpath, _REBASES)]
    return any(_text(path) == f"refs/heads/{branch}" for path in notes)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _in_the_way(result: GitResult) -> list[str]:
    """The files that git lists, each on its own line after a tab."""
    return [line[1:] for line in result.err.splitlines() if line.startswith("\t")]
