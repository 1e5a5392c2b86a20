"""Pull specs: `[host[:port]/]path[:tag][@digest]`, by the grammar of distribution's `reference` package.

A reference keeps the user's spelling of the repository, because that is what OpenShift records (`nginx:1` becomes
`nginx@sha256:…`, no `docker.io/library/` added), beside the normalised host and path that a client needs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reconciler.errors import UsageError
from reconciler.model.host import DEFAULT_HOST, Host, HostError

DEFAULT_TAG = "latest"
MAX_REPOSITORY_LENGTH = 255

_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_LABEL = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]{{1,5}})?"
_PATH = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*", re.ASCII)
_HOST_RE = re.compile(_HOST, re.ASCII)
TAG_RE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", re.ASCII)
_DIGEST_SHAPE = re.compile(r"[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+", re.ASCII)
_HEX_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")


class InvalidReferenceError(UsageError):
    """A pull spec, tag or digest does not follow the grammar."""


def is_digest(text: str) -> bool:
    """Whether the text is a digest of a supported algorithm (OCI image-spec, descriptor: digests)."""
    algorithm, _, encoded = text.partition(":")
    return _HEX_LENGTHS.get(algorithm) == len(encoded) and all(char in "0123456789abcdef" for char in encoded)


def parse_digest(text: str) -> str:
    """The digest itself. Raises `InvalidReferenceError`: malformed, or of an unsupported algorithm."""
    if is_digest(text):
        return text
    algorithm = text.partition(":")[0]
    if _DIGEST_SHAPE.fullmatch(text) and algorithm not in _HEX_LENGTHS:
        raise InvalidReferenceError(f"digest {text!r}: {algorithm} is not supported. Use sha256, sha384 or sha512.")
    raise InvalidReferenceError(f"digest {text!r} is malformed. Write it as sha256: and 64 lower-case hex digits.")


def digest_part(text: str) -> str:
    """The digest in a text such as `NAME@sha256:…`, or the text itself.

    A pod's `imageID` may have a scheme before it (`docker-pullable://NAME@sha256:…`).
    """
    scheme = _SCHEME.match(text)
    return text[scheme.end() if scheme else 0 :].rpartition("@")[2]


def short_digest(digest: str) -> str:
    """The digest cut to twelve hex digits, as people read it: `sha256:9f2c1ab04d77`."""
    algorithm, _, encoded = digest.partition(":")
    return f"{algorithm}:{encoded[:12]}"


@dataclass(frozen=True, slots=True)
class Reference:
    """A parsed pull spec. With both a tag and a digest the digest wins."""

    spelling: str
    """The repository as the user wrote it: host and path, without tag and digest."""
    host: Host
    """The registry, with its port: `docker.io`, `quay.io`, `localhost:5000`."""
    repository: str
    """The path in that registry, `library/` filled in for Docker Hub."""
    tag: str | None
    digest: str | None

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Parse a pull spec; raises `InvalidReferenceError` with what is wrong and what to write instead."""
        if _SCHEME.match(text):
            raise InvalidReferenceError(
                f"pull spec {text!r} has a scheme. Leave out {_SCHEME.match(text)[0]!r}."  # type: ignore[index]
            )
        rest, at, digest = text.partition("@")
        digest_or_none = parse_digest(digest) if at else None
        spelling, tag = _split_tag(rest)
        if tag is not None and not TAG_RE.fullmatch(tag):
            raise InvalidReferenceError(
                f"pull spec {text!r}: {tag!r} is not a tag. A tag has up to 128 of A-Z a-z 0-9 _ . - "
                "and starts with none of the last two."
            )
        host, repository = _split_host(text, spelling)
        _check_repository(text, repository)
        return cls(spelling, host, repository, tag, digest_or_none)

    @property
    def identifier(self) -> str:
        """The identifier in a request: the digest, else the tag, else `latest`."""
        return self.digest or self.tag or DEFAULT_TAG

    @property
    def names_host(self) -> bool:
        """Whether the user wrote the registry; without it the default registry is meant."""
        return _names_host(self.spelling)

    def pinned(self, digest: str) -> str:
        """The user's spelling of the repository plus a digest: what a history records."""
        return f"{self.spelling}@{digest}"

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.spelling}{tag}{digest}"


def _split_tag(text: str) -> tuple[str, str | None]:
    """Cut the tag off: a colon after the last slash, so that a port is none (but `h:5000` is Hub's `h`, tag 5000)."""
    head, slash, last = text.rpartition("/")
    name, colon, tag = last.partition(":")
    return f"{head}{slash}{name}", tag if colon else None


def _names_host(spelling: str) -> bool:
    """The first component is a host if it has a dot or colon, is `localhost`, or has an upper-case letter."""
    first, slash, _ = spelling.partition("/")
    return bool(slash) and (any(char in ".:" for char in first) or first == "localhost" or first != first.lower())


def _split_host(text: str, spelling: str) -> tuple[Host, str]:
    first, path = str(DEFAULT_HOST), spelling
    if _names_host(spelling):
        first, _, path = spelling.partition("/")
    try:
        host = Host(first) if _HOST_RE.fullmatch(first) else None
    except HostError:
        host = None
    if host is None:
        raise InvalidReferenceError(f"pull spec {text!r}: {first!r} is not a host name. Write HOST or HOST:PORT.")
    return host, f"library/{path}" if host == DEFAULT_HOST and "/" not in path else path


def _check_repository(text: str, repository: str) -> None:
    if len(repository) > MAX_REPOSITORY_LENGTH:
        raise InvalidReferenceError(
            f"pull spec {text!r}: the repository is too long. Use up to {MAX_REPOSITORY_LENGTH} characters."
        )
    if re.fullmatch(r"[0-9a-f]{64}", text):
        raise InvalidReferenceError(f"pull spec {text!r} is an image id. Name a repository: NAME@sha256:{text}.")
    if not _PATH.fullmatch(repository):
        hint = " Repositories are lower case." if repository != repository.lower() else ""
        raise InvalidReferenceError(f"pull spec {text!r} is not of the form [HOST[:PORT]/]NAME[:TAG][@DIGEST].{hint}")
