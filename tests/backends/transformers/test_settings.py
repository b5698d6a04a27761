"""Settings, names, sizes and choices: what needs neither torch nor transformers."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmplang.backends.kinds import TRANSFORMERS, BadSetting
from fmplang.backends.pool import Pool
from fmplang.backends.safetensors import read_shapes
from fmplang.backends.transformers import transformers_backend, transformers_backends
from fmplang.backends.transformers.choices import MOST, Options, Row, combined, options_of, rows_for
from fmplang.backends.transformers.weights import digest_of, millions_by_name, millions_in, place_of
from fmplang.check.typed import NeuralFunction, Parameter
from fmplang.check.types import BOOL, FLOAT, INT, NONE, STR, LiteralType, OptionalType, Type
from fmplang.errors import ConfigError
from fmplang.host.examples import library_functions
from fmplang.host.nominal import fitting, nominal_price
from tests.backends.asking import CLASSIFY, FIND, ask, plain


def safetensors(path: Path, **shapes: tuple[int, ...]) -> None:
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, shape in shapes.items():
        size = 4
        for side in shape:
            size *= side
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(at))


# --------------------------------------------------------------------- settings


@pytest.mark.parametrize(("kind", "settings", "key", "told"), [
    ("embed", {"model": "not a name"}, "model", "neither a folder nor a name"),
    ("embed", {"model": "a/b/c"}, "model", "neither a folder nor a name"),
    ("embed", {"model": " "}, "model", "should name a folder"),
    ("embed", {"revision": "../x"}, "revision", "no branch"),
    ("embed", {"device": "tpu"}, "device", '"auto", "cpu"'),
    ("embed", {"dtype": "int8"}, "dtype", "float32"),
    ("embed", {"batch_size": 0}, "batch_size", "from 1 to"),
    ("embed", {"parameters": -1}, "parameters", "millions"),
    ("embed", {"capability": "a b"}, "capability", "cannot be a capability"),
    ("embed", {"pooling": "max"}, "pooling", "mean, cls, last"),
    ("detect", {"threshold": 1.0}, "threshold", "between 0 and 1"),
    ("classify", {"template": "no place"}, "template", "for the label"),
    ("llm", {"max_new_tokens": 0}, "max_new_tokens", "from 1 to"),
    ("vqa", {"cost_per_1k_tokens": -1.0}, "cost_per_1k_tokens", "zero or more"),
    ("caption", {"max_new_tokens": 10**6}, "max_new_tokens", "from 1 to"),
    ("asr", {"language": "e n!"}, "language", "no language"),
    ("ocr", {"max_side": -1}, "max_side", "pixels"),
])
def test_a_bad_setting_names_its_line(kind: str, settings: dict[str, Any], key: str, told: str, tmp_path: Path) -> None:
    given_ = {"model": "acme/encoder", **settings}
    with pytest.raises(BadSetting) as caught:
        transformers_backend(f"transformers.{kind}", "mine", **given_)
    assert caught.value.key == key and told in str(caught.value)
    lines = [f"{name} = {json.dumps(value)}" for name, value in given_.items()]
    file = tmp_path / "fmplang.toml"
    file.write_text("\n".join(["[pool.backends.mine]", f'kind = "transformers.{kind}"', *lines]) + "\n", "utf-8")
    with pytest.raises(ConfigError) as written:
        Pool.from_file(file)
    line = 3 + list(given_).index(key)
    assert written.value.message.startswith(f"{file}:{line}: pool.backends.mine.{key}: ")
    assert written.value.code == "FMP802"


@pytest.mark.parametrize("kind", TRANSFORMERS)
def test_every_setting_of_a_kind_is_one_of_its_factory(kind: str) -> None:
    examples: dict[str, Any] = {
        "model": "acme/m", "revision": "v1", "device": "cpu", "dtype": "float16", "batch_size": 2,
        "local_files_only": True, "capability": "mine", "parameters": 3.0, "max_new_tokens": 5,
        "cost_per_1k_tokens": 1.0, "max_side": 64,
        "threshold": 0.5, "template": "{}!", "pooling": "cls", "prefix": "q: ", "language": "en"}
    made = transformers_backend(kind, "x", **{key: examples[key] for key in TRANSFORMERS[kind].keys})
    assert made.capability == "mine" and made.version.startswith("acme/m@v1") and made.describe().endswith("acme/m")


def test_a_fixed_cost_takes_the_place_of_parameters(tmp_path: Path) -> None:
    file = tmp_path / "fmplang.toml"
    file.write_text('[pool]\ninclude = ["words-hash", "mine"]\n[pool.backends.mine]\nkind = "transformers.classify"\n'
                    'model = "acme/nli"\ncost = 12.5\n', "utf-8")
    pool = Pool.from_file(file)
    assert pool.unit == "milliseconds" and pool["mine"].price(ask(CLASSIFY, "x", ["a"])) == 12.5


def test_parameters_do_not_add_up_with_milliseconds(tmp_path: Path) -> None:
    file = tmp_path / "fmplang.toml"
    file.write_text('[pool.backends.mine]\nkind = "transformers.classify"\nmodel = "acme/nli"\n', "utf-8")
    with pytest.raises(ConfigError, match="million parameters") as caught:
        Pool.from_file(file)
    assert caught.value.code == "FMP806"


def test_the_preset_serves_every_function_of_the_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    pool = Pool.preset("transformers")
    functions = library_functions()
    assert set(pool.capabilities) == set(functions) and pool.unit == "million parameters"
    for capability in pool.capabilities:
        small, large = pool.having(capability)
        prices = [nominal_price(each, functions[capability]) for each in (small, large)]
        assert prices[0] is not None and prices[1] is not None and 0 < prices[0] < prices[1]
        assert all(fitting(each, functions[capability]) is not None for each in (small, large))
    assert len({b.source for b in transformers_backends()}) < len(transformers_backends())  # eyes are shared


PAGE = Path(__file__).resolve().parents[3] / "docs" / "transformers.md"


@pytest.mark.parametrize("text", re.findall(r"^```toml\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL))
def test_the_pools_of_the_page_are_pools(text: str, tmp_path: Path) -> None:
    (tmp_path / "fmplang.toml").write_text(text, "utf-8")
    pool = Pool.from_file(tmp_path / "fmplang.toml")
    assert len(pool) == 4 and all(b.price(ask(FIND, plain((0, 0, 0)), "dog")) > 0 for b in pool)


def test_the_page_names_every_kind_and_setting() -> None:
    page = PAGE.read_text("utf-8")
    for name, kind in TRANSFORMERS.items():
        assert f"`{name}`" in page and all(f"`{key}`" in page for key in kind.keys)


# -------------------------------------------------------------- sizes and places


@pytest.mark.parametrize(("model", "millions"), [
    ("Qwen/Qwen2.5-VL-3B-Instruct", 3755), ("acme/Qwen2.5-VL-3B-Instruct", 3000),
    ("acme/SmolVLM-500M-Instruct", 500), ("a/b-0.5B", 500),
    ("a/whisper-tiny", None), ("a/clip-vit-base-patch32", None), ("x3b/encoder", None), ("a/7b", 7000),
])
def test_sizes_that_names_tell(model: str, millions: float | None) -> None:
    assert millions_by_name(model) == millions


def test_sizes_that_headers_tell(tmp_path: Path) -> None:
    assert millions_in(tmp_path) is None
    safetensors(tmp_path / "model.safetensors", a=(1000, 500), b=(7,), c=())
    assert millions_in(tmp_path) == pytest.approx((500_000 + 7 + 1) / 1e6)
    assert read_shapes(tmp_path / "model.safetensors")["a"] == ("F32", (1000, 500))
    safetensors(tmp_path / "part-2.safetensors", d=(250, 4000))
    (tmp_path / "model.safetensors.index.json").write_text(
        json.dumps({"weight_map": {"a": "model.safetensors", "d": "part-2.safetensors"}}), "utf-8")
    assert millions_in(tmp_path) == pytest.approx(1.500008)
    (tmp_path / "part-2.safetensors").write_bytes(b"\xff" * 30)
    assert millions_in(tmp_path) is None
    with pytest.raises(ConfigError, match="cannot be read"):
        read_shapes(tmp_path / "part-2.safetensors")


def test_a_folder_that_cannot_be_read_is_a_bad_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "config.json").write_text("{}", "utf-8")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(BadSetting, match="cannot be read: permission denied"):
        transformers_backend("transformers.depth", "x", model=str(tmp_path))


def test_a_digest_tells_weights_apart(tmp_path: Path) -> None:
    safetensors(tmp_path / "model.safetensors", a=(300, 300))
    before = digest_of(tmp_path)
    assert digest_of(tmp_path) == before and len(before) == 12
    raw = bytearray((tmp_path / "model.safetensors").read_bytes())
    raw[len(raw) // 2 + 5] ^= 1
    (tmp_path / "model.safetensors").write_bytes(raw)
    changed = digest_of(tmp_path)
    (tmp_path / "config.json").write_text("{}", "utf-8")
    assert len({before, changed, digest_of(tmp_path)}) == 3


def test_places_in_the_hubs_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    assert place_of("acme/m") is None
    repository = tmp_path / "models--acme--m"
    (repository / "snapshots" / "abc").mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc", "utf-8")
    assert place_of("acme/m") is None  # begun, and not finished
    (repository / "snapshots" / "abc" / "config.json").write_text("{}", "utf-8")
    assert place_of("acme/m") == place_of("acme/m", "abc") == repository / "snapshots" / "abc"
    assert place_of("acme/m", "v2") is None
    assert transformers_backend("transformers.depth", "x", model="acme/m").version == "acme/m@abc"
    assert transformers_backend("transformers.depth", "x", model="acme/m", revision="v2").version == "acme/m@v2"
    assert place_of(str(tmp_path)) == tmp_path and place_of(str(tmp_path / "none")) is None


# ----------------------------------------------------------------------- choices


def asked(returns: Type, prompt: str = "Q") -> Options | None:
    function = NeuralFunction("f", "llm", (Parameter("x", STR),), returns, prompt)
    return options_of(ask(function, "from 1 to 3"), prompt)


def test_which_answers_are_options() -> None:
    assert asked(STR) is None and asked(INT) is None and asked(FLOAT) is None and asked(NONE) is None
    yes_no = asked(BOOL)
    assert yes_no is not None and yes_no.values == (True, False) and yes_no.asks == "Answer yes or no."
    said = asked(BOOL, "Is it? Answer yes or no.")
    assert said is not None and said.asks == ""
    literal = asked(OptionalType(LiteralType(("a", 3, True))))
    assert literal is not None and literal.values == ("a", 3, True, None)
    assert literal.spellings == (("a",), ("3",), ("yes",), ("none", "None"))
    stars = asked(INT, "Stars from 1 to 5")
    assert stars is not None and stars.values == (1, 2, 3, 4, 5) and not stars.scale
    scale = asked(FLOAT, "From 0 to 1, how")
    assert scale is not None and scale.scale and scale.values[0] == 0 and scale.values[-1] == 1
    assert asked(INT, "from 1 to 1000") is None and asked(FLOAT, "from 1 to 0") is None
    assert asked(LiteralType(tuple(range(MOST + 1)))) is None


def test_labels_are_options_once_each() -> None:
    found = options_of(ask(CLASSIFY, "x", ["a", "b", "a"]), "")
    assert found is not None and found.values == ("a", "b")
    assert options_of(ask(CLASSIFY, "x", ["a", " "]), "") is None


def test_rows_are_one_where_every_option_is_one_token() -> None:
    options = Options((True, False), (("Yes", "yes"), ("No",)), "")
    one, places = rows_for(options, lambda text: [len(text)])
    assert one == [Row((), (3, 3, 2))] and places == [[0, 1], [2]]
    several, _ = rows_for(options, lambda text: list(range(len(text))))
    assert several == [Row((0, 1), (0, 1, 2)), Row((0, 1), (0, 1, 2)), Row((0,), (0, 1))]


SCORES = st.floats(-50, 0, allow_nan=False)


@given(st.lists(st.tuples(SCORES, SCORES), min_size=1, max_size=6))
def test_the_likeliest_option_wins_with_its_share(pairs: list[tuple[float, float]]) -> None:
    options = Options(tuple(range(len(pairs))), tuple(("a", "b") for _ in pairs), "")
    places = [[2 * i, 2 * i + 1] for i in range(len(pairs))]
    said = combined(options, places, [list(pair) for pair in pairs])
    import numpy as np

    weights = np.exp(np.array(pairs)).sum(1)
    assert said.confidence is not None
    assert said.confidence == pytest.approx(weights[said.value] / weights.sum(), rel=1e-6)
    assert weights[said.value] == pytest.approx(weights.max(), rel=1e-9)


@given(st.lists(SCORES, min_size=10, max_size=10), st.floats(-5, 5), st.floats(0.1, 9))
def test_a_scale_stays_in_its_range(scores: list[float], low: float, width: float) -> None:
    values = tuple(low + width * i / 9 for i in range(10))
    said = Options(values, tuple((str(i),) for i in range(10)), "", scale=True).answer(scores)
    assert low - 1e-9 <= said.value <= low + width + 1e-9
    assert said.confidence is not None and 0 <= said.confidence <= 1


def test_a_scale_is_sure_where_one_step_has_it_all() -> None:
    options = Options((0.0, 0.5, 1.0), (("0",), ("1",), ("2",)), "", scale=True)
    sure, torn = options.answer([-40, 0, -40]), options.answer([0, -40, 0])
    assert sure.value == pytest.approx(0.5) and sure.confidence == pytest.approx(1.0, abs=1e-6)
    assert torn.value == pytest.approx(0.5) and torn.confidence == pytest.approx(0.0, abs=1e-6)
