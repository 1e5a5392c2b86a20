"""The files of a work tree or a plain folder, by path with slashes, for reading them from disk.

Only regular files that are not reached through a symlink are listed. A path that is not UTF-8 or has control characters
is left out and counted, as in a commit (`commit_files`).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from reconciler.gitstore import name
from reconciler.gitstore.command import Runner


@dataclass(frozen=True, slots=True)
class FolderFiles:
    """The files of a folder, and the paths in it that are never read."""

    paths: tuple[str, ...]
    others: frozenset[str] = frozenset()
    """Symlinks and submodules."""
    left_out: int = 0
    """The number of files whose name cannot be shown."""


def work_tree_files(runner: Runner) -> FolderFiles:
    """Tracked files and untracked ones that are not ignored, if they exist on disk."""
    out = runner.output("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--full-name")
    return _sorted_out(runner.folder, {raw.rstrip(b"/") for raw in out.split(b"\0") if raw})


def folder_files(folder: Path) -> FolderFiles:
    """Every file below a folder outside git; `.git` is not entered."""
    found: set[bytes] = set()
    for place, folders, files in os.walk(folder, followlinks=False):
        links = [each for each in folders if (Path(place) / each).is_symlink()]
        folders[:] = [each for each in folders if each != ".git" and each not in links]
        found.update(os.fsencode((Path(place) / each).relative_to(folder)) for each in (*files, *links))
    return _sorted_out(folder, found)


def _sorted_out(top: Path, raws: Iterable[bytes]) -> FolderFiles:
    """Separate regular files that are not reached through a symlink, other paths, and unreadable names."""
    real: dict[Path, bool] = {top: True}
    paths: list[str] = []
    others: set[str] = set()
    left_out = 0
    for raw in raws:
        path, text = top / os.fsdecode(raw), name.readable(raw)
        if _is_plain(path, real):
            left_out += text is None
            paths += [text] if text is not None else []
        elif text is not None and (path.is_symlink() or path.is_dir()):
            others.add(text)
    return FolderFiles(tuple(sorted(paths)), frozenset(others), left_out)


def is_plain(top: Path, path: str) -> bool:
    """Whether a path is a regular file that is not reached through a symlink."""
    return _is_plain(top / path, {top: True})


def committed_as(runner: Runner, path: str) -> str | None:
    """The id of the blob that a commit would make of a file, filters applied; None if it is not a regular file."""
    file = runner.folder / path
    if not is_plain(runner.folder, path):
        return None
    return runner.output("hash-object", f"--path={path}", "--", str(file)).decode().strip()


def checked_out_as(runner: Runner, path: str, data: bytes) -> bytes:
    """The bytes that a checkout would write to a file for committed bytes, with the same line endings and filters."""
    blob = runner.output("hash-object", "-w", "--stdin", stdin=data).decode().strip()
    return runner.output("cat-file", "--filters", f"--path={path}", blob)


def _is_plain(path: Path, real: dict[Path, bool]) -> bool:
    return _is_real(path.parent, real) and _is_regular(path)


def _is_real(folder: Path, real: dict[Path, bool]) -> bool:
    """Whether a folder is reached without a symlink; remembered for the next file in it."""
    if folder not in real:
        real[folder] = _is_real(folder.parent, real) and folder.is_dir() and not folder.is_symlink()
    return real[folder]


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False
