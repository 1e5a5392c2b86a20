"""What git and git hosts say, as one line that is safe to show: no credentials, no control characters, bounded."""

from __future__ import annotations

import re
import shlex
from typing import Final

from reconciler.model.text import line as one_line

MAX_TEXT: Final = 300  # characters; a hook may print pages

_BLAME: Final = ("fatal: ", "error: ")
_REPEATED: Final = "error: hook declined to update"  # the reason says so
_NOISE: Final = re.compile(
    r"hint: |warning: |remote:|To \S+$|Pushing to |@{20}|fast-import: dumping crash report |"
    r"error: failed to push some refs to |Please make sure you have the correct access rights|and the repository exists"
)
"""What git and ssh say around a reason: addresses, frames, and advice for other cases."""
_WITHOUT_REASON: Final = "Could not read from remote repository"
"""What git says when ssh has just said why."""
_LOCK_ADVICE: Final = re.compile(r"Another git process seems to be running.*?to continue\.?$", re.DOTALL | re.MULTILINE)
"""Five lines about lock files; `locked` has one."""
_EMPTY: Final = (_WITHOUT_REASON, "the remote end hung up unexpectedly")
"""What says nothing beside a reason."""
_CHANGED: Final = "REMOTE HOST IDENTIFICATION HAS CHANGED"
_OF_CHANGED: Final = ("Host key for ", "Offending ", "Host key verification failed")
"""The lines that say what happened, of the twelve that ssh prints."""
_OWNER: Final = re.compile(r"detected dubious ownership in repository at '(?P<folder>.*)'")
_ADVICE: Final = (
    (
        _CHANGED,
        "If the host was given another key, put that into the known-hosts file; if not, somebody is in between.",
    ),
    ("host key is known for", "Put the host's key into the known-hosts file, as the host's own pages show it."),
    ("Load key ", "Look at the key with ssh-keygen -y."),
)
"""What to do about what ssh says, by words of it."""


def clean(text: str) -> str:
    """One line without credentials and what cannot be seen, of at most `MAX_TEXT` characters."""
    return one_line(text, MAX_TEXT)


def complaint(stderr: str) -> str:
    """What git blames, whole, as one line without its final full stop."""
    owner = _OWNER.search(stderr)
    if owner is not None:
        folder = clean(owner["folder"])
        return (
            f"{folder} belongs to another user, so git does not read it. "
            f"If you trust it: git config --global --add safe.directory {shlex.quote(folder)}"
        )
    return clean("; ".join(_statements(stderr)) or "git said nothing").removesuffix(".")


def advice(stderr: str, otherwise: str) -> str:
    """What to do about what was blamed, where its words tell."""
    return next((text for words, text in _ADVICE if words in stderr), otherwise)


def _statements(stderr: str) -> list[str]:
    """What is blamed, each statement with the lines that go on with it."""
    told = _LOCK_ADVICE.sub("", stderr)
    lines = [line.strip() for line in told.splitlines() if line.strip() and not _NOISE.match(line)]
    first = next((place for place, line in enumerate(lines) if line.startswith(_BLAME)), 0)
    if lines and _WITHOUT_REASON in lines[first]:
        lines, first = [line for line in lines[:first] if _CHANGED not in stderr or line.startswith(_OF_CHANGED)], 0
    said: list[str] = []
    for line in lines[first:] or [line.strip() for line in stderr.splitlines() if line.strip()][-1:]:
        if line.startswith(_BLAME) or not said:
            said.append(_without_blame(line))
        else:
            said[-1] += f" {line}"
    reasons = [each.removesuffix(".") for each in said if not each.startswith(_EMPTY)]
    return list(dict.fromkeys(reasons)) or said[:1]


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
