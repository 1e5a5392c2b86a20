"""Trailers: the last paragraph of a commit message, which programs read, and the change that it records (design 3.5).

Only `provenance` may parse them (an import contract), because it knows who wrote a commit.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from reconciler.errors import InputError
from reconciler.model.history import HeldImage
from reconciler.model.name import IstagName
from reconciler.model.person import Person
from reconciler.model.stream import Source, SourceKind

NONE = "none"
TRAILER = re.compile(r"([A-Za-z][A-Za-z0-9-]*): (.*)")
_REPEATED = frozenset({"Held-Image", "Released-Image", "Workload"})
TRAILERS: Mapping[str, str] = {
    "Tag": "The istag; each change of a commit begins here.",
    "Image": "What the istag means after the commit: a digest, a pull spec for a reference tag, or `none`.",
    "Previous-Image": "What it meant before, in the same form.",
    "Source": "The kind and name of the source that was resolved.",
    "Cause": "Why: the cause of an event, or `rolled-back`, `released`, `removed`, `restored`, `retargeted`.",
    "Pushed-By": "Who pushed the image, as the registry's event claims, without proof.",
    "Awaited-Tags": "The tags of the stream's `dockerImageRepository` that did not come yet, between blanks; `*` if "
    "their list could not be fetched.",
    "Held-Image": "An image that is held from now on; once for each.",
    "Released-Image": "An image that is held no longer; once for each.",
    "Workload": "An image field that the commit writes, as `PATH#FIELD`; once for each.",
    "Undoes": "The commit that this one undoes.",
    "Requested-By": "The person whose commit caused the change.",
    "Requested-In": "That commit.",
}
"""The trailers of the reconciler's commits, in their order, each with its meaning."""
OWN_KEYS = frozenset(key.lower() for key in TRAILERS)
_PERSON = re.compile(r"(.*) <(.*)>")


@dataclass(frozen=True, slots=True)
class RecordedChange:
    """A change as the trailers of a commit record it."""

    tag: IstagName
    image: str | None
    previous: str | None
    source: Source | None
    cause: str
    pushed_by: str | None = None
    requested_by: Person | None = None
    requested_in: str | None = None
    undoes: str | None = None
    held: tuple[str, ...] = ()
    released: tuple[str, ...] = ()
    awaited: tuple[str, ...] = ()
    workloads: tuple[str, ...] = ()
    """The image fields that the commit writes, as `ImageField.name`."""

    def describes_hold(self, before: Sequence[HeldImage], after: Sequence[HeldImage]) -> bool:
        """Whether the hold changed in this way. An image that becomes held again for another source counts too."""
        held = {entry.identity for entry in after if entry not in before}
        released = {entry.identity for entry in before} - {entry.identity for entry in after}
        return held == set(self.held) and released == set(self.released)

    def could_leave(self, before: Sequence[HeldImage], after: Sequence[HeldImage], ever: Collection[HeldImage]) -> bool:
        """Whether the reconciler could have changed a hold this way; `ever` are the entries recorded in it before."""
        if self.cause == "removed" and not after:
            return True
        brought_back = self.cause == "restored" and set(after) <= set(ever)
        return brought_back or self.describes_hold(before, after)


def parse(message: str) -> tuple[RecordedChange, ...]:
    """The changes that the last paragraph of a message records; empty if it is not made of our trailers."""
    block = message.rstrip("\n").rpartition("\n\n")[2]
    found: list[dict[str, list[str]]] = []
    for line in block.split("\n"):
        match = TRAILER.fullmatch(line)
        if match is None:
            return ()
        key, value = match.groups()
        if key == "Tag":
            found.append({})
        if found and (key in _REPEATED or key not in found[-1]):
            found[-1].setdefault(key, []).append(value)
    try:
        return tuple(_recorded(trailers) for trailers in found)
    except (InputError, KeyError, ValueError):
        return ()


def _recorded(block: dict[str, list[str]]) -> RecordedChange:
    trailers = {key: values[0] for key, values in block.items()}
    requested_by = trailers.get("Requested-By")
    person = _PERSON.fullmatch(requested_by) if requested_by else None
    return RecordedChange(
        tag=IstagName.parse(trailers["Tag"], ""),
        image=_optional(trailers["Image"]),
        previous=_optional(trailers["Previous-Image"]),
        source=_source(trailers["Source"]) if "Source" in trailers else None,
        cause=trailers["Cause"],
        pushed_by=trailers.get("Pushed-By"),
        requested_by=Person(person[1], person[2]) if person else None,
        requested_in=trailers.get("Requested-In"),
        undoes=trailers.get("Undoes"),
        held=tuple(block.get("Held-Image", ())),
        released=tuple(block.get("Released-Image", ())),
        awaited=tuple(trailers.get("Awaited-Tags", "").split()),
        workloads=tuple(block.get("Workload", ())),
    )


def _optional(text: str) -> str | None:
    return None if text == NONE else text


def _source(text: str) -> Source:
    kind, _, name = text.partition(" ")
    parsed = SourceKind(kind)
    if parsed is SourceKind.DOCKER_IMAGE:
        return Source(parsed, name)
    namespace, _, rest = name.partition("/")
    return Source(parsed, rest, namespace)
