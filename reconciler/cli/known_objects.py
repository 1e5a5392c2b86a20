"""The objects of a commit, for the completion of `KIND/NAME`. It is imported only when names are needed."""

from __future__ import annotations

from reconciler.app.app import App
from reconciler.app.options import Options
from reconciler.documents.edit.target.image_lookup import STREAM
from reconciler.edit.object_choice import ObjectChoice, listed
from reconciler.edit.set_triggers import has_triggers
from reconciler.errors import ReconcilerError
from reconciler.model.object_name import short_name
from reconciler.provenance.snapshot import read_snapshot


def known_objects(options: Options, namespace: str | None, kind: str) -> list[str]:
    """`KIND/NAME` of every workload, and with `is` as kind the name of every stream; none where they cannot be read."""
    try:
        with App(options) as app:
            snapshot = read_snapshot(app.repository, app.head())
            choice = ObjectChoice(namespace=namespace)
            found = listed(app.repository, snapshot, choice, lambda each: has_triggers(each) or each.kind == STREAM)
    except ReconcilerError:
        return []
    streams = {each.name for each in found if each.kind == STREAM} if kind else set()
    return sorted(
        streams | {f"{short_name(each.api_version, each.kind)}/{each.name}" for each in found if has_triggers(each)}
    )
