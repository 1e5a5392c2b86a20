"""Edits of spec tags: one entry of `spec.tags` in the ImageStream file of a person is set, added or removed.

The functions take the bytes of a file, YAML of any style or JSON, and return the new bytes. Every byte outside of the
edit stays, and additions look like their neighbours. An edit that would change more is refused, with the lines to write
by hand.

The caller finds the file that declares a tag, writes it and commits it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from reconciler.documents.edit.file import EditedFile
from reconciler.documents.edit.refusal import Advice, EditError, EditRefusedError
from reconciler.documents.edit.target.spec_tag_place import CONVENTIONS, TAGS, SpecTagPlace, find_place, spec_tags
from reconciler.documents.edit.target.spec_tag_value import (
    TagEdit,
    changed_fields,
    edited_entry,
    kept_settings_of,
    new_entry,
    removed_fields,
)
from reconciler.documents.edit.value import value_at, with_value_at
from reconciler.documents.object_kind import STREAM_API, Kind
from reconciler.documents.render.scalar import scalar
from reconciler.model.name import IstagName, StreamName
from reconciler.model.plain import items, mapping

__all__ = ["EditError", "TagEdit", "edit_tag", "edit_tags", "entries", "kept_settings", "new_stream", "remove_tag"]


def edit_tag(data: bytes, file: str, edit: TagEdit, namespace: str) -> bytes:
    """The file with the tag as the edit wants it; a new tag is added behind the others of the stream.

    `namespace` is that of streams without one. The bytes are the same if nothing has to change. Raises `EditError`.
    """
    name = edit.stream.tag(edit.tag)
    advice = _to_add(edit, json_=False)
    try:
        edited = EditedFile.read(data, file, CONVENTIONS)
        advice = _to_add(edit, json_=edited.json)
        place = find_place(edited.documents, name, namespace)
        current, wanted = _entries(edited, place, edit)
        if current is not None:
            advice = _to_change(current, wanted, json_=edited.json)
        return edited.rewritten(place.document, _with_entry(edited, place, wanted))
    except EditRefusedError as refused:
        raise EditError(f"tag {name} cannot be edited", refused, file, advice) from refused


def remove_tag(data: bytes, file: str, stream: StreamName, tag: str, namespace: str) -> bytes:
    """The file without the entry of the tag and its comments; without its last tag a stream has `tags: []`.

    `namespace` is that of streams without one. Raises `EditError`, also where the tag is not there.
    """
    name = stream.tag(tag)
    try:
        edited = EditedFile.read(data, file, CONVENTIONS)
        place = find_place(edited.documents, name, namespace).present()
        return edited.rewritten(place.document, _with_entry(edited, place, None))
    except EditRefusedError as refused:
        advice = Advice("Take its entry out of spec.tags by hand, where it is declared.")
        raise EditError(f"tag {name} cannot be removed", refused, file, advice) from refused


def kept_settings(data: bytes, file: str, edit: TagEdit, namespace: str) -> tuple[str, ...]:
    """The settings of the entry that the edit keeps, without defaults, such as `importPolicy.insecure: true`.

    `namespace` is that of streams without one. Raises `EditRefusedError` where the file cannot be read.
    """
    edited = EditedFile.read(data, file, CONVENTIONS)
    place = find_place(edited.documents, edit.stream.tag(edit.tag), namespace)
    return () if place.index is None else kept_settings_of(mapping(_tags(edited, place)[place.index]), edit)


def edit_tags(data: bytes, file: str, edits: Mapping[IstagName, TagEdit], namespace: str) -> bytes:
    """The file with all its tags as the edits want them; an edit of a tag that is not there is ignored.

    `namespace` is that of streams without one. Raises `EditRefusedError`.
    """
    edited = EditedFile.read(data, file, CONVENTIONS)
    for number in range(len(edited.documents)):
        wanted = edited.plain(number)
        for name, entry in spec_tags(edited.documents[number], wanted, namespace):
            if name in edits:
                done = edited_entry(entry, edits[name])
                entry.clear()
                entry.update(done)
        edited = EditedFile.read(edited.rewritten(number, wanted), file, CONVENTIONS)
    return edited.encoded


def entries(data: bytes, file: str, namespace: str) -> dict[IstagName, Mapping[str, object]]:
    """The entries of all spec tags of a file, as plain values. Raises `EditRefusedError` if it cannot be read."""
    edited = EditedFile.read(data, file, CONVENTIONS)
    plain = ((document, edited.plain(number)) for number, document in enumerate(edited.documents))
    return {name: entry for document, value in plain for name, entry in spec_tags(document, value, namespace)}


def new_stream(edit: TagEdit) -> bytes:
    """The file of a new stream with this one tag."""
    head = (
        f"apiVersion: {STREAM_API}\n"
        f"kind: {Kind.STREAM.value}\n"
        "metadata:\n"
        f"  name: {scalar(edit.stream.name)}\n"
        f"  namespace: {scalar(edit.stream.namespace)}\n"
    )
    return edit_tag(head.encode(), f"{edit.stream.name}.yaml", edit, edit.stream.namespace)


def _tags(edited: EditedFile, place: SpecTagPlace) -> list[object]:
    return items(value_at(edited.plain(place.document), (*place.path, *TAGS)))


def _with_entry(edited: EditedFile, place: SpecTagPlace, entry: dict[str, object] | None) -> object:
    """The document with the entry in its place or behind the others; with None, without it."""
    tags = _tags(edited, place)
    index = len(tags) if place.index is None else place.index
    done = [*tags[:index], *([] if entry is None else [entry]), *tags[index + 1 :]]
    return with_value_at(edited.plain(place.document), (*place.path, *TAGS), done)


def _entries(
    edited: EditedFile, place: SpecTagPlace, edit: TagEdit
) -> tuple[dict[str, object] | None, dict[str, object]]:
    """The current entry of the tag, None for a new tag, and the wanted one."""
    if edit.only_removes:
        place = place.present()
    if place.index is None:
        return None, new_entry(edit)
    current = dict(mapping(_tags(edited, place)[place.index]))
    return current, edited_entry(current, edit)


def _to_add(edit: TagEdit, *, json_: bool) -> Advice:
    """What to write or to take out by hand, if the file is not known."""
    if edit.only_removes:
        return Advice(f"Take out of its entry by hand: {', '.join(edit.removals)}")
    entry = new_entry(edit)
    line = json.dumps(entry, ensure_ascii=False) if json_ else f"- {_inline(entry)}"
    return Advice(f"Write by hand under spec.tags: {line}", (line,))


def _to_change(current: Mapping[str, object], entry: Mapping[str, object], *, json_: bool) -> Advice:
    """What to write into an entry and what to take out of it, by hand."""
    write = _json_entry if json_ else _entry
    lines = tuple(write(key, value) for key, value in changed_fields(current, entry).items())
    removed = removed_fields(current, entry)
    sentences = [f"Write by hand into its entry: {', '.join(lines)}"] if lines else []
    if removed:
        sentences.append(f"Take out of its entry by hand: {', '.join(removed)}")
    return Advice("; ".join(sentences), lines)


def _entry(key: str, value: object) -> str:
    return f"{scalar(key)}: {_inline(value)}"


def _json_entry(key: str, value: object) -> str:
    return f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"


def _inline(value: object) -> str:
    """A value in flow style of YAML, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(_entry(key, each) for key, each in value.items()) + "}"
    return scalar(value) if isinstance(value, str) else json.dumps(value)
