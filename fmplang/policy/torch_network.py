"""The networks of `reinforce` in torch: the definition of the small one, and the convolutional one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fmplang.policy.layers import Layers

if TYPE_CHECKING:
    import torch


class TorchNetwork:
    """Outputs, gradients and Adam's steps of any module that takes one input, features or pixels (H x W x 3 uint8)."""

    def __init__(self, module: torch.nn.Module, rate: float) -> None:
        import torch

        self.module = module
        self.optimiser = torch.optim.Adam(module.parameters(), lr=rate)

    def gradients(self, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        import torch

        outputs = self.module(_tensor(inputs))
        parameters = list(self.module.parameters())
        made = [torch.cat([g.reshape(-1) for g in torch.autograd.grad(output, parameters, retain_graph=True)])
                for output in outputs]
        return outputs.detach().numpy(), torch.stack(made).numpy()

    def ascend(self, inputs: np.ndarray, arm: int, reward: float) -> None:
        import torch

        loss = -reward * torch.log_softmax(self.module(_tensor(inputs)), dim=0)[arm]
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()

    def state(self) -> dict[str, Any]:
        inner = self.optimiser.state
        return {
            "weights": [value.detach().numpy().copy() for value in self.module.parameters()],
            "moments": [[float(inner[p]["step"]), inner[p]["exp_avg"].numpy().copy(),
                         inner[p]["exp_avg_sq"].numpy().copy()] if p in inner else None
                        for p in self.module.parameters()],
        }

    def restore(self, state: dict[str, Any]) -> None:
        import torch

        with torch.no_grad():
            for p, value, moments in zip(self.module.parameters(), state["weights"], state["moments"], strict=True):
                p.copy_(torch.from_numpy(np.array(value)))
                if moments is not None:
                    self.optimiser.state[p] = {"step": torch.tensor(float(moments[0])),
                                               "exp_avg": torch.from_numpy(np.array(moments[1])),
                                               "exp_avg_sq": torch.from_numpy(np.array(moments[2]))}


def on_features(first: Layers) -> torch.nn.Module:
    """One hidden layer of rectified units, in double precision, from the same first weights as in numpy."""
    import torch
    from torch import nn

    size, hidden, arms = first.shape
    made = nn.Sequential(nn.Linear(size, hidden), nn.ReLU(), nn.Linear(hidden, arms)).double()
    with torch.no_grad():
        nn.utils.vector_to_parameters(torch.from_numpy(first.weights.copy()), made.parameters())
    return made


def on_pixels(arms: int, seed: int) -> torch.nn.Module:
    """A ResNet-18; the first weights are drawn from `seed`."""
    import torch

    from fmplang.policy.resnet import resnet18

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return resnet18(arms)


def _tensor(inputs: np.ndarray) -> torch.Tensor:
    """Features as they are; pixels as 1 x 3 x H x W in [0, 1]."""
    import torch

    if inputs.ndim == 1:
        return torch.from_numpy(inputs)
    return torch.from_numpy(inputs.copy()).permute(2, 0, 1)[None].float() / 255
