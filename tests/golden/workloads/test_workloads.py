"""Golden folders: `before/` is a repository as people have it, `after/` are the files that two passes changed.

The first pass finds the images `a` and `b` in the registry, and the second one finds that app moved to `c`. `after/` has the
files as they are then, to the byte; files that no pass changed are only in `before/`. `problems.txt`, where there is one,
has what the second pass reports. To change an expectation, run the test, read the difference, and change the file by hand.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml  # type: ignore[import-untyped]

from tests.kit.branch import Branch
from tests.kit.git import GitKit
from tests.kit.world import digest

HERE = Path(__file__).parent
CASES = sorted(path.parent.name for path in HERE.glob("*/before"))
APP, TOOLS = "registry.example/app:1", "registry.example/tools:1"
OURS = ("history/", "holds/")
WRITTEN = {
    *(digest("a"), digest("b"), "registry.example/app", "1"),
    *(f"registry.example/{name}@{digest(image)}" for name, image in (("app", "a"), ("tools", "b"))),
    f"registry.example/app:1@{digest('a')}",
}
"""All that a first pass may write."""
NATIVE = {"apps/v1", "batch/v1", "v1"}
WITH_NATIVE = {"beyond", "forms", "kubernetes", "lookup", "version"}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def of_people(branch: Branch) -> dict[str, bytes]:
    """The committed files that are not histories."""
    names = branch.git.git("ls-tree", "-r", "--name-only", "-z", "HEAD").split("\0")
    return {name: branch.git.raw("show", f"HEAD:{name}") for name in names if name and not name.startswith(OURS)}


@pytest.fixture
def branch(kit: GitKit, request: pytest.FixtureRequest) -> Branch:
    """The repository of a case after its first pass."""
    made = Branch(kit.repository())
    made.git.commit(dict(contents(HERE / request.param / "before")), "Start")
    made.put("a", APP)
    made.put("b", TOOLS)
    made.run()
    return made


each_case = pytest.mark.parametrize(("branch", "case"), [(case, case) for case in CASES], indirect=["branch"])


@each_case
def test_passes_leave_exactly_these_files(branch: Branch, case: str) -> None:
    before, after = contents(HERE / case / "before"), contents(HERE / case / "after")
    first = of_people(branch)
    branch.put("c", APP)
    result = branch.run()
    found = of_people(branch)
    assert {name: data for name, data in found.items() if data != before[name]} == after
    assert found.keys() == before.keys()
    said = HERE / case / "problems.txt"
    reported = "".join(f"{each.file}:{each.line}: {each.reason}: {each.message}\n" for each in result.plan.problems)
    assert reported == (said.read_text(encoding="utf-8") if said.exists() else "")
    assert branch.is_quiet()
    branch.revert(f"HEAD~{len(result.commits) - 1}" if len(result.commits) > 1 else "HEAD")
    branch.run()
    assert of_people(branch) == first
    assert branch.verify().breaks == []


@each_case
def test_another_reader_finds_only_images_changed(branch: Branch, case: str) -> None:
    old = {name: loaded(data) for name, data in contents(HERE / case / "before").items() if is_plain(name)}
    new = {name: loaded(data) for name, data in of_people(branch).items() if is_plain(name)}
    differing = [value for name in old for value in differences(old[name], new[name])]
    assert differing
    assert {value for value in differing if value not in WRITTEN} == set()


def is_plain(name: str) -> bool:
    """Whether another reader can load the file: a template of Helm is not YAML."""
    return name.endswith((".yaml", ".json")) and "templates/" not in name


def loaded(data: bytes) -> list[Any]:
    """The documents of a file, by a reader that is not the program's."""
    return list(yaml.safe_load_all(data))


def differences(old: object, new: object) -> list[object]:
    """The new values that differ; a key may be new where a digest is added."""
    if isinstance(old, dict) and isinstance(new, dict):
        assert [key for key in new if key != "digest"] == [key for key in old if key != "digest"]
        return [value for key in new for value in differences(old.get(key), new[key])]
    if isinstance(old, list) and isinstance(new, list):
        assert len(old) == len(new)
        return [value for one, two in zip(old, new, strict=True) for value in differences(one, two)]
    return [] if old == new and type(old) is type(new) else [new]


@each_case
def test_workloads_fit_the_schemas_of_kubernetes_after_the_edit(branch: Branch, case: str) -> None:
    documents = [each for name, data in of_people(branch).items() if is_plain(name) for each in loaded(data)]
    objects = [item for each in documents for item in each.get("items", [each])]
    native = [each for each in objects if each.get("apiVersion") in NATIVE]
    for each in native:
        kubernetes_validate.validate(each, "1.32", strict=True)
    assert bool(native) is (case in WITH_NATIVE)


def test_there_are_folders() -> None:
    assert CASES == ["beyond", "forms", "kubernetes", "lookup", "markers", "openshift", "targets", "version"]
