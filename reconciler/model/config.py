"""Configuration: what the repository may configure (Config), and what only the installation may (Installation)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

from reconciler.model.change import ChangeKind
from reconciler.model.finding import Position
from reconciler.model.frozen import freeze
from reconciler.model.hint import Receiver
from reconciler.model.host import Host, Prefix
from reconciler.model.image_field import Path, WriteStyle
from reconciler.model.name import IstagName
from reconciler.model.person import Person
from reconciler.model.sink_kind import DEFAULT_KIND
from reconciler.settings import CONFIG_FILE, HISTORY_LIMIT, REGISTRY_CONNECTIONS


class Grouping(StrEnum):
    """How many changes share a commit."""

    PER_EVENT = "per-event"
    PER_STREAM = "per-stream"
    PER_PASS = "per-pass"  # noqa: S105 - a reconcile pass, no password


@dataclass(frozen=True, slots=True)
class NamespaceRule:
    """The namespace of streams that name none, in files whose path matches a glob."""

    path: str
    namespace: str


@dataclass(frozen=True, slots=True)
class CommitStyle:
    """The form of the reconciler's commits and their messages."""

    subject_prefix: str = ""
    trailers: tuple[str, ...] = ()
    """Extra `Key: value` lines."""
    skip_ci: bool = False
    group: Grouping = Grouping.PER_EVENT


@dataclass(frozen=True, slots=True)
class Target:
    """Image fields of files that cannot carry a marker (`targets`): a kustomization's images, or values by path."""

    path: str
    """A glob over the path from the repository's root."""
    source: str
    """The istag as it is written, `[NAMESPACE/]STREAM:TAG`; it is well-formed."""
    image: str | None = None
    """kustomize: the `name` of the entry of `images`; None for Helm."""
    repository: Path | None = None
    """Helm: the path of the value with the image's name; None if there is none. The others likewise."""
    tag: Path | None = None
    digest: Path | None = None
    position: Position = field(default_factory=lambda: Position(CONFIG_FILE))
    """Of the entry in the Config."""

    def istag(self, namespace: str) -> IstagName:
        """The istag; `namespace` is that of streams without one in the file that is written."""
        return IstagName.parse(self.source, namespace)


