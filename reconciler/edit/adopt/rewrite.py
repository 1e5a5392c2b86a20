"""A rewrite: the configuration of another updater in a commit, turned into spec tags, markers and targets.

It is one edit of files for a person to review. What cannot be translated is left as it is, and reported with its place
and with what to do by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.documents.edit.target.spec_tag import TagEdit, edit_tag
from reconciler.documents.edit.target.workload_object import WorkloadObject, workload_objects
from reconciler.documents.read.document import read_documents
from reconciler.documents.read.encoding import mentions
from reconciler.documents.read.path_filter import SUFFIXES
from reconciler.edit.spec_edit import SpecEdit
from reconciler.edit.spec_file import Files, apply_edit, new_file
from reconciler.errors import DocumentError, InputError
from reconciler.gitstore import Repository
from reconciler.model.name import IstagName
from reconciler.model.phrase import plural
from reconciler.model.selection import Selection
from reconciler.model.stream import SELECT_ANNOTATION
from reconciler.model.text import line as text_line
from reconciler.reading.committed_file import content
from reconciler.reading.file_reading import default_namespace
from reconciler.reading.snapshot import Snapshot
from reconciler.reading.tree import commit_tree
from reconciler.settings import HISTORY_DIR, HOLDS_DIR

_LISTED = 50
"""Lines of a commit message."""

SelectionValue = Mapping[str, str | tuple[str, ...]]


@dataclass(slots=True)
class Rewrite:
    """The files so far, what was translated, and what was not."""

    repository: Repository
    snapshot: Snapshot
    files: Files = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """What was not translated: `FILE:LINE: what: why. What to do.`"""
    notes: list[str] = field(default_factory=list)
    tags: dict[IstagName, TagEdit] = field(default_factory=dict)

    def data(self, path: str) -> bytes:
        """A file after the edits so far; empty for one that is not there."""
        made = self.files.get(path)
        return made if made is not None else content(self.repository, self.snapshot.files, path) or b""

    def has(self, path: str) -> bool:
        """Whether a file is there."""
        return path in self.snapshot.files.entries

    def refuse(self, where: str, why: str) -> None:
        """Report what is left as it is."""
        self.problems.append(text_line(f"{where}: {why}", 600))

    def mentioning(self, *words: str) -> Iterator[tuple[str, bytes]]:
        """The YAML files that contain one of these words."""
        ours = (f"{HISTORY_DIR}/", f"{HOLDS_DIR}/")
        paths = [path for path in self.snapshot.files.entries if path.endswith(SUFFIXES) and not path.startswith(ours)]
        for path, data in commit_tree(self.repository, self.snapshot.files).read(sorted(paths)):
            if data is not None and mentions(data, words):
                yield path, data

    def objects(self, *words: str) -> Iterator[WorkloadObject]:
        """The objects of the files that contain one of these words; a file that cannot be read is reported."""
        for path, data in self.mentioning(*words):
            try:
                documents = read_documents(data, path)
            except DocumentError as error:
                self.refuse(path, f"it cannot be read, so nothing in it is translated: {error.message}")
                continue
            yield from workload_objects(documents, default_namespace(path, self.snapshot.config))

    def declare(self, edit: TagEdit, where: str, what: str) -> bool:
        """Declare a spec tag; False, with a problem, where it is declared already and differs."""
        name = edit.stream.tag(edit.tag)
        if name in self.tags:
            if self.tags[name] != edit:
                self.refuse(where, f"{name} would mean two things. Declare this one by hand, under another tag.")
            return self.tags[name] == edit
        there = self.snapshot.declarations.tag(name)
        if there is not None and not _says(there.source, there.annotations, edit):
            self.refuse(
                where, f"{name} is declared already, in another way. Make {there.position.file} and this agree."
            )
            return False
        try:
            if there is None:
                self._add(edit)
        except InputError as error:
            self.refuse(where, str(error))
            return False
        self.tags[name] = edit
        self.done.append(text_line(f"{name} {what} ({where})", 600))
        return True

    def _add(self, edit: TagEdit) -> None:
        """Write the spec tag into the file of its stream, which an earlier edit may have made."""
        declared = self.snapshot.declarations.streams.get(edit.stream)
        path = new_file(self.snapshot, edit) if declared is None else ""
        if path in self.files:
            data = edit_tag(self.data(path), path, edit, default_namespace(path, self.snapshot.config))
            self.files[path] = data
        else:
            self.files = apply_edit(self.repository, self.snapshot, edit, self.files)

    def edit(self, tool: str) -> SpecEdit:
        """The edit of all files, with its commit message."""
        if not self.files:
            return SpecEdit({}, "", (*self.done, *self.notes))
        tags = plural(len(self.tags), "tag")
        more = [f"and {len(self.done) - _LISTED} more"] if len(self.done) > _LISTED else []
        body = "\n".join([*self.done[:_LISTED], *more])
        return SpecEdit(self.files, f"Adopt {tags} from {tool}\n\n{body}\n", (*self.done, *self.notes))


def select_annotation(value: SelectionValue) -> dict[str, str | None]:
    """The annotation of a selection, in the shortest form. Raises `InputError` where it has no meaning."""
    Selection.of(value)
    if set(value) == {"semver"}:
        return {SELECT_ANNOTATION: f"semver: {json.dumps(value['semver'], ensure_ascii=False)}"}
    plain = {key: list(each) if isinstance(each, tuple) else each for key, each in value.items()}
    if plain.get("newest") == "true":
        plain["newest"] = True  # type: ignore[assignment]  # a flag of JSON
    return {SELECT_ANNOTATION: json.dumps(plain, ensure_ascii=False)}


def _says(source: object, annotations: Mapping[str, str], edit: TagEdit) -> bool:
    wanted = edit.annotations.get(SELECT_ANNOTATION)
    return source == edit.source and annotations.get(SELECT_ANNOTATION) == wanted
