"""Observations: what a registry answered about one source, or why it did not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from enum import StrEnum

from reconciler.model.host import Host
from reconciler.model.reference import Reference
from reconciler.model.stream import ImportMode
from reconciler.model.text import line


class Reason(StrEnum):
    """Why an istag did not move; the `reason` of a problem in every output."""

    INVALID = "Invalid"
    NOT_FOUND = "NotFound"
    DENIED = "Denied"
    UNREACHABLE = "Unreachable"
    RATE_LIMITED = "RateLimited"
    MISMATCH = "Mismatch"
    HELD = "Held"
    FROZEN = "Frozen"
    CYCLE = "Cycle"
    MISSING_SOURCE = "MissingSource"
    DIVERGED = "Diverged"


@dataclass(frozen=True, slots=True)
class Platform:
    """A preference for one platform of a multi-platform image; either half may be left open (Legacy mode only)."""

    os: str | None = None
    architecture: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One distinct source: asked once a pass, however many tags share it."""

    host: Host
    repository: str
    identifier: str
    """A tag or a digest."""
    import_mode: ImportMode = ImportMode.PRESERVE_ORIGINAL
    insecure: bool = False
    platform: Platform = Platform()
    anonymous: bool = False
    """Whether the namespace that asks may not use the installation's credentials (design 3.6)."""

    @classmethod
    def about(
        cls,
        reference: Reference,
        *,
        import_mode: ImportMode,
        insecure: bool,
        platform: Platform,
        anonymous: bool = False,
    ) -> Question:
        """The question that a reference asks; the platform matters in Legacy mode only."""
        legacy = import_mode is ImportMode.LEGACY
        return cls(
            reference.host,
            reference.repository,
            reference.identifier,
            import_mode,
            insecure,
            platform if legacy else Platform(),
            anonymous,
        )

    def __str__(self) -> str:
        joint = "@" if ":" in self.identifier else ":"
        return f"{self.host}/{self.repository}{joint}{self.identifier}"


class EveryImage:
    """All images there could be, as a set: of none of them is it asked what it says about itself."""

    def __contains__(self, image: object) -> bool:
        return isinstance(image, str)

    def __and__(self, other: KnownImages) -> KnownImages:
        return other

    def __rand__(self, other: frozenset[str]) -> KnownImages:
        return other

    def __or__(self, other: frozenset[str]) -> KnownImages:
        return self


KnownImages = frozenset[str] | EveryImage
"""The images that become no event and whose metadata nobody needs: their digest is enough, and HEAD gives it."""


def _let_in(value: object) -> object:
    """Every text in a foreign value as one line of ours."""
    if isinstance(value, str):
        return line(value)
    if isinstance(value, tuple):
        return tuple(map(_let_in, value))
    return {_let_in(name): _let_in(text) for name, text in value.items()} if isinstance(value, Mapping) else value


class _Foreign:
    """A value that others wrote: whoever makes one, its texts are let in here (design 3.10, point 6)."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for each in fields(self):  # type: ignore[arg-type]  # every class that has this base is a dataclass
            object.__setattr__(self, each.name, _let_in(getattr(self, each.name)))


@dataclass(frozen=True, slots=True)
class ImageDetails(_Foreign):
    """How an image is built and runs, for people: of an index, the image that speaks for it. Foreign text likewise."""

    author: str | None = None
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    working_dir: str | None = None
    user: str | None = None
    ports: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    layers: tuple[tuple[str, int | None], ...] = ()
    """Digest and size in bytes, the base first."""
    manifests: tuple[tuple[str, str], ...] = ()
    """Of an index: platform and digest of each image."""

    @property
    def size(self) -> int | None:
        """Bytes of all layers; None where one does not say."""
        sizes = [size for _, size in self.layers]
        return None if None in sizes else sum(size or 0 for size in sizes)


@dataclass(frozen=True, slots=True)
class ImageMetadata(_Foreign):
    """What the image says about itself, from its config blob and annotations: foreign, as `text.line` lets it in."""

    created: str | None = None
    version: str | None = None
    """`org.opencontainers.image.version`."""
    revision: str | None = None
    """`org.opencontainers.image.revision`."""
    source: str | None = None
    """`org.opencontainers.image.source`."""
    platforms: tuple[str, ...] = ()
    """`linux/amd64`, …"""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    details: ImageDetails | None = field(default=None, compare=False)
    """For people alone, so that it makes no difference; None in what is remembered from an earlier pass."""
    premature: bool = False
    """Whether `created` was still to come when it was read, by more than clocks may differ: it orders nothing."""

    @property
    def built(self) -> datetime | None:
        """When the image says that it was built, RFC 3339; None where it does not."""
        try:
            when = datetime.fromisoformat(_short_fraction(self.created)) if self.created else None
        except ValueError:
            return None
        return when if when is None or when.tzinfo else when.replace(tzinfo=UTC)


def _short_fraction(text: str) -> str:
    """Python reads up to six digits of a second; Go writes nine."""
    head, dot, rest = text.partition(".")
    digits = len(rest) - len(rest.lstrip("0123456789"))
    return f"{head}{dot}{rest[:digits][:6]}{rest[digits:]}" if dot else text


@dataclass(frozen=True, slots=True)
class Found:
    """The registry has it, under this digest."""

    image: str
    metadata: ImageMetadata | None = None
    """Only asked for when the image is new to the asker."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The registry did not give it; a failed look changes nothing (design 3.2 rule 3)."""

    reason: Reason
    message: str
    """One sentence for a person: what, which host, why. Hosts and registries may have written parts of it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", line(self.message))


Answer = Found | Failure


@dataclass(frozen=True, slots=True)
class Listing:
    """The question for all tags of one repository: asked once a pass, however many tags select from it."""

    host: Host
    repository: str
    insecure: bool = False
    anonymous: bool = False
    """As in `Question`."""

    def __str__(self) -> str:
        return f"{self.host}/{self.repository}"


@dataclass(frozen=True, slots=True)
class Listed:
    """All tags of a repository, each once, in the order in which the registry gave them.

    Only a list that came to its end is one; a cut or endless one is a `Failure`.
    """

    tags: tuple[str, ...]


ListAnswer = Listed | Failure
