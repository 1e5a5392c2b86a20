"""Edits of image fields: single values of any YAML or JSON file get another text, and every other byte stays.

    | the value is                          | afterwards                                                  |
    | ------------------------------------- | ----------------------------------------------------------- |
    | text, a number, a flag, a date, null  | the new text in the old quotes; in quotes where it needs them |
    | quoted text or plain text on several lines | on one line                                            |
    | a block scalar (`>-`, `|+`, `|2`)     | one line below the same sign, with `-` in the header        |
    | missing, its mapping is there         | a new key behind the others                                 |
    | behind an anchor that nothing uses    | behind the same anchor                                      |

Refused, with the line: an alias, an anchor that an alias uses, a value from a merge key, a key that is there twice, a
mapping or a list in place of the value, and any edit after which more than the value would differ.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from reconciler.documents.edit.conventions import Conventions
from reconciler.documents.edit.file import EditedFile
from reconciler.documents.edit.refusal import Advice, EditError, EditRefusedError
from reconciler.documents.edit.value import with_value_at
from reconciler.documents.read.node import Path
from reconciler.model.image_field import path_text

CONVENTIONS = Conventions(any_scalar=True)

Place = tuple[int, Path]
"""The number of a document, from 0, and the path of the value in it."""


class FieldEditError(EditError):
    """An image field cannot be edited in place; `place` is the field, None if the whole file cannot be edited."""

    def __init__(self, refused: EditRefusedError, file: str, place: Place | None, value: str) -> None:
        advice = f"Write by hand: {json.dumps(value, ensure_ascii=False)}" if place else "Mend it first."
        what = f"the image field {path_text(place[1])}" if place else "the image fields"
        super().__init__(f"{what} cannot be written", refused, file, Advice(advice))
        self.place = place


def write_fields(data: bytes, file: str, values: Mapping[Place, str]) -> bytes:
    """The file with these values; the same bytes if it has them already. All values are written, or none.

    The last key of a path may be missing. Raises `FieldEditError`, an `EditError` with file, line, reason and, where it
    is about one value, its place: without that value the others may be tried again.
    """
    try:
        edited = EditedFile.read(data, file, CONVENTIONS)
        return edited.rewritten_each(_wanted(edited, values))
    except EditRefusedError as refused:
        place = _concerned(refused, values)
        raise FieldEditError(refused, file, place, values[place] if place else "") from refused


def _wanted(edited: EditedFile, values: Mapping[Place, str]) -> dict[int, object]:
    """The documents with the values; raises `EditRefusedError` where a value has no place."""
    wanted: dict[int, object] = {}
    for (document, path), value in values.items():
        try:
            plain = wanted[document] if document in wanted else _document(edited, document)
            _check_place(edited, plain, document, path)
        except EditRefusedError as refused:
            refused.document, refused.path = document, path
            raise
        wanted[document] = with_value_at(plain, path, value)
    return wanted


def _document(edited: EditedFile, number: int) -> object:
    if number >= len(edited.documents):
        raise EditRefusedError(0, f"the file has no document {number + 1}")
    return edited.plain(number)


def _check_place(edited: EditedFile, plain: object, document: int, path: Path) -> None:
    around = _at(plain, path[:-1])
    line = edited.documents[document].position(path).line
    there = isinstance(around, list) and isinstance(path[-1], int) and path[-1] < len(around)
    if not path or not (there or (isinstance(around, dict) and isinstance(path[-1], str))):
        raise EditRefusedError(line, f"{path_text(path)} is not there")
    if isinstance(_at(plain, path), dict | list):
        raise EditRefusedError(line, f"{path_text(path)} is a mapping or a list, not text")


def _at(plain: object, path: Path) -> object:
    """The value at a path; None where the path leaves the document."""
    for step in path:
        if isinstance(plain, list) and isinstance(step, int):
            plain = plain[step] if step < len(plain) else None
        else:
            plain = plain.get(step) if isinstance(plain, dict) else None
    return plain


def _concerned(refused: EditRefusedError, values: Iterable[Place]) -> Place | None:
    """The first of the places that a refusal is about; None if it is not known."""
    document, path = refused.document, refused.path
    if document is None or path is None:
        return None
    inside = [place for place in values if place[0] == document and place[1][: len(path)] == path]
    return next((place for place in inside if place[1] == path), next(iter(inside), None))
