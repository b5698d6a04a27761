"""VisProg's programs: a line for each step, from LOC and VQA to RESULT.

A list of boxes becomes a list of patches. Helpers that VisProg has built in, such as CROP_LEFTOF, come along as FMP
functions behind `main`, those that are used. Steps that draw have no counterpart, nor has what builds on them.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable

from fmplang.check.annotations import NAMES
from fmplang.check.builtins import FUNCTIONS
from fmplang.importing.annotate import annotate
from fmplang.importing.answers import Formula, Kinds, formula, variables
from fmplang.importing.reports import Reports
from fmplang.importing.steps import Argument, Remark, Step, steps
from fmplang.limits import Limits
from fmplang.syntax.quoting import literal
from fmplang.syntax.source import Source, Span

INPUTS = ("IMAGE", "LEFT", "RIGHT")  # the pictures that a host hands in

HELPERS: dict[str, str] = {
    "yes_or_no": '@neural("vqa")\ndef yes_or_no(image: Image, question: str) -> bool:\n'
                 '    """{question} Answer yes or no."""\n',
    "number": '@neural("vqa")\ndef number(image: Image, question: str) -> int:\n'
              '    """{question} Answer with a number."""\n',
    "list_of": '@neural("llm")\ndef list_of(query: str, most: int) -> list[str]:\n'
               '    """List the {query}, at most {most}."""\n',
    "crop_to": "def crop_to(image: Image, boxes: list[Image]) -> Image:\n"
               '    """The first of the boxes; the whole image where there is none."""\n'
               "    return boxes[0] if len(boxes) > 0 else image\n",
    "crop_left_of": "def crop_left_of(image: Image, boxes: list[Image]) -> Image:\n"
                    '    """What lies left of the middle of the first box; the whole image where there is none."""\n'
                    "    if len(boxes) == 0:\n        return image\n"
                    "    return image.crop(0, 0, boxes[0].horizontal_center - image.left, image.height)\n",
    "crop_right_of": "def crop_right_of(image: Image, boxes: list[Image]) -> Image:\n"
                     '    """What lies right of the middle of the first box; the whole image where there is none."""\n'
                     "    if len(boxes) == 0:\n        return image\n"
                     "    return image.crop(boxes[0].horizontal_center - image.left, 0, image.width, image.height)\n",
    "crop_above": "def crop_above(image: Image, boxes: list[Image]) -> Image:\n"
                  '    """What lies above the middle of the first box; the whole image where there is none."""\n'
                  "    if len(boxes) == 0:\n        return image\n"
                  "    return image.crop(0, boxes[0].vertical_center - image.lower, image.width, image.height)\n",
    "crop_below": "def crop_below(image: Image, boxes: list[Image]) -> Image:\n"
                  '    """What lies below the middle of the first box; the whole image where there is none."""\n'
                  "    if len(boxes) == 0:\n        return image\n"
                  "    return image.crop(0, 0, image.width, boxes[0].vertical_center - image.lower)\n",
    "best_match": "def best_match(patches: list[Image], query: str) -> list[Image]:\n"
                  '    """The patch that fits the query best, as a list; empty where there is none."""\n'
                  "    if len(patches) == 0:\n        return []\n"
                  "    return [best_image_match(patches, [query])]\n",
    "classified": "def classified(patches: list[Image], labels: list[str]) -> list[Classified]:\n"
                  '    """Each patch with the label that describes it best. The list of labels must not be empty."""\n'
                  "    return [Classified(patch=patch, label=patch.best_text_match(labels)) for patch in patches]\n",
}
RECORD = "class Classified:\n    patch: Image\n    label: str\n"

_SIDES = {"TOP": "0, {i}.height // 2, {i}.width, {i}.height", "BOTTOM": "0, 0, {i}.width, {i}.height // 2",
          "LEFT": "0, 0, {i}.width // 2, {i}.height", "RIGHT": "{i}.width // 2, 0, {i}.width, {i}.height"}
_CROPS = {
    **dict.fromkeys(("CROP", "CROP_FRONTOF", "CROP_INFRONT", "CROP_INFRONTOF", "CROP_BEHIND", "CROP_AHEAD"), "crop_to"),
    **dict.fromkeys(("CROP_LEFTOF", "CROP_LEFT"), "crop_left_of"),
    **dict.fromkeys(("CROP_RIGHTOF", "CROP_RIGHT"), "crop_right_of"),
    **dict.fromkeys(("CROP_ABOVE", "CROP_TOP"), "crop_above"),
    **dict.fromkeys(("CROP_BELOW", "CROP_BOTTOM"), "crop_below"),
}
_DRAWS = "it makes a new picture, and FMP programs only look at pictures"
CANNOT: dict[str, str] = {
    **dict.fromkeys(("REPLACE", "COLORPOP", "BGBLUR", "EMOJI", "TAG", "GENERATE", "INPAINT"), _DRAWS),
    "SEG": "it outlines everything there is, and the library has no function that does",
}


def from_visprog(source: Source, reports: Reports, limits: Limits) -> str:
    """The program as FMP text, not yet formatted. Reports lines that are no steps, and steps without a counterpart."""
    found = list(steps(source, reports))
    if not any(isinstance(step, Step) for step in found):
        if not reports.found:
            reports.error("FMP874", "there is nothing to import", Span(0, 0), "Give a file with a program in it.")
        return ""
    return annotate(_Turning(found, reports, limits).text(), limits)


class _Missing(Exception):
    """A step has no counterpart; said in the report."""


class _Turning:
    """One program's steps on their way to statements."""

    def __init__(self, found: list[Step | Remark], reports: Reports, limits: Limits) -> None:
        self.found = found
        self.reports = reports
        self.limits = limits
        self.names: dict[str, str] = {}
        self.taken = {*FUNCTIONS, *NAMES, *HELPERS, "math", "main"}
        for step in found:
            if isinstance(step, Step):
                for name in (*(a.value for a in step.arguments if a.kind == "name"), step.target):
                    self._name(str(name))
        self.inputs: dict[str, None] = {}  # in the order of their first use
        self.assigned: set[str] = set()
        self.gone: set[str] = set()  # variables that a step without counterpart would have given
        self.classified: set[str] = set()
        self.helpers: dict[str, None] = {}
        self.formulas: dict[Step, Formula | None] = {}
        self.kinds = self._kinds()

    def _name(self, variable: str) -> str:
        """FMP's name of a variable: in small letters, and no other's."""
        if variable not in self.names:
            name = variable.lower().lstrip("_") or "x"
            while name in self.taken or keyword.iskeyword(name):
                name += "_"
            self.names[variable] = name
            self.taken.add(name)
        return self.names[variable]

    def _kinds(self) -> Kinds:
        made = [step for step in self.found if isinstance(step, Step)]
        kinds = Kinds({self.names[s.target] for s in made if s.operation == "VQA"},
                      {self.names[s.target] for s in made if s.operation == "COUNT"}, self.reports)
        for step in made:
            expression = step.get("expr", "")
            if step.operation == "EVAL" and expression is not None and expression.kind == "text":
                self.formulas[step] = formula(str(expression.value), self.names, self.limits)
                if (parsed := self.formulas[step]) is not None:
                    kinds.evaluate(self.names[step.target], parsed, step.span)
        return kinds

    def text(self) -> str:
        head: list[str] = []
        body: list[str] = []
        begun = False
        for step in self.found:
            if isinstance(step, Remark):
                (body if begun else head).append(step.text)
                continue
            begun = True
            try:
                line = self._statement(step)
            except _Missing:
                self.gone.add(step.target)
                line = "# not imported: " + self.reports.source.slice(step.span)
            body.append(f"{line}  {step.comment}".rstrip())
            self.assigned.add(step.target)
        if not any(isinstance(step, Step) and step.operation == "RESULT" for step in self.found):
            last = next(step for step in reversed(self.found) if isinstance(step, Step))
            self.reports.error("FMP872", "no step gives the result", last.span,
                               "A program ends with a step like `FINAL_RESULT=RESULT(var=ANSWER0)`.")
        while body and not body[-1]:
            body.pop()
        if all(not line or line.startswith("#") for line in body):
            body.append("pass")
        params = ", ".join(f"{self.names[name]}: Image" for name in self.inputs)
        main = f"def main({params}):\n" + "".join(f"    {line}".rstrip() + "\n" for line in body)
        parts = [*(f"{RECORD}\n" for name in self.helpers if name == "classified"), main,
                 *(HELPERS[name] for name in self.helpers)]
        return "".join(f"{line}\n" for line in head) + "\n".join(parts)

    # ------------------------------------------------------------------------------ statements

    def _statement(self, step: Step) -> str:
        for argument in step.arguments:
            if argument.kind == "name" and argument.value in self.gone:
                raise _Missing
        if step.operation in CANNOT:
            raise self._missing(step, f"`{step.operation}` has no counterpart: {CANNOT[step.operation]}")
        if step.operation == "RESULT":
            return f"return {self._value(self._need(step, 'var', ''))}"
        turn = _TURNS.get(step.operation)
        if turn is None:
            raise self._missing(step, f"there is no operation `{step.operation}`", "Operations are "
                                f"{', '.join(sorted({*_TURNS, 'RESULT'}))}.")
        value = turn(self, step)
        if step.operation == "CLASSIFY":
            self.classified.add(step.target)
        return f"{self.names[step.target]} = {value}"

    def _missing(self, step: Step, title: str, help: str = "Leave the step out, and what builds on it.") -> _Missing:
        self.reports.error("FMP870", title, step.span, help)
        return _Missing()

    def _need(self, step: Step, *keys: str) -> Argument:
        argument = step.get(*keys)
        if argument is None:
            self.reports.error("FMP872", f"`{step.operation}` needs `{keys[0]}=`", step.span,
                               "Give the argument, or leave the step out.")
            raise _Missing
        return argument

    def _value(self, argument: Argument) -> str:
        if argument.kind == "text":
            return literal(str(argument.value))
        if argument.kind == "value":
            return repr(argument.value)
        return self.names[str(argument.value)]

    def _image(self, step: Step) -> str:
        """The picture that a step looks at; one that no step gave is an input."""
        argument = self._need(step, "image")
        name = str(argument.value)
        if argument.kind == "name" and name in INPUTS and name not in self.assigned:
            self.inputs.setdefault(name)
        return self._value(argument)

    def _boxes(self, step: Step, *keys: str) -> str:
        argument = self._need(step, *keys)
        name = self._value(argument)
        return f"[found.patch for found in {name}]" if argument.value in self.classified else name

    def _texts(self, step: Step, *keys: str) -> str:
        """A list of texts: a variable, or a text with commas."""
        argument = self._need(step, *keys)
        if argument.kind == "name":
            return self._value(argument)
        return "[" + ", ".join(literal(part.strip()) for part in str(argument.value).split(",")) + "]"

    def _help(self, name: str) -> str:
        self.helpers.setdefault(name)
        return name

    def loc(self, step: Step) -> str:
        image, what = self._image(step), self._need(step, "object")
        if what.kind == "text" and what.value in _SIDES:
            return f"[{image}.crop({_SIDES[str(what.value)].format(i=image)})]"
        return f"{image}.find({self._value(what)})"

    def face(self, step: Step) -> str:
        return f'{self._image(step)}.find("face")'

    def crop(self, step: Step) -> str:
        return f"{self._help(_CROPS[step.operation])}({self._image(step)}, {self._boxes(step, 'box', 'object')})"

    def count(self, step: Step) -> str:
        return f"len({self._value(self._need(step, 'box', 'object'))})"

    def vqa(self, step: Step) -> str:
        image, question = self._image(step), self._value(self._need(step, "question"))
        kind = self.kinds.of(self.names[step.target])
        if kind == "str":
            return f"{image}.simple_query({question})"
        return f"{image}.{self._help('yes_or_no' if kind == 'bool' else 'number')}({question})"

    def evaluate(self, step: Step) -> str:
        expression = self._need(step, "expr", "")
        parsed = self.formulas.get(step)
        if parsed is None:
            raise self._missing(step, f"the expression of `{step.target}` is none of FMP",
                                "It may hold variables in braces, numbers, texts, comparisons, `and`, `or`, `not`, "
                                "`xor` and `a if b else c`.")
        if self.gone & variables(str(expression.value)):
            raise _Missing
        return parsed.text

    def list_of(self, step: Step) -> str:
        query = self._value(self._need(step, "query"))
        most = step.get("max")
        return f"{self._help('list_of')}({query}, {20 if most is None else self._value(most)})"

    def classify(self, step: Step) -> str:
        return f"{self._help('classified')}({self._boxes(step, 'object')}, {self._texts(step, 'categories')})"

    def select(self, step: Step) -> str:
        category = step.get("category")
        if category is not None and category.value is not None:
            raise self._missing(step, "`SELECT` by category has no counterpart", "Select by a query, or CLASSIFY.")
        return f"{self._help('best_match')}({self._boxes(step, 'object')}, {self._value(self._need(step, 'query'))})"


_TURNS: dict[str, Callable[[_Turning, Step], str]] = {
    "LOC": _Turning.loc, "FACEDET": _Turning.face, "COUNT": _Turning.count, "VQA": _Turning.vqa,
    "EVAL": _Turning.evaluate, "LIST": _Turning.list_of, "CLASSIFY": _Turning.classify, "SELECT": _Turning.select,
    **dict.fromkeys(_CROPS, _Turning.crop),
}
