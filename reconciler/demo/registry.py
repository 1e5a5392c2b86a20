"""A small registry inside the process, for the demo and for tests: the OCI distribution API over memory.

It serves and takes manifests and blobs well enough for skopeo to push and pull, on a loopback address and an ephemeral
port. As distribution does, it answers 404 for a manifest whose type is not accepted. It has no users, no TLS and no
deletion over HTTP, and keeps everything in memory: it is no registry to run.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import socket
import tarfile
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from reconciler.errors import InputError
from reconciler.model.reference import TAG_RE, is_digest

MAX_BODY = 64 * 1024 * 1024
_OCTETS = "application/octet-stream"
_LABEL = "org.opencontainers.image."
_PATH = re.compile(r"/v2/(?P<name>[a-z0-9._/-]+?)/(?P<kind>manifests|blobs|tags)/(?P<rest>.+)")


@dataclass(frozen=True, slots=True)
class MediaTypes:
    """The media types of one family of images."""

    index: str = "application/vnd.oci.image.index.v1+json"
    manifest: str = "application/vnd.oci.image.manifest.v1+json"
    config: str = "application/vnd.oci.image.config.v1+json"
    layer: str = "application/vnd.oci.image.layer.v1.tar+gzip"


OCI = MediaTypes()


@dataclass(frozen=True, slots=True)
class TinyImage:
    """What goes into an image that is as small as one can be."""

    platform: str = "linux/amd64"
    labels: Mapping[str, str] = field(default_factory=dict)
    created: str | None = None
    content: bytes = b""
    """Of the one file in its layer; empty for an empty layer. It makes one image differ from another."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """A built image or index: its manifest, and the blobs that have to be there before it."""

    media_type: str
    manifest: bytes
    blobs: tuple[bytes, ...] = ()

    @property
    def digest(self) -> str:
        """The digest of the manifest."""
        return digest_of(self.manifest)


def digest_of(data: bytes) -> str:
    """The digest under which these bytes are stored."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def build_image(image: TinyImage, types: MediaTypes = OCI) -> Pieces:
    """The same image always gives the same bytes."""
    tar = _tar(image.content)
    layer = gzip.compress(tar, mtime=0)
    system, architecture, *variant = image.platform.split("/")
    config: dict[str, object] = {
        "architecture": architecture,
        "os": system,
        "config": {"Labels": dict(image.labels)},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(tar)]},
    }
    config |= {"created": image.created} if image.created else {}
    config |= {"variant": variant[0]} if variant else {}
    config_bytes = _json(config)
    manifest = {
        "schemaVersion": 2,
        "mediaType": types.manifest,
        "config": _descriptor(types.config, config_bytes),
        "layers": [_descriptor(types.layer, layer)],
    }
    return Pieces(types.manifest, _json(manifest), (config_bytes, layer))


def build_index(images: Mapping[str, Pieces], types: MediaTypes = OCI) -> Pieces:
    """An index of built images by platform."""
    children = []
    for platform, pieces in images.items():
        system, architecture, *variant = platform.split("/")
        where = {"os": system, "architecture": architecture} | ({"variant": variant[0]} if variant else {})
        children.append(_descriptor(pieces.media_type, pieces.manifest) | {"platform": where})
    return Pieces(types.index, _json({"schemaVersion": 2, "mediaType": types.index, "manifests": children}))


