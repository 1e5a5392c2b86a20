"""Text for people: what happened, for every kind of change; foreign text is shown as it is written."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.change import ChangeKind
from reconciler.model.notification import Notification
from reconciler.model.person import Person
from reconciler.notify import text
from tests.kit.notified import COMMIT, IMAGE, NOTIFICATION

NEW, OLD = "1.4.2 (sha256:9f2c9f2c9f2c)", "1.4.1 (sha256:77ab77ab77ab)"
NOTHING = replace(NOTIFICATION, previous=None, previous_version=None)


@pytest.mark.parametrize(
    ("notification", "title"),
    [
        (NOTIFICATION, f"team-a/app:prod moved from {OLD} to {NEW}"),
        (NOTHING, f"team-a/app:prod moved to {NEW}"),
        (replace(NOTHING, version=None), "team-a/app:prod moved to sha256:9f2c9f2c9f2c"),
        (
            replace(NOTHING, version=None, image="quay.io/acme/app:1"),
            "team-a/app:prod moved to quay.io/acme/app:1",
        ),
        (
            replace(NOTIFICATION, change=ChangeKind.REWRITE),
            "team-a/app:prod has the same image from another source: quay.io/acme/app:1.4.2",
        ),
        (replace(NOTIFICATION, change=ChangeKind.HOLD), f"team-a/app:prod was rolled back from {OLD} to {NEW}"),
        (
            replace(NOTIFICATION, change=ChangeKind.HOLD, image=None, version=None),
            f"team-a/app:prod was rolled back from {OLD}",
        ),
        (replace(NOTIFICATION, change=ChangeKind.UNHOLD), "team-a/app:prod may move to its held images again"),
        (replace(NOTIFICATION, change=ChangeKind.REMOVE), "team-a/app:prod was removed"),
        (replace(NOTHING, change=ChangeKind.RESTORE), f"team-a/app:prod was restored to {NEW}"),
        (replace(NOTIFICATION, change=ChangeKind.RETARGET), "Image fields now follow team-a/app:prod"),
        (replace(NOTIFICATION, is_test=True), "This is a test: nothing happened to team-a/app:prod"),
    ],
)
def test_the_title_says_what_happened(notification: Notification, title: str) -> None:
    assert text.summary(notification).title == title


def test_what_is_not_known_is_left_out() -> None:
    bare = Notification(id="1", change=ChangeKind.REMOVE, tag=NOTIFICATION.tag)
    assert text.plain(text.summary(bare)) == "team-a/app:prod was removed"
    assert text.html(text.summary(bare)) == "<strong>team-a/app:prod was removed</strong>"


def test_a_commit_without_a_page_is_named() -> None:
    found = text.summary(replace(NOTIFICATION, link=""))
    assert text.plain(found).endswith(f"\nCommit {COMMIT[:12]}")
    assert text.html(found).endswith(f"<br>Commit {COMMIT[:12]}")


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd"])
def test_only_a_web_page_is_a_link(link: str) -> None:
    assert text.summary(replace(NOTIFICATION, link=link)).link == ""


def test_the_author_stands_for_nobody_who_asked() -> None:
    facts = dict(text.summary(replace(NOTIFICATION, request=None, author=Person("Bot", "b@h"))).facts)
    assert facts["By"] == "Bot"


def test_many_workloads_are_counted() -> None:
    facts = dict(text.summary(replace(NOTIFICATION, workloads=tuple("abcdefgh"))).facts)
    assert facts["Workloads"] == "a, b, c, d, e and 3 more"


def test_a_labels_words_are_no_commands() -> None:
    nasty = replace(NOTIFICATION, version="<!channel> & <https://evil|1.0>\x1b[2J\u202e", previous_version=None)
    slack = text.slack(text.summary(nasty))
    assert f"to &lt;!channel&gt; &amp; &lt;https://evil|1.0&gt; ({IMAGE[:19]})" in slack
    assert text.html(text.summary(nasty)).count("<strong>") == 1


class Elements(HTMLParser):
    """The elements and texts of a fragment."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        assert [name for name, _ in attrs] == (["href"] if tag == "a" else [])


@given(st.text(), st.text(), st.text())
def test_no_foreign_text_is_markup(version: str, name: str, cause: str) -> None:
    nasty = replace(NOTIFICATION, version=version, author=Person(name, ""), request=None, cause=cause)
    found = text.summary(nasty)
    parser = Elements()
    parser.feed(text.html(found))
    assert set(parser.found) <= {"strong", "br", "a"}
    assert parser.found.count("a") == 1
    assert "<" not in text.slack(found)
    assert ">" not in text.slack(found)
    lines = text.plain(found).splitlines()
    assert len(lines) == 2 + len(found.facts)
