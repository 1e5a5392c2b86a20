"""verify: allowed changes pass, in every form; any other is reported with its author and commit."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import UsageError
from reconciler.gitstore import Draft, Repository
from reconciler.model.change import Move
from reconciler.model.config import CommitStyle, Installation, Signing
from reconciler.model.history import Cause, TagEvent, TagHistory
from reconciler.planning.pass_scope import PassScope
from reconciler.provenance.break_log import Break
from reconciler.provenance.verify import Verdict, verify
from reconciler.reconcile.apply import draft
from reconciler.reconcile.registries import Registries
from reconciler.reconcile.run_pass import Reconciler, run_pass
from reconciler.reconcile.writer import Writer, choose_target
from tests.kit.branch import BOT, COPY, FOLLOWED, ONE, PROD, Branch, docker
from tests.kit.git import GitKit
from tests.kit.keys import openpgp_key, ssh_key
from tests.kit.world import digest


def verdict(branch: Branch, signing: Signing | None = None) -> Verdict:
    return verify(Repository.discover(branch.git.path, signing=signing), branch.git.head())


def rules(found: Verdict) -> list[tuple[str, bool]]:
    """The broken rules, each with whether it was undone."""
    return [(each.rule, each.undone_by is not None) for each in found.breaks]


def only(found: Verdict) -> Break:
    (each,) = found.breaks
    return each


def history(branch: Branch) -> str:
    return (branch.git.path / PROD.history_path).read_text(encoding="utf-8")


def edit(branch: Branch, old: str, new: str, path: str = PROD.history_path) -> str:
    """A person's edit of a file of ours."""
    text = (branch.git.path / path).read_text(encoding="utf-8")
    assert old in text
    return branch.git.commit({path: text.replace(old, new, 1)}, "Edit by hand")


def forge(branch: Branch, image: str, signing: Signing | None = None, *, limit: int = 20) -> str:
    """A commit as the reconciler would write it, made by another person: an event with fitting trailers."""
    items = branch.snapshot().histories[PROD].items if PROD in branch.snapshot().histories else ()
    top = items[0] if items else None
    event = TagEvent(
        digest(image),
        f"registry.example/app@{digest(image)}",
        "2026-11-23T09:00:00Z",
        top.generation + 1 if top else 1,
        None,
        Cause.SCHEDULED,
    )
    change = Move(
        tag=PROD,
        previous=top.identity if top else None,
        history=TagHistory(PROD, (event, *items)[:limit]),
    )
    return built(branch, draft([change], CommitStyle(), BOT), signing)


def built(branch: Branch, made: Draft, signing: Signing | None = None) -> str:
    repository = Repository.discover(branch.git.path)
    (commit,) = repository.build(branch.git.head(), [made], BOT, branch.clock.now(), signing)
    branch.git.git("merge", "-q", "--ff-only", commit)
    return commit


# What is allowed.


def test_a_branch_without_histories_has_nothing_to_prove(branch: Branch) -> None:
    found = verdict(branch)
    assert (found.commits, found.istags, found.breaks, found.accepted_as_is) == (0, set(), [], [])


def test_moves_roll_backs_holds_and_releases_are_all_allowed(branch: Branch) -> None:
    branch.move("abc")
    branch.revert()
    assert len(branch.run().commits) == 1
    branch.revert("HEAD")  # the Hold: released
    branch.move("d")
    branch.git.git("checkout", "-q", "HEAD~1", "--", PROD.history_path)
    branch.git.commit(message="Take the old version")
    branch.run()
    branch.drop_hold()
    branch.run()
    found = verdict(branch)
    assert rules(found) == []
    assert found.istags == {PROD}
    assert found.commits == int(branch.git.git("rev-list", "--count", "HEAD", "--", "history", "holds"))


def test_a_revert_of_a_revert_of_a_revert_is_allowed(branch: Branch) -> None:
    branch.move("ab")
    for _ in range(3):
        branch.revert()
        branch.run()
        branch.git.git("log", "-1")
    assert rules(verdict(branch)) == []


def test_a_cut_event_may_come_back_at_the_limit(tmp_path: Path, branch: Branch) -> None:
    short = Branch(GitKit(tmp_path).repository("short"))
    short.start(limit=2)
    short.move("abc")
    short.revert()
    assert short.stack() == "ba"
    short.run()
    assert rules(verdict(short)) == []
    assert rules(verdict(branch)) == []


