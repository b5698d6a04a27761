"""After an error: find the place where reading can go on.

The machine stands at a token that no production takes, or a builder raised a `Slip`. Where the meaning is plain (a
missing colon, `&&`) the machine gets what should have stood there. Otherwise the line is put aside as a BROKEN
statement; the block under it is still read, so that its own errors are found.
"""

from __future__ import annotations

from bisect import bisect_left
from contextlib import suppress

from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Diagnostic
from fmplang.syntax.explain import explain
from fmplang.syntax.explain_statements import last_statement
from fmplang.syntax.foreign import SAME_AS
from fmplang.syntax.literals import Slip
from fmplang.syntax.machine import Machine, Stop, Unfit
from fmplang.syntax.place import Place
from fmplang.syntax.source import Span

MOST = 100  # errors reported for one file
NO_TOKEN = -1  # in place of a docstring's token

# What begins the later part of a statement whose first part may have been put aside.
_LATER = frozenset({"ELSE", "ELIF", "except", "finally"})


def slip_at(machine: Machine) -> Slip:
    """What is wrong at the machine's token, in the braces of an f-string."""
    return Slip(explain(Place(machine, 0, 0)))


# Reported once for a file: statements at the top level, `match` with its cases.
_ONCE = frozenset({"FMP035", "FMP039"})


