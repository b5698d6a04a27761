"""The loop that an eye learns in: steps that depend on the seed and their number alone, so that a run that was stopped
goes on as if it had not been."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fmplang.backends.embedded.scenes.plan import Plan
from fmplang.backends.safetensors import read_safetensors
from fmplang.zoo.examples import Examples
from fmplang.zoo.losses import losses
from fmplang.zoo.network import Network
from fmplang.zoo.targets import Batch, batch

if TYPE_CHECKING:
    import torch

WARM = 100  # steps until the rate is full
FULL = 0.7  # of the steps, that the rate stays so
AHEAD = 3  # batches that are made while the network learns
HALVES_FROM = 1e8  # operations of a look from which numbers of 16 bits are faster
_BETAS = (0.9, 0.99)
_DECAY = 0.02


@dataclass(frozen=True, slots=True)
class Course:
    """How an eye is trained. `steps` of `size` windows each; `rate` is the highest learning rate."""

    steps: int
    size: int = 64
    rate: float = 3e-3
    seed: int = 0
    device: str = "cpu"
    keep: float = 60.0  # seconds between two checkpoints
    whole: float = 0.5  # the share of whole pictures,
    windows: float = 0.25  # and of windows of all sizes; the rest are tight crops
    easy: float = 0.0  # the share that is of easy scenes alone: a small eye that tries for all sees nothing well

    @property
    def fall(self) -> int:
        """The step from which the rate falls. Until there a course is the beginning of every longer one."""
        return round(self.steps * FULL)

    def rate_at(self, step: int) -> float:
        """Up in a line, level, down in a line."""
        if step < self.fall:
            return self.rate * min(1.0, (step + 1) / WARM)
        return self.rate * (self.steps - step) / (self.steps - self.fall)


@dataclass(frozen=True, slots=True)
class Progress:
    """What is told while learning: losses by name (means since the last time), windows a second, seconds left."""

    step: int
    steps: int
    losses: dict[str, float]
    speed: float
    left: float


def trained(plan: Plan, examples: Examples, course: Course, folder: Path, told: Callable[[Progress], None],
            *, stop_after: int | None = None, until: float | None = None) -> dict[str, np.ndarray]:
    """The weights of `plan.shapes` after all steps. Goes on from the checkpoint in `folder`, if there is one of the
    same course, or of one that differs in `steps` alone and whose rate had not begun to fall. `stop_after` ends early,
    after so many steps, with the checkpoint written; `until` at a time of time.monotonic."""
    import torch

    _ease_memory()
    network = Network(plan, course.seed, course.device)
    names = sorted(network.learnt)
    optimizer = torch.optim.AdamW([network.learnt[name] for name in names], lr=course.rate, betas=_BETAS,
                                  weight_decay=_DECAY)
    begin = _resumed(folder, plan, course, network, optimizer, names)
    halves = course.device != "cpu" or (plan.flops() > HALVES_FROM and torch.ops.mkldnn._is_mkldnn_bf16_supported())
    end = min(course.steps, stop_after or course.steps)
    sums: dict[str, float] = {}
    since, kept, last = time.monotonic(), time.monotonic(), begin
    source = _batches(examples, plan, course, begin, end)
    for step, made in source:
        for group in optimizer.param_groups:
            group["lr"] = course.rate_at(step)
        parts = _step(network, optimizer, made, halves)
        for name, value in parts.items():
            sums[name] = sums.get(name, 0.0) + value
        now = time.monotonic()
        if now - since > 10 or step + 1 == end:
            count = step + 1 - last
            speed = count / max(1e-9, now - since)
            told(Progress(step + 1, course.steps, {name: value / count for name, value in sums.items()},
                          speed * course.size, (course.steps - step - 1) / speed))
            sums, since, last = {}, now, step + 1
        late = until is not None and now >= until
        if now - kept > course.keep or step + 1 == end or late:
            _keep(folder, plan, course, network, optimizer, names, step + 1)
            kept = now
        if late:
            source.close()
            break
    return network.folded()


def steps_done(folder: Path, plan: Plan) -> int:
    """How many steps the checkpoint of an eye has behind it; 0 where there is none."""
    path = folder / f"{plan.name}.safetensors"
    return int(read_safetensors(path)["step"][0]) if path.exists() else 0


def _ease_memory() -> None:
    """Have glibc keep the memory of large arrays instead of giving it back after each operation: on Linux half the time
    of a step went into that. Elsewhere nothing happens."""
    import ctypes
    import sys

    if sys.platform.startswith("linux"):
        set_option = getattr(ctypes.CDLL(None), "mallopt", None)
        if set_option is not None:
            set_option(-3, 1 << 30)  # M_MMAP_THRESHOLD: larger blocks alone are mapped
            set_option(-1, 2**31 - 1)  # M_TRIM_THRESHOLD: what is free at the end is kept


def _step(network: Network, optimizer: Any, made: Batch, halves: bool) -> dict[str, float]:
    import torch

    device = network.device
    pictures = torch.from_numpy(made.pictures).to(device).contiguous(memory_format=torch.channels_last)
    place = torch.from_numpy(made.place).to(device)
    with torch.autocast(device.split(":")[0], torch.bfloat16, enabled=halves):
        grid = network.features(pictures, training=True)
    told = network.second(grid, *place.unbind(1))
    parts = losses(network.heat(grid), told, *(torch.from_numpy(part).to(device) for part in
                                               (made.heat, made.box, made.labels, made.visible)))
    total: torch.Tensor = sum(parts.values())
    optimizer.zero_grad(set_to_none=True)
    total.backward()
    torch.nn.utils.clip_grad_norm_(list(network.learnt.values()), 10.0)
    optimizer.step()
    return {name: float(value.detach()) for name, value in parts.items()}


def _batches(examples: Examples, plan: Plan, course: Course, begin: int, end: int) -> Generator[tuple[int, Batch]]:
    """Made in a thread, some steps ahead; each depends on the seed and its step alone."""

    def make(step: int) -> Batch:
        return batch(examples, plan, course.size, np.random.default_rng((course.seed, step)), course.whole,
                     course.windows, course.easy)

    with ThreadPoolExecutor(1) as pool:
        waiting: list[Future[Batch]] = [pool.submit(make, step) for step in range(begin, min(end, begin + AHEAD))]
        for step in range(begin, end):
            if step + AHEAD < end:
                waiting.append(pool.submit(make, step + AHEAD))
            yield step, waiting.pop(0).result()


# ---------------------------------------------------------------- checkpoints


def _keep(folder: Path, plan: Plan, course: Course, network: Network, optimizer: Any, names: list[str],
          step: int) -> None:
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    numbers = network.state()
    for name in names:
        state = optimizer.state[network.learnt[name]]
        numbers[f"first/{name}"] = state["exp_avg"].cpu().numpy()
        numbers[f"second/{name}"] = state["exp_avg_sq"].cpu().numpy()
    numbers["step"] = np.array([step], np.int64)
    half = folder / f"{plan.name}.part"
    save_file({name: np.ascontiguousarray(value) for name, value in numbers.items()}, half,
              metadata={"course": json.dumps(_key(plan, course))})
    half.replace(folder / f"{plan.name}.safetensors")


def _resumed(folder: Path, plan: Plan, course: Course, network: Network, optimizer: Any, names: list[str]) -> int:
    """The step to go on from, 0 where there is no checkpoint or it is another course's."""
    import torch
    from safetensors import safe_open

    path = folder / f"{plan.name}.safetensors"
    if not path.exists():
        return 0
    with safe_open(path, "numpy") as file:
        kept = json.loads((file.metadata() or {}).get("course", "{}"))
    numbers = read_safetensors(path)
    step = int(numbers["step"][0])
    steps = kept.pop("steps", 0)
    wanted = _key(plan, course)
    if kept != {name: value for name, value in wanted.items() if name != "steps"}:
        return 0
    if steps != course.steps and step > min(course.fall, round(steps * FULL)):
        return 0
    network.restore(numbers)
    for name in names:
        parameter = network.learnt[name]
        optimizer.state[parameter] = {
            "step": torch.tensor(float(step)),
            "exp_avg": torch.from_numpy(np.array(numbers[f"first/{name}"])).to(parameter.device),
            "exp_avg_sq": torch.from_numpy(np.array(numbers[f"second/{name}"])).to(parameter.device),
        }
    return step


def _key(plan: Plan, course: Course) -> dict[str, Any]:
    """What must be the same for a run to go on."""
    return {"plan": plan.name, "shapes": {name: list(shape) for name, shape in plan.shapes().items()},
            "steps": course.steps, "size": course.size, "rate": course.rate, "seed": course.seed,
            "whole": course.whole, "windows": course.windows, "easy": course.easy}
