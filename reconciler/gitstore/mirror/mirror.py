"""Mirrors: a bare copy of one branch of a remote, which can be deleted.

It holds data of its own only where the remote refuses to keep the cursors of sinks (`CURSOR_FILE`).

A mirror is never shallow, fetches blobs only when they are needed (`partial`), and has no local branch. The remote's
state is remembered as in any clone; commits are built beside it and pushed from here. A folder that is not a mirror of
ours is never touched; a damaged mirror is made again. A process that was killed at any moment leaves nothing that
blocks the next one.
"""

from __future__ import annotations

import fcntl
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from reconciler.errors import UsageError
from reconciler.gitstore import name
from reconciler.gitstore.access.address import remote_address
from reconciler.gitstore.command import Runner
from reconciler.gitstore.mirror.partial import PROMISED, REMOTE, forget, is_partial

_MARK: Final = "imagestream.mirror"
_MARK_FILE: Final = "imagestream.mirror"
_MARK_TEXT: Final = "A copy of a remote, made by imagestream run; it may be thrown away.\n"
"""Written before anything else and never removed. So the folder is known as ours after a kill at any moment."""
_MISMATCH: Final = re.compile(r"mismatched algorithms: client \w+; server (?P<server>sha1|sha256)\b", re.ASCII)
CURSOR_FILE: Final = "imagestream.sinks"
"""The cursors of sinks, where the remote refuses their references (`cursor`). It stays when the mirror is made again:
it is the only thing here that the remote does not have."""
MAX_LOOSE: Final = 2000
MAX_PACKS: Final = 50
"""Every fetch and every build adds loose objects or a pack; above these numbers git packs them."""


def prepare(folder: Path, url: str, branch: str) -> bool:
    """Make the folder a mirror of that branch of that remote; returns whether it had to be created.

    UsageError for an invalid address, and for a folder with other files in it.
    """
    checked = remote_address(url).url
    name.branch(branch)
    with _writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        made = _clear(folder)
    runner = Runner(folder, attended=False)
    if made:
        _initialise(runner, "sha1")
    if not made and runner.run("config", "--get", f"remote.{REMOTE}.url").out.decode().strip() != checked:
        forget(folder)
    settings = {
        _MARK: "true",
        "core.logAllRefUpdates": "true",  # earlier positions of the branch as seen here (`ancestry.Ancestry.was_on`)
        f"remote.{REMOTE}.url": checked,
        f"remote.{REMOTE}.fetch": f"+refs/heads/{branch}:refs/remotes/{REMOTE}/{branch}",
        f"branch.{branch}.remote": REMOTE,
        f"branch.{branch}.merge": f"refs/heads/{branch}",
    }
    _configure(runner, settings)
    return made


def remake(runner: Runner, stderr: str) -> bool:
    """Make a mirror again in the object format of its remote; False if that was not the failure.

    A mirror is made before its remote is called, and git does not convert (gitprotocol-v2(5), object-format).
    """
    mismatch = _MISMATCH.search(stderr)
    if mismatch is None or not _is_marked(runner.folder):
        return False
    wanted = ("imagestream.", "remote.", "branch.")
    listed = runner.output("config", "--local", "--list", "--null").decode("utf-8", "surrogateescape").split("\0")
    settings = dict(each.split("\n", 1) for each in listed if each.startswith(wanted))
    _empty(runner.folder)
    _initialise(runner, mismatch["server"])
    _configure(runner, settings)
    return True


def _initialise(runner: Runner, object_format: str) -> None:
    words = ("--quiet", "--bare", "--initial-branch=mirror", f"--object-format={object_format}", ".")
    runner.output("init", *words)


def _configure(runner: Runner, settings: Mapping[str, str]) -> None:
    for key, value in settings.items():
        runner.output("config", "--replace-all", key, value)


@contextmanager
def exclusive_folder(folder: Path) -> Iterator[None]:
    """Keep a mirror's folder for this process until it ends; UsageError if another process has it.

    A folder with other files in it is not touched.
    """
    with ExitStack() as stack:
        with _writable(folder):
            folder.mkdir(parents=True, exist_ok=True)
            if _is_marked(folder) or not any(folder.iterdir()):
                mark = stack.enter_context((folder / _MARK_FILE).open("a", encoding="utf-8"))
                try:
                    fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError as error:
                    text = f"{folder} is used by another imagestream run. Name another folder with --data."
                    raise UsageError(text) from error
        yield


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        text = f"{folder} cannot be used: {error.strerror}. Name a folder of your own with --data."
        raise UsageError(text) from error


def tidy(folder: Path, *, loose: int = MAX_LOOSE, packs: int = MAX_PACKS) -> None:
    """Let git pack objects if there are many; unused ones are deleted after an hour."""
    settings = (f"gc.auto={loose}", f"gc.autoPackLimit={packs}", "gc.autoDetach=false", "gc.pruneExpire=1.hour.ago")
    options = (word for setting in settings for word in ("-c", setting))
    Runner(folder, attended=False).run(*PROMISED, *options, "gc", "--auto", "--quiet")


def is_whole(folder: Path) -> bool:
    """Whether every commit and tree below the mirror's references can be read; blobs may be missing.

    fsck cannot tell: it accepts everything missing that an object from the remote refers to, even a whole history.
    """
    return Runner(folder, attended=False).run("rev-list", "--objects", "--filter=blob:none", "--all", "--quiet").done


def _clear(folder: Path) -> bool:
    """Whether the folder has to be initialised; a damaged mirror in it is removed first."""
    mark = folder / _MARK_FILE
    if any(each != mark for each in folder.iterdir()) and not _is_marked(folder):
        raise UsageError(f"{folder} has something else in it. Name an empty folder, or none, with --data.")
    mark.write_text(_MARK_TEXT, encoding="utf-8")
    unlock(folder)
    if (folder / "HEAD").is_file() and is_whole(folder):
        return False
    _empty(folder)
    return True


def _empty(folder: Path) -> None:
    """Remove everything except the mark, which must stay and may be locked, and the cursors of sinks."""
    for each in folder.iterdir():
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each)
        elif each.name not in {_MARK_FILE, CURSOR_FILE}:
            each.unlink()


def unlock(folder: Path) -> None:
    """Remove the locks that killed git processes left; only for a process that uses the folder alone."""
    for lock in folder.rglob("*.lock") if _is_marked(folder) else ():
        lock.unlink(missing_ok=True)


def _is_marked(folder: Path) -> bool:
    """Whether the folder is a mirror of ours, or was about to become one."""
    try:
        return (folder / _MARK_FILE).read_text(encoding="utf-8", errors="replace") == _MARK_TEXT
    except OSError:
        return is_partial(folder)
