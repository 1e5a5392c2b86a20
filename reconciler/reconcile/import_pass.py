"""Imports: a pass over what a person names, now (as `oc import-image`)."""

from __future__ import annotations

import dataclasses

from reconciler.model.person import Person
from reconciler.model.plan import Plan
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.plan import plan_pass
from reconciler.planning.problem import concerning
from reconciler.provenance.snapshot import read_snapshot
from reconciler.reading.snapshot import Snapshot
from reconciler.reconcile.field_edit import EditedFiles
from reconciler.reconcile.import_scope import import_scope
from reconciler.reconcile.observe import observe, read_world
from reconciler.reconcile.registry_pool import Answers
from reconciler.reconcile.run_pass import Known, Reconciler, run_pass
from reconciler.reconcile.writer import Result, Target


def run_import(reconciler: Reconciler, target: Target, text: str, person: Person, known: str | None = None) -> Result:
    """Look up the source of one istag, or all of a stream's, and commit what comes of it.

    `known` is a commit to go on from, which need not be pushed yet. Raises `InputError` if there is nothing to look up.
    """
    writer = reconciler.writer
    snapshot = read_snapshot(writer.repository, known or writer.base(target))
    scope = import_scope(snapshot, text, reconciler.registries.installation, person)
    result = run_pass(reconciler, target, scope, known=Known(known) if known else None)
    return dataclasses.replace(result, plan=_concerning(result.plan, scope, snapshot))


def preview_import(reconciler: Reconciler, target: Target, commit: str, text: str, person: Person) -> Plan:
    """What `run_import` would commit on top of a commit."""
    repository, registries = reconciler.writer.repository, reconciler.registries
    snapshot = read_snapshot(repository, commit)
    scope = import_scope(snapshot, text, registries.installation, person)
    subjects = observe(repository, read_world(repository, commit, target.branch), scope, registries, Answers())
    planned = EditedFiles(repository, commit).feasible(plan_pass(subjects, reconciler.writer.clock.now()))
    return _concerning(planned, scope, snapshot)


def _concerning(plan: Plan, scope: PassScope, snapshot: Snapshot) -> Plan:
    """The plan without the problems of what was not requested."""
    problems = concerning(plan.problems, scope, snapshot.declarations, snapshot.protected)
    return dataclasses.replace(plan, problems=tuple(problems))
