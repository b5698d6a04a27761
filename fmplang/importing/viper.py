"""ViperGPT's programs: `def execute_command(image) -> str:` over `ImagePatch`, or the bare statements of one.

The text is changed only at the places that FMP spells otherwise; all else, comments included, stays as it was
written. What FMP has no word for stays too, and the checker speaks about it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from fmplang.check.annotations import NAMES
from fmplang.check.builtins import FUNCTIONS
from fmplang.check.scope import definition, exports
from fmplang.importing import vocabulary as words
from fmplang.importing.annotate import annotate, formatted_answers
from fmplang.importing.edits import Edits
from fmplang.importing.reports import Reports, quoted
from fmplang.importing.spelling import spelled
from fmplang.limits import Limits
from fmplang.syntax import ast
from fmplang.syntax.parser import Parsed, parse
from fmplang.syntax.source import Source, Span

ENTRY = "execute_command"


def from_viper(original: Source, reports: Reports, limits: Limits) -> str:
    """The program as FMP text, not yet formatted. Reports what was left out or has no counterpart."""
    source = Source(_without_fences(original.text, limits))
    if not re.search(r"^[ \t]*(?:async[ \t]+)?def\b", source.text, re.MULTILINE):
        if all(not line.strip() or line.lstrip().startswith("#") for line in source.text.split("\n")):
            reports.error("FMP874", "there is nothing to import", Span(0, 0), "Give a file with a program in it.")
            return ""
        source = _as_function(source, reports, limits)
    return annotate(formatted_answers(_Rewriting(source, reports, limits).text(), limits), limits)


def _without_fences(text: str, limits: Limits) -> str:
    """Markdown fences around the program made blanks, so that all places stay."""
    if "```" not in text:
        return text
    return re.sub(r"^[ \t]*```.*$", lambda fence: " " * len(fence[0]), text, flags=re.MULTILINE)


# ----------------------------------------------------------------------------------- statements without a function


def _as_function(source: Source, reports: Reports, limits: Limits) -> Source:
    """Statements become the body of `main`. Its parameters are the names that nothing gives a value to."""
    lines = source.text.rstrip().split("\n")
    body = "\n".join(f"    {line}" if line.strip() else line for line in lines)
    header = f"def main({', '.join(_free(_under('def main():', body), limits))}):\n"
    answer = _answer(Source(header + body + "\n"), limits)
    starts, back = [0], [0]
    for i, line in enumerate(lines):  # where each line begins now, and how far back it began before
        starts.append(len(header) if not i else starts[-1] + len(lines[i - 1]) + 1 + (back[-1] - back[-2]))
        back.append(back[-1] + (4 if line.strip() else 0))

    def place(offset: int) -> int:
        line = bisect_right(starts, offset) - 1
        return max(0, min(len(source.text), offset - len(header) - back[line])) if line else 0

    reports.place = place
    tail = f"    return {answer}\n" if answer else ""
    return Source(f"{header}{body}\n{tail}", source.name)


def _under(header: str, body: str) -> Source:
    return Source(f"{header}\n{body}\n")


def _free(source: Source, limits: Limits) -> Iterator[str]:
    """Names that are read and never assigned, in the order of their first use."""
    module = parse(source, limits).module
    bound: set[str] = set()
    names: list[ast.Name] = []
    for node in ast.walk(module):
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.For, ast.Clause, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else (node.target,)
            bound |= {n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}
        elif isinstance(node, ast.Lambda):
            bound |= {p.id for p in node.params}
        elif isinstance(node, ast.Name):
            names.append(node)
    known = {*FUNCTIONS, *exports(), *words.WRAPPERS, *words.OLDER, *words.FORMATTERS, *NAMES, "math", "main"}
    ordered = sorted(names, key=lambda n: n.start)
    return (name for name in dict.fromkeys(n.id for n in ordered) if name not in bound | known)


def _answer(source: Source, limits: Limits) -> str:
    """The variable that holds the answer of bare statements, "" where they return it or none is plain."""
    for item in parse(source, limits).module.items:
        if isinstance(item, ast.Function):
            if any(isinstance(node, ast.Return) for node in ast.walk(item)):
                return ""
            assigned = {t.id for node in ast.walk(item) if isinstance(node, ast.Assign)
                        for t in node.targets if isinstance(t, ast.Name)}
            return next((name for name in words.ANSWERS if name in assigned), "")
    return ""


# ---------------------------------------------------------------------------------------------------- rewriting


class _Rewriting:
    """One pass over a tree that edits its text."""

    def __init__(self, source: Source, reports: Reports, limits: Limits) -> None:
        self.source = source
        self.reports = reports
        self.parsed: Parsed = parse(source, limits)
        self.edits = Edits()
        self.own = {name.id for item in self.parsed.module.items if (name := definition(item)) is not None}

    def text(self) -> str:
        self._imports()
        functions = [i for i in self.parsed.module.items if isinstance(i, ast.Function)]
        if "main" not in self.own and sum(f.name.id == ENTRY for f in functions) == 1:
            for f in functions:
                if f.name.id == ENTRY:
                    self.edits.replace(f.name.start, f.name.end, "main")
        for item in self.parsed.module.items:
            if isinstance(item, ast.Function):
                self._signature(item, entry=item.name.id in (ENTRY, "main") or len(functions) == 1)
            for node in ast.walk(item):
                if isinstance(node, ast.Call):
                    self._call(node)
                elif isinstance(node, ast.Attribute) and node.name == "cropped_image":
                    self.edits.replace(node.value.end, node.end, "")  # a patch is its own picture
                elif isinstance(node, ast.AnnAssign):
                    self._local(node)
        return self.edits.apply(self.source.text)

    def _imports(self) -> None:
        """Imports of what FMP has anyway become blank lines; the checker speaks about the others."""
        for diagnostic in self.parsed.diagnostics:
            if diagnostic.code == "FMP024":
                line = self.source.position(diagnostic.span.start)[0]
                start = self.source.line_starts[line - 1]
                written = self.source.line(line)
                found = re.fullmatch(r"\s*(?:import|from)\s+(\w+)[^;#(]*(?:\([^)]*\))?\s*(#.*)?", written)
                if found and found[1] in words.NEEDLESS and " as " not in written:
                    self.edits.replace(start, start + len(written), found[2] or "")
                    self.reports.left_out(f"the import of `{found[1]}` was left out", diagnostic.span,
                                          "FMP knows these names without an import.")

    # ------------------------------------------------------------------------------ signatures

    def _signature(self, item: ast.Function, *, entry: bool) -> None:
        used = {node.id for node in ast.walk(item) if isinstance(node, ast.Name)}
        kept: list[str] = []
        changed = False
        wrapped = self._wrapped(item)
        for p in item.params:
            kind = "" if p.annotation is None else self._spelled(p.annotation, item)
            if entry and not kind and p.name not in used and p.name not in words.BY_NAME:
                changed = True
                self.reports.left_out(f"the parameter `{p.name}` was left out: nothing reads it", p.span,
                                      "Give it a type, and put it back, where a host hands it in.")
                continue
            kind = kind or wrapped.get(p.name, "")
            default = "" if p.default is None else f" = {self.source.slice(p.default.span)}"
            text = f"{p.name}: {kind}{default}" if kind else f"{p.name}{default.replace(' ', '')}"
            changed = changed or text != self.source.slice(p.span)
            kept.append(text)
        if changed:
            self.edits.replace(item.params[0].start, item.params[-1].end, ", ".join(kept))
        if item.returns is not None:
            kind = self._spelled(item.returns, item)
            if not kind:
                arrow = self.source.text.rfind("->", item.name.end, item.returns.start)
                self.edits.replace(arrow, item.returns.end, "")
            elif kind != self.source.slice(item.returns.span):
                self.edits.replace(item.returns.start, item.returns.end, kind)

    def _wrapped(self, item: ast.Function) -> dict[str, str]:
        """The parameters that a wrapper is put around, with the types that this tells."""
        found = {}
        for node in ast.walk(item):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                first = node.args[0]
                if node.func.id in words.WRAPPERS and isinstance(first, ast.Name):
                    found[first.id] = words.WRAPPERS[node.func.id]
        return found

    def _spelled(self, annotation: ast.Expr, item: ast.Function) -> str:
        """FMP's spelling of an annotation; "" where it has none, which is reported: the type is then inferred."""
        kind = spelled(annotation, self.own)
        if not kind:
            written = quoted(self.source.slice(annotation.span))
            self.reports.left_out(f"the annotation {written} was left out: it is no type of FMP", annotation.span,
                                  f"The type was told from the body of `{item.name.id}`, where it could be.")
        return kind

    def _local(self, node: ast.AnnAssign) -> None:
        kind = spelled(node.annotation, self.own)
        if kind:
            self.edits.replace(node.annotation.start, node.annotation.end, kind)
        elif node.value is not None:
            self.edits.replace(node.target.end, node.annotation.end, "")

    # ----------------------------------------------------------------------------- expressions

    def _call(self, node: ast.Call) -> None:
        func = node.func
        if isinstance(func, ast.Name):
            if func.id in self.own:
                return
            if func.id in words.WRAPPERS:
                self._wrapper(node, func.id)
                return
            name, start = func.id, func.start
        elif isinstance(func, ast.Attribute) and func.name not in self.own:
            name, start = func.name, func.name_start
            if len(node.args) + len(node.keywords) >= words.PLAIN.get(name, 1000):
                self.edits.replace(node.start, start, "")
                if not isinstance(func.value, ast.Name):
                    written = quoted(self.source.slice(func.value.span))
                    self.reports.left_out(f"`{name}` is not asked of {written}: that was left out", func.value.span,
                                          f"In FMP `{name}` is a function of text alone.")
        else:
            return
        if name in words.OLDER:
            self.edits.replace(start, start + len(name), words.OLDER[name])
            if name == "process_guesses" and (node.args or node.keywords):
                self.edits.insert((*node.args, *node.keywords)[0].start, "{}, ")
        self._arguments(node, words.OLDER.get(name, name))

    def _wrapper(self, node: ast.Call, name: str) -> None:
        """`ImagePatch(image)` is the image; with a box it is a crop, and a video with an interval is trimmed."""
        if not node.args:
            return  # the checker says that nothing is called so
        first, rest = node.args[0], (*node.args[1:], *node.keywords)
        inner = first.end
        simple = isinstance(first, (ast.Name, ast.Attribute, ast.Call, ast.Subscript))
        self.edits.replace(node.start, first.start, "" if simple else "(")
        close = "" if simple else ")"
        if rest:
            method = "crop" if name == "ImagePatch" else "trim"
            self.edits.replace(inner, rest[0].start, f"{close}.{method}(")
        else:
            self.edits.replace(inner, node.end, close)

    def _arguments(self, node: ast.Call, name: str) -> None:
        renamed = words.KEYWORDS.get(name, {})
        for place, keyword in enumerate(node.keywords):
            to = renamed.get(keyword.name)
            if to:
                self.edits.replace(keyword.start, keyword.start + len(keyword.name), to)
            elif to == "":
                before = (*node.args, *node.keywords[:place])
                after = node.keywords[place + 1:]
                if before:
                    self.edits.replace(before[-1].end, keyword.end, "")
                else:
                    self.edits.replace(keyword.start, after[0].start if after else keyword.end, "")
                self.reports.left_out(f"the argument `{keyword.name}` of `{name}` was left out", keyword.span,
                                      "The library's function has no such parameter.")
