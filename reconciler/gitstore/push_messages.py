"""Messages of git and git hosts about pushes and access, as tables: each text has one meaning.

They are read from `git push --porcelain` under LC_ALL=C. An unknown message counts as a refusal, so that a push to an
unknown host is not repeated without end.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final


class PushStatus(Enum):
    """How a push ended."""

    DONE = "done"
    MOVED = "moved"
    """The reference was moved by another push first: fetch, plan again, push."""
    REFUSED = "refused"
    """The host does not allow it; another try does not help."""
    UNAVAILABLE = "unavailable"
    """The host could not be reached, or gave no answer and the branch is unchanged."""


@dataclass(frozen=True, slots=True)
class PushMessage:
    """Words that mean a status, and the programs that print them."""

    words: str
    status: PushStatus
    host: str


REASONS: Final = (
    # Before the upload: git compares with the references that the host announced.
    PushMessage("fetch first", PushStatus.MOVED, "git"),
    PushMessage("non-fast-forward", PushStatus.MOVED, "git; receive.denyNonFastForwards; Gerrit"),
    PushMessage("stale info", PushStatus.MOVED, "git, a lease that does not hold"),
    # After the upload: another writer was faster.
    PushMessage("failed to update ref", PushStatus.MOVED, "git before 2.36; Gitea, Forgejo"),
    PushMessage("cannot lock ref", PushStatus.MOVED, "GitHub; git with --atomic"),
    PushMessage("failed to lock", PushStatus.MOVED, "GitLab; git before 2.11"),
    PushMessage("lock error", PushStatus.MOVED, "JGit: Gerrit, Bitbucket"),
    PushMessage("lock failure", PushStatus.MOVED, "JGit: Gerrit, Bitbucket"),
    PushMessage("LOCK_FAILURE", PushStatus.MOVED, "Gerrit"),
    PushMessage("incorrect old value", PushStatus.MOVED, "git 2.50 and newer; GitLab's Gitaly"),
    PushMessage("reference already exists", PushStatus.MOVED, "git, a branch that another push created first"),
    PushMessage("already been updated by another client", PushStatus.MOVED, "Azure DevOps, TF401028"),
    # The host's rules.
    PushMessage("hook declined", PushStatus.REFUSED, "git; GitHub's protected branches; GitLab; Bitbucket; Gitea"),
    PushMessage("repository rule violations", PushStatus.REFUSED, "GitHub's rule sets"),
    PushMessage("prohibited by Gerrit", PushStatus.REFUSED, "Gerrit"),
    PushMessage("hidden ref", PushStatus.REFUSED, "git, receive.hideRefs; GitHub's own references"),
    PushMessage("TF402455", PushStatus.REFUSED, "Azure DevOps, a branch policy"),
    PushMessage("TF401027", PushStatus.REFUSED, "Azure DevOps, a permission"),
    PushMessage("shallow update not allowed", PushStatus.REFUSED, "git"),
    PushMessage("funny refname", PushStatus.REFUSED, "git"),
    # No decision.
    PushMessage("Internal Server Error", PushStatus.UNAVAILABLE, "GitHub"),
    PushMessage("unpacker error", PushStatus.UNAVAILABLE, "git; a full disk"),
    PushMessage("unable to migrate objects", PushStatus.UNAVAILABLE, "git; a full disk"),
)
"""By the reason in brackets at the end of a reference's line."""

COLLATERAL: Final = ("atomic push failed", "atomic push failure", "atomic transaction failed", "transaction failed")
"""Reasons that only mean that another reference of the same push, or the whole transaction, failed."""

REMOTE_LINES: Final = (
    PushMessage("cannot create", PushStatus.REFUSED, "git, a reference that would be both file and folder"),
    PushMessage("aborted by hook", PushStatus.REFUSED, "git, a reference-transaction hook"),
    PushMessage("already been updated by another client", PushStatus.MOVED, "Azure DevOps, TF401028"),
    PushMessage("cannot lock ref", PushStatus.MOVED, "git with --atomic; Gitea"),
    PushMessage("but expected", PushStatus.MOVED, "git with --atomic"),
    PushMessage("reference already exists", PushStatus.MOVED, "git with --atomic"),
)
"""By the lines that the host printed beside a collateral reason or a hook that declined."""

