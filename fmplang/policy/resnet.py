"""A network of the size of ResNet-18 (He et al., 2016), as the paper's policies use: 11.2 million weights.

Batch normalisation is replaced by group normalisation, since a policy sees one picture at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


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
