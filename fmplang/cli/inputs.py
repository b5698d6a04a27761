"""Inputs from the command line: `--inputs image=photo.jpg n=3`, or `--inputs FILE.json`, or both."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import click

from fmplang.check.typed import Parameter
from fmplang.check.types import Type
from fmplang.errors import ConfigError, InputError
from fmplang.limits import Limits
from fmplang.runtime.inputs import convert, from_python
from fmplang.runtime.program import Program

PAIR = re.compile(r"([A-Za-z_]\w*)=(.*)\Z", re.DOTALL)
MAX_FILE = 64 * 1024 * 1024  # bytes of a file of inputs


class InputsCommand(click.Command):
    """A command whose --inputs takes everything that follows it and looks like NAME=VALUE."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        made: list[str] = []
        taking = after_first = False
        for position, arg in enumerate(args):
            if taking and not after_first:  # the value of --inputs itself
                if arg.startswith("-") and arg != "-":
                    raise click.BadOptionUsage("--inputs", "option '--inputs' requires an argument", ctx)
                after_first = True
            elif arg == "--":
                made += args[position:]
                break
            elif arg == "--inputs":
                taking, after_first = True, False
            elif arg.startswith("--inputs="):
                taking = after_first = True
            elif taking and PAIR.match(arg):
                made.append("--inputs")
            else:
                taking = False
            made.append(arg)
        return super().parse_args(ctx, made)


def read_inputs(given: tuple[str, ...], program: Program, limits: Limits) -> dict[str, Any]:
    """The values of a run's inputs. A pair on the command line wins over the same name in a file.

    Raises InputError for what does not fit; names that the entry does not have are left for it to refuse.
    """
    types: dict[str, Type] = {p.name: p.type for p in program.entry.params}
    values: dict[str, Any] = {}
    pairs: dict[str, str] = {}
    for text in given:
        pair = PAIR.match(text)
        if pair is None:
            values.update(_from_file(text, types, limits))
        elif pair.group(1) in pairs:
            raise ConfigError(f"the input {pair.group(1)} is given twice", code="FMP805", hint="give it once")
        else:
            pairs[pair.group(1)] = pair.group(2)
    for name, raw in pairs.items():
        values[name] = convert(raw, types[name], limits, name=name) if name in types else raw
    return values


def _from_file(name: str, types: dict[str, Type], limits: Limits) -> dict[str, Any]:
    """A JSON object of inputs by name; paths in it are relative to the file."""
    try:
        if name == "-":
            raw, folder = sys.stdin.buffer.read(MAX_FILE + 1), Path()
        else:
            with open(name, "rb") as stream:
                raw, folder = stream.read(MAX_FILE + 1), Path(name).parent
    except OSError as error:
        hint = "check the path" if name.endswith(".json") else "give NAME=VALUE, or the path of a JSON file"
        raise InputError(f"{name}: cannot be read: {(error.strerror or str(error)).lower()}", code="FMP811",
                         hint=hint) from None
    except ValueError:
        raise InputError(f"{name!r}: not a path", code="FMP811", hint="check the path") from None
    if len(raw) > MAX_FILE:
        raise InputError(f"{name}: larger than {MAX_FILE:,} bytes", code="FMP811", hint="give the inputs one by one")
    try:
        found = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name}: not JSON: {error}", code="FMP816",
                         hint='a file of inputs is one object, as in {"image": "photo.jpg"}') from None
    if not isinstance(found, dict):
        raise InputError(f"{name}: holds a {type(found).__name__}, not an object", code="FMP816",
                         hint='a file of inputs is one object, as in {"image": "photo.jpg"}')
    return {key: from_python(value, types[key], limits, folder, name=key) if key in types else value
            for key, value in found.items()}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key stands there twice")
    return made


def usage_of(params: tuple[Parameter, ...]) -> str:
    """How the inputs of an entry are given."""
    return " ".join(f"{p.name}={str(p.type).replace(' ', '')}" for p in params)
