"""Tiny images pushed to any registry over plain HTTP, in OCI's or Docker's media types."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from reconciler.demo.image import OCI, MediaTypes, Pieces, TinyImage, build_image, build_index, digest_of

DOCKER = MediaTypes(
    index="application/vnd.docker.distribution.manifest.list.v2+json",
    manifest="application/vnd.docker.distribution.manifest.v2+json",
    config="application/vnd.docker.container.image.v1+json",
    layer="application/vnd.docker.image.rootfs.diff.tar.gzip",
)


@dataclass(frozen=True, slots=True)
class Pusher:
    """Pushes to one registry. `headers` are sent with every request, for a registry with users."""

    address: str
    """`HOST:PORT`."""
    headers: Mapping[str, str] = field(default_factory=dict)
    types: MediaTypes = OCI

    def image(self, repository: str, tag: str, image: TinyImage | None = None) -> str:
        """Push an image under a tag; its digest."""
        return self.pieces(repository, tag, build_image(image or TinyImage(), self.types))

    def index(self, repository: str, tag: str, platforms: Iterable[str], content: bytes = b"") -> str:
        """Push an index of images, one for each platform, under a tag; its digest."""
        images = {name: build_image(TinyImage(platform=name, content=content), self.types) for name in platforms}
        for pieces in images.values():
            self.pieces(repository, pieces.digest, pieces)
        return self.pieces(repository, tag, build_index(images, self.types))

    def pieces(self, repository: str, reference: str, pieces: Pieces) -> str:
        """Push a built image, by tag or by digest; its digest."""
        for blob in pieces.blobs:
            self._blob(repository, blob)
        path = f"/v2/{repository}/manifests/{reference}"
        self._send("PUT", path, pieces.manifest, {"Content-Type": pieces.media_type})
        return pieces.digest

    def _blob(self, repository: str, data: bytes) -> None:
        location = self._send("POST", f"/v2/{repository}/blobs/uploads/", b"", {}).split(self.address)[-1]
        joint = "&" if "?" in location else "?"
        octets = {"Content-Type": "application/octet-stream"}
        self._send("PUT", f"{location}{joint}digest={digest_of(data)}", data, octets)

    def _send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> str:
        """Send one request; the `Location` of the answer. Raises AssertionError for any failure."""
        connection = http.client.HTTPConnection(self.address, timeout=20)
        try:
            connection.request(method, path, body, {**self.headers, **headers})
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        assert answer.status in {200, 201, 202}, f"{method} {path}: {answer.status} {text!r}"
        return answer.headers.get("Location", "")


class Series:
    """Images that differ in their manifest only: the blobs are pushed once, and each image is one request.

    A context manager that keeps one connection; one thread uses it.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._connection = http.client.HTTPConnection(address, timeout=20)
        self._base = build_image(TinyImage(content=b"series"))
        self._pushed: set[str] = set()
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def move(self, repository: str, tag: str) -> str:
        """Push the next image under a tag; its digest."""
        if repository not in self._pushed:
            Pusher(self._address).pieces(repository, "first", self._base)
            self._pushed.add(repository)
        self._number += 1
        body = json.dumps(json.loads(self._base.manifest) | {"annotations": {"number": str(self._number)}}).encode()
        path = f"/v2/{repository}/manifests/{tag}"
        self._connection.request("PUT", path, body, {"Content-Type": self._base.media_type})
        answer = self._connection.getresponse()
        text = answer.read()
        assert answer.status == http.client.CREATED, text
        return digest_of(body)
