"""`fmplang completion`: a script for the shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from fmplang.cli.console import out
from fmplang.errors import FmpError

SHELLS = ("bash", "zsh", "fish")
WHERE = {
    "bash": '  eval "$(fmplang completion bash)"    in ~/.bashrc',
    "zsh": '  eval "$(fmplang completion zsh)"    in ~/.zshrc',
    "fish": "  fmplang completion fish > ~/.config/fish/completions/fmplang.fish",
}


@click.command(name="completion", epilog="\b\n" + "\n".join(WHERE.values()))
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print a script that completes commands, options and files in SHELL."""
    from fmplang.cli.app import app

    made = get_completion_class(shell)
    if made is None:
        raise FmpError(f"there is no completion for {shell}", code="FMP805", hint=f"there is for {', '.join(SHELLS)}")
    # bash and zsh completions ask the shell for its version; the text itself needs no shell.
    script = made(app, {}, "fmplang", "_FMPLANG_COMPLETE")
    out(script.source_template % script.source_vars())
