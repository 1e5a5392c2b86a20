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
    """A preferred platform of a multi-platform image; each half may be left open. It is used in Legacy mode only."""

    os: str | None = None
    architecture: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One distinct source. It is looked up once in a pass, for any number of tags that share it."""

    host: Host
    repository: str
    identifier: str
    """A tag or a digest."""
    import_mode: ImportMode = ImportMode.PRESERVE_ORIGINAL
    insecure: bool = False
    platform: Platform = Platform()
    anonymous: bool = False
    """Whether the namespace may not use the installation's credentials, so that none is sent (design 3.6)."""

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
        """The question for a reference; the platform matters in Legacy mode only."""
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
    """The set of all images: with it as the known images, no metadata is read."""

    def __contains__(self, image: object) -> bool:
        return isinstance(image, str)

    def __and__(self, other: KnownImages) -> KnownImages:
        return other

    def __rand__(self, other: frozenset[str]) -> KnownImages:
        return other

    def __or__(self, other: frozenset[str]) -> KnownImages:
        return self


KnownImages = frozenset[str] | EveryImage
"""Images whose metadata is not needed because they become no event: a HEAD request gives their digest."""


def _let_in(value: object) -> object:
    """The value with every text in it as `text.line` gives it."""
    if isinstance(value, str):
        return line(value)
    if isinstance(value, tuple):
        return tuple(map(_let_in, value))
    return {_let_in(name): _let_in(text) for name, text in value.items()} if isinstance(value, Mapping) else value


class _Foreign:
    """A value that others wrote: its texts are cleaned when it is made (design 3.10, point 6)."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for each in fields(self):  # type: ignore[arg-type]  # every class that has this base is a dataclass
            object.__setattr__(self, each.name, _let_in(getattr(self, each.name)))


@dataclass(frozen=True, slots=True)
class ImageDetails(_Foreign):
    """How an image is built and runs, for people; for an index, that of one of its images. Its texts are foreign."""

    author: str | None = None
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    working_dir: str | None = None
    user: str | None = None
    ports: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    layers: tuple[tuple[str, int | None], ...] = ()
    """Digest and size in bytes of each layer, the base first."""
    manifests: tuple[tuple[str, str], ...] = ()
    """For an index: platform and digest of each image."""

    @property
    def size(self) -> int | None:
        """Bytes of all layers; None if the size of one is not known."""
        sizes = [size for _, size in self.layers]
        return None if None in sizes else sum(size or 0 for size in sizes)


@dataclass(frozen=True, slots=True)
class ImageMetadata(_Foreign):
    """The metadata of an image in its config blob and annotations: foreign text, cleaned by `text.line`."""

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
    """Only for people, so it takes no part in comparisons; None for an image from an earlier pass."""
    premature: bool = False
    """Whether `created` was in the future when it was read, by more than clocks may differ: then it orders nothing."""

    @property
    def built(self) -> datetime | None:
        """The build time that the image states, RFC 3339; None without one."""
        try:
            when = datetime.fromisoformat(_short_fraction(self.created)) if self.created else None
        except ValueError:
            return None
        return when if when is None or when.tzinfo else when.replace(tzinfo=UTC)


def _short_fraction(text: str) -> str:
    """The time with at most six digits of a second, as Python reads them; Go writes nine."""
    head, dot, rest = text.partition(".")
    digits = len(rest) - len(rest.lstrip("0123456789"))
    return f"{head}{dot}{rest[:digits][:6]}{rest[digits:]}" if dot else text


@dataclass(frozen=True, slots=True)
class Found:
    """The registry has it, under this digest."""

    image: str
    metadata: ImageMetadata | None = None
    """None if the image was known already."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The registry did not give the image; a failed lookup changes no history (design 3.2 rule 3)."""

    reason: Reason
    message: str
    """One sentence for a person: what, which host, why. Parts of it may come from the host or the registry."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", line(self.message))


Answer = Found | Failure


@dataclass(frozen=True, slots=True)
class Listing:
    """The question for all tags of one repository. It is sent once in a pass, for any number of selections from it."""

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

    Only a complete list is one; a truncated or endless list is a `Failure`.
    """

    tags: tuple[str, ...]


ListAnswer = Listed | Failure