@dataclass(frozen=True, slots=True)
class Sink:
    """A system that is told of changes (`sinks`)."""

    name: str
    kind: str = DEFAULT_KIND
    url: str = ""
    """The address to call; empty where the file of the secret holds it."""
    secret: str | None = None
    """The name of a file in the installation's `secretsDir`; None if nothing is signed and no token is needed."""
    namespaces: tuple[str, ...] = ("*",)
    """Globs; the same for `streams` and `tags`."""
    streams: tuple[str, ...] = ("*",)
    tags: tuple[str, ...] = ("*",)
    changes: tuple[ChangeKind, ...] = ()
    """The kinds of change that it is told of; all if there are none."""
    options: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Further settings of its kind, such as `ref` of a GitLab pipeline trigger."""

    def __post_init__(self) -> None:
        freeze(self, "options")

    def wants(self, tag: IstagName, change: ChangeKind) -> bool:
        """Whether it is told of such a change of an istag: one of each kind of filter has to match."""
        filters = ((self.namespaces, tag.namespace), (self.streams, tag.stream), (self.tags, tag.tag))
        fits = all(any(fnmatchcase(text, glob) for glob in globs) for globs, text in filters)
        return fits and (not self.changes or change in self.changes)


@dataclass(frozen=True, slots=True)
class Config:
    """`reconciler.yaml` of a repository. Every field has a default; the file marks the repository as one of ours."""

    include: tuple[str, ...] = ("**",)
    exclude: tuple[str, ...] = ()
    default_namespace: str = "default"
    namespaces: tuple[NamespaceRule, ...] = ()
    history_limit: int = HISTORY_LIMIT
    interval: int = 15 * 60
    """Seconds between two lookups of a scheduled tag."""
    commit: CommitStyle = field(default_factory=CommitStyle)
    quiet: int = 0
    """Seconds without an event before the long-lived loop begins a pass."""
    at_most_every: int = 0
    """The minimum of seconds between two pushes of the long-lived loop."""
    write: WriteStyle = WriteStyle.PULL_SPEC
    targets: tuple[Target, ...] = ()
    sinks: tuple[Sink, ...] = ()


class CloudIdentity(StrEnum):
    """The cloud whose identity of this machine gives credentials for its registries."""

    AWS = "aws"
    GCP = "gcp"
    AZURE = "azure"


@dataclass(frozen=True, slots=True)
class RequestLimit:
    """How many requests a registry accepts in a time."""

    requests: int
    window: int
    """Seconds."""


@dataclass(frozen=True, slots=True)
class RegistryRule:
    """What the installation configures for the registries, repositories or images under a prefix."""

    prefix: str
    insecure: bool = False
    integrated: bool = False
    ca_file: str | None = None
    connections: int = REGISTRY_CONNECTIONS
    namespaces: tuple[str, ...] = ("*",)
    interval: int | None = None
    """Seconds between two lookups of a scheduled tag; None if the Config decides. The interval of a tag comes first."""
    request_limit: RequestLimit | None = None
    """How many requests it accepts; None for what `planning.budget` knows of it."""
    identity: CloudIdentity | None = None
    """The cloud that gives the credential, also by its metadata server; None if only the environment decides."""
    cert_file: str | None = None
    """The client certificate to show, PEM, with its chain."""
    key_file: str | None = None
    """Its private key, without a passphrase; None if it is in `cert_file`."""

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
    """The signatures that make a commit the reconciler's own, and its own key. Paths are of this machine."""

    format: SignatureFormat
    trusted: str
    """Keys whose commits count: an allowed-signers file (ssh-keygen(1)), or exported OpenPGP public keys."""
    key_file: str | None = None
    """The private key, without a passphrase; None if signatures are only checked."""
    since: str | None = None
    """The commit from which on only commits with a trusted signature are own; None for the first such commit."""


@dataclass(frozen=True, slots=True)
class SinkSecret:
    """Where a token of `secretsDir` may be sent to (`sinkSecrets`): the branch chooses only among these addresses."""

    name: str
    """The name of its file."""
    urls: tuple[str, ...] = ()
    """URLs; scheme, host and port have to be equal, and the path has to begin with whole parts of theirs."""


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
    """The registries that may be called: `HOST[:PORT][/PATH]` or `*.DOMAIN[:PORT][/PATH]`; None for every registry."""
    signing: Signing | None = None
    receivers: tuple[Receiver, ...] = ()
    """Webhooks of registries."""
    git_receivers: tuple[Receiver, ...] = ()
    """Webhooks of git hosts."""
    sink_secrets: tuple[SinkSecret, ...] = ()
    serves_this_machine: bool = True
    """Whether registries on this machine may be called without being named here. No file sets it, only the program."""
    paths: tuple[tuple[str, str], ...] = ()
    """Every path above as an absolute path, with its key, such as `signing.trusted`."""

    def rule_for(self, host: Host, repository: str) -> RegistryRule:
        """The rule with the longest prefix of `host/repository`; only whole path components count."""
        fitting = [rule for rule in self.registries if rule.where.fits(host, repository)]
        return max(fitting, key=lambda rule: rule.where.rank(host), default=RegistryRule(prefix=host))

    def names(self, host: Host) -> bool:
        """Whether a rule or an allowed registry names the host: then it may be at any address."""
        named = [rule.where for rule in self.registries]
        named += [Prefix.parse(each) for each in self.allowed_registries or ()]
        spelled = {Host.of(each) for each in self.allow_private}
        names = {host, host.without_http, Host.of(f"[{host.name}]" if ":" in host.name else host.name)}
        return bool(names & spelled) or any(each.host in names and not each.below for each in named)
