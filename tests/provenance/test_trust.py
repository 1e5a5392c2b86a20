"""Where own history begins, and what counts without proof: forgeries come by every line, with signing on and off."""

from __future__ import annotations

import dataclasses
import os
import shutil

import pytest

from reconciler.errors import InputError
from reconciler.model.config import Signing
from reconciler.provenance.log import Log
from reconciler.provenance.timeline import timeline
from reconciler.query.find import find
from tests.kit.attacker import Forger, forged_history, forged_hold, forged_message
from tests.kit.branch import OTHER, PROD, Branch, declared, docker
from tests.kit.git import GitKit
from tests.kit.keys import ssh_key
from tests.kit.world import digest

EVIL = f"sha256:{'6' * 64}"
WAYS = {
    "a pull request from before the first pass": ["main", "side"],
    "the side as first parent": ["side", "main"],
    "an octopus": ["main", "side", "other"],
}


@pytest.fixture(params=["signed", "unsigned"])
def branch(kit: GitKit, request: pytest.FixtureRequest) -> Branch:
    made = Branch(kit.repository(), signing=ssh_key(kit.root, "own") if request.param == "signed" else None)
    made.start()
    return made


@pytest.fixture
def signed(kit: GitKit) -> Branch:
    made = Branch(kit.repository(), signing=ssh_key(kit.root, "own"))
    made.start()
    return made


def forge(branch: Branch, parents: list[str], message: str = "docs", key: Signing | None = None) -> str:
    """A commit with an invented event and nothing below it."""
    files = {PROD.history_path: forged_history(PROD, (), EVIL)}
    return Forger(branch.git).commit(parents, files, message, key=key)


def go_to(branch: Branch, commit: str) -> None:
    branch.git.git("reset", "-q", "--hard", commit)


def lies(branch: Branch) -> list[tuple[str, str, bool]]:
    return [(each.commit, each.rule, each.undone_by is not None) for each in branch.verify().breaks]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("root", ["begun before the first pass", "an orphan"])
def test_what_is_not_below_the_beginning_and_not_own_is_a_persons(branch: Branch, way: str, root: str) -> None:
    branch.move("a")
    side = forge(branch, ["HEAD~1"] if root == "begun before the first pass" else [])
    forger = Forger(branch.git)
    known = {"main": branch.git.head(), "side": side, "other": forger.commit(["HEAD"], {}, "x")}
    files = {PROD.history_path: branch.git.raw("show", f"{side}:{PROD.history_path}")}
    go_to(branch, forger.commit([known[each] for each in WAYS[way]], files, "Merge", base=known["main"]))
    assert lies(branch) == [(side, "invented", False)]
    branch.run()
    assert branch.stack() == "a"
    assert lies(branch) == [(side, "invented", True)]


def test_what_stood_before_the_beginning_is_taken_and_may_be_rolled_back_to(branch: Branch) -> None:
    old = f"sha256:{'9' * 64}"
    branch.git.commit({PROD.history_path: forged_history(PROD, (), old)}, "From elsewhere")
    branch.put("a")
    branch.run()
    assert branch.stack() == "a9"
    branch.revert()
    branch.run()
    assert (branch.stack(), branch.held()) == ("9", "a")
    found = branch.verify()
    assert (found.breaks, [str(name) for name, _ in found.accepted_as_is]) == ([], ["team-a/app:prod"])


def test_what_came_and_went_before_the_beginning_is_not_taken(branch: Branch) -> None:
    old = forged_history(PROD, (), EVIL)
    branch.git.commit({PROD.history_path: old}, "From elsewhere")
    branch.git.git("rm", "-q", PROD.history_path)
    branch.git.commit(message="Away with it")
    branch.move("a")
    back = branch.git.commit({PROD.history_path: old}, "As it was once")
    assert lies(branch) == [(back, "invented", False)]
    branch.run()
    assert branch.stack() == "a"


def test_a_history_by_hand_is_a_persons_on_a_branch_that_has_begun_without_a_tip(branch: Branch) -> None:
    branch.move("a")
    branch.git.commit({"is.yaml": declared({"prod": docker(OTHER), "dev": docker(OTHER)})}, "Declare dev")
    name = dataclasses.replace(PROD, tag="dev")
    branch.put("b", OTHER)
    branch.git.commit(
        {name.history_path: forged_history(name, (), EVIL), name.hold_path: forged_hold(name, digest("b"), "a" * 40)},
        "By hand",
    )
    branch.forget_the_tip()
    branch.run()
    branch.run()
    assert (branch.stack(name), branch.held(name)) == ("b", "")


