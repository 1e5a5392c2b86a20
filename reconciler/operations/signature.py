"""Signatures: whose commits' trailers count, once the installation says whose signature makes a commit own (3.3).

    | the commit                                        | its trailers |
    | ------------------------------------------------- | ------------ |
    | no signing is configured                          | count        |
    | no commit of the branch has a trusted signature   | count        |
    | has a trusted signature                           | count        |
    | the first trusted commit has it in its history    | count        |
    | any other                                         | do not count |

The first is the oldest in the log's order. Only what that commit has below it is from before the signing: a side branch
that was begun earlier and merged later has to be signed too, or whoever may merge could write events in the past.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.gitstore import Repository
from reconciler.planning.message import parse
from reconciler.settings import HISTORY_DIR, HOLDS_DIR

OWN_PATHS = (HISTORY_DIR, HOLDS_DIR)
_FIRST_LOOK = 4
"""So many signed commits are checked first; four times as many each time none of them is trusted."""


class Signatures:
    """The signatures of the commits below one revision, each checked at most once, and only when it matters."""

    def __init__(self, repository: Repository, revision: str) -> None:
        self._repository = repository
        self._revision = revision
        self._trusted: dict[str, bool] = {}
        self._before: frozenset[str] | None = None
        """What the first trusted commit has below it."""
        self._begun = False

    def load(self, commits: Iterable[str]) -> None:
        """Check some commits in one go; what was checked before is not checked again."""
        signing = self._repository.signing
        if signing is None or not self._since_when():
            return
        before = self._before or frozenset()
        missing = [commit for commit in dict.fromkeys(commits) if commit not in self._trusted and commit not in before]
        self._check(missing)

    def vouch(self, commit: str) -> bool:
        """Whether a commit's trailers count."""
        if self._repository.signing is None or not self._since_when():
            return True
        self.load([commit])
        return commit in (self._before or ()) or self._trusted.get(commit, False)

    def _since_when(self) -> bool:
        """Whether the branch has a trusted commit; what the first one has below it is known afterwards."""
        if not self._begun:
            self._begun = True
            first = self._first()
            if first is not None:
                below = self._repository.log(first, paths=OWN_PATHS)
                self._before = frozenset(commit.id for commit in below if commit.id != first)
        return self._before is not None

    def _first(self) -> str | None:
        commits = reversed(self._repository.log(self._revision, paths=OWN_PATHS))
        signed = self._repository.signed(commit.id for commit in commits if parse(commit.message))
        start, size = 0, _FIRST_LOOK
        while start < len(signed):
            some = signed[start : start + size]
            self._check(some)
            first = next((commit for commit in some if self._trusted[commit]), None)
            if first is not None:
                return first
            start, size = start + size, size * 4
        return None

    def _check(self, commits: Sequence[str]) -> None:
        signing = self._repository.signing
        if signing is not None and commits:
            good = self._repository.trusted(commits, signing)
            self._trusted.update((commit, commit in good) for commit in commits)
