"""The folder of `demo --keep`: the repository, its remote inside it, and the registry to serve again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from reconciler.demo.image_set import ALL, push
from reconciler.demo.registry import DemoRegistry
from reconciler.errors import UsageError

_PLACE: Final = ".git/imagestream-demo"
"""Inside `.git`, where a commit or `git clean` does not touch it."""


def leave(repository: Path, remote: Path, folder: Path, address: str) -> None:
    """Copy the repository and its remote to a new folder, with the address of the registry: `HOST:PORT`."""
    shutil.copytree(repository, folder)
    place = folder.absolute() / _PLACE
    shutil.copytree(remote, place / "remote.git")
    (place / "registry").write_text(f"{address}\n", encoding="utf-8")
    config = folder / ".git/config"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace(str(remote), str(place / "remote.git")), encoding="utf-8")


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve the registry of a kept folder, with the images of the story, until the block ends; its address.

    Raises `UsageError` for another folder, and where another program has the port.
    """
    try:
        host, _, port = (folder / _PLACE / "registry").read_text(encoding="utf-8").strip().rpartition(":")
        registry = DemoRegistry(int(port))
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        advice = "Name the DIR of `imagestream demo --keep DIR`."
        raise UsageError(f"--registry {folder} was not left by the demo. {advice}") from error
    except OSError as error:
        why = f"{host}:{port}, which its streams name, cannot be listened on: {error.strerror}."
        raise UsageError(f"--registry {folder}: {why} End what has that port, or run the demo again.") from error
    with registry:
        for image in ALL:
            push(registry, image)
        yield registry.address
