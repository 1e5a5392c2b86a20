"""Where a branch is checked out, and moving it there without losing an uncommitted byte.

A branch that some work tree has checked out is moved by a fast-forward merge in that work tree: files first, the
reference last, so that a kill never leaves a work tree that would revert the commits. git refuses where an uncommitted
change, or a file it does not track (an ignored one too), is in the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reconciler.errors import ConflictError
from reconciler.gitstore.command import GitResult, Runner
from reconciler.gitstore.redaction import clean, locked
from reconciler.gitstore.tip import is_ancestor, references
from reconciler.gitstore.work_tree.interrupted_checkout import CHECKOUT_PREFIX, take_back

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
    """A work tree that has the branch checked out cannot follow; nothing was written. A person has to act first."""


@dataclass(frozen=True, slots=True)
class WorkTree:
    """A work tree that has the branch checked out."""

    folder: Path
    branch: str

    def forward(self, runner: Runner, old: str | None, new: str) -> None:
        """Move branch, index and files from `old` to a descendant; WorkTreeError where that is refused."""
        here = runner.at(self.folder)
        self._take_back(here, old)
        self._mark(here, new)
        options = ("-c", f"branch.{self.branch}.mergeOptions=")  # the user's may say --no-ff
        result = here.run(*options, *_MERGE, "--", new)
        if not result.done:
            self._undo(here, old, new, result)
            raise self._refusal(result)

    def _undo(self, here: Runner, old: str | None, new: str, result: GitResult) -> None:
        """Put back what a fast-forward wrote that failed after its first byte: a person would commit it as theirs.

        Where that fails too (a full disk, a folder that may not be written), the note stays, and the next one to come
        takes it back. Where git looked and refused it wrote nothing, and what is there is somebody's.
        """
        if _in_the_way(result) or take_back(here, old, new) is None:
            self._mark(here, old)

    def _mark(self, here: Runner, commit: str | None) -> None:
        """Note which commit is being checked out. One that the branch has is no note any more."""
        words = (CHECKOUT_PREFIX + self.branch, commit) if commit else ("-d", CHECKOUT_PREFIX + self.branch)
        result = here.run("update-ref", "--no-deref", *words)
        if not result.done:
            raise self._refusal(result)

    def _take_back(self, here: Runner, old: str | None) -> None:
        """Undo what a killed fast-forward left, so that it does not pass for a person's changes."""
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
            return WorkTreeError(f"{self.branch}: cannot be moved in {self.folder}: {locked(result.err)}")
        more = f" and {len(files) - MAX_NAMED} more" if len(files) > MAX_NAMED else ""
        named = ", ".join(files[:MAX_NAMED]) + more
        return WorkTreeError(
            f"{self.branch}: uncommitted changes are in the way in {self.folder}: {named}. Commit, stash or move them."
        )


def checked_out(runner: Runner, branch: str) -> WorkTree | None:
    """The work tree that has the branch checked out; WorkTreeError where it cannot be moved safely at all."""
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
    for record in runner.ask("worktree", "list", "--porcelain", "-z").decode("utf-8", "surrogateescape").split("\0\0"):
        words = dict(line.partition(" ")[::2] for line in record.split("\0"))
        if "branch" in words:
            yield Path(words["worktree"]), words["branch"]


def _is_rebased(runner: Runner, branch: str) -> bool:
    common = runner.ask("rev-parse", "--git-common-dir").decode("utf-8", "surrogateescape").removesuffix("\n")
    folder = runner.folder / common
    notes = [path for place in (folder, *folder.glob("worktrees/*")) for path in map(place.joinpath, _REBASES)]
    return any(_text(path) == f"refs/heads/{branch}" for path in notes)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _in_the_way(result: GitResult) -> list[str]:
    """The files that git lists, each on a line of its own after a tab."""
    return [line[1:] for line in result.err.splitlines() if line.startswith("\t")]
