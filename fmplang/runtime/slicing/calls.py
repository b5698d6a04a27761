"""How functions are entered and left, and neural functions asked, in code that is being sliced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fmplang.runtime.frames import Frame
from fmplang.runtime.slicing.graph import Graph, Node, graph_of

if TYPE_CHECKING:
    from fmplang.runtime.slicing.context import SliceContext


class Entrance:
    """The code of a function, as one call enters it: it says what each argument depends on."""

    __slots__ = ("c", "code", "slots")

    def __init__(self, c: SliceContext, code: Any, slots: list[int]) -> None:
        self.c = c
        self.code = code
        self.slots = slots

    @property
    def rest(self) -> list[None]:
        return self.code.rest  # type: ignore[no-any-return]

    def run(self, frame: Frame) -> Any:
        graph = graph_of(frame)
        if graph.caller is not None:
            caller, c = graph.caller
            assert c is self.c
            graph.entering = [(caller[slot], caller[slot + 1]) if slot >= 0 else (None, None) for slot in self.slots]
        return self.code.run(frame)


def guard(graph: Graph, frame: Frame, c: SliceContext) -> list[Node | None]:
    """What decided that something is evaluated here."""
    statement: Node = frame[c.stmt]
    found = [*statement.control, frame[c.guard]]
    if statement.data and statement.data[0].late:
        cell: Node | None = frame[c.cell]
        while cell is not None:
            found.append(graph.snapshot(cell))
            cell = cell.outer
    return found


def enter(c: SliceContext, count: int, frame: Frame) -> Any:
    graph = graph_of(frame)
    caller, given, graph.entering = graph.caller, graph.entering, None
    if caller is None:
        entry, given = graph.node(), []
    else:
        entry = graph.node((), guard(graph, *caller))
        if given is None:
            of = graph.snapshot(caller[0][caller[1].cell])
            given = [(of, of)] * count
    frame[c.entry] = frame[c.cell] = frame[c.stmt] = entry
    for slot, (value, identity) in enumerate(given):
        frame[c.shadow(slot)], frame[c.shadow(slot) + 1] = value, identity
    return caller


def leave(c: SliceContext, frame: Frame, caller: Any) -> None:
    graph = graph_of(frame)
    node: Node | None = frame[c.result]
    if node is None:  # it came to its end
        node = graph.node((), (frame[c.entry], frame[c.returned]))
    if caller is None:
        graph.result = node
    else:
        caller[0][caller[1].cell].add(node)
    graph.caller = caller
