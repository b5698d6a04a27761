"""Pools: what is in them, who answers, and what they say when nobody can."""

from __future__ import annotations

from typing import Any

import pytest

import fmplang
from fmplang.backends.base import Health
from fmplang.backends.function import backend
from fmplang.backends.pool import Pool, describe, health_of, resolve_pool
from fmplang.backends.scripted import ScriptedBackend
from fmplang.errors import BackendError, ConfigError, NoBackend
from tests.backends.asking import CAPTION, EMBED, FIND, ask, plain


def scripted(name: str, capability: str = "embed", **options: Any) -> ScriptedBackend:
    return ScriptedBackend(capability, lambda request: [], name=name, **options)


class Sick(ScriptedBackend):
    def health(self) -> Health:
        return Health(False, "the program sickle is not installed", "Install it: apt-get install sickle.")


def test_the_public_name_is_this_class() -> None:
    assert fmplang.Pool is Pool


def test_a_pool_answers_by_capability_in_its_own_order() -> None:
    first, second, other = scripted("b"), scripted("a"), scripted("c", "detect")
    pool = Pool([first, second, other], name="mine")
    assert pool.for_request(ask(EMBED, "x")) == (first, second)
    assert pool.backends_for(ask(EMBED, "x")) == (first, second)
    assert pool.having("detect") == (other,) and pool.having("ocr") == ()
    assert pool.capabilities == ("embed", "detect")
    assert len(pool) == 3 and "a" in pool and "x" not in pool and list(pool) == [first, second, other]
    assert pool["c"] is other
    assert repr(pool) == "<pool mine: b, a, c>"


def test_who_does_not_support_a_request_is_left_out() -> None:
    some = scripted("some", supports=lambda request: request.args["text"] != "x")
    every = scripted("every")
    pool = Pool([some, every])
    assert pool.for_request(ask(EMBED, "x")) == (every,)
    assert pool.for_request(ask(EMBED, "y")) == (some, every)


def test_who_is_not_well_is_left_out() -> None:
    sick, well = Sick("embed", [], name="sick"), scripted("well")
    pool = Pool([sick, well])
    assert pool.for_request(ask(EMBED, "x")) == (well,)
    assert {name: state.ok for name, state in pool.health().items()} == {"sick": False, "well": True}


def test_health_is_looked_at_once_and_again_when_asked() -> None:
    looks = []

    class Counting(ScriptedBackend):
        def health(self) -> Health:
            looks.append(1)
            return Health(True)

    pool = Pool([Counting("embed", [])])
    for _ in range(3):
        pool.for_request(ask(EMBED, "x"))
    assert len(looks) == 1
    pool.health(refresh=True)
    assert len(looks) == 2


def test_nobody_has_the_capability() -> None:
    pool = Pool([scripted("a"), scripted("b", "detect")], name="mine")
    with pytest.raises(NoBackend) as caught:
        pool.for_request(ask(CAPTION, plain((0, 0, 0))))
    error = caught.value
    assert error.code == "FMP703" and error.site == "main/caption"
    assert error.message == ("no backend of the pool 'mine' has the capability 'caption', "
                             "which the function caption needs at main/caption")
    assert "The pool has: embed, detect." in error.hint
    assert '@fmplang.backend("caption", name="mine", cost=1.0)' in error.hint
    with pytest.raises(NoBackend, match="the function caption needs"):
        pool.require(CAPTION)


def test_nobody_takes_these_arguments() -> None:
    pool = Pool.preset("embedded").only("lbp", "opencv-fast")
    with pytest.raises(NoBackend) as caught:
        pool.for_request(ask(FIND, plain((0, 0, 0)), "dog"))
    assert "can take find(<image>, 'dog') at main/find" in caught.value.message
    assert 'lbp: finds "face"' in caught.value.hint and '"cat" (its face)' in caught.value.hint
    pool.require(FIND)


def test_nobody_is_well() -> None:
    pool = Pool([Sick("embed", [], name="sick")])
    for ask_for in (lambda: pool.for_request(ask(EMBED, "x")), lambda: pool.require(EMBED)):
        with pytest.raises(NoBackend) as caught:
            ask_for()
        assert "sick: not here: the program sickle is not installed. Install it: apt-get install sickle." \
            in caught.value.hint


def test_a_pool_may_be_empty() -> None:
    pool = Pool([])
    assert pool.unit == "units" and not pool.capabilities
    with pytest.raises(NoBackend, match="has the capability 'embed'") as caught:
        pool.for_request(ask(EMBED, "x"))
    assert "The pool has: nothing." in caught.value.hint


