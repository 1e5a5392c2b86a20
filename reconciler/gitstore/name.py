"""Names from outside: branches, revisions, object ids, paths, people. Each is checked before git gets it.

Git gets branches only as full references and paths only in streams or after `--`; these checks are a second protection.
"""

from __future__ import annotations

import re
from typing import Final

from reconciler.errors import UsageError
from reconciler.gitstore.redaction import clean
from reconciler.model.person import Person
from reconciler.settings import MAX_PATH_BYTES, MAX_PATH_DEPTH

MAX_NAME: Final = 250  # characters; a reference is a file, and most file systems end at 255

_OBJECT_ID: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
# git-check-ref-format(1), rules 3 to 8 and 10, in one expression.
_BAD_REF: Final = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|$)")
# Characters that HFS+ ignores in a name; git refuses `.git` written with them (path.c, is_hfs_dotgit).
_IGNORED_BY_HFS: Final = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_SPECIAL: Final = re.compile(r"\.git|git~1|\.gitmodules|gitmod~\d|gi7e[0-9a-f]*~\d")


def object_id(text: str) -> str:
    """A full object id, SHA-1 or SHA-256. ValueError otherwise: callers resolve names first."""
    if not _OBJECT_ID.fullmatch(text):
        raise ValueError(f"{text!r} is not a full object id")
    return text


def is_object_id(text: str) -> bool:
    """Whether the text is a full object id, SHA-1 or SHA-256."""
    return _OBJECT_ID.fullmatch(text) is not None


def branch(text: str) -> str:
    """A short branch name by git-check-ref-format(1); UsageError otherwise."""
    wrong = not text or len(text) > MAX_NAME or text.startswith(("-", "/", ".")) or text.endswith(("/", "."))
    if wrong or text in {"@", "HEAD"} or _BAD_REF.search(text) or not _encodes(text):
        raise UsageError(f"{clean(text)!r} is not a branch name. Write a short name such as main.")
    return text


def remote(text: str) -> str:
    """The name of a remote, which is part of references; UsageError otherwise."""
    try:
        return branch(text)
    except UsageError:
        raise UsageError(
            f"{clean(text)!r} is not the name of a remote. Add it with git remote add and set the upstream again."
        ) from None


def revision(text: str) -> str:
    """A revision as a person writes it.

    UsageError for text that git could read as an option, exclusion or two lines.
    """
    if not text or text.startswith(("-", "^")) or _CONTROL.search(text) or not _encodes(text):
        raise UsageError(f"{clean(text)!r} is not a revision. Write a branch, a tag or a commit.")
    return text


def path(text: str) -> bytes:
    """A file's path inside the repository, as git stores it; UsageError for one that git or a checkout refuses."""
    parts = text.split("/")
    hostile = (
        len(parts) > MAX_PATH_DEPTH
        or any(part in {"", ".", ".."} or _is_special(part) for part in parts)
        or ".gitattributes" in parts[:-1]
    )
    if hostile or _CONTROL.search(text) or not _encodes(text):
        raise UsageError(f"{clean(text)!r} is not a path for a file in a repository. Choose another name.")
    return text.encode()


def readable(raw: bytes) -> str | None:
    """A stored path as text; None if it is too long or deep, is not UTF-8, has control characters, or leads out."""
    if len(raw) > MAX_PATH_BYTES or raw.count(b"/") > MAX_PATH_DEPTH:
        return None
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text) or ".." in text.split("/") else text


def identity(person: Person) -> bytes:
    """`NAME <EMAIL>` as a commit stores it; a `Person` has no characters that would make it read back differently."""
    return f"{person.name} <{person.email}>".encode()


def person(name: bytes, email: bytes) -> Person:
    """A stored identity, whatever its bytes are."""
    return Person(name.decode("utf-8", "replace"), email.decode("utf-8", "replace"))


def _encodes(text: str) -> bool:
    """Whether the text can be encoded: a lone surrogate (from an undecodable argument) cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_special(part: str) -> bool:
    """Whether any file system takes the name for `.git` or `.gitmodules`, which git reads and we never write.

    HFS+ ignores some characters; NTFS ignores endings, and has short names (git's path.c, is_ntfs_dotgit).
    """
    plain = _IGNORED_BY_HFS.sub("", part).casefold()
    return any(_SPECIAL.fullmatch(piece.rstrip(". ")) for piece in re.split(r"[:\\]", plain))
