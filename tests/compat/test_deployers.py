"""kustomize, helm and kubectl read what passes wrote: `make deployers` finds or installs them (scripts/find-deployers)."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from reconciler.resources import example_repository
from tests.kit.branch import Branch
from tests.kit.git import GitKit
from tests.kit.world import digest

pytestmark = pytest.mark.deployers

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/golden/workloads"
HOST = "registry.example.com/acme"
NATIVE = {"apps/v1", "batch/v1", "v1"}


def run(*command: str, cwd: Path) -> str:
    """Run one of the programs, from the PATH or from the folder into which they were installed."""
    places = os.pathsep.join([str(ROOT / ".cache/deployers"), os.environ["PATH"]])
    program = shutil.which(command[0], path=places)
    assert program, f"{command[0]} is missing: make deployers"
    environ = {"PATH": places, "HOME": str(cwd), "KUBECONFIG": os.devnull}
    done = subprocess.run([program, *command[1:]], cwd=cwd, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def images(text: str) -> list[str]:
    """The images of the containers of all objects."""
    return sorted(_images(list(yaml.safe_load_all(text))))


def _images(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            if key in {"containers", "initContainers"}:
                yield from (container["image"] for container in each)
            yield from _images(each)
    elif isinstance(value, list):
        for each in value:
            yield from _images(each)


@pytest.fixture
def example(kit: GitKit) -> Branch:
    """The example repository after two passes: app:dev and what follows it moved on."""
    branch = Branch(kit.repository())
    source = example_repository()
    files = {str(file.relative_to(source)): file.read_bytes() for file in source.rglob("*") if file.is_file()}
    branch.git.commit({**files}, "Start")
    for image, name in (("a", "app:main"), ("b", "app:1.4.1"), ("d", "base:22.04"), ("e", "tools:1.4.0")):
        branch.put(image, f"{HOST}/{name}")
    branch.run()
    branch.put("c", f"{HOST}/app:main")
    branch.run()
    return branch


def test_kustomize_builds_the_image_that_the_markers_wrote(example: Branch) -> None:
    folder = example.git.path / "workloads/test"
    wanted = [f"{HOST}/app@{digest('c')}"]
    assert images(run("kustomize", "build", ".", cwd=folder)) == wanted
    assert images(run("kubectl", "kustomize", ".", cwd=folder)) == wanted


def test_helm_renders_the_image_that_the_target_wrote(example: Branch) -> None:
    folder = example.git.path / "workloads/shop"
    assert images(run("helm", "template", "shop", ".", cwd=folder)) == [f"{HOST}/app@{digest('b')}"]


def test_kubectl_reads_the_deployments_that_a_trigger_wrote(example: Branch) -> None:
    for name, image in (("dev", "c"), ("prod", "b")):
        folder = example.git.path / "workloads" / name
        shown = run("kubectl", "annotate", "--local", "-f", "app.yaml", "read=yes", "-o", "yaml", cwd=folder)
        assert images(shown) == [f"{HOST}/app@{digest(image)}"]


def native_files() -> list[Path]:
    """The golden files in which every object is one of Kubernetes's own."""
    found = []
    for file in sorted(each for each in GOLDEN.rglob("after/*") if each.is_file()):
        documents = [each for each in yaml.safe_load_all(file.read_bytes()) if each]
        objects = [item for each in documents for item in each.get("items", [each])]
        if all(each.get("apiVersion") in NATIVE for each in objects):
            found.append(file)
    return found


def test_kubectl_reads_every_golden_workload_as_another_reader_does(tmp_path: Path) -> None:
    files = native_files()
    assert len(files) > 15
    for file in files:
        shown = run("kubectl", "annotate", "--local", "-f", str(file), "read=yes", "-o", "yaml", cwd=tmp_path)
        assert images(shown) == images(file.read_text(encoding="utf-8-sig")), file.name


@pytest.mark.parametrize(
    ("overlay", "image"),
    [
        ("targets/after/overlays/prod", f"registry.example/app@{digest('c')}"),
        ("targets/after/overlays/test", f"registry.example/app:1@{digest('c')}"),
    ],
)
def test_kustomize_builds_what_a_target_wrote(tmp_path: Path, overlay: str, image: str) -> None:
    folder = based(tmp_path, (GOLDEN / overlay / "kustomization.yaml").read_text(encoding="utf-8"), "acme/app")
    assert images(run("kustomize", "build", ".", cwd=folder)) == [image]


def test_kustomize_builds_what_markers_wrote_by_parts(tmp_path: Path) -> None:
    text = (GOLDEN / "markers/after/kustomization.yaml").read_text(encoding="utf-8")
    folder = based(tmp_path, text, "app", "tools")
    assert images(run("kustomize", "build", ".", cwd=folder)) == [f"registry.example/app@{digest('c')}", "tools:1"]


def based(folder: Path, kustomization: str, *names: str) -> Path:
    """A kustomization over one Deployment with containers of these images."""
    containers = [{"name": f"c{number}", "image": name} for number, name in enumerate(names)]
    template = {"metadata": {"labels": {"app": "app"}}, "spec": {"containers": containers}}
    spec = {"selector": {"matchLabels": {"app": "app"}}, "template": template}
    base = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "app"}, "spec": spec}
    (folder / "base.yaml").write_text(yaml.safe_dump(base), encoding="utf-8")
    plain: dict[str, Any] = yaml.safe_load(kustomization)
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(plain | {"resources": ["base.yaml"]}), encoding="utf-8")
    return folder


def test_helm_reads_the_values_that_markers_wrote(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: app\nversion: 0.1.0\n", encoding="utf-8")
    shutil.copy(GOLDEN / "markers/after/values.yaml", tmp_path / "values.yaml")
    (tmp_path / "templates/shown.yaml").write_text(
        "containers:\n"
        "- image: {{ .Values.app.image.repository }}:{{ .Values.app.image.tag }}\n"
        "- image: {{ .Values.tools.image }}\n",
        encoding="utf-8",
    )
    shown = images(run("helm", "template", "app", ".", cwd=tmp_path))
    assert shown == ["registry.example/app:1", f"registry.example/tools@{digest('b')}"]
