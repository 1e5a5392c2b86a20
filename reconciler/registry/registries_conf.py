"""registries.conf: what the containers tools are told about registries on this machine (containers-registries.conf(5)).

Of version 2 of the format this counts: `[[registry]]` with `prefix`, `location`, `insecure`, `blocked` and
`mirror-by-digest-only`, and its `[[registry.mirror]]` with `location`, `insecure` and `pull-from-mirror`. Short names,
aliases and helpers do not: a pull spec of ours is complete. The longest prefix wins, and of files the later one.

A mirror may lag behind, and what it says of a tag would be recorded as news. So tags are asked for at mirrors only
where the file says `all` or `tag-only`; digests, which cannot lag, also where it says nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from reconciler.errors import InputError
from reconciler.model.host import Host, HostError
from reconciler.model.reference import is_digest
from reconciler.settings import MAX_FILE_BYTES

_SYSTEM = Path("/etc/containers/registries.conf")
_HOST = r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?"
_LOCATION = re.compile(rf"{_HOST}(?:/[a-z0-9._-]+)*", re.ASCII)
_PREFIX = re.compile(rf"(?:\*\.)?{_HOST}(?:/[a-z0-9._-]+)*(?::[\w.-]{{1,128}}|@[\w.+:-]+)?", re.ASCII)
_VERSION_1 = {"search", "insecure", "block"}


class Pull(StrEnum):
    """What a mirror is asked for: `pull-from-mirror`."""

    UNSAID = ""
    ALL = "all"
    DIGESTS = "digest-only"
    TAGS = "tag-only"

    def allows(self, identifier: str) -> bool:
        """Whether a tag or digest may be asked for there."""
        return self is not Pull.TAGS if is_digest(identifier) else self in {Pull.ALL, Pull.TAGS}


@dataclass(frozen=True, slots=True)
class Mirror:
    """Another place with the same images."""

    location: str
    insecure: bool = False
    pull: Pull = Pull.UNSAID


@dataclass(frozen=True, slots=True)
class Entry:
    """What is said about the registries, repositories or images under a prefix."""

    prefix: str
    """`HOST[:PORT][/PATH][:TAG|@DIGEST]`, or `*.DOMAIN[/PATH]`."""
    location: str
    """What stands in the prefix's place when a registry is asked; empty for the prefix itself."""
    insecure: bool = False
    blocked: bool = False
    mirrors: tuple[Mirror, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """One registry and repository to ask."""

    host: Host
    repository: str
    insecure: bool = False
    named: bool = field(default=False, compare=False)
    """Whether a file of this machine names it, so that it may be at any address."""


@dataclass(frozen=True, slots=True)
class RegistriesConf:
    """All entries of a machine."""

    entries: tuple[Entry, ...] = ()
    file: str = ""
    """Where they are from; for messages."""

    def places(self, host: Host, repository: str, identifier: str = "") -> tuple[Place, ...]:
        """Where to ask for a tag, a digest, or without one for a list of tags: mirrors in order, then the registry.

        Nowhere, if all of it is blocked. A registry whose own name is blocked may be had from its mirrors.
        """
        found = self._find(host, repository, identifier)
        if found is None:
            return (Place(host, repository),)
        entry, rest = found
        places = [
            _place(f"{mirror.location}{rest}", insecure=mirror.insecure)
            for mirror in entry.mirrors
            if identifier and mirror.pull.allows(identifier)
        ]
        if not entry.blocked:
            own = f"{entry.location}{rest}" if entry.location else f"{host}/{repository}"
            places.append(_place(own, insecure=entry.insecure))
        return tuple(place for place in places if not self._blocks(place, identifier))

    def _blocks(self, place: Place, identifier: str) -> bool:
        found = self._find(place.host, place.repository, identifier)
        return found is not None and found[0].blocked

    def _find(self, host: Host, repository: str, identifier: str) -> tuple[Entry, str] | None:
        """The entry with the longest prefix of a name, and what of host and repository comes after it.

        What is said of a host is said of it under plain HTTP's own port too, and of Docker Hub under all its names.
        """
        for spelled in host.spellings:
            name = _name(spelled, repository, identifier)
            fitting = [(entry, length) for entry in self.entries if (length := _matched(name, entry.prefix))]
            if fitting:
                entry, length = max(fitting, key=lambda each: len(each[0].prefix))
                return entry, f"{spelled}/{repository}"[length:]
        return None


def load_registries_conf(environ: Mapping[str, str]) -> RegistriesConf:
    """`$CONTAINERS_REGISTRIES_CONF`, else the user's file, else that in /etc; and the `.d` folder beside it.

    The file of a variable has to be there, the others need not. Raises `InputError` for a file that cannot be used.
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
    except OSError:  # somebody else's home, as a container with a random user has it
        return False


def _load(path: Path) -> RegistriesConf:
    files = [path, *sorted(path.with_name(f"{path.name}.d").glob("*.conf"))]
    entries: dict[str, Entry] = {}
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
        raise InputError(f"registries.conf {file}: `registry` is no table of tables. Write [[registry]].")
    return list(enumerate(value, start=1))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one table, and names it in errors."""

    file: str
    where: str

    def entry(self, table: Mapping[str, object]) -> Entry:
        location = self.location(table)
        prefix = self.text(table, "prefix") or location
        if not prefix:
            raise self.wrong("has neither a prefix nor a location. Give it one.")
        if not _PREFIX.fullmatch(prefix):
            raise self.wrong(f"has the prefix {prefix!r}. Write it as HOST[:PORT][/PATH] or *.DOMAIN.")
        mirrors = self.mirrors(table)
        if self.flag(table, "mirror-by-digest-only"):
            if any(mirror.pull is not Pull.UNSAID for mirror in mirrors):
                raise self.wrong("has mirror-by-digest-only and pull-from-mirror. Keep one of them.")
            mirrors = tuple(Mirror(mirror.location, mirror.insecure, Pull.DIGESTS) for mirror in mirrors)
        return Entry(
            self.canonical(prefix), location, self.flag(table, "insecure"), self.flag(table, "blocked"), mirrors
        )

    def mirrors(self, table: Mapping[str, object]) -> tuple[Mirror, ...]:
        inner = _Reader(self.file, f"a mirror of {self.where}")
        return tuple(inner.mirror(each) for _, each in _each(table.get("mirror", []), self.file))

    def mirror(self, table: Mapping[str, object]) -> Mirror:
        location, pull = self.location(table), self.text(table, "pull-from-mirror")
        if not location:
            raise self.wrong("has no location. Give it one.")
        if pull not in set(Pull):
            raise self.wrong(f"has pull-from-mirror {pull!r}. Write all, digest-only or tag-only.")
        return Mirror(location, self.flag(table, "insecure"), Pull(pull))

    def location(self, table: Mapping[str, object]) -> str:
        text = self.text(table, "location")
        if text and not _LOCATION.fullmatch(text):
            raise self.wrong(f"has the location {text!r}. Write it as HOST[:PORT][/PATH].")
        return self.canonical(text) if text else ""

    def text(self, table: Mapping[str, object], key: str) -> str:
        value = table.get(key, "")
        if not isinstance(value, str):
            raise self.wrong(f"has a {key} that is no text. Write it in quotes.")
        return value.rstrip("/")

    def flag(self, table: Mapping[str, object], key: str) -> bool:
        value = table.get(key, False)
        if not isinstance(value, bool):
            raise self.wrong(f"has a {key} that is neither true nor false. Write one of them.")
        return value

    def canonical(self, location: str) -> str:
        """The location with its host as references have it."""
        below = "*." if location.startswith("*.") else ""
        host, slash, path = location.removeprefix(below).partition("/")
        try:
            return f"{below}{Host(host)}{slash}{path}"
        except HostError as error:
            raise self.wrong(f"names the host {host!r}, which is none. Write HOST or HOST:PORT.") from error

    def wrong(self, what: str) -> InputError:
        return InputError(f"registries.conf {self.file}: {self.where} {what}")


def _name(host: str, repository: str, identifier: str) -> str:
    joint = "@" if is_digest(identifier) else ":"
    return f"{host}/{repository}{joint}{identifier}" if identifier else f"{host}/{repository}"


def _matched(name: str, prefix: str) -> int:
    """How much of a name the prefix matches, whole parts only; 0 for not at all. A port is a part of its host."""
    length = len(prefix)
    if prefix.startswith("*."):
        domain = prefix[1:].partition("/")[0]
        host = name.partition("/")[0]
        position = len(host) - len(domain)  # the end of the host counts, however often the domain stands in it
        if not (host.endswith(domain) and name.startswith(prefix[1:], position)):
            return 0
        length = position + len(prefix) - 1
    elif not name.startswith(prefix):
        return 0
    ends = "/:@" if "/" in prefix else "/"
    return length if length == len(name) or name[length] in ends else 0


def _place(location: str, *, insecure: bool) -> Place:
    host, _, repository = location.partition("/")
    return Place(Host(host), repository, insecure, named=True)