def test_two_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigError, match="two backends named 'a'") as caught:
        Pool([scripted("a"), scripted("a", "detect")])
    assert caught.value.code == "FMP806"


def test_two_units_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"would add up usd \(a\) and milliseconds \(b\)"):
        Pool([scripted("a", unit="usd"), scripted("b", unit="milliseconds"), scripted("c")])
    assert Pool([scripted("a", unit="usd"), scripted("b", unit="milliseconds")], unit="points").unit == "points"


def test_the_unit_is_the_one_that_a_backend_names() -> None:
    assert Pool([scripted("a"), scripted("b", unit="usd")]).unit == "usd"
    assert Pool([scripted("a")]).unit == "units"


def test_adding_and_taking_away() -> None:
    a, b, c = scripted("a"), scripted("b"), scripted("c", unit="usd")
    pool = Pool([a, b], name="mine")
    assert list(pool.plus(c)) == [a, b, c] and pool.plus(c).unit == "usd"
    assert list(pool.minus("a")) == [b]
    assert list(pool.only("b", "a")) == [a, b]
    assert pool.minus("a").name == "mine"
    with pytest.raises(ConfigError, match="would add up"):
        pool.plus(c).plus(scripted("d", unit="eur"))
    for wrong in (pool.minus, pool.only, pool.__getitem__):
        with pytest.raises(ConfigError, match="no backend named 'aa'") as caught:
            wrong("aa")
        assert "Did you mean a?" in caught.value.hint


def test_what_costs_money() -> None:
    free, paid = scripted("free", unit="usd"), scripted("paid", unit="usd")
    free.paid = False  # type: ignore[attr-defined]
    pool = Pool([free, paid])
    assert pool.paid(paid) and not pool.paid(free)
    pool = Pool([scripted("a")], unit="milliseconds")
    assert not pool.paid(pool["a"])
    pool = Pool([scripted("a")], unit="USD")
    assert pool.paid(pool["a"])


@pytest.mark.parametrize(("what", "hint"), [
    (lambda request: [], "Decorate the function"),
    (ScriptedBackend, "Make an instance"),
    (object(), "It lacks name, capability"),
    (scripted(""), "Give it a name"),
    (scripted("a", capability=""), "Give it a capability"),
    (scripted("a", version=3), "Give it a version"),
])
def test_what_is_no_backend_is_refused(what: Any, hint: str) -> None:
    with pytest.raises(ConfigError, match="is not a backend") as caught:
        Pool([what])
    assert caught.value.code == "FMP807" and hint in caught.value.hint


def test_a_failing_supports_names_the_backend() -> None:
    pool = Pool([scripted("bad", supports=lambda request: request.nothing)])
    with pytest.raises(BackendError, match="backend bad could not say") as caught:
        pool.for_request(ask(EMBED, "x"))
    assert caught.value.code == "FMP704" and caught.value.site == "main/embed"


def test_health_that_cannot_be_told_is_bad_health() -> None:
    class Failing(ScriptedBackend):
        def health(self) -> Health:
            raise OSError("disk")

    class Talkative(ScriptedBackend):
        def health(self) -> Any:
            return "fine"

    assert health_of(Failing("embed", [])) == Health(False, "its health check failed: OSError: disk",
                                                     "Mend its `health`.")
    assert not health_of(Talkative("embed", [])).ok
    assert health_of(object()).ok  # type: ignore[arg-type]
    assert describe(object()) == ""  # type: ignore[arg-type]


def test_a_pool_by_name_object_or_backends() -> None:
    mine = backend("embed", name="mine")(lambda request: [])
    pool = Pool([mine])
    assert resolve_pool(pool) is pool
    assert list(resolve_pool([mine])) == [mine]
    assert resolve_pool("embedded").name == "embedded"
    with pytest.raises(ConfigError, match="is not a pool"):
        resolve_pool(5)  # type: ignore[arg-type]


@pytest.mark.parametrize("make", [Pool.preset, resolve_pool])
def test_an_unknown_name_is_told_with_the_nearest(make: Any) -> None:
    with pytest.raises(ConfigError, match="no pool named 'embeded'") as caught:
        make("embeded")
    assert caught.value.code == "FMP806" and "Did you mean embedded?" in caught.value.hint


def test_the_embedded_pool_has_two_of_each_capability() -> None:
    pool = Pool.preset("embedded")
    assert pool.unit == "milliseconds"
    assert pool.capabilities == ("detect", "verify", "vqa", "ocr", "classify", "embed")
    assert all(len(pool.having(capability)) >= 2 for capability in pool.capabilities)
    assert all(describe(each) and not pool.paid(each) for each in pool)
