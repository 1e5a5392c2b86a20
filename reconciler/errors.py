"""The tree of errors: the first level tells whose fault it is and what to do about it.

    ReconcilerError
    ├── InputError                  the input is wrong; a commit or another command line has to change it
    │   ├── UsageError              the command line, or the place it was run in, is wrong (exit code 2)
    │   │   ├── InvalidNameError        model: the name of a stream, istag or isimage is malformed
    │   │   └── InvalidReferenceError   model: a pull spec, tag or digest is malformed
    │   ├── UnknownNameError        nothing has this name, which is well-formed; `nearest` are similar names
    │   ├── DocumentError           a document cannot be read; has file, line and column
    │   │   ├── MergeConflictError      documents: the file holds the markers of a merge conflict
    │   │   └── NotJsonError            documents: the text is not JSON; it may be YAML
    │   ├── EditRefusedError        documents: an edit in place is not possible; has the line and the reason
    │   ├── EditError               documents: the same, for a person: what, where, why, and what to write by hand
    │   │   └── FieldEditError          documents: of one image field; has its document and path
    │   ├── SecretError             notify: the file of a sink's secret holds something that its kind cannot use
    │   ├── HostError               model: a text is not the name of a host
    │   ├── PayloadError            server: the body of a webhook is not what its sender sends
    │   │   └── MediaTypeError          server: its media type is not one that the sender sends
    │   ├── BodyRefusedError        server: a body is too large, too slow or cut off; has the HTTP status
    │   └── DemoRequestError        demo: the demo registry refuses a request; has the HTTP status and error code
    ├── RemoteError                 a registry or git host failed; has host, and whether another try may help
    │   ├── UnavailableError        a remote cannot be reached at all (exit code 4)
    │   │   ├── BrokenOffError          transport: the connection was closed without an answer
    │   │   └── TlsError                transport: the TLS handshake failed
    │   ├── NoHttpError             transport: the answer is not HTTP
    │   ├── TooLargeError           transport: the answer is larger than is allowed; has its HTTP status
    │   ├── RefusedAddressError     transport: the host is at an address that is not allowed
    │   ├── AnswerError             registry: an answer other than the one requested; has the reason
    │   ├── ManifestError           registry: bytes are not a manifest of their type; becomes an AnswerError
    │   └── LinkError               registry: a `Link` header cannot be followed; becomes an AnswerError
    ├── ConflictError               the branch or the work tree changed first; plan again on what is there now
    │   ├── BranchMovedError        gitstore: the branch is not at the commit that the new commits were built on
    │   └── WorkTreeError           gitstore: a work tree cannot follow the branch; a person has to act first
    └── DemoError                   demo: a command of the demo failed

Outside of the tree, because each has to pass through code that is not ours:

    AbandonedError                  daemon: raised in a signal handler; no `except Exception` may catch it
    DeadlineError                   transport: a TimeoutError, which the HTTP library handles as one of the socket

A normal outcome is a value, never an exception: a registry's "not found" is an `Observation`, a refused move a
`Problem`. Any other exception is a bug and ends in a report file.

Each error has one line of text for a person: what, which: why. What to do. A test compares this page with the program.
"""

from __future__ import annotations

from collections.abc import Sequence


class ReconcilerError(Exception):
    """The base of every error of this program; it is not raised itself."""


class InputError(ReconcilerError):
    """The input is wrong, and stays wrong until a person changes it."""


class UsageError(InputError):
    """The command line, or the folder it was run in, is wrong (exit code 2)."""


class UnknownNameError(InputError):
    """Nothing has the given name.

    `name` is written out with its namespace, `why` is a sentence and `advice` is what to do. `nearest` are names that
    were probably meant; the text has them between the two.
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
    """A remote answered wrongly or too late. `retryable` tells whether the same call may work later."""

    def __init__(self, message: str, *, host: str = "", retryable: bool = False) -> None:
        super().__init__(message)
        self.host = host
        self.retryable = retryable


class UnavailableError(RemoteError):
    """A remote cannot be reached, so nothing was done (exit code 4)."""


class ConflictError(ReconcilerError):
    """The branch or the work tree was changed by another process or person first; nothing was written."""