def test_a_second_branch_signed_with_the_same_key_does_not_move_the_beginning(signed: Branch) -> None:
    signed.move("a")
    main = signed.git.head()
    signed.git.git("checkout", "-q", "-b", "staging", "HEAD~1")
    side = forge(signed, ["HEAD"], forged_message(PROD, EVIL, None))
    go_to(signed, side)
    signed.git.commit({"is.yaml": declared({"prod": docker(OTHER), "dev": docker(OTHER)})}, "More tags")
    signed.put("b", OTHER)
    signed.run()
    merge = Forger(signed.git).commit([signed.git.head(), main], {}, "Merge")
    signed.git.git("checkout", "-q", "main")
    go_to(signed, merge)
    assert (side, "unsigned", False) in lies(signed)


@pytest.mark.parametrize("hand", ["unsigned", "another key"])
def test_fitting_trailers_alone_count_for_nothing_once_a_trusted_key_signed(
    signed: Branch, kit: GitKit, hand: str
) -> None:
    signed.move("a")
    key = ssh_key(kit.root, "other") if hand == "another key" else None
    stack = signed.snapshot().histories[PROD].items
    files = {PROD.history_path: forged_history(PROD, stack, EVIL)}
    commit = Forger(signed.git).commit(["HEAD"], files, forged_message(PROD, EVIL, digest("a")), key=key)
    go_to(signed, commit)
    assert lies(signed) == [(commit, "unsigned", False)]
    signed.run()
    assert signed.stack() == "a"


def test_commits_from_before_signing_are_judged_by_their_trailers(kit: GitKit) -> None:
    branch = Branch(kit.repository())
    branch.start()
    branch.move("ab")
    branch.signing = ssh_key(kit.root, "own")
    assert branch.verify().warning is not None
    branch.move("c")
    branch.revert()
    branch.run()
    assert (branch.stack(), branch.held()) == ("ba", "c")
    assert (lies(branch), branch.verify().warning) == ([], None)


def test_signing_without_a_trusted_commit_in_sight_is_reported(kit: GitKit) -> None:
    branch = Branch(kit.repository())
    branch.start()
    branch.move("a")
    branch.signing = signing = ssh_key(kit.root, "own")
    warning = (
        f"no commit has the signature of a key in signing.trusted {signing.trusted}, so histories and holds are judged "
        "by trailers alone, which anyone can write."
    )
    assert branch.verify().warning == warning
    branch.forget_the_tip()
    assert warning in branch.run().notes


def test_since_names_the_beginning(kit: GitKit) -> None:
    branch = Branch(kit.repository())
    branch.start()
    branch.move("a")
    stack = branch.snapshot().histories[PROD].items
    files = {PROD.history_path: forged_history(PROD, stack, EVIL)}
    forged = Forger(branch.git).commit(["HEAD"], files, forged_message(PROD, EVIL, digest("a")))
    before = branch.git.head()
    go_to(branch, forged)
    key = ssh_key(kit.root, "own")
    branch.signing = dataclasses.replace(key, since=forged)
    assert lies(branch) == [(forged, "unsigned", False)]
    branch.signing = dataclasses.replace(key, since=before)
    assert (before, "unsigned", True) not in lies(branch)


def test_since_at_an_ordinary_commit_leaves_nothing_unsigned_between_it_and_the_first_signed_pass(
    kit: GitKit,
) -> None:
    branch = Branch(kit.repository())
    branch.start()
    branch.move("a")
    stack = branch.snapshot().histories[PROD].items
    branch.git.git("commit", "-q", "--allow-empty", "-m", "Sign from here on")
    since = branch.git.head()
    files = {PROD.history_path: forged_history(PROD, stack, EVIL)}
    forged = Forger(branch.git).commit(["HEAD"], files, forged_message(PROD, EVIL, digest("a")))
    go_to(branch, forged)
    branch.forget_the_tip()
    branch.signing = dataclasses.replace(ssh_key(kit.root, "own"), since=since)
    assert lies(branch) == [(forged, "unsigned", False)]
    branch.run()
    assert (branch.stack(), lies(branch)) == ("a", [(forged, "unsigned", True)])


