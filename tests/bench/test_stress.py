"""Each stress changes what it says, and nothing before it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import fmplang
from fmplang.bench.drive import drive
from fmplang.bench.policies import measure
from fmplang.bench.reference import Tree
from fmplang.bench.scenarios import EARLY_EXIT, SCENARIOS
from fmplang.bench.simulation import Stream
from fmplang.bench.stress import STRESSES
from fmplang.policy.cheapest import Cheapest
from fmplang.policy.counterfactual import Counterfactual
from fmplang.policy.strongest import Strongest

PROGRAM = fmplang.compile(EARLY_EXIT)
COUNT = 300
HALF = COUNT // 2
PLAIN = Stream(SCENARIOS["two"], 1005, COUNT)


def changed(name: str) -> Stream:
    return Stream(SCENARIOS["two"], 1005, COUNT, change=STRESSES[name].change(COUNT))


def played(stream: Stream, policy: Any) -> Any:
    tree = Tree(stream, PROGRAM)
    return drive(policy, stream, PROGRAM, tree.labels, tree.scale, 0.1, 0)


def test_cheap_backends_get_worse_halfway_under_their_own_names() -> None:
    before, after = played(PLAIN, Cheapest()), played(changed("worse"), Cheapest())
    assert (before.utility[:HALF] == after.utility[:HALF]).all()
    easy = np.flatnonzero(PLAIN.difficulty < 0.5)
    easy = easy[easy >= HALF]
    assert after.utility[easy].mean() < before.utility[easy].mean() - 0.2
    assert (before.cost == after.cost)[:HALF].all()
    strong = played(PLAIN, Strongest()), played(changed("worse"), Strongest())
    assert (strong[0].utility == strong[1].utility).all()


def test_a_price_rises_halfway_and_no_answer_changes() -> None:
    before, after = played(PLAIN, Cheapest()), played(changed("price"), Cheapest())
    assert before.values == after.values
    assert (before.cost[:HALF] == after.cost[:HALF]).all()
    assert after.cost[HALF:] == pytest.approx(10 * before.cost[HALF:])


def test_a_newcomer_is_offered_from_halfway_on() -> None:
    stream = changed("new")
    names = [[tier.name for tier in stream.offered(index, "vqa")] for index in (HALF - 1, HALF)]
    assert names == [["vqa-cheap", "vqa-dear"], ["vqa-cheap", "vqa-dear", "vqa-new"]]
    assert stream.standing_in(HALF - 1, "vqa", 2).name == "vqa-dear"
    assert stream.standing_in(HALF, "vqa", 2).name == "vqa-new"


def test_pictures_become_harder_and_darker_halfway() -> None:
    stream = changed("pictures")
    assert (stream.difficulty[:HALF] == PLAIN.difficulty[:HALF]).all()
    assert (stream.images[0].pixels == PLAIN.images[0].pixels).all()
    assert (stream.difficulty[HALF:] > 0.5).mean() == pytest.approx(0.75, abs=0.1)
    light = [np.mean([image.pixels.mean() for image in one.images[HALF:]]) for one in (PLAIN, stream)]
    assert light[1] < light[0] - 10


def test_a_weak_pool_is_weaker_throughout() -> None:
    for policy in (Cheapest, Strongest):
        assert played(changed("weak"), policy()).utility.mean() < played(PLAIN, policy()).utility.mean() - 0.02


def test_outcomes_are_late_or_missing_as_named() -> None:
    told = {name: (one.feedback.delay, one.feedback.missing) for name, one in STRESSES.items()}
    assert told["delay100"] == (100, 0.0) and told["delay10"] == (10, 0.0)
    assert told["missing90"] == (0, 0.9) and told["missing50"] == (0, 0.5)
    assert told["now"] == (0, 0.0)


def test_a_wrong_prior_is_learned_where_cheap_backends_never_err() -> None:
    """Whoever begins with it takes the cheap ones at once; a new policy calibrates first."""
    wrong, fresh = (next(measure("two", stress, 1006, 30, [0.2], ["counterfactual"])) for stress in ("prior", "now"))
    assert wrong.cost < 0.5 * fresh.cost
    assert wrong.utility < fresh.utility


def test_recovery_is_measured_where_something_changes_and_the_stream_is_long_enough() -> None:
    rows = {(stress, count): next(measure("two", stress, 1006, count, [0.2], ["cheapest"]))
            for stress, count in (("worse", 1200), ("worse", 100), ("now", 100))}
    assert rows["worse", 1200].recovered is not None and rows["worse", 1200].static_recovered is not None
    assert rows["worse", 1200].recovered < rows["worse", 1200].first - 0.05  # the cheapest does not recover
    assert rows["worse", 100].recovered is None
    assert rows["now", 100].recovered is None


@pytest.mark.parametrize("name", ["new", "price"])
def test_every_policy_lives_through_a_pool_that_changes(name: str) -> None:
    rows = list(measure("two", name, 1007, 60, [0.2],
                        ["counterfactual", "thompson", "lints", "reinforce", "full", "router", "cascade"]))
    assert len(rows) == 7
    assert all(0.0 < row.cost < 2.0 for row in rows)


@pytest.mark.parametrize("scenario", ["two", "loop", "count"])
def test_the_unit_of_cost_changes_no_decision(scenario: str) -> None:
    from fmplang.bench.reference import reference_of

    program = fmplang.compile(SCENARIOS[scenario].source)
    stream = Stream(SCENARIOS[scenario], 1008, 60)
    reference = reference_of(stream, program)
    plain, other = (drive(Counterfactual(), stream, program, reference.labels, reference.scale, 0.2, 0, keep=True,
                          unit=unit) for unit in (1.0, 1000.0))
    assert [[call.arm for call in run.calls] for run in plain.runs] == [
        [call.arm for call in run.calls] for run in other.runs]
    assert other.cost == pytest.approx(plain.cost)
