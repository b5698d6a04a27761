"""Page-Hinkley tests: an alarm when a mean has moved."""

from __future__ import annotations

from typing import Any


class PageHinkley:
    """Alarms when the sum of (x - slack) has risen by `bound` above its lowest point; on `both` sides also (-x -
    slack).

    `x` is a residual with mean 0 and variance v while nothing changes; `slack` is the drift of the mean that is let
    pass. A false alarm then has a chance of about exp(-2 slack bound / v) each time the sum starts anew.
    """

    def __init__(self, slack: float, bound: float, both: bool = True) -> None:
        self.slack, self.bound, self.both = slack, bound, both
        self.up = self.down = 0.0

    def add(self, x: float) -> bool:
        self.up = max(0.0, self.up + x - self.slack)
        if self.both:
            self.down = max(0.0, self.down - x - self.slack)
        if max(self.up, self.down) <= self.bound:
            return False
        self.up = self.down = 0.0
        return True

    def state(self) -> list[Any]:
        return [self.up, self.down]

    def restore(self, state: list[Any]) -> None:
        self.up, self.down = float(state[0]), float(state[1])
