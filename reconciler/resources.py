"""Files that ship with the package: the JSON Schemas and the example repository.

In a wheel they are package data under `reconciler/_data/`; in a checkout they are at the top level. This is the one
loader for both.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

_SCHEMA: Final = ".schema.json"


@cache
def root() -> Path:
    """The folder that holds `schemas/` and `examples/`."""
    package = Path(__file__).parent
    packed = package / "_data"
    return packed if packed.is_dir() else package.parent


def schema_text(name: str) -> str:
    """The JSON Schema `schemas/NAME.schema.json` as text."""
    return (root() / "schemas" / f"{name}{_SCHEMA}").read_text(encoding="utf-8")


def schema_names() -> tuple[str, ...]:
    """The NAME of every schema, sorted."""
    return tuple(sorted(path.name.removesuffix(_SCHEMA) for path in (root() / "schemas").glob(f"*{_SCHEMA}")))


def example_repository() -> Path:
    """The folder of the example repository; read it, never write to it."""
    return root() / "examples" / "repo"
