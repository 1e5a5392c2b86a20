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

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from reconciler.gitstore import Repository
from reconciler.gitstore.ancestry import Ancestry
from reconciler.planning.trailers import parse
from reconciler.settings import HISTORY_DIR, HOLDS_DIR

OWN_PATHS = (HISTORY_DIR, HOLDS_DIR)
_SHARE = 50
"""Commits that are worth a git process of their own."""
_WORKERS = min(8, os.cpu_count() or 1)
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
        self._signed: list[str] | None = None
        """The commits that have trailers and any signature, oldest first; None until they are looked for."""

    def load(self, commits: Iterable[str]) -> None:
        """Check some commits in one go; what was checked before is not checked again."""
        before = self._since_when()
        if before is not None:
            self._check([commit for commit in dict.fromkeys(commits) if commit not in before])

    def load_all(self) -> None:
        """Check every commit of the branch that may be own, on all processors."""
        if self._since_when() is not None and self._signed is not None:
            self._check(self._signed)

    def vouch(self, commit: str) -> bool:
        """Whether a commit's trailers count."""
        before = self._since_when()
        if before is None or commit in before:
            return True
        self._check([commit])
        return self._trusted[commit]

    def _since_when(self) -> frozenset[str] | None:
        """What the first trusted commit has below it; None where there is none, or no signing."""
        if self._signed is None and self._repository.signing is not None:
            log = reversed(Ancestry(self._repository).log(self._revision, paths=OWN_PATHS))
            self._signed = Ancestry(self._repository).signed(commit.id for commit in log if parse(commit.message))
            first = self._first(self._signed)
            if first is not None:
                below = Ancestry(self._repository).log(first, paths=OWN_PATHS)
                self._before = frozenset(commit.id for commit in below if commit.id != first)
        return self._before

    def _first(self, signed: Sequence[str]) -> str | None:
        """The oldest commit that has a trusted signature."""
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
        missing = [commit for commit in commits if commit not in self._trusted]
        if signing is None or not missing:
            return
        size = max(_SHARE, -(-len(missing) // _WORKERS))
        shares = [missing[start : start + size] for start in range(0, len(missing), size)]
        with ThreadPoolExecutor(max_workers=_WORKERS) as pool:
            good = set().union(*pool.map(lambda share: Ancestry(self._repository).trusted(share, signing), shares))
        self._trusted.update((commit, commit in good) for commit in missing)
