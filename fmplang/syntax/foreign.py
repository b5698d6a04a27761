"""What FMP leaves out of Python, and what other languages write: each with what to write instead."""

from __future__ import annotations

# Token -> (code, title, help). The tokens are those of kinds.FOREIGN_WORDS and FOREIGN_SIGNS.
TOKENS: dict[str, tuple[str, str, str]] = {
    "while": ("FMP020", "FMP has no 'while': every program ends",
              "loop over a range with a bound, and leave it early: `for i in range(10):` ... `break`"),
    "try": ("FMP021", "FMP has no 'try'", "ask before: `if key in d:`, `if len(xs) > 0:`, `if text.isdigit():`"),
    "except": ("FMP021", "FMP has no 'except'", "ask before: `if key in d:`, `if len(xs) > 0:`"),
    "finally": ("FMP021", "FMP has no 'finally'", "write the lines behind the others"),
    "raise": ("FMP021", "FMP has no 'raise'", "write `assert condition, \"message\"`, or return a value that says so"),
    "with": ("FMP022", "FMP has no 'with'", "a program opens nothing: inputs are parameters of the entry function"),
    "global": ("FMP025", "FMP has no 'global'", "pass the value as a parameter and return the new one"),
    "nonlocal": ("FMP025", "FMP has no 'nonlocal'", "pass the value as a parameter and return the new one"),
    "yield": ("FMP026", "FMP has no 'yield'", "append to a list and return it"),
    "async": ("FMP026", "FMP has no 'async'", "leave it out: the host runs independent calls together"),
    "await": ("FMP026", "FMP has no 'await'", "leave it out: the host runs independent calls together"),
    "del": ("FMP027", "FMP has no 'del'", "use `d.pop(key)` or `xs.pop(i)`, or build a new list"),
    ":=": ("FMP028", "FMP has no ':='", "assign on a line of its own, then use the name"),
    "...": ("FMP034", "FMP has no '...'", "an empty body is `pass`; list[T] is written without it"),
    "<<": ("FMP033", "FMP has no shifts", "write `x * 2 ** n`"),
    ">>": ("FMP033", "FMP has no shifts", "write `x // 2 ** n`"),
    "<<=": ("FMP033", "FMP has no shifts", "write `x = x * 2 ** n`"),
    ">>=": ("FMP033", "FMP has no shifts", "write `x = x // 2 ** n`"),
    "~": ("FMP033", "FMP has no '~'", "write `-x - 1`, or `not x` for a bool"),
    "@=": ("FMP033", "FMP has no matrix product", "write a sum: `sum(x * y for x, y in zip(a, b))`"),
    "?": ("FMP014", "FMP has no '?'", "write `a if condition else b`"),
    "=>": ("FMP014", "FMP has no '=>'", "a function is written `lambda x: ...`, a comparison `>=`"),
    "as": ("FMP022", "FMP has no 'as'", "assign: `name = value`"),
}

# Signs of other languages that have one of Python's in their place: sign -> (terminal, Python's text).
SAME_AS: dict[str, tuple[str, str]] = {
    "&&": ("AND", "and"), "||": ("OR", "or"), "!": ("NOT", "not"), "===": ("SAME", "=="), "!==": ("DIFFERENT", "!="),
    "<>": ("DIFFERENT", "!="),
}

# Words that begin a statement in another language (or in Python as of late) -> (code, title, help).
WORDS: dict[str, tuple[str, str, str]] = {
    "match": ("FMP039", "FMP has no 'match'", "write `if x == \"a\":` ... `elif x == \"b\":` ... `else:`"),
    "case": ("FMP039", "FMP has no 'case'", "write `if x == \"a\":` ... `elif x == \"b\":` ... `else:`"),
    "switch": ("FMP039", "FMP has no 'switch'", "write `if x == \"a\":` ... `elif x == \"b\":` ... `else:`"),
    "type": ("FMP014", "FMP has no type statement", "write the type where it is needed, or a record"),
    "elseif": ("FMP014", "'elseif' is written 'elif'", "write `elif`"),
    "elsif": ("FMP014", "'elsif' is written 'elif'", "write `elif`"),
    "function": ("FMP014", "a function begins with 'def'", "write `def name(x: type) -> type:`"),
    "func": ("FMP014", "a function begins with 'def'", "write `def name(x: type) -> type:`"),
    "fn": ("FMP014", "a function begins with 'def'", "write `def name(x: type) -> type:`"),
    "let": ("FMP014", "a variable needs no 'let'", "write `name = value`"),
    "var": ("FMP014", "a variable needs no 'var'", "write `name = value`"),
    "const": ("FMP014", "a constant needs no 'const'", "write `NAME = value`"),
    "struct": ("FMP014", "a record begins with 'class'", "write `class Name:` and `field: type` lines under it"),
    "record": ("FMP014", "a record begins with 'class'", "write `class Name:` and `field: type` lines under it"),
    "foreach": ("FMP014", "a loop begins with 'for'", "write `for x in xs:`"),
    "unless": ("FMP014", "FMP has no 'unless'", "write `if not ...:`"),
    "until": ("FMP014", "FMP has no 'until'", "write `for i in range(10):` and leave it with `break`"),
    "do": ("FMP014", "FMP has no 'do'", "write `for i in range(10):`"),
    "exec": ("FMP014", "FMP has no 'exec'", "write the statements themselves"),
}
TAKE_OUT = frozenset({"let", "var", "const"})
RENAME = {"elseif": "elif", "elsif": "elif", "function": "def", "func": "def", "fn": "def", "struct": "class",
          "record": "class", "foreach": "for"}

# Types of languages that write them before the name.
TYPES = frozenset({"int", "float", "double", "bool", "boolean", "str", "string", "String", "char", "long", "auto"})
