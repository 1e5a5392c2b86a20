"""Ages as `oc` prints them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.cli.output.age import age
from reconciler.model.history import timestamp
from tests.kit.world import NOW


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "Less than a second ago"),
        (1, "1 second ago"),
        (59, "59 seconds ago"),
        (60, "About a minute ago"),
        (119, "About a minute ago"),
        (120, "2 minutes ago"),
        (3599, "59 minutes ago"),
        (3600, "About an hour ago"),
        (7200, "2 hours ago"),
        (47 * 3600, "47 hours ago"),
        (48 * 3600, "2 days ago"),
        (13 * 86400, "13 days ago"),
        (14 * 86400, "2 weeks ago"),
        (59 * 86400, "8 weeks ago"),
        (60 * 86400, "2 months ago"),
        (729 * 86400, "24 months ago"),
        (730 * 86400, "2 years ago"),
        (-30, "Less than a second ago"),
    ],
)
def test_ages_have_the_words_of_oc(seconds: int, expected: str) -> None:
    assert age(timestamp(NOW - timedelta(seconds=seconds)), NOW) == expected


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-23"])
def test_another_text_than_a_time_is_shown_as_it_is(text: str) -> None:
    assert age(text, NOW) == text
