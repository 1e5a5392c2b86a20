"""Roll back, release and freeze by command, without a running reconciler."""

from __future__ import annotations

import http.client

import pytest

from tests.e2e.conftest import Images, Place, stream, tag

HISTORY = "history/team-a/app/prod.yaml"
HOLD = "holds/team-a/app/prod.yaml"


@pytest.fixture
def moved(place: Place, images: Images) -> tuple[Place, list[str]]:
    """An istag that moved twice, and its three images."""
    digests = [images.push("app", "1", "1")]
    place.write("imagestreams/app.yaml", stream("app", tag("prod", images.name("app", "1"), scheduled=True)))
    place.commit("Declare app")
    place.ok("sync")
    for version in ("2", "3"):
        digests.append(images.push("app", "1", version))
        place.ok("sync")
    return place, digests


def row(place: Place) -> tuple[str, str]:
    found = place.run("status", "-o", "json").json["tags"][0]
    return found["recorded"], found["state"]


def test_a_roll_back_is_one_commit_with_its_hold_and_sticks(moved: tuple[Place, list[str]]) -> None:
    place, (_, second, third) = moved
    ran = place.run("rollback", "team-a/app:prod")
    assert ran.code == 0, ran.err
    assert (
        "note: team-a/app:prod was rolled back; the next new image of its source moves it. "
        "To stop that: imagestream freeze team-a/app:prod\n"
    ) in ran.err
    assert ran.out.splitlines()[-1] == "NOT pushed: git push -u REMOTE main"
    assert place.git("show", "--format=", "--name-only").split() == [HISTORY, HOLD]
    assert place.subjects()[0] == "Hold team-a/app:prod"
    assert place.git("log", "-1", "--format=%an|%cn").strip() == "Jane Doe|imagestream"
    assert third in (place.path / HOLD).read_text()
    for _ in range(2):
        assert place.run("sync").out == "No changes.\n"
    assert row(place) == (second, "Held")
    message = place.run("status").out.splitlines()[-1]
    assert message.startswith(f"team-a/app:prod is held: {third[:19]} was rolled back by Jane Doe in commit ")


@pytest.mark.parametrize("how", ["by tag", "by promotion"])
def test_a_rolled_back_tag_that_no_schedule_moves_is_shown_as_held(place: Place, images: Images, how: str) -> None:
    first, second = (images.push("app", version, version) for version in ("1", "2"))
    sources = [tag("dev", images.name("app", "2")), tag("prod", images.name("app", "1"))]
    place.write("imagestreams/app.yaml", stream("app", *sources))
    place.commit("Declare app")
    place.ok("sync")
    place.ok("tag", images.name("app", "2") if how == "by tag" else "team-a/app:dev", "team-a/app:prod")
    place.ok("sync")
    place.ok("rollback", "team-a/app:prod")
    commit = place.git("rev-parse", "--short=12", "HEAD").strip()
    found = place.run("status", "team-a/app:prod", "-o", "json").json["tags"][0]
    assert (found["recorded"], found["state"]) == (first, "Held")
    message = (
        f"team-a/app:prod is held: {second[:19]} was rolled back by Jane Doe in commit {commit}. "
        "`imagestream unhold team-a/app:prod` releases it."
    )
    assert found["message"] == message
    planned = place.run("plan", "-o", "json")
    assert (planned.code, planned.json["changes"]) == (0, [])
    (problem,) = planned.json["problems"]
    assert (problem["tag"], problem["reason"], problem["message"]) == ("team-a/app:prod", "Held", message)


def test_another_import_mode_decides_anew_about_what_was_rolled_back(place: Place, images: Images) -> None:
    images.push("app", "1", "1")
    place.write("imagestreams/app.yaml", stream("app", tag("prod", images.name("app", "1"))))
    place.commit("Declare app")
    place.ok("sync")
    second = images.push("app", "1", "2")
    place.ok("import", "team-a/app:prod")
    place.git("revert", "--no-edit", "HEAD")
    place.ok("sync")
    assert row(place)[1] == "Held"
    place.ok("tag", images.name("app", "1"), "team-a/app:prod", "--import-mode", "Legacy")
    place.ok("sync")
    assert row(place) == (second, "InSync")
    assert "importMode: Legacy" in (place.path / HISTORY).read_text()
    assert not (place.path / HOLD).exists()
    place.git("revert", "--no-edit", "HEAD")
    place.ok("sync")
    assert "importMode: Legacy" in (place.path / HOLD).read_text()
    assert place.run("sync").out == "No changes.\n"
    assert row(place)[1] == "Held"
    place.ok("verify")


