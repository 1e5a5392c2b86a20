"""The freeze of an istag: an annotation on its spec tag that stops all moves."""

from __future__ import annotations

from reconciler.documents.edit.target.spec_tag import TagEdit
from reconciler.edit.spec_edit import SpecEdit
from reconciler.edit.spec_file import apply_edit, ensure_readable
from reconciler.gitstore import Repository
from reconciler.model.name import IstagName
from reconciler.model.stream import FROZEN_ANNOTATION
from reconciler.reading.missing_tag import no_spec_tag
from reconciler.reading.snapshot import Snapshot

FROZEN = "true"


def freeze(snapshot: Snapshot, repository: Repository, text: str, *, frozen: bool) -> SpecEdit:
    """Stop all moves of an istag, or let it move again. Raises `UnknownNameError` where it has no spec tag."""
    name = IstagName.parse(text, snapshot.config.default_namespace)
    tag = snapshot.declarations.tag(name)
    if tag is None:
        ensure_readable(repository, snapshot, [name])
        raise no_spec_tag(name, snapshot.declarations, snapshot.protected, "Declare it before you freeze it.")
    if tag.frozen == frozen:
        return SpecEdit({}, "", (f"{name} is {'frozen' if frozen else 'not frozen'} already.",))
    value = FROZEN if frozen else None
    edit = TagEdit(stream=name.stream_name, tag=name.tag, annotations={FROZEN_ANNOTATION: value})
    verb = "Freeze" if frozen else "Unfreeze"
    effect = "It does not move until it is unfrozen." if frozen else "It moves again."
    files = apply_edit(repository, snapshot, edit)
    return SpecEdit(
        files, f"{verb} {name}\n\n{effect}\n", (f"{name} is {'frozen' if frozen else 'no longer frozen'}.",)
    )
