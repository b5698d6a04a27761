"""What is wrong where a token fits no production: one diagnostic, with what to write instead.

`explain` asks the rules below in turn; the first that knows the slip answers. A rule looks at the tokens around the
place and asks the machine what could stand there (`accepts`).
"""

from __future__ import annotations

from collections.abc import Callable

from fmplang.syntax import foreign
from fmplang.syntax.diagnostics import Diagnostic, Edit, Fix, Label
from fmplang.syntax.explain_statements import (
    decorator_rule,
    else_rule,
    foreign_statement_rule,
    nested_rule,
    prose_rule,
    record_rule,
    top_level_rule,
)
from fmplang.syntax.misspelled import keyword_rule
from fmplang.syntax.place import BLOCK_WORDS, BOUNDARIES, LINE_WORDS, OPERAND_ENDS, OPERANDS, Place
from fmplang.syntax.slips_layout import line_before, odd_one
from fmplang.syntax.source import Span

Rule = Callable[[Place], "Diagnostic | None"]


def explain(place: Place) -> Diagnostic:
    for rule in RULES:
        diagnostic = rule(place)
        if diagnostic is not None:
            return diagnostic
    return _expected(place)


# ---------------------------------------------------------------- lexical errors and layout


def _lexical(p: Place) -> Diagnostic | None:
    """An error that the lexer found here, or a bracket opened before and never closed."""
    if p.before == "_NEWLINE" and not p.accepts("BROKEN"):
        here = p.t.errors.get(p.index)
        if here is None or here.code != "FMP603":
            return None  # the line before lacks its block; this line is read next
    for index in range(p.index, len(p.t.kinds)):
        if index in p.t.unclosed and p.t.unclosed[index] <= p.t.starts[p.index]:
            return p.t.errors[index]
        if index in p.t.errors and p.t.errors[index].code == "FMP004":
            return p.t.errors[index]  # a quote inside of a string took it apart: "it" s hot"
        if p.name(index) in ("_NEWLINE", "$END"):
            break
    return p.t.errors.get(p.index)


def _indented(p: Place) -> Diagnostic | None:
    if p.kind != "_INDENT":
        return None
    labels = line_before(p.t, p.k, p.index)
    here = p.t.starts[p.index]
    text = p.machine.source.text
    if labels and odd_one(text, labels[0].span.start, here - text.rfind("\n", 0, here) - 1):
        end = p.t.ends[p.index + 1] if p.index + 1 < len(p.t.ends) else here + 1
        return p.say("FMP006", "this line is indented otherwise than the lines after it",
                     "indent each block by four spaces, and all its lines alike", span=labels[0].span,
                     labels=(Label(Span(here, end), "this line is indented as the block should be"),))
    return p.say("FMP006", "this line is indented, but begins no block",
                 "indent it like the line before, or end that line in ':'",
                 span=Span(p.t.starts[p.index], p.t.starts[p.index] + 1), labels=labels)


def _no_block(p: Place) -> Diagnostic | None:
    if p.before != "_NEWLINE" or not p.accepts("_INDENT") or p.accepts("BROKEN"):
        return None
    header = p.index - 2
    first = header
    while first > 0 and p.name(first - 1) not in BOUNDARIES:
        first -= 1
    return p.say("FMP005", f"the block under '{p.t.words[first]}' is missing",
                 "indent its lines by four spaces, or write `pass`", span=p.span(header),
                 expected="an indented block", found=p.found())


# ------------------------------------------------------------------------- words and signs


def _keyword_as_name(p: Place) -> Diagnostic | None:
    """`x.class`, `def from():`, `in = 3`, `f(lambda=1)`."""
    def is_keyword(index: int) -> bool:
        return p.t.words[index] in p.k.words

    at = p.index
    if p.kind == "EQUAL" and p.index - 1 == p.first and is_keyword(p.first):
        at = p.first
    elif not (is_keyword(at) and (
        p.before in ("DOT", "DEF", "CLASS")
        or (p.after == "EQUAL" and (at == p.first or p.before in ("LPAR", "COMMA")))
        or (p.after == "IN" and p.before == "FOR")
        or (p.after in ("COLON", "COMMA", "RPAR") and p.before in ("LPAR", "COMMA") and p.name(p.first) == "DEF")
        or (at == p.first and p.after == "COLON" and p.in_record)
    )):
        return None
    word = p.t.words[at]
    return p.say("FMP015", f"'{word}' is a keyword and cannot be a name", f"take another name, such as {word}_",
                 p.replace(f"{word}_", at, at), span=p.span(at, at))


