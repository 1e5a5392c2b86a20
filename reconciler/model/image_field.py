"""Image fields: the values of files that follow an istag, in workloads and in any other YAML or JSON (design 3.8).

| via     | what names the istag                                                                     |
| ------- | ---------------------------------------------------------------------------------------- |
| TRIGGER | a trigger: the annotation `image.openshift.io/triggers`, or a field of a DeploymentConfig |
| LOOKUP  | the value itself, such as `app:prod`, where `lookupPolicy.local` or `resolve-names` applies |
| MARKER  | a comment at the end of the value's line: `# {"$imagestream": "team-a/app:prod"}`         |
| TARGET  | an entry of `targets` in the Config                                                       |
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, unquote

from reconciler.errors import InputError
from reconciler.model.excerpt import excerpt
from reconciler.model.finding import Position
from reconciler.model.name import IstagName

Path = tuple[str | int, ...]
"""The keys and list indexes from the root of a document to a value."""

_PLAIN_KEY = re.compile(r"[A-Za-z_-][A-Za-z0-9_-]*", re.ASCII)
_SAFE = "/._-+=~"
"""The characters beside letters and digits that a trailer shows as they are."""
_STEP = re.compile(r'(\.?)([A-Za-z0-9_-]+)|\[(?:([0-9]{1,9})|"([^"]*)")\]', re.ASCII)


class Part(StrEnum):
    """The part of a pull spec that a field holds."""

    PULL_SPEC = "pull-spec"
    NAME = "name"
    """The repository with its registry, without tag and digest."""
    TAG = "tag"
    """The version: the registry tag that the istag's source selected or names."""
    DIGEST = "digest"


class Via(StrEnum):
    """What names the istag of a field."""

    TRIGGER = "trigger"
    LOOKUP = "lookup"
    MARKER = "marker"
    TARGET = "target"


class WriteStyle(StrEnum):
    """How a whole pull spec is written: `images.write` of the Config."""

    PULL_SPEC = "pull-spec"
    """As the history records it: `quay.io/acme/app@sha256:…`."""
    TAG_AND_DIGEST = "tag-and-digest"
    """With the version where it is known: `quay.io/acme/app:1.4.2@sha256:…`."""


Place = tuple[str, str, IstagName, Part]
"""The owner, identity, istag and part of an image field."""


@dataclass(frozen=True, slots=True)
class ImageField:
    """One value of a file, and the istag that it follows."""

    file: str
    document: int
    """The number of its document in the file, from 0."""
    path: Path
    """The keys and list indexes from the root of its document. The last key may be missing there."""
    istag: IstagName
    value: str | None
    """The text that it has now; None if it is missing or is not text."""
    position: Position
    """The place of the value; for a finding or a problem."""
    part: Part = Part.PULL_SPEC
    via: Via = Via.TRIGGER
    owner: str = ""
    """The object that has the field, such as `Deployment team-a/app`; empty for a file without a Kubernetes object."""
    identity: str = ""
    """What stays the same if entries of a list are added before it: the fieldPath of a trigger, or the path with names
    in place of indexes. Two fields of one file with the same identity, istag and part are the same field."""
    paused: bool = False
    """Whether the trigger is paused: the field is shown and not written."""
    requires: frozenset[IstagName] = frozenset()
    """Istags that must all have an image before it is written (a DeploymentConfig waits for all automatic triggers)."""
    is_alone: bool = True
    """Whether its document is the only one of the file."""

    @property
    def field(self) -> str:
        """The path as text: `spec.template.spec.containers[0].image`; in a file of several documents `(2).` before it.

        Documents count from 1. A key that is not made of letters, digits, `_` and `-` is written as `["a/key"]`.
        """
        return path_text(self.path) if self.is_alone else f"({self.document + 1}).{path_text(self.path)}"

    @property
    def name(self) -> str:
        """The value of the trailer `Workload`: `PATH#FIELD`.

        Characters that a git host could obey are percent-encoded (RFC 3986), in the path as in keys.
        """
        return f"{quote(self.file, safe=_SAFE)}#{self.field}"

    @property
    def place(self) -> Place:
        """What makes it the same field in another file."""
        return self.owner, self.identity or self.field, self.istag, self.part

    @property
    def key(self) -> tuple[str, str, str, IstagName, Part]:
        """What makes it the same field in another commit."""
        return self.file, *self.place


_DOCUMENT = re.compile(r"\(([1-9][0-9]{0,8})\)\.", re.ASCII)


def parse_name(name: str) -> tuple[str, int, Path] | None:
    """The file, the number of the document from 0, and the path of `ImageField.name`; None for any other text."""
    file, hash_sign, text = name.partition("#")
    numbered = _DOCUMENT.match(text)
    try:
        path = parse_path(text[numbered.end() :] if numbered else text)
    except InputError:
        return None
    return (unquote(file), int(numbered[1]) - 1 if numbered else 0, path) if hash_sign else None


def path_text(path: Path) -> str:
    """A path of keys and indexes as text; other characters of a key than `_SAFE` ones are percent-encoded."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN_KEY.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f'["{quote(step, safe=_SAFE)}"]'
    return text


def parse_path(text: str) -> Path:
    """The path of a text that `path_text` could have written; raises `InputError` for any other text."""
    steps: list[str | int] = []
    at = 0
    while at < len(text) or not steps:
        found = _STEP.match(text, at)
        if found is None or (found[2] is not None and bool(found[1]) != bool(steps)):
            raise InputError(
                f'{excerpt(text)} is not a path. Write keys with dots between them: image.tag, a[0]["b.c"].'
            )
        steps.append(found[2] or (int(found[3]) if found[3] else unquote(found[4])))
        at = found.end()
    return tuple(steps)
