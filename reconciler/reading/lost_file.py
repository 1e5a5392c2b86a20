"""Lost files: whether a file that declared streams before and no longer does was edited or damaged.

| its content now                                                  | so it was                                      |
| ---------------------------------------------------------------- | ---------------------------------------------- |
| nothing, comments, objects of other kinds, a stream without tags | edited: what it declared is removed            |
| text, a list, an object without a kind or with an impossible one | damaged: an error, and nothing is removed      |
| a stream whose tags are in a field where they have no effect     | damaged                                        |
| an object of another kind that has fields of a stream            | damaged: the kind is probably a typing mistake |

A file that cannot be read, and an object that is nearly a stream, are errors whatever the file declared before
(`rules.kind`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from reconciler.documents.object_kind import KUSTOMIZATION_FILES, FileObject, Kind
from reconciler.documents.read.document import Document
from reconciler.documents.read.encoding import decode
from reconciler.documents.read.envelope import envelope
from reconciler.documents.read.merge_conflict import first_conflict_marker
from reconciler.documents.read.node import Mapping, to_plain
from reconciler.errors import DocumentError
from reconciler.model.finding import Finding, Position
from reconciler.rules import kind
from reconciler.rules.table import severity

_NEARLY = re.compile(
    rb"""^[ \t-]*["']?kind["']?[ \t]*:[ \t]*["']?image[^a-z\r\n]?streams?""", re.MULTILINE | re.IGNORECASE
)
_TOP_KEY = re.compile(r"^(apiVersion|kind|metadata|spec):(?:[ \t]+(.*))?$", re.MULTILINE)
_STREAM_FIELD = re.compile(r"^[ \t-]+[\"']?(?:tags|dockerImageRepository)[\"']?[ \t]*:", re.MULTILINE)
_COMMENT = re.compile(r"[ \t]+#.*")
_RULE = "lost-streams"


def find_lost_streams(documents: Sequence[Document], items: Sequence[FileObject], data: bytes) -> Finding | None:
    """The finding for a readable file, if it declared streams that no file declares now; None for an edit."""
    alone = all(item.kind is not Kind.STREAM for item in items)
    found = [(document.position(()), _of_root(document)) for document in documents]
    found += [(item.position(()), _of_item(item, alone=alone)) for item in items]
    first = next(((place, why) for place, why in found if why is not None), None)
    return lost_streams(first[0].file, envelope(data) or first[1], first[0]) if first else None


def lost_streams(file: str, why: str, position: Position | None = None) -> Finding:
    """The finding for a damaged file that declared streams; `why` ends a sentence whose subject is the file."""
    text = (
        f"the file declared image streams when it last loaded, and now it {why}. Correct it: until then what it "
        "declared stays. If this file should declare nothing, empty it or delete it."
    )
    return Finding(position or Position(file), severity(_RULE), _RULE, "", text)


def is_another(data: bytes, file: str) -> bool:
    """Whether the bytes clearly hold objects of other kinds, so that the file need not be parsed: it is not damaged."""
    try:
        text = decode(data, file)
    except DocumentError:
        return False
    if first_conflict_marker(text) is not None or _STREAM_FIELD.search(text) is not None:
        return False
    if text.lstrip()[:1] in {"{", "["}:
        return _is_json_object(text)
    keys: dict[str, int] = {}
    for key, value in _TOP_KEY.findall(text):
        keys[key] = keys.get(key, 0) + 1
        if key == "kind" and not _is_single(_COMMENT.sub("", value).strip().strip("\"'")):
            return False
    return "kind" in keys and keys["kind"] == max(keys.values())


def is_nearly_ours(data: bytes) -> bool:
    """Whether the bytes hold a kind that is nearly one of ours, in any case."""
    return _NEARLY.search(data) is not None


def _is_json_object(text: str) -> bool:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and _is_single(value.get("kind")) and not kind.is_like_a_stream(value)


def _is_single(value: object) -> bool:
    """Whether the value is the kind of a single object; the items of a list have to be read."""
    return kind.is_kind(value) and not str(value).endswith("List")


def _of_root(document: Document) -> str | None:
    """What is wrong with a document as a whole: a list without `items` is unpacked to no object at all."""
    root = document.root
    if not isinstance(root, Mapping):
        return None
    names = {entry.key for entry in root.entries}
    is_list = str(to_plain(root.get("kind"))) in {"List", "ImageStreamList"}
    if is_list and "items" not in names and not names <= {"apiVersion", "kind", "metadata"}:
        return "holds a list without items"
    return None


def _of_item(item: FileObject, *, alone: bool) -> str | None:
    if item.kind is Kind.STREAM:
        field = kind.stray(item.plain())
        return f"has its tags in {field}, where they have no effect" if field else None
    nameless = item.document.file.rpartition("/")[2] in KUSTOMIZATION_FILES
    return kind.doubt(item.plain(), alone=alone) if item.kind is Kind.OTHER and not nameless else None
