"""From a ledger to off-policy estimates: what is read, what is taught, what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fmplang
from fmplang.errors import ConfigError, EvaluationError, PolicyError
from fmplang.host.evaluate import evaluate, read_log
from fmplang.ledger.base import Ledger, StoredRun, open_ledger
from fmplang.policy.base import Decision, PolicyCall, certain, learns_nothing
from fmplang.policy.counterfactual import Counterfactual
from fmplang.policy.mix import Mix
from tests.host.programs import TWO, a_pool, program

RIGHT = {("big", "many"): 1.0, ("big", "few"): 0.5, ("small", ""): 0.25}  # what runs earn, by who answered


def logged(ledger: Ledger | None = None, policy: Any = "random", count: int = 400, every: int = 1,
           asked: fmplang.Program = TWO) -> Ledger:
    """Runs of `if ask(t): count(t)`, which asks once where `small` answers; every so many of them with an outcome."""
    runtime = fmplang.Runtime(pool=a_pool(), policy=policy, ledger=ledger or open_ledger(None), trade_off=0.5)
    for number in range(count):
        run = runtime.run(asked, t=str(number))
        if number % every == 0:
            names = [call.backend for call in run.trace]
            runtime.feedback(run.id, reward=RIGHT[names[0], names[1] if len(names) > 1 else ""])
    return runtime.ledger


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return logged()


@pytest.mark.parametrize("estimator", ["dr", "ipw", "snipw"])
@pytest.mark.parametrize(("policy", "utility", "cost"), [
    ("strongest", 1.0, 12 / 12), ("cheapest", 0.25, 1 / 12), ("static:vqa=big,count=few", 0.5, 6 / 12),
])
def test_what_another_policy_would_earn(ledger: Ledger, policy: str, utility: float, cost: float,
                                        estimator: str) -> None:
    found = evaluate(ledger, policy, estimator=estimator, least=40)
    told = found.report.target
    assert told.utility.value == pytest.approx(utility, abs=0.15) and told.cost.value == pytest.approx(cost, abs=0.15)
    assert told.utility.low <= utility <= told.utility.high
    assert found.report.trade_off == 0.5 and found.taught == 0 and found.logged == ("random",)
    assert found.report.logged.utility.value == pytest.approx(0.5, abs=0.1)
    assert (found.report.gain.low > 0) == (policy == "strongest")


def test_a_ledger_in_a_file_tells_the_same(ledger: Ledger, tmp_path: Path) -> None:
    kept = open_ledger(tmp_path / "runs.db")
    some = list(ledger.runs())[:30]
    for stored in some:
        kept.record_run(stored.record)
        for outcome in stored.outcomes:
            kept.record_outcome(outcome)
    assert evaluate(kept, "strongest", least=0) == evaluate(some, "strongest", least=0)
    kept.close()


def test_the_last_outcome_counts_and_runs_without_one_for_cost_only() -> None:
    ledger = logged(count=300, every=2)
    first = next(iter(ledger.runs())).record
    runtime = fmplang.Runtime(pool=a_pool(), ledger=ledger)
    for reward in (0.0, 1.0):
        runtime.feedback(first.id, reward=reward)
    read = read_log(ledger, "random")
    assert read.runs[0].outcome == 1.0 and read.runs[1].outcome is None
    report = evaluate(ledger, "random", estimator="ipw").report
    assert (report.runs, report.judged) == (300, 150)


class Learns:
    """Takes the dear backend with a chance that is the mean reward it was taught."""

    name = "learns"

    def __init__(self) -> None:
        self.rewards: list[float] = []
        self.seen = 0

    def choose(self, call: PolicyCall) -> Decision:
        share = float(np.mean(self.rewards)) if self.rewards else 0.5
        return Decision(int(call.rng.random() < share), (1 - share, share))

    def observe(self, run: Any) -> None:
        self.seen += 1

    def learn(self, run: Any, outcome: Any) -> None:
        self.rewards.append(outcome.reward)


@pytest.mark.parametrize(("teach", "taught"), [(None, 200), (0.25, 100), (0.0, 0)])
def test_a_policy_that_learns_is_taught_first_and_judged_on_the_rest(ledger: Ledger, teach: float | None,
                                                                      taught: int) -> None:
    policy = Learns()
    found = evaluate(ledger, policy, teach=teach)
    assert (found.taught, policy.seen, len(policy.rewards)) == (taught, taught, taught)
    weighed = 400 - taught if taught else 320  # with none before, the first fifth teaches the value model
    assert found.report.runs == weighed
    chances = {step.target for run in read_log(ledger, policy, teach=0.0).runs[:50] for step in run.steps}
    assert taught == 0 or len(chances) == 1


def test_a_policy_sees_the_call_that_was_logged() -> None:
    seen = []

    class Looks:
        learn = learns_nothing
        needs_features = True

        def choose(self, call: PolicyCall) -> Decision:
            seen.append(call)
            return certain(call.arms, 0)

    ledger = logged(policy=Counterfactual(warm=1), count=3)
    (first, *_), runs = read_log(ledger, Looks(), trade_off=0.9, teach=0.0).runs, list(ledger.runs())
    call, record = seen[0], runs[0].record
    assert (call.request.site.id, call.request.run_id, call.request.capability) == ("main/ask", record.id, "vqa")
    assert [(a.backend, a.cost) for a in call.arms] == [("small", 1.0), ("big", 4.0)]
    assert (call.scale, call.trade_off) == (12.0, 0.9) and tuple(call.features) == record.calls[0].features
    assert first.steps[0].logged == record.calls[0].propensities and first.steps[0].target == (1.0, 0.0)
    assert first.spent == record.cost / 12.0


def test_what_a_policy_remembers_fits_the_arms_that_were_taken(ledger: Ledger) -> None:
    """A mix throws one coin a run: after the first call its second chance is certain, and that of the arm taken."""
    runs = read_log(ledger, Mix(0.5)).runs
    both = [run for run in runs if len(run.steps) == 2]
    assert len(both) > 100
    for run in both:  # the first call was answered by `big`, so the coin fell for the strongest
        assert run.steps[0].target in ((1.0, 0.0), (0.0, 1.0)) and run.steps[1].target in ((1.0, 0.0), (0.0, 1.0))
        if run.steps[0].target == (0.0, 1.0):
            assert run.steps[1].target == (0.0, 1.0)
    told = evaluate(ledger, Mix(0.5), estimator="ipw", least=20).report.target
    assert told.utility.low <= 0.5 * 1.0 + 0.5 * 0.25 <= told.utility.high


def test_shadows_of_the_policy_are_paid(ledger: Ledger) -> None:
    class Shadowing:
        learn = learns_nothing

        def choose(self, call: PolicyCall) -> Decision:
            made = certain(call.arms, 1)
            return replace(made, shadows=(0,))

    plain, paid = (evaluate(ledger, policy, estimator="snipw", least=40).report.target.cost.value
                   for policy in ("strongest", Shadowing()))
    assert paid == pytest.approx(plain + 1 / 12 + 2 / 12, abs=0.05)


def test_features_that_the_log_lacks_are_computed_from_the_program(ledger: Ledger) -> None:
    with pytest.raises(EvaluationError, match="needs features, and the log has none") as raised:
        evaluate(ledger, Counterfactual())
    assert raised.value.code == "FMP843"
    read = read_log(list(ledger.runs())[:40], Counterfactual(), program=TWO)
    assert {len(step.features or ()) for run in read.runs for step in run.steps} == {24}


def test_all_decisions_of_a_run_begun_anew_are_weighed(ledger: Ledger) -> None:
    stored = next(run for run in ledger.runs() if len(run.record.calls) == 2)
    first, second = stored.record.calls
    again = replace(second, round=1, lost=3.0, attempts=(("few", "timeout"),))
    record = replace(stored.record, calls=[first, again], abandoned=[second], cost=20.0)
    (run,) = read_log([StoredRun(record, 0.0, True, stored.outcomes)], "strongest").runs
    assert [step.site for step in run.steps] == ["main/ask", "main/count", "main/count"]
    assert [step.cost for step in run.steps] == [first.cost / 12, second.cost / 12, (second.cost + 3.0) / 12]
    assert run.spent == 20 / 12


def test_answers_kept_from_earlier_count_at_their_price() -> None:
    """The log's costs are those of its backends, whether or not somebody had asked them before."""
    runtime = fmplang.Runtime(pool=a_pool(), policy="random")
    run = runtime.run(TWO, t="a")
    calls = [replace(call, cached=True, cost=0.0) for call in run.trace]
    stored = StoredRun(replace(run.record, calls=calls, cost=0.0), 0.0, True)
    (read,) = read_log([stored], "strongest").runs
    (fresh,) = read_log([StoredRun(run.record, 0.0, True)], "strongest").runs
    assert read == fresh and (fresh.spent or 0.0) > 0


