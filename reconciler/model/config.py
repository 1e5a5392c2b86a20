"""Configuration: what the repository may say (Config), and what only the installation may (Installation)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

from reconciler.model.hint import Receiver
from reconciler.model.host import Host, Prefix
from reconciler.model.person import Person
from reconciler.settings import HISTORY_LIMIT, REGISTRY_CONNECTIONS


class Grouping(StrEnum):
    """How many changes share a commit."""

    PER_EVENT = "per-event"
    PER_STREAM = "per-stream"
    PER_PASS = "per-pass"  # noqa: S105 - a reconcile pass, no password


@dataclass(frozen=True, slots=True)
class NamespaceRule:
    """The namespace of streams without one, below a path (a glob over the repository)."""

    path: str
    namespace: str


@dataclass(frozen=True, slots=True)
class CommitStyle:
    """How the reconciler's commit messages are dressed."""

    subject_prefix: str = ""
    trailers: tuple[str, ...] = ()
    """Extra `Key: value` lines."""
    skip_ci: bool = False
    group: Grouping = Grouping.PER_EVENT


@dataclass(frozen=True, slots=True)
class Config:
    """`reconciler.yaml` of a repository. Every field has a default; the file itself marks the repository as ours."""

    include: tuple[str, ...] = ("**",)
    exclude: tuple[str, ...] = ()
    default_namespace: str = "default"
    namespaces: tuple[NamespaceRule, ...] = ()
    history_limit: int = HISTORY_LIMIT
    interval: int = 15 * 60
    """Seconds between two looks at a scheduled tag."""
    commit: CommitStyle = field(default_factory=CommitStyle)
    quiet: int = 0
    """Seconds in which nothing must have happened before a pass of the long-lived loop."""
    at_most_every: int = 0
    """The least seconds between two pushes of the long-lived loop."""


class CloudIdentity(StrEnum):
    """The cloud that knows who this program is, and gives it credentials for its registries."""

    AWS = "aws"
    GCP = "gcp"
    AZURE = "azure"


@dataclass(frozen=True, slots=True)
class RequestLimit:
    """How many requests a registry takes in a time."""

    requests: int
    window: int
    """Seconds."""


@dataclass(frozen=True, slots=True)
class RegistryRule:
    """What the installation says about the registries, repositories or images under a prefix."""

    prefix: str
    insecure: bool = False
    integrated: bool = False
    ca_file: str | None = None
    connections: int = REGISTRY_CONNECTIONS
    namespaces: tuple[str, ...] = ("*",)
    interval: int | None = None
    """Seconds between two looks at a scheduled tag; None where the Config decides. The tag's own goes before it."""
    request_limit: RequestLimit | None = None
    """What it takes from us, where the installation knows better than we do (`planning.budget`)."""
    identity: CloudIdentity | None = None
    """The cloud to ask for a credential, its metadata server included; None where only the environment decides."""
    cert_file: str | None = None
    """The client certificate to show, PEM, with its chain."""
    key_file: str | None = None
    """Its private key, without a passphrase; None where it is in `cert_file`."""

    @property
    def where(self) -> Prefix:
        """What the prefix means."""
        return Prefix.parse(self.prefix)

    def lends_to(self, namespace: str) -> bool:
        """Whether the streams of a namespace may use the registry's credentials."""
        return any(fnmatchcase(namespace, pattern) for pattern in self.namespaces)


DEFAULT_IDENTITY = Person("imagestream", "imagestream@localhost")


class SignatureFormat(StrEnum):
    """How commits are signed: git's `gpg.format`."""

    SSH = "ssh"
    OPENPGP = "openpgp"


@dataclass(frozen=True, slots=True)
class Signing:
    """Whose signature makes a commit the reconciler's own, and what it signs with. Paths are of this machine."""

    format: SignatureFormat
    trusted: str
    """Keys whose commits count: an allowed-signers file (ssh-keygen(1)), or exported OpenPGP public keys."""
    key_file: str | None = None
    """The private key, without a passphrase; None where nothing is to be signed, only checked."""
    since: str | None = None
    """The commit from which on only what a trusted key signed is own; None: the first that one signed."""


@dataclass(frozen=True, slots=True)
class Installation:
    """The file given with `--config`; never read from the branch."""

    registries: tuple[RegistryRule, ...] = ()
    pull_secrets: tuple[str, ...] = ()
    """Kubernetes pull secrets, as files or mounted folders."""
    secrets_dir: str | None = None
    identity: Person = DEFAULT_IDENTITY
    allow_private: tuple[str, ...] = ()
    allowed_registries: tuple[str, ...] | None = None
    """`HOST[:PORT][/PATH]` or `*.DOMAIN[:PORT][/PATH]` of what may be asked; None for every registry."""
    signing: Signing | None = None
    receivers: tuple[Receiver, ...] = ()
    """Webhooks of registries."""
    git_receivers: tuple[Receiver, ...] = ()
    """Webhooks of git hosts."""
    serves_this_machine: bool = True
    """Whether registries on this machine may be asked that nothing here names. No file says so, but whoever runs us."""
    paths: tuple[tuple[str, str], ...] = ()
    """Every path above, absolute, with the key that names it, such as `signing.trusted`."""

    def rule_for(self, host: Host, repository: str) -> RegistryRule:
        """The rule with the longest prefix of `host/repository`, whole path components only."""
        fitting = [rule for rule in self.registries if rule.where.fits(host, repository)]
        return max(fitting, key=lambda rule: rule.where.rank(host), default=RegistryRule(prefix=host))

    def names(self, host: Host) -> bool:
        """Whether a host is named, by a rule or as allowed: then it may be at any address."""
        named = [rule.where for rule in self.registries]
        named += [Prefix.parse(each) for each in self.allowed_registries or ()]
        spelled = {Host.of(each) for each in self.allow_private}
        names = {host, host.without_http, Host.of(f"[{host.name}]" if ":" in host.name else host.name)}
        return bool(names & spelled) or any(each.host in names and not each.below for each in named)
