"""The page of one run: question, answer, pictures, the program's text with what ran of it, and every call in order."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from fmplang.errors import FmpError
from fmplang.pages.cards import HELD, card, film, gallery, value_text, wave
from fmplang.pages.listing import Linked, library, listing
from fmplang.pages.pictures import Pictures
from fmplang.pages.places import Place, own_place
from fmplang.pages.style import SCRIPT, STYLE
from fmplang.pages.text import counted, number, percent, safe, seconds, spelled
from fmplang.policy.base import Outcome
from fmplang.runtime.program import Program
from fmplang.runtime.trace import RunRecord
from fmplang.runtime.values.audio import Audio
from fmplang.runtime.values.images import Image
from fmplang.runtime.values.video import Video
from fmplang.syntax.source import Span

CARDS = 400  # calls that get a card
NOTES = 20_000  # characters of what the program printed
LOOKS = {"data": "data", "control": "control", "no": "none", None: ""}


def trace_page(program: Program, run: RunRecord, credit: Mapping[str, Any], outcome: Outcome | None = None,
               error: FmpError | None = None) -> str:
    """A whole HTML page, self-contained: it loads nothing and can be read without its few lines of script.

    `credit` is what fmplang.host.credit.credit_of gives for the run. `error` is what the run failed with, for its hint
    and its place in the program; without it a failed run shows its record's error only. The same arguments give the
    same bytes.
    """
    pictures = Pictures()
    places = {site: own_place(program.typed, site)
              for site in {call.site for call in run.calls} | {idle["site"] for idle in credit["not_executed"]}}
    title = _question(program)
    parts = [
        '<div class="lead">',
        _head(program, run, credit, outcome, error, pictures, title), _inputs(run, pictures),
        '</div><div class="columns">',
        _program(program, run, credit, places, error),
        _calls(run, credit, places, pictures),
        "</div>",
        _idle(credit, places), _abandoned(run), _notes(run), _legend(credit),
    ]
    body = "\n".join(part for part in parts if part)
    allowed = b64encode(sha256(SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{allowed}'"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f'<meta name="generator" content="fmplang">\n<title>{safe(title, most=120)}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n{pictures.hidden()}\n<main>\n{body}\n</main>\n"
        f"<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def _question(program: Program) -> str:
    """The first paragraph of the program's docstring, or its name and entry."""
    doc = program.typed.module.doc.strip() or program.entry.node.doc.strip()
    first = " ".join(doc.split("\n\n")[0].split())
    return first or f"{program.entry.name} of {program.source.name}"


# ---------------------------------------------------------------------------- the head


def _head(program: Program, run: RunRecord, credit: Mapping[str, Any], outcome: Outcome | None,
          error: FmpError | None, pictures: Pictures, title: str) -> str:
    kicker = f'<p class="kicker">One run of <code>{safe(program.source.name, most=200)}</code></p>'
    answer = _failure(program, run, error) if run.error is not None else _answer(run, outcome, pictures)
    return f"<header>{kicker}<h1>{safe(title, most=400)}</h1>{answer}{_facts(run, credit, outcome)}</header>"


