"""A network of the size of ResNet-18 (He et al., 2016), as the paper's policies use: 11.2 million weights.

Batch normalisation is replaced by group normalisation, since a policy sees one picture at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch


class Convolutional:
    """The network of one site as `reinforce` uses it; the first weights are drawn from `seed`."""

    def __init__(self, arms: int, rate: float, seed: int) -> None:
        import torch

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.network = resnet18(arms)
        self.arms = arms
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=rate)

    def gradients(self, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        import torch

        outputs = self.network(_tensor(inputs))
        parameters = list(self.network.parameters())
        made = [torch.cat([g.reshape(-1) for g in torch.autograd.grad(outputs[arm], parameters, retain_graph=True)])
                for arm in range(self.arms)]
        return outputs.detach().numpy(), torch.stack(made).numpy()

    def ascend(self, inputs: np.ndarray, arm: int, reward: float) -> None:
        import torch

        loss = -reward * torch.log_softmax(self.network(_tensor(inputs)), dim=0)[arm]
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()

    def state(self) -> dict[str, Any]:
        inner = self.optimiser.state
        return {
            "weights": [value.detach().numpy().copy() for value in self.network.parameters()],
            "moments": [[float(inner[p]["step"]), inner[p]["exp_avg"].numpy().copy(),
                         inner[p]["exp_avg_sq"].numpy().copy()] if p in inner else None
                        for p in self.network.parameters()],
        }

    def restore(self, state: dict[str, Any]) -> None:
        import torch

        with torch.no_grad():
            for p, value, moments in zip(self.network.parameters(), state["weights"], state["moments"], strict=True):
                p.copy_(torch.from_numpy(np.array(value)))
                if moments is not None:
                    self.optimiser.state[p] = {"step": torch.tensor(float(moments[0])),
                                               "exp_avg": torch.from_numpy(np.array(moments[1])),
                                               "exp_avg_sq": torch.from_numpy(np.array(moments[2]))}


def _tensor(pixels: np.ndarray) -> torch.Tensor:
    import torch

    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255


def resnet18(outputs: int) -> torch.nn.Module:
    """1 x 3 x H x W in [0, 1] to `outputs` numbers."""
    import torch
    from torch import nn

    class Block(nn.Module):  # type: ignore[misc]
        def __init__(self, before: int, after: int, stride: int) -> None:
            super().__init__()
            self.first = nn.Conv2d(before, after, 3, stride, 1, bias=False)
            self.second = nn.Conv2d(after, after, 3, 1, 1, bias=False)
            self.norms = nn.ModuleList([nn.GroupNorm(8, after), nn.GroupNorm(8, after)])
            self.shortcut = (nn.Identity() if stride == 1 and before == after
                             else nn.Conv2d(before, after, 1, stride, bias=False))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = torch.relu(self.norms[0](self.first(x)))
            return torch.relu(self.norms[1](self.second(y)) + self.shortcut(x))

    blocks: list[nn.Module] = []
    before = 64
    for width, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        blocks += [Block(before, width, stride), Block(width, width, 1)]
        before = width
    return nn.Sequential(nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.GroupNorm(8, 64), nn.ReLU(), nn.MaxPool2d(3, 2, 1),
                         *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(0), nn.Linear(512, outputs))
