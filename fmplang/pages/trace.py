"""The page of one run: question, answer, pictures, the program's text with what ran of it, and every call in order."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from fmplang.errors import FmpError
from fmplang.pages.cards import card, film, gallery, value_text, wave
from fmplang.pages.head import LOOKS, MOST, Judgement, head, question
from fmplang.pages.listing import Linked, library, listing
from fmplang.pages.pictures import Pictures
from fmplang.pages.places import Place, own_place
from fmplang.pages.style import SCRIPT, STYLE
from fmplang.pages.text import counted, number, safe
from fmplang.runtime.program import Program
from fmplang.runtime.trace import RunRecord
from fmplang.runtime.values.audio import Audio
from fmplang.runtime.values.images import Image
from fmplang.runtime.values.video import Video
from fmplang.syntax.source import Span

NOTES = 20_000  # characters of what the program printed


def trace_page(program: Program, run: RunRecord, credit: Mapping[str, Any], outcome: Judgement | None = None,
               error: FmpError | None = None) -> str:
    """A whole HTML page, self-contained: it loads nothing and can be read without its few lines of script.

    `credit` is what fmplang.host.credit.credit_of gives for the run. `error` is what the run failed with, for its hint
    and its place in the program; without it a failed run shows its record's error only. The same arguments give the
    same bytes.
    """
    pictures = Pictures()
    places = {site: own_place(program.typed, site)
              for site in {call.site for call in run.calls} | {idle["site"] for idle in credit["not_executed"]}}
    title = question(program)
    parts = [
        '<div class="lead">',
        head(program, run, credit, outcome, error, pictures, title), _inputs(run, pictures),
        '</div><div class="columns">',
        _program(program, run, credit, places, error),
        _calls(run, credit, places, pictures),
        "</div>",
        _idle(credit, places), _recoveries(program, run), _abandoned(run), _notes(run), _legend(credit),
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
    return ('<section class="given" aria-label="Inputs"><h2>Given</h2>'
            f'<div class="inputs">{"".join(shown)}</div></section>')


def _program(program: Program, run: RunRecord, credit: Mapping[str, Any], places: Mapping[str, Place | None],
             error: FmpError | None) -> str:
    by_span: dict[Span, list[tuple[int, str]]] = {}
    for index, call in enumerate(run.calls[:MOST]):
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
                      for index, call in enumerate(run.calls[:MOST]))
    more = f"<p>{counted(len(run.calls) - MOST, 'more call')}, not shown.</p>" if len(run.calls) > MOST else ""
    return f'{head}<ol class="cards">{cards}</ol>{more}</section>'


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


def _recoveries(program: Program, run: RunRecord) -> str:
    """What was asked again since an assertion had failed."""
    rows = []
    for one in run.recoveries:
        line = ""
        if one.source == program.source.name:
            at = program.source.position(one.span[0])[0]
            line = f' in <a href="#L{at}">line {at}</a>'
        told = f": {safe(one.told)}" if one.told else ""
        kept = ", and the run stood on its answer in the end" if one.mended else ""
        rows.append(f"<li>The assertion{line} failed with the answer of {safe(one.before)}; {safe(one.after)} was "
                    f"asked at site <code>{safe(one.site)}</code>, cost {number(one.cost)}{told}{kept}.</li>")
    if not rows:
        return ""
    return f'<section class="plainlist"><h2>Begun anew</h2><ul>{"".join(rows)}</ul></section>'


def _abandoned(run: RunRecord) -> str:
    if not run.abandoned:
        return ""
    rows = "".join(
        f"<li><code>{safe(call.function)}</code> of {safe(call.backend)}, site <code>{safe(call.site)}</code>, "
        f"cost {number(call.spent)}{f', {safe(call.error)}' if call.error else ''}</li>" for call in run.abandoned)
    return ('<section class="plainlist"><h2>Given up</h2><p>These calls were paid for; then the run was begun anew.'
            f"</p><ul>{rows}</ul></section>")


def _notes(run: RunRecord) -> str:
    if not run.notes:
        return ""
    text = safe("\n".join(run.notes), keep="\n\t", most=NOTES)
    return f'<section><h2>Printed</h2><pre class="notes">{text}</pre></section>'


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
        "<p><b>Credit</b> belongs to an answer that was used, against one other backend: how good the outcome was, "
        "less how good it would have been with only that answer exchanged and the program run again. It is 0 where "
        "nothing would differ; where the final answer would be another one, it takes an outcome to know it. Costs are "
        "told apart: at the call itself, and in all later calls.</p>"
        "<p><b>Chance</b> is the probability with which the policy chose each backend. Prices and costs count the "
        "pool's unit.</p></footer>")


