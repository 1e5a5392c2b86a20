"""What `demo --keep` leaves: the repository, its remote inside of it, and the registry that can be served again."""

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
"""Beside git's own files, where no commit and no `git clean` finds it."""


def leave(repository: Path, remote: Path, folder: Path, address: str) -> None:
    """Copy the repository and its remote to a new folder, and remember where the registry was: `HOST:PORT`."""
    shutil.copytree(repository, folder)
    place = folder.absolute() / _PLACE
    shutil.copytree(remote, place / "remote.git")
    (place / "registry").write_text(f"{address}\n", encoding="utf-8")
    config = folder / ".git/config"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace(str(remote), str(place / "remote.git")), encoding="utf-8")


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve the registry of a folder that was kept, with the story's images, until the block ends; its address.

    Raises `UsageError` for a folder that is none, and where another program has its port.
    """
    try:
        host, _, port = (folder / _PLACE / "registry").read_text(encoding="utf-8").strip().rpartition(":")
        registry = DemoRegistry(int(port))
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        advice = "Name the DIR of `imagestream demo --keep DIR`."
        raise UsageError(f"--registry {folder} was not left by the demo. {advice}") from error
    except OSError as error:
        why = f"{host}:{port}, which its streams name, cannot be listened on: {error.strerror}."
        raise UsageError(f"--registry {folder}: {why} End what has that port, or tell the story again.") from error
    with registry:
        for image in ALL:
            push(registry, image)
        yield registry.address
