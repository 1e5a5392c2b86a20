"""Triggers of workloads, set and listed as `oc set triggers` does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.documents.edit.target.annotation_trigger import annotation_steps, shown_annotation_triggers
from reconciler.documents.edit.target.spec_trigger import (
    BUILD_CONFIG,
    DEPLOYMENT_CONFIG,
    shown_spec_triggers,
    spec_steps,
)
from reconciler.documents.edit.target.trigger_edit import ShownTrigger, TriggerEdit
from reconciler.documents.edit.target.workload_object import WorkloadObject
from reconciler.edit.object_choice import ObjectChoice, choose, listed
from reconciler.edit.object_edit import edit_objects
from reconciler.edit.spec_edit import SpecEdit
from reconciler.errors import InputError
from reconciler.gitstore import Repository
from reconciler.model.name import IstagName
from reconciler.reading.snapshot import Snapshot

_OWN_FIELDS = frozenset({DEPLOYMENT_CONFIG, BUILD_CONFIG})


@dataclass(frozen=True, slots=True)
class TriggerRequest:
    """The flags of `set-triggers` beside the choice of objects."""

    edit: TriggerEdit
    image: str = ""
    """`[NAMESPACE/]STREAM:TAG` of `--from-image`; without a namespace, that of each object."""


@dataclass(frozen=True, slots=True)
class TriggerList:
    """The triggers of one object; `problem` says why they cannot be read."""

    target: WorkloadObject
    triggers: tuple[ShownTrigger, ...] = ()
    problem: str = ""


def set_triggers(snapshot: Snapshot, repository: Repository, choice: ObjectChoice, request: TriggerRequest) -> SpecEdit:
    """Edit the triggers of the chosen objects. Raises `InputError`, for one object that cannot be edited too."""
    chosen = choose(repository, snapshot, choice, has_triggers)
    istags: set[IstagName] = set()

    def steps(target: WorkloadObject) -> Iterator[object]:
        edit = _for_object(request, target)
        istags.update({edit.image} if edit.image else ())
        return _steps(target, edit)

    done = edit_objects(chosen, steps, "Set triggers of", lambda target: _line(target, request), _effect(request))
    adds = request.image and not request.edit.remove
    missing = [istag for istag in sorted(istags) if adds and not _is_known(snapshot, istag)]
    notes = (f"{istag} is not declared here, so nothing follows it yet. Declare it." for istag in missing)
    return SpecEdit(done.files, done.message, (*done.lines, *notes))


def list_triggers(snapshot: Snapshot, repository: Repository, choice: ObjectChoice) -> list[TriggerList]:
    """The triggers of the named objects; without names, of every object that has some."""
    found = [_listed(target) for target in listed(repository, snapshot, choice, has_triggers)]
    return [each for each in found if choice.names or each.problem or any(t.kind != "config" for t in each.triggers)]


def has_triggers(target: WorkloadObject) -> bool:
    """Whether an object can have triggers."""
    return target.kind in _OWN_FIELDS or target.pod_spec is not None


def _steps(target: WorkloadObject, edit: TriggerEdit) -> Iterator[object]:
    if not has_triggers(target):
        raise InputError(f"{target.described} ({target.where}) runs no containers, so it has no triggers.")
    return spec_steps(target, edit) if target.kind in _OWN_FIELDS else annotation_steps(target, edit)


def _for_object(request: TriggerRequest, target: WorkloadObject) -> TriggerEdit:
    edit = request.edit
    image = IstagName.parse(request.image, target.namespace) if request.image else None
    return TriggerEdit(image, edit.containers, edit.config, edit.webhook, edit.remove, edit.remove_all, edit.automatic)


def _line(target: WorkloadObject, request: TriggerRequest) -> str:
    edit = request.edit
    if edit.remove_all:
        return f"{target.described} has no triggers any more."
    if request.image:
        image = IstagName.parse(request.image, target.namespace)
        word = "containers" if len(edit.containers) > 1 else "container"
        names = f" ({word} {', '.join(edit.containers)})" if edit.containers else ""
        if edit.remove:
            return f"{target.described}{names} no longer follows {image}."
        how = f"follows {image}" if edit.automatic else f"names {image}, and does not follow it: the trigger is manual"
        return f"{target.described}{names} {how}."
    what = "Its config trigger" if edit.config else (f"Its {edit.webhook} webhook" if edit.webhook else "Its triggers")
    verb = "are" if what.endswith("s") else "is"
    state = "removed" if edit.remove else ("automatic" if edit.automatic else "manual")
    return f"{target.described}: {what[0].lower()}{what[1:]} {verb} {state} now."


def _effect(request: TriggerRequest) -> str:
    edit = request.edit
    if edit.remove_all or (edit.remove and request.image):
        return "The images that are written stay as they are."
    if not edit.automatic and not edit.config:
        return "Nothing is written for a manual trigger."
    return "" if edit.config or edit.remove else "The next pass writes the images: `imagestream plan` shows them."


def _is_known(snapshot: Snapshot, istag: IstagName) -> bool:
    stream = snapshot.declarations.streams.get(istag.stream_name)
    return istag in snapshot.histories or (
        stream is not None and (istag.tag in stream.tags or stream.repository is not None)
    )


def _listed(target: WorkloadObject) -> TriggerList:
    if target.kind not in _OWN_FIELDS and target.pod_spec is None:
        return TriggerList(target, problem="runs no containers")
    shown = shown_spec_triggers if target.kind in _OWN_FIELDS else shown_annotation_triggers
    try:
        return TriggerList(target, tuple(shown(target)))
    except InputError as error:
        return TriggerList(target, problem=str(error))
