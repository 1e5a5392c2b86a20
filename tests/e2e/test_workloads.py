"""Workloads follow their istag: one commit, one revert, and what people do in between (design 3.8)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from reconciler.schema.check import check
from tests.e2e.conftest import Images, Place, stream, tag

FILE = "workloads/app.yaml"
FIELD = f"{FILE}#spec.template.spec.containers[0].image"
HISTORY = "history/team-a/app/prod.yaml"
HOLD = "holds/team-a/app/prod.yaml"


def workload(istag: str, image: str, *, name: str = "app", namespace: str = "team-a") -> str:
    """A Deployment with a trigger, as a person writes it."""
    stream_tag = f'"name": "{istag}", "namespace": "{namespace}"'
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  annotations:
    image.openshift.io/triggers: >-
      [{{"from": {{"kind": "ImageStreamTag", {stream_tag}}},
        "fieldPath": "spec.template.spec.containers[?(@.name==\\"app\\")].image"}}]
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers:
        # The image is on the next line.
        - image: "{image}"   # written by passes
          name: app
"""


@pytest.fixture
def following(place: Place, images: Images) -> tuple[Place, list[str]]:
    """A Deployment that follows a scheduled istag, after its first pass; and the digest of that."""
    first = images.push("app", "1", "1")
    place.write("imagestreams/app.yaml", stream("app", tag("prod", images.name("app", "1"), scheduled=True)))
    place.write(FILE, workload("app:prod", "placeholder"))
    place.commit("Declare app")
    place.ok("sync")
    return place, [first]


def image(place: Place, file: str = FILE) -> str:
    """What the one container of a workload has."""
    (found,) = re.findall(r"image: \"?([^\" \n]+)", (place.path / file).read_text())
    return str(found)


def digest(place: Place, file: str = FILE) -> str:
    return image(place, file).rpartition("@")[2]


def top(place: Place, file: str = HISTORY) -> str:
    (found, *_) = re.findall(r"^- image: (\S+)", (place.path / file).read_text(), re.MULTILINE)
    return str(found)


def files_of(place: Place, revision: str = "HEAD") -> list[str]:
    return place.git("show", "--format=", "--name-only", revision).split()


