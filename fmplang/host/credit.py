"""Which calls a run's answer stands on, and what each of them was worth, as plain data.

Credit is of one executed answer against one exchange: U of the run, less U of the run with that one answer exchanged
for the other backend's and everything else replayed. So 1 means that the exchange would have lost a right answer, -1
that it would have won one, 0 that it makes no difference. It is known without any outcome where the exchange changes
nothing: both backends said the same, or the run's final value stays as it is, or the answer does not depend on the
call at all. Else it takes an outcome; else it is None. Costs are not in it: they stand beside it, as what the exchange
would have cost more at the call (`own`) and in all later calls (`later`).
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from fmplang.check.sites import all_sites
from fmplang.errors import FmpError
from fmplang.limits import Limits
from fmplang.policy.base import Outcome
from fmplang.runtime.program import Program
from fmplang.runtime.slicing import Slice, slice_run
from fmplang.runtime.trace import CallRecord, Comparison, RunRecord, Shadow
from fmplang.runtime.values import to_json

SITES = 1000  # sites that did not execute, listed at most


def slice_of(program: Program, run: RunRecord, limits: Limits | None = None) -> Slice | None:
    """The run's slice, or None where it cannot be had: the replay met a limit, or what it needs is not there."""
    try:
        return slice_run(program, run, limits)
    except FmpError:
        return None


def credit_of(program: Program, run: RunRecord, sliced: Slice | None = None,
              outcome: Outcome | None = None) -> dict[str, Any]:
    """The credit of a run, as plain JSON. Whatever the calls outside of the slice had answered, the run would have
    ended the same way: that makes their credit 0.

    - `calls`, one for each of the run's calls:
      `depended`: "data" (through values alone), "control" or "no"; None where there is no slice.
      `stands_on`: indexes of the earlier calls that its arguments, or its being made at all, depended on.
      `cost_share`: its cost as a share of the run's, 0 to 1; None where the run cost nothing.
      `shadow_cost`: what its shadows cost.
      `exchanges`, one for each arm whose answer was not used: `backend`, `arm`; `answer`, `cost`, `seconds`,
      `confidence` where it was asked; `same`, whether it said the same; `changed`, whether the final value would be
      another, and `final`, that value; `own` and `later`, what the run would have cost more; `why`, where something
      is not known.
      `credit`: by backend, the credit of the executed answer against that exchange, or None.
    - `statements`: the spans that the answer depended on, by source name; None where there is no slice.
    - `strongest`: `cost`, what the same calls would have cost at their dearest arms, and `exact`, whether it is known
      that a run with the dearest arm everywhere is this run.
    - `not_executed`: the sites that asked nothing, at most 1,000, and `not_executed_more`, whether there are more.
    - `reward`: the outcome's, where there is one. An outcome from `fmplang.host.feedback.outcome_for` says what each
      exchange would have earned.
    """
    compared = {(one.call, one.arm): (place, one) for place, one in enumerate(run.comparisons)}
    idle, more = _not_executed(program, run)
    calls = []
    for index, call in enumerate(run.calls):
        shadows = {shadow.arm: shadow for shadow in call.shadows}
        exchanges, credit = [], {}
        for arm, backend in enumerate(call.arms):
            if arm == call.answerer:
                continue
            place, comparison = compared.get((index, arm), (0, None))
            told = _exchange(run, call, arm, shadows.get(arm), comparison)
            if sliced is not None and index not in sliced.calls and told["changed"] is None:
                told["changed"] = False
            credit[backend] = 0.0 if told["changed"] is False else (
                None if comparison is None else _credit(run, place, comparison, outcome))
            if comparison is not None and comparison.changed and credit[backend] is None:
                told["why"] = "there is no outcome yet" if outcome is None else "the outcome does not tell"
            exchanges.append(told)
        calls.append({
            "depended": _depended(index, sliced),
            "stands_on": None if sliced is None else sorted(sliced.depends[index]),
            "cost_share": call.cost / run.cost if run.cost > 0 else None,
            "shadow_cost": sum(shadow.cost for shadow in call.shadows),
            "exchanges": exchanges, "credit": credit,
        })
    return {
        "calls": calls,
        "statements": None if sliced is None else {
            name: [[start, end] for start, end in spans] for name, spans in sliced.statements.items()},
        "strongest": _strongest(run),
        "not_executed": idle, "not_executed_more": more,
        "reward": None if outcome is None else outcome.reward,
    }


