"""What a walk through a function knows at one point, and how a walk can end."""

from __future__ import annotations

from typing import Literal, NamedTuple

from fmplang.check.bounds.amounts import Amounts, Path
from fmplang.check.bounds.facts import Fact, join
from fmplang.check.typed import FunctionInfo
from fmplang.syntax.source import Span

Env = dict[int, Fact]  # by slot


class Frame:
    """One call of a function: by which path it was reached, and what is known of its locals now."""

    __slots__ = ("env", "function", "path")

    def __init__(self, function: FunctionInfo | None, path: Path, env: Env) -> None:
        self.function = function  # None for module-level constants
        self.path = path
        self.env = env

    def at(self, env: Env) -> Frame:
        """The same call at another point."""
        return Frame(self.function, self.path, env)


Kind = Literal["through", "continue", "break", "return"]


class Turn(NamedTuple):
    """A choice on a path: the statement it is made at, and which of its sides was taken."""

    span: Span
    side: str


class State(NamedTuple):
    """One way to a point, or several together: what it took, how likely it is, what is known there.

    `value` is what was returned, `end` where; `turns` are the choices that led here, where they are kept apart.
    """

    kind: Kind
    amounts: Amounts
    chance: float
    env: Env
    value: Fact = None
    turns: tuple[Turn, ...] = ()
    end: Span | None = None


def meet_envs(envs: list[Env]) -> Env:
    """What is known where several ways come together."""
    made = dict(envs[0])
    for env in envs[1:]:
        for slot in made.keys() | env.keys():
            if slot in made and slot in env:
                made[slot] = join(made[slot], env[slot])
            else:
                made[slot] = None
    return made