def problems(place: Place, *command: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = place.run(*command, "-o", "json").json["problems"]
    return found


def test_a_deployment_moves_in_the_commit_of_its_tag_and_one_revert_takes_both_back(
    following: tuple[Place, list[str]], images: Images
) -> None:
    place, (first,) = following
    assert digest(place) == first
    before = (place.path / FILE).read_text()
    second = images.push("app", "1", "2")
    ran = place.run("sync", "-o", "json")
    assert check("plan", ran.json) == []
    (change,) = ran.json["changes"]
    assert change["files"] == files_of(place) == [HISTORY, FILE]
    repository = images.name("app", "1").rpartition(":")[0]
    value = f"{repository}@{second}"
    written = {"file": FILE, "field": FIELD.partition("#")[2], "previous": f"{repository}@{first}", "value": value}
    assert change["workloads"] == [written]
    assert (place.path / FILE).read_text() == before.replace(first, second)
    message = place.git("log", "-1", "--format=%B")
    assert f"\nWritten to {FIELD}.\n" in message
    assert f"\nWorkload: {FIELD}\n" in message
    place.git("revert", "--no-edit", "HEAD")
    place.ok("sync")
    assert (place.path / FILE).read_text() == before
    assert files_of(place) == [HOLD]
    assert (top(place), digest(place)) == (first, first)
    assert place.run("sync", "-o", "json").json == place.run("sync", "-o", "json").json
    third = images.push("app", "1", "3")
    place.ok("sync")
    assert (top(place), digest(place)) == (third, third)
    assert place.ok("verify").endswith(": no break.\n")


def test_the_first_pass_writes_a_workload_in_the_import(following: tuple[Place, list[str]]) -> None:
    place, _ = following
    assert place.subjects()[0] == "Import team-a/app: 1 tag"
    assert files_of(place) == [HISTORY, FILE]
    assert place.run("sync").out == "No changes.\n"


def test_a_new_trigger_is_written_at_the_next_pass_in_a_commit_of_its_own(
    following: tuple[Place, list[str]],
) -> None:
    place, (first,) = following
    place.write("workloads/more.yaml", workload("app:prod", " ", name="more"))
    place.commit("Let more follow")
    assert place.ok("plan").splitlines()[1].startswith("retarget   team-a/app:prod")
    (change,) = place.run("sync", "-o", "json").json["changes"]
    assert (change["change"], change["image"], change["previous"]) == ("retarget", first, first)
    assert place.subjects()[0] == "Update images in workloads/more.yaml"
    assert files_of(place) == ["workloads/more.yaml"]
    assert digest(place, "workloads/more.yaml") == first
    assert place.run("sync").out == "No changes.\n"
    assert place.ok("verify").endswith(": no break.\n")


def test_an_image_that_a_person_wrote_stays_until_the_next_event(
    following: tuple[Place, list[str]], images: Images
) -> None:
    place, _ = following
    mine = "registry.example.com/mine:1"
    place.write(FILE, (place.path / FILE).read_text().replace(image(place), mine))
    commit = place.commit("Try mine")
    ran = place.run("sync")
    assert (ran.code, ran.out) == (0, "No changes.\n")
    text = (
        f"team-a/app:prod: {FIELD} has '{mine}', which is not what the istag means. Jane Doe wrote it in commit "
        f"{commit[:12]}. It stays until the next event of team-a/app:prod; `imagestream sync --retarget` writes it now."
    )
    (problem,) = problems(place, "plan")
    assert (problem["reason"], problem["file"], problem["line"]) == ("Diverged", FILE, 16)
    assert problem["message"] == text
    assert re.search(r" 1, 1 Diverged +InSync$", place.ok("status"), re.MULTILINE)
    wide = place.ok("status", "-o", "wide")
    assert re.search(
        rf"Deployment default/app +{re.escape(FIELD)} +registry.example.com/mine\S+ +Diverged$", wide, re.MULTILINE
    )
    second = images.push("app", "1", "2")
    place.ok("sync")
    assert digest(place) == second
    assert problems(place, "plan") == []
    assert place.ok("verify").endswith(": no break.\n")


def test_retarget_writes_what_a_person_changed(following: tuple[Place, list[str]]) -> None:
    place, (first,) = following
    place.write(FILE, (place.path / FILE).read_text().replace(image(place), "mine:1"))
    place.commit("Try mine")
    assert place.ok("sync") == "No changes.\n"
    place.ok("sync", "--retarget")
    assert (digest(place), place.subjects()[0]) == (first, f"Update images in {FILE}")
    assert place.git("log", "-1", "--format=%an|%cn").strip() == "Jane Doe|imagestream"
    assert place.run("sync").out == "No changes.\n"
    assert place.ok("verify").endswith(": no break.\n")


@pytest.mark.parametrize("how", ["rollback", "both files by hand", "history by hand"])
def test_a_roll_back_in_any_form_leaves_history_and_workload_alike(
    following: tuple[Place, list[str]], images: Images, how: str
) -> None:
    place, (first,) = following
    before = {each: (place.path / each).read_text() for each in (HISTORY, FILE)}
    images.push("app", "1", "2")
    place.ok("sync")
    if how == "rollback":
        place.ok("rollback", "team-a/app:prod")
        assert files_of(place) == [HISTORY, HOLD, FILE]
        assert f"\nWorkload: {FIELD}\n" in place.git("log", "-1", "--format=%B")
    else:
        for each, text in before.items():
            if each == HISTORY or how == "both files by hand":
                place.write(each, text)
        place.commit("Back to the first")
        place.ok("sync")
    assert (top(place), digest(place)) == (first, first)
    assert (place.path / HOLD).exists()
    assert place.run("sync", "-o", "json").json["changes"] == []
    assert place.ok("verify").endswith(": no break.\n")


def test_a_promotion_by_pull_request_moves_the_workload_of_the_target(remote: Place, images: Images) -> None:
    images.push("app", "1", "1")
    second = images.push("app", "2", "2")
    tags = [tag("dev", images.name("app", "2"), scheduled=True), tag("prod", images.name("app", "1"))]
    remote.write("imagestreams/app.yaml", stream("app", *tags))
    remote.write(FILE, workload("app:prod", "placeholder"))
    remote.commit("Declare app")
    remote.git("push", "--quiet")
    remote.ok("sync")
    remote.ok("promote", "team-a/app:dev", "team-a/app:prod", "--push")
    branch = "imagestream/promote/team-a/app/prod"
    assert remote.git("diff", "--name-only", f"main...origin/{branch}").split() == ["imagestreams/app.yaml"]
    remote.git("merge", "--quiet", "--no-edit", f"origin/{branch}")
    remote.git("push", "--quiet")
    remote.ok("sync")
    assert (top(remote), digest(remote)) == (second, second)
    assert files_of(remote) == [HISTORY, FILE]
    assert remote.ok("verify").endswith(": no break.\n")


@pytest.mark.parametrize("group", ["per-event", "per-stream", "per-pass"])
def test_no_grouping_of_commits_parts_an_edit_from_its_move(place: Place, images: Images, group: str) -> None:
    config = (place.path / "reconciler.yaml").read_text()
    place.write("reconciler.yaml", f"{config}  commit: {{group: {group}}}\n")
    for name in ("app", "web"):
        images.push(name, "1", f"{name} 1")
        tags = [tag("dev", images.name(name, "1"), scheduled=True), tag("prod", "dev", "ImageStreamTag")]
        place.write(f"imagestreams/{name}.yaml", stream(name, *tags))
        for each in ("dev", "prod"):
            place.write(f"workloads/{name}-{each}.yaml", workload(f"{name}:{each}", " ", name=f"{name}-{each}"))
    start = place.commit("Declare two streams")
    place.ok("sync")
    for name in ("app", "web"):
        images.push(name, "1", f"{name} 2")
    place.ok("sync")
    commits = place.git("rev-list", f"{start}..HEAD").split()
    assert len(commits) == {"per-event": 2 + 4, "per-stream": 2 + 2, "per-pass": 1 + 1}[group]
    for commit in commits:
        files = files_of(place, commit)
        moved = {Path(each).parent.name + "-" + Path(each).stem for each in files if each.startswith("history/")}
        assert {Path(each).stem for each in files if each.startswith("workloads/")} == moved
    place.git("revert", "--no-edit", "HEAD")
    place.ok("sync")
    for name in ("app", "web"):
        for each in ("dev", "prod"):
            assert digest(place, f"workloads/{name}-{each}.yaml") == top(place, f"history/team-a/{name}/{each}.yaml")
    assert place.ok("verify").endswith(": no break.\n")


def test_a_value_that_others_share_is_a_problem_with_its_line_and_the_tag_moves(
    following: tuple[Place, list[str]], images: Images
) -> None:
    place, _ = following
    shared = workload("app:prod", "x", name="shared").replace('image: "x"', "image: *image")
    shared = shared.replace("  name: shared\n", "  name: shared\n  labels: {image: &image app-1}\n", 1)
    place.write("workloads/shared.yaml", shared)
    place.commit("Share a value")
    second = images.push("app", "1", "2")
    ran = place.run("sync", "-o", "json")
    assert ran.code == 1
    (problem,) = ran.json["problems"]
    assert (problem["file"], problem["reason"]) == ("workloads/shared.yaml", "Invalid")
    assert problem["line"] == 17
    assert "alias" in problem["message"]
    assert (top(place), digest(place)) == (second, second)
    assert (place.path / "workloads/shared.yaml").read_text() == shared
    assert place.ok("verify").endswith(": no break.\n")


def test_a_file_that_a_person_edits_between_read_and_push_keeps_both_edits(remote: Place, images: Images) -> None:
    images.push("app", "1", "1")
    remote.write("imagestreams/app.yaml", stream("app", tag("prod", images.name("app", "1"), scheduled=True)))
    remote.write(FILE, workload("app:prod", "placeholder"))
    remote.commit("Declare app")
    remote.git("push", "--quiet")
    remote.ok("sync")
    other = remote.clone("other", "John Roe")
    other.write(FILE, (other.path / FILE).read_text().replace("matchLabels", "matchLabels  "))
    other.write(FILE, (other.path / FILE).read_text().replace("spec:\n  selector", "spec:\n  replicas: 3\n  selector"))
    other.commit("Three replicas")
    other.git("push", "--quiet", "origin", "HEAD:refs/heads/other")
    # The remote runs this when the pass has read, committed and sent, and before the branch has moved.
    hook = remote.root / "remote.git/hooks/pre-receive"
    hook.write_text(
        '#!/bin/sh\nrm "$0"\nexec env -u GIT_QUARANTINE_PATH git update-ref refs/heads/main refs/heads/other\n'
    )
    hook.chmod(0o755)
    second = images.push("app", "1", "2")
    out = remote.ok("sync")
    assert out.splitlines()[-1] == "pushed to origin/main"
    assert not hook.exists()
    text = (remote.path / FILE).read_text()
    assert "replicas: 3\n" in text
    assert (top(remote), digest(remote)) == (second, second)
    assert remote.subjects()[:2] == [f"Tag team-a/app:prod as {second[:19]}", "Three replicas"]
    assert remote.ok("verify").endswith(": no break.\n")


def test_a_frozen_istag_writes_no_new_field_and_status_says_so(following: tuple[Place, list[str]]) -> None:
    place, (first,) = following
    place.ok("freeze", "team-a/app:prod")
    place.write("workloads/more.yaml", workload("app:prod", "mine:1", name="more"))
    place.commit("Let more follow")
    assert place.ok("sync") == "No changes.\n"
    (problem,) = problems(place, "plan")
    assert (problem["reason"], problem["file"]) == ("Frozen", "workloads/more.yaml")
    assert re.search(r"more.yaml#\S+ +mine:1 +Waiting$", place.ok("status", "-o", "wide"), re.MULTILINE)
    place.ok("unfreeze", "team-a/app:prod")
    place.ok("sync", "--retarget")
    assert digest(place, "workloads/more.yaml") == first


def test_a_paused_trigger_is_shown_and_never_written(following: tuple[Place, list[str]], images: Images) -> None:
    place, (first,) = following
    text = (place.path / FILE).read_text()
    place.write(FILE, text.replace('.image"}]', '.image", "paused": true}]'))
    place.commit("Pause")
    second = images.push("app", "1", "2")
    place.ok("sync")
    assert (top(place), digest(place)) == (second, first)
    rows = place.run("status", "-o", "json").json["tags"]
    assert [each["state"] for each in rows[0]["workloads"]] == ["Paused"]
    assert check("status", {"tags": rows}) == []


def test_two_istags_that_claim_one_value_are_findings_and_nothing_is_written(
    following: tuple[Place, list[str]], images: Images
) -> None:
    place, (first,) = following
    images.push("app", "2", "2")
    place.write("imagestreams/other.yaml", stream("other", tag("prod", images.name("app", "2"))))
    text = (place.path / FILE).read_text()
    entry = re.search(r"\[(\{.*\})\]", text, re.DOTALL)
    assert entry is not None
    second = (
        entry.group(1).replace("app:prod", "other:prod").replace('containers[?(@.name==\\"app\\")]', "containers[0]")
    )
    place.write(FILE, text.replace(entry.group(0), f"[{entry.group(1)},\n        {second}]"))
    place.commit("Claim twice")
    place.run("sync")
    assert digest(place) == first
    found = place.run("validate", "-o", "json").json["findings"]
    assert {(each["file"], each["rule"]) for each in found} == {(FILE, "conflicting-image")}
    assert len(found) == 2
