"""What the interpreter hands out: requests, groups of independent requests, or the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Union

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fmplang.check.typed import NeuralFunction, Site
    from fmplang.check.types import Type

Value = Any  # a member of the closed universe of fmplang.runtime.values


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """One neural call that waits for its answer.

    `order` places the call in the sequential meaning of the program: sorting a run's requests by `order` gives
    the order in which a run without groups would have asked. `args` is by parameter name, in declared order,
    defaults filled in.
    """

    site: Site
    args: Mapping[str, Value]
    order: tuple[int, ...]
    run_id: str = ""
    loop_index: int = 0  # how often this site was asked before in this run
    _cache: dict[str, str] = field(default_factory=dict, repr=False)

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
        made = self._cache.get("prompt")
        if made is None:
            from fmplang.runtime.values import render_prompt

            made = self._cache["prompt"] = render_prompt(self.function.prompt, self.args)
        return made


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Requests none of which can affect another; each is answered on its own, in any order."""

    requests: tuple[Request, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    value: Value


Step = Union[Request, Group, Finished]
