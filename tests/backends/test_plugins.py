"""Backends of other packages, by entry points: a package is laid out on disk and put on the path."""

from __future__ import annotations

from pathlib import Path

import pytest

from fmplang.backends.plugins import installed, load_plugin
from fmplang.backends.pool import Pool, resolve_pool
from fmplang.errors import ConfigError
from tests.backends.asking import EMBED, answer

CODE = '''
import fmplang

@fmplang.backend("embed", name="acme-embed", cost=2.0)
def one(request):
    return [1.0]

def several():
    return [one, fmplang.backend("caption", name="acme-caption")(lambda request: "a cup")]

number = 5

def broken():
    raise RuntimeError("no licence key")
'''
POINTS = """[fmplang.backends]
acme = acme_fmplang:one
acme-all = acme_fmplang:several
acme-number = acme_fmplang:number
acme-broken = acme_fmplang:broken
acme-gone = acme_fmplang_gone:one
"""


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "acme_fmplang.py").write_text(CODE, encoding="utf-8")
    info = tmp_path / "acme_fmplang-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-fmplang\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(POINTS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_entry_points_are_found_and_loaded(acme: Path) -> None:
    assert set(installed()) >= {"acme", "acme-all", "acme-broken"}
    assert [b.name for b in load_plugin("acme")] == ["acme-embed"]
    assert [b.name for b in load_plugin("acme-all")] == ["acme-embed", "acme-caption"]


def test_a_plugin_is_a_pool_and_can_be_joined(acme: Path) -> None:
    assert [b.name for b in resolve_pool("acme")] == ["acme-embed"]
    pool = resolve_pool("embedded+acme-all")
    assert pool.name == "embedded+acme-all" and pool.unit == "milliseconds"
    assert [b.name for b in pool][-2:] == ["acme-embed", "acme-caption"]
    assert answer(pool["acme-embed"], EMBED, "x").value == [1.0]


def test_a_pool_file_takes_plugins(acme: Path) -> None:
    path = acme / "pool.toml"
    path.write_text('preset = "none"\nplugins = ["acme"]\n[backends.acme-embed]\ncost = 9\n', encoding="utf-8")
    pool = Pool.from_file(path)
    assert [b.name for b in pool] == ["acme-embed"]


def test_all_plugins_may_be_asked_for(acme: Path) -> None:
    path = acme / "pool.toml"
    path.write_text("plugins = true\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="acme-broken"):
        Pool.from_file(path)


@pytest.mark.parametrize(("name", "told"), [
    ("acme-number", "gives int"),
    ("acme-broken", "RuntimeError: no licence key"),
    ("acme-gone", "ModuleNotFoundError"),
])
def test_a_plugin_that_cannot_be_loaded_names_its_package(acme: Path, name: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve_pool(f"embedded+{name}")
    assert caught.value.code == "FMP808"
    assert "acme-fmplang" in caught.value.message and told in caught.value.message and caught.value.hint


def test_an_unknown_name_is_told_with_what_there_is(acme: Path) -> None:
    with pytest.raises(ConfigError, match="no pool named 'acm'") as caught:
        resolve_pool("embedded+acm")
    assert "Did you mean acme?" in caught.value.hint and "embedded" in caught.value.hint
