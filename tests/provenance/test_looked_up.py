"""Images that were looked up: which istag a pull spec follows that was written in place of a name."""

from __future__ import annotations

import pytest

from reconciler.model.config import Signing
from reconciler.model.image_field import Via
from reconciler.provenance.log import Log
from reconciler.provenance.looked_up import find_looked_up
from reconciler.reconcile.observe import read_world
from tests.kit.branch import PROD, Branch, declared, docker
from tests.kit.git import GitKit
from tests.kit.keys import ssh_key
from tests.kit.workload import APP, deployment, pull_spec, write

LOCAL = "  lookupPolicy: {local: true}\n"
RESOLVE = "  annotations: {alpha.image.policy.openshift.io/resolve-names: '*'}\n"


def spec(*, local: bool = True, source: str = "registry.example/app:1") -> str:
    return declared({"prod": docker(source)}).replace("spec:\n", f"spec:\n{LOCAL if local else ''}")


def images(branch: Branch, path: str = APP) -> list[str]:
    """The images in a file, as it is written."""
    lines = (branch.git.path / path).read_text(encoding="utf-8").splitlines()
    return [line.partition('image: "')[2].partition('"')[0] for line in lines if 'image: "' in line]


def followed(branch: Branch) -> dict[str, str]:
    """By container the istag that it follows."""
    world = read_world(branch.repository(), branch.git.head(), "main")
    found = world.spec.declarations.fields
    return {each.identity.split('"')[1]: str(each.istag) for each in found if each.via is Via.LOOKUP}


def started(kit: GitKit, signing: Signing | None = None) -> Branch:
    """A branch with a local stream, one event, and a workload that names the istag."""
    branch = Branch(kit.repository(), signing=signing)
    branch.start()
    branch.git.commit({"is.yaml": spec()}, "Look names up")
    branch.put("a")
    branch.run()
    write(branch, deployment({"side": "nginx:1", "app": "app:prod"}))
    branch.run()
    assert images(branch) == ["nginx:1", pull_spec("a")]
    return branch


@pytest.fixture
def local(kit: GitKit) -> Branch:
    """Such a branch without signing."""
    return started(kit)


def test_an_image_that_was_written_for_a_name_follows_the_istag_from_event_to_event(local: Branch) -> None:
    assert followed(local) == {"app": "team-a/app:prod"}
    for letter in "bc":
        local.put(letter)
        (commit,) = local.run().commits
        assert images(local) == ["nginx:1", pull_spec(letter)]
        assert f"Workload: {APP}#spec.template.spec.containers[1].image" in local.git.git("log", "-1", "--format=%B")
        assert commit == local.git.head()
    assert local.verify().breaks == []


def test_a_pass_without_an_event_writes_nothing(local: Branch) -> None:
    assert local.run().commits == ()


def test_a_revert_takes_the_image_back_and_it_follows_on(local: Branch) -> None:
    local.put("b")
    local.run()
    local.git.git("revert", "--no-edit", "HEAD")
    local.run()
    assert images(local) == ["nginx:1", pull_spec("a")]
    assert followed(local) == {"app": "team-a/app:prod"}
    local.put("c")
    local.run()
    assert images(local) == ["nginx:1", pull_spec("c")]


def test_a_roll_back_by_command_takes_the_image_back(local: Branch) -> None:
    local.put("b")
    local.run()
    local.roll_back(PROD)
    assert images(local) == ["nginx:1", pull_spec("a")]
    assert local.is_quiet()
    assert local.verify().breaks == []


def test_a_copy_of_the_repository_without_the_tip_remembers_too(local: Branch) -> None:
    local.forget_the_tip()
    assert followed(local) == {"app": "team-a/app:prod"}
    local.put("b")
    local.run()
    assert images(local) == ["nginx:1", pull_spec("b")]


def test_two_objects_of_one_name_in_a_file_are_remembered_apart(local: Branch) -> None:
    one = deployment({"app": "app:prod"})
    write(local, f"{one}---\n{one}", "twice.yaml")
    local.run()
    local.put("b")
    local.run()
    assert images(local, "twice.yaml") == [pull_spec("b")] * 2


def test_a_container_that_comes_before_changes_nothing(local: Branch) -> None:
    write(local, deployment({"first": "redis:7", "side": "nginx:1", "app": pull_spec("a")}))
    assert followed(local) == {"app": "team-a/app:prod"}
    local.put("b")
    local.run()
    assert images(local) == ["redis:7", "nginx:1", pull_spec("b")]


def test_an_image_that_a_person_chose_is_left_alone(local: Branch) -> None:
    for image in ("registry.example/app:2", pull_spec("f"), pull_spec("a").replace("example", "other")):
        write(local, deployment({"side": "nginx:1", "app": image}))
        assert followed(local) == {}
    local.put("b")
    local.run()
    assert images(local) == ["nginx:1", pull_spec("a").replace("example", "other")]


def test_the_name_is_written_again_to_follow_again(local: Branch) -> None:
    write(local, deployment({"side": "nginx:1", "app": "mine"}))
    local.run()
    write(local, deployment({"side": "app:prod", "app": "mine"}))
    local.run()
    assert images(local) == [pull_spec("a"), "mine"]
    assert followed(local) == {"side": "team-a/app:prod"}


def test_nothing_follows_once_the_stream_is_local_no_more(local: Branch) -> None:
    local.git.commit({"is.yaml": spec(local=False)}, "Do not look names up")
    assert followed(local) == {}
    local.put("b")
    local.run()
    assert images(local) == ["nginx:1", pull_spec("a")]


def test_with_signing_the_trailers_of_a_person_count_for_nothing(kit: GitKit) -> None:
    local = started(kit, ssh_key(kit.root, "own"))
    write(local, deployment({"side": pull_spec("a"), "app": pull_spec("a")}))
    message = (
        "Tag team-a/app:prod as sha256:aaaaaaaaaaaa\n\nTag: team-a/app:prod\nImage: none\nPrevious-Image: none\n"
        f"Cause: retargeted\nWorkload: {APP}#spec.template.spec.containers[0].image\n"
    )
    write(local, deployment({"side": pull_spec("a"), "app": pull_spec("a")}, replicas=2), message=message)
    assert followed(local) == {"app": "team-a/app:prod"}


def test_resolve_names_remembers_images_of_streams_that_are_not_local(local: Branch) -> None:
    local.git.commit({"is.yaml": spec(local=False)}, "Do not look names up")
    text = deployment({"app": "quay.io/acme/app:prod"}, name="all").replace("metadata:\n", f"metadata:\n{RESOLVE}", 1)
    write(local, text, "all.yaml")
    local.run()
    assert images(local, "all.yaml") == [pull_spec("a")]
    local.put("b")
    local.run()
    assert images(local, "all.yaml") == [pull_spec("b")]
    assert images(local) == ["nginx:1", pull_spec("a")]


def test_git_is_not_read_where_no_image_is_one_of_a_local_stream(branch: Branch) -> None:
    branch.move("a")
    branch.git.commit({"is.yaml": spec(), "w.yaml": deployment({"app": pull_spec("f")})}, "Another image")
    snapshot = branch.snapshot()
    assert set(snapshot.declarations.pinned) == {"w.yaml"}
    log = Log(branch.repository(), "no such revision")
    assert find_looked_up(log, snapshot) == ()
