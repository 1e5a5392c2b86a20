"""The storage of the demo's registry: blobs, manifests and tags, in memory."""

from __future__ import annotations

import json
import threading
from http import HTTPStatus

from reconciler.demo.image import digest_of
from reconciler.errors import InputError
from reconciler.model.reference import TAG_RE, is_digest

MAX_BODY = 64 * 1024 * 1024


class Store:
    """Blobs, manifests and tags in memory; thread-safe. Blobs are shared by all repositories."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blobs: dict[str, bytes] = {}
        self._manifests: dict[tuple[str, str], tuple[str, bytes]] = {}
        self._tags: dict[tuple[str, str], str] = {}
        self._uploads: dict[str, bytes] = {}

    def blob(self, digest: str) -> bytes | None:
        """The bytes of a blob, or None."""
        with self._lock:
            return self._blobs.get(digest)

    def put_blob(self, data: bytes) -> str:
        """Keep a blob; its digest."""
        digest = digest_of(data)
        with self._lock:
            self._blobs[digest] = data
        return digest

    def manifest(self, repository: str, reference: str) -> tuple[str, str, bytes] | None:
        """Digest, media type and bytes, by tag or digest."""
        with self._lock:
            digest = reference if is_digest(reference) else self._tags.get((repository, reference), "")
            found = self._manifests.get((repository, digest))
        return None if found is None else (digest, *found)

    def put_manifest(self, repository: str, reference: str, media_type: str, data: bytes) -> str:
        """Keep a manifest; its digest. Raises `DemoRequestError` for a missing blob, a wrong digest or a wrong tag."""
        digest = digest_of(data)
        missing = [named for named in _named(data) if not self._has(repository, named)]
        if missing:
            raise DemoRequestError(HTTPStatus.BAD_REQUEST, "MANIFEST_BLOB_UNKNOWN")
        if is_digest(reference) and reference != digest:
            raise DemoRequestError(HTTPStatus.BAD_REQUEST, "DIGEST_INVALID")
        if not is_digest(reference) and not TAG_RE.fullmatch(reference):
            raise DemoRequestError(HTTPStatus.BAD_REQUEST, "TAG_INVALID")
        with self._lock:
            self._manifests[repository, digest] = (media_type, data)
            if not is_digest(reference):
                self._tags[repository, reference] = digest
        return digest

    def tags(self, repository: str) -> list[str] | None:
        """The sorted tags; None for a repository without a manifest."""
        with self._lock:
            known = any(name == repository for name, _ in self._manifests)
            return sorted(tag for name, tag in self._tags if name == repository) if known else None

    def delete_tag(self, repository: str, tag: str) -> None:
        """Delete a tag; its manifest is kept."""
        with self._lock:
            self._tags.pop((repository, tag), None)

    def begin_upload(self) -> str:
        """Open an upload; its name."""
        with self._lock:
            name = f"{len(self._uploads) + 1:08x}"
            self._uploads[name] = b""
            return name

    def extend_upload(self, name: str, data: bytes) -> bytes:
        """All bytes of the upload so far. Raises `DemoRequestError` for an unknown upload."""
        with self._lock:
            if name not in self._uploads:
                raise DemoRequestError(HTTPStatus.NOT_FOUND, "BLOB_UPLOAD_UNKNOWN")
            self._uploads[name] += data
            if len(self._uploads[name]) > MAX_BODY:
                raise DemoRequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "SIZE_INVALID")
            return self._uploads[name]

    def end_upload(self, name: str) -> None:
        """Discard the bytes of an upload."""
        with self._lock:
            self._uploads[name] = b""

    def _has(self, repository: str, digest: str) -> bool:
        with self._lock:
            return digest in self._blobs or (repository, digest) in self._manifests


class DemoRequestError(InputError):
    """A request that the demo registry refuses, with the HTTP status and the specification's error code."""

    def __init__(self, status: HTTPStatus, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


def _named(manifest: bytes) -> list[str]:
    """Every digest that a manifest needs. Raises `DemoRequestError` for a malformed manifest."""
    try:
        document = json.loads(manifest)
        parts = [*document.get("layers", []), *document.get("manifests", [])]
        parts += [document["config"]] if "config" in document else []
        return [part["digest"] for part in parts]
    except (ValueError, RecursionError, AttributeError, TypeError, KeyError):
        raise DemoRequestError(HTTPStatus.BAD_REQUEST, "MANIFEST_INVALID") from None
