"""A promotion: one commit on a branch of its own, ready for a pull request.

A second promotion before the merge adds a commit with the current image of the source to the same branch. Where the
image is the same, nothing is committed and the branch is pushed as it is. A push never forces.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from reconciler.edit.pin import ImageVersion, pin
from reconciler.edit.promotion_branch import promotion_branch
from reconciler.edit.spec_edit import SpecEdit, checked
from reconciler.errors import InputError
from reconciler.gitstore import Draft, PushStatus, Repository, Upstream
from reconciler.model.history import TagEvent
from reconciler.model.name import IstagName
from reconciler.model.observation import Found
from reconciler.model.person import Person
from reconciler.provenance.snapshot import read_snapshot
from reconciler.reading.snapshot import Snapshot
from reconciler.reconcile.registries import Registries
from reconciler.reconcile.writer import Target, Writer, choose_target


@dataclass(frozen=True, slots=True)
class Promotion:
    """The result of a promotion, as lines for the person."""

    lines: tuple[str, ...]
    last_line: str
    error: str | None = None


def promote(
    writer: Writer, registries: Registries, person: Person, source: str, destination: str, *, push: bool
) -> Promotion:
    """Commit the promotion on its branch, from the tip of the checked-out branch's upstream.

    The versions of the images come from the registry; the message has none where the registry knows none.
    Raises `InputError` where the branch on the remote has an unmerged promotion that the local branch does not have,
    and where a branch is left from a promotion that was merged as another commit.
    """
    repository = writer.repository
    target = choose_target(repository, None, push=push)
    base = writer.base(target)
    snapshot = read_snapshot(repository, base)
    branch = promotion_branch(IstagName.parse(destination, snapshot.config.default_namespace))
    old = repository.resolve(f"refs/heads/{branch}")
    unmerged = _unmerged(repository, branch, old, base)
    onto = read_snapshot(repository, unmerged) if unmerged else snapshot
    made = pin(snapshot, repository, source, destination, _versions(snapshot, registries), onto)
    edited = checked(repository, onto, made)
    if not edited.files and unmerged is None:
        return Promotion((*edited.lines, "It is pinned there already."), "Nothing was written.")
    there = _remote_commit(repository, target, branch, (base, *([old] if old else []))) if push else None
    new = _committed(writer, person, edited, unmerged or base)
    if new != old:
        repository.publish_local(branch, old, new)
    return _pushed(writer, target, branch, there, new, edited) if push else _kept(target, branch, edited)


def _unmerged(repository: Repository, branch: str, old: str | None, base: str) -> str | None:
    """The commit of the local branch if its promotion is not merged yet, else None."""
    if old is None or repository.is_ancestor(old, base):
        return None
    if repository.brings_nothing(old, base):
        raise _left(f"branch {branch}", f"git branch -D {branch}")
    return old


def _committed(writer: Writer, person: Person, edited: SpecEdit, base: str) -> str:
    if not edited.files:
        return base
    draft = Draft(files=edited.files, author=person, message=edited.message)
    return writer.repository.build(base, [draft], person, writer.clock.now())[-1]


def _remote_commit(repository: Repository, target: Target, branch: str, known: tuple[str, ...]) -> str | None:
    """The commit of the branch on the remote; None where it has no such branch: git hosts delete merged ones.

    Raises `InputError` where it has a promotion that is in none of the known commits: another person may have made it.
    """
    if target.upstream is None:
        return None
    remote = target.upstream.remote
    there = repository.fetch(_beside(target.upstream, branch)).commit
    if there is None or any(repository.is_ancestor(there, commit) for commit in known):
        return there
    name, advice = f"{remote}/{branch}", f"git push {remote} --delete {branch}"
    if repository.brings_nothing(there, known[0]):
        raise _left(name, advice)
    raise InputError(f"{name} has a promotion that is not merged yet. Merge it, or {advice}")


def _left(branch: str, advice: str) -> InputError:
    """The refusal of a branch whose promotion was merged as another commit: it could only be forced."""
    return InputError(f"{branch} is left from a promotion that was squashed or rebased. Delete it: {advice}")


def _versions(snapshot: Snapshot, registries: Registries) -> ImageVersion:
    """The version label of an image, else the tag of its source."""

    def version(name: IstagName, event: TagEvent) -> str | None:
        answer = registries.look_up(name, event, snapshot.declarations)
        metadata = answer.metadata if isinstance(answer, Found) else None
        if metadata is not None and metadata.version:
            return metadata.version
        return event.source.registry_tag if event.source is not None else None

    return version


def _pushed(writer: Writer, target: Target, branch: str, old: str | None, new: str, edited: SpecEdit) -> Promotion:
    if target.upstream is None:
        why = f"branch {target.branch} has no upstream, so there is no remote to push to."
        kept = _kept(target, branch, edited)
        return dataclasses.replace(kept, lines=(*kept.lines, why), error=why)
    there = _beside(target.upstream, branch)
    outcome = writer.repository.push(there, old, new, move_tip=False)
    if outcome.status is PushStatus.DONE:
        return Promotion(edited.lines, f"pushed to {target.upstream.remote}/{branch}")
    kept = _kept(target, branch, edited)
    return dataclasses.replace(kept, lines=(*kept.lines, outcome.message), error=outcome.message)


def _kept(target: Target, branch: str, edited: SpecEdit) -> Promotion:
    remote = target.upstream.remote if target.upstream else "REMOTE"
    where = f"committed on {branch}" if edited.files else f"It is pinned on {branch} already."
    return Promotion((*edited.lines, where), f"NOT pushed: git push -u {remote} {branch}")


def _beside(upstream: Upstream, branch: str) -> Upstream:
    """The branch of the same name on the upstream's remote."""
    tracking = f"refs/remotes/{upstream.remote}/{branch}"
    return dataclasses.replace(upstream, branch=branch, tracking=tracking, local=branch)
