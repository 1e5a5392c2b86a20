"""The table of all commands, in the sections and the order that help shows them in, each with its first sentence.

Help and completion of command names read this table and import no command. The sentence is the first paragraph of the
command's own help; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SECTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "Start": {
        "demo": "Tell the story: declare, first pass, a new image, the next pass, status and history, a roll back.",
        "init": "Write reconciler.yaml and what keeps Argo CD, Flux and reviewers undisturbed; nothing is overwritten.",
        "adopt": "Take over streams: from OpenShift's exports with their histories, or from a live repository.",
    },
    "Look": {
        "validate": "Show every finding of the work tree as path:line:column: error: message [rule].",
        "plan": "Show what a pass would do now; nothing is written.",
        "status": "Show for each istag what is recorded, what its source has now, and what lies between them.",
        "history": "Show what an istag means and meant: the current stack, what was rolled back or cut, what is held.",
        "describe": "Tell all about a stream, an istag or an isimage, as oc describe does.",
        "find": "Show every istag that ever meant an image, and when; tags that are gone too.",
        "resolve": "Print the pull spec, by digest, that an istag or isimage means.",
        "verify": "Prove that every change of every history and hold was allowed: an own step, or a person's decision.",
    },
    "Keep in step": {
        "sync": "Run one pass: look at the registries, commit every move, push.",
        "import": "Look at an istag's source now, scheduled or not, and commit what it gives.",
        "run": "Keep a remote repository and the registries in step until told to stop.",
    },
    "Change": {
        "tag": "Point spec tags at a source and commit that one edit; with -d take them out.",
        "promote": "Pin DEST to the image that SOURCE means now, on a branch for a pull request.",
        "rollback": "Roll an istag back in one commit; no reconciler has to run, and no conflict is possible.",
        "unhold": "Release every image that is held for an istag; the next pass may come back to it.",
        "freeze": "Stop all moves of an istag: edits its spec tag and commits that one edit.",
        "unfreeze": "Let a frozen istag move again: edits its spec tag and commits that one edit.",
    },
    "Shell and editor": {
        "completion": "Print the completion script of a shell.",
        "schema": "Print the JSON Schema of a kind of file or of a command's JSON; without KIND list them all.",
    },
}
