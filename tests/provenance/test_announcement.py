"""What a sink has to be told: every own change once and in order, nothing that is forged."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.gitstore import Repository
from reconciler.model.change import ChangeKind
from reconciler.model.config import Signing
from reconciler.model.notification import Notification, notification_id
from reconciler.model.person import Person
from reconciler.provenance.announcement import BATCH, Announcements, Place, read_announcements
from tests.kit.branch import COPY, FOLLOWED, ONE, OTHER, PROD, Branch, declared, docker
from tests.kit.git import GitKit
from tests.kit.keys import ssh_key
from tests.kit.world import digest

PLACE = Place("https://git.example.com/acme/images.git", "main")
VERSIONED = "registry.example/app:1.4.2"


@pytest.fixture
def branch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Branch:
    kit = GitKit(tmp_path).alone(monkeypatch)
    made = Branch(kit.repository())
    made.start()
    return made


def batch(branch: Branch, cursor: str, signing: Signing | None = None, head: str | None = None) -> Announcements:
    repository = Repository.discover(branch.git.path, signing=signing)
    return read_announcements(repository, PLACE, cursor, head or branch.git.head())


def told(branch: Branch, cursor: str, signing: Signing | None = None) -> list[Notification]:
    """Everything that is told after a cursor, over all batches."""
    found: list[Notification] = []
    head = branch.git.head()
    while cursor != head:
        read = batch(branch, cursor, signing, head)
        found += [each for item in read.items for each in item.notifications]
        cursor = read.end
    return found


def words(branch: Branch, cursor: str, signing: Signing | None = None) -> list[str]:
    """Each change as `move a>b`, the images by their letters."""
    return [f"{each.change} {letter(each.previous)}>{letter(each.image)}" for each in told(branch, cursor, signing)]


def letter(image: str | None) -> str:
    return (image or "sha256:-").removeprefix("sha256:")[0]


def test_a_cursor_at_the_head_has_nothing_to_tell(branch: Branch) -> None:
    branch.move("a")
    head = branch.git.head()
    assert batch(branch, head) == Announcements((), head)


def test_a_move_says_who_what_from_which_version_to_which_and_links_the_commit(branch: Branch) -> None:
    start = branch.git.head()
    branch.git.commit({"is.yaml": declared({"prod": docker("registry.example/app:1.4.1")})}, "Take 1.4.1")
    branch.put("a", "registry.example/app:1.4.1")
    branch.run()
    edited = branch.git.commit({"is.yaml": declared({"prod": docker(VERSIONED)})}, "Take 1.4.2")
    branch.put("b", VERSIONED)
    branch.run()
    head = branch.git.head()
    _, found = told(branch, start)
    assert found.id == notification_id(head, PROD)
    assert (found.change, found.tag) == (ChangeKind.MOVE, PROD)
    assert (found.previous, found.image) == (digest("a"), digest("b"))
    assert (found.previous_version, found.version) == ("1.4.1", "1.4.2")
    assert found.pull_spec == f"registry.example/app@{digest('b')}"
    assert found.source is not None
    assert found.source.name == VERSIONED
    assert found.cause == "declared"
    assert found.author == Person("Jane Doe", "jane@example.com")
    assert found.request is not None
    assert (found.request.person.name, found.request.commit) == ("Jane Doe", edited)
    assert found.link == f"https://git.example.com/acme/images/commit/{head}"
    assert found.time.endswith("Z")
    assert (found.repository, found.branch, found.commit) == (PLACE.repository, "main", head)


def test_changes_are_told_oldest_first_and_people_in_between_are_not(branch: Branch) -> None:
    start = branch.git.head()
    branch.move("ab")
    branch.git.commit({"notes.txt": "1\n"})
    branch.move("c")
    assert words(branch, start) == ["move ->a", "move a>b", "move b>c"]
    assert words(branch, branch.git.head("HEAD~1")) == ["move b>c"]


def test_tags_that_follow_are_told_too(branch: Branch) -> None:
    branch.git.commit({"is.yaml": declared({"prod": docker(ONE), "copy": FOLLOWED})})
    start = branch.git.head()
    branch.put("a")
    branch.run()
    assert {str(each.tag) for each in told(branch, start)} == {str(PROD), str(COPY)}
    assert len({each.id for each in told(branch, start)}) == 2


def test_a_revert_by_a_person_is_told_as_the_hold_that_follows_it(branch: Branch) -> None:
    branch.move("ab")
    start = branch.git.head()
    branch.revert()
    assert words(branch, start) == []
    branch.run()
    (found,) = told(branch, start)
    assert (found.change, letter(found.previous), letter(found.image)) == (ChangeKind.HOLD, "b", "a")
    assert found.pull_spec == f"registry.example/app@{digest('a')}"
    assert found.request is not None


def test_a_roll_back_by_command_and_a_release_are_told(branch: Branch) -> None:
    branch.move("ab")
    start = branch.git.head()
    branch.roll_back(PROD)
    branch.release(PROD)
    assert words(branch, start) == ["hold b>a", "unhold a>a"]


def test_a_removal_and_a_return_are_told(branch: Branch) -> None:
    branch.move("ab")
    start = branch.git.head()
    branch.git.commit({"is.yaml": declared({"dev": docker(OTHER)})}, "Take prod out")
    branch.run()
    branch.git.commit({"is.yaml": declared({"prod": docker(ONE), "dev": docker(OTHER)})}, "Bring prod back")
    branch.run()
    assert words(branch, start) == ["remove b>-", "restore ->b"]


def test_an_undone_edit_is_told_as_a_restoration(branch: Branch) -> None:
    branch.move("ab")
    start = branch.git.head()
    path = branch.git.path / PROD.history_path
    text = path.read_text(encoding="utf-8").replace(digest("b"), digest("c"))
    branch.git.commit({PROD.history_path: text}, "Edit by hand")
    branch.run()
    assert [each.change for each in told(branch, start)] == [ChangeKind.RESTORE]


def test_a_rewrite_is_told_as_one(branch: Branch) -> None:
    branch.move("a")
    start = branch.git.head()
    branch.put("a", OTHER)
    branch.git.commit({"is.yaml": declared({"prod": docker(OTHER)})}, "Another source")
    branch.run()
    assert words(branch, start) == ["rewrite a>a"]


def test_forged_trailers_without_the_diff_are_not_told(branch: Branch) -> None:
    branch.move("a")
    start = branch.git.head()
    blocks = f"Tag: {PROD}\nImage: {digest('c')}\nPrevious-Image: {digest('a')}\nCause: scheduled\n"
    branch.git.commit({"notes.txt": "1\n"}, f"Tag {PROD}\n\nA forgery.\n\n{blocks}")
    text = (branch.git.path / PROD.history_path).read_text(encoding="utf-8")
    branch.git.commit({PROD.history_path: text + "\n"}, f"Tag {PROD}\n\nAnother.\n\n{blocks}")
    branch.git.commit({PROD.history_path: text}, f"Tag {PROD}\n\n{blocks.replace('scheduled', 'retargeted')}")
    assert words(branch, start) == []


def test_garbage_in_trailers_and_files_is_not_told(branch: Branch) -> None:
    branch.move("a")
    start = branch.git.head()
    for blocks in (
        "Tag: \nImage: x\n",
        "Tag: a/b:c\n",
        f"Tag: {PROD}\nImage: none\nPrevious-Image: none\nCause: removed",
    ):
        branch.git.commit({PROD.history_path: blocks, PROD.hold_path: "[", "notes.txt": blocks}, f"x\n\n{blocks}")
    assert words(branch, start) == []


def test_an_own_commit_that_arrives_by_a_merged_branch_is_told_once(branch: Branch) -> None:
    branch.move("a")
    start = branch.git.head()
    branch.git.git("checkout", "--quiet", "-b", "side")
    branch.git.commit({"notes.txt": "side\n"})
    branch.git.git("checkout", "--quiet", "main")
    branch.move("b")
    branch.git.git("checkout", "--quiet", "side")
    branch.git.git("merge", "--quiet", "--no-ff", "--no-edit", "main")
    branch.git.git("checkout", "--quiet", "main")
    branch.git.git("merge", "--quiet", "--ff-only", "side")  # the line of first parents is another one now
    assert words(branch, start) == ["move a>b"]
    branch.move("c")
    assert words(branch, start) == ["move a>b", "move b>c"]
    assert words(branch, branch.git.head("side^2")) == ["move b>c"]


def test_an_own_commit_of_a_merged_side_branch_is_told_with_the_merge(branch: Branch) -> None:
    branch.move("a")
    start = branch.git.head()
    branch.git.git("checkout", "--quiet", "-b", "side")
    branch.move("b")
    branch.git.git("checkout", "--quiet", "main")
    branch.git.commit({"notes.txt": "1\n"})
    branch.git.git("merge", "--quiet", "--no-ff", "--no-edit", "side")
    branch.git.commit({"notes.txt": "2\n"})
    assert words(branch, start) == ["move a>b"]
    (item,) = batch(branch, start).items
    assert not item.is_stop
    assert words(branch, branch.git.head("HEAD~2")) == ["move a>b"]
    assert words(branch, branch.git.head("HEAD~1")) == []


def test_with_signing_only_trusted_commits_are_told(branch: Branch, tmp_path: Path) -> None:
    key = ssh_key(tmp_path, "bot")
    branch.signing = key
    branch.move("a")
    start = branch.git.head()
    branch.signing = None
    branch.move("b")
    branch.signing = key
    assert words(branch, start, key) == []
    branch.put("c")
    branch.run()
    branch.run()
    assert words(branch, start, key) == ["restore b>a", "move a>c"]


def test_many_commits_are_told_in_batches(branch: Branch) -> None:
    branch.move("a")
    start = branch.git.head()
    stream = b"".join(
        b"commit refs/heads/main\ncommitter J <j@example.com> %d +0000\ndata 1\nx\n" % (1_790_000_000 + number)
        + (b"from refs/heads/main^0\n" if number == 0 else b"")
        for number in range(2 * BATCH)
    )
    branch.git.raw("fast-import", "--quiet", stdin=stream)
    branch.git.git("reset", "--quiet", "--hard")
    branch.move("b")
    first = batch(branch, start)
    assert (first.items, first.is_full) == ((), True)
    assert words(branch, start) == ["move a>b"]


FOLLOWING = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app\n  namespace: team-a\n  annotations:\n"
    '    image.openshift.io/triggers: \'[{"from":{"kind":"ImageStreamTag","name":"app:prod"},'
    '"fieldPath":"spec.template.spec.containers[0].image"}]\'\n'
    "spec:\n  template:\n    spec:\n      containers:\n      - name: app\n        image: app:none\n"
)
FIELD = "app.yaml#spec.template.spec.containers[0].image"


def test_a_new_trigger_is_told_as_a_retarget_and_a_move_names_its_workloads(branch: Branch) -> None:
    branch.move("a")
    start = branch.git.head()
    branch.git.commit({"app.yaml": FOLLOWING}, "Follow prod")
    branch.run()
    branch.move("b")
    retarget, move = told(branch, start)
    assert (retarget.change, letter(retarget.image), retarget.workloads) == (ChangeKind.RETARGET, "a", (FIELD,))
    assert (move.change, move.workloads) == (ChangeKind.MOVE, (FIELD,))


def test_a_forged_retarget_is_not_told(branch: Branch) -> None:
    branch.move("a")
    branch.git.commit({"app.yaml": FOLLOWING}, "Follow prod")
    branch.run()
    start = branch.git.head()
    text = (branch.git.path / "app.yaml").read_text(encoding="utf-8")
    same = f"Tag: {PROD}\nImage: {digest('a')}\nPrevious-Image: {digest('a')}\nCause: retargeted\nWorkload: "
    evil = text.replace(digest("a"), digest("e"))
    branch.git.commit({"app.yaml": evil}, f"Update images\n\nx\n\n{same}{FIELD}")
    branch.git.commit({"app.yaml": text, "notes.txt": "more\n"}, f"Update images\n\nx\n\n{same}{FIELD}")
    branch.git.commit({"notes.txt": "else\n"}, f"Update images\n\nx\n\n{same}{FIELD}")
    branch.git.commit({"notes.txt": "none\n"}, f"Update images\n\nx\n\n{same}nowhere")
    assert words(branch, start) == []
