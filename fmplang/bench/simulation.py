"""`profile`: a SIMULATION of streams and backends, for work on policies. No model is asked.

Every input is a rendered picture with a difficulty that shows in its pixels (scenes.py). What is true of it, and what
each simulated backend answers, are drawn by hash from the stream's seed, the input, the call and the backend: the same
call gets the same answer whenever it is made. A backend errs with a probability that depends on the difficulty alone.
The programs (scenarios.py) are real FMP programs, run by the real interpreter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import numpy as np

from fmplang.bench.scenes import PLAIN, render
from fmplang.runtime.requests import Request
from fmplang.runtime.values.images import Image

JITTER = 0.03  # how far a call's difficulty lies from its picture's, standard deviation
ALIKE = 0.75  # how often a tile is of the same band of difficulty as its picture
WHOLE = -1  # the place of a call that looks at the whole picture

Band = tuple[float, float, float]


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
    """A program, its simulated backends by capability, what is true how often, and how hard inputs are.

    A question is the text that a call asks with, or the function's name where it asks with none. `rates` maps a
    question to how often the answer is yes; for a detector, how often a tile holds what is looked for. `answers` maps
    a question with other answers to how often each is right. `bands` are (share, lowest, highest difficulty). A
    picture is `tiles` square pictures side by side, each as hard as its own draw.
    """

    name: str
    source: str
    tiers: Mapping[str, Sequence[Tier]]
    rates: Mapping[str, float]
    bands: Sequence[Band] = ((0.6, 0.0, 0.4), (0.4, 0.6, 1.0))
    answers: Mapping[str, Mapping[Any, float]] = field(default_factory=dict)
    tiles: int = 1
    about: str = ""


@dataclass(frozen=True)
class Change:
    """What a stream's inputs and backends are from one input on (stress.py has those with names).

    `tier` maps an input's index and a backend to what answers under its name there, with its own price, or None where
    it is not offered. From input `after` on, difficulties come from `bands`, and pictures in the shares of nuisances
    `look` (scenes.py). `newcomer` makes one more backend out of a capability's own, to be offered where `tier` says.
    """

    tier: Callable[[int, Tier], Tier | None] | None = None
    after: int = 0
    bands: Sequence[Band] | None = None
    look: tuple[float, float, float] = PLAIN
    newcomer: Callable[[str, Sequence[Tier]], Tier] | None = None


class Stream:
    """`count` inputs of a scenario, drawn from `seed`, under `change`.

    `images` are the pictures (64 x 64 pixels, or 48 x 48 for each of several tiles), `difficulty` their mean
    difficulty, `hardness` that of each tile (count x tiles).
    """

    def __init__(self, scenario: Scenario, seed: int, count: int, pictures: bool = True,
                 change: Change | None = None) -> None:
        self.scenario, self.seed, self.count, self.change = scenario, seed, count, change or Change()
        self.pools = {capability: (*tiers, *((self.change.newcomer(capability, tiers),) if self.change.newcomer
                                             else ())) for capability, tiers in scenario.tiers.items()}
        rng = np.random.default_rng([seed, 77])
        self.hardness = self._hardness(rng)
        self.difficulty: np.ndarray = self.hardness.mean(axis=1)
        self.images: list[Image] = []
        self._offered: dict[tuple[int, str], tuple[Tier, ...]] = {}
        if pictures:
            for index in range(count):
                look = self.change.look if index >= self.change.after else PLAIN
                size = 64 if scenario.tiles == 1 else 48
                tiles = [render(rng, float(hard), size, look) for hard in self.hardness[index]]
                self.images.append(Image.from_pixels(np.concatenate(tiles, axis=1), f"simulated:{index}"))

    def inputs(self, index: int) -> dict[str, Any]:
        return {"image": self.images[index]}

    def offered(self, index: int, capability: str) -> tuple[Tier, ...]:
        """The backends with the capability at this input, as they are there, in the pool's order."""
        if self.change.tier is None:
            return self.pools[capability]
        found = self._offered.get((index, capability))
        if found is None:
            asked = (self.change.tier(index, tier) for tier in self.pools[capability])
            found = self._offered[(index, capability)] = tuple(tier for tier in asked if tier is not None)
        return found

    def standing_in(self, index: int, capability: str, arm: int) -> Tier:
        """The pool's backend `arm` as it is at this input; where it is not offered, the dearest that is."""
        offered = self.offered(index, capability)
        name = self.pools[capability][arm].name
        return next((tier for tier in offered if tier.name == name), max(offered, key=lambda tier: tier.cost))

    # ------------------------------------------------------------------ answers

    def answer(self, index: int, request: Request, tier: Tier | None) -> Any:
        """The value of a call: by the backend, or the true one for None."""
        question, place = question_of(request), self.place(request)
        if request.capability != "detect":
            return self.held(index, question, tier, place)
        image = self.images[index]
        if self.scenario.tiles == 1:
            return [image] if self.held(index, question, tier) else []
        return [self.tile(index, j) for j in range(self.scenario.tiles) if self.held(index, question, tier, j)]

    def held(self, index: int, question: str, tier: Tier | None, place: int = WHOLE) -> Any:
        """What the backend holds for true of a place; for None, what is true."""
        truth = self._truth(index, question, place)
        if tier is None or self._draw(index, question, place, tier.name) >= float(
                tier.error(self.call_difficulty(index, question, place))):
            return truth
        if question not in self.scenario.answers:
            return not truth
        others = [value for value in self.scenario.answers[question] if value != truth]
        return others[int(self._draw(index, question, place, f"{tier.name} slip") * len(others))]

    def confidence(self, index: int, request: Request, tier: Tier) -> float:
        """How sure the backend says it is: with an area of 0.8 under the curve that tells right from wrong answers."""
        right = self.answer(index, request, tier) == self.answer(index, request, None)
        gauss = self._gauss(index, question_of(request), self.place(request), f"{tier.name} confidence")
        return 1 / (1 + math.exp(-(gauss + (1.2 if right else 0.0))))

    def errors(self, index: int, request: Request, tier: Tier) -> float:
        """How many errors the backend's answer has in expectation, given the true difficulty."""
        question, place = question_of(request), self.place(request)
        places = range(self.scenario.tiles) if request.capability == "detect" and self.scenario.tiles > 1 else [place]
        return sum(float(tier.error(self.call_difficulty(index, question, each))) for each in places)

    def call_difficulty(self, index: int, question: str, place: int = WHOLE) -> float:
        hard = self.difficulty[index] if place == WHOLE else self.hardness[index, place]
        return min(1.0, max(0.0, float(hard) + JITTER * self._gauss(index, question, place, "jitter")))

    # -------------------------------------------------------------------- places

    def tile(self, index: int, place: int) -> Image:
        image = self.images[index]
        left, lower, right, upper = image.box
        size = (right - left) // self.scenario.tiles
        return Image(image.source, (left + place * size, lower, left + (place + 1) * size, upper))

    def place(self, request: Request) -> int:
        """The tile that a call looks at, or WHOLE."""
        if self.scenario.tiles == 1:
            return WHOLE
        image = next(value for value in request.args.values() if isinstance(value, Image))
        left, _, right, _ = image.box
        size = image.source.pixels.shape[1] // self.scenario.tiles
        return WHOLE if right - left > size else left // size

    # -------------------------------------------------------------------- chance

    def _hardness(self, rng: np.random.Generator) -> np.ndarray:
        count, tiles, change = self.count, self.scenario.tiles, self.change
        difficulty = _from_bands(rng, self.scenario.bands, count)
        if change.bands is not None:
            later = np.arange(count) >= change.after
            difficulty = np.where(later, _from_bands(np.random.default_rng([self.seed, 78]), change.bands, count),
                                  difficulty)
        if tiles == 1:
            return difficulty[:, None]
        own = np.stack([_from_bands(rng, self.scenario.bands, count) for _ in range(tiles)], axis=1)
        near = np.clip(difficulty[:, None] + rng.uniform(-0.1, 0.1, (count, tiles)), 0.0, 1.0)
        made: np.ndarray = np.where(rng.random((count, tiles)) < ALIKE, near, own)
        return made

    def _truth(self, index: int, question: str, place: int) -> Any:
        drawn = self._draw(index, question, place, "truth")
        shares = self.scenario.answers.get(question)
        if shares is None:
            return drawn < self.scenario.rates[question]
        for value, share in shares.items():
            drawn -= share
            if drawn < 0:
                return value
        return value

    def _gauss(self, index: int, question: str, place: int, what: str) -> float:
        first, second = (self._draw(index, question, place, what + mark) for mark in ("", "'"))
        return math.sqrt(-2 * math.log(max(first, 1e-12))) * math.cos(2 * math.pi * second)

    def _draw(self, index: int, question: str, place: int, what: str) -> float:
        asked = question if place == WHOLE else f"{question} #{place}"
        key = f"{self.seed}|{index}|{asked}|{what}".encode()
        return int.from_bytes(blake2b(key, digest_size=7).digest(), "big") / 2 ** 56


def question_of(request: Request) -> str:
    last = list(request.args.values())[-1]
    return last if isinstance(last, str) else request.function.name


def _from_bands(rng: np.random.Generator, bands: Sequence[Band], count: int) -> np.ndarray:
    shares = np.array([band[0] for band in bands])
    drawn = rng.choice(len(shares), size=count, p=shares / shares.sum())
    low, high = (np.array([band[end] for band in bands])[drawn] for end in (1, 2))
    made: np.ndarray = low + (high - low) * rng.random(count)
    return made
