"""Between records and rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from fmplang.ledger.base import UNFINISHED, StoredOutcome
from fmplang.ledger.plain import dump
from fmplang.runtime.trace import ASKED, CallRecord, Comparison, Recovered, RunRecord, Shadow, StreamRow

Row = Mapping[str, Any]
RECOVERED = tuple(field.name for field in fields(Recovered))
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


def stream_row(run_id: str, row: StreamRow) -> dict[str, Any]:
    return {"stream": row.stream, "number": row.row, "run_id": run_id, "digest": row.digest, "first": row.group}


def decision_row(run_id: str, call: CallRecord) -> dict[str, Any]:
    return {
        "run_id": run_id, "place": place_of(call), "round": call.round, "site": call.site, "source": _told(call.source),
        "span_start": call.span[0], "span_end": call.span[1], "function": call.function,
        "capability": call.capability, "args": dump(call.args), "arms": dump(call.arms), "prices": dump(call.prices),
        "propensities": dump(call.propensities), "arm": call.arm,
        "features": dump(call.features), "note": dump(call.note), "version": call.version,
    }


def ask_row(run_id: str, call: CallRecord) -> dict[str, Any]:
    return {"run_id": run_id, "place": place_of(call), "round": call.round, "backend": call.attempts[-1][0]}


def answer_row(run_id: str, call: CallRecord, abandoned: bool) -> dict[str, Any]:
    return {
        "run_id": run_id, "place": place_of(call), "round": call.round, "backend": call.backend,
        "value": dump(call.value), "cost": call.cost, "seconds": call.seconds, "cached": int(call.cached),
        "confidence": call.confidence, "flags": dump(call.flags), "attempts": dump(call.attempts),
        "shadows": dump([[getattr(shadow, name) for name in SHADOW] for shadow in call.shadows]),
        "answered": call.answered, "lost": call.lost, "abandoned": int(abandoned), "error": _error(call.error),
    }


def finish_row(run: RunRecord, finished: float) -> dict[str, Any]:
    return {
        "run_id": run.id, "finished": finished, "value": dump(run.value), "cost": run.cost, "seconds": run.seconds,
        "notes": dump(run.notes), "executed": dump(run.executed),
        "comparisons": dump([[getattr(one, name) for name in COMPARISON] for one in run.comparisons]),
        "recoveries": dump([[getattr(one, name) for name in RECOVERED] for one in run.recoveries]),
        "error": _error(run.error),
    }


def call_from(decision: Row, answer: Row | None, asked: Sequence[str] = ()) -> CallRecord:
    """`asked` are the backends of a call without an answer that were to be asked in the chosen one's place."""
    arms = tuple(json.loads(decision["arms"]))
    call = CallRecord(
        site=decision["site"], span=(decision["span_start"], decision["span_end"]), source=decision["source"],
        function=decision["function"], capability=decision["capability"],
        order=tuple(map(int, decision["place"].split("."))), backend=arms[decision["arm"]], arms=arms,
        prices=tuple(json.loads(decision["prices"])), propensities=tuple(json.loads(decision["propensities"])),
        arm=decision["arm"], args=json.loads(decision["args"]), note=json.loads(decision["note"]),
        version=decision["version"], round=decision["round"],
    )
    features = json.loads(decision["features"])
    call.features = None if features is None else tuple(features)
    if answer is None:
        call.error = UNFINISHED
        call.attempts = tuple((backend, ASKED) for backend in asked)
        return call
    call.backend, call.value, call.error = answer["backend"], json.loads(answer["value"]), answer["error"]
    call.cost, call.seconds, call.cached = answer["cost"], answer["seconds"], bool(answer["cached"])
    call.confidence = answer["confidence"]
    call.flags = tuple(json.loads(answer["flags"]))
    call.attempts = tuple((a[0], a[1]) for a in json.loads(answer["attempts"]))
    call.shadows = tuple(Shadow(**dict(zip(SHADOW, told, strict=True))) for told in json.loads(answer["shadows"]))
    call.answered, call.lost = answer["answered"], answer["lost"]
    call.done = True
    return call


def run_from(run: Row, finish: Row | None, decisions: Sequence[Row], answers: Iterable[Row],
             asks: Iterable[Row] = ()) -> RunRecord:
    by_place = {(row["place"], row["round"]): row for row in answers}
    asked: dict[tuple[str, int], list[str]] = {}
    for row in asks:
        asked.setdefault((row["place"], row["round"]), []).append(row["backend"])
    last: dict[str, int] = {}
    for row in decisions:
        last[row["place"]] = max(row["round"], last.get(row["place"], 0))
    calls: list[CallRecord] = []
    abandoned: list[CallRecord] = []
    for row in decisions:
        key = row["place"], row["round"]
        answer = by_place.get(key)
        left = row["round"] < last[row["place"]] if answer is None else answer["abandoned"]
        (abandoned if left else calls).append(call_from(row, answer, asked.get(key, ())))
    record = RunRecord(
        id=run["id"], program=run["program"], entry=run["entry"], type=run["type"], name=run["name"],
        unit=run["unit"], policy=run["policy"], number=run["number"], inputs=json.loads(run["inputs"]),
        scale=run["scale"], trade_off=run["trade_off"],
        calls=sorted(calls, key=lambda call: call.order),
        abandoned=sorted(abandoned, key=lambda call: (call.round, call.order)),
    )
    if finish is None:
        record.error = UNFINISHED
        record.cost = sum(call.spent for call in (*record.calls, *record.abandoned))
        return record
    record.value, record.error = json.loads(finish["value"]), finish["error"]
    record.cost, record.seconds = finish["cost"], finish["seconds"]
    record.notes = json.loads(finish["notes"])
    record.executed = {name: tuple((s[0], s[1]) for s in spans)
                       for name, spans in json.loads(finish["executed"]).items()}
    record.comparisons = tuple(Comparison(**dict(zip(COMPARISON, told, strict=True)))
                               for told in json.loads(finish["comparisons"]))
    record.recoveries = tuple(map(_recovered, json.loads(finish["recoveries"])))
    return record


def _recovered(told: Sequence[Any]) -> Recovered:
    named = dict(zip(RECOVERED, told, strict=True))
    return Recovered(**{**named, "span": tuple(named["span"]), "order": tuple(named["order"])})


def outcome_from(row: Row) -> StoredOutcome:
    return StoredOutcome(row["id"], row["run_id"], row["reward"], json.loads(row["label"]), row["weight"],
                         row["recorded"])
