"""VisProg's text as steps: a line each, `VAR=OP(key=value, ...)`, with comments and prose between."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, Union

from fmplang.frozen import Frozen
from fmplang.importing.reports import Reports, quoted
from fmplang.syntax.source import Source, Span

LONGEST = 4096  # characters of a line: a step is a line that somebody wrote

Value = Union[str, int, float, bool, None]


class Argument(Frozen):
    """`key=value`: a "name" is that of a variable, a "text" what stood in quotes, a "value" a number or True."""

    key: str
    kind: Literal["name", "text", "value"]
    value: Value
    span: Span


class Step(Frozen):
    """One step; `span` is that of its text without the comment behind it."""

    target: str
    operation: str
    arguments: tuple[Argument, ...]
    comment: str
    span: Span

    def get(self, *keys: str) -> Argument | None:
        return next((a for a in self.arguments if a.key in keys), None)


class Remark(Frozen):
    """A comment of its own, as FMP writes it, or "" for a blank line."""

    text: str


_STEP = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*([A-Za-z_]\w*)\s*\(")
_KEY = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*")
# A text ends at the quote behind which the argument ends: apostrophes within it need no escape.
_TEXT = re.compile(r"[fFrR]?(['\"])(.*?)\1(?=\s*(?:,\s*[A-Za-z_]\w*\s*=|\)\s*(?:#|$)))")
_WORD = re.compile(r"[A-Za-z_]\w*(?=\s*[,)])")
_NUMBER = re.compile(r"[-+]?\d{1,15}(?:\.\d{1,15})?(?=\s*[,)])")
_PROSE = re.compile(r"\s*(?:Question|Statement|Instruction|Program|Query|Answer|Task|Reasoning)\s*:(.*)", re.IGNORECASE)
_CONSTANTS: dict[str, Value] = {"True": True, "False": False, "None": None}


def steps(source: Source, reports: Reports) -> Iterator[Step | Remark]:
    """The steps and remarks of a text, in order. A line that is neither is reported and left out."""
    for number in range(1, len(source.line_starts) + 1):
        start = source.line_starts[number - 1]
        line = source.line(number)
        stripped = line.strip()
        prose = _PROSE.fullmatch(line) if len(line) <= LONGEST else None
        if not stripped or stripped.startswith("```"):
            yield Remark("")
        elif stripped.startswith("#"):
            yield Remark(_comment(stripped))
        elif prose is not None:
            if prose[1].strip():
                yield Remark(_comment(f"# {stripped}"))
        elif len(line) > LONGEST:
            reports.error("FMP872", f"a line has {len(line):,} characters", Span(start, start + len(line)),
                          f"A step has at most {LONGEST:,}.")
        else:
            yield from _step(line, start, reports)


def _comment(text: str) -> str:
    """A comment that is safe to write on a line of its own."""
    return "".join(c if c.isprintable() else " " for c in text)


def _step(line: str, start: int, reports: Reports) -> Iterator[Step | Remark]:
    head = _STEP.match(line)
    arguments: list[Argument] = []
    at = -1
    if head is not None:
        at = head.end()
        closed = re.compile(r"\s*\)").match(line, at)
        while closed is None and at >= 0:
            argument = _argument(line, at, start)
            if argument is None:
                at = -1
                break
            arguments.append(argument)
            at = argument.span.end - start
            closed = re.compile(r"\s*\)").match(line, at)
            comma = re.compile(r"\s*,").match(line, at)
            at = closed.end() if closed else comma.end() if comma else -1
    rest = line[at:].strip() if at >= 0 and head is not None else "?"
    end = start + len(line.rstrip())
    if head is None or at < 0 or (rest and not rest.startswith(("#", ";"))):
        reports.error("FMP872", f"{quoted(line.strip())} is no step", Span(start + len(line) - len(line.lstrip()), end),
                      "A step is a line like `BOX0=LOC(image=IMAGE,object='dog')`.")
        yield Remark(_comment(f"# not imported: {line.strip()}"))
        return
    first = start + head.start(1)
    comment = _comment(rest) if rest.startswith("#") else ""
    yield Step(head[1], head[2], tuple(arguments), comment, Span(first, start + len(line[:at].rstrip())))


def _argument(line: str, at: int, start: int) -> Argument | None:
    """One `key=value`, or None where there is none. A lone name stands for its own key: `RESULT(ANSWER0)`."""
    key = _KEY.match(line, at)
    name = key[1] if key else ""
    begin = key.end() if key else at + len(line[at:]) - len(line[at:].lstrip())
    for pattern in (_TEXT, _NUMBER, _WORD):
        found = pattern.match(line, begin)
        if found is None:
            continue
        span = Span(start + begin, start + found.end())
        if pattern is _TEXT:
            return Argument(name, "text", found[2], span)
        if pattern is _NUMBER:
            return Argument(name, "value", float(found[0]) if "." in found[0] else int(found[0]), span)
        if found[0] in _CONSTANTS:
            return Argument(name, "value", _CONSTANTS[found[0]], span)
        return Argument(name, "name", found[0], span)
    return None