def _answer(run: RunRecord, outcome: Outcome | None, pictures: Pictures) -> str:
    text = value_text(run.value)
    size = "long" if len(text) > 160 else "middle" if len(text) > 24 else ""
    verdict = ""
    if outcome is not None:
        look = "good" if outcome.reward >= 1 else "bad" if outcome.reward <= 0 else ""
        label = "" if outcome.label is None else f", should be {safe(outcome.label, most=200)}"
        verdict = f'<p class="verdict {look}">judged: reward {number(outcome.reward)}{label}</p>'
    return (f'<div class="answer {size}"><p class="label">Answer</p><p class="final">{text}</p>{verdict}'
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
    return (f'<div class="answer failure"><p class="label">The run failed</p><p class="final">{safe(told, most=600)}</p>'
            f"{where}{hint}</div>")


def _facts(run: RunRecord, credit: Mapping[str, Any], outcome: Outcome | None) -> str:
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
    lost = sum(call.cost for call in run.abandoned)
    strongest = credit["strongest"]["cost"]
    whole = max(run.cost, own + shadows + lost, strongest)
    told = [f"<b>{number(run.cost)}</b>{f' {safe(run.unit)}' if run.unit else ''}"]
    if shadows > 0:
        told.append(f"{number(own)} for the answers used, {number(shadows)} for asking the others as well.")
    if lost > 0:
        told.append(f"{number(lost)} for calls that were given up.")
    if strongest > 0:
        times = f", {number(float(f'{strongest / own:.2g}'))} times the cost of the answers used" if 0 < own < strongest else ""
        what = "The strongest backend everywhere would have cost {}{}, with the same answers throughout." if \
            credit["strongest"]["exact"] else "The dearest backends would have cost {} for the same calls{}."
        told.append(what.format(number(strongest), times))
    bars = ""
    if whole > 0:
        bits = "".join(f'<a class="bit {LOOKS[worth["depended"]]}" href="#call-{place}" style="width:'
                       f'{100 * call.cost / whole:.2f}%" title="call {place}: {number(call.cost)}"></a>'
                       for place, (call, worth) in enumerate(zip(run.calls, credit["calls"], strict=True), 1)
                       if call.cost > 0)
        for look, cost in (("shadow", shadows), ("lost", lost)):
            if cost > 0:
                bits += f'<span class="bit {look}" style="width:{100 * cost / whole:.2f}%"></span>'
        bars = f'<div class="costbar" aria-hidden="true">{bits}</div>'
    return f'<div class="cost"><p class="label">Cost</p>{bars}<p>{"<br>".join(told)}</p></div>'


# --------------------------------------------------------------------- the middle


def _inputs(run: RunRecord, pictures: Pictures) -> str:
    shown = []
    for name, value in run.inputs.items():
        if isinstance(value, Image):
            alt = f"the input {name}, {value.width} by {value.height} pixels"
            figure = (f"<figure>{pictures.show(value, alt, kind='input')}"
                      f"<figcaption><code>{safe(name)}</code> {value.width} × {value.height}</figcaption></figure>")
        elif isinstance(value, Video):
            figure = film(value, name, pictures)
        elif isinstance(value, Audio):
            figure = f"<figure>{wave(value, name)}<figcaption><code>{safe(name)}</code></figcaption></figure>"
        else:
            figure = (f'<div class="input"><code>{safe(name)}</code><pre>{value_text(value)}</pre>'
                      f"{gallery(value, pictures)}</div>")
        shown.append(figure)
    if not shown:
        return ""
    held = "" if any(isinstance(value, HELD) for value in run.inputs.values()) else " plain"
    return f'<section class="given" aria-label="Inputs"><h2>Given</h2><div class="inputs{held}">{"".join(shown)}</div></section>'


def _program(program: Program, run: RunRecord, credit: Mapping[str, Any], places: Mapping[str, Place | None],
             error: FmpError | None) -> str:
    by_span: dict[Span, list[tuple[int, str]]] = {}
    for index, call in enumerate(run.calls[:CARDS]):
        place = places.get(call.site)
        if place is not None:
            look = LOOKS[credit["calls"][index]["depended"]]
            by_span.setdefault(place.span, []).append((index + 1, look))
    for idle in credit["not_executed"]:
        place = places.get(idle["site"])
        if place is not None:
            by_span.setdefault(place.span, [])
    sites = [Linked(span, tuple(calls)) for span, calls in by_span.items()]
    failed = None
    if error is not None and error.source is not None and error.source.name == program.source.name:
        failed = error.span
    kept = credit["statements"]
    return ('<section class="program" aria-labelledby="program"><h2 id="program">Program</h2>'
            f'<div class="scroll">{listing(program.typed, run.executed, kept, sites, failed)}</div>'
            f"{library(program.typed, run.executed, kept)}</section>")


def _calls(run: RunRecord, credit: Mapping[str, Any], places: Mapping[str, Place | None],
           pictures: Pictures) -> str:
    head = '<section class="steps" aria-labelledby="calls"><h2 id="calls">Calls</h2>'
    if not run.calls:
        return f"{head}<p>The program asked no model in this run.</p></section>"
    cards = "\n".join(card(run, index, credit, places.get(call.site), pictures)
                      for index, call in enumerate(run.calls[:CARDS]))
    more = f"<p>{counted(len(run.calls) - CARDS, 'more call')}, not shown.</p>" if len(run.calls) > CARDS else ""
    return f'{head}<ol class="cards">{cards}</ol>{more}</section>'


# ------------------------------------------------------------------------- the end


def _idle(credit: Mapping[str, Any], places: Mapping[str, Place | None]) -> str:
    rows = []
    for idle in credit["not_executed"]:
        place = places.get(idle["site"])
        line = "" if place is None else place.source.position(place.span.start)[0]
        link = f'<a href="#L{line}">line {line}</a>' if line else f"{safe(idle['file'])}, line {idle['line']}"
        rows.append(f"<li><code>{safe(idle['primitive'])}</code> {link}, site <code>{safe(idle['site'])}</code></li>")
    if not rows:
        return ""
    more = "<li>and more</li>" if credit["not_executed_more"] else ""
    return (f'<section class="plainlist"><h2>Not asked in this run</h2><ul>{"".join(rows)}{more}</ul></section>')


def _abandoned(run: RunRecord) -> str:
    if not run.abandoned:
        return ""
    rows = "".join(
        f"<li><code>{safe(call.function)}</code> of {safe(call.backend)}, site <code>{safe(call.site)}</code>, "
        f"cost {number(call.cost)}{f', {safe(call.error)}' if call.error else ''}</li>" for call in run.abandoned)
    return ('<section class="plainlist"><h2>Given up</h2><p>These calls were paid for; then the run was begun anew.'
            f"</p><ul>{rows}</ul></section>")


def _notes(run: RunRecord) -> str:
    if not run.notes:
        return ""
    return f'<section><h2>Printed</h2><pre class="notes">{safe(_joined(run.notes), keep=chr(10) + chr(9), most=NOTES)}' \
           "</pre></section>"


def _joined(notes: Sequence[str]) -> str:
    return "\n".join(notes)


def _legend(credit: Mapping[str, Any]) -> str:
    marks = ['<li><span class="key ran"></span>a line that ran</li>',
             '<li><span class="key idle"></span>a line that did not run</li>']
    if credit["statements"] is not None:
        marks.insert(0, '<li><span class="key kept"></span>a line that ran and that the answer depends on</li>')
        marks += ['<li><span class="dot data"></span>the answer is made from this call</li>',
                  '<li><span class="dot control"></span>the answer depends on it, by a condition</li>',
                  '<li><span class="dot none"></span>the answer does not depend on it</li>']
    return (
        f'<footer><h2>How to read this</h2><ul class="legend">{"".join(marks)}</ul>'
        "<p><b>Credit</b> belongs to an answer that was used, against one other backend: how good the outcome was, less "
        "how good it would have been with only that answer exchanged and the program run again. It is 0 where nothing "
        "would differ; where the final answer would be another one, it takes an outcome to know it. Costs are told "
        "apart: at the call itself, and in all later calls.</p>"
        "<p><b>Chance</b> is the probability with which the policy chose each backend. Prices and costs count the "
        "pool's unit.</p></footer>")


