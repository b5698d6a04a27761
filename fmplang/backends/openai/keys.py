"""Keys of servers: from the environment or a file that only its owner may read. A key stands nowhere else.

No object keeps a key: it is read anew for each request, and put into that request's header alone.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass

LONGEST = 10_000  # bytes of a file with a key
SECRET = 12  # characters: a shorter one stands for none, as "EMPTY" does, and would be found in any text


class NoKey(Exception):
    """Why there is no key, and what `mend`s it. Never holds the key."""

    def __init__(self, why: str, mend: str) -> None:
        super().__init__(why)
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Key:
    """Where a key is found: `env` is a variable's name, `file` a path. With neither, the server needs none."""

    env: str = ""
    file: str = ""

    def read(self) -> str:
        """The key, or "" where none is needed. Raises NoKey."""
        if self.env:
            where, text = self.env, os.environ.get(self.env, "").strip()
            if not text:
                raise NoKey(f"the variable {self.env} is not set", f"export {self.env}=...")
        elif self.file:
            where, text = self.file, _from_file(self.file)
        else:
            return ""
        if not text.isascii() or not text.isprintable() or " " in text:
            raise NoKey(f"what {where} holds is no key: it has blanks or letters beyond ASCII", "Copy the key again.")
        return text


def _from_file(path: str) -> str:
    try:
        with open(os.path.expanduser(path), "rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise NoKey(f"others may read or change {path} (its mode is {stat.S_IMODE(mode):04o})",
                            f"chmod 600 {path}, and take a new key if others may have read this one.")
            raw = stream.read(LONGEST + 1)
    except OSError as error:
        raise NoKey(f"{path} cannot be read: {(error.strerror or str(error)).lower()}",
                    "Write the key into that file, and chmod 600 it.") from None
    text = raw.decode("ascii", "replace").strip()
    if not text or len(raw) > LONGEST:
        raise NoKey(f"{path} holds no key", "Write the key into it, and nothing else.")
    return text


def hidden(text: str, key: str) -> str:
    """The text without the key, which a server may have sent back."""
    return text.replace(key, "***") if len(key) >= SECRET else text
