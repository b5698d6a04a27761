"""Programs that ask for too much work, or grow what they walk through."""

from __future__ import annotations

from itertools import product

from tests.hostile.templates import Made, body, hostile, returning

# ------------------------------------------------------------------------------------------------ resources

GROW: dict[str, tuple[str, str]] = {
    "string sum": ('s = "ab"', "s += s"), "string times": ('s = "ab"', "s = s * 9"),
    "string join": ('s = "ab"', "s = s.join([s, s, s])"), "string replace": ('s = "ab"', "s = s.replace('a', s)"),
    "string format": ('s = "ab"', 's = "{0}{0}".format(s)'), "f-string": ('s = "ab"', 's = f"{s}{s}"'),
    "string zfill": ('s = "ab"', "s = s.zfill(len(s) * 9)"), "string center": ('s = "ab"', "s = s.center(len(s) * 9)"),
    "string of a list": ('s = "ab"', "s = str([s, s])"), "repr": ('s = "ab"', 's = f"{[s, s]!r}"'),
    "string title": ('s = "ab"', "s = (s + s).title()"),
    "split and join": ('s = "a b"', 's = "b ".join(s.split("a") * 3)'),
    "list sum": ("s = [1, 2]", "s = s + s"), "list augmented": ("s = [1, 2]", "s += s"),
    "list times": ("s = [1, 2]", "s = s * 9"), "list extend": ("s = [1, 2]", "s.extend(s)"),
    "list slice": ("s = [1, 2]", "s = s[:] + s[::-1]"), "list copy": ("s = [1, 2]", "s = s.copy() + s.copy()"),
    "list comprehension": ("s = [1, 2]", "s = [x for x in s for y in s]"),
    "list of pairs": ("s = [1, 2]", "s = [x for x, y in zip(s + s, s + s)]"),
    "sorted": ("s = [1, 2]", "s = sorted(s + s)"),
    "reversed": ("s = [1, 2]", "s = list(reversed(s)) + s"), "mapped": ("s = [1, 2]", "s = list(map(abs, s + s))"),
    "filtered": ("s = [1, 2]", "s = list(filter(lambda x: x > 0, s + s))"),
    "sum of lists": ("s = [1]", "s = sum([s, s], s)"),
    "dict": ("s = {0: 1}", "s = s | {k + len(s): k for k in s}"),
    "dict update": ("s = {0: 1}", "s.update({k + len(s): k for k in s})"),
    "set": ("s = {0, 1}", "s = s | {k + len(s) for k in s}"),
    "set update": ("s = {0, 1}", "s.update([k + len(s) for k in s])"),
    "tuple": ("s = (1, 2)", "t = list(s) * 2\ns = (t[0], t[1])\nu = [t] * 9000"), "integer": ("s = 7", "s = s * s"),
    "integer power": ("s = 7", "s = s ** 7"), "integer sum": ("s = 7", "s = sum([s * s, s])"),
    "integer shift": ("s = 7", "s = s * 2 ** 100"), "integer text": ("s = 7", 's = int(str(s) * 3)'),
    "list of strings": ('s = ["a"]', "s = [x + x for x in s + s]"),
    "nested lists": ("s = [[1]]", "s = s + [s[0] + s[0]]"),
    "notes": ('s = "a" * 1000', "print(s, s, s, s)"), "range list": ("s = [1]", "s = s + list(range(9000))"),
    "enumerate": ("s = [1]", "s = [i for i, x in enumerate(s + s)]"),
    "split": ('s = "a,"', 's = ",".join((s + s).split(","))'),
    "dict of lists": ("s = {0: [1]}", "s[0] = s[0] + s[0]"),
    "tuple of text": ('s = ("a", 1)', "s = (s[0] + s[0], s[1])"),
}


