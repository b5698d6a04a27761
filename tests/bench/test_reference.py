"""Static configurations and the oracle: the arrays, the courses and the interpreter agree."""

from __future__ import annotations

import numpy as np
import pytest

import fmplang
from fmplang.bench.courses import Courses
from fmplang.bench.drive import drive
from fmplang.bench.reference import Node, Tree, reference_of, statics
from fmplang.bench.scenarios import EARLY_EXIT, SCENARIOS
from fmplang.bench.simulation import Stream
from fmplang.bench.stress import STRESSES
from fmplang.policy.oracle import Oracle
from fmplang.policy.static import Static

PROGRAM = fmplang.compile(EARLY_EXIT)


def test_the_program_unfolds_to_four_questions_each_of_which_may_end_it() -> None:
    node: Node | bool = Tree(Stream(SCENARIOS["two"], 1, 1), PROGRAM).tree
    sites = []
    while isinstance(node, Node):
        assert node.no is False
        sites.append(node.site)
        node = node.yes
    assert node is True
    assert sites == [site.id for site in PROGRAM.sites()]


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_the_interpreter_and_the_reference_agree_on_static_configurations(name: str) -> None:
    program = fmplang.compile(SCENARIOS[name].source)
    stream = Stream(SCENARIOS[name], 1000, 60)
    reference = reference_of(stream, program)
    every = statics(reference)
    sites = {site.id: site.function.capability for site in program.sites()}
    for configuration, played in every[:: max(1, len(every) // 4)]:
        policy = Static({site: stream.pools[sites[site]][arm].name for site, arm in configuration.items()})
        driven = drive(policy, stream, program, reference.labels, reference.scale, 0.1, 0)
        assert driven.values == list(played.values)
        assert (driven.utility == played.utility).all()
        assert driven.cost == pytest.approx(played.cost)
        assert not driven.shadows.any() and not driven.explored.any()


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_the_true_answers_give_the_labels(name: str) -> None:
    """Asked of a pool that never errs, every program is always right."""
    from dataclasses import replace

    chosen = SCENARIOS[name]
    sure = {capability: [replace(tier, easy=0.0, hard=0.0) for tier in tiers]
            for capability, tiers in chosen.tiers.items()}
    reference = reference_of(Stream(replace(chosen, tiers=sure), 4, 80), fmplang.compile(chosen.source))
    assert len({*map(str, reference.labels)}) > 1 or name == "rare"
    for _, played in statics(reference):
        assert played.utility.all()


def test_courses_of_a_tree_are_the_tree() -> None:
    for name in ("two", "three"):
        stream = Stream(SCENARIOS[name], 1002, 200)
        fast, slow = Tree(stream, PROGRAM), Courses(stream, PROGRAM)
        assert fast.labels == slow.labels and fast.scale == slow.scale
        assert fast.arms == {site: slow.arms[site] for site in fast.arms}
        for (configuration, one), (same, other) in zip(statics(fast), statics(slow), strict=True):
            assert configuration == same
            assert (one.utility == other.utility).all()
            assert one.cost == pytest.approx(other.cost)
        # Its oracle is tuned on the stream itself and knows less: about as good.
        assert slow.oracle(0.2).net(0.2).mean() == pytest.approx(fast.oracle(0.2).net(0.2).mean(), abs=0.02)


def test_courses_are_interpreted_once() -> None:
    program = fmplang.compile(SCENARIOS["loop"].source)
    courses = Courses(Stream(SCENARIOS["loop"], 1003, 50), program)
    statics(courses)
    courses.oracle(0.2)
    made = courses.interpreted
    statics(courses)
    courses.oracle(0.2)
    assert courses.interpreted == made
    assert made < 50 * 8


@pytest.mark.parametrize(("name", "count"), [("two", 600), ("three", 600), ("loop", 200), ("crops", 200),
                                             ("count", 200)])
def test_the_oracle_is_at_least_every_static_configuration(name: str, count: int) -> None:
    reference = reference_of(Stream(SCENARIOS[name], 1001, count), fmplang.compile(SCENARIOS[name].source))
    best = max(float(played.net(0.2).mean()) for _, played in statics(reference))
    headroom = float(reference.oracle(0.2).net(0.2).mean()) - best
    assert headroom > 0.03


def test_in_expectation_the_oracle_is_at_least_every_static_configuration_on_every_input() -> None:
    """Of few positives chance decides what a static configuration earns in hindsight, so here without chance."""
    tree = Tree(Stream(SCENARIOS["rare"], 1001, 200), PROGRAM)
    values = np.array([tree.expected(configuration, 0.1) for configuration, _ in statics(tree)])
    best = values.max(axis=0)
    assert (best >= values).all()
    assert best.mean() > values.mean(axis=1).max() + 0.001
    wanted = np.mean([Tree(Stream(SCENARIOS["rare"], seed, 400), PROGRAM).oracle(0.1).net(0.1).mean()
                      for seed in range(2000, 2005)])
    assert wanted == pytest.approx(best.mean(), abs=0.01)


def test_the_oracle_replayed_as_a_policy_is_the_oracle() -> None:
    made = Tree(Stream(SCENARIOS["two"], 1000, 60), PROGRAM)
    wanted = made.oracle(0.2)
    names = {n.site: [tier.name for tier in made.stream.pools[n.capability]] for n in made.nodes}
    best = {(str(i), site): names[site][int(d > 0.5)]
            for site, hard in made.hardness.items() for i, d in enumerate(hard)}
    driven = drive(Oracle(best), made.stream, PROGRAM, made.labels, made.scale, 0.2, 0)
    assert driven.net(0.2).mean() == pytest.approx(wanted.net(0.2).mean(), abs=0.03)


@pytest.mark.parametrize("name", ["worse", "price", "new", "weak"])
def test_arrays_and_courses_agree_under_stress(name: str) -> None:
    stream = Stream(SCENARIOS["two"], 1004, 80, change=STRESSES[name].change(80))
    fast, slow = Tree(stream, PROGRAM), Courses(stream, PROGRAM)
    rng = np.random.default_rng(0)
    sites = list(fast.arms)
    for _ in range(6):
        configuration = {site: int(rng.integers(fast.arms[site])) for site in sites}
        one, other = fast.play(configuration), slow.play(configuration)
        assert (one.utility == other.utility).all()
        assert one.cost == pytest.approx(other.cost)
