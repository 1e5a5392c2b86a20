"""The manifests of `deploy/kubernetes/` fit Kubernetes's own schemas, name existing things, and get few rights."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest

from reconciler import __version__
from tests.deploy.conftest import DEPLOY, ROOT, installation, load, load_all, variables

FOLDER = DEPLOY / "kubernetes"
VERSIONS = ("1.28", "1.32", "1.37")
NAME = {"app.kubernetes.io/name": "imagestream-reconciler"}
KUSTOMIZATIONS = sorted(path.parent for path in FOLDER.rglob("kustomization.yaml"))
MANIFESTS = sorted(
    path for path in FOLDER.rglob("*.yaml") if path.name not in {"kustomization.yaml", "installation.yaml"}
)
# The part of monitoring.coreos.com/v1 that is used; no Kubernetes schema has it.
SERVICE_MONITOR = {
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "properties": {
        "apiVersion": {"const": "monitoring.coreos.com/v1"},
        "kind": {"const": "ServiceMonitor"},
        "metadata": {"required": ["name"]},
        "spec": {
            "required": ["selector", "endpoints"],
            "additionalProperties": False,
            "properties": {
                "selector": {
                    "required": ["matchLabels"],
                    "additionalProperties": False,
                    "properties": {"matchLabels": {}},
                },
                "endpoints": {
                    "items": {
                        "required": ["port"],
                        "additionalProperties": False,
                        "properties": {
                            "port": {"type": "string"},
                            "path": {"pattern": "^/"},
                            "interval": {"pattern": "^[0-9]+(s|m)$"},
                        },
                    }
                },
            },
        },
    },
}


def objects(folder: Path) -> list[dict[str, Any]]:
    """The objects of a kustomization's resources and components, without its patches."""
    kustomization = load(folder / "kustomization.yaml")
    found = list[dict[str, Any]]()
    for name in (*kustomization.get("resources", []), *kustomization.get("components", [])):
        path = folder / name
        found += objects(path) if path.is_dir() else load_all(path)
    return found


def one(kind: str) -> dict[str, Any]:
    """The one object of a kind in the example."""
    (found,) = [each for each in objects(FOLDER / "example") if each["kind"] == kind]
    return found


def pod() -> dict[str, Any]:
    spec: dict[str, Any] = one("Deployment")["spec"]["template"]["spec"]
    return spec


def container() -> dict[str, Any]:
    (only,) = pod()["containers"]
    return dict(only)


def generated(key: str) -> dict[str, list[dict[str, Any]]]:
    """The generated objects of the base and the example, by name."""
    found = dict[str, list[dict[str, Any]]]()
    for folder in ("base", "example"):
        for each in load(FOLDER / folder / "kustomization.yaml").get(key, []):
            found.setdefault(each["name"], []).append(each)
    return found


def settings() -> dict[str, str]:
    literals = [word for each in generated("configMapGenerator")["imagestream-settings"] for word in each["literals"]]
    return dict(literal.split("=", 1) for literal in literals)


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: str(path.relative_to(FOLDER)))
def test_every_manifest_is_valid(path: Path) -> None:
    for document in load_all(path):
        if document["kind"] == "ServiceMonitor":
            jsonschema.validate(document, SERVICE_MONITOR)
            continue
        for version in VERSIONS:
            kubernetes_validate.validate(document, version, strict=True)


def test_a_manifest_that_is_not_valid_would_be_found() -> None:
    wrong = one("Deployment") | {"spec": one("Deployment")["spec"] | {"replica": 1}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)
    monitor = one("ServiceMonitor")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(monitor | {"spec": monitor["spec"] | {"selectr": {}}}, SERVICE_MONITOR)


