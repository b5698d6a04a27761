"""The parser's tables: made from the grammar by lark, kept as JSON, loaded without lark.

    python -m fmplang.syntax.tables      writes fmplang/syntax/tables.json anew

The file carries the digest of the grammar it was made from. Where the grammar at hand has another digest
(somebody is editing it), the tables are built in memory with lark.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

from fmplang.frozen import Frozen
from fmplang.resources import grammar_text

STARTS = ("module", "interpolation")
FILE = Path(__file__).resolve().with_name("tables.json")
COLLECT = "*"  # the builder of lark's own helper rules: a Python list that grows from the left


class Rule(Frozen, eq=True):
    """One production.

    `size` symbols of the stack become one of nonterminal `origin`. `build` names the builder, "" hands on the
    only child. `pick` are the positions of the children that the builder gets, -1 standing for an absent `[x]`;
    the children at the positions in `splice` are lists, whose items the builder gets one by one.
    """

    origin: int
    size: int
    build: str
    pick: tuple[int, ...]
    splice: tuple[int, ...]


class Tables(Frozen, eq=True):
    """States are rows; an action above 0 shifts to state `action - 1`, one below 0 reduces by rule `~action`."""

    digest: str
    terminals: tuple[str, ...]
    patterns: dict[str, tuple[str, str]]  # terminal -> ("str" | "re", text)
    nonterminals: tuple[str, ...]
    rules: tuple[Rule, ...]
    actions: list[dict[int, int]]
    gotos: list[dict[int, int]]
    starts: dict[str, int]
    ends: dict[str, int]


def digest_of(grammar: str) -> str:
    """Tells an edited grammar from the one of the tables; guards against accident, not against intent."""
    text = grammar.replace("\r\n", "\n").encode()
    return f"{len(text)}-{crc32(text):08x}"


def build(grammar: str) -> dict[str, Any]:
    """The tables of a grammar as plain JSON data. Imports lark; raises its errors where the grammar is wrong."""
    import lark
    from lark.parsers.lalr_analysis import Shift

    parser: Any = lark.Lark(grammar, parser="lalr", lexer="basic", start=list(STARTS), maybe_placeholders=True)
    table = parser.parser.parser._parse_table
    rules = list(parser.rules)
    number = {id(rule): i for i, rule in enumerate(rules)}
    nonterminals = list(dict.fromkeys(rule.origin.name for rule in rules))
    declared = [*parser.ignore_tokens, *(t.name for t in parser.terminals)]
    seen = {name for row in table.states.values() for name in row} - set(nonterminals)
    terminals = ["$END", *sorted((seen | set(declared)) - {"$END"})]
    code = {name: i for i, name in enumerate(terminals)}
    goto_code = {name: i for i, name in enumerate(nonterminals)}
    place = _numbering(table, Shift)
    actions, gotos = [], []
    for state in place:
        act: dict[int, int] = {}
        go: dict[int, int] = {}
        for name, (action, arg) in table.states[state].items():
            if name in goto_code:
                go[goto_code[name]] = place[arg]
            elif action is Shift:
                act[code[name]] = place[arg] + 1
            else:
                act[code[name]] = ~number[id(arg)]
        actions.append([n for pair in sorted(act.items()) for n in pair])
        gotos.append([n for pair in sorted(go.items()) for n in pair])
    return {
        "digest": digest_of(grammar),
        "terminals": terminals,
        "patterns": {t.name: [t.pattern.type, t.pattern.value if t.pattern.type == "str" else t.pattern.to_regexp()]
                     for t in parser.terminals},
        "nonterminals": nonterminals,
        "rules": [_rule(rule, goto_code) for rule in rules],
        "actions": actions,
        "gotos": gotos,
        "starts": {name: place[table.start_states[name]] for name in STARTS},
        "ends": {name: place[table.end_states[name]] for name in STARTS},
    }


def _numbering(table: Any, shift: Any) -> dict[int, int]:
    """Lark's numbers of states depend on hashes; ours are the order in which a walk by symbol names meets them."""
    place: dict[int, int] = {}
    waiting = [table.start_states[name] for name in STARTS]
    while waiting:
        state = waiting.pop()
        if state not in place:
            place[state] = len(place)
            row = table.states[state]
            waiting += [row[name][1] for name in sorted(row, reverse=True) if row[name][0] is shift]
    return place


def _rule(rule: Any, code: dict[str, int]) -> list[Any]:
    size = len(rule.expansion)
    absent = "".join("1" if empty else "0" for empty in rule.options.empty_indices) or "0" * size
    gaps = [len(ones) for ones in absent.split("0")]
    pick: list[int] = []
    for i, symbol in enumerate(rule.expansion):
        pick += [-1] * gaps[i]
        if rule.options.keep_all_tokens or not (symbol.is_term and symbol.filter_out):
            pick.append(i)
    pick += [-1] * gaps[size]
    name = rule.origin.name
    splice = [i for i, symbol in enumerate(rule.expansion) if not symbol.is_term and symbol.name.startswith("__")]
    if name.startswith("__"):
        how = COLLECT
    elif rule.alias:
        how = rule.alias
    elif rule.options.expand1 and len(pick) == 1:
        how = ""
    else:
        how = name
    return [code[name], size, how, pick, splice]


def _read(data: dict[str, Any]) -> Tables:
    def rows(pairs: list[list[int]]) -> list[dict[int, int]]:
        return [dict(zip(row[::2], row[1::2], strict=True)) for row in pairs]

    return Tables(
        digest=data["digest"],
        terminals=tuple(data["terminals"]),
        patterns={name: (kind, text) for name, (kind, text) in data["patterns"].items()},
        nonterminals=tuple(data["nonterminals"]),
        rules=tuple(Rule(origin, size, how, tuple(pick), tuple(splice))
                    for origin, size, how, pick, splice in data["rules"]),
        actions=rows(data["actions"]),
        gotos=rows(data["gotos"]),
        starts=data["starts"],
        ends=data["ends"],
    )


@cache
def load() -> Tables:
    """The tables of the grammar at hand."""
    grammar = grammar_text()
    try:
        data = json.loads(FILE.read_text(encoding="utf-8"))
    except FileNotFoundError:
        data = None
    if data is None or (grammar and data["digest"] != digest_of(grammar)):
        data = build(grammar)
    return _read(data)


def text_of(data: dict[str, Any]) -> str:
    """The content of tables.json: one line for each key."""
    lines = (f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in data.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> None:
    FILE.write_text(text_of(build(grammar_text())), encoding="utf-8")


if __name__ == "__main__":
    main()