def _depended(index: int, sliced: Slice | None) -> str | None:
    if sliced is None:
        return None
    return "data" if index in sliced.data else "control" if index in sliced.calls else "no"


def _exchange(run: RunRecord, call: CallRecord, arm: int, shadow: Shadow | None,
              comparison: Comparison | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "backend": call.arms[arm], "arm": arm, "asked": shadow is not None, "same": None, "changed": None,
        "own": call.prices[arm] - call.prices[call.answerer], "later": None, "why": "",
    }
    if shadow is not None:
        told |= {"answer": plain(shadow.value), "cost": shadow.cost, "seconds": shadow.seconds,
                 "confidence": shadow.confidence, "error": shadow.error}
    if comparison is not None:
        told |= {"same": comparison.same, "changed": comparison.changed, "later": comparison.later}
        if comparison.changed:
            told |= {"final": plain(comparison.final), "final_error": comparison.error}
    told["why"] = _why(run, call, arm, shadow, comparison)
    return told


def _why(run: RunRecord, call: CallRecord, arm: int, shadow: Shadow | None, comparison: Comparison | None) -> str:
    """Why it is not known what the exchange would have done, or ""."""
    if comparison is not None:
        if comparison.changed is not None:
            return ""
        if comparison.error is not None:
            return f"the run would have asked again at {comparison.unknown}, where it got no answer: {comparison.error}"
        return f"the run would have asked something else at {comparison.unknown}, which nobody answered"
    if shadow is None:
        short = f"no money for the shadow {call.arms[arm]}" in call.flags
        return "there was no money to ask it" if short else "it was not asked"
    if shadow.error is not None:
        return f"it gave no answer: {shadow.error}"
    if call.error is not None:
        return "the call itself got no answer to compare with"
    return "the run failed, so there is no answer to compare with" if run.error is not None else "it was not replayed"


def _credit(run: RunRecord, place: int, comparison: Comparison, outcome: Outcome | None) -> float | None:
    """Of an exchange that changes the final value, or may."""
    if comparison.changed is None or outcome is None:
        return None
    other = outcome.exchanged[place] if len(outcome.exchanged) == len(run.comparisons) else None
    return None if other is None else outcome.reward - other


def _strongest(run: RunRecord) -> dict[str, Any]:
    agreed = {(one.call, one.arm) for one in run.comparisons if one.same}
    cost, exact = 0.0, run.error is None
    for index, call in enumerate(run.calls):
        price, arm = max(zip(call.prices, range(len(call.prices)), strict=True))  # as `strongest`: of equals the last
        cost += price
        exact = exact and (arm == call.answerer or (index, arm) in agreed)
    return {"cost": cost, "exact": exact}


def _not_executed(program: Program, run: RunRecord) -> tuple[list[dict[str, Any]], bool]:
    asked = {call.site for call in (*run.calls, *run.abandoned)}
    found = list(islice((site for site in all_sites(program.typed) if site.id not in asked), SITES + 1))
    listed = []
    for site in found[:SITES]:
        line, column = site.source.position(site.span.start)
        listed.append({"site": site.id, "primitive": site.function.name, "capability": site.function.capability,
                       "file": site.source.name, "line": line, "column": column})
    return listed, len(found) > SITES


def plain(value: Any) -> Any:
    """A value as JSON; what cannot be written down becomes `{"$omitted": why}`."""
    try:
        return to_json(value)
    except FmpError as error:
        return {"$omitted": error.message}