@pytest.mark.parametrize("folder", KUSTOMIZATIONS, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_kustomization_names_every_file_beside_it(folder: Path) -> None:
    kustomization = load(folder / "kustomization.yaml")
    assert kustomization["kind"] == ("Component" if folder.parent.name == "components" else "Kustomization")
    named = {*kustomization.get("resources", []), *kustomization.get("components", [])}
    for each in kustomization.get("configMapGenerator", []):
        named |= set(each.get("files", []))
    assert {name for name in named if not (folder / name).exists()} == set()
    files = {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml"}
    assert files - named == set()


def test_no_object_is_there_twice() -> None:
    everything = [*objects(FOLDER / "example"), *objects(FOLDER / "components/persistence")]
    names = [(each["kind"], each["metadata"]["name"]) for each in everything]
    assert len(names) == 11
    assert len(set(names)) == len(names)


def test_what_the_pod_names_is_there() -> None:
    example = {(each["kind"], each["metadata"]["name"]) for each in objects(FOLDER / "example")}
    example |= {("ConfigMap", name) for name in generated("configMapGenerator")}
    volumes = pod()["volumes"]
    wanted = {("ServiceAccount", pod()["serviceAccountName"])}
    wanted |= {("ConfigMap", each["configMapRef"]["name"]) for each in container()["envFrom"]}
    wanted |= {("ConfigMap", each["configMap"]["name"]) for each in volumes if "configMap" in each}
    wanted |= {("Secret", each["secret"]["secretName"]) for each in volumes if "secret" in each}
    assert wanted <= example
    assert {each["name"] for each in volumes} == {each["name"] for each in container()["volumeMounts"]}
    (image,) = load(FOLDER / "example/kustomization.yaml")["images"]
    assert (image["name"], image["newTag"]) == (container()["image"], __version__)


def test_every_setting_is_one_of_the_program() -> None:
    names = {*settings(), *(each["name"] for each in container()["env"])}
    assert names <= variables()
    assert {"IMAGESTREAM_CONFIG", "IMAGESTREAM_RUN_REPO"} <= names


def test_every_file_that_is_named_is_mounted() -> None:
    mounts = {each["name"]: Path(each["mountPath"]) for each in container()["volumeMounts"]}
    made = installation(FOLDER / "example/installation.yaml")
    secrets = {
        each["metadata"]["name"]: set(each["stringData"])
        for each in objects(FOLDER / "example")
        if each["kind"] == "Secret"
    }
    assert Path(str(made.secrets_dir)) == mounts["hooks"]
    assert {each.secret for each in (*made.receivers, *made.git_receivers)} == secrets["imagestream-hooks"]
    assert [Path(each) for each in made.pull_secrets] == [mounts["registries"]]
    password = Path(settings()["IMAGESTREAM_RUN_GIT_PASSWORD_FILE"])
    assert password.parent == mounts["git"]
    assert password.name in secrets["imagestream-git"]
    (config,) = [each["value"] for each in container()["env"] if each["name"] == "IMAGESTREAM_CONFIG"]
    assert Path(config) == mounts["installation"] / "installation.yaml"
    assert installation(FOLDER / "base/installation.yaml").secrets_dir == made.secrets_dir


def test_one_pod_runs_at_a_time_and_may_end_in_peace() -> None:
    spec = one("Deployment")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    assert pod()["terminationGracePeriodSeconds"] > 10


def test_the_pod_keeps_to_the_restricted_standard_and_a_read_only_root() -> None:
    security, own = pod()["securityContext"], container()["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert own == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {key for each in pod()["volumes"] for key in each} == {"name", "emptyDir", "configMap", "secret"}
    assert pod()["automountServiceAccountToken"] is False
    assert one("ServiceAccount")["automountServiceAccountToken"] is False
    assert one("Namespace")["metadata"]["labels"] == {"pod-security.kubernetes.io/enforce": "restricted"}


def test_what_is_written_to_is_a_volume() -> None:
    writable = {each["mountPath"] for each in container()["volumeMounts"] if not each.get("readOnly")}
    (volumes,) = re.findall(r"^VOLUME \[(.*)\]$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert writable == set(volumes.replace('"', "").split(", "))


def test_probes_and_services_find_the_port() -> None:
    (port,) = container()["ports"]
    assert container()["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": port["name"]}
    assert container()["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": port["name"]}
    (service_port,) = one("Service")["spec"]["ports"]
    assert service_port["targetPort"] == port["name"]
    (endpoint,) = one("ServiceMonitor")["spec"]["endpoints"]
    assert endpoint["port"] == service_port["name"]
    assert f"IMAGESTREAM_RUN_LISTEN=0.0.0.0:{port['containerPort']}" in (ROOT / "Dockerfile").read_text()
    (path,) = one("Ingress")["spec"]["rules"][0]["http"]["paths"]
    assert path["path"] == "/hooks"
    assert path["backend"]["service"] == {
        "name": one("Service")["metadata"]["name"],
        "port": {"name": service_port["name"]},
    }


def _selectors() -> Iterator[dict[str, str]]:
    yield one("Deployment")["spec"]["selector"]["matchLabels"]
    yield one("Deployment")["spec"]["template"]["metadata"]["labels"]
    yield one("Service")["spec"]["selector"]
    yield one("Service")["metadata"]["labels"]
    yield one("ServiceMonitor")["spec"]["selector"]["matchLabels"]
    yield one("NetworkPolicy")["spec"]["podSelector"]["matchLabels"]


def test_every_selector_finds_the_pod() -> None:
    assert list(_selectors()) == [NAME] * 6


@pytest.mark.parametrize("name", ["persistence", "openshift"])
def test_a_component_patches_what_is_there(name: str) -> None:
    (patch,) = load(FOLDER / "components" / name / "kustomization.yaml")["patches"]
    assert patch["target"] == {"kind": "Deployment", "name": one("Deployment")["metadata"]["name"]}
    paths = re.findall(r"path: (\S+)", patch["patch"])
    assert paths
    for path in paths:
        here: Any = one("Deployment")
        for part in path.strip("/").split("/"):
            here = here[int(part) if isinstance(here, list) else part]
        assert here is not None


def test_the_claim_of_the_component_is_the_one_it_mounts() -> None:
    folder = FOLDER / "components/persistence"
    claim = load(folder / "persistentvolumeclaim.yaml")["metadata"]["name"]
    assert f"claimName: {claim}" in (folder / "kustomization.yaml").read_text()
