"""The scope of a query: the istags of a namespace, of a stream, or a single one."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.name import IstagName, StreamName


@dataclass(frozen=True, slots=True, order=True)
class IstagScope:
    """All istags of a namespace, those of one stream, or one istag."""

    namespace: str
    stream: str | None = None
    tag: str | None = None

    @classmethod
    def parse(cls, text: str, default_namespace: str) -> IstagScope:
        """`NAMESPACE/`, `[NAMESPACE/]STREAM` or `[NAMESPACE/]STREAM:TAG`; raises `InvalidNameError`."""
        if text.endswith("/"):
            return cls(StreamName.parse(f"{text}x", "").namespace)
        if ":" not in text:
            stream = StreamName.parse(text, default_namespace)
            return cls(stream.namespace, stream.name)
        name = IstagName.parse(text, default_namespace)
        return cls(name.namespace, name.stream, name.tag)

    def has(self, name: IstagName) -> bool:
        """Whether the istag is in the scope."""
        return name.namespace == self.namespace and self.stream in {None, name.stream} and self.tag in {None, name.tag}

    def __str__(self) -> str:
        if self.stream is None:
            return f"{self.namespace}/"
        return f"{self.namespace}/{self.stream}" + (f":{self.tag}" if self.tag is not None else "")
