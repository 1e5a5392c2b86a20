"""Push tiny images to a registry over plain HTTP: `push.py HOST:PORT [--missing] REPOSITORY:TAG…`.

Each push is a new build; with `--missing` only tags that the registry lacks are pushed. It runs in the image, whose
package builds the images, so that the loop can be tried without `docker push`.
"""

from __future__ import annotations

import http.client
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from reconciler.demo.image import Pieces, TinyImage, build_image, digest_of

PATIENCE = 60.0
_DONE = frozenset({200, 201, 202})
_ACCEPT = {"Accept": "application/vnd.oci.image.manifest.v1+json"}


@dataclass(frozen=True)
class Registry:
    """A registry without a password."""

    address: str

    def wait(self) -> None:
        """Until it answers."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self.ask("GET", "/v2/")
            except OSError as error:
                if time.monotonic() > end:
                    sys.exit(f"{self.address} does not answer: {error}")
                time.sleep(0.5)
            else:
                return

    def has(self, repository: str, tag: str) -> bool:
        """Whether the tag is there."""
        return self.ask("HEAD", f"/v2/{repository}/manifests/{tag}", headers=_ACCEPT)[0] in _DONE

    def push(self, repository: str, tag: str, image: Pieces) -> None:
        """The blobs first, then the manifest under the tag."""
        for blob in image.blobs:
            location = self.sent("POST", f"/v2/{repository}/blobs/uploads/").split(self.address)[-1]
            joint = "&" if "?" in location else "?"
            self.sent("PUT", f"{location}{joint}digest={digest_of(blob)}", blob, "application/octet-stream")
        self.sent("PUT", f"/v2/{repository}/manifests/{tag}", image.manifest, image.media_type)

    def sent(self, method: str, path: str, body: bytes = b"", media_type: str = "application/octet-stream") -> str:
        """The `Location` of the answer; ends the program where it is a refusal."""
        status, location = self.ask(method, path, body, {"Content-Type": media_type})
        if status not in _DONE:
            sys.exit(f"{self.address} answers {method} {path} with {status}")
        return location

    def ask(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> tuple[int, str]:
        """Status and `Location` of one answer."""
        connection = http.client.HTTPConnection(self.address, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.headers.get("Location", "")
        finally:
            connection.close()


def main(address: str, *words: str) -> None:
    """Push each name that is given."""
    registry = Registry(address)
    registry.wait()
    for name in (word for word in words if word != "--missing"):
        repository, _, tag = name.rpartition(":")
        if "--missing" in words and registry.has(repository, tag):
            print(f"{address}/{name} is there already.")
            continue
        now = datetime.now(UTC).isoformat()
        image = build_image(
            TinyImage(created=now, labels={"org.opencontainers.image.version": tag}, content=now.encode())
        )
        registry.push(repository, tag, image)
        print(f"{address}/{name} is {image.digest}")


if __name__ == "__main__":
    main(*sys.argv[1:])