def test_a_tag_that_goes_with_its_spec_and_comes_back_is_allowed(branch: Branch) -> None:
    branch.move("ab")
    spec = (branch.git.path / "is.yaml").read_text(encoding="utf-8")
    branch.git.commit({"is.yaml": spec.replace("name: prod", "name: other")}, "Rename")
    branch.run()
    branch.git.commit({"is.yaml": spec}, "Rename back")
    branch.run()
    assert branch.stack() == "ba"
    assert rules(verdict(branch)) == []


def test_another_layout_is_not_a_change(branch: Branch) -> None:
    branch.move("ab")
    text = history(branch)
    head, _, items = text.partition("items:\n")
    indented = "".join(f"  {line}\n" for line in items.splitlines())
    branch.git.commit({PROD.history_path: f"{head}items:\n{indented}"}, "Format")
    branch.move("c")
    assert rules(verdict(branch)) == []


@pytest.mark.parametrize("ours", [False, True])
def test_what_a_merge_takes_from_a_side_is_not_an_edit(branch: Branch, *, ours: bool) -> None:
    branch.move("abc")
    branch.git.git("checkout", "-q", "-b", "side")
    branch.revert()
    branch.git.git("checkout", "-q", "main")
    branch.git.commit({"notes.txt": "1\n"}, "Meanwhile")
    words = ("-s", "ours") if ours else ()
    branch.git.git("merge", "-q", "--no-edit", "--no-ff", *words, "side")
    branch.run()
    assert branch.stack() == ("cba" if ours else "ba")
    assert rules(verdict(branch)) == []


def test_a_conflict_that_a_person_solved_with_known_events_is_allowed(branch: Branch) -> None:
    branch.move("abc")
    branch.git.git("checkout", "-q", "-b", "side")
    branch.revert()
    branch.git.git("checkout", "-q", "main")
    branch.move("d")
    text = history(branch)
    branch.git.raw("merge", "--no-commit", "side", check=False)
    head, newest, _, rest = text.split("- image: ", 3)
    branch.git.write(PROD.history_path, f"{head}- image: {newest}- image: {rest}")
    branch.git.git("commit", "-q", "-a", "--no-edit")
    assert branch.stack() == "dba"
    assert rules(verdict(branch)) == []


# What is not.


def test_an_event_that_was_never_recorded_is_a_break(branch: Branch) -> None:
    branch.move("ab")
    commit = edit(branch, digest("b"), digest("e"))
    found = only(verdict(branch))
    assert (found.tag, found.commit, found.author.name, found.undone_by) == (PROD, commit, "Jane Doe", None)
    assert found.message == (
        f"team-a/app:prod: commit {commit[:12]} by Jane Doe puts an event into the stack that was never recorded: "
        f"sha256:{'e' * 12}."
    )


def test_a_break_that_the_next_pass_undid_is_a_note(branch: Branch) -> None:
    branch.move("ab")
    edit(branch, digest("b"), digest("e"))
    branch.run()
    found = verdict(branch)
    assert found.open_breaks == []
    assert only(found).undone_by == branch.git.head()
    branch.move("c")
    assert rules(verdict(branch)) == [("invented", True)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('created: "2026-', 'created: "2025-'),
        ("generation: 1", "generation: 7"),
        ("cause: declared", "cause: pushed"),
        ("name: registry.example/app:1", "name: registry.example/app:9"),
    ],
)
def test_every_field_of_an_event_counts(branch: Branch, old: str, new: str) -> None:
    branch.move("a")
    edit(branch, old, new)
    assert rules(verdict(branch)) == [("invented", False)]


def test_a_break_that_comes_back_is_open_again(branch: Branch) -> None:
    branch.move("ab")
    edit(branch, digest("b"), digest("e"))
    branch.run()
    branch.revert()
    assert rules(verdict(branch)) == [("invented", False), ("invented", False)]
    branch.run()
    assert rules(verdict(branch)) == [("invented", True), ("invented", True)]


def test_a_break_is_not_undone_by_the_limit(branch: Branch) -> None:
    branch.move("a")
    edit(branch, "cause: declared", "cause: pushed")
    forge(branch, "b")
    forge(branch, "c", limit=2)
    assert branch.stack() == "cb"
    assert rules(verdict(branch)) == [("invented", False)]


def test_events_in_another_order_are_a_break(branch: Branch) -> None:
    branch.move("abc")
    head, first, second, third = history(branch).split("- image: ")
    text = f"{head}- image: {second}- image: {first}- image: {third}"
    commit = branch.git.commit({PROD.history_path: text}, "Sort")
    found = only(verdict(branch))
    assert found.rule == "reordered"
    assert found.message == (
        f"team-a/app:prod: commit {commit[:12]} by Jane Doe puts recorded events in an order they never had."
    )
    branch.run()
    assert rules(verdict(branch)) == [("reordered", True)]


