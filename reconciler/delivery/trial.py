"""The notification that `imagestream sinks test` sends: it looks like a move, and says that it is a test."""

from __future__ import annotations

from datetime import datetime

from reconciler.model.change import ChangeKind
from reconciler.model.commit_link import commit_link
from reconciler.model.history import timestamp
from reconciler.model.name import IstagName
from reconciler.model.notification import Notification, notification_id
from reconciler.model.person import Person
from reconciler.provenance.announcement import Place

_TAG = IstagName("imagestream", "sink", "test")


def trial_notification(place: Place, commit: str, author: Person, now: datetime) -> Notification:
    """A notification of an istag that does not exist, in the newest commit of the branch."""
    return Notification(
        id=f"test-{int(now.timestamp())}-{notification_id(commit, _TAG)}",
        change=ChangeKind.MOVE,
        tag=_TAG,
        image=f"sha256:{'0' * 64}",
        pull_spec=f"registry.example/imagestream/sink@sha256:{'0' * 64}",
        cause="requested",
        author=author,
        commit=commit,
        link=commit_link(place.repository, commit),
        time=timestamp(now),
        repository=place.repository,
        branch=place.branch,
        is_test=True,
    )
