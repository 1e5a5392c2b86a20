"""Shell completion: the script of each shell, and the answer to the script.

What is completed is decided by the type of each argument and option.
"""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import FishComplete, ZshComplete, get_completion_class

COMPLETE: Final = "_IMAGESTREAM_COMPLETE"
"""The variable by which a shell's function requests completions."""

_BASH: Final = """\
_imagestream_completion() {
    # Bash takes STREAM:TAG for three words (COMP_WORDBREAKS). The line is taken apart by blanks alone, and of what
    # comes back only the part after the last colon of the word is put in.
    local line=${COMP_LINE:0:COMP_POINT} words type value current="" before=""
    read -r -a words <<< "$line"
    if [[ $line == *[[:blank:]] ]]; then
        words+=("")
    fi
    current=${words[${#words[@]} - 1]}
    if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
        before=${current%"${current##*:}"}
    fi
    COMPREPLY=()
    while IFS=, read -r type value; do
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("${value#"$before"}") ;;
        esac
    done < <(COMP_WORDS="$line" COMP_CWORD=$((${#words[@]} - 1)) _IMAGESTREAM_COMPLETE=bash_complete "$1" 2> /dev/null)
}

complete -o nosort -F _imagestream_completion imagestream
"""


def script(shell: str, program: click.Command) -> str:
    """The script of `bash`, `zsh` or `fish`."""
    if shell == "bash":
        return _BASH
    kind = ZshComplete if shell == "zsh" else FishComplete
    return f"{kind(program, {}, 'imagestream', COMPLETE).source()}\n"


def completed(instruction: str, program: click.Command) -> str | None:
    """The answer to a shell's function: what may come where the cursor is; None for a shell that is not known.

    `instruction` is `SHELL_complete`, the value of the variable.
    """
    shell = get_completion_class(instruction.removesuffix("_complete"))
    return None if shell is None else shell(program, {}, "imagestream", COMPLETE).complete()