# -------------------------------------------------------------------------- refusals


def test_a_log_of_one_backend_says_nothing_of_another() -> None:
    with pytest.raises(EvaluationError, match=r"in 100% of runs .* could not have taken") as raised:
        evaluate(logged(policy="cheapest", count=200), "strongest")
    assert raised.value.code == "FMP841"


def test_a_cascade_is_refused_on_either_side(ledger: Ledger) -> None:
    class Escalates:
        learn = learns_nothing

        def choose(self, call: PolicyCall) -> Decision:
            return replace(certain(call.arms, 0), escalate=((1, 0.5),))

    with pytest.raises(EvaluationError, match="whether to ask another backend") as raised:
        evaluate(ledger, Escalates())
    assert raised.value.code == "FMP843"
    from fmplang.runtime.trace import Shadow

    (stored, *_) = ledger.runs()
    calls = [replace(call, answered=1, shadows=(Shadow(call.arm, call.backend, call.value),))
             for call in stored.record.calls]
    with pytest.raises(EvaluationError, match="decided by a cascade"):
        evaluate([StoredRun(replace(stored.record, calls=calls), 0.0, True, stored.outcomes)], "cheapest")


def test_chances_that_cannot_be_are_refused(ledger: Ledger) -> None:
    (stored, *_) = ledger.runs()
    calls = [replace(call, propensities=(0.5, 0.6)) for call in stored.record.calls]
    with pytest.raises(EvaluationError, match="chances that cannot be") as raised:
        evaluate([StoredRun(replace(stored.record, calls=calls), 0.0, True, stored.outcomes)], "cheapest")
    assert raised.value.code == "FMP843"


