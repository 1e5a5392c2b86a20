"""Credentials, and the choice of a credentials file's entry for a repository.

An entry is chosen as the containers tools do (containers-auth.json(5)): `host/namespace/repository` before
`host/namespace` before `host`, each exactly; then a key that is a URL, which is valid for its whole host, and the other
names of Docker Hub. An empty entry ends the search: it means that a helper has the credential.
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
    """The identity that is sent to one registry. Its `repr` shows nothing of it."""

    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    """Exchanged at the token server for an access token (`grant_type=refresh_token`)."""
    registry_token: str = field(default="", repr=False)
    """Sent unchanged as a Bearer token."""
    origin: str = field(default="", compare=False, repr=False)
    """The place it was found in, for messages; empty if not known."""
    defect: str = field(default="", repr=False)
    """The reason why the entry cannot be used; empty for a usable one."""

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
    """A place where credentials are looked up; thread-safe."""

    def for_repository(self, host: Host, repository: str) -> Credential | None:
        """The credential for a repository, or None if this place has none.

        Raises `InputError` if the place is broken, and `RemoteError` if it had to call another program or host and
        failed.
        """


@dataclass(frozen=True, slots=True)
class Credentials:
    """The entries of one place, by key as written: `host`, `host/path` or a URL."""

    by_key: Mapping[str, Credential] = field(default_factory=dict, repr=False, hash=False)

    def for_repository(self, host: Host, repository: str) -> Credential | None:
        """The credential with the most specific key, or None. Raises `InputError` if that entry is broken."""
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
    """The host of a key that is a URL, which is valid for the whole host; None for any other key."""
    scheme, separator, rest = key.partition("://")
    return Host.of(rest.partition("/")[0]) if separator and scheme.lower() in {"http", "https"} else None


def _canonical(key: str) -> str | None:
    """`host` or `host/path` with the host as in references; None for a URL and for a key without a host name."""
    text, slash, path = key.partition("/")
    host = None if "://" in key else Host.of(text)
    return None if host is None else f"{host}{slash}{path}"
