"""Config and Installation: from plain values to the model. Durations become seconds."""

from __future__ import annotations

from ipaddress import ip_network

from reconciler.documents.convert.installation_path import located
from reconciler.errors import InputError
from reconciler.model.change import ChangeKind
from reconciler.model.config import (
    DEFAULT_IDENTITY,
    CloudIdentity,
    CommitStyle,
    Config,
    Grouping,
    Installation,
    NamespaceRule,
    RegistryRule,
    RequestLimit,
    SignatureFormat,
    Signing,
    Sink,
    SinkSecret,
    Target,
)
from reconciler.model.duration import seconds
from reconciler.model.hint import Receiver
from reconciler.model.host import Host, Prefix
from reconciler.model.image_field import Path, WriteStyle, parse_path
from reconciler.model.name import IstagName
from reconciler.model.person import Person
from reconciler.model.plain import count, flag, items, mapping, text, text_map, texts
from reconciler.model.sink_kind import DEFAULT_KIND
from reconciler.settings import REGISTRY_CONNECTIONS


def to_config(value: object) -> Config:
    """The Config; missing fields have their defaults. Raises `InputError` where a path of a target is malformed."""
    spec = mapping(mapping(value).get("spec"))
    default = Config()
    streams, push = mapping(spec.get("streams")), mapping(spec.get("push"))
    return Config(
        include=texts(streams.get("include"), default.include),
        exclude=texts(streams.get("exclude")),
        default_namespace=text(spec.get("defaultNamespace"), default.default_namespace),
        namespaces=tuple(_namespace_rule(rule) for rule in items(spec.get("namespaces"))),
        history_limit=count(mapping(spec.get("limits")).get("history"), default.history_limit),
        interval=_seconds(mapping(spec.get("schedule")).get("interval"), default.interval),
        commit=_commit_style(spec.get("commit")),
        quiet=_seconds(push.get("quiet"), default.quiet),
        at_most_every=_seconds(push.get("atMostEvery"), default.at_most_every),
        write=_write_style(mapping(spec.get("images")).get("write")),
        targets=tuple(_target(each) for each in items(spec.get("targets"))),
        sinks=tuple(_sink(each) for each in items(spec.get("sinks"))),
    )


def to_installation(value: object, file: str = "") -> Installation:
    """The Installation; missing fields have their defaults, and its paths are absolute, from the folder of the file."""
    plain, paths = located(mapping(value).get("spec"), file)
    spec = mapping(plain)
    identity = mapping(spec.get("identity"))
    return Installation(
        registries=tuple(_registry_rule(rule) for rule in items(spec.get("registries"))),
        pull_secrets=texts(spec.get("pullSecrets")),
        secrets_dir=text(spec.get("secretsDir")) or None,
        identity=Person(
            text(identity.get("name"), DEFAULT_IDENTITY.name), text(identity.get("email"), DEFAULT_IDENTITY.email)
        ),
        allow_private=tuple(map(_place, texts(spec.get("allowPrivate")))),
        allowed_registries=_prefixes(spec.get("allowedRegistries")),
        signing=_signing(spec.get("signing")),
        receivers=tuple(_receiver(each) for each in items(spec.get("receivers"))),
        git_receivers=tuple(_receiver(each) for each in items(spec.get("gitReceivers"))),
        sink_secrets=tuple(_sink_secret(each) for each in items(spec.get("sinkSecrets"))),
        paths=paths,
    )


def _prefixes(value: object) -> tuple[str, ...] | None:
    """The prefixes; None if there is no list. Raises `InputError` where one does not name a host."""
    found = None if value is None else texts(value)
    for each in found or ():
        Prefix.parse(each)
    return found


def _place(text: str) -> str:
    """A host with its port, or a network. Raises `InputError` for any other text."""
    try:
        ip_network(text.strip("[]"), strict=False)
    except ValueError:
        Host(text)
    name, colon, port = text.lower().partition(":")
    return text.lower() if text.count(":") > 1 else f"{name.removesuffix('.')}{colon}{port}"


