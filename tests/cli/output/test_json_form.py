"""Values as programs read them."""

from __future__ import annotations

from reconciler.cli.output.json_form import source_json
from tests.kit.world import docker, follows


def test_sources_have_the_shape_of_the_spec() -> None:
    assert source_json(docker("nginx")) == {"kind": "DockerImage", "name": "nginx"}
    assert source_json(follows("app:dev")) == {"kind": "ImageStreamTag", "name": "app:dev", "namespace": "team-a"}
    assert source_json(None) is None
