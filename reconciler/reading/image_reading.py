"""Reading the image fields that markers and targets name in one file.

A file without the bytes `$imagestream` that no target names is not parsed for this. A template that is no YAML is
skipped; any other file that cannot be read is a finding.
"""

from __future__ import annotations

from reconciler.documents.convert.marker import KEY
from reconciler.documents.read.document import read_documents
from reconciler.documents.read.encoding import decode, mentions, too_large
from reconciler.documents.read.path_filter import is_target, may_declare
from reconciler.documents.read.template_marker import template_line
from reconciler.errors import DocumentError
from reconciler.model.config import Config
from reconciler.model.finding import Finding, Position
from reconciler.reading.document_field import ImageFields
from reconciler.reading.image_marker import MARKER_RULE, read_markers
from reconciler.reading.image_target import read_targets, target_findings
from reconciler.rules.table import severity


def read_images(file: str, data: bytes | None, config: Config, namespace: str) -> ImageFields:
    """The image fields of a file; None as bytes is a file too large to read. `namespace` is the default there."""
    is_marked = data is not None and may_declare(file, config) and mentions(data, (KEY,))
    is_named = any(is_target(file, target) for target in config.targets)
    if not is_marked and not is_named:
        return ImageFields()
    try:
        return _read(file, data, config, namespace, is_marked=is_marked)
    except DocumentError as error:
        return _unreadable(error, data or b"", config, is_marked=is_marked)


def _read(file: str, data: bytes | None, config: Config, namespace: str, *, is_marked: bool) -> ImageFields:
    if data is None:
        raise too_large(file)
    documents = read_documents(data, file)
    result = read_targets(documents, file, config, namespace)
    return result.joined(read_markers(decode(data, file), documents, namespace)) if is_marked else result


def _unreadable(error: DocumentError, data: bytes, config: Config, *, is_marked: bool) -> ImageFields:
    line = template_line(data, error)
    if line is not None:
        return ImageFields(templates=[line])
    fact = f"the file cannot be read: {error.message}"
    position = Position(error.file, error.line, error.column)
    findings = target_findings(position, config, fact)
    if is_marked:
        findings.append(
            Finding(position, severity(MARKER_RULE), MARKER_RULE, "", f"its markers have no effect, {fact}")
        )
    return ImageFields(findings=findings)
