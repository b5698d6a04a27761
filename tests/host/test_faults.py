"""Whatever backends and policies do, money, records and error types keep to their rules."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import fmplang
from fmplang.backends.base import Response
from fmplang.errors import BackendTimeout, FmpError
from fmplang.ledger.memory import MemoryLedger
from fmplang.policy.base import Decision, PolicyCall
from fmplang.runtime.requests import Request
from fmplang.runtime.trace import ASKED, CallRecord, RunRecord
from tests.host.programs import program

ODD: tuple[Any, ...] = (
    None, "", "perhaps", "7", 7, 7.0, True, float("nan"), 10**400, [], [1], {"n": 1}, b"1", object(), "x" * 100,
    "\ud800", "\x00", ValueError("broken"), KeyError(), TimeoutError(), BackendTimeout("slow"), RecursionError(),
    MemoryError(), StopIteration(), UnicodeDecodeError("utf-8", b"", 0, 1, "no"), AssertionError("\x1b[31m"),
    Response(3, cost=float("nan")), Response(3, cost=-1.0), Response(3, confidence=7.0), Response(3, cost=0.5),
    Response("4", confidence=0.5, cost=0.0),
)
PRICES = (0.0, 1.0, 2.5)
PROGRAM = program("""total = 0
for t in ts:
    total += count(t)
assert total > 2 or total < 0, "too few"
return total + sum([count(t) for t in ts])""", "ts: list[str]")


class Everything:
    def __init__(self, run: Any) -> None:
        self.calls = range(len(run.calls))


class Faulty:
    """Answers by a script of indices into ODD; a batch may also raise, or give too few or too many answers."""

    capability, version, unit = "count", "1", "units"

    def __init__(self, name: str, price: float, script: Sequence[int], batch: int) -> None:
        self.name = name
        self.script = list(script)
        self.cost = price
        self.batch = batch
        self.asked = 0

    def supports(self, request: Request) -> bool:
        return True

    def price(self, request: Request) -> float:
        return self.cost

    def answer(self, requests: Sequence[Request]) -> Any:
        made = []
        for _ in requests:
            said = ODD[self.script[self.asked % len(self.script)]]
            self.asked += 1
            made.append(said if isinstance(said, (Response, Exception)) else Response(said))
        if self.batch == 1 and self.asked > 2:
            raise OSError("the line is dead")
        return made[:-1] if self.batch == 2 and self.asked > 3 else made


class Draws:
    """Chooses by chance, with shadows and cascades now and then, and says so truly."""

    def choose(self, call: PolicyCall) -> Decision:
        count = len(call.arms)
        order = [int(arm) for arm in call.rng.permutation(count)]
        shadows = tuple(i for i in order[1:] if call.rng.random() < 0.3)
        chain = tuple((i, float(call.rng.random())) for i in order[1:] if i not in shadows and call.rng.random() < 0.4)
        return Decision(order[0], (1 / count,) * count, {}, shadows, chain)

    def learn(self, run: object, outcome: object) -> None:
        raise AssertionError("there was no outcome")


faulty = st.lists(
    st.tuples(st.sampled_from(PRICES), st.lists(st.integers(0, len(ODD) - 1), min_size=1, max_size=8),
              st.integers(0, 2)),
    min_size=1, max_size=3,
)
rules = st.builds(fmplang.Recovery, st.integers(0, 2), st.sampled_from(["dearer", "cheaper", "none", ("b0",)]),
                  st.integers(0, 3))


@given(faulty, st.one_of(st.none(), st.floats(0, 20)), st.integers(0, 3), st.integers(0, 3), rules, st.booleans())
def test_nothing_leaks_and_every_call_is_one_row(scripts: list[tuple[float, list[int], int]], budget: float | None,
                                                 count: int, how: int, rule: fmplang.Recovery, paid: bool) -> None:
    pool = fmplang.Pool([Faulty(f"b{i}", *script) for i, script in enumerate(scripts)])
    for each in pool:
        each.paid = paid  # type: ignore[attr-defined]
    ledger = Remembers()
    runtime = fmplang.Runtime(pool=pool, policy=Draws(), budget=budget, seed=count, recovery=rule, ledger=ledger)
    runtime._setting.slicer = lambda of, run, limits: Everything(run)
    texts = [str(i) for i in range(count)]
    run_ids = []
    for _ in range(2):
        try:
            if how == 0:
                run = runtime.run(PROGRAM, ts=texts)
            elif how == 1:
                run = asyncio.run(runtime.arun(PROGRAM, ts=texts))
            else:
                (run,) = runtime.stream(PROGRAM, [{"ts": texts}], concurrency=how)
            assert type(run.value) is int
            run_ids.append(run.id)
        except FmpError as error:
            assert error.code.startswith("FMP") and error.message and error.run_id
            run_ids.append(error.run_id)
    records = [runtime.ledger.find_run(run_id).record for run_id in run_ids]
    asked = sum(backend.asked for backend in pool)  # type: ignore[attr-defined]
    rows = [c for r in records for c in (*r.calls, *r.abandoned)]
    assert sum(c.done for c in rows) + sum(len(c.shadows) + len(c.attempts) for c in rows) == asked
    paid_for = sum(c.spent for c in rows)
    assert abs(paid_for - runtime.spent) < 1e-9 and abs(sum(r.cost for r in records) - runtime.spent) < 1e-9
    assert runtime._purse.reserved == 0
    if budget is not None:  # a backend that charges more than its price is the one way, and it is told
        beyond = sum(0.5 * asked_of.asked for asked_of in pool  # type: ignore[attr-defined]
                     if any("cost above price" in c.flags for c in rows))
        assert runtime.spent <= budget + beyond + 1e-6
    for call in rows:
        assert abs(sum(call.propensities) - 1) < 1e-9 and 0 <= call.arm < len(call.arms)
        assert call.backend == call.arms[call.answerer] and call.cost >= 0 and call.lost >= 0 and call.seconds >= 0
        assert call.answered != call.arm and (call.answered is None or call.attempts or call.shadows)
        assert call.done is False or (call.value is None) == (call.error is not None)
        assert call.cost <= call.prices[call.answerer] or "cost above price" in call.flags
        assert ASKED not in [did for _, did in call.attempts]
        arms = [call.answerer, *(s.arm for s in call.shadows)]
        assert len(arms) == len(set(arms)) and call.round <= rule.recoveries
    for record in records:
        assert [c.order for c in record.calls] == sorted(c.order for c in record.calls)
        places = [(c.order, c.round) for c in (*record.calls, *record.abandoned)]
        assert len(places) == len(set(places)) and len({c.order for c in record.calls}) == len(record.calls)
        assert not record.abandoned or max(each.round for each in record.recoveries) < rule.recoveries
        assert all(not each.mended or record.error is None for each in record.recoveries)
    if paid:  # nobody was asked before it was written down
        assert ledger.committed >= {(r.id, c.order, c.round) for r in records for c in (*r.calls, *r.abandoned)
                                    if c.done}


class Remembers(MemoryLedger):
    """Says that it is durable, and remembers what had to be."""

    durable = True

    def __init__(self) -> None:
        super().__init__()
        self.committed: set[Any] = set()

    def record_decisions(self, run: RunRecord, calls: Sequence[CallRecord]) -> None:
        self.committed |= {(run.id, call.order, call.round) for call in calls}
        super().record_decisions(run, calls)
