"""Streams under stress, by name: late and missing outcomes, backends and pictures that change, a wrong beginning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from fmplang.bench.simulation import Change, Tier


@dataclass(frozen=True)
class Feedback:
    """How outcomes arrive: `delay` inputs later, and not at all with probability `missing`."""

    delay: int = 0
    missing: float = 0.0


@dataclass(frozen=True)
class Stress:
    """`change` makes the change of a stream of so many inputs. `halfway` says that it comes in the middle, so that the
    recovery after it can be measured. With `prior` a policy has first learned, on another stream of that scenario's
    kind where the cheap backends never err, what is wrong here."""

    about: str
    feedback: Feedback = Feedback()
    change: Callable[[int], Change] = lambda count: Change()
    halfway: bool = False
    prior: bool = False


def never_errs(index: int, tier: Tier) -> Tier:
    """The world that a wrong prior comes from."""
    return replace(tier, hard=tier.easy)


def _worse(count: int) -> Change:
    """The cheapest backends err on a quarter of the easy inputs too, under the same names."""
    def tier(index: int, one: Tier) -> Tier:
        return replace(one, easy=0.25) if index >= count // 2 and one.name.endswith("-cheap") else one
    return Change(tier, count // 2)


def _price(count: int) -> Change:
    """The cheapest backends cost ten times as much, but no more than half of the dearest."""
    def tier(index: int, one: Tier) -> Tier:
        if index < count // 2 or not one.name.endswith("-cheap"):
            return one
        return replace(one, cost=one.cost * 10)
    return Change(tier, count // 2)


def _newcomer(count: int) -> Change:
    """A backend at a fifth of the dearest one's price that errs on a tenth of the hard inputs."""
    def tier(index: int, one: Tier) -> Tier | None:
        return None if index < count // 2 and one.name.endswith("-new") else one

    def newcomer(capability: str, tiers: Sequence[Tier]) -> Tier:
        dearest = max(tiers, key=lambda one: one.cost)
        return Tier(f"{capability}-new", dearest.cost / 5, 0.01, 0.1)
    return Change(tier, count // 2, newcomer=newcomer)


def _weak(count: int) -> Change:
    """All backends err more often, the dearest too."""
    def tier(index: int, one: Tier) -> Tier:
        return replace(one, easy=one.easy + 0.04, hard=min(0.9, one.hard + 0.15))
    return Change(tier)


def _pictures(count: int) -> Change:
    """Three of four inputs are hard, and pictures are spoilt by darkness most of all."""
    return Change(after=count // 2, bands=((0.25, 0.0, 0.4), (0.75, 0.6, 1.0)), look=(1.0, 6.0, 1.0))


STRESSES: dict[str, Stress] = {
    "now": Stress("outcomes come at once"),
    "delay10": Stress("outcomes come 10 inputs later", Feedback(delay=10)),
    "delay100": Stress("outcomes come 100 inputs later", Feedback(delay=100)),
    "missing50": Stress("half of the outcomes never come", Feedback(missing=0.5)),
    "missing90": Stress("nine of ten outcomes never come", Feedback(missing=0.9)),
    "worse": Stress("halfway the cheapest backends silently get worse", change=_worse, halfway=True),
    "price": Stress("halfway the cheapest backends cost ten times as much", change=_price, halfway=True),
    "new": Stress("halfway a good and cheap backend joins the pool", change=_newcomer, halfway=True),
    "pictures": Stress("halfway inputs become harder and look otherwise", change=_pictures, halfway=True),
    "weak": Stress("all backends err more often", change=_weak),
    "prior": Stress("the policy has learned where the cheap backends never err", prior=True),
}