BROKEN: Final = (
    *("hung up", "early EOF", "RPC failed", "timed out", "no answer within", "Connection reset", "Connection closed"),
    *("unexpected disconnect", "Broken pipe", "unable to access", "Could not read from remote repository"),
)
"""Git's complaints about a broken connection; with any other complaint git has called no host."""

NAME_TAKEN: Final = "; cannot create '"
"""Git's complaint about a name that would be both file and folder. Another try does not help."""

NO_ATOMIC: Final = "does not support --atomic"

COMPLAINTS: Final = (
    PushMessage("Authentication failed", PushStatus.REFUSED, "git over HTTP"),
    PushMessage("could not read Username", PushStatus.REFUSED, "git over HTTP without credentials"),
    PushMessage("could not read Password", PushStatus.REFUSED, "git over HTTP without credentials"),
    PushMessage("HTTP Basic: Access denied", PushStatus.REFUSED, "GitLab"),
    PushMessage("returned error: 401", PushStatus.REFUSED, "HTTP"),
    PushMessage("returned error: 403", PushStatus.REFUSED, "HTTP; GitHub, no right to write"),
    PushMessage("returned error: 404", PushStatus.REFUSED, "HTTP"),
    PushMessage("Permission denied", PushStatus.REFUSED, "ssh"),
    PushMessage("Permission to ", PushStatus.REFUSED, "GitHub over ssh"),
    PushMessage("You are not allowed to push", PushStatus.REFUSED, "GitLab"),
    PushMessage("not granted any permission", PushStatus.REFUSED, "Gitea, Forgejo"),
    PushMessage("Repository not found", PushStatus.REFUSED, "GitHub, Bitbucket"),
    PushMessage("archived so it is read-only", PushStatus.REFUSED, "GitHub"),
    PushMessage("marked as read only", PushStatus.REFUSED, "GitHub, deploy keys"),
    PushMessage("access denied or repository not exported", PushStatus.REFUSED, "git daemon"),
    PushMessage("service not enabled", PushStatus.REFUSED, "git daemon"),
    PushMessage("Could not resolve host", PushStatus.UNAVAILABLE, "git over HTTP; ssh"),
    PushMessage("unable to look up", PushStatus.UNAVAILABLE, "git://"),
    PushMessage("unable to connect", PushStatus.UNAVAILABLE, "git://"),
    PushMessage("Failed to connect", PushStatus.UNAVAILABLE, "git over HTTP"),
    PushMessage("Connection refused", PushStatus.UNAVAILABLE, "ssh; git://"),
    PushMessage("No route to host", PushStatus.UNAVAILABLE, "ssh; git://"),
    PushMessage("Network is unreachable", PushStatus.UNAVAILABLE, "ssh; git://"),
    PushMessage("Host key verification failed", PushStatus.UNAVAILABLE, "ssh"),
    PushMessage("SSL certificate problem", PushStatus.UNAVAILABLE, "git over HTTPS"),
    PushMessage("does not appear to be a git repository", PushStatus.UNAVAILABLE, "file://; ssh"),
)
"""By git's complaint if no reference's line came. After an unknown one the push may have arrived: check the host."""


UNAUTHENTICATED: Final = ("Authentication failed for", "returned error: 401", "returned error: 403")
"""Git's messages for a password that the host does not accept, or not for this repository; then a token is renewed."""


def find(table: tuple[PushMessage, ...], text: str) -> PushStatus | None:
    """The status of the first row whose words are in the text; None if there is none."""
    low = text.casefold()
    return next((row.status for row in table if row.words.casefold() in low), None)


def is_collateral(reason: str) -> bool:
    """Whether a reason only means that something else failed."""
    return reason.startswith(COLLATERAL)
