"""How the eyes are best run on one core: numpy, torch, or ONNX Runtime.

    python benchmarks/serving.py

Prints the least milliseconds of a look's network (no candidates) alone and in a batch of sixteen, for each engine that
is installed, and how far its features are from numpy's. ONNX Runtime needs the packages onnx and onnxruntime.
The weights are those that ship.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from collections.abc import Callable

import numpy as np

from fmplang.backends.embedded.scenes import engine
from fmplang.backends.embedded.scenes.eye import square
from fmplang.backends.embedded.scenes.models import FOLDER, weights_of
from fmplang.backends.embedded.scenes.plan import PLANS, Plan
from fmplang.scenes.stream import scenes

CALLS, BATCH = 30, 16
Run = Callable[[np.ndarray], np.ndarray]  # N x H x W x 3 uint8 to N x rows x columns x features


def in_numpy(plan: Plan, weights: engine.Weights) -> Run:
    return lambda pictures: engine.features(plan, weights, pictures)


def in_torch(plan: Plan, weights: engine.Weights) -> Run:
    """The folded layers with torch's convolutions, channels last in memory."""
    import torch
    from torch.nn import functional

    torch.set_num_threads(1)
    held = {name: torch.from_numpy(np.ascontiguousarray(value.transpose(3, 2, 0, 1))) if value.ndim == 4
            else torch.from_numpy(value) for name, value in weights.items()}
    held = {name: value.contiguous(memory_format=torch.channels_last) if value.ndim == 4 else value
            for name, value in held.items()}

    def run(pictures: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            made = {"": torch.from_numpy(engine.normed(pictures)).permute(0, 3, 1, 2)}
            for layer in plan.layers:
                grid = made[layer.source]
                found = functional.conv2d(grid, held[f"{layer.name}.weight"], held[f"{layer.name}.bias"],
                                          stride=layer.stride, padding=layer.kernel // 2,
                                          groups=layer.channels if layer.deep else 1)
                if layer.plus:
                    added = made[layer.plus]
                    found = found + (functional.interpolate(added, scale_factor=2.0) if layer.raised else added)
                made[layer.name] = functional.relu(found) if layer.relu else found
            return np.asarray(made[plan.layers[-1].name].permute(0, 2, 3, 1).numpy())

    return run


def in_onnx(plan: Plan, weights: engine.Weights) -> Run:
    """The folded layers as an ONNX graph."""
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    nodes, held, now = [], [], {"": "picture"}
    for layer in plan.layers:
        value = np.ascontiguousarray(weights[f"{layer.name}.weight"].transpose(3, 2, 0, 1))
        held += [numpy_helper.from_array(value, f"{layer.name}.weight"),
                 numpy_helper.from_array(weights[f"{layer.name}.bias"], f"{layer.name}.bias")]
        pad = layer.kernel // 2
        nodes.append(helper.make_node("Conv", [now[layer.source], f"{layer.name}.weight", f"{layer.name}.bias"],
                                      [f"{layer.name}.conv"], strides=[layer.stride] * 2, pads=[pad] * 4,
                                      group=layer.channels if layer.deep else 1))
        last = f"{layer.name}.conv"
        if layer.plus:
            added = now[layer.plus]
            if layer.raised:
                held.append(numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), f"{layer.name}.scales"))
                nodes.append(helper.make_node("Resize", [added, "", f"{layer.name}.scales"], [f"{layer.name}.raised"],
                                              mode="nearest", coordinate_transformation_mode="asymmetric",
                                              nearest_mode="floor"))
                added = f"{layer.name}.raised"
            nodes.append(helper.make_node("Add", [last, added], [f"{layer.name}.sum"]))
            last = f"{layer.name}.sum"
        if layer.relu:
            nodes.append(helper.make_node("Relu", [last], [f"{layer.name}.cut"]))
            last = f"{layer.name}.cut"
        now[layer.name] = last
    graph = helper.make_graph(
        nodes, plan.name, [helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", 3, plan.side, plan.side])],
        [helper.make_tensor_value_info(now[plan.layers[-1].name], TensorProto.FLOAT,
                                       ["n", plan.features, "rows", "columns"])], held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])

    def run(pictures: np.ndarray) -> np.ndarray:
        picture = np.ascontiguousarray(engine.normed(pictures).transpose(0, 3, 1, 2))
        return np.asarray(session.run(None, {"picture": picture})[0].transpose(0, 2, 3, 1))

    return run


def milliseconds(run: Run, pictures: np.ndarray) -> float:
    """Of one picture, the least of several calls."""
    run(pictures)
    taken = []
    for _ in range(CALLS if len(pictures) == 1 else 5):
        begin = time.perf_counter()
        run(pictures)
        taken.append((time.perf_counter() - begin) / len(pictures) * 1e3)
    return min(taken)


def main() -> None:
    if os.environ.get("OMP_NUM_THREADS") != "1":  # read when numpy is loaded, so begin anew
        os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
        os.execv(sys.executable, [sys.executable, *sys.argv])
    drawn = [picture for _, picture in scenes("develop", range(BATCH), processes=1)]
    print(f"{'eye':8} {'engine':8} {'alone':>8} {'batch':>8} {'off by':>9}")
    for plan in PLANS.values():
        weights = weights_of(FOLDER / f"{plan.name}.safetensors", plan.shapes())
        pictures = np.stack([square(picture, plan.side) for picture in drawn])
        truth = engine.features(plan, weights, pictures)
        for name, make, needs in (("numpy", in_numpy, ()), ("torch", in_torch, ("torch",)),
                                  ("onnx", in_onnx, ("onnx", "onnxruntime"))):
            if not all(importlib.util.find_spec(package) for package in needs):
                print(f"{plan.name:8} {name:8} not installed")
                continue
            run = make(plan, weights)
            off = float(np.abs(run(pictures) - truth).max() / np.abs(truth).max())
            print(f"{plan.name:8} {name:8} {milliseconds(run, pictures[:1]):8.2f} {milliseconds(run, pictures):8.2f} "
                  f"{off:9.1e}")


if __name__ == "__main__":
    main()
