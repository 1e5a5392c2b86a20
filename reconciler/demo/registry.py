"""A small registry inside the process, for the demo and for tests: the OCI distribution API over memory.

skopeo can push to it and pull from it. It listens on a loopback address and an ephemeral port. As distribution does, it
answers 404 for a manifest whose type is not accepted. It lacks users, TLS and deletion over HTTP, and keeps
everything in memory, so it is not for production.
"""

from __future__ import annotations

import io
import json
import re
import socket
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Self
from urllib.parse import parse_qs, urlsplit

from reconciler.demo.http_server import DemoServer
from reconciler.demo.image import Pieces, TinyImage, build_image, build_index, digest_of
from reconciler.demo.store import MAX_BODY, DemoRequestError, Store

_TLS_HELLO = b"\x16"  # the first byte of every TLS handshake
_OCTETS = "application/octet-stream"
_LABEL = "org.opencontainers.image."
_PATH = re.compile(r"/v2/(?P<name>[a-z0-9._/-]+?)/(?P<kind>manifests|blobs|tags)/(?P<rest>.+)")


class DemoRegistry:
    """The registry: a context manager that listens while its block runs, at a free port or at the given one.

    Raises `OSError` where another program has that port.
    """

    def __init__(self, port: int = 0) -> None:
        self.requests: list[tuple[str, str]] = []
        """Every request so far, as method and path without the query."""
        self._store = Store()
        handler = type("Handler", (_Handler,), {"store": self._store, "record": self._record})
        self._server = DemoServer(port, handler)

    @property
    def address(self) -> str:
        """`127.0.0.1:PORT`: the host in the references of its images."""
        return self._server.address

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
        """Push a tiny linux/amd64 image; its digest."""
        values = {"version": version, "revision": revision, "source": source}
        labels = {f"{_LABEL}{name}": value for name, value in values.items() if value is not None}
        pieces = build_image(TinyImage(labels=labels, created=created, content=content))
        return self._put(repository, tag, pieces)

    def push_index(self, repository: str, tag: str, platforms: Iterable[str], *, content: bytes = b"") -> str:
        """Push an index of tiny images, one for each platform such as `linux/arm64`; its digest."""
        images = {name: build_image(TinyImage(platform=name, content=content)) for name in platforms}
        for pieces in images.values():
            self._put(repository, None, pieces)
        return self._put(repository, tag, build_index(images))

    def delete_tag(self, repository: str, tag: str) -> None:
        """Delete a tag; its image can still be pulled by digest."""
        self._store.delete_tag(repository, tag)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    def _put(self, repository: str, tag: str | None, pieces: Pieces) -> str:
        for blob in pieces.blobs:
            self._store.put_blob(blob)
        return self._store.put_manifest(repository, tag or pieces.digest, pieces.media_type, pieces.manifest)

    def _record(self, method: str, path: str) -> None:
        self.requests.append((method, path))


