"""Image fields of real files: every `image` of the corpus gets a marker and another value, and no other byte changes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path as File

import pytest

from reconciler.documents.edit.marker import find_markers
from reconciler.documents.edit.target.image_field import FieldEditError, Place, write_fields
from reconciler.documents.edit.value import with_value_at
from reconciler.documents.read.document import read_documents
from reconciler.documents.read.node import Mapping, Node, Path, Scalar, Sequence, to_plain
from reconciler.errors import DocumentError
from tests.kit.corpus import CORPUS

pytestmark = pytest.mark.corpus

MARK = ' # {"$imagestream": "team-a/app:prod"}'
NEW = "registry.example.com/acme/app:1.4.2"
KNOWN = ("is the alias *", "which is used elsewhere", "merge key (<<)", "is there twice", "template braces")


def images(node: Node, path: Path = ()) -> Iterator[tuple[Path, Scalar]]:
    """The values of keys `image` that are text, with their paths."""
    if isinstance(node, Mapping):
        for entry in node.entries:
            if entry.key == "image" and isinstance(entry.value, Scalar) and isinstance(entry.value.value, str):
                yield (*path, entry.key), entry.value
            else:
                yield from images(entry.value, (*path, entry.key))
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield from images(item, (*path, index))


@cache
def found() -> tuple[tuple[File, dict[Place, Scalar]], ...]:
    """The files that can be read, with their images."""
    files: list[tuple[File, dict[Place, Scalar]]] = []
    paths = sorted(each for suffix in ("yaml", "yml", "json") for each in CORPUS.rglob(f"*.{suffix}"))
    for file in filter(File.is_file, paths):
        try:
            documents = read_documents(file.read_bytes(), file.name)
        except DocumentError:
            continue
        here = {(number, path): scalar for number, each in enumerate(documents) for path, scalar in images(each.root)}
        if here:
            files.append((file, here))
    return tuple(files)


def test_there_is_something_to_write() -> None:
    assert len(found()) > 100
    assert sum(len(here) for _, here in found()) > 350


def test_every_image_of_a_file_is_written_and_nothing_else() -> None:
    for file, here in found():
        data = file.read_bytes()
        wanted = [to_plain(each.root) for each in read_documents(data, file.name)]
        try:
            done = write_fields(data, file.name, dict.fromkeys(here, NEW))
        except FieldEditError as error:
            assert any(reason in error.why for reason in KNOWN), (file, error)  # noqa: PT017 - the reason is what counts
            continue
        for number, path in here:
            wanted[number] = with_value_at(wanted[number], path, NEW)
        assert [to_plain(each.root) for each in read_documents(done, file.name)] == wanted, file
        old, new = data.decode("utf-8-sig").split("\n"), done.decode("utf-8-sig").split("\n")
        touched = [line for line in new if line not in set(old)]
        assert all(NEW in line or line.rstrip().endswith("-") for line in touched), file


def test_a_marker_on_an_image_is_found_and_stays_when_the_value_changes() -> None:
    marked = 0
    for file, here in found():
        if file.suffix == ".json":
            continue
        lines = file.read_bytes().decode("utf-8-sig").split("\n")
        chosen = {place: scalar for place, scalar in here.items() if _ends_line(lines[scalar.line - 1], scalar)}
        for scalar in chosen.values():
            line = lines[scalar.line - 1]
            lines[scalar.line - 1] = line.rstrip() + MARK + ("\r" if line.endswith("\r") else "")
        text = "\n".join(lines)
        places = {(each.document, each.path) for each in find_markers(text) if not each.problem}
        assert places <= chosen.keys(), file
        assert all(each.problem or each.path for each in find_markers(text)), file
        if not places:
            continue
        marked += len(places)
        done = write_fields(text.encode(), file.name, {(number, path or ()): NEW for number, path in places}).decode()
        assert done.count(MARK) == len(chosen), file
        assert {(each.document, each.path) for each in find_markers(done) if not each.problem} == places, file
    assert marked > 300


def _ends_line(line: str, scalar: Scalar) -> bool:
    """Whether the scalar is on one line and at its end."""
    text = line.rstrip()
    return text.endswith((f" {scalar.raw}", f"'{scalar.raw}'", f'"{scalar.raw}"')) and "#" not in text
