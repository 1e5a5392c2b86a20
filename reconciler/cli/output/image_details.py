"""The details of an image, in the order and the words of `oc describe`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.cli.output.json_form import Json
from reconciler.model.observation import ImageDetails, ImageMetadata
from reconciler.model.phrase import plural

_UNITS = ("B", "kB", "MB", "GB", "TB")


def details(metadata: ImageMetadata | None) -> Iterator[tuple[str, Iterable[str]]]:
    """Labels and values; none without an answer of the registry."""
    if metadata is None:
        return
    shown = metadata.details or ImageDetails()
    yield "Image Size", _size(shown)
    yield "Layers", [f"{human(size)}\t{digest}" for digest, size in shown.layers]
    yield "Image Created", _one(metadata.created)
    yield "Author", _one(shown.author)
    yield "Arch", metadata.platforms
    if shown.manifests:
        yield "Manifests", [f"{platform}\t{digest}" for platform, digest in shown.manifests]
    yield "Entrypoint", _one(" ".join(shown.entrypoint))
    yield "Command", _one(" ".join(shown.command))
    yield "Working Dir", _one(shown.working_dir)
    yield "User", _one(shown.user)
    yield "Exposes Ports", _one(", ".join(shown.ports))
    yield "Docker Labels", [f"{key}={value}" for key, value in sorted(metadata.labels.items())]
    yield "Environment", shown.environment
    yield "Volumes", _one(", ".join(shown.volumes))


def details_json(metadata: ImageMetadata | None) -> Json:
    """The same as JSON; null without an answer of the registry."""
    if metadata is None:
        return None
    shown = metadata.details or ImageDetails()
    return {
        "created": metadata.created,
        "platforms": list(metadata.platforms),
        "labels": dict(metadata.labels),
        "author": shown.author,
        "entrypoint": list(shown.entrypoint),
        "command": list(shown.command),
        "workingDir": shown.working_dir,
        "user": shown.user,
        "ports": list(shown.ports),
        "environment": list(shown.environment),
        "volumes": list(shown.volumes),
        "layers": [{"digest": digest, "size": size} for digest, size in shown.layers],
        "manifests": [{"platform": platform, "digest": digest} for platform, digest in shown.manifests],
    }


def human(size: int | None) -> str:
    """Bytes with a unit of a thousand, as Docker writes them: `2.34MB`."""
    if size is None:
        return "<unknown>"
    value, unit = float(size), 0
    while value >= 1000 and unit < len(_UNITS) - 1:  # noqa: PLR2004 - the step between two units
        value, unit = value / 1000, unit + 1
    return f"{value:.4g}{_UNITS[unit]}"


def _size(shown: ImageDetails) -> list[str]:
    if not shown.layers:
        return []
    return [f"{human(shown.size)} in {plural(len(shown.layers), 'layer')}"]


def _one(text: str | None) -> list[str]:
    return [text] if text else []
