"""The demo tells the whole story, and docs/rollback.md is its output."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import Place, command

pytestmark = pytest.mark.timeout(600)  # the demo runs some twenty commands, and the machine may be busy
PAGE = Path(__file__).parents[2] / "docs/rollback.md"
CHAPTERS = [
    "1. Declare: image streams are files in git",
    "2. First pass: every tag is resolved to a digest, and the commits are pushed",
    "3. A new image: a build of main is pushed to the registry",
    "4. The next pass: app:dev moves, app:test follows, one commit each with its workload",
    "5. Look back: who, what, when, and what to pull",
    "6. Roll back: git revert of the commit that moved app:dev",
]

# What differs from run to run: ports, commits, object ids, times and ages.
VARIABLE = [
    (r"127\.0\.0\.1:\d+", "REGISTRY"),
    (r"index [0-9a-f]{7,}\.\.[0-9a-f]{7,}", "index OBJECTS"),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"),
    (r"\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4} [+-]\d{4}", "TIME"),
    (r"(Less than a second|About a minute|\d+ (second|minute)s?) ago *", "AGE "),
    (r"\b\d+[sm]\b", "AGE"),
    (r"(?<!sha256:)\b[0-9a-f]{40}\b", "COMMIT"),
    (r"(?<![:0-9a-f])\b(?=[0-9a-f]*\d)[0-9a-f]{7,12}\b", "COMMIT"),
    (r"[ \t]+", " "),
    (r" *\n", "\n"),
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    here = Place(tmp_path_factory.mktemp("demo"))
    (here.root / "home").mkdir()
    here.path.mkdir()
    return here


@pytest.fixture(scope="module")
def told(place: Place) -> str:
    return place.ok("demo", "--keep", "../kept story")


def test_its_commands_can_be_pasted(told: str) -> None:
    commands = [line.removeprefix("$ ") for line in told.splitlines() if line.startswith("$ ")]
    assert [shlex.join(shlex.split(each)) for each in commands] == commands


def test_what_the_demo_keeps_works_afterwards(place: Place, told: str) -> None:
    kept = Place(place.root, "kept story")
    assert f"\n$ cd '{kept.path}'\n" in told
    assert kept.git("status", "--porcelain", "--branch") == "## main...origin/main\n"
    kept.git("fetch", "--quiet")
    assert "team-a/app:dev" in kept.ok("status", "--offline")
    with subprocess.Popen(
        [*command(), "demo", "--registry", str(kept.path)], env=place.environ(), stdout=subprocess.PIPE, text=True
    ) as served:
        assert served.stdout is not None
        assert served.stdout.readline().startswith("Serving the demo's registry at 127.0.0.1:")
        assert kept.ok("sync") == "No changes.\n"
        taken = place.run("demo", "--registry", str(kept.path))
        assert (taken.code, "Address already in use. End what has that port" in taken.err) == (2, True)
        served.terminate()
        assert served.wait(30) == 0


def masked(text: str) -> str:
    for pattern, word in VARIABLE:
        text = re.sub(pattern, word, text)
    return text.strip()


def test_the_demo_tells_every_chapter(told: str) -> None:
    assert [line for line in told.splitlines() if re.match(r"\d\. ", line)] == CHAPTERS


def test_the_deployment_moves_with_its_tag_and_one_revert_takes_both_back(place: Place, told: str) -> None:
    kept = Place(place.root, "kept story")
    files = ["history/team-a/app/dev.yaml", "workloads/dev/app.yaml"]
    newest, undone, moved, imported, _ = kept.git("log", "--format=%H", "--", files[1]).split()
    for commit in (newest, undone, moved):
        assert kept.git("show", "--format=", "--name-only", commit).split() == files
    assert imported in kept.git("log", "--format=%H", "--grep=^Import team-a/app").split()
    assert kept.git("diff", "--name-only", imported, undone, "--", *files) == ""
    assert "\n workloads/dev/app.yaml      | 2 +-\n" in told


def test_a_sink_is_told_of_the_move_and_of_the_roll_back(place: Place, told: str) -> None:
    _, moved, rolled_back = told.split("# The sink got, as CloudEvents over HTTP:\n")
    field = "workloads/dev/app.yaml#spec.template.spec.containers[0].image"
    line = moved.splitlines()[0]
    assert line.startswith("move  team-a/app:dev  sha256:")
    assert line.endswith(f", wrote {field}")
    first, _, second = line.removesuffix(f", wrote {field}").split()[2:]
    assert rolled_back.splitlines()[0] == f"hold  team-a/app:dev  {second} -> {first}"
    assert "# The sink was told of 7 moves.\n" in told
    kept = Place(place.root, "kept story")
    assert "\n  sinks:" not in kept.git("show", "HEAD:reconciler.yaml")


def test_the_roll_back_page_is_what_the_demo_printed(told: str) -> None:
    page = PAGE.read_text(encoding="utf-8").partition("```console\n")[2].partition("```")[0]
    chapter = told.partition(f"\n{CHAPTERS[-1]}\n")[2].partition("\nWhat to do next\n")[0]
    assert masked(page) == masked(chapter), "run `make story` and read the difference"
