"""Writes of a killed fast-forward in a work tree: recognised by their bytes, and undone.

git writes files first, then the index, then the branch. A kill in between leaves files (the last one perhaps
incomplete) or a whole index of a commit that is not on the branch; these look like a person's changes. Then
`refs/imagestream/checkout/BRANCH` names that commit. Every file with its bytes, or with their beginning, is set back to
the branch's commit, whatever line ends git writes here. Nothing is lost, because git has those bytes. All other files
stay unchanged.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from reconciler.gitstore.command import GitResult, Runner
from reconciler.gitstore.commit_files import Differences, changed_paths, list_files, read, tree_entries
from reconciler.gitstore.redaction import is_locked
from reconciler.gitstore.work_tree.files import is_plain
from reconciler.settings import MIB

CHECKOUT_PREFIX: Final = "refs/imagestream/checkout/"
MAX_COMPARED: Final = 8 * MIB  # bytes; larger files are left unchanged


def take_back(runner: Runner, commit: str | None, left: str) -> GitResult | None:
    """Undo what the checkout of `left` over `commit` wrote; returns git's result if a part failed.

    The runner's folder is the top of the work tree. If another process has locked the index, nothing is changed.
    """
    ours = _ours(runner, _differences(runner, commit, left))
    if not ours:
        return None
    entries = {each.path: each for each in tree_entries(runner, commit)} if commit else {}
    lines = [
        b"%s %s\t%s" % (entry.mode.encode(), entry.oid.encode(), raw)
        if (entry := entries.get(raw))
        else b"0 %s\t%s" % (b"0" * len(left), raw)
        for raw in (path.encode() for path in ours)
    ]
    result = runner.run("update-index", "-z", "--add", "--index-info", stdin=b"\0".join((*lines, b"")))
    if not result.done and is_locked(result.err):
        return result
    kept = [path for path in ours if path.encode() in entries]
    files = runner.run("checkout-index", "--force", "-z", "--stdin", stdin="\0".join((*kept, "")).encode())
    for path in ours:
        if path not in kept:
            with suppress(OSError):  # a folder may be read-only; the rest is found again the next time
                (runner.folder / path).unlink()
    return next((each for each in (result, files) if not each.done), None)


def _differences(runner: Runner, commit: str | None, left: str) -> Differences:
    if commit is not None:
        return changed_paths(runner, commit, left, ())
    return {path: (None, entry.oid) for path, entry in list_files(runner, left).entries.items()}


def _ours(runner: Runner, differences: Differences) -> list[str]:
    """The paths whose index entry and file are as before the checkout or as after it, but not both as before."""
    blobs = read(runner, {oid for both in differences.values() for oid in both if oid}, MAX_COMPARED)
    index = _index(runner)
    cleaned = _cleaned(runner, [path for path in differences if is_plain(runner.folder, path)])
    found = []
    for path, both in differences.items():
        before, ours = _is_left(runner.folder, path, both, blobs, cleaned.get(path))
        if ours and index.get(path) in both and not (before and index.get(path) == both[0]):
            found.append(path)
    return found


def _index(runner: Runner) -> dict[str, str]:
    lines = runner.output("ls-files", "--stage", "-z").decode("utf-8", "surrogateescape").split("\0")
    return {path: head.split()[1] for head, _, path in (line.partition("\t") for line in lines if line)}


def _cleaned(runner: Runner, paths: list[str]) -> dict[str, str]:
    """The objects that the files would become if they were added, with the person's line ends and filters.

    Empty if git cannot tell; then only the bytes count.
    """
    unquoted = [path for path in paths if not path.startswith('"')]  # git would read these as quoted
    result = runner.run("hash-object", "--stdin-paths", stdin="\n".join((*unquoted, "")).encode()) if unquoted else None
    found = result.out.decode().split() if result and result.done else []
    return dict(zip(unquoted, found, strict=True)) if found else {}


def _is_left(
    top: Path,
    path: str,
    both: tuple[str | None, str | None],
    blobs: Mapping[str, bytes | None],
    cleaned: str | None,
) -> tuple[bool, bool]:
    """Whether a file is as before; and whether it is that, absent, or the beginning of the new content."""
    if not os.path.lexists(top / path):
        return both[0] is None, True
    if not is_plain(top, path):
        return False, False
    with (top / path).open("rb") as stream:
        found = stream.read(MAX_COMPARED + 1)
    old, new = (blobs.get(oid) if oid else None for oid in both)
    before = found == old or (cleaned is not None and cleaned == both[0])
    return before, before or (cleaned is not None and cleaned == both[1]) or (new is not None and new.startswith(found))
