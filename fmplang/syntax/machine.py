"""The shift-reduce machine: drives the tables over tokens, building nodes as it goes.

Four parallel stacks hold the states, the values, where each value starts, and how deeply it nests. Nothing here
recurses, whatever the program looks like. Chains of productions that only hand on their child are taken in one step
(`Engine.jump`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from fmplang.frozen import Frozen
from fmplang.limits import Limits
from fmplang.syntax import ast
from fmplang.syntax.build import DEEPER, NODES, Builder
from fmplang.syntax.diagnostics import Diagnostic
from fmplang.syntax.kinds import Kinds, of_tables
from fmplang.syntax.lexer import Tokens
from fmplang.syntax.literals import Slip
from fmplang.syntax.source import Source, Span
from fmplang.syntax.tables import COLLECT, Rule, Tables, load


class Stop(Exception):
    """The rest of the file is not read: the diagnostic says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.title)
        self.diagnostic = diagnostic


class Unfit(Exception):
    """A token that recovery tried does not fit here."""


class Step(NamedTuple):
    """A production, ready to apply: what `Rule` says, and the method of Builder that it calls."""

    size: int
    origin: int  # the number of the nonterminal times the number of terminals: half of a key of `jumps`
    how: int  # one of the constants below
    build: Callable[..., Any]
    pick: tuple[int, ...]
    splice: tuple[int, ...]
    deeper: int
    nodes: int
    compound: bool = False  # a statement with a block


HAND_ON, BEGIN_LIST, GROW_LIST, CALL, CALL_SPLICED, CALL_STRING = range(6)


