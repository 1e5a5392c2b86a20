"""The address of a remote: checked before git gets it, and separated from its user and password.

git gives an address to its helpers as an argument, which all users of the machine can read, and stores it in a
configuration that others may read. So a user and a password are taken out of an address over HTTP; they become a
`GitAccess`, as if they had been given separately.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from reconciler.errors import UsageError
from reconciler.gitstore.redaction import clean

WEB: Final = frozenset({"https", "http"})
_SCHEMES: Final = WEB | {"ssh", "git", "file"}
_CONTROL: Final = re.compile(r"[\x00-\x20\x7f]")
_SECRET: Final = re.compile(r"/*[^/@]*:[^/@]*@|[^/@]*@[^/]*:")
"""Text after a host and a colon that was meant as a URL, or a user and a password before the host."""
_HOST: Final = re.compile(r"[^\s/?#@\\\[\]<>\"'`{}|^]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class RemoteAddress:
    """An address without secrets, and the user and password that were taken out of it."""

    url: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def remote_address(text: str) -> RemoteAddress:
    """The address of a remote; a local path is made absolute.

    UsageError for text that is not an address, for one that git could take for a program, and for a password in an
    address for ssh.
    """
    scheme, separator, _ = text.partition("://")
    if not text or text.startswith("-") or _CONTROL.search(text) or (not separator and "::" in text):
        raise _refused(text)
    if not separator:
        return _place(text)
    return _parted(text, _split(text, scheme))


def _place(text: str) -> RemoteAddress:
    """`HOST:PATH` of ssh, or a local path. git would read `bot:s3cret@host:path` as a host `bot` of ssh."""
    host, colon, path = text.partition(":")
    if "/" in host or not colon:
        return RemoteAddress(str(Path(text).absolute()))
    if "@" not in host and _SECRET.match(path):
        raise _refused(text)
    return RemoteAddress(text)


def without_password(text: str) -> RemoteAddress:
    """An address from git's configuration, without secrets; an unreadable one is unchanged, and git reports it."""
    try:
        return remote_address(text)
    except UsageError:
        return RemoteAddress(text)


def _split(text: str, scheme: str) -> SplitResult:
    if scheme not in _SCHEMES:
        raise _refused(text)
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise _refused(text) from error
    if scheme != "file" and not (host and _HOST.fullmatch(host)):
        raise _refused(text)
    return parts


def _parted(text: str, parts: SplitResult) -> RemoteAddress:
    user, password = (None if part is None else unquote(part) for part in (parts.username, parts.password))
    if parts.scheme in WEB and parts.query:
        raise UsageError(
            f"--repo {_shown(text)} has a query, which may hold a secret and would be seen by everybody on the machine."
            " Take it out, and name a password with --git-password-file."
        )
    if parts.scheme in WEB:
        bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        return RemoteAddress(bare if "@" in parts.netloc else text, user or None, password or None)
    if password is not None and parts.scheme != "file":
        raise UsageError(
            f"--repo {_shown(text)} has a password in it, which is not used for {parts.scheme}."
            " Take it out, and name a key with --git-key-file."
        )
    return RemoteAddress(text)


def _shown(text: str) -> str:
    """For messages: text that is not a URL may have a password anywhere before the last `@`, or in a query."""
    scheme, separator, rest = ("", "", text) if "://" not in text else text.partition("://")
    return clean(f"{scheme}{separator}{rest.rpartition('@')[2].partition('?')[0]}")


def _refused(text: str) -> UsageError:
    return UsageError(f"--repo {_shown(text)} is not the address of a repository. Write a URL or a path.")
