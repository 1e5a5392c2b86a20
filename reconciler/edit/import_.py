"""The request of `import`, and the spec edit that its flags mean, as `oc import-image` has them."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.documents.edit.target.spec_tag import TagEdit
from reconciler.edit.spec_edit import SpecEdit
from reconciler.edit.spec_file import apply_edit
from reconciler.errors import InputError, UnknownNameError
from reconciler.gitstore import Repository
from reconciler.model.name import IstagName
from reconciler.model.reference import DEFAULT_TAG, Reference
from reconciler.model.stream import ImportMode, Source, SourceKind, SpecTag
from reconciler.reading.missing_tag import no_spec_tag
from reconciler.reading.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """The arguments and flags of `import`; None where a flag was not given."""

    name: str
    """`[NAMESPACE/]STREAM[:TAG]`; without a tag the whole stream."""
    source: str | None = None
    """The pull spec that the tag is declared with."""
    confirm: bool = False
    """Whether a new declaration is allowed."""
    scheduled: bool | None = None
    insecure: bool | None = None
    import_mode: ImportMode | None = None
    reference_policy: str | None = None

    @property
    def edits(self) -> bool:
        """Whether the spec is edited first."""
        values = (self.source, self.scheduled, self.insecure, self.import_mode, self.reference_policy)
        return any(value is not None for value in values)

    @property
    def target(self) -> str:
        """The name that is imported. A stream with a source means its tag `latest`, as with `oc import-image`."""
        return self.name if ":" in self.name or self.source is None else f"{self.name}:{DEFAULT_TAG}"


def edit_for_import(snapshot: Snapshot, repository: Repository, request: ImportRequest) -> SpecEdit:
    """Declare the tag, or change how it is imported. Raises `InputError` for any other change of a spec tag."""
    if ":" not in request.target:
        raise InputError("the flags of an import policy edit one spec tag. Name it: STREAM:TAG.")
    name = IstagName.parse(request.target, snapshot.config.default_namespace)
    tag = snapshot.declarations.tag(name)
    if name in snapshot.declarations.broken or name in snapshot.protected:
        raise no_spec_tag(name, snapshot.declarations, snapshot.protected, "")
    source = Source(SourceKind.DOCKER_IMAGE, str(Reference.parse(request.source))) if request.source else None
    _check_edit(name, tag, source, request)
    change = TagEdit(
        stream=name.stream_name,
        tag=name.tag,
        source=source if tag is None or tag.source is None or tag.imported else None,
        scheduled=request.scheduled,
        insecure=request.insecure,
        import_mode=request.import_mode,
        reference_policy=request.reference_policy,
    )
    files = apply_edit(repository, snapshot, change)
    summary = f"Declare {name} from {source.name}" if change.source and source else f"Change how {name} is imported"
    return SpecEdit(files, f"{summary}\n", (f"{summary}.",) if files else ())


def _check_edit(name: IstagName, tag: SpecTag | None, source: Source | None, request: ImportRequest) -> None:
    if tag is not None and tag.imported and source is None:
        return
    if tag is None or tag.source is None or tag.imported:
        what = "has no spec tag" if tag is None else "is a place to push to"
        if tag is not None and tag.imported:
            what = "has no source of its own"
        if source is None:
            raise UnknownNameError(str(name), f"{name} {what}.", "--from PULLSPEC --confirm gives it a source.")
        if not request.confirm:
            raise InputError(f"{name} {what}. --confirm declares it from {source.name}.")
    elif tag.source.kind is not SourceKind.DOCKER_IMAGE:
        raise InputError(
            f"{name} imports nothing: it is {tag.source.described(name.stream_name)}. Name a tag with a DockerImage."
        )
    elif source is not None and source != tag.source:
        advice = f"`imagestream tag {source.name} {name}` gives it another source."
        raise InputError(f"{name} is imported from {tag.source.name}. {advice}")