@pytest.mark.parametrize("noise", ["<<<<<<< HEAD\n", "kind: TagHold\n", "", "\x00\xff", "a: &a [*a]\n"])
def test_a_file_that_cannot_be_read_is_a_break(branch: Branch, noise: str) -> None:
    branch.move("ab")
    commit = branch.git.commit({PROD.history_path: noise}, "Resolve")
    found = only(verdict(branch))
    assert found.rule == "unreadable"
    assert found.message == (
        f"team-a/app:prod: commit {commit[:12]} by Jane Doe leaves a file that is no longer a TagHistory."
    )
    branch.run()
    assert rules(verdict(branch)) == [("unreadable", True)]


def test_a_history_copied_from_another_istag_is_a_break(tmp_path: Path) -> None:
    made = Branch(GitKit(tmp_path).repository())
    made.start({"prod": docker(ONE), "copy": FOLLOWED})
    made.put("a")
    made.run()
    made.put("b")
    made.run()
    made.git.commit({COPY.history_path: history(made)}, "Copy")
    assert rules(verdict(made)) == [("unreadable", False)]


def test_a_held_image_on_top_is_a_break_even_with_fitting_trailers(branch: Branch) -> None:
    branch.move("ab")
    branch.revert()
    branch.run()
    assert branch.held() == "b"
    commit = forge(branch, "b")
    found = only(verdict(branch))
    assert found.rule == "held"
    assert found.message == (
        f"team-a/app:prod: commit {commit[:12]} by imagestream puts an image on top that was held: sha256:{'b' * 12}."
    )


def test_a_pass_that_fights_a_revert_is_a_break(branch: Branch) -> None:
    """The hold was not committed yet, so the step alone looks possible."""
    branch.move("ab")
    branch.revert()
    commit = forge(branch, "b")
    found = only(verdict(branch))
    assert found.rule == "rolled-back"
    assert found.message == (
        f"team-a/app:prod: commit {commit[:12]} by imagestream puts an image back on top that people had taken off: "
        f"sha256:{'b' * 12}."
    )
    branch.revert()
    assert rules(verdict(branch)) == [("rolled-back", True)]


def test_an_entry_that_a_person_wrote_into_a_hold_is_a_break(branch: Branch) -> None:
    branch.move("ab")
    branch.revert()
    branch.run()
    commit = edit(branch, digest("b"), digest("a"), PROD.hold_path)
    found = only(verdict(branch))
    assert found.rule == "hold-invented"
    assert found.message == (
        f"team-a/app:prod: commit {commit[:12]} by Jane Doe holds an image that was never rolled back: "
        f"sha256:{'a' * 12}."
    )
    branch.run()
    assert rules(verdict(branch)) == [("hold-invented", True)]


def test_a_hold_that_cannot_be_read_is_a_break(branch: Branch) -> None:
    branch.move("ab")
    branch.revert()
    branch.run()
    commit = branch.git.commit({PROD.hold_path: "<<<<<<< HEAD\n"}, "Resolve")
    found = only(verdict(branch))
    assert found.rule == "hold-unreadable"
    assert found.message == (
        f"team-a/app:prod: commit {commit[:12]} by Jane Doe leaves a file that is no longer a TagHold."
    )


def test_a_merge_that_invents_is_a_break(branch: Branch) -> None:
    branch.move("ab")
    branch.git.git("checkout", "-q", "-b", "side")
    branch.git.commit({"notes.txt": "side\n"}, "Side")
    branch.git.git("checkout", "-q", "main")
    branch.git.commit({"other.txt": "main\n"}, "Main")
    branch.git.git("merge", "-q", "--no-ff", "--no-commit", "side")
    branch.git.write(PROD.history_path, history(branch).replace(digest("b"), digest("e")))
    branch.git.git("commit", "-q", "-a", "-m", "Merge, and more")
    assert rules(verdict(branch)) == [("invented", False)]


def test_a_merge_that_leaves_what_is_wrong_behind_undoes_it(branch: Branch) -> None:
    branch.move("ab")
    branch.git.git("checkout", "-q", "-b", "side")
    edit(branch, digest("b"), digest("e"))
    branch.git.git("checkout", "-q", "main")
    branch.git.commit({"notes.txt": "1\n"}, "Main")
    branch.git.git("merge", "-q", "-s", "ours", "--no-edit", "side")
    assert only(verdict(branch)).undone_by == branch.git.head()