class DemoRegistry:
    """The registry: a context manager that listens from `with` on."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str]] = []
        """Every request so far as method and path, without the query."""
        self._store = _Store()
        handler = type("Handler", (_Handler,), {"store": self._store, "record": self._record})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def address(self) -> str:
        """`127.0.0.1:PORT`: the host part of its images' references."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def push(  # noqa: PLR0913 - the labels of an image, each by its name
        self,
        repository: str,
        tag: str,
        *,
        version: str | None = None,
        revision: str | None = None,
        source: str | None = None,
        created: str | None = None,
        content: bytes = b"",
    ) -> str:
        """Put a tiny linux/amd64 image under a tag; returns its digest."""
        said = {"version": version, "revision": revision, "source": source}
        labels = {f"{_LABEL}{name}": value for name, value in said.items() if value is not None}
        pieces = build_image(TinyImage(labels=labels, created=created, content=content))
        return self._put(repository, tag, pieces)

    def push_index(self, repository: str, tag: str, platforms: Iterable[str], *, content: bytes = b"") -> str:
        """Put an index of tiny images, one a platform such as `linux/arm64`, under a tag; returns its digest."""
        images = {name: build_image(TinyImage(platform=name, content=content)) for name in platforms}
        for pieces in images.values():
            self._put(repository, None, pieces)
        return self._put(repository, tag, build_index(images))

    def delete_tag(self, repository: str, tag: str) -> None:
        """Take a tag away; its image stays and can be had by digest."""
        self._store.delete_tag(repository, tag)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _put(self, repository: str, tag: str | None, pieces: Pieces) -> str:
        for blob in pieces.blobs:
            self._store.put_blob(blob)
        return self._store.put_manifest(repository, tag or pieces.digest, pieces.media_type, pieces.manifest)

    def _record(self, method: str, path: str) -> None:
        self.requests.append((method, path))


