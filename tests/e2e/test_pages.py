"""The pages for newcomers: their commands, run as they are written, against a registry of this machine."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import Images, Place, command
from tests.kit.export import docker, event, exported, follows, listed

DOCS = Path(__file__).parents[2] / "docs"
SOURCE = "quay.io/acme/app"


def script(page: str) -> str:
    """Every shell block of a page, one after the other."""
    blocks = re.findall(r"```sh\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    assert blocks
    return "".join(blocks)


def run(place: Place, text: str, programs: dict[str, str]) -> str:
    """Run a script with `imagestream`, and other programs by their shell text, on its PATH; what it printed."""
    folder = place.root / "bin"
    folder.mkdir()
    words = " ".join(f"'{word}'" for word in command())
    for name, body in {"imagestream": f'exec {words} "$@"', **programs}.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    done = subprocess.run(
        ["sh", "-eu", "-c", text],
        cwd=place.path,
        env=place.environ() | {"PATH": f"{folder}:{os.environ['PATH']}", "GIT_PAGER": "cat"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.fixture
def empty(tmp_path: Path) -> Place:
    """A folder without a repository."""
    (tmp_path / "home").mkdir()
    here = Place(tmp_path, "work")
    here.path.mkdir()
    return here


def test_a_user_of_openshift_has_specs_and_histories_at_the_end_of_the_page(empty: Place, images: Images) -> None:
    first, second = images.push("app", "1", "1"), images.push("app", "1", "2")
    source = images.name("app", "1")
    repository = source.rpartition(":")[0]
    recorded = {**event("a", 1, repository), "image": first, "dockerImageReference": f"{repository}@{first}"}
    stream = exported({"prod": docker(source, scheduled=True), "test": follows("prod")}, {"prod": [recorded]})
    (empty.root / "export.json").write_bytes(listed(stream))
    oc = f'test "$*" = "get is -n team-a -o yaml" && exec cat {empty.root}/export.json'
    out = run(empty, script("from-openshift.md"), {"oc": oc})
    assert "team-a/app: would adopt 2 tags, 1 event; imagestreams/team-a/app.yaml" in out
    assert "1 stream, 2 tags: 0 errors, 0 warnings" in out
    assert re.search(r"^prod$|^prod \(test\)$", out, flags=re.MULTILINE)
    assert out.endswith("no break.\n")
    history = (empty.path / "my-images/history/team-a/app/prod.yaml").read_text(encoding="utf-8")
    assert [line for line in history.splitlines() if line.startswith("- image")] == [
        f"- image: {second}",
        f"- image: {first}",
    ]
