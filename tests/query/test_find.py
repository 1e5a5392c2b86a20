"""find: every istag that ever meant an image, with the first and the last commit."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import InputError, UsageError
from reconciler.gitstore import Repository
from reconciler.provenance.log import Log
from reconciler.query.find import Period, find
from tests.kit.branch import FOLLOWED, ONE, OTHER, PROD, Branch, docker
from tests.kit.git import GitKit
from tests.kit.world import digest


def search(branch: Branch, text: str) -> list[Period]:
    return find(Log(Repository.discover(branch.git.path), branch.git.head()), text)


def shown(branch: Branch, image: str) -> list[tuple[str, str, str | None, bool]]:
    """Tag, the commits from and until, and whether it was rolled back."""
    found = search(branch, digest(image))
    assert {period.image for period in found} <= {digest(image)}
    return [
        (period.tag.tag, period.since.id, period.until.id if period.until else None, period.rolled_back)
        for period in found
    ]


def passed(branch: Branch, image: str, source: str = ONE) -> str:
    branch.put(image, source)
    branch.clock.advance(60)
    assert branch.run().commits
    return branch.git.head()


def test_an_image_is_found_from_its_commit_until_the_next_one(branch: Branch) -> None:
    first, second = passed(branch, "a"), passed(branch, "b")
    assert shown(branch, "a") == [("prod", first, second, False)]
    assert shown(branch, "b") == [("prod", second, None, False)]
    assert shown(branch, "c") == []


def test_an_image_that_comes_again_has_two_periods(branch: Branch) -> None:
    commits = [passed(branch, image) for image in "aba"]
    assert shown(branch, "a") == [("prod", commits[0], commits[1], False), ("prod", commits[2], None, False)]


def test_a_roll_back_ends_one_period_and_begins_another(branch: Branch) -> None:
    first, second = passed(branch, "a"), passed(branch, "b")
    revert = branch.revert()
    branch.run()
    assert shown(branch, "b") == [("prod", second, revert, True)]
    assert shown(branch, "a") == [("prod", first, second, False), ("prod", revert, None, False)]


def test_a_roll_back_of_the_first_import_is_one_too(branch: Branch) -> None:
    first = passed(branch, "a")
    revert = branch.revert()
    branch.run()
    assert shown(branch, "a") == [("prod", first, revert, True)]


def test_a_tag_that_is_gone_is_found_and_was_not_rolled_back(branch: Branch) -> None:
    first = passed(branch, "a")
    spec = (branch.git.path / "is.yaml").read_text(encoding="utf-8")
    branch.git.commit({"is.yaml": spec.replace("name: prod", "name: other")}, "Rename")
    branch.run()
    removal = branch.git.git("log", "-1", "--format=%H", "--", PROD.history_path)
    assert shown(branch, "a")[0] == ("prod", first, removal, False)


def test_a_person_who_takes_tag_and_history_away_rolled_nothing_back(branch: Branch) -> None:
    first = passed(branch, "a")
    spec = (branch.git.path / "is.yaml").read_text(encoding="utf-8")
    branch.git.git("rm", "-q", PROD.history_path)
    gone = branch.git.commit({"is.yaml": spec.replace("name: prod", "name: other")}, "Rename")
    assert shown(branch, "a") == [("prod", first, gone, False)]


def test_tags_that_follow_and_other_tags_are_found_too(tmp_path: Path, branch: Branch) -> None:
    assert branch.git.head()
    made = Branch(GitKit(tmp_path).repository("three"))
    made.start({"copy": FOLLOWED, "dev": docker(OTHER), "prod": docker(ONE)})
    made.put("b", OTHER)
    first = passed(made, "a")
    last = passed(made, "a", OTHER)
    assert sorted(shown(made, "a")) == [
        ("copy", first, None, False),
        ("dev", last, None, False),
        ("prod", first, None, False),
    ]


def test_what_happened_on_a_side_counts_from_its_own_commit(branch: Branch) -> None:
    passed(branch, "a")
    second = passed(branch, "b")
    branch.git.git("checkout", "-q", "-b", "side")
    revert = branch.revert()
    branch.git.git("checkout", "-q", "main")
    branch.git.commit({"notes.txt": "1\n"}, "Main")
    branch.git.git("merge", "-q", "--no-ff", "--no-edit", "side")
    assert shown(branch, "b") == [("prod", second, revert, True)]


def test_a_merge_that_leaves_a_side_behind_ends_what_the_side_had(branch: Branch) -> None:
    passed(branch, "a")
    branch.git.git("checkout", "-q", "-b", "side")
    second = passed_on(branch, "b")
    branch.git.git("checkout", "-q", "main")
    branch.git.commit({"notes.txt": "1\n"}, "Main")
    branch.git.git("merge", "-q", "-s", "ours", "--no-edit", "side")
    assert shown(branch, "b") == [("prod", second, branch.git.head(), True)]


def test_a_file_that_cannot_be_read_for_a_while_ends_nothing(branch: Branch) -> None:
    first = passed(branch, "a")
    branch.git.commit({PROD.history_path: "<<<<<<<\n"}, "Resolve")
    assert shown(branch, "a") == [("prod", first, None, False)]
    branch.run()
    assert shown(branch, "a") == [("prod", first, None, False)]
    branch.git.commit({PROD.history_path: "<<<<<<<\n"}, "Resolve")
    branch.git.git("rm", "-q", PROD.history_path)
    gone = branch.git.commit(message="Give up")
    assert shown(branch, "a") == [("prod", first, gone, True)]


@pytest.mark.parametrize("text", ["sha256:" + "a" * 64, "sha256:aaaaaaaaaaaa", "sha256:a", "aaaa", "a" * 64])
def test_every_spelling_of_a_digest_is_understood(branch: Branch, text: str) -> None:
    passed(branch, "a")
    assert [period.image for period in search(branch, text)] == [digest("a")]


@pytest.mark.parametrize(
    "before", ["quay.io/acme/app@", "docker-pullable://quay.io/acme/app@", "h:5000/app:1@", "app@"]
)
def test_a_pull_spec_is_taken_as_pods_show_it(branch: Branch, before: str) -> None:
    passed(branch, "a")
    assert [period.image for period in search(branch, before + digest("a"))] == [digest("a")]


def test_a_prefix_of_several_images_is_refused(branch: Branch) -> None:
    branch.shelf.images[ONE] = "sha256:" + "a" * 63 + "0"
    branch.run()
    passed(branch, "a")
    with pytest.raises(UsageError) as error:
        search(branch, "aaaa")
    assert str(error.value) == "aaaa fits 2 images. Write more of the digest."


@pytest.mark.parametrize("text", ["", "latest", "SHA256:AA", "sha256:", "a" * 129, "team-a/app:prod"])
def test_a_text_that_is_not_a_digest_is_refused(branch: Branch, text: str) -> None:
    with pytest.raises(InputError) as error:
        search(branch, text)
    assert str(error.value) == (
        f"{text!r} is not a digest. Write sha256:DIGITS, the first digits alone, or a pull spec NAME@sha256:DIGITS."
    )


def passed_on(branch: Branch, image: str) -> str:
    """A pass on the checked-out branch."""
    branch.forget_the_tip()
    return passed(branch, image)
