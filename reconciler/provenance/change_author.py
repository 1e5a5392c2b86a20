"""Who changed a file that the reconciler had written. Only the author of a commit that did it is named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.gitstore import Commit
from reconciler.model.name import istag_of_path
from reconciler.model.person import Person
from reconciler.provenance.file_versions import IsOwn
from reconciler.provenance.log import FileVersion, Log

_MOST_MERGES = 200
"""Merges that are examined, newest first."""


class ChangeAuthors:
    """The people who changed histories and holds below a log's revision, since the last commit of ours."""

    def __init__(self, log: Log, tip: str | None, *, is_rewritten: bool) -> None:
        self._log = log
        self._tip = tip
        self._is_rewritten = is_rewritten

    def of(self, path: str, versions: Sequence[FileVersion], is_own: IsOwn) -> tuple[str, Person | None]:
        """The commit that made the current content of a file, and its author.

        That is the newest that changed the file, or the merge that chose between two sides. Where people rewrote the
        branch no commit did it: then it is the branch's newest commit, where the change was seen, without an author.
        """
        name = istag_of_path(path)
        mainline = self._log.ancestry.log(
            self._log.revision, paths=[path], limit=1, merges=True, follow_all_parents=False
        )
        for commit in (*(version.commit for version in versions[:1]), *mainline):
            own = any(version.commit.id == commit.id and name and is_own(name, version) for version in versions)
            if not own:
                return commit.id, None if self._is_rewritten and self._is_old(commit) else commit.author
        for commit in () if self._is_rewritten else self._choosing_merges(path):
            return commit.id, commit.author
        return self._log.revision, None

    def _is_old(self, commit: Commit) -> bool:
        """Whether the dropped line has the commit too: then the commit did not change what was dropped."""
        return self._tip is not None and self._log.repository.is_ancestor(commit.id, self._tip)

    def _choosing_merges(self, path: str) -> Iterator[Commit]:
        """The merges after which the file differs from one of their parents, newest first."""
        newer = self._log.ancestry.log(self._log.revision, merges=True, excluding=self._tip)
        for commit in [each for each in newer if len(each.parents) > 1][:_MOST_MERGES]:
            changed = (self._log.repository.changed_paths(parent, commit.id, [path]) for parent in commit.parents)
            if any(changed):
                yield commit
