"""What is due: whether a spec tag's source is resolved, and for what cause a pass resolves it (design 3.2, 3.4).

A source counts as resolved once the top of the history or a hold records it (design 3.2 rule 2). From then on only a
schedule or a request resolves it again; a digest, once found, is resolved again by request alone. A selection counts as
resolved while the version that the top records is one that it selects.
"""

from __future__ import annotations

from reconciler.model.history import Cause, TagHistory, TagHold
from reconciler.model.name import IstagName
from reconciler.model.stream import SourceKind, SpecTag
from reconciler.planning.holding import chosen, records, selected
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.undeclared import is_pushed


def is_resolved(name: IstagName, tag: SpecTag, history: TagHistory | None, hold: TagHold | None) -> bool:
    """Whether the top of the history, or a hold, records the spec tag's source."""
    if tag.source is None:
        return True
    stream = name.stream_name
    top = history.top if history else None
    if tag.imported and top is not None and is_pushed(top):
        return True
    if tag.selection is not None and top is not None and chosen(tag, top.source) is not None:
        # If a new policy does not select what the old one chose, that is a new declaration, hold or not.
        return selected(tag, top.source) is not None and _same_way(tag, history)
    if top is not None and tag.selection is None and tag.source.same(top.source, stream) and _same_way(tag, history):
        return True
    return hold is not None and any(records(entry, tag, stream) for entry in hold.held)


def _same_way(tag: SpecTag, history: TagHistory | None) -> bool:
    """Whether `reference` and `importMode` are as recorded; a change of them changes the source (design 3.4)."""
    top = history.top if history else None
    if top is None:
        return False
    if tag.reference or tag.source is None or tag.source.kind is not SourceKind.DOCKER_IMAGE:
        return tag.source is None or tag.source.kind is not SourceKind.DOCKER_IMAGE or top.image is None
    return top.image is not None and top.import_mode is tag.import_mode


def cause(name: IstagName, tag: SpecTag, scope: PassScope, *, is_resolved: bool) -> Cause | None:
    """Why a pass resolves the spec tag, or None if it is not due."""
    if tag.source is None:
        is_filled = (scope.awaits_tag(name) or scope.requests(name)) and not tag.reference
        return Cause.PUSHED if is_filled else None
    if not is_resolved:
        is_wanted = (scope.declared and name not in scope.resting) or name in scope.requested
        return Cause.DECLARED if is_wanted else None
    if tag.reference or tag.source.kind is SourceKind.ISIMAGE:
        return None
    if tag.source.kind is SourceKind.ISTAG:
        return Cause.FOLLOWED
    if name in scope.requested:
        return Cause.REQUESTED
    return Cause.SCHEDULED if tag.scheduled and "@" not in tag.source.name and scope.is_due(name) else None
