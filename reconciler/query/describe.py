"""Describe: the view of what a name means, and the registry's answer about a described image."""

from __future__ import annotations

from reconciler.gitstore import Repository
from reconciler.model.name import IsimageName, IstagName, StreamName
from reconciler.model.observation import Answer
from reconciler.query.stream_report import StreamReport
from reconciler.query.view import IstagView, StreamView, View
from reconciler.reading.snapshot import Snapshot
from reconciler.reconcile.index_members import Inside, nothing_inside
from reconciler.reconcile.registries import Registries


def describe(repository: Repository, snapshot: Snapshot, name: str, inside: Inside = nothing_inside) -> View:
    """The view of `[NAMESPACE/]STREAM`, `STREAM:TAG` or `STREAM@DIGEST`; a prefix of the digest is enough.

    `inside` is called if no istag of the stream ever meant the digest.
    Raises `InputError` if the name is neither declared nor recorded, `UsageError` if a prefix fits several images.
    """
    default = snapshot.config.default_namespace
    if "@" in name:
        isimage = IsimageName.parse(name, default)
        return StreamReport(repository, snapshot, isimage.stream_name).isimage(isimage, inside)
    if ":" in name:
        istag = IstagName.parse(name, default)
        return StreamReport(repository, snapshot, istag.stream_name).istag(istag)
    return StreamReport(repository, snapshot, StreamName.parse(name, default)).stream()


def look_up_image(registries: Registries, snapshot: Snapshot, view: View) -> Answer | None:
    """The registry's answer about the image of a view; None for a stream, and for an istag without an image."""
    if isinstance(view, StreamView):
        return None
    if isinstance(view, IstagView):
        name, event = view.name, view.items[0].event if view.items else None
    else:
        name, event = view.timeline[0].tag, view.timeline[0].recorded.event
    if event is None or event.image is None:
        return None
    return registries.look_up(name, event, snapshot.declarations)
