"""The command line. One file per group of commands; each is imported only when its command runs."""

from __future__ import annotations


def main() -> None:
    """The `fmplang` command. Ends the process."""
    from fmplang.cli.app import app

    app()
