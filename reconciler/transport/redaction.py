"""The redaction of texts about HTTP requests (design 6); it is that of `model`, where every room reaches it."""

from reconciler.model.redaction import redact

__all__ = ["redact"]
