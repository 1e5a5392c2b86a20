"""Large files are split into their objects, which keep their lines and columns."""

from __future__ import annotations

import json

import pytest

from reconciler.documents.read.document import read_documents
from reconciler.documents.read.large_file import FilePart, split_file
from reconciler.documents.read.node import Mapping, Node, find, position, to_plain
from reconciler.errors import DocumentError

LIST = """\
apiVersion: v1
items:
- apiVersion: image.openshift.io/v1
  kind: ImageStream
  metadata:
    annotations:
      note: |
        - no item
        kind: none
    name: one

# between
-
  kind: ImageStream
  metadata: {name: two}
- - odd
kind: List
metadata:
  resourceVersion: ""
"""


def pieces(text: str, file: str = "e.yaml") -> list[FilePart]:
    return split_file(text.encode(), file, limit=0)


def roots(text: str) -> list[Node]:
    return [document.root for piece in pieces(text) for document in piece.load()]


def items(root: Node) -> list[object]:
    whole = to_plain(find(root, ("items",)))
    return whole if isinstance(whole, list) else []


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "text", [LIST, json.dumps(to_plain(read_documents(LIST.encode(), "e.yaml")[0].root), indent=3)]
)
def test_the_items_of_a_split_list_keep_their_values_and_positions(text: str, ending: str) -> None:
    written = text.replace("\n", ending)
    whole = read_documents(written.encode(), "e.yaml")[0].root
    found = roots(written)
    assert [items(each) for each in found] == [[each] for each in items(whole)]
    assert [to_plain(find(each, ("kind",))) for each in found] == ["List"] * 3
    assert [piece.index for piece in pieces(written)] == [0, 1, 2]
    for index, each in enumerate(found[:2]):
        path = ("metadata", "name")
        assert position(each, ("items", 0, *path)) == position(whole, ("items", index, *path))
        assert isinstance(each, Mapping)


def test_documents_are_split_at_their_marks_and_lists_in_them_too() -> None:
    text = f"%YAML 1.2\n---\na: 1\n--- # two\n{LIST}---\n# nothing\n---\nb: '---'\n"
    found = roots(text)
    assert [to_plain(each) for each in (found[0], found[-1])] == [{"a": 1}, {"b": "---"}]
    assert len(found) == 5
    assert position(found[-1], ("b",)) == (len(text.splitlines()), 4)


@pytest.mark.parametrize(
    "text",
    ["a: 1\n", "items: [1, 2]\n", "items:\n  a: 1\n", '{"items": 1}', '{"items": [1, }', "[1]", "{", "items:\n"],
)
def test_a_file_of_another_form_stays_whole(text: str) -> None:
    assert [piece.data for piece in pieces(text)] == [text.encode()]


def test_an_unreadable_item_is_reported_at_its_line_and_the_others_are_read() -> None:
    first, second, third = pieces(LIST.replace("  metadata: {name: two}", "  metadata: {name: two"))
    assert first.load()
    assert third.load()
    with pytest.raises(DocumentError) as caught:
        second.load()
    assert caught.value.line >= 13


def test_a_small_file_is_not_split() -> None:
    assert [piece.data for piece in split_file(LIST.encode(), "e.yaml")] == [LIST.encode()]
