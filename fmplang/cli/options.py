"""Options that several commands share, and the settings that come of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from fmplang.config import Settings, load_settings
from fmplang.errors import ConfigError

Command = TypeVar("Command", bound=Callable[..., Any])

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def limit_option(command: Command) -> Command:
    return click.option("--limit", "limits", multiple=True, metavar="NAME=VALUE",
                        help="Raise or lower a limit, as in --limit neural_calls=200. May be repeated.")(command)


def ledger_options(command: Command) -> Command:
    command = click.option("--no-ledger", is_flag=True, help="Record nothing.")(command)
    return click.option("--ledger", metavar="PATH", help="The file that runs are recorded in.")(command)


def recovery_options(command: Command) -> Command:
    command = click.option("--recoveries", metavar="N",
                           help="How often the run is begun anew after a failed assertion, with a stronger backend's "
                                "answer.")(command)
    command = click.option("--fallback", metavar="RULE",
                           help="Who is asked where a backend fails: dearer, cheaper, none, or backends by name, with "
                                "commas.")(command)
    return click.option("--retries", metavar="N",
                        help="How often a backend is asked again after a failure that may pass.")(command)


def pricing_options(command: Command) -> Command:
    """What decides about the most that a run may cost."""
    command = click.option("--text", "text", metavar="N", help="The longest text that prices are asked for, in "
                           "characters.")(command)
    command = click.option("--image", "image", metavar="WxH", help="The largest picture that prices are asked "
                           "for.")(command)
    command = recovery_options(command)
    command = click.option("--policy", help="Who is asked: a policy that asks one backend for each call makes the most "
                           "that a run may cost less.")(command)
    return click.option("--pool", help="Who can answer: a pool's name or a pool file; the configured one by "
                        "default.")(command)


def cache_options(command: Command) -> Command:
    command = click.option("--no-cache", is_flag=True, help="Ask again what was asked before.")(command)
    return click.option("--cache", metavar="PATH", help="The file that answers are kept in.")(command)


def settings_from(limits: tuple[str, ...] = (), *, no_ledger: bool = False, no_cache: bool = False,
                  recovery: Mapping[str, Any] | None = None, **overrides: Any) -> Settings:
    """The settings, with what the command line gave on top."""
    given: dict[str, Any] = {}
    for text in limits:
        name, sign, value = text.partition("=")
        if not sign:
            raise ConfigError(f"--limit takes NAME=VALUE, not {text!r}", code="FMP805",
                              hint="as in --limit neural_calls=200")
        given[name.strip().replace("-", "_")] = value.strip()
    for name, off in (("ledger", no_ledger), ("cache", no_cache)):
        if off:
            if overrides.get(name) is not None:
                raise ConfigError(f"--{name} and --no-{name} say opposite things", code="FMP805",
                                  hint="give one of them")
            overrides[name] = "none"
    return load_settings(overrides, given, recovery)
