"""Every capability through a real program, with models that a pool file names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fmplang
from fmplang.backends.pool import Pool
from fmplang.runtime.values import Audio, Image
from tests.backends.transformers.conftest import KINDS, SETTINGS

pytest.importorskip("torch")
pytest.importorskip("transformers")

RNG = np.random.default_rng(5)
PHOTO = Image.from_pixels(RNG.integers(0, 255, (48, 64, 3), dtype=np.uint8))
SOUND = Audio(RNG.normal(0, 0.2, 24_000).astype(np.float32), 12_000)


@pytest.fixture(scope="module")
def pool(folders: dict[str, Path]) -> Pool:
    """All tiny models, as a file beside them names them; the smallest of a capability is asked."""
    lines = ["[pool]", 'preset = "none"', 'name = "tiny"']
    for name, kind in KINDS.items():
        lines += [f"[pool.backends.{name}]", f'kind = "transformers.{kind}"', f'model = "./{name}"', 'device = "cpu"',
                  *(f"{key} = {value}" for key, value in SETTINGS.get(kind, {}).items())]
    for capability in ("verify", "ocr"):
        lines += [f"[pool.backends.eyes-{capability}]", f'kind = "transformers.{capability}"', 'model = "./llava"',
                  'device = "cpu"', "max_new_tokens = 8"]
    file = next(iter(folders.values())).parent / "fmplang.toml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Pool.from_file(file)


def run(pool: Pool, text: str, **inputs: Any) -> Any:
    return fmplang.Runtime(pool=pool, policy="cheapest").run(fmplang.compile(text), **inputs)


def test_the_pool_file_is_well_and_counts_parameters(pool: Pool) -> None:
    assert all(health.ok for health in pool.health().values()) and pool.unit == "million parameters"
    assert len(pool) == len(KINDS) + 2


def test_detection_in_a_crop_keeps_its_place(pool: Pool) -> None:
    got = run(pool, "def main(photo: Image) -> list[Image]:\n    return photo.crop(8, 8, 56, 40).find('a dog')\n",
              photo=PHOTO)
    (call,) = got.trace
    assert call.backend == "owl" and call.cost == pytest.approx(0.07, abs=0.03)
    assert got.value and all(8 <= b.left < b.right <= 56 and 8 <= b.lower < b.upper <= 40 for b in got.value)
    assert all(box.source is PHOTO.source for box in got.value)


@pytest.mark.parametrize(("expression", "backend", "kind"), [
    ("photo.verify_property('dog', 'brown')", "eyes-verify", bool),
    ("photo.verify('two dogs play')", "llava", bool),
    ("photo.simple_query('What is this?')", "llava", str),
    ("photo.similarity('a dog')", "clip", float),
    ("photo.compute_depth()", "depth", float),
    ("photo.read_text()", "eyes-ocr", str),
    ("photo.caption()", "git", str),
    ("llm_query('What is the capital of France?')", "llm", str),
    ("classify('a dog', ['billing', 'shipping'])", "nli", str),
    ("len(embed('a dog'))", "encoder", int),
    ("transcribe(sound)", "whisper", str),
])
def test_each_function_of_the_library(pool: Pool, expression: str, backend: str, kind: type) -> None:
    type_name = kind.__name__
    got = run(pool, f"def main(photo: Image, sound: Audio) -> {type_name}:\n    return {expression}\n", photo=PHOTO,
              sound=SOUND)
    (call,) = got.trace
    assert call.backend == backend and call.error is None and type(got.value) is kind
    assert call.cost == pytest.approx(pool[backend].millions)  # type: ignore[attr-defined]
    assert call.confidence is None or 0 <= call.confidence <= 1


def test_functions_of_a_programs_own_get_typed_answers(pool: Pool) -> None:
    got = run(pool, '''
@neural("llm")
def number(question: str) -> int:
    """{question}"""

@neural("llm")
def truth(statement: str) -> bool:
    """{statement}"""

@neural("llm")
def colours(question: str) -> list[str]:
    """{question}"""

@neural("vqa")
def mood(image: Image) -> Literal["calm", "busy", "a dog"] | None:
    """Which mood?"""

def main(photo: Image) -> tuple[int, bool, bool, list[str], bool]:
    return (
        number("How many legs has a spider?"), truth("Is grass green?"), truth("Is snow black?"),
        colours("Name two colours."), mood(photo) in ["calm", "busy", "a dog", None],
    )
''', photo=PHOTO)
    assert got.value == (8, True, False, ["red", "blue"], True)
    assert all(call.confidence > 0.5 for call in got.trace[:4])


def test_a_stream_asks_in_batches_and_answers_the_same(pool: Pool) -> None:
    """Runs in lockstep, their questions answered in common batches."""
    program = fmplang.compile(
        "def main(photo: Image, name: str) -> tuple[str, float, bool]:\n"
        "    return (photo.simple_query('What is ' + name + '?'), photo.similarity(name), photo.verify(name))\n")
    rows = [{"photo": PHOTO, "name": name} for name in ("a dog", "the mat", "a cat and a dog on the mat")]
    runtime = fmplang.Runtime(pool=pool, policy="cheapest")
    together = [run.value for run in runtime.stream(program, rows, concurrency=3)]
    alone = [runtime.run(program, **row).value for row in rows]
    for one, other in zip(together, alone, strict=True):
        assert one[0] == other[0] and one[1] == pytest.approx(other[1], abs=1e-5) and one[2] == other[2]
