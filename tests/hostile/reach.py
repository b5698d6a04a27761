"""Programs that reach for the host: formats, attributes, imports, functions of Python."""

from __future__ import annotations

from itertools import product

from tests.hostile.templates import VALUES, Made, body, hostile, returning

# ----------------------------------------------------------------------------------------------- formats

FIELDS = ("{0.__class__}", "{0.n}", "{0[0]}", "{0[k]}", "{0.__init__.__globals__}", "{0!a}", "{0!x}", "{a}", "{}{}",
          "{0",
          "}", "{0:{0}}", "{:>{}}", "{0:%s}", "{!r:{1}}", "{0:1000000000}", "{0:.1000000000}")


@hostile("refused", "stopped", "answered")
def format_strings() -> Made:
    for field, (kind, value) in product(FIELDS, VALUES.items()):
        yield f"{kind} {field}", returning("str", f'return "{field}".format({value})')
    for kind, value in VALUES.items():
        yield f"built {kind}", returning("str", 'field = "{0.__cl" + "ass__}"', f"return field.format({value})")
        yield f"percent {kind}", returning("str", f'return "%s %r" % ({value},)')


@hostile("refused", "stopped", "answered")
def fstring_nesting() -> Made:
    holes = ("a.__class__", "a!a", "a=", "a:{a:{a}}", "lambda: a", "(lambda x: x)", "a:=1", "{a}", "{'k': a}['k']", "",
             " ",
             "a # c", "a\\n", "yield a", "await a", "*[a]", "a:", "a!r:>{a}", "a:>10000000000", "a:{image}", "print",
             "a if",
             "f'{a}'", "f'{f\"{a}\"}'", "f'{f\"{f\"\"\"{a}\"\"\"}\"}'", "f'''{a}'''", "open('x')", "__import__('os')")
    for hole in holes:
        yield hole, returning("str", f'return f"{{{hole}}}"')
        yield f"tripled {hole}", returning("str", f'return f"""{{{hole}}}"""')
    for depth in (2, 10, 63, 64, 65, 500):
        yield f"brackets {depth}", returning("str", f'return f"{{{"(" * depth}a{")" * depth}}}"')
        yield f"specs {depth}", returning("str", f'return f"{{a:{"{a:" * depth}{"}" * depth}}}"')


# ------------------------------------------------------------------------------------- what Python objects have

DUNDERS = ("__class__", "__dict__", "__mro__", "__subclasses__", "__globals__", "__builtins__", "__import__",
           "__init__",
           "__reduce_ex__", "__getattribute__", "__code__", "__closure__", "__self__", "__module__", "__base__",
           "__doc__",
           "__call__", "__slots__", "__shape__", "__values__", "__format__", "__getitem__", "__x")


@hostile("refused")
def dunders() -> Made:
    for name in DUNDERS:
        for kind in ("int", "str", "list", "image", "record", "patches"):
            yield f"attribute of {kind} {name}", body(f"x = {VALUES[kind]}.{name}")
        yield f"called {name}", body(f"x = image.{name}()")
        yield f"local {name}", body(f"{name} = 1")
        yield f"name {name}", body(f"x = {name}")
        yield f"keyword {name}", body(f'x = image.find({name}="dog")')
        yield f"parameter {name}", body(head=f"def f({name}: int) -> int:\n    return 1\n\n\n")
        yield f"function {name}", body(head=f"def {name}() -> int:\n    return 1\n\n\n")
        yield f"loop {name}", body(f"for {name} in [1]:\n    pass")
        yield f"lambda {name}", body(f"x = max([1], key=lambda {name}: 1)")


ATTRIBUTES = ("real", "bit_length", "to_bytes", "encode", "translate", "maketrans", "gi_frame", "f_globals",
              "func_globals",
              "tb_frame", "cr_frame", "mro", "im_func", "pil", "pixels", "source", "path", "_load", "from_pixels",
              "digest",
              "shape", "tobytes", "open", "read", "write", "fromkeys", "as_integer_ratio", "isidentifier", "popitem",
              "format_map", "expandtabs")


@hostile("refused")
def attributes() -> Made:
    for name, (kind, value) in product(ATTRIBUTES, VALUES.items()):
        if (kind, name) != ("record", "n"):
            yield f"{kind} {name}", body(f"x = ({value}).{name}")
    for name in ATTRIBUTES[:12]:
        yield f"assigned {name}", body(f"image.{name} = a")
        yield f"of a function {name}", body(f"x = main.{name}")
        yield f"of a builtin {name}", body(f"x = len.{name}")
        yield f"of a module {name}", body(f"x = math.{name}")


# ------------------------------------------------------------------------------------------------ authority

MODULES = ("os", "sys", "subprocess", "socket", "shutil", "ctypes", "pickle", "marshal", "importlib", "builtins",
           "inspect",
           "io", "pathlib", "tempfile", "threading", "multiprocessing", "asyncio", "http", "urllib", "requests",
           "numpy",
           "torch", "random", "time", "gc", "code", "platform", "fmplang", "fmplang.runtime", "fmp.os")


@hostile("refused")
def imports() -> Made:
    for module in MODULES:
        yield f"import {module}", f"import {module}\n" + body()
        yield f"as {module}", f"import {module} as x\n" + body("x.system('true')")
        yield f"from {module}", f"from {module} import system\n" + body("system('true')")
        yield f"star {module}", f"from {module} import *\n" + body()
        yield f"inside {module}", body(f"import {module}")
        yield f"unbidden {module}", body(f"x = {module}.path") if "." not in module else body(f"x = {module}")
    for text in ("from . import x", "from .. import os", "import os, sys", "from os import (path)",
                 "from fmp import vision",
                 "from fmp.vision import __builtins__", "from fmp.vision import (find, os)", "from __future__ import x",
                 "from fmp.vision.os import x", "from fmp.vision import find as __x"):
        yield text, text + "\n" + body()


HOST = ("open", "eval", "exec", "compile", "input", "globals", "locals", "vars", "dir", "getattr", "setattr", "delattr",
        "hasattr", "type", "object", "id", "memoryview", "breakpoint", "exit", "quit", "super", "staticmethod",
        "property",
        "callable", "isinstance", "issubclass", "hash", "iter", "classmethod", "help", "bytes", "bytearray", "repr",
        "chr", "ord", "frozenset", "slice", "complex", "ascii", "bin", "format", "aiter", "copyright", "credits")


@hostile("refused")
def host_functions() -> Made:
    for name in HOST:
        yield f"called {name}", body(f"x = {name}(a)")
        yield f"on text {name}", body(f'x = {name}("/etc/passwd")')
        yield f"alias {name}", body(f"x = {name}", "y = x(a)")
        yield f"mapped {name}", body(f"x = list(map({name}, [a]))")
        yield f"key {name}", body(f"x = max([a], key={name})")
    for line in ('print(1, file=image)', 'print(1, flush=True)', "x = (lambda: 1)()", "x = [].__class__", "x = print",
                 "x = {len: 1}", "x = [len]", "x = (main, 1)", "x = sorted([1], key=main)", "x = f'{main}'",
                 "x = str(len)",
                 "print(len)", "print(lambda: 1)", "x = [lambda y: y]", "return lambda: 1"):
        yield line, body(line)
