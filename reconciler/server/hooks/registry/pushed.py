"""A pushed image: the hint for what a registry's event names."""

from __future__ import annotations

from reconciler.model.hint import Hint, Receiver, hint_of
from reconciler.model.reference import InvalidReferenceError, Reference
from reconciler.server.hooks.payload import PayloadError


def pushed(receiver: Receiver, host: str, repository: str, tag: str, pusher: str | None = None) -> Hint | None:
    """The hint for a repository and tag, at the receiver's registry where it names one; None if neither names a host.

    An empty `tag` means the whole repository; an empty `host` means that the event does not name it.
    """
    where = receiver.registry or host
    return hint_of(where, repository, tag or None, pusher) if where and repository else None


def pushed_pull_spec(receiver: Receiver, spec: str, pusher: str | None = None) -> Hint:
    """The hint for a pull spec. Raises `PayloadError` where it is not one."""
    try:
        reference = Reference.parse(spec)
    except InvalidReferenceError as error:
        raise PayloadError("the body names an image that is not a pull spec.") from error
    return Hint(receiver.registry or reference.host, reference.repository, reference.tag, pusher)


def in_repository(prefix: str, name: str) -> str:
    """An image's name within a repository of a repository manager (Artifactory, Nexus)."""
    return f"{prefix}/{name}" if prefix else name
