"""Where in the program's own text things are: lines that ran, lines in the slice, and the lines that calls stand on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from fmplang.check.sites import way_to
from fmplang.check.typed import TypedProgram
from fmplang.syntax import ast
from fmplang.syntax.source import Source, Span

PLAIN, IDLE, RAN, KEPT = 0, 1, 2, 3  # says nothing; did not run; ran; ran and the answer depended on it

Spans = Mapping[str, Sequence[Sequence[int]]]


class Place(NamedTuple):
    """A span in a source."""

    source: Source
    span: Span


def line_marks(program: TypedProgram, source: Source, executed: Spans, kept: Spans | None) -> dict[int, int]:
    """What is to be said of each line of `source` that holds a statement of a function that the entry reaches.

    Of a compound statement only the head counts; a line with several statements says the most that one of them does.
    Where nothing is known to have run, which is where nobody kept it, no line says anything.
    """
    ran = {(span[0], span[1]) for span in executed.get(source.name, ())}
    chosen = {(span[0], span[1]) for span in (kept or {}).get(source.name, ())}
    marks: dict[int, int] = {}

    def mark(start: int, end: int, what: int) -> None:
        for line in range(source.position(start)[0], source.position(max(start, end - 1))[0] + 1):
            marks[line] = max(marks.get(line, PLAIN), what)

    def state(node: ast.Stmt) -> int:
        key = (node.start, node.end)
        return KEPT if key in chosen else RAN if key in ran else IDLE if executed else PLAIN

    def walk(body: Sequence[ast.Stmt]) -> int:
        """Marks a block; what the most of its statements did."""
        most = IDLE if executed else PLAIN
        for node in body:
            what = state(node)
            most = max(most, what)
            if isinstance(node, ast.If):
                insides = [*(walk(branch.body) for branch in node.branches), walk(node.orelse)]
                for place, branch in enumerate(node.branches):
                    # An `elif` was surely looked at where it, or what follows it, ran, or nothing before it did.
                    sure = max(insides[place:]) > IDLE or max(insides[:place], default=IDLE) == IDLE
                    mark(branch.test.start if place else node.start, branch.test.end, what if sure else PLAIN)
            elif isinstance(node, ast.For):
                mark(node.start, node.iter.end, what)
                walk(node.body)
            else:
                mark(node.start, node.end, what)
        return most

    for function in program.functions:
        if function.source is source:
            node = function.node
            first = node.body[0].start if node.body else node.end
            most = walk(node.body)
            head = source.position(node.start)[0]
            last = source.position(node.returns.end if node.returns is not None else node.name.end)[0]
            for line in range(head, max(head, min(last, source.position(first)[0] - 1)) + 1):
                marks[line] = max(marks.get(line, PLAIN), min(most, RAN))
    return marks


def own_place(program: TypedProgram, site: str) -> Place | None:
    """The innermost call on the way to a site that stands in the program's own text."""
    for function, call in reversed(way_to(program, site)):
        if function.source is program.source:
            return Place(function.source, call.node.span)
    return None