def test_the_next_good_image_moves_a_rolled_back_tag_on(moved: tuple[Place, list[str]], images: Images) -> None:
    place, (_, second, _) = moved
    place.ok("rollback", "team-a/app:prod")
    fourth = images.push("app", "1", "4")
    place.ok("sync")
    assert row(place) == (fourth, "InSync")
    items = place.run("history", "team-a/app:prod", "-o", "json").json["items"]
    assert (items[1]["image"], items[1]["rolledBack"]) == (second, False)
    assert [item["rolledBack"] for item in items] == [False, False, False, True]


@pytest.mark.parametrize("form", ["generation", "digest", "prefix", "hex"])
def test_to_names_any_event_by_generation_or_digest(moved: tuple[Place, list[str]], form: str) -> None:
    place, (first, _, _) = moved
    to = {"generation": "1", "digest": first, "prefix": first[:17], "hex": first[7:20]}[form]
    place.ok("rollback", "team-a/app:prod", "--to", to)
    assert row(place) == (first, "Held")
    assert (place.path / HOLD).read_text().count("- image:") == 2


def test_an_event_that_only_git_remembers_can_be_rolled_back_to(moved: tuple[Place, list[str]], images: Images) -> None:
    place, (first, _, _) = moved
    place.write("reconciler.yaml", (place.path / "reconciler.yaml").read_text() + "  limits: {history: 2}\n")
    place.commit("Keep two events")
    images.push("app", "1", "4")
    place.ok("sync")
    assert first not in (place.path / HISTORY).read_text()
    place.ok("rollback", "team-a/app:prod", "--to", "1")
    assert row(place)[0] == first
    assert place.run("sync").out == "No changes.\n"
    assert place.ok("verify").endswith("commits of 1 istag: no break.\n")


def test_a_stack_of_one_event_goes_back_to_the_one_that_was_cut(moved: tuple[Place, list[str]], images: Images) -> None:
    place, (_, _, third) = moved
    place.write("reconciler.yaml", (place.path / "reconciler.yaml").read_text() + "  limits: {history: 1}\n")
    place.commit("Keep one event")
    images.push("app", "1", "4")
    place.ok("sync")
    assert (place.path / HISTORY).read_text().count("- image:") == 1
    place.ok("rollback", "team-a/app:prod")
    assert row(place) == (third, "Held")
    assert place.run("sync").out == "No changes.\n"
    place.ok("verify")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("team-a/app:prod", "--to", "9"),
            "team-a/app:prod never was at '9'. `imagestream history team-a/app:prod` shows generations and digests.",
        ),
        (("team-a/app:prod", "--to", "3"), "team-a/app:prod is at '3' already."),
        (("team-a/app:none",), "team-a/app:none has no spec tag. There is nothing to roll back; declare it first."),
        (("nonsense",), "istag 'nonsense' is not of the form [NAMESPACE/]STREAM:TAG."),
    ],
)
def test_a_target_that_is_not_there_is_refused(
    moved: tuple[Place, list[str]], arguments: tuple[str, ...], said: str
) -> None:
    place, _ = moved
    head = place.git("rev-parse", "HEAD")
    ran = place.run("rollback", *arguments)
    assert (ran.code, ran.out) == (2 if arguments == ("nonsense",) else 1, "")
    assert ran.err == f"error: {said}\n"
    assert place.git("rev-parse", "HEAD") == head


@pytest.mark.parametrize(
    ("command", "more"),
    [
        (("rollback",), " `git revert` of the commit that moved it rolls it back all the same."),
        (("freeze",), ""),
        (("tag", "-d"), ""),
    ],
)
def test_a_spec_that_cannot_be_read_is_not_reported_as_missing(
    moved: tuple[Place, list[str]], command: tuple[str, ...], more: str
) -> None:
    place, _ = moved
    spec = next(path for path in place.git("ls-files").split() if path.startswith("imagestreams/"))
    place.write(spec, f"{(place.path / spec).read_text()}<<<<<<< HEAD\n")
    place.commit("Break")
    ran = place.run(*command, "team-a/app:prod")
    text = f"its spec tag cannot be read now. `imagestream validate` shows why; mend that first.{more}"
    assert (ran.code, ran.err) == (1, f"error: team-a/app:prod: {text}\n")