class _Handler(BaseHTTPRequestHandler):
    """The HTTP interface: one method for each HTTP verb."""

    protocol_version = "HTTP/1.1"
    server_version = "imagestream-demo"
    disable_nagle_algorithm = True
    wbufsize = -1
    store: Store
    record: Callable[[str, str], None]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server gives it
        """Print nothing."""

    def handle_one_request(self) -> None:
        """Answer a TLS handshake at once: the client would wait, because the server waits for the end of a line."""
        if self.connection.recv(1, socket.MSG_PEEK) == _TLS_HELLO:
            self.wfile.write(b"HTTP/1.0 400 Bad Request\r\n\r\nThis is plain HTTP.\n")
            self.wfile.flush()
            self.close_connection = True
            return
        super().handle_one_request()

    def do_HEAD(self) -> None:
        """Answer as GET, without the body."""
        self._serve(self._get)

    def do_GET(self) -> None:
        """Answer with a manifest, a blob or tags."""
        self._serve(self._get)

    def do_POST(self) -> None:
        """Begin an upload."""
        self._serve(self._post)

    def do_PATCH(self) -> None:
        """Continue an upload."""
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
        except DemoRequestError as refused:
            text = json.dumps({"errors": [{"code": refused.code, "message": refused.status.phrase}]}).encode()
            self._answer(refused.status, text, {"Content-Type": "application/json"})

    def _get(self, name: str, kind: str, rest: str, body: bytes) -> None:  # noqa: ARG002 - one shape for all verbs
        if kind == "tags" and rest == "list":
            tags = self.store.tags(name)
            if tags is None:
                raise DemoRequestError(HTTPStatus.NOT_FOUND, "NAME_UNKNOWN")
            listing = json.dumps({"name": name, "tags": tags}).encode()
            return self._answer(HTTPStatus.OK, listing, {"Content-Type": "application/json"})
        if kind == "manifests":
            return self._get_manifest(name, rest)
        if kind == "blobs" and rest.startswith("uploads/"):
            size = len(self.store.extend_upload(rest.removeprefix("uploads/"), b""))
            return self._answer(HTTPStatus.NO_CONTENT, b"", {"Range": f"0-{max(0, size - 1)}"})
        blob = self.store.blob(rest) if kind == "blobs" else None
        if blob is None:
            raise DemoRequestError(HTTPStatus.NOT_FOUND, "BLOB_UNKNOWN")
        return self._answer(HTTPStatus.OK, blob, {"Content-Type": _OCTETS, "Docker-Content-Digest": rest})

    def _get_manifest(self, name: str, reference: str) -> None:
        found = self.store.manifest(name, reference)
        if found is None or not self._accepts(found[1]):
            raise DemoRequestError(HTTPStatus.NOT_FOUND, "MANIFEST_UNKNOWN")
        digest, media_type, data = found
        self._answer(HTTPStatus.OK, data, {"Content-Type": media_type, "Docker-Content-Digest": digest})

    def _post(self, name: str, kind: str, rest: str, body: bytes) -> None:
        if kind != "blobs" or rest.rstrip("/") != "uploads":
            raise DemoRequestError(HTTPStatus.NOT_FOUND, "UNSUPPORTED")
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
            raise DemoRequestError(HTTPStatus.NOT_FOUND, "UNSUPPORTED")
        return rest.removeprefix("uploads/")

    def _finish_upload(self, name: str, upload: str, body: bytes) -> None:
        data = self.store.extend_upload(upload, body)
        self.store.end_upload(upload)
        if self._query("digest") != digest_of(data):
            raise DemoRequestError(HTTPStatus.BAD_REQUEST, "DIGEST_INVALID")
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
        """Whether the client accepts the type; without a header it accepts any (RFC 9110, section 12.5.1)."""
        listed = ",".join(self.headers.get_all("Accept", []))
        names = {entry.partition(";")[0].strip() for entry in listed.split(",")} - {""}
        return not names or bool(names & {media_type, "*/*"})

    def _query(self, name: str) -> str:
        return parse_qs(urlsplit(self.path).query).get(name, [""])[0]

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            kept, self.close_connection = self.close_connection, True  # after broken chunks nothing can be told apart
            body = b"".join(_chunks(self.rfile))
            self.close_connection = kept
            return body
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MAX_BODY:
            self.close_connection = True
            raise DemoRequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "SIZE_INVALID")
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
    """The repository, the kind and the reference of a path. Raises `DemoRequestError`."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise DemoRequestError(HTTPStatus.NOT_FOUND, "NAME_UNKNOWN")
    return match["name"], match["kind"], match["rest"]


def _chunks(stream: io.BufferedIOBase) -> Iterable[bytes]:
    """The chunks of a body (RFC 9112, section 7.1), up to `MAX_BODY` bytes."""
    total = 0
    while True:
        try:
            size = int(stream.readline(100).partition(b";")[0], 16)
        except ValueError:
            raise DemoRequestError(HTTPStatus.BAD_REQUEST, "SIZE_INVALID") from None
        total += size
        if size < 0 or total > MAX_BODY:
            raise DemoRequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "SIZE_INVALID")
        if size == 0:
            while stream.readline(1000).strip():
                pass
            return
        yield stream.read(size)
        stream.readline(10)
