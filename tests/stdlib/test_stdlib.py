"""The standard library: every function has an example, and every example gives what it says.

An example is a line `>>> expression` with its value on the next line, in a function's docstring, or in the comment
above a neural function (whose docstring is its prompt). `photo`, `clip` and `sound` are those of scripts.py.
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

import fmplang
from fmplang.check.checker import check
from fmplang.check.typed import NeuralFunction
from fmplang.resources import stdlib_modules
from fmplang.runtime.requests import Finished, Group
from fmplang.syntax.source import Source

_spec = importlib.util.spec_from_file_location("scripts", Path(__file__).with_name("scripts.py"))
scripts = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(scripts)

EXAMPLE = re.compile(r"^(?:#| {4}) ?>>> (.*)\n(?:#| {4}) ?(.*)$", re.MULTILINE)
DEFINITION = re.compile(r"^(?:@neural\(\"(\w+)\"\)\n)?def (\w+)\(", re.MULTILINE)
MODULES = {name: path.read_text(encoding="utf-8") for name, path in stdlib_modules().items()}

EXAMPLES = [
    pytest.param(expression, expected, id=f"{name}:{expression[:60]}")
    for name, text in MODULES.items() for expression, expected in EXAMPLE.findall(text)
]


def run(text, inputs, answer=scripts.answer):
    """What the program gives, every request answered by the script."""
    execution = fmplang.compile(text).start(inputs)
    while not isinstance(step := execution.advance(), Finished):
        execution.answer([answer(r) for r in step.requests] if isinstance(step, Group) else answer(step))
    return step.value


@pytest.mark.parametrize(("expression", "expected"), EXAMPLES)
def test_an_example(expression, expected):
    text = f"def main(photo: Image, clip: Video, sound: Audio) -> str:\n    return str([({expression})])\n"
    assert run(text, scripts.inputs()) == f"[{expected}]"


@pytest.mark.parametrize("module", MODULES)
def test_every_function_has_an_example(module):
    text = MODULES[module]
    used = " ".join(expression for expression, _ in EXAMPLE.findall(text))
    for _, name in DEFINITION.findall(text):
        assert re.search(rf"\b{name}\(", used), f"{name} has no example"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_no_findings(module):
    report = check(Source(MODULES[module], module), library=True)
    assert report.diagnostics == ()


def test_no_two_modules_share_a_name():
    names = [name for text in MODULES.values() for _, name in DEFINITION.findall(text)]
    assert len(names) == len(set(names))


def test_capabilities():
    declared = {name: capability for text in MODULES.values() for capability,
    name in DEFINITION.findall(text) if capability}
    assert declared == {
        "find": "detect", "verify_property": "verify", "verify": "vqa", "simple_query": "vqa", "similarity": "match",
        "compute_depth": "depth", "read_text": "ocr", "caption": "caption", "llm_query": "llm", "classify": "classify",
        "embed": "embed", "transcribe": "asr",
    }


def test_prompts_name_their_parameters():
    program = fmplang.compile(
        "def main(image: Image) -> bool:\n"
        "    return image.verify_property('cat', 'black') and image.verify('it sleeps')\n"
    )
    prompts = {site.function.name: site.function for site in program.sites()}
    assert all(isinstance(function, NeuralFunction) for function in prompts.values())
    assert prompts["verify_property"].prompt.startswith("Is the {name} in the image {property}?")
    seen = []
    run("def main(photo: Image) -> bool:\n    return photo.verify_property('dog', 'brown')\n",
        {"photo": scripts.inputs()["photo"]}, lambda request: seen.append(request.prompt) or True)
    assert seen == ["Is the dog in the image brown? Answer yes or no."]


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ('coerce_to_numeric("none")', "ValueError"), ("leftmost([])", "ValueError"),
        ('closest_option("a", [])', "ValueError"),
        ("cosine([1.0], [1.0, 2.0])", "AssertionError"), ("largest(find(photo, 'horse'))", "ValueError"),
    ],
)
def test_what_has_no_answer_is_an_error(expression, kind):
    with pytest.raises(fmplang.RunError) as caught:
        run(f"def main(photo: Image) -> str:\n    return str([({expression})])\n", {"photo": scripts.inputs()["photo"]})
    assert caught.value.kind == kind


@pytest.mark.parametrize(
    ("text", "number"),
    [("3", 3.0), ("-3.5kg", -3.5), ("costs .5", 0.5), ("1,234,567", 1234567.0), ("a-b 7-9", 7.0), ("v1.2.3", 1.2),
    ("5.", 5.0),
     ("end. 4", 4.0)],
)
def test_the_first_number_of_a_text(text, number):
    assert run(f"def main() -> float:\n    return coerce_to_numeric({text!r})\n", {}) == number