class _Store:
    """Blobs, manifests and tags in memory; thread-safe. Blobs are shared by all repositories."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blobs: dict[str, bytes] = {}
        self._manifests: dict[tuple[str, str], tuple[str, bytes]] = {}
        self._tags: dict[tuple[str, str], str] = {}
        self._uploads: dict[str, bytes] = {}

    def blob(self, digest: str) -> bytes | None:
        with self._lock:
            return self._blobs.get(digest)

    def put_blob(self, data: bytes) -> str:
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
        """Returns the digest; raises `_RefusedError` for what does not fit."""
        digest = digest_of(data)
        missing = [named for named in _named(data) if not self._has(repository, named)]
        if missing:
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "MANIFEST_BLOB_UNKNOWN")
        if is_digest(reference) and reference != digest:
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "DIGEST_INVALID")
        if not is_digest(reference) and not TAG_RE.fullmatch(reference):
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "TAG_INVALID")
        with self._lock:
            self._manifests[repository, digest] = (media_type, data)
            if not is_digest(reference):
                self._tags[repository, reference] = digest
        return digest

    def tags(self, repository: str) -> list[str] | None:
        """Sorted; None for a repository that nothing was ever put into."""
        with self._lock:
            known = any(name == repository for name, _ in self._manifests)
            return sorted(tag for name, tag in self._tags if name == repository) if known else None

    def delete_tag(self, repository: str, tag: str) -> None:
        with self._lock:
            self._tags.pop((repository, tag), None)

    def begin_upload(self) -> str:
        with self._lock:
            name = f"{len(self._uploads) + 1:08x}"
            self._uploads[name] = b""
            return name

    def extend_upload(self, name: str, data: bytes) -> bytes:
        """All bytes of the upload so far; raises `_RefusedError` if there is no such upload."""
        with self._lock:
            if name not in self._uploads:
                raise _RefusedError(HTTPStatus.NOT_FOUND, "BLOB_UPLOAD_UNKNOWN")
            self._uploads[name] += data
            if len(self._uploads[name]) > MAX_BODY:
                raise _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "SIZE_INVALID")
            return self._uploads[name]

    def end_upload(self, name: str) -> None:
        with self._lock:
            self._uploads[name] = b""

    def _has(self, repository: str, digest: str) -> bool:
        with self._lock:
            return digest in self._blobs or (repository, digest) in self._manifests


class _RefusedError(InputError):
    """A request that the registry refuses, with the specification's error code."""

    def __init__(self, status: HTTPStatus, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class _Server(ThreadingHTTPServer):
    """Ends at once: its threads wait on connections that clients keep."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], handler: Callable[..., BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as socketserver has it
        """Remember the connection, so that the end of the server ends it."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - as socketserver has it
        """The connection is over."""
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Stop listening and hang up on everyone."""
        super().server_close()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client may hang up whenever it likes."""


class _Handler(BaseHTTPRequestHandler):
    """The HTTP side: one method a verb, each a small table of what can be asked for."""

    protocol_version = "HTTP/1.1"
    server_version = "imagestream-demo"
    disable_nagle_algorithm = True
    wbufsize = -1
    store: _Store
    record: Callable[[str, str], None]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server gives it
        """Say nothing."""

    def do_HEAD(self) -> None:
        """As GET, without the body."""
        self._serve(self._get)

    def do_GET(self) -> None:
        """Manifests, blobs, tags."""
        self._serve(self._get)

    def do_POST(self) -> None:
        """Begin an upload."""
        self._serve(self._post)

    def do_PATCH(self) -> None:
        """Go on with an upload."""
        self._serve(self._patch)

    def do_PUT(self) -> None:
        """Finish an upload, or put a manifest."""
        self._serve(self._put)

    def _serve(self, answer: Callable[[str, str, str, bytes], None]) -> None:
        path = urlsplit(self.path).path
        self.record(self.command, path)
        try:
            body = self._body()
            if path in {"/v2", "/v2/"}:
                return self._answer(HTTPStatus.OK, b"{}", {"Content-Type": "application/json"})
            answer(*_resource(path), body)
        except _RefusedError as refused:
            text = json.dumps({"errors": [{"code": refused.code, "message": refused.status.phrase}]}).encode()
            self._answer(refused.status, text, {"Content-Type": "application/json"})

    def _get(self, name: str, kind: str, rest: str, body: bytes) -> None:  # noqa: ARG002 - one shape for all verbs
        if kind == "tags" and rest == "list":
            tags = self.store.tags(name)
            if tags is None:
                raise _RefusedError(HTTPStatus.NOT_FOUND, "NAME_UNKNOWN")
            listing = json.dumps({"name": name, "tags": tags}).encode()
            return self._answer(HTTPStatus.OK, listing, {"Content-Type": "application/json"})
        if kind == "manifests":
            return self._get_manifest(name, rest)
        if kind == "blobs" and rest.startswith("uploads/"):
            size = len(self.store.extend_upload(rest.removeprefix("uploads/"), b""))
            return self._answer(HTTPStatus.NO_CONTENT, b"", {"Range": f"0-{max(0, size - 1)}"})
        blob = self.store.blob(rest) if kind == "blobs" else None
        if blob is None:
            raise _RefusedError(HTTPStatus.NOT_FOUND, "BLOB_UNKNOWN")
        return self._answer(HTTPStatus.OK, blob, {"Content-Type": _OCTETS, "Docker-Content-Digest": rest})

    def _get_manifest(self, name: str, reference: str) -> None:
        found = self.store.manifest(name, reference)
        if found is None or not self._accepts(found[1]):
            raise _RefusedError(HTTPStatus.NOT_FOUND, "MANIFEST_UNKNOWN")
        digest, media_type, data = found
        self._answer(HTTPStatus.OK, data, {"Content-Type": media_type, "Docker-Content-Digest": digest})

    def _post(self, name: str, kind: str, rest: str, body: bytes) -> None:
        if kind != "blobs" or rest.rstrip("/") != "uploads":
            raise _RefusedError(HTTPStatus.NOT_FOUND, "UNSUPPORTED")
        mounted = self._query("mount")
        if mounted and self.store.blob(mounted) is not None:
            return self._created(f"/v2/{name}/blobs/{mounted}", mounted)
        upload = self.store.begin_upload()
        if self._query("digest"):
            return self._finish_upload(name, upload, body)
        return self._going_on(name, upload, self.store.extend_upload(upload, body))

    def _patch(self, name: str, kind: str, rest: str, body: bytes) -> None:
        upload = self._upload(kind, rest)
        self._going_on(name, upload, self.store.extend_upload(upload, body))

    def _put(self, name: str, kind: str, rest: str, body: bytes) -> None:
        if kind == "manifests":
            media_type = self.headers.get("Content-Type", "").partition(";")[0].strip()
            digest = self.store.put_manifest(name, rest, media_type, body)
            return self._created(f"/v2/{name}/manifests/{digest}", digest)
        return self._finish_upload(name, self._upload(kind, rest), body)

    def _upload(self, kind: str, rest: str) -> str:
        if kind != "blobs" or not rest.startswith("uploads/"):
            raise _RefusedError(HTTPStatus.NOT_FOUND, "UNSUPPORTED")
        return rest.removeprefix("uploads/")

    def _finish_upload(self, name: str, upload: str, body: bytes) -> None:
        data = self.store.extend_upload(upload, body)
        self.store.end_upload(upload)
        if self._query("digest") != digest_of(data):
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "DIGEST_INVALID")
        digest = self.store.put_blob(data)
        self._created(f"/v2/{name}/blobs/{digest}", digest)

    def _created(self, location: str, digest: str) -> None:
        self._answer(HTTPStatus.CREATED, b"", {"Location": location, "Docker-Content-Digest": digest})

    def _going_on(self, name: str, upload: str, data: bytes) -> None:
        headers = {
            "Location": f"/v2/{name}/blobs/uploads/{upload}",
            "Range": f"0-{max(0, len(data) - 1)}",
            "Docker-Upload-UUID": upload,
        }
        self._answer(HTTPStatus.ACCEPTED, b"", headers)

    def _accepts(self, media_type: str) -> bool:
        """Whether the client takes that type; none named means any (RFC 9110, section 12.5.1)."""
        listed = ",".join(self.headers.get_all("Accept", []))
        names = {entry.partition(";")[0].strip() for entry in listed.split(",")} - {""}
        return not names or bool(names & {media_type, "*/*"})

    def _query(self, name: str) -> str:
        return parse_qs(urlsplit(self.path).query).get(name, [""])[0]

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(_chunks(self.rfile))
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MAX_BODY:
            self.close_connection = True
            raise _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "SIZE_INVALID")
        return self.rfile.read(int(length))

    def _answer(self, status: HTTPStatus, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status is not HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _resource(path: str) -> tuple[str, str, str]:
    """The repository, the kind of thing, and which one; raises `_RefusedError`."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise _RefusedError(HTTPStatus.NOT_FOUND, "NAME_UNKNOWN")
    return match["name"], match["kind"], match["rest"]


def _chunks(stream: io.BufferedIOBase) -> Iterable[bytes]:
    """The chunks of a body (RFC 9112, section 7.1), up to `MAX_BODY` bytes."""
    total = 0
    while True:
        try:
            size = int(stream.readline(100).partition(b";")[0], 16)
        except ValueError:
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "SIZE_INVALID") from None
        total += size
        if size < 0 or total > MAX_BODY:
            raise _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "SIZE_INVALID")
        if size == 0:
            while stream.readline(1000).strip():
                pass
            return
        yield stream.read(size)
        stream.readline(10)


def _named(manifest: bytes) -> list[str]:
    """Every digest that a manifest needs; raises `_RefusedError` for what is no manifest."""
    try:
        document = json.loads(manifest)
        parts = [*document.get("layers", []), *document.get("manifests", [])]
        parts += [document["config"]] if "config" in document else []
        return [part["digest"] for part in parts]
    except (ValueError, RecursionError, AttributeError, TypeError, KeyError):
        raise _RefusedError(HTTPStatus.BAD_REQUEST, "MANIFEST_INVALID") from None


def _descriptor(media_type: str, data: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": digest_of(data), "size": len(data)}


def _json(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def _tar(content: bytes) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        if content:
            entry = tarfile.TarInfo("content")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return target.getvalue()
