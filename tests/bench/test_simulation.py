"""The simulation: what it draws, and that the arrays, the interpreter and the replay agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import fmplang
from fmplang.bench.drive import Feedback, drive
from fmplang.bench.policies import chord, interval
from fmplang.bench.reference import Played, Table
from fmplang.bench.simulation import EARLY_EXIT, SCENARIOS, Node, Stream, Tier, unfold
from fmplang.policy.cheapest import Cheapest
from fmplang.policy.mix import Mix
from fmplang.policy.oracle import Oracle
from fmplang.policy.strongest import Strongest

PROGRAM = fmplang.compile(EARLY_EXIT)


def table(name: str = "two", seed: int = 1000, count: int = 150) -> Table:
    stream = Stream(SCENARIOS[name], seed, count)
    return Table(stream, unfold(lambda: PROGRAM.start(stream.inputs(0)), stream))


def test_the_program_unfolds_to_four_questions_each_of_which_may_end_it() -> None:
    node: Node | bool = table(count=1).tree
    sites = []
    while isinstance(node, Node):
        assert node.no is False
        sites.append(node.site)
        node = node.yes
    assert node is True
    assert sites == [site.id for site in PROGRAM.sites()]


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_the_interpreter_and_the_arrays_agree(name: str) -> None:
    made = table(name)
    for policy, arm in ((Cheapest(), 0), (Strongest(), -1)):
        arms = {n.site: arm % len(made.stream.scenario.tiers[n.capability]) for n in made.nodes}
        driven = drive(policy, made.stream, PROGRAM.start, made.label, made.scale, 0.1, 0)
        played = made.play(arms)
        assert (driven.utility == played.utility).all()
        assert driven.cost == pytest.approx(played.cost)
        assert not driven.shadows.any()


def test_the_oracle_replayed_as_a_policy_is_the_oracle() -> None:
    made = table(count=60)
    wanted = made.oracle(0.2)
    names = {n.site: [tier.name for tier in made.stream.scenario.tiers[n.capability]] for n in made.nodes}
    best = {(str(i), site): names[site][int(d > 0.5)]
            for site, hard in made.hardness.items() for i, d in enumerate(hard)}
    driven = drive(Oracle(best), made.stream, PROGRAM.start, made.label, made.scale, 0.2, 0)
    assert driven.net(0.2).mean() == pytest.approx(wanted.net(0.2).mean(), abs=0.03)


def test_the_oracle_is_above_every_static_configuration() -> None:
    made = Table(Stream(SCENARIOS["three"], 1001, 3000, pictures=False), table(count=1).tree)
    best = max(float(played.net(0.2).mean()) for _, played in made.statics())
    assert len(made.statics()) == 81
    assert float(made.oracle(0.2).net(0.2).mean()) > best + 0.03


def test_errors_come_at_the_rates_that_the_tiers_say() -> None:
    stream = Stream(SCENARIOS["two"], 3, 4000, pictures=False)
    tier = SCENARIOS["two"].tiers["vqa"][0]
    question = "the kiosk is open"
    wrong = np.array([stream.believed(i, question, tier) != stream.true(i, question) for i in range(4000)])
    hard = stream.difficulty > 0.5
    assert wrong[hard].mean() == pytest.approx(0.68, abs=0.04)
    assert wrong[~hard].mean() < 0.03
    told = np.array([stream.confidence(i, question, tier) for i in range(4000)])
    assert told[~wrong].mean() > told[wrong].mean() + 0.1


def test_the_same_seed_draws_the_same_stream_and_another_another() -> None:
    first, again, other = (Stream(SCENARIOS["two"], seed, 3) for seed in (5, 5, 6))
    assert (first.images[1].pixels == again.images[1].pixels).all()
    assert not np.array_equal(first.images[1].pixels, other.images[1].pixels)
    assert (first.difficulty == again.difficulty).all()


def test_a_backend_can_get_worse_under_its_own_name() -> None:
    def worse(index: int, tier: Tier) -> Tier:
        return Tier(tier.name, tier.cost, 1.0, 1.0) if index >= 50 else tier

    stream = Stream(SCENARIOS["two"], 3, 100, pictures=False, shift=worse)
    tier = SCENARIOS["two"].tiers["vqa"][1]
    wrong = [stream.believed(i, "the kiosk is open", tier) != stream.true(i, "the kiosk is open") for i in range(100)]
    assert sum(wrong[:50]) < 5
    assert all(wrong[50:])


def test_outcomes_come_late_or_not_at_all() -> None:
    made = table(count=40)
    seen: list[tuple[int, str]] = []

    class Listens(Cheapest):
        runs = 0

        def observe(self, run: object) -> None:
            self.runs += 1

        def learn(self, run: object, outcome: Any) -> None:
            seen.append((self.runs, outcome.run_id))

    drive(Listens(), made.stream, PROGRAM.start, made.label, made.scale, 0.1, 0, Feedback(delay=10))
    assert seen == [(i + 11, str(i)) for i in range(30)]
    seen.clear()
    drive(Listens(), made.stream, PROGRAM.start, made.label, made.scale, 0.1, 0, Feedback(missing=1.0))
    assert not seen


def test_a_mix_costs_and_earns_between_its_ends() -> None:
    made = table(count=150)
    played = drive(Mix(0.5), made.stream, PROGRAM.start, made.label, made.scale, 0.1, 0)
    ends = [drive(p, made.stream, PROGRAM.start, made.label, made.scale, 0.1, 0) for p in (Cheapest(), Strongest())]
    assert ends[0].cost.mean() < played.cost.mean() < ends[1].cost.mean()
    assert ends[0].utility.mean() < played.utility.mean() < ends[1].utility.mean()


def test_the_chord_is_the_upper_hull() -> None:
    points = [Played(np.array([u]), np.array([c])) for c, u in ((0.0, 0.5), (0.5, 0.6), (1.0, 1.0))]
    assert chord(points, 0.5) == pytest.approx(0.75)
    assert chord(points, 2.0) == pytest.approx(1.0)
    assert chord(points, 0.0) == pytest.approx(0.5)


def test_intervals_hold_the_mean() -> None:
    mean, low, high = interval(np.arange(20.0))
    assert low < mean < high
    assert mean == 9.5
    assert high - low == pytest.approx(2 * 1.96 * 5.77 / np.sqrt(20), rel=0.15)
