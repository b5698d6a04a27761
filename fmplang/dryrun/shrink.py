"""The plainest run that still fails in the same place: what can be taken away is, what is left is made plainer."""

from __future__ import annotations

from collections.abc import Iterator

from fmplang.dryrun.attempt import QUICK, Outcome, Runner, Script
from fmplang.dryrun.plans import simpler, weight
from fmplang.frozen import replace

TRIES = 400  # runs for one failure
STEPS = 1_500_000  # of the interpreter, in all of them


def size(outcome: Outcome) -> tuple[float, float]:
    """How much there is to a failing run: its inputs and answers, then its calls."""
    given = sum(weight(plan) for plan in outcome.script.inputs.values()) + sum(weight(a.plan) for a in outcome.asked)
    return given, len(outcome.asked)


def shrunk(runner: Runner, found: Outcome, tries: int = TRIES) -> Outcome:
    """The same failure with less."""
    best = _spelled_out(found)
    left, steps = tries, STEPS
    progress = True
    while progress and left > 0 and steps > 0:
        progress = False
        for script in _candidates(runner, best):
            if left <= 0 or steps <= 0:
                break
            left -= 1
            other = runner.run(script, whole=best.steps > QUICK)
            steps -= other.steps
            if other.failure == best.failure and size(other) < size(best):
                best, progress = _spelled_out(other), True
                break
    return best


def _spelled_out(outcome: Outcome) -> Outcome:
    """With every answer that the run was given in its script, and none that it was not asked for."""
    script = Script(outcome.script.inputs, {asked.call: asked.plan for asked in outcome.asked})
    return replace(outcome, script=script)


def _candidates(runner: Runner, best: Outcome) -> Iterator[Script]:
    """Plainer scripts, the boldest first."""
    script = best.script
    plain = runner.plainest()
    yield Script(plain.inputs)
    yield Script(script.inputs)
    yield Script(plain.inputs, script.answers)
    sites = {asked.site.id for asked in best.asked}
    if len(sites) < len(best.asked):
        for site in sorted(sites):
            yield Script(script.inputs, {call: plan for call, plan in script.answers.items() if call[0] != site})
    for name, t in runner.params.items():
        if script.inputs[name] != plain.inputs[name]:
            yield script.with_input(name, plain.inputs[name])
            edges = runner.edges.of(t, False)
            own = weight(script.inputs[name])
            for other in (*edges[:8], *simpler(t, script.inputs[name])):
                if weight(other) < own:
                    yield script.with_input(name, other)
    for asked in best.asked:
        if weight(asked.plan) > 0:
            rest = {call: plan for call, plan in script.answers.items() if call != asked.call}
            yield Script(script.inputs, rest)
            for other in simpler(asked.returns, asked.plan):
                yield script.with_answer(asked.call, other)
