"""Views of a stream that was moved, rolled back and moved again; they cannot be changed."""

from __future__ import annotations

import pytest

from reconciler.model.name import IsimageName, IstagName
from reconciler.query.stream_report import StreamReport
from reconciler.reconcile.index_members import nothing_inside
from tests.kit.branch import PROD, Branch
from tests.kit.immutable import changeable_parts
from tests.kit.world import digest


@pytest.fixture
def commits(branch: Branch) -> dict[str, str]:
    """The commits that recorded each image; `b` was rolled back."""
    found = {}
    for image in "ab":
        branch.move(image)
        found[image] = branch.git.head()
    found["revert"] = branch.revert()
    branch.run()
    branch.move("c")
    return {**found, "c": branch.git.head()}


def report(branch: Branch) -> StreamReport:
    return StreamReport(branch.repository(), branch.snapshot(), PROD.stream_name)


def test_an_istag_has_its_stack_with_the_commits_that_recorded_it(branch: Branch, commits: dict[str, str]) -> None:
    view = report(branch).istag(PROD)
    assert [(each.event.image, each.commit) for each in view.items] == [
        (digest("c"), commits["c"]),
        (digest("a"), commits["a"]),
    ]
    assert all(each.author is not None for each in view.items)
    assert (view.pending, view.error) == (False, "")


def test_a_held_image_names_the_revert(branch: Branch) -> None:
    for image in "ab":
        branch.move(image)
    revert = branch.revert()
    branch.run()
    (held,) = report(branch).istag(PROD).held
    assert (held.identity, held.commit) == (digest("b"), revert)
    assert held.author == branch.repository().author()


def test_an_image_has_a_timeline_although_it_was_rolled_back(branch: Branch, commits: dict[str, str]) -> None:
    name = IsimageName.parse("team-a/app@bbbb", "default")
    view = report(branch).isimage(name, nothing_inside)
    assert [(each.tag, each.recorded.commit, each.current) for each in view.timeline] == [(PROD, commits["b"], False)]
    assert view.name.digest == digest("b")


def test_a_stream_has_the_views_of_its_istags(branch: Branch, commits: dict[str, str]) -> None:
    view = report(branch).stream()
    assert view.tags == (report(branch).istag(PROD),)
    assert (view.name, view.files, view.images) == (PROD.stream_name, ("is.yaml",), 2)
    assert commits


def test_nothing_in_a_view_can_be_changed(branch: Branch, commits: dict[str, str]) -> None:
    made = report(branch)
    name = IsimageName.parse("team-a/app@aaaa", "default")
    for view in (made.stream(), made.istag(IstagName("team-a", "app", "prod")), made.isimage(name, nothing_inside)):
        assert changeable_parts(view) == []
    assert commits
