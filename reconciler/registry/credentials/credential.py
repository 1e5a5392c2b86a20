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
from reconciler.model.host import Host


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

    def for_repository(self, host: Host, repository: str) -> Credential | None:
        """What to show for a repository, or None where this place has nothing for it.

        Raises `InputError` where the place is broken, and `RemoteError` where it had to ask somebody and got no answer.
        """


@dataclass(frozen=True, slots=True)
class Credentials:
    """The entries of one place, by key as it was written: `host`, `host/path` or a URL."""

    by_key: Mapping[str, Credential] = field(default_factory=dict, repr=False, hash=False)

    def for_repository(self, host: Host, repository: str) -> Credential | None:
        """The credential with the most specific key, or None. Raises `InputError` where that entry is broken."""
        return usable(next(self._entries(host, repository), None))

    def _entries(self, host: Host, repository: str) -> Iterator[Credential]:
        key = f"{host}/{repository}"
        while key:
            if key in self.by_key:
                yield self.by_key[key]
            yield from (
                credential for each, credential in self.by_key.items() if each != key and _canonical(each) == key
            )
            key = key.rpartition("/")[0]
        yield from (credential for key, credential in self.by_key.items() if host_of_url(key) == host)


def usable(found: Credential | None) -> Credential | None:
    """The credential, or None for an empty entry. Raises `InputError` for a broken one."""
    if found is not None and found.defect:
        raise InputError(found.defect)
    return None if found == Credential() else found


def host_of_url(key: str) -> Host | None:
    """The host of a key that is a URL, for which it stands as a whole; None for any other key."""
    scheme, separator, rest = key.partition("://")
    return Host.of(rest.partition("/")[0]) if separator and scheme.lower() in {"http", "https"} else None


def _canonical(key: str) -> str | None:
    """`host` or `host/path` with the host as references have it; None for a URL, and for what names no host."""
    text, slash, path = key.partition("/")
    host = None if "://" in key else Host.of(text)
    return None if host is None else f"{host}{slash}{path}"
