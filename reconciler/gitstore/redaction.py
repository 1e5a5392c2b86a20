"""Messages of git and git hosts as one safe line: no credentials, no control characters, bounded."""

from __future__ import annotations

import re
import shlex
from typing import Final

from reconciler.model.text import line as one_line

MAX_TEXT: Final = 300  # characters; a hook may print pages

_BLAME: Final = ("fatal: ", "error: ")
_REPEATED: Final = "error: hook declined to update"  # the reason already tells this
_NOISE: Final = re.compile(
    r"hint: |warning: |remote:|To \S+$|Pushing to |@{20}|fast-import: dumping crash report |"
    r"error: failed to push some refs to |Please make sure you have the correct access rights|and the repository exists"
)
"""Text that git and ssh print around a reason: addresses, frames, and advice for other cases."""
_WITHOUT_REASON: Final = "Could not read from remote repository"
"""Printed by git after ssh has given the reason."""
_LOCK_ADVICE: Final = re.compile(r"Another git process seems to be running.*?to continue\.?$", re.DOTALL | re.MULTILINE)
"""Five lines about lock files; `lock_complaint` has one."""
_EMPTY: Final = (_WITHOUT_REASON, "the remote end hung up unexpectedly")
"""Complaints without information, if there is also a reason."""
_CHANGED: Final = "REMOTE HOST IDENTIFICATION HAS CHANGED"
_OF_CHANGED: Final = ("Host key for ", "Offending ", "Host key verification failed")
"""The informative lines, of the twelve that ssh prints."""
_OWNER: Final = re.compile(r"detected dubious ownership in repository at '(?P<folder>.*)'")
_ADVICE: Final = (
    (
        _CHANGED,
        "If the host has a new key, put that into the known-hosts file; if not, another machine answers in its place.",
    ),
    ("host key is known for", "Put the host's key into the known-hosts file; the host's own pages publish it."),
    ("Load key ", "Check the key with ssh-keygen -y."),
)
"""Advice for ssh's messages, by words in them."""


def clean(text: str) -> str:
    """One line without credentials and invisible characters, of at most `MAX_TEXT` characters."""
    return one_line(text, MAX_TEXT)


def complaint(stderr: str) -> str:
    """Git's whole complaint as one line, without a final full stop."""
    owner = _OWNER.search(stderr)
    if owner is not None:
        folder = clean(owner["folder"])
        return (
            f"{folder} belongs to another user, so git does not read it. "
            f"If you trust it: git config --global --add safe.directory {shlex.quote(folder)}"
        )
    return clean("; ".join(_complaints(stderr)) or "git said nothing").removesuffix(".")


def advice(stderr: str, otherwise: str) -> str:
    """The advice for a complaint; `otherwise` if its words are unknown."""
    return next((text for words, text in _ADVICE if words in stderr), otherwise)


def _complaints(stderr: str) -> list[str]:
    """The complaints, each with its continuation lines."""
    without_advice = _LOCK_ADVICE.sub("", stderr)
    lines = [line.strip() for line in without_advice.splitlines() if line.strip() and not _NOISE.match(line)]
    first = next((place for place, line in enumerate(lines) if line.startswith(_BLAME)), 0)
    if lines and _WITHOUT_REASON in lines[first]:
        lines, first = [line for line in lines[:first] if _CHANGED not in stderr or line.startswith(_OF_CHANGED)], 0
    complaints: list[str] = []
    for line in lines[first:] or [line.strip() for line in stderr.splitlines() if line.strip()][-1:]:
        if line.startswith(_BLAME) or not complaints:
            complaints.append(_without_blame(line))
        else:
            complaints[-1] += f" {line}"
    reasons = [each.removesuffix(".") for each in complaints if not each.startswith(_EMPTY)]
    return list(dict.fromkeys(reasons)) or complaints[:1]


def is_locked(stderr: str) -> bool:
    """Whether git complains about a lock file of another process."""
    return ".lock': File exists" in stderr


def lock_complaint(stderr: str) -> str:
    """Git's complaint, with advice if it is about a lock file."""
    advice = " Remove it if no other git is at work there." if is_locked(stderr) else ""
    return f"{complaint(stderr)}.{advice}"


def remote_lines(stderr: str) -> str:
    """The lines that the other side printed, as one line; empty if it printed nothing."""
    lines = [line.removeprefix("remote:").strip() for line in stderr.splitlines() if line.startswith("remote:")]
    complaints = [line for line in lines if line and not line.startswith(_REPEATED)]
    return clean(" ".join(_without_blame(line) for line in complaints)).removesuffix(".")


def _without_blame(line: str) -> str:
    for blame in _BLAME:
        line = line.removeprefix(blame)
    return line
