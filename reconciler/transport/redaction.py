"""The one redaction, under the name that HTTP's errors know; it lives in `model`, where every room reaches it."""

from reconciler.model.redaction import HIDDEN, redact

__all__ = ["HIDDEN", "redact"]
