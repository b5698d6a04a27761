"""Neural lints: what is allowed, but wastes calls or trusts answers too far (FMP410 to FMP418, warnings).

They look at functions of the user's program that make neural calls, once the program has no errors. A fix is safe
where the program gives the same result with no more calls; the others say what was probably meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fmplang.check.body import Body
from fmplang.check.lint_settled import asked_too_early, settled_loop
from fmplang.check.questions import verified
from fmplang.check.typed import CallBuiltin, CallFunction, CallMethod, CallNeural, FunctionInfo, NeuralFunction
from fmplang.check.types import STR, DictType, ListType, SetType
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Diagnostic, Edit, Fix, Label
from fmplang.syntax.source import Span

_YES_NO = re.compile(r"\s*(is|are|was|were|does|do|did|has|have|had|can|could|will|would|should|may)\b", re.IGNORECASE)
YES_NO = frozenset({"yes", "no", "true", "false", "y", "n"})


def lint(bodies: dict[FunctionInfo, Body], order: list[FunctionInfo]) -> None:
    """Report on all functions of the user's own module that make neural calls."""
    for function in order:
        if function.neural and not function.module:
            _Linter(bodies[function], function).run()


class _Linter:
    def __init__(self, body: Body, function: FunctionInfo) -> None:
        self.c = body
        self.function = function
        self.assigned: dict[str, list[ast.Expr | None]] = {p.name: [None] for p in function.params}
        self.tested: set[str] = set()
        self.asked_at: dict[ast.Call, ast.Stmt] = {}  # the statement that always makes a call, on a line of its own
        self.compared: dict[str, list[ast.Constant]] = {}
        self.branches = [n for s in function.node.body for n in ast.walk(s) if isinstance(n, ast.If)]

    def run(self) -> None:
        body = self.function.node.body
        for s in body:
            self.collect(s)
        self.unused_answers()
        self.repeats(body, {})
        for s in body:
            self.look(s, [])
        self.closed_sets()

    # ----------------------------------------------------------- what is known

    def collect(self, node: ast.Node) -> None:
        """What each local is assigned (None for what no single expression says), and which are tested."""
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self.target(target, node.value if len(node.targets) == 1 else None)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self.target(node.target, node.value)
        elif isinstance(node, ast.AugAssign):
            self.target(node.target, None)
        elif isinstance(node, (ast.For, ast.Clause)):
            self.target(node.target, None)
            self.mention(node.iter)
        elif isinstance(node, (ast.Branch, ast.IfExp, ast.Assert)):
            self.mention(node.test)
        elif isinstance(node, ast.BoolOp):
            for operand in node.operands:
                self.mention(operand)
        if isinstance(node, ast.Clause):
            for test in node.conditions:
                self.mention(test)
        for child in ast.children(node):
            self.collect(child)

    def target(self, node: ast.Node, value: ast.Expr | None) -> None:
        if isinstance(node, ast.Name):
            self.assigned.setdefault(node.id, []).append(value)
        elif isinstance(node, ast.TupleExpr):
            for part in node.items:
                self.target(part, None)

    def mention(self, node: ast.Node) -> None:
        self.tested.update(n.id for n in ast.walk(node) if isinstance(n, ast.Name))

    def neural_call(self, node: ast.Node) -> bool:
        if not isinstance(node, ast.Call):
            return False
        target = self.c.calls.get(node)
        return isinstance(target, CallNeural) or (isinstance(target, CallFunction) and target.function.neural)

    def origin(self, node: ast.Expr) -> ast.Expr:
        """The expression that a value comes from: through text methods, and a local assigned once."""
        for _ in range(8):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                target = self.c.calls.get(node)
                if isinstance(target, CallMethod) and target.kind == "str":
                    node = node.func.value
                    continue
            if isinstance(node, ast.Name):
                values = self.assigned.get(node.id, [])
                if len(values) == 1 and values[0] is not None:
                    node = values[0]
                    continue
            break
        return node

    def text_answer(self, node: ast.Expr) -> ast.Call | None:
        """The neural call whose free text an expression is."""
        found = self.origin(node)
        if isinstance(found, ast.Call) and self.neural_call(found) and self.c.types.get(found) is STR:
            return found
        return None

    # ------------------------------------------------------------------- lints

    def look(self, node: ast.Node, loops: list[ast.Node]) -> None:
        if isinstance(node, ast.Subscript):
            self.first_of_found(node)
        elif isinstance(node, ast.Compare):
            self.yes_or_no(node)
        elif isinstance(node, (ast.Branch, ast.IfExp)):
            self.truth_of_text(node.test)
        elif isinstance(node, ast.BoolOp):
            asked_too_early(self.c, node, self.asks)
        elif isinstance(node, ast.ExprStmt):
            self.answer_thrown_away(node)
        elif isinstance(node, ast.Call):
            target = self.c.calls.get(node)
            if isinstance(target, CallBuiltin) and target.name == "bool" and node.args:
                self.truth_of_text(node.args[0])
            if loops and self.neural_call(node):
                self.same_each_turn(node, loops[-1])
        if isinstance(node, ast.For):
            settled_loop(self.c, node, self.asks, lambda name: self.read_behind(node, name))
            self.look(node.iter, loops)
            for s in node.body:
                self.look(s, [*loops, node])
            return
        if isinstance(node, (ast.Comprehension, ast.DictComp)):
            self.look(node.clauses[0].iter, loops)
            for child in ast.children(node):
                for part in (ast.children(child) if child is node.clauses[0] else (child,)):
                    if part is not node.clauses[0].iter:
                        self.look(part, [*loops, node])
            return
        for child in ast.children(node):
            self.look(child, loops)

    def asks(self, node: ast.Node) -> bool:
        """Whether evaluating a node may ask a model."""
        return any(self.neural_call(n) for n in ast.walk(node))

    def read_behind(self, loop: ast.For, name: str) -> bool:
        """Whether a local is read behind a loop (or before it, in a loop around)."""
        return any(isinstance(n, ast.Name) and n.id == name and not loop.start <= n.start < loop.end
                   and n not in self.c.targets for s in self.function.node.body for n in ast.walk(s))

    def answer_thrown_away(self, node: ast.ExprStmt) -> None:
        """FMP415: a function that does nothing but ask is called, and nobody takes what it gives.

        (Neural functions themselves are told while types are checked.)
        """
        target = self.c.calls.get(node.value) if isinstance(node.value, ast.Call) else None
        if isinstance(target, CallFunction) and target.function.neural and not target.function.mutates:
            self.c.warn("FMP415", node.value, f"the answer of `{target.function.name}` is not used",
                        "A call that nobody reads costs all the same. Use it, or remove it.", self.without(node))

    def unused_answers(self) -> None:
        """FMP415 in place of FMP401: a local that is never read holds an answer that was paid for."""
        told = self.c.session.diagnostics
        for i, d in enumerate(told):
            if d.code != "FMP401" or d.source is not self.c.source:
                continue
            for s in (n for top in self.function.node.body for n in ast.walk(top)):
                if isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name) and s.targets[0].span == d.span \
                        and len(s.targets) == 1 and self.neural_call(s.value) and s.targets[0].id in self.assigned:
                    name = s.targets[0].id
                    told[i] = Diagnostic(
                        "FMP415", f"the answer in `{name}` is never used", d.source, d.span, "warning",
                        (Label(s.value.span, "this call costs all the same"),), help="Use it, or remove the call.",
                        fixes=self.without(s) if len(self.assigned[name]) == 1 else ())

    def without(self, s: ast.Stmt) -> tuple[Fix, ...]:
        """Take a statement out, where it stands on lines of its own."""
        text = self.c.source.text
        line, end = text.rfind("\n", 0, s.start) + 1, text.find("\n", s.end)
        end = len(text) if end < 0 else end
        if text[line:s.start].strip() or text[s.end:end].strip():
            return ()
        alone = any(block == (s,) for block in _blocks(self.function.node.body))
        edit = Edit(s.span, "pass") if alone else Edit(Span(line, min(end + 1, len(text))), "")
        return (Fix("remove the call", (edit,)),)

    def first_of_found(self, node: ast.Subscript) -> None:
        """FMP410: an element of a list that a model gave, where nothing asks whether there is one."""
        if isinstance(node.index, ast.Slice) or not isinstance(node.index, (ast.Constant, ast.Unary)):
            return
        if not isinstance(self.c.types.get(node.value), ListType):
            return
        if isinstance(node.value, ast.Name) and node.value.id in self.tested:
            return
        found = self.origin(node.value)
        if self.neural_call(found):
            text = self.c.text(node.value)
            fixes: tuple[Fix, ...] = ()
            if isinstance(node.value, ast.Name):
                fixes = self.before(node, f"assert {node.value.id}, \"there is none\"", "say that there has to be one")
            self.c.warn("FMP410", node, f"`{text}` may be empty", "A model finds what it finds. Test first, as in "
                        f"`if {text if isinstance(node.value, ast.Name) else 'found'}:`, or loop over it.", fixes)

    def yes_or_no(self, node: ast.Compare) -> None:
        """FMP411: free text compared with yes or no. Other texts are kept for FMP416."""
        for left, op, right in zip(node.operands, node.ops, node.operands[1:], strict=False):
            for side, other in ((left, right), (right, left)):
                words = _words(other) if op in ("==", "!=", "in", "not in") else []
                if not words or (op in ("in", "not in") and side is right):
                    continue
                call = self.text_answer(side)
                if call is None:
                    continue
                labels = (Label(call.span, "the text comes from here"),) if call.start != node.start else ()
                if all(w.value.lower().strip(" .!") in YES_NO for w in words if isinstance(w.value, str)):
                    whole = len(node.ops) == 1 and len(words) == 1 and other is words[0]
                    self.c.warn("FMP411", node, "a free text is compared with yes or no", "Ask for a bool: "
                                "`image.verify(\"...\")`, or a neural function declared `-> bool`.",
                                _verified(self.c, node, call, op, words[0]) if whole and not labels else (), labels)
                    return
                key = self.c.text(call, 400)
                self.compared.setdefault(key, []).extend(w for w in words)

    def before(self, node: ast.Node, line: str, title: str) -> tuple[Fix, ...]:
        """Write a line before the statement that a node stands in, where that begins its line."""
        text = self.c.source.text
        inside = [s for block in _blocks(self.function.node.body) for s in block if s.start <= node.start < s.end]
        if not inside:
            return ()
        at = min(inside, key=lambda s: s.end - s.start).start
        begin = text.rfind("\n", 0, at) + 1
        if text[begin:at].strip():
            return ()
        return (Fix(title, (Edit(Span(at, at), f"{line}\n{text[begin:at]}"),)),)

    def closed_sets(self) -> None:
        """FMP416: one free answer compared with several texts."""
        for words in self.compared.values():
            if len({w.value for w in words}) > 2:
                listed = ", ".join(dict.fromkeys(f'"{w.value}"' for w in words))
                self.c.warn("FMP416", words[0], "an answer is compared with a closed set of texts",
                            f"Declare a neural function that returns `Literal[{listed}]`: the model has to choose, "
                            "and a misspelling is an error.",
                            labels=tuple(Label(w.span, "also compared with this") for w in words[1:4]))

    def truth_of_text(self, node: ast.Expr) -> None:
        """FMP412: the truth of a free text, which is true for "no" too.

        Text that is read off a picture or a recording may be missing: to ask whether there is any is fine. So it is
        for a local, unless the question is one of yes and no.
        """
        while isinstance(node, ast.Unary) and node.op == "not":
            node = node.operand
        call = self.text_answer(node)
        if call is None or _capability(self.c.calls[call]) in ("ocr", "asr"):
            return
        asked = [n.value for a in call.args for n in ast.walk(a) if isinstance(n, ast.Constant)]
        if isinstance(node, ast.Name) and not any(isinstance(a, str) and _YES_NO.match(a) for a in asked):
            return
        labels = (Label(call.span, "the text comes from here"),) if call is not node else ()
        self.c.warn("FMP412", node, "the truth of a free text is asked: \"no\" is true too",
                    "Ask for a bool: `image.verify(\"...\")`, or a neural function declared `-> bool`.",
                    verified(self.c, call, call), labels)

    def same_each_turn(self, node: ast.Call, loop: ast.Node) -> None:
        """FMP413: a call whose arguments do not change from turn to turn."""
        varying = set()
        for inner in ast.walk(loop):
            if isinstance(inner, ast.Name) and inner in self.c.targets:
                varying.add(inner.id)
        if self.constant(node, varying):
            self.c.warn("FMP413", node, "the same is asked on every turn of the loop", "Ask once before the loop.",
                        self.asked_once(loop, [node]),
                        (Label(_head(loop).span, "none of its arguments changes here"),))

    def constant(self, node: ast.Call, varying: set[str]) -> bool:
        """Whether the arguments are written out, or immutable locals that do not vary."""
        parts: list[ast.Expr] = [*node.args, *(k.value for k in node.keywords)]
        if isinstance(node.func, ast.Attribute):
            parts.append(node.func.value)
        for part in parts:
            for inner in ast.walk(part):
                if isinstance(inner, (ast.Call, ast.Comprehension, ast.DictComp, ast.Lambda)):
                    return False
                if isinstance(inner, ast.Name) and (
                        inner.id in varying or isinstance(self.c.types.get(inner), (ListType, DictType, SetType))):
                    return False
        return True

    def asked_once(self, before: ast.Node, calls: list[ast.Call], safe: bool = False) -> tuple[Fix, ...]:
        """Keep the answer in a new local, assigned before the statement of a node."""
        text = self.c.source.slice(calls[0].span)
        name = self.new_name(calls[0])
        made = self.before(before, f"{name} = {text}", f"keep the answer in `{name}`")
        if not made or "\n" in text:
            return ()
        edits = (*made[0].edits, *(Edit(call.span, name) for call in calls))
        return (Fix(made[0].title, edits, safe),)

    def new_name(self, call: ast.Call) -> str:
        """A name for an answer, of the function and its first text: `exists_dog`."""
        func = call.func
        parts = [func.name if isinstance(func, ast.Attribute) else getattr(func, "id", "answer")]
        parts += [str(a.value) for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)][:1]
        name = re.sub(r"\W+", "_", "_".join(parts), flags=re.ASCII).strip("_").lower()[:30].rstrip("_") or "answer"
        taken = {n.id for s in self.function.node.body for n in ast.walk(s) if isinstance(n, ast.Name)}
        while name in taken or name in self.assigned or self.c.scope.find(name) is not None:
            name += "_once"
        return name

    def repeats(self, body: tuple[ast.Stmt, ...], known: dict[str, ast.Call]) -> None:
        """FMP414: a call that was made before on every path to here, with the same arguments."""
        for s in body:
            if isinstance(s, ast.If):
                inner = dict(known)
                for i, branch in enumerate(s.branches):
                    self.asked(branch.test, known if i == 0 else inner)
                    inner.update(known)
                    self.repeats(branch.body, dict(inner))
                self.repeats(s.orelse, dict(inner))
            elif isinstance(s, ast.For):
                self.asked(s.iter, known)
                self.repeats(s.body, dict(known))
            else:
                self.asked(s, known)

    def asked(self, node: ast.Node, known: dict[str, ast.Call]) -> None:
        varying = {n for n, values in self.assigned.items() if len(values) > 1}
        for call in _always(node):
            if not self.neural_call(call) or not self.constant(call, varying):
                continue
            key = " ".join(self.c.source.slice(call.span).split())
            first = known.setdefault(key, call)
            if first is call:
                self.asked_at[call] = node if isinstance(node, ast.Stmt) else call  # type: ignore[assignment,arg-type]
            elif first in self.asked_at:
                self.c.warn("FMP414", call, "the same is asked twice", "Keep the first answer in a variable.",
                            self.kept(first, call), (Label(first.span, "asked here already"),))

    def kept(self, first: ast.Call, again: ast.Call) -> tuple[Fix, ...]:
        """The first answer in place of the second: in the local that holds it, or in a new one."""
        s = self.asked_at[first]
        target = s.targets[0] if isinstance(s, ast.Assign) and s.value is first and len(s.targets) == 1 else None
        if isinstance(target, ast.Name):
            name = target.id
            if len(self.assigned.get(name, [])) == 1:
                return (Fix(f"use `{name}`", (Edit(again.span, name),), safe=True),)
        if any(b.test.start <= first.start < b.test.end for i in self.branches for b in i.branches[1:]):
            return ()  # in an `elif`: before the whole `if` it would be asked where it is not now
        return self.asked_once(first, [first, again], safe=True)


