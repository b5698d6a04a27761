"""Between records and rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from fmplang.ledger.base import UNFINISHED, StoredOutcome
from fmplang.ledger.plain import dump
from fmplang.runtime.trace import CallRecord, Comparison, RunRecord, Shadow

Row = Mapping[str, Any]
SHADOW = tuple(field.name for field in fields(Shadow))
COMPARISON = tuple(field.name for field in fields(Comparison))


def _told(text: str) -> str:
    """Text as a database takes it: names of files and words of models may hold lone surrogates."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _error(text: str | None) -> str | None:
    return None if text is None else _told(text)


def place_of(call: CallRecord) -> str:
    return ".".join(map(str, call.order))


def run_row(run: RunRecord, started: float, version: str) -> dict[str, Any]:
    return {
        "id": run.id, "started": started, "number": run.number, "program": run.program, "name": _told(run.name),
        "entry": run.entry, "type": run.type, "unit": run.unit, "policy": run.policy, "scale": run.scale,
        "trade_off": run.trade_off, "inputs": dump(run.inputs), "fmplang": version,
    }


def decision_row(run_id: str, call: CallRecord) -> dict[str, Any]:
    return {
        "run_id": run_id, "place": place_of(call), "site": call.site, "source": _told(call.source),
        "span_start": call.span[0], "span_end": call.span[1], "function": call.function,
        "capability": call.capability, "args": dump(call.args), "arms": dump(call.arms), "prices": dump(call.prices),
        "propensities": dump(call.propensities), "arm": call.arm,
        "features": dump(call.features), "note": dump(call.note), "version": call.version,
    }


def answer_row(run_id: str, call: CallRecord) -> dict[str, Any]:
    return {
        "run_id": run_id, "place": place_of(call), "backend": call.backend, "value": dump(call.value),
        "cost": call.cost, "seconds": call.seconds, "cached": int(call.cached), "confidence": call.confidence,
        "flags": dump(call.flags), "attempts": dump(call.attempts),
        "shadows": dump([[getattr(shadow, name) for name in SHADOW] for shadow in call.shadows]),
        "answered": call.answered, "error": _error(call.error),
    }


def finish_row(run: RunRecord, finished: float) -> dict[str, Any]:
    return {
        "run_id": run.id, "finished": finished, "value": dump(run.value), "cost": run.cost, "seconds": run.seconds,
        "notes": dump(run.notes), "executed": dump(run.executed),
        "comparisons": dump([[getattr(one, name) for name in COMPARISON] for one in run.comparisons]),
        "error": _error(run.error),
    }


def call_from(decision: Row, answer: Row | None) -> CallRecord:
    arms = tuple(json.loads(decision["arms"]))
    call = CallRecord(
        site=decision["site"], span=(decision["span_start"], decision["span_end"]), source=decision["source"],
        function=decision["function"], capability=decision["capability"],
        order=tuple(map(int, decision["place"].split("."))), backend=arms[decision["arm"]], arms=arms,
        prices=tuple(json.loads(decision["prices"])), propensities=tuple(json.loads(decision["propensities"])),
        arm=decision["arm"], args=json.loads(decision["args"]), note=json.loads(decision["note"]),
        version=decision["version"],
    )
    features = json.loads(decision["features"])
    call.features = None if features is None else tuple(features)
    if answer is None:
        call.error = UNFINISHED
        return call
    call.backend, call.value, call.error = answer["backend"], json.loads(answer["value"]), answer["error"]
    call.cost, call.seconds, call.cached = answer["cost"], answer["seconds"], bool(answer["cached"])
    call.confidence = answer["confidence"]
    call.flags = tuple(json.loads(answer["flags"]))
    call.attempts = tuple((a[0], a[1]) for a in json.loads(answer["attempts"]))
    call.shadows = tuple(Shadow(**dict(zip(SHADOW, told, strict=True))) for told in json.loads(answer["shadows"]))
    call.answered = answer["answered"]
    call.done = True
    return call


def run_from(run: Row, finish: Row | None, decisions: Iterable[Row], answers: Iterable[Row]) -> RunRecord:
    by_place = {row["place"]: row for row in answers}
    calls = [call_from(row, by_place.get(row["place"])) for row in decisions]
    record = RunRecord(
        id=run["id"], program=run["program"], entry=run["entry"], type=run["type"], name=run["name"],
        unit=run["unit"], policy=run["policy"], number=run["number"], inputs=json.loads(run["inputs"]),
        scale=run["scale"], trade_off=run["trade_off"],
        calls=sorted(calls, key=lambda call: call.order),
    )
    if finish is None:
        record.error = UNFINISHED
        record.cost = sum(call.cost for call in record.calls)
        return record
    record.value, record.error = json.loads(finish["value"]), finish["error"]
    record.cost, record.seconds = finish["cost"], finish["seconds"]
    record.notes = json.loads(finish["notes"])
    record.executed = {name: tuple((s[0], s[1]) for s in spans)
                       for name, spans in json.loads(finish["executed"]).items()}
    record.comparisons = tuple(Comparison(**dict(zip(COMPARISON, told, strict=True)))
                               for told in json.loads(finish["comparisons"]))
    return record


def outcome_from(row: Row) -> StoredOutcome:
    return StoredOutcome(row["id"], row["run_id"], row["reward"], json.loads(row["label"]), row["weight"],
                         row["recorded"])
