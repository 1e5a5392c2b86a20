"""The files of a repository that are read."""

from __future__ import annotations

import pytest

from reconciler.documents.read.path_filter import matches, may_declare
from reconciler.model.config import Config


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("**", "a.yaml", True),
        ("**", "a/b/c.yaml", True),
        ("**/app.yaml", "app.yaml", True),
        ("**/app.yaml", "a/b/app.yaml", True),
        ("**/app.yaml", "a/b/xapp.yaml", False),
        ("overlays/test/**", "overlays/test/a.yaml", True),
        ("overlays/test/**", "overlays/test/a/b.yaml", True),
        ("overlays/test/**", "overlays/test", False),
        ("overlays/test/**", "overlays/testing/a.yaml", False),
        ("overlays/**/is.yaml", "overlays/is.yaml", True),
        ("overlays/**/is.yaml", "overlays/a/b/is.yaml", True),
        ("overlays/", "overlays/a/b.yaml", True),
        ("overlays", "overlays/a/b.yaml", False),
        ("./a/*.yaml", "a/b.yaml", True),
        ("/a/*.yaml", "a/b.yaml", True),
        ("a/*.yaml", "a/b/c.yaml", False),
        ("*.yaml", "a/b.yaml", False),
        ("a?c.yaml", "abc.yaml", True),
        ("[ab].yaml", "b.yaml", True),
        ("[!ab].yaml", "b.yaml", False),
        ("A.yaml", "a.yaml", False),
        ("**/x/**/y/**", "x/y/z", True),
        ("**/x/**/y/**", "a/x/b/y/c/d", True),
        ("**/x/**/y/**", "a/y/b/x/c", False),
    ],
)
def test_globs_mean_what_their_table_says(pattern: str, path: str, *, expected: bool) -> None:
    assert matches(pattern, path) is expected


def test_a_hostile_glob_takes_no_time() -> None:
    assert not matches("/".join(["**", "*a*a*a*a*a*b"] * 30), "/".join(["a" * 40] * 60))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.yaml", True),
        ("a.yml", True),
        ("a/b.json", True),
        ("a/image-references", False),
        ("a.yaml.j2", False),
        ("history/team-a/app/prod.yaml", False),
        ("holds/team-a/app/prod.yaml", False),
        ("x/history/app.yaml", True),
        ("charts/a.yaml", False),
    ],
)
def test_only_yaml_and_json_outside_of_the_reconcilers_folders_is_read(path: str, *, expected: bool) -> None:
    assert may_declare(path, Config(exclude=("charts/**",))) is expected


def test_no_file_is_read_where_nothing_is_included() -> None:
    assert not may_declare("a.yaml", Config(include=()))
    assert not may_declare("a.yaml", Config(include=("b/**",)))
