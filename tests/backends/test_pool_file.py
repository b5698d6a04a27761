"""Pools as users write them down, and what they are told when they write wrongly."""

from __future__ import annotations

from pathlib import Path

import pytest

from fmplang.backends.pool import Pool, resolve_pool
from fmplang.backends.pool_file import line_of
from fmplang.errors import ConfigError
from tests.backends.asking import FIND, VERIFY, answer, ask, plain


def written(folder: Path, text: str, name: str = "fmplang.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_describes_a_pool(tmp_path: Path) -> None:
    path = written(tmp_path, """
policy = "cheapest"
[pool]
name = "ours"
exclude = ["lbp"]
[pool.backends.colour-mean]
cost = 3
""")
    pool = Pool.from_file(path)
    assert pool.name == "ours" and "lbp" not in pool and "opencv-fine" in pool
    assert pool.unit == "milliseconds"
    request = ask(VERIFY, plain((250, 0, 0)), "wall", "red")
    assert pool["colour-mean"].price(request) == 3.0
    assert answer(pool["colour-mean"], VERIFY, plain((250, 0, 0)), "wall", "red").value is True
    assert pool["colour-clusters"].price(request) != 3.0
    assert [b.name for b in pool] == [b.name for b in Pool.preset("embedded") if b.name != "lbp"]


def test_the_default_is_the_embedded_pool(tmp_path: Path) -> None:
    pool = resolve_pool(str(written(tmp_path, "[pool]\n")))
    assert pool.name == "embedded" and len(pool) == len(Pool.preset("embedded"))


def test_a_file_of_its_own_and_a_project_file(tmp_path: Path) -> None:
    own = Pool.from_file(written(tmp_path, 'include = ["lbp"]\n', "small.toml"))
    assert [b.name for b in own] == ["lbp"] and own.name == "small"
    project = Pool.from_file(written(tmp_path, '[tool.fmplang.pool]\ninclude = ["lbp"]\n', "pyproject.toml"))
    assert [b.name for b in project] == ["lbp"]


def test_a_pool_may_start_empty(tmp_path: Path) -> None:
    assert len(Pool.from_file(written(tmp_path, '[pool]\npreset = "none"\nunit = "usd"\n'))) == 0


def test_settings_reach_the_backend(tmp_path: Path) -> None:
    path = written(tmp_path, '[pool.backends.tesseract-fast]\nlanguage = "deu+fra"\ntimeout = 2\n')
    pool = Pool.from_file(path)
    assert pool["tesseract-fast"].language == "deu+fra"  # type: ignore[attr-defined]
    assert pool["tesseract-fast"].timeout == 2.0  # type: ignore[attr-defined]
    assert pool["tesseract-careful"].language == "eng"  # type: ignore[attr-defined]


@pytest.mark.parametrize(("text", "place", "code", "told"), [
    ('[pool]\n\nexlude = ["lbp"]\n', ":3: pool.exlude", "FMP801", "Did you mean exclude?"),
    ('[pool]\nexclude = ["lpb"]\n', ":2: pool.exclude", "FMP806", "Did you mean lbp?"),
    ('[pool]\ninclude = "lbp"\n', ":2: pool.include", "FMP802", "a list of names"),
    ('[pool]\ninclude = [1]\n', ":2: pool.include", "FMP802", "a list of names"),
    ('[pool]\npreset = "embeded"\n', ":2: pool.preset", "FMP806", "Did you mean embedded?"),
    ('[pool]\npreset = 3\n', ":2: pool.preset", "FMP802", "text"),
    ('[pool]\nname = ""\n', ":2: pool.name", "FMP802", "not empty"),
    ('[pool]\nplugins = ["acme"]\n', ":2: pool.plugins", "FMP806", "acme"),
    ('[pool]\nplugins = 3\n', ":2: pool.plugins", "FMP802", "true, false"),
    ('[pool]\nbackends = 3\n', ":2: pool.backends", "FMP802", "table"),
    ('[pool.backends]\nlbp = 3\n', ":2: pool.backends.lbp", "FMP802", "table"),
    ('[pool]\n[pool.backends.lpb]\ncost = 1\n', ":2: pool.backends.lpb", "FMP806", "Did you mean lbp?"),
    ('[pool.backends.lbp]\ncost = -1\n', ":2: pool.backends.lbp.cost", "FMP802", "zero or more"),
    ('[pool.backends.lbp]\ncost = true\n', ":2: pool.backends.lbp.cost", "FMP802", "zero or more"),
    ('[pool.backends.lbp]\ncost = nan\n', ":2: pool.backends.lbp.cost", "FMP802", "zero or more"),
    ('[pool.backends.lbp]\ncots = 1\n', ":2: pool.backends.lbp.cots", "FMP801", "Did you mean cost?"),
    ('[pool.backends.tesseract-fast]\nlanguage = 3\n', ":2: pool.backends.tesseract-fast.language", "FMP802", "text"),
    ('[pool.backends.tesseract-fast]\nlanguage = "; rm"\n', ":2: pool.backends.tesseract-fast.language", "FMP802",
     "eng"),
    ('[pool.backends.tesseract-fast]\nlanguage = "eng"\ntimeout = 0\n', ":3: pool.backends.tesseract-fast.timeout",
     "FMP802", "seconds"),
    ('[tool.fmplang]\npool.exclude = ["x"]\n', ":2: tool.fmplang.pool.exclude", "FMP806", "no backend named 'x'"),
    ('[pool]\nunit = ""\n', ":2: pool.unit", "FMP802", "not empty"),
])
def test_a_mistake_is_told_with_file_line_and_key(tmp_path: Path, text: str, place: str, code: str, told: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        Pool.from_file(path)
    assert caught.value.message.startswith(f"{path}{place}: ")
    assert caught.value.code == code
    assert told in caught.value.message + caught.value.hint and caught.value.hint


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "large.toml").write_bytes(b"# " + b"x" * 1_000_000)
    written(tmp_path, "[pool\n", "torn.toml")
    written(tmp_path, "x = " + "[" * 5000, "deep.toml")
    for name, told in (("absent.toml", "no such file"), ("binary.toml", "UTF-8"), ("large.toml", "larger than"),
                       ("torn.toml", "not valid TOML"), ("deep.toml", "not valid TOML"), (".", "cannot be read")):
        with pytest.raises(ConfigError, match=told) as caught:
            Pool.from_file(tmp_path / name)
        assert caught.value.code == "FMP804" and str(tmp_path) in caught.value.message


def test_a_repriced_backend_is_otherwise_the_same(tmp_path: Path) -> None:
    pool = Pool.from_file(written(tmp_path, "[pool.backends.lbp]\ncost = 40\n"))
    lbp = pool["lbp"]
    original = Pool.preset("embedded")["lbp"]
    assert (lbp.name, lbp.capability, lbp.version) == (original.name, original.capability, original.version)
    assert pool.health()["lbp"].ok
    assert lbp.describe() == original.describe()  # type: ignore[attr-defined]
    assert answer(lbp, FIND, plain((9, 9, 9)), "face").value == []
    assert not lbp.supports(ask(FIND, plain((9, 9, 9)), "dog"))


TEXT = """
# pool = 1
[pool]
name = "a"
"exclude" = []
[pool.backends."x y"]
cost = 1
[pool.backends]
z.cost = 2
[other]
name = "b"
"""


@pytest.mark.parametrize(("keys", "line"), [
    (("pool",), 3), (("pool", "name"), 4), (("pool", "exclude"), 5), (("pool", "backends", "x y"), 6),
    (("pool", "backends", "x y", "cost"), 7), (("pool", "backends", "z", "cost"), 9), (("other", "name"), 11),
    (("pool", "absent"), 0), ((), 0),
])
def test_lines_are_found(keys: tuple[str, ...], line: int) -> None:
    assert line_of(TEXT, keys) == line
