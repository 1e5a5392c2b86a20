"""`python -m bench.verify`: how long it takes to read and verify a branch, with the quick reader and with YAML.

No registry is needed. `--sign` signs every commit with a fresh ssh key, and checks that.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from reconciler.documents.render.history import render_history
from reconciler.documents.render.history_reader import read_rendered
from reconciler.gitstore import Draft, Repository
from reconciler.model.change import Move
from reconciler.model.config import CommitStyle
from reconciler.model.history import Cause, TagEvent, TagHistory
from reconciler.model.name import IstagName
from reconciler.model.person import Person
from reconciler.model.stream import Source, SourceKind
from reconciler.provenance.log import Log
from reconciler.provenance.verify import verify
from reconciler.query.find import find
from reconciler.reading.owned_file import read_history
from reconciler.reconcile.apply import draft
from reconciler.settings import HISTORY_LIMIT
from tests.kit.git import GitKit
from tests.kit.keys import ssh_key

BOT = Person("bench", "bench@example.com")
SOURCE = Source(SourceKind.DOCKER_IMAGE, "quay.io/acme/app:1")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commits", type=int, default=10_000)
    parser.add_argument("--istags", type=int, default=200)
    parser.add_argument("--sign", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder), options.commits, options.istags, sign=options.sign)


def run(folder: Path, commits: int, istags: int, *, sign: bool) -> None:
    kit = GitKit(folder)
    os.environ.update(kit.environ)
    work = kit.repository()
    work.commit({"reconciler.yaml": "apiVersion: reconciler/v1alpha1\nkind: Config\n"})
    signing = ssh_key(folder, "bench") if sign else None
    repository = Repository.discover(work.path, signing=signing)
    drafts = list(moves(commits, istags))
    with timed("build"):
        head = repository.build(work.head(), drafts, BOT, datetime.now(UTC), signing)[-1]
    with timed("verify"):
        broken = verify(repository, head).breaks
    with timed("find"):
        found = find(Log(repository, head), image(commits - 1))
    print(f"{len(broken)} breaks, {len(found)} found")
    readers()


def moves(commits: int, istags: int) -> Iterator[Draft]:
    """Moves of random istags, one commit each."""
    chance = random.Random(1)  # noqa: S311 - the same branch every time
    stacks: dict[IstagName, tuple[TagEvent, ...]] = {
        IstagName("bench", f"app{number // 10}", f"t{number % 10}"): () for number in range(istags)
    }
    for number in range(commits):
        name = chance.choice(list(stacks))
        old = stacks[name]
        stacks[name] = (event(number, old[0].generation if old else 0), *old)[:HISTORY_LIMIT]
        previous = old[0].image if old else None
        history = TagHistory(name, stacks[name])
        change = Move(tag=name, previous=previous, history=history)
        yield draft([change], CommitStyle(), BOT)


def readers() -> None:
    """Read files of a full stack both ways. The quick reader caches events, so each file has a new one."""
    name = IstagName("bench", "app", "t")
    old = tuple(event(number, number) for number in range(HISTORY_LIMIT, 1, -1))
    files = [render_history(TagHistory(name, (event(1000 + number, 100), *old))) for number in range(100)]
    with timed("100 files, quick"):
        quick = [read_rendered(data, name) for data in files]
    with timed("100 files, long"):
        long = [read_history(data, name.history_path, name) for data in files]
    print("both agree" if quick == long else "they differ")


def event(number: int, below: int) -> TagEvent:
    made = TagEvent(None, "", "2026-11-23T08:00:00Z", below + 1, SOURCE, Cause.SCHEDULED)
    return dataclasses.replace(made, image=image(number), pull_spec=f"quay.io/acme/app@{image(number)}")


def image(number: int) -> str:
    return f"sha256:{hashlib.sha256(b'%d' % number).hexdigest()}"


@contextmanager
def timed(what: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    print(f"{what:20} {time.perf_counter() - start:8.3f} s")


if __name__ == "__main__":
    main()
