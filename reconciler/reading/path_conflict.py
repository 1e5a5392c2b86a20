"""Path conflicts: what else is at the path of a history or hold file, such as a symbolic link.

They are found before a pass plans anything, so a conflict stops only its own istag.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.model.name import IstagName
from reconciler.reading.tree import Tree
from reconciler.settings import HISTORY_DIR, HOLDS_DIR


def path_conflicts(tree: Tree, names: Iterable[IstagName]) -> dict[IstagName, str]:
    """The istags whose files cannot be written, each with a sentence that names the blocking path."""
    ours = {path for path in tree.paths if path.startswith((f"{HISTORY_DIR}/", f"{HOLDS_DIR}/"))}
    files = {*ours, *tree.others, *({HISTORY_DIR, HOLDS_DIR}.intersection(tree.paths))}
    folders = {parent for path in files for parent in _parents(path)}
    found: dict[IstagName, str] = {}
    for name in names:
        for path in (name.history_path, name.hold_path):
            blocking = [parent for parent in _parents(path) if parent in files]
            blocking += [path] if path in folders or path in tree.others else []
            if blocking:
                found[name] = (
                    f"{path} cannot be written: {blocking[0]} exists and is not a history or hold file. "
                    "Move it elsewhere."
                )
    return found


def _parents(path: str) -> Iterator[str]:
    """The folders that a path lies in, outermost first."""
    parts = path.split("/")
    return ("/".join(parts[:length]) for length in range(1, len(parts)))
