"""Access to a git host without a person: a user and a password or token, or an SSH key with known hosts.

git gets environment variables that name files, and only a git that uses the remote gets them. A secret is never an
argument, a URL, a setting or a variable, and a kill does not leave it on a disk. The password is read when git requests
it, so a changed file (a mounted secret, a renewed token) counts from the next question on. It is given only to the
remote's host, whatever a redirect requests, and an SSH host must be in the known-hosts file.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self
from urllib.parse import quote, urlsplit

from reconciler.errors import UsageError
from reconciler.gitstore.access.address import WEB
from reconciler.gitstore.access.private_folder import private_folder
from reconciler.gitstore.access.secret_file import rewrite, secret_file
from reconciler.gitstore.access.ssh_key import private_key

ANY_USER: Final = "x-access-token"
"""The user that git hosts accept beside a token; most ignore it."""
_ASKPASS: Final = """\
#!/bin/sh
# Answers git's questions about one host; see gitcredentials(7).
case "$1" in
{username}) printf '%s\\n' {user} ;;
{password}) head -n 1 {file} ;;
*) exit 1 ;;
esac
"""
_SSH: Final = (
    "ssh",
    *("-F", "/dev/null"),
    *("-o", "BatchMode=yes"),
    *("-o", "IdentitiesOnly=yes"),
    *("-o", "StrictHostKeyChecking=yes"),
    *("-o", "GlobalKnownHostsFile=/dev/null"),
    *("-o", "ConnectTimeout=20"),
    *("-o", "ServerAliveInterval=15"),
    *("-o", "ServerAliveCountMax=4"),
)


class TokenSource(Protocol):
    """A source of passwords that are valid for about an hour."""

    def token(self) -> str:
        """A password that is valid for some time, usually the previous one. Raises `UnavailableError`."""

    def reject(self) -> None:
        """Note that the host did not accept the password."""


@dataclass(frozen=True, slots=True)
class GitAccess:
    """The installation's credentials for the remote; empty if git's own configuration has them."""

    user: str | None = None
    password_file: Path | None = None
    """Its first line is the password or token."""
    key_file: Path | None = None
    """A private SSH key without a passphrase."""
    known_hosts: Path | None = None
    """Required with a key: the hosts that may answer."""
    tokens: TokenSource | None = None
    """Makes the password, in place of a file."""
    password: str | None = field(default=None, repr=False)
    """The password itself, in place of a file."""


class GitCredentials:
    """A `GitAccess` that git can use: an open private folder, and the environment that names its files."""

    def __init__(self, access: GitAccess, url: str, more: Mapping[str, str] | None = None) -> None:
        """`more` are additional settings for git."""
        self.environ: Mapping[str, str] = {}
        self._access = access
        self._url = url
        self._more = dict(more or {})
        self._stack = ExitStack()
        self._given: Path | None = None
        """The file of a token from `tokens`."""

    def __enter__(self) -> Self:
        """UsageError if a file cannot be read, or if the access does not fit the address."""
        try:
            folder = self._stack.enter_context(private_folder("imagestream-git-"))
            self.environ = {**self._password(folder), **self._key(folder)} or self._user()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def renew(self) -> None:
        """Write a token that is valid for the next command into its file; do nothing if a file was given."""
        if self._access.tokens is None or self._given is None:
            return
        rewrite(self._given, f"{self._access.tokens.token()}\n".encode())

    def reject(self) -> None:
        """Note that the host did not accept the password, so that a new token is made."""
        if self._access.tokens is not None:
            self._access.tokens.reject()

    def _password(self, folder: Path) -> dict[str, str]:
        access = self._access
        if access.tokens is not None:
            self._given = secret_file(self._stack, folder, "token", b"")
            return self._askpass(folder, self._given)
        if access.password is not None:
            given = secret_file(self._stack, folder, "password", f"{access.password}\n".encode())
            return self._askpass(folder, given)
        if access.password_file is None:
            return {}
        _read(access.password_file, "--git-password-file")
        return self._askpass(folder, access.password_file)

    def _askpass(self, folder: Path, password: Path) -> dict[str, str]:
        access, origin = self._access, urlsplit(self._url)
        if origin.scheme not in WEB:
            raise UsageError("--git-password-file is for a remote over https. Name a key with --git-key-file for ssh.")
        user = access.user or ANY_USER
        host = origin.netloc.rpartition("@")[2]
        # git requests the password of the user it got; newer versions write that name percent-encoded.
        names = sorted({user, quote(user, safe="")})
        script = _ASKPASS.format(
            username=shlex.quote(f"Username for '{origin.scheme}://{host}': "),
            password="|".join(shlex.quote(f"Password for '{origin.scheme}://{name}@{host}': ") for name in names),
            user=shlex.quote(user),
            file=shlex.quote(str(password.absolute())),
        )
        file = folder / "askpass"
        file.write_text(script, encoding="utf-8")
        file.chmod(0o700)
        without_helpers = {"credential.helper": ""}  # a helper would store the password, and return an old one
        return {
            "GIT_ASKPASS": str(file),
            "GIT_TERMINAL_PROMPT": "0",
            **settings(os.environ, without_helpers | self._more),
        }

    def _user(self) -> dict[str, str]:
        """The user in an address whose password git finds by itself."""
        origin = urlsplit(self._url)
        if self._access.user is None or origin.scheme not in WEB:
            return {}
        return settings(os.environ, {f"credential.{origin.scheme}://{origin.netloc}.username": self._access.user})

    def _key(self, folder: Path) -> dict[str, str]:
        access = self._access
        if access.key_file is None:
            return {}
        if access.known_hosts is None:
            raise UsageError("--git-key-file needs --git-known-hosts-file: the host has to prove who it is.")
        _read(access.known_hosts, "--git-known-hosts-file")
        data = _read(access.key_file, "--git-key-file")
        private = private_key(self._stack, folder, data, f"--git-key-file {access.key_file}")
        hosts = ("-o", f"UserKnownHostsFile={access.known_hosts.absolute()}")
        return {"GIT_SSH_COMMAND": shlex.join((*_SSH, *hosts, "-i", str(private))), "GIT_SSH_VARIANT": "ssh"}


def settings(environ: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """Settings of git as environment, added to those already there (git-config(1), `GIT_CONFIG_COUNT`)."""
    given = environ.get("GIT_CONFIG_COUNT", "")
    count = int(given) if given.isascii() and given.isdigit() else 0
    found = {"GIT_CONFIG_COUNT": str(count + len(values))}
    for number, (key, value) in enumerate(values.items(), start=count):
        found |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return found


def _read(file: Path, option: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"{option} {file} cannot be read: {error.strerror}. Correct it.") from error
