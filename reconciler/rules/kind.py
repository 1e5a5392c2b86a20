"""Kinds: objects that were probably meant to be ImageStreams, and objects of that API group without a stream."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher

from reconciler.model.excerpt import bare, excerpt
from reconciler.rules.table import Hit

_GROUP = "image.openshift.io/"
_STREAM = "ImageStream"
_LISTS = frozenset({"List", "ImageStreamList"})
_OF_A_TAG = "Declare the tag under spec.tags of its ImageStream."
_OF_A_CLUSTER = "A cluster writes such objects; nothing needs doing."
# The other kinds of the group (openshift/api, image/v1), and what to do if one was meant to declare a tag.
_OTHERS: Mapping[str, str] = {
    "ImageStreamTag": _OF_A_TAG,
    "ImageStreamTagList": _OF_A_TAG,
    "ImageTag": _OF_A_TAG,
    "ImageTagList": _OF_A_TAG,
    "ImageStreamMapping": _OF_A_TAG,
    "ImageStreamImport": _OF_A_TAG,
    "Image": _OF_A_CLUSTER,
    "ImageList": _OF_A_CLUSTER,
    "ImageSignature": _OF_A_CLUSTER,
    "ImageStreamImage": _OF_A_CLUSTER,
    "ImageStreamLayers": _OF_A_CLUSTER,
    "SecretList": _OF_A_CLUSTER,
}
_OTHERS_BY_LOWER = frozenset(name.lower() for name in _OTHERS)
_KIND = re.compile(r"[A-Za-z][A-Za-z0-9]*", re.ASCII)
_NEAR = 0.8
"""Likeness of 1: one to three letters may be wrong."""
_HEAD = frozenset({"apiVersion", "kind", "metadata", "spec"})
_HOLDERS = ("spec", "tags", "dockerimagerepository")
"""The fields through which a stream has tags, in lower case."""


def is_near(kind: object) -> bool:
    """Whether a kind was probably meant to be ImageStream or its list: misspelt, a plural, or in another case."""
    if not isinstance(kind, str) or kind in {_STREAM, *_LISTS} or kind.lower() in _OTHERS_BY_LOWER:
        return False
    letters = re.sub(r"[^a-z]", "", kind.lower()[:40])
    wanted = (_STREAM.lower(), "imagestreamlist")
    return any(SequenceMatcher(None, letters, each).ratio() > _NEAR for each in wanted)


def is_kind(kind: object) -> bool:
    """Whether the value can be the kind of an object that is not an ImageStream."""
    return isinstance(kind, str) and _KIND.fullmatch(kind) is not None and not is_near(kind)


def other(value: object) -> tuple[str, str] | None:
    """The kind of an object of the group `image.openshift.io` that does not declare a stream, and advice; else None."""
    plain = _mapping(value)
    api, name = plain.get("apiVersion"), plain.get("kind")
    ours = isinstance(api, str) and (api.startswith(_GROUP) or api == "v1")
    if not ours or not isinstance(name, str) or name not in _OTHERS or (api == "v1" and _STREAM not in name):
        return None
    return name, f"It declares nothing here. {_OTHERS[name]}"


def kind(value: object) -> Iterator[Hit]:
    """The error about an object, or a list of objects, that was probably meant to declare streams but does not."""
    if isinstance(value, list):
        if _streams(value):
            advice = "Put --- between the objects, or write them as items of kind: List."
            yield Hit("misplaced-stream", (), f"a list is where an object belongs, so nothing is declared. {advice}")
        return
    plain = _mapping(value)
    name, api = plain.get("kind"), plain.get("apiVersion")
    ours = api is None or (isinstance(api, str) and (api == "v1" or api.startswith(_GROUP)))
    if name is None:
        yield from _without_kind(plain, api)
    elif (ours and is_near(name)) or (_streams(plain.get("items")) and is_list(name)):
        meant = _meant(name)
        text = f"kind {excerpt(name)} is unknown, so nothing is declared. {meant} is probably meant."
        yield Hit("misspelt-kind", ("kind",), text)


def _without_kind(plain: Mapping[object, object], api: object) -> Iterator[Hit]:
    key = next((key for key in plain if _is_like(key, "kind") and _says_stream(plain[key])), None)
    if key is not None:
        text = f"{bare(str(key))} is unknown, so nothing is declared. Write kind: {_meant(plain[key])}."
        yield Hit("misspelt-kind", (str(key),), text, at_key=True)
    elif _streams(plain.get("items")):
        yield Hit("misspelt-kind", (), "the object has no kind, so nothing is declared. Write kind: List.")
    elif isinstance(api, str) and api.startswith(_GROUP):
        text = f"the object has no kind, so nothing is declared. Write kind: {_STREAM}."
        yield Hit("misspelt-kind", (), text)


def doubt(value: object, *, alone: bool) -> str | None:
    """Why an object, in a file that declared streams before, is probably a mistake; None where it may be meant.

    An object of another kind may be meant, unless it has fields that only a stream has. `alone` tells that the file no
    longer declares a stream; beside streams, other values (such as those of a tool) were there before.
    """
    if isinstance(value, list):
        return "holds a list where an object belongs" if value and alone else None
    if not isinstance(value, dict):
        return "holds text where an object belongs" if alone else None
    name = value.get("kind")
    if is_kind(name):
        in_place = is_like_a_stream(value) or (alone and _is_unknown_here(value))
        return f"holds an object of the kind {excerpt(name)} in place of an {_STREAM}" if in_place else None
    if not value or (not alone and value.keys().isdisjoint(_HEAD)):
        return None
    if "sops" in value:
        return "is encrypted with SOPS"
    return "holds an object without a kind" if name is None else f"holds an object of the kind {excerpt(name)}"


def is_like_a_stream(value: object) -> bool:
    """Whether an object of another kind has fields that only a stream has, or holds streams."""
    plain = _mapping(value)
    spec = _mapping(plain.get("spec"))
    tags = spec.get("tags")
    named = isinstance(tags, list) and any("name" in _mapping(tag) for tag in tags)
    return named or "dockerImageRepository" in spec or any(_streams(held) for held in plain.values())


def _is_unknown_here(plain: Mapping[object, object]) -> bool:
    """Whether an object is of the API group of streams, with a kind that the group does not have."""
    api = plain.get("apiVersion")
    return isinstance(api, str) and api.startswith(_GROUP) and plain.get("kind") not in _OTHERS


def is_list(kind: object) -> bool:
    """Whether a kind is `List` in another case or in the plural."""
    return isinstance(kind, str) and kind not in _LISTS and kind.lower() in {"list", "lists"}


def stray(value: object) -> str | None:
    """The field with the tags of a stream, if they are in a wrong place where they have no effect; else None."""
    plain = _mapping(value)
    spec, metadata = _mapping(plain.get("spec")), _mapping(plain.get("metadata"))
    if spec.get("tags") or spec.get("dockerImageRepository"):
        return None
    misspelt = [(_mapping(plain[key]), f"{bare(str(key))}.", set[str]()) for key in plain if _is_like(key, "spec")]
    levels = ((plain, "", {"spec"}), (metadata, "metadata.", set[str]()), (spec, "spec.", set[str]()), *misspelt)
    for level, where, known in levels:
        for key, content in level.items():
            if content and key not in known and _is_holder(key):
                return f"{where}{bare(str(key))}"
    return None


def _is_holder(key: object) -> bool:
    return any(_is_like(key, name) for name in _HOLDERS)


def _is_like(key: object, name: str) -> bool:
    """Whether a key is like the name: one letter of four is wrong, two are swapped, or the case differs."""
    return SequenceMatcher(None, str(key).lower()[:40], name).ratio() >= 0.75  # noqa: PLR2004 - three letters of four


def _says_stream(kind: object) -> bool:
    return kind == _STREAM or kind in _LISTS or is_near(kind) if isinstance(kind, str) else False


def _meant(kind: object) -> str:
    text = str(kind).lower()
    if "list" not in text:
        return _STREAM
    return "List" if text in {"list", "lists"} else "ImageStreamList"


def _streams(value: object) -> bool:
    items = value if isinstance(value, list) else []
    return any(_says_stream(_mapping(each).get("kind")) for each in items)


def _mapping(value: object) -> Mapping[object, object]:
    return value if isinstance(value, dict) else {}
