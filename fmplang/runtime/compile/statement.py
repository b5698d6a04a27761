"""Pure statements.

A statement's closure gives None when control goes on behind it, else a Signal. Each block charges, once, when it
is entered: one step for each statement, and one more for every SIZE nodes of their expressions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fmplang.check.types import DictType
from fmplang.runtime.builtins.iteration import ENTRY
from fmplang.runtime.compile.arithmetic import binary
from fmplang.runtime.compile.context import Context, Place
from fmplang.runtime.compile.operators import QUICK, checked, in_place, unpack
from fmplang.runtime.compile.weights import weigher
from fmplang.runtime.formatting import text_of
from fmplang.runtime.frames import BREAK, CONTINUE, LANE, METER, RESULT, RETURN, Frame, Pure, Signal
from fmplang.syntax import ast

SIZE = 16
Store = Callable[[Frame, Any], None]


def leaves(statement: ast.Stmt) -> bool:
    """Whether control may leave the statement other than by its end."""
    if isinstance(statement, (ast.Break, ast.Continue, ast.Return)):
        return True
    if isinstance(statement, ast.If):
        blocks = [branch.body for branch in statement.branches] + [statement.orelse]
        return any(leaves(inner) for block in blocks for inner in block)
    return isinstance(statement, ast.For) and any(map(leaves, statement.body))


# --------------------------------------------------------------------- blocks


def compile_block(c: Context, statements: tuple[ast.Stmt, ...]) -> Pure:
    """A block that charges for itself."""
    body, cost = compile_body(c, statements)
    if not statements:
        return body
    place = c.at(statements[0])

    def block(frame: Frame, at: Place = place) -> Signal | None:
        meter = frame[METER]
        meter.fuel -= cost
        if meter.fuel < 0:
            meter.refuel()
        return body(frame)  # type: ignore[no-any-return]

    return block


def compile_body(c: Context, statements: tuple[ast.Stmt, ...]) -> tuple[Pure, int]:
    """A block whose owner charges for it, and what it costs."""
    before = c.weight
    c.weight = 0
    made: list[Pure] = []
    cost = 0
    for statement in statements:
        c.weight = 0
        made.append(c.statement(statement))
        cost += 1 + c.weight // SIZE
    c.weight = before
    return sequence(made, [leaves(s) for s in statements]), cost


def sequence(made: list[Pure], leaving: list[bool]) -> Pure:
    if not made:
        return lambda frame: None
    if len(made) == 1:
        return made[0]
    if not any(leaving[:-1]):
        return _straight(made)

    def steps(frame: Frame) -> Signal | None:
        for statement in made:
            signal: Signal | None = statement(frame)
            if signal is not None:
                return signal
        return None

    return steps


def _straight(made: list[Pure]) -> Pure:
    """Statements of which only the last may leave."""
    *front, last = made
    if len(front) == 1:
        first = front[0]

        def two(frame: Frame) -> Signal | None:
            first(frame)
            return last(frame)  # type: ignore[no-any-return]

        return two
    if len(front) == 2:
        first, second = front

        def three(frame: Frame) -> Signal | None:
            first(frame)
            second(frame)
            return last(frame)  # type: ignore[no-any-return]

        return three

    def many(frame: Frame) -> Signal | None:
        for statement in front:
            statement(frame)
        return last(frame)  # type: ignore[no-any-return]

    return many


def traced(c: Context, statement: ast.Stmt, made: Pure) -> Pure:
    """The same, and the run remembers that it got here. Serves both pure and neural statements."""
    mark = (c.source.name, statement.start, statement.end)

    def run(frame: Frame) -> Any:
        frame[LANE].run.executed.add(mark)
        return made(frame)

    return run


# ----------------------------------------------------------------- assignment


def compile_assign(c: Context, node: ast.Assign) -> Pure:
    value = c.expr(node.value)
    if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        slot = c.target(node.targets[0])

        def assign(frame: Frame) -> None:
            frame[slot] = value(frame)

        return assign
    stores = [compile_target(c, target) for target in node.targets]
    if len(stores) == 1:
        store = stores[0]

        def assign_to(frame: Frame) -> None:
            store(frame, value(frame))

        return assign_to

    def assign_all(frame: Frame) -> None:
        made = value(frame)
        for store in stores:
            store(frame, made)

    return assign_all


def compile_annotated(c: Context, node: ast.AnnAssign) -> Pure:
    if node.value is None:
        return lambda frame: None
    value, slot = c.expr(node.value), c.target(node.target)

    def assign(frame: Frame) -> None:
        frame[slot] = value(frame)

    return assign


def compile_target(c: Context, target: ast.Target) -> Store:
    """A closure that stores a value."""
    if isinstance(target, ast.Name):
        slot = c.target(target)

        def store_local(frame: Frame, value: Any) -> None:
            frame[slot] = value

        return store_local
    if isinstance(target, ast.TupleExpr):
        return _target_tuple(c, target)
    return _target_item(c, target)


def _target_tuple(c: Context, target: ast.TupleExpr) -> Store:
    place, count = c.at(target), len(target.items)
    if count == 2 and all(isinstance(item, ast.Name) for item in target.items):
        one, two = (c.target(item) for item in target.items)  # type: ignore[arg-type]

        def store_pair(frame: Frame, value: Any, at: Place = place) -> None:
            frame[one], frame[two] = value

        return store_pair
    stores = [compile_target(c, item) for item in target.items]  # type: ignore[arg-type]

    def store_each(frame: Frame, value: Any, at: Place = place) -> None:
        for store, item in zip(stores, unpack(value, count), strict=True):
            store(frame, item)

    return store_each


def _target_item(c: Context, target: ast.Subscript) -> Store:
    assert not isinstance(target.index, ast.Slice)
    place, of = c.at(target), c.type(target.value)
    weigh = weigher(of.key) if isinstance(of, DictType) else None
    container, index = c.expr(target.value), c.expr(target.index)

    def store_item(frame: Frame, value: Any, at: Place = place) -> None:
        values, key = container(frame), index(frame)
        if weigh is not None:
            weigh(frame[METER], key)
        put(frame, values, key, value)

    return store_item


def put(frame: Frame, values: Any, key: Any, value: Any) -> None:
    """`values[key] = value`; a dict that grows is charged."""
    if type(values) is dict:
        count = len(values)
        values[key] = value
        if len(values) != count:
            frame[METER].size(count + 1)
            frame[METER].memory(ENTRY)
    else:
        values[key] = value


# ------------------------------------------------------ augmented assignment


def compile_augmented(c: Context, node: ast.AugAssign) -> Pure:
    target, op, place = node.target, node.op, c.at(node)
    value = c.expr(node.value)
    if isinstance(target, ast.Name):
        return _augment_local(c, node, target, value)
    assert not isinstance(target.index, ast.Slice)
    container, index = c.expr(target.value), c.expr(target.index)
    of = c.type(target.value)
    weigh = weigher(of.key) if isinstance(of, DictType) else None

    def augment_item(frame: Frame, at: Place = place) -> None:
        values, key = container(frame), index(frame)
        if weigh is not None:
            weigh(frame[METER], key)
        before = values[key]
        values[key] = in_place(frame[METER], op, before, value(frame))

    return augment_item


def _augment_local(c: Context, node: ast.AugAssign, target: ast.Name, value: Pure) -> Pure:
    slot, place, op = c.target(target), c.at(node), node.op
    kinds = c.kind(target), c.kind(node.value)
    if kinds[0] not in ("int", "float") or kinds[1] not in ("int", "float"):

        def augment(frame: Frame, at: Place = place) -> None:
            frame[slot] = in_place(frame[METER], op, frame[slot], value(frame))

        return augment
    constant = c.constant(node.value)
    if kinds == ("int", "int") and op == "+" and constant is not None:
        more = constant[0]

        def count(frame: Frame, at: Place = place) -> None:
            made = frame[slot] + more
            frame[slot] = made if -QUICK < made < QUICK else checked(frame[METER], made)

        return count
    operate = binary(c, op, lambda frame: frame[slot], kinds[0], None, value, kinds[1], None, node)

    def replace(frame: Frame) -> None:
        frame[slot] = operate(frame)

    return replace


# ------------------------------------------------------------------- control


def compile_branches(c: Context, node: ast.If) -> Pure:
    tests = [c.expr(branch.test) for branch in node.branches]
    blocks = [compile_block(c, branch.body) for branch in node.branches]
    orelse = compile_block(c, node.orelse) if node.orelse else None
    if len(tests) == 1:
        test, block = tests[0], blocks[0]
        if orelse is None:
            return lambda frame: block(frame) if test(frame) else None
        return lambda frame: block(frame) if test(frame) else orelse(frame)
    pairs = list(zip(tests, blocks, strict=True))

    def choose(frame: Frame) -> Any:
        for test, block in pairs:
            if test(frame):
                return block(frame)
        return orelse(frame) if orelse is not None else None

    return choose


def compile_for(c: Context, node: ast.For) -> Pure:
    items, place = c.expr(node.iter), c.at(node.iter)
    slots = _names(c, node.target)
    body, cost = compile_body(c, node.body)
    cost += 1
    if any(map(leaves, node.body)) or not 1 <= len(slots) <= 2:
        return _loop(items, compile_target(c, node.target), body, cost, place)
    if len(slots) == 1:
        slot = slots[0]

        def straight_loop(frame: Frame, at: Place = place) -> None:
            meter = frame[METER]
            for frame[slot] in items(frame):  # noqa: B020
                meter.fuel -= cost
                if meter.fuel < 0:
                    meter.refuel()
                body(frame)

        return straight_loop
    one, two = slots

    def pair_loop(frame: Frame, at: Place = place) -> None:
        meter = frame[METER]
        for frame[one], frame[two] in items(frame):  # noqa: B020
            meter.fuel -= cost
            if meter.fuel < 0:
                meter.refuel()
            body(frame)

    return pair_loop


def _names(c: Context, target: ast.Target) -> list[int]:
    """The slots of a target that is a name or names in a row, else nothing."""
    if isinstance(target, ast.Name):
        return [c.target(target)]
    if isinstance(target, ast.TupleExpr) and len(target.items) > 1:
        names = [item for item in target.items if isinstance(item, ast.Name)]
        if len(names) == len(target.items):
            return [c.target(name) for name in names]
    return []


def _loop(items: Pure, store: Store, body: Pure, cost: int, place: Place) -> Pure:
    def loop(frame: Frame, at: Place = place) -> Signal | None:
        meter = frame[METER]
        for value in items(frame):
            meter.fuel -= cost
            if meter.fuel < 0:
                meter.refuel()
            store(frame, value)
            signal: Signal | None = body(frame)
            if signal is not None:
                if signal is BREAK:
                    break
                if signal is RETURN:
                    return signal
        return None

    return loop


def compile_return(c: Context, node: ast.Return) -> Pure:
    if node.value is None:
        return lambda frame: RETURN  # RESULT is None until somebody returns
    value = c.expr(node.value)

    def leave(frame: Frame) -> Signal:
        frame[RESULT] = value(frame)
        return RETURN

    return leave


def compile_assert(c: Context, node: ast.Assert) -> Pure:
    test, place = c.expr(node.test), c.at(node)
    message = None if node.message is None else c.expr(node.message)

    def check(frame: Frame, at: Place = place) -> None:
        if not test(frame):
            raise AssertionError("" if message is None else text_of(frame[METER], message(frame)))

    return check


def compile_effect(c: Context, node: ast.ExprStmt) -> Pure:
    value = c.expr(node.value)

    def effect(frame: Frame) -> None:
        value(frame)

    return effect


def compile_break(c: Context, node: ast.Break) -> Pure:
    return lambda frame: BREAK


def compile_continue(c: Context, node: ast.Continue) -> Pure:
    return lambda frame: CONTINUE


def compile_pass(c: Context, node: ast.Pass) -> Pure:
    return lambda frame: None
