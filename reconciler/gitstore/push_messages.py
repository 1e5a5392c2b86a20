"""What git and git hosts say about a push, as tables: which words mean that the branch moved, which mean no.

Read from `git push --porcelain` under LC_ALL=C. Words that no row knows count as refused, so that an unknown host is
never tried again without end.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final


class PushStatus(Enum):
    """How a push ended."""

    DONE = "done"
    MOVED = "moved"
    """Somebody else moved the reference first: fetch, plan again, push."""
    REFUSED = "refused"
    """The host does not let us; trying again does not help."""
    UNAVAILABLE = "unavailable"
    """The host could not be reached, or did not say and the branch is where it was."""


@dataclass(frozen=True, slots=True)
class Wording:
    """Words that mean a status, and who says them."""

    words: str
    status: PushStatus
    host: str


REASONS: Final = (
    # Before the upload: git itself compared with what the host showed.
    Wording("fetch first", PushStatus.MOVED, "git"),
    Wording("non-fast-forward", PushStatus.MOVED, "git; receive.denyNonFastForwards; Gerrit"),
    Wording("stale info", PushStatus.MOVED, "git, a lease that does not hold"),
    # After it: two writers met at the host.
    Wording("failed to update ref", PushStatus.MOVED, "git before 2.36; Gitea, Forgejo"),
    Wording("cannot lock ref", PushStatus.MOVED, "GitHub; git with --atomic"),
    Wording("failed to lock", PushStatus.MOVED, "GitLab; git before 2.11"),
    Wording("lock error", PushStatus.MOVED, "JGit: Gerrit, Bitbucket"),
    Wording("lock failure", PushStatus.MOVED, "JGit: Gerrit, Bitbucket"),
    Wording("LOCK_FAILURE", PushStatus.MOVED, "Gerrit"),
    Wording("incorrect old value", PushStatus.MOVED, "git 2.50 and newer; GitLab's Gitaly"),
    Wording("reference already exists", PushStatus.MOVED, "git, a branch that somebody else made first"),
    Wording("already been updated by another client", PushStatus.MOVED, "Azure DevOps, TF401028"),
    # The host's rules.
    Wording("hook declined", PushStatus.REFUSED, "git; GitHub's protected branches; GitLab; Bitbucket; Gitea"),
    Wording("repository rule violations", PushStatus.REFUSED, "GitHub's rule sets"),
    Wording("prohibited by Gerrit", PushStatus.REFUSED, "Gerrit"),
    Wording("hidden ref", PushStatus.REFUSED, "git, receive.hideRefs; GitHub's own references"),
    Wording("TF402455", PushStatus.REFUSED, "Azure DevOps, a branch policy"),
    Wording("TF401027", PushStatus.REFUSED, "Azure DevOps, a permission"),
    Wording("shallow update not allowed", PushStatus.REFUSED, "git"),
    Wording("funny refname", PushStatus.REFUSED, "git"),
    # Not a decision.
    Wording("Internal Server Error", PushStatus.UNAVAILABLE, "GitHub"),
    Wording("unpacker error", PushStatus.UNAVAILABLE, "git; a full disk"),
    Wording("unable to migrate objects", PushStatus.UNAVAILABLE, "git; a full disk"),
)
"""By the reason in brackets that ends a reference's line."""

COLLATERAL: Final = ("atomic push failed", "atomic push failure", "atomic transaction failed", "transaction failed")
"""Reasons that only say that another reference of the same push, or the transaction of all, failed."""

REMOTE_LINES: Final = (
    Wording("cannot create", PushStatus.REFUSED, "git, a reference that would be both file and folder"),
    Wording("aborted by hook", PushStatus.REFUSED, "git, a reference-transaction hook"),
    Wording("already been updated by another client", PushStatus.MOVED, "Azure DevOps, TF401028"),
    Wording("cannot lock ref", PushStatus.MOVED, "git with --atomic; Gitea"),
    Wording("but expected", PushStatus.MOVED, "git with --atomic"),
    Wording("reference already exists", PushStatus.MOVED, "git with --atomic"),
)
"""By what the host printed beside a collateral reason or a declining hook."""

BROKEN: Final = (
    *("hung up", "early EOF", "RPC failed", "timed out", "no answer within", "Connection reset", "Connection closed"),
    *("unexpected disconnect", "Broken pipe", "unable to access", "Could not read from remote repository"),
)
"""What git blames where a connection broke; any other words are git's own, which asked nobody."""

NAME_TAKEN: Final = "; cannot create '"
"""What git says of a reference that would be both file and folder, beside other words: trying again does not help."""

NO_ATOMIC: Final = "does not support --atomic"

COMPLAINTS: Final = (
    Wording("Authentication failed", PushStatus.REFUSED, "git over HTTP"),
    Wording("could not read Username", PushStatus.REFUSED, "git over HTTP without credentials"),
    Wording("could not read Password", PushStatus.REFUSED, "git over HTTP without credentials"),
    Wording("HTTP Basic: Access denied", PushStatus.REFUSED, "GitLab"),
    Wording("returned error: 401", PushStatus.REFUSED, "HTTP"),
    Wording("returned error: 403", PushStatus.REFUSED, "HTTP; GitHub, no right to write"),
    Wording("returned error: 404", PushStatus.REFUSED, "HTTP"),
    Wording("Permission denied", PushStatus.REFUSED, "ssh"),
    Wording("Permission to ", PushStatus.REFUSED, "GitHub over ssh"),
    Wording("You are not allowed to push", PushStatus.REFUSED, "GitLab"),
    Wording("not granted any permission", PushStatus.REFUSED, "Gitea, Forgejo"),
    Wording("Repository not found", PushStatus.REFUSED, "GitHub, Bitbucket"),
    Wording("archived so it is read-only", PushStatus.REFUSED, "GitHub"),
    Wording("marked as read only", PushStatus.REFUSED, "GitHub, deploy keys"),
    Wording("access denied or repository not exported", PushStatus.REFUSED, "git daemon"),
    Wording("service not enabled", PushStatus.REFUSED, "git daemon"),
    Wording("Could not resolve host", PushStatus.UNAVAILABLE, "git over HTTP; ssh"),
    Wording("unable to look up", PushStatus.UNAVAILABLE, "git://"),
    Wording("unable to connect", PushStatus.UNAVAILABLE, "git://"),
    Wording("Failed to connect", PushStatus.UNAVAILABLE, "git over HTTP"),
    Wording("Connection refused", PushStatus.UNAVAILABLE, "ssh; git://"),
    Wording("No route to host", PushStatus.UNAVAILABLE, "ssh; git://"),
    Wording("Network is unreachable", PushStatus.UNAVAILABLE, "ssh; git://"),
    Wording("Host key verification failed", PushStatus.UNAVAILABLE, "ssh"),
    Wording("SSL certificate problem", PushStatus.UNAVAILABLE, "git over HTTPS"),
    Wording("does not appear to be a git repository", PushStatus.UNAVAILABLE, "file://; ssh"),
)
"""By what git blames where no reference's line came. What no row knows may have reached the host: it is asked."""


def find(table: tuple[Wording, ...], text: str) -> PushStatus | None:
    """The status of the first row whose words are in the text; None if there is none."""
    low = text.casefold()
    return next((row.status for row in table if row.words.casefold() in low), None)


def is_collateral(reason: str) -> bool:
    """Whether a reason only says that something else failed."""
    return reason.startswith(COLLATERAL)
