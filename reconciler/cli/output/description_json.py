"""The stable JSON of `describe`."""

from __future__ import annotations

from reconciler.cli.output.json_form import Json, source_json
from reconciler.query.view import HeldImageView, IstagView, RecordedEvent, StreamView, View


def description_json(described: View) -> dict[str, Json]:
    """The description; `kind` tells which of the three it is."""
    if isinstance(described, StreamView):
        return {"kind": "ImageStream", **_stream_json(described)}
    if isinstance(described, IstagView):
        return {"kind": "ImageStreamTag", **_tag_json(described)}
    return {
        "kind": "ImageStreamImage",
        "name": str(described.name),
        "image": described.name.digest,
        "dockerImageReference": described.pull_spec,
        "created": described.created,
        "tags": [
            {"tag": str(each.tag), "current": each.current, **_recorded_json(each.recorded)}
            for each in described.timeline
        ],
    }


def _stream_json(described: StreamView) -> dict[str, Json]:
    return {
        "name": str(described.name),
        "created": described.created,
        "labels": dict(described.labels),
        "annotations": dict(described.annotations),
        "dockerImageRepository": described.repository,
        "lookupPolicy": {"local": described.local},
        "files": list(described.files),
        "images": described.images,
        "tags": [_tag_json(tag) for tag in described.tags],
    }


def _tag_json(tag: IstagView) -> dict[str, Json]:
    spec = tag.spec
    return {
        "tag": str(tag.name),
        "declared": f"{spec.position.file}:{spec.position.line}" if spec else None,
        "source": source_json(spec.source) if spec else None,
        "annotations": dict(spec.annotations) if spec else {},
        "reference": spec is not None and spec.reference,
        "scheduled": spec is not None and spec.scheduled,
        "insecure": spec is not None and spec.insecure,
        "importMode": str(spec.import_mode) if spec else None,
        "referencePolicy": "Local" if tag.local else "Source",
        "frozen": spec is not None and spec.frozen,
        "pending": tag.pending,
        "error": tag.error or None,
        "aliases": list(tag.aliases),
        "followers": [str(each) for each in tag.followers],
        "workloads": [each.name for each in tag.workloads],
        "held": [_held_json(each) for each in tag.held],
        "items": [_recorded_json(each) for each in tag.items],
    }


def _held_json(held: HeldImageView) -> Json:
    author = str(held.author) if held.author else None
    return {"image": held.identity, "author": author, "commit": held.commit}


def _recorded_json(recorded: RecordedEvent) -> dict[str, Json]:
    event = recorded.event
    return {
        "image": event.image,
        "dockerImageReference": event.pull_spec,
        "created": event.created,
        "generation": event.generation,
        "from": source_json(event.source),
        "cause": str(event.cause),
        "author": str(recorded.author) if recorded.author else None,
        "commit": recorded.commit,
    }
