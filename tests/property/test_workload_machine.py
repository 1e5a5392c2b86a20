"""People, the reconciler and the workloads that follow its tags, on one real repository, in any order (design 3.8).

To everything of `test_state_machine` come workloads: people edit images by hand, add and turn triggers, pause them,
move and break files, and request that everything is written again. After every pass:

- a workload that follows an istag has what the istag means, or a problem says why not;
- it lacks it only because its istag is frozen or held, or because a person gave it its value, in a commit that is not
  older than the one that gave the istag its meaning;
- `verify` finds no break: every commit of the reconciler wrote what its trailers name, and nothing else.

A commit that moves an istag has the workloads that follow it, also after a pass that was killed.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from reconciler.model.history import TagEvent
from reconciler.model.image_field import ImageField, Part
from reconciler.model.name import IstagName
from reconciler.model.observation import Reason
from reconciler.planning.pass_scope import PassScope
from reconciler.reading.snapshot import Snapshot
from reconciler.reconcile.writer import Result
from tests.kit.branch import COPY, DEV, FOLLOWED, ONE, OTHER, PROD, docker
from tests.kit.machine import run_briefly, run_for_long
from tests.kit.watched_pass import watch
from tests.kit.workload import deployment, pull_spec
from tests.property.test_state_machine import IMAGES, People

pytestmark = pytest.mark.usefixtures("alone")

FILES = ["apps/app.yaml", "apps/moved.yaml", "apps/more.yaml"]
CONTAINERS = {"dev": DEV, "prod": PROD, "copy": COPY}
CONTAINER = st.sampled_from(sorted(CONTAINERS))
VALUES = "chart/values.yaml"
MARKERS = {
    "repository": '{"$imagestream": "team-a/app:prod", "part": "name"}',
    "digest": '{"$imagestream": "team-a/app:prod", "part": "digest"}',
    "other": '{"$imagestream": "team-a/app:copy"}',
}
BY_HAND = ["mine:1", "mine:2", pull_spec("a"), pull_spec("b")]
MOST_COMMITS = 200


class Workloads(People):
    """One repository with workloads, its people and its reconciler."""

    @initialize()
    def start(self) -> None:
        self.tags = {"dev": docker(ONE), "prod": docker(OTHER), "copy": FOLLOWED}
        self.branch.put("a", ONE)
        self.branch.put("b", OTHER)
        self.git.write(VALUES, "".join(f'{key}: "x"  # {marker}\n\n\n\n\n' for key, marker in MARKERS.items()))
        self.git.write(FILES[0], workload(dict.fromkeys(CONTAINERS, "none")))
        self.branch.start(self.tags, limit=3)
        self.one_pass()

    # What people do with workloads.

    @rule(container=CONTAINER, value=st.sampled_from(BY_HAND), image=st.sampled_from(["", *IMAGES]))
    def edit_an_image(self, container: str, value: str, image: str) -> None:
        """It stays until the istag's next event."""
        self.one_pass()
        if not self.write_image(container, value):
            return
        if image:
            self.branch.put(image, ONE)
            self.branch.put(image, OTHER)
        result = self.one_pass()
        moved = any(change.tag == CONTAINERS[container] for change in result.plan.changes)
        istags = {each.istag for each in self.snapshot().declarations.fields if self.comment(each) == container}
        if not moved and istags == {CONTAINERS[container]}:
            assert value in self.values_at("HEAD", container), container

    @rule(key=st.sampled_from(sorted(MARKERS)), value=st.sampled_from(BY_HAND), passes=st.booleans())
    def edit_a_value_with_a_marker(self, key: str, value: str, *, passes: bool) -> None:
        if self.write_image(MARKERS[key], value) and passes:
            self.one_pass()

    @rule(container=CONTAINER, value=st.sampled_from(BY_HAND), paused=st.booleans())
    def add_a_workload(self, container: str, value: str, *, paused: bool) -> None:
        """Its trigger is new, so the next pass writes it."""
        self.settle()
        content = workload({container: value}, name="more", paused=paused)
        if self.text(FILES[2]) == content:
            return
        self.git.commit({FILES[2]: content}, "Add a workload")
        self.one_pass()

    @rule()
    def take_a_workload_out(self) -> None:
        if self.text(FILES[2]) is not None:
            (self.git.path / FILES[2]).unlink()
            self.git.commit(message="Take a workload out")

    @rule(container=CONTAINER, tag=st.sampled_from(["dev", "prod", "copy"]))
    def turn_a_trigger(self, container: str, tag: str) -> None:
        for file in FILES[:2]:
            text = self.text(file) or ""
            place = re.compile(r'("app:)(\w+)("[^}]*\}, "fieldPath": "[^"]*@.name==\\"' + container + ")")
            if place.search(text):
                self.git.commit({file: place.sub(rf"\g<1>{tag}\g<3>", text)}, "Turn a trigger")

    @rule()
    def move_the_file(self) -> None:
        for old, new in ((FILES[0], FILES[1]), (FILES[1], FILES[0])):
            if self.text(old) is not None and self.text(new) is None:
                self.git.git("mv", old, new)
                self.git.commit(message="Move")
                return

    @rule(replicas=st.integers(1, 5))
    def change_something_else(self, replicas: int) -> None:
        for file in FILES:
            text = self.text(file)
            if text is not None:
                self.git.commit({file: re.sub(r"replicas: \d", f"replicas: {replicas}", text)}, "Scale")

    @rule(passes=st.booleans())
    def break_and_mend_a_file(self, *, passes: bool) -> None:
        for file in (*FILES, VALUES):
            text = self.text(file)
            if text is not None:
                self.git.commit({file: f"<<<<<<< HEAD\n{text}"}, "Break")
                if passes:
                    self.one_pass()
                self.git.commit({file: text}, "Mend")
                return

    @rule()
    def write_everything_again(self) -> None:
        """`sync --retarget`."""
        self.settle()
        self.one_pass(PassScope(retarget=True))
        for field, wanted in self.differing(self.snapshot()):
            assert field.paused or field.name in self.problems, (field, wanted)
        assert not self.one_pass(PassScope(retarget=True)).commits

    @rule(passes=st.booleans())
    def revert_the_newest_retarget(self, *, passes: bool) -> None:
        newest = self.try_git("log", "-1", "--format=%H", "--grep=^Cause: retargeted")
        if newest:
            self.revert(newest, passes=passes)

    @rule(at=st.integers(1, 40), after=st.booleans(), image=st.sampled_from(IMAGES))
    def kill_a_pass(self, at: int, image: str, *, after: bool) -> None:
        """No istag has moved without the workloads that follow it."""
        self.one_pass()
        before = self.snapshot()
        self.branch.put(image, ONE)
        self.branch.put(image, OTHER)
        watch(self.branch, Path(self.temporary.name) / "shim", at, after=after)
        now = self.snapshot()
        differing = {field.name for field, _ in self.differing(now) if not field.paused}
        for field in now.declarations.fields:
            if _means(now, field.istag) != _means(before, field.istag):
                assert field.name not in differing, field
        assert self.git.fsck() == ""
        for name, history in now.histories.items():
            self.recorded[name].update(history.items)
        self.one_pass()

    # What holds.

    def one_pass(self, scope: PassScope | None = None) -> Result:
        """Run a pass as `People` does, and compare every workload with its istag."""
        before = self.snapshot()
        result = super().one_pass(scope)
        after = self.snapshot()
        self.problems = {each.field: each.reason for each in result.plan.problems if each.field}
        frozen = {name for name in CONTAINERS.values() if (tag := before.declarations.tag(name)) and tag.frozen}
        for field, wanted in self.differing(after):
            if field.paused or field.istag in after.unreadable:
                continue
            why = self.problems.get(field.name)
            assert why in {Reason.DIVERGED, Reason.FROZEN, Reason.HELD}, (field, wanted, result.plan.problems)
            assert why is not Reason.FROZEN or field.istag in frozen, field
            assert why is not Reason.DIVERGED or self.said_by_a_person(field), (field, wanted)
        return result

    def said_by_a_person(self, field: ImageField) -> bool:
        """Whether a person gave the field its value, not before the istag got its meaning."""
        comment = self.comment(field)
        commits = self.git.git("log", "--first-parent", f"-{MOST_COMMITS}", "--format=%H %an").splitlines()
        means = self.top_at("HEAD", field.istag)
        for line in commits:
            commit, _, author = line.partition(" ")
            if field.value not in self.values_at(f"{commit}~1", comment):
                return author != "imagestream"
            if self.top_at(f"{commit}~1", field.istag) != means:
                return False
        return True

    # In a few words.

    def differing(self, snapshot: Snapshot) -> list[tuple[ImageField, str]]:
        """The fields that lack what their istags mean, and that value."""
        fields = snapshot.declarations.fields
        tops = ((field, snapshot.histories.get(field.istag)) for field in fields)
        wanted = ((field, _given(field, history.items[0])) for field, history in tops if history is not None)
        return [(field, value) for field, value in wanted if field.value != value]

    def text(self, file: str) -> str | None:
        path = self.git.path / file
        return path.read_text(encoding="utf-8") if path.exists() else None

    def comment(self, field: ImageField) -> str:
        """The comment at the end of a field's line, by which its value is found in other commits."""
        return (self.text(field.file) or "").splitlines()[field.position.line - 1].partition("# ")[2]

    def write_image(self, comment: str, value: str) -> bool:
        """Write a value by hand; whether anything changed."""
        for file in (*FILES[:2], VALUES):
            text = self.text(file) or ""
            new = re.sub(rf': "[^"]*"(?=  # {re.escape(comment)}\n)', f': "{value}"', text)
            if new != text:
                self.git.commit({file: new}, "Edit an image")
                return True
        return False

    def values_at(self, commit: str, comment: str) -> list[str]:
        found = (self.try_git("show", f"{commit}:{file}") for file in (*FILES, VALUES))
        return [each for text in found for each in re.findall(rf': "([^"]*)"  # {re.escape(comment)}\n', f"{text}\n")]

    def top_at(self, commit: str, name: IstagName) -> str:
        return self.try_git("show", f"{commit}:{name.history_path}").partition("- image: ")[2][:71]


def workload(images: dict[str, str], *, name: str = "app", paused: bool = False) -> str:
    """A Deployment whose containers follow the istags of their names, far enough apart to merge well."""
    text = deployment(images, {each: CONTAINERS[each] for each in images}, name=name, paused=paused)
    return text.replace("      - name:", "\n\n\n\n      - name:")


def _given(field: ImageField, event: TagEvent) -> str:
    """What an event gives a field of a part that the machine uses."""
    name, _, digest = event.pull_spec.partition("@")
    return {Part.PULL_SPEC: event.pull_spec, Part.NAME: name, Part.DIGEST: digest}[field.part]


def _means(snapshot: Snapshot, name: IstagName) -> str | None:
    history = snapshot.histories.get(name)
    return history.items[0].identity if history else None


@pytest.mark.timeout(900)
def test_workloads_have_what_their_istags_mean_but_where_a_person_said_so() -> None:
    run_briefly(Workloads, examples=6, steps=20)


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_workloads_have_what_their_istags_mean_over_many_steps() -> None:
    run_for_long(Workloads)
