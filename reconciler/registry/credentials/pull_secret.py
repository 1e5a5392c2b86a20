"""Pull secrets: Kubernetes' registry credentials as files, chosen as the kubelet chooses them.

A secret of type `kubernetes.io/dockerconfigjson` or `kubernetes.io/dockercfg` is mounted as a folder with one file of
that name. The folder, the file, or a copy of the file under any name may be given. In a key each label of the host may
be a glob (`*.example.com`), and a path is valid for everything below it. The kubelet compares paths letter by letter;
here `quay.io/team` is not valid for `quay.io/team-b`.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from reconciler.errors import InputError
from reconciler.model.host import Host
from reconciler.registry.credentials.auth_file import AuthFile, read_auth_file
from reconciler.registry.credentials.credential import Credential, Credentials, usable

_NAMES = (".dockerconfigjson", ".dockercfg")
_API_PATHS = ("/v1/", "/v2/")


def pull_secret_file(path: Path) -> Path:
    """The file that holds the entries: the path itself, or the file in a mounted secret.

    Raises `InputError` if missing.
    """
    files = [path / name for name in _NAMES] if path.is_dir() else [path]
    found = next((file for file in files if file.exists()), None)
    if found is None:
        raise InputError(f"pull secret {path}: is not there. Correct pullSecrets in the Installation.")
    return found


def read_pull_secret(path: Path) -> AuthFile | None:
    """The entries of a pull secret's file, in either format. Raises `InputError` for a broken one."""
    return read_auth_file(path, bare=path.name == ".dockercfg")


def match(credentials: Credentials, host: Host, repository: str) -> Credential | None:
    """The credential with the most specific key that fits, or None; as the kubelet, the last in alphabetical order."""
    keys = sorted(((_normal(key), key) for key in credentials.by_key), reverse=True)
    return usable(next(_fitting(credentials, keys, host, repository), None))


def _fitting(
    credentials: Credentials, keys: list[tuple[str, str]], host: Host, repository: str
) -> Iterator[Credential]:
    for normal, key in keys:
        pattern, _, path = normal.partition("/")
        below = not path or f"{repository}/".startswith(f"{path.rstrip('/')}/")
        if below and _is_host(pattern, host) and credentials.by_key[key] != Credential():
            yield credentials.by_key[key]


def _normal(key: str) -> str:
    """`host` or `host/path` of a key that may be a URL; the path of the API is removed."""
    text = key.partition("://")[2] if key.startswith(("http://", "https://")) else key
    host, slash, path = text.partition("/")
    path = slash + path
    if f"{path}/".startswith(_API_PATHS):
        path = path[3:]
    return f"{Host.of(host) or host.lower()}{path}".rstrip("/")


def _is_host(pattern: str, host: Host) -> bool:
    """Whether a host fits, label by label; the port has to be the same."""
    if pattern == host:
        return True
    (names, port), (own_names, own_port) = _split(pattern.removesuffix(":443")), _split(host)
    fitting = zip(names, own_names, strict=False)
    return port == own_port and len(names) == len(own_names) and all(fnmatchcase(own, name) for name, own in fitting)


def _split(host: str) -> tuple[list[str], str]:
    name, _, port = host.partition(":")
    return name.split("."), port
