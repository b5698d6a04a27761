"""What is fitted after an eye has learnt: the network on pairs, the factors that make chances of its numbers, and the
curves that make confidences of beliefs. Pairs learn from training scenes, the rest from scenes of the split
`calibrate`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from fmplang.backends.embedded.scenes import pairs
from fmplang.backends.embedded.scenes.confidence import KINDS, Curve
from fmplang.backends.embedded.scenes.eye import Look, overlaps
from fmplang.backends.embedded.scenes.models import Model
from fmplang.backends.embedded.scenes.plan import CHOICES, SLOTS
from fmplang.backends.embedded.scenes.sight import Sight, Trust
from fmplang.scenes.graph import LAID, PLACED, Scene, placed
from fmplang.zoo.examples import AT, Examples
from fmplang.zoo.trials import HIT, Trial, matched

_BOX = slice(AT["left"], AT["bottom"] + 1)


# ------------------------------------------------------------------ pairs


def pairs_learnt(model: Model, examples: Examples, places: Sequence[int], steps: int,
                 seed: int) -> dict[str, np.ndarray]:
    """The weights of the network on pairs (pairs.SHAPES), from what the model's eye sees in these training scenes."""
    import torch
    from torch.nn import functional

    first, second, between, laid = (np.concatenate(parts) for parts in zip(
        *(_pairs_of(model, examples, place) for place in places), strict=True))
    generator = torch.Generator().manual_seed(seed)
    weights = {name: (torch.randn(shape, generator=generator) * (0.0 if name.endswith("bias") else shape[0] ** -0.5))
               .requires_grad_() for name, shape in pairs.SHAPES.items()}
    optimizer = torch.optim.AdamW(list(weights.values()), lr=1e-2, weight_decay=0.01)
    tables = [torch.from_numpy(part) for part in (first, second, between, laid)]
    rng = np.random.default_rng(seed)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = 1e-2 * (1 - step / steps)
        rows = torch.from_numpy(rng.integers(len(first), size=1024))
        one, other, lie, wanted = (table[rows] for table in tables)
        hidden = functional.relu(one @ weights["first.weight"] + other @ weights["second.weight"]
                                 + lie @ weights["between.weight"] + weights["hidden.bias"])
        loss = functional.binary_cross_entropy_with_logits(
            hidden @ weights["laid.weight"] + weights["laid.bias"], wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return {name: value.detach().numpy().copy() for name, value in weights.items()}


def _pairs_of(model: Model, examples: Examples, place: int) -> tuple[np.ndarray, ...]:
    """The rows of one scene: all ordered pairs of candidates that are things."""
    picture, things, laid = examples[place]
    things = things[things[:, AT["present"]] > 0]
    look = model.eye.look(picture)
    near = overlaps(look.boxes, things[:, _BOX]) if len(look) else np.zeros((0, 1))
    kept = np.nonzero(near.max(axis=1, initial=0.0) >= HIT)[0]
    places = near[kept].argmax(axis=1)
    each = pairs.alone(look)[kept]
    one, other = (index.ravel() for index in np.meshgrid(np.arange(len(kept)), np.arange(len(kept)), indexing="ij"))
    apart = places[one] != places[other]
    one, other = one[apart], other[apart]
    bits = laid[places[one], places[other]]
    wanted = np.stack([(bits >> bit) & 1 for bit in range(len(LAID))], axis=1).astype(np.float32)
    return each[one], each[other], pairs.between(look.boxes[kept])[one, other], wanted


# ------------------------------------------------------------------ chances


Looked = Sequence[tuple[Scene, Look]]  # scenes that the eye has not learnt from, and what it saw there


def trusted(model: Model, looked: Looked) -> Trust:
    """The factors."""
    sights = [(scene, sight, matched(sight, scene)) for scene, sight in _sights(model, looked)]
    heat = np.concatenate([sight.look.heat for _, sight, _ in sights]).astype(np.float64).clip(1e-6, 1 - 1e-6)
    slots = np.concatenate([sight.look.slots for _, sight, _ in sights])
    true = np.concatenate([places >= 0 for _, _, places in sights])
    lines = []
    for slot in range(SLOTS):
        here = slots == slot
        curve = logistic(np.log(heat[here] / (1 - heat[here]))[:, None], true[here], shrink=1.0)
        lines.append((curve.weights[0], curve.bias))
    temperatures = {name: _temperature(*_labelled(name, sights)) for name in CHOICES}
    return Trust(tuple(lines), temperatures, _slack(sights))


def _sights(model: Model, looked: Looked) -> Iterator[tuple[Scene, Sight]]:
    for scene, look in looked:
        yield scene, Sight(look, model.pairs, model.trust, (scene.width, scene.height), max(scene.width, scene.height))


def _labelled(name: str, sights: Sequence[tuple[Scene, Sight, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """The logits of candidates that are things, and the places of their true values."""
    attribute = "text" if name == "word" else name
    logits, labels = [], []
    for scene, sight, places in sights:
        for at, place in enumerate(places):
            value = getattr(scene.things[place], attribute) if place >= 0 else ""
            if value:
                logits.append(sight.look.logits[name][at])
                labels.append(CHOICES[name].index(value))
    return np.array(logits, np.float64).reshape(-1, len(CHOICES[name])), np.array(labels, np.int64)


def _temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature at which the labels are likeliest (Guo and others, 2017), from a grid."""
    if not len(labels):
        return 1.0

    def loss(temperature: float) -> float:
        scaled = logits / temperature
        scaled -= scaled.max(axis=1, keepdims=True)
        return float((np.log(np.exp(scaled).sum(axis=1)) - scaled[np.arange(len(labels)), labels]).mean())

    return min((round(float(at), 3) for at in np.geomspace(0.4, 4, 47)), key=loss)


def _slack(sights: Sequence[tuple[Scene, Sight, np.ndarray]]) -> float:
    """How wide the logistic curve through a distance must be for placed relations to be likeliest."""
    def loss(slack: float) -> float:
        total, count = 0.0, 0
        for scene, sight, places in sights:
            kept = np.nonzero(places >= 0)[0]
            if len(kept) < 2:
                continue
            side = max(scene.width, scene.height)
            blurred = Sight(sight.look, {}, Trust(slack=slack), (scene.width, scene.height), side)
            boxes = [scene.things[int(places[at])].box for at in kept]
            for relation in PLACED:
                chance = blurred.related(relation)[np.ix_(kept, kept)].clip(1e-4, 1 - 1e-4)
                true = np.array([[placed(relation, one, other, side) for other in boxes] for one in boxes])
                each = -np.where(true, np.log(chance), np.log(1 - chance))
                np.fill_diagonal(each, 0)
                total, count = total + float(each.sum()), count + len(kept) * (len(kept) - 1)
        return total / max(1, count)

    return min((round(float(at), 4) for at in np.geomspace(0.002, 0.05, 12)), key=loss)


# ------------------------------------------------------------------ confidences


def curves(trials: Sequence[Trial]) -> dict[str, Curve]:
    """A curve for each kind of question, and each part of one, that was asked often enough."""
    made = {}
    for kind in [*KINDS, *sorted({trial.curve for trial in trials} - set(KINDS))]:
        here = [trial for trial in trials if kind in (trial.curve, trial.curve.split(" ")[0])]
        if len(here) >= (30 if kind in KINDS else 150):
            made[kind] = logistic(np.array([trial.features for trial in here]), np.array([t.right for t in here]),
                                  shrink=2.0)
    return made


def logistic(features: np.ndarray, right: np.ndarray, shrink: float) -> Curve:
    """Logistic regression by Newton's steps, each halved until it helps. `shrink` pulls the weights, but not the bias,
    to the belief itself (1, 0, 0...) with the force of so many observations, so that few change little."""
    count, width = features.shape
    table = np.concatenate([features, np.ones((count, 1))], axis=1)
    prior = np.array([1.0, *[0.0] * width])
    pull = np.diag([shrink] * width + [0.01])
    weights = prior.copy()

    def loss(at: np.ndarray) -> float:
        logits = table @ at
        return float(np.logaddexp(0, np.where(right, -logits, logits)).sum() + (at - prior) @ pull @ (at - prior) / 2)

    for _ in range(100):
        chance = 1 / (1 + np.exp(-np.clip(table @ weights, -30, 30)))
        slope = table.T @ (chance - right) + pull @ (weights - prior)
        bend = (table * (chance * (1 - chance))[:, None]).T @ table + pull
        step = np.linalg.solve(bend, slope)
        length, now = 1.0, loss(weights)
        while length > 1e-6 and loss(weights - length * step) > now:
            length /= 2
        weights = weights - length * step
        if length * float(np.abs(step).max()) < 1e-6:
            break
    return Curve(float(weights[-1]), tuple(float(weight) for weight in weights[:-1]))


def needed(model: Model, looked: Looked) -> float:
    """The chance from which a candidate counts as found, at which `find` for each kind is best (F1)."""
    chances, wanted = [], []
    missed = 0
    for scene, sight in _sights(model, looked):
        places = matched(sight, scene)
        kinds = sight.chances("kind") * sight.present()[:, None]
        true = np.array([CHOICES["kind"].index(scene.things[place].kind) if place >= 0 else -1 for place in places])
        chances.append(kinds.ravel())
        wanted.append((true[:, None] == np.arange(kinds.shape[1])[None]).ravel())
        missed += len(scene.things) - int((places >= 0).sum())
    chance, true = np.concatenate(chances), np.concatenate(wanted)

    def f1(at: float) -> float:
        hits = int((true & (chance >= at)).sum())
        return 2 * hits / max(1, int((chance >= at).sum()) + int(true.sum()) + missed)

    return max((round(float(at), 2) for at in np.arange(0.3, 0.71, 0.02)), key=f1)
