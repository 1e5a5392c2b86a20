"""Sources: what a spec tag's `from` gives now, by kind (design 3.4).

A follower reads the stacks as the plan has left them, so that it sees what its source became in the same pass.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from reconciler.errors import InputError
from reconciler.model.history import Cause, TagEvent
from reconciler.model.name import IstagName
from reconciler.model.observation import Failure, Reason
from reconciler.model.person import Request
from reconciler.model.phrase import chain
from reconciler.model.reference import Reference
from reconciler.model.stream import Source, SourceKind
from reconciler.planning import follow
from reconciler.planning.choice import choose
from reconciler.planning.question import pushed_to, version_of
from reconciler.planning.resolution import Refusal, Resolution, Resolved
from reconciler.planning.stacks import Stacks
from reconciler.planning.subject import Subject, Subjects
from reconciler.planning.undeclared import stays


class Sources:
    """The sources of one pass, as its registries and its stacks have them."""

    def __init__(self, subjects: Subjects, stacks: Stacks) -> None:
        self._subjects = subjects
        self._world = subjects.world
        self._scope = subjects.scope
        self._stacks = stacks

    def resolve(self, subject: Subject) -> Resolution:
        """What the source of an istag gives in this pass."""
        tag, cause = subject.tag, subject.cause
        if subject.is_declared and tag.imported and self._subjects.push_question(subject) is not None:
            return None  # the pushed image is decided on its own
        if cause is None:
            return None
        if tag.source is None:
            return self._pushed(subject, cause)
        if tag.reference:
            return self._reference(subject, tag.source, cause)
        by_kind: dict[SourceKind, Callable[[Subject, Source, Cause], Resolution]] = {
            SourceKind.DOCKER_IMAGE: self._docker_image,
            SourceKind.ISTAG: self._istag,
            SourceKind.ISIMAGE: self._isimage,
        }
        return by_kind[tag.source.kind](subject, tag.source, cause)

    def _docker_image(self, subject: Subject, source: Source, cause: Cause) -> Resolution:
        name, tag, request = subject.name, subject.tag, self._request(subject.name, cause)
        if tag.selection is not None:
            found = choose(subject, self._subjects, cause).resolution
            return dataclasses.replace(found, request=request) if isinstance(found, Resolved) else found
        answer = self._world.observed.answers.get(subject.question) if subject.question else None
        if answer is None:
            return None
        if isinstance(answer, Failure):
            is_named = name in self._scope.requested and name.stream_name not in self._scope.streams
            missing = answer.reason is Reason.NOT_FOUND and tag.imported and not is_named
            return None if missing else Refusal(answer.reason, answer.message)
        pull_spec = Reference.parse(source.name).pinned(answer.image)
        return Resolved(answer.image, pull_spec, cause, tag.import_mode, answer.metadata, request)

    def _pushed(self, subject: Subject, cause: Cause) -> Resolution:
        """What the integrated registry has. An istag that people removed comes back with another image, or on request.

        Its old image in the registry does not bring it back.
        """
        name, question = subject.name, self._subjects.push_question(subject)
        reference = pushed_to(name.stream_name, self._world.spec.installation)
        answer = self._world.observed.answers.get(question) if question else None
        if answer is None or reference is None:
            return None
        if isinstance(answer, Failure):
            return None if answer.reason is Reason.NOT_FOUND else Refusal(answer.reason, answer.message)
        if self._is_removed(name, answer.image):
            return None
        return Resolved(
            answer.image,
            reference.pinned(answer.image),
            cause,
            subject.tag.import_mode,
            answer.metadata,
            self._request(name, cause),
            Source(SourceKind.DOCKER_IMAGE, str(version_of(reference, name.tag))),
        )

    def _is_removed(self, name: IstagName, image: str) -> bool:
        """Whether a person removed the istag, or its spec tag, and the registry only has what it had then."""
        world = self._world
        if name in self._scope.requested or world.spec.tag(name) is not None:
            return False
        gone = world.record.restorable.get(name)
        hold = gone.hold if gone else world.record.holds.get(name)
        top = gone.history.top if gone else world.record.top(name)
        if top is None or (gone is None and stays(name, top, world)):
            return False
        return top.image == image or image in {entry.identity for entry in (hold.held if hold else ())}

    def _request(self, name: IstagName, cause: Cause) -> Request | None:
        """Who requested what a registry gave: who declared it, else who ran the command."""
        request = self._world.spec.requests.get(name) if cause is Cause.DECLARED else None
        if request is None and self._scope.person and self._scope.requests(name):
            request = Request(self._scope.person)
        return request

    def _reference(self, subject: Subject, source: Source, cause: Cause) -> Resolution:
        """As OpenShift: nothing to import. A DockerImage's text is recorded as it is, other events are copied."""
        if source.kind is SourceKind.DOCKER_IMAGE:
            return Resolved(None, source.name, cause, request=self._world.spec.requests.get(subject.name))
        copy = self._isimage if source.kind is SourceKind.ISIMAGE else self._istag
        return copy(subject, source, cause)

    def _istag(self, subject: Subject, source: Source, cause: Cause) -> Resolution:
        name = subject.name
        try:
            target = source.istag(name.stream_name)
        except InputError as error:
            return Refusal(Reason.INVALID, f"{name}: {error}")
        top = self._stacks.top(target)
        if target in self._world.record.unreadable:
            return None
        if not self._exists(target):
            return self._missing(name)
        if top is None:
            return None
        request = self._stacks.request(target)
        if cause is Cause.DECLARED:
            request = self._world.spec.requests.get(name) or request
        return Resolved(top.image, top.pull_spec, cause, request=request)

    def _exists(self, target: IstagName) -> bool:
        """Whether the istag is declared (perhaps with an error, or in a file that does not load now), or was pushed."""
        if self._world.spec.declares(target):
            return True
        stream = self._world.spec.declarations.streams.get(target.stream_name)
        return stream is not None and self._stacks.top(target) is not None

    def _missing(self, name: IstagName) -> Refusal:
        *steps, last = follow.chain(name, self._world.spec.declarations)
        advice = f"It moves once something is pushed there; declare it, or give {name} another source."
        text = f"{name} follows a tag that is not declared: {chain(steps, last)}. {advice}"
        return Refusal(Reason.MISSING_SOURCE, text, waits=True)  # something may push to it; `validate` warns of it too

    def _isimage(self, subject: Subject, source: Source, cause: Cause) -> Resolution:
        """Pinned: the image must be in the stream's history, git's included."""
        name = subject.name
        try:
            wanted = source.isimage(name.stream_name)
        except InputError as error:
            return Refusal(Reason.INVALID, f"{name}: {error}")
        found: dict[str, TagEvent] = {}
        older = self._world.record.older_events.get(wanted.stream_name, ())
        for event in (*self._stacks.events(wanted.stream_name), *older):
            if event.image and wanted.matches(event.image):
                found.setdefault(event.image, event)
        if not found:
            text = f"{name}: no tag of {wanted.stream_name} ever meant {wanted.digest}. Name an image of its history."
            return Refusal(Reason.MISSING_SOURCE, text)
        if len(found) > 1:
            text = (
                f"{name}: {wanted.digest} fits {len(found)} images of {wanted.stream_name}. Write more of the digest."
            )
            return Refusal(Reason.INVALID, text)
        event = next(iter(found.values()))
        return Resolved(event.image, event.pull_spec, cause, request=self._world.spec.requests.get(name))
