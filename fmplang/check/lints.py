"""Neural lints: what is allowed, but wastes calls or trusts answers too far (FMP410 to FMP416, warnings).

They look at functions of the user's program that make neural calls, once the program has no errors.
"""

from __future__ import annotations

from collections.abc import Iterator

from fmplang.check.body import Body
from fmplang.check.typed import CallBuiltin, CallFunction, CallMethod, CallNeural, FunctionInfo
from fmplang.check.types import STR, DictType, ListType, SetType
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Label

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
        self.compared: dict[str, list[ast.Constant]] = {}

    def run(self) -> None:
        body = self.function.node.body
        for s in body:
            self.collect(s)
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
        self.tested.update(n.id for n in _below(node) if isinstance(n, ast.Name))

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
        elif isinstance(node, ast.Call):
            target = self.c.calls.get(node)
            if isinstance(target, CallBuiltin) and target.name == "bool" and node.args:
                self.truth_of_text(node.args[0])
            if loops and self.neural_call(node):
                self.same_each_turn(node, loops[-1])
        if isinstance(node, ast.For):
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
            self.c.warn("FMP410", node, f"`{text}` may be empty", "A model finds what it finds. Test first, as in "
                        f"`if {text if isinstance(node.value, ast.Name) else 'found'}:`, or loop over it.")

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
                    self.c.warn("FMP411", node, "a free text is compared with yes or no", "Ask for a bool: "
                                "`image.verify(\"...\")`, or a neural function declared `-> bool`.",
                                labels=labels)
                    return
                key = self.c.text(call, 400)
                self.compared.setdefault(key, []).extend(w for w in words)

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
        """FMP412: the truth of a free text, which is true for "no" too."""
        while isinstance(node, ast.Unary) and node.op == "not":
            node = node.operand
        call = self.text_answer(node) if not isinstance(node, ast.Name) else None
        if call is not None:
            self.c.warn("FMP412", node, "the truth of a free text is asked: \"no\" is true too",
                        "Ask for a bool: `image.verify(\"...\")`, or a neural function declared `-> bool`.")

    def same_each_turn(self, node: ast.Call, loop: ast.Node) -> None:
        """FMP413: a call whose arguments do not change from turn to turn."""
        varying = set()
        for inner in _below(loop):
            if isinstance(inner, ast.Name) and inner in self.c.targets:
                varying.add(inner.id)
        if self.constant(node, varying):
            self.c.warn("FMP413", node, "the same is asked on every turn of the loop", "Ask once before the loop.",
                        labels=(Label(_head(loop).span, "none of its arguments changes here"),))

    def constant(self, node: ast.Call, varying: set[str]) -> bool:
        """Whether the arguments are written out, or immutable locals that do not vary."""
        parts: list[ast.Expr] = [*node.args, *(k.value for k in node.keywords)]
        if isinstance(node.func, ast.Attribute):
            parts.append(node.func.value)
        for part in parts:
            for inner in _below(part):
                if isinstance(inner, (ast.Call, ast.Comprehension, ast.DictComp, ast.Lambda)):
                    return False
                if isinstance(inner, ast.Name) and (
                        inner.id in varying or isinstance(self.c.types.get(inner), (ListType, DictType, SetType))):
                    return False
        return True

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
            if first is not call:
                self.c.warn("FMP414", call, "the same is asked twice", "Keep the first answer in a variable.",
                            labels=(Label(first.span, "asked here already"),))


def _below(node: ast.Node) -> Iterator[ast.Node]:
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(ast.children(node))


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