def _signing(value: object) -> Signing | None:
    plain = mapping(value)
    chosen, trusted = text(plain.get("format")), text(plain.get("trusted"))
    if chosen not in set(SignatureFormat) or not trusted:
        return None
    return Signing(
        SignatureFormat(chosen), trusted, text(plain.get("keyFile")) or None, text(plain.get("since")) or None
    )


def _receiver(value: object) -> Receiver:
    plain = mapping(value)
    return Receiver(
        name=text(plain.get("name")),
        kind=text(plain.get("kind")),
        secret=text(plain.get("secret")),
        registry=Host(text(plain.get("registry"))) if text(plain.get("registry")) else None,
        repositories=tuple(text_map(plain.get("repositories")).items()),
    )


def _sink(value: object) -> Sink:
    plain = mapping(value)
    changes = [each for each in texts(plain.get("changes")) if each in set(ChangeKind)]
    return Sink(
        name=text(plain.get("name")),
        kind=text(plain.get("kind"), DEFAULT_KIND),
        url=text(plain.get("url")),
        secret=text(plain.get("secret")) or None,
        namespaces=texts(plain.get("namespaces"), ("*",)),
        streams=texts(plain.get("streams"), ("*",)),
        tags=texts(plain.get("tags"), ("*",)),
        changes=tuple(map(ChangeKind, changes)),
        options=text_map(plain.get("options")),
    )


def _sink_secret(value: object) -> SinkSecret:
    plain = mapping(value)
    return SinkSecret(text(plain.get("name")), texts(plain.get("urls")))


def _namespace_rule(value: object) -> NamespaceRule:
    plain = mapping(value)
    return NamespaceRule(text(plain.get("path")), text(plain.get("namespace")))


def _write_style(value: object) -> WriteStyle:
    chosen = text(value)
    return WriteStyle(chosen) if chosen in set(WriteStyle) else WriteStyle.PULL_SPEC


def _target(value: object) -> Target:
    plain = mapping(value)
    helm = mapping(plain.get("helm"))
    source = text(plain.get("from"))
    if source:  # raises an error for a name that is too long now, and not when a file is read
        IstagName.parse(source, Config().default_namespace)
    return Target(
        path=text(plain.get("path")),
        source=source,
        image=text(mapping(plain.get("kustomize")).get("image")) or None,
        repository=_path(helm.get("repository")),
        tag=_path(helm.get("tag")),
        digest=_path(helm.get("digest")),
    )


def _path(value: object) -> Path | None:
    written = text(value)
    return parse_path(written) if written else None


def _commit_style(value: object) -> CommitStyle:
    plain = mapping(value)
    group = text(plain.get("group"))
    return CommitStyle(
        subject_prefix=text(plain.get("subjectPrefix")),
        trailers=texts(plain.get("trailers")),
        skip_ci=flag(plain.get("skipCi")),
        group=Grouping(group) if group in set(Grouping) else Grouping.PER_EVENT,
    )


def _registry_rule(value: object) -> RegistryRule:
    plain = mapping(value)
    cloud = text(plain.get("identity"))
    prefix = text(plain.get("prefix"))
    if prefix:  # raises an error for a malformed host now, and not at the first lookup
        Prefix.parse(prefix)
    return RegistryRule(
        prefix=prefix,
        insecure=flag(plain.get("insecure")),
        integrated=flag(plain.get("integrated")),
        ca_file=text(plain.get("caFile")) or None,
        connections=count(plain.get("connections"), REGISTRY_CONNECTIONS),
        namespaces=texts(plain.get("namespaces"), ("*",)),
        interval=_seconds(plain.get("interval"), 0) or None,
        request_limit=_request_limit(text(plain.get("requestLimit"))),
        identity=CloudIdentity(cloud) if cloud in set(CloudIdentity) else None,
        cert_file=text(plain.get("certFile")) or None,
        key_file=text(plain.get("keyFile")) or None,
    )


def _request_limit(value: str) -> RequestLimit | None:
    """The limit in a text such as `100/6h`."""
    requests, slash, window = value.partition("/")
    return RequestLimit(int(requests), seconds(window)) if slash else None


def _seconds(value: object, default: int) -> int:
    try:
        return seconds(value) if isinstance(value, str) else default
    except InputError:
        return default