@hostile("stopped")
def size_bombs() -> Made:
    for name, (start, grow) in GROW.items():
        turned = grow.replace("\n", "\n    ")
        yield f"loop {name}", body(start, f"for i in range(100000):\n    {turned}")
        yield f"nested {name}", body(start, "for i in range(1000):\n    for j in range(1000):\n        "
                                     + grow.replace("\n", "\n        "))
        helper = "def grow(n: int) -> int:\n    " + start + "\n    for i in range(n):\n        " + turned.replace(
            "\n    ", "\n        ") + "\n    return len(str(s))\n\n\n"
        yield f"in functions {name}", body("x = sum([grow(n) for n in range(100000)])", head=helper)


@hostile("refused", "stopped", "answered")
def huge_numbers() -> Made:
    big = ("10 ** 70", "10 ** 76", "10 ** 77", "2 ** 255", "2 ** 256", "10 ** 1000000", "9 ** 9 ** 9", "-(10 ** 76)",
           "int('9' * 70)", "int('9' * 100000)", "int(1e300)", "int(math.inf)", "int(math.nan)", "9" * 400,
           "0x" + "f" * 200,
           "0b" + "1" * 300, "1e999", "1e308 * 10", "math.exp(1000)", "math.pow(10.0, 400.0)")
    uses = ("{n}", "str({n})", 'f"{{{n}}}"', "range({n})[0]", "[1] * ({n})", "round({n}, -(10 ** 9))", "({n}) % 7",
            "({n}) // -3", "float({n})", "math.sqrt({n})", "sum([{n}, {n}])", "abs({n}) ** 2", "len(range({n}))")
    for number, use in product(big, uses):
        yield f"{number[:24]} in {use}", returning("str", f"return str({use.format(n=number)})")


@hostile("refused", "stopped", "answered")
def slices_and_indices() -> Made:
    parts = ("10 ** 30", "-(10 ** 30)", "2 ** 63", "0", "-0", "a - 3", "1.0", "None", '"x"', "True", "::0",
             "::-(10 ** 20)",
             "10 ** 20:", ":-(10 ** 20)", "a:a:a - 3", ":" * 3, "1, 2", "...", "image", "[0]", "math.nan", "1:2:3:4")
    for part, (kind, value) in product(parts, {"list": "[1, 2]", "str": '"ab"', "tuple": "(1, 2)", "range": "range(9)",
                                               "dict": "{1: 2}", "patches": 'image.find("x")'}.items()):
        yield f"{kind} {part}", body(f"x = {value}[{part}]", "print(x)")


@hostile("stopped")
def comprehension_bombs() -> Made:
    kinds = {"list": "len([{e} {c}])", "set": "len({{{e} {c}}})", "dict": "len({{{e}: 1 {c}}})", "sum": "sum({e} {c})",
             "all": "1 if all({e} >= 0 {c}) else 0", "max": "max({e} {c})", "join": 'len("".join(str({e}) {c}))',
             "sorted": "len(sorted({e} {c}))", "nothing": "len([{e} {c} if {e} < 0])"}
    for (kind, text), depth in product(kinds.items(), (2, 3, 4, 6)):
        clauses = " ".join(f"for x{i} in range(40000)" for i in range(depth))
        yield f"{kind} {depth}", body(f"n = {text.format(e='x0 * x1', c=clauses)}", result="n")
    for depth in (2, 5, 20):
        inner = "[0]"
        for _ in range(depth):
            inner = f"[y for x in range(4000) for y in {inner}]"
        yield f"in each other {depth}", body(f"n = len({inner})", result="n")


