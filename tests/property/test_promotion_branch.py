"""Every istag has its own promotion branch, with a name that git accepts."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.edit.promotion_branch import promotion_branch
from reconciler.gitstore import name
from reconciler.model.name import NAMESPACE_RE, STREAM_RE, IstagName
from reconciler.model.reference import TAG_RE

_TAGS = st.from_regex(TAG_RE, fullmatch=True) | st.lists(
    st.sampled_from([".", "..", "lock", "LOCK", "-", "_", "a", "2E", "a" * 60]), max_size=20
).map(lambda parts: f"a{''.join(parts)}"[:128])
_ISTAGS = st.builds(
    IstagName,
    st.from_regex(NAMESPACE_RE, fullmatch=True),
    st.from_regex(STREAM_RE, fullmatch=True).filter(lambda text: len(text) < 190) | st.just("app.lock"),
    _TAGS,
)


@given(_ISTAGS, _ISTAGS)
def test_the_branch_is_one_that_git_takes_and_no_other_istag_s(one: IstagName, other: IstagName) -> None:
    assert name.branch(promotion_branch(one))
    assert (promotion_branch(one) == promotion_branch(other)) == (one == other)


@pytest.mark.parametrize(
    ("tag", "branch"),
    [
        ("prod", "prod"),
        ("1.4.2", "1.4.2"),
        ("v1.lock", "v1=2Elock"),
        ("v1.lock.2", "v1.lock.2"),
        ("a..b", "a=2E.b"),
        ("end.", "end=2E"),
        ("x" * 80, "x" * 80),
        ("x" * 81, f"{'x' * 40}=={hashlib.sha256(b'x' * 81).hexdigest()[:32]}"),
    ],
)
def test_only_what_git_does_not_take_is_written_otherwise(tag: str, branch: str) -> None:
    assert promotion_branch(IstagName("team-a", "app", tag)) == f"imagestream/promote/team-a/app/{branch}"
