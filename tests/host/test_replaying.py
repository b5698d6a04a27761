"""A policy on known answers: exact where all are known, unknown where one is not, and learning as live."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import fmplang
from fmplang.bench.drive import drive
from fmplang.bench.reference import Tree
from fmplang.bench.scenarios import EARLY_EXIT, SCENARIOS
from fmplang.bench.simulation import Stream
from fmplang.errors import ConfigError, EvaluationError, PolicyError
from fmplang.host.replaying import Case, Known, replay_ledger, replay_table
from fmplang.policy.base import Arm, Decision, Policy, PolicyCall, certain, learns_nothing
from fmplang.policy.cascade import Cascade
from fmplang.policy.counterfactual import Counterfactual
from fmplang.policy.thompson import Thompson
from fmplang.runtime.requests import Request
from tests.host.programs import TWO, a_pool, program


class Both:
    """The dear backend, and the cheap one as a shadow: every answer is known."""

    learn = learns_nothing
    name = "both"

    def choose(self, call: PolicyCall) -> Decision:
        return replace(certain(call.arms, 1), shadows=(0,))


@pytest.fixture(params=["memory", "file"])
def runtime(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[fmplang.Runtime]:
    with fmplang.Runtime(pool=a_pool(), policy=Both(), trade_off=0.5,
                         ledger=None if request.param == "memory" else tmp_path / "runs.db") as made:
        yield made


def label(runtime: fmplang.Runtime, *answers: Any, asked: fmplang.Program = TWO) -> None:
    for number, answer in enumerate(answers):
        run = runtime.run(asked, t=str(number))
        if answer is not None:
            runtime.feedback(run.id, label=answer)


def test_every_run_is_known_where_both_backends_were_asked(runtime: fmplang.Runtime) -> None:
    label(runtime, 10, 10, 0, 10)
    told = replay_ledger("strongest", TWO, runtime.ledger)
    assert (told.runs, told.covered, told.judged, told.unknown, told.warning) == (4, 4, 4, {}, "")
    assert told.logged is not None and told.gain is not None
    assert (told.target.utility, told.target.cost) == (0.75, 1.0)
    assert (told.logged.utility, told.logged.cost) == (0.75, pytest.approx(15 / 12))
    assert told.gain == pytest.approx((0.5 * 3 / 12,) * 3)  # the same answers without the shadows
    cheap = replay_ledger("cheapest", TWO, runtime.ledger, trade_off=0.0)
    assert cheap.target.utility == 0.25 and cheap.target.cost == pytest.approx(1 / 12)
    assert cheap.target.net == 0.25


def test_an_answer_that_nobody_paid_for_makes_the_run_unknown() -> None:
    runtime = fmplang.Runtime(pool=a_pool(), policy="random", trade_off=0.5)
    label(runtime, *[10] * 40)
    backends = [[call.backend for call in stored.record.calls] for stored in runtime.ledger.runs()]
    told = replay_ledger("strongest", TWO, runtime.ledger)
    assert told.covered == backends.count(["big", "many"]) < 20
    assert told.unknown == {"main/ask": sum(b[0] == "small" for b in backends),
                            "main/count": backends.count(["big", "few"])}
    assert f"only {100 * told.covered / 40:.0f}% of runs" in told.warning
    assert told.target.utility == 1.0


def test_a_final_value_that_the_run_did_not_have_is_judged_by_its_label(runtime: fmplang.Runtime) -> None:
    label(runtime, 10, None, 1)
    for reward in (1.0, 0.5):
        runtime.feedback(runtime.run(TWO, t="r").id, reward=reward)
    told = replay_ledger("static:vqa=big,count=few", TWO, runtime.ledger)
    assert (told.runs, told.covered, told.judged) == (5, 5, 3)  # no outcome, and a half reward, tell nothing of 1
    assert told.target.utility == pytest.approx(1 / 3)


def test_a_run_that_fails_on_the_other_answer_earns_nothing(runtime: fmplang.Runtime) -> None:
    asked = program("if ask(t):\n    return [0, 1, 2][count(t) - 8]\nreturn 0", "t: str")
    label(runtime, 2, 2, asked=asked)
    told = replay_ledger("static:vqa=big,count=few", asked, runtime.ledger)
    assert (told.covered, told.target.utility) == (2, 0.0)


def test_the_policy_is_told_what_it_would_be_told_live(runtime: fmplang.Runtime) -> None:
    """Events in their order: an outcome that came late is learned late."""
    heard: list[tuple[str, str, Any]] = []

    class Listens:
        def choose(self, call: PolicyCall) -> Decision:
            return certain(call.arms, 0)

        def observe(self, run: Any) -> None:
            heard.append(("ended", run.id, [call.backend for call in run.calls]))

        def learn(self, run: Any, outcome: Any) -> None:
            heard.append(("learned", run.id, outcome.reward))

    first, second = runtime.run(TWO, t="a"), runtime.run(TWO, t="b")
    runtime.feedback(second.id, label=0)
    third = runtime.run(TWO, t="c")
    runtime.feedback(first.id, label=10)
    replay_ledger(Listens(), TWO, runtime.ledger)
    assert heard == [("ended", first.id, ["small"]), ("ended", second.id, ["small"]), ("learned", second.id, 1.0),
                     ("ended", third.id, ["small"]), ("learned", first.id, 0.0)]


def test_what_cannot_be_replayed_is_refused(runtime: fmplang.Runtime) -> None:
    with pytest.raises(ConfigError) as raised:
        replay_ledger("strongest", TWO, runtime.ledger)
    assert raised.value.code == "FMP842"
    label(runtime, None)
    with pytest.raises(EvaluationError, match="of 1 runs 1 could be replayed, and of none") as refused:
        replay_ledger("strongest", TWO, runtime.ledger)
    assert refused.value.code == "FMP840"
    with pytest.raises(PolicyError):
        replay_ledger("static:vqa=nobody", TWO, runtime.ledger)


# ----------------------------------------------------------------- tables of all answers

STREAM = Stream(SCENARIOS["two"], 11, 120)
PROGRAM = fmplang.compile(EARLY_EXIT)
TABLE = Tree(STREAM, PROGRAM)


class OfInput:
    """Every simulated backend's answer on one input."""

    def __init__(self, index: int, blind: str, sure: bool) -> None:
        self.index, self.blind, self.sure = index, blind, sure

    def arms(self, request: Request) -> Sequence[Arm]:
        return [Arm(tier.name, tier.cost) for tier in SCENARIOS["two"].tiers[request.capability]]

    def known(self, request: Request, backend: str) -> Known | None:
        if backend == self.blind:
            return None
        tier = next(t for t in SCENARIOS["two"].tiers[request.capability] if t.name == backend)
        return Known(STREAM.answer(self.index, request, tier), tier.cost,
                     STREAM.confidence(self.index, request, tier) if self.sure else None)


