"""Credentials files: docker's `config.json`, containers' `auth.json`, the old `.dockercfg`, and pull secrets' payloads.

They are one format: `{"auths": {KEY: ENTRY}, "credHelpers": {HOST: SUFFIX}, "credsStore": SUFFIX}`; the old one is the
map of entries alone. This module reads bytes; where files lie, and in which order they count, is in `keyring`.
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
from reconciler.registry.credentials import Credential, Credentials, host_name
from reconciler.settings import MAX_FILE_BYTES


@dataclass(frozen=True, slots=True)
class AuthFile:
    """What one credentials file says."""

    auths: Credentials = field(default_factory=Credentials)
    helpers: Mapping[str, str] = field(default_factory=dict)
    """By host: the suffix of the program that has its credential (`credHelpers`)."""
    store: str = ""
    """The suffix of the program that has all credentials (`credsStore`); empty if none."""


def read_auth_file(path: Path, *, bare: bool = False) -> AuthFile | None:
    """A credentials file, or None where there is none. Raises `InputError` for a broken one."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise InputError(
            f"credentials file {path}: cannot be read: {error.strerror}. Correct its permissions."
        ) from error
    return parse_auth_file(data, str(path), bare=bare)


def parse_auth_file(data: bytes, name: str, *, bare: bool = False) -> AuthFile:
    """What the bytes say; `bare` is the format of `.dockercfg`, whose keys stand for whole hosts.

    `name` is for messages. Raises `InputError`.
    """
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError(f"credentials file {name}: is not JSON. Correct it, or log in again.") from error
    if bare:
        document = {"auths": {_whole_host(key): entry for key, entry in _object(document, name).items()}}
    document = _object(document, name)
    auths = _object(document.get("auths") or {}, name)
    helpers = _object(document.get("credHelpers") or {}, name)
    return AuthFile(
        Credentials({key: _credential(entry, key, name) for key, entry in auths.items()}),
        {_helper_host(key): suffix for key, suffix in helpers.items() if isinstance(suffix, str)},
        _text(document, "credsStore"),
    )


def _object(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        text = 'is not of the form {"auths": {…}}. Correct it, or log in again.'
        raise InputError(f"credentials file {name}: {text}")
    return value


def _whole_host(key: str) -> str:
    """`.dockercfg` knows no paths: a key that has one is the URL of an API."""
    return f"https://{key}" if "/" in key and "://" not in key else key


def _helper_host(key: str) -> str:
    """`credHelpers` names hosts; docker writes Docker Hub as a URL."""
    return host_name(key.partition("://")[2].partition("/")[0] if "://" in key else key)


def _credential(entry: object, key: str, name: str) -> Credential:
    """One entry; an empty one only marks that a helper has the credential."""
    if not isinstance(entry, dict):
        raise InputError(f"credentials file {name}: the entry of {key!r} is no object. Correct it, or log in again.")
    username, password = _text(entry, "username"), _text(entry, "password")
    if _text(entry, "auth"):
        username, password = _user_and_password(_text(entry, "auth"), key, name)
    return Credential(username, password, _text(entry, "identitytoken"), _text(entry, "registrytoken"))


def _user_and_password(auth: str, key: str, name: str) -> tuple[str, str]:
    """Split `auth`: base64 of `user:password`, cut at the first colon; some tools pad the password with NULs."""
    try:
        text = base64.b64decode(auth, validate=True).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError) as error:
        raise InputError(f"credentials file {name}: `auth` of {key!r} is not base64. Log in to {key} again.") from error
    username, colon, password = text.partition(":")
    return (username, password.strip("\0")) if colon else ("", "")  # without a colon docker passes over it too


def _text(entry: Mapping[str, Any], field_name: str) -> str:
    value = entry.get(field_name)
    return value if isinstance(value, str) else ""
