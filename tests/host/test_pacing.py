"""A budget over many runs: never overspent, spread by lambda, and enough kept back for the runs to come."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fmplang
from fmplang.errors import ConfigError, LimitError
from fmplang.host.pacing import HIGHEST, LOWEST, Pace
from fmplang.host.spend import budget_purse
from fmplang.policy.base import Decision, PolicyCall
from fmplang.policy.thompson import Thompson
from tests.host.programs import TWO, a_pool

CHEAPEST, DEAREST = 3.0, 12.0  # a whole run of TWO


class ByPrice:
    """Takes the dearest arm with a chance that falls with lambda, and asks all others as shadows now and then."""

    name = "by-price"

    def choose(self, call: PolicyCall) -> Decision:
        dear = 1 / (1 + call.trade_off)
        count = len(call.arms)
        chances = [(1 - dear) / (count - 1)] * (count - 1) + [dear] if count > 1 else [1.0]
        arm = int(call.rng.choice(count, p=chances))
        shadows = tuple(i for i in range(count) if i != arm) if call.rng.random() < 0.3 else ()
        return Decision(arm, tuple(chances), shadows=shadows)

    def learn(self, run: Any, outcome: Any) -> None:
        pass


@given(budget=st.floats(0.0, 400.0), horizon=st.integers(1, 40), seed=st.integers(0, 5), limit=st.floats(0.5, 30.0))
def test_a_hard_budget_is_never_overspent(budget: float, horizon: int, seed: int, limit: float) -> None:
    made = fmplang.Runtime(a_pool(), ByPrice(), budget=budget, horizon=horizon, seed=seed,
                           limits=fmplang.Limits(spend=limit))
    total = 0.0
    for _ in range(horizon + 3):
        try:
            run = made.run(TWO, t="x")
        except LimitError as error:
            total += made.ledger.find_run(error.run_id or "").record.cost
            continue
        assert run.cost <= limit + 1e-9
        assert run.cost == pytest.approx(sum(c.cost + sum(s.cost for s in c.shadows) for c in run.trace))
        total += run.cost
    assert made.spent == pytest.approx(total)
    assert total <= budget + 1e-9


@pytest.mark.parametrize("concurrency", [1, 5])
@pytest.mark.parametrize("per_run", [3.0, 4.0, 7.0, 12.0, 30.0])
def test_enough_is_kept_back_for_every_run_of_the_horizon(per_run: float, concurrency: int) -> None:
    made = fmplang.Runtime(a_pool(), ByPrice(), budget=60 * per_run, horizon=60)
    runs = list(made.stream(TWO, [{"t": "x"}] * 60, concurrency=concurrency))
    assert len(runs) == 60
    assert made.spent <= 60 * per_run + 1e-9


def test_lambda_follows_the_gap_between_what_is_spent_and_what_is_left() -> None:
    spent = {}
    for per_run in (4.0, 6.0, 8.0):
        made = fmplang.Runtime(a_pool(), ByPrice(), budget=400 * per_run, horizon=400)
        runs = list(made.stream(TWO, [{"t": "x"}] * 400))
        spent[per_run] = made.spent / 400
        late = np.mean([run.cost for run in runs[200:380]])
        assert late == pytest.approx(per_run, rel=0.2)
        assert len({run.record.trade_off for run in runs}) > 100
    assert spent[4.0] < spent[6.0] < spent[8.0]


def test_without_a_horizon_lambda_stays_and_nothing_is_kept_back() -> None:
    made = fmplang.Runtime(a_pool(), "strongest", budget=30, trade_off=0.7)
    first = made.run(TWO, t="x")
    assert (first.cost, first.record.trade_off) == (DEAREST, 0.7)
    assert made.run(TWO, t="x").record.trade_off == 0.7


def test_a_run_takes_the_cheapest_way_where_more_would_leave_too_little_to_end() -> None:
    made = fmplang.Runtime(a_pool(), "strongest", budget=2 * CHEAPEST + DEAREST, horizon=3)
    assert [made.run(TWO, t="x").cost for _ in range(3)] == [DEAREST, 1.0, 1.0]  # the cheap one says no, and ends it


def test_lambda_stays_between_its_ends() -> None:
    pace = Pace(budget_purse(1e9), 10_000, 0.0)
    assert pace.trade_off == LOWEST
    for _ in range(5000):
        pace.purse.settle(0.0, 1.0)
        pace.ended(1.0)
    assert pace.trade_off == LOWEST
    pace = Pace(budget_purse(10.0), 10_000, 1e9)
    for _ in range(500):
        pace.purse.settle(0.0, 1.0)
        pace.ended(1.0)
    assert pace.trade_off == HIGHEST
    for _ in range(3):
        pace.ended(0.0)


def test_a_horizon_needs_a_budget() -> None:
    with pytest.raises(ConfigError) as raised:
        fmplang.Runtime(a_pool(), Thompson(), horizon=5)
    assert raised.value.code == "FMP802"
