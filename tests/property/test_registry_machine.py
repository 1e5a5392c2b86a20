"""A registry that changes and people who react, in any order: the promises of selections and pushes after every pass.

One tag selects among versions, one is filled by pushes, one more is pushed to without a spec tag. Versions come, go,
move and are hidden; lists fail; people revert, roll back, release and change the policy. After every pass:

- a pass never puts a held image on top, and `verify` finds no break;
- without a decision of a person, a pass never selects a lower version, and never another image of the same version;
- a pass that cannot see the list changes no selection;
- after the pass the istag means the pushed image, unless it is held, with or without a spec tag;
- passes over an unchanged registry soon write nothing.

`make test` runs a small part that is always the same; `make soak` runs `IMAGESTREAM_SOAK_EXAMPLES` others.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from reconciler.errors import InputError
from reconciler.model.config import Installation, RegistryRule
from reconciler.model.history import TagEvent
from reconciler.model.name import IstagName
from reconciler.model.observation import Failure, Reason
from reconciler.model.selection import Selection
from reconciler.model.version import Version
from reconciler.reading.snapshot import Snapshot
from tests.kit.branch import PROD, Branch, config, docker
from tests.kit.git import GitKit
from tests.kit.machine import run_briefly, run_for_long

pytestmark = pytest.mark.usefixtures("alone")

APP, HOST = "registry.example/app", "registry.example:5000"
FILLED, LOOSE = IstagName("team-a", "app", "filled"), IstagName("team-a", "app", "loose")
NAMES = st.sampled_from([PROD, FILLED, LOOSE])
VERSIONS = ["1.0.0", "1.1.0", "1.2.0", "2.0.0", "2.1.0"]
IMAGES = st.sampled_from("abcde")
RANGES = [">=1 <3", "<2", ">=1.1"]
HEAD = "apiVersion: image.openshift.io/v1\nkind: ImageStream\nmetadata: {name: app, namespace: team-a}\nspec:\n"
MOST_PASSES = 4


class Traffic(RuleBasedStateMachine):
    """One repository, its reconciler, and the events in the registry."""

    def __init__(self) -> None:
        super().__init__()
        self.temporary = tempfile.TemporaryDirectory(prefix="imagestream-")
        installation = Installation((RegistryRule(HOST, integrated=True),))
        self.branch = Branch(GitKit(Path(self.temporary.name)).repository(), installation=installation)
        self.policy = RANGES[0]
        self.person_decided = True
        """Since a pass last did all that people wanted."""

    def teardown(self) -> None:
        self.temporary.cleanup()

    @initialize()
    def start(self) -> None:
        self.branch.git.commit({"reconciler.yaml": config(3)}, "Begin")
        self.change_the_policy(RANGES[0])
        self.branch.put("a", f"{APP}:1.0.0")
        self.pass_once()

    # What happens in the registry.

    @rule(version=st.sampled_from(VERSIONS), image=IMAGES)
    def a_version_comes_or_moves(self, version: str, image: str) -> None:
        self.branch.put(image, f"{APP}:{version}")

    @rule(version=st.sampled_from(VERSIONS))
    def a_version_goes(self, version: str) -> None:
        self.branch.shelf.images.pop(f"{APP}:{version}", None)

    @rule(version=st.sampled_from(VERSIONS))
    def a_version_is_hidden_from_the_list_or_shown_again(self, version: str) -> None:
        self.branch.shelf.unlisted ^= {f"{APP}:{version}"}

    @rule(name=st.sampled_from([FILLED, LOOSE]), image=IMAGES)
    def image_is_pushed(self, name: IstagName, image: str) -> None:
        self.branch.put(image, pushed(name))

    @rule()
    def the_list_fails_for_one_pass(self) -> None:
        self.branch.shelf.refused[APP] = Failure(Reason.UNREACHABLE, f"{APP} is not there.")
        before = self.snapshot()
        self.pass_once()
        if not self.person_decided:
            assert items(self.snapshot(), PROD) == items(before, PROD)
        del self.branch.shelf.refused[APP]

    # What people do.

    @rule(wanted=st.sampled_from(RANGES))
    def change_the_policy(self, wanted: str) -> None:
        select = f"annotations: {{reconciler/select: 'semver: \"{wanted}\"'}}, importPolicy: {{scheduled: true}}, "
        tags = f"  tags:\n  - {{name: prod, {select}from: {docker(APP)}}}\n\n\n  - {{name: filled}}\n"
        self.branch.git.commit({"is.yaml": HEAD + tags}, "Declare")
        self.policy = wanted
        self.person_decided = True

    @rule(name=NAMES, to=st.integers(0, 5))
    def roll_back_by_command(self, name: IstagName, to: int) -> None:
        try:
            self.branch.roll_back(name, str(to) if to else None)
        except InputError:
            return
        self.person_decided = True

    @rule()
    def revert_the_newest_event(self) -> None:
        newest = self.branch.git.git("log", "-1", "--format=%H", "--grep=^Tag team-a/").strip()
        if newest and not self.branch.git.git("log", "--format=%H", f"{newest}..HEAD", "--", "history").strip():
            self.branch.revert(newest)
            self.person_decided = True

    @rule(name=NAMES)
    def release_by_command(self, name: IstagName) -> None:
        if name in self.snapshot().holds:
            self.branch.release(name)
            self.person_decided = True

    # What holds.

    @rule()
    def pass_and_look(self) -> None:
        before = self.snapshot()
        self.pass_once()
        if not self.person_decided:
            self.nothing_went_back(before, self.snapshot())
        self.what_was_pushed_is_there()
        self.person_decided = not self.is_wanted(version(self.snapshot()))

    @rule()
    def passes_end(self) -> None:
        assert any(not self.pass_once() for _ in range(MOST_PASSES)), self.branch.git.git("log", "-p", "-4")
        assert not self.pass_once()
        self.person_decided = not self.is_wanted(version(self.snapshot()))
        self.what_was_pushed_is_there()

    def is_wanted(self, recorded: str | None) -> bool:
        """Whether the policy wants the recorded version; otherwise people requested a lower one."""
        return recorded is not None and Selection.of({"semver": self.policy}).rank(recorded) is not None

    def pass_once(self) -> bool:
        """Run a pass and check what it must never do; whether it wrote anything."""
        result = self.branch.run()
        snapshot = self.snapshot()
        for name, hold in snapshot.holds.items():
            top = items(snapshot, name)[:1]
            assert not {event.identity for event in top} & {entry.identity for entry in hold.held}, name
        assert [each.message for each in self.branch.verify().open_breaks] == []
        assert self.branch.git.git("status", "--porcelain") == ""
        return bool(result.commits)

    def nothing_went_back(self, before: Snapshot, after: Snapshot) -> None:
        then, now = (Version.parse(version(snapshot) or "") for snapshot in (before, after))
        if then is None:
            return
        assert now is not None
        assert now >= then
        if now == then:
            assert items(after, PROD)[0].image == items(before, PROD)[0].image

    def what_was_pushed_is_there(self) -> None:
        """Only for istags without a fresh decision of a person, because a pass does not move those."""
        if self.person_decided:
            return
        snapshot = self.snapshot()
        for name in (FILLED, LOOSE):
            image = self.branch.shelf.images.get(pushed(name))
            held = {entry.identity for entry in snapshot.holds[name].held} if name in snapshot.holds else set()
            if image is not None and image not in held:
                assert items(snapshot, name)[0].image == image

    def snapshot(self) -> Snapshot:
        return self.branch.snapshot()


def pushed(name: IstagName) -> str:
    return f"{HOST}/{name}"


def items(snapshot: Snapshot, name: IstagName) -> tuple[TagEvent, ...]:
    history = snapshot.histories.get(name)
    return history.items if history else ()


def version(snapshot: Snapshot) -> str | None:
    top = items(snapshot, PROD)[:1]
    return top[0].source.name.rpartition(":")[2] if top and top[0].source else None


@pytest.mark.timeout(600)
def test_no_tag_goes_backwards_by_itself() -> None:
    run_briefly(Traffic, examples=6, steps=20)


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_no_tag_goes_backwards_by_itself_over_many_steps() -> None:
    run_for_long(Traffic)
