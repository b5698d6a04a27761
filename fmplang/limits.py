"""Ceilings and their counters."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import NoReturn

from fmplang.errors import LimitError

INTERVAL = 4096  # steps between two looks at the clocks
FREE_BITS = 30  # integers of so many bits are allowed whatever `integer_bits` says: the quick paths rely on it


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use. All limits are on by default; each has a code of its own (FMP6xx).

    Sizes are in characters for text and source, in elements for lists, sets and dicts, in bits for integers,
    in bytes for memory and image files, in seconds for times. `spend` is in the pool's unit of cost; None
    leaves it open.

    A step is a statement, a turn of a loop, an element of a comprehension, a call, or about one element that a
    builtin looks at; large expressions take one more for every 16 nodes. `memory` counts what was ever charged in a
    run, not what is held: nothing is given back. Integers of up to 30 bits are allowed whatever `integer_bits` says.
    """

    source: int = 64 * 1024
    nodes: int = 10_000
    nesting: int = 64
    steps: int = 1_000_000
    call_depth: int = 64
    own_seconds: float = 5.0
    seconds: float = 300.0
    memory: int = 64 * 1024 * 1024
    string: int = 1024 * 1024
    items: int = 100_000
    integer_bits: int = 256
    neural_calls: int = 64
    spend: float | None = None
    image_bytes: int = 20_000_000
    image_pixels: int = 20_000_000
    sites: int = 10_000


class Meter:
    """What one run has used. Every charge comes before the work that it stands for.

    `fuel` and `room` count down in the hot paths, which may do the arithmetic in place:

        meter.fuel -= 3
        if meter.fuel < 0:
            meter.refuel()

    Fuel is handed out by the interval, and the clocks are looked at when it runs out, so the steps of a run
    never depend on time. Errors raised here know no place; the interpreter adds span and source.
    """

    __slots__ = ("_granted", "_own", "_resumed", "_started", "calls", "depth", "fuel", "integer_bits", "limits", "room")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.depth = limits.call_depth
        self.integer_bits = max(limits.integer_bits, FREE_BITS)
        self.room = limits.memory
        self.calls = 0
        self._granted = self.fuel = min(INTERVAL, limits.steps)
        self._started: float | None = None
        self._resumed: float | None = None
        self._own = 0.0

    # ------------------------------------------------------------- charging

    def work(self, steps: int) -> None:
        """Charge steps: a builtin takes about one for each element or 64 characters that it looks at."""
        self.fuel -= steps
        if self.fuel < 0:
            self.refuel()

    def memory(self, size: int) -> None:
        """Charge bytes."""
        self.room -= size
        if self.room < 0:
            self._stop("memory", "FMP608", self.limits.memory,
                       f"the run made values of more than {self.limits.memory:,} bytes")

    def text(self, length: int) -> None:
        """Charge a string of `length` characters that is about to be made."""
        if length > self.limits.string:
            self._stop("string", "FMP609", self.limits.string,
                       f"a string of {length:,} characters is longer than {self.limits.string:,}")
        self.memory(56 + length)

    def items(self, count: int, each: int = 8) -> None:
        """Charge a collection of `count` elements that is about to be made, `each` bytes an element.

        `each` is 8 for lists and tuples; use 100 for sets and dicts.
        """
        self.size(count)
        self.memory(56 + each * count)

    def size(self, count: int) -> None:
        """Check that a collection may have `count` elements, without charging for them."""
        if count > self.limits.items:
            self._stop("items", "FMP610", self.limits.items,
                       f"a collection of {count:,} elements is longer than {self.limits.items:,}")

    def integer(self, bits: int) -> None:
        """Charge an integer of `bits` bits."""
        if bits > self.integer_bits:
            self._stop("integer_bits", "FMP611", self.limits.integer_bits,
                       f"an integer of {bits:,} bits is longer than {self.integer_bits}")
        self.memory(28 + bits // 8)

    def call(self) -> None:
        """Count a neural call that is about to be handed out."""
        if self.calls >= self.limits.neural_calls:
            self.no_more_calls()
        self.calls += 1

    def no_more_calls(self) -> NoReturn:
        self._stop("neural_calls", "FMP612", self.limits.neural_calls,
                   f"the run asked for more than {self.limits.neural_calls} neural calls")

    def go_on_from(self, earlier: Meter) -> None:
        """Count on from what `earlier` has used, but for neural calls: a run that is begun anew is one run still, and
        only its host knows which of its calls are new."""
        used = self.steps + earlier.steps
        self._granted = min(used + INTERVAL, self.limits.steps)
        self.fuel = self._granted - used
        self.room -= earlier.bytes
        self._own += earlier._own
        self._started = earlier._started

    def too_deep(self) -> NoReturn:
        self._stop("call_depth", "FMP605", self.limits.call_depth,
                   f"calls are nested deeper than {self.limits.call_depth}")

    def refuel(self) -> None:
        """Called when `fuel` is below zero: hand out more, or stop the run."""
        used = self._granted - self.fuel
        if used > self.limits.steps:
            self._stop("steps", "FMP604", self.limits.steps, f"the run took more than {self.limits.steps:,} steps")
        self._granted = min(used + INTERVAL, self.limits.steps)
        self.fuel = self._granted - used
        self.look()

    # --------------------------------------------------------------- clocks

    def resume(self) -> None:
        """The interpreter's own time runs from here to `pause`."""
        self._resumed = monotonic()
        if self._started is None:
            self._started = self._resumed
        self.look()

    def pause(self) -> None:
        if self._resumed is not None:
            self._own += monotonic() - self._resumed
            self._resumed = None

    def look(self) -> None:
        """Look at both clocks."""
        if self._started is None:
            return
        now = monotonic()
        own = self._own if self._resumed is None else self._own + now - self._resumed
        if own > self.limits.own_seconds:
            self._stop("own_seconds", "FMP606", self.limits.own_seconds,
                       f"the run computed for more than {self.limits.own_seconds:g} s")
        if now - self._started > self.limits.seconds:
            self._stop("seconds", "FMP607", self.limits.seconds, f"the run took more than {self.limits.seconds:g} s")

    # -------------------------------------------------------------- reading

    @property
    def steps(self) -> int:
        """Steps used so far."""
        return self._granted - self.fuel

    @property
    def bytes(self) -> int:
        """Bytes charged so far."""
        return self.limits.memory - self.room

    @property
    def own_seconds(self) -> float:
        return self._own if self._resumed is None else self._own + monotonic() - self._resumed

    def _stop(self, limit: str, code: str, ceiling: float, message: str) -> NoReturn:
        raise LimitError(message, limit=limit, ceiling=ceiling, code=code,
                         hint=f"make the program do less, or raise the limit `{limit}` for this run")
