"""What keeps a policy's state a function of the ledger.

The ledger numbers what policies learn from, ends of runs and first outcomes, as events. A policy is told of each event
of its own runs once, in that order, whoever recorded it; it changes by nothing else. So after a crash, or in another
process, its state is had again by telling a new policy the events from the first, or from a snapshot on. An outcome is
counted exactly once, because it is one event, and the state names the last event that it covers.
"""

from __future__ import annotations

import json
import threading
from typing import Any

from fmplang.errors import ConfigError, FmpError, PolicyError
from fmplang.host.decide import policy_name
from fmplang.host.feedback import outcome_for
from fmplang.ledger.base import Ledger, Snapshot, StoredOutcome
from fmplang.policy.base import Policy, learns_nothing
from fmplang.policy.state import pack, unpack
from fmplang.runtime.trace import RunRecord

EVERY = 500  # events between two snapshots of a policy at work
AT_CLOSE = 50  # events since the last snapshot that make another one worth it when all is closed


class Learner:
    """A policy and the place in the ledger up to which it has learned; `row` is the last event that it covers.

    A policy whose `learn` is `learns_nothing` and that observes nothing needs no events. One with `state` and
    `restore` is stored in snapshots, under its name and settings.
    """

    def __init__(self, policy: Policy, ledger: Ledger) -> None:
        self.policy = policy
        self.ledger = ledger
        self.name = policy_name(policy)
        self.row = 0
        self._learns = (getattr(getattr(policy, "learn", None), "__func__", None) is not learns_nothing
                        or getattr(policy, "observe", None) is not None)
        self._stored = self._learns and all(callable(getattr(policy, name, None)) for name in ("state", "restore"))
        self._saved = 0
        self._begun = False
        self._held = False
        self._waiting: list[tuple[int, RunRecord, StoredOutcome | None]] = []  # heard while held
        self._lock = threading.Lock()

    @property
    def key(self) -> str:
        """What a snapshot is kept under: a policy with other settings has another state."""
        return f"{self.name} {json.dumps(getattr(self.policy, 'settings', {}), sort_keys=True, default=str)}"

    def catch_up(self, until: int | None = None) -> None:
        """Tell the policy of all events that it was not told of, or of those up to the event `until`. PolicyError
        (FMP750) where it fails on one. While held, nothing."""
        if not self._learns or self._held:
            return
        with self._lock:
            if not self._begun:
                self._begun = True
                self._from_snapshot(until)
            if self.ledger.last_event() > self.row:
                for event in self.ledger.events(self.row):
                    if until is not None and event.row > until:
                        return
                    self._tell(event.row, event.run.record, event.outcome)

    def hold(self) -> None:
        """Leave the policy as it is until `release`: all decisions in between are made with the same state."""
        self._held = True

    def release(self) -> None:
        """Tell the policy of what has happened since `hold`, in the order of the events."""
        with self._lock:
            self._held = False
            waiting, self._waiting = self._waiting, []
            for row, record, outcome in waiting:
                if row == self.row + 1:
                    self._tell(row, record, outcome)
        if waiting and waiting[-1][0] > self.row:  # others have recorded something in between
            self.catch_up()

    def ended(self, record: RunRecord, row: int) -> None:
        """A run of this process has ended as event `row`: the same as catching up, without reading it again."""
        self._heard(row, record, None)

    def told(self, record: RunRecord, outcome: StoredOutcome, row: int) -> None:
        """An outcome was recorded by this process as event `row`."""
        self._heard(row, record, outcome)

    def save(self, least: int = AT_CLOSE) -> None:
        """Keep a snapshot, where at least so many events have come since the last one."""
        if not self._stored or not self._begun or self.row - self._saved < least:
            return
        if self.ledger.last_event() < self.row:  # the ledger could not keep what was learned from
            return
        try:
            plain, arrays = pack(self.policy.state())  # type: ignore[attr-defined]
        except Exception as error:
            raise self._failed("could not tell its state", error) from error
        self.ledger.save_snapshot(Snapshot(self.key, self.row, plain, arrays))
        self._saved = self.row

    def _heard(self, row: int, record: RunRecord, outcome: StoredOutcome | None) -> None:
        if not self._learns or row == 0:
            return
        with self._lock:
            if self._held:
                self._waiting.append((row, record, outcome))
            elif self._begun and row == self.row + 1:  # else others were before: `catch_up` reads all
                self._tell(row, record, outcome)

    def _tell(self, row: int, record: RunRecord, outcome: StoredOutcome | None) -> None:
        if record.policy == self.name:
            try:
                if outcome is not None:
                    self.policy.learn(record, outcome_for(record, outcome))
                elif (observe := getattr(self.policy, "observe", None)) is not None:
                    observe(record)
            except FmpError:
                raise
            except Exception as error:
                raise self._failed(f"could not learn from run {record.id}", error) from error
        self.row = row
        if self.row - self._saved >= EVERY:
            self.save(EVERY)

    def _from_snapshot(self, until: int | None = None) -> None:
        """Start from the newest snapshot that can be read and is not after `until`; without one, from the first
        event."""
        if not self._stored:
            return
        newest = self.ledger.last_event() if until is None else until
        for snapshot in self.ledger.load_snapshots(self.key):
            if snapshot.row > newest:
                continue
            try:
                state: dict[str, Any] = unpack(snapshot.plain, snapshot.arrays)
            except ValueError:
                continue
            try:
                self.policy.restore(state)  # type: ignore[attr-defined]
            except Exception as error:
                raise ConfigError(
                    f"the snapshot of the policy {self.name} at event {snapshot.row} of {self.ledger.where} does not "
                    f"fit it: {type(error).__name__}: {error}", code="FMP829",
                    hint="begin a new ledger with --ledger, or use the fmplang that wrote this one") from error
            self.row = self._saved = snapshot.row
            return

    def _failed(self, what: str, error: Exception) -> PolicyError:
        return PolicyError(f"the policy {self.name} {what}: {type(error).__name__}: {error}", code="FMP750",
                           hint="what was recorded is kept; take another policy, or mend this one")
