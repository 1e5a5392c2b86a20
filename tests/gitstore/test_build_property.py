"""Everything that build() accepts reads back identical through log() and read(), and git fsck accepts it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.errors import UsageError
from reconciler.gitstore import Draft, Repository
from reconciler.gitstore.ancestry import Ancestry
from reconciler.model.person import Person
from tests.gitstore.actor import COMMITTER, MOMENT
from tests.kit.git import GitFolder, GitKit

# Characters with a meaning for git, fast-import or a terminal are frequent.
_TEXT = st.text(
    st.one_of(st.sampled_from("\n\r\t\0\x01\x7f <>\"'\\:.-~*?[éü😀\u200c\udcff#"), st.characters()), max_size=30
)
_GOOD = st.sampled_from(
    ["a", "b", "history", "-rf", "ünï cøde", 'q"uo\\te', "x.yaml", ".gitattributes", "...", "#1 👾"]
)
_BAD = st.one_of(_TEXT, st.sampled_from(["..", ".git", "git~1", ".gitmodules"]))
_PART = st.integers(0, 19).flatmap(lambda number: _GOOD if number else _BAD)
_PATHS = st.lists(_PART, min_size=1, max_size=4).map("/".join)
_WORD = st.integers(0, 9).flatmap(lambda number: _GOOD if number else _TEXT)
_PEOPLE = st.builds(Person, _WORD, _WORD)
_DRAFTS = st.lists(
    st.builds(Draft, st.dictionaries(_PATHS, st.binary(max_size=50), min_size=1, max_size=4), _PEOPLE, _TEXT),
    min_size=1,
    max_size=3,
)


@pytest.fixture(scope="module")
def store() -> Iterator[GitFolder]:
    with tempfile.TemporaryDirectory() as folder:
        yield GitKit(Path(folder)).bare()


@settings(max_examples=120, deadline=None, derandomize=True)
@given(drafts=_DRAFTS)
def test_accepted_drafts_read_back_identical(store: GitFolder, drafts: list[Draft]) -> None:
    repository = Repository.discover(store.path)
    try:
        made = repository.build(None, drafts, COMMITTER, MOMENT)
    except UsageError:
        return
    _check(repository, drafts, made)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    message=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200),
    name=st.text(st.characters(exclude_characters="<>", exclude_categories=["Cs", "Cc"]), max_size=40),
    path=st.text(st.characters(exclude_characters="/\\:.~", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40),
    content=st.binary(max_size=500),
)
def test_ordinary_text_of_any_script_is_accepted(
    store: GitFolder, message: str, name: str, path: str, content: bytes
) -> None:
    repository = Repository.discover(store.path)
    drafts = [Draft({f"history/{path}": content}, Person(name.strip(), "x@example.com"), message)]
    _check(repository, drafts, repository.build(None, drafts, COMMITTER, MOMENT))


def test_git_fsck_accepts_all_of_it(store: GitFolder) -> None:
    assert store.fsck() == ""


def _check(repository: Repository, drafts: list[Draft], made: list[str]) -> None:
    for draft, commit in zip(drafts, made, strict=True):
        (found,) = Ancestry(repository).log(commit, limit=1)
        assert (found.message, found.author, found.committer) == (draft.message, draft.author, COMMITTER)
        entries = repository.commit_files(commit).entries
        blobs = repository.read((entries[path].oid for path in draft.files), 1000)
        assert {path: blobs[entries[path].oid] for path in draft.files} == draft.files
        assert {change.path for change in found.files} <= set(draft.files)
