"""The files of a work tree or a plain folder, by path with slashes, for whoever reads them from disk.

Only regular files that no symlink leads to; a path that is not UTF-8 or has control characters is left out and counted,
as in a commit (`snapshot`).
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
    """The files of a folder, and what lies between them and is never read."""

    paths: tuple[str, ...]
    others: frozenset[str] = frozenset()
    """Symlinks and submodules."""
    left_out: int = 0
    """How many files have a name that cannot be shown."""


def work_tree_files(runner: Runner) -> FolderFiles:
    """Tracked files and untracked ones that are not ignored, as far as they are on disk."""
    out = runner.ask("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--full-name")
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
    """Regular files that no symlink leads to, what is none, and those without a readable name."""
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
    """Whether a path is a regular file that no symlink leads to."""
    return _is_plain(top / path, {top: True})


def committed_as(runner: Runner, path: str) -> str | None:
    """The id of the blob that a commit would make of a file, filters applied; None where it is no plain file."""
    file = runner.folder / path
    if not is_plain(runner.folder, path):
        return None
    return runner.ask("hash-object", f"--path={path}", "--", str(file)).decode().strip()


def checked_out_as(runner: Runner, path: str, data: bytes) -> bytes:
    """What a checkout would write to a file for committed bytes, by the same line endings and filters."""
    blob = runner.ask("hash-object", "-w", "--stdin", stdin=data).decode().strip()
    return runner.ask("cat-file", "--filters", f"--path={path}", blob)


def _is_plain(path: Path, real: dict[Path, bool]) -> bool:
    return _is_real(path.parent, real) and _is_regular(path)


def _is_real(folder: Path, real: dict[Path, bool]) -> bool:
    """Whether a folder is reached without a symlink, remembered for the next file in it."""
    if folder not in real:
        real[folder] = _is_real(folder.parent, real) and folder.is_dir() and not folder.is_symlink()
    return real[folder]


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False