@hostile("stopped")
def loops_without_end() -> Made:
    bodies = ("pass", "continue", "n += 1", "n = len(str(n))", "xs = [n]", "n = max(n, 1)", "assert n >= 0",
              "if n: pass",
              'n += 1 if "a" in "b" else 0', "xs = sorted([3, 1, 2])", "n += f(n)", 's = "x".upper()', "d = {n: n}")
    heads = ("for i in range(10 ** 9):", "for i, j in enumerate(range(10 ** 9)):",
             "for i in range(10 ** 5):\n    for j in range(10 ** 5):",
             "for i, j in zip(range(10 ** 9), range(10 ** 9)):",
             "for i in map(lambda x: x, range(10 ** 9)):", "for i in reversed(range(10 ** 9)):")
    for line, head in product(bodies, heads):
        indent = "        " if "\n" in head else "    "
        yield f"{line} under {head}", body("n = 0", f"{head}\n{indent}{line.replace(': pass', ':')}" + (
            f"\n{indent}    pass" if line.endswith("pass") and line != "pass" else ""),
            head="def f(x: int) -> int:\n    return 1\n\n\n", result="n")


@hostile("stopped", "refused")
def text_searches() -> Made:
    for name in ("find", "count", "replace", "split", "index", "strip", "startswith", "partition", "rsplit",
                 "removeprefix"):
        for needle in ('"a" * 5000 + "b"', '""', '"(a+)+$"', '"a" * 500000', 's', '"\\n"', '"\\x00"'):
            more = ', "c"' if name == "replace" else ""
            yield f"{name} {needle}", body('s = "a" * 900000',
                                           f"for i in range(500):\n    x = s.{name}({needle}{more})")
    for line in ("x = re.match('(a+)+$', 'a')", "x = 's'.match('a')", "x = 'a' in 'a' * 10 ** 9", "x = 'a' * 10 ** 9"):
        yield line, body(line)


# ------------------------------------------------------------------------------------------------ the tree

@hostile("refused", "answered", "stopped")
def deep_nesting() -> Made:
    around = {"brackets": ("(", "a", ")"), "lists": ("[", "a", "]"), "calls": ("abs(", "a", ")"),
              "nots": ("not ", "a", ""),
              "minus": ("-", "a", ""), "lambdas": ("max([1], key=lambda x: ", "1", ")"),
              "conditions": ("1 if a else ", "1", ""),
              "subscripts": ("", "[a]", "[0]"), "attributes": ("", "image", ".crop(0, 0, 9, 9)"),
              "sums": ("a + ", "a", ""),
              "powers": ("a ** ", "a", ""), "ands": ("a and ", "a", ""), "compared": ("a < ", "a", ""),
              "dicts": ("{1: ", "a", "}"), "sets": ("{", "a", "}"), "comprehensions": ("[x for x in ", "[a]", "]"),
              "tuples": ("(", "a", ",)"), "f-strings": ("str(", "a", ")")}
    for (name, (before, middle, after)), depth in product(around.items(), (30, 62, 64, 66, 300, 3000)):
        yield f"{name} {depth}", body(f"x = {before * depth}{middle}{after * depth}", "print(1 if x == x else 0)")
    for depth in (20, 62, 64, 66, 300):
        for head in ("if a:", "for i in [1]:"):
            lines = "".join(f"{'    ' * i}{head}\n" for i in range(depth))
            yield f"{head} {depth}", body(lines + "    " * depth + "pass")


@hostile("refused")
def recursion() -> Made:
    for length in (1, 2, 3, 5, 10, 60):
        cycle = "".join(f"def f{i}(x: int) -> int:\n    return f{(i + 1) % length}(x)\n\n\n" for i in range(length))
        yield f"calls {length}", body("x = f0(a)", head=cycle)
        method = "".join(f"def f{i}(x: int) -> int:\n    return x.f{(i + 1) % length}()\n\n\n" for i in range(length))
        yield f"methods {length}", body("x = a.f0()", head=method)
    forms = {"in a lambda": "max([x], key=lambda y: f(y))", "as a key": "max([x], key=f)", "mapped": "sum(map(f, [x]))",
             "in a comprehension": "sum([f(y) for y in [x]])", "in a condition": "f(x) if x else 0", "in an f-string":
             'len(f"{f(x)}")', "behind and": "1 if x and f(x) else 0", "in a default": "g(f, x)",
             "main": "main(x, image)"}
    for name, form in forms.items():
        more = "def g(h: Callable[[int], int], x: int) -> int:\n    return h(x)\n\n\n"
        params = "x: int, image: Image" if name == "main" else "x: int"
        yield name, body("x = f(a, image)" if name == "main" else "x = f(a)",
                         head=f"{more}def f({params}) -> int:\n    return {form}\n\n\n")
    for text in ("x = lambda n: x(n)", "x = (lambda f: f(f))(lambda f: f(f))",
                 "x = max([1], key=lambda n: main(n, image))"):
        yield text, body(text)


