"""Policies by name: those that ship, and third-party ones by the entry point group `fmplang.policies`."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module

from fmplang.errors import ConfigError
from fmplang.policy.base import Policy

GROUP = "fmplang.policies"

SHIPPED: dict[str, tuple[str, str]] = {
    "static": ("fmplang.policy.static", "Static"),
    "cheapest": ("fmplang.policy.cheapest", "Cheapest"),
    "strongest": ("fmplang.policy.strongest", "Strongest"),
    "random": ("fmplang.policy.random", "Random"),
}


def resolve(policy: str | Policy) -> Policy:
    """A policy from its name, "name:settings", or an object that is one. Raises ConfigError (FMP803).

    Settings after the colon go to the class's `parse` as one string. An entry point is a class, or a function
    that gives a policy; it is called without arguments, or through `parse` where settings are given.
    """
    if not isinstance(policy, str):
        if isinstance(policy, type) or not (callable(getattr(policy, "choose", None))
                                            and callable(getattr(policy, "learn", None))):
            raise ConfigError(f"{policy!r} is not a policy", code="FMP803",
                              hint="a policy is a name, or an object with choose(call) and learn(run, outcome)")
        return policy
    name, _, settings = policy.partition(":")
    factory = _factory(name.strip())
    try:
        made = factory.parse(settings) if settings and hasattr(factory, "parse") else _plain(factory, name, settings)
    except ConfigError:
        raise
    except Exception as error:
        raise ConfigError(f"the policy {name!r} could not be made: {type(error).__name__}: {error}",
                          code="FMP803") from error
    return resolve(made)


def names() -> list[str]:
    """All names that `resolve` knows, sorted."""
    return sorted({*SHIPPED, *_entry_points()})


def _plain(factory: Callable[[], Policy], name: str, settings: str) -> Policy:
    if settings:
        raise ConfigError(f"the policy {name!r} takes no settings", code="FMP803", hint=f"write only {name}")
    if name == "static":
        raise ConfigError("the static policy needs to be told its backends", code="FMP803",
                          hint="write static:CAPABILITY=BACKEND, or use cheapest or strongest")
    return factory()


def _factory(name: str) -> Callable[[], Policy]:
    if name in SHIPPED:
        module, attribute = SHIPPED[name]
        found: Callable[[], Policy] = getattr(import_module(module), attribute)
        return found
    points = _entry_points()
    if name in points:
        try:
            loaded: Callable[[], Policy] = points[name].load()  # type: ignore[attr-defined]
        except Exception as error:
            raise ConfigError(f"the policy {name!r} could not be loaded: {type(error).__name__}: {error}",
                              code="FMP803") from error
        return loaded
    near = get_close_matches(name, [*SHIPPED, *points], 1)
    raise ConfigError(f"there is no policy named {name!r}", code="FMP803",
                      hint=(f"did you mean {near[0]}? " if near else "") + f"known: {', '.join(names())}")


def _entry_points() -> dict[str, object]:
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=GROUP)}
