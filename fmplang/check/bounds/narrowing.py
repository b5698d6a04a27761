"""What a test that came out one way says of the locals in it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import inf
from typing import TYPE_CHECKING

from fmplang.check.bounds.facts import Fact, Items, Number, Text, truth
from fmplang.check.bounds.frame import Env, Frame
from fmplang.check.bounds.values import FLIPPED, OPPOSITE, within
from fmplang.check.typed import CallBuiltin, Local, TypedProgram
from fmplang.check.types import BOOL, INT
from fmplang.syntax import ast

if TYPE_CHECKING:
    from fmplang.check.bounds.expressions import Result


class Narrowing(ABC):
    program: TypedProgram

    @abstractmethod
    def known(self, f: Frame, node: ast.Expr) -> Result:
        """What an expression asks and gives, here where a test needs it."""

    def narrowed(self, f: Frame, test: ast.Expr, side: bool) -> Env | None:
        """What is known where the test came out so; None where it cannot."""
        if isinstance(test, ast.Unary) and test.op == "not":
            return self.narrowed(f, test.operand, not side)
        if isinstance(test, ast.BoolOp):
            if (test.op == "and") is not side:
                return f.env  # one of them, and nobody knows which
            for operand in test.operands:
                env = self.narrowed(f, operand, side)
                if env is None:
                    return None
                f = f.at(env)
            return f.env
        if isinstance(test, ast.Constant):
            return f.env if bool(test.value) is side else None
        if isinstance(test, ast.Name):
            return self._truth(f, test, side)
        if isinstance(test, ast.Compare) and len(test.ops) == 1 and test.ops[0] in OPPOSITE:
            op = test.ops[0] if side else OPPOSITE[test.ops[0]]
            left, right = test.operands
            env = self._compared(f, left, op, right)
            return None if env is None else self._compared(f.at(env), right, FLIPPED[op], left)
        return f.env

    def _slot(self, node: ast.Expr) -> int | None:
        found = self.program.names.get(node) if isinstance(node, ast.Name) else None
        return found.slot if isinstance(found, Local) else None

    def _truth(self, f: Frame, node: ast.Name, side: bool) -> Env | None:
        slot = self._slot(node)
        fact = self.known(f, node)[1]
        known = truth(fact)
        if known is (not side):
            return None
        if slot is None or not isinstance(fact, (Items, Text)):
            return f.env
        made: Fact = fact._replace(low=max(1, fact.low)) if side else fact._replace(high=0)
        if not side and str(self.program.types.get(node)).endswith("| None"):
            return f.env
        return {**f.env, slot: made}

    def _compared(self, f: Frame, left: ast.Expr, op: str, right: ast.Expr) -> Env | None:
        """`left op right`, where `left` is a local or its length."""
        of_length = False
        if isinstance(left, ast.Call):
            target = self.program.calls.get(left)
            if not isinstance(target, CallBuiltin) or target.name != "len":
                return f.env
            left, of_length = left.args[0], True
        slot = self._slot(left)
        if slot is None or right in self.program.neural or self.program.types.get(right) not in (INT, BOOL):
            return f.env
        bound = self.known(f, right)[1]
        fact = self.known(f, left)[1]
        if not isinstance(bound, Number):
            return f.env
        if of_length:
            if not isinstance(fact, (Items, Text)):
                return f.env
            left_over = within(Number(fact.low, fact.high), op, bound)
            if left_over is None:
                return None
            return {**f.env, slot: fact._replace(low=left_over.low, high=left_over.high)}
        if self.program.types.get(left) not in (INT, BOOL):
            return f.env
        left_over = within(fact if isinstance(fact, Number) else Number(-inf, inf), op, bound)
        return None if left_over is None else {**f.env, slot: left_over}
