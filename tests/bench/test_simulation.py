"""The simulation: what it draws, how outcomes arrive, and what a mix earns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import fmplang
from fmplang.bench.drive import drive
from fmplang.bench.reference import Tree
from fmplang.bench.scenarios import EARLY_EXIT, SCENARIOS
from fmplang.bench.simulation import Stream
from fmplang.bench.stress import Feedback
from fmplang.policy.cheapest import Cheapest
from fmplang.policy.context import encode_pixels
from fmplang.policy.mix import Mix
from fmplang.policy.strongest import Strongest
from fmplang.runtime.requests import Finished

PROGRAM = fmplang.compile(EARLY_EXIT)


def tree(name: str = "two", seed: int = 1000, count: int = 150) -> Tree:
    return Tree(Stream(SCENARIOS[name], seed, count), PROGRAM)


def test_errors_come_at_the_rates_that_the_tiers_say() -> None:
    stream = Stream(SCENARIOS["two"], 3, 4000, pictures=False)
    tier = SCENARIOS["two"].tiers["vqa"][0]
    question = "the kiosk is open"
    wrong = np.array([stream.held(i, question, tier) != stream.held(i, question, None) for i in range(4000)])
    hard = stream.difficulty > 0.5
    assert wrong[hard].mean() == pytest.approx(0.68, abs=0.04)
    assert wrong[~hard].mean() < 0.03


def test_numbers_and_kinds_are_drawn_and_mistaken_at_their_rates() -> None:
    stream = Stream(SCENARIOS["count"], 3, 3000, pictures=False)
    tier = SCENARIOS["count"].tiers["vqa"][0]
    for question, shares in SCENARIOS["count"].answers.items():
        true = [stream.held(i, question, None) for i in range(3000)]
        told = [stream.held(i, question, tier) for i in range(3000)]
        for value, share in shares.items():
            assert np.mean([each == value for each in true]) == pytest.approx(share, abs=0.03)
        wrong = np.array([a != b for a, b in zip(true, told, strict=True)])
        assert wrong[stream.difficulty > 0.5].mean() == pytest.approx(0.68, abs=0.05)
        assert {*told} == {*shares}


def test_a_confidence_tells_right_from_wrong() -> None:
    stream = Stream(SCENARIOS["two"], 3, 800)
    tier = SCENARIOS["two"].tiers["vqa"][0]
    told: dict[bool, list[float]] = {True: [], False: []}
    for index in range(800):
        execution = PROGRAM.start(stream.inputs(index))
        request = execution.advance()
        right = stream.answer(index, request, tier) == stream.answer(index, request, None)  # type: ignore[arg-type]
        told[right].append(stream.confidence(index, request, tier))  # type: ignore[arg-type]
    assert np.mean(told[True]) > np.mean(told[False]) + 0.1


def test_the_same_seed_draws_the_same_stream_and_another_another() -> None:
    for name in ("two", "loop"):
        first, again, other = (Stream(SCENARIOS[name], seed, 3) for seed in (5, 5, 6))
        assert (first.images[1].pixels == again.images[1].pixels).all()
        assert not np.array_equal(first.images[1].pixels, other.images[1].pixels)
        assert (first.hardness == again.hardness).all()


@pytest.mark.parametrize("name", ["two", "loop", "crops", "count"])
def test_difficulty_shows_in_what_a_call_looks_at(name: str) -> None:
    """A least-squares fit on the encoding of each tile tells most of its difficulty."""
    stream = Stream(SCENARIOS[name], 7, 160)
    tiles = SCENARIOS[name].tiles
    seen = np.array([encode_pixels(stream.tile(i, j).pixels) for i in range(160) for j in range(tiles)])
    hard = stream.hardness.ravel()
    seen = np.c_[(seen - seen.mean(axis=0)) / seen.std(axis=0), np.ones(len(seen))]
    half = len(seen) // 2
    weights = np.linalg.lstsq(seen[:half], hard[:half], rcond=None)[0]
    assert np.corrcoef(seen[half:] @ weights, hard[half:])[0, 1] > 0.8


def test_a_loop_asks_of_tiles_and_a_detector_finds_them() -> None:
    stream = Stream(SCENARIOS["loop"], 9, 40)
    program = fmplang.compile(SCENARIOS["loop"].source)
    asked = 0
    for index in range(40):
        execution = program.start(stream.inputs(index))
        step: Any = execution.advance()
        found = stream.answer(index, step, None)
        assert stream.place(step) == -1
        places = [image.left // 48 for image in found]
        assert places == [j for j in range(5) if stream.held(index, "stall", None, j)]
        execution.answer(found)
        step = execution.advance()
        if not isinstance(step, Finished):
            asked += 1
            assert stream.place(step) == places[0]
    assert asked > 30


def test_outcomes_come_late_or_not_at_all() -> None:
    made = tree(count=40)
    seen: list[tuple[int, str]] = []

    class Listens(Cheapest):
        runs = 0

        def observe(self, run: object) -> None:
            self.runs += 1

        def learn(self, run: object, outcome: Any) -> None:
            seen.append((self.runs, outcome.run_id))

    drive(Listens(), made.stream, PROGRAM, made.labels, made.scale, 0.1, 0, Feedback(delay=10))
    assert seen == [(i + 11, str(i)) for i in range(30)]
    seen.clear()
    drive(Listens(), made.stream, PROGRAM, made.labels, made.scale, 0.1, 0, Feedback(missing=1.0))
    assert not seen


def test_a_mix_costs_and_earns_between_its_ends() -> None:
    made = tree(count=150)
    played = drive(Mix(0.5), made.stream, PROGRAM, made.labels, made.scale, 0.1, 0)
    ends = [drive(p, made.stream, PROGRAM, made.labels, made.scale, 0.1, 0) for p in (Cheapest(), Strongest())]
    assert ends[0].cost.mean() < played.cost.mean() < ends[1].cost.mean()
    assert ends[0].utility.mean() < played.utility.mean() < ends[1].utility.mean()
