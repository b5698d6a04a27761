"""docs/decoding.md says what the decoder does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from fmplang.backends.decode import decode
from fmplang.backends.decode_flags import FLAGS
from fmplang.errors import DecodeError
from fmplang.limits import Limits
from fmplang.runtime.values import to_json
from tests.backends.decoding.corpus_types import types_of

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "decoding.md").read_text(encoding="utf-8")
EXAMPLES = [(raw, type_.replace("\\|", "|"), value, told) for raw, type_, value, told in re.findall(
    r"^\| `(\".*\")` \| `(.*)` \| (error|`.*`) \| (.*) \|$", PAGE, re.MULTILINE)]
TYPES = types_of(type_ for _, type_, _, _ in EXAMPLES)


def test_the_table_of_flags_is_the_table_of_the_code() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| ([\d.]+) \| (.*) \|$", PAGE, re.MULTILINE)
    assert rows == [(name, f"{flag.factor:g}", flag.about) for name, flag in FLAGS.items()]


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 15 and sum(value == "error" for _, _, value, _ in EXAMPLES) >= 5


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: ascii(example[0]))
def test_an_example_of_the_page(example: tuple[str, str, str, str]) -> None:
    raw, type_, value, told = example
    try:
        made = decode(json.loads(raw), TYPES[type_], Limits())
    except DecodeError as error:
        assert value == "error"
        assert error.message.startswith(f"expected {TYPES[type_]}, but {told}: the answer was ")
    else:
        assert value == f"`{json.dumps(to_json(made.value))}`"
        assert told == ", ".join(f"`{flag}`" for flag in made.flags)
