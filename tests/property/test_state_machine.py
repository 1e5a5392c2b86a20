"""People and the reconciler on one real repository, in any order: the promises of design 3.3 after every step.

Images are pushed, passes run and are killed, and people revert, undo, edit, merge, roll back and release by command,
freeze, delete holds, rewrite the branch and lose the tip reference, with a history limit of 3. After every step:

- a pass, even one that is killed at any of its git commands, never moves a tag to an image that is held, and never lets go of one by itself;
- a pass after any revert leaves the tag where the revert put it, or moves it to an image that was not taken off;
- passes over an unchanged world soon write nothing, and a pass that held nothing needs no second one;
- after a pass `verify` finds no break: forged changes are undone;
- a snapshot made from an older one is the same as one that is read whole;
- the work tree is clean.

`make test` runs a small part that is always the same; `make soak` runs `IMAGESTREAM_SOAK_EXAMPLES` others.
"""

from __future__ import annotations

import itertools
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from reconciler.errors import InputError
from reconciler.gitstore import Repository
from reconciler.model.change import ChangeKind
from reconciler.model.history import HeldImage, TagEvent
from reconciler.model.name import IstagName
from reconciler.model.stream import SpecTag
from reconciler.planning.pass_scope import PassScope
from reconciler.provenance.snapshot import read_snapshot
from reconciler.reading.snapshot import Snapshot
from reconciler.reconcile.writer import Result
from tests.kit.branch import COPY, DEV, FOLLOWED, ONE, OTHER, PROD, Branch, declared, docker
from tests.kit.git import GitKit
from tests.kit.machine import run_briefly, run_for_long
from tests.kit.watched_pass import watch
from tests.kit.world import digest

pytestmark = pytest.mark.usefixtures("alone")

SOURCES = [ONE, OTHER]
IMAGES = "abcde"
FRESH = st.sampled_from(["", *IMAGES])
MOST_PASSES = 6
"""Enough for a hold, an undone edit and their consequences; far fewer than an endless loop."""


