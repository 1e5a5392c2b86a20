"""A notification: what a sink is told of one change, and its JSON form (schemas/notification.schema.json).

One change of one istag in one commit is one notification. Its id is made from both, so whatever process sends it again
gives it the same id, and a receiver can leave out what it has already. All text in it is bounded and cleaned where it
became ours (`model.text`); each medium escapes it once more for itself.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from reconciler.model.change import ChangeKind
from reconciler.model.name import IstagName
from reconciler.model.person import Person, Request
from reconciler.model.stream import Source

TEST_EVENT: Final = "test"
"""The event of a notification that `imagestream sinks test` sends; the others have the word of their change."""
MAX_WORKLOADS: Final = 100
"""The number of image fields that a notification names; the commit has them all."""
MAX_WORKLOAD_TEXT: Final = 8 * 1024
"""The characters of their names together: receivers take about 20 kB (Standard Webhooks)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One change of one istag, as sinks are told of it."""

    id: str
    """Stable: made by `notification_id`."""
    change: ChangeKind
    tag: IstagName
    image: str | None = None
    """What the istag means after the commit: a digest, for a reference event its pull spec, None if nothing."""
    previous: str | None = None
    """What it meant before; written as `image` is."""
    pull_spec: str | None = None
    """The `dockerImageReference` to deploy or to build on; None if the istag means nothing."""
    version: str | None = None
    """The version of the image where it is known: the chosen registry tag, or the label of the image."""
    previous_version: str | None = None
    source: Source | None = None
    cause: str = ""
    """The trailer `Cause` (design 3.5)."""
    author: Person | None = None
    """The author of the commit."""
    request: Request | None = None
    """Who caused it, and in which commit; None if no person did."""
    commit: str = ""
    """The id of the commit, in full."""
    link: str = ""
    """The web page of the commit; empty where it is not known."""
    time: str = ""
    """When the commit was made: RFC 3339, UTC."""
    repository: str = ""
    """The address of the repository without credentials; empty without a remote."""
    branch: str = ""
    workloads: tuple[str, ...] = ()
    """The image fields that the commit wrote for it: `PATH#FIELD`."""
    is_test: bool = False
    """Whether nothing happened: a person tries the sink."""

    @property
    def event(self) -> str:
        """The word for what happened: that of the change, or `test`."""
        return TEST_EVENT if self.is_test else self.change.value

    @property
    def before(self) -> tuple[str | None, str | None]:
        """The version and the image that the istag meant before."""
        return self.previous_version, self.previous

    @property
    def after(self) -> tuple[str | None, str | None]:
        """The version and the image that it means after the commit."""
        return self.version, self.image

    def to_json(self) -> dict[str, object]:
        """Its public form, with every field; null where there is no value."""
        request, workloads = self.request, self._named_workloads()
        return {
            "id": self.id,
            "event": self.event,
            "tag": str(self.tag),
            "namespace": self.tag.namespace,
            "stream": self.tag.stream,
            "image": self.image,
            "previous": self.previous,
            "dockerImageReference": self.pull_spec,
            "version": self.version,
            "previousVersion": self.previous_version,
            "source": _source(self.source),
            "cause": self.cause,
            "author": _person(self.author),
            "requestedBy": _person(request.person if request else None),
            "requestedIn": request.commit if request else None,
            "commit": self.commit,
            "link": self.link or None,
            "time": self.time,
            "repository": self.repository or None,
            "branch": self.branch,
            "workloads": workloads,
            "moreWorkloads": len(self.workloads) - len(workloads),
        }

    def _named_workloads(self) -> list[str]:
        found, size = list[str](), 0
        for each in self.workloads[:MAX_WORKLOADS]:
            size += len(each)
            if size > MAX_WORKLOAD_TEXT:
                break
            found.append(each)
        return found


def notification_id(commit: str, tag: IstagName) -> str:
    """The id of the change of an istag in a commit: the commit, `-`, and 16 hexadecimal digits made from the istag.

    It has only letters, digits and `-`, so that it can be a part of a path and of a signed text (Standard Webhooks).
    """
    return f"{commit}-{hashlib.sha256(str(tag).encode()).hexdigest()[:16]}"


def _source(source: Source | None) -> dict[str, object] | None:
    if source is None:
        return None
    found: dict[str, object] = {"kind": source.kind.value, "name": source.name}
    return found | ({"namespace": source.namespace} if source.namespace else {})


def _person(person: Person | None) -> dict[str, object] | None:
    return {"name": person.name, "email": person.email} if person is not None else None
