"""Merge conflicts are recognised, and similar text is not one."""

from __future__ import annotations

import pytest

from reconciler.documents.read.document import read_documents
from reconciler.documents.read.merge_conflict import first_conflict_marker
from reconciler.errors import DocumentError

CONFLICT = "a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> theirs\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (CONFLICT, 2),
        (CONFLICT.replace("\n", "\r\n"), 2),
        (CONFLICT.removesuffix("\n"), 2),
        (CONFLICT.replace("=======", "||||||| base\nb: 0\n======="), 2),
        ("<<<<<<<\n=======\n>>>>>>>", 1),
        (f"x: 1\n{CONFLICT}{CONFLICT}", 3),
        ("a: 1\n=======\nb\n" + CONFLICT, 5),
        ("", None),
        ("<<<<<<< HEAD\nb: 1\n", None),
        ("<<<<<<< HEAD\nb: 1\n=======\n", None),
        (">>>>>>> theirs\n=======\n<<<<<<< HEAD\n", None),
        (CONFLICT.replace("<<<<<<<", " <<<<<<<"), None),
        (CONFLICT.replace("=======", "========"), None),
        (CONFLICT.replace(">>>>>>>", ">>>>>>>x"), None),
        (CONFLICT.replace("<<<<<<< ", "<<<<<< "), None),
    ],
)
def test_the_first_marker_of_a_whole_conflict_is_found(text: str, line: int | None) -> None:
    assert first_conflict_marker(text) == line


@pytest.mark.parametrize("file", ["f.yaml", "f.json"])
def test_an_unreadable_file_with_markers_is_reported_as_a_merge_conflict(file: str) -> None:
    text = CONFLICT if file == "f.yaml" else '{\n<<<<<<< HEAD\n"a": 1\n=======\n"a": 2\n>>>>>>> theirs\n}'
    with pytest.raises(DocumentError) as caught:
        read_documents(text.encode(), file)
    said = "the file has merge conflict markers. Resolve the conflict and take the markers out."
    assert str(caught.value) == f"{file}:2:1: {said}"


def test_a_readable_file_may_contain_markers() -> None:
    text = "a: |\n" + "".join(f"  {line}\n" for line in CONFLICT.splitlines())
    assert len(read_documents(text.encode(), "f.yaml")) == 1
