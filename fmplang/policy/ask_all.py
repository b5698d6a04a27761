"""Any policy, with every other arm asked as well, so that one run shows what each exchange would have done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from fmplang.policy.base import Decision, Outcome, Policy, PolicyCall
from fmplang.runtime.trace import RunRecord


class AskAll:
    """Decides as `inner` does and asks all other arms as shadows, which are charged. Arms of an escalation are left to
    it, since they are asked only where the answer before them was not sure enough.

    All else is the inner policy's own: its name, its needs, what it observes and learns, its state.
    """

    def __init__(self, inner: Policy) -> None:
        self.inner = inner

    def choose(self, call: PolicyCall) -> Decision:
        made = self.inner.choose(call)
        taken = {made.arm, *made.shadows, *(arm for arm, _ in made.escalate)}
        others = tuple(arm for arm in range(len(call.arms)) if arm not in taken)
        return replace(made, shadows=(*made.shadows, *others))

    @property
    def learn(self) -> Callable[[RunRecord, Outcome], None]:
        return self.inner.learn

    def __getattr__(self, name: str) -> Any:
        if name == "inner":  # not yet there, as while this is being copied
            raise AttributeError(name)
        return getattr(self.inner, name)
