"""Text for people: who did what to which istag, from which version to which; each medium escapes it here.

Names, versions and labels are foreign text. A title and facts are plain text; `slack` and `html` give them so that the
medium shows them as they are written: without mentions or formats that nobody meant. Teams shows plain text itself.
"""

from __future__ import annotations

import html as html_escape
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from reconciler.model.change import ChangeKind
from reconciler.model.notification import TEST_EVENT, Notification
from reconciler.model.text import line

_SHORT: Final = 12
"""Digits of a digest or commit that a person is shown."""
MAX_TITLE: Final = 300
"""Characters of a title; of each fact too."""
MAX_NAMED: Final = 5
"""Workloads that a text names; the rest is counted."""
_DIGEST: Final = re.compile(r"(sha(?:256|384|512)):([0-9a-f]+)")


@dataclass(frozen=True, slots=True)
class Summary:
    """What a person is told, as plain text."""

    title: str
    facts: tuple[tuple[str, str], ...]
    """Labels and values, in the order in which they are shown."""
    link: str
    """The web page of the commit; empty where it is not known."""
    link_text: str
    """`Commit 8c1d…`; empty without a commit."""


def summary(notification: Notification) -> Summary:
    """The text of a notification."""
    return Summary(
        title=line(_TITLES[notification.event](notification), MAX_TITLE),
        facts=tuple((label, line(value, MAX_TITLE)) for label, value in _facts(notification) if value),
        link=notification.link if notification.link.startswith(("https://", "http://")) else "",
        link_text=f"Commit {notification.commit[:_SHORT]}" if notification.commit else "",
    )


def plain(text: Summary) -> str:
    """Lines of plain text, the title first: for media that format nothing."""
    return f"{text.title}\n{body(text)}".rstrip()


def body(text: Summary) -> str:
    """The lines below the title: for media that have a place of their own for it, such as the subject of a mail."""
    link = f"{text.link_text}: {text.link}" if text.link else text.link_text
    return "\n".join([*(f"{label}: {value}" for label, value in text.facts), link]).rstrip()


def slack(text: Summary) -> str:
    """Plain text with `&`, `<` and `>` escaped, as Slack says; the request says that it has no other marks."""
    return plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def html(text: Summary) -> str:
    """HTML for Matrix and Grafana: elements of our own around escaped text."""
    lines = [f"<strong>{_html(text.title)}</strong>", *(f"{label}: {_html(value)}" for label, value in text.facts)]
    link = f'<a href="{_html(text.link)}">{text.link_text}</a>' if text.link else text.link_text
    return "<br>".join([*lines, *([link] if link else [])])


def _html(text: str) -> str:
    return html_escape.escape(text, quote=True)


def _facts(notification: Notification) -> list[tuple[str, str]]:
    request = notification.request
    author = notification.author.name if notification.author else ""
    source = f"{notification.source.kind.value} {notification.source.name}" if notification.source else ""
    return [
        ("Image", notification.pull_spec or notification.image or ""),
        ("Source", source),
        ("Cause", notification.cause),
        ("By", request.person.name if request else author),
        ("Workloads", _workloads(notification.workloads)),
        ("Repository", " ".join(part for part in (notification.repository, notification.branch) if part)),
    ]


def _workloads(workloads: tuple[str, ...]) -> str:
    more = f" and {len(workloads) - MAX_NAMED} more" if len(workloads) > MAX_NAMED else ""
    return ", ".join(workloads[:MAX_NAMED]) + more


def _from_to(notification: Notification, verb: str) -> str:
    before, after = _named(notification.before), _named(notification.after)
    return f"{notification.tag} {verb}{f' from {before}' if before else ''}{f' to {after}' if after else ''}"


def _moved(notification: Notification) -> str:
    return _from_to(notification, "moved")


def _rewritten(notification: Notification) -> str:
    source = f": {notification.source.name}" if notification.source else ""
    return f"{notification.tag} has the same image from another source{source}"


def _named(names: tuple[str | None, str | None]) -> str:
    """`1.4.2 (sha256:9f2c1ab04d77)`, or what of it is known."""
    version, image = names
    short = _DIGEST.sub(lambda match: f"{match[1]}:{match[2][:_SHORT]}", image) if image else ""
    return f"{version} ({short})" if version and short else version or short


_TITLES: Final[Mapping[str, Callable[[Notification], str]]] = {
    ChangeKind.MOVE: _moved,
    ChangeKind.REWRITE: _rewritten,
    ChangeKind.HOLD: lambda found: _from_to(found, "was rolled back"),
    ChangeKind.UNHOLD: lambda found: f"{found.tag} may move to its held images again",
    ChangeKind.REMOVE: lambda found: f"{found.tag} was removed",
    ChangeKind.RESTORE: lambda found: _from_to(found, "was restored"),
    ChangeKind.RETARGET: lambda found: f"Image fields now follow {found.tag}",
    TEST_EVENT: lambda found: f"This is a test: nothing happened to {found.tag}",
}
