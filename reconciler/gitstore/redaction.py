"""What git and git hosts say, as one line that is safe to show: no credentials, no control characters, bounded."""

from __future__ import annotations

from typing import Final

from reconciler.model.text import line as one_line

MAX_TEXT: Final = 300  # characters; a hook may print pages

_BLAME: Final = ("fatal: ", "error: ")
_REPEATED: Final = "error: hook declined to update"  # the reason says so
_NOISE: Final = ("hint: ", "warning: ", "To ")
_WITHOUT_REASON: Final = "Could not read from remote repository"
"""What git says when ssh has just said why."""


def clean(text: str) -> str:
    """One line without credentials and what cannot be seen, of at most `MAX_TEXT` characters."""
    return one_line(text, MAX_TEXT)


def complaint(stderr: str) -> str:
    """What git blames, as one line without its final full stop."""
    lines = [line for line in stderr.splitlines() if line.strip() and not line.startswith(_NOISE)]
    blamed = [line for line in lines if line.startswith(_BLAME)] or lines or ["git said nothing"]
    if _WITHOUT_REASON in blamed[0]:
        blamed = lines[: lines.index(blamed[0])][-1:] or blamed
    return clean(_without_blame(blamed[0])).removesuffix(".")


def is_locked(stderr: str) -> bool:
    """Whether somebody's lock file is what git blames."""
    return ".lock': File exists" in stderr


def locked(stderr: str) -> str:
    """What git blames; where that is somebody's lock file, what to do about it too."""
    advice = " Remove it if no other git is at work there." if is_locked(stderr) else ""
    return f"{complaint(stderr)}.{advice}"


def remote_lines(stderr: str) -> str:
    """What the other side printed, as one line; empty where it printed nothing."""
    lines = [line.removeprefix("remote:").strip() for line in stderr.splitlines() if line.startswith("remote:")]
    said = [line for line in lines if line and not line.startswith(_REPEATED)]
    return clean(" ".join(_without_blame(line) for line in said)).removesuffix(".")


def _without_blame(line: str) -> str:
    for blame in _BLAME:
        line = line.removeprefix(blame)
    return line