class Engine(Frozen):
    """The tables, made ready to run. One for the process.

    `jumps[state]` remembers, by nonterminal and next terminal, which state follows; it fills up as programs are read.
    """

    tables: Tables
    kinds: Kinds
    steps: tuple[Step, ...]
    jumps: tuple[dict[int, int], ...]

    def jump(self, below: int, origin: int, kind: int) -> int:
        """The state after nonterminal `origin` was put on state `below`.

        Whatever only hands it on before a token of this kind (an atom that is a power that is a factor ...) is
        reduced as well.
        """
        tables = self.tables
        state = tables.gotos[below][origin // len(self.kinds.names)]
        while True:
            action = tables.actions[state].get(kind, 0)
            rule = tables.rules[~action] if action < 0 else None
            if rule is None or rule.build or rule.size != 1:
                break
            state = tables.gotos[below][rule.origin]
        self.jumps[below][origin + kind] = state
        return state


@cache
def engine() -> Engine:
    """The engine of the grammar at hand."""
    tables = load()
    kinds = of_tables(tables)
    steps = tuple([_step(rule, len(kinds.names)) for rule in tables.rules])
    return Engine(tables, kinds, steps, tuple([{} for _ in tables.actions]))


def _nothing(*_: object) -> None:
    """In place of a builder, where the machine itself does what a production says."""


def _step(rule: Rule, terminals: int) -> Step:
    origin = rule.origin * terminals
    if rule.build == "":
        return Step(rule.size, origin, HAND_ON, _nothing, rule.pick, (), 0, 0)
    if rule.build == COLLECT:
        grows = bool(rule.splice)
        if grows and rule.splice != (0,):
            raise ValueError("a repetition inside a repetition needs a rule of its own in the grammar")
        pick = rule.pick[1:] if grows else rule.pick
        return Step(rule.size, origin, GROW_LIST if grows else BEGIN_LIST, _nothing, pick, (), 0, 0)
    how = CALL_STRING if rule.build in ("string", "docstring") else CALL_SPLICED if rule.splice else CALL
    return Step(rule.size, origin, how, getattr(Builder, rule.build), rule.pick, rule.splice,
                int(rule.build in DEEPER), NODES.get(rule.build, 1),
                rule.build in ("if_stmt", "for_stmt", "function"))


class Machine:
    """One reading of one list of tokens."""

    def __init__(self, engine: Engine, source: Source, tokens: Tokens, limits: Limits, builder: Builder,
                 start: str) -> None:
        self.engine = engine
        self.source = source
        self.tokens = tokens
        self.limits = limits
        self.builder = builder
        self.states = [engine.tables.starts[start]]
        self.end_state = engine.tables.ends[start]
        self.values: list[Any] = []
        self.offsets: list[int] = []
        self.depths: list[int] = []
        self.steps = engine.steps
        self.jumps = engine.jumps
        self.nesting = limits.nesting
        self.index = 0
        self.began = 0  # where the production that was applied last starts
        self.found: list[Diagnostic] = []  # what did not keep the machine from going on

    def run(self, recover: Callable[[Machine, Slip | None], None]) -> Any:
        """The value of the start symbol. `recover` changes stacks and index so that reading can go on, or raises."""
        states, values, offsets, depths = self.states, self.values, self.offsets, self.depths
        kinds, starts, ends = self.tokens.kinds, self.tokens.starts, self.tokens.ends
        actions = self.engine.tables.actions
        last = self.engine.kinds.end
        while True:
            kind = kinds[self.index]
            action = actions[states[-1]].get(kind, 0)
            try:
                while action < 0:
                    state = self.reduce(~action, kind, ends[self.index - 1])
                    if kind == last and state == self.end_state:
                        return values[-1]
                    action = actions[state].get(kind, 0)
            except Slip as slip:
                recover(self, slip)
                continue
            if action == 0:
                recover(self, None)
                continue
            states.append(action - 1)
            values.append(self.index)
            offsets.append(starts[self.index])
            depths.append(0)
            self.index += 1

    def reduce(self, number: int, kind: int, end: int) -> int:
        """Apply a production; the new state. Raises Slip (with the production's children off the stack)."""
        size, origin, how, build, pick, splice, deeper, nodes, compound = self.steps[number]
        values, offsets, depths, states = self.values, self.offsets, self.depths, self.states
        if size == 1:
            children = [values.pop()]
            start = offsets.pop()
            depth = depths.pop() + deeper
            states.pop()
        elif size:
            children = values[-size:]
            start = offsets[-size]
            depth = max(depths[-size:]) + deeper
            del values[-size:], offsets[-size:], depths[-size:], states[-size:]
        else:
            children, start, depth = [], self.tokens.starts[self.index], 0
        self.began = start
        if how == CALL:
            children.append(None)  # what position -1 means
            value = build(self.builder, start, end, *[children[i] for i in pick])
        elif how == HAND_ON:
            value = children[pick[0]]
        elif how == GROW_LIST:
            value = children[0]
            for i in pick:
                value.append(children[i])
        elif how == BEGIN_LIST:
            value = [children[i] for i in pick]
        else:
            args: list[Any] = []
            for i in pick:
                if i in splice:
                    args += children[i]
                else:
                    args.append(None if i < 0 else children[i])
            value = build(self.builder, start, end, *args)
            if how == CALL_STRING:
                depth = self.builder.deep
        if nodes:
            builder = self.builder
            builder.nodes += nodes
            if builder.nodes > self.limits.nodes:
                raise Stop(self._limit("FMP602", f"the program has more than {self.limits.nodes:,} nodes", start, end,
                                       "split it into several programs"))
        if depth > self.nesting:
            value, depth = self._too_deep(start, end, compound), 0
        below = states[-1]
        state = self.jumps[below].get(origin + kind)
        if state is None:
            state = self.engine.jump(below, origin, kind)
        states.append(state)
        values.append(value)
        offsets.append(start)
        depths.append(depth)
        return state

    def _too_deep(self, start: int, end: int, compound: bool) -> ast.ErrorStmt:
        """Raise Slip; for a statement with a block give what stands in its place.

        Behind a block the next statement is in sight already, so that there is nothing to skip.
        """
        first_line = self.source.text.find("\n", start, end) if compound else -1
        slip = Slip(self._limit("FMP603", f"this is nested deeper than {self.nesting}", start,
                                end if first_line < 0 else first_line,
                                "give inner parts names of their own, or move them into a function"))
        if not compound:
            raise slip
        self.found.append(slip.diagnostic)
        return self.builder.error(start, end)

    # ------------------------------------------------------------------- for recovery

    def feed(self, kind: int, index: int, value: int | None = None) -> None:
        """Read a token that is not in the list, at the place of token `index`. Raises Unfit."""
        self.settle(kind)
        self.states.append(self.engine.tables.actions[self.states[-1]][kind] - 1)
        self.values.append(index if value is None else value)
        self.offsets.append(self.tokens.starts[index])
        self.depths.append(0)

    def settle(self, kind: int) -> None:
        """Apply the productions that come before a token of this kind. Raises Unfit where it cannot come."""
        actions = self.engine.tables.actions
        end = self.tokens.ends[self.index - 1]
        while (action := actions[self.states[-1]].get(kind, 0)) < 0:
            self.reduce(~action, kind, end)
        if action == 0:
            raise Unfit

    def after(self, states: list[int], kinds: list[int]) -> list[int]:
        """The states after tokens of these kinds; [] where one of them does not fit. Nothing is built."""
        tables = self.engine.tables
        states = states[:]
        for kind in kinds:
            while (action := tables.actions[states[-1]].get(kind, 0)) < 0:
                rule = tables.rules[~action]
                if rule.size:
                    del states[-rule.size:]
                states.append(tables.gotos[states[-1]][rule.origin])
            if action == 0:
                return []
            states.append(action - 1)
        return states

    def cut(self, height: int) -> None:
        """Keep only the lowest `height` values."""
        del self.values[height:], self.offsets[height:], self.depths[height:], self.states[height + 1:]

    def _limit(self, code: str, title: str, start: int, end: int, help: str) -> Diagnostic:
        return Diagnostic(code, title, self.source, Span(start, end), help=help)