class People(RuleBasedStateMachine):
    """One repository without a remote, its people and its reconciler."""

    def __init__(self) -> None:
        super().__init__()
        self.temporary = tempfile.TemporaryDirectory(prefix="imagestream-")
        self.branch = Branch(GitKit(Path(self.temporary.name)).repository())
        self.git = self.branch.git
        self.counter = itertools.count(1)
        self.recorded: dict[IstagName, set[TagEvent]] = {name: set() for name in (DEV, PROD, COPY)}
        """Every event that a pass left in a stack."""
        self.last: Snapshot | None = None
        """What an earlier pass began with."""

    def teardown(self) -> None:
        self.temporary.cleanup()

    @initialize()
    def start(self) -> None:
        self.tags = {"dev": docker(ONE), "prod": docker(OTHER), "copy": FOLLOWED}
        self.branch.put("a", ONE)
        self.branch.put("b", OTHER)
        self.branch.start(self.tags, limit=3)
        self.one_pass()

    # What the world does.

    @rule(source=st.sampled_from(SOURCES), image=st.sampled_from(IMAGES))
    def push_an_image(self, source: str, image: str) -> None:
        self.branch.put(image, source)

    @rule(source=st.sampled_from(SOURCES), image=st.sampled_from(IMAGES))
    def push_an_image_and_pass(self, source: str, image: str) -> None:
        self.branch.put(image, source)
        self.one_pass()

    @rule(seconds=st.sampled_from([-86_400, 1, 3600]))
    def let_the_clock_jump(self, seconds: int) -> None:
        self.branch.clock.advance(seconds)

    @rule()
    def run_a_pass(self) -> None:
        self.one_pass()

    @rule()
    def run_passes_until_nothing_is_left_to_do(self) -> None:
        self.settle()

    # What people do.

    @rule(back=st.integers(0, 4), fresh=FRESH, passes=st.booleans())
    def revert_a_commit(self, back: int, fresh: str, *, passes: bool) -> None:
        self.something_new(fresh)
        self.revert(f"HEAD~{back}", passes=passes)

    @rule(fresh=FRESH, passes=st.booleans())
    def revert_the_newest_event(self, fresh: str, *, passes: bool) -> None:
        self.something_new(fresh)
        newest = self.try_git("log", "-1", "--format=%H", "--grep=^Tag team-a/", "--", "history")
        if newest:
            self.revert(newest, passes=passes)

    @rule(passes=st.booleans())
    def undo_the_newest_revert(self, *, passes: bool) -> None:
        newest = self.try_git("log", "-1", "--format=%H", "--grep=^Revert", "--grep=^Reapply")
        if newest:
            self.revert(newest, passes=passes)

    @rule(name=st.sampled_from([DEV, PROD, COPY]), back=st.integers(1, 8), fresh=FRESH, passes=st.booleans())
    def check_an_old_version_out(self, name: IstagName, back: int, fresh: str, *, passes: bool) -> None:
        self.something_new(fresh)
        if self.try_git("cat-file", "-t", f"HEAD~{back}:{name.history_path}") == "blob":
            before = self.snapshot()
            self.git.git("checkout", "-q", f"HEAD~{back}", "--", name.history_path)
            self.git.commit(message="Take an old version")
            if passes:
                self.pass_after_a_revert(before)

    @rule(name=st.sampled_from([DEV, PROD, COPY]))
    def delete_a_hold(self, name: IstagName) -> None:
        file = self.git.path / name.hold_path
        if file.exists():
            file.unlink()
            self.git.commit(message="Release")

    @rule(name=st.sampled_from([DEV, PROD, COPY]), back=st.integers(1, 6))
    def bring_a_hold_back(self, name: IstagName, back: int) -> None:
        if self.try_git("cat-file", "-t", f"HEAD~{back}:{name.hold_path}") == "blob":
            self.git.git("checkout", "-q", f"HEAD~{back}", "--", name.hold_path)
            self.git.commit(message="Hold again")

    @rule(tag=st.sampled_from(["dev", "prod"]), source=st.sampled_from(SOURCES))
    def declare_another_source(self, tag: str, source: str) -> None:
        self.edit(self.spec() | {tag: docker(source)})

    @rule(tag=st.sampled_from(["dev", "prod", "copy"]))
    def take_a_tag_out(self, tag: str) -> None:
        self.edit({each: source for each, source in self.spec().items() if each != tag})

    @rule(tag=st.sampled_from(["dev", "prod", "copy"]))
    def freeze_or_unfreeze_a_tag(self, tag: str) -> None:
        self.edit(self.spec(), self.frozen() ^ {tag})

    @rule()
    def put_the_tags_back(self) -> None:
        self.edit(self.tags | self.spec())

    @rule(name=st.sampled_from([DEV, PROD, COPY]), image=st.sampled_from(IMAGES))
    def invent_an_event(self, name: IstagName, image: str) -> None:
        file = self.git.path / name.history_path
        if file.exists():
            text = file.read_text()
            top = text.partition("- image: ")[2][:71]
            file.write_text(text.replace(top, digest(image)))
            self.git.commit(message="Forge")

    @rule(name=st.sampled_from([DEV, PROD, COPY]), folder=st.sampled_from(["history", "holds"]))
    def leave_conflict_markers(self, name: IstagName, folder: str) -> None:
        file = self.git.path / (name.history_path if folder == "history" else name.hold_path)
        if file.exists():
            file.write_text(f"<<<<<<< HEAD\n{file.read_text()}=======\n>>>>>>> theirs\n")
            self.git.commit(message="Resolve, half asleep")

    @rule(name=st.sampled_from([DEV, PROD, COPY]))
    def run_a_formatter(self, name: IstagName) -> None:
        file = self.git.path / name.history_path
        if file.exists():
            lines = file.read_text().splitlines()
            at = next((index for index, line in enumerate(lines) if line == "items:"), len(lines) - 1)
            indented = [f"  {line}" for line in lines[at + 1 :]]
            file.write_text("\n".join([*lines[: at + 1], *indented, ""]))
            self.git.commit(message="Format")

    @rule(back=st.integers(0, 3), fresh=FRESH, ours=st.booleans(), passes=st.booleans())
    def merge_a_branch_with_a_revert(self, back: int, fresh: str, *, ours: bool, passes: bool) -> None:
        self.something_new(fresh)
        before = self.snapshot()
        if not self.try_git("rev-parse", "--verify", "-q", f"HEAD~{back + 1}"):
            return
        self.git.git("checkout", "-q", "-b", "side", f"HEAD~{back}")
        self.try_revert("HEAD")
        if ours:
            merged = self.run_git("merge", "-q", "--no-edit", "--no-ff", "-s", "ours", "main") == 0
            self.git.git("checkout", "-q", "-B", "main")
        else:
            self.git.git("checkout", "-q", "main")
            merged = self.run_git("merge", "-q", "--no-edit", "--no-ff", "side") == 0
        if not merged:
            self.try_git("merge", "--abort")
        self.git.git("branch", "-q", "-D", "side")
        if merged and passes:
            self.pass_after_a_revert(before)

    @rule(back=st.integers(1, 3), fresh=FRESH, passes=st.booleans())
    def rewrite_the_branch(self, back: int, fresh: str, *, passes: bool) -> None:
        self.something_new(fresh)
        if not self.try_git("rev-parse", "--verify", f"HEAD~{back}:is.yaml"):
            return
        before = self.snapshot()
        self.git.git("reset", "-q", "--hard", f"HEAD~{back}")
        if passes and self.tip():
            self.pass_after_a_revert(before)

    # What people do by command.

    @rule(name=st.sampled_from([DEV, PROD, COPY]), to=st.integers(0, 6), fresh=FRESH, freeze=st.booleans())
    def roll_back_by_command(self, name: IstagName, to: int, fresh: str, *, freeze: bool) -> None:
        """It is refused if there is no earlier event; then nothing may have changed."""
        self.something_new(fresh)
        before, head = self.snapshot(), self.git.head()
        try:
            self.branch.roll_back(name, str(to) if to else None, freeze=freeze)
        except InputError:
            assert self.git.head() == head
            return
        after = self.snapshot()
        top = _items(after, name)[0]
        assert top in self.recorded[name]
        above = {event.identity for event in _items(before, name) if event.generation > top.generation}
        held = after.holds[name].held if name in after.holds else ()
        assert above - {top.identity} <= {entry.identity for entry in held}
        self.pass_after_a_revert(before)

    @rule(name=st.sampled_from([DEV, PROD, COPY]))
    def release_by_command(self, name: IstagName) -> None:
        if self.snapshot().holds.get(name):
            self.branch.release(name)
            assert name not in self.snapshot().holds

    @rule(name=st.sampled_from([DEV, PROD, COPY]), frozen=st.booleans())
    def freeze_by_command(self, name: IstagName, *, frozen: bool) -> None:
        if self.snapshot().declarations.tag(name):
            self.branch.freeze(name, frozen=frozen)
            tag = self.snapshot().declarations.tag(name)
            assert tag is not None
            assert tag.frozen == frozen

    @rule(at=st.integers(1, 40), after=st.booleans(), image=st.sampled_from(IMAGES))
    def kill_a_pass(self, at: int, image: str, *, after: bool) -> None:
        """The branch is at the old or the new commit, and the next pass finishes."""
        self.branch.put(image, ONE)
        before, head = self.snapshot(), self.git.head()
        watch(self.branch, Path(self.temporary.name) / "shim", at, after=after)
        assert self.git.head() == head or self.git.git("rev-list", f"{head}..HEAD"), "the branch went back"
        assert self.git.fsck() == ""
        snapshot = self.snapshot()
        for name, history in snapshot.histories.items():
            self.recorded[name].update(history.items)
            self.nothing_is_let_go(before, snapshot, name)
        self.one_pass()

    @rule()
    def write_a_note(self) -> None:
        self.git.commit({"notes.txt": f"{next(self.counter)}\n"}, "Note")

    @rule()
    def lose_the_tip_reference(self) -> None:
        self.settle()
        for ref in ("tip", "next"):
            self.try_git("update-ref", "-d", f"refs/imagestream/{ref}/main")

    # What holds.

    @invariant()
    def the_work_tree_is_clean(self) -> None:
        if (self.git.path / "reconciler.yaml").exists():
            assert self.git.git("status", "--porcelain") == ""

    def something_new(self, image: str) -> None:
        """Give every source another image, and let a pass see it."""
        if image:
            self.branch.put(image, ONE)
            self.branch.put(image, OTHER)
            self.one_pass()

    def one_pass(self, scope: PassScope | None = None) -> Result:
        """Run a pass, and check what it did."""
        before = self.snapshot()
        head = self.git.head()
        assert read_snapshot(Repository.discover(self.git.path), head, self.last) == before
        self.last = before
        result = self.branch.run(scope=scope)
        assert [each.message for each in self.branch.verify().open_breaks] == []
        after = self.snapshot()
        for change in result.plan.changes:
            if change.kind is ChangeKind.MOVE:
                assert change.image not in self.still_held(before, change.tag), change
            tag = before.declarations.tag(change.tag)
            assert tag is None or not tag.frozen or change.kind not in {ChangeKind.MOVE, ChangeKind.REWRITE}, change
        for name, hold in after.holds.items():
            top = _top(after, name)
            assert top is None or top.identity not in {entry.identity for entry in hold.held}, name
            self.nothing_is_let_go(before, after, name)
        assert bool(result.commits) == (self.git.head() != head)
        for name, history in after.histories.items():
            self.recorded[name].update(history.items)
        return result

    def still_held(self, snapshot: Snapshot, name: IstagName) -> set[str]:
        """The images of a hold whose source is still the declared one."""
        hold = snapshot.holds.get(name)
        tag = snapshot.declarations.tag(name)
        return {entry.identity for entry in hold.held if _same(entry, tag, name)} if hold else set()

    def nothing_is_let_go(self, before: Snapshot, after: Snapshot, name: IstagName) -> None:
        """A pass removes an entry only if its image is on top or in the stack again, or if its source is another."""
        hold = after.holds.get(name)
        gone = self.still_held(before, name) - {entry.identity for entry in (hold.held if hold else ())}
        kept = {event.identity for event in (before.histories[name].items if name in before.histories else ())}
        assert gone <= kept, (name, gone)

    def pass_after_a_revert(self, before: Snapshot) -> None:
        """The tag stays where people put it, or moves to an image that they did not take off."""
        put = self.snapshot()
        self.one_pass()
        after = self.snapshot()
        for name in (DEV, PROD, COPY):
            if put.declarations.tag(name) is None or name in put.unreadable:
                continue
            if not set(_items(put, name)) <= self.recorded[name]:
                continue  # an invented event that came back is undone
            taken_off = _images(before, name) - _images(put, name)
            top, wanted = _top(after, name), _top(put, name)
            stays = (top and top.identity) == (wanted and wanted.identity)
            assert stays or top is None or top.identity not in taken_off, (name, before, put, after)

    def settle(self) -> None:
        """Run passes until one writes nothing; then no later one may write."""
        for _ in range(MOST_PASSES):
            if not self.one_pass().commits:
                break
        else:
            raise AssertionError(self.git.git("log", "-p", f"-{MOST_PASSES}"))
        assert not self.one_pass().commits

    # In a few words.

    def snapshot(self) -> Snapshot:
        return self.branch.snapshot()

    def tip(self) -> str:
        return self.try_git("rev-parse", "--verify", "-q", "refs/imagestream/tip/main")

    def spec(self) -> dict[str, str]:
        """The declared tags with their sources, as the file at HEAD has them."""
        tags = self.snapshot().declarations.streams.values()
        named = {tag.name: tag for stream in tags for tag in stream.tags.values()}
        return {
            name: FOLLOWED if name == "copy" else docker(tag.source.name)
            for name, tag in named.items()
            if tag.source is not None
        }

    def frozen(self) -> set[str]:
        streams = self.snapshot().declarations.streams.values()
        return {tag.name for stream in streams for tag in stream.tags.values() if tag.frozen}

    def edit(self, tags: Mapping[str, str], frozen: set[str] | None = None) -> None:
        marked = self.frozen() if frozen is None else frozen
        self.git.commit({"is.yaml": declared(dict(sorted(tags.items())), marked)}, "Declare otherwise")

    def revert(self, commit: str, *, passes: bool) -> None:
        if not self.try_git("rev-parse", "--verify", "-q", f"{commit}~1"):
            return
        before = self.snapshot()
        if self.try_revert(commit) and passes:
            self.pass_after_a_revert(before)

    def try_revert(self, commit: str) -> bool:
        """Revert; give up at a conflict or if nothing is left to revert."""
        done = self.run_git("revert", "--no-edit", commit) == 0
        if not done:
            self.try_git("revert", "--quit")
            self.git.git("reset", "-q", "--hard")
        return done

    def run_git(self, *words: str) -> int:
        done = subprocess.run(
            ["git", *words], cwd=self.git.path, env=dict(self.git.environ), capture_output=True, check=False
        )
        return done.returncode

    def try_git(self, *words: str) -> str:
        """The output of git; empty if it fails."""
        return self.git.raw(*words, check=False).decode().strip()


def _top(snapshot: Snapshot, name: IstagName) -> TagEvent | None:
    history = snapshot.histories.get(name)
    return history.top if history else None


def _items(snapshot: Snapshot, name: IstagName) -> tuple[TagEvent, ...]:
    history = snapshot.histories.get(name)
    return history.items if history else ()


def _images(snapshot: Snapshot, name: IstagName) -> set[str]:
    return {event.identity for event in _items(snapshot, name)}


def _same(entry: HeldImage, tag: SpecTag | None, name: IstagName) -> bool:
    if tag is None or tag.source is None:
        return entry.source is None
    return entry.source is not None and entry.source.same(tag.source, name.stream_name)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", [1, 2, 3])
def test_passes_keep_what_people_decide(part: int) -> None:
    run_briefly(People, examples=10, steps=30, part=part)


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_passes_keep_what_people_decide_over_many_steps() -> None:
    run_for_long(People)