def test_one_program_at_a_time() -> None:
    other = program("if ask(t):\n    return count(t) + 1\nreturn 0", "t: str")
    ledger = logged(count=150)
    logged(ledger, count=150, asked=other)
    with pytest.raises(ConfigError, match="holds runs of 2 programs") as raised:
        evaluate(ledger, "random")
    assert raised.value.code == "FMP842" and TWO.digest[:8] in raised.value.message
    for given in ({"program": TWO}, {"digest": TWO.digest[:6]}):
        assert evaluate(ledger, "random", estimator="ipw", **given).report.runs == 150  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="no run of this program"):
        evaluate(ledger, "random", digest="0000")
    with pytest.raises(ConfigError, match="no run of any program"):
        evaluate(open_ledger(None), "random")


def test_a_policy_that_cannot_learn_or_choose_is_named(ledger: Ledger) -> None:
    class Breaks(Learns):
        def learn(self, run: Any, outcome: Any) -> None:
            raise ValueError("no")

    with pytest.raises(PolicyError, match=r"learns could not learn from run .*: ValueError: no"):
        evaluate(ledger, Breaks())
    with pytest.raises(PolicyError, match="tesseract"):
        evaluate(ledger, "static:vqa=tesseract")
    with pytest.raises(ConfigError, match="share of the log"):
        evaluate(ledger, "random", teach=1.5)


def test_progress_is_told(ledger: Ledger) -> None:
    told: list[tuple[int, int]] = []
    evaluate(ledger, "random", progress=lambda done, of: told.append((done, of)))
    assert told[0] == (0, 400) and told[-1] == (350, 400)
