"""What imported programs do when they run: the parts of pictures that they look at, and what they make of answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import fmplang
from fmplang import Request
from fmplang.importing import import_program
from fmplang.runtime.values import Image
from fmplang.syntax.source import Source
from tests.runtime.talk import Talk

PHOTO = Image.from_pixels(np.zeros((80, 100, 3), np.uint8))  # 100 wide, 80 high


def run(style: str, text: str, answers: Any, **inputs: Any) -> Talk:
    made = import_program(Source(text), style)
    assert made.ok, (made.text, made.reports, made.checked.diagnostics)
    return Talk(fmplang.compile(made.text).start(inputs or {"image": PHOTO}), answers)


def boxes(request: Request) -> Any:
    """Finds one box, 20 wide, in the middle of what it looks at; answers a question by the box that it is asked of."""
    image = request.args["image"]
    if request.function.name == "find":
        return [image.crop(image.width // 2 - 10, image.height // 2 - 10, image.width // 2 + 10,
                           image.height // 2 + 10)]
    return f"{image.left} {image.lower} {image.right} {image.upper}"


@pytest.mark.parametrize(("step", "seen"), [
    ("CROP", "40 30 60 50"), ("CROP_FRONTOF", "40 30 60 50"), ("CROP_LEFTOF", "0 0 50 80"),
    ("CROP_RIGHTOF", "50 0 100 80"),
    ("CROP_ABOVE", "0 40 100 80"), ("CROP_BELOW", "0 0 100 40"),
])
def test_a_crop_is_the_part_that_its_name_says(step: str, seen: str) -> None:
    text = f"B=LOC(image=IMAGE,object='x')\nI={step}(image=IMAGE,box=B)\nA=VQA(image=I,question='?')\nR=RESULT(var=A)\n"
    assert run("visprog", text, boxes).value == seen
    nothing = run("visprog", text, lambda r: [] if r.function.name == "find" else boxes(r))
    assert nothing.value == "0 0 100 80"  # the whole picture where there is no box


def test_a_crop_of_a_crop_keeps_its_place() -> None:
    text = ("B=LOC(image=IMAGE,object='x')\nI=CROP_RIGHTOF(image=IMAGE,box=B)\nB2=LOC(image=I,object='y')\n"
            "I2=CROP_ABOVE(image=I,box=B2)\nA=VQA(image=I2,question='?')\nR=RESULT(var=A)\n")
    assert run("visprog", text, boxes).value == "50 40 100 80"


@pytest.mark.parametrize(("side", "seen"), [
    ("TOP", "0 40 100 80"), ("BOTTOM", "0 0 100 40"), ("LEFT", "0 0 50 80"), ("RIGHT", "50 0 100 80"),
])
def test_a_side_is_half_of_the_picture(side: str, seen: str) -> None:
    text = (f"B=LOC(image=IMAGE,object='{side}')\nI=CROP(image=IMAGE,box=B)\nA=VQA(image=I,question='?')\n"
            "R=RESULT(var=A)\n")
    assert run("visprog", text, boxes).value == seen


@pytest.mark.parametrize("left", [True, False])
@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize(("expression", "means"), [
    ("{A} xor {B}", lambda a, b: a != b), ("{A} and {B}", lambda a, b: a and b),
    ("not {A} or {B}", lambda a, b: not a or b),
    ("'yes' if {A} and not {B} else 'no'", lambda a, b: "yes" if a and not b else "no"),
    ("({A} xor {B}) and {A}", lambda a, b: (a != b) and a), ("{A} == True xor {B} == True", lambda a, b: a != b),
])
def test_an_expression_means_what_visprog_means(expression: str, means: Any, left: bool, right: bool) -> None:
    text = (f"A=VQA(image=LEFT,question='a?')\nB=VQA(image=RIGHT,question='b?')\nC=EVAL(expr=\"{expression}\")\n"
            "R=RESULT(var=C)\n")
    done = run("visprog", text, lambda r: left if r.args["question"] == "a?" else right, left=PHOTO, right=PHOTO)
    assert done.value == means(left, right)


def test_numbers_are_asked_for_as_numbers() -> None:
    text = "A=VQA(image=IMAGE,question='How many?')\nC=EVAL(expr='{A} * 2 + 1 > 6 xor {A} > 4')\nR=RESULT(var=C)\n"
    assert [run("visprog", text, lambda r, n=n: n).value for n in (2, 3, 5)] == [False, True, False]


def test_a_viper_program_looks_where_it_says() -> None:
    text = """
def execute_command(image):
    whole = ImagePatch(image)
    found = whole.find("x")[0]
    return ImagePatch(image, whole.left, whole.lower, found.right, found.upper).simple_query("?")
"""
    assert run("viper", text, boxes).value == "0 0 60 50"
    video = fmplang.compile(import_program(Source(
        "def execute_command(video):\n    return VideoSegment(video, 2, 5).num_frames\n"), "viper").text)
    assert str(video.typed.entry.params[0].type) == "Video" and str(video.typed.entry.returns) == "int"
