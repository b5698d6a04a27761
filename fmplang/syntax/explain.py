"""What is wrong where a token fits no production: one diagnostic, with what to write instead.

`explain` asks the rules below in turn; the first that knows the slip answers. A rule looks at the tokens around the
place and asks the machine what could stand there (`accepts`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from fmplang.syntax import ast, foreign
from fmplang.syntax.diagnostics import Diagnostic, Edit, Fix, Label
from fmplang.syntax.machine import Machine
from fmplang.syntax.source import Span

BLOCK_WORDS = frozenset({"IF", "ELIF", "ELSE", "FOR", "DEF", "CLASS"})
LINE_WORDS = frozenset({"RETURN", "PASS", "BREAK", "CONTINUE", "ASSERT"})
BOUNDARIES = frozenset({"_NEWLINE", "_INDENT", "_DEDENT"})
_OPERAND_ENDS = frozenset({"NAME", "STRING", "INTEGER", "FLOAT", "RPAR", "RSQB", "RBRACE", "NONE", "TRUE", "FALSE"})
_OPERANDS = frozenset({"NAME", "STRING", "INTEGER", "FLOAT", "LPAR", "LSQB", "LBRACE", "NONE", "TRUE", "FALSE"})


class Place:
    """The machine's token and what stands around it.

    `first` is the first token of its statement, `height` that of the machine's stack before it.
    """

    def __init__(self, machine: Machine, first: int, height: int) -> None:
        self.machine = machine
        self.t = machine.tokens
        self.k = machine.engine.kinds
        self.index = machine.index
        self.first = first
        self.height = height
        self.kind = self.name(self.index)
        self.word = self.t.words[self.index]

    @cached_property
    def states(self) -> list[int]:
        """The states before the machine saw the token: it may have reduced too much before it found no way on."""
        begin = self.machine.states[:self.height + 1]
        states = self.machine.after(begin, self.t.kinds[self.first:self.index])
        return states or self.machine.states

    def name(self, index: int) -> str:
        """The name of a token's kind: of a terminal in the grammar, or the foreign word or sign itself."""
        return self.k.names[self.t.kinds[index]] if 0 <= index < len(self.t.kinds) else ""

    @property
    def before(self) -> str:
        return self.name(self.index - 1)

    @property
    def after(self) -> str:
        return self.name(self.index + 1)

    @property
    def boundary(self) -> bool:
        """Whether the token is the first of its line."""
        return self.index == 0 or self.before in BOUNDARIES

    @property
    def top_level(self) -> bool:
        """Whether the statement stands outside of functions and records."""
        return self.began("FROM")

    @property
    def in_record(self) -> bool:
        """Whether the statement is a line of a record's body."""
        return self.began("BROKEN") and not self.began("FROM") and not self.began("RETURN")

    def accepts(self, *names: str) -> bool:
        """Whether these tokens could come here, one after the other."""
        return bool(self.machine.after(self.states, [self.k.number[name] for name in names]))

    def began(self, name: str) -> bool:
        """Whether this token could have come where the statement began."""
        return bool(self.machine.after(self.machine.states[:self.height + 1], [self.k.number[name]]))

    def found(self) -> str:
        """What a reader calls the token."""
        if self.kind == "NAME":
            return f"'{self.word}'"
        if self.kind == "$END" and not self.began("$END"):
            return "the end of the braces"
        return self.k.spell[self.t.kinds[self.index]]

    def span(self, first: int | None = None, last: int | None = None) -> Span:
        last = (self.index if first is None else first) if last is None else last
        first = self.index if first is None else first
        start, end = self.t.starts[first], self.t.ends[last]
        if end < start:  # a line end or a change of indentation: the place behind the last token
            return Span(end, end)
        return Span(start, end)

    def line(self) -> range:
        """The tokens from the statement's first to the end of the line, without the line end."""
        end = self.index
        while self.name(end) not in ("_NEWLINE", "$END"):
            end += 1
        return range(self.first, end)

    def say(self, code: str, title: str, help: str = "", *fixes: Fix, span: Span | None = None, expected: str = "",
            found: str = "", labels: tuple[Label, ...] = ()) -> Diagnostic:
        return Diagnostic(code, title, self.machine.source, span or self.span(), help=help, fixes=fixes,
                          expected=expected, found=found, labels=labels)

    def replace(self, text: str, first: int | None = None, last: int | None = None, safe: bool = False) -> Fix:
        title = f"write `{text.strip()}`" if text.strip() else "delete it"
        return Fix(title, (Edit(self.span(first, last), text),), safe=safe)

    def drop_line(self, safe: bool = False) -> Fix:
        """Delete the line, with its indentation and its end."""
        text = self.machine.source.text
        start = text.rfind("\n", 0, self.t.starts[self.first]) + 1
        end = text.find("\n", self.t.ends[self.line()[-1]]) + 1 or len(text)
        return Fix("delete the line", (Edit(Span(start, end), ""),), safe=safe)


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
    return p.say("FMP006", "this line is indented, but begins no block",
                 "indent it like the line before, or end that line in ':'",
                 span=Span(p.t.starts[p.index], p.t.starts[p.index] + 1))


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


