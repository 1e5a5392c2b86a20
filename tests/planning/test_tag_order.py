"""Tag order: the order in which OpenShift imports the tags of a repository."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.planning.tag_order import prioritised

# As library-go orders them (observed).
ORDERED = [
    "latest",
    "5.1",
    "5.1-rc1",
    "1.10",
    "1.2",
    "v1.2",
    "1.2-rc1",
    "3.11.59-2",
    "1.10.0",
    "1.2.3",
    "v1.2.3",
    "1.2.3-alpine",
    "1",
    "1.2.3.4",
    "10",
    "2",
    "2024.01.02",
    "alpine",
    "stable",
    "v2",
    "zeta",
]


def test_latest_then_minor_versions_then_whole_ones_then_the_rest() -> None:
    shuffled = random.Random(7).sample(ORDERED, len(ORDERED))
    assert prioritised(shuffled) == ORDERED


def test_pre_releases_go_by_their_identifiers_numbers_before_words() -> None:
    tags = ["1.0.0-2", "1.0.0-10", "1.0.0-alpha", "1.0.0", "1.0.0-alpha.1"]
    assert prioritised(tags) == ["1.0.0", "1.0.0-alpha.1", "1.0.0-alpha", "1.0.0-10", "1.0.0-2"]


def test_what_only_looks_like_a_version_is_one_of_the_rest() -> None:
    tags = ["1.2.3_4", "01.2", "1.2-rc_1", "v", "vv1.2", "1.2-", "1.2.3-01", "A", "a", "é"]
    assert prioritised(tags) == ["vv1.2", "01.2", "1.2-", "1.2-rc_1", "1.2.3-01", "1.2.3_4", "A", "a", "v", "é"]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.lists(
        st.one_of(st.from_regex(r"v?[0-9]{1,2}(\.[0-9]){0,3}(-[a-z0-9]{1,3})?", fullmatch=True), st.text(max_size=4))
    )
)
def test_the_order_depends_on_the_tags_alone_and_loses_none(tags: list[str]) -> None:
    once = prioritised(tags)
    assert set(once) == set(tags)
    assert len(once) == len(set(tags))
    assert prioritised(reversed(tags)) == once
