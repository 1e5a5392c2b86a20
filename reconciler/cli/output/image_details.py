"""An image as `describe` shows it: what it says of itself, in the order and the words of `oc describe`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.cli.output.json_form import Json
from reconciler.model.observation import ImageDetails, ImageMetadata
from reconciler.model.phrase import plural

_UNITS = ("B", "kB", "MB", "GB", "TB")


def details(metadata: ImageMetadata | None) -> Iterator[tuple[str, Iterable[str]]]:
    """Labels and values; none where the registry was not asked or did not say."""
    if metadata is None:
        return
    said = metadata.details or ImageDetails()
    yield "Image Size", _size(said)
    yield "Layers", [f"{human(size)}\t{digest}" for digest, size in said.layers]
    yield "Image Created", _one(metadata.created)
    yield "Author", _one(said.author)
    yield "Arch", metadata.platforms
    if said.manifests:
        yield "Manifests", [f"{platform}\t{digest}" for platform, digest in said.manifests]
    yield "Entrypoint", _one(" ".join(said.entrypoint))
    yield "Command", _one(" ".join(said.command))
    yield "Working Dir", _one(said.working_dir)
    yield "User", _one(said.user)
    yield "Exposes Ports", _one(", ".join(said.ports))
    yield "Docker Labels", [f"{key}={value}" for key, value in sorted(metadata.labels.items())]
    yield "Environment", said.environment
    yield "Volumes", _one(", ".join(said.volumes))


def details_json(metadata: ImageMetadata | None) -> Json:
    """The same for programs; null where nothing is known."""
    if metadata is None:
        return None
    said = metadata.details or ImageDetails()
    return {
        "created": metadata.created,
        "platforms": list(metadata.platforms),
        "labels": dict(metadata.labels),
        "author": said.author,
        "entrypoint": list(said.entrypoint),
        "command": list(said.command),
        "workingDir": said.working_dir,
        "user": said.user,
        "ports": list(said.ports),
        "environment": list(said.environment),
        "volumes": list(said.volumes),
        "layers": [{"digest": digest, "size": size} for digest, size in said.layers],
        "manifests": [{"platform": platform, "digest": digest} for platform, digest in said.manifests],
    }


def human(size: int | None) -> str:
    """Bytes with a unit of a thousand, as Docker writes them: `2.34MB`."""
    if size is None:
        return "<unknown>"
    value, unit = float(size), 0
    while value >= 1000 and unit < len(_UNITS) - 1:  # noqa: PLR2004 - the step between two units
        value, unit = value / 1000, unit + 1
    return f"{value:.4g}{_UNITS[unit]}"


def _size(said: ImageDetails) -> list[str]:
    if not said.layers:
        return []
    return [f"{human(said.size)} in {plural(len(said.layers), 'layer')}"]


def _one(text: str | None) -> list[str]:
    return [text] if text else []
