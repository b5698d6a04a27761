"""Rules of `explain` about whole statements and items: what FMP leaves out, and what stands where it cannot."""

from __future__ import annotations

from fmplang.syntax import ast, foreign
from fmplang.syntax.diagnostics import Diagnostic, Edit, Fix
from fmplang.syntax.machine import Machine
from fmplang.syntax.misspelled import keyword_rule
from fmplang.syntax.place import LINE_WORDS, OPERANDS, Place
from fmplang.syntax.source import Span


def prose_rule(p: Place) -> Diagnostic | None:
    """A line of plain language: names after names, or a line of another file format."""
    first = p.t.words[p.first]
    if not p.began("BROKEN") or p.name(p.first) != "NAME" or first in foreign.WORDS or first == "print":
        return None
    words = names = 0
    for index in range(p.first, min(p.first + 8, len(p.t.kinds))):
        if p.t.words[index] not in p.k.words and p.name(index) != "NAME":
            break
        words += 1
        names += p.name(index) == "NAME"
    if names >= 3 and (words > 3 or p.name(p.first + 1) == "NAME"):
        line = p.line()
        return p.say("FMP018", "this line is no part of a program", "delete it, or begin it with '#'",
                     Fix("make it a comment", (Edit(Span(p.t.starts[p.first], p.t.starts[p.first]), "# "),)),
                     span=p.span(p.first, line[-1]))
    return None


def foreign_statement_rule(p: Place) -> Diagnostic | None:
    """`match x:`, `let x = 1`, `int x = 1`, `print x`: a name at the beginning of a line, and an operand after it."""
    if p.index != p.first + 1 or p.name(p.first) != "NAME" or not p.began("BROKEN"):
        return None
    if p.kind not in OPERANDS | {"NOT", "MINUS"}:
        return None
    word = p.t.words[p.first]
    if word in foreign.WORDS:
        code, title, help = foreign.WORDS[word]
        fixes: tuple[Fix, ...] = ()
        if word in foreign.RENAME:
            fixes = (p.replace(foreign.RENAME[word], p.first, p.first, safe=foreign.RENAME[word] == "elif"),)
        elif word in foreign.TAKE_OUT:
            start = p.t.starts[p.first]
            fixes = (Fix("delete it", (Edit(Span(start, p.t.starts[p.index]), ""),)),)
        return p.say(code, title, help, *fixes, span=p.span(p.first, p.first))
    if p.kind == "NAME" and (p.after == "EQUAL" or (word in foreign.TYPES and p.after in ("_NEWLINE", ";"))):
        return p.say("FMP014", "a type stands behind the name", f"write `{p.word}: {word} = value`",
                     p.replace(f"{p.word}: {word}", p.first, p.index), span=p.span(p.first, p.index))
    if word == "print" and p.kind != "LPAR":
        line = p.line()
        fix = Fix("put it in parentheses", (Edit(Span(p.t.ends[p.first], p.t.starts[p.index]), "("),
                                            Edit(Span(p.t.ends[line[-1]], p.t.ends[line[-1]]), ")")), safe=True)
        return p.say("FMP014", "print is a function", "put what it prints in parentheses: `print(x)`", fix)
    return None


def decorator_rule(p: Place) -> Diagnostic | None:
    if p.kind == "AT" and p.index == p.first:
        if p.in_record:
            return None
        return p.say("FMP031", "a decorator stands at the top level only", "delete the line")
    if p.kind == "AT" and not p.boundary:
        return p.say("FMP033", "FMP has no matrix product", "write a sum: `sum(x * y for x, y in zip(a, b))`")
    if p.name(p.first) != "AT":
        return None
    if p.t.words[p.first + 1] != "neural" or p.kind == "DOT":
        word = p.t.words[p.first + 1]
        return p.say("FMP031", f"FMP has no decorator '{word}'",
                     'delete the line; the only decorator is @neural("capability")',
                     p.drop_line(safe=word == "dataclass"), span=p.span(p.first, p.line()[-1]))
    if p.accepts("_INDENT") or (p.accepts("STRING") and p.before in ("_INDENT", "COLON")):
        return p.say("FMP040", "the body of a neural function is its docstring",
                     'describe the task in a docstring: """What is on the sign? {image}"""',
                     expected="a docstring", found=p.found())
    if p.accepts("_DEDENT"):
        return p.say("FMP040", "the body of a neural function is its docstring, and nothing else",
                     "delete this line: the host answers the call")
    if p.boundary:
        slip = keyword_rule(p)
        if slip is not None:
            return slip
        return p.say("FMP040", "@neural stands before a function", "write `def name(x: type) -> type:` under it",
                     span=p.span(p.first, p.index - 2))
    if "DEF" not in map(p.name, range(p.first, p.index)):
        return p.say("FMP040", "a neural function names its capability", 'write @neural("llm"), with one plain string',
                     span=p.span(p.first, p.line()[-1]))
    return None


