"""The tip: the reference to what the reconciler last wrote on a branch, and when it is believed (design 3.10).

    | signing | the branch has the commit             | the branch lacks it: people rewrote the branch, if   |
    | ------- | ------------------------------------- | ---------------------------------------------------- |
    | no      | believed                              | this copy of the repository saw the branch have it   |
    | yes     | believed if a trusted key signed it   | a trusted key signed it as the end of a pass over    |
    |         | as the end of a pass over this branch | this branch, and the branch has nothing own since    |

Everyone who may push references can move it anywhere. A tip that is not believed changes nothing: what was last written
is then read from the log, file by file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.gitstore import Repository, Upstream
from reconciler.provenance.log import Log
from reconciler.provenance.trust import OWN_PATHS
from reconciler.settings import TIP_PREFIX


@dataclass(frozen=True, slots=True)
class Tip:
    """What was last written on a branch."""

    commit: str | None = None
    """None if no reference can be believed."""
    is_rewritten: bool = False
    """Whether people rewrote the branch, so that it no longer has the commit."""
    target: str | None = None
    """Where the reference belongs if nothing is written; None if it may stay."""
    notes: tuple[str, ...] = ()
    """Messages for people."""


def believed_tip(repository: Repository, revision: str, branch: str | None) -> Tip:
    """The tip of a branch as far as it is believed, as of the commit that a pass plans on."""
    if branch is None:
        return Tip()
    return _TipReader(repository, revision, branch).read()


class _TipReader:
    """Reads the references of one branch once."""

    def __init__(self, repository: Repository, revision: str, branch: str) -> None:
        self._repository = repository
        self._revision = revision
        self._branch = branch
        self._upstream: Upstream | None = repository.upstream(branch)
        self._log = Log(repository, revision)
        self._signs = repository.signing is not None

    def read(self) -> Tip:
        tips = self._log.ancestry.tips(self._branch, self._upstream, self._revision)
        for commit in tips:
            has_it = self._repository.is_ancestor(commit, self._revision)
            if self._counts(commit, has_it=has_it):
                doubts = self._doubts(tips[: tips.index(commit)])
                return Tip(commit, not has_it, self._place(commit, has_it=has_it, doubted=bool(doubts)), doubts)
        if not tips and self._is_gone():
            return Tip(target=self._target(), notes=(self._gone(),))
        return Tip(target=self._target() if tips else None, notes=self._doubts(tips))

    def _counts(self, commit: str, *, has_it: bool) -> bool:
        """Whether a tip is believed; `has_it` is whether the branch has that commit."""
        if self._ends_pass(commit):
            return has_it or not self._has_own_since(commit)
        if self._strict():
            return False
        return has_it or self._log.ancestry.was_on(self._branch, commit)

    def _place(self, commit: str, *, has_it: bool, doubted: bool) -> str | None:
        """Where the reference to a believed tip belongs; None if it may stay.

        With signing, the tip of a rewritten branch stays until a pass writes: only it proves what a rebase copied
        without the signatures.
        """
        if has_it or not self._strict():
            return self._target() if doubted or not has_it else None
        return commit if doubted else None

    def _strict(self) -> bool:
        """Whether only commits with a trusted signature are believed."""
        return self._signs and self._log.trust.has_begun

    def _target(self) -> str | None:
        return self._newest_pass() if self._strict() else self._revision

    def _is_gone(self) -> bool:
        """Whether a tip is missing: the branch has own commits, and its remote has no tip for it."""
        return self._upstream is not None and self._log.trust.has_begun

    def _ends_pass(self, commit: str) -> bool:
        """Whether a trusted key signed a commit as the end of a whole pass over this branch."""
        if not self._signs:
            return False
        names = {self._branch, self._upstream.branch if self._upstream else self._branch}
        return self._log.ancestry.passes([commit]).get(commit) in names and self._log.trust.is_trusted(commit)

    def _has_own_since(self, commit: str) -> bool:
        """Whether the branch has a trusted commit that the other one lacks: the branch went on without that one."""
        newer = self._log.ancestry.log(self._revision, paths=OWN_PATHS, excluding=commit)
        return any(self._log.trust.is_trusted(each.id) for each in newer if self._log.claimed_trailers(each))

    def _newest_pass(self) -> str | None:
        """The newest commit of the branch that may be its tip."""
        claiming = [commit.id for commit in reversed(self._log.graph()) if self._log.claimed_trailers(commit)]
        for start in range(0, len(claiming), _GROUP):
            group = claiming[start : start + _GROUP]
            ends = self._log.ancestry.passes(group)
            for commit in group:
                if commit in ends and self._ends_pass(commit):
                    return commit
        return None

    def _doubts(self, tips: Sequence[str]) -> tuple[str, ...]:
        return tuple(self._doubt(commit) for commit in tips)

    @property
    def _reference(self) -> str:
        return f"{TIP_PREFIX}{self._upstream.branch if self._upstream else self._branch}"

    def _gone(self) -> str:
        where = self._upstream.remote if self._upstream else "here"
        why = f"{self._reference} is missing at {where}, or is not a commit"
        return f"{why}; what was last written is read from the log."

    def _doubt(self, commit: str) -> str:
        why = (
            "which no trusted key signed as the end of a pass over this branch"
            if self._signs
            else "which the branch does not have, and never had as far as this copy of the repository knows"
        )
        text = f"{self._reference} is at {commit[:12]}, {why}. It is not believed"
        return f"{text}; what was last written is read from the log."


_GROUP = 50
"""Commits whose headers are read in one batch."""
