"""The environment that a child process gets."""

from __future__ import annotations

from reconciler.child import for_child, own


def test_a_child_gets_all_variables_except_those_of_this_program() -> None:
    environ = {"HOME": "/h", "IMAGESTREAM_RUN_GIT_PASSWORD": "x", "IMAGESTREAM_CONFIG": "c", "DOCKER_AUTH_CONFIG": "{}"}
    assert own(environ) == ["DOCKER_AUTH_CONFIG", "IMAGESTREAM_CONFIG", "IMAGESTREAM_RUN_GIT_PASSWORD"]
    assert for_child(environ) == {"HOME": "/h"}
    assert for_child(environ, {"LC_ALL": "C"}) == {"HOME": "/h", "LC_ALL": "C"}
