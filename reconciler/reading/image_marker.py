"""Reading the comment markers of a file: the image fields, and a finding for each marker that has no effect.

A marker in an object that the reconciler reads or writes itself is a finding: what it records changes no specification.
"""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.documents.convert.marker import read_marker
from reconciler.documents.edit.marker import FoundMarker, find_markers
from reconciler.documents.edit.span_tree import is_json
from reconciler.documents.read.document import Document
from reconciler.documents.read.node import Scalar, find
from reconciler.documents.read.template_marker import has_template_markers
from reconciler.errors import InputError
from reconciler.model.finding import Finding, Position
from reconciler.model.image_field import Via
from reconciler.reading.document_field import OURS, DocumentFields, ImageFields
from reconciler.rules.table import severity

MARKER_RULE = "image-marker"
"""The rule that a marker without an effect breaks."""


def read_markers(text: str, documents: Sequence[Document], namespace: str) -> ImageFields:
    """The markers of a file, from its text and its documents; `namespace` is for istags and objects without one."""
    result = ImageFields()
    if not documents or is_json(text, documents[0].file):
        return result
    places = [DocumentFields(document, namespace) for document in documents]
    for found in find_markers(text):
        try:
            _read(result, found, places[found.document], namespace)
        except InputError as error:
            position = Position(documents[0].file, found.line, found.column)
            result.findings.append(Finding(position, severity(MARKER_RULE), MARKER_RULE, "", str(error)))
    return result


def _read(result: ImageFields, found: FoundMarker, places: DocumentFields, namespace: str) -> None:
    """Add the field of a marker; raises `InputError` where it has none."""
    if found.path is None or found.problem:
        raise InputError(found.problem)
    kind = places.object_at(found.path).kind
    if kind in OURS:
        raise InputError(f"the marker is in an object of kind {kind.value}, which no marker changes. Take it out.")
    marker = read_marker(found.text, namespace)
    node = find(places.document.root, found.path)
    if not isinstance(node, Scalar) or node.line != found.value_line:
        raise InputError("the marker is on a value that is hidden by a merge key (<<) or its own key again. Mend that.")
    if has_template_markers(node):
        result.templates.append(node.line)
    else:
        result.add(places.field(found.path, marker, Via.MARKER), "the marker")
