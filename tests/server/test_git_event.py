from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.hint import GitHint
from reconciler.server.hooks.git_event import PARSERS, git_hints
from reconciler.server.hooks.payload import Payload, PayloadError
from reconciler.server.hooks.sender_check import GIT_PROOFS
from tests.kit.webhooks import COMMIT, GIT_EVENTS, GitEvent


@pytest.mark.parametrize("case", GIT_EVENTS, ids=lambda case: case.name)
def test_a_push_is_a_hint_at_its_branch(case: GitEvent) -> None:
    assert git_hints(Payload(case.headers, case.value), case.kind) == case.hints


def test_every_kind_has_an_event_here_and_a_proof() -> None:
    assert {case.kind for case in GIT_EVENTS} == set(PARSERS) == set(GIT_PROOFS)


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
def test_whatever_is_no_push_of_a_branch_is_of_no_interest(kind: str, headers: dict[str, str], value: object) -> None:
    assert git_hints(Payload(headers, value), kind) == ()


@pytest.mark.parametrize("kind", sorted(set(PARSERS) - {"generic"}))
def test_a_body_that_is_no_object_is_refused(kind: str) -> None:
    values: tuple[object, ...] = (None, [], "x")
    for value in values:
        with pytest.raises(PayloadError):
            git_hints(Payload({}, value), kind)


def test_a_generic_event_may_say_anything() -> None:
    assert git_hints(Payload({}, ["x"]), "generic") == (GitHint(),)


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
def test_an_event_with_anything_in_a_field_gives_hints_or_none(case: GitEvent, value: object, field: str) -> None:
    body = {**case.value, field: value} if isinstance(case.value, dict) else {field: value}
    for hint in git_hints(Payload(case.headers, body), case.kind):
        assert hint.branch is None or hint.branch.isprintable()
