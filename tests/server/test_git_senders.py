from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.hint import GitHint, Receiver
from reconciler.server.hooks.payload import Payload, PayloadError
from reconciler.server.hooks.senders import GIT_SENDERS, git_hints
from tests.kit.webhooks import COMMIT, GIT_EVENTS, GitEvent


def hints(kind: str, value: object, headers: Mapping[str, str] | None = None) -> tuple[GitHint, ...]:
    return git_hints(Payload(headers or {}, value), Receiver("r", kind, "s"))


@pytest.mark.parametrize("case", GIT_EVENTS, ids=lambda case: case.name)
def test_a_push_is_a_hint_at_its_branch(case: GitEvent) -> None:
    assert hints(case.kind, case.value, case.headers) == case.hints


def test_every_kind_has_an_event_here_and_a_check() -> None:
    assert {case.kind for case in GIT_EVENTS} == set(GIT_SENDERS)
    assert all(sender.checks for sender in GIT_SENDERS.values())


@pytest.mark.parametrize(
    ("kind", "headers", "value"),
    [
        ("github", {"x-github-event": "ping"}, {"zen": "x"}),
        ("github", {"x-github-event": "pull_request"}, {"ref": "refs/heads/main", "after": COMMIT}),
        ("github", {}, {"ref": "refs/heads/main", "after": COMMIT}),
        ("github", {"x-github-event": "push"}, {"ref": "refs/tags/v1", "after": COMMIT}),
        ("github", {"x-github-event": "push"}, {"ref": ["refs/heads/main"], "after": COMMIT}),
        ("github", {"x-github-event": "push"}, {"ref": "refs/heads/"}),
        ("gitlab", {"x-gitlab-event": "Tag Push Hook"}, {"ref": "refs/tags/v1"}),
        ("gitlab", {"x-gitlab-event": "Merge Request Hook"}, {}),
        ("gitea", {"x-github-event": "push"}, {"ref": "refs/heads/main"}),
        ("bitbucket", {"x-event-key": "pullrequest:created"}, {}),
        ("bitbucket", {"x-event-key": "repo:push"}, {"push": {"changes": [None, {}, {"new": "x"}]}}),
        ("bitbucket-datacenter", {"x-event-key": "diagnostics:ping"}, {"test": True}),
        ("azure-devops", {}, {"eventType": "git.pullrequest.created"}),
        ("generic", {}, {"branch": "ma\nin"}),
    ],
)
def test_an_event_that_is_not_a_push_of_a_branch_gives_no_hint(
    kind: str, headers: dict[str, str], value: object
) -> None:
    assert hints(kind, value, headers) == ()


@pytest.mark.parametrize("kind", sorted(set(GIT_SENDERS) - {"generic"}))
def test_a_body_that_is_not_an_object_is_refused(kind: str) -> None:
    values: tuple[object, ...] = (None, [], "x")
    for value in values:
        with pytest.raises(PayloadError):
            hints(kind, value)


def test_a_generic_git_event_may_have_any_body() -> None:
    assert hints("generic", ["x"]) == (GitHint(),)


JSON: st.SearchStrategy[object] = st.recursive(
    st.none() | st.text(max_size=9),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)


@given(
    st.sampled_from(GIT_EVENTS),
    JSON,
    st.sampled_from(["ref", "after", "push", "changes", "resource", "eventType", "branch", "commit"]),
)  # fmt: skip
def test_an_event_with_any_value_in_a_field_gives_hints_or_none(case: GitEvent, value: object, field: str) -> None:
    body = {**case.value, field: value} if isinstance(case.value, dict) else {field: value}
    for hint in hints(case.kind, body, case.headers):
        assert hint.branch is None or hint.branch.isprintable()
