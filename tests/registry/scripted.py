"""Routes of a fault server that serve a built image correctly; a test then breaks one of them."""

from __future__ import annotations

import threading

from reconciler.demo.image import OCI, Pieces, TinyImage, build_image, build_index, digest_of
from reconciler.model.host import Host
from reconciler.model.observation import Question
from tests.kit.faults import Behaviour, FaultServer, Recorded, Reply, Route

REPOSITORY = "a/b"
TAGGED = f"/v2/{REPOSITORY}/manifests/1"
IMAGE = build_image(TinyImage(labels={"org.opencontainers.image.version": "1.2"}))
CHILDREN = {name: build_image(TinyImage(platform=name)) for name in ("linux/arm64", "linux/amd64")}
INDEX = build_index(CHILDREN, OCI)


def manifest(pieces: Pieces, **headers: str) -> Reply:
    """A correct answer with a manifest; header names are written with `_`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(
        200, {"Content-Type": pieces.media_type, "Docker-Content-Digest": pieces.digest} | named, pieces.manifest
    )


def by_digest(pieces: Pieces) -> str:
    """The path of a manifest by its digest."""
    return f"/v2/{REPOSITORY}/manifests/{pieces.digest}"


def serving(*all_pieces: Pieces) -> dict[str, Route]:
    """Everything by digest, and the last one under the tag `1`."""
    routes: dict[str, Route] = {}
    for pieces in all_pieces:
        routes |= {f"* {by_digest(pieces)}": manifest(pieces)}
        routes |= {f"GET /v2/{REPOSITORY}/blobs/{digest_of(blob)}": Reply(200, {}, blob) for blob in pieces.blobs}
    return routes | {f"* {TAGGED}": manifest(all_pieces[-1])}


def about(server: FaultServer, identifier: str = "1") -> Question:
    """The question for the tag `1`, or another tag or digest."""
    return Question(Host(server.address), REPOSITORY, identifier)


class ConcurrencyGauge:
    """Counts concurrent requests: each waits until enough have come, or for this many seconds."""

    def __init__(self, answer: Behaviour, *, enough: int, seconds: float) -> None:
        self._answer = answer
        self._enough = enough
        self._seconds = seconds
        self._lock = threading.Lock()
        self._full = threading.Event()
        self._inside = 0
        self.most = 0
        """The maximum so far."""

    def choose(self, _: Recorded) -> Behaviour:
        """For `Decide`."""
        with self._lock:
            self._inside += 1
            self.most = max(self.most, self._inside)
        if self.most >= self._enough:
            self._full.set()
        self._full.wait(self._seconds)
        with self._lock:
            self._inside -= 1
        return self._answer