def record_rule(p: Place) -> Diagnostic | None:
    if p.name(p.first) == "CLASS" and p.kind == "LPAR" and p.index == p.first + 2:
        close = next((i for i in p.line() if p.name(i) == "RPAR"), p.index)
        return p.say("FMP023", "a record has no base class", "write `class Name:`", p.replace("", p.index, close,
                     safe=close == p.index + 1), span=p.span(p.index, close))
    if not p.in_record:
        return None
    if p.name(p.first) in ("DEF", "AT", "async"):
        return p.say("FMP023", "a record has no methods",
                     "write a function beside the record: its first parameter takes the record, and `r.f()` calls it")
    if p.kind == "EQUAL" and p.index == p.first + 1:
        return p.say("FMP023", "a field needs a type", f"write `{p.t.words[p.first]}: type`")
    if p.kind == "EQUAL":
        last = p.line()[-1]
        return p.say("FMP023", "a field has no default", "leave it out: a record is built with all its fields",
                     p.replace("", p.index, last), span=p.span(p.index, last))
    return p.say("FMP023", "a record holds typed fields only", "write each field as `name: type`")


def top_level_rule(p: Place) -> Diagnostic | None:
    """A statement outside of functions."""
    if not p.top_level or p.name(p.first) in ("DEF", "CLASS", "FROM", "AT", "else", "elif"):
        return None
    if p.kind in ("ELSE", "ELIF"):
        return None
    if p.name(p.first) == "NAME":
        names = [p.name(i) for i in p.line()]
        if (p.index == p.first + 1 and p.kind in ("COMMA", "LSQB", "DOT", "AUG_ASSIGN")
                and ("EQUAL" in names or p.kind == "AUG_ASSIGN")) or (
                p.kind == "EQUAL" and names[1] == "EQUAL" and p.accepts("_NEWLINE")):
            return p.say("FMP035", "a constant is one name", "write `NAME = value`, or move the line into a function")
        if p.kind == "_NEWLINE" and "COLON" in names:
            return p.say("FMP035", "a constant needs a value", "write `NAME: type = value`")
        if p.index > p.first + 1 and names[1] in ("EQUAL", "COLON"):
            return None  # an error in the value
    elif not (p.index == p.first):
        return None
    elif p.kind not in OPERANDS | LINE_WORDS | {"IF", "FOR", "NOT", "MINUS", "PLUS", "LAMBDA"}:
        return None
    if p.name(p.first) == "IF" and p.t.words[p.first + 1] == "__name__":
        return p.say("FMP035", "a program does not call its entry", "delete these lines: the host runs `main`")
    return p.say("FMP035", "only imports, constants, records and functions stand at the top level",
                 "move the statements into `def main(...)`")


def nested_rule(p: Place) -> Diagnostic | None:
    if p.index != p.first or not p.began("RETURN"):
        return None
    if p.kind == "DEF":
        return p.say("FMP036", "functions do not stand inside functions",
                     "move it to the top level, and give it the values it uses as parameters")
    if p.kind == "CLASS":
        return p.say("FMP036", "records do not stand inside functions", "move it to the top level")
    return None


def else_rule(p: Place) -> Diagnostic | None:
    if p.kind not in ("ELSE", "ELIF") or not p.boundary:
        return None
    if isinstance(last_statement(p.machine), ast.For):
        return p.say("FMP032", "FMP has no 'else' after a loop",
                     "set a name before the loop, change it before `break`, and ask for it after the loop")
    return p.say("FMP032", f"this '{p.word}' belongs to no 'if'", "indent it like its `if`, right behind its block")


def last_statement(machine: Machine) -> object:
    """The statement or item that was read last at the machine's level, if any."""
    value = machine.values[-1] if machine.values else None
    return value[-1] if isinstance(value, list) and value else value
