"""Plays a simulated stream through a policy: the interpreter asks, simulated backends answer, outcomes come late or
not.

This is the host without its ledger, its retries and its clocks, for measuring policies over many seeds. Shadows are
asked, charged and replayed as the host does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fmplang.bench.simulation import Stream
from fmplang.bench.stress import Feedback
from fmplang.host.feedback import outcome_for
from fmplang.ledger.base import StoredOutcome
from fmplang.policy.base import Arm, Policy, PolicyCall
from fmplang.policy.context import Context
from fmplang.runtime.program import Program
from fmplang.runtime.replay import compare
from fmplang.runtime.requests import Finished, Group, Request
from fmplang.runtime.trace import CallRecord, RunRecord, Shadow


@dataclass
class Driven:
    """Per input: U, the cost of all calls and shadows as a share of the dearest pass, the shadows' part of it, what
    the arms taken cost above the likeliest ones; the final values; `runs` where they were to be kept."""

    utility: np.ndarray
    cost: np.ndarray
    shadows: np.ndarray
    explored: np.ndarray
    values: list[Any] = field(default_factory=list)
    runs: list[RunRecord] = field(default_factory=list)

    def net(self, trade_off: float) -> np.ndarray:
        made: np.ndarray = self.utility - trade_off * self.cost
        return made


def drive(policy: Policy, stream: Stream, program: Program, labels: Sequence[Any], scale: float, trade_off: float,
          seed: int, feedback: Feedback | None = None, context: Context | None = None, keep: bool = False,
          unit: float = 1.0) -> Driven:
    """`labels` are the right final values; `scale` the cost of the dearest pass; `unit` multiplies every cost.

    Feature vectors are the policy's where it has `needs_features`. The generator of input i is seeded by (seed, i).
    """
    feedback = feedback or Feedback()
    context = context or Context()
    count = stream.count
    made = Driven(*np.zeros((4, count)))
    lost = np.random.default_rng([seed, 5]).random(count) < feedback.missing
    waiting: deque[tuple[int, RunRecord, StoredOutcome]] = deque()
    wants = bool(getattr(policy, "needs_features", False))
    observe = getattr(policy, "observe", None)
    returns = str(program.entry.returns)
    for index in range(count):
        rng = np.random.default_rng([seed, index])
        run = RunRecord(f"{index}", "", "main", type=returns, scale=scale * unit, trade_off=trade_off, number=index)
        run.inputs = stream.inputs(index)
        execution = program.start(run.inputs)
        step = execution.advance()
        memory: dict[str, Any] = {}
        while not isinstance(step, Finished):
            requests = step.requests if isinstance(step, Group) else (step,)
            values = []
            for request in requests:
                call = _answer(policy, stream, index, request, run, rng, context if wants else None, unit, memory)
                run.calls.append(call)
                values.append(call.value)
            execution.answer(values if isinstance(step, Group) else values[0])
            step = execution.advance()
        run.value = step.value
        run.calls.sort(key=lambda call: call.order)
        run.cost = sum(call.cost + sum(s.cost for s in call.shadows) for call in run.calls)
        made.values.append(run.value)
        made.utility[index] = float(run.value == labels[index])
        made.cost[index] = run.cost / run.scale
        made.shadows[index] = sum(s.cost for call in run.calls for s in call.shadows) / run.scale
        made.explored[index] = sum(_by_chance(call) for call in run.calls) / run.scale
        if any(call.shadows for call in run.calls):
            run.comparisons = compare(lambda inputs=run.inputs: program.start(inputs), run)  # type: ignore[misc]
        if observe is not None:
            observe(run)
        if not lost[index]:
            waiting.append((index + feedback.delay, run,
                            StoredOutcome("", run.id, float(made.utility[index]), labels[index])))
        while waiting and waiting[0][0] <= index:
            _, done, outcome = waiting.popleft()
            policy.learn(done, outcome_for(done, outcome))
        if keep:
            made.runs.append(run)
    return made


def _by_chance(call: CallRecord) -> float:
    return call.prices[call.arm] - call.prices[max(range(len(call.arms)), key=call.propensities.__getitem__)]


def _answer(policy: Policy, stream: Stream, index: int, request: Request, run: RunRecord, rng: np.random.Generator,
            context: Context | None, unit: float, memory: dict[str, Any]) -> CallRecord:
    tiers = stream.offered(index, request.capability)
    arms = tuple(Arm(tier.name, tier.cost * unit) for tier in tiers)
    features = context(request) if context is not None else None
    told = Request(request.site, request.args, request.order, run.id, request.loop_index)
    decision = policy.choose(PolicyCall(told, arms, run.scale, run.trade_off, rng, features, memory))

    def ask(arm: int) -> Shadow:
        return Shadow(arm, tiers[arm].name, stream.answer(index, request, tiers[arm]), arms[arm].cost,
                      confidence=stream.confidence(index, request, tiers[arm]) if decision.escalate else None)

    taken, before = ask(decision.arm), []
    for arm, bound in decision.escalate:
        if taken.confidence is not None and taken.confidence >= bound:
            break
        before.append(taken)
        taken = ask(arm)
    return CallRecord(
        site=request.site.id, span=(0, 0), source="", function=request.function.name, capability=request.capability,
        order=request.order, backend=taken.backend, arms=tuple(arm.backend for arm in arms),
        prices=tuple(arm.cost for arm in arms), propensities=decision.propensities, arm=decision.arm, cost=taken.cost,
        confidence=taken.confidence, value=taken.value, args=dict(request.args), done=True,
        answered=None if taken.arm == decision.arm else taken.arm,
        shadows=(*before, *(ask(arm) for arm in decision.shadows)),
        features=None if features is None else tuple(features.tolist()), note=dict(decision.note))
