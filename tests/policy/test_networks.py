"""The small network of `reinforce` in numpy is the one in torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import fmplang
from fmplang.bench.drive import drive
from fmplang.bench.reference import Tree
from fmplang.bench.scenarios import EARLY_EXIT, SCENARIOS
from fmplang.bench.simulation import Stream
from fmplang.policy.full import Full
from fmplang.policy.layers import Layers
from fmplang.policy.reinforce import Reinforce

pytest.importorskip("torch")


def pair(rate: float = 0.01) -> tuple[Layers, Any]:
    from fmplang.policy.torch_network import TorchNetwork, on_features

    ours = Layers(25, 32, 3, rate, 7)
    return ours, TorchNetwork(on_features(Layers(25, 32, 3, rate, 7)), rate)


def test_outputs_gradients_and_ten_steps_of_adam_are_those_of_torch() -> None:
    rng = np.random.default_rng(0)
    ours, theirs = pair()
    for step in range(10):
        x = rng.normal(size=25)
        (values, gradients), (told, also) = ours.gradients(x), theirs.gradients(x)
        assert np.abs(values - told).max() < 1e-9
        assert np.abs(gradients - also).max() < 1e-9
        arm, reward = int(rng.integers(3)), float(rng.normal())
        ours.ascend(x, arm, reward)
        theirs.ascend(x, arm, reward)
        flat = np.concatenate([value.ravel() for value in theirs.state()["weights"]])
        assert np.abs(ours.weights - flat).max() < 1e-9, step
    assert np.abs(ours.weights - pair()[0].weights).max() > 0.01


def test_torch_goes_on_from_a_stored_state() -> None:
    rng = np.random.default_rng(1)
    _, first = pair()
    for _ in range(3):
        first.ascend(rng.normal(size=25), 1, -0.5)
    _, second = pair()
    second.restore(first.state())
    x = rng.normal(size=25)
    for one in (first, second):
        one.ascend(x, 2, 0.5)
    assert (first.gradients(x)[0] == second.gradients(x)[0]).all()


@pytest.mark.parametrize("kind", [Reinforce, Full])
def test_a_policy_decides_the_same_with_either(kind: Any) -> None:
    program = fmplang.compile(EARLY_EXIT)
    stream = Stream(SCENARIOS["three"], 1000, 25)
    tree = Tree(stream, program)
    played = [drive(kind(network=network), stream, program, tree.labels, tree.scale, 0.2, 0, keep=True)
              for network in ("features", "torch")]
    one, other = ([[call.propensities for call in run.calls] for run in each.runs] for each in played)
    assert one == other
