"""Roll back with git alone, in every form that people use: it lasts, and everyone can see why (design 3.3)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Images, Place, Ran, stream, tag

HISTORY, HOLD = "history/team-a/app/prod.yaml", "holds/team-a/app/prod.yaml"
PROD = "team-a/app:prod"


def declare(place: Place, images: Images, *more: str, source: str = "main") -> str:
    place.write("imagestreams/app.yaml", stream("app", tag("prod", images.name("app", source), scheduled=True), *more))
    return place.commit("Declare app")


@pytest.fixture
def moved(place: Place, images: Images) -> tuple[Place, str, str]:
    """A tag that moved once: the repository, and the image before and after."""
    first = images.push("app", "main", "1")
    declare(place, images)
    place.ok("sync")
    second = images.push("app", "main", "2")
    place.ok("sync")
    return place, first, second


def stack(place: Place, name: str = "prod") -> list[str]:
    return listed(place.path / f"history/team-a/app/{name}.yaml")


def held(place: Place, name: str = "prod") -> list[str]:
    return listed(place.path / f"holds/team-a/app/{name}.yaml")


def listed(file: Path) -> list[str]:
    text = file.read_text() if file.exists() else ""
    return [line.removeprefix("- image: ") for line in text.splitlines() if line.startswith("- image: ")]


def is_quiet(place: Place) -> bool:
    """Whether two more passes write nothing, no held image is on top, and the work tree is clean."""
    head = place.git("rev-parse", "HEAD")
    changes = [place.run("sync", "-o", "json").json["changes"] for _ in range(2)]
    still = place.git("rev-parse", "HEAD") == head and place.git("status", "--porcelain") == ""
    return changes == [[], []] and still and not set(stack(place)[:1]) & set(held(place))


# Endpoints to the same content.


def by_revert(place: Place) -> None:
    place.git("revert", "--no-edit", "HEAD")


def by_revert_with_any_message(place: Place) -> None:
    place.git("revert", "--no-commit", "HEAD")
    place.git("commit", "-q", "-m", "Tag team-a/app:prod as it was\n\nTag: team-a/app:prod\nCause: because")


def by_deleting_the_first_item(place: Place) -> None:
    head, _, rest = (place.path / HISTORY).read_text().partition("- image: ")
    place.write(HISTORY, f"{head}- image: {rest.partition('- image: ')[2]}")
    place.commit("Update prod.yaml")


def by_checking_an_old_version_out(place: Place) -> None:
    place.git("checkout", "-q", "HEAD~1", "--", HISTORY)
    place.commit("As it was")


def on_a_branch(place: Place) -> None:
    place.git("checkout", "-q", "-b", "back")
    place.git("revert", "--no-edit", "HEAD")
    place.git("checkout", "-q", "main")
    place.write("notes.txt", "Meanwhile\n")
    place.commit("Meanwhile")


def by_merge(place: Place) -> None:
    on_a_branch(place)
    place.git("merge", "-q", "--no-ff", "-m", "Merge pull request #7", "back")


def by_squash(place: Place) -> None:
    on_a_branch(place)
    place.git("merge", "-q", "--squash", "back")
    place.git("commit", "-q", "-m", "Go back (#7)")


def by_rebase(place: Place) -> None:
    on_a_branch(place)
    place.git("checkout", "-q", "back")
    place.git("commit", "-q", "--amend", "-m", "fix: broken release")
    place.git("rebase", "-q", "main")
    place.git("checkout", "-q", "main")
    place.git("merge", "-q", "--ff-only", "back")


def by_reset(place: Place) -> None:
    place.git("reset", "-q", "--hard", "HEAD~1")


@pytest.mark.parametrize(
    "way",
    [
        by_revert,
        by_revert_with_any_message,
        by_deleting_the_first_item,
        by_checking_an_old_version_out,
        by_merge,
        by_squash,
        by_rebase,
        by_reset,
    ],
    ids=lambda way: str(way.__name__),
)
def test_a_roll_back_of_every_form_stays(moved: tuple[Place, str, str], way: Callable[[Place], None]) -> None:
    place, first, second = moved
    way(place)
    place.ok("sync")
    assert (stack(place), held(place)) == ([first], [second])
    assert place.subjects()[0] == "Hold team-a/app:prod"
    assert is_quiet(place)


def test_the_hold_is_reported_with_the_person_and_the_commit(moved: tuple[Place, str, str]) -> None:
    place, first, second = moved
    place.person = "John Roe"
    place.git("revert", "--no-edit", "HEAD")
    reverted = place.git("rev-parse", "HEAD").strip()
    place.person = "Jane Doe"
    said = place.run("sync")
    assert (
        "note: team-a/app:prod was rolled back; the next new image of its source moves it. "
        "To stop that: imagestream freeze team-a/app:prod"
    ) in said.err.splitlines()
    assert place.git("log", "-1", "--format=%B") == (
        "Hold team-a/app:prod\n"
        "\n"
        f"John Roe rolled team-a/app:prod back to {first[:19]} (was {second[:19]}) in commit {reverted[:12]}.\n"
        f"Held, so that no pass comes back to it: {second[:19]}.\n"
        "\n"
        "Tag: team-a/app:prod\n"
        f"Image: {first}\n"
        f"Previous-Image: {second}\n"
        "Cause: rolled-back\n"
        f"Held-Image: {second}\n"
        "Requested-By: John Roe <john@example.com>\n"
        f"Requested-In: {reverted}\n"
        "\n"
    )
    why = (
        f"team-a/app:prod is held: {second[:19]} was rolled back by John Roe in commit {reverted[:12]}. "
        "`imagestream unhold team-a/app:prod` releases it."
    )
    ran = place.run("sync", "-o", "json")
    assert ran.code == 0
    assert [(each["reason"], each["message"]) for each in ran.json["problems"]] == [("Held", why)]
    assert place.ok("history", "team-a/app:prod").splitlines()[-1] == why
    row = place.run("status", "-o", "json").json["tags"][0]
    assert (row["recorded"], row["live"], row["state"]) == (first, second, "Held")


def test_the_next_good_image_moves_the_tag_on_by_itself(moved: tuple[Place, str, str], images: Images) -> None:
    place, first, second = moved
    by_revert(place)
    third = images.push("app", "main", "3")  # it is there already when the roll back is seen
    place.ok("sync")
    assert (stack(place), held(place)) == ([first], [second])
    place.ok("sync")
    assert (stack(place), held(place)) == ([third, first], [second])
    images.push("app", "main", "2")
    assert is_quiet(place)


def test_several_events_reverted_at_once_are_all_held(moved: tuple[Place, str, str], images: Images) -> None:
    place, first, second = moved
    third = images.push("app", "main", "3")
    place.ok("sync")
    place.git("revert", "--no-edit", "HEAD~2..HEAD")
    place.ok("sync")
    assert (stack(place), held(place)) == ([first], [third, second])
    assert is_quiet(place)


def test_an_older_event_under_newer_ones_is_a_conflict_in_git(moved: tuple[Place, str, str], images: Images) -> None:
    place, _, _ = moved
    images.push("app", "main", "3")
    place.ok("sync")
    with pytest.raises(AssertionError, match="could not revert"):
        place.git("revert", "--no-edit", "HEAD~1")


def test_a_streams_import_commit_reverted_empties_and_holds_every_tag(place: Place, images: Images) -> None:
    first, other = images.push("app", "main", "1"), images.push("web", "1", "web")
    declare(place, images, tag("web", images.name("web", "1")), tag("copy", "app:prod", "ImageStreamTag"))
    place.ok("sync")
    place.git("revert", "--no-edit", "HEAD")
    place.ok("sync")
    assert [stack(place, name) for name in ("prod", "web", "copy")] == [[], [], []]
    assert [held(place, name) for name in ("prod", "web", "copy")] == [[first], [other], [first]]
    assert is_quiet(place)


def test_reverts_can_be_undone_and_undone_again(moved: tuple[Place, str, str]) -> None:
    place, first, second = moved
    newest = place.git("rev-parse", "HEAD").strip()
    for expected in (([first], [second]), ([second, first], []), ([first], [second])):
        place.git("revert", "--no-edit", newest)
        newest = place.git("rev-parse", "HEAD").strip()
        place.ok("sync")
        assert (stack(place), held(place)) == expected
    assert is_quiet(place)


def test_a_reverted_hold_commit_releases_and_its_undoing_holds_nothing_that_is_on_top(
    moved: tuple[Place, str, str],
) -> None:
    place, first, second = moved
    by_revert(place)
    place.ok("sync")
    place.git("revert", "--no-edit", "HEAD")
    released = place.git("rev-parse", "HEAD").strip()
    place.ok("sync")
    assert (stack(place), held(place)) == ([second, first], [])
    place.git("revert", "--no-edit", released)
    place.ok("sync")
    assert (stack(place), held(place)) == ([second, first], [])
    assert is_quiet(place)


def test_a_hold_file_that_is_deleted_and_comes_back_holds_again(moved: tuple[Place, str, str], images: Images) -> None:
    place, first, second = moved
    by_revert(place)
    place.ok("sync")
    images.push("app", "main", "1")
    place.git("rm", "-q", HOLD)
    place.commit("Let it come back")
    place.ok("sync")
    place.git("revert", "--no-edit", "HEAD")
    images.push("app", "main", "2")
    assert is_quiet(place)
    assert (stack(place), held(place)) == ([first], [second])


def test_a_reverted_promotion_is_a_new_event_of_the_old_image(moved: tuple[Place, str, str], images: Images) -> None:
    place, first, second = moved
    third = images.push("app", "next", "3")
    place.git("checkout", "-q", "-b", "promote")
    declare(place, images, source="next")
    place.git("checkout", "-q", "main")
    place.git("merge", "-q", "--no-ff", "-m", "Promote", "promote")
    promoted = place.git("rev-parse", "HEAD").strip()
    place.ok("sync")
    assert stack(place) == [third, second, first]
    place.git("revert", "--no-edit", "-m", "1", promoted)
    place.ok("sync")
    assert (stack(place), held(place)) == ([second, third, second, first], [])
    assert is_quiet(place)


def test_a_cherry_picked_event_that_is_held_is_an_undone_roll_back(moved: tuple[Place, str, str]) -> None:
    place, first, second = moved
    event = place.git("rev-parse", "HEAD").strip()
    by_revert(place)
    place.ok("sync")
    place.git("cherry-pick", event)
    picked = place.git("rev-parse", "HEAD").strip()
    place.ok("sync")
    assert (stack(place), held(place)) == ([second, first], [])
    assert place.subjects()[0] == "Unhold team-a/app:prod"
    assert f"Requested-In: {picked}\n" in place.git("log", "-1", "--format=%B")
    assert is_quiet(place)


def test_a_full_stack_gets_its_cut_event_back_and_loses_it_again(moved: tuple[Place, str, str], images: Images) -> None:
    place, first, second = moved
    place.write("reconciler.yaml", (place.path / "reconciler.yaml").read_text() + "  limits: {history: 2}\n")
    place.commit("Keep two events")
    third = images.push("app", "main", "3")
    place.ok("sync")
    assert stack(place) == [third, second]
    by_revert(place)
    reverted = place.git("rev-parse", "HEAD").strip()
    place.ok("sync")
    assert (stack(place), held(place)) == ([second, first], [third])
    place.git("revert", "--no-edit", reverted)
    place.ok("sync")
    assert (stack(place), held(place)) == ([third, second], [])
    assert is_quiet(place)


def undone(place: Place, what: str) -> Ran:
    """Check that the next pass undoes the newest commit and reports it, and that nothing else is lost."""
    culprit = place.git("rev-parse", "HEAD").strip()
    before = place.git("show", f"HEAD~1:{HISTORY}")
    ran = place.run("sync")
    assert ran.code == 1
    text = f"team-a/app:prod: commit {culprit[:12]} by Jane Doe {what}. The pass undoes the change."
    assert text in ran.err
    assert place.git("show", f"HEAD:{HISTORY}") == before
    assert f"\nUndoes: {culprit}\n" in place.git("log", "-1", "--format=%B")
    return ran


def test_an_event_that_was_not_recorded_is_undone_in_a_commit_that_names_it(moved: tuple[Place, str, str]) -> None:
    place, _, second = moved
    text = (place.path / HISTORY).read_text()
    for spoilt, what in (
        (text.replace(second, f"sha256:{'e' * 64}"), "added an event to its history that was never recorded"),
        (text.replace("generation: 2", "generation: 9"), "added an event to its history that was never recorded"),
        (f"<<<<<<< HEAD\n{text}=======\n>>>>>>> back\n", "made its history unreadable"),
        (text.replace("app:prod", "app:other"), "made its history unreadable"),
    ):
        place.write(HISTORY, spoilt)
        place.commit("A mistake")
        undone(place, what)
    assert is_quiet(place)


def test_a_formatter_changes_nothing_and_makes_no_commit(moved: tuple[Place, str, str]) -> None:
    place, first, second = moved
    head, _, items = (place.path / HISTORY).read_text().partition("items:\n")
    place.write(HISTORY, head + "items:\n" + "".join(f"    {line}\n" for line in items.splitlines()))
    place.commit("Format")
    assert is_quiet(place)
    place.git("checkout", "-q", "HEAD~2", "--", HISTORY)
    place.commit("Back")
    place.ok("sync")
    assert (stack(place), held(place)) == ([first], [second])


def test_tags_that_differ_only_in_case_move_nothing_and_lose_nothing(
    moved: tuple[Place, str, str], images: Images
) -> None:
    place, first, second = moved
    declare(place, images, tag("Prod", images.name("app", "main")))
    images.push("app", "main", "3")
    head = place.git("rev-parse", "HEAD")
    assert place.run("sync").code == 1
    assert (place.git("rev-parse", "HEAD"), stack(place)) == (head, [second, first])
