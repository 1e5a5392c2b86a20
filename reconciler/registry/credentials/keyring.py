"""The keyring: every place where credentials are looked up, in order; the first that has one for a repository wins.

| place                                                        | from                            |
| ------------------------------------------------------------ | ------------------------------- |
| the pull secrets of the Installation                         | `pullSecrets`                   |
| the text of a credentials file                               | `DOCKER_AUTH_CONFIG`            |
| one credentials file and no other                            | `REGISTRY_AUTH_FILE`            |
| else `$XDG_RUNTIME_DIR/containers/auth.json`                 | `/run/containers/UID` without   |
| `$XDG_CONFIG_HOME/containers/auth.json`                      | `~/.config` without             |
| `$DOCKER_CONFIG/config.json`                                 | `~/.docker` without             |
| `~/.dockercfg`                                               |                                 |

That is the order of the containers tools. Files are read when they are first needed, and again when they change.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.file_stamp import FileStamp, file_stamp
from reconciler.model.host import Host
from reconciler.registry.credentials.auth_file import AuthFile, parse_auth_file, read_auth_file
from reconciler.registry.credentials.credential import Credential, CredentialSource
from reconciler.registry.credentials.helper import Helpers
from reconciler.registry.credentials.pull_secret import match, pull_secret_file, read_pull_secret


@dataclass(frozen=True, slots=True)
class AuthFileLocation:
    """The possible location of a credentials file; `bare` is the format of `.dockercfg`."""

    path: Path
    bare: bool = False


def auth_file_locations(environ: Mapping[str, str], user_id: int) -> tuple[AuthFileLocation, ...]:
    """The locations where the containers tools and docker keep their credentials, in order."""
    explicit = environ.get("REGISTRY_AUTH_FILE")
    if explicit:
        return (AuthFileLocation(Path(explicit)),)
    runtime = Path(environ.get("XDG_RUNTIME_DIR") or f"/run/containers/{user_id}")
    places = [AuthFileLocation(runtime / ("containers/auth.json" if environ.get("XDG_RUNTIME_DIR") else "auth.json"))]
    home = Path(environ["HOME"]) if environ.get("HOME") else None
    for variable, default, name in (
        ("XDG_CONFIG_HOME", ".config", "containers/auth.json"),
        ("DOCKER_CONFIG", ".docker", "config.json"),
    ):
        folder = Path(environ[variable]) if environ.get(variable) else home and home / default
        places += [AuthFileLocation(folder / name)] if folder else []
    return (*places, AuthFileLocation(home / ".dockercfg", bare=True)) if home else tuple(places)


class Keyring:
    """Several places as one; thread-safe."""

    def __init__(self, places: Iterable[CredentialSource]) -> None:
        self._places = tuple(places)

    def for_repository(self, host: Host, repository: str) -> Credential | None:
        """The credential of the first place that has one; None means that the registry is called anonymously."""
        found = (place.for_repository(host, repository) for place in self._places)
        return next((credential for credential in found if credential is not None), None)


class _ReloadedFile:
    """One file, read again when it changes; thread-safe."""

    def __init__(self, locate: Callable[[], Path], read: Callable[[Path], AuthFile | None]) -> None:
        self._locate = locate
        self._read = read
        self._lock = threading.Lock()
        self._seen: tuple[Path, FileStamp | None] | None = None
        self._content = AuthFile()

    def content(self) -> AuthFile:
        """The current content; empty if the file does not exist. Raises `InputError` for a broken file, each time."""
        with self._lock:
            path = self._locate()
            seen = (path, file_stamp(path))
            if seen != self._seen:
                self._content = self._read(path) or AuthFile()
                self._seen = seen
            return self._content


class AuthFiles:
    """A credentials file in docker's or the containers tools' format, and the helpers that it names."""

    def __init__(self, content: Callable[[], AuthFile], helpers: Helpers) -> None:
        self._content = content
        self._helpers = helpers

    def for_repository(self, host: Host, repository: str) -> Credential | None:
        """The credential for a repository, from the first of these that applies.

        The host's own helper, the entry in the file, the helper for all hosts.
        """
        content = self._content()
        if content.helpers.get(host):
            return self._helpers.get(content.helpers[host], host)
        found = content.auths.for_repository(host, repository)
        return found if found or not content.store else self._helpers.get(content.store, host)


class PullSecret:
    """A pull secret of the Installation."""

    def __init__(self, path: Path) -> None:
        self.content = _ReloadedFile(lambda: pull_secret_file(path), read_pull_secret).content

    def for_repository(self, host: Host, repository: str) -> Credential | None:
        """The entry that the kubelet would take."""
        return match(self.content().auths, host, repository)


def open_keyring(pull_secrets: Iterable[str], environ: Mapping[str, str], user_id: int, helpers: Helpers) -> Keyring:
    """The keyring of a machine. Raises `InputError` if a file is broken, before any registry is called."""
    secrets = [PullSecret(Path(path)) for path in pull_secrets]
    contents = [
        _ReloadedFile(_constant(place.path), _reader(place)).content for place in auth_file_locations(environ, user_id)
    ]
    text = environ.get("DOCKER_AUTH_CONFIG")
    if text:
        given = parse_auth_file(text.encode("utf-8", "surrogateescape"), "in DOCKER_AUTH_CONFIG")
        contents.insert(0, lambda: given)
    for content in (*(secret.content for secret in secrets), *contents):
        content()
    return Keyring([*secrets, *(AuthFiles(content, helpers) for content in contents)])


def _constant(path: Path) -> Callable[[], Path]:
    return lambda: path


def _reader(place: AuthFileLocation) -> Callable[[Path], AuthFile | None]:
    return lambda path: read_auth_file(path, bare=place.bare)
