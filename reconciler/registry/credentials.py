"""Credentials: user names, passwords and tokens for registries, from docker's `config.json`.

The most specific key wins: `host/namespace/repository` before `host/namespace` before `host` (the containers tools'
extension, which OpenShift's pull secrets use too). Keys may be URLs, and Docker Hub has several names. Other places
(containers' auth.json, helpers, cloud identities) belong beside `load_docker_config`, as further makers of
`Credentials`.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.errors import InputError
from reconciler.model.reference import DEFAULT_HOST

_HUB_NAMES = {"docker.io", "index.docker.io", "registry-1.docker.io"}
_API_PATHS = {"v1", "v2"}


@dataclass(frozen=True, slots=True)
class Credential:
    """What proves who we are to one registry. Nothing of it shows in its `repr`."""

    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    """Traded at the token server for an access token (`grant_type=refresh_token`)."""
    registry_token: str = field(default="", repr=False)
    """Sent as it is, as a Bearer token."""

    @property
    def has_password(self) -> bool:
        """Whether it can be used for Basic authentication."""
        return bool(self.username)

    @property
    def basic(self) -> str:
        """The value of an `Authorization` header for Basic (RFC 7617, UTF-8)."""
        pair = f"{self.username}:{self.password}".encode("utf-8", "surrogateescape")
        return f"Basic {base64.b64encode(pair).decode('ascii')}"


@dataclass(frozen=True, slots=True)
class Credentials:
    """All credentials of an installation, by `host` or `host/path`."""

    by_key: Mapping[str, Credential] = field(default_factory=dict, repr=False, hash=False)

    def for_repository(self, host: str, repository: str) -> Credential | None:
        """The credential with the most specific key, or None: then the registry is asked anonymously."""
        key = f"{_host_name(host)}/{repository}"
        while key:
            if key in self.by_key:
                return self.by_key[key]
            key = key.rpartition("/")[0]
        return None


def load_docker_config(path: Path) -> Credentials:
    """The credentials in a docker `config.json`; none without such a file. Raises `InputError` for a broken one."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Credentials()
    except OSError as error:
        raise InputError(f"docker config {path}: cannot be read: {error.strerror}. Correct its permissions.") from error
    return parse_docker_config(data, str(path))


def parse_docker_config(data: bytes, name: str) -> Credentials:
    """The credentials in the bytes of a docker `config.json`; `name` is for messages. Raises `InputError`."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError(f"docker config {name}: is not JSON. Correct it, or log in again.") from error
    auths = document.get("auths") if isinstance(document, dict) else None
    if not isinstance(auths, dict | None) or not isinstance(document, dict):
        raise InputError(f'docker config {name}: is not of the form {{"auths": {{…}}}}. Correct it, or log in again.')
    found = {_normal_key(key): _credential(entry, key, name) for key, entry in (auths or {}).items()}
    return Credentials({key: credential for key, credential in found.items() if credential is not None})


def _credential(entry: object, key: str, name: str) -> Credential | None:
    """One entry; None for an empty one, which only marks that a helper has the credential."""
    if not isinstance(entry, dict):
        raise InputError(f"docker config {name}: the entry of {key!r} is no object. Correct it, or log in again.")
    username, password = _text(entry, "username"), _text(entry, "password")
    if _text(entry, "auth"):
        username, password = _user_and_password(_text(entry, "auth"), key, name)
    found = Credential(username, password, _text(entry, "identitytoken"), _text(entry, "registrytoken"))
    return None if found == Credential() else found


def _user_and_password(auth: str, key: str, name: str) -> tuple[str, str]:
    """Split `auth`: base64 of `user:password`, cut at the first colon; some tools pad the password with NULs."""
    try:
        text = base64.b64decode(auth, validate=True).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError) as error:
        raise InputError(f"docker config {name}: `auth` of {key!r} is not base64. Log in to {key} again.") from error
    username, _, password = text.partition(":")
    return username, password.rstrip("\0")


def _text(entry: Mapping[str, Any], field_name: str) -> str:
    value = entry.get(field_name)
    return value if isinstance(value, str) else ""


def _normal_key(key: str) -> str:
    """`host` or `host/path` of a key that may be a URL such as `https://index.docker.io/v1/`."""
    text = key.partition("://")[2] if "://" in key else key
    host, *path = text.strip("/").split("/")
    if path and path[0] in _API_PATHS:
        path = path[1:]
    return "/".join((_host_name(host), *path))


def _host_name(host: str) -> str:
    return DEFAULT_HOST if host in _HUB_NAMES else host
