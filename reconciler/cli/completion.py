"""Shell completion: the script for a shell; what is completed is the business of each argument's type."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import FishComplete, ZshComplete

COMPLETE: Final = "_IMAGESTREAM_COMPLETE"
"""The variable by which a shell's function asks for completions."""

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


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print the completion script of a shell.

    \b
    Example:
      imagestream completion bash \\
        > ~/.local/share/bash-completion/completions/imagestream
      imagestream completion zsh > "${fpath[1]}/_imagestream"
      imagestream completion fish > ~/.config/fish/completions/imagestream.fish
    """
    if shell == "bash":
        click.echo(_BASH, nl=False)
        return 0
    script = ZshComplete if shell == "zsh" else FishComplete
    click.echo(script(context.find_root().command, {}, "imagestream", COMPLETE).source())
    return 0
