"""Kept answers in a file: SQLite in WAL mode, so that many processes may share it; the least used make room.

A cache is no record: what is lost in a crash is asked again, so it is not synchronised to the disk at every write, and
trouble with it (a full disk, a damaged file) leaves the run without a cache, and never fails it.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path
from time import time

APPLICATION = 0x464D5043  # "FMPC" in SQLite's header
SIZE = 256 * 1024 * 1024  # bytes of answers, by default
_LOOK = 100  # writes between two looks at the size
_FRESH = 3600  # seconds after which a hit counts as a use again


class FileStore:
    """Answers by key in the file at `path`, at most `size` bytes of them. `trouble` says what keeps it from working."""

    def __init__(self, path: Path, size: int = SIZE) -> None:
        self.path = path
        self.size = size
        self.trouble = ""
        self._local = threading.local()
        self._writes = 0

    def get(self, key: bytes) -> str | None:
        connection = self._connected(make=False)
        if connection is None:
            return None
        try:
            found = connection.execute("SELECT text, used FROM answers WHERE key = ?", (key,)).fetchone()
            if found is None:
                return None
            if time() - found[1] > _FRESH:
                with suppress(sqlite3.OperationalError):  # another process writes: this use is not noted
                    connection.execute("UPDATE answers SET used = ? WHERE key = ?", (time(), key))
            return str(found[0])
        except sqlite3.Error as error:
            self._give_up(error)
            return None

    def put(self, key: bytes, text: str) -> None:
        connection = self._connected(make=True)
        if connection is None:
            return
        try:
            connection.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)",
                               (key, text, len(text) + 64, time()))
            self._writes += 1
            if self._writes % _LOOK == 1:
                self._make_room(connection)
        except sqlite3.Error as error:
            self._give_up(error)

    def counted(self) -> tuple[int, int]:
        """How many answers there are, and their bytes."""
        connection = self._connected(make=False)
        if connection is None:
            return 0, 0
        found = connection.execute("SELECT count(*), coalesce(sum(size), 0) FROM answers").fetchone()
        return int(found[0]), int(found[1])

    def clear(self) -> None:
        """Forget all answers."""
        connection = self._connected(make=False)
        if connection is not None:
            connection.execute("DELETE FROM answers")
            connection.execute("VACUUM")

    def close(self) -> None:
        """Closes this thread's connection; others' close with their threads."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def _make_room(self, connection: sqlite3.Connection) -> None:
        """Where there is too much, leave nine tenths of what may be, the newest used."""
        total = connection.execute("SELECT coalesce(sum(size), 0) FROM answers").fetchone()[0]
        if total <= self.size:
            return
        connection.execute(
            "DELETE FROM answers WHERE key IN (SELECT key FROM (SELECT key, sum(size) OVER (ORDER BY used DESC, key) "
            "AS upto FROM answers) WHERE upto > ?)", (self.size * 9 // 10,))

    def _connected(self, make: bool) -> sqlite3.Connection | None:
        if self.trouble:
            return None
        known: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if known is not None:
            return known
        if not make and not self.path.exists():
            return None
        try:
            self._local.connection = made = self._open()
        except (OSError, sqlite3.Error) as error:
            self._give_up(error)
            return None
        return made

    def _open(self) -> sqlite3.Connection:
        """For the owner only: answers may hold private texts."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        connection = sqlite3.connect(self.path, timeout=5, isolation_level=None, check_same_thread=False)
        try:
            if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
                connection.execute(f"PRAGMA application_id = {APPLICATION}")
            elif connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
                raise sqlite3.DatabaseError("it is a database of something else")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("CREATE TABLE IF NOT EXISTS answers (key BLOB PRIMARY KEY, text TEXT NOT NULL, "
                               "size INTEGER NOT NULL, used REAL NOT NULL) WITHOUT ROWID")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _give_up(self, error: Exception) -> None:
        if "locked" in str(error):  # busy for long: this answer is not kept, the next may be
            return
        self.trouble = f"answers are not kept in {self.path}: {error}"
