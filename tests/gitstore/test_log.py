"""The output of git log as values: full messages, all sides of merges, raw changes, whatever the configuration is."""

from __future__ import annotations

import pytest

from reconciler.errors import UsageError
from reconciler.gitstore import FileChange
from reconciler.gitstore.ancestry import Ancestry
from reconciler.gitstore.log import NO_DATE
from reconciler.model.person import Person
from tests.gitstore.actor import opened
from tests.kit.git import GitFolder


def merged(work: GitFolder) -> dict[str, str]:
    """Two sides that changed different files, and a merge that changes one more."""
    start = work.head()
    work.git("checkout", "--quiet", "-b", "side")
    side = work.commit({"history/b": "1"}, "Side")
    work.git("checkout", "--quiet", "main")
    main = work.commit({"history/a": "1"}, "Main")
    work.git("merge", "--quiet", "--no-commit", "--no-ff", "side")
    merge = work.commit({"history/a": "evil", "history/c": "new"}, "Merge")
    return {"start": start, "side": side, "main": main, "merge": merge}


def test_a_commit_is_read_whole(work: GitFolder) -> None:
    message = "Subject\n\nBody with trailing spaces  \n\n\nTag: a/b:c\n"
    work.write("a", "1")
    work.git("add", "a")
    work.raw("commit", "--quiet", "--cleanup=verbatim", "-F", "-", stdin=message.encode())
    found, first = Ancestry(opened(work.path)).log("main")
    blob = work.git("rev-parse", "HEAD:a")
    person = Person("Jane Doe", "jane@example.com")
    assert (found.id, found.parents, found.tree) == (work.head(), (first.id,), work.git("rev-parse", "HEAD^{tree}"))
    assert (found.author, found.committer) == (person, person)
    assert (found.author_date, found.committer_date) == ("2026-09-21T14:13:20+00:00", "2026-09-21T14:13:20+00:00")
    assert found.message == message
    assert found.files == (FileChange("a", None, blob),)
    assert (first.parents, [change.path for change in first.files]) == ((), ["README.md"])


def test_all_sides_of_a_merge_are_followed_and_merges_are_listed_on_request(work: GitFolder) -> None:
    ids = merged(work)
    repository = opened(work.path)
    assert {commit.id for commit in Ancestry(repository).log("main")} == {ids["start"], ids["side"], ids["main"]}
    newest = Ancestry(repository).log("main", merges=True)[0]
    assert (newest.id, newest.parents) == (ids["merge"], (ids["main"], ids["side"]))
    old = work.git("rev-parse", f"{ids['main']}:history/a")
    new = [work.git("rev-parse", f"main:history/{name}") for name in "ac"]
    assert newest.files == (FileChange("history/a", old, new[0]), FileChange("history/c", None, new[1]))


def test_first_parents_see_a_merge_as_one_change(work: GitFolder) -> None:
    ids = merged(work)
    found = Ancestry(opened(work.path)).log("main", merges=True, follow_all_parents=False)
    assert [commit.id for commit in found] == [ids["merge"], ids["main"], ids["start"]]
    assert [change.path for change in found[0].files] == ["history/a", "history/b", "history/c"]


def test_paths_limit_exclusion_and_a_side_that_was_not_taken(work: GitFolder) -> None:
    ids = merged(work)
    repository = opened(work.path)
    assert [commit.id for commit in Ancestry(repository).log("main", paths=["history/b"])] == [ids["side"]]
    assert {commit.id for commit in Ancestry(repository).log("main", paths=["history/"])} == {ids["side"], ids["main"]}
    assert {commit.id for commit in Ancestry(repository).log("main", excluding=ids["main"])} == {ids["side"]}
    assert len(Ancestry(repository).log("main", limit=1)) == 1
    assert Ancestry(repository).log("main", paths=["nothing"]) == []
    assert Ancestry(repository).log("main", paths=["history/*"]) == []
    work.git("checkout", "--quiet", "-b", "other", ids["start"])
    lost = work.commit({"history/a": "lost"}, "Lost")
    work.git("checkout", "--quiet", "main")
    work.git("merge", "--quiet", "-s", "ours", "-m", "Ours", "other")
    assert lost in {commit.id for commit in Ancestry(repository).log("main", paths=["history/a"])}


def test_a_removed_and_an_empty_commit(work: GitFolder) -> None:
    (work.path / "README.md").unlink()
    work.commit(message="Remove")
    empty = work.commit(message="Nothing")
    newest, removal, first = Ancestry(opened(work.path)).log("main")
    assert (newest.id, newest.files) == (empty, ())
    assert removal.files == (FileChange("README.md", first.files[0].new_oid, None),)


