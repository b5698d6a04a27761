"""Backends that a pool file declares by their kind."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from fmplang.backends import kinds
from fmplang.backends.kinds import KINDS, Kind
from fmplang.backends.pool import Pool
from fmplang.backends.pool_file import Repriced
from fmplang.check.types import STR
from fmplang.errors import ConfigError
from tests.backends.asking import answer, neural

ASK = neural("ask", "ask", STR, ("text", STR))
TEST = Kind("tests.backends.asking", "declared_backend",
            {"model": str, "size": int, "share": float, "quick": bool, "tags": list}, ("model",), ("model",))


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"test.ask": TEST}
    monkeypatch.setattr(kinds, "KINDS", table)
    monkeypatch.setattr("fmplang.backends.pool_file.KINDS", table)


def pool_of(folder: Path, text: str) -> Pool:
    (folder / "fmplang.toml").write_text(text, encoding="utf-8")
    return Pool.from_file(folder / "fmplang.toml")


def test_a_kind_makes_backends_with_their_settings(tmp_path: Path) -> None:
    pool = pool_of(tmp_path, """
[pool]
preset = "none"
unit = "usd"
[pool.backends.small]
kind = "test.ask"
model = "./here"
size = 3
share = 1
tags = ["a"]
[pool.backends.large]
kind = "test.ask"
model = "org/name"
cost = 40
""")
    assert [b.name for b in pool] == ["small", "large"]
    assert answer(pool["small"], ASK, "x").value == repr(
        {"model": str(tmp_path.resolve() / "here"), "size": 3, "share": 1, "tags": ["a"]})
    assert answer(pool["large"], ASK, "x").value == repr({"model": "org/name"})
    assert isinstance(pool["large"], Repriced) and pool["large"].cost == 40


def test_they_come_after_the_preset_and_can_be_left_out(tmp_path: Path) -> None:
    text = '[pool]\n{}\n[pool.backends.mine]\nkind = "test.ask"\nmodel = "m"\n'
    pool = pool_of(tmp_path, text.format('include = ["lbp", "mine"]'))
    assert [b.name for b in pool] == ["lbp", "mine"]
    assert "mine" not in pool_of(tmp_path, text.format('exclude = ["mine"]'))


HEAD = '[pool.backends.mine]\nkind = "test.ask"\n'


@pytest.mark.parametrize(("text", "place", "code", "told"), [
    ('[pool.backends.mine]\nkind = "test.aks"\n', ":2: pool.backends.mine.kind", "FMP802", "Did you mean test.ask?"),
    ("[pool.backends.mine]\nkind = 3\n", ":2: pool.backends.mine.kind", "FMP802", "test.ask"),
    (HEAD, ":1: pool.backends.mine", "FMP802", "needs the setting 'model'"),
    (HEAD + 'model = ""\nmodle = "m"\n', ":4: pool.backends.mine.modle", "FMP801", "Did you mean model?"),
    (HEAD + "model = 3\n", ":3: pool.backends.mine.model", "FMP802", "text"),
    (HEAD + 'model = "m"\nsize = true\n', ":4: pool.backends.mine.size", "FMP802", "whole number"),
    (HEAD + 'model = "m"\nsize = 1.5\n', ":4: pool.backends.mine.size", "FMP802", "whole number"),
    (HEAD + 'model = "m"\nshare = nan\n', ":4: pool.backends.mine.share", "FMP802", "a number"),
    (HEAD + 'model = "m"\nquick = 1\n', ":4: pool.backends.mine.quick", "FMP802", "true or false"),
    (HEAD + 'model = "m"\ntags = [1]\n', ":4: pool.backends.mine.tags", "FMP802", "list of texts"),
    (HEAD + 'model = "m"\nsize = 13\n', ":4: pool.backends.mine.size", "FMP802", "13 is no size"),
    (HEAD + 'model = "m"\nsize = 14\n', ":1: pool.backends.mine", "FMP802", "nothing fits"),
    (HEAD + 'model = "m"\ncost = -1\n', ":4: pool.backends.mine.cost", "FMP802", "zero or more"),
    ('[pool.backends.lbp]\nkind = "test.ask"\nmodel = "m"\n', ":1: pool.backends.lbp", "FMP806", "already"),
    ('[pool.backends.mine]\nmodel = "m"\n', ":1: pool.backends.mine", "FMP806", "needs `kind`"),
])
def test_a_mistake_is_told_with_file_line_and_key(tmp_path: Path, text: str, place: str, code: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        pool_of(tmp_path, text)
    assert caught.value.message.startswith(f"{tmp_path / 'fmplang.toml'}{place}: ")
    assert caught.value.code == code and told in caught.value.message + caught.value.hint and caught.value.hint


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_that_ships_has_its_factory(name: str) -> None:
    kind = KINDS[name]
    assert callable(getattr(import_module(kind.module), kind.factory))
    assert {*kind.required, *kind.places} <= set(kind.keys) and not {"kind", "cost", "name"} & set(kind.keys)
