"""Reading files with one object at one fixed place: Config, Installation, TagHistory, TagHold."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

from reconciler.documents.convert.config import to_config, to_installation
from reconciler.documents.convert.stream import to_history, to_hold
from reconciler.documents.object_kind import FileObject, Kind
from reconciler.documents.read.document import Document, read_documents
from reconciler.documents.read.encoding import too_large
from reconciler.documents.read.merge_conflict import MergeConflictError
from reconciler.errors import DocumentError, InputError
from reconciler.model.config import Config, Installation
from reconciler.model.excerpt import excerpt
from reconciler.model.finding import Finding, Position, Severity
from reconciler.model.history import TagHistory, TagHold
from reconciler.model.host import HostError
from reconciler.model.name import IstagName
from reconciler.model.plain import mapping
from reconciler.reading.check import check_object
from reconciler.rules.sink import sinks
from reconciler.rules.table import Hit, severity


def read_config(data: bytes | None, file: str) -> tuple[Config | None, tuple[Finding, ...]]:
    """The repository's Config and its findings; no Config if one of them is an error. An empty file has all defaults.

    None as bytes is a file too large to read.
    """
    if data is None:
        return None, (unreadable_finding(too_large(file), file),)
    item, findings = _configuration(data, file, Kind.CONFIG, "config", sinks)
    if _has_errors(findings):
        return None, findings
    try:
        return _with_positions(to_config(item.plain() if item else None), item), findings
    except InputError as error:  # a target's istag that the schema's pattern allows but that is too long
        return None, (*findings, _wrong_value(file, error))


def _with_positions(config: Config, item: FileObject | None) -> Config:
    """The Config with the place of each target, for findings about it."""
    if item is None or not config.targets:
        return config
    placed = [
        dataclasses.replace(target, position=item.position(("spec", "targets", index)))
        for index, target in enumerate(config.targets)
    ]
    return dataclasses.replace(config, targets=tuple(placed))


def read_installation(data: bytes, file: str) -> tuple[Installation | None, tuple[Finding, ...]]:
    """The Installation and its findings; no Installation if one is an error. An empty file has all defaults."""
    item, findings = _configuration(data, file, Kind.INSTALLATION, "installation")
    if _has_errors(findings):
        return None, findings
    try:
        return to_installation(item.plain() if item else None, file), findings
    except HostError as error:  # a name that the schema's pattern allows but that is not a host, such as `quay..io`
        return None, (*findings, _wrong_value(file, error))


def read_history(data: bytes | None, file: str, name: IstagName) -> TagHistory:
    """The TagHistory of an istag. None as bytes is a file too large to read.

    Raises `DocumentError` with the line of the first error.
    """
    return to_history(_recorded(data, file, name, Kind.TAG_HISTORY, "taghistory"), name)


def read_hold(data: bytes | None, file: str, name: IstagName) -> TagHold:
    """The TagHold of an istag; bytes and errors are those of `read_history`."""
    return to_hold(_recorded(data, file, name, Kind.TAG_HOLD, "taghold"), name)


def unreadable_finding(error: DocumentError, file: str) -> Finding:
    """The finding for a file that cannot be read."""
    rule = "merge-conflict" if isinstance(error, MergeConflictError) else "unreadable"
    return Finding(Position(file, error.line, error.column), severity(rule), rule, "", error.message)


def internal_error(error: Exception, file: str) -> DocumentError:
    """The error for a file in which this program itself failed: only that file counts as unreadable."""
    text = f"the file cannot be judged: internal error ({type(error).__name__}). Please open an issue with the file."
    return DocumentError(text, file=file)


def _wrong_value(file: str, error: InputError) -> Finding:
    return Finding(Position(file), severity("wrong-value"), "wrong-value", "", str(error))


def _configuration(
    data: bytes, file: str, kind: Kind, schema: str, rules: Callable[[object], Iterable[Hit]] = lambda _: ()
) -> tuple[FileObject | None, tuple[Finding, ...]]:
    try:
        document = _only_document(data, file)
    except DocumentError as error:
        return None, (unreadable_finding(error, file),)
    if document is None:
        return None, ()
    item = FileObject(document, kind, document.root)
    plain = item.plain()
    placed = check_object(item, schema, plain, rules(plain))
    return item, tuple(sorted((each.finding for each in placed), key=lambda each: each.position))


def _recorded(data: bytes | None, file: str, name: IstagName, kind: Kind, schema: str) -> object:
    """A history or hold as plain values; any error in it concerns only its istag."""
    if data is None:
        raise too_large(file)
    try:
        return _checked(data, file, name, kind, schema)
    except DocumentError:
        raise
    except Exception as error:
        raise internal_error(error, file) from error


def _checked(data: bytes, file: str, name: IstagName, kind: Kind, schema: str) -> object:
    document = _only_document(data, file)
    if document is None:
        raise DocumentError(f"the file is empty. It has to hold a {kind.value}.", file=file)
    item = FileObject(document, kind, document.root)
    plain = item.plain()
    findings = sorted((each.finding for each in check_object(item, schema, plain)), key=lambda each: each.position)
    if findings:
        first = findings[0]
        raise DocumentError(first.message, file=file, line=first.position.line, column=first.position.column)
    _check_name(item, plain, name)
    return plain


def _check_name(item: FileObject, plain: object, name: IstagName) -> None:
    """Compare the metadata with the istag that the path means; raises `DocumentError`."""
    metadata = mapping(mapping(plain).get("metadata"))
    for key, wanted in (("namespace", name.namespace), ("name", name.short)):
        if metadata.get(key) != wanted:
            at = item.position(("metadata", key))
            value = excerpt(metadata.get(key))
            message = f"metadata.{key} is {value}, but the file lies where {name} belongs. Write {wanted}."
            raise DocumentError(message, file=at.file, line=at.line, column=at.column)


def _only_document(data: bytes, file: str) -> Document | None:
    documents = read_documents(data, file)
    if len(documents) > 1:
        second = documents[1].position(())
        message = "the file has more than one document. Keep one."
        raise DocumentError(message, file=file, line=second.line, column=second.column)
    return documents[0] if documents else None


def _has_errors(findings: tuple[Finding, ...]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)
