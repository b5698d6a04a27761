"""From files and texts to checked programs. Loads nothing that only running needs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from fmplang.errors import ConfigError, ProgramError
from fmplang.limits import Limits
from fmplang.syntax.source import Source

if TYPE_CHECKING:
    from fmplang.runtime.program import Program

BOM = "\ufeff"


def load(path: str | os.PathLike[str], *, limits: Limits | None = None) -> Program:
    """The checked program in a file. Raises ConfigError (FMP830) where it cannot be read, else as `compile`."""
    return compile_source(read_source(path, limits or Limits()), limits)


def compile(text: str, *, name: str = "<program>", limits: Limits | None = None) -> Program:
    """The checked program of a text. Raises ProgramError with all `.diagnostics` where it has errors."""
    if not isinstance(text, str):
        raise ConfigError(f"a program is a text, not {type(text).__name__}", code="FMP830",
                          hint="fmplang.load takes a path")
    return compile_source(Source(text, name), limits)


def compile_source(source: Source, limits: Limits | None = None) -> Program:
    from fmplang.check import check
    from fmplang.runtime.program import Program

    report = check(source, limits or Limits())
    if report.program is None or not report.ok:
        raise ProgramError(report.diagnostics)
    return Program(report.program)


def read_source(path: str | os.PathLike[str], limits: Limits) -> Source:
    """The text of a program file, at most a little more than `limits.source` allows (the checker then says so)."""
    name = os.fspath(path)
    if isinstance(name, bytes):
        name = os.fsdecode(name)
    try:
        with open(name, "rb") as stream:
            raw = stream.read(4 * limits.source + 8)
    except OSError as error:
        raise unreadable(name, (error.strerror or str(error)).lower()) from None
    except ValueError:  # a NUL in the path
        raise unreadable(name, "not a path") from None
    return Source(decode(raw, name, limits), name)


def decode(raw: bytes, name: str, limits: Limits) -> str:
    """UTF-8, with or without a byte order mark."""
    cut = len(raw) > 4 * limits.source  # then the text is too long, wherever its last character was cut
    try:
        return raw.decode("utf-8", "ignore" if cut else "strict").removeprefix(BOM)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise unreadable(name, f"not UTF-8 text: byte 0x{raw[error.start]:02x} in line {line}",
                         "save it as UTF-8") from None


def unreadable(name: str, why: str, hint: str = "check the path of the program") -> ConfigError:
    return ConfigError(f"{name} cannot be read: {why}", code="FMP830", hint=hint)