def test_what_a_stolen_key_signed_is_a_persons_from_the_commit_that_since_names(kit: GitKit) -> None:
    """Without `since` only its trailers would count: it is from before the first commit of the new key."""
    old, new = ssh_key(kit.root, "old"), ssh_key(kit.root, "new")
    branch = Branch(kit.repository(), signing=old)
    branch.start()
    branch.move("a")
    stack = branch.snapshot().histories[PROD].items
    files = {PROD.history_path: forged_history(PROD, stack, EVIL)}
    forged = Forger(branch.git).commit(["HEAD"], files, forged_message(PROD, EVIL, digest("a")), key=old)
    go_to(branch, forged)
    branch.signing = new
    assert lies(branch) == []
    branch.signing = dataclasses.replace(new, since=forged)
    assert lies(branch) == [(forged, "unsigned", False)]
    branch.run()
    assert (branch.stack(), lies(branch)) == ("a", [(forged, "unsigned", True)])


def test_a_beginning_that_is_not_of_the_branch_is_refused(signed: Branch) -> None:
    signed.move("a")
    assert signed.signing is not None
    signed.signing = dataclasses.replace(signed.signing, since="f" * 40)
    with pytest.raises(InputError) as caught:
        signed.verify()
    assert str(caught.value) == (
        f"signing.since {'f' * 40} is not in the history of commit {signed.git.head()[:12]}, so it is not known what "
        "counts there. Name a commit of that branch, or leave it out."
    )


def test_a_removed_tag_comes_back_with_what_was_recorded_and_nothing_else(branch: Branch) -> None:
    branch.move("ab")
    stack = branch.snapshot().histories[PROD].items
    spec = declared({"dev": docker(OTHER)})
    files = {PROD.history_path: forged_history(PROD, stack, EVIL), "is.yaml": spec.encode()}
    go_to(branch, Forger(branch.git).commit(["HEAD"], files, "Tidy up"))
    branch.run()
    branch.git.commit({"is.yaml": declared({"prod": docker("registry.example/app:1")})}, "Declare prod again")
    branch.run()
    assert branch.stack() == "ba"


def test_a_removed_tag_comes_back_as_it_was_rolled_back_whatever_was_forged_meanwhile(branch: Branch) -> None:
    branch.move("ab")
    branch.revert()
    branch.run()
    assert (branch.stack(), branch.held()) == ("a", "b")
    stack = branch.snapshot().histories[PROD].items
    spec = declared({"dev": docker(OTHER)})
    files = {PROD.history_path: forged_history(PROD, stack, EVIL), "is.yaml": spec.encode()}
    go_to(branch, Forger(branch.git).commit(["HEAD"], files, "Tidy up"))
    branch.run()
    branch.git.commit({"is.yaml": declared({"prod": docker("registry.example/app:1")})}, "Declare prod again")
    branch.run()
    assert (branch.stack(), branch.held()) == ("a", "b")


def test_one_log_and_one_reading_are_enough_for_many_commits(signed: Branch) -> None:
    signed.move("abcabc")
    log = Log(signed.repository(), signed.git.head())
    assert [len(log.trailers(commit)) for commit in log.graph()] == [1] * 6
    assert log.trust.has_begun
    assert log.baseline.stack(PROD) == ()


def forged_trailers(cause: str, image: str, previous: str, undoes: str) -> str:
    return f"x\n\nTag: {PROD}\nImage: {image}\nPrevious-Image: {previous}\nCause: {cause}\nUndoes: {undoes}\n"


@pytest.mark.parametrize("before", ["on a stack", "on a file that cannot be read", "on no file"])
def test_trailers_of_an_undo_bring_no_event_that_was_not_recorded(branch: Branch, before: str) -> None:
    branch.move("ab")
    forger, head = Forger(branch.git), branch.git.head()
    stack = branch.snapshot().histories[PROD].items
    if before != "on a stack":
        stack, data = (), b"broken\n" if before == "on a file that cannot be read" else None
        head = forger.commit([head], {PROD.history_path: data}, "x")
    message = forged_trailers("restored", EVIL, stack[0].identity if stack else "none", branch.git.head())
    commit = forger.commit([head], {PROD.history_path: forged_history(PROD, stack, EVIL)}, message)
    go_to(branch, commit)
    assert (commit, "unsigned" if branch.signing else "invented", False) in lies(branch)
    branch.run()
    assert branch.stack() == "ba"
    assert all(undone for _, _, undone in lies(branch))
    assert branch.is_quiet()


