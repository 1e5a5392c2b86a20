"""The source of a spec tag, as `tag` and `promote` set it."""

from __future__ import annotations

import dataclasses

from reconciler.documents.edit.target.spec_tag import TagEdit
from reconciler.edit.spec_file import Files, apply_edit, what_stays
from reconciler.errors import UnknownNameError
from reconciler.gitstore import Repository
from reconciler.model.history import TagEvent
from reconciler.model.name import IstagName
from reconciler.model.stream import SELECT_ANNOTATION, Source, SourceKind
from reconciler.reading.snapshot import Snapshot


def point(repository: Repository, snapshot: Snapshot, edit: TagEdit, files: Files) -> tuple[Files, str]:
    """The files after an edit of a tag's source, and a note about the fields that changed too or that stay.

    The annotation of a selection is taken off: a selection chooses the image whatever the pull spec names.
    """
    name = edit.stream.tag(edit.tag)
    unselected = dataclasses.replace(edit, annotations={SELECT_ANNOTATION: None})
    declared = snapshot.declarations.tag(name)
    if declared is None and name in snapshot.declarations.broken:  # only an edit shows what its entry holds
        selects = apply_edit(repository, snapshot, unselected, files) != apply_edit(repository, snapshot, edit, files)
    else:
        selects = declared is not None and SELECT_ANNOTATION in declared.annotations
    note = f" It no longer selects ({SELECT_ANNOTATION})." if selects else ""
    edited = apply_edit(repository, snapshot, unselected if selects else edit, files)
    return edited, note + what_stays(repository, snapshot, edit, edited)


def with_source(edit: TagEdit, source: Source) -> TagEdit:
    """The edit with its source. Only an image of a registry can be scheduled, so any other source ends a schedule."""
    scheduled = edit.scheduled if source.kind is SourceKind.DOCKER_IMAGE else False
    return dataclasses.replace(edit, source=source, scheduled=scheduled)


def current_event(snapshot: Snapshot, name: IstagName) -> TagEvent:
    """The newest event of an istag. Raises `UnknownNameError` where it has no image yet."""
    history = snapshot.histories.get(name)
    if history is None or history.top is None:
        why = f"{name} has no image yet, so there is nothing to pin."
        raise UnknownNameError(str(name), why, "Use --alias to follow it.")
    return history.top
