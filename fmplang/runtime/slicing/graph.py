"""The dependence graph of one run, built while it runs.

A node stands for a statement instance, an expression whose dependences are kept apart, a neural call, or a change of
an object. Its parents are what it depends on: `data` (values that flowed into it) and `control` (what decided that it
was there at all). A node may get data parents after others have come to depend on it; then they depend on these too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fmplang.limits import Limits, Meter
from fmplang.runtime.frames import LANE, Frame
from fmplang.runtime.requests import Request
from fmplang.runtime.values import OrderedSet, RecordValue

NODE = 256  # bytes that a node is charged with


class Node:
    """`upto` limits the data parents to the first so many of a list that another node goes on filling. `span` is that
    of a statement, `call` the index of a neural call in the run's record, once that is known. Statements above a
    `faint` node count only where they depend on some call: it stands for what could have happened otherwise."""

    __slots__ = ("call", "control", "data", "faint", "index", "keeps", "late", "mask", "outer", "since", "span", "upto",
                 "values")

    def __init__(self, index: int, data: list[Node], control: list[Node]) -> None:
        self.index = index
        self.data = data
        self.control = control
        self.upto = -1
        self.span: tuple[str, int, int] | None = None
        self.call = -1
        self.faint = False
        self.late = False  # whether the statement holds functions or iterables that are run through later
        self.outer: Node | None = None  # of a cell: the one around it
        self.keeps = False  # whether others depend on it alone, and so on the answers that came in it
        self.values: list[tuple[Any, bool]] = []  # objects that the statement looked at, and whether into their depth
        self.since = 0  # how many changes of objects there were when it began
        self.mask = 0

    def add(self, parent: Node | None) -> None:
        """Depend on one more, by data."""
        if parent is not None and (not self.data or self.data[-1] is not parent):
            self.data.append(parent)

    @property
    def parents(self) -> list[Node]:
        return self.data if self.upto < 0 else self.data[: self.upto]


def graph_of(frame: Frame) -> Graph:
    """The graph of the run that the frame belongs to."""
    return frame[LANE].run.observer  # type: ignore[no-any-return]


class Graph:
    """What the closures of a run write to.

    `caller` is the frame that the next function is called from, with its context, `entering` what its arguments depend
    on, where that is known one by one. `objects` has, for each list, dict and set that was changed, what its contents
    depend on by now; `wild` the changes of which it depends on a call which object they met. `survived` is what
    might have failed and did not: all that comes later depends on it.
    """

    def __init__(self) -> None:
        self.meter = Meter(Limits())  # that of the run, once it has begun
        self.count = 0
        self.asked: dict[tuple[int, ...], Node] = {}  # by the order of the request
        self.caller: tuple[Frame, Any] | None = None
        self.entering: list[tuple[Node | None, Node | None]] | None = None
        self.objects: dict[int, tuple[Any, Node]] = {}
        self.wild: Node | None = None
        self.changes = 0
        self.survived = self.node(faint=True)
        self.failed: list[Node] = []
        self.makers: dict[int, tuple[Any, Node]] = {}
        self.result: Node | None = None

    # ------------------------------------------------------------- writing

    def node(self, data: Iterable[Node | None] = (), control: Iterable[Node | None] = (), faint: bool = False) -> Node:
        made = self._made([n for n in data if n is not None], [n for n in control if n is not None])
        made.faint = faint
        return made

    def _made(self, data: list[Node], control: list[Node]) -> Node:
        meter = self.meter
        meter.room -= NODE
        if meter.room < 0:
            meter.memory(0)
        self.count += 1
        return Node(self.count, data, control)

    def cell(self, outer: Node, into: Node) -> Node:
        """A node for an expression inside another; `into` depends on it."""
        made = self._made([], [])
        made.outer, made.since = outer, self.changes
        into.data.append(made)
        return made

    def snapshot(self, node: Node) -> Node:
        """What a node depends on now by data, whatever comes to it later."""
        made = self._made(node.data, [])
        made.upto = len(node.data)
        return made

    def called(self, request: Request, arguments: Node, control: Iterable[Node | None]) -> Node:
        made = self.asked[request.order] = self.node((arguments,), control)
        return made

    def survive(self, node: Node) -> None:
        """Something might have failed, had what the node depends on been otherwise."""
        self.survived.data.append(node)

    def survive_data(self, node: Node) -> None:
        """The same for its data alone, now and later: where the node had not been there, nothing would have failed."""
        self.survived.data.append(self._made(node.data, []))

    # ------------------------------------------------------------- objects

    def read(self, value: Any, into: Node, deep: bool) -> None:
        """Depend on the contents of a value that can be changed, or holds something that can."""
        kind = type(value)
        if kind is list or kind is dict or kind is OrderedSet:
            found = self.objects.get(id(value))
            if found is not None:
                into.add(found[1])
            if self.wild is not None:
                into.add(self.wild)
            if deep and kind is not OrderedSet:
                self.meter.work(len(value) >> 4)
                for item in value if kind is list else value.values():
                    self.read(item, into, True)
        elif kind is tuple:
            for item in value:
                self.read(item, into, deep)
        elif kind is RecordValue:
            for item in value.__values__:
                self.read(item, into, deep)

    def change(self, value: Any, why: Node, deep: bool = False, now: bool = True) -> None:
        """The contents of the object depend on `why` from here on; not `now`: it only might have been changed."""
        kind = type(value)
        if kind is list or kind is dict or kind is OrderedSet:
            found = self.objects.get(id(value))
            before = None if found is None else found[1]
            self.changes += 1
            made = self.node((before, why)) if now else self.node((before,), (why,))
            self.objects[id(value)] = value, made
            if deep and kind is not OrderedSet:
                for item in value if kind is list else value.values():
                    self.change(item, why, True, now)
        elif deep and kind is tuple:
            for item in value:
                self.change(item, why, True, now)
        elif deep and kind is RecordValue:
            for item in value.__values__:
                self.change(item, why, True, now)

    def change_any(self, why: Node | None) -> None:
        """Some object was changed, or could have been; `why` says which."""
        self.wild = self.node((self.wild,), (why,), faint=True)
        self.changes += 1
