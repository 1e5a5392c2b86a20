"""The files that `init` writes: they make a git repository a repository of image streams.

Files that exist are not overwritten; missing lines are added to them. With these files Argo CD and Flux deploy the
workloads and leave histories and holds alone, and a checkout on any system keeps the bytes of both.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import UsageError
from reconciler.model.config import Config
from reconciler.reading.tree import Tree
from reconciler.reading.tree_declaration import read_tree
from reconciler.resources import schema_text
from reconciler.settings import CONFIG_FILE

CONFIG_TEXT = """\
# yaml-language-server: $schema={schema}
# This file makes the repository one of image streams. Every field has a default.
apiVersion: reconciler/v1alpha1
kind: Config
spec:
  defaultNamespace: {namespace}
"""

# Path and lines. Flux reads .sourceignore; git and the forges read the other two.
LINES: dict[str, tuple[str, ...]] = {
    ".gitattributes": (
        "# Written by the reconciler: the same bytes on every system, folded away in reviews.",
        "/history/** text eol=lf linguist-generated=true",
        "/holds/** text eol=lf linguist-generated=true",
    ),
    ".sourceignore": (
        "# What the reconciler reads and writes is nothing to deploy.",
        "/history/",
        "/holds/",
        "/.imagestream/",
        "/imagestreams/",
        "/reconciler.yaml",
    ),
}
_SCHEMA_DIR = ".imagestream"
SCHEMAS = {name: f"{_SCHEMA_DIR}/{name}.schema.json" for name in ("config", "imagestream")}
"""The schemas of `reconciler.yaml` and of streams, for editors; `imagestream schema` prints newer ones."""
OWNERS = (
    "# The reconciler writes these; nobody has to approve them.",
    "/history/",
    "/holds/",
)
_OWNERS_FILE = "CODEOWNERS"
_READ_BY = (
    (".github/", "", "docs/"),
    ("", "docs/", ".gitlab/"),
    ("", "docs/", ".gitea/"),
    ("", "docs/", ".forgejo/"),
)
"""The folders where GitHub, GitLab, Gitea and Forgejo look for CODEOWNERS; each reads only the first that exists."""
_NO_NAMESPACE = "namespace-of-streams-without-one"


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file that `init` wrote, or added lines to."""

    path: str
    created: bool


@dataclass(frozen=True, slots=True)
class ExistingStreams:
    """The streams that a repository has before `init`."""

    streams: int
    tags: int
    files: int
    namespace: str | None
    """The namespace that all of them name; None where they name none, or several."""


def find_existing_streams(tree: Tree) -> ExistingStreams:
    """The streams that the files declare already."""
    found = read_tree(tree, Config(default_namespace=_NO_NAMESPACE)).declarations
    named = {name.namespace for name in found.streams} - {_NO_NAMESPACE}
    tags = sum(len(stream.tags) for stream in found.streams.values())
    return ExistingStreams(len(found.streams), tags, found.files, named.pop() if len(named) == 1 else None)


def initialise(folder: Path, existing: ExistingStreams) -> list[WrittenFile]:
    """Write the missing files into the top folder of the work tree; an empty list means that none was missing.

    Existing streams keep their names: the namespace that all of them name becomes the default namespace.
    Raises `UsageError` where a file is a symbolic link or cannot be written.
    """
    wanted = LINES | dict.fromkeys(_owners_files(folder), OWNERS)
    missing = {path: _missing(folder / path, lines) for path, lines in wanted.items()}
    written: list[WrittenFile] = []
    if not (folder / CONFIG_FILE).exists():
        _write(folder / CONFIG_FILE, _config_text(existing))
        written.append(WrittenFile(CONFIG_FILE, created=True))
    written += _schemas(folder)
    for path, lines in missing.items():
        if lines:
            created = not (folder / path).exists()
            _write(folder / path, "".join(f"{line}\n" for line in lines))
            written.append(WrittenFile(path, created))
    return written


def _config_text(existing: ExistingStreams) -> str:
    namespace = existing.namespace or Config().default_namespace
    return CONFIG_TEXT.format(schema=SCHEMAS["config"], namespace=namespace)


def _schemas(folder: Path) -> list[WrittenFile]:
    """Write the schemas for editors into the repository, where every clone finds them without a network."""
    missing = {path: schema_text(name) for name, path in SCHEMAS.items() if not os.path.lexists(folder / path)}
    if missing and (folder / _SCHEMA_DIR).is_symlink():
        raise UsageError(f"{_SCHEMA_DIR} is a symbolic link. Replace it by a folder and run `imagestream init` again.")
    for path, text in missing.items():
        try:
            (folder / path).parent.mkdir(exist_ok=True)
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror}.") from error
        _write(folder / path, text)
    return [WrittenFile(path, created=True) for path in missing]


def _owners_files(folder: Path) -> list[str]:
    """The CODEOWNERS that git hosts read here; a new one in another folder would switch off the existing one."""
    found = dict.fromkeys(
        next((f"{place}{_OWNERS_FILE}" for place in places if os.path.lexists(folder / place / _OWNERS_FILE)), None)
        for places in _READ_BY
    )
    return [path for path in found if path is not None] or [_OWNERS_FILE]


def _missing(path: Path, lines: tuple[str, ...]) -> list[str]:
    """The lines that a file does not have yet. All files are checked before the first is written."""
    if path.is_symlink():
        raise UsageError(f"{path} is a symbolic link. Replace it by a file and run `imagestream init` again.")
    if not path.exists():
        return list(lines)
    there = _read(path).decode("utf-8", "surrogateescape").splitlines()
    return [line for line in lines if line not in there]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}. Move it away and run it again.") from error


def _write(path: Path, text: str) -> None:
    """Add text at the end of a file, on a line of its own."""
    there = _read(path) if path.exists() else b""
    joint = "\n" if there and not there.endswith(b"\n") else ""
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_APPEND
    try:
        with os.fdopen(os.open(path, flags, 0o644), "a", encoding="utf-8") as stream:
            stream.write(joint + text)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error