@pytest.mark.parametrize("cause", ["restored", "removed"])
def test_trailers_of_an_undo_or_a_removal_hold_nothing_that_was_not_held(branch: Branch, cause: str) -> None:
    branch.move("ab")
    message = forged_trailers(cause, digest("b"), digest("b"), branch.git.head())
    hold = forged_hold(PROD, EVIL, branch.git.head())
    commit = Forger(branch.git).commit(["HEAD"], {PROD.hold_path: hold}, message)
    go_to(branch, commit)
    assert lies(branch) == [(commit, "hold-invented", False)]
    branch.run()
    assert (branch.stack(), branch.held()) == ("ba", "")
    assert lies(branch) == [(commit, "hold-invented", True)]
    assert branch.is_quiet()


def test_many_forged_undoes_are_judged_one_after_the_other(kit: GitKit) -> None:
    branch = Branch(kit.repository())
    branch.start()
    branch.move("a")
    head, forger = branch.git.head(), Forger(branch.git)
    for number in range(40):
        image = f"sha256:{number:064x}"
        message = forged_trailers("restored", image, "none" if number else digest("a"), head)
        head = forger.commit([head], {PROD.history_path: forged_history(PROD, (), image)}, message)
        head = forger.commit([head], {PROD.history_path: None}, "x")
    go_to(branch, head)
    branch.forget_the_tip()
    assert len(lies(branch)) == 40
    branch.run()
    assert (branch.stack(), branch.held()) == ("", "a")


def test_a_rebase_that_loses_the_signatures_of_the_newest_events_takes_none_away(signed: Branch) -> None:
    signed.move("abc")
    tip = signed.git.head("refs/imagestream/tip/main")
    signed.git.git("rebase", "-q", "--force-rebase", "HEAD~1")
    for _ in range(3):
        assert signed.run().plan.changes == ()
        assert signed.git.head("refs/imagestream/tip/main") == tip
    signed.move("d")
    assert (signed.stack(), signed.held()) == ("dcba", "")
    assert signed.is_quiet()


def test_what_is_forged_on_a_rebased_branch_is_undone_to_what_the_rebase_left(signed: Branch) -> None:
    signed.move("abc")
    signed.git.git("rebase", "-q", "--force-rebase", "HEAD~1")
    copy, stack = signed.git.head(), signed.snapshot().histories[PROD].items
    forged = Forger(signed.git).commit(["HEAD"], {PROD.history_path: forged_history(PROD, stack, EVIL)}, "docs")
    go_to(signed, forged)
    signed.run()
    assert (signed.stack(), signed.held()) == ("cba", "")
    assert lies(signed) == [(copy, "unsigned", False), (forged, "invented", True)]
    assert signed.is_quiet()


