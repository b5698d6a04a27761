"""The words of ViperGPT's programs that FMP spells otherwise, and what names and members say of a type."""

from __future__ import annotations

from functools import cache

from fmplang.check.builtins import ATTRIBUTES, METHODS
from fmplang.check.scope import exports, library
from fmplang.syntax import ast

# Classes that wrap an input -> the type that the input has in FMP, where it needs no wrapping.
WRAPPERS = {"ImagePatch": "Image", "VideoSegment": "Video"}

# Functions and methods under older names -> FMP's name.
OLDER = {
    "simple_qa": "simple_query", "visual_query": "simple_query", "visual_question_answering": "simple_query",
    "compute_median_depth": "compute_depth", "object_exists": "exists", "find_objects": "find",
    "check_property": "verify_property", "get_caption": "caption", "process_guesses": "select_answer",
}

# Keywords by function (FMP's name): the name that FMP's parameter has, "" where FMP has none and it is left out.
KEYWORDS: dict[str, dict[str, str]] = {
    "find": {"object_name": "name"},
    "exists": {"object_name": "name"},
    "verify_property": {"object_name": "name", "attribute": "property", "visual_property": "property"},
    "best_text_match": {"option_list": "options", "text_list": "options"},
    "best_image_match": {"list_patches": "patches", "text": "content"},
    "llm_query": {"query": "question", "long_answer": ""},
    "simple_query": {"query": "question"},
    "bool_to_yesno": {"bool_answer": "answer"},
    "coerce_to_numeric": {"string": "text", "no_string": ""},
    "select_answer": {"possible_answers": "options", "question_options": "options", "guesses": "options",
                      "query": "question", "prompt": "question"},
    "distance": {"patch_a": "a", "patch_b": "b"},
}

# Functions that may stand as methods of a patch or a video, which then plays no part -> how many arguments they need.
PLAIN = {"llm_query": 1, "bool_to_yesno": 1, "coerce_to_numeric": 1, "best_image_match": 2, "select_answer": 3,
         "process_guesses": 2}

# Functions that only bring an answer into the form that a benchmark compares.
FORMATTERS = frozenset({"formatting_answer", "formatted_answer", "format_answer"})
# Variables that hold the answer of a program that is no function.
ANSWERS = ("final_answer", "answer", "result")

# Modules whose names an FMP program has without an import, or does without.
NEEDLESS = frozenset({"math", "typing", "PIL", "__future__", "image_patch", "video_segment", "vision_functions", "fmp"})

# A parameter's type by its name alone, asked last.
BY_NAME: dict[str, str] = {
    **dict.fromkeys(("image", "img", "image_patch", "patch", "picture", "photo", "frame", "left_image", "right_image"),
                    "Image"),
    **dict.fromkeys(("video", "video_segment", "clip"), "Video"),
    **dict.fromkeys(("question", "query", "prompt", "text", "caption", "object_name", "name"), "str"),
    **dict.fromkeys(("possible_answers", "options", "choices", "answers", "candidates", "labels", "guesses"),
                    "list[str]"),
    **dict.fromkeys(("patches", "image_patches", "object_patches", "boxes", "frames", "images"), "list[Image]"),
}

VIDEO = frozenset({*METHODS["Video"], *ATTRIBUTES["Video"]}) - frozenset(METHODS["Audio"])
TEXT = frozenset(METHODS["str"]) - frozenset(n for kind in ("list", "tuple", "dict", "set") for n in METHODS[kind])


@cache
def signatures() -> dict[str, tuple[tuple[str, str], ...]]:
    """The parameters of the library's functions, by name: each its name and its type as text."""
    found = {}
    for name, module in exports().items():
        lib = library(module)
        for item in lib.tree.items:
            if isinstance(item, (ast.Function, ast.Neural)) and item.name.id == name:
                found[name] = tuple((p.name, lib.source.slice(p.annotation.span)) for p in item.params
                                    if p.annotation is not None)
    return found


@cache
def of_images() -> frozenset[str]:
    """What is only ever called on an image, or read from one."""
    library_names = {name for name, params in signatures().items() if params and params[0][1] == "Image"}
    others = {name for kind, names in METHODS.items() if kind != "Image" for name in names}
    return frozenset({*library_names, *METHODS["Image"]} - others)
