"""How wrong an eye was. Heat by the focal loss of Zhou, Wang, Krähenbühl (2019, equation 1), boxes by generalised
overlap (Rezatofighi and others, 2019) and distances, the rest by cross-entropy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fmplang.backends.embedded.scenes.plan import CHOICES

if TYPE_CHECKING:
    import torch

WEIGHTS = {"kind": 1.0, "colour": 0.6, "material": 0.8, "size": 0.3, "word": 1.0}


def heat_loss(logits: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Per middle. `wanted` is as in Batch.heat."""
    import torch
    from torch.nn import functional

    chance = torch.sigmoid(logits)
    hits = (1 - chance) ** 2 * functional.logsigmoid(logits)
    misses = (1 - wanted.clamp(min=0)) ** 4 * chance**2 * functional.logsigmoid(-logits)
    each = torch.where(wanted == 1, hits, torch.where(wanted < 0, torch.zeros_like(misses), misses))
    return -each.sum() / (wanted == 1).sum().clamp(min=1)


def box_loss(found: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """1 - generalised overlap, and half the distance of each side, on average."""
    import torch

    low, high = torch.minimum(found, wanted), torch.maximum(found, wanted)
    both = (low[:, 0] + low[:, 2]).clamp(min=0) * (low[:, 1] + low[:, 3]).clamp(min=0)
    area = (found[:, 0] + found[:, 2]).clamp(min=0) * (found[:, 1] + found[:, 3]).clamp(min=0)
    either = area + (wanted[:, 0] + wanted[:, 2]) * (wanted[:, 1] + wanted[:, 3]) - both
    hull = (high[:, 0] + high[:, 2]) * (high[:, 1] + high[:, 3])
    overlap = both / either.clamp(min=1e-4) - (hull - either) / hull.clamp(min=1e-4)
    return (1 - overlap).mean() + 0.5 * (found - wanted).abs().mean()


def losses(heat: torch.Tensor, told: dict[str, torch.Tensor], wanted_heat: torch.Tensor, box: torch.Tensor,
           labels: torch.Tensor, visible: torch.Tensor) -> dict[str, torch.Tensor]:
    """Each part of the loss by name, already weighed; their sum is to be made small."""
    from torch.nn import functional

    made = {"heat": heat_loss(heat, wanted_heat), "box": box_loss(told["box"], box)}
    for at, name in enumerate(CHOICES):
        wanted = labels[:, at]
        if bool((wanted >= 0).any()):
            made[name] = WEIGHTS[name] * functional.cross_entropy(told[name], wanted, ignore_index=-1)
    made["visible"] = 0.3 * functional.binary_cross_entropy_with_logits(told["visible"][:, 0], visible)
    return made
