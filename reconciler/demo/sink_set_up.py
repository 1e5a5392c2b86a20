"""The sink of the demo: its entry in the example's reconciler.yaml, and the Installation that allows its address."""

from __future__ import annotations

from pathlib import Path
from typing import Final

INSTALLATION: Final = "installation.yaml"
CONFIG: Final = "reconciler.yaml"
_COMMENT: Final = "  # sinks:\n"


def declare_sink(repository: Path, address: str) -> str:
    """Put the sink in place of the example's comment; `address` is HOST:PORT. The text that was there before."""
    file = repository / CONFIG
    before = file.read_text(encoding="utf-8")
    head = before.partition(_COMMENT)[0]
    file.write_text(f"{head}  sinks:\n    - name: demo\n      url: http://{address}/\n", encoding="utf-8")
    return before


def installation(address: str) -> str:
    """The text of an Installation with which a command may tell the sink: it listens on loopback."""
    host = address.rpartition(":")[0]
    return f'apiVersion: reconciler/v1alpha1\nkind: Installation\nspec:\n  allowPrivate: ["{host}"]\n'
