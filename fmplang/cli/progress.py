"""A sign of life while something long goes on, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fmplang.cli.console import is_terminal
from fmplang.cli.text import escape


@contextmanager
def counting(text: str, of: str = "runs") -> Iterator[Callable[..., None]]:
    """Gives a function to be told how much is done, and of how much where that is known. `of` says
    what is counted."""
    if not is_terminal(sys.stderr):
        yield lambda *done: None
        return
    from rich.console import Console
    from rich.markup import escape as plain

    shown = plain(escape(text))
    with Console(stderr=True).status(shown) as status:
        yield lambda *done: status.update(f"{shown}: {' of '.join(f'{number:,}' for number in done)} {of}")
