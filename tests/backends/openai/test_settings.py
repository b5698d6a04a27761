"""Settings, keys, prices and rates."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fmplang
from fmplang.backends.kinds import KINDS, BadSetting
from fmplang.backends.openai import CAPABILITIES, environment_backends, openai_backend
from fmplang.backends.openai.faults import _wait
from fmplang.backends.openai.keys import Key, NoKey, hidden
from fmplang.backends.openai.prices import Bound, Charge, Prices, Tokens, charge
from fmplang.backends.openai.rates import Bucket
from fmplang.check.types import STR
from fmplang.errors import ConfigError
from tests.backends.asking import ask, neural
from tests.backends.openai.serving import KEY

pytest.importorskip("httpcore2")  # an extra

VARIABLES = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "OPENAI_PRICES")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(("key", "value", "told"), [
    ("model", " ", "empty"),
    ("base_url", "127.0.0.1:8000/v1", "http://"), ("base_url", "ftp://host/v1", "http://"),
    ("base_url", f"http://me:{KEY}@host/v1", "api_key_env"), ("base_url", "http://host:port/v1", "no address"),
    ("base_url", "http://host/v1?key=1", "question mark"),
    ("api_key_env", KEY, "not the key itself"), ("api_key_env", "$KEY", "not the key itself"),
    ("prices", {"inputs": 1}, "known: input"), ("prices", {"input": -1}, "zero or more"),
    ("prices", {"input": "1"}, "zero or more"), ("prices", {"input": True}, "zero or more"),
    ("prices", {"input": 1.0, "cached": 2.0}, "more than other input"),
    ("timeout", 0.0, "above zero"), ("total_time", -1.0, "above zero"), ("requests_per_minute", 0, "above zero"),
    ("concurrency", 0, "at least 1"), ("retries", -1, "at least 0"), ("max_tokens", 0, "at least 1"),
    ("image_side", 3, "at least 16"), ("structured", "yes", "json_schema"),
    ("extra_body", {"n": 3}, "depend on it"), ("extra_body", {"a": float("nan")}, "JSON"),
    ("extra_body", {"a": date(2026, 1, 1)}, "JSON"), ("capability", "a b", "no capability"),
    ("capabilities", ["llm", "llm"], "twice"),
])
def test_a_setting_that_cannot_be_is_told_by_its_key(key: str, value: Any, told: str) -> None:
    with pytest.raises(BadSetting, match=told) as caught:
        openai_backend("openai.chat", "gpt", **{"model": "m", key: value})
    assert caught.value.key == key and KEY not in str(caught.value)


POOL = """
[pool]
preset = "none"
[pool.backends.gpt]
kind = "openai.chat"
model = "tiny"
base_url = "http://127.0.0.1:9/v1/"
capabilities = ["llm", "vqa"]
api_key_file = "./key"
prices = {{ input = 0.15, output = 0.6, cached = 0.075, image = 0.001 }}
requests_per_minute = 60
{}
"""


def test_a_pool_file_declares_servers(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY + "\n")
    (tmp_path / "key").chmod(0o600)
    (tmp_path / "pool.toml").write_text(POOL.format(""))
    pool = fmplang.Pool.from_file(tmp_path / "pool.toml")
    assert [(b.name, b.capability) for b in pool] == [("gpt-llm", "llm"), ("gpt-vqa", "vqa")]
    assert pool.unit == "usd" and all(pool.paid(b) and pool.health()[b.name].ok for b in pool)
    first, second = pool
    assert first.server is second.server  # type: ignore[attr-defined]
    settings = first.server.settings  # type: ignore[attr-defined]
    assert settings.url == "http://127.0.0.1:9/v1/chat/completions" and settings.key.read() == KEY
    assert settings.prices == Prices(0.15, 0.6, 0.075, 0.001) and KEY not in repr((pool, settings, first))
    assert repr(first) == "<backend gpt-llm for llm: tiny at 127.0.0.1:9>"


@pytest.mark.parametrize(("line", "place", "told"), [
    ("timeout = 0", ":12: pool.backends.gpt.timeout", "above zero"),
    ("cost = 3", ":12: pool.backends.gpt.cost", "several"),
    ('prices.input = "1"', "", "TOML"),
    ("extra_body = 7", ":12: pool.backends.gpt.extra_body", "a table"),
    ("[pool.backends.gpt-vqa]\nkind = 'openai.chat'\nmodel = 'm'", ":12: pool.backends.gpt-vqa", "already"),
])
def test_a_mistake_in_a_pool_file_is_told_with_its_line(tmp_path: Path, line: str, place: str, told: str) -> None:
    (tmp_path / "pool.toml").write_text(POOL.format(line))
    with pytest.raises(ConfigError) as caught:
        fmplang.Pool.from_file(tmp_path / "pool.toml")
    assert place in caught.value.message and told in caught.value.message


def test_the_page_on_servers_tells_every_setting_and_its_pool_can_be_made(tmp_path: Path) -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / "servers.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    told = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(told) == sorted(KINDS["openai.chat"].keys)
    (tmp_path / "pool.toml").write_text(re.findall(r"```toml\n(.*?)```", text, re.DOTALL)[0], encoding="utf-8")
    pool = fmplang.Pool.from_file(tmp_path / "pool.toml")
    assert [b.name for b in pool] == ["gpt-llm", "gpt-vqa", "gpt-caption", "own"] and pool.unit == "usd"


def test_the_version_changes_with_what_answers_depend_on() -> None:
    def version(**more: Any) -> str:
        made: Any = openai_backend("openai.chat", "gpt", model="m", **more)
        return str(made.version)

    assert version().startswith("m@") and version() == version(concurrency=3, prices={"input": 1.0})
    told = [version(), version(system="Be brief."), version(extra_body={"top_p": 0.5}), version(temperature=0.5),
            version(base_url="http://127.0.0.1:9/v1"), version(max_tokens=7)]
    assert len(set(told)) == len(told)
    warm: Any = openai_backend("openai.chat", "gpt", model="m", temperature=0.5)
    assert warm.cacheable is False


def test_a_server_without_prices_counts_in_dollars_and_a_free_one_in_nothing() -> None:
    def made(**more: Any) -> Any:
        return openai_backend("openai.chat", "gpt", model="m", base_url="http://127.0.0.1:9/v1", **more)

    assert made().paid and made().unit == "usd" and "without a price table" in made().describe()
    free = made(prices={})
    assert not free.paid and free.unit is None and made(prices={"image": 0.1}).paid


# ------------------------------------------------------------------------- keys


def test_a_key_is_hidden_but_not_what_stands_for_none() -> None:
    assert hidden(f"Bearer {KEY}.", KEY) == "Bearer ***."
    assert hidden("EMPTY means none", "EMPTY") == "EMPTY means none" and hidden("all", "") == "all"


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
@pytest.mark.parametrize(("mode", "text", "told"), [
    (0o640, KEY, "others may read"), (0o602, KEY, "others may read"), (0o600, "", "no key"),
    (0o600, "two words", "blanks"), (0o600, "sk-\n-x", "blanks"), (0o600, "sk-\u00e9", "blanks"),
    (0o600, "x" * 20_000, "no key"),
])
def test_a_file_with_a_key_is_its_owners_alone(tmp_path: Path, mode: int, text: str, told: str) -> None:
    file = tmp_path / "key"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    with pytest.raises(NoKey) as caught:
        Key(file=str(file)).read()
    assert told in str(caught.value) and caught.value.mend
    assert not text.strip() or text.strip()[:20] not in str(caught.value) + caught.value.mend


def test_a_key_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoKey, match="cannot be read"):
        Key(file=str(tmp_path / "none")).read()
    backend: Any = openai_backend("openai.chat", "gpt", model="m", api_key_env="SOME_KEY")
    health = backend.health()
    assert not health.ok and "SOME_KEY is not set" in health.why and health.mend == "export SOME_KEY=..."
    monkeypatch.setenv("SOME_KEY", f"  {KEY}\n")
    assert backend.health().ok and backend.server.settings.key.read() == KEY
    monkeypatch.setenv("SOME_KEY", "a\r\nHost: elsewhere")
    assert not backend.health().ok


def test_without_its_library_a_backend_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpcore2", None)
    backend: Any = openai_backend("openai.chat", "gpt", model="m", base_url="http://127.0.0.1:9/v1")
    assert backend.health().mend == "pip install 'fmplang[openai]'"
    (said,) = backend.answer([ask(neural("say", "llm", STR, ("t", STR)), "x")])
    assert said.code == "FMP705" and "fmplang[openai]" in said.hint and not said.transient


def test_the_official_server_wants_its_key_and_others_none() -> None:
    official: Any = openai_backend("openai.chat", "gpt", model="m")
    assert official.server.settings.key == Key("OPENAI_API_KEY")
    other: Any = openai_backend("openai.chat", "gpt", model="m", base_url="http://127.0.0.1:9/v1")
    assert other.server.settings.key == Key() and other.health().ok


# ----------------------------------------------------------------- the pool `openai`


def test_the_pool_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = fmplang.Pool.preset("openai")
    assert pool.capabilities == CAPABILITIES and "OPENAI_MODEL is not set" in pool.health()["openai-llm"].why
    monkeypatch.setenv("OPENAI_MODEL", "m")
    assert "OPENAI_API_KEY is not set" in fmplang.Pool.preset("openai").health()["openai-llm"].why
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_PRICES", "input=0.15, output=0.6")
    pool = fmplang.Pool.preset("openai")
    first: Any = pool["openai-vqa"]
    assert all(health.ok for health in pool.health().values()) and first.server.settings.prices == Prices(0.15, 0.6)
    assert pool.unit == "usd"


@pytest.mark.parametrize(("name", "value"), [("OPENAI_PRICES", "0.15"), ("OPENAI_PRICES", "in=1"),
                                             ("OPENAI_BASE_URL", "somewhere")])
def test_a_wrong_variable_is_told(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=name) as caught:
        environment_backends()
    assert caught.value.code == "FMP802"


# ----------------------------------------------------------------------- prices


def test_the_cost_is_by_the_servers_count() -> None:
    prices = Prices(input=2.0, output=10.0, cached=0.5, image=0.001)
    bound = Bound(1000, 1, 500, 100)
    assert bound.price(prices) == pytest.approx((1500 * 2 + 100 * 10) / 1e6 + 0.001)
    usage = {"prompt_tokens": 800, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 300}}
    cost = (500 * 2 + 300 * 0.5 + 7 * 10) / 1e6 + 0.001
    assert charge(usage, bound, prices) == Charge(pytest.approx(cost), (), Tokens(800, 7, 300))
    assert charge({**usage, "prompt_tokens_details": None}, bound, None).cost == 0.0
    many = charge({"prompt_tokens": 5900, "completion_tokens": 7}, bound, prices)  # pictures have a free hand
    assert many.tokens == Tokens(5900, 7) and many.cost > bound.price(prices)
    assert charge({"prompt_tokens": 6001, "completion_tokens": 7}, bound, prices).flags == ("wrong usage",)


numbers = st.one_of(st.none(), st.booleans(), st.integers(-10, 10**13), st.floats(), st.text(max_size=2))


@given(st.one_of(numbers, st.fixed_dictionaries({}, optional={
    "prompt_tokens": numbers, "completion_tokens": numbers,
    "prompt_tokens_details": st.one_of(numbers, st.fixed_dictionaries({"cached_tokens": numbers}))})))
def test_no_usage_makes_a_text_cost_less_than_nothing_or_more_than_its_price(usage: Any) -> None:
    prices, bound = Prices(1.0, 4.0, 0.1), Bound(300, 0, 2000, 32)
    cost, flags, tokens = charge(usage, bound, prices)
    assert 0 <= cost <= bound.price(prices) and bool(flags) == (tokens is None)


# ------------------------------------------------------------------------ rates


def test_a_bucket_lets_a_minutes_worth_through_and_then_the_rate() -> None:
    now = [0.0]
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds

    async def takes(bucket: Bucket, *amounts: float) -> None:
        for amount in amounts:
            await bucket.take(amount)

    asyncio.run(takes(Bucket(60, lambda: now[0], sleep), *[1] * 62))
    assert waits == [pytest.approx(1.0)] * 2
    waits.clear()
    bucket = Bucket(600, lambda: now[0], sleep)
    asyncio.run(takes(bucket, 5_000, 100))  # what can never fit takes a full bucket
    bucket.give_back(100)
    asyncio.run(takes(bucket, 100))
    assert waits == [pytest.approx(10.0)]
    now[0] += 3600
    asyncio.run(takes(bucket, 600))
    assert len(waits) == 1


@pytest.mark.parametrize(("headers", "seconds"), [
    ({}, 0.0), ({"retry-after": "7"}, 7.0), ({"retry-after": "-7"}, 0.0), ({"retry-after": "soon"}, 0.0),
    ({"retry-after": "nan"}, 0.0), ({"retry-after": "inf"}, 0.0), ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
    ({"retry-after": "Thu, 01 Jan 1970 00:01:40 GMT"}, 10.0), ({"retry-after": "Thu, 01 Jan 1970 00:00:40 GMT"}, 0.0),
])
def test_how_long_a_server_asks_to_wait(headers: dict[str, str], seconds: float) -> None:
    assert _wait(headers, lambda: 90.0) == pytest.approx(seconds)