def cases(blind: str = "", sure: bool = False) -> Iterator[Case]:
    for index in range(STREAM.count):
        right = TABLE.labels[index]
        yield Case(str(index), STREAM.inputs(index), OfInput(index, blind, sure),
                   lambda value, error, right=right: float(value == right),  # type: ignore[misc]
                   right)


@pytest.mark.parametrize("make", [Thompson, Counterfactual, Cascade])
def test_a_policy_on_a_full_table_does_what_it_does_on_the_stream(make: type[Policy]) -> None:
    """Draw for draw: the simulation's own loop and the replay are two ways to the same figures."""
    live = drive(make(), STREAM, PROGRAM, TABLE.labels, TABLE.scale, 0.2, 5)
    sure = make is Cascade  # the simulation tells confidences to cascades only
    told = replay_table(make(), PROGRAM, cases(sure=sure), trade_off=0.2, scale=TABLE.scale, seed=5)
    assert (told.runs, told.covered, told.logged, told.gain) == (120, 120, None, None)
    assert told.target.cost == pytest.approx(live.cost.mean())
    assert told.target.utility == pytest.approx(live.utility.mean())


def test_a_table_with_holes_covers_fewer() -> None:
    told = replay_table("strongest", PROGRAM, cases("vqa-dear"), trade_off=0.2, scale=TABLE.scale)
    assert told.covered + sum(told.unknown.values()) == 120 and 0 < told.covered < 60
    assert told.warning
