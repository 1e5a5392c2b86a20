"""Access to a git host without a person: a user and a password or token from a file, or an SSH key with pinned hosts.

What git is given is environment that names files, and only a git that talks to the remote is given it; no secret is an
argument, a URL, a setting or a variable, nor left on a disk by a kill. The password is read when git asks for it, so a
file that changes (a mounted secret, a token that is renewed) counts from the next question on. It is given to the host
of the remote alone, whatever a redirect asks for, and an SSH host has to be one of those in the known-hosts file.
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
"""What the forges take as the user beside a token, where they look at it at all."""
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
    """Passwords that last for an hour or so, made by somebody else."""

    def token(self) -> str:
        """One that is good for a while, most often the last one again. Raises `UnavailableError`."""

    def reject(self) -> None:
        """The host does not take it."""


@dataclass(frozen=True, slots=True)
class GitAccess:
    """What the installation has for the remote; nothing where git's own configuration is to do."""

    user: str | None = None
    password_file: Path | None = None
    """The password or token is its first line."""
    key_file: Path | None = None
    """A private SSH key without a passphrase."""
    known_hosts: Path | None = None
    """Needed with a key: who may answer."""
    tokens: TokenSource | None = None
    """What makes the password, in place of a file."""
    password: str | None = field(default=None, repr=False)
    """The password itself, in place of a file."""


class GitCredentials:
    """An access made usable: a private folder while it is open, and the environment that names what is in it."""

    def __init__(self, access: GitAccess, url: str, more: Mapping[str, str] | None = None) -> None:
        """`more` are settings of git that go with it."""
        self.environ: Mapping[str, str] = {}
        self._access = access
        self._url = url
        self._more = dict(more or {})
        self._stack = ExitStack()
        self._given: Path | None = None
        """The file of a token that was made."""

    def __enter__(self) -> Self:
        """UsageError where a file cannot be read, or where access and address do not go together."""
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
        """Put a token into its file that is good for the next command; nothing to do where a file was given."""
        if self._access.tokens is None or self._given is None:
            return
        rewrite(self._given, f"{self._access.tokens.token()}\n".encode())

    def reject(self) -> None:
        """The host does not take the password; a token is made anew."""
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
        # The password is asked for in the name of the user that was answered; newer gits write it percent-encoded.
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
        without_helpers = {"credential.helper": ""}  # one would keep the password, and give an old one
        return {
            "GIT_ASKPASS": str(file),
            "GIT_TERMINAL_PROMPT": "0",
            **settings(os.environ, without_helpers | self._more),
        }

    def _user(self) -> dict[str, str]:
        """What an address says of the user where git's own means have the password."""
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
    """Settings of git as environment, beside those that are there already (git-config(1), `GIT_CONFIG_COUNT`)."""
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
