"""Verify: proves the rules of history (design 3.2, 3.3) over every change of every history and hold of a branch.

The table of `provenance.auditor` has what a change may be. Own commits change nothing but what their trailers name
(`provenance.workload_audit`). Everything else is a break.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.errors import InputError
from reconciler.gitstore import Commit, Repository
from reconciler.model.name import IstagName, istag_of_path
from reconciler.provenance.auditor import Auditor
from reconciler.provenance.branch_walk import Tree, walk_branch
from reconciler.provenance.break_log import Break
from reconciler.provenance.foreign_break import foreign_breaks
from reconciler.provenance.log import Log
from reconciler.provenance.shallow_clone import ensure_whole
from reconciler.provenance.workload_audit import audit_own_commits


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of `verify`: how much was judged, and what was found."""

    commits: int = 0
    """Commits that change a history or a hold."""
    breaks: list[Break] = field(default_factory=list)
    """Those of histories and holds, then those of other files; each oldest first."""
    accepted_as_is: list[tuple[IstagName, Commit]] = field(default_factory=list)
    """Files from before the reconciler's first commit: nothing proves them, so they are reported."""
    istags: set[IstagName] = field(default_factory=set)
    fields: int = 0
    """Image fields that own commits wrote, each once a commit."""
    warning: str | None = None
    """Why all of this proves less than it should: signing is configured, and no commit in sight is signed."""

    @property
    def open_breaks(self) -> list[Break]:
        """The breaks that no commit undid."""
        return [each for each in self.breaks if each.undone_by is None]


def verify(repository: Repository, revision: str) -> Verdict:
    """Judge every change of every history and hold below a commit, from one git log; each content is parsed once.

    The files that own commits change are judged from another one.

    Raises `InputError` if a tree hides changes, `UsageError` if a shallow clone cannot be completed.
    """
    ensure_whole(repository)
    log = Log(repository, revision)
    log.trust.load(log.graph())
    auditor = Auditor(log)
    step = None
    for step in walk_branch(log):
        auditor.judge(step)
    _ensure_complete(repository, revision, step.after() if step is not None else {})
    if step is not None:
        auditor.breaks.close(step)
    own = audit_own_commits(log)
    breaks = [*auditor.breaks.found, *foreign_breaks(log, own.foreign)]
    return Verdict(auditor.commits, breaks, auditor.accepted_as_is, auditor.istags, own.fields, log.trust.warning())


def _ensure_complete(repository: Repository, revision: str, tree: Tree) -> None:
    """Raise `InputError` if the changes do not lead to the files of the newest commit: some of them were hidden."""
    entries = repository.commit_files(revision).entries
    there = {path: entry.oid for path, entry in entries.items() if istag_of_path(path)}
    walked = {path: oid for path, oid in tree.items() if istag_of_path(path)}
    hidden = sorted(path for path in {*there, *walked} if there.get(path) != walked.get(path))
    if hidden:
        raise InputError(
            f"commit {revision[:12]} has something else at {hidden[0]} than the changes below it lead to, so nothing "
            "is proved: one of them has a tree with a path twice or out of order. git fsck names it."
        )
