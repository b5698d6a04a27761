"""AskAll: the inner policy's decision, with every other arm as a shadow, and nothing else of its own."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import fmplang
from fmplang.policy.ask_all import AskAll
from fmplang.policy.base import Decision, Policy, PolicyCall
from fmplang.policy.cheapest import Cheapest
from fmplang.policy.counterfactual import Counterfactual
from fmplang.policy.strongest import Strongest
from tests.host.programs import TWO, a_pool, program
from tests.policy.test_fixed import a_call


class Told(Cheapest):
    """Remembers what it was told, and names some shadows of its own."""

    name = "told"

    def __init__(self, shadows: tuple[int, ...] = (), escalate: tuple[tuple[int, float], ...] = ()) -> None:
        self.made = (shadows, escalate)
        self.told: list[Any] = []

    def choose(self, call: PolicyCall) -> Decision:
        made = super().choose(call)
        return Decision(made.arm, made.propensities, {"mine": 1.0}, *self.made)

    def observe(self, run: Any) -> None:
        self.told.append(run.id)

    def learn(self, run: Any, outcome: Any) -> None:
        self.told.append(outcome.reward)


@pytest.mark.parametrize(("shadows", "escalate", "asked"), [
    ((), (), (0, 2, 3, 4)), ((3,), (), (3, 0, 2, 4)), ((), ((0, 0.5), (2, 0.9)), (3, 4)),
])
def test_every_other_arm_is_asked_once_after_the_policys_own_shadows(
        shadows: tuple[int, ...], escalate: tuple[tuple[int, float], ...], asked: tuple[int, ...]) -> None:
    decision = AskAll(Told(shadows, escalate)).choose(a_call())
    plain = Told(shadows, escalate).choose(a_call())
    assert decision.shadows == asked
    assert (decision.arm, decision.propensities, decision.note, decision.escalate) == (
        plain.arm, plain.propensities, plain.note, plain.escalate)


def test_the_inner_policy_is_known_by_its_name_observes_and_learns() -> None:
    inner = Told()
    policy = AskAll(inner)
    assert isinstance(policy, Policy)
    runtime = fmplang.Runtime(pool=a_pool(), policy=policy)
    run = runtime.run(TWO, t="a")
    runtime.feedback(run.id, reward=0.5)
    assert (run.record.policy, inner.told) == ("told", [run.id, 0.5])
    assert [shadow.backend for call in run.trace for shadow in call.shadows] == ["big"]
    assert run.cost == 5.0


def test_state_and_needs_are_those_of_the_inner_policy() -> None:
    assert AskAll(Counterfactual()).needs_features is True  # type: ignore[attr-defined]
    assert callable(AskAll(Counterfactual()).state)  # type: ignore[attr-defined]
    for missing in ("needs_features", "observe", "state"):
        assert not hasattr(AskAll(Cheapest()), missing)
    assert copy.deepcopy(AskAll(Cheapest())).name == "cheapest"  # type: ignore[attr-defined]


def test_a_policy_that_learns_nothing_reads_no_events_though_it_is_wrapped() -> None:
    from fmplang.host.learner import Learner
    from fmplang.ledger.memory import MemoryLedger

    assert [Learner(policy, MemoryLedger())._learns for policy in (AskAll(Cheapest()), AskAll(Told()), Cheapest())] \
        == [False, True, False]


def test_what_cannot_be_paid_is_not_asked_and_the_call_says_so() -> None:
    run = fmplang.Runtime(pool=a_pool(), policy=AskAll(Strongest()), budget=9.0).run(program('return count("a")'))
    assert (run.value, run.cost, run.trace[0].shadows) == (10, 8.0, ())
    assert run.trace[0].flags == ("no money for the shadow few",)
