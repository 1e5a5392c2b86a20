"""The environment of every git process: fixed settings, and variables that are removed or set.

A git process of ours works on the repository it is given, runs no hooks of the user, starts no maintenance and never
prompts. The user's credentials, ssh, proxies, certificates, configuration and identity are inherited unchanged, like
everything that is not in these tables.
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
    "push.pushOption=",  # no options; a host without support for options would refuse every push with them
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
        # They select another repository, or another part of it (a hook or an alias sets them).
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
        # They show another history than the stored one.
        "GIT_SHALLOW_FILE",
        "GIT_REPLACE_REF_BASE",
        # They change the output that is parsed, or run a program to make it.
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
        # They set other dates than the given ones, or dates that git cannot read and stops at.
        "GIT_AUTHOR_DATE",
        "GIT_COMMITTER_DATE",
    }
)
REMOVED_PREFIXES: Final = ("GIT_TRACE",)  # traces hold headers, and are written anywhere

SET: Final = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": "/dev/null",  # a graft would make a forced update look like a fast-forward
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_REFLOG_ACTION": "imagestream",
    "GIT_PAGER": "cat",
}
"""GitPython itself sets `LC_ALL=C` and `LANGUAGE=C`."""

UNATTENDED: Final = {"GIT_TERMINAL_PROMPT": "0"}


def prefix(environ: Iterable[str]) -> tuple[str, ...]:
    """The words before `git` that remove the variables in `REMOVED`; empty if none of them is set.

    GitPython gives every child a copy of `os.environ` and can only add to it, so env(1) removes the variables. It
    replaces itself by git, so it adds no process; usually it is not needed at all.
    """
    names = list(environ)
    found = [name for name in names if name in REMOVED or name.startswith(REMOVED_PREFIXES)]
    taken = sorted({*found, *own(names)})
    return ("env", *(word for name in taken for word in ("-u", name))) if taken else ()
