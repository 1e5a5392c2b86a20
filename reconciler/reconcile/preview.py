"""Preview: the plan of a pass on a commit, without writing anything."""

from __future__ import annotations

import dataclasses

from reconciler.clock import Clock
from reconciler.gitstore import Repository
from reconciler.model.follow import followed
from reconciler.model.name import IstagName
from reconciler.model.plan import Plan
from reconciler.model.stream import Declarations, SpecTag
from reconciler.planning.budget import loads
from reconciler.planning.follow import order
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.plan import plan_pass
from reconciler.planning.repository_list import left_out_notes
from reconciler.provenance.snapshot import declared_at
from reconciler.reconcile.field_edit import EditedFiles
from reconciler.reconcile.observe import observe, read_world
from reconciler.reconcile.registries import Registries
from reconciler.reconcile.registry_pool import Answers


def preview(repository: Repository, commit: str, registries: Registries, clock: Clock, base: str | None = None) -> Plan:
    """What a pass would do on this commit now; with `base` only for istags whose spec differs from that revision.

    Raises `UsageError` if `base` is not a commit.
    """
    world = read_world(repository, commit, repository.current_branch())
    subjects = observe(repository, world, PassScope(), registries, Answers())
    world = subjects.world
    budget = loads(world.spec.declarations, world.spec.config, world.spec.installation, world.observed.listings)
    warnings = (load.warning for load in budget if load.exceeds)
    notes = (*warnings, *left_out_notes(world, subjects.scope))
    planned = EditedFiles(repository, commit).feasible(plan_pass(subjects, clock.now()))
    planned = dataclasses.replace(planned, notes=notes)
    if base is None:
        return planned
    before = declared_at(repository, repository.commit(base), world.spec.config)
    concerned = _concerned(before, world.spec.declarations) | _imported(before, world.spec.declarations, planned)
    return dataclasses.replace(
        planned,
        changes=tuple(change for change in planned.changes if change.tag in concerned),
        problems=tuple(problem for problem in planned.problems if problem.tag is None or problem.tag in concerned),
    )


def _concerned(before: Declarations, after: Declarations) -> set[IstagName]:
    """The istags whose spec tag was added, changed or taken out, and all that follow them."""
    old, new = _tags(before), _tags(after)
    found = {name for name in old.keys() | new.keys() if _content(old.get(name)) != _content(new.get(name))}
    for name in order(after).istags:  # sources come before their followers
        if followed(name, new[name]) in found:
            found.add(name)
    return found


def _imported(before: Declarations, after: Declarations, planned: Plan) -> set[IstagName]:
    """The istags without a spec tag whose stream imports another repository now."""
    old = {name: stream.repository for name, stream in before.streams.items()}
    new = {name for name, stream in after.streams.items() if stream.repository != old.get(name)}
    undeclared = (change.tag for change in planned.changes if after.tag(change.tag) is None)
    return {name for name in undeclared if name.stream_name in new}


def _tags(declarations: Declarations) -> dict[IstagName, SpecTag]:
    streams = declarations.streams.values()
    return {stream.name.tag(tag.name): tag for stream in streams for tag in stream.tags.values()}


def _content(tag: SpecTag | None) -> tuple[object, ...] | None:
    """The content of a spec tag, without its place in the file."""
    if tag is None:
        return None
    return (tag.source, tag.reference, tag.scheduled, tag.insecure, tag.import_mode, dict(tag.annotations))
