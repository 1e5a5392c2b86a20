"""Lists of whole repositories: what is pushed to a stream, and what its `dockerImageRepository` imports (design 3.4).

A repository is imported once, the first fifty tags in OpenShift's order. A listed tag that did not come is looked up
again in every pass until it does (`awaited_tags`); a tag that the repository gets later only on request.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.model.imported import imported_from, is_insecure
from reconciler.model.observation import Listed, Listing
from reconciler.model.phrase import some
from reconciler.model.reference import Reference
from reconciler.model.stream import Stream
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.question import listing_of, pushed_to
from reconciler.planning.tag_order import IMPORT_LIMIT, prioritised
from reconciler.planning.world import World

EVERY_TAG: Final = "*"
"""In place of the names of the awaited tags if these are not known. No tag has this name."""
_MOST_NAMES: Final = 5
"""How many tags one note names."""


def listings(world: World, scope: PassScope) -> Iterator[Listing]:
    """The lists of whole repositories that a pass needs."""
    for stream in world.spec.declarations.streams.values():
        yield from (listing for listing, _ in lists_of(stream, world, scope))


def lists_of(stream: Stream, world: World, scope: PassScope) -> Iterator[tuple[Listing, bool]]:
    """The lists of one stream, and whether each is of what was pushed to it."""
    for listing, pushed in ((push_listing(stream, world, scope), True), (import_listing(stream, world, scope), False)):
        if listing is not None:
            yield listing, pushed


def push_listing(stream: Stream, world: World, scope: PassScope) -> Listing | None:
    """The list of what was pushed to a stream; None if it is not in the scope."""
    named = (name.stream_name for name in (*scope.requested, *scope.pushed))
    requested = stream.name in scope.streams or stream.name in named
    reference = pushed_to(stream.name, world.spec.installation) if scope.awaits(stream.name) or requested else None
    return listing_of(reference, stream.name.tag(""), world.spec.installation, insecure=False) if reference else None


def import_listing(stream: Stream, world: World, scope: PassScope) -> Listing | None:
    """The list of the repository that a stream imports as a whole in this pass."""
    is_open = scope.declared and stream.name not in world.record.imported and stream.name not in scope.resting
    reference = imported_from(stream) if stream.name in scope.streams or is_open else None
    if reference is None:
        return None
    return listing_of(reference, stream.name.tag(""), world.spec.installation, insecure=is_insecure(stream))


def not_yet_imported(stream: Stream, world: World) -> Reference | None:
    """The repository that the stream imports as a whole, if it was not imported yet, or not all of it."""
    complete = stream.name in world.record.imported and not awaited(stream, world)
    return None if complete else imported_from(stream)


def awaited(stream: Stream, world: World) -> tuple[str, ...]:
    """The tags of the stream's repository that did not come when it was imported."""
    return tuple(sorted(name.tag for name in world.record.awaited if name.stream_name == stream.name))


def left_out(stream: Stream, world: World, scope: PassScope) -> tuple[str, ...]:
    """The tags of the repository beyond the limit, if it is imported in this pass."""
    listing = import_listing(stream, world, scope)
    listed = world.observed.listings.get(listing) if listing else None
    return tuple(prioritised(listed.tags)[IMPORT_LIMIT:]) if isinstance(listed, Listed) else ()


def left_out_notes(world: World, scope: PassScope) -> Iterator[str]:
    """A note for each stream with tags beyond the limit (OpenShift's `additionalTags`)."""
    for stream in sorted(world.spec.declarations.streams.values(), key=lambda each: each.name):
        tags = left_out(stream, world, scope)
        if tags:
            yield (
                f"{stream.name}: of {stream.repository} the first {IMPORT_LIMIT} tags are imported, not "
                f"{some(tags, _MOST_NAMES)}. Declare those that are needed under spec.tags."
            )
