"""The head of a run's page: what was asked, what came out, and what it took."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

from fmplang.errors import FmpError
from fmplang.pages.cards import gallery, value_text
from fmplang.pages.pictures import Pictures
from fmplang.pages.text import number, safe, seconds
from fmplang.runtime.program import Program
from fmplang.runtime.trace import RunRecord
from fmplang.runtime.values import RecordValue, fields_of

FEW = 24  # calls whose costs are set apart in the bar
MOST = 400  # calls that are shown one by one
LOOKS = {"data": "data", "control": "control", "no": "none", None: ""}


class Judgement(Protocol):
    """What was said of the answer afterwards: an outcome."""

    @property
    def reward(self) -> float: ...

    @property
    def label(self) -> Any: ...


def question(program: Program) -> str:
    """The first paragraph of the program's docstring, or its name and entry."""
    doc = program.typed.module.doc.strip() or program.entry.node.doc.strip()
    first = " ".join(doc.split("\n\n")[0].split())
    return first or f"{program.entry.name} of {program.source.name}"


def head(program: Program, run: RunRecord, credit: Mapping[str, Any], outcome: Judgement | None,
          error: FmpError | None, pictures: Pictures, title: str) -> str:
    kicker = f'<p class="kicker">One run of <code>{safe(program.source.name, most=200)}</code></p>'
    answer = _failure(program, run, error) if run.error is not None else _answer(run, outcome, pictures)
    asked, rest = _first_sentence(title)
    more = f'<p class="subtitle">{safe(rest, most=600)}</p>' if rest else ""
    return f"<header>{kicker}<h1>{safe(asked, most=300)}</h1>{more}{answer}{_facts(run, credit, outcome)}</header>"


def _first_sentence(text: str) -> tuple[str, str]:
    found = re.match(r"(.{10,}?[.?!])\s+(.+)", text)
    return (found.group(1), found.group(2)) if found else (text, "")


def _answer(run: RunRecord, outcome: Judgement | None, pictures: Pictures) -> str:
    text = value_text(run.value)
    size = "long" if len(text) > 120 else "middle" if len(text) > 24 else ""
    shown = f'<p class="final">{text}</p>'
    if isinstance(run.value, RecordValue):
        size = "long"
        parts = "".join(f"<div><dt>{safe(name)}</dt><dd>{value_text(part)}</dd></div>"
                        for name, part in fields_of(run.value))
        shown = f'<p class="kind">{safe(run.value.__shape__.name)}</p><dl class="record">{parts}</dl>'
    verdict = ""
    if outcome is not None:
        look = "good" if outcome.reward >= 1 else "bad" if outcome.reward <= 0 else ""
        label = "" if outcome.label is None else f", should be {safe(str(outcome.label), most=200)}"
        verdict = f'<p class="verdict {look}">judged: reward {number(outcome.reward)}{label}</p>'
    return (f'<div class="answer {size}"><p class="label">Answer</p>{shown}{verdict}'
            f"{gallery(run.value, pictures)}</div>")


def _failure(program: Program, run: RunRecord, error: FmpError | None) -> str:
    told = run.error or ""
    where = hint = ""
    if error is not None:
        told = f"{error.code}: {error.message}"
        hint = f'<p class="hint">{safe(error.hint, keep=chr(10))}</p>' if error.hint else ""
        if error.source is not None and error.span is not None:
            line, column = error.source.position(error.span.start)
            link = f'<a href="#L{line}">line {line}</a>' if error.source.name == program.source.name else f"line {line}"
            text = safe(error.source.line(line).strip(), most=300)
            where = f'<p class="place">{safe(error.source.name)}, {link}, column {column}: <code>{text}</code></p>'
    return (f'<div class="answer failure"><p class="label">The run failed</p>'
            f'<p class="final">{safe(told, most=600)}</p>{where}{hint}</div>')


def _facts(run: RunRecord, credit: Mapping[str, Any], outcome: Judgement | None) -> str:
    backends: dict[str, int] = {}
    for call in run.calls:
        backends[call.backend] = backends.get(call.backend, 0) + 1
    used = ", ".join(f"{safe(name)}{f' ×{count}' if count > 1 else ''}" for name, count in backends.items())
    rows = [
        ("Calls", f"{len(run.calls):,}{_depended(credit)}"),
        ("Answered by", used or "nobody was asked"),
        ("Time", seconds(run.seconds)),
        ("Policy", safe(run.policy or "unknown")),
        ("Run", f"<code>{safe(run.id)}</code>"),
    ]
    listed = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in rows)
    return f'{_cost(run, credit)}<dl class="facts">{listed}</dl>'


def _depended(credit: Mapping[str, Any]) -> str:
    known = [call["depended"] for call in credit["calls"] if call["depended"] is not None]
    if not known:
        return ""
    return f", the answer depends on {sum(one != 'no' for one in known)}"


def _cost(run: RunRecord, credit: Mapping[str, Any]) -> str:
    """What the run cost, as a bar beside what the dearest backends would have cost."""
    if not run.calls:
        return ""
    shadows = sum(call["shadow_cost"] for call in credit["calls"])
    own = sum(call.cost for call in run.calls)
    lost = run.cost - own - shadows
    lost = lost if lost > 1e-9 * run.cost else 0.0
    strongest = credit["strongest"]["cost"]
    whole = max(run.cost, own + shadows + lost, strongest)
    told = [f"<b>{number(run.cost)}</b>{f' {safe(run.unit)}' if run.unit else ''}"]
    if shadows > 0:
        told.append(f"{number(own)} for the answers used, {number(shadows)} for asking the others as well.")
    if lost > 0:
        told.append(f"{number(lost)} for asks that gave no answer and for calls that were given up.")
    if strongest > 0:
        ratio = float(f"{strongest / own:.2g}") if own > 0 else 0.0
        times = f", {number(ratio)} times the cost of the answers used" if ratio > 1 else ""
        what = "The strongest backend everywhere would have cost {}{}, with the same answers throughout." if \
            credit["strongest"]["exact"] else "The dearest backends would have cost {} for the same calls{}."
        told.append(what.format(number(strongest), times))
    bars = ""
    if whole > 0:
        bits = "".join(f'<a class="bit {LOOKS[worth["depended"]]}" tabindex="-1" href="#call-{place}" style="width:'
                       f'{100 * call.cost / whole:.4f}%" title="call {place}: {number(call.cost)}"></a>'
                       for place, (call, worth) in enumerate(zip(run.calls[:MOST], credit["calls"], strict=False), 1)
                       if call.cost > 0)
        for look, cost in (("shadow", shadows), ("lost", lost)):
            if cost > 0:
                bits += f'<span class="bit {look}" style="width:{100 * cost / whole:.2f}%"></span>'
        few = " few" if len(run.calls) <= FEW and own > whole / 10 else ""  # lines between small ones would hide them
        bars = f'<div class="costbar{few}" aria-hidden="true">{bits}</div>'
    return f'<div class="cost"><p class="label">Cost</p>{bars}<p>{"<br>".join(told)}</p></div>'
