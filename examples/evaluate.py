"""What would another policy have earned? `python examples/evaluate.py` logs runs, then tells it in three ways.

The backends are two functions that call a ticket urgent: a cheap one that looks for one word, and a dear one that looks
for all. The log is made by the random policy, which explores: every backend could have been taken at every call.
"""

from __future__ import annotations

import fmplang
from fmplang.host.evaluate import evaluate
from fmplang.host.replaying import replay_ledger
from fmplang.host.rerun import rerun

PROGRAM = '''
@neural("llm")
def urgent(ticket: str) -> bool:
    """Is this ticket urgent? {ticket}"""

def main(ticket: str) -> bool:
    return urgent(ticket)
'''
TICKETS = [("the shop is down", True), ("where is my invoice", False), ("customers cannot pay", True),
           ("a new logo, please", False)]


@fmplang.backend("llm", name="quick", cost=1.0)
def quick(request):
    return "down" in request.args["ticket"]


@fmplang.backend("llm", name="careful", cost=10.0)
def careful(request):
    return any(word in request.args["ticket"] for word in ("down", "cannot"))


def main() -> None:
    program = fmplang.compile(PROGRAM)
    runtime = fmplang.Runtime(fmplang.Pool([quick, careful]), "random", trade_off=0.1, seed=1)
    for number in range(400):
        ticket, answer = TICKETS[number % len(TICKETS)]
        run = runtime.run(program, ticket=ticket)
        runtime.feedback(run.id, label=answer)

    for policy in ("cheapest", "strongest"):
        report = evaluate(runtime.ledger, policy).report
        utility = report.target.utility
        print(f"{policy}: right in {utility.value:.2f} of runs, between {utility.low:.2f} and {utility.high:.2f}; "
              f"{report.effective:.0f} effective runs")

    known = replay_ledger("cheapest", program, runtime.ledger)
    print(f"replayed: {known.covered} of {known.runs} runs, right in {known.target.utility:.2f} of them")
    print(f"the last run again: {'the same' if rerun(runtime.ledger.find_run('last'), program).same else 'another'}")

    try:
        silent = fmplang.Runtime(fmplang.Pool([quick, careful]), "cheapest")
        for ticket, answer in TICKETS:
            silent.feedback(silent.run(program, ticket=ticket).id, label=answer)
        evaluate(silent.ledger, "strongest")
    except fmplang.EvaluationError as error:
        print(f"refused: {error.message}")


if __name__ == "__main__":
    main()
