"""What a tree of files declares, and what damaged files declared when they last loaded.

Earlier versions of files are read only if something recorded is no longer declared. A damaged file (`lost_file`) is an
error, and what it declared is protected from removal.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from reconciler.gitstore import Repository
from reconciler.model.config import Config
from reconciler.model.finding import Finding, Position, Severity
from reconciler.model.name import IstagName, StreamName
from reconciler.model.phrase import plural
from reconciler.model.stream import Declarations
from reconciler.reading.declare import FileReadings, declare_tree
from reconciler.reading.file_reading import DeclaredBefore
from reconciler.reading.lost_file import lost_streams
from reconciler.reading.tree import Tree


@dataclass(frozen=True, slots=True)
class LastDeclared:
    """What a file declared when it last loaded."""

    tags: frozenset[IstagName] = frozenset()
    streams: frozenset[StreamName] = frozenset()
    imported: frozenset[StreamName] = frozenset()
    """Those of the streams that import a whole repository: their istags need no spec tags."""
    loaded: bool = False
    """Whether any version loaded."""

    def __or__(self, other: LastDeclared) -> LastDeclared:
        tags, streams, imported = self.tags | other.tags, self.streams | other.streams, self.imported | other.imported
        return LastDeclared(tags, streams, imported, self.loaded or other.loaded)


class EarlierVersions(Protocol):
    """What files declared in earlier commits; `provenance.last_loadable` implements it."""

    def last_declared(self, paths: Collection[str]) -> Mapping[str, LastDeclared]:
        """What each file declared when it last loaded; for the path of a folder, what all files in it declared."""


ReadEarlier = Callable[[Repository, str, Config], EarlierVersions]
"""Makes the reader of the versions below one commit."""


@dataclass(frozen=True, slots=True)
class TreeDeclarations:
    """What a tree declares, and what is protected from removal."""

    declarations: Declarations
    protected: frozenset[IstagName] = frozenset()
    """Istags without a spec tag that a file declared when it last loaded; it cannot be loaded now."""
    protected_streams: frozenset[StreamName] = frozenset()
    """Streams of the same kind: what was pushed to them stays."""
    reads_past: bool = False
    """Whether earlier commits were read for this: the same files in another commit may then give another result."""


def read_tree(
    tree: Tree, config: Config, earlier: EarlierVersions | None = None, readings: FileReadings | None = None
) -> TreeDeclarations:
    """Everything that the files of a tree declare; without `earlier`, earlier versions of the files are unknown."""
    known = readings or FileReadings()

    def read(declared_before: DeclaredBefore | None = None) -> Declarations:
        return declare_tree(tree, config, declared_before, known)

    declarations = _with_left_out(tree, read())
    undeclared = undeclared_in(tree, declarations)
    if tree.left_out or earlier is None:
        return TreeDeclarations(declarations, undeclared if tree.left_out else frozenset())
    suspects = _suspects(read, tree) if undeclared else []
    damaged = _damaged(suspects, undeclared, declarations, earlier)
    if damaged:
        declarations = _with_replaced(tree, damaged, read(damaged.__contains__))
    lost = LastDeclared()
    for each in earlier.last_declared(declarations.failed_files).values():
        lost |= each
    whole = {name for name in undeclared if name.stream_name in lost.imported}
    reads_past = bool(suspects or declarations.failed_files)
    return TreeDeclarations(declarations, lost.tags - declarations.declared | whole, lost.streams, reads_past)


def undeclared_in(tree: Tree, declarations: Declarations) -> frozenset[IstagName]:
    """The istags with a history or hold that no spec declares."""
    return tree.recorded - declarations.declared


def _suspects(read: Callable[[DeclaredBefore], Declarations], tree: Tree) -> list[str]:
    """The files that may be damaged, and the paths that are not followed: one of them may have declared something."""
    suspects = sorted(tree.others)

    def note(path: str) -> bool:
        suspects.append(path)
        return False

    read(note)
    return suspects


def _damaged(
    suspects: Collection[str], undeclared: Collection[IstagName], declarations: Declarations, earlier: EarlierVersions
) -> frozenset[str]:
    """The suspects that declared something which is recorded and not declared now."""
    gone = {name.stream_name for name in undeclared} - declarations.streams.keys()
    found = earlier.last_declared(suspects) if suspects else {}
    return frozenset(path for path, each in found.items() if each.tags.intersection(undeclared) or each.streams & gone)


def _with_replaced(tree: Tree, damaged: Collection[str], declarations: Declarations) -> Declarations:
    """Add a finding for each symlink or submodule that replaced a declaring file."""
    paths = sorted(tree.others.intersection(damaged))
    lost = [lost_streams(path, "is a symbolic link or a submodule, which is not followed") for path in paths]
    return dataclasses.replace(
        declarations,
        findings=(*declarations.findings, *lost),
        failed_files=declarations.failed_files.union(paths),
    )


def _with_left_out(tree: Tree, declarations: Declarations) -> Declarations:
    """Add a finding if files were left out for their names: they may declare what seems to be removed."""
    if not tree.left_out:
        return declarations
    text = (
        f"{plural(tree.left_out, 'file')} with a name that is not UTF-8 or has control "
        "characters cannot be read. Rename them; until then no history is removed."
    )
    finding = Finding(Position("."), Severity.ERROR, "unreadable", "", text)
    return dataclasses.replace(declarations, findings=(*declarations.findings, finding))
