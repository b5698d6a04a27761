"""What the interpreter hands out: requests, groups of independent requests, or the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fmplang.check.typed import NeuralFunction, Site
    from fmplang.check.types import Type

Value = Any  # a member of the closed universe of fmplang.runtime.values


class Request:
    """One neural call that waits for its answer. Read it only; a program asks often, so nothing guards it.

    `order` places the call in the sequential meaning of the program: sorting a run's requests by `order` gives
    the order in which a run without groups would have asked. `args` is by parameter name, in declared order,
    defaults filled in; its lists are copies of the program's. `loop_index` says how often this site was asked
    before in this run: requests of a group are counted in its order.
    """

    __slots__ = ("_prompt", "args", "loop_index", "order", "run_id", "site")

    def __init__(self, site: Site, args: Mapping[str, Value], order: tuple[int, ...], run_id: str = "",
                 loop_index: int = 0) -> None:
        self.site = site
        self.args = args
        self.order = order
        self.run_id = run_id
        self.loop_index = loop_index
        self._prompt: str | None = None

    def __repr__(self) -> str:
        return f"<request {self.site.id} {self.order}>"

    @property
    def function(self) -> NeuralFunction:
        return self.site.function

    @property
    def capability(self) -> str:
        return self.site.function.capability

    @property
    def returns(self) -> Type:
        return self.site.function.returns

    @property
    def prompt(self) -> str:
        """The docstring with `{name}` replaced by the arguments; images and the like become `<image>`."""
        if self._prompt is None:
            from fmplang.runtime.values import render_prompt

            self._prompt = render_prompt(self.function.prompt, self.args)
        return self._prompt


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Requests none of which can affect another; each is answered on its own, in any order."""

    requests: tuple[Request, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    value: Value


Step = Union[Request, Group, Finished]
