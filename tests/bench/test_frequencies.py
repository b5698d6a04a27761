"""Logged chances are the chances by which arms were drawn."""

from __future__ import annotations

from dataclasses import replace

import pytest

import fmplang
from fmplang.bench.drive import drive
from fmplang.bench.frequencies import frequencies
from fmplang.bench.reference import Tree
from fmplang.bench.scenarios import EARLY_EXIT, SCENARIOS
from fmplang.bench.simulation import Stream
from fmplang.policy.base import Policy
from fmplang.policy.counterfactual import Counterfactual
from fmplang.policy.lints import Lints
from fmplang.policy.random import Random
from fmplang.policy.thompson import Thompson
from fmplang.runtime.trace import RunRecord

PROGRAM = fmplang.compile(EARLY_EXIT)


def runs_of(policy: Policy, count: int, seed: int = 40) -> list[RunRecord]:
    stream = Stream(SCENARIOS["two"], seed, count)
    table = Tree(stream, PROGRAM)
    return drive(policy, stream, PROGRAM, table.labels, table.scale, 0.2, seed, keep=True).runs


@pytest.mark.parametrize("make", [Random, Thompson, Counterfactual, Lints])
def test_arms_are_drawn_as_often_as_they_were_logged(make: type[Policy]) -> None:
    found = frequencies(runs_of(make(), 400))
    assert sum(one.decisions for one in found) > 800
    assert max(abs(one.z) for one in found) < 4


def test_chances_that_are_told_wrongly_are_noticed() -> None:
    runs = runs_of(Random(), 400)
    for run in runs:
        run.calls = [replace(call, propensities=(0.4, 0.6)) for call in run.calls]
    (found,) = frequencies(runs)
    assert found.chance == pytest.approx(0.6) and found.drawn == pytest.approx(0.5, abs=0.05) and found.z < -5
    assert frequencies([]) == []


@pytest.mark.nightly
@pytest.mark.parametrize("make", [Thompson, Counterfactual])
def test_over_a_hundred_thousand_decisions(make: type[Policy]) -> None:
    runs = [run for seed in range(17) for run in runs_of(make(), 2000, seed)]
    found = frequencies(runs)
    assert sum(one.decisions for one in found) > 100_000
    assert max(abs(one.z) for one in found) < 4
