"""The registries of a pass: who answers, how many connections each may have, and what images said of themselves."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from reconciler.model.config import Installation
from reconciler.model.history import TagEvent
from reconciler.model.imported import asked_as
from reconciler.model.name import IstagName
from reconciler.model.observation import (
    Answer,
    Failure,
    Found,
    ImageMetadata,
    KnownImages,
    ListAnswer,
    Listing,
    Platform,
    Question,
)
from reconciler.model.reference import Reference
from reconciler.model.stream import Declarations, ImportMode
from reconciler.planning.follow import chain
from reconciler.reconcile.ask import Answers, LateReplies, Lookup, Progress, Resolver, ask

MAX_REMEMBERED: Final = 5_000
"""Images; some hundred bytes each."""

ImageKey = tuple[str, str, str]
"""Host, repository and digest: that one repository has an image says nothing of another."""


@dataclass(frozen=True, slots=True)
class Registries:
    """The registries of a pass: who answers, how many connections each may have, and who is shown the progress."""

    resolver: Resolver
    installation: Installation
    progress: Progress | None = None
    begin: Callable[[], None] = lambda: None
    """Called when a pass begins: what was given up in the one before is asked again."""
    heard: Callable[[str, str], None] = lambda _host, _result: None
    """Told of every answer: the host, and `found` or the reason."""
    late: LateReplies | None = None
    """Keeps what comes too late, where passes are not to wait for it; None where they wait for everything."""
    memory: dict[ImageKey, ImageMetadata] = field(default_factory=dict)
    """What images said about themselves, by where they are: it never changes, so one process asks for it once."""

    def begin_pass(self) -> None:
        """What was given up in the pass before is asked again, and what came late counts."""
        self.begin()
        if self.late is not None:
            self.late.begin()

    def connections(self, asked: Lookup) -> int:
        """How many connections the registry of what is asked may have at once."""
        return self.installation.rule_for(asked.host, asked.repository).connections

    def ask(self, questions: Mapping[Question, KnownImages], listings: Collection[Listing]) -> Answers:
        """The answers; of an image whose build time is remembered the metadata is not asked for again."""
        images: dict[tuple[str, str], set[str]] = {}
        for host, repository, image in self.memory:
            images.setdefault((host, repository), set()).add(image)
        wanted = {
            asked: known | frozenset(images.get((asked.host, asked.repository), ()))
            for asked, known in questions.items()
        }
        found = ask(wanted, self.resolver, self.connections, self.progress, listings=listings, late=self.late)
        for asked, answer in found.images.items():
            self.heard(asked.host, _result(answer))
            if isinstance(answer, Found):
                found.images[asked] = self._remembered(asked, answer)
        for listing, listed in found.lists.items():
            self.heard(listing.host, _result(listed))
        return found

    def _remembered(self, asked: Question, answer: Found) -> Found:
        key = (asked.host, asked.repository, answer.image)
        if answer.metadata is None:
            return dataclasses.replace(answer, metadata=self.memory.get(key))
        if answer.metadata.created is not None and not answer.metadata.premature:  # a time that comes counts then
            self.memory[key] = dataclasses.replace(answer.metadata, labels={}, details=None)
            if len(self.memory) > MAX_REMEMBERED:
                del self.memory[next(iter(self.memory))]
        return answer

    def look_up(self, name: IstagName, event: TagEvent, declarations: Declarations) -> Answer:
        """Ask for the image of a recorded event by its digest, as its import asked: as the istag's namespace may.

        Insecurely where its spec tag, or one that it follows, is asked so.
        """
        asking = (asked_as(declarations, each) for each in chain(name, declarations))
        insecure = any(tag.insecure for tag in asking if tag is not None)
        reference = Reference.parse(event.pull_spec)
        lent = self.installation.rule_for(reference.host, reference.repository).lends_to(name.namespace)
        mode = ImportMode.PRESERVE_ORIGINAL
        asked = Question.about(reference, import_mode=mode, insecure=insecure, platform=Platform(), anonymous=not lent)
        return self.resolver.resolve(asked)


def _result(reply: Answer | ListAnswer) -> str:
    return str(reply.reason) if isinstance(reply, Failure) else "found"