def test_histories_from_before_the_first_own_commit_are_taken_as_they_are(tmp_path: Path, branch: Branch) -> None:
    branch.move("ab")
    copied = Branch(GitKit(tmp_path).repository("copied"))
    files = {name: (branch.git.path / name).read_bytes() for name in branch.git.git("ls-files").splitlines()}
    commit = copied.git.commit(files, "Copy all")
    copied.move("c")
    found = verdict(copied)
    assert (rules(found), [(name, each.id) for name, each in found.accepted_as_is]) == ([], [(PROD, commit)])
    edit(copied, digest("a"), digest("e"))
    assert rules(verdict(copied)) == [("invented", False)]


def test_a_shallow_clone_without_its_remote_is_refused(tmp_path: Path, branch: Branch) -> None:
    branch.move("ab")
    clone = GitKit(tmp_path).clone(branch.git, "clone", "--depth=1")
    clone.git("remote", "remove", "origin")
    with pytest.raises(UsageError, match="is a shallow clone"):
        verify(Repository.discover(clone.path), clone.head())


# With signatures.


def signed_pass(branch: Branch, signing: Signing | None, image: str) -> None:
    """A pass of a reconciler that signs, after a push."""
    branch.put(image)
    branch.clock.advance(60)
    repository = Repository.discover(branch.git.path, signing=signing)
    writer = Writer(repository, branch.clock, BOT, signing)
    result = run_pass(
        Reconciler(writer, Registries(branch.shelf, Installation())),
        choose_target(repository, None, push=True),
        PassScope(),
    )
    assert len(result.commits) == 1, result.plan.problems


@pytest.mark.parametrize("kind", ["ssh", "openpgp"])
def test_signing_may_begin_change_its_key_and_end(branch: Branch, tmp_path: Path, kind: str) -> None:
    make = ssh_key if kind == "ssh" else openpgp_key
    old, new = make(tmp_path, "old"), make(tmp_path, "new")
    branch.move("ab")
    signed_pass(branch, old, "c")
    signed_pass(branch, old, "d")
    trusted = tmp_path / "both"
    trusted.write_bytes(Path(old.trusted).read_bytes() + Path(new.trusted).read_bytes())
    both = Signing(new.format, str(trusted), new.key_file)
    signed_pass(branch, both, "e")
    assert rules(verdict(branch, both)) == []
    assert rules(verdict(branch, old)) == [("unsigned", False)]
    assert rules(verdict(branch)) == []
    branch.move("f")
    assert rules(verdict(branch)) == []
    assert rules(verdict(branch, both)) == [("unsigned", False)]


def test_a_forged_event_needs_a_trusted_signature_once_there_is_one(branch: Branch, tmp_path: Path) -> None:
    ours, theirs = ssh_key(tmp_path, "ours"), ssh_key(tmp_path, "theirs")
    branch.move("a")
    signed_pass(branch, ours, "b")
    assert rules(verdict(branch, ours)) == []
    commit = forge(branch, "e", theirs)
    assert rules(verdict(branch)) == []
    found = only(verdict(branch, ours))
    assert found.rule == "unsigned"
    assert found.message == (
        f"team-a/app:prod: commit {commit[:12]} by imagestream records an event as the reconciler does, without a "
        f"trusted signature: sha256:{'e' * 12}."
    )
    signed_pass(branch, ours, "b")
    assert branch.stack() == "ba"
    assert rules(verdict(branch, ours)) == [("unsigned", True)]


def test_a_side_branch_from_before_the_signing_may_not_forge_either(branch: Branch, tmp_path: Path) -> None:
    ours = ssh_key(tmp_path, "ours")
    branch.move("a")
    start = branch.git.head()
    signed_pass(branch, ours, "b")
    branch.git.git("checkout", "-q", "-b", "side", start)
    forge(branch, "e")
    branch.git.git("checkout", "-q", "main")
    branch.git.git("merge", "-q", "-X", "theirs", "--no-edit", "--no-ff", "side")
    assert ("unsigned", False) in rules(verdict(branch, ours))


def test_without_any_trusted_commit_trailers_alone_decide(branch: Branch, tmp_path: Path) -> None:
    branch.move("ab")
    forge(branch, "c", ssh_key(tmp_path, "theirs"))
    assert rules(verdict(branch, ssh_key(tmp_path, "ours"))) == []


def test_a_pass_without_the_key_is_refused(branch: Branch, tmp_path: Path) -> None:
    key = ssh_key(tmp_path, "ours")
    with pytest.raises(UsageError) as error:
        signed_pass(branch, Signing(key.format, key.trusted), "a")
    assert str(error.value) == (
        "the installation's signing names no keyFile, and unsigned changes would be undone. Add it to --config."
    )
