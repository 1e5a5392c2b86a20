"""Image lookup of streams and workloads, set and listed as `oc set image-lookup` does."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.documents.edit.target.image_lookup import STREAM, is_looked_up, lookup_steps
from reconciler.documents.edit.target.workload_object import WorkloadObject
from reconciler.edit.object_choice import ObjectChoice, choose, listed
from reconciler.edit.object_edit import edit_objects
from reconciler.edit.spec_edit import SpecEdit
from reconciler.gitstore import Repository
from reconciler.reading.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class LookupState:
    """Whether lookup is enabled for an object."""

    target: WorkloadObject
    enabled: bool


def set_lookup(snapshot: Snapshot, repository: Repository, choice: ObjectChoice, *, enabled: bool) -> SpecEdit:
    """Enable or disable lookup for the chosen objects; `--all` means every stream."""
    chosen = choose(repository, snapshot, choice, _is_stream)
    verb = "Enable image lookup of" if enabled else "Disable image lookup of"
    effect = "The next pass writes the images that name a tag of it: `imagestream plan` shows them."
    return edit_objects(
        chosen,
        lambda target: lookup_steps(target, enabled=enabled),
        verb,
        lambda target: _line(target, enabled=enabled),
        effect if enabled else "The images that are written stay as they are.",
    )


def list_lookup(snapshot: Snapshot, repository: Repository, choice: ObjectChoice) -> list[LookupState]:
    """The state of the named objects; without names, of every stream."""
    return [LookupState(each, is_looked_up(each)) for each in listed(repository, snapshot, choice, _is_stream)]


def _is_stream(target: WorkloadObject) -> bool:
    return target.kind == STREAM


def _line(target: WorkloadObject, *, enabled: bool) -> str:
    if target.kind == STREAM:
        can = "may name it as an image, such as" if enabled else "no longer name it as an image, such as"
        return f"Workloads of namespace {target.namespace} {can} {target.name}:TAG ({target.where})."
    every = "looks every image up in the streams of its namespace"
    return f"{target.described} {every if enabled else 'no longer looks images up'}."
