"""The registry client: answers questions about images and lists of tags, whatever the remote does.

A client is built for one pass, or is told when the next pass begins (`new_pass`). A host that is down, or allows no
more requests, is called once in a pass.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Self

from reconciler.clock import Clock
from reconciler.errors import InputError, RemoteError
from reconciler.model.config import Installation
from reconciler.model.observation import (
    Answer,
    Found,
    KnownImages,
    ListAnswer,
    Listed,
    Listing,
    Question,
)
from reconciler.registry.address import admit
from reconciler.registry.answer_error import blocked_registry, failure_of
from reconciler.registry.authentication import RegistryAccess
from reconciler.registry.credentials.credential import Credential, Credentials, CredentialSource
from reconciler.registry.endpoint import endpoint_of
from reconciler.registry.exchange import Exchange
from reconciler.registry.image_lookup import ImageLookup, LegacyChildren
from reconciler.registry.listing import all_tags, page_size
from reconciler.registry.mirror_list import MirrorList
from reconciler.registry.registries_conf import PullSource, RegistriesConf
from reconciler.registry.repository import Repository
from reconciler.registry.request_metrics import RequestMetrics
from reconciler.registry.token import TokenCache
from reconciler.transport.session import Transport

CLOCKS_DIFFER = timedelta(days=1)
"""How far in the future a build time may be. Clocks are wrong, and some build times have no time zone."""
_NONE_KNOWN: frozenset[str] = frozenset()
_NO_CONF = RegistriesConf()
_NO_METRICS = RequestMetrics()
_EVERY_NAMESPACE = ("*",)


class RegistryClient:
    """Sends questions to registries; thread-safe. It does not close the transport that it was given."""

    def __init__(
        self,
        transport: Transport,
        credentials: CredentialSource,
        installation: Installation,
        clock: Clock,
        conf: RegistriesConf = _NO_CONF,
        metrics: RequestMetrics = _NO_METRICS,
    ) -> None:
        self._transport = transport
        self._credentials = credentials
        self._installation = installation
        self._clock = clock
        self._conf = conf
        self._exchange = Exchange(transport, installation, clock, metrics)
        self._tokens = TokenCache()
        self._legacy_children = LegacyChildren()

    def resolve(self, question: Question, *, known: KnownImages = _NONE_KNOWN) -> Answer:
        """The image that the source means now. Metadata is fetched only for an image that is not in `known`.

        What a remote does is never raised: it is returned as a `Failure`. An image without readable metadata is still
        found.
        """
        try:
            lookup = ImageLookup(self._mirror_list(question), question, known, self._legacy_children)
            return self._with_premature(lookup.answer())
        except (RemoteError, InputError) as error:
            return failure_of(question, error)

    def _with_premature(self, found: Found) -> Found:
        """The answer; its metadata is marked `premature` if the build time is in the future."""
        built = found.metadata.built if found.metadata is not None else None
        if found.metadata is None or built is None or built <= self._clock.now() + CLOCKS_DIFFER:
            return found
        return replace(found, metadata=replace(found.metadata, premature=True))

    def list_tags(self, listing: Listing) -> ListAnswer:
        """All tags of a repository, or a `Failure`. A list that breaks off is a `Failure`, never a part of the list.

        Tags that only carry signatures and attestations (`sha256-….sig`) are left out. What a remote does is never
        raised.
        """
        try:
            return Listed(all_tags(self._mirror_list(listing), page_size(listing.host), self._clock))
        except (RemoteError, InputError) as error:
            return failure_of(listing, error)

    def new_pass(self) -> None:
        """Call again the hosts that were given up."""
        self._exchange.limits.new_pass()

    def close(self) -> None:
        """Forget tokens and credentials."""
        self._tokens = TokenCache()
        self._credentials = Credentials()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _mirror_list(self, question: Question | Listing) -> MirrorList:
        admit(question.host, question.repository, self._installation)

        def pull_sources(identifier: str) -> tuple[Repository, ...]:
            found = self._conf.pull_sources(question.host, question.repository, identifier)
            if not found:
                raise blocked_registry(question.host, self._conf.file)
            return tuple(self._repository_at(place, question) for place in found)

        return MirrorList(pull_sources)

    def _repository_at(self, place: PullSource, question: Question | Listing) -> Repository:
        """The repository at one pull source (a mirror or the registry itself).

        A spec tag's `insecure` is valid only for the registry that it names. Credentials of a rule with `namespaces`
        are used only for repositories under the same rule.
        """
        own_rule = self._installation.rule_for(question.host, question.repository)
        rule = self._installation.rule_for(place.host, place.repository)
        anonymous = question.anonymous or (rule.namespaces != _EVERY_NAMESPACE and rule != own_rule)
        insecure = question.insecure and place.host == question.host
        return self._repository(replace(question, host=place.host, insecure=insecure, anonymous=anonymous), place)

    def _repository(self, question: Question | Listing, place: PullSource) -> Repository:
        endpoint = endpoint_of(
            replace(question, repository=place.repository),
            self._installation,
            insecure=place.insecure,
            named=place.named,
            has_certificates=self._transport.has_certificates(place.host),
        )
        sends_credentials = endpoint.sends_credentials and not question.anonymous
        access = RegistryAccess(
            base=endpoint.bases[0],
            repository=place.repository,
            credential=self._credential(place) if sends_credentials else None,
            tokens=self._tokens,
            clock=self._clock,
            allow_private=self._installation.allow_private,
            insecure=endpoint.is_declared_insecure,
            shows_certificate=endpoint.trust.shows_certificate,
        )
        return Repository(endpoint, access, self._exchange)

    def _credential(self, place: PullSource) -> Credential | None:
        """The credential for a pull source.

        Call it only if the credential may be sent, so that helpers and clouds are not called in vain.
        """
        return self._credentials.for_repository(place.host, place.repository)
