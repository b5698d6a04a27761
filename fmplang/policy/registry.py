"""Policies by name: those that ship, and third-party ones by the entry point group `fmplang.policies`."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module
from inspect import signature
from typing import Any

from fmplang.errors import ConfigError
from fmplang.policy.base import Policy

GROUP = "fmplang.policies"

SHIPPED: dict[str, tuple[str, str]] = {
    "static": ("fmplang.policy.static", "Static"),
    "cheapest": ("fmplang.policy.cheapest", "Cheapest"),
    "strongest": ("fmplang.policy.strongest", "Strongest"),
    "random": ("fmplang.policy.random", "Random"),
    "counterfactual": ("fmplang.policy.counterfactual", "Counterfactual"),
    "thompson": ("fmplang.policy.thompson", "Thompson"),
    "lints": ("fmplang.policy.lints", "Lints"),
    "reinforce": ("fmplang.policy.reinforce", "Reinforce"),
    "full": ("fmplang.policy.full", "Full"),
    "router": ("fmplang.policy.router", "Router"),
    "cascade": ("fmplang.policy.cascade", "Cascade"),
    "mix": ("fmplang.policy.mix", "Mix"),
    "oracle": ("fmplang.policy.oracle", "Oracle"),
}
# These cannot be made from nothing: what to write instead.
NEEDS_SETTINGS = {
    "static": ("to be told its backends", "write static:CAPABILITY=BACKEND, or use cheapest or strongest"),
    "oracle": ("a table of the right backends",
               "make it in Python from runs whose answers are known; it replays, and decides nothing new"),
}


def resolve(policy: str | Policy) -> Policy:
    """A policy from its name, "name:settings", or an object that is one. Raises ConfigError (FMP803).

    Settings after the colon go to the class's `parse` as one string; where it has none, they are the arguments of
    the class by name, as in counterfactual:warm=50,objective=f1. An entry point is a class, or a function that gives a
    policy.
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
        if settings and hasattr(factory, "parse"):
            made = factory.parse(settings)
        else:
            made = _made(factory, name.strip(), settings)
    except ConfigError:
        raise
    except Exception as error:
        raise ConfigError(f"the policy {name!r} could not be made: {type(error).__name__}: {error}",
                          code="FMP803") from error
    return resolve(made)


def names() -> list[str]:
    """All names that `resolve` knows, sorted."""
    return sorted({*SHIPPED, *_entry_points()})


def _made(factory: Callable[..., Policy], name: str, settings: str) -> Policy:
    if name in NEEDS_SETTINGS:
        needs, hint = NEEDS_SETTINGS[name]
        raise ConfigError(f"the {name} policy needs {needs}", code="FMP803", hint=hint)
    if not settings:
        return factory()
    takes = {key: parameter for key, parameter in signature(factory).parameters.items()
             if isinstance(parameter.default, (bool, int, float, str))}
    if not takes:
        raise ConfigError(f"the policy {name!r} takes no settings", code="FMP803", hint=f"write only {name}")
    given: dict[str, Any] = {}
    for part in filter(None, (part.strip() for part in settings.split(","))):
        key, sign, text = (each.strip() for each in part.partition("="))
        if not sign or key not in takes:
            near = get_close_matches(key, takes, 1)
            raise ConfigError(f"the policy {name} has no setting {key!r}", code="FMP803",
                              hint=(f"did you mean {near[0]}? " if near else "") + f"it has: {', '.join(takes)}")
        given[key] = _value(name, key, text, takes[key].default)
    return factory(**given)


def _value(name: str, key: str, text: str, default: Any) -> Any:
    """The text as the kind of value that the setting has by default."""
    try:
        if isinstance(default, bool):
            return {"true": True, "false": False}[text.lower()]
        return text if isinstance(default, str) else type(default)(text)
    except (KeyError, ValueError):
        kinds = {bool: "true or false", int: "a whole number", float: "a number"}
        raise ConfigError(f"the setting {key} of the policy {name} is {kinds[type(default)]}, not {text!r}",
                          code="FMP803", hint=f"{key}={default} is its default") from None


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