def test_odd_messages_names_and_encodings_are_readable(work: GitFolder) -> None:
    tree = work.git("rev-parse", "HEAD^{tree}")
    raw = (
        f"tree {tree}\nauthor Caf\xe9\x07 <x@y> 5 +0130\ncommitter <> 5 +0000\nencoding ISO-8859-1\n\nd\xe9j\xe0\n"
    ).encode("latin-1")
    strange = work.raw("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=raw).decode().strip()
    binary = f"tree {tree}\nauthor a <x@y> 5 +0000\ncommitter a <x@y> 5 +0000\n\n".encode() + b"\x01\xff\n:100644 x"
    hostile = work.raw("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=binary).decode().strip()
    repository = opened(work.path)
    (found,) = Ancestry(repository).log(strange)
    assert (found.message, found.author, found.committer) == ("déjà\n", Person("Café", "x@y"), Person("", ""))
    assert found.author_date == "1970-01-01T01:30:05+01:30"
    assert Ancestry(repository).log(hostile)[0].message == "\x01\ufffd\n:100644 x"


@pytest.mark.parametrize(
    "written",
    [
        *("99999999999999 +0000", "1700000000 +9999", "1700000000 -2500", "-1 +0000", "yesterday", "", "5"),
        *("253402300800 +0000", "18446744073709551615 +0000", "1e9 +0000"),
    ],
)
def test_a_date_that_no_calendar_has_is_one_that_every_calendar_has(work: GitFolder, written: str) -> None:
    tree = work.git("rev-parse", "HEAD^{tree}")
    raw = f"tree {tree}\nauthor a <x@y> {written}\ncommitter a <x@y> {written}\n\nOdd\n".encode()
    odd = work.raw("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=raw).decode().strip()
    (found,) = Ancestry(opened(work.path)).log(odd)
    assert (found.message, found.author_date, found.committer_date) == ("Odd\n", NO_DATE, NO_DATE)


def test_a_name_and_an_address_are_bounded(work: GitFolder) -> None:
    tree = work.git("rev-parse", "HEAD^{tree}")
    long = "\u00e9" * 1_000_000
    raw = f"tree {tree}\nauthor {long} <{long}> 5 +0000\ncommitter a <x@y> 5 +0000\n\nLong\n".encode()
    odd = work.raw("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=raw).decode().strip()
    (found,) = Ancestry(opened(work.path)).log(odd)
    assert found.author == Person(f"{long[:199]}…", f"{long[:199]}…")


def test_configuration_of_the_user_changes_nothing(work: GitFolder) -> None:
    merged(work)
    before = Ancestry(opened(work.path)).log("main", merges=True)
    for key, value in {
        "log.showRoot": "false",
        "log.showSignature": "true",
        "log.decorate": "full",
        "log.follow": "true",
        "log.diffMerges": "separate",
        "log.date": "relative",
        "diff.renames": "copies",
        "diff.noprefix": "true",
        "diff.relative": "true",
        "diff.orderFile": "order",
        "color.ui": "always",
        "core.quotePath": "true",
        "core.abbrev": "5",
        "format.pretty": "oneline",
        "i18n.logOutputEncoding": "ISO-8859-1",
        "core.pager": "false",
    }.items():
        work.git("config", key, value)
    work.write("order", "history/c\n")
    work.git("notes", "add", "-m", "A note")
    assert Ancestry(opened(work.path)).log("main", merges=True) == before


@pytest.mark.parametrize("revision", ["nothing", "--all", "main..nothing"])
def test_a_revision_that_does_not_exist_is_named(work: GitFolder, revision: str) -> None:
    with pytest.raises(UsageError, match=f"^'?{revision}'?"):
        Ancestry(opened(work.path)).log(revision)


def test_the_message_for_an_unknown_revision(work: GitFolder) -> None:
    with pytest.raises(UsageError) as caught:
        Ancestry(opened(work.path)).log("nothing")
    assert str(caught.value) == "nothing: bad revision 'nothing'. Name a branch, a tag or a commit."


def test_commits_are_read_by_their_ids_and_missing_ones_are_left_out(work: GitFolder) -> None:
    ids = merged(work)
    repository = opened(work.path)
    found = Ancestry(repository).commits([ids["merge"], "f" * 40, ids["start"]])
    assert {oid: commit.message for oid, commit in found.items()} == {ids["merge"]: "Merge\n", ids["start"]: "Start\n"}
    assert Ancestry(repository).commits([]) == {}
    assert Ancestry(repository).commits(["f" * 40]) == {}
