"""The scenarios of the simulation by name: an FMP program each, what is true how often, and who can answer."""

from __future__ import annotations

from fmplang.bench.simulation import Band, Scenario, Tier

EARLY_EXIT = '''\
def main(image: Image) -> bool:
    """Whether an open kiosk with a queue and a lit sign is in the picture: four questions, each may end the run."""
    if not exists(image, "kiosk"):
        return False
    if not verify(image, "the kiosk is open"):
        return False
    if not verify(image, "people queue at the kiosk"):
        return False
    return verify(image, "the sign of the kiosk is lit")
'''

RATES = {"kiosk": 0.9, "the kiosk is open": 0.85, "people queue at the kiosk": 0.85,
         "the sign of the kiosk is lit": 0.6}
# One input in a hundred is a positive.
RARE_RATES = {"kiosk": 0.4, "the kiosk is open": 0.3, "people queue at the kiosk": 0.3,
              "the sign of the kiosk is lit": 0.28}

LOOP = '''\
def main(image: Image) -> int:
    """How many of the stalls in the picture are open, at most two: the second ends the search."""
    open = 0
    for stall in find(image, "stall"):
        if verify(stall, "the stall is open"):
            open += 1
            if open == 2:
                break
    return open
'''

CROPS = '''\
def main(image: Image) -> bool:
    """Whether any of the four windows side by side is lit: the first that is ends the search."""
    step = image.width // 4
    return any(verify(image.crop(i * step, 0, (i + 1) * step, image.height), "the window is lit") for i in range(4))
'''

COUNT = '''\
@neural("vqa")
def vehicle(image: Image) -> Literal["bus", "tram", "taxi"]:
    """What kind of vehicle is in the picture?"""


@neural("vqa")
def passengers(image: Image, kind: str) -> int:
    """How many passengers are in the {kind}?"""


def main(image: Image) -> int:
    """How many passengers the vehicle carries; a taxi's is not looked at."""
    kind = vehicle(image)
    if kind == "taxi":
        return 1
    return passengers(image, kind)
'''

_THREE: tuple[Band, ...] = ((0.45, 0.0, 0.2), (0.25, 0.42, 0.58), (0.3, 0.8, 1.0))
_NUMBERS = {0: 0.1, 1: 0.2, 2: 0.25, 3: 0.2, 4: 0.15, 5: 0.1}


def _two(name: str, cheap: float = 0.05, dear: float = 1.0) -> tuple[Tier, ...]:
    return (Tier(f"{name}-cheap", cheap, 0.01, 0.70), Tier(f"{name}-dear", dear, 0.01, 0.02))


def _three(name: str) -> tuple[Tier, ...]:
    return (Tier(f"{name}-cheap", 0.03, 0.01, 0.70, middle=0.31, slope=60.0),
            Tier(f"{name}-middle", 0.3, 0.01, 0.5, middle=0.69, slope=60.0),
            Tier(f"{name}-dear", 1.0, 0.01, 0.02))


_TWO_EACH = {"detect": _two("detect"), "vqa": _two("vqa")}
_THREE_EACH = {"detect": _three("detect"), "vqa": _three("vqa")}

SCENARIOS = {one.name: one for one in (
    Scenario("two", EARLY_EXIT, _TWO_EACH, RATES, about="four questions, each may end the run; two backends"),
    Scenario("three", EARLY_EXIT, _THREE_EACH, RATES, _THREE, about="the same with three backends"),
    # Costs are the parameter counts, in millions, of the models in Nie et al., COLM 2025.
    Scenario("paper", EARLY_EXIT, {"detect": _two("detect", 172.0, 233.0), "vqa": _two("vqa", 3750.0, 73400.0)}, RATES,
             about="the same at the prices of the paper's models"),
    Scenario("rare", EARLY_EXIT, _TWO_EACH, RARE_RATES, about="the same, one answer in a hundred is yes"),
    Scenario("loop", LOOP, _TWO_EACH, {"stall": 0.6, "the stall is open": 0.4}, tiles=5,
             about="a question on each object found, until the second yes; two backends"),
    Scenario("crops", CROPS, {"vqa": _three("vqa")}, {"the window is lit": 0.2}, _THREE, tiles=4,
             about="a question on each of four crops, until the first yes; three backends"),
    Scenario("count", COUNT, {"vqa": _two("vqa")}, {},
             answers={"vehicle": {"bus": 0.45, "tram": 0.35, "taxi": 0.2}, "bus": _NUMBERS, "tram": _NUMBERS},
             about="a kind, then a number, asked of what the kind says; two backends"),
)}
