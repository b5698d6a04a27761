"""What a decision and a lesson cost: `python benchmarks/policy_times.py`. One thread, 24 features, 4 backends.

The default policy beside the paper's method, on its features and with a network of the size of ResNet-18 on 224 x 224
pixels. Times are of the processor, which other work on the machine does not lengthen. The ratios are per input: four
calls, the picture's encoding counted with the default policy's choices. The bar is 1,000 times for each.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from types import SimpleNamespace
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from fmplang.bench.scenes import render
from fmplang.policy.base import Arm, Outcome, PolicyCall
from fmplang.policy.context import encode_pixels
from fmplang.policy.counterfactual import Counterfactual
from fmplang.policy.reinforce import Reinforce
from fmplang.runtime.requests import Request
from fmplang.runtime.trace import CallRecord, Comparison, RunRecord, Shadow
from fmplang.runtime.values.images import Image

ARMS = tuple(Arm(f"b{i}", price) for i, price in enumerate((1.0, 5.0, 20.0, 100.0)))


def measure(policy: Any, runs: int, size: int, calls: int = 4) -> dict[str, float]:
    """Microseconds for a choice, and for a call's part of the lesson at the end of a run and at its outcome."""
    rng = np.random.default_rng(0)
    images = [Image.from_pixels(render(rng, 0.5, size)) for _ in range(8)]
    sites = [SimpleNamespace(id=f"main/s{i}", function=SimpleNamespace(name="verify", capability="vqa"))
             for i in range(calls)]
    chosen, taught = [], []
    for index in range(runs):
        run = RunRecord(f"r{index}", "", "main", value=True, scale=400.0, trade_off=0.2)
        for place, site in enumerate(sites):
            features, image = rng.normal(size=24), images[index % 8]
            request = Request(site, {"image": image}, (place,), run.id)
            begun = time.thread_time()
            made = policy.choose(PolicyCall(request, ARMS, 400.0, 0.2, rng, features))
            chosen.append(time.thread_time() - begun)
            run.calls.append(CallRecord(
                site.id, (0, 0), "", "verify", "vqa", (place,), ARMS[made.arm].backend, tuple(a.backend for a in ARMS),
                tuple(a.cost for a in ARMS), made.propensities, made.arm, cost=ARMS[made.arm].cost,
                args={"image": image}, value=True, features=tuple(features), note=dict(made.note),
                shadows=tuple(Shadow(a, ARMS[a].backend, True, ARMS[a].cost) for a in made.shadows)))
        run.comparisons = tuple(
            Comparison(place, shadow.arm, same, not same, same, 0.0, 0.0)
            for place, call in enumerate(run.calls) for shadow in call.shadows
            for same in [bool(rng.random() < (0.4 if call.features[0] > 0 else 0.98))])
        begun = time.thread_time()
        if hasattr(policy, "observe"):
            policy.observe(run)
        policy.learn(run, Outcome(run.id, float(rng.random() < 0.9), "true"))
        taught.append((time.thread_time() - begun) / calls)
    c, t = np.array(chosen) * 1e6, np.array(taught) * 1e6
    return {"choose_us": float(c.mean()), "choose_p95_us": float(np.quantile(c, 0.95)), "learn_us": float(t.mean()),
            "learn_p95_us": float(np.quantile(t, 0.95)), "runs": float(runs)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args()
    picture = render(np.random.default_rng(0), 0.5, 256)
    encode_pixels(picture)
    begun = time.thread_time()
    for _ in range(100):
        encode_pixels(picture)
    made: dict[str, Any] = {"encode_256_ms": (time.thread_time() - begun) * 10}
    made["counterfactual"] = measure(Counterfactual(), 100 if told.quick else 1000, 64)
    made["reinforce"] = measure(Reinforce(), 100 if told.quick else 1000, 64)
    if not told.quick:
        import torch

        torch.set_num_threads(1)
        paper = made["reinforce resnet18"] = measure(Reinforce(network="resnet18", rate=1e-4), 3, 224)
        ours = made["counterfactual"]
        made["times_less"] = {
            "choosing": 4 * paper["choose_us"] / (4 * ours["choose_us"] + 1000 * made["encode_256_ms"]),
            "learning": paper["learn_us"] / ours["learn_us"]}
    if told.json:
        print(json.dumps(made))
        return
    print(f"encoding a picture of 256 x 256: {made.pop('encode_256_ms'):.2f} ms")
    times = made.pop("times_less", None)
    if times is not None:
        print(f"for one input, beside ResNet-18: choosing {times['choosing']:.0f} times less, learning "
              f"{times['learning']:.0f} times less")
    for name, one in made.items():
        print(f"{name:20} choose {one['choose_us']:10.0f} us (p95 {one['choose_p95_us']:.0f}), learn per call "
              f"{one['learn_us']:10.0f} us (p95 {one['learn_p95_us']:.0f})")


if __name__ == "__main__":
    main()
