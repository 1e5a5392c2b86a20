"""What surrounds every git process: settings that are fixed, variables that are taken away, variables that are set.

A child of ours works on the repository it is told to, runs no hook of the user's, starts no maintenance and asks
nobody. The user's credentials, ssh, proxies, certificates, configuration and identity reach it untouched: whatever is
not in these tables is inherited.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from reconciler.child import own

HARDENING: Final = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",  # may name a program to run
    "protocol.ext.allow=never",  # `ext::` runs any program
    "core.quotePath=false",
    "core.pager=cat",
    "color.ui=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "push.recurseSubmodules=no",
    "push.followTags=false",
    "push.gpgSign=false",
    "push.pushOption=",  # empty: none, where a host that knows no options would refuse everything
    "push.useForceIfIncludes=false",
    "log.showSignature=false",
    "log.follow=false",
    "merge.verifySignatures=false",
    "merge.autoStash=false",
    "advice.graftFileDeprecated=false",
)
"""Given with `-c`, which wins over every file and over `GIT_CONFIG_COUNT`."""

REMOVED: Final = frozenset(
    {
        # Another repository, or another part of it, than the one that was asked for (a hook or an alias sets these).
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_INDEX_VERSION",
        "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_NAMESPACE",
        "GIT_PREFIX",
        "GIT_INTERNAL_SUPER_PREFIX",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_QUARANTINE_PATH",
        "GIT_CONFIG",
        "GIT_DEFAULT_HASH",
        # Another history than the one that is stored.
        "GIT_SHALLOW_FILE",
        "GIT_REPLACE_REF_BASE",
        # Another output than the one that is parsed, or a program run to make it.
        "GIT_EXTERNAL_DIFF",
        "GIT_DIFF_OPTS",
        "GIT_PRINT_SHA1_ELLIPSIS",
        "GIT_NOTES_DISPLAY_REF",
        "GIT_NOTES_REF",
        "GIT_GLOB_PATHSPECS",
        "GIT_NOGLOB_PATHSPECS",
        "GIT_ICASE_PATHSPECS",
        "GIT_CURL_VERBOSE",
        "GIT_MERGE_AUTOEDIT",
        "GIT_MERGE_VERBOSITY",
        # Other dates than the ones that are given, or none that git can read, on which it stops half-way.
        "GIT_AUTHOR_DATE",
        "GIT_COMMITTER_DATE",
    }
)
REMOVED_PREFIXES: Final = ("GIT_TRACE",)  # traces hold headers and go where they please

SET: Final = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": "/dev/null",  # a graft would make a forced move look like a fast-forward
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_REFLOG_ACTION": "imagestream",
    "GIT_PAGER": "cat",
}
"""`LC_ALL=C` and `LANGUAGE=C` are set by GitPython itself."""

UNATTENDED: Final = {"GIT_TERMINAL_PROMPT": "0"}


def prefix(environ: Iterable[str]) -> tuple[str, ...]:
    """The words that go before `git` so that it does not see what is in `REMOVED`; none where nothing is.

    GitPython hands every child a copy of `os.environ` and can only add to it, so env(1) takes away. It replaces itself
    by git, so no process is added, and in the ordinary case it is not run at all.
    """
    names = list(environ)
    found = [name for name in names if name in REMOVED or name.startswith(REMOVED_PREFIXES)]
    taken = sorted({*found, *own(names)})
    return ("env", *(word for name in taken for word in ("-u", name))) if taken else ()
