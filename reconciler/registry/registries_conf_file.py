"""Files of registries.conf: their locations and their TOML (containers-registries.conf(5), version 2)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import InputError
from reconciler.model.host import Host, HostError
from reconciler.registry.registries_conf import MirrorPull, RegistriesConf, RegistryEntry, RegistryMirror
from reconciler.settings import MAX_FILE_BYTES

_SYSTEM = Path("/etc/containers/registries.conf")
_HOST = r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?"
_LOCATION = re.compile(rf"{_HOST}(?:/[a-z0-9._-]+)*", re.ASCII)
_PREFIX = re.compile(rf"(?:\*\.)?{_HOST}(?:/[a-z0-9._-]+)*(?::[\w.-]{{1,128}}|@[\w.+:-]+)?", re.ASCII)
_VERSION_1 = {"search", "insecure", "block"}


def load_registries_conf(environ: Mapping[str, str]) -> RegistriesConf:
    """Read `$CONTAINERS_REGISTRIES_CONF`, else the user's file, else that in /etc; and the `.d` folder beside it.

    The file of the variable must exist; the others are optional. Raises `InputError` for a file that cannot be used.
    """
    named = environ.get("CONTAINERS_REGISTRIES_CONF")
    if named:
        return _load(Path(named))
    home = environ.get("XDG_CONFIG_HOME") or (f"{environ['HOME']}/.config" if environ.get("HOME") else "")
    candidates = [Path(home) / "containers" / "registries.conf"] if home else []
    for path in (*candidates, _SYSTEM):
        if _is_there(path):
            return _load(path)
    return RegistriesConf()


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # another user's home, as in a container with a random user
        return False


def _load(path: Path) -> RegistriesConf:
    files = [path, *sorted(path.with_name(f"{path.name}.d").glob("*.conf"))]
    entries: dict[str, RegistryEntry] = {}
    for file in files:
        entries |= {entry.prefix: entry for entry in parse_registries_conf(_read(file), str(file)).entries}
    return RegistriesConf(tuple(entries.values()), str(path))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise InputError(f"registries.conf {path}: cannot be read: {error.strerror}. Correct the path.") from error
    if len(data) > MAX_FILE_BYTES:
        raise InputError(f"registries.conf {path}: is larger than {MAX_FILE_BYTES} bytes. Shorten it.")
    return data


def parse_registries_conf(data: bytes, file: str) -> RegistriesConf:
    """The entries in the bytes of a registries.conf; `file` is for messages. Raises `InputError`."""
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"registries.conf {file}: is not TOML. Correct it.") from error
    old = document.get("registries")
    if isinstance(old, dict) and _VERSION_1 & set(old):
        raise InputError(f"registries.conf {file}: is of version 1. Write it with [[registry]].")
    tables = document.get("registry", [])
    return RegistriesConf(
        tuple(_Reader(file, f"registry {index}").entry(table) for index, table in _each(tables, file)), file
    )


def _each(value: object, file: str) -> list[tuple[int, dict[str, object]]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise InputError(f"registries.conf {file}: `registry` is not an array of tables. Write [[registry]].")
    return list(enumerate(value, start=1))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one table, and names it in errors."""

    file: str
    where: str

    def entry(self, table: Mapping[str, object]) -> RegistryEntry:
        location = self.location(table)
        prefix = self.text(table, "prefix") or location
        if not prefix:
            raise self.wrong("has neither a prefix nor a location. Give it one.")
        if not _PREFIX.fullmatch(prefix):
            raise self.wrong(f"has the prefix {prefix!r}. Write it as HOST[:PORT][/PATH] or *.DOMAIN.")
        mirrors = self.mirrors(table)
        if self.flag(table, "mirror-by-digest-only"):
            if any(mirror.pull is not MirrorPull.UNSAID for mirror in mirrors):
                raise self.wrong("has mirror-by-digest-only and pull-from-mirror. Keep one of them.")
            mirrors = tuple(RegistryMirror(mirror.location, mirror.insecure, MirrorPull.DIGESTS) for mirror in mirrors)
        return RegistryEntry(
            self.canonical(prefix), location, self.flag(table, "insecure"), self.flag(table, "blocked"), mirrors
        )

    def mirrors(self, table: Mapping[str, object]) -> tuple[RegistryMirror, ...]:
        inner = _Reader(self.file, f"a mirror of {self.where}")
        return tuple(inner.mirror(each) for _, each in _each(table.get("mirror", []), self.file))

    def mirror(self, table: Mapping[str, object]) -> RegistryMirror:
        location, pull = self.location(table), self.text(table, "pull-from-mirror")
        if not location:
            raise self.wrong("has no location. Give it one.")
        if pull not in set(MirrorPull):
            raise self.wrong(f"has pull-from-mirror {pull!r}. Write all, digest-only or tag-only.")
        return RegistryMirror(location, self.flag(table, "insecure"), MirrorPull(pull))

    def location(self, table: Mapping[str, object]) -> str:
        text = self.text(table, "location")
        if text and not _LOCATION.fullmatch(text):
            raise self.wrong(f"has the location {text!r}. Write it as HOST[:PORT][/PATH].")
        return self.canonical(text) if text else ""

    def text(self, table: Mapping[str, object], key: str) -> str:
        value = table.get(key, "")
        if not isinstance(value, str):
            raise self.wrong(f"has a {key} that is not text. Write it in quotes.")
        return value.rstrip("/")

    def flag(self, table: Mapping[str, object], key: str) -> bool:
        value = table.get(key, False)
        if not isinstance(value, bool):
            raise self.wrong(f"has a {key} that is neither true nor false. Write one of them.")
        return value

    def canonical(self, location: str) -> str:
        """The location, its host written as in references."""
        below = "*." if location.startswith("*.") else ""
        host, slash, path = location.removeprefix(below).partition("/")
        try:
            return f"{below}{Host(host)}{slash}{path}"
        except HostError as error:
            raise self.wrong(f"names the host {host!r}, which is not a host. Write HOST or HOST:PORT.") from error

    def wrong(self, what: str) -> InputError:
        return InputError(f"registries.conf {self.file}: {self.where} {what}")
