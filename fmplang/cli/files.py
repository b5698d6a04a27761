"""Which program files a command line names: files, folders of them, and "-" for standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from fmplang.errors import ConfigError
from fmplang.host.load import decode, read_source
from fmplang.limits import Limits
from fmplang.syntax.source import Source

STDIN = "-"
SUFFIX = ".fmp"


def program_source(name: str, limits: Limits) -> Source:
    """The text of a file, or of standard input for "-"."""
    if name != STDIN:
        return read_source(name, limits)
    raw = sys.stdin.buffer.read(4 * limits.source + 8)
    return Source(decode(raw, "<stdin>", limits), "<stdin>")


def program_files(names: tuple[str, ...]) -> Iterator[str]:
    """The names themselves, with folders replaced by the programs below them, in a fixed order, each once."""
    seen: set[str] = set()
    for name in names:
        found = [name]
        if name != STDIN and os.path.isdir(name):
            found = sorted(str(path) for path in Path(name).rglob("*" + SUFFIX) if path.is_file())
            if not found:
                raise ConfigError(f"there is no {SUFFIX} file in the folder {name}", code="FMP830",
                                  hint="name a file, or another folder")
        for file in found:
            if file not in seen:
                seen.add(file)
                yield file


def write_whole(path: str, text: str) -> None:
    """Replace a file's text at once: whoever reads it sees the old text or the new one. Keeps its mode."""
    import tempfile

    target = Path(path).resolve()  # a link stays a link
    try:
        mode = target.stat().st_mode & 0o7777
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            os.chmod(temporary, mode)
            os.replace(temporary, target)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}", code="FMP831",
                          hint="it is as it was; check its permissions and the room on the disk") from None
