"""`fmplang bench NAME`: the project's own measurements. Each is a command in a module of its own."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from fmplang.errors import ConfigError

BENCHMARKS = {
    "policies": ("fmplang.cli.bench_policies", "Net utility of every policy on simulated streams."),
}


class Benchmarks(click.Group):
    """Found by name when asked for, as an attribute named `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(BENCHMARKS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in BENCHMARKS:
            return None
        found: click.Command = import_module(BENCHMARKS[cmd_name][0]).command
        return found

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args[0] not in BENCHMARKS and not args[0].startswith("-") and not ctx.resilient_parsing:
            raise ConfigError(f"there is no benchmark {args[0]!r}", code="FMP805",
                              hint=f"there are: {', '.join(BENCHMARKS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Benchmarks"):
            formatter.write_dl([(name, about) for name, (_, about) in BENCHMARKS.items()])


@click.command(name="bench", cls=Benchmarks)
def command() -> None:
    """Measure policies against each other and against what is known to be best.

    Streams are seeded: the same command measures the same. A measurement that is a simulation says so.
    """
