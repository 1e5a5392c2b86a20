"""The registry client: one question in, one answer out, whatever the remote does.

HEAD first; the bytes are only fetched where HEAD does not tell, where Legacy mode needs the index, and for an image
that the asker does not know yet: what HEAD promises, and the bytes by digest do not keep, is no answer. A client is
built for one pass, or told when the next one begins (`new_pass`): hosts that are down, or want to be left alone, are
asked once a pass.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from datetime import timedelta
from threading import Lock
from typing import Self

from reconciler.clock import Clock
from reconciler.errors import InputError, RemoteError
from reconciler.model.config import Installation
from reconciler.model.observation import (
    Answer,
    Found,
    ImageMetadata,
    KnownImages,
    ListAnswer,
    Listed,
    Listing,
    Platform,
    Question,
    Reason,
)
from reconciler.model.stream import ImportMode
from reconciler.registry.address import admit
from reconciler.registry.answer_error import AnswerError, absent, blocked, failure, mismatch
from reconciler.registry.authentication import Access
from reconciler.registry.credentials.credential import Credential, Credentials, CredentialSource
from reconciler.registry.endpoint import endpoint_of
from reconciler.registry.exchange import Exchange
from reconciler.registry.listing import all_tags, page_size
from reconciler.registry.manifest import (
    DEFAULT_PLATFORM,
    MEDIA_TYPES,
    Descriptor,
    Manifest,
    ManifestError,
    ManifestKind,
    parse_manifest,
)
from reconciler.registry.metadata import CONFIG_TYPES, describe
from reconciler.registry.mirror_list import MirrorList
from reconciler.registry.registries_conf import Place, RegistriesConf
from reconciler.registry.repository import Content, Repository
from reconciler.registry.request_metrics import RequestMetrics
from reconciler.registry.token import Grants
from reconciler.transport.session import Transport

CLOCKS_DIFFER = timedelta(days=1)
"""How far ahead of this machine's clock a build time is believed: clocks are wrong, and zones are left out."""
_MAX_CHOICES = 10_000
_MAX_PASSED_OVER = 16
"""Entries of one index that are asked for and turn out to be no image."""
_NONE_KNOWN: frozenset[str] = frozenset()
_NOTHING_SAID = RegistriesConf()
_UNMETERED = RequestMetrics()
_EVERYBODY = ("*",)


class RegistryClient:
    """Asks registries; thread-safe. It does not close the transport that it was given."""

    def __init__(
        self,
        transport: Transport,
        credentials: CredentialSource,
        installation: Installation,
        clock: Clock,
        conf: RegistriesConf = _NOTHING_SAID,
        meter: RequestMetrics = _UNMETERED,
    ) -> None:
        self._transport = transport
        self._credentials = credentials
        self._installation = installation
        self._clock = clock
        self._conf = conf
        self._exchange = Exchange(transport, installation, clock, meter)
        self._grants = Grants()
        self._choices = _Choices()

    def resolve(self, question: Question, *, known: KnownImages = _NONE_KNOWN) -> Answer:
        """What the source is now. Metadata is fetched only for an image that is not in `known`.

        Never raises for what a remote does: that is a `Failure`. An image whose metadata cannot be had is still found.
        """
        try:
            return self._timed(_Look(self._mirrored(question), question, known, self._choices).answer())
        except (RemoteError, InputError) as error:
            return failure(question, error)

    def _timed(self, found: Found) -> Found:
        """The answer, with whether its build time has come."""
        built = found.metadata.built if found.metadata is not None else None
        if found.metadata is None or built is None or built <= self._clock.now() + CLOCKS_DIFFER:
            return found
        return replace(found, metadata=replace(found.metadata, premature=True))

    def list_tags(self, listing: Listing) -> ListAnswer:
        """All tags of a repository, or why they cannot be told: a list that broke off is a `Failure`, never a part.

        Tags that only carry signatures and attestations (`sha256-….sig`) are left out. Never raises for what a remote
        does.
        """
        try:
            return Listed(all_tags(self._mirrored(listing), page_size(listing.host), self._clock))
        except (RemoteError, InputError) as error:
            return failure(listing, error)

    def new_pass(self) -> None:
        """Ask again the hosts that were given up."""
        self._exchange.hosts.new_pass()

    def close(self) -> None:
        """Forget tokens and credentials."""
        self._grants = Grants()
        self._credentials = Credentials()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _mirrored(self, question: Question | Listing) -> MirrorList:
        admit(question.host, question.repository, self._installation)

        def places(identifier: str) -> tuple[Repository, ...]:
            found = self._conf.places(question.host, question.repository, identifier)
            if not found:
                raise blocked(question.host, self._conf.file)
            return tuple(self._at(place, question) for place in found)

        return MirrorList(places)

    def _at(self, place: Place, question: Question | Listing) -> Repository:
        """The question's repository in one place.

        What a spec tag says about its registry holds for that registry alone, and the leave to use its credentials for
        what the same rule speaks of.
        """
        asked = self._installation.rule_for(question.host, question.repository)
        rule = self._installation.rule_for(place.host, place.repository)
        anonymous = question.anonymous or (rule.namespaces != _EVERYBODY and rule != asked)
        insecure = question.insecure and place.host == question.host
        return self._repository(replace(question, host=place.host, insecure=insecure, anonymous=anonymous), place)

    def _repository(self, question: Question | Listing, place: Place) -> Repository:
        endpoint = endpoint_of(
            replace(question, repository=place.repository),
            self._installation,
            insecure=place.insecure,
            named=place.named,
            has_certificates=self._transport.has_certificates(place.host),
        )
        lends = endpoint.sends_credentials and not question.anonymous
        access = Access(
            base=endpoint.bases[0],
            repository=place.repository,
            credential=self._credential(place) if lends else None,
            grants=self._grants,
            clock=self._clock,
            allow_private=self._installation.allow_private,
            insecure=endpoint.is_declared_insecure,
            certified=endpoint.trust.shows_certificate,
        )
        return Repository(endpoint, access, self._exchange)

    def _credential(self, place: Place) -> Credential | None:
        """Looked up only where it may be shown: helpers and clouds are not asked for nothing."""
        return self._credentials.for_repository(place.host, place.repository)


