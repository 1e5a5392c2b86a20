"""The reconciler's side of these tests: an identity, a moment, and drafts of one file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from reconciler.gitstore import Draft, Repository, Upstream
from reconciler.model.person import Person

COMMITTER = Person("imagestream", "imagestream@example.com")
JANE = Person("Jane Doe", "jane@example.com")
MOMENT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def draft(path: str, content: bytes | None, message: str = "Tag team-a/app:prod") -> Draft:
    return Draft({path: content}, JANE, message)


def build(repository: Repository, parent: str | None, *drafts: Draft) -> list[str]:
    return repository.build(parent, drafts, COMMITTER, MOMENT)


def opened(path: Path) -> Repository:
    return Repository.discover(path)


def upstream_of(repository: Repository, branch: str = "main") -> Upstream:
    found = repository.upstream(branch)
    assert found is not None
    return found
