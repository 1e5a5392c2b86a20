"""The tree of errors, split by whose fault it is and what to do about it.

    ReconcilerError
    ├── InputError            the input is wrong; a commit or another command line has to change it
    │   ├── UsageError        the command line or the place it was run in is wrong (exit code 2)
    │   ├── UnknownNameError  a name is right in form, but there is nothing of that name; has what was probably meant
    │   └── DocumentError     a document cannot be read; has file, line and column
    ├── RemoteError           a registry or git host failed; has host, and whether trying again helps
    │   └── UnavailableError  a remote cannot be reached at all (exit code 4)
    └── ConflictError         somebody else moved first; plan again on what is there now

A normal outcome is a value, never an exception: a registry's "not found" is an `Observation`, a refused move a
`Problem`. Everything else that is raised is a bug and ends in a report file.

Each error has one line of text for a person: what, which: why. What to do.
"""

from __future__ import annotations

from collections.abc import Sequence


class ReconcilerError(Exception):
    """Base of everything this project raises on purpose; never raised itself."""


class InputError(ReconcilerError):
    """The input is wrong, and stays wrong until a person changes it."""


class UsageError(InputError):
    """The command line, or the folder it was run in, cannot be used as asked (exit code 2)."""


class UnknownNameError(InputError):
    """Nothing has the name that was given: `name`, written out with its namespace.

    `why` is a sentence, `advice` what to do; `nearest` are names that were probably meant, put between the two.
    """

    def __init__(self, name: str, why: str, advice: str = "", nearest: Sequence[str] = ()) -> None:
        super().__init__(why)
        self.name = name
        self.why = why
        self.advice = advice
        self.nearest = tuple(nearest)

    def __str__(self) -> str:
        meant = f"Did you mean {' or '.join(self.nearest)}?" if self.nearest else ""
        return " ".join(text for text in (self.why, meant, self.advice) if text)


class DocumentError(InputError):
    """A document cannot be read. `line` and `column` count from 1; 0 means the whole file."""

    def __init__(self, message: str, *, file: str = "", line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line
        self.column = column

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        return f"{where}: {self.message}" if where else self.message


class RemoteError(ReconcilerError):
    """A remote answered wrongly or not in time. `retryable` says whether the same call may work later."""

    def __init__(self, message: str, *, host: str = "", retryable: bool = False) -> None:
        super().__init__(message)
        self.host = host
        self.retryable = retryable


class UnavailableError(RemoteError):
    """A remote cannot be reached, so nothing could be done (exit code 4)."""


class ConflictError(ReconcilerError):
    """Somebody else changed the branch or the work tree first; nothing was written."""