CHANGES = {
    "list": ("xs = [3, 1, 2]",
             ("xs.append(1)", "xs.insert(0, 1)", "xs.extend(xs)", "xs += xs", "xs.pop()", "xs.clear()",
                                "xs.remove(xs[0])", "xs.sort()", "xs.reverse()", "xs[0] = 9", "xs = xs + [1]")),
    "dict": ("xs = {1: 1, 2: 2}", ("xs[len(xs) + 5] = 1", "xs.pop(1)", "xs.clear()", "xs.update({9: 9})", "xs[1] = 5",
                                   "x = xs.setdefault(len(xs) + 7, 1)", "xs = xs | {8: 8}")),
    "set": ("xs = {1, 2}", ("xs.add(len(xs) + 5)", "xs.discard(1)", "xs.remove(2)", "xs.clear()", "xs.update([7, 8])",
                            "x = xs.pop()", "xs |= {len(xs) + 9}", "xs.intersection_update([1])")),
}


@hostile("stopped", "answered")
def changed_while_walked() -> Made:
    heads = ("for x in xs:", "for i, x in enumerate(xs):", "for x, y in zip(xs, xs):", "for x in map(lambda v: v, xs):",
             "for x in filter(None, xs):")
    for kind, (start, changes) in CHANGES.items():
        for change, head in product(changes, heads):
            yield f"{kind} {change} in {head}", body(start, f"{head}\n    {change}", result="len(xs)")
        helper = f"def change(xs: {'dict[int, int]' if kind == 'dict' else kind + '[int]'}) -> int:\n    "
        for change in changes:
            head = helper + change + "\n    return len(xs)\n\n\n"
            for use in ("[change(xs) for x in xs]", "sorted(xs, key=lambda x: change(xs))",
                        "[y for x in xs for y in xs if change(xs)]",
                        "max(xs, key=lambda x: change(xs))", "list(map(lambda x: change(xs), xs))"):
                yield f"{kind} {change} in {use}", body(start, f"n = len({use})" if "max" not in use else f"n = {use}",
                                                       head=head, result="n")


@hostile("refused", "stopped", "answered")
def sort_keys() -> Made:
    keys = ("lambda x: xs[x]", "lambda x: 1 // x", "lambda x: math.nan", "lambda x: None", "lambda x: image",
            "lambda x: [x, 1.5]",
            "lambda x: (x, 'a')", "lambda x: x if x else 'a'", "lambda x: {x}", "lambda x: int('x')",
            "lambda x: 10 ** 76 * x",
            "lambda x: llm_query(str(x))", "lambda x: image.exists(str(x))", "lambda x, y: x", "lambda: 1", "len",
            "None", "1",
            "lambda x: xs.append(x)", "lambda x: xs.clear()", "lambda x: math.sqrt(x)", "lambda x: 'a' * 10 ** 7",
            "lambda x: list(range(10 ** 7))", "lambda x: True", "lambda x: -x", "main", "open", "lambda x: x.__class__")
    uses = ("sorted(xs, key={k})", "max(xs, key={k})", "min(xs, key={k})", "xs.sort(key={k})")
    for key, use in product(keys, uses):
        yield use.format(k=key), body("xs = [-1, 0, 2, -1]",
                                      f"x = {use.format(k=key)}" if "sort(" not in use else use.format(k=key))
