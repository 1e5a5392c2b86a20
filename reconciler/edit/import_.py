"""ImportRequest: what `import` looks at, and the spec edits that its flags ask for (as `oc import-image` has them)."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.documents.edit.target.spec_tag import TagEdit
from reconciler.edit.spec_edit import SpecEdit, apply_edit
from reconciler.errors import InputError, UnknownNameError
from reconciler.gitstore import Repository
from reconciler.model.name import IstagName
from reconciler.model.reference import DEFAULT_TAG, Reference
from reconciler.model.stream import ImportMode, Source, SourceKind, SpecTag
from reconciler.reading.missing_tag import no_spec_tag
from reconciler.reading.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What a person asked of `import`."""

    name: str
    """`[NAMESPACE/]STREAM[:TAG]`; without a tag the whole stream."""
    source: str | None = None
    """The pull spec of a tag that is to be declared."""
    confirm: bool = False
    """Whether what is not declared yet may be."""
    scheduled: bool | None = None
    insecure: bool | None = None
    import_mode: ImportMode | None = None
    reference_policy: str | None = None

    @property
    def edits(self) -> bool:
        """Whether a spec is to be edited first."""
        values = (self.source, self.scheduled, self.insecure, self.import_mode, self.reference_policy)
        return any(value is not None for value in values)

    @property
    def target(self) -> str:
        """What is looked at; with a source a stream alone means its tag `latest`, as `oc import-image` has it."""
        return self.name if ":" in self.name or self.source is None else f"{self.name}:{DEFAULT_TAG}"


def edit(state: Snapshot, repository: Repository, request: ImportRequest) -> SpecEdit:
    """Declare the tag, or change how it is imported. Raises `InputError` where that is more than `import` may do."""
    if ":" not in request.target:
        raise InputError("the flags of an import policy edit one spec tag. Name it: STREAM:TAG.")
    name = IstagName.parse(request.target, state.config.default_namespace)
    tag = state.declarations.tag(name)
    if name in state.declarations.broken or name in state.protected:
        raise no_spec_tag(name, state.declarations, state.protected, "")
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
    files = apply_edit(repository, state, change)
    said = f"Declare {name} from {source.name}" if change.source and source else f"Change how {name} is imported"
    return SpecEdit(files, f"{said}\n", (f"{said}.",) if files else ())


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
