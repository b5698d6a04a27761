"""What `fmplang cost` and `fmplang check --budget` share: bounds under the pool of the settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fmplang.cli.options import settings_from
from fmplang.errors import ConfigError
from fmplang.limits import Limits
from fmplang.syntax.diagnostics import Diagnostic

if TYPE_CHECKING:
    from fmplang.backends.pool import Pool
    from fmplang.check import CheckReport
    from fmplang.check.bounds import Bounds
    from fmplang.check.typed import TypedProgram
    from fmplang.host.costs import Sizes
    from fmplang.host.recovery import Recovery

LARGEST = 100_000  # pixels of a side


class Pricing:
    """A pool and what else decides about the cost of a run, from the settings and the command line."""

    def __init__(self, limits: tuple[str, ...] = (), *, pool: str | None = None, policy: str | None = None,
                 retries: str | None = None, fallback: str | None = None, recoveries: str | None = None,
                 image: str | None = None, text: str | None = None) -> None:
        from fmplang.backends.pool import resolve_pool
        from fmplang.host.recovery import Recovery
        from fmplang.policy.registry import names, resolve

        settings = settings_from(limits, pool=pool, policy=policy,
                                 recovery={"retries": retries, "fallback": fallback, "recoveries": recoveries})
        self.limits: Limits = settings.limits_value()
        self.pool: Pool = resolve_pool(settings.pool.value)
        self.policy: str = settings.policy.value
        if self.policy.partition(":")[0].strip() not in names():
            resolve(self.policy)  # says what is wrong with it
        rule: dict[str, Any] = {name: setting.value for name, setting in settings.recovery.items()}
        self.recovery: Recovery = Recovery(**rule)
        self.sizes: Sizes = _sizes(image, text)

    def bounds(self, program: TypedProgram, usual: float | None = None) -> Bounds:
        from fmplang.host.costs import program_bounds

        return program_bounds(program, self.pool, self.recovery, self.limits, sizes=self.sizes, usual=usual,
                              policy=self.policy)


def affordable(budget: str, limits: tuple[str, ...], **pricing: str | None,
               ) -> Callable[[CheckReport], tuple[Diagnostic, ...]]:
    """What to say of programs of which a run may cost more than `budget`."""
    from fmplang.check.bounds import over_budget

    ceiling = at_least_zero("budget", budget)
    priced = Pricing(limits, **pricing)

    def afford(report: CheckReport) -> tuple[Diagnostic, ...]:
        if report.program is None:
            return ()
        found = over_budget(priced.bounds(report.program), ceiling, priced.pool.unit)
        return () if found is None else (found,)

    return afford


def at_least_zero(name: str, text: str) -> float:
    from fmplang.config import zero_or_more

    try:
        return zero_or_more(text)
    except ValueError:
        raise ConfigError(f"--{name} takes a number, zero or more, not {text!r:.40}", code="FMP805",
                          hint=f"as in --{name} 5") from None


def _sizes(image: str | None, text: str | None) -> Sizes:
    from fmplang.host.costs import CHARACTERS, SIDE, Sizes

    width = height = SIDE
    if image is not None:
        first, sign, second = image.lower().partition("x")
        if not sign or not (first.isdecimal() and second.isdecimal()) or len(image) > 20 \
                or not 0 < int(first) <= LARGEST or not 0 < int(second) <= LARGEST:
            raise ConfigError(f"--image takes WIDTHxHEIGHT, not {image!r:.40}", code="FMP805",
                              hint="as in --image 640x480")
        width, height = int(first), int(second)
    return Sizes(width, height, CHARACTERS if text is None else int(at_least_zero("text", text)))
