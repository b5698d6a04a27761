"""The root command: finds subcommands lazily, and turns every way of failing into a message and an exit code.

    0 fine   1 findings   2 usage or configuration   3 the program failed   4 a limit   5 a backend
    70 a fault of fmplang itself   130 interrupted   141 the reader of our output went away
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any, NoReturn

import click

from fmplang.cli.console import error_json, note, out_json, show_error
from fmplang.cli.frames import headline
from fmplang.cli.schema import VERSION
from fmplang.errors import ConfigError, FmpError

COMMANDS = {
    "run": ("fmplang.cli.run", "Run a program once and print its answer."),
    "check": ("fmplang.cli.check", "Type check programs."),
    "fmt": ("fmplang.cli.fmt", "Bring programs into the canonical layout."),
    "import": ("fmplang.cli.import_", "Turn a published visual program into typed FMP."),
    "explain": ("fmplang.cli.explain", "Say what a diagnostic's code means, with examples."),
    "sites": ("fmplang.cli.sites", "List a program's call sites and their ids."),
    "cost": ("fmplang.cli.cost", "Say how often a program asks and what a run costs, before any."),
    "dryrun": ("fmplang.cli.dryrun", "Run every path with generated answers, and say what fails."),
    "stream": ("fmplang.cli.stream", "Run a program on one row of data after another."),
    "feedback": ("fmplang.cli.feedback", "Record how good a run's answer was."),
    "calibrate": ("fmplang.cli.calibrate", "Ask every backend on a few inputs, as a warm start for the policy."),
    "trace": ("fmplang.cli.trace", "Show a recorded run as a page."),
    "replay": ("fmplang.cli.replay", "Run again, or try a policy, with answers that are known already."),
    "evaluate": ("fmplang.cli.evaluate", "Say from the ledger what another policy would earn."),
    "bench": ("fmplang.cli.bench", "Measure policies against each other."),
    "scenes": ("fmplang.cli.scenes", "Look at drawn scenes, and write them as files."),
    "pool": ("fmplang.cli.pool", "See what can answer, and whether it does."),
    "env": ("fmplang.cli.env", "Show versions and settings, and where each setting comes from."),
    "completion": ("fmplang.cli.completion", "Print a script that completes commands in a shell."),
}
FAULT, INTERRUPTED, BROKEN_PIPE = 70, 130, 141


class App(click.Group):
    """A group whose commands live in modules of their own, as an attribute named `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(COMMANDS[cmd_name][0]).command
        return found

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            from difflib import get_close_matches

            near = get_close_matches(name, COMMANDS, 1)
            hint = f"did you mean {near[0]}?" if near else "fmplang --help lists the commands"
            raise ConfigError(f"there is no command {name!r}", code="FMP805", hint=hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):  # from the table: listing them imports none of them
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])

    def main(self, args: Any = None, prog_name: str | None = None, complete_var: str | None = None,
             standalone_mode: bool = True, windows_expand_args: bool = True, **extra: Any) -> NoReturn:
        """Run, and end the process with the right code. Tracebacks show only with FMPLANG_DEBUG=1."""
        code: int
        given = sys.argv[1:] if args is None else list(args)
        try:
            result = super().main(args, "fmplang", complete_var, standalone_mode=False,
                                  windows_expand_args=windows_expand_args, **extra)
            code = result if isinstance(result, int) else 0
        except BaseException as error:
            code = self._failed(error, "--json" in given)
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            code = _reader_gone()
        sys.exit(code)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # here, because click would make it an exit code of its own
            return _reader_gone()

    def _failed(self, error: BaseException, as_json: bool) -> int:
        """Tell what went wrong, on standard error, and with --json on standard output too."""
        if os.environ.get("FMPLANG_DEBUG") == "1" and not isinstance(error, (SystemExit, click.exceptions.Exit)):
            import traceback

            traceback.print_exception(error)
        if isinstance(error, click.exceptions.Exit):
            return error.exit_code
        if isinstance(error, SystemExit):
            return error.code if isinstance(error.code, int) else 0
        if isinstance(error, (KeyboardInterrupt, click.Abort)):
            note("interrupted")
            return INTERRUPTED
        if isinstance(error, click.ClickException):
            error = _usage(error)
        if isinstance(error, FmpError):
            show_error(error)
            if as_json:
                out_json({"version": VERSION, "error": error_json(error)})
            return error.exit_code
        if isinstance(error, Exception):
            note(f"{headline('error', 'FMP899', f'fmplang itself failed: {type(error).__name__}: {error}')}\n"
                 "  help: this is a fault of fmplang: please report it with the output of FMPLANG_DEBUG=1")
            return FAULT
        raise error


def _usage(error: click.ClickException) -> ConfigError:
    """click's complaint in our form."""
    message = error.format_message().rstrip(".")
    context = getattr(error, "ctx", None)
    hint = f"{'fmplang' if context is None else context.command_path} --help shows how it is used"
    return ConfigError(message[:1].lower() + message[1:], code="FMP805", hint=hint)


def _reader_gone() -> int:
    """Whoever read our output has closed it: end quietly, and keep Python from flushing into the closed pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return BROKEN_PIPE


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        import fmplang
        from fmplang.cli.console import out

        out(f"fmplang {fmplang.__version__}")
        ctx.exit()


@click.command(cls=App, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_version,
              help="Print the version and exit.")
def app() -> None:
    """Programs whose only effect is to call neural functions.

    Answers go to standard output, all else to standard error. Exit codes: 0 fine, 1 findings, 2 usage or
    configuration, 3 the program failed, 4 a limit, 5 a backend, 130 interrupted.
    """
