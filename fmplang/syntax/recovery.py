"""After an error: say what is wrong, and find the place where reading can go on.

The machine stands at a token that no production takes, or a builder raised a `Slip`. The line is put aside as a
BROKEN statement; the block under it is still read, so that its own errors are found.
"""

from __future__ import annotations

from bisect import bisect_left

from fmplang.syntax.diagnostics import Diagnostic
from fmplang.syntax.literals import Slip
from fmplang.syntax.machine import Machine, Stop
from fmplang.syntax.source import Span

MOST = 100  # errors reported for one file


def refuse(machine: Machine, slip: Slip | None) -> None:
    """For an f-string's braces: the statement around them takes the error."""
    if slip is not None:
        raise slip
    raise Slip(explain(machine))


def explain(machine: Machine) -> Diagnostic:
    """What is wrong at the machine's token."""
    t, k = machine.tokens, machine.engine.kinds
    index = machine.index
    if index in t.errors:
        return t.errors[index]
    kind = t.kinds[index]
    start, end = t.starts[index], t.ends[index]
    if end < start:
        start = end
    return Diagnostic("FMP001", f"unexpected {k.spell[kind]}", machine.source, Span(start, max(end, start)))


class Mender:
    """Mends one reading; `found` takes the diagnostics."""

    def __init__(self, machine: Machine, found: list[Diagnostic]) -> None:
        self.machine = machine
        self.found = found
        self.count = 0

    def recover(self, machine: Machine, slip: Slip | None) -> None:
        t, k = machine.tokens, machine.engine.kinds
        diagnostic = slip.diagnostic if slip else explain(machine)
        self.found.append(diagnostic)
        self.count += 1
        if self.count >= MOST:
            raise Stop(Diagnostic("FMP001", f"more than {MOST} errors: the rest of the file was not read",
                                  machine.source, Span(t.starts[machine.index], t.starts[machine.index])))
        self.put_aside(slip)

    def put_aside(self, slip: Slip | None) -> None:
        """Make the statement around the error a BROKEN one, up to the end of its first line."""
        machine = self.machine
        t, k = machine.tokens, machine.engine.kinds
        height = len(machine.values)
        table = machine.engine.tables.actions
        while not (k.broken in table[machine.states[height]] and machine.accepts(k.broken, height)):
            height -= 1
        if height < len(machine.values):
            first = bisect_left(t.starts, machine.offsets[height])
        elif slip:
            first = bisect_left(t.starts, slip.diagnostic.span.start)
        else:
            first = machine.index
        while t.kinds[first] in (k.indent, k.dedent, k.newline):
            first += 1
        machine.cut(height)
        stop = t.kinds.index(k.newline, first)
        if t.kinds[machine.index] != k.indent and stop < machine.index:
            stop = stop
        machine.feed(k.broken, first)
        machine.index = stop