def _blocks(body: tuple[ast.Stmt, ...]) -> Iterator[tuple[ast.Stmt, ...]]:
    """A block and those inside it."""
    yield body
    for s in body:
        if isinstance(s, ast.If):
            for branch in s.branches:
                yield from _blocks(branch.body)
            yield from _blocks(s.orelse)
        elif isinstance(s, ast.For):
            yield from _blocks(s.body)


def _verified(c: Body, node: ast.Expr, call: ast.Call, op: str, word: ast.Constant) -> tuple[Fix, ...]:
    no = str(word.value).lower().strip(" .!") in ("no", "false", "n")
    return verified(c, node, call, no is (op == "=="))


def _capability(target: object) -> str:
    """What a call asks for: of a function of the program, the one capability below it, if there is one."""
    if isinstance(target, CallNeural):
        return target.function.capability
    if isinstance(target, CallFunction):
        found = {_capability(CallNeural(k.target, (), -1)) if isinstance(k.target, NeuralFunction)
                 else _capability(CallFunction(k.target, ())) for k in target.function.calls}
        return found.pop() if len(found) == 1 else ""
    return ""


def _always(node: ast.Node) -> Iterator[ast.Call]:
    """The calls below that are made whenever the node is evaluated, in source order."""
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, (ast.BoolOp, ast.Compare)):
        yield from _always(node.operands[0])
        if isinstance(node, ast.Compare):
            yield from _always(node.operands[1])
        return
    if isinstance(node, ast.IfExp):
        yield from _always(node.test)
        return
    if isinstance(node, (ast.Comprehension, ast.DictComp)):
        yield from _always(node.clauses[0].iter)
        return
    for child in ast.children(node):
        yield from _always(child)
    if isinstance(node, ast.Call):
        yield node


def _words(node: ast.Expr) -> list[ast.Constant]:
    """The texts that an operand spells out."""
    items = node.items if isinstance(node, (ast.ListExpr, ast.TupleExpr, ast.SetExpr)) else (node,)
    words = [i for i in items if isinstance(i, ast.Constant) and isinstance(i.value, str)]
    return words if len(words) == len(items) else []


def _head(loop: ast.Node) -> ast.Node:
    if isinstance(loop, ast.For):
        return loop.iter
    return loop.clauses[0].iter if isinstance(loop, (ast.Comprehension, ast.DictComp)) else loop
