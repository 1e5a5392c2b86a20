"""Names: streams, istags, isimages, and the paths of their histories and holds in the repository."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reconciler.errors import UsageError
from reconciler.model.reference import TAG_RE
from reconciler.settings import HISTORY_DIR, HOLDS_DIR

# OpenShift's ValidateImageStream: lower case, digits, single separators; underscores are legal.
STREAM_RE = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*", re.ASCII)
NAMESPACE_RE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
MAX_STREAM_LENGTH = 255
"""Of `namespace/name` together (OpenShift)."""
_DIGEST_PREFIX = re.compile(r"(?:sha(?:256|384|512):)?[0-9a-f]{1,128}", re.ASCII)


_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\..*)?", re.ASCII | re.IGNORECASE)
"""Names of files and folders that Windows takes for devices, with any text behind a dot (Naming Files, Win32)."""


class InvalidNameError(UsageError):
    """A text is not the name of a stream, istag or isimage."""


@dataclass(frozen=True, slots=True, order=True)
class StreamName:
    """An ImageStream, `namespace/name`."""

    namespace: str
    name: str

    @classmethod
    def parse(cls, text: str, default_namespace: str) -> StreamName:
        """Parse `[namespace/]name`; raises `InvalidNameError`."""
        namespace, slash, name = text.rpartition("/")
        found = cls(namespace if slash else default_namespace, name)
        problem = found.problem()
        if problem:
            raise InvalidNameError(f"stream {text!r}: {problem}")
        return found

    def problem(self) -> str | None:
        """What OpenShift would refuse about this name, or None."""
        if not NAMESPACE_RE.fullmatch(self.namespace):
            return f"{self.namespace!r} is not a namespace. Use up to 63 of a-z 0-9 -, not at either end."
        if not STREAM_RE.fullmatch(self.name):
            return (
                f"{self.name!r} is not a stream name. Use lower-case letters and digits with single . _ - between them."
            )
        if len(str(self)) > MAX_STREAM_LENGTH:
            return f"namespace and name together are too long. Use up to {MAX_STREAM_LENGTH} characters."
        return None

    def tag(self, tag: str) -> IstagName:
        """The istag of this stream with that tag name."""
        return IstagName(self.namespace, self.name, tag)

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, order=True)
class IstagName:
    """An ImageStreamTag, `namespace/stream:tag`."""

    namespace: str
    stream: str
    tag: str

    @classmethod
    def parse(cls, text: str, default_namespace: str) -> IstagName:
        """Parse `[namespace/]stream:tag`; raises `InvalidNameError`."""
        stream, colon, tag = text.partition(":")
        if "@" in stream:
            raise InvalidNameError(f"{text!r} names an image, not an istag. Write [NAMESPACE/]STREAM:TAG.")
        if not colon or not TAG_RE.fullmatch(tag):
            raise InvalidNameError(f"istag {text!r} is not of the form [NAMESPACE/]STREAM:TAG.")
        return StreamName.parse(stream, default_namespace).tag(tag)

    @property
    def stream_name(self) -> StreamName:
        """The stream this tag belongs to."""
        return StreamName(self.namespace, self.stream)

    @property
    def history_path(self) -> str:
        """The path of the TagHistory in the repository."""
        return f"{HISTORY_DIR}/{self.namespace}/{self.stream}/{self.tag}.yaml"

    @property
    def hold_path(self) -> str:
        """The path of the TagHold in the repository; the file exists while an image is held."""
        return f"{HOLDS_DIR}/{self.namespace}/{self.stream}/{self.tag}.yaml"

    @property
    def device(self) -> str | None:
        """The part of the name for which Windows cannot check out the history, as it names a device; else None."""
        return next((part for part in (self.namespace, self.stream, self.tag) if _DEVICE.fullmatch(part)), None)

    @property
    def short(self) -> str:
        """`stream:tag`, as a history's metadata and OpenShift's object names have it."""
        return f"{self.stream}:{self.tag}"

    def __str__(self) -> str:
        return f"{self.namespace}/{self.stream}:{self.tag}"


def istag_of_path(path: str) -> IstagName | None:
    """The istag whose history or hold has that path in the repository; None for any other path."""
    parts = path.split("/")
    if len(parts) != 4 or parts[0] not in {HISTORY_DIR, HOLDS_DIR} or not parts[3].endswith(".yaml"):  # noqa: PLR2004 - DIR/NAMESPACE/STREAM/TAG.yaml
        return None
    name = IstagName(parts[1], parts[2], parts[3].removesuffix(".yaml"))
    valid = name.stream_name.problem() is None and TAG_RE.fullmatch(name.tag)
    return name if valid else None


@dataclass(frozen=True, slots=True, order=True)
class IsimageName:
    """An ImageStreamImage, `namespace/stream@sha256:…`; a unique prefix of the digest is accepted on input."""

    namespace: str
    stream: str
    digest: str
    """A digest, or a prefix of one with or without its algorithm."""

    @classmethod
    def parse(cls, text: str, default_namespace: str) -> IsimageName:
        """Parse `[namespace/]stream@digest-or-prefix`; raises `InvalidNameError`."""
        stream, at, digest = text.partition("@")
        if not at or not _DIGEST_PREFIX.fullmatch(digest):
            raise InvalidNameError(f"isimage {text!r} is not of the form [NAMESPACE/]STREAM@sha256:DIGITS.")
        parsed = StreamName.parse(stream, default_namespace)
        return cls(parsed.namespace, parsed.name, digest)

    @property
    def stream_name(self) -> StreamName:
        """The stream whose history has the image."""
        return StreamName(self.namespace, self.stream)

    def matches(self, digest: str) -> bool:
        """Whether a full digest is meant: by prefix of the whole string or of its hex part (OpenShift)."""
        return digest.startswith(self.digest) or digest.partition(":")[2].startswith(self.digest)

    def __str__(self) -> str:
        return f"{self.namespace}/{self.stream}@{self.digest}"
