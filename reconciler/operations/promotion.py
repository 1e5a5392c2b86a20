"""Promotion: one commit on a branch of its own, ready for a pull request."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from reconciler.errors import InputError
from reconciler.gitstore import Draft, PushStatus, Repository, Upstream
from reconciler.model.change import Person
from reconciler.model.history import TagEvent
from reconciler.model.name import IstagName
from reconciler.model.observation import Found
from reconciler.model.reference import Reference
from reconciler.model.stream import SourceKind
from reconciler.operations.observe import Registries
from reconciler.operations.spec import Edited, checked
from reconciler.operations.tagging import Version, promotion_branch
from reconciler.operations.tagging import promote as promoted
from reconciler.operations.writer import Target, Writer, choose_target
from reconciler.provenance.state import read_state
from reconciler.reading.state import State


@dataclass(frozen=True, slots=True)
class Promotion:
    """What became of a promotion."""

    lines: tuple[str, ...]
    last_line: str
    error: str | None = None


def promote(
    writer: Writer, registries: Registries, person: Person, source: str, destination: str, *, push: bool
) -> Promotion:
    """Commit the promotion on its branch, from the tip of the checked-out branch's upstream.

    The registry is asked what the images call themselves; where it does not say, the message does without.
    Raises `InputError` when the branch holds a promotion that is not merged yet.
    """
    repository = writer.repository
    target = choose_target(repository, None, push=push)
    base = writer.base(target)
    state = read_state(repository, base)
    edited = checked(repository, state, promoted(state, repository, source, destination, _versions(state, registries)))
    branch = promotion_branch(IstagName.parse(destination, state.config.default_namespace))
    if not edited.files:
        return Promotion((*edited.lines, "It is pinned there already."), "Nothing was written.")
    old = repository.resolve(f"refs/heads/{branch}")
    if old is not None and not repository.is_ancestor(old, base):
        raise _not_merged(repository, f"branch {branch}", old, base, f"git branch -D {branch}")
    there = _open_there(repository, target, branch, base) if push else None
    draft = Draft(files=edited.files, author=person, message=edited.message)
    new = repository.build(base, [draft], person, writer.clock.now())[-1]
    repository.publish_local(branch, old, new)
    return _pushed(writer, target, branch, there, new, edited) if push else _kept(target, branch, edited)


def _open_there(repository: Repository, target: Target, branch: str, base: str) -> str | None:
    """Where the remote has the branch from an earlier promotion; None where not: forges delete what is merged.

    Raises `InputError` where that promotion is not merged yet: somebody else may have made it.
    """
    if target.upstream is None:
        return None
    remote = target.upstream.remote
    there = repository.fetch(_beside(target.upstream, branch)).commit
    if there is not None and not repository.is_ancestor(there, base):
        raise _not_merged(repository, f"{remote}/{branch}", there, base, f"git push {remote} --delete {branch}")
    return there


def _not_merged(repository: Repository, branch: str, commit: str, base: str, advice: str) -> InputError:
    """Branches are never forced, not even one whose commit came to the base as another one."""
    if repository.brings_nothing(commit, base):
        return InputError(f"{branch} is left from a promotion that was squashed or rebased. Delete it: {advice}")
    return InputError(f"{branch} has a promotion that is not merged yet. Merge it, or {advice}")


def _versions(state: State, registries: Registries) -> Version:
    """The version label of an image, else the tag of the source that it was recorded from."""

    def version(name: IstagName, event: TagEvent) -> str | None:
        tag = state.declarations.tag(name)
        answer = registries.look_up(name, event, insecure=tag is not None and tag.insecure, known=frozenset())
        metadata = answer.metadata if isinstance(answer, Found) else None
        if metadata is not None and metadata.version:
            return metadata.version
        docker = event.source is not None and event.source.kind is SourceKind.DOCKER_IMAGE
        return Reference.parse(event.source.name).tag if docker and event.source else None

    return version


def _pushed(writer: Writer, target: Target, branch: str, old: str | None, new: str, edited: Edited) -> Promotion:
    if target.upstream is None:
        return _kept(target, branch, edited)
    there = _beside(target.upstream, branch)
    outcome = writer.repository.push(there, old, new, move_tip=False)
    if outcome.status is PushStatus.DONE:
        return Promotion(edited.lines, f"pushed to {target.upstream.remote}/{branch}")
    kept = _kept(target, branch, edited)
    return dataclasses.replace(kept, lines=(*kept.lines, outcome.message), error=outcome.message)


def _kept(target: Target, branch: str, edited: Edited) -> Promotion:
    remote = target.upstream.remote if target.upstream else "REMOTE"
    return Promotion((*edited.lines, f"committed on {branch}"), f"NOT pushed: git push -u {remote} {branch}")


def _beside(upstream: Upstream, branch: str) -> Upstream:
    """The branch of the same name on the upstream's remote."""
    tracking = f"refs/remotes/{upstream.remote}/{branch}"
    return dataclasses.replace(upstream, branch=branch, tracking=tracking, local=branch)
