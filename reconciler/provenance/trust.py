"""Trust: whose commits' trailers count, and where a branch's own history begins (design 3.3, 3.10).

    | the commit                                           | its trailers | what it changed otherwise |
    | ---------------------------------------------------- | ------------ | ------------------------- |
    | a merge                                              | do not count | what its parents have     |
    | no signing is configured                             | count        | a person's                |
    | signing; a trusted key signed it                     | count        | -                         |
    | signing; below every beginning                       | count        | a person's                |
    | signing; no commit in sight has a trusted signature  | count        | a person's                |
    | any other                                            | do not count | a person's                |

A beginning is a first own commit: it counts, and no commit below it counts. Every such commit is a beginning, on any
line of history. So a line that is merged in, even as the first parent, cannot move the beginning above what was forged
on it. `signing.since` names one beginning instead. What the parents of all beginnings have counts without proof, and
nothing else does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from reconciler.errors import InputError
from reconciler.gitstore import Commit, Repository
from reconciler.gitstore.ancestry import Ancestry
from reconciler.planning.trailers import parse
from reconciler.settings import HISTORY_DIR, HOLDS_DIR

OWN_PATHS = (HISTORY_DIR, HOLDS_DIR)
_SHARE = 50
"""Commits for which a git process of their own is worth while."""
_WORKERS = min(8, os.cpu_count() or 1)
_FIRST_BATCH = 4
"""Signed commits that are checked first; each time none of them is trusted, four times as many follow."""

Graph = Sequence[Commit]
"""The commits that changed a history or a hold, and the merges between them, parents before children."""


@dataclass(frozen=True, slots=True)
class _Beginning:
    """Where own history begins: the first own commits, and the commits below all of them."""

    commits: tuple[str, ...] = ()
    below: frozenset[str] = frozenset()


class Trust:
    """What counts below one revision. Everything is looked up when it is first needed, and once."""

    def __init__(self, repository: Repository, revision: str, graph: Callable[[], Graph]) -> None:
        self._ancestry = Ancestry(repository)
        self._repository = repository
        self._revision = revision
        self._signing = repository.signing
        self._graph = graph
        self._trusted: dict[str, bool] = {}
        self._signed: tuple[str, ...] | None = None
        """The commits that have trailers and any signature, in the graph's order."""
        self._beginning: _Beginning | None = None
        self._outside: frozenset[str] | None = None
        """The commits below every beginning that are not in the graph."""

    def load(self, commits: Iterable[Commit]) -> None:
        """Check the signatures of some commits in one batch."""
        claiming = [each for each in commits if _may_be_own(each)]
        if self._signing is not None and claiming and self.has_begun:
            below = self._begun().below
            self._check([each.id for each in claiming if each.id not in below])

    def vouch(self, commit: Commit) -> bool:
        """Whether a commit's trailers count."""
        if not _may_be_own(commit):
            return False
        if self._signing is None or not self.has_begun:
            return True
        return commit.id in self._begun().below or self.is_trusted(commit.id) or self._lies_below(commit.id)

    def _lies_below(self, commit: str) -> bool:
        """Whether a commit that changed workloads only, and so is not in the graph, lies below every beginning."""
        if self._outside is None:
            graph = {each.id for each in self._graph()}
            below = [self._ancestry.below(first) for first in self._begun().commits]
            self._outside = frozenset.intersection(*below) - graph
        return commit in self._outside

    def is_trusted(self, commit: str) -> bool:
        """Whether a trusted key signed a commit; always False without signing."""
        if self._signing is None:
            return False
        self._check([commit])
        return self._trusted[commit]

    @property
    def has_begun(self) -> bool:
        """Whether there is a first own commit; with signing, one that a trusted key signed."""
        return bool(self._begun().commits)

    def is_below(self, commit: str) -> bool:
        """Whether a commit lies below every beginning."""
        return commit in self._begun().below

    def taken_from(self) -> tuple[str, ...]:
        """The commits whose trees count without proof as far as all of them agree.

        It is empty if no commit below the beginnings ever had a history or a hold.
        """
        if not self._begun().below:
            return ()
        firsts = self._ancestry.commits(self._begun().commits).values()
        return tuple(parent for first in firsts for parent in first.parents[:1])

    def warning(self) -> str | None:
        """A warning if signing is configured and no commit of the graph has a trusted signature; else None."""
        if self._signing is None or not self._graph():
            return None
        signed = self._signed_commits()
        self._check(signed)
        if any(self._trusted[commit] for commit in signed):
            return None
        return (
            f"no commit has the signature of a key in signing.trusted {self._signing.trusted}, so histories and holds "
            "are judged by trailers alone, which anyone can write."
        )

    # Where it begins

    def _begun(self) -> _Beginning:
        if self._beginning is None:
            self._beginning = self._begin()
        return self._beginning

    def _begin(self) -> _Beginning:
        if self._signing is None:
            return self._from(self._lowest(lambda _: True))
        if self._signing.since is not None:
            return self._since(self._signing.since)
        return self._from(self._lowest(self._is_trusted_early))

    def _since(self, since: str) -> _Beginning:
        commit = self._repository.resolve(since)
        if commit is None or not self._is_in_sight(commit):
            raise InputError(
                f"signing.since {since} is not in the history of commit {self._revision[:12]}, so it is not known "
                "what counts there. Name a commit of that branch, or leave it out."
            )
        below = {each.id for each in self._ancestry.log(commit, paths=OWN_PATHS, merges=True)} - {commit}
        return _Beginning((commit,), frozenset(below))

    def _is_in_sight(self, commit: str) -> bool:
        older, newer = (commit, self._revision), (self._revision, commit)
        return self._repository.is_ancestor(*older) or self._repository.is_ancestor(*newer)

    def _from(self, firsts: Sequence[str]) -> _Beginning:
        if not firsts:
            return _Beginning()
        above = {commit.id: commit.parents for commit in self._graph()}
        below = frozenset.intersection(*(_below(first, above) for first in firsts))
        return _Beginning(tuple(firsts), below)

    def _lowest(self, counts: Callable[[str], bool]) -> list[str]:
        """The commits that count while no commit below them counts."""
        above: set[str] = set()
        found: list[str] = []
        for commit in self._graph():
            if any(parent in above for parent in commit.parents):
                above.add(commit.id)
            elif _may_be_own(commit) and counts(commit.id):
                above.add(commit.id)
                found.append(commit.id)
        return found

    def _is_trusted_early(self, commit: str) -> bool:
        """Whether a trusted key signed a commit. The next signed commits are checked with it, more each time."""
        signed = self._signed_commits()
        if commit not in self._trusted and commit in signed:
            start = signed.index(commit)
            size = _FIRST_BATCH * 4 ** min(4, len(self._trusted) // _FIRST_BATCH)
            self._check(signed[start : start + size])
        return self._trusted.get(commit, False)

    # Signatures

    def _signed_commits(self) -> tuple[str, ...]:
        if self._signed is None:
            wanted = [commit.id for commit in self._graph() if _may_be_own(commit)]
            self._signed = tuple(self._ancestry.signed(wanted))
        return self._signed

    def _check(self, commits: Sequence[str]) -> None:
        signing = self._signing
        missing = [commit for commit in dict.fromkeys(commits) if commit not in self._trusted]
        if signing is None or not missing:
            return
        size = max(_SHARE, -(-len(missing) // _WORKERS))
        shares = [missing[start : start + size] for start in range(0, len(missing), size)]
        with ThreadPoolExecutor(max_workers=_WORKERS) as pool:
            good = set().union(*pool.map(lambda share: self._ancestry.trusted(share, signing), shares))
        self._trusted.update((commit, commit in good) for commit in missing)


def _may_be_own(commit: Commit) -> bool:
    """Whether a commit claims to be the reconciler's own; a merge cannot be."""
    return len(commit.parents) <= 1 and bool(parse(commit.message))


def _below(first: str, above: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Every commit of the graph below one."""
    found: set[str] = set()
    waiting = list(above[first])
    while waiting:
        commit = waiting.pop()
        if commit not in found:
            found.add(commit)
            waiting.extend(above.get(commit, ()))
    return frozenset(found)
