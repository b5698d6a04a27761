"""What chat models write, and what a careful reader would take it for: a row a raw answer, in corpus/*.jsonl."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from fmplang.backends.decode import decode
from fmplang.backends.decode_flags import FLAGS, certainty
from fmplang.errors import DecodeError
from fmplang.limits import Limits
from fmplang.runtime.values import fits, to_json
from tests.backends.decoding.corpus_types import corpus, types_of

ROWS = corpus()
TYPES = types_of(row["type"] for _, row in ROWS)
LIMITS = Limits()


def wrong(row: dict[str, Any]) -> str:
    """What is wrong about how a row is decoded; nothing is "".

    The order of flags is that of the steps, and no promise.
    """
    type_ = TYPES[row["type"]]
    try:
        made = decode(row["raw"], type_, LIMITS)
    except DecodeError as error:
        if "error" not in row:
            return f"refused: {error.message}"
        why = error.message.partition(", but ")[2].partition(": the answer was")[0]
        good = why == row["error"] and error.code == "FMP702" and error.hint and error.message.isprintable()
        return "" if good else f"refused with {why!r}"
    if "error" in row:
        return f"decoded to {made.value!r}"
    if not fits(made.value, type_) or repr(to_json(made.value)) != repr(row["value"]):
        return f"decoded to {made.value!r}"
    if sorted(made.flags) != sorted(row["flags"]):
        return f"flagged {made.flags}"
    return "" if made.certainty == certainty(made.flags) else f"a certainty of {made.certainty}"


@pytest.mark.parametrize("file", sorted({file for file, _ in ROWS}))
def test_every_row_holds(file: str) -> None:
    failures = [f"{row['type']} from {row['raw']!a}: {told}; expected "
                f"{row['error'] if 'error' in row else (row['value'], row['flags'])}"
                for name, row in ROWS if name == file for told in [wrong(row)] if told]
    assert not failures, "\n".join(failures)


def test_the_corpus_is_large_and_has_no_row_twice() -> None:
    assert len(ROWS) >= 800 and sum("error" in row for _, row in ROWS) >= 300
    assert min(Counter(file for file, _ in ROWS).values()) >= 20
    twice = [key for key, n in Counter((row["type"], row["raw"]) for _, row in ROWS).items() if n > 1]
    assert not twice


def test_the_flags_of_the_corpus_are_those_of_the_table() -> None:
    seen = {flag for _, row in ROWS for flag in row.get("flags", ())}
    images = {"box->Image", "array->Image", "picture->Image"}  # no text becomes one: test_decode.py has them
    assert seen == set(FLAGS) - images
    assert all(0 < flag.factor <= 1 for flag in FLAGS.values())


def test_certainty_falls_with_every_flag_and_counts_each_once() -> None:
    assert certainty(()) == 1.0
    assert certainty(("sentence", "approximate")) == pytest.approx(0.72)
    assert certainty(("words", "words")) == FLAGS["words"].factor
    assert certainty(("cost above price", "no money for the shadow x")) == 1.0
    for _, row in ROWS:
        assert 0 < certainty(row.get("flags", ())) <= 1
