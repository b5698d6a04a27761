"""A plan as a network that learns, in torch: what engine.py runs, with batch norm still unfolded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fmplang.backends.embedded.scenes.plan import OUTPUTS, SLOTS, WIDTH, Plan

if TYPE_CHECKING:
    import torch

_EPS = 1e-3  # batch norm's
_DECAY = 0.05  # of its running mean
RARE = 0.02  # how likely a cell is taken to hold a thing before anything is learnt


class Network:
    """`learnt` are the parameters by name, `held` the running means and variances. Weights are laid out as torch wants
    them (out x in x k x k); `folded` gives them as a plan names them."""

    def __init__(self, plan: Plan, seed: int, device: str = "cpu") -> None:
        import torch

        self.plan = plan
        self.device = device
        generator = torch.Generator().manual_seed(seed)

        def normal(*shape: int, fan: int) -> torch.Tensor:
            return torch.randn(*shape, generator=generator) * (2 / fan) ** 0.5

        self.learnt: dict[str, torch.Tensor] = {}
        self.held: dict[str, torch.Tensor] = {}
        reads = plan.sources()
        for layer in plan.layers:
            inside = 1 if layer.deep else reads[layer.name]
            self.learnt[f"{layer.name}.weight"] = normal(layer.channels, inside, layer.kernel, layer.kernel,
                                                         fan=inside * layer.kernel**2)
            # A block begins as the way around it.
            begin = 0.2 if layer.plus and not layer.raised else 1.0
            self.learnt[f"{layer.name}.gain"] = torch.full((layer.channels,), begin)
            self.learnt[f"{layer.name}.bias"] = torch.zeros(layer.channels)
            self.held[f"{layer.name}.mean"] = torch.zeros(layer.channels)
            self.held[f"{layer.name}.variance"] = torch.ones(layer.channels)
        self.learnt["heat.weight"] = normal(plan.features, SLOTS, fan=50 * plan.features)
        self.learnt["heat.bias"] = torch.full((SLOTS,), float(np.log(RARE)))
        self.learnt["hidden.weight"] = normal(SLOTS, plan.seen, plan.hidden, fan=plan.seen)
        self.learnt["hidden.bias"] = torch.zeros(SLOTS, plan.hidden)
        self.learnt["out.weight"] = normal(plan.hidden, WIDTH, fan=4 * plan.hidden)
        self.learnt["out.bias"] = torch.zeros(WIDTH)
        # The first numbers are drawn on the CPU, so that they are the same wherever the network learns.
        self.learnt = {name: value.to(device).requires_grad_() for name, value in self.learnt.items()}
        self.held = {name: value.to(device) for name, value in self.held.items()}

    def features(self, pictures: torch.Tensor, training: bool) -> torch.Tensor:
        """N x features x rows x columns, from N x 3 x H x W grey levels of 0 to 255."""
        from torch.nn import functional

        made: dict[str, torch.Tensor] = {"": (pictures.float() - 127.5) / 64}
        for layer in self.plan.layers:
            name, grid = layer.name, made[layer.source]
            if layer.kernel == 3 and layer.stride == 2:  # as the numpy engine pads: one before, one behind
                grid = functional.pad(grid, (1, 1, 1, 1))
                found = functional.conv2d(grid, self.learnt[f"{name}.weight"], stride=2,
                                          groups=layer.channels if layer.deep else 1)
            else:
                found = functional.conv2d(grid, self.learnt[f"{name}.weight"], stride=layer.stride,
                                          padding=layer.kernel // 2, groups=layer.channels if layer.deep else 1)
            found = functional.batch_norm(found, self.held[f"{name}.mean"], self.held[f"{name}.variance"],
                                          self.learnt[f"{name}.gain"], self.learnt[f"{name}.bias"], training,
                                          _DECAY, _EPS)
            if layer.plus:
                added = made[layer.plus]
                if layer.raised:
                    added = functional.interpolate(added, scale_factor=2.0, mode="nearest")
                found = found + added
            made[name] = functional.relu(found) if layer.relu else found
        return made[self.plan.layers[-1].name]

    def heat(self, grid: torch.Tensor) -> torch.Tensor:
        """N x SLOTS x rows x columns logits."""
        import torch

        return torch.einsum("nchw,cs->nshw", grid.float(), self.learnt["heat.weight"]) + \
            self.learnt["heat.bias"][:, None, None]

    def second(self, grid: torch.Tensor, picture: torch.Tensor, slot: torch.Tensor, row: torch.Tensor,
               column: torch.Tensor) -> dict[str, torch.Tensor]:
        """The outputs at P places by name, P x width each; the places are given by four vectors of P."""
        import torch
        from torch.nn import functional

        grid = grid.float()
        if self.plan.around:
            padded = functional.pad(grid, (1, 1, 1, 1)).permute(0, 2, 3, 1)
            seen = torch.cat([padded[picture, row + y, column + x] for y in range(3) for x in range(3)], dim=1)
        else:
            seen = grid.permute(0, 2, 3, 1)[picture, row, column]
        hidden = seen.new_zeros(len(seen), self.plan.hidden)
        for at in range(SLOTS):
            here = (slot == at).nonzero()[:, 0]
            hidden = hidden.index_add(0, here, seen[here] @ self.learnt["hidden.weight"][at]
                                      + self.learnt["hidden.bias"][at])
        out = functional.relu(hidden) @ self.learnt["out.weight"] + self.learnt["out.bias"]
        return dict(zip(OUTPUTS, out.split(list(OUTPUTS.values()), dim=1), strict=True))

    def state(self) -> dict[str, np.ndarray]:
        """All numbers by name, for a checkpoint."""
        return {name: value.detach().cpu().numpy().copy() for name, value in {**self.learnt, **self.held}.items()}

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """What `state` gave. KeyError where it is another plan's."""
        import torch

        with torch.no_grad():
            for name, value in {**self.learnt, **self.held}.items():
                value.copy_(torch.from_numpy(np.array(state[name])))

    def folded(self) -> dict[str, np.ndarray]:
        """The weights of `Plan.shapes`, float32: batch norm folded into the layer before it."""
        return folded(self.plan, self.state())


def folded(plan: Plan, state: dict[str, Any]) -> dict[str, np.ndarray]:
    """The weights of `Plan.shapes` from a network's state."""
    made: dict[str, np.ndarray] = {}
    for layer in plan.layers:
        name = layer.name
        gain = state[f"{name}.gain"] / np.sqrt(state[f"{name}.variance"] + _EPS)
        made[f"{name}.weight"] = (state[f"{name}.weight"] * gain[:, None, None, None]).transpose(2, 3, 1, 0)
        made[f"{name}.bias"] = state[f"{name}.bias"] - state[f"{name}.mean"] * gain
    for name in ("heat", "hidden", "out"):
        made |= {f"{name}.weight": state[f"{name}.weight"], f"{name}.bias": state[f"{name}.bias"]}
    return {name: np.ascontiguousarray(made[name], dtype=np.float32) for name in plan.shapes()}
