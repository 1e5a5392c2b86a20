"""registries.conf: this machine's settings for registries, as the containers tools use them.

Source: containers-registries.conf(5), version 2. These keys are used: `[[registry]]` with `prefix`, `location`,
`insecure`, `blocked` and `mirror-by-digest-only`, and its `[[registry.mirror]]` with `location`, `insecure` and
`pull-from-mirror`. Short names, aliases and helpers are not used, because our pull specs are complete. The longest
prefix wins; of two files the later one.

A mirror may be out of date, and its answer for a tag would be recorded as a change. So tags are requested from mirrors
only if the file has `all` or `tag-only`. Digests cannot be out of date, so they are requested from mirrors also without
that setting.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.model.host import Host
from reconciler.model.reference import is_digest


class MirrorPull(StrEnum):
    """The kinds of requests that a mirror gets: `pull-from-mirror`."""

    UNSAID = ""
    ALL = "all"
    DIGESTS = "digest-only"
    TAGS = "tag-only"

    def allows(self, identifier: str) -> bool:
        """Whether the mirror may get requests for a tag or digest."""
        return self is not MirrorPull.TAGS if is_digest(identifier) else self in {MirrorPull.ALL, MirrorPull.TAGS}


@dataclass(frozen=True, slots=True)
class RegistryMirror:
    """Another location with the same images."""

    location: str
    insecure: bool = False
    pull: MirrorPull = MirrorPull.UNSAID


@dataclass(frozen=True, slots=True)
class RegistryEntry:
    """The settings for the registries, repositories or images under a prefix."""

    prefix: str
    """`HOST[:PORT][/PATH][:TAG|@DIGEST]`, or `*.DOMAIN[/PATH]`."""
    location: str
    """The text that replaces the prefix in requests; empty to keep the prefix."""
    insecure: bool = False
    blocked: bool = False
    mirrors: tuple[RegistryMirror, ...] = ()


@dataclass(frozen=True, slots=True)
class PullSource:
    """One registry and repository to call."""

    host: Host
    repository: str
    insecure: bool = False
    named: bool = field(default=False, compare=False)
    """Whether a file of this machine names it, so that it may have any address."""


@dataclass(frozen=True, slots=True)
class RegistriesConf:
    """All entries of a machine."""

    entries: tuple[RegistryEntry, ...] = ()
    file: str = ""
    """The file that they come from; for messages."""

    def pull_sources(self, host: Host, repository: str, identifier: str = "") -> tuple[PullSource, ...]:
        """Where to request a tag, a digest, or (for an empty text) a list of tags: the mirrors, then the registry.

        Empty if all of it is blocked. A registry that is itself blocked may still have mirrors.
        """
        found = self._find(host, repository, identifier)
        if found is None:
            return (PullSource(host, repository),)
        entry, rest = found
        pull_sources = [
            _place(f"{mirror.location}{rest}", insecure=mirror.insecure)
            for mirror in entry.mirrors
            if identifier and mirror.pull.allows(identifier)
        ]
        if not entry.blocked:
            own = f"{entry.location}{rest}" if entry.location else f"{host}/{repository}"
            pull_sources.append(_place(own, insecure=entry.insecure))
        return tuple(place for place in pull_sources if not self._blocks(place, identifier))

    def _blocks(self, place: PullSource, identifier: str) -> bool:
        found = self._find(place.host, place.repository, identifier)
        return found is not None and found[0].blocked

    def _find(self, host: Host, repository: str, identifier: str) -> tuple[RegistryEntry, str] | None:
        """The entry with the longest prefix of a name, and the rest of host and repository after that prefix.

        An entry for a host is also valid with plain HTTP's default port, and for Docker Hub under all its names.
        """
        for spelled in host.spellings:
            name = _name(spelled, repository, identifier)
            fitting = [(entry, length) for entry in self.entries if (length := _matched(name, entry.prefix))]
            if fitting:
                entry, length = max(fitting, key=lambda each: len(each[0].prefix))
                return entry, f"{spelled}/{repository}"[length:]
        return None


def _name(host: str, repository: str, identifier: str) -> str:
    joint = "@" if is_digest(identifier) else ":"
    return f"{host}/{repository}{joint}{identifier}" if identifier else f"{host}/{repository}"


def _matched(name: str, prefix: str) -> int:
    """The length of a name's part that the prefix matches, whole parts only; 0 for no match.

    A port belongs to its host.
    """
    length = len(prefix)
    if prefix.startswith("*."):
        domain = prefix[1:].partition("/")[0]
        host = name.partition("/")[0]
        position = len(host) - len(domain)  # the domain has to be the end of the host, however often it occurs
        if not (host.endswith(domain) and name.startswith(prefix[1:], position)):
            return 0
        length = position + len(prefix) - 1
    elif not name.startswith(prefix):
        return 0
    ends = "/:@" if "/" in prefix else "/"
    return length if length == len(name) or name[length] in ends else 0


def _place(location: str, *, insecure: bool) -> PullSource:
    host, _, repository = location.partition("/")
    return PullSource(Host(host), repository, insecure, named=True)
