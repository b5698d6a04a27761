"""The file of a ledger: SQLite in WAL mode, each transaction synchronised to the disk before it is acknowledged.

Nothing is opened or made before the first call that needs it, so a run that fails at the door leaves no file.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from fmplang.errors import LedgerError
from fmplang.ledger.schema import APPLICATION, VERSION, schema

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

BUSY_SECONDS = 10  # how long a transaction waits for another process's


class SqliteFile:
    """Transactions on a ledger's file, and its troubles as LedgerErrors (FMP821 to FMP824) that say what to do.
    `parents`: whether missing folders are made."""

    def __init__(self, path: Path, parents: bool) -> None:
        self.path = path
        self.where = str(path)
        self._parents = parents
        self._engine: Engine | None = None
        self._writable = False
        self._filled = False
        self._lock = threading.Lock()
        self._gathering = False
        self._open: Connection | None = None  # of the transaction that `commit` ends

    @contextmanager
    def transaction(self, *, make: bool = True) -> Iterator[Connection]:
        """One transaction that is on the disk when the block ends, and not there at all when it raises."""
        with self._errors():
            if not self._writable:
                self._open_for_writing(make)
            if not self._gathering:
                with self._connected().begin() as connection:
                    yield connection
                return
            if self._open is None:
                self._open = self._connected().connect()
                self._open.begin()
            with self._open.begin_nested():
                yield self._open

    def gather(self) -> None:
        """From here to `commit` all transactions are parts of one."""
        self._gathering = True

    def commit(self) -> None:
        """Put what was gathered on the disk."""
        self._gathering = False
        connection, self._open = self._open, None
        if connection is not None:
            with self._errors(), connection:  # leaving it gives up what could not be committed
                connection.commit()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One view of the file, in which nothing changes."""
        if self._open is not None:  # sees what it has written itself
            with self._errors():
                yield self._open
            return
        with self._errors(), self._connected().connect().execution_options(write=False) as connection:
            self._recognise(connection)
            yield connection

    def close(self) -> None:
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
            self._engine = None
            self._writable = False

    # ---------------------------------------------------------------- opening

    def _connected(self) -> Engine:
        with self._lock:
            if self._engine is None:
                from sqlalchemy import create_engine, event
                from sqlalchemy.engine import URL

                engine = create_engine(URL.create("sqlite", database=str(self.path)),
                                       connect_args={"timeout": BUSY_SECONDS})
                event.listen(engine, "connect", _on_connect)
                event.listen(engine, "begin", _on_begin)
                self._engine = engine
            return self._engine

    def _open_for_writing(self, make: bool) -> None:
        if make:
            self._make_file()
        with self._connected().begin() as connection:
            if self._is_empty(connection):
                schema().metadata.create_all(connection)
                connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION}")
                connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")
            self._recognise(connection)
        self._switch_to_wal()
        self._writable = True

    def _switch_to_wal(self) -> None:
        """Outside of any transaction, and after the file is known to be ours. SQLite does not wait for others here."""
        raw = self._connected().raw_connection()
        try:
            until = monotonic() + BUSY_SECONDS
            while True:
                try:
                    raw.cursor().execute("PRAGMA journal_mode = WAL")
                    return
                except sqlite3.OperationalError as error:
                    if "locked" not in str(error) or monotonic() > until:
                        raise
                    sleep(0.01)
        finally:
            raw.close()

    def _make_file(self) -> None:
        """The runs may hold private texts: the file is for its owner only, from its first byte."""
        folder = self.path.parent
        if self._parents:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        elif not folder.is_dir():
            raise LedgerError(f"there is no folder {folder} for the ledger", code="FMP821",
                              hint="make it, or name another path with --ledger")
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            pass

    def begun(self) -> bool:
        """Whether there is a ledger: not where the file is missing, or was made and never filled, as by a kill."""
        if self._filled or not self.path.exists():
            return self._filled
        with self._errors(), self._connected().connect().execution_options(write=False) as connection:
            self._filled = not self._is_empty(connection)
        return self._filled

    def _is_empty(self, connection: Connection) -> bool:
        return connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar() == 0

    def _recognise(self, connection: Connection) -> None:
        if connection.exec_driver_sql("PRAGMA application_id").scalar() != APPLICATION:
            raise LedgerError(f"{self.where} is a database of something else, not a ledger", code="FMP822",
                              hint="name another file with --ledger")
        version = connection.exec_driver_sql("PRAGMA user_version").scalar()
        if version != VERSION:
            raise LedgerError(
                f"{self.where} is a ledger of version {version}; this fmplang reads version {VERSION}", code="FMP823",
                hint="use the fmplang that wrote it, or begin a new ledger with --ledger",
            )

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Trouble with the file as a LedgerError that says what to do."""
        from sqlalchemy.exc import SQLAlchemyError

        try:
            yield
        except OSError as error:
            raise LedgerError(f"the ledger {self.where} cannot be opened: {error.strerror or error}", code="FMP821",
                              hint="name a file that you may write with --ledger") from None
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise self._told(str(getattr(error, "orig", None) or error)) from None

    def _told(self, cause: str) -> LedgerError:
        low = cause.lower()
        if "not a database" in low or "malformed" in low or "no such table" in low:
            return LedgerError(f"{self.where} is not a ledger, or is damaged: {cause}", code="FMP822",
                               hint="name another file with --ledger; what can be read, `sqlite3 FILE .recover` saves")
        if "unable to open" in low or "readonly" in low:
            return LedgerError(f"the ledger {self.where} cannot be written: {cause}", code="FMP821",
                               hint="name a file in a folder that you may write with --ledger")
        if "locked" in low:
            return LedgerError(f"the ledger {self.where} is in use by another process: {cause}", code="FMP824",
                               hint="try again when the other run has ended")
        return LedgerError(f"the ledger {self.where} could not take what was to be recorded: {cause}", code="FMP824",
                           hint="make room on the disk; what was acknowledged before is still there")


def _on_connect(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # the driver's own transactions begin too late: ours begin in _on_begin
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _on_begin(connection: Connection) -> None:
    # A writer takes its lock at the start, where waiting for another writer is possible.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("write", True) else "BEGIN")