# -------------------------------------------------------------------------- statements


def _prose(p: Place) -> Diagnostic | None:
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


def _foreign_statement(p: Place) -> Diagnostic | None:
    """`match x:`, `let x = 1`, `int x = 1`, `print x`: a name at the beginning of a line, and an operand after it."""
    if p.index != p.first + 1 or p.name(p.first) != "NAME" or not p.began("BROKEN"):
        return None
    if p.kind not in _OPERANDS | {"NOT", "MINUS"}:
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


def _decorator(p: Place) -> Diagnostic | None:
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
        return p.say("FMP040", "@neural stands before a function", "write `def name(x: type) -> type:` under it",
                     span=p.span(p.first, p.index - 2))
    if "DEF" not in map(p.name, range(p.first, p.index)):
        return p.say("FMP040", "a neural function names its capability", 'write @neural("llm"), with one plain string',
                     span=p.span(p.first, p.line()[-1]))
    return None


def _record(p: Place) -> Diagnostic | None:
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


def _top_level(p: Place) -> Diagnostic | None:
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
    elif p.kind not in _OPERANDS | LINE_WORDS | {"IF", "FOR", "NOT", "MINUS", "PLUS", "LAMBDA"}:
        return None
    if p.name(p.first) == "IF" and p.t.words[p.first + 1] == "__name__":
        return p.say("FMP035", "a program does not call its entry", "delete these lines: the host runs `main`")
    return p.say("FMP035", "only imports, constants, records and functions stand at the top level",
                 "move the statements into `def main(...)`")


def _nested(p: Place) -> Diagnostic | None:
    if p.index != p.first or not p.began("RETURN"):
        return None
    if p.kind == "DEF":
        return p.say("FMP036", "functions do not stand inside functions",
                     "move it to the top level, and give it the values it uses as parameters")
    if p.kind == "CLASS":
        return p.say("FMP036", "records do not stand inside functions", "move it to the top level")
    return None


def _else(p: Place) -> Diagnostic | None:
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


# ------------------------------------------------------------------- inside of statements


def _assignment(p: Place) -> Diagnostic | None:
    if p.kind == "AUG_ASSIGN" and p.accepts("EQUAL"):
        return p.say("FMP012", f"'{p.word}' changes one variable at a time", "write one line for each",
                     span=p.span(p.first, p.index - 1))
    return None


def _equal(p: Place) -> Diagnostic | None:
    if p.kind != "EQUAL":
        return None
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
    if p.kind not in _OPERANDS or p.before not in _OPERAND_ENDS or not p.accepts("COMMA") or p.accepts("_NEWLINE"):
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
    if p.kind in _OPERANDS and p.before in _OPERAND_ENDS and p.accepts("PLUS"):
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
    _indented, _lexical, _decorator, _no_block, _keyword_as_name, _import, _star, _else_if, _plus_plus, _semicolon,
    _record, _nested, _else, _foreign_token, _other_sign, _colon, _prose, _foreign_statement, _top_level, _assignment,
    _equal, _lambda, _for, _conditional, _comma,
)
