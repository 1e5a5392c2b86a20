"""Field edits: the image fields of a plan become bytes of files, or problems where a file cannot be edited in place.

An edit that would change more than its value is refused: the file is left alone, and the istag moves all the same
(design 3.8). Commits are built on each other, so each edit is made in the content that the commits before it leave.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Sequence

from reconciler.documents.edit.target.image_field import FieldEditError, Place, write_fields
from reconciler.gitstore import Repository
from reconciler.model.change import Change, ImageEdit, Retarget
from reconciler.model.observation import Reason
from reconciler.model.plan import Plan, Problem
from reconciler.settings import MAX_FILE_BYTES

_GONE = "the file cannot be read any more"


class EditedFiles:
    """The files of one commit, as the commits that are built on it leave them. They are listed when one is edited."""

    def __init__(self, repository: Repository, commit: str) -> None:
        self._repository = repository
        self._commit = commit
        self._current: dict[str, bytes | None] = {}
        self._tried: dict[str, tuple[dict[Place, str], bytes]] = {}
        """By file the values that were tried together last on the content of the commit, and what they give."""

    def feasible(self, plan: Plan) -> Plan:
        """The plan without the edits that are refused, each of which becomes a problem.

        A change that only writes fields goes with its last edit.
        """
        edits = [edit for change in plan.changes for edit in change.edits]
        self._load({edit.field.file for edit in edits})
        refused = {id(edit): error for edit, error in self._refused(edits)}
        if not refused:
            return plan
        problems = [_problem(edit, refused[id(edit)]) for edit in edits if id(edit) in refused]
        changes = (
            dataclasses.replace(each, edits=tuple(edit for edit in each.edits if id(edit) not in refused))
            for each in plan.changes
        )
        kept = tuple(each for each in changes if each.edits or not isinstance(each, Retarget))
        return dataclasses.replace(plan, changes=kept, problems=(*plan.problems, *problems))

    def write(self, changes: Sequence[Change]) -> dict[str, bytes]:
        """The files that these changes write, with what earlier calls wrote. Raises `FieldEditError`."""
        written: dict[str, bytes] = {}
        for file, edits in _by_file(edit for change in changes for edit in change.edits).items():
            values = _values(edits)
            tried, data = self._tried.pop(file, ({}, b""))
            if tried != values:
                data = write_fields(self._read(file) or b"", file, values)
            self._current[file] = written[file] = data
        return written

    def _refused(self, edits: Iterable[ImageEdit]) -> Iterator[tuple[ImageEdit, str | FieldEditError]]:
        for file, of_file in _by_file(edits).items():
            data = self._read(file)
            if data is None:
                yield from ((edit, _GONE) for edit in of_file)
            else:
                yield from self._refused_in(data, file, of_file)

    def _refused_in(self, data: bytes, file: str, edits: list[ImageEdit]) -> Iterator[tuple[ImageEdit, FieldEditError]]:
        """Try all edits of a file together, and again without one that is refused, until the others can be made."""
        waiting = edits
        while waiting:
            values = _values(waiting)
            try:
                self._tried[file] = values, write_fields(data, file, values)
            except FieldEditError as error:
                refused = [edit for edit in waiting if _place(edit) == error.place] or waiting
                yield from ((edit, error) for edit in refused)
                waiting = [edit for edit in waiting if edit not in refused]
            else:
                return

    def _load(self, files: Collection[str]) -> None:
        """Read the files in one batch; None for one that is missing or too large."""
        if not files:
            return
        entries = self._repository.commit_files(self._commit).entries
        oids = {file: entries[file].oid for file in files if file in entries}
        found = self._repository.read(set(oids.values()), MAX_FILE_BYTES) if oids else {}
        self._current |= {file: found[oids[file]] if file in oids else None for file in files}

    def _read(self, file: str) -> bytes | None:
        if file not in self._current:
            self._load([file])
        return self._current[file]


def _by_file(edits: Iterable[ImageEdit]) -> dict[str, list[ImageEdit]]:
    found: dict[str, list[ImageEdit]] = {}
    for edit in edits:
        found.setdefault(edit.field.file, []).append(edit)
    return found


def _values(edits: Iterable[ImageEdit]) -> dict[Place, str]:
    return {_place(edit): edit.value for edit in edits}


def _place(edit: ImageEdit) -> Place:
    return edit.field.document, edit.field.path


def _problem(edit: ImageEdit, error: str | FieldEditError) -> Problem:
    field = edit.field
    line = error.line if isinstance(error, FieldEditError) else field.position.line
    text = f"{field.istag}: {error}"
    return Problem(field.istag, Reason.INVALID, text, field.file, line or None, field=field.name)
