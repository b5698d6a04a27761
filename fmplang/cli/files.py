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


PAGES = (".html", ".htm")


def check_page(path: str) -> None:
    """Refuse a name that no page can be written to, so that nothing is paid for in vain. ConfigError (FMP833).

    The ending is asked for, since what is there is overwritten: a slip does not cost a program or a picture.
    """
    target = Path(path)
    try:
        if not path.lower().endswith(PAGES):
            raise _no_page(path, "its name does not end in .html", "as in --trace run.html")
        if target.exists() and not target.is_file():
            raise _no_page(path, "it is there and is no file", "give another name")
        if not target.resolve().parent.is_dir():
            raise _no_page(path, "there is no such folder", "make the folder first")
        if not os.access(target if target.exists() else target.resolve().parent, os.W_OK):
            raise _no_page(path, "permission denied", "check its permissions, or give another name")
    except (OSError, ValueError) as error:
        raise _no_page(repr(path), str(error), "give another name") from None


def write_page(path: str, text: str) -> None:
    """Write a page as a whole, over what is there. ConfigError (FMP833) where that fails."""
    try:
        write_whole(path, text)
    except ConfigError as error:
        raise _no_page(path, error.message.partition(": ")[2], "what was there is as it was") from None


def _no_page(path: str, why: str, hint: str) -> ConfigError:
    return ConfigError(f"the page {path} cannot be written: {why}", code="FMP833", hint=hint)


def write_whole(path: str, text: str) -> None:
    """Replace a file's text at once: whoever reads it sees the old text or the new one. Keeps its mode; a new file gets
    the usual one."""
    import tempfile

    target = Path(path).resolve()  # a link stays a link
    try:
        mode = target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_mask()
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


def _mask() -> int:
    """The process's file mode creation mask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