class Mender:
    """Mends one reading; `found` takes the diagnostics."""

    def __init__(self, machine: Machine, found: list[Diagnostic]) -> None:
        self.machine = machine
        self.found = found
        self.said: set[str] = set()
        self.silent = 0  # before this token nothing is told
        self.compared = -1  # the first token of a statement in which `=` was read as `==`

    def recover(self, slip: Slip | None) -> None:
        """Report, and change the machine's stacks and index so that it can go on."""
        while True:
            try:
                return self._recover(slip)
            except Slip as late:  # what stands before the place was complete, but is wrong as well
                slip = late

    def _recover(self, slip: Slip | None) -> None:
        machine = self.machine
        height, first = self._statement(slip is not None)
        if len(self.found) > MOST:
            at = machine.tokens.starts[first]
            raise Stop(Diagnostic("FMP001", f"more than {MOST} errors: the rest of the file was not read",
                                  machine.source, Span(at, at), help="mend the first ones and check again"))
        if slip is not None:
            self.found.append(slip.diagnostic)
        else:
            place = Place(machine, first, height)
            if machine.index >= self.silent and not self._belongs_to_broken(place):
                diagnostic = explain(place)
                if diagnostic.code not in self.said and not self._follows(diagnostic, first):
                    self.found.append(diagnostic)
                if diagnostic.code in _ONCE:
                    self.said.add(diagnostic.code)
                with suppress(Unfit):  # then the line is put aside
                    if self._mend(place, diagnostic):
                        return
        machine.cut(height)
        machine.feed(machine.engine.kinds.broken, first)
        machine.index = machine.tokens.kinds.index(machine.engine.kinds.newline, first)
        self._continued(machine.index)

    def _continued(self, end: int) -> None:
        """Lines that are indented under a line that begins no block belong to it: they have no errors of their own."""
        t, k = self.machine.tokens, self.machine.engine.kinds
        if t.kinds[end + 1] != k.indent or t.words[end - 1] not in ("=", "(", "[", "{", ",") or end < self.silent:
            return
        depth, at = 1, end + 2
        while depth and t.kinds[at] != k.end:
            depth += (t.kinds[at] == k.indent) - (t.kinds[at] == k.dedent)
            at += 1
        self.silent = at

    def _statement(self, slipped: bool) -> tuple[int, int]:
        """The height of the stack before the statement in error, and the statement's first token."""
        machine = self.machine
        t, k = machine.tokens, machine.engine.kinds
        actions = machine.engine.tables.actions
        height = len(machine.values)
        while k.broken not in actions[machine.states[height]] or not machine.after(
                machine.states[:height + 1], [k.broken]):
            height -= 1
        if height < len(machine.values):
            first = bisect_left(t.starts, machine.offsets[height])
        elif slipped:
            first = bisect_left(t.starts, machine.began)
        else:
            first = machine.index
            machine.settle(k.broken)
            height = len(machine.values)
        while t.kinds[first] in (k.newline, k.indent, k.dedent) and first < machine.index:
            first += 1
        return height, first

    def _belongs_to_broken(self, place: Place) -> bool:
        """Whether this line is part of a statement that was put aside: it causes no error of its own."""
        if place.t.words[place.first] == "case" and "FMP039" in self.said:
            return True
        last = last_statement(self.machine)
        if place.index != place.first or not isinstance(last, ast.ErrorStmt):
            return False
        if place.kind in ("DEF", "AT", "CLASS"):
            return place.in_record or self.machine.source.text.startswith("@", last.start)
        return place.kind in _LATER

    def _follows(self, diagnostic: Diagnostic, first: int) -> bool:
        """Whether the error comes of one that was told: a block that is missing since its header is indented wrongly,
        and what is wrong in a statement after its `=` was read as `==`."""
        if diagnostic.code == "FMP005":
            text = self.machine.source.text
            line = text.rfind("\n", 0, diagnostic.span.start) + 1
            return any(d.code in ("FMP006", "FMP007") and line <= d.span.start <= diagnostic.span.start
                       for d in (*self.found, *self.machine.tokens.found))
        if first == self.compared:
            return True
        if diagnostic.code == "FMP013":
            self.compared = first
        return False

    def _mend(self, p: Place, diagnostic: Diagnostic) -> bool:
        """Read on as if the right thing stood here; False where the line has to be put aside."""
        machine, k = self.machine, self.machine.engine.kinds
        index = machine.index
        match diagnostic.code:
            case "FMP002":
                machine.feed(k.signs[":"], index)
            case "FMP005":
                for kind in (k.indent, k.broken, k.newline, k.dedent):
                    machine.feed(kind, index)
            case "FMP006":
                machine.feed(k.broken, index)
                machine.feed(k.newline, index)
            case "FMP013" if p.accepts("SAME"):
                self._replace(p, "SAME", "==")
            case "FMP014" if p.kind in SAME_AS and p.accepts(SAME_AS[p.kind][0]):
                self._replace(p, *SAME_AS[p.kind])
            case "FMP042" if p.name(at := bisect_left(machine.tokens.starts, diagnostic.span.start)) == "NAME" and (
                    at > p.first or diagnostic.expected not in ("'else'", "'elif'")):
                self._replace(p, k.names[k.words[diagnostic.expected.strip("'")]], diagnostic.expected.strip("'"), at)
            case "FMP023" if p.kind == "LPAR" and diagnostic.fixes:
                machine.index = bisect_left(machine.tokens.starts, diagnostic.span.end)
            case "FMP014" if p.kind == "IF" and p.before == "ELSE":
                machine.cut(len(machine.values) - 1)
                machine.feed(k.words["elif"], index)
                machine.index += 1
            case "FMP019" if p.after == "_NEWLINE" and p.accepts("_NEWLINE"):
                machine.index += 1
            case "FMP019" if p.accepts("_NEWLINE"):
                machine.feed(k.newline, index)
                machine.index += 1
            case "FMP040" if p.accepts("STRING", "_NEWLINE"):
                self._supply_docstring(p)
            case "FMP040" if p.accepts("_INDENT"):
                machine.feed(k.indent, index)
                machine.feed(k.string, index, NO_TOKEN)
                machine.feed(k.newline, index)
                machine.feed(k.dedent, index)
            case "FMP040" if p.accepts("_DEDENT"):
                self._skip_to_dedent()
            case _:
                return False
        return True

    def _replace(self, p: Place, terminal: str, text: str, at: int | None = None) -> None:
        """Read the statement again with another token in this place."""
        tokens, at = self.machine.tokens, p.index if at is None else at
        tokens.kinds[at] = self.machine.engine.kinds.number[terminal]
        tokens.words[at] = text
        self.machine.cut(p.height)
        self.machine.index = p.first

    def _supply_docstring(self, p: Place) -> None:
        """A neural function without a docstring: read it as one with an empty docstring, and skip what it has."""
        machine, k = self.machine, self.machine.engine.kinds
        machine.feed(k.string, machine.index, NO_TOKEN)
        machine.feed(k.newline, machine.index)
        if p.before == "_INDENT":
            self._skip_to_dedent()
        else:
            while machine.tokens.kinds[machine.index] != k.newline:
                machine.index += 1
            machine.index += 1

    def _skip_to_dedent(self) -> None:
        """To the end of the block that the machine is in."""
        machine, k = self.machine, self.machine.engine.kinds
        kinds = machine.tokens.kinds
        depth = 0
        while kinds[machine.index] != k.end and (depth > 0 or kinds[machine.index] != k.dedent):
            depth += (kinds[machine.index] == k.indent) - (kinds[machine.index] == k.dedent)
            machine.index += 1
