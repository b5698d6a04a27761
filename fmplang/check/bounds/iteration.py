"""The walk over iterables: comprehensions, generators, and builtins that hand elements on."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from math import inf
from typing import TYPE_CHECKING

from fmplang.check.bounds.amounts import NOTHING, Amounts, perhaps, plus, times, total
from fmplang.check.bounds.facts import Fact, Parts, changes, item_of, length, truth
from fmplang.check.bounds.frame import Env, Frame
from fmplang.check.bounds.narrowing import Narrowing
from fmplang.check.bounds.private import Privacy
from fmplang.check.bounds.streams import Stream
from fmplang.check.typed import CallBuiltin
from fmplang.check.types import DictType, ListType, SetType, Type
from fmplang.limits import Limits
from fmplang.syntax import ast

if TYPE_CHECKING:
    from fmplang.check.bounds.expressions import Result

LAZY = frozenset({"map", "filter", "zip", "enumerate", "reversed"})


class Iteration(Narrowing):
    """What is walked through, as streams."""

    limits: Limits
    privacy: Privacy
    usual: float

    @abstractmethod
    def expr(self, f: Frame, node: ast.Expr) -> Result:
        """What an expression asks and gives."""

    @abstractmethod
    def all(self, f: Frame, nodes: Iterable[ast.Expr]) -> tuple[Amounts, list[Fact]]:
        """The same of several, one after another."""

    @abstractmethod
    def apply(self, function: Fact, values: list[Fact], node: ast.Node) -> Result:
        """The same of one call of a function that is a value."""

    @abstractmethod
    def type(self, node: ast.Node) -> Type | None:
        """The type that the checker found."""

    def is_stream(self, node: ast.Expr) -> bool:
        """Whether its elements are made while they are taken."""
        if isinstance(node, ast.Comprehension):
            return node.kind == "generator"
        target = self.program.calls.get(node) if isinstance(node, ast.Call) else None
        return isinstance(target, CallBuiltin) and target.name in LAZY

    def stream(self, f: Frame, node: ast.Expr) -> Stream:
        if isinstance(node, ast.Comprehension) and node.kind == "generator":
            return self.clauses(f, node.clauses, (node.element,))
        if self.is_stream(node):
            assert isinstance(node, ast.Call)
            return self.lazy(f, node)
        amounts, fact = self.known(f, node)
        size = length(fact)
        low, high = (0, inf) if size is None else size
        t = self.type(node)
        if isinstance(t, (SetType, DictType)) and changes(t, self.privacy.changed):
            high = inf  # it may change while it is walked through, and keep its size
        high = min(high, self.limits.items if isinstance(t, ListType) else self.limits.steps)
        return Stream(amounts, NOTHING, low, high, self.mean(low, high), item_of(fact))

    def mean(self, low: float, high: float) -> float:
        return min(max(self.usual, low), high)

    def lazy(self, f: Frame, node: ast.Call) -> Stream:
        """`map`, `filter`, `zip`, `enumerate` and `reversed`."""
        target = self.program.calls[node]
        assert isinstance(target, CallBuiltin)
        name = target.name
        if name in ("enumerate", "reversed"):
            source = self.stream(f, node.args[0])
            rest = [*node.args[1:], *(keyword.value for keyword in node.keywords)]
            opened, _ = self.all(f, rest)
            item = Parts((None, source.item)) if name == "enumerate" else source.item
            return source._replace(opened=plus(source.opened, opened), item=item)
        if name == "zip":
            more, _ = self.all(f, [keyword.value for keyword in node.keywords])
            made = self.together([self.stream(f, argument) for argument in node.args])
            return made._replace(opened=plus(made.opened, more))
        function = self.expr(f, node.args[0])[1]
        if name == "filter":
            source = self.stream(f, node.args[1])
            amounts = NOTHING
            if not (isinstance(node.args[0], ast.Constant)):
                amounts, _ = self.apply(function, [source.item], node)
            each = plus(source.each, times(amounts, source.gives_low, source.gives_high, source.gives))
            return source._replace(each=each, gives_low=0, gives=source.gives / 2)
        sources = [self.stream(f, argument) for argument in node.args[1:]]
        source = sources[0] if len(sources) == 1 else self.together(sources)
        given = [source.item] if len(sources) == 1 else [each.item for each in sources]
        amounts, fact = self.apply(function, given, node)
        each = plus(source.each, times(amounts, source.gives_low, source.gives_high, source.gives))
        return source._replace(each=each, item=fact)

    def together(self, sources: list[Stream]) -> Stream:
        """Several walked through in step; the shortest ends it, and those before it may have given one more."""
        opened = total(source.few() if source.asks else source.opened for source in sources)
        items = [source.items(self.limits.steps) for source in sources]
        low, high = min(item.low for item in items), min(item.high for item in items)
        return Stream(opened, NOTHING, low, high, self.mean(low, high), Parts(tuple([item.item for item in items])))

    def clauses(self, f: Frame, clauses: tuple[ast.Clause, ...], elements: tuple[ast.Expr, ...]) -> Stream:
        """A comprehension as a stream of its elements."""
        clause, *rest = clauses
        source = self.stream(f, clause.iter)
        env = dict(f.env)
        self.bind(env, clause.target, source.item)
        f = f.at(env)
        each, chance, sure, never = NOTHING, 1.0, True, False
        for condition in clause.conditions:
            amounts, fact = self.known(f, condition)
            each = plus(each, amounts if sure else perhaps(amounts, chance))
            holds = truth(fact)
            narrowed = self.narrowed(f, condition, True)
            if holds is False or narrowed is None:
                never = True
                break
            if holds is None:
                sure, chance = False, chance / 2
            f = f.at(narrowed)
        low, high, mean, item, prompt = 0.0, 0.0, 0.0, None, sure and not rest and source.prompt
        if not never:
            if rest:
                found = self.clauses(f, tuple(rest), elements)
                amounts, inner = found.all(), found.items(inf)
                low, high, mean, item = inner.low, inner.high, found.mean * found.gives, inner.item
            else:
                amounts, facts = self.all(f, elements)
                low, high, mean, item = 1, 1, 1.0, facts[0]
            each = plus(each, amounts if sure else perhaps(amounts, chance))
        each = plus(source.each, times(each, source.gives_low, source.gives_high, source.gives))
        return source._replace(
            each=each, item=item, prompt=prompt and source.gives_high <= 1,
            gives_low=source.gives_low * (low if sure else 0), gives_high=_product(source.gives_high, high),
            gives=source.gives * mean * chance)

    def bind(self, env: Env, target: ast.Node, fact: Fact) -> None:
        """What a target is told of the value that it takes."""
        if isinstance(target, ast.Name):
            slot = self.program.targets.get(target)
            if slot is not None:
                env[slot] = fact
        elif isinstance(target, ast.TupleExpr):
            for index, part in enumerate(target.items):
                known = isinstance(fact, Parts) and len(fact.parts) == len(target.items)
                self.bind(env, part, fact.parts[index] if known else None)  # type: ignore[union-attr]


def _product(a: float, b: float) -> float:
    return 0 if a == 0 or b == 0 else a * b
