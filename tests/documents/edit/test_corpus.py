"""Edits of real files: one edit of each kind in every plain ImageStream file of the corpus."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from reconciler.documents.convert.stream import to_stream
from reconciler.documents.edit.target.spec_tag import TagEdit, edit_tag, remove_tag
from reconciler.documents.object_kind import Kind, classify
from reconciler.documents.read.document import read_documents
from reconciler.documents.read.node import to_plain
from reconciler.model.name import StreamName
from reconciler.model.stream import Source, SourceKind
from tests.kit.corpus import CORPUS

pytestmark = pytest.mark.corpus

IMAGE = "registry.example.com/acme/app:9"
ANNOTATION = "reconciler/frozen"


@dataclass(frozen=True)
class Place:
    """One stream of a file, and one of its tags where it has any."""

    file: str
    document: int
    path: tuple[str | int, ...]
    stream: StreamName
    tag: str | None

    @property
    def data(self) -> bytes:
        return (CORPUS / self.file).read_bytes()

    def entries(self, documents: list[Any]) -> list[Any]:
        """The tags of the stream; a missing list is made."""
        value = documents[self.document]
        for step in self.path:
            value = value[step]
        value["spec"] = value.get("spec") or {}
        value["spec"]["tags"] = value["spec"].get("tags") or []
        tags: list[Any] = value["spec"]["tags"]
        return tags

    def entry(self, documents: list[Any]) -> Any:  # noqa: ANN401 - plain values
        return next(entry for entry in self.entries(documents) if str(entry["name"]) == self.tag)


@cache
def places() -> tuple[Place, ...]:
    """The middle stream of each plain file, and its middle tag."""
    with (CORPUS / "INDEX.tsv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream, delimiter="\t") if row["plain_yaml"] == "yes"]
    found = [list(streams(row["file"])) for row in rows]
    return tuple(each[len(each) // 2] for each in found if each)


def streams(file: str) -> Iterator[Place]:
    for number, document in enumerate(read_documents((CORPUS / file).read_bytes(), file)):
        for item in classify(document):
            if item.kind is Kind.STREAM:
                plain: Any = item.plain()
                entries = (plain.get("spec") or {}).get("tags") or []
                names = [str(entry["name"]) for entry in entries]
                tag = names[len(names) // 2] if names else None
                yield Place(file, number, item.prefix, to_stream(plain, "team-a", item.position(())).name, tag)


def tagged() -> list[Place]:
    return [place for place in places() if place.tag is not None]


def meaning(data: bytes) -> list[Any]:
    return [to_plain(document.root) for document in read_documents(data, "file")]


def changed_span(before: bytes, after: bytes) -> tuple[bytes, bytes]:
    """Both without their common beginning and end."""
    start = len(os.path.commonprefix([before, after]))  # noqa: RUF071 - bytes, no paths
    end = len(os.path.commonprefix([before[start:][::-1], after[start:][::-1]]))  # noqa: RUF071 - characters, not paths
    return before[start : len(before) - end], after[start : len(after) - end]


def check(place: Place, after: bytes, change: Callable[[list[Any]], None]) -> tuple[bytes, bytes]:
    """The new file has the old values with the change; returns the replaced text and the new one."""
    wanted = meaning(place.data)
    change(wanted)
    assert meaning(after) == wanted, place
    return changed_span(place.data, after)


def test_there_is_something_to_edit() -> None:
    assert len(places()) > 400
    assert len(tagged()) > 300


def test_another_source_changes_the_lines_of_its_from_alone() -> None:
    for place in tagged():
        edit = TagEdit(place.stream, place.tag or "", Source(SourceKind.DOCKER_IMAGE, IMAGE))

        def change(documents: list[Any], place: Place = place) -> None:
            entry = place.entry(documents)
            source = {**(entry.get("from") or {}), "kind": "DockerImage", "name": IMAGE}
            source.pop("namespace", None)
            entry["from"] = source

        old = deepcopy(place.entry(meaning(place.data))).get("from") or {}
        gone, new = check(place, edit_tag(place.data, place.file, edit, "team-a"), change)
        if old.get("kind") == "DockerImage":
            assert gone.strip(b"\"'").decode() in str(old["name"]), place
            assert len(new) <= len(IMAGE), place
        else:
            assert gone.count(b"\n") <= 4, place


def test_an_added_tag_is_an_insertion_behind_the_others() -> None:
    for place in places():
        edit = TagEdit(place.stream, "9.9-new", Source(SourceKind.DOCKER_IMAGE, IMAGE), scheduled=True)
        entry = {"name": "9.9-new", "from": {"kind": "DockerImage", "name": IMAGE}, "importPolicy": {"scheduled": True}}

        def change(documents: list[Any], place: Place = place, entry: dict[str, Any] = entry) -> None:
            place.entries(documents).append(entry)

        gone, new = check(place, edit_tag(place.data, place.file, edit, "team-a"), change)
        assert gone.strip() in {b"", b"[]", b"{}", b"null", b"~"}, place
        assert new.decode().count("\n") <= 17, place


def test_an_annotation_is_inserted_and_taken_out_again() -> None:
    for place in tagged():

        def change(documents: list[Any], place: Place = place) -> None:
            entry = place.entry(documents)
            entry["annotations"] = {**(entry.get("annotations") or {}), ANNOTATION: "true"}

        before = place.entry(meaning(place.data))
        after = edit_tag(
            place.data, place.file, TagEdit(place.stream, place.tag or "", annotations={ANNOTATION: "true"}), "team-a"
        )
        gone, new = check(place, after, change)
        assert gone.strip() in {b"", b"{}", b"null"}, place
        assert new.count(b"\n") <= 3, place
        back = edit_tag(
            after, place.file, TagEdit(place.stream, place.tag or "", annotations={ANNOTATION: None}), "team-a"
        )
        # An empty mapping or null that stood there is gone for good.
        if before.get("annotations", {"something": ""}):
            assert back == place.data, place
        else:
            assert place.entry(meaning(back)).get("annotations") is None, place


def test_a_schedule_is_switched_on_and_off() -> None:
    for place in tagged():

        def change(documents: list[Any], place: Place = place) -> None:
            entry = place.entry(documents)
            entry["importPolicy"] = {**(entry.get("importPolicy") or {}), "scheduled": True}

        on = edit_tag(place.data, place.file, TagEdit(place.stream, place.tag or "", scheduled=True), "team-a")
        _, new = check(place, on, change)
        assert new.count(b"\n") <= 4, place
        off = edit_tag(on, place.file, TagEdit(place.stream, place.tag or "", scheduled=False), "team-a")
        assert not (place.entry(meaning(off)).get("importPolicy") or {}).get("scheduled"), place


def test_a_removed_tag_is_a_deletion() -> None:
    for place in tagged():
        after = remove_tag(place.data, place.file, place.stream, place.tag or "", "team-a")

        def change(documents: list[Any], place: Place = place) -> None:
            place.entries(documents).remove(place.entry(documents))

        gone, new = check(place, after, change)
        assert new.strip() in {b"", b"[]"}, place
        assert gone.strip(), place
