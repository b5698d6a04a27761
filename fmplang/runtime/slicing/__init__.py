"""The dynamic slice of a run: which of its neural calls its end depended on.

The run is done again with its recorded answers, in a compile mode that builds a graph of dependences between statement
instances (Korel and Laski 1988; Agrawal and Horgan 1990). A plain dynamic slice leaves out a test whose other branch
would have mattered, so potential dependences are added (relevant slices: Agrawal, Horgan, Krauser and Wong 1993), and
what may fail counts as a test of all that comes after it. What is not in the slice then has no say in the end: with
another answer there, and the same answers to the same questions elsewhere, the run ends the same way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fmplang.errors import BackendError, FmpError
from fmplang.limits import Limits
from fmplang.runtime.program import Program
from fmplang.runtime.requests import Finished, Group
from fmplang.runtime.slicing.graph import Graph, Node
from fmplang.runtime.slicing.library import SliceLibrary
from fmplang.runtime.trace import RunRecord

__all__ = ["Slice", "slice_run"]


@dataclass(frozen=True, slots=True)
class Slice:
    """What the end of a run depended on: the value that it gave, or the statement at which it failed.

    `calls` are indexes into the run's calls; `data` those that it was reached from by data alone, through values that
    flowed into it. `statements` are the spans of the statements of which some instance is in the slice, by source
    name, sorted. `depends` has, for each call of the run, the earlier calls that its arguments, or its being made at
    all, depended on.
    """

    calls: frozenset[int]
    data: frozenset[int]
    statements: dict[str, tuple[tuple[int, int], ...]]
    depends: tuple[frozenset[int], ...]


def slice_run(program: Program, run: RunRecord, limits: Limits | None = None) -> Slice:
    """The slice of a run of this program, from its inputs and recorded answers.

    For a run that failed, that of the failing statement: of an assert, its test. Raises FmpError (FMP815) where the
    record is not that of a run of this program, and LimitError where the replay of a run that ended meets a limit.
    """
    graph = Graph()
    end = _replay(program, run, limits, graph)
    for index, call in enumerate(run.calls):
        node = graph.asked.get(tuple(call.order))
        if node is not None:
            node.call = index
    _spread([end, *graph.asked.values()])
    depends: list[frozenset[int]] = []
    for index, call in enumerate(run.calls):
        node = graph.asked.get(tuple(call.order))
        above = 0
        for parent in (*node.parents, *node.control) if node is not None else ():
            above |= parent.mask
        depends.append(_numbers(above & ((1 << index) - 1)))
    return Slice(_numbers(end.mask), _by_data(end), _statements(end), tuple(depends))


def _replay(program: Program, run: RunRecord, limits: Limits | None, graph: Graph) -> Node:
    """Run it again; gives the node of its end."""
    known = {tuple(call.order): call for call in run.calls}
    execution = program.watch(SliceLibrary, graph, run.inputs, limits)
    graph.meter = execution.meter
    try:
        step = execution.advance()
        while not isinstance(step, Finished):
            for request in step.requests if isinstance(step, Group) else (step,):
                call = known.get(request.order)
                if call is None or call.site != request.site.id:
                    if run.error is None:
                        raise _other(f"it never asked {request.site.id}")
                    execution.fail(BackendError("the run ended here"), request)
                elif call.error is not None or not call.done:
                    execution.fail(BackendError(call.error or "the run ended here"), request)
                else:
                    execution.answer(call.value, request)
            step = execution.advance()
    except FmpError:
        if run.error is None:
            raise
        return graph.node((), (*graph.failed, graph.survived))
    if run.error is not None:
        raise _other("it failed, and its replay does not")
    assert graph.result is not None
    end = graph.node((graph.result,), (graph.survived,))
    graph.read(step.value, end, True)
    return end


def _other(why: str) -> FmpError:
    return FmpError(f"this is no record of a run of the program: {why}", code="FMP815",
                    hint="give the program, the inputs and the record of one run")


def _spread(roots: Iterable[Node]) -> None:
    """Set the mask of every node that the roots reach: a bit for each call that it depends on, itself included."""
    order: list[Node] = []
    seen: set[int] = set()
    waiting: list[tuple[Node, bool]] = [(root, False) for root in roots]
    while waiting:
        node, done = waiting.pop()
        if done:
            order.append(node)
            continue
        if node.index in seen:
            continue
        seen.add(node.index)
        waiting.append((node, True))
        for parents in (node.parents, node.control):
            waiting += [(parent, False) for parent in parents if parent.index not in seen]
    moving = True
    while moving:  # once where no node depends on one that came to depend on it
        moving = False
        for node in order:
            mask = 1 << node.call if node.call >= 0 else 0
            for parent in node.parents:
                mask |= parent.mask
            for parent in node.control:
                mask |= parent.mask
            if mask != node.mask:
                node.mask, moving = mask, True


def _numbers(mask: int) -> frozenset[int]:
    return frozenset(index for index in range(mask.bit_length()) if mask >> index & 1)


def _by_data(end: Node) -> frozenset[int]:
    found: set[int] = set()
    seen = {end.index}
    waiting = [end]
    while waiting:
        node = waiting.pop()
        if node.call >= 0:
            found.add(node.call)
        for parent in () if node.faint else node.parents:
            if parent.index not in seen:
                seen.add(parent.index)
                waiting.append(parent)
    return frozenset(found)


def _statements(end: Node) -> dict[str, tuple[tuple[int, int], ...]]:
    found: set[tuple[str, int, int]] = set()
    seen = {end.index}
    waiting = [end]
    while waiting:
        node = waiting.pop()
        if node.span is not None:
            found.add(node.span)
        for parent in (*node.parents, *node.control):
            if parent.index not in seen and (parent.mask or not node.faint):
                seen.add(parent.index)
                waiting.append(parent)
    by_source: dict[str, list[tuple[int, int]]] = {}
    for name, start, stop in sorted(found):
        by_source.setdefault(name, []).append((start, stop))
    return {name: tuple(spans) for name, spans in by_source.items()}
