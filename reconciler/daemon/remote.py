"""The remote: the repository and branch that `imagestream run` keeps, and how the machine reaches it."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from reconciler.clock import Clock
from reconciler.errors import UsageError
from reconciler.forge.github_app import InstallationTokens, github_app
from reconciler.gitstore import GitAccess, remote_address
from reconciler.model.host import is_loopback
from reconciler.transport.certificate import machine_certificates
from reconciler.transport.session import Transport


@dataclass(frozen=True, slots=True)
class GitHubAppKey:
    """A GitHub App, as the command line names it."""

    app: str
    installation: str
    key_file: Path
    api: str | None = None
    """The base URL of its REST API; None for the one that belongs to the remote."""


@dataclass(frozen=True, slots=True)
class Remote:
    """The remote of one run, as the command line gives it."""

    url: str
    branch: str
    data: Path | None
    """The folder of the mirror; None for a folder in the user's cache."""
    poll: float
    """Seconds between two polls of the branch."""
    access: GitAccess
    listen: str | None = None
    """`HOST:PORT` for webhooks, probes and metrics; None for no listener."""
    github: GitHubAppKey | None = None
    """The GitHub App whose tokens are the passwords; None where `access` has the password."""

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that the command line names for the access; a change of one is read without a restart."""
        named = (self.access.password_file, self.access.key_file, self.access.known_hosts)
        return tuple(each for each in (*named, self.github.key_file if self.github else None) if each is not None)

    def without_credentials(self) -> Remote:
        """The remote with user and password moved from the address to the access.

        Raises `UsageError` where the address cannot be used, or where two passwords are given.
        """
        at, access = remote_address(self.url), self.access
        if at.password and (access.password or access.password_file or access.key_file or self.github):
            raise UsageError(
                "--repo has a password in it, and another option gives a password or key too. Leave one of them out."
            )
        merged = dataclasses.replace(access, user=access.user or at.user, password=at.password or access.password)
        return dataclasses.replace(self, url=at.url, access=merged)

    def open_access(self, stack: ExitStack, environ: Mapping[str, str], clock: Clock) -> GitAccess:
        """The credentials for git: those of the command line, or the tokens of a GitHub App; closed with the stack."""
        key = self.github
        if key is None:
            return self.access
        transport = stack.enter_context(Transport(clock=clock, machine=machine_certificates(environ)))
        github = github_app(key.app, key.installation, key.key_file, key.api, self.url)
        return dataclasses.replace(self.access, tokens=InstallationTokens(github, transport, clock))

    def mirror_folder(self, environ: Mapping[str, str]) -> Path:
        """The folder of the mirror; by default one in the user's cache for this branch of this remote."""
        if self.data is not None:
            return self.data
        cache = Path(environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME", "/")) / ".cache")
        return cache / "imagestream" / hashlib.sha256(f"{self.url} {self.branch}".encode()).hexdigest()[:16]


def is_on_this_machine(url: str) -> bool:
    """Whether a git remote is a folder or server of this machine: people who may merge can use the machine anyway."""
    if "://" not in url:
        head, colon, _ = url.partition(":")
        return not colon or "/" in head or is_loopback(head.rpartition("@")[2].lower())
    parts = urlsplit(url)
    return parts.scheme == "file" or is_loopback(parts.hostname or "")