def test_a_target_that_the_registry_has_lost_is_refused_but_for_force(
    moved: tuple[Place, list[str]], images: Images
) -> None:
    place, (_, second, _) = moved
    connection = http.client.HTTPConnection(images.registry.address)
    connection.request("DELETE", f"/v2/{images.prefix}/app/manifests/{second}")
    assert connection.getresponse().status == 202
    connection.close()
    ran = place.run("rollback", "team-a/app:prod")
    assert ran.code == 1
    assert ran.err.startswith(f"error: team-a/app:prod was not rolled back to {second[:19]}: ")
    assert ran.err.endswith("--force does it all the same.\n")
    place.ok("rollback", "team-a/app:prod", "--force")
    assert second in (place.path / HISTORY).read_text().partition("- image: ")[2].splitlines()[0]


def test_a_roll_back_with_freeze_stops_every_move(moved: tuple[Place, list[str]], images: Images) -> None:
    place, (_, second, _) = moved
    place.ok("rollback", "team-a/app:prod", "--freeze")
    assert place.git("show", "--format=", "--name-only").split() == [HISTORY, HOLD, "imagestreams/app.yaml"]
    images.push("app", "1", "4")
    ran = place.run("sync")
    assert ran.code == 0
    assert "Frozen: " in ran.err
    assert row(place) == (second, "Frozen")


def test_unhold_lets_the_next_pass_come_back(moved: tuple[Place, list[str]]) -> None:
    place, (_, second, third) = moved
    place.ok("rollback", "team-a/app:prod")
    said = place.ok("unhold", "team-a/app:prod")
    assert f"unhold  team-a/app:prod  may come back to {third[:19]}  (released)" in said
    assert place.subjects()[0] == "Unhold team-a/app:prod"
    assert not (place.path / HOLD).exists()
    assert row(place) == (second, "Pending")
    place.ok("sync")
    assert row(place) == (third, "InSync")
    ran = place.run("unhold", "team-a/app:prod")
    assert (ran.code, ran.err) == (
        1,
        "error: team-a/app:prod is not held. `imagestream status` shows what is.\n",
    )


def test_a_reverted_unhold_holds_again(moved: tuple[Place, list[str]]) -> None:
    place, (_, second, _) = moved
    place.ok("rollback", "team-a/app:prod")
    place.ok("unhold", "team-a/app:prod")
    place.git("revert", "--no-edit", "HEAD")
    for _ in range(2):
        assert place.run("sync").out == "No changes.\n"
    assert row(place) == (second, "Held")


def test_a_reverted_roll_back_by_command_is_undone(moved: tuple[Place, list[str]]) -> None:
    place, (_, _, third) = moved
    place.ok("rollback", "team-a/app:prod")
    place.git("revert", "--no-edit", "HEAD")
    for _ in range(2):
        assert place.run("sync").out == "No changes.\n"
    assert row(place) == (third, "InSync")


def test_freeze_and_unfreeze_edit_one_value_and_are_the_persons_own_commits(moved: tuple[Place, list[str]]) -> None:
    place, _ = moved
    before = (place.path / "imagestreams/app.yaml").read_bytes()
    place.ok("freeze", "team-a/app:prod")
    frozen = (place.path / "imagestreams/app.yaml").read_bytes()
    assert b'reconciler/frozen: "true"' in frozen
    assert place.git("log", "-1", "--format=%an|%cn|%s").strip() == "Jane Doe|Jane Doe|Freeze team-a/app:prod"
    assert "already" in place.run("freeze", "team-a/app:prod").err
    place.ok("unfreeze", "team-a/app:prod")
    assert (place.path / "imagestreams/app.yaml").read_bytes() == before
    assert place.run("sync").out == "No changes.\n"


def test_a_roll_back_is_pushed_where_there_is_a_remote_and_freeze_only_when_told(remote: Place, images: Images) -> None:
    images.push("app", "1", "1")
    remote.write("imagestreams/app.yaml", stream("app", tag("prod", images.name("app", "1"), scheduled=True)))
    remote.commit("Declare app")
    remote.git("push", "--quiet")
    remote.ok("sync")
    images.push("app", "1", "2")
    remote.ok("sync")
    assert remote.ok("rollback", "team-a/app:prod").splitlines()[-1] == "pushed to origin/main"
    assert remote.ok("freeze", "team-a/app:prod").splitlines()[-1] == "NOT pushed: git push origin main:main"
    remote.git("push", "--quiet")
    assert remote.ok("unfreeze", "team-a/app:prod", "--push").splitlines()[-1] == "pushed to origin/main"
    fresh = remote.clone("fresh", "John Roe")
    assert fresh.run("sync").out == "No changes.\n"
