"""Credentials: what proves who we are, and which entry of a credentials file is meant for a repository.

An entry is chosen as the containers tools choose it (containers-auth.json(5)): `host/namespace/repository` before
`host/namespace` before `host`, each exactly; then a key that is a URL, which stands for its whole host, and the several
names of Docker Hub. An entry that is there but empty ends the search: it says that a helper has the credential.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from reconciler.errors import InputError
from reconciler.model.reference import DEFAULT_HOST

_HUB_NAMES = {"docker.io", "index.docker.io", "registry-1.docker.io"}


@dataclass(frozen=True, slots=True)
class Credential:
    """What proves who we are to one registry. Nothing of it shows in its `repr`."""

    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    """Traded at the token server for an access token (`grant_type=refresh_token`)."""
    registry_token: str = field(default="", repr=False)
    """Sent as it is, as a Bearer token."""
    origin: str = field(default="", compare=False, repr=False)
    """Where it was found, for messages; empty where that is not told."""
    defect: str = field(default="", repr=False)
    """Why the entry cannot be used; empty for one that can."""

    @property
    def has_password(self) -> bool:
        """Whether it can be used for Basic authentication."""
        return bool(self.username)

    @property
    def basic(self) -> str:
        """The value of an `Authorization` header for Basic (RFC 7617, UTF-8)."""
        pair = f"{self.username}:{self.password}".encode("utf-8", "surrogateescape")
        return f"Basic {base64.b64encode(pair).decode('ascii')}"


class CredentialSource(Protocol):
    """A place where credentials are looked for; thread-safe."""

    def for_repository(self, host: str, repository: str) -> Credential | None:
        """What to show for a repository, or None where this place has nothing for it.

        Raises `InputError` where the place is broken, and `RemoteError` where it had to ask somebody and got no answer.
        """


@dataclass(frozen=True, slots=True)
class Credentials:
    """The entries of one place, by key as it was written: `host`, `host/path` or a URL."""

    by_key: Mapping[str, Credential] = field(default_factory=dict, repr=False, hash=False)

    def for_repository(self, host: str, repository: str) -> Credential | None:
        """The credential with the most specific key, or None. Raises `InputError` where that entry is broken."""
        return usable(next(self._entries(host, repository), None))

    def _entries(self, host: str, repository: str) -> Iterator[Credential]:
        key = f"{host}/{repository}"
        while key:
            if key in self.by_key:
                yield self.by_key[key]
            key = key.rpartition("/")[0]
        wanted = host_name(host)
        yield from (credential for key, credential in self.by_key.items() if _host_of_key(key) == wanted)


def usable(found: Credential | None) -> Credential | None:
    """The credential, or None for an empty entry. Raises `InputError` for a broken one."""
    if found is not None and found.defect:
        raise InputError(found.defect)
    return None if found == Credential() else found


def host_name(host: str) -> str:
    """The one name of a registry: Docker Hub has several."""
    return DEFAULT_HOST if host in _HUB_NAMES else host


def _host_of_key(key: str) -> str | None:
    """The host that a key stands for as a whole; None for a path, which only ever stands for itself."""
    scheme, separator, rest = key.partition("://")
    if separator and scheme in {"http", "https"}:
        return host_name(rest.partition("/")[0])
    return None if "/" in key else host_name(key)
