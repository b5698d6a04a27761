"""The walk over expressions: what evaluating one takes, and what is known of its value."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf
from typing import TYPE_CHECKING, Any

from fmplang.check.bounds.amounts import (
    NOTHING,
    Amounts,
    Price,
    meet,
    one_call,
    perhaps,
    plus,
    total,
)
from fmplang.check.bounds.facts import (
    Fact,
    Function,
    Items,
    Number,
    OneOf,
    Parts,
    Text,
    by_type,
    item_of,
    join_all,
    kept,
    of_constant,
    truth,
)
from fmplang.check.bounds.frame import Frame
from fmplang.check.bounds.iteration import Iteration
from fmplang.check.bounds.private import Privacy
from fmplang.check.bounds.values import binary, compare, conjunction, decided, negated, parts_or_items, sliced
from fmplang.check.typed import (
    BuiltinRef,
    CallBuiltin,
    CallFunction,
    CallMethod,
    CallNeural,
    CallValue,
    FunctionRef,
    Global,
    Local,
    NeuralFunction,
    NeuralRef,
    TypedProgram,
)
from fmplang.check.types import DictType, FunctionType, OptionalType, Type
from fmplang.limits import Limits
from fmplang.syntax import ast

if TYPE_CHECKING:
    from fmplang.check.bounds.statements import Walker

Result = tuple[Amounts, Fact]


class Lost(Exception):
    """The walk would take too long, or meets what it cannot follow: the bounds are then those of the limits."""


class Expressions(Iteration):
    """`fuel` counts the nodes that may still be looked at. `usual` is how long a list of unknown length is on average.
    """

    def __init__(self, program: TypedProgram, price: Callable[[NeuralFunction], Price], limits: Limits, usual: float,
                 fuel: int) -> None:
        self.program = program
        self.limits = limits
        self.price = price
        self.usual = usual
        self.fuel = fuel
        self.privacy = Privacy(program)
        self.constants: dict[int, Fact] = {}
        self.walker: Walker

    # ------------------------------------------------------------- one node

    def expr(self, f: Frame, node: ast.Expr) -> Result:
        self.fuel -= 1
        if self.fuel < 0:
            raise Lost
        rule = _RULES.get(type(node))
        return rule(self, f, node) if rule is not None else (NOTHING, None)

    def known(self, f: Frame, node: ast.Expr) -> Result:
        """The same, and where nothing is known of the value, what its type says."""
        amounts, fact = self.expr(f, node)
        return amounts, self.or_type(node, fact)

    def or_type(self, node: ast.Node, fact: Fact) -> Fact:
        if fact is not None:
            return fact
        made = by_type(self.type(node), self.limits)
        if isinstance(self.program.types.get(node), OptionalType):  # which counts as false where it is None
            return made if isinstance(made, (Text, Items)) and made.low == 0 else None
        return made

    def type(self, node: ast.Node) -> Type | None:
        t = self.program.types.get(node)
        return t.inner if isinstance(t, OptionalType) else t

    def all(self, f: Frame, nodes: Iterable[ast.Expr]) -> tuple[Amounts, list[Fact]]:
        """Several, one after the other."""
        made, facts = NOTHING, []
        for node in nodes:
            amounts, fact = self.known(f, node)
            made = plus(made, amounts)
            facts.append(fact)
        return made, facts

    def constant(self, f: Frame, node: ast.Constant) -> Result:
        return NOTHING, of_constant(node.value)

    def name(self, f: Frame, node: ast.Name) -> Result:
        found = self.program.names.get(node)
        if isinstance(found, Local):
            fact = f.env.get(found.slot)
            t = self.program.types.get(node)
            if isinstance(fact, (Function, OneOf)):
                return NOTHING, fact
            if found.slot in self.privacy.private[f.function]:
                if isinstance(fact, Items):
                    inner = kept(fact, t, frozenset())  # its own length holds
                    assert isinstance(inner, Items)
                    of = t.key if isinstance(t, DictType) else getattr(t, "item", None)
                    return NOTHING, inner._replace(item=kept(fact.item, of, self.privacy.changed))
                return NOTHING, fact
            return NOTHING, kept(fact, t, self.privacy.changed)
        if isinstance(found, Global):
            return NOTHING, kept(self.global_fact(found.index), self.program.types.get(node), self.privacy.changed)
        if isinstance(found, (FunctionRef, NeuralRef, BuiltinRef)):
            return NOTHING, Function(node, f)
        return NOTHING, None

    def global_fact(self, index: int) -> Fact:
        if index not in self.constants:
            self.constants[index] = None  # for what cannot happen: a definition that needs itself
            definition, _ = self.program.constants[index]
            self.constants[index] = self.known(Frame(None, (), {}), definition.value)[1]
        return self.constants[index]

    def attribute(self, f: Frame, node: ast.Attribute) -> Result:
        if self.program.attributes.get(node) == "math":
            return NOTHING, Function(node, f) if isinstance(self.type(node), FunctionType) else None
        amounts, _ = self.expr(f, node.value)
        counted = self.program.attributes.get(node) == "property" and node.name in ("num_frames", "width", "height")
        return amounts, Number(1, inf) if counted else None  # no picture and no video is empty

    def subscript(self, f: Frame, node: ast.Subscript) -> Result:
        amounts, fact = self.known(f, node.value)
        if isinstance(node.index, ast.Slice):
            facts: list[Fact] = []
            for bound in (node.index.lower, node.index.upper, node.index.step):
                more, found = (NOTHING, None) if bound is None else self.expr(f, bound)
                amounts = plus(amounts, more)
                facts.append(found)
            return amounts, sliced(fact, facts[0], facts[1], node.index)
        more, index = self.expr(f, node.index)
        item: Fact = None
        if isinstance(fact, Parts) and isinstance(index, Number) and index.low == index.high \
                and -len(fact.parts) <= index.low < len(fact.parts):
            item = fact.parts[int(index.low)]
        elif not isinstance(self.type(node.value), DictType):
            item = item_of(fact)
        return plus(amounts, more), kept(item, self.type(node), self.privacy.changed)

    def unary(self, f: Frame, node: ast.Unary) -> Result:
        amounts, fact = self.known(f, node.operand)
        if node.op == "not":
            return amounts, negated(fact)
        if not isinstance(fact, Number):
            return amounts, None
        return amounts, fact if node.op == "+" else Number(-fact.high, -fact.low)

    def binary(self, f: Frame, node: ast.Binary) -> Result:
        amounts, facts = self.all(f, node.operands)
        made = facts[0]
        for op, fact in zip(node.ops, facts[1:], strict=True):
            made = binary(op, made, fact)
        return amounts, made

    def boolean(self, f: Frame, node: ast.BoolOp) -> Result:
        """The first operand always; each later one where those before did not decide."""
        wanted = node.op == "and"
        made, chance, sure = NOTHING, 1.0, True
        facts: list[Fact] = []
        for operand in node.operands:
            amounts, fact = self.known(f, operand)
            made = plus(made, amounts if sure else perhaps(amounts, chance))
            holds = truth(fact)
            facts.append(fact)
            if holds is not None and holds is not wanted:  # the rest is never reached
                return made, fact if sure and holds is not None else join_all(facts)
            if holds is None:
                sure, chance = False, chance / 2
            narrowed = self.narrowed(f, operand, wanted)
            if narrowed is None:
                break
            f = f.at(narrowed)
        last = facts[-1]
        return made, last if sure else join_all(facts)

    def compare(self, f: Frame, node: ast.Compare) -> Result:
        """The first two operands always; each later one where the comparisons before held."""
        lazy = len(node.ops) == 1 and node.ops[0] in ("in", "not in")
        made, before = self.known(f, node.operands[0])
        known: list[bool | None] = []
        chance, sure = 1.0, True
        for op, operand in zip(node.ops, node.operands[1:], strict=True):
            if lazy and self.is_stream(operand):
                amounts, fact = self.stream(f, operand).some(1.5), None
            else:
                amounts, fact = self.known(f, operand)
            made = plus(made, amounts if sure else perhaps(amounts, chance))
            holds = compare(op, before, fact)
            known.append(holds)
            if holds is False:
                break
            if holds is None:
                sure, chance = False, chance / 2
            before = fact
        return made, decided(conjunction(known))

    def conditional(self, f: Frame, node: ast.IfExp) -> Result:
        made, fact = self.known(f, node.test)
        cases: list[tuple[Amounts, float]] = []
        facts: list[Fact] = []
        holds = truth(fact)
        for side, branch in ((True, node.body), (False, node.orelse)):
            env = self.narrowed(f, node.test, side)
            if holds is (not side) or env is None:
                continue
            amounts, value = self.known(f.at(env), branch)
            cases.append((amounts, 0.5))
            facts.append(value)
        if not cases:  # what is known contradicts itself: the code cannot be reached
            return made, None
        return plus(made, meet(cases)), join_all(facts)

    def display(self, f: Frame, node: ast.ListExpr | ast.TupleExpr | ast.SetExpr) -> Result:
        amounts, facts = self.all(f, node.items)
        return amounts, parts_or_items(facts, type(node))

    def dict_display(self, f: Frame, node: ast.DictExpr) -> Result:
        amounts, keys = self.all(f, node.keys)
        more, _ = self.all(f, node.values)
        made = parts_or_items(keys, ast.SetExpr)
        texts = {key.value for key in keys if isinstance(key, Text)} - {None}
        if isinstance(made, Items) and len(texts) == len(keys):
            made = made._replace(low=len(texts))
        return plus(amounts, more), made

    def fstring(self, f: Frame, node: ast.FString) -> Result:
        return total(self._interpolated(f, node.parts)), None

    def _interpolated(self, f: Frame, parts: tuple[str | ast.Interpolation, ...]) -> list[Amounts]:
        made: list[Amounts] = []
        for part in parts:
            if isinstance(part, ast.Interpolation):
                made += [self.expr(f, part.value)[0], *self._interpolated(f, part.spec)]
        return made

    def function_value(self, f: Frame, node: ast.Lambda) -> Result:
        return NOTHING, Function(node, f)

    def comprehension(self, f: Frame, node: ast.Comprehension) -> Result:
        found = self.stream(f, node) if node.kind == "generator" else self.clauses(f, node.clauses, (node.element,))
        items = found.items(self.limits.items)
        if node.kind == "set":
            items = items._replace(low=min(1, items.low))
        return found.all(), items

    def dict_comprehension(self, f: Frame, node: ast.DictComp) -> Result:
        found = self.clauses(f, node.clauses, (node.key, node.value))
        items = found.items(self.limits.items)
        return found.all(), items._replace(low=min(1, items.low))

    # ----------------------------------------------------------------- calls

    def call(self, f: Frame, node: ast.Call) -> Result:
        from fmplang.check.bounds.builtins import builtin, method

        target = self.program.calls.get(node)
        if isinstance(target, CallBuiltin):
            return builtin(self, f, node, target.name)
        if isinstance(target, CallMethod):
            return method(self, f, node, target.name)
        if target is None:  # it stands on something that has no value
            return NOTHING, None
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        if isinstance(target, (CallFunction, CallNeural)) and target.method and isinstance(node.func, ast.Attribute):
            given.insert(0, node.func.value)
        made, facts = self.all(f, given)
        if isinstance(target, CallNeural):
            return plus(made, one_call((*f.path, target.index), self.price(target.function))), None
        if isinstance(target, CallFunction):
            values = [facts[at] if at >= 0 else of_constant(param.default)
                      for at, param in zip(target.binding, target.function.params, strict=True)]
            amounts, fact = self.walker.enter(target.function, (*f.path, target.index), values)
            return plus(made, amounts), kept(fact, self.program.types.get(node), self.privacy.changed)
        if isinstance(target, CallValue):
            amounts, fact = self.apply(f.env.get(target.slot), facts, node)
            return plus(made, amounts), kept(fact, self.program.types.get(node), self.privacy.changed)
        return made, None

    def apply(self, function: Fact, values: list[Fact], node: ast.Node) -> Result:
        """Call a function value. `node` is where that happens."""
        if isinstance(function, OneOf):
            results = [self.apply(one, values, node) for one in function.functions]
            return meet([(amounts, 1.0) for amounts, _ in results]), join_all([fact for _, fact in results])
        if not isinstance(function, Function):
            if node in self.program.neural:
                raise Lost
            return NOTHING, None
        home = function.home
        if isinstance(function.node, ast.Lambda):
            env = dict(home.env)
            for param, value in zip(function.node.params, values, strict=False):
                self.bind(env, param, value)
            return self.expr(home.at(env), function.node.body)
        found = self.program.names.get(function.node) if isinstance(function.node, ast.Name) else None
        if isinstance(found, NeuralRef):
            return one_call((*home.path, found.index), self.price(found.function)), None
        if isinstance(found, FunctionRef):
            params = found.function.params
            defaults = [of_constant(param.default) for param in params[len(values) :]]
            return self.walker.enter(found.function, (*home.path, found.index), [*values[: len(params)], *defaults])
        if isinstance(found, Local):
            return self.apply(home.env.get(found.slot), values, node)
        return NOTHING, None

    def functional(self, node: ast.Expr) -> bool:
        """Whether an argument is a function."""
        return isinstance(node, ast.Lambda) or isinstance(self.program.types.get(node), FunctionType) or (
            isinstance(node, ast.Name)
            and isinstance(self.program.names.get(node), (FunctionRef, NeuralRef, BuiltinRef)))

    def consumed(self, f: Frame, node: ast.Expr) -> Result:
        """An argument that is taken whole before anything else happens."""
        if self.is_stream(node):
            found = self.stream(f, node)
            return found.all(), found.items(self.limits.steps)
        return self.known(f, node)


_RULES: dict[type[ast.Node], Any] = {
    ast.Constant: Expressions.constant,
    ast.FString: Expressions.fstring,
    ast.Name: Expressions.name,
    ast.Attribute: Expressions.attribute,
    ast.Call: Expressions.call,
    ast.Subscript: Expressions.subscript,
    ast.Unary: Expressions.unary,
    ast.Binary: Expressions.binary,
    ast.BoolOp: Expressions.boolean,
    ast.Compare: Expressions.compare,
    ast.IfExp: Expressions.conditional,
    ast.ListExpr: Expressions.display,
    ast.TupleExpr: Expressions.display,
    ast.SetExpr: Expressions.display,
    ast.DictExpr: Expressions.dict_display,
    ast.Comprehension: Expressions.comprehension,
    ast.DictComp: Expressions.dict_comprehension,
    ast.Lambda: Expressions.function_value,
}
