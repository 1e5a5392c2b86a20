"""The files of a work tree or a plain folder, by path with slashes, for whoever reads them from disk.

Only regular files that no symlink leads to; a path that is not UTF-8 or has control characters is left out.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from reconciler.gitstore import name
from reconciler.gitstore.command import Runner


def work_tree_files(runner: Runner) -> list[str]:
    """Tracked files and untracked ones that are not ignored, sorted, as far as they are on disk."""
    out = runner.ask("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--full-name")
    paths = {path for raw in out.split(b"\0") if raw and (path := name.readable(raw)) is not None}
    real: dict[Path, bool] = {runner.folder: True}
    return sorted(path for path in paths if _is_plain(runner.folder / path, real))


def walk(folder: Path) -> Iterator[str]:
    """Every regular file below a folder outside git, sorted folder by folder; `.git` is not entered."""
    for place, folders, files in os.walk(folder, followlinks=False):
        folders[:] = sorted(each for each in folders if each != ".git")
        for file in sorted(files):
            path = Path(place) / file
            text = name.readable(os.fsencode(path.relative_to(folder)))
            if text is not None and _is_regular(path):
                yield text


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
