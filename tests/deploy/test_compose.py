"""`compose.yaml` is consistent and fits the program; a person tries it by hand (docs/operations.md)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.conftest import DEPLOY, ROOT, installation, load, variables
from tests.kit.git import GitKit
from tests.kit.real_registry import RealRegistry

COMPOSE: dict[str, Any] = load(ROOT / "compose.yaml")
SERVICES: dict[str, Any] = COMPOSE["services"]


def test_every_port_is_open_on_loopback_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) == 3
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_what_a_service_names_is_there(name: str) -> None:
    service = SERVICES[name]
    assert set(service.get("depends_on", {})) <= set(SERVICES)
    for volume in service["volumes"]:
        source, target = volume.split(":")[:2]
        assert (ROOT / source).is_dir() if source.startswith(".") else source in COMPOSE["volumes"]
        files = [word for word in _words(service) if word.startswith(f"{target}/") and source.startswith(".")]
        assert [word for word in files if not (ROOT / source / Path(word).relative_to(target)).is_file()] == []
    assert set(service.get("environment", {})) <= variables() | {"OTEL_TRACES_EXPORTER"}


def _words(service: dict[str, Any]) -> list[str]:
    values = (*service.get("entrypoint", []), *service.get("command", []), *service.get("environment", {}).values())
    return [str(value) for value in values]


@pytest.mark.parametrize("name", ["git", "reconciler"])
def test_what_runs_for_long_has_no_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_registry_tells_the_reconciler_in_the_way_that_it_expects() -> None:
    made = installation(DEPLOY / "compose/installation.yaml")
    (receiver,) = made.receivers
    (endpoint,) = load(DEPLOY / "compose/registry.yml")["notifications"]["endpoints"]
    secret = (DEPLOY / "compose/secrets" / receiver.secret).read_text().strip()
    assert endpoint["url"] == f"http://reconciler:8080/hooks/registry/{receiver.name}"
    assert endpoint["headers"] == {"Authorization": [f"Bearer {secret}"]}
    (rule,) = made.registries
    assert (rule.prefix, receiver.registry) == ("registry:5000", "registry:5000")


def test_a_push_is_a_new_build_unless_only_what_is_missing_is_wanted(tmp_path: Path) -> None:
    with RealRegistry() as registry:
        first = _push(tmp_path, registry.address, "--missing", "acme/app:main")
        again = _push(tmp_path, registry.address, "--missing", "acme/app:main")
        new = _push(tmp_path, registry.address, "acme/app:main")
    assert first.startswith(f"{registry.address}/acme/app:main is sha256:")
    assert again == f"{registry.address}/acme/app:main is there already.\n"
    assert new.startswith(f"{registry.address}/acme/app:main is sha256:")
    assert new != first


def _push(home: Path, *words: str) -> str:
    script = DEPLOY / "compose/push.py"
    environ = GitKit(home).environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(script), *words], env=environ, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_first_repository_is_the_example_and_is_made_once(tmp_path: Path) -> None:
    kit = GitKit(tmp_path)
    assert _seed(kit, tmp_path / "data") == f"{tmp_path}/data/images.git is made of the example.\n"
    assert _seed(kit, tmp_path / "data") == f"{tmp_path}/data/images.git is there already.\n"
    work = kit.clone(f"file://{tmp_path}/data/images.git", "work")
    assert work.git("log", "--format=%s %an") == "Start with the example seed"
    assert "registry.example.com" not in "".join(path.read_text() for path in work.path.rglob("*.yaml"))
    named = {word.partition("/")[2] for path in work.path.rglob("imagestreams/**/*.yaml") for word in _images(path)}
    assert named == {"acme/app:main", "acme/app:1.4.1", "acme/base:22.04", "acme/tools"}
    assert named <= {word.removesuffix(":1.4.0") for word in SERVICES["push"]["command"]}


def _images(path: Path) -> list[str]:
    tags = load(path)["spec"]["tags"]
    return [tag["from"]["name"] for tag in tags if tag["from"]["kind"] == "DockerImage"]


def _seed(kit: GitKit, data: Path) -> str:
    """Run the script with another folder in place of the volume."""
    data.mkdir(exist_ok=True)
    script = (DEPLOY / "compose/seed.sh").read_text().replace("/data/", f"{data}/").replace("python3", sys.executable)
    environ = kit.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(["sh", "-c", script], env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout
