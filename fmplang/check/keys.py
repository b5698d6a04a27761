"""The keys of call sites.

A call's key is the callee's name and a slug of its literal arguments: `find:red-dog`. Within one function, equal
keys are numbered in source order: `find:red-dog#2`. So ids survive new lines, comments, renamed locals and other
calls put in between. Two different texts never have one slug: what a slug loses is made up by a hash.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fmplang.check.typed import (
    CallFunction,
    CallKey,
    CallNeural,
    FunctionInfo,
    FunctionRef,
    NeuralFunction,
    NeuralRef,
)
from fmplang.syntax import ast

if TYPE_CHECKING:
    from fmplang.check.body import Body

SLUG = 24  # the longest slug, without its hash

Found = tuple[int, int, ast.Expr, NeuralFunction | FunctionInfo]  # where it begins and ends, what, what it calls


def write(c: Body, function: FunctionInfo, found: list[Found]) -> None:
    """Number the calls that carry sites in source order, and write the numbers into the tables."""
    seen: dict[str, int] = {}
    made: list[CallKey] = []
    for _, _, node, target in sorted(found, key=lambda f: f[:2]):
        key = target.name
        if isinstance(node, ast.Call):
            text = slug(literals(node))
            key = f"{key}:{text}" if text else key
        count = seen[key] = seen.get(key, 0) + 1
        index = len(made)
        made.append(CallKey(key if count == 1 else f"{key}#{count}", target, node))
        if isinstance(node, ast.Call):
            call = c.calls[node]
            if isinstance(call, CallNeural):
                c.calls[node] = CallNeural(call.function, call.binding, index, call.method)
            elif isinstance(call, CallFunction):
                c.calls[node] = CallFunction(call.function, call.binding, index, call.method)
        elif isinstance(node, ast.Name):
            c.names[node] = (
                NeuralRef(target, index) if isinstance(target, NeuralFunction) else FunctionRef(target, index))
    function.calls = tuple(made)


def place(node: ast.Call) -> int:
    """Where a call's own name stands: the calls of a chain all begin at one place."""
    return node.func.name_start if isinstance(node.func, ast.Attribute) else node.start


def literals(node: ast.Call) -> list[str]:
    """The texts and numbers written out as arguments, in textual order."""
    args: list[ast.Expr] = [*node.args, *(k.value for k in node.keywords)]
    if isinstance(node.func, ast.Attribute):
        args.insert(0, node.func.value)
    return [
        str(a.value) for a in args
        if isinstance(a, ast.Constant) and isinstance(a.value, (str, int, float)) and not isinstance(a.value, bool)
    ]


_PLAIN = re.compile(r"[a-z0-9]+(?: [a-z0-9]+)*")


def slug(texts: list[str]) -> str:
    """Readable, of bounded length, and different for different texts; "" for none."""
    if not texts:
        return ""
    made = ",".join(re.sub(r"[^a-z0-9]", "-", text.lower()) for text in texts)
    if len(made) <= SLUG and all(map(_PLAIN.fullmatch, texts)):
        return made
    import hashlib  # only programs with such arguments pay for it

    whole = "\0".join(texts).encode("utf-8", "surrogatepass")
    return re.sub(r"-{2,}", "-", made)[:SLUG].strip("-,") + "~" + hashlib.blake2b(whole, digest_size=3).hexdigest()
