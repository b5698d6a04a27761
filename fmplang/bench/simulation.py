"""`profile`: a SIMULATION of streams and backends, for work on policies. No model is asked.

Every input is a rendered picture with a difficulty that shows in its pixels (scenes.py). What is true of it, and what
each simulated backend answers, are drawn by hash from the stream's seed, the input, the call and the backend: the same
call gets the same answer whenever it is made. A backend errs with a probability that depends on the difficulty alone.
The programs are real FMP programs, run by the real interpreter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

from fmplang.bench.scenes import render
from fmplang.runtime.requests import Request
from fmplang.runtime.values.images import Image

JITTER = 0.03  # how far a call's difficulty lies from its picture's, standard deviation


@dataclass(frozen=True)
class Tier:
    """A simulated backend: what it costs, and how often it errs on easy and on hard inputs."""

    name: str
    cost: float
    easy: float
    hard: float
    middle: float = 0.5
    slope: float = 25.0

    def error(self, difficulty: np.ndarray | float) -> Any:
        return self.easy + (self.hard - self.easy) / (1 + np.exp(-self.slope * (np.asarray(difficulty) - self.middle)))


@dataclass(frozen=True)
class Scenario:
    """A program, its simulated backends by capability, how often each question is true, and how hard inputs are.

    `bands` are (share, lowest, highest difficulty). `rates` maps a question's text to how often it is true.
    """

    name: str
    source: str
    tiers: Mapping[str, Sequence[Tier]]
    rates: Mapping[str, float]
    bands: Sequence[tuple[float, float, float]] = ((0.6, 0.0, 0.4), (0.4, 0.6, 1.0))


EARLY_EXIT = '''\
def main(image: Image) -> bool:
    """Whether an open kiosk with a queue and a lit sign is in the picture: four questions, each may end the run."""
    if not exists(image, "kiosk"):
        return False
    if not verify(image, "the kiosk is open"):
        return False
    if not verify(image, "people queue at the kiosk"):
        return False
    return verify(image, "the sign of the kiosk is lit")
'''

RATES = {"kiosk": 0.9, "the kiosk is open": 0.85, "people queue at the kiosk": 0.85,
         "the sign of the kiosk is lit": 0.6}

_THREE = ((0.45, 0.0, 0.2), (0.25, 0.42, 0.58), (0.3, 0.8, 1.0))


def _two(name: str, cheap: float, dear: float) -> tuple[Tier, ...]:
    return (Tier(f"{name}-cheap", cheap, 0.01, 0.70), Tier(f"{name}-dear", dear, 0.01, 0.02))


def _three(name: str) -> tuple[Tier, ...]:
    return (Tier(f"{name}-cheap", 0.03, 0.01, 0.70, middle=0.31, slope=60.0),
            Tier(f"{name}-middle", 0.3, 0.01, 0.5, middle=0.69, slope=60.0),
            Tier(f"{name}-dear", 1.0, 0.01, 0.02))


SCENARIOS = {
    "two": Scenario("two", EARLY_EXIT, {"detect": _two("detect", 0.05, 1.0), "vqa": _two("vqa", 0.05, 1.0)}, RATES),
    "three": Scenario("three", EARLY_EXIT, {"detect": _three("detect"), "vqa": _three("vqa")}, RATES, _THREE),
    # Costs are the parameter counts, in millions, of the models in Nie et al., COLM 2025.
    "paper": Scenario("paper", EARLY_EXIT,
                      {"detect": _two("detect", 172.0, 233.0), "vqa": _two("vqa", 3750.0, 73400.0)}, RATES),
}


class Stream:
    """`count` inputs of a scenario, drawn from `seed`. `shift` maps an input's index to the tiers' names that answer in
    place of those called, so that a backend can get worse under its own name."""

    def __init__(self, scenario: Scenario, seed: int, count: int, pictures: bool = True,
                 shift: Callable[[int, Tier], Tier] | None = None) -> None:
        rng = np.random.default_rng([seed, 77])
        self.scenario, self.seed, self.count, self.shift = scenario, seed, count, shift
        shares = np.array([band[0] for band in scenario.bands])
        bands = rng.choice(len(shares), size=count, p=shares / shares.sum())
        low = np.array([band[1] for band in scenario.bands])[bands]
        high = np.array([band[2] for band in scenario.bands])[bands]
        self.difficulty = low + (high - low) * rng.random(count)
        self.images: list[Image] = []
        if pictures:
            for index in range(count):
                pixels = render(rng, float(self.difficulty[index]))
                self.images.append(Image.from_pixels(pixels, f"simulated:{index}"))

    def inputs(self, index: int) -> dict[str, Any]:
        return {"image": self.images[index]}

    def tier(self, request: Request, arm: int) -> Tier:
        return self.scenario.tiers[request.capability][arm]

    def call_difficulty(self, index: int, question: str) -> float:
        return min(1.0, max(0.0, float(self.difficulty[index]) + JITTER * self._gauss(index, question, "jitter")))

    def true(self, index: int, question: str) -> bool:
        return self._draw(index, question, "truth") < self.scenario.rates[question]

    def believed(self, index: int, question: str, tier: Tier) -> bool:
        """What the backend holds for true."""
        told = self.shift(index, tier) if self.shift is not None else tier
        wrong = self._draw(index, question, tier.name) < float(told.error(self.call_difficulty(index, question)))
        return self.true(index, question) ^ wrong

    def confidence(self, index: int, question: str, tier: Tier) -> float:
        """How sure the backend says it is: with an area of 0.8 under the curve that tells right from wrong answers."""
        right = self.believed(index, question, tier) == self.true(index, question)
        gauss = self._gauss(index, question, f"{tier.name} confidence")
        return 1 / (1 + math.exp(-(gauss + (1.2 if right else 0.0))))

    def answer(self, index: int, request: Request, tier: Tier | None) -> Any:
        """The value of a call: by the backend, or the true one for None."""
        question = str(list(request.args.values())[-1])
        held = self.true(index, question) if tier is None else self.believed(index, question, tier)
        if request.capability == "detect":
            return [self.images[index]] if held else []
        return held

    def _gauss(self, index: int, question: str, what: str) -> float:
        first, second = self._draw(index, question, what), self._draw(index, question, what + "'")
        return math.sqrt(-2 * math.log(max(first, 1e-12))) * math.cos(2 * math.pi * second)

    def _draw(self, index: int, question: str, what: str) -> float:
        key = f"{self.seed}|{index}|{question}|{what}".encode()
        return int.from_bytes(blake2b(key, digest_size=7).digest(), "big") / 2 ** 56


@dataclass(frozen=True)
class Node:
    """A call of a program whose course depends on yes/no answers alone; `yes` and `no` lead on, or are final values."""

    site: str
    capability: str
    question: str
    yes: Node | bool
    no: Node | bool


def unfold(start: Callable[[], Any], stream: Stream) -> Node | bool:
    """The program's whole tree of calls, found by running it with every course of answers."""

    def follow(course: tuple[bool, ...]) -> Node | bool:
        execution = start()
        step = execution.advance()
        for held in course:
            request = step.requests[0] if hasattr(step, "requests") else step
            value = ([stream.images[0]] if held else []) if request.capability == "detect" else held
            execution.answer([value] if hasattr(step, "requests") else value)
            step = execution.advance()
        if hasattr(step, "value"):
            return bool(step.value)
        request = step.requests[0] if hasattr(step, "requests") else step
        return Node(request.site.id, request.capability, str(list(request.args.values())[-1]),
                    follow((*course, True)), follow((*course, False)))

    return follow(())