def tree(branch: Branch, *entries: tuple[str, str]) -> str:
    """A tree of files or folders in the given order, which git's own commands would sort."""
    kinds = [b"40000" if branch.git.git("cat-file", "-t", oid) == "tree" else b"100644" for _, oid in entries]
    lines = [
        b"%s %s\0" % (kind, name.encode()) + bytes.fromhex(oid)
        for kind, (name, oid) in zip(kinds, entries, strict=True)
    ]
    return (
        branch.git.raw("hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=b"".join(lines))
        .decode()
        .strip()
    )


@pytest.mark.parametrize("way", ["first", "second", "unsorted", "two folders"])
def test_a_tree_that_git_reads_in_two_ways_is_refused_by_passes_and_hides_nothing_from_verify(
    branch: Branch, way: str
) -> None:
    branch.move("ab")
    data = forged_history(PROD, branch.snapshot().histories[PROD].items, EVIL)
    evil = branch.git.raw("hash-object", "-w", "--stdin", stdin=data).decode().strip()
    good = branch.git.git("rev-parse", f"HEAD:{PROD.history_path}")
    files = {
        "first": [("prod.yaml", evil), ("prod.yaml", good)],
        "second": [("prod.yaml", good), ("prod.yaml", evil)],
        "unsorted": [("z.yaml", good), ("prod.yaml", evil)],
        "two folders": [("prod.yaml", good)],
    }[way]
    folders = [("app", tree(branch, *files))]
    folders += [("app", tree(branch, ("prod.yaml", evil)))] if way == "two folders" else []
    history = tree(branch, ("team-a", tree(branch, *folders)))
    rest = [(name, branch.git.git("rev-parse", f"HEAD:{name}")) for name in ("is.yaml", "reconciler.yaml")]
    root = tree(branch, ("history", history), *rest)
    commit = branch.git.git("commit-tree", "-p", "HEAD", "-m", "docs", root)
    branch.git.git("update-ref", "refs/heads/main", commit)
    text = (
        f"commit {commit[:12]} has {PROD.history_path} twice or out of order, so git reads one content there and "
        "compares another. Take that commit back; git fsck names the tree."
    )
    for asked in (branch.run, branch.verify):
        with pytest.raises(InputError) as refused:
            asked()
        assert str(refused.value) == text


def test_a_change_that_a_malformed_tree_hid_from_the_log_is_reported_by_verify(branch: Branch) -> None:
    branch.move("ab")
    good = branch.git.git("rev-parse", f"HEAD:{PROD.history_path}")
    data = forged_history(PROD, branch.snapshot().histories[PROD].items, EVIL)
    evil = branch.git.raw("hash-object", "-w", "--stdin", stdin=data).decode().strip()
    rest = [(name, branch.git.git("rev-parse", f"HEAD:{name}")) for name in ("is.yaml", "reconciler.yaml")]
    head = branch.git.head()
    for files in ([("prod.yaml", evil), ("prod.yaml", good)], [("prod.yaml", evil)]):
        history = tree(branch, ("team-a", tree(branch, ("app", tree(branch, *files)))))
        head = branch.git.git("commit-tree", "-p", head, "-m", "docs", tree(branch, ("history", history), *rest))
    branch.git.git("reset", "-q", "--hard", head)
    with pytest.raises(InputError) as refused:
        branch.verify()
    assert str(refused.value) == (
        f"commit {head[:12]} has something else at {PROD.history_path} than the changes below it lead to, so nothing is "
        "proved: one of them has a tree with a path twice or out of order. git fsck names it."
    )
    branch.run()
    assert branch.stack() == "ba"


def test_history_and_find_tell_a_forged_event_from_a_recorded_one_also_after_it_is_undone(signed: Branch) -> None:
    signed.move("ab")
    stack = signed.snapshot().histories[PROD].items
    commit = Forger(signed.git).commit(["HEAD"], {PROD.history_path: forged_history(PROD, stack, EVIL)}, "docs")
    go_to(signed, commit)
    current = timeline(Log(signed.repository(), commit), PROD)
    assert [each.recorded for each in current] == [False, True, True]
    signed.run()
    log = Log(signed.repository(), signed.git.head())
    assert [(each.since.id, each.recorded) for each in find(log, EVIL)] == [(commit, False)]
    assert all(each.recorded for each in timeline(log, PROD))
    assert all(each.recorded for each in find(log, digest("b")))


def test_an_unchanged_pass_with_signing_reads_no_log(
    signed: Branch, kit: GitKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed.move("ab")
    commands = kit.root / "commands"
    script = f'#!/bin/sh\nprintf "%s\\n" "$*" >>"{commands}"\nexec "{shutil.which("git")}" "$@"\n'
    folder = kit.folder("bin")
    folder.write("git", script).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder.path}:{os.environ['PATH']}")
    assert signed.run().commits == ()
    logs = [line for line in commands.read_text().splitlines() if " log " in line]
    assert [line for line in logs if "--no-walk" not in line] == []
    assert len(logs) == 1  # the signature of the tip


def test_a_hold_by_hand_of_an_undeclared_tag_is_undone(branch: Branch) -> None:
    """Otherwise it would count as last written when the tag is declared."""
    branch.move("a")
    name = dataclasses.replace(PROD, tag="later")
    branch.git.commit({name.hold_path: forged_hold(name, digest("b"), "a" * 40)}, "By hand")
    result = branch.run()
    assert branch.held(name) == ""
    assert [problem.message for problem in result.plan.problems] == [
        f"team-a/app:later: commit {branch.git.head('HEAD~1')[:12]} by Jane Doe added an entry to its hold that was "
        "never recorded. The pass undoes the change."
    ]
    assert [each.undone_by for each in branch.verify().breaks] == [branch.git.head()]
