"""The walk over statements: all ways through a block, met again where they come together, or kept apart as paths."""

from __future__ import annotations

from typing import Any

from fmplang.check.bounds.amounts import NOTHING, Amounts, Path, meet, perhaps, plus
from fmplang.check.bounds.builtins import changed_by
from fmplang.check.bounds.facts import Fact, Function, Items, OneOf, Parts, item_of, join, length, truth
from fmplang.check.bounds.frame import Env, Frame, State, Turn, meet_envs
from fmplang.check.bounds.loops import Loops, statements_in
from fmplang.check.bounds.values import binary
from fmplang.check.typed import CallMethod, FunctionInfo, Local
from fmplang.check.types import DictType
from fmplang.syntax import ast

PATHS = 64  # so many ways are kept apart; more are met


class Walker(Loops):
    """Ways through the statements of functions."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.walker = self
        self.entered: dict[tuple[FunctionInfo, tuple[Fact, ...]], tuple[Path, Amounts, Fact]] = {}

    # -------------------------------------------------------------- functions

    def enter(self, function: FunctionInfo, path: Path, values: list[Fact]) -> tuple[Amounts, Fact]:
        """One call of a function with these arguments."""
        key = (function, tuple(values))
        plain = not any(isinstance(value, (Function, OneOf)) for value in values)
        known = self.entered.get(key) if plain else None
        if known is not None:
            before, amounts, fact = known
            return (amounts if before == path else amounts.moved(before, path)), fact
        apart, self.apart = self.apart, False
        states = self.ways(function, path, dict(enumerate(values)))
        self.apart = apart
        amounts = meet([(state.amounts, state.chance) for state in states])
        fact = states[0].value
        for state in states[1:]:
            fact = join(fact, state.value)
        if plain:
            self.entered[key] = path, amounts, fact
        return amounts, fact

    def ways(self, function: FunctionInfo, path: Path, env: Env) -> list[State]:
        """How a call of a function may end; at least one way."""
        states = self.block(Frame(function, path, {}), function.node.body, [State("through", NOTHING, 1.0, env)])
        return states or [State("return", NOTHING, 1.0, env)]

    # ----------------------------------------------------------------- blocks

    def block(self, f: Frame, statements: tuple[ast.Stmt, ...], states: list[State]) -> list[State]:
        ended: list[State] = []
        for statement in statements:
            if not states:
                break
            after: list[State] = []
            for state in states:
                after += self.statement(f.at(state.env), state, statement)
            states = [state for state in after if state.kind == "through"]
            ended += [state for state in after if state.kind != "through"]
            if len(states) > (PATHS if self.apart else 1):
                states = [self.met(states)]
        if not self.apart or len(ended) > PATHS:
            ended = self.met_by_kind(ended)
        return [*ended, *states]

    def met(self, states: list[State]) -> State:
        if len(states) == 1:
            return states[0]
        first = states[0]
        value = first.value
        for state in states[1:]:
            value = join(value, state.value)
        return State(
            first.kind, meet([(state.amounts, state.chance) for state in states]), sum(s.chance for s in states),
            meet_envs([state.env for state in states]), value, _common(states),
            first.end if all(state.end == first.end for state in states) else None)

    def met_by_kind(self, states: list[State]) -> list[State]:
        kinds: dict[str, list[State]] = {}
        for state in states:
            kinds.setdefault(state.kind, []).append(state)
        return [self.met(group) for group in kinds.values()]

    def statement(self, f: Frame, state: State, node: ast.Stmt) -> list[State]:
        self.fuel -= 1
        if isinstance(node, ast.If):
            return self.branches(f, state, node)
        if isinstance(node, ast.For):
            return self.loop(f, state, node)
        if isinstance(node, ast.Return):
            amounts, fact = (NOTHING, None) if node.value is None else self.known(f, node.value)
            return [state._replace(kind="return", amounts=plus(state.amounts, amounts), value=fact, end=node.span)]
        if isinstance(node, ast.Break):
            return [state._replace(kind="break")]
        if isinstance(node, ast.Continue):
            return [state._replace(kind="continue")]
        amounts, env = self.plain(f, node)
        return [state._replace(amounts=plus(state.amounts, amounts), env=env)]

    def plain(self, f: Frame, node: ast.Stmt) -> tuple[Amounts, Env]:
        """A statement with one way on."""
        env = dict(f.env)
        if isinstance(node, ast.Assign):
            amounts, fact = self.known(f, node.value)
            for target in node.targets:
                amounts = plus(amounts, self.store(f, env, target, fact))
            return amounts, env
        if isinstance(node, ast.AnnAssign):
            if node.value is None:
                return NOTHING, env
            amounts, fact = self.known(f, node.value)
            self.bind(env, node.target, fact)
            return amounts, env
        if isinstance(node, ast.AugAssign):
            return self.augmented(f, env, node), env
        if isinstance(node, ast.Assert):
            amounts, _ = self.known(f, node.test)
            if node.message is not None:  # only where the run ends with it
                amounts = plus(amounts, perhaps(self.expr(f, node.message)[0], 0.0))
            narrowed = self.narrowed(f, node.test, True)
            return amounts, env if narrowed is None else narrowed
        if isinstance(node, ast.ExprStmt):
            amounts, _ = self.expr(f, node.value)
            self.changed(f, env, node.value)
            return amounts, env
        return NOTHING, env

    def store(self, f: Frame, env: Env, target: ast.Node, fact: Fact) -> Amounts:
        """What storing takes, beside what is stored."""
        if isinstance(target, ast.Name):
            self.bind(env, target, fact)
        elif isinstance(target, ast.TupleExpr):
            made = NOTHING
            for index, part in enumerate(target.items):
                known = isinstance(fact, Parts) and len(fact.parts) == len(target.items)
                made = plus(made, self.store(f, env, part, fact.parts[index] if known else None))  # type: ignore[union-attr]
            return made
        elif isinstance(target, ast.Subscript):
            amounts, _ = self.expr(f, target.value)
            if not isinstance(target.index, ast.Slice):
                amounts = plus(amounts, self.expr(f, target.index)[0])
            self.put(env, target.value)
            return amounts
        return NOTHING

    def put(self, env: Env, container: ast.Expr) -> None:
        """A private list or dict gets an element: a dict may grow by it, and nothing is known of elements any more."""
        found = self.program.names.get(container) if isinstance(container, ast.Name) else None
        if isinstance(found, Local) and isinstance(fact := env.get(found.slot), Items):
            grows = isinstance(self.type(container), DictType)
            env[found.slot] = Items(max(1, fact.low) if grows else fact.low, fact.high + grows)

    def augmented(self, f: Frame, env: Env, node: ast.AugAssign) -> Amounts:
        if isinstance(node.target, ast.Subscript):
            amounts, _ = self.expr(f, node.target.value)
            if not isinstance(node.target.index, ast.Slice):
                amounts = plus(amounts, self.expr(f, node.target.index)[0])
            self.put(env, node.target.value)
            return plus(amounts, self.expr(f, node.value)[0])
        amounts, fact = self.consumed(f, node.value)
        slot = self.program.targets.get(node.target)
        if slot is not None:
            before = self.or_type(node.target, env.get(slot))
            made = binary(node.op, before, fact)
            if made is None and isinstance(before, Items):
                size = length(fact) or (0, self.limits.items)
                made = Items(before.low if node.op in ("+", "|") else 0, before.high + size[1],
                             join(before.item, item_of(fact)) if before.high else item_of(fact))
            env[slot] = made
        return amounts

    def changed(self, f: Frame, env: Env, node: ast.Expr) -> None:
        """`xs.append(...)` as a statement: what is known of `xs` then."""
        target = self.program.calls.get(node) if isinstance(node, ast.Call) else None
        if not isinstance(node, ast.Call) or not isinstance(target, CallMethod) \
                or not isinstance(node.func, ast.Attribute):
            return
        receiver = node.func.value
        found = self.program.names.get(receiver) if isinstance(receiver, ast.Name) else None
        if not isinstance(found, Local) or found.slot not in self.privacy.private[f.function]:
            return
        from fmplang.check.builtins import MUTATORS

        fact = self.or_type(receiver, env.get(found.slot))
        if (target.kind, target.name) in MUTATORS and isinstance(fact, Items):
            given = [self.known(f, argument)[1] for argument in node.args]
            env[found.slot] = changed_by(target.name, fact, given, self.limits.items)

    # ----------------------------------------------------------------- control

    def branches(self, f: Frame, state: State, node: ast.If) -> list[State]:
        states: list[State] = []
        before, chance, env = state.amounts, state.chance, state.env
        sides = [*((branch.test, branch.body) for branch in node.branches), (None, node.orelse)]
        for number, (test, body) in enumerate(sides):
            here, share, inside = before, chance, env
            follows: Env | None = None
            if test is not None:
                amounts, fact = self.known(f.at(env), test)
                before = here = plus(before, amounts)
                holds = truth(fact)
                taken = self.narrowed(f.at(env), test, True)
                follows = self.narrowed(f.at(env), test, False)
                if holds is True:
                    follows = None
                share = chance if follows is None else chance / 2
                if holds is False or taken is None:
                    if follows is None:  # what is known contradicts itself
                        return states
                    env = follows
                    continue
                inside = taken
            turns = state.turns
            if self.apart:
                side = "yes" if number == 0 else "elif" if test is not None else "no"
                turns = (*turns, Turn(node.span if test is None or number == 0 else test.span, side))
            start = State("through", here, share, inside, turns=turns)
            states += self.block(f, body, [start])
            if test is not None:
                if follows is None:
                    break
                env, chance = follows, chance - share
        if not self.apart or not self.worth_telling(node):
            states = self.met_by_kind(states)
        return states

    def worth_telling(self, node: ast.If) -> bool:
        """Whether its sides make paths that differ: some ask, or some end."""
        return node in self.program.neural or any(
            isinstance(inner, (ast.Return, ast.Break, ast.Continue)) for inner in statements_in(node))


def _common(states: list[State]) -> tuple[Turn, ...]:
    """The choices that all of them share, from the start."""
    made: list[Turn] = []
    for turns in zip(*(state.turns for state in states), strict=False):
        if any(turn != turns[0] for turn in turns):
            break
        made.append(turns[0])
    return tuple(made)