class _Choices:
    """Which child of an index Legacy mode takes: never changes, so it is looked up once; thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[tuple[str, Platform], str] = OrderedDict()

    def get(self, index: str, platform: Platform) -> str | None:
        with self._lock:
            return self._kept.get((index, platform))

    def keep(self, index: str, platform: Platform, child: str) -> None:
        with self._lock:
            self._kept[index, platform] = child
            if len(self._kept) > _MAX_CHOICES:
                self._kept.popitem(last=False)


class _Look:
    """One question on its way to an answer; what it raises becomes the failure."""

    def __init__(self, repository: MirrorList, question: Question, known: KnownImages, choices: _Choices) -> None:
        self._repository = repository
        self._question = question
        self._known = known
        self._choices = choices

    def answer(self) -> Found:
        """Raises `RemoteError`, and `InputError` where a certificate file cannot be used."""
        seen = self._repository.look(self._question.identifier)
        if isinstance(seen, Content):
            return self._from_content(seen)
        kind = MEDIA_TYPES[seen.media_type]
        _check_supported(kind, seen.host)
        if self._wants_child(kind):
            return self._child_of(seen.digest)
        return self._image(seen.digest)

    def _from_content(self, content: Content) -> Found:
        manifest = _parsed(content)
        if self._wants_child(manifest.kind):
            return self._chosen(content.digest, manifest, content.host)
        if content.digest == self._question.identifier and content.digest not in self._known:
            return Found(content.digest, self._metadata((manifest,)))
        return self._image(content.digest)

    def _wants_child(self, kind: ManifestKind) -> bool:
        return kind is ManifestKind.INDEX and self._question.import_mode is ImportMode.LEGACY

    def _child_of(self, index: str) -> Found:
        child = self._choices.get(index, self._question.platform)
        if child is not None and child in self._known:
            return Found(child)
        content = self._repository.manifest(index)
        return self._chosen(index, _parsed(content), content.host)

    def _chosen(self, index: str, manifest: Manifest, host: str) -> Found:
        """Legacy mode: the image is the child's own manifest, which has to be there and to be one.

        What an entry without a platform is, an attestation or an image, its own manifest alone says.
        """
        passed_over: set[str] = set()
        while len(passed_over) < _MAX_PASSED_OVER:
            child = manifest.choose(self._question.platform, passed_over)
            if child is None:
                break
            found = self._child(child)
            if found is not None:
                self._choices.keep(index, self._question.platform, child.digest)
                return found
            passed_over.add(child.digest)
        raise mismatch(host, "sent an index that names no image.")

    def _child(self, child: Descriptor) -> Found | None:
        """The image that an entry of an index names; None if it is an attestation."""
        if child.digest in self._known:
            return Found(child.digest)
        content = self._repository.manifest(child.digest)
        if child.size is not None and child.size != len(content.body):
            raise mismatch(content.host, f"sent {len(content.body)} bytes for a manifest of {child.size}.")
        parsed = _parsed(content)
        return None if parsed.is_attestation else Found(child.digest, self._metadata((parsed,)))

    def _image(self, digest: str) -> Found:
        """An image that may be recorded has to be there under its digest, whatever was said of the tag."""
        if digest in self._known:
            return Found(digest)
        try:
            content = self._repository.manifest(digest)
        except AnswerError as error:
            if error.reason is not Reason.NOT_FOUND:
                raise
            raise absent(error.host, digest) from error
        return Found(digest, self._metadata((_parsed(content),)))

    def _metadata(self, manifests: tuple[Manifest, ...]) -> ImageMetadata | None:
        """What the image says about itself, as far as it can be had; None if nothing."""
        try:
            manifests = self._with_child(manifests)
        except (RemoteError, ManifestError):
            return describe(manifests, None)
        config = manifests[-1].config
        if config is None or config.media_type not in CONFIG_TYPES:
            return describe(manifests, None)
        try:
            return describe(manifests, self._repository.blob(config.digest, config.size))
        except RemoteError:
            return describe(manifests, None) if len(manifests) > 1 else None

    def _with_child(self, manifests: tuple[Manifest, ...]) -> tuple[Manifest, ...]:
        """An index speaks through its linux/amd64 image, or its first."""
        child = manifests[0].choose(DEFAULT_PLATFORM)
        if child is None:
            return manifests
        content = self._repository.manifest(child.digest)
        return (*manifests, parse_manifest(content.body, content.content_type))


def _parsed(content: Content) -> Manifest:
    try:
        manifest = parse_manifest(content.body, content.content_type)
    except ManifestError as error:
        raise mismatch(content.host, str(error)) from error
    _check_supported(manifest.kind, content.host)
    return manifest


def _check_supported(kind: ManifestKind, host: str) -> None:
    if kind is ManifestKind.SCHEMA1:
        text = "has it as a schema 1 manifest, which is not supported. Push it again with a tool of today."
        raise AnswerError(Reason.INVALID, f"{host} {text}", host=host)
