"""The example repository: it has no findings, a pass writes its workloads, and only these are deployed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from reconciler.documents.read.document import read_documents
from reconciler.documents.read.node import to_plain
from reconciler.resources import example_repository
from tests.e2e.conftest import Images, Place

HOST = "registry.example.com"
FOLLOWS = {
    "team-a/app:dev": "workloads/dev/",
    "team-a/app:test": "workloads/test/",
    "team-a/app:prod": "workloads/prod/",
    "team-b/shop:app": "workloads/shop/",
}
"""What moves with which istag, as the README of the example says it."""
DEPLOYED = {
    "app-prod": ["workloads/prod/app.yaml"],
    "app-test": ["workloads/test/app.yaml", "workloads/test/kustomization.yaml"],
    "shop": [
        "workloads/shop/Chart.yaml",
        "workloads/shop/templates/deployment.yaml",
        "workloads/shop/values.yaml",
    ],
}
"""The files that each object of `clusters/` deploys."""
OURS = ("history/", "holds/", "imagestreams/", "reconciler.yaml")


@pytest.fixture
def example(tmp_path: Path, images: Images) -> Place:
    """A copy of the example with a registry on this machine, after its first pass and a roll back."""
    (tmp_path / "home").mkdir()
    here = Place(tmp_path)
    shutil.copytree(example_repository(), here.path)
    for repository, tag in (
        ("app", "main"),
        ("app", "1.4.1"),
        ("base", "22.04"),
        ("tools", "1.4.0"),
        ("tools", "2.0.0"),
    ):
        images.push(f"acme/{repository}", tag, tag)
    for file in here.path.rglob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace(HOST, f"{images.registry.address}/{images.prefix}"), encoding="utf-8")
    here.git("init", "--quiet", "--initial-branch=main", ".")
    here.commit("Start")
    here.ok("sync", "--yes")
    images.push("acme/app", "main", "next")
    here.ok("sync")
    here.ok("rollback", "team-a/app:dev")
    here.ok("sync")
    return here


def objects(folder: str) -> list[Any]:
    """The objects of a folder of the example, as plain values."""
    files = sorted((example_repository() / folder).rglob("*.yaml"))
    return [to_plain(document.root) for file in files for document in read_documents(file.read_bytes(), file.name)]


def of_kind(folder: str, kind: str) -> dict[str, Any]:
    """The objects of a kind, by name."""
    return {each["metadata"]["name"]: each for each in objects(folder) if each["kind"] == kind}


def tracked(place: Place) -> list[str]:
    return place.git("ls-files").splitlines()


def ignored(place: Place, files: list[str]) -> set[str]:
    """The files that .sourceignore names; Flux reads it as git reads .gitignore."""
    done = subprocess.run(
        ["git", "-c", f"core.excludesFile={place.path / '.sourceignore'}", "check-ignore", "--no-index", "--stdin"],
        cwd=place.path,
        env=place.environ(),
        input="\n".join(files),
        capture_output=True,
        text=True,
        check=False,
    )
    return set(done.stdout.splitlines())


def test_it_has_no_finding(place: Place) -> None:
    ran = place.run("validate", "--strict", str(example_repository()))
    assert (ran.code, ran.err) == (0, "")
    assert "0 errors, 0 warnings" in ran.out
    assert len(ran.out.splitlines()) == 1


def test_a_pass_over_it_imports_every_tag_and_teams_follow_each_other(example: Place) -> None:
    rows = {row["tag"]: row for row in example.run("status", "-o", "json").json["tags"]}
    assert {tag: row["state"] for tag, row in rows.items() if row["state"] != "InSync"} == {"team-a/app:dev": "Held"}
    (chosen,) = example.run("history", "team-a/tools:stable", "-o", "json").json["items"]
    assert chosen["from"]["name"].endswith("/acme/tools:1.4.0")
    assert rows["team-b/shop:app"]["recorded"] == rows["team-a/app:prod"]["recorded"]
    assert rows["team-b/shop:base"]["recorded"] == rows["team-a/base:22.04"]["recorded"]
    assert example.ok("verify").endswith("no break.\n")


def test_every_workload_has_what_its_istag_means_and_moves_in_the_commit_of_its_move(example: Place) -> None:
    recorded = {row["tag"]: row for row in example.run("status", "-o", "json").json["tags"]}
    for istag, folder in FOLLOWS.items():
        history = f"history/{istag.replace(':', '/')}.yaml"
        followed = recorded[istag]
        assert {each["state"] for each in followed["workloads"]} == {"InSync"}
        written = {each["file"] for each in followed["workloads"]}
        assert written == {file for file in tracked(example) if file.startswith(folder) and changed(example, file)}
        for file in written:
            assert followed["recorded"] in (example.path / file).read_text()
            for commit in example.git("log", "--format=%H", "--committer=imagestream", "--", file).split():
                assert history in example.git("show", "--format=", "--name-only", commit).split()


def changed(place: Place, file: str) -> bool:
    """Whether a pass has written the file since the first commit."""
    return len(place.git("log", "--format=%H", "--", file).split()) > 1


def test_the_kustomization_and_the_chart_deploy_the_image_by_digest(example: Place) -> None:
    image = kustomized(example.path / "workloads/test")
    assert image == f"{example.ok('resolve', 'team-a/app:test').strip()}"
    values = loaded(example.path / "workloads/shop/values.yaml")["image"]
    assert f"{values['repository']}@{values['digest']}" == example.ok("resolve", "team-b/shop:app").strip()
    template = (example.path / "workloads/shop/templates/deployment.yaml").read_text()
    assert "{{ .Values.image.repository }}{{ with .Values.image.digest }}@{{ . }}{{ end }}" in template


def kustomized(folder: Path) -> str:
    """The image of the Deployment `app` as kustomize makes it; `make deployers` has kustomize do it."""
    (entry,) = loaded(folder / "kustomization.yaml")["images"]
    (container,) = loaded(folder / "app.yaml")["spec"]["template"]["spec"]["containers"]
    assert entry["name"] == container["image"]
    return f"{entry['newName']}@{entry['digest']}"


def loaded(file: Path) -> Any:  # noqa: ANN401 - a parsed document
    return YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))


def test_the_sink_of_the_example_is_valid_when_its_comments_are_taken_away(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    here = Place(tmp_path)
    shutil.copytree(example_repository(), here.path)
    text = (here.path / "reconciler.yaml").read_text(encoding="utf-8")
    here.write("reconciler.yaml", text.replace("  # sinks:", "  sinks:").replace("  #   ", "    "))
    assert loaded(here.path / "reconciler.yaml")["spec"]["sinks"][0]["name"] == "ci"
    ran = here.run("validate", "--strict")
    assert ran.code == 0, ran.out


@pytest.mark.parametrize(("name", "files"), DEPLOYED.items())
def test_argo_cd_deploys_the_folder_of_one_workload_and_nothing_else(
    example: Place, name: str, files: list[str]
) -> None:
    applications = of_kind("clusters/argocd", "Application")
    assert applications.keys() == DEPLOYED.keys()
    application = applications[name]
    assert application["apiVersion"] == "argoproj.io/v1alpha1"
    source = application["spec"]["source"]
    assert {"repoURL", "targetRevision", "path"} <= set(source)
    assert set(application["spec"]) >= {"project", "destination"}
    assert [file for file in tracked(example) if file.startswith(f"{source['path']}/")] == files


def test_an_argo_cd_application_on_the_whole_repository_would_leave_the_reconciler_s_files_alone(
    example: Place,
) -> None:
    written = [file for file in tracked(example) if file.startswith(("history/", "holds/"))]
    assert len(written) == 8
    marked = [file for file in written if "+argocd:skip-file-rendering" in (example.path / file).read_text()]
    assert marked == written


@pytest.mark.parametrize(("name", "files"), DEPLOYED.items())
def test_flux_deploys_the_folder_of_one_workload_and_downloads_nothing_of_ours(
    example: Place, name: str, files: list[str]
) -> None:
    (repository,) = of_kind("clusters/flux", "GitRepository").values()
    assert repository["apiVersion"] == "source.toolkit.fluxcd.io/v1"
    assert {"interval", "url"} <= set(repository["spec"])
    source = {"kind": "GitRepository", "name": repository["metadata"]["name"]}
    kustomizations, releases = (of_kind("clusters/flux", kind) for kind in ("Kustomization", "HelmRelease"))
    assert kustomizations.keys() | releases.keys() == DEPLOYED.keys()
    if name in kustomizations:
        assert kustomizations[name]["apiVersion"] == "kustomize.toolkit.fluxcd.io/v1"
        spec = kustomizations[name]["spec"]
        assert {"interval", "prune", "sourceRef"} <= set(spec)
        folder = spec["path"]
    else:
        assert releases[name]["apiVersion"] == "helm.toolkit.fluxcd.io/v2"
        spec = releases[name]["spec"]["chart"]["spec"]
        folder = spec["chart"]
    assert spec["sourceRef"] == source
    every = tracked(example)
    left_out = ignored(example, every)
    assert left_out == {file for file in every if file.startswith(OURS)}
    folder = folder.removeprefix("./")
    assert [file for file in every if file not in left_out and file.startswith(f"{folder}/")] == files


def test_what_keeps_the_deployers_undisturbed_is_what_init_writes(place: Place) -> None:
    for name in (".sourceignore", ".gitattributes", "CODEOWNERS"):
        assert (example_repository() / name).read_text() == (place.path / name).read_text()
