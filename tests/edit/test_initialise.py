"""`init`: the CODEOWNERS that git hosts read, and existing streams."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.edit.initialise import OWNERS, SCHEMAS, ExistingStreams, find_existing_streams, initialise
from reconciler.errors import UsageError
from reconciler.gitstore import folder_files
from reconciler.query.validate import folder_tree
from reconciler.resources import schema_text
from reconciler.settings import CONFIG_FILE

NOTHING = ExistingStreams(0, 0, 0, None)
HEAD = "apiVersion: image.openshift.io/v1\nkind: ImageStream\nmetadata: {name: %s%s}\nspec: {tags: [{name: '1'}]}\n"


def there(folder: Path, **namespaces: str) -> ExistingStreams:
    for name, namespace in namespaces.items():
        (folder / f"{name}.yaml").write_text(HEAD % (name, f", namespace: {namespace}" if namespace else ""))
    return find_existing_streams(folder_tree(folder, folder_files(folder)))


@pytest.mark.parametrize(
    ("before", "extended"),
    [
        ([], ["CODEOWNERS"]),
        (["CODEOWNERS"], ["CODEOWNERS"]),
        ([".github/CODEOWNERS"], [".github/CODEOWNERS"]),
        (["docs/CODEOWNERS"], ["docs/CODEOWNERS"]),
        ([".gitlab/CODEOWNERS"], [".gitlab/CODEOWNERS"]),
        ([".github/CODEOWNERS", "docs/CODEOWNERS"], [".github/CODEOWNERS", "docs/CODEOWNERS"]),
        ([".github/CODEOWNERS", "CODEOWNERS", ".gitlab/CODEOWNERS"], [".github/CODEOWNERS", "CODEOWNERS"]),
        (["docs/CODEOWNERS", ".gitlab/CODEOWNERS"], ["docs/CODEOWNERS"]),
    ],
)
def test_the_codeowners_that_hosts_read_is_extended_and_none_is_switched_off(
    tmp_path: Path, before: list[str], extended: list[str]
) -> None:
    for path in before:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("* @acme/all\n")
    written = initialise(tmp_path, NOTHING)
    assert sorted(each.path for each in written if each.path.endswith("CODEOWNERS")) == sorted(extended)
    for path in extended:
        assert (tmp_path / path).read_text().splitlines()[-3:] == list(OWNERS)
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("CODEOWNERS")) == sorted(
        {*before, *extended}
    )
    assert initialise(tmp_path, NOTHING) == []


@pytest.mark.parametrize(
    ("namespaces", "found", "default"),
    [
        ({}, NOTHING, "default"),
        ({"a": "", "b": ""}, ExistingStreams(2, 2, 2, None), "default"),
        ({"a": "team-a", "b": "team-a"}, ExistingStreams(2, 2, 2, "team-a"), "team-a"),
        ({"a": "team-a", "b": ""}, ExistingStreams(2, 2, 2, "team-a"), "team-a"),
        ({"a": "team-a", "b": "team-b"}, ExistingStreams(2, 2, 2, None), "default"),
    ],
)
def test_the_namespace_that_all_streams_name_becomes_the_default(
    tmp_path: Path, namespaces: dict[str, str], found: ExistingStreams, default: str
) -> None:
    existing = there(tmp_path, **namespaces)
    assert existing == found
    initialise(tmp_path, existing)
    assert f"\n  defaultNamespace: {default}\n" in (tmp_path / CONFIG_FILE).read_text()


def test_editors_find_the_schemas_in_the_repository_and_they_declare_nothing(tmp_path: Path) -> None:
    initialise(tmp_path, NOTHING)
    head = (tmp_path / CONFIG_FILE).read_text().splitlines()[0]
    assert head == "# yaml-language-server: $schema=.imagestream/config.schema.json"
    for name, path in SCHEMAS.items():
        assert (tmp_path / path).read_text() == schema_text(name)
    assert there(tmp_path) == NOTHING
    (tmp_path / SCHEMAS["config"]).write_text("{}")
    assert initialise(tmp_path, NOTHING) == []
    assert (tmp_path / SCHEMAS["config"]).read_text() == "{}"


def test_schemas_are_not_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / ".imagestream").symlink_to("/nowhere")
    with pytest.raises(UsageError) as raised:
        initialise(tmp_path, NOTHING)
    assert str(raised.value) == (
        ".imagestream is a symbolic link. Replace it by a folder and run `imagestream init` again."
    )
