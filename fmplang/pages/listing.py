"""The program's text as a page shows it: numbered lines, what ran marked, each call site linked to its calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from fmplang.check.typed import FunctionInfo, TypedProgram
from fmplang.pages.places import IDLE, KEPT, PLAIN, RAN, Spans, line_marks
from fmplang.pages.text import safe
from fmplang.syntax.source import Source, Span

LINE = 400  # characters of a line that are shown
LINES = 2000  # lines that are shown
BADGES = 8  # calls of one line that are linked by number

_STATES = {PLAIN: ("", ""), IDLE: ("idle", "did not run"), RAN: ("ran", "ran"),
           KEPT: ("ran kept", "ran, and the answer depends on it")}
_PARTS = re.compile(
    r'(?P<s>"""[\s\S]*?(?:"""|\Z)|"(?:\\.|[^"\\\n])*"?|\'(?:\\.|[^\'\\\n])*\'?)|(?P<c>#[^\n]*)'
    r"|(?P<k>\b(?:def|class|return|for|in|if|elif|else|and|or|not|is|lambda|break|continue|pass|assert|from|import"
    r"|True|False|None)\b|@neural)")


class Linked(NamedTuple):
    """A call site in the text: its span, and the numbers (from 1) of the calls it made, with how each is shown."""

    span: Span
    calls: tuple[tuple[int, str], ...]


def listing(program: TypedProgram, executed: Spans, kept: Spans | None, sites: Sequence[Linked],
            failed: Span | None = None) -> str:
    """The program's own source."""
    last = program.source.text.rstrip().count("\n") + 1
    return _lines(program, program.source, 1, last, executed, kept, sites, failed, "L")


def library(program: TypedProgram, executed: Spans, kept: Spans | None) -> str:
    """The functions of the library that ran, folded away; "" where none did."""
    made = []
    for function in program.functions:
        if function.source is not program.source and _ran(function, executed):
            first = function.source.position(function.node.start)[0]
            last = function.source.position(max(function.node.start, function.node.end - 1))[0]
            made.append(f"<details><summary><code>{safe(function.name)}</code> of {safe(function.source.name)}"
                        "</summary>"
                        f"{_lines(program, function.source, first, last, executed, kept, (), None, '')}</details>")
    if not made:
        return ""
    return '<div class="library"><h3>Functions of the library that ran</h3>' + "".join(made) + "</div>"


def _ran(function: FunctionInfo, executed: Spans) -> bool:
    node = function.node
    return any(node.start <= span[0] and span[1] <= node.end for span in executed.get(function.source.name, ()))


def _lines(program: TypedProgram, source: Source, first: int, last: int, executed: Spans, kept: Spans | None,
           sites: Sequence[Linked], failed: Span | None, anchor: str) -> str:
    marks = line_marks(program, source, executed, kept)
    colours = _colours(source.text)
    wrong = () if failed is None else range(source.position(failed.start)[0],
                                            source.position(max(failed.start, failed.end - 1))[0] + 1)
    badges = _badges(source, sites)
    shown = min(last, first + LINES - 1)
    made = [f'<ol class="code" start="{first}">']
    for number in range(first, shown + 1):
        look, told = _STATES[marks.get(number, PLAIN)]
        if number in wrong:
            look, told = f"{look} failed".strip(), "failed here"
        name = f' id="{anchor}{number}"' if anchor else ""
        heard = f'<span class="heard"> ({told})</span>' if told else ""
        title = f' title="{told}"' if told else ""
        made.append(f'<li{name} class="line {look}"{title}><span class="n">{number}</span>'
                    f'<code style="--i:{_indent(source, number)}">'
                    f"{_text(source, number, colours, sites)}</code>{heard}{badges.get(number, '')}</li>")
    made.append("</ol>")
    if shown < last:
        made.append(f"<p>{last - shown:,} more lines.</p>")
    return "\n".join(made)


def _indent(source: Source, number: int) -> int:
    text = source.line(number)[:LINE]
    return min(40, len(text) - len(text.lstrip(" ")))


def _badges(source: Source, sites: Sequence[Linked]) -> Mapping[int, str]:
    """For each line the links to the calls that it made."""
    calls: dict[int, list[tuple[int, str]]] = {}
    for site in sites:
        calls.setdefault(source.position(site.span.start)[0], []).extend(site.calls)
    made = {}
    for line, found in calls.items():
        found.sort()
        shown = len(found) if len(found) <= BADGES + 1 else BADGES
        links = [f'<a class="badge {look}" href="#call-{number}" aria-label="call {number}">{number}</a>'
                 for number, look in found[:shown]]
        if len(found) > shown:
            links.append(f'<a class="badge more" href="#call-{found[BADGES][0]}">+{len(found) - BADGES}</a>')
        if links:
            made[line] = f'<span class="badges">{"".join(links)}</span>'
    return made


def _colours(text: str) -> dict[int, tuple[int, str]]:
    """Where a coloured part begins: its end and its class."""
    return {found.start(): (found.end(), found.lastgroup or "") for found in _PARTS.finditer(text)}


def _text(source: Source, number: int, colours: Mapping[int, tuple[int, str]], sites: Sequence[Linked]) -> str:
    """One line: call sites as links, parts of the language coloured."""
    begin, text = source.line_starts[number - 1], source.line(number)
    cut, text = len(text) > LINE, text[:LINE]
    end = begin + len(text)
    look = [""] * len(text)
    for start, (stop, kind) in colours.items():
        if start < end and stop > begin:
            for at in range(max(start, begin), min(stop, end)):
                look[at - begin] = kind
    link: list[Linked | None] = [None] * len(text)
    for site in sorted(sites, key=lambda one: one.span.start - one.span.end):  # wide ones first: the inner one stays
        for at in range(max(site.span.start, begin), min(site.span.end, end)):
            link[at - begin] = site
    while text[:1] == " " and link and link[0] is not None and not text.strip(" "):
        link[0] = None
    made = "".join(_linked(site, text, look, places) for site, places in _runs(link))
    return made + ("…" if cut else "")


def _runs(link: Sequence[Linked | None]) -> Iterator[tuple[Linked | None, range]]:
    for _, group in groupby(enumerate(link), key=lambda pair: id(pair[1])):
        found = list(group)
        yield found[0][1], range(found[0][0], found[-1][0] + 1)


def _linked(site: Linked | None, text: str, look: Sequence[str], places: range) -> str:
    parts = []
    for kind, group in groupby(places, key=lambda at: look[at]):
        found = list(group)
        piece = safe(text[found[0]:found[-1] + 1], keep="\t")
        parts.append(f'<span class="{kind}">{piece}</span>' if kind else piece)
    inner = "".join(parts)
    if site is None:
        return inner
    if not site.calls:
        return f'<span class="site idle" title="not asked in this run">{inner}</span>'
    return f'<a class="site" href="#call-{site.calls[0][0]}">{inner}</a>'
