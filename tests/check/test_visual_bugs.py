"""Programs in the style of published visual programs, each with one real bug of theirs: that bug is flagged."""

from __future__ import annotations

import pytest

from fmplang.check import check

UNDEFINED = '''
def execute_command(image: ImagePatch) -> str:
    muffin_patches = image.find("muffin")
    kid_patches = image.find("kid")
    if len(kid_patches) == 0:
        return "no kids"
    return str(len(muffin_patch) // len(kid_patches))
'''

FALLS_OFF = '''
def execute_command(image: ImagePatch) -> str:
    car_patches = image.find("car")
    for car_patch in car_patches:
        if car_patch.verify_property("car", "red"):
            return car_patch.simple_query("What brand is it?")
'''

TEXT_FOR_BOOL = '''
def execute_command(image: ImagePatch) -> bool:
    dogs = image.find("dog")
    if len(dogs) == 0:
        return False
    return dogs[0].simple_query("Is the dog sitting?")
'''

YES_FOR_BOOL = '''
def execute_command(image: ImagePatch) -> bool:
    if image.exists("dog") and image.exists("cat"):
        return "yes"
    return "no"
'''

UNGUARDED = '''
def execute_command(image: ImagePatch) -> str:
    drink_patches = image.find("drink")
    drink_patches.sort(key=lambda x: x.horizontal_center)
    drink_patch = drink_patches[-1]
    return drink_patch.simple_query("What is this?")
'''

UNSET = '''
def execute_command(video: VideoSegment, question: str, possible_answers: list[str]) -> str:
    info = {}
    for i, frame in enumerate(video.frame_iterator()):
        if frame.exists("toy"):
            drop = i
            break
    info["after"] = video.frame_from_index(drop + 10).caption()
    return select_answer(info, question, possible_answers)
'''

LIST_AS_PATCH = '''
def execute_command(image: ImagePatch) -> str:
    table = image.find("table")
    return table.simple_query("What colour is the table?")
'''

YES_TEXT = '''
def execute_command(image: ImagePatch) -> str:
    if image.simple_query("Is it raining?") == "yes":
        return "umbrella"
    return "hat"
'''

FIND_ALL = '''
def execute_command(image: ImagePatch) -> int:
    return image.find_all("person")
'''


@pytest.mark.parametrize("text, code, severity, at", [
    (UNDEFINED, "FMP101", "error", "muffin_patch"),
    (FALLS_OFF, "FMP302", "error", "execute_command"),
    (TEXT_FOR_BOOL, "FMP201", "error", 'dogs[0].simple_query("Is the dog sitting?")'),
    (YES_FOR_BOOL, "FMP201", "error", "bool"),
    (UNGUARDED, "FMP410", "warning", "drink_patches[-1]"),
    (UNSET, "FMP301", "error", "drop"),
    (LIST_AS_PATCH, "FMP102", "error", "table.simple_query"),
    (YES_TEXT, "FMP411", "warning", 'image.simple_query("Is it raining?") == "yes"'),
    (FIND_ALL, "FMP102", "error", "find_all"),
], ids=["undefined name", "falls off the end", "text for a bool", "yes for a bool", "unguarded index", "unset",
        "list as patch", "text against yes", "no such function"])
def test_the_bug_is_flagged(text: str, code: str, severity: str, at: str) -> None:
    found = [(d.code, d.severity, d.source.slice(d.span)) for d in check(text).diagnostics]
    assert (code, severity, at) in found
    assert sum(s == "error" for _, s, _ in found) == (severity == "error")
