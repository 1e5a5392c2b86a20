"""The table of all commands, in the sections and the order that help shows them in, each with its first sentence.

Help and completion of command names read this table and import no command. The sentence is the first paragraph of the
command's own help; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SECTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "Start": {
        "demo": "Show the whole story: declare, first pass, a new image, next pass, status and history, a roll back.",
        "init": "Write reconciler.yaml, and files for Argo CD, Flux, reviewers and editors; nothing is overwritten.",
        "adopt": "Take over streams: from OpenShift's exports with histories, a live repository, or another updater.",
    },
    "Look": {
        "validate": "Show every finding of the work tree as path:line:column: error: message [rule].",
        "plan": "Show what a pass would do now; nothing is written.",
        "status": "Show for each istag the recorded image, the image that its source has now, and the state.",
        "history": "Show the images of an istag: the current stack, then images rolled back or cut, then held ones.",
        "describe": "Describe a stream, an istag or an isimage, as oc describe does.",
        "find": "Show every istag that ever meant an image, and when; removed tags too.",
        "resolve": "Print the pull spec, by digest, that an istag or isimage means.",
        "verify": "Prove that every change of a history or hold is a step of the reconciler or a person's decision.",
    },
    "Keep in step": {
        "sync": "Run one pass: look up what is due, commit every move, push.",
        "import": "Look up the source of an istag now, scheduled or not, and commit its image.",
        "run": "Keep a remote repository and the registries in step until a signal ends it.",
    },
    "Change": {
        "tag": "Point spec tags at a source and commit that one edit; with -d take them out.",
        "set-triggers": "Set or list the triggers of workloads and builds, as oc set triggers does.",
        "image-lookup": "Let workloads name streams as their images; set or list where they may.",
        "promote": "Pin DEST to the current image of SOURCE, on a branch for a pull request.",
        "rollback": "Roll an istag back in one commit; no reconciler has to run, and no conflict is possible.",
        "unhold": "Release every image that is held for an istag; the next pass may come back to one.",
        "freeze": "Stop all moves of an istag: edit its spec tag and commit that one edit.",
        "unfreeze": "Let a frozen istag move again: edit its spec tag and commit that one edit.",
    },
    "Notify": {
        "sinks": "Send a test to a sink, and show how far each sink was told.",
    },
    "Shell and editor": {
        "completion": "Print the completion script of a shell.",
        "schema": "Print the JSON Schema of a kind of file or of a command's JSON; without KIND, list all.",
    },
}
