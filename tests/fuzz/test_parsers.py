"""Every target on its seeds and on damaged seeds in `make test`; with atheris in `make fuzz`.

`IMAGESTREAM_FUZZ_SECONDS` (60) is the time for all targets together.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from tests.fuzz.target import TARGETS, Target

ROOT = Path(__file__).parents[2]
SECONDS = float(os.environ.get("IMAGESTREAM_FUZZ_SECONDS", "60"))
DAMAGES = 300
"""Damaged seeds for each target in `make test`; always the same."""
EACH = [pytest.param(target, id=name) for name, target in TARGETS.items()]


@pytest.mark.parametrize("target", EACH)
def test_a_target_accepts_its_seeds_and_damaged_seeds(target: Target) -> None:
    random = Random(20261123)
    for seed in target.seeds:
        target.feed(seed)
    for _ in range(DAMAGES):
        target.feed(damaged(random.choice(target.seeds), random))


def damaged(seed: bytes, random: Random) -> bytes:
    """The seed with a few bytes changed, removed, doubled or added."""
    data = bytearray(seed)
    for _ in range(random.randint(1, 2)):
        start = random.randint(0, len(data))
        end = min(len(data), start + random.randint(0, 8))
        data[start:end] = random.choice(
            (random.randbytes(3), b"", bytes(data[start:end]) * 2, b'"', b"\0", b"\xff", b": ")
        )
    return bytes(data)


@pytest.mark.fuzz
@pytest.mark.timeout(0)
@pytest.mark.parametrize("name", TARGETS)
def test_a_target_accepts_every_input_of_a_fuzzer(name: str, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    limits = ["-timeout=20", "-rss_limit_mb=2048", "-max_len=4096", "-print_final_stats=1"]
    time = max(1, round(SECONDS / len(TARGETS)))
    command = [sys.executable, "-m", "tests.fuzz", name, str(corpus), f"-max_total_time={time}", *limits]
    done = subprocess.run(
        [*command, f"-artifact_prefix={tmp_path}/"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    found = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert (done.returncode, found) == (0, {}), done.stderr[-5000:]
    executed = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    assert executed is not None, done.stderr[-5000:]
    assert int(executed[1]) > len(TARGETS[name].seeds)
