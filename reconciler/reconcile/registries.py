"""The registries of a pass: who answers, how many connections each may have, and a cache of metadata of images."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from reconciler.model.config import Installation
from reconciler.model.history import TagEvent
from reconciler.model.imported import lookup_tag
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
from reconciler.reconcile.registry_pool import Answers, LateReplies, Lookup, Progress, Resolver, fetch_answers

MAX_CACHED: Final = 5_000
"""Images; some hundred bytes each."""

ImageKey = tuple[str, str, str]
"""Host, repository and digest: another repository may not have the image."""


@dataclass(frozen=True, slots=True)
class Registries:
    """The registries of a pass: who answers, how many connections each may have, and who is shown the progress."""

    resolver: Resolver
    installation: Installation
    progress: Progress | None = None
    begin: Callable[[], None] = lambda: None
    """Called when a pass begins: registries that were given up in the pass before are called again."""
    answered: Callable[[str, str], None] = lambda _host, _result: None
    """Called with each answer: the host, and `found` or the reason."""
    late: LateReplies | None = None
    """Keeps answers that come too late for a pass; None if passes wait for every answer."""
    metadata: dict[ImageKey, ImageMetadata] = field(default_factory=dict)
    """The labels and build times of images, by place. They never change, so one process fetches them once."""

    def begin_pass(self) -> None:
        """Call registries again that were given up in the pass before, and let late answers count."""
        self.begin()
        if self.late is not None:
            self.late.begin()

    def connections(self, lookup: Lookup) -> int:
        """How many connections the registry of a lookup may have at once."""
        return self.installation.rule_for(lookup.host, lookup.repository).connections

    def fetch_answers(self, questions: Mapping[Question, KnownImages], listings: Collection[Listing]) -> Answers:
        """The answers; the metadata of an image is not fetched again if its build time is known already."""
        images: dict[tuple[str, str], set[str]] = {}
        for host, repository, image in self.metadata:
            images.setdefault((host, repository), set()).add(image)
        wanted = {
            question: known | frozenset(images.get((question.host, question.repository), ()))
            for question, known in questions.items()
        }
        found = fetch_answers(wanted, self.resolver, self.connections, self.progress, listings=listings, late=self.late)
        for question, answer in found.images.items():
            self.answered(question.host, _result(answer))
            if isinstance(answer, Found):
                found.images[question] = self._with_metadata(question, answer)
        for listing, listed in found.lists.items():
            self.answered(listing.host, _result(listed))
        return found

    def _with_metadata(self, question: Question, answer: Found) -> Found:
        key = (question.host, question.repository, answer.image)
        if answer.metadata is None:
            return dataclasses.replace(answer, metadata=self.metadata.get(key))
        if (
            answer.metadata.created is not None and not answer.metadata.premature
        ):  # a build time in the future counts once it has come
            self.metadata[key] = dataclasses.replace(answer.metadata, labels={}, details=None)
            if len(self.metadata) > MAX_CACHED:
                del self.metadata[next(iter(self.metadata))]
        return answer

    def look_up(self, name: IstagName, event: TagEvent, declarations: Declarations) -> Answer:
        """Look up the image of a recorded event by its digest, with the credentials that its namespace may use.

        The lookup is insecure if that of its spec tag, or of one that it follows, is.
        """
        tags = (lookup_tag(declarations, each) for each in chain(name, declarations))
        insecure = any(tag.insecure for tag in tags if tag is not None)
        reference = Reference.parse(event.pull_spec)
        lent = self.installation.rule_for(reference.host, reference.repository).lends_to(name.namespace)
        mode = ImportMode.PRESERVE_ORIGINAL
        question = Question.about(
            reference, import_mode=mode, insecure=insecure, platform=Platform(), anonymous=not lent
        )
        return self.resolver.resolve(question)


def _result(reply: Answer | ListAnswer) -> str:
    return str(reply.reason) if isinstance(reply, Failure) else "found"