def _import(p: Place) -> Diagnostic | None:
    if p.kind == "IMPORT" and p.index == p.first:
        words = [p.t.words[i] for i in p.line()]
        return p.say("FMP024", "FMP has no 'import'",
                     "delete the line: builtins, math and types need no import; FMP modules are imported like "
                     "`from fmp.video import frames`", p.drop_line(safe=words[1:] in (["math"], ["typing"])),
                     span=p.span(p.first, p.line()[-1]))
    if p.kind == "FROM" and p.boundary:
        return p.say("FMP024", "an import stands at the top of the program", "move the line out of the block")
    if p.name(p.first) != "FROM":
        return None
    if p.kind == "STAR":
        return p.say("FMP024", "names are imported one by one", "list them: `from fmp.video import frames, trim`")
    if p.kind == "as":
        return p.say("FMP024", "an imported name cannot be changed", "leave out `as ...` and use the name itself",
                     p.replace("", p.index, min(p.index + 1, p.line()[-1])))
    if p.kind in ("DOT", "...") and p.index == p.first + 1:
        return p.say("FMP024", "a module is imported by its full name", "write `from fmp.video import frames`")
    return None


def _star(p: Place) -> Diagnostic | None:
    """`f(*xs)`, `[*a, *b]`, `{**d}`, `def f(*args)`, `a, *b = xs`."""
    if p.kind not in ("STAR", "DOUBLE_STAR", "SLASH") or not (
            p.boundary or p.before in ("LPAR", "COMMA", "LSQB", "LBRACE", "EQUAL", "IN", "RETURN", "LAMBDA")):
        return None
    if p.name(p.first) == "DEF":
        return p.say("FMP029", f"FMP has no '{p.word}' among parameters", "name each parameter and its type")
    if p.kind == "SLASH":
        return None
    help = ("name the arguments one by one" if p.before in ("LPAR", "COMMA") and p.kind == "DOUBLE_STAR"
            else "pass the list itself, or its elements one by one; join lists with `a + b`" if p.kind == "STAR"
            else "copy the dict and add to it: `d = other.copy()`, `d.update(more)`")
    return p.say("FMP029", f"FMP has no '{p.word}' before an argument or element", help)


def _other_sign(p: Place) -> Diagnostic | None:
    """`&&`, `||`, `!`, `===`, `<>`: read as what they mean."""
    if p.word not in foreign.SAME_AS or p.kind != p.word:
        return None
    _, text = foreign.SAME_AS[p.word]
    span = p.span()
    source = p.machine.source.text
    before = " " if text.isalpha() and source[span.start - 1:span.start].isalnum() else ""
    after = " " if text.isalpha() and not source[span.end:span.end + 1].isspace() else ""
    return p.say("FMP014", f"'{p.word}' is written '{text}'", f"write `{text}`",
                 p.replace(before + text + after, safe=p.accepts(foreign.SAME_AS[p.word][0])))


def _semicolon(p: Place) -> Diagnostic | None:
    if p.kind != ";":
        return None
    fixes = (p.replace("", safe=True),) if p.after == "_NEWLINE" else ()
    return p.say("FMP019", "statements are not separated by ';'", "write each statement on its own line", *fixes)


def _foreign_token(p: Place) -> Diagnostic | None:
    if p.kind not in foreign.TOKENS:
        return None
    return p.say(*foreign.TOKENS[p.kind])


def _else_if(p: Place) -> Diagnostic | None:
    if p.kind == "IF" and p.before == "ELSE" and p.index - 1 == p.first:
        return p.say("FMP014", "'else if' is written 'elif'", "write `elif`",
                     p.replace("elif", p.index - 1, p.index, safe=True), span=p.span(p.index - 1, p.index))
    return None


def _plus_plus(p: Place) -> Diagnostic | None:
    a, b = p.index - 2, p.index - 1
    if p.kind == "_NEWLINE" and b > p.first and p.name(a) == p.name(b) and p.name(b) in ("PLUS", "MINUS"):
        sign = p.t.words[b]
        return p.say("FMP014", f"FMP has no '{sign}{sign}'", f"write `{sign}= 1`",
                     p.replace(f" {sign}= 1", a, b, safe=p.name(p.first) == "NAME" and a == p.first + 1),
                     span=p.span(a, b))
    return None


# ------------------------------------------------------------------- inside of statements


def _assignment(p: Place) -> Diagnostic | None:
    if p.kind == "AUG_ASSIGN" and p.accepts("EQUAL"):
        return p.say("FMP012", f"'{p.word}' changes one variable at a time", "write one line for each",
                     span=p.span(p.first, p.index - 1))
    return None


def _equal(p: Place) -> Diagnostic | None:
    if p.kind != "EQUAL":
        return None
    for i in p.line():  # where a bracket was forgotten, it may be the name of an argument
        if i > p.index and i in p.t.errors and p.t.errors[i].code == "FMP003":
            return p.t.errors[i]
    if p.name(p.first) in ("IF", "ELIF", "ASSERT", "RETURN") and p.accepts("SAME"):
        return p.say("FMP013", "a comparison is written '=='", "write `==`", p.replace("==", safe=True))
    if any(p.name(i) == "LAMBDA" for i in range(p.first, p.index)) and p.before == "NAME":
        return p.say("FMP038", "a parameter of a lambda has no default", "leave it out, and use the value in the body")
    if p.accepts("SAME"):
        return p.say("FMP013", "'=' cannot stand in an expression", "a comparison is written `==`", p.replace("=="),
                     expected="'=='", found="'='")
    return None


