"""Sources: what a spec tag's `from` gives now, by kind (design 3.4).

A `Desk` knows the stacks as they stand at this point of the plan, so that a follower sees what its source became in
the same pass.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from reconciler.errors import InputError
from reconciler.model.history import Cause, TagEvent, TagHistory
from reconciler.model.name import IstagName, StreamName
from reconciler.model.observation import Failure, Reason
from reconciler.model.person import Request
from reconciler.model.phrase import chain
from reconciler.model.reference import Reference
from reconciler.model.stream import Source, SourceKind, SpecTag
from reconciler.planning import due, follow, undeclared
from reconciler.planning.choice import choose
from reconciler.planning.outcome import Outcome, Refusal, Wanted
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.question import question as question_of
from reconciler.planning.question import version_of
from reconciler.planning.world import World


class Desk:
    """The stacks at this point of the plan, and the outcome of each source on them."""

    def __init__(self, world: World, ask: PassScope) -> None:
        self._world = world
        self._ask = ask
        self._written: dict[IstagName, TagHistory] = {}
        self._requests: dict[IstagName, Request] = {}

    def history(self, name: IstagName) -> TagHistory:
        """The stack as the plan has left it so far; empty where there is none."""
        return self._written.get(name) or self._world.record.histories.get(name) or TagHistory(name)

    def record(self, history: TagHistory, *, request: Request | None = None) -> None:
        """A change of the plan: later istags see it."""
        self._written[history.name] = history
        if request is not None:
            self._requests[history.name] = request

    def outcome(self, name: IstagName, tag: SpecTag, cause: Cause | None = None) -> Outcome:
        """What the spec tag's source gives in this pass; `cause` is why, for istags that no spec tag names."""
        if cause is None and tag.imported and undeclared.push_question(name, tag, self._world) is not None:
            return None  # what was pushed there is decided as such
        cause = cause or due.cause(name, tag, self._world, self._ask)
        if cause is None:
            return None
        if tag.source is None:
            return self._pushed(name, tag, cause)
        if tag.reference:
            return self._reference(name, tag, cause)
        by_kind: dict[SourceKind, Callable[[IstagName, SpecTag, Cause], Outcome]] = {
            SourceKind.DOCKER_IMAGE: self._docker_image,
            SourceKind.ISTAG: self._istag,
            SourceKind.ISIMAGE: self._isimage,
        }
        return by_kind[tag.source.kind](name, tag, cause)

    def _docker_image(self, name: IstagName, tag: SpecTag, cause: Cause) -> Outcome:
        if tag.selection is not None:
            outcome = choose(name, tag, self._world, cause).outcome
            request = self._request(name, cause)
            return dataclasses.replace(outcome, request=request) if isinstance(outcome, Wanted) else outcome
        question = question_of(name, tag, self._world.spec.installation)
        answer = self._world.observed.answers.get(question) if question else None
        if answer is None or tag.source is None:
            return None
        if isinstance(answer, Failure):
            missing = answer.reason is Reason.NOT_FOUND and tag.imported and not self._is_asked_for(name)
            return None if missing else Refusal(answer.reason, answer.message)
        pull_spec = Reference.parse(tag.source.name).pinned(answer.image)
        return Wanted(answer.image, pull_spec, cause, tag.import_mode, answer.metadata, self._request(name, cause))

    def _pushed(self, name: IstagName, tag: SpecTag, cause: Cause) -> Outcome:
        """What the integrated registry has; what people removed comes back with another image, or when they ask."""
        question = undeclared.push_question(name, tag, self._world)
        reference = undeclared.pushed_to(name.stream_name, self._world.spec.installation)
        answer = self._world.observed.answers.get(question) if question else None
        if answer is None or reference is None:
            return None
        if isinstance(answer, Failure):
            return None if answer.reason is Reason.NOT_FOUND else Refusal(answer.reason, answer.message)
        if self._is_removed(name, answer.image):
            return None
        source = Source(SourceKind.DOCKER_IMAGE, str(version_of(reference, name.tag)))
        return Wanted(
            answer.image,
            reference.pinned(answer.image),
            cause,
            tag.import_mode,
            answer.metadata,
            self._request(name, cause),
            source,
        )

    def _is_removed(self, name: IstagName, image: str) -> bool:
        """Whether a person removed the istag, or its spec tag, and the registry only has what it had then."""
        world = self._world
        if name in self._ask.requested or world.spec.tag(name) is not None:
            return False
        gone, standing = world.record.restorable.get(name), world.record.histories.get(name)
        hold, history = (gone.hold, gone.history) if gone else (world.record.holds.get(name), standing)
        top = history.top if history else None
        if top is None or (gone is None and undeclared.stays(name, top, world)):
            return False
        return top.image == image or image in {entry.identity for entry in (hold.held if hold else ())}

    def _is_asked_for(self, name: IstagName) -> bool:
        """Whether a person asked for this very istag, not for its whole stream."""
        return name in self._ask.requested and name.stream_name not in self._ask.streams

    def _request(self, name: IstagName, cause: Cause) -> Request | None:
        """Who asked for what a registry gave: who declared it, else who ran the command."""
        request = self._world.spec.requests.get(name) if cause is Cause.DECLARED else None
        asked = name in self._ask.requested or name.stream_name in self._ask.streams
        if request is None and asked and self._ask.person:
            request = Request(self._ask.person)
        return request

    def _reference(self, name: IstagName, tag: SpecTag, cause: Cause) -> Outcome:
        """As OpenShift: nothing to import. A DockerImage's text is recorded as it is, other events are copied."""
        if tag.source is None:
            return None
        if tag.source.kind is SourceKind.DOCKER_IMAGE:
            return Wanted(None, tag.source.name, cause, request=self._world.spec.requests.get(name))
        copy = self._isimage if tag.source.kind is SourceKind.ISIMAGE else self._istag
        return copy(name, tag, cause)

    def _istag(self, name: IstagName, tag: SpecTag, cause: Cause) -> Outcome:
        if tag.source is None:
            return None
        try:
            target = tag.source.istag(name.stream_name)
        except InputError as error:
            return Refusal(Reason.INVALID, f"{name}: {error}")
        top = self.history(target).top
        if target in self._world.record.unreadable:
            return None
        if not self._exists(target):
            return self._missing(name)
        if top is None:
            return None
        request = self._requests.get(target)
        if cause is Cause.DECLARED:
            request = self._world.spec.requests.get(name) or request
        return Wanted(top.image, top.pull_spec, cause, request=request)

    def _exists(self, target: IstagName) -> bool:
        """Declared (perhaps with an error, or in a file that does not load now), or pushed there."""
        world = self._world
        if world.spec.declares(target):
            return True
        stream = world.spec.declarations.streams.get(target.stream_name)
        return stream is not None and self.history(target).top is not None

    def _missing(self, name: IstagName) -> Refusal:
        *steps, last = follow.chain(name, self._world.spec.declarations)
        advice = f"It moves once something is pushed there; declare it, or give {name} another source."
        text = f"{name} follows a tag that nobody declares: {chain(steps, last)}. {advice}"
        return Refusal(Reason.MISSING_SOURCE, text, waits=True)  # something may push to it, as `validate` says

    def _isimage(self, name: IstagName, tag: SpecTag, cause: Cause) -> Outcome:
        """Pinned: the image must be in the stream's history, git's included."""
        if tag.source is None:
            return None
        try:
            wanted = tag.source.isimage(name.stream_name)
        except InputError as error:
            return Refusal(Reason.INVALID, f"{name}: {error}")
        found: dict[str, TagEvent] = {}
        for event in self._events(wanted.stream_name):
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
        return Wanted(event.image, event.pull_spec, cause, request=self._world.spec.requests.get(name))

    def _events(self, stream: StreamName) -> list[TagEvent]:
        """Every event of the stream: the stacks as they stand in this plan, then what only git still has."""
        names = sorted(name for name in {*self._world.record.histories, *self._written} if name.stream_name == stream)
        standing = [event for name in names for event in self.history(name).items]
        return standing + list(self._world.record.older_events.get(stream, ()))
