"""The eyes as plans: what layers a network has, told once, for whoever trains it and whoever runs it.

An eye looks at a square picture and says, for each cell of a grid, how likely the middle of a thing lies there
(objects as points: Zhou, Wang, Krähenbühl, 2019). A thing falls into one of three slots by the longer side of its box,
so that what lies inside or in front of another thing keeps a middle of its own. At the places where that is likeliest
a small second stage says what the thing is. It is asked at MOST places, so that an eye's operations do not depend on
what it sees.

    glance   96 x 96 pixels, 24 x 24 cells, few channels
    gaze     128 x 128 pixels, 32 x 32 cells
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fmplang.scenes.graph import COLOURS, KINDS, MATERIALS, SIZES, WORDS

MOST = 24  # candidates of one picture
SLOTS = 3
EDGES = (0.175, 0.32)  # of the picture's side: the longer side of a box at which a slot ends
CHOICES: Mapping[str, tuple[str, ...]] = {
    "kind": KINDS, "colour": COLOURS, "material": MATERIALS, "size": SIZES, "word": WORDS,
}
# What the second stage gives, in order. `box`: left, top, right and bottom as distances from the cell's middle in
# quarters of the side. `visible`: the logit of the share that nothing covers.
OUTPUTS: Mapping[str, int] = {**{name: len(values) for name, values in CHOICES.items()}, "box": 4, "visible": 1}
WIDTH = sum(OUTPUTS.values())


@dataclass(frozen=True, slots=True)
class Layer:
    """A convolution with a bias (batch norm is folded in). `source` is another layer, or "" for the picture. `deep`
    is depthwise: each channel on its own. `plus` names a layer whose output is added before the cut at zero, and
    `raised` says that it comes at half the resolution and every value of it counts for 2 x 2 cells."""

    name: str
    source: str
    channels: int
    kernel: int = 3
    stride: int = 1
    deep: bool = False
    relu: bool = True
    plus: str = ""
    raised: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """`side` is the picture's in pixels, `cell` that of a cell; the last layer's channels are read at each cell.
    `around`: whether the second stage sees the 3 x 3 cells around a place or that one alone; `hidden` is its width."""

    name: str
    side: int
    cell: int
    layers: tuple[Layer, ...]
    hidden: int
    around: bool

    @property
    def features(self) -> int:
        return self.layers[-1].channels

    @property
    def seen(self) -> int:
        """How many numbers the second stage reads at a place."""
        return self.features * (9 if self.around else 1)

    def sources(self) -> dict[str, int]:
        """How many channels each layer reads, by its name."""
        channels = {"": 3, **{layer.name: layer.channels for layer in self.layers}}
        return {layer.name: channels[layer.source] for layer in self.layers}

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The weights by name: `NAME.weight` is kernel x kernel x in x out (in is 1 for a depthwise layer)."""
        found: dict[str, tuple[int, ...]] = {}
        reads = self.sources()
        for layer in self.layers:
            inside = 1 if layer.deep else reads[layer.name]
            found[f"{layer.name}.weight"] = (layer.kernel, layer.kernel, inside, layer.channels)
            found[f"{layer.name}.bias"] = (layer.channels,)
        found |= {"heat.weight": (self.features, SLOTS), "heat.bias": (SLOTS,),
                  "hidden.weight": (SLOTS, self.seen, self.hidden), "hidden.bias": (SLOTS, self.hidden),
                  "out.weight": (self.hidden, WIDTH), "out.bias": (WIDTH,)}
        return found

    def flops(self, side: int | None = None) -> int:
        """Operations of one look at a picture of `side` pixels: twice the multiply-adds, no biases, no cuts."""
        side = side or self.side
        sides = {"": side}
        total, reads = 0, self.sources()
        for layer in self.layers:
            here = sides[layer.name] = -(-sides[layer.source] // layer.stride)
            inside = 1 if layer.deep else reads[layer.name]
            total += here * here * layer.kernel**2 * inside * layer.channels
        last = sides[self.layers[-1].name]
        total += last * last * self.features * SLOTS
        total += MOST * (self.seen * self.hidden + self.hidden * WIDTH)
        return 2 * total


def _light(name: str, source: str, inside: int, channels: int, stride: int = 1, plus: str = "") -> tuple[Layer, Layer]:
    """A depthwise layer and one that mixes channels (separable convolution: Howard and others, 2017)."""
    return (Layer(f"{name}a", source, inside, stride=stride, deep=True),
            Layer(f"{name}b", f"{name}a", channels, kernel=1, plus=plus))


def _block(name: str, source: str, channels: int) -> tuple[Layer, Layer]:
    """Two convolutions with a way around them (He and others, 2015)."""
    return Layer(f"{name}a", source, channels), Layer(f"{name}b", f"{name}a", channels, plus=source)


GLANCE = Plan("glance", side=96, cell=4, hidden=96, around=True, layers=(
    Layer("one", "", 16, stride=2),  # 48 x 48
    Layer("two", "one", 32, stride=2),  # 24 x 24
    *_light("three", "two", 32, 64, stride=2),  # 12 x 12
    *_light("four", "threeb", 64, 64, plus="threeb"),
    *_light("five", "fourb", 64, 64, plus="fourb"),
    *_light("six", "fiveb", 64, 96, stride=2),  # 6 x 6
    *_light("seven", "sixb", 96, 96, plus="sixb"),
    Layer("low", "sevenb", 64, kernel=1),
    Layer("middle", "fiveb", 64, kernel=1, plus="low", raised=True),
    Layer("lift", "middle", 40, kernel=1),
    Layer("high", "two", 40, kernel=1, plus="lift", raised=True),
    *_light("last", "high", 40, 40, plus="high"),
))

GAZE = Plan("gaze", side=128, cell=4, hidden=256, around=True, layers=(
    Layer("one", "", 24, stride=2),  # 64 x 64
    Layer("two", "one", 48, stride=2),  # 32 x 32
    *_block("three", "two", 48),
    Layer("four", "threeb", 96, stride=2),  # 16 x 16
    *_block("five", "four", 96),
    *_block("six", "fiveb", 96),
    Layer("seven", "sixb", 160, stride=2),  # 8 x 8
    *_block("eight", "seven", 160),
    *_block("nine", "eightb", 160),
    Layer("low", "nineb", 96, kernel=1),
    Layer("middle", "sixb", 96, kernel=1, plus="low", raised=True),
    Layer("mixed", "middle", 96),
    Layer("lift", "mixed", 64, kernel=1),
    Layer("high", "threeb", 64, kernel=1, plus="lift", raised=True),
    Layer("last", "high", 64),
))

PLANS: Mapping[str, Plan] = {plan.name: plan for plan in (GLANCE, GAZE)}