def _lambda(p: Place) -> Diagnostic | None:
    if p.before == "LAMBDA" and p.kind == "LPAR":
        return p.say("FMP038", "the parameters of a lambda have no parentheses", "write `lambda x, y: ...`")
    return None


def _colon(p: Place) -> Diagnostic | None:
    if not p.accepts("COLON", "_NEWLINE", "_INDENT"):
        return None
    at = p.t.ends[p.index - 1]
    fix = Fix("write `:`", (Edit(Span(at, at), ":"),), safe=True)
    if p.kind == "_NEWLINE" or p.kind in LINE_WORDS:
        return p.say("FMP002", f"':' is missing after '{p.t.words[p.first]} ...'" if p.name(p.first) in BLOCK_WORDS
                     else "':' is missing", "end the line in ':'", fix, span=Span(at, at), expected="':'",
                     found=p.found())
    if p.kind == "LBRACE":
        return p.say("FMP014", "a block has no braces", "end the line in ':' and indent the lines under it",
                     p.replace(":") if p.after in ("_NEWLINE", "error") else fix)
    if p.word == "then":
        return p.say("FMP014", "FMP has no 'then'", "end the line in ':'", p.replace(":"))
    return None


def _for(p: Place) -> Diagnostic | None:
    if p.name(p.first) != "FOR" or "IN" in map(p.name, range(p.first, p.index)):
        return None
    if p.kind in ("DOT", "LSQB") and p.before == "NAME":
        return p.say("FMP012", "the variable of a loop is a plain name", "write `for x in xs:`, then assign it on")
    return p.say("FMP001", f"a loop is written `for x in xs:`, but here is {p.found()}",
                 "write `for x in xs:` or `for i in range(n):`")


def _conditional(p: Place) -> Diagnostic | None:
    if p.accepts("ELSE") and "IF" in map(p.name, range(p.first + 1, p.index)):
        return p.say("FMP001", "the expression `a if condition` needs an `else`", "write `a if condition else b`",
                     expected="'else'", found=p.found())
    return None


def _comma(p: Place) -> Diagnostic | None:
    """Two operands or names side by side between brackets."""
    if p.kind == "COLON" and p.before == "STRING" and p.name(p.index - 2) == "STRING" and p.accepts("COMMA"):
        at = p.t.ends[p.index - 2]  # a key behind a value: Python would join the two texts
        return p.say("FMP001", f"',' is missing before {p.t.words[p.index - 1]}", "write a comma between them",
                     Fix("write `,`", (Edit(Span(at, at), ","),), safe=True), span=Span(at, at), expected="','",
                     found="a string")
    if p.kind not in OPERANDS or p.before not in OPERAND_ENDS or not p.accepts("COMMA") or p.accepts("_NEWLINE"):
        return None
    at = p.t.ends[p.index - 1]
    in_expression = p.accepts("PLUS")
    if not in_expression and p.accepts("IN"):
        return p.say("FMP001", f"'in' is missing before {p.found()}", "write `for x in xs`", expected="'in'",
                     found=p.found())
    what = "',' or an operator is" if in_expression else "',' is"
    return p.say("FMP001", f"{what} missing before {p.found()}", "write a comma between them",
                 Fix("write `,`", (Edit(Span(at, at), ","),)), expected="','", found=p.found())


# ----------------------------------------------------------------------------- the rest

_EXPRESSION = ("NAME", "INTEGER", "STRING")
_ORDER = ("RPAR", "RSQB", "RBRACE", "COLON", "COMMA", "EQUAL", "IN", "ELSE", "IMPORT", "DEF", "LPAR", "STRING", "NAME",
          "_NEWLINE", "_INDENT", "_DEDENT")


def _expected(p: Place) -> Diagnostic:
    """What could stand here, in general words."""
    if p.kind in OPERANDS and p.before in OPERAND_ENDS and p.accepts("PLUS"):
        return p.say("FMP001", f"an operator is missing before {p.found()}",
                     "write an operator, or begin a new line", found=p.found())
    if all(map(p.accepts, _EXPRESSION)):
        wanted = ["an expression"]
    else:
        wanted = [p.k.spell[p.k.number[name]] for name in _ORDER if p.accepts(name)
                  and not (name in ("IN", "LPAR") and p.accepts("PLUS"))]  # behind an operand they say nothing
    expected = " or ".join(wanted[:3])
    found = p.found()
    if p.kind == "_NEWLINE" and expected:
        return p.say("FMP001", f"the line ends where {expected} is missing", f"write {expected}", expected=expected,
                     found=found)
    if not expected or len(wanted) > 4:
        return p.say("FMP001", f"{found} cannot stand here", "delete it, or write what the line lacks", found=found)
    return p.say("FMP001", f"expected {expected}, found {found}", f"write {expected}", expected=expected, found=found)


RULES: tuple[Rule, ...] = (
    _indented, _lexical, decorator_rule, _no_block, _keyword_as_name, _import, _star, _else_if, _plus_plus,
    _semicolon, record_rule, nested_rule, else_rule, _foreign_token, _other_sign, keyword_rule, _colon, prose_rule,
    foreign_statement_rule, top_level_rule, _assignment, _equal, _lambda, _for, _conditional, _comma,
)
