"""Credentials files: docker's `config.json`, containers' `auth.json`, the old `.dockercfg`, and pull secrets.

They have one format: `{"auths": {KEY: ENTRY}, "credHelpers": {HOST: SUFFIX}, "credsStore": SUFFIX}`; the old one is
only the map of entries. Everything that docker, podman and skopeo accept is accepted. This module parses bytes;
`keyring` has the locations of the files and their order.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.errors import InputError
from reconciler.model.host import Host
from reconciler.registry.credentials.credential import Credential, Credentials, host_of_url
from reconciler.settings import MAX_FILE_BYTES


@dataclass(frozen=True, slots=True)
class AuthFile:
    """The content of one credentials file."""

    auths: Credentials = field(default_factory=Credentials)
    helpers: Mapping[Host, str] = field(default_factory=dict)
    """By host: the suffix of the program that has its credential (`credHelpers`)."""
    store: str = ""
    """The suffix of the program that has all credentials (`credsStore`); empty if none."""


def read_auth_file(path: Path, *, bare: bool = False) -> AuthFile | None:
    """A credentials file, or None if it does not exist. Raises `InputError` for a broken one."""
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
    """Parse the bytes; `bare` is the format of `.dockercfg`, whose keys are valid for whole hosts.

    `name` is for messages. Raises `InputError`.
    """
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError(f"credentials file {name}: is not JSON. Correct it, or log in again.") from error
    if bare:
        document = {"auths": {_whole_host(key): entry for key, entry in _object(document, name).items()}}
    document = _object(document, name)
    auths, helpers = _object(_member(document, "auths"), name), _object(_member(document, "credHelpers"), name)
    return AuthFile(
        Credentials({key: _credential(entry, key, name) for key, entry in auths.items()}),
        {
            host: suffix
            for key, suffix in helpers.items()
            if isinstance(suffix, str) and (host := host_of_url(key) or Host.of(key)) is not None
        },
        _text(document, "credsStore"),
    )


def _object(value: object, name: str) -> dict[str, Any]:
    """An object of the file; null is read as an empty one, as Go does."""
    value = {} if value is None else value
    if not isinstance(value, dict):
        text = 'is not of the form {"auths": {…}}. Correct it, or log in again.'
        raise InputError(f"credentials file {name}: {text}")
    return value


def _whole_host(key: str) -> str:
    """`.dockercfg` has no paths: a key with a path is the URL of an API."""
    return f"https://{key}" if "/" in key and "://" not in key else key


def _credential(entry: object, key: str, name: str) -> Credential:
    """One entry. An empty one, or null, only means that a helper has the credential.

    An unusable entry fails only when its own host is called; other hosts are not affected.
    """
    if not isinstance(entry, dict | None):
        return Credential(defect=f"{_of(key, name)} is not an object. Correct it, or log in again.")
    entry = entry or {}
    username, password = _text(entry, "username"), _text(entry, "password")
    auth = _text(entry, "auth")
    try:
        username, password = _user_and_password(auth) if auth else (username, password)
    except ValueError:
        return Credential(defect=f"{_of(key, name)} has an `auth` that is not base64. Log in to {key} again.")
    tokens = _text(entry, "identitytoken"), _text(entry, "registrytoken")
    return Credential(username, password, *tokens, origin=name.removeprefix("in "))


def _of(key: str, name: str) -> str:
    return f"credentials file {name}: the entry of {key!r}"


def _user_and_password(auth: str) -> tuple[str, str]:
    """Split `auth`: base64 of `user:password`, cut at the first colon; some tools pad the password with NULs.

    As in Go's decoder, line breaks are skipped (`base64` wraps at 76 characters) and other blanks are an error. Raises
    `ValueError`.
    """
    unwrapped = auth.replace("\r", "").replace("\n", "")
    text = base64.b64decode(unwrapped, validate=True).decode("utf-8", "surrogateescape")
    username, colon, password = text.partition(":")
    return (username, password.strip("\0")) if colon else ("", "")  # docker ignores a text without a colon too


def _text(entry: Mapping[str, Any], field_name: str) -> str:
    value = _member(entry, field_name)
    return value if isinstance(value, str) else ""


def _member(entry: Mapping[str, Any], field_name: str) -> object:
    """A field, whatever the case of its name, as Go reads JSON."""
    if field_name in entry:
        return entry[field_name]
    return next((value for name, value in entry.items() if name.lower() == field_name.lower()), None)
