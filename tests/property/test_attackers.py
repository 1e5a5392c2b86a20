"""Attackers beside people, with signing on: forged events and holds are never believed.

One bare repository. Images are pushed and passes run; people revert and declare. Attackers have one of these rights:

- references only: they delete the tip, or move it to their own commits, to another signed branch, or to old commits;
- merging, without the key: their commits come on top, from a side branch of any earlier commit, as the first parent of a
  merge, in an octopus, from an orphan root; with or without fitting trailers, unsigned or signed by another key.

No registry named a forged image. After every pass no history, no hold and none of our commits has one, and no image
is held that no person took off. `verify` names every forged commit of the branch, whatever came after it.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from reconciler.errors import UsageError
from reconciler.model.history import TagEvent
from reconciler.model.name import IstagName
from reconciler.reading.owned_file import read_history
from reconciler.settings import HISTORY_DIR, HOLDS_DIR
from tests.kit.attacker import Forger, forged_history, forged_hold, forged_message
from tests.kit.branch import DEV, ONE, OTHER, PROD, Branch, config, declared, docker
from tests.kit.git import GitKit
from tests.kit.keys import ssh_key
from tests.kit.machine import run_briefly, run_for_long
from tests.kit.world import digest

pytestmark = pytest.mark.usefixtures("alone")

NAMES = st.sampled_from([DEV, PROD])
IMAGES = "abcd"
MAIN, TIP = "refs/heads/main", "refs/imagestream/tip/main"
WAYS = st.sampled_from(["on top", "first parent", "second parent", "octopus", "orphan", "orphan first"])
PASSES = st.sampled_from([True, False, False])
"""Whether a pass runs before the next attack."""
HANDS = st.sampled_from(["unsigned", "plain", "another key"])


class Attackers(RuleBasedStateMachine):
    """One signed branch, its people, its reconciler, and its attackers."""

    def __init__(self) -> None:
        super().__init__()
        self.temporary = tempfile.TemporaryDirectory(prefix="imagestream-")
        root = Path(self.temporary.name)
        self.git = GitKit(root).bare()
        self.own, self.other = ssh_key(root, "own"), ssh_key(root, "other")
        self.branch = Branch(self.git, signing=self.own)
        self.forger = Forger(self.git)
        self.counter = itertools.count(1)
        self.forged: set[str] = set()
        """Every image that only an attacker named."""
        self.lies: set[str] = set()
        """The commits that put one into a file."""
        self.taken_off: set[str] = set()
        """What people with merge rights took off a stack."""

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:
                self.pass_and_look()
        finally:
            self.temporary.cleanup()

    @initialize()
    def start(self) -> None:
        self.tags = {"dev": docker(ONE), "prod": docker(OTHER)}
        self.branch.put("a", ONE)
        self.branch.put("b", OTHER)
        files = {"reconciler.yaml": config(20).encode(), "is.yaml": declared(self.tags).encode()}
        self.move(MAIN, self.forger.commit([], files, "Declare"))
        self.pass_and_look()

    # What the world does, and people who may merge.

    @rule(source=st.sampled_from([ONE, OTHER]), image=st.sampled_from(IMAGES))
    def push_an_image(self, source: str, image: str) -> None:
        self.branch.put(image, source)

    @rule()
    def run_a_pass(self) -> None:
        self.pass_and_look()

    @rule(name=NAMES)
    def roll_the_newest_event_back(self, name: IstagName) -> None:
        stack = self.stack(name)
        if len(stack) > 1 and not self.forged & {event.identity for event in stack}:
            self.taken_off.add(stack[0].identity)
            older = self.git.raw("log", "-1", "--format=%H", f"-S{stack[0].identity}", "main", "--", name.history_path)
            data = self.content(f"{older.decode().strip()}~1", name.history_path)
            if data is not None:
                self.merge_nothing({name.history_path: data}, "Revert")

    @rule(tag=st.sampled_from(["dev", "prod"]))
    def take_a_tag_out_or_put_it_back(self, tag: str) -> None:
        there = {each for stream in self.branch.snapshot().declarations.streams.values() for each in stream.tags}
        wanted = {each: source for each, source in self.tags.items() if (each in there) is not (each == tag)}
        if wanted:
            self.merge_nothing({"is.yaml": declared(wanted).encode()}, "Declare otherwise")

    @rule(name=NAMES)
    def release_by_hand(self, name: IstagName) -> None:
        if self.content("main", name.hold_path) is not None:
            self.merge_nothing({name.hold_path: None}, "Release")

    @rule()
    def reconcile_another_branch_with_the_same_key(self) -> None:
        self.move("refs/heads/staging", self.some_commit(next(self.counter)))
        with suppress(UsageError):  # an orphan's root has no configuration
            self.branch.run(branch="staging")

    # What attackers do who may push references.

    @rule(name=NAMES, hand=HANDS, passes=PASSES)
    def point_the_tip_at_a_forged_event(self, name: IstagName, hand: str, *, passes: bool) -> None:
        self.try_move(TIP, self.forge_event(name, ["main"], hand, lie=False))
        self.maybe_pass(passes)

    @rule(name=NAMES, passes=PASSES)
    def point_the_tip_at_a_forged_hold(self, name: IstagName, *, passes: bool) -> None:
        image = self.new_image()
        files = {name.hold_path: forged_hold(name, image, self.git.head("main"))}
        self.try_move(TIP, self.forger.commit(["main"], files, "x"))
        self.maybe_pass(passes)

    @rule(back=st.integers(0, 9), passes=PASSES)
    def point_the_tip_at_an_older_commit(self, back: int, *, passes: bool) -> None:
        self.try_move(TIP, self.some_commit(back))
        self.maybe_pass(passes)

    @rule(passes=PASSES)
    def point_the_tip_at_another_signed_branch(self, *, passes: bool) -> None:
        if self.git.tried("rev-parse", "--verify", "-q", "staging"):
            self.try_move(TIP, self.git.head("staging"))
        self.maybe_pass(passes)

    @rule(what=st.sampled_from(["deleted", "a blob", "a folder"]), passes=PASSES)
    def spoil_the_tip(self, what: str, *, passes: bool) -> None:
        self.git.tried("update-ref", "-d", TIP)
        if what == "a blob":
            self.try_move(TIP, self.git.raw("hash-object", "-w", "--stdin", stdin=b"x").decode().strip())
        if what == "a folder":
            self.try_move(f"{TIP}/x", self.git.head("main"))
        self.maybe_pass(passes)

    # What attackers do who may merge, without the key.

    @rule(name=NAMES, way=WAYS, hand=HANDS, back=st.integers(0, 6), passes=PASSES)
    def merge_a_forged_event(self, name: IstagName, way: str, hand: str, back: int, *, passes: bool) -> None:
        parents = {"on top": ["main"], "orphan": [], "orphan first": []}.get(way, [self.some_commit(back)])
        self.bring_in(self.forge_event(name, parents, hand), way, name.history_path)
        self.maybe_pass(passes)

    @rule(name=NAMES, way=WAYS, back=st.integers(0, 6), passes=PASSES)
    def merge_a_forged_hold(self, name: IstagName, way: str, back: int, *, passes: bool) -> None:
        parents = {"on top": ["main"], "orphan": [], "orphan first": []}.get(way, [self.some_commit(back)])
        image = self.new_image()
        files = {name.hold_path: forged_hold(name, image, self.git.head("main"))}
        commit = self.forger.commit(parents, files, "docs")
        self.lies.add(commit)
        self.bring_in(commit, way, name.hold_path)
        self.maybe_pass(passes)

    @rule(name=NAMES, passes=PASSES)
    def forge_an_event_and_take_its_tag_out(self, name: IstagName, *, passes: bool) -> None:
        """The invented event is then the last content in git when the tag comes back."""
        wanted = {each: source for each, source in self.tags.items() if each != name.tag}
        image = self.new_image()
        history = forged_history(name, self.stack(name), image)
        commit = self.forger.commit(
            ["main"], {name.history_path: history, "is.yaml": declared(wanted).encode()}, "Tidy up"
        )
        self.lies.add(commit)
        self.move(MAIN, commit)
        self.maybe_pass(passes)

    @rule(name=NAMES, passes=PASSES)
    def point_branch_and_tip_at_a_forged_event(self, name: IstagName, *, passes: bool) -> None:
        commit = self.forge_event(name, ["main"], "unsigned")
        self.move(MAIN, commit)
        self.try_move(TIP, commit)
        self.maybe_pass(passes)

    # What holds.

    def maybe_pass(self, passes: bool) -> None:
        if passes:
            self.pass_and_look()

    def pass_and_look(self) -> None:
        """Run a pass, and check its result and its commits."""
        before = self.git.head("main")
        self.branch.run()
        snapshot = self.branch.snapshot()
        for history in snapshot.histories.values():
            assert not self.forged & {event.identity for event in history.items}, history
        held = {entry.identity for hold in snapshot.holds.values() for entry in hold.held}
        assert held <= self.taken_off, held - self.taken_off
        words = ("log", "-p", "--format=", f"{before}..main", "--", HISTORY_DIR, HOLDS_DIR)
        written = [line for line in self.git.git(*words).splitlines() if line.startswith("+")]
        assert not [line for line in written if any(image in line for image in self.forged)]
        assert snapshot.unreadable == {}
        self.the_lies_are_named()

    def the_lies_are_named(self) -> None:
        verdict = self.branch.verify()
        below = set(self.git.git("rev-list", "main").splitlines())
        named = {each.commit for each in verdict.breaks}
        assert self.lies & below <= named, self.git.git("log", "--graph", "--oneline", "main")
        assert [each.message for each in verdict.open_breaks] == []
        assert verdict.warning is None

    # In a few words.

    def forge_event(self, name: IstagName, parents: list[str], hand: str, *, lie: bool = True) -> str:
        """A commit with an invented event; `hand` is how much it looks like one of the reconciler's."""
        image = self.new_image()
        stack = self.stack(name, parents[0]) if parents else ()
        previous = stack[0].identity if stack else None
        message = "docs" if hand == "plain" else forged_message(name, image, previous)
        key = self.other if hand == "another key" else None
        commit = self.forger.commit(parents, {name.history_path: forged_history(name, stack, image)}, message, key=key)
        if lie:
            self.lies.add(commit)
        return commit

    def bring_in(self, commit: str, way: str, path: str) -> None:
        """Bring a commit onto the branch, so that its content of one file stays."""
        files = {path: self.content(commit, path)}
        head = self.git.head("main")
        parents = {
            "on top": None,
            "first parent": [commit, head],
            "orphan first": [commit, head],
            "octopus": [head, commit, self.forger.commit([head], {}, "x")],
        }.get(way, [head, commit])
        self.move(MAIN, self.forger.commit(parents, files, "Merge", base=head) if parents else commit)

    def merge_nothing(self, files: dict[str, bytes | None], message: str) -> None:
        """An ordinary commit of a person who may merge."""
        self.move(MAIN, self.forger.commit(["main"], files, message))

    def some_commit(self, back: int) -> str:
        """An earlier commit of the branch."""
        line = self.git.git("rev-list", "--first-parent", f"--max-count={back + 1}", "main").splitlines()
        return line[-1]

    def new_image(self) -> str:
        image = f"sha256:{'e' * 8}{next(self.counter):056x}"
        self.forged.add(image)
        return image

    def stack(self, name: IstagName, revision: str = "main") -> tuple[TagEvent, ...]:
        data = self.content(revision, name.history_path)
        return read_history(data, name.history_path, name).items if data is not None else ()

    def content(self, revision: str, path: str) -> bytes | None:
        if not self.git.tried("cat-file", "-e", f"{revision}:{path}"):
            return None
        return self.git.raw("cat-file", "blob", f"{revision}:{path}")

    def move(self, reference: str, commit: str) -> None:
        self.git.git("update-ref", reference, commit)

    def try_move(self, reference: str, target: str) -> None:
        """Move a reference; git refuses one below or above an existing one."""
        self.git.tried("update-ref", reference, target)


def test_the_images_of_attackers_are_none_of_the_registries() -> None:
    assert not any(digest(image).startswith(f"sha256:{'e' * 8}") for image in IMAGES)


@pytest.mark.timeout(900)
def test_only_holders_of_the_key_are_believed() -> None:
    run_briefly(Attackers, examples=6, steps=20)


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_only_holders_of_the_key_are_believed_over_many_steps() -> None:
    run_for_long(Attackers)
