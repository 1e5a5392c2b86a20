"""The images of the story. Their bytes never change, so a registry that is served again has the same digests."""

from __future__ import annotations

from typing import Final, NamedTuple

from reconciler.demo.registry import DemoRegistry


class Image(NamedTuple):
    """One image of the story: its repository, its tag, and the version in its label."""

    repository: str
    tag: str
    version: str


BEFORE: Final = (
    Image("acme/app", "main", "1.5.0-rc1"),
    Image("acme/app", "1.4.1", "1.4.1"),
    Image("acme/base", "22.04", "22.04"),
    Image("acme/tools", "1.4.0", "1.4.0"),
    Image("acme/tools", "1.5.1", "1.5.1"),
    Image("acme/tools", "2.0.0", "2.0.0"),
)
SECOND: Final = Image("acme/app", "main", "1.5.0-rc2")
THIRD: Final = Image("acme/app", "main", "1.5.0-rc3")
ALL: Final = (*BEFORE, SECOND, THIRD)
"""All images, in the order in which the story pushes them."""


def push(registry: DemoRegistry, image: Image) -> str:
    """Push an image; its digest."""
    return registry.push(
        image.repository,
        image.tag,
        version=image.version,
        revision="1f0c9d2e7a",
        source=f"https://git.example.com/{image.repository}",
        created="2026-11-22T21:10:00Z",
        content=image.version.encode(),
    )
