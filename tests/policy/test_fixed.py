"""The policies that learn nothing: static, cheapest, strongest, random; and finding policies by name."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import numpy as np
import pytest

from fmplang.check.typed import NeuralFunction, Site
from fmplang.check.types import BOOL
from fmplang.errors import ConfigError, PolicyError
from fmplang.policy import registry
from fmplang.policy.base import Arm, Decision, Policy, PolicyCall
from fmplang.policy.cheapest import Cheapest
from fmplang.policy.random import Random
from fmplang.policy.registry import resolve
from fmplang.policy.static import Static
from fmplang.policy.strongest import Strongest
from fmplang.runtime.requests import Request
from fmplang.syntax.source import Source, Span

ARMS = (Arm("mid", 2.0), Arm("small", 1.0), Arm("big", 5.0), Arm("giant", 5.0), Arm("tiny", 1.0))


def a_call(site: str = "main/find:dog", capability: str = "detect", arms: tuple[Arm, ...] = ARMS,
           seed: int = 0) -> PolicyCall:
    function = NeuralFunction("find", capability, (), BOOL, "")
    request = Request(Site(site, function, Span(0, 1), Source("x")), {}, (0,))
    return PolicyCall(request, arms, 1.0, 0.3, np.random.default_rng(seed))


def chosen(policy: Policy, call: PolicyCall | None = None) -> str:
    call = call or a_call()
    decision = policy.choose(call)
    assert len(decision.propensities) == len(call.arms) and sum(decision.propensities) == pytest.approx(1.0)
    return call.arms[decision.arm].backend


def test_cheapest_takes_the_first_of_the_cheapest() -> None:
    assert chosen(Cheapest()) == "small"


def test_strongest_takes_the_last_of_the_dearest() -> None:
    assert chosen(Strongest()) == "giant"


@pytest.mark.parametrize("policy", [Cheapest(), Strongest(), Random(), Static({})])
def test_one_arm_leaves_no_choice(policy: Policy) -> None:
    decision = policy.choose(a_call(arms=(Arm("only", 3.0),)))
    assert decision == Decision(0, (1.0,))


def test_random_draws_evenly_from_the_runs_own_generator() -> None:
    call = a_call(seed=7)
    drawn = [Random().choose(call).arm for _ in range(2_000)]
    counts = np.bincount(drawn, minlength=5)
    assert counts.min() > 330 and counts.max() < 470
    assert drawn == [Random().choose(again).arm for again in [a_call(seed=7)] for _ in range(2_000)]
    assert Random().choose(call).propensities == (0.2,) * 5


def test_static_prefers_the_site_then_patterns_in_order_then_the_capability() -> None:
    policy = Static({"detect": "tiny", "main/*": "mid", "main/find*": "big", "main/find:dog": "small"})
    assert chosen(policy) == "small"
    assert chosen(policy, a_call("main/find:cat")) == "mid"
    assert chosen(policy, a_call("other/find:cat")) == "tiny"
    assert chosen(policy, a_call("other/ask", "vqa")) == "giant"
    assert chosen(Static({}, "cheapest")) == "small"


def test_static_never_replaces_a_named_backend_in_silence() -> None:
    with pytest.raises(PolicyError, match="'huge'") as raised:
        chosen(Static({"detect": "huge"}))
    assert raised.value.code == "FMP752" and "small" in raised.value.hint


def test_names_and_settings_make_policies() -> None:
    assert isinstance(resolve("cheapest"), Cheapest)
    static = resolve("static: detect = small , main/*=big, otherwise=cheapest")
    assert isinstance(static, Static)
    assert static.choices == {"detect": "small", "main/*": "big"} and static.otherwise == "cheapest"
    own = Random()
    assert resolve(own) is own


@pytest.mark.parametrize(("given", "told"), [
    ("cheepest", "did you mean cheapest"),
    ("", "known: "),
    ("static", "static:CAPABILITY=BACKEND"),
    ("static:detect", "static:CAPABILITY=BACKEND"),
    ("static:otherwise=best", "strongest"),
    ("cheapest:fast", "takes no settings"),
    (Cheapest, "choose(call)"),
    (object(), "choose(call)"),
])
def test_what_is_no_policy_is_refused(given: object, told: str) -> None:
    with pytest.raises(ConfigError) as raised:
        resolve(given)  # type: ignore[arg-type]
    assert raised.value.code == "FMP803"
    assert told in str(raised.value)


def test_installed_packages_bring_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    group = registry.GROUP
    points = {
        "ours": EntryPoint("ours", "fmplang.policy.cheapest:Cheapest", group),
        "gone": EntryPoint("gone", "no_such_module:Policy", group),
        "wrong": EntryPoint("wrong", "builtins:dict", group),
    }
    monkeypatch.setattr(registry, "_entry_points", lambda: points)
    assert isinstance(resolve("ours"), Cheapest)
    assert "ours" in registry.names() and "random" in registry.names()
    for name, told in (("gone", "ModuleNotFoundError"), ("wrong", "is not a policy")):
        with pytest.raises(ConfigError, match=told):
            resolve(name)
