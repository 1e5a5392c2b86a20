"""What people changed since the reconciler last wrote, in every form, on real git in this process (design 3.3).

A stack of an istag is written as a word, one letter for each image, newest first. After each form further passes write nothing.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.name import IstagName
from reconciler.model.observation import Answer, KnownImages, Question
from reconciler.model.plan import Problem
from tests.kit.branch import COPY, FOLLOWED, ONE, OTHER, PROD, Branch, Shelf, declared, docker
from tests.kit.git import GitKit
from tests.kit.watched_pass import watch
from tests.kit.world import digest

HISTORY, HOLD = PROD.history_path, PROD.hold_path


@pytest.fixture
def branch(kit: GitKit) -> Branch:
    """A branch without a remote that declares `prod`, scheduled."""
    made = Branch(kit.repository())
    made.start()
    return made


def messages(problems: tuple[Problem, ...]) -> list[str]:
    return [problem.message for problem in problems]


# Reverts.


def test_a_revert_of_the_newest_event_is_held_in_the_name_of_who_made_it(branch: Branch) -> None:
    branch.move("ab")
    reverted = branch.revert()
    branch.run()
    assert (branch.stack(), branch.held()) == ("a", "b")
    message = branch.git.git("log", "-1", "--format=%an%n%B")
    assert message.startswith("Jane Doe\nHold team-a/app:prod\n")
    assert f"Requested-In: {reverted}" in message
    assert branch.is_quiet()


def test_the_next_new_image_moves_the_tag_on_and_the_hold_stays(branch: Branch) -> None:
    branch.move("ab")
    branch.revert()
    branch.run()
    branch.move("c")
    assert (branch.stack(), branch.held()) == ("ca", "b")
    branch.put("b")
    assert branch.is_quiet()


def test_a_new_image_waits_for_the_pass_after_the_roll_back(branch: Branch) -> None:
    branch.move("ab")
    branch.revert()
    branch.put("c")
    branch.run()
    assert (branch.stack(), branch.held()) == ("a", "b")
    branch.run()
    assert branch.stack() == "ca"
    assert branch.is_quiet()


def test_several_reverts_at_once_hold_every_image_that_went(branch: Branch) -> None:
    branch.move("abc")
    branch.revert("HEAD")
    branch.revert("HEAD~2")
    branch.run()
    assert (branch.stack(), branch.held()) == ("a", "cb")
    assert branch.is_quiet()


def test_a_reverted_first_import_leaves_the_istag_empty_and_its_image_held(branch: Branch) -> None:
    branch.move("a")
    branch.revert()
    branch.run()
    assert (branch.stack(), branch.held()) == ("", "a")
    assert branch.is_quiet()
    branch.move("b")
    assert (branch.stack(), branch.held()) == ("b", "a")


def test_a_hold_of_a_first_import_that_is_released_by_hand_brings_the_image_back(branch: Branch) -> None:
    branch.move("a")
    branch.revert()
    branch.run()
    branch.drop_hold()
    branch.put("b")
    branch.run()
    assert (branch.stack(), branch.held()) == ("b", "")
    assert branch.is_quiet()


def test_an_undone_revert_brings_the_event_back_and_ends_its_hold(branch: Branch) -> None:
    branch.move("ab")
    reverted = branch.revert()
    branch.run()
    branch.revert(reverted)
    branch.run()
    assert (branch.stack(), branch.held()) == ("ba", "")
    assert branch.git.git("log", "-1", "--format=%s") == "Unhold team-a/app:prod"
    assert branch.is_quiet()


@pytest.mark.parametrize("between", [True, False], ids=["a pass after each", "one pass at the end"])
def test_a_revert_of_a_revert_of_a_revert_is_a_roll_back(branch: Branch, *, between: bool) -> None:
    branch.move("ab")
    newest = branch.git.head()
    for _ in range(3):
        newest = branch.revert(newest)
        if between:
            branch.run()
    branch.run()
    assert (branch.stack(), branch.held()) == ("a", "b")
    assert branch.is_quiet()


def test_a_revert_that_is_undone_before_any_pass_was_nothing(branch: Branch) -> None:
    branch.move("ab")
    branch.revert(branch.revert())
    assert branch.is_quiet()
    assert (branch.stack(), branch.held()) == ("ba", "")


def test_a_reverted_hold_is_released(branch: Branch) -> None:
    branch.move("ab")
    branch.revert()
    branch.run()
    branch.revert()
    branch.run()
    assert (branch.stack(), branch.held()) == ("ba", "")
    assert branch.is_quiet()


def test_a_hold_that_is_released_and_comes_back_holds_again(branch: Branch) -> None:
    branch.move("ab")
    branch.revert()
    branch.run()
    branch.put("a")
    released = branch.drop_hold()
    assert branch.is_quiet()
    branch.revert(released)
    branch.put("b")
    assert branch.is_quiet()
    assert (branch.stack(), branch.held()) == ("a", "b")


def test_a_hold_that_comes_back_for_the_image_now_on_top_holds_nothing(branch: Branch) -> None:
    branch.move("ab")
    branch.revert()
    branch.run()
    released = branch.drop_hold()
    branch.run()
    assert branch.stack() == "ba"
    branch.revert(released)
    branch.run()
    assert (branch.stack(), branch.held()) == ("ba", "")
    assert branch.is_quiet()


def test_a_put_back_event_that_goes_again_stays_off_even_if_its_hold_is_gone(branch: Branch) -> None:
    branch.move("ab")
    reverted = branch.revert()
    branch.run()
    branch.drop_hold()
    again = branch.revert(reverted)
    assert branch.is_quiet()
    branch.revert(again)
    branch.run()
    assert (branch.stack(), branch.held()) == ("a", "b")
    assert branch.is_quiet()


def test_a_reverted_rewrite_is_written_again_and_holds_nothing(branch: Branch) -> None:
    branch.move("ab")
    branch.put("b", OTHER)
    branch.git.commit({"is.yaml": declared({"prod": docker(OTHER)})})
    branch.run()
    rewritten = (branch.git.path / HISTORY).read_bytes()
    branch.revert()
    branch.run()
    assert (branch.git.path / HISTORY).read_bytes() == rewritten
    assert branch.held() == ""
    assert branch.is_quiet()


def test_a_reverted_promotion_brings_the_old_image_as_a_new_event_without_a_hold(branch: Branch) -> None:
    branch.move("a")
    branch.put("b", OTHER)
    promoted = branch.git.commit({"is.yaml": declared({"prod": docker(OTHER)})}, "Promote")
    branch.run()
    branch.revert(promoted)
    branch.run()
    assert (branch.stack(), branch.held()) == ("aba", "")
    assert branch.is_quiet()


def test_a_reverted_removal_without_a_spec_is_removed_again_and_reported(branch: Branch) -> None:
    branch.move("a")
    branch.git.commit({"is.yaml": declared({"dev": docker(OTHER)})})
    branch.run()
    reverted = branch.revert()
    result = branch.run()
    assert branch.stack() == ""
    assert (
        f"team-a/app:prod has no spec tag, but commit {reverted[:12]} by Jane Doe brought its history back. "
        "It is removed again; declare the tag to keep it."
    ) in messages(result.plan.problems)
    assert branch.is_quiet()


def test_a_history_and_its_holds_come_back_with_the_spec(branch: Branch) -> None:
    branch.move("ab")
    branch.revert()
    branch.run()
    taken = branch.git.commit({"is.yaml": declared({"dev": docker(OTHER)})})
    branch.run()
    assert (branch.stack(), branch.held()) == ("", "")
    branch.revert(taken)
    branch.run()
    assert (branch.stack(), branch.held()) == ("a", "b")
    assert branch.is_quiet()


def test_a_hold_that_comes_back_with_the_spec_names_who_rolled_back(branch: Branch) -> None:
    branch.move("ab")
    rolled_back = branch.revert()
    branch.run()
    branch.git.commit({"is.yaml": declared({"copy": docker(OTHER)})})
    branch.run()
    branch.git.commit({"is.yaml": declared({"prod": docker(ONE)})})
    text = f"team-a/app:prod is held: {digest('b')[:19]} was rolled back by Jane Doe in commit {rolled_back[:12]}. "
    assert messages(branch.run().plan.problems) == [f"{text}`imagestream unhold team-a/app:prod` releases it."]


def test_a_hold_ends_with_the_source_it_records(branch: Branch) -> None:
    branch.move("ab")
    branch.revert()
    branch.run()
    branch.put("b", OTHER)
    branch.git.commit({"is.yaml": declared({"prod": docker(OTHER)})})
    branch.run()
    assert (branch.stack(), branch.held()) == ("ba", "")
    assert branch.is_quiet()


def test_an_image_that_is_rolled_back_from_two_sources_is_held_for_the_second(branch: Branch) -> None:
    branch.move("ab")
    branch.revert()
    branch.run()
    branch.put("b", OTHER)
    declared_anew = branch.git.commit({"is.yaml": declared({"prod": docker(OTHER)})})
    branch.run()
    branch.revert(f"{declared_anew}..HEAD")  # the event of the second source, and the end of the first one's hold
    branch.run()
    assert (branch.stack(), branch.held()) == ("a", "b")
    assert [entry.source and entry.source.name for entry in branch.snapshot().holds[PROD].held] == [OTHER]
    assert branch.is_quiet()
    assert (branch.stack(), branch.held()) == ("a", "b")
    assert branch.verify().breaks == []
    branch.forget_the_tip()
    assert branch.is_quiet()
    assert (branch.stack(), branch.held()) == ("a", "b")


@pytest.mark.parametrize("group", ["per-event", "per-stream", "per-pass"])
def test_two_changes_of_an_istag_in_one_pass_are_own_in_a_copy_too(kit: GitKit, group: str) -> None:
    branch = Branch(kit.repository())
    branch.start({"prod": docker(ONE), "copy": FOLLOWED}, group=group)
    branch.put("a")
    branch.run()
    branch.put("b")
    branch.run()
    branch.roll_back(PROD)
    branch.run()
    branch.put("b", OTHER)
    branch.git.commit({"is.yaml": declared({"prod": docker(OTHER), "copy": FOLLOWED})})
    branch.run()  # releases b, and moves prod to it
    branch.git.commit({"is.yaml": declared({"copy": FOLLOWED})})
    branch.run()
    branch.put("c", ONE)
    branch.git.commit({"is.yaml": declared({"prod": docker(ONE), "copy": FOLLOWED})})
    branch.run()  # restores the history, and moves prod
    assert (branch.stack(), branch.stack(COPY)) == ("cba", "cbaba")
    assert branch.verify().breaks == []
    branch.forget_the_tip()
    assert branch.is_quiet()
    assert (branch.stack(), branch.stack(COPY)) == ("cba", "cbaba")


def test_what_is_rolled_back_while_the_spec_cannot_be_read_stays_held_when_it_can(branch: Branch) -> None:
    branch.move("ab")
    spec = (branch.git.path / "is.yaml").read_text()
    branch.revert()
    branch.git.commit({"is.yaml": f"{spec}<<<<<<< HEAD\n"}, "Break")
    branch.run()
    assert (branch.stack(), branch.held()) == ("a", "b")
    branch.git.commit({"is.yaml": spec}, "Mend")
    assert branch.is_quiet()
    assert (branch.stack(), branch.held()) == ("a", "b")


# The limit.


@pytest.fixture
def full(kit: GitKit) -> Branch:
    """A stack at its limit of three, with one event cut."""
    made = Branch(kit.repository())
    made.start(limit=3)
    made.move("abcd")
    assert made.stack() == "dcb"
    return made


def test_a_revert_at_the_limit_brings_the_cut_event_back(full: Branch) -> None:
    full.revert()
    full.run()
    assert (full.stack(), full.held()) == ("cba", "d")
    assert full.is_quiet()


def test_a_revert_at_the_limit_that_is_undone_holds_nothing(full: Branch) -> None:
    reverted = full.revert()
    full.run()
    full.revert(reverted)
    full.run()
    assert (full.stack(), full.held()) == ("dcb", "")
    assert full.is_quiet()


def test_an_image_above_and_below_is_held_when_its_newer_event_goes(branch: Branch) -> None:
    branch.move("aba")
    branch.revert()
    branch.run()
    assert (branch.stack(), branch.held()) == ("ba", "a")
    branch.put("a")
    assert branch.is_quiet()


# Cherry-picks.


def test_a_cherry_picked_event_that_is_held_is_an_undone_roll_back_in_the_name_of_who_picked_it(
    branch: Branch,
) -> None:
    branch.move("ab")
    event = branch.git.head()
    branch.revert()
    branch.run()
    branch.git.git("cherry-pick", event)
    picked = branch.git.head()
    branch.run()
    assert (branch.stack(), branch.held()) == ("ba", "")
    message = branch.git.git("log", "-1", "--format=%B")
    assert message.startswith("Unhold team-a/app:prod\n")
    assert f"Requested-In: {picked}" in message
    assert branch.is_quiet()


def test_a_cherry_picked_event_is_not_an_own_commit_in_a_copy_without_the_tip(branch: Branch) -> None:
    branch.move("ab")
    event = branch.git.head()
    branch.revert()
    branch.run()
    branch.git.git("cherry-pick", event)
    branch.forget_the_tip()
    branch.run()
    assert (branch.stack(), branch.held()) == ("ba", "")
    assert branch.is_quiet()


# Merges and rewrites.


def side(branch: Branch, start: str = "HEAD") -> None:
    branch.git.git("checkout", "-q", "-b", "side", start)


def test_a_revert_that_comes_by_a_merge_names_the_revert(branch: Branch) -> None:
    branch.move("ab")
    side(branch)
    reverted = branch.revert()
    branch.git.git("checkout", "-q", "main")
    branch.git.commit({"notes.txt": "1\n"}, "Note")
    branch.git.git("merge", "-q", "--no-edit", "side")
    branch.run()
    assert (branch.stack(), branch.held()) == ("a", "b")
    assert f"Requested-In: {reverted}" in branch.git.git("log", "-1", "--format=%B")
    assert branch.is_quiet()


def test_a_merge_that_chooses_the_old_side_is_a_roll_back_by_the_merge(branch: Branch) -> None:
    branch.move("a")
    side(branch)
    branch.git.commit({"notes.txt": "1\n"}, "Note")
    branch.git.git("checkout", "-q", "main")
    branch.move("b")
    branch.git.git("checkout", "-q", "side")
    branch.git.git("merge", "-q", "-s", "ours", "-m", "Ours is better", "main")
    merge = branch.git.head()
    branch.git.git("branch", "-f", "main")
    branch.git.git("checkout", "-q", "main")
    branch.run()
    assert (branch.stack(), branch.held()) == ("a", "b")
    assert f"Requested-In: {merge}" in branch.git.git("log", "-1", "--format=%B")
    assert branch.is_quiet()


def test_a_conflict_that_a_merge_resolves_by_a_mixture_is_undone(branch: Branch) -> None:
    branch.move("ab")
    side(branch)
    branch.revert()
    branch.git.git("checkout", "-q", "main")
    branch.move("c")
    branch.git.raw("merge", "-q", "side", check=False)
    branch.git.write(
        HISTORY, branch.git.raw("show", f"main:{HISTORY}").replace(digest("b").encode(), b"sha256:" + b"9" * 64)
    )
    branch.git.commit(message="Merge")
    result = branch.run()
    assert (branch.stack(), branch.held()) == ("cba", "")
    assert [problem.reason for problem in result.plan.problems] == ["Diverged"]
    assert branch.is_quiet()


def test_what_a_rewrite_of_the_branch_dropped_is_rolled_back(branch: Branch) -> None:
    branch.move("abc")
    branch.git.git("reset", "-q", "--hard", "HEAD~2")
    branch.run()
    assert (branch.stack(), branch.held()) == ("a", "cb")
    assert branch.is_quiet()


def test_what_a_rewrite_dropped_stays_off_even_if_the_file_is_spoilt_afterwards(branch: Branch) -> None:
    branch.move("abc")
    branch.git.git("reset", "-q", "--hard", "HEAD~2")
    branch.git.commit({HISTORY: "<<<<<<< HEAD\n"}, "Half asleep")
    branch.run()
    assert (branch.stack(), branch.held()) == ("a", "cb")
    assert branch.verify().open_breaks == []
    assert branch.is_quiet()


def test_a_rewrite_that_drops_a_restored_history_rolls_it_back(branch: Branch) -> None:
    branch.move("ab")
    spec = (branch.git.path / "is.yaml").read_text()
    branch.git.commit({"is.yaml": declared({"dev": docker(ONE)})}, "Take prod out")
    branch.run()
    put_back = branch.git.commit({"is.yaml": spec}, "Put prod back")
    branch.run()
    assert branch.stack() == "ba"
    branch.git.git("reset", "-q", "--hard", put_back)
    branch.run()
    assert (branch.stack(), branch.held()) == ("", "ba")
    assert branch.is_quiet()
    assert branch.verify().open_breaks == []


def test_a_rewrite_of_the_branch_releases_nothing(branch: Branch) -> None:
    branch.move("ab")
    branch.revert()
    branch.run()
    branch.git.git("reset", "-q", "--hard", "HEAD~1")
    branch.run()
    assert (branch.stack(), branch.held()) == ("a", "b")
    assert branch.git.git("log", "-1", "--format=%s") == "Hold team-a/app:prod"
    assert branch.is_quiet()


def test_a_rewrite_that_drops_the_revert_with_its_hold_puts_the_event_back(branch: Branch) -> None:
    branch.move("ab")
    branch.revert()
    branch.run()
    branch.git.git("reset", "-q", "--hard", "HEAD~2")
    branch.run()
    assert (branch.stack(), branch.held()) == ("ba", "")
    assert branch.is_quiet()


def test_a_rewrite_that_keeps_every_file_as_it_was_changes_nothing(branch: Branch) -> None:
    branch.move("ab")
    branch.revert()
    branch.run()
    branch.git.git("reset", "-q", "--soft", "HEAD~3")
    branch.git.commit(message="All in one")
    assert branch.is_quiet()
    assert (branch.stack(), branch.held()) == ("a", "b")


def test_after_a_rewrite_that_changed_no_file_the_first_release_by_hand_counts(branch: Branch) -> None:
    branch.move("ab")
    branch.revert()
    branch.run()
    branch.git.git("commit", "-q", "--amend", "-m", "Reworded")
    assert not branch.run().commits
    branch.drop_hold()
    branch.run()
    assert (branch.stack(), branch.held()) == ("ba", "")
    assert branch.is_quiet()


def test_an_event_that_only_the_dropped_part_of_the_branch_had_is_known(branch: Branch) -> None:
    branch.move("ab")
    old = branch.git.raw("show", f"HEAD:{HISTORY}")
    branch.revert()
    branch.run()
    branch.move("c")
    branch.git.git("reset", "-q", "--hard", "HEAD~4")
    branch.git.commit({HISTORY: old}, "As it was")
    branch.run()
    assert (branch.stack(), branch.held()) == ("ba", "c")
    assert branch.is_quiet()


# Without the tip reference.


def test_without_a_tip_a_revert_is_seen_against_the_newest_own_commit(branch: Branch) -> None:
    branch.move("ab")
    branch.forget_the_tip()
    branch.revert()
    branch.run()
    assert (branch.stack(), branch.held()) == ("a", "b")
    branch.forget_the_tip()
    assert branch.is_quiet()


def test_without_a_tip_a_release_by_hand_is_not_fought(branch: Branch) -> None:
    branch.move("ab")
    branch.revert()
    branch.run()
    branch.put("a")
    branch.drop_hold()
    branch.forget_the_tip()
    assert branch.is_quiet()
    assert (branch.stack(), branch.held()) == ("a", "")
    branch.put("b")
    branch.run()
    assert branch.stack() == "ba"


def test_without_a_tip_a_roll_back_after_an_undone_one_is_a_roll_back(branch: Branch) -> None:
    branch.move("ab")
    newest = branch.git.head()
    for expected in (("a", "b"), ("ba", ""), ("a", "b")):
        newest = branch.revert(newest)
        branch.forget_the_tip()
        branch.run()
        assert (branch.stack(), branch.held()) == expected
    branch.forget_the_tip()
    assert branch.is_quiet()


def test_in_a_squashed_copy_the_files_are_taken_as_they_are(kit: GitKit, branch: Branch) -> None:
    branch.move("ab")
    branch.revert()
    branch.run()
    copy = Branch(kit.repository("copy"), branch.shelf)
    for path in ("reconciler.yaml", "is.yaml", HISTORY, HOLD):
        copy.git.write(path, (branch.git.path / path).read_bytes())
    copy.git.commit(message="Start from a copy")
    said = [copy.run().notes for _ in range(2)]
    assert said == [
        ["accepted as the branch has it, because no commit by the reconciler records it: team-a/app:prod."],
        [],
    ]
    assert copy.is_quiet()
    copy.move("c")
    copy.revert()
    copy.run()
    assert (copy.stack(), copy.held()) == ("a", "cb")
    assert copy.is_quiet()


# What is undone.


def undone(branch: Branch, what: str, expected: str = "ba") -> None:
    """The next pass undoes the newest commit and reports it."""
    culprit = branch.git.head()
    result = branch.run()
    assert branch.stack() == expected
    assert messages(result.plan.problems) == [
        f"team-a/app:prod: commit {culprit[:12]} by Jane Doe {what}. The pass undoes the change."
    ]
    message = branch.git.git("log", "-1", "--format=%B")
    assert message.startswith("Restore history of team-a/app:prod\n")
    assert f"Undoes: {culprit}" in message
    assert branch.is_quiet()


def edit(branch: Branch, old: str, new: str, path: str = HISTORY) -> None:
    text = (branch.git.path / path).read_text()
    assert old in text
    branch.git.commit({path: text.replace(old, new)}, "Edit")


def test_an_invented_image_is_undone(branch: Branch) -> None:
    branch.move("ab")
    edit(branch, digest("b"), digest("e"))
    undone(branch, "added an event to its history that was never recorded")


def test_an_invented_generation_is_undone(branch: Branch) -> None:
    branch.move("ab")
    edit(branch, "generation: 2", "generation: 7")
    undone(branch, "added an event to its history that was never recorded")


def test_events_in_another_order_are_undone(branch: Branch) -> None:
    branch.move("ab")
    head, first, second = (branch.git.path / HISTORY).read_text().split("- image:")
    branch.git.commit({HISTORY: f"{head}- image:{second}- image:{first}"}, "Reorder")
    undone(branch, "put the events of its history into another order")


def test_a_history_invented_for_a_tag_without_one_goes_and_does_not_come_back(branch: Branch) -> None:
    branch.move("ab")
    invented = branch.git.raw("show", f"HEAD:{HISTORY}").replace(b"app:prod", b"app:dev")
    dev = IstagName("team-a", "app", "dev")
    branch.git.commit({"is.yaml": declared({"prod": docker(ONE), "dev": docker(OTHER)})})
    branch.git.commit({dev.history_path: invented}, "Copy")
    branch.run()
    assert (branch.stack(dev), branch.stack()) == ("", "ba")
    assert branch.is_quiet()
    branch.put("c", OTHER)
    branch.run()
    assert branch.stack(dev) == "c"


def test_a_history_that_people_delete_with_its_spec_comes_back_with_it(branch: Branch) -> None:
    branch.move("ab")
    branch.git.git("rm", "-q", HISTORY)
    branch.git.commit({"is.yaml": declared({"dev": docker(OTHER)})}, "Take it out, history and all")
    assert branch.is_quiet()
    branch.put("c")
    branch.git.commit({"is.yaml": declared({"prod": docker(ONE)})}, "Put it back")
    branch.run()
    assert (branch.stack(), branch.held()) == ("cba", "")
    assert branch.is_quiet()


def test_conflict_markers_are_undone(branch: Branch) -> None:
    branch.move("ab")
    text = (branch.git.path / HISTORY).read_text()
    branch.git.commit({HISTORY: f"<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> theirs\n"}, "Merge")
    undone(branch, "made its history unreadable")


def test_a_half_reverted_file_is_undone(branch: Branch) -> None:
    branch.move("ab")
    text = (branch.git.path / HISTORY).read_text()
    branch.git.commit({HISTORY: text[: text.rindex("  created:")]}, "Revert, but only half")
    undone(branch, "made its history unreadable")


def test_a_history_copied_from_another_istag_is_undone(kit: GitKit) -> None:
    branch = Branch(kit.repository())
    branch.start({"prod": docker(ONE), "dev": docker(OTHER)})
    branch.put("a")
    branch.put("b", OTHER)
    branch.run()
    other = (branch.git.path / HISTORY.replace("prod", "dev")).read_text()
    branch.git.commit({HISTORY: other}, "Copy")
    undone(branch, "made its history unreadable", "a")
    branch.git.commit({HISTORY: other.replace("app:dev", "app:prod")}, "Copy better")
    undone(branch, "added an event to its history that was never recorded", "a")


def test_a_history_and_a_hold_that_are_both_spoilt_are_both_undone_in_one_pass(branch: Branch) -> None:
    branch.move("ab")
    branch.revert()
    branch.run()
    branch.git.commit({HISTORY: "<<<<<<< HEAD\n", HOLD: "<<<<<<< HEAD\n"}, "Merge")
    culprit = branch.git.head()
    result = branch.run()
    assert (branch.stack(), branch.held()) == ("a", "b")
    assert messages(result.plan.problems) == [
        f"team-a/app:prod: commit {culprit[:12]} by Jane Doe made its history unreadable. The pass undoes the change.",
        f"team-a/app:prod: commit {culprit[:12]} by Jane Doe made its hold unreadable. The pass undoes the change.",
    ]
    assert branch.is_quiet()


def test_a_spoilt_history_of_a_tag_that_is_taken_out_is_mended_and_removed(branch: Branch) -> None:
    branch.move("ab")
    branch.git.commit({"is.yaml": declared({}), HISTORY: "<<<<<<< HEAD\n"}, "Take it out, half asleep")
    branch.run()
    assert branch.stack() == "ba"
    branch.run()
    assert not (branch.git.path / HISTORY).exists()
    assert branch.verify().open_breaks == []
    assert branch.is_quiet()


def test_a_hold_that_people_invent_is_undone(branch: Branch) -> None:
    branch.move("ab")
    branch.revert()
    branch.run()
    edit(branch, digest("b"), digest("e"), HOLD)
    culprit = branch.git.head()
    result = branch.run()
    assert (branch.stack(), branch.held()) == ("a", "b")
    assert messages(result.plan.problems) == [
        f"team-a/app:prod: commit {culprit[:12]} by Jane Doe added an entry to its hold that was "
        "never recorded. The pass undoes the change."
    ]
    assert branch.is_quiet()


def test_a_formatter_that_indents_our_files_changes_nothing(branch: Branch) -> None:
    branch.move("ab")
    branch.revert()
    branch.run()
    for path, key in ((HISTORY, "items:"), (HOLD, "held:")):
        head, _, items = (branch.git.path / path).read_text().partition(f"{key}\n")
        indented = "".join(f"    {line}\n" for line in items.splitlines())
        branch.git.write(path, f"# formatted\n{head}{key}\n{indented}")
    formatted = branch.git.commit(message="Format")
    assert branch.is_quiet()
    assert branch.git.head() == formatted
    branch.move("c")
    assert (branch.stack(), branch.held()) == ("ca", "b")


# Followers, clocks and races.


def test_tags_that_follow_go_back_and_those_that_share_the_source_do_not(kit: GitKit) -> None:
    branch = Branch(kit.repository())
    branch.start({"prod": docker(ONE), "dev": docker(ONE), "copy": FOLLOWED})
    dev = IstagName("team-a", "app", "dev")
    for image in "ab":
        branch.put(image)
        branch.run()
    event = branch.git.git("log", "--format=%H", "-1", "--grep=^Tag team-a/app:prod")
    branch.revert(event)
    branch.run()
    assert (branch.stack(PROD), branch.stack(COPY), branch.stack(dev)) == ("a", "aba", "ba")
    assert (branch.held(PROD), branch.held(COPY), branch.held(dev)) == ("b", "", "")
    assert branch.is_quiet()


def test_clocks_that_jump_back_decide_nothing(branch: Branch, monkeypatch: pytest.MonkeyPatch) -> None:
    branch.move("ab")
    branch.clock.advance(-40 * 86_400)
    monkeypatch.setitem(branch.git.environ, "GIT_COMMITTER_DATE", "1000000000 +0000")
    reverted = branch.revert()
    branch.run()
    assert (branch.stack(), branch.held()) == ("a", "b")
    branch.revert(reverted)
    branch.clock.advance(-86_400)
    branch.run()
    assert (branch.stack(), branch.held()) == ("ba", "")
    branch.move("c")
    assert branch.stack() == "cba"
    assert branch.is_quiet()


class Interrupted(Shelf):
    """A shelf that lets a person act once, just before it answers."""

    def __init__(self, images: dict[str, str], branch: Branch) -> None:
        super().__init__(images)
        self.branch = branch
        self.reverted = ""

    def resolve(self, question: Question, *, known: KnownImages = frozenset()) -> Answer:
        """Roll back between the plan and the push."""
        if not self.reverted:
            self.reverted = self.branch.revert()
            if self.branch.git.git("remote"):
                self.branch.git.git("push", "-q", "origin", "main")
        return super().resolve(question, known=known)


def test_a_roll_back_while_a_pass_is_under_way_wins(branch: Branch) -> None:
    branch.move("ab")
    branch.put("c")
    branch.run(Interrupted(branch.shelf.images, branch))
    assert (branch.stack(), branch.held()) == ("a", "b")
    branch.run()
    assert branch.stack() == "ca"
    assert branch.is_quiet()


def test_a_roll_back_that_is_pushed_while_a_pass_is_under_way_wins(kit: GitKit) -> None:
    remote = kit.bare()
    branch = Branch(kit.clone(remote, "work"))
    branch.git.git("checkout", "-q", "-B", "main")
    branch.start()
    branch.git.git("push", "-q", "-u", "origin", "main")
    branch.move("ab")
    person = Branch(kit.clone(remote, "person"))
    branch.put("c")
    branch.run(Interrupted(branch.shelf.images, person))
    assert (branch.stack(), branch.held()) == ("a", "b")
    branch.run()
    assert branch.stack() == "ca"
    assert branch.is_quiet()


# What it costs.


def test_detection_costs_one_comparison_if_no_person_touched_our_files(branch: Branch, tmp_path: Path) -> None:
    """No earlier version is read for a history of any length; only a revert makes the log be read."""
    branch.move("ab")
    branch.git.commit({"notes.txt": "0\n"}, "Note")
    short = watch(branch, tmp_path / "git")
    branch.move("cdefab")
    branch.git.commit({"notes.txt": "1\n"}, "Note")
    long = watch(branch, tmp_path / "git")
    assert not short.killed
    assert (len(long.commands), long.count("diff-tree"), long.count("log")) == (len(short.commands), 1, 0)
    branch.revert("HEAD~1")
    assert watch(branch, tmp_path / "git").count("log") > 0


def test_holders_are_found_in_as_many_commands_however_many_there_are(branch: Branch, tmp_path: Path) -> None:
    branch.move("abc")
    branch.revert()
    branch.run()
    one = watch(branch, tmp_path / "git")
    branch.move("d")
    branch.revert()
    branch.run()
    branch.move("e")
    branch.roll_back(PROD)
    branch.run()
    assert branch.held() == "edc"
    assert len(watch(branch, tmp_path / "git").commands) == len(one.commands) + 1
