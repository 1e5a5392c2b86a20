"""Kinds that are nearly ImageStream."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from reconciler.model.excerpt import excerpt
from reconciler.rules.table import Hit

_GROUP = "image.openshift.io/"
_STREAM = "ImageStream"
# The other kinds of the group; they declare no stream.
_OTHERS = frozenset(
    {
        "Image",
        "ImageSignature",
        "ImageStreamImage",
        "ImageStreamImport",
        "ImageStreamLayers",
        "ImageStreamMapping",
        "ImageStreamTag",
        "ImageTag",
        "SecretList",
    }
)


def kind(value: object) -> Iterator[Hit]:
    """The warning about an object of the group `image.openshift.io` whose kind was probably meant to be ImageStream."""
    plain = value if isinstance(value, dict) else {}
    api, said = plain.get("apiVersion"), plain.get("kind")
    if not isinstance(api, str) or not api.startswith(_GROUP) or not isinstance(said, str) or said in _OTHERS:
        return
    if SequenceMatcher(None, said.lower()[:40], _STREAM.lower()).ratio() > 0.8:  # noqa: PLR2004 - a letter or three
        text = f"kind {excerpt(said)} is unknown, so nothing is declared. {_STREAM} is probably meant."
        yield Hit("misspelt-kind", ("kind",), text)
