"""Validate: every finding of the work tree, of a revision, or of any folder, in file order.

It is the only use case that reads the work tree, and that works outside git. Whatever a pass refuses is an error here:
both read their files through one `Tree` and judge them by the same functions.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from reconciler.errors import DocumentError, UsageError
from reconciler.gitstore import FolderFiles, Repository, folder_files
from reconciler.model.config import Config, Installation
from reconciler.model.finding import Finding, Position
from reconciler.model.name import StreamName, istag_of_path
from reconciler.model.stream import Declarations, Stream
from reconciler.planning.budget import loads
from reconciler.provenance.last_loadable import LastLoadable
from reconciler.reading.owned_file import read_config, read_history, read_hold, unreadable_finding
from reconciler.reading.path_conflict import path_conflicts
from reconciler.reading.tree import Tree, commit_tree
from reconciler.reading.tree_declaration import read_tree
from reconciler.rules.table import severity
from reconciler.settings import CONFIG_FILE, HISTORY_DIR, MAX_FILE_BYTES


def validate_folder(
    folder: Path, repository: Repository | None, installation: Installation, only: Collection[str] = ()
) -> Declarations:
    """All findings of the current files of a folder; `only` keeps those of some files or folders in it."""
    tree = folder_tree(folder, repository.work_tree_files() if repository else folder_files(folder))
    commit = repository.resolve("HEAD") if repository else None
    return _Validation(tree, installation, repository, commit).run(only)


def validate_revision(
    repository: Repository, revision: str, installation: Installation, only: Collection[str] = ()
) -> Declarations:
    """All findings of the files of a commit; `only` as in `validate_folder`. Raises `UsageError` without the commit."""
    commit = repository.resolve(revision)
    if commit is None:
        raise UsageError(f"--revision {revision!r} is not a commit of {repository.path}.")
    tree = commit_tree(repository, repository.commit_files(commit))
    return _Validation(tree, installation, repository, commit).run(only)


def folder_tree(folder: Path, files: FolderFiles) -> Tree:
    """The current files of a folder."""

    def contents(paths: list[str]) -> Iterator[bytes | None]:
        return (_content(folder / path) for path in paths)

    return Tree(files.paths, contents, files.others, files.left_out)


def _content(path: Path) -> bytes | None:
    """The file's bytes; None if it is larger than the limit. No symlink is followed, even if one appears just now."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError:
        return b""
    return data if len(data) <= MAX_FILE_BYTES else None


@dataclasses.dataclass(frozen=True, slots=True)
class _Validation:
    """One tree, and the commit below which earlier versions of its files are read; None outside git."""

    tree: Tree
    installation: Installation
    repository: Repository | None
    commit: str | None

    def run(self, only: Collection[str]) -> Declarations:
        """All declarations and findings, or those of some files and folders."""
        config, findings = self._config()
        earlier = LastLoadable(self.repository, self.commit, config) if self.repository and self.commit else None
        declared = read_tree(self.tree, config, earlier).declarations
        blocked = path_conflicts(self.tree, declared.istags)
        everything = [*findings, *declared.findings, *self._recorded(), *_blocked(blocked.values())]
        everything += _budget(declared, config, self.installation)
        kept = [finding for finding in everything if _is_under(finding.position.file, only)]
        return dataclasses.replace(
            declared,
            streams=dict(_under(declared.streams.values(), only)),
            findings=tuple(sorted(kept, key=lambda finding: finding.position)),
            notes=tuple(note for note in declared.notes if _is_under(note.position.file, only)),
            skipped=tuple(skipped for skipped in declared.skipped if _is_under(skipped.file, only)),
        )

    def _config(self) -> tuple[Config, Iterable[Finding]]:
        """The folder's Config with its findings; the defaults if there is none, or a broken one."""
        if CONFIG_FILE in self.tree.others:
            error = DocumentError("the file is a symbolic link, which is not followed. Put the file in its place.")
            return Config(), [unreadable_finding(error, CONFIG_FILE)]
        if CONFIG_FILE not in self.tree.paths:
            return Config(), ()
        ((_, data),) = self.tree.read([CONFIG_FILE])
        config, findings = read_config(data, CONFIG_FILE)
        return config or Config(), findings

    def _recorded(self) -> Iterator[Finding]:
        """A finding for each history and hold that cannot be read: it stops its istag."""
        for path, data in self.tree.read(sorted(path for path in self.tree.paths if istag_of_path(path))):
            name = istag_of_path(path)
            read = read_history if path.startswith(f"{HISTORY_DIR}/") else read_hold
            try:
                if name is not None:
                    read(data, path, name)
            except DocumentError as error:
                yield unreadable_finding(error, path)


def _blocked(sentences: Iterable[str]) -> Iterator[Finding]:
    """The path conflicts of histories and holds as findings, each text once."""
    for text in dict.fromkeys(sentences):
        path = text.partition(" cannot be written")[0]
        yield Finding(Position(path), severity("unreadable"), "unreadable", "", text)


def _budget(declared: Declarations, config: Config, installation: Installation) -> Iterable[Finding]:
    """The registries that would get more requests than they accept, each at the first tag that calls it."""
    rule = "request-budget"
    for load in loads(declared, config, installation):
        if load.exceeds:
            yield Finding(load.first, severity(rule), rule, "", load.warning)


def _under(streams: Iterable[Stream], only: Collection[str]) -> Iterable[tuple[StreamName, Stream]]:
    """The parts of streams that some files declare; other files may declare further parts."""
    for stream in streams:
        tags = {name: tag for name, tag in stream.tags.items() if _is_under(tag.position.file, only)}
        if any(_is_under(place.file, only) for place in stream.positions):
            yield stream.name, dataclasses.replace(stream, tags=tags)


def _is_under(path: str, only: Collection[str]) -> bool:
    return not only or any(path == each or path.startswith(f"{each.rstrip('/')}/") for each in only)
