"""Loops: how often the body runs, what holds before every turn, and the ways out."""

from __future__ import annotations

from abc import abstractmethod

from fmplang.check.bounds.amounts import NOTHING, Amounts, meet, plus, times
from fmplang.check.bounds.expressions import Expressions
from fmplang.check.bounds.facts import Fact, Items, widened
from fmplang.check.bounds.frame import Env, Frame, State
from fmplang.check.typed import CallMethod, Local
from fmplang.syntax import ast

_GROWTH = {"append": 1, "insert": 1, "add": 1, "remove": 0, "pop": 0, "discard": 0}
_CALLS = 50  # turns of a loop whose chances are added up one by one


class Loops(Expressions):
    """`for` loops. `apart` is whether ways are kept apart: in the entry's own statements, outside of loops."""

    apart = False

    @abstractmethod
    def block(self, f: Frame, statements: tuple[ast.Stmt, ...], states: list[State]) -> list[State]:
        """The states after the statements."""

    @abstractmethod
    def met(self, states: list[State]) -> State:
        """The one state that holds whichever of these does."""

    def loop(self, f: Frame, state: State, node: ast.For) -> list[State]:
        apart, self.apart = self.apart, False
        source = f.env
        for slot in self.changed_sources(f, node):
            source = {**source, slot: Items(0, self.limits.steps)}
        stream = self.stream(f.at(source), node.iter)
        inside = [inner for statement in node.body for inner in statements_in(statement)]
        leaves = any(isinstance(inner, (ast.Break, ast.Return)) for inner in inside)
        items = stream.items(self.limits.steps)
        low, high = items.low, items.high
        opened = stream.some(0) if leaves and stream.asks else stream.all()
        if leaves and stream.asks:
            opened = Amounts(stream.opened.least, stream.all().mean, opened.most)
        mean = self.mean(low, high)
        head = state.env
        turn: list[State] = []
        if high > 0:
            head, turn = self.turns(f, state.env, node, items.item)
            bounded = self.grown(f, state.env, head, node, high)
            if bounded is not head:
                head = bounded
                turn = self.one_turn(f, head, node, items.item)
        self.apart = apart
        made = self.ended(state, plus(state.amounts, opened), head, turn, low, high, mean)
        return made

    def turns(self, f: Frame, env: Env, node: ast.For, item: Fact) -> tuple[Env, list[State]]:
        """What is known before any turn, and the ways through one turn."""
        head = env
        while True:
            states = self.one_turn(f, head, node, item)
            back = [state.env for state in states if state.kind in ("through", "continue")]
            after = dict(head)
            for other in back:
                for slot, fact in other.items():
                    if slot not in head:
                        after[slot] = None
                    elif fact != head[slot]:
                        after[slot] = widened(after[slot], fact)
            if after == head:
                return head, states
            head = after

    def one_turn(self, f: Frame, head: Env, node: ast.For, item: Fact) -> list[State]:
        inside = dict(head)
        self.bind(inside, node.target, item)
        return self.block(f, node.body, [State("through", NOTHING, 1.0, inside)])

    def grown(self, f: Frame, env: Env, head: Env, node: ast.For, turns: float) -> Env:
        """The head of a loop, with an end to private lists that grow by so many elements a turn and no other way."""
        made = head
        for slot in self.privacy.private[f.function]:
            before, after = env.get(slot), head.get(slot)
            if not isinstance(before, Items) or not isinstance(after, Items) or after.high <= before.high:
                continue
            by = self.growth(node.body, slot)
            if by is not None:
                high = before.high + (by * turns if by else 0)
                made = {**made, slot: after._replace(high=min(after.high, high))}
        return made

    def growth(self, block: tuple[ast.Stmt, ...], slot: int) -> int | None:
        """How many elements a block adds at most to a list that only grows in it; None where that is not plain."""
        total = 0
        for statement in block:
            by: int | None = 0
            if isinstance(statement, ast.ExprStmt):
                call = statement.value
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) \
                        and self._slot(call.func.value) == slot:
                    target = self.program.calls.get(call)
                    name = target.name if isinstance(target, CallMethod) else ""
                    by = _GROWTH.get(name)
            elif isinstance(statement, ast.If):
                sides = [self.growth(branch.body, slot) for branch in statement.branches]
                sides.append(self.growth(statement.orelse, slot))
                known = [side for side in sides if side is not None]
                by = max(known) if len(known) == len(sides) else None
            elif isinstance(statement, ast.For):
                inside = self.growth(statement.body, slot)
                by = 0 if inside == 0 else None
            elif isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
                targets = statement.targets if isinstance(statement, ast.Assign) else (statement.target,)
                if any(self._touches(target, slot) for target in targets):
                    by = None
            if by is None:
                return None
            total += by
        return total

    def _touches(self, target: ast.Node, slot: int) -> bool:
        if isinstance(target, ast.TupleExpr):
            return any(self._touches(part, slot) for part in target.items)
        if isinstance(target, ast.Subscript):
            return self._slot(target.value) == slot
        return isinstance(target, ast.Name) and self.program.targets.get(target) == slot

    def ended(self, before: State, opened: Amounts, head: Env, turn: list[State], low: float, high: float,
              mean: float) -> list[State]:
        """The ways out of a loop of `low` to `high` turns."""
        on = [state for state in turn if state.kind in ("through", "continue")]
        again = meet([(state.amounts, state.chance) for state in on]) if on else NOTHING
        whole = sum(state.chance for state in turn) or 1.0
        stay = sum(state.chance for state in on) / whole
        turns = round(mean)
        made: list[State] = []
        if low == 0 or (on and high > 0):
            chance = stay**turns if turns else 1.0
            body = times(again, low, high, mean) if on else NOTHING
            made.append(before._replace(amounts=plus(opened, body), chance=before.chance * chance, env=head))
        if high <= 0:
            return made
        for kind in ("break", "return"):
            leaving = [state for state in turn if state.kind == kind]
            if not leaving:
                continue
            last = self.met(leaving)
            share = last.chance / whole
            chance, earlier = _stops(stay, share, max(turns, 1))
            earlier_turns = times(again, 0, max(0, high - 1) if on else 0, earlier)
            amounts = plus(plus(opened, earlier_turns), last.amounts)
            env = last.env
            made.append(before._replace(
                kind="through" if kind == "break" else "return", amounts=amounts, chance=before.chance * chance,
                env=env, value=last.value, end=last.end if kind == "return" else None))
        return made

    def changed_sources(self, f: Frame, node: ast.For) -> set[int]:
        """The private collections that the loop walks through and may change."""
        private = self.privacy.private[f.function]
        walked = {found.slot for name in _names(node.iter)
                  if isinstance(found := self.program.names.get(name), Local) and found.slot in private}
        changed: set[int | None] = set()
        for statement in (inner for outer in node.body for inner in statements_in(outer)) if walked else ():
            if isinstance(statement, ast.ExprStmt) and isinstance(statement.value, ast.Call):
                if isinstance(statement.value.func, ast.Attribute):
                    changed.add(self._slot(statement.value.func.value))
            elif isinstance(statement, ast.AugAssign):
                changed.add(self._changed_slot(statement.target))
            elif isinstance(statement, ast.Assign):
                for target in statement.targets:
                    changed |= {self._changed_slot(each) for each in _subscripts(target)}
        return walked & changed

    def _changed_slot(self, target: ast.Name | ast.Subscript) -> int | None:
        """The slot of a local that an assignment changes, not sets."""
        if isinstance(target, ast.Subscript):
            return self._slot(target.value)
        return self.program.targets.get(target)


def _stops(stay: float, leave: float, turns: int) -> tuple[float, float]:
    """The chance that a loop is left so within `turns`, and after how many whole turns on average."""
    chance = weighted = 0.0
    reached = 1.0
    for turn in range(min(turns, _CALLS)):
        chance += reached * leave
        weighted += reached * leave * turn
        reached *= stay
    return chance, weighted / chance if chance else 0.0


def statements_in(node: ast.Stmt) -> list[ast.Stmt]:
    """The statement and all inside it."""
    made: list[ast.Stmt] = [node]
    if isinstance(node, ast.If):
        for block in (*(branch.body for branch in node.branches), node.orelse):
            for inner in block:
                made += statements_in(inner)
    elif isinstance(node, ast.For):
        for inner in node.body:
            made += statements_in(inner)
    return made


def _subscripts(target: ast.Node) -> list[ast.Subscript]:
    if isinstance(target, ast.TupleExpr):
        return [each for part in target.items for each in _subscripts(part)]
    return [target] if isinstance(target, ast.Subscript) else []


def _names(node: ast.Node) -> list[ast.Name]:
    if isinstance(node, ast.Name):
        return [node]
    return [name for child in ast.children(node) for name in _names(child)]
