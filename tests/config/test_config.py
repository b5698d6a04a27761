"""Settings: which source wins, where each came from, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from fmplang.config import Settings, default_ledger, load_settings
from fmplang.errors import ConfigError
from fmplang.limits import Limits


def settings(folder: Path, env: dict[str, str] | None = None, limits: dict[str, str] | None = None,
             **overrides: object) -> Settings:
    return load_settings(overrides, limits, environ=env or {}, folder=folder)


def refused(folder: Path, env: dict[str, str] | None = None, limits: dict[str, str] | None = None,
            **overrides: object) -> ConfigError:
    with pytest.raises(ConfigError) as raised:
        settings(folder, env, limits, **overrides)
    assert raised.value.hint
    return raised.value


def test_defaults(tmp_path: Path) -> None:
    made = settings(tmp_path, {"XDG_DATA_HOME": "/data"})
    assert made.file is None
    assert {s.origin for _, s in made.items()} == {"default"}
    assert made.limits_value() == Limits()
    assert made.ledger.value == Path("/data/fmplang/ledger.db")
    assert default_ledger({"XDG_DATA_HOME": "relative"}) == default_ledger({}) == \
        Path.home() / ".local/share/fmplang/ledger.db"


def test_the_command_line_wins_over_variables_over_the_file_over_defaults(tmp_path: Path) -> None:
    file = tmp_path / "fmplang.toml"
    file.write_text('policy = "random"\nseed = 1\ntrade_off = 0.5\n[limits]\nsteps = 10\nitems = 20\n')
    env = {"FMPLANG_SEED": "2", "FMPLANG_TRADE_OFF": "0.75", "FMPLANG_LIMIT_ITEMS": "30"}
    made = settings(tmp_path, env, trade_off="1", policy=None)
    assert (made.policy.value, made.policy.origin) == ("random", str(file))
    assert (made.seed.value, made.seed.origin) == (2, "FMPLANG_SEED")
    assert (made.trade_off.value, made.trade_off.origin) == (1.0, "command line")
    assert (made.pool.value, made.pool.origin) == ("embedded", "default")
    assert made.limits_value() == Limits(steps=10, items=30)
    assert made.limits["items"].origin == "FMPLANG_LIMIT_ITEMS"
    again = settings(tmp_path, env, {"items": "1_000", "spend": "2.5", "own_seconds": "0.5"})
    assert again.limits_value() == Limits(steps=10, items=1000, spend=2.5, own_seconds=0.5)


def test_recovery_has_a_table_of_its_own(tmp_path: Path) -> None:
    from fmplang.host.recovery import Recovery

    made = settings(tmp_path)
    assert Recovery(**{name: s.value for name, s in made.recovery.items()}) == Recovery()
    (tmp_path / "fmplang.toml").write_text('[recovery]\nretries = 0\nfallback = ["a", "b"]\nrecoveries = 2\n')
    made = settings(tmp_path, {"FMPLANG_RECOVERY_RETRIES": "3"})
    assert {name: s.value for name, s in made.recovery.items()} == {
        "retries": 3, "fallback": ("a", "b"), "recoveries": 2}
    assert made.recovery["retries"].origin == "FMPLANG_RECOVERY_RETRIES"
    assert ("recovery.fallback", made.recovery["fallback"]) in made.items()
    for text, value in (("cheaper", "cheaper"), ("none", "none"), ("a", ("a",)), (" a , dearer", ("a", "dearer"))):
        made = load_settings({}, {}, {"fallback": text, "retries": None}, environ={}, folder=tmp_path)
        assert made.recovery["fallback"].value == value and made.recovery["retries"].value == 0


def test_the_nearest_file_counts(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "fmplang.toml").write_text("seed = 1\n")
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert settings(below).seed.value == 1
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.fmplang]\nseed = 2\n")
    assert settings(below).seed.value == 2
    (tmp_path / "a" / "fmplang.toml").write_text("seed = 3\n")
    assert settings(below).seed.value == 3
    (tmp_path / "pyproject.toml").write_text("this is [not toml, and not ours\n")
    assert settings(below).seed.value == 3
    assert settings(tmp_path).seed.value == 1


def test_paths_in_a_file_are_relative_to_it(tmp_path: Path) -> None:
    below = tmp_path / "a"
    below.mkdir()
    file = tmp_path / "fmplang.toml"
    file.write_text('ledger = "runs.db"\npool = "pools/mine.toml"\n')
    made = settings(below)
    assert made.ledger.value == tmp_path / "runs.db"
    assert made.pool.value == str(tmp_path / "pools/mine.toml")
    assert settings(below, {"FMPLANG_LEDGER": "own.db"}).ledger.value == below / "own.db"
    assert settings(below, ledger="none").ledger.value is None
    file.write_text("ledger = false\n")
    assert settings(below).ledger.value is None


def test_the_folder_of_a_pool_is_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "fmplang.toml").write_text('pool = "profile:pictures/hard"\n')
    below = tmp_path / "below"
    below.mkdir()
    assert settings(below).pool.value == f"profile:{tmp_path / 'pictures/hard'}"
    assert settings(below, pool="truth:mine").pool.value == f"truth:{below / 'mine'}"
    assert settings(below, pool="profile").pool.value == "profile"


def test_a_pool_may_stand_in_the_file_itself(tmp_path: Path) -> None:
    file = tmp_path / "fmplang.toml"
    file.write_text('seed = 4\n[pool]\npreset = "embedded"\n')
    assert settings(tmp_path).pool.value == str(file)


@pytest.mark.parametrize(("text", "code", "told"), [
    ('police = "cheapest"', "FMP801", "did you mean policy"),
    ("[limits]\nstep = 3", "FMP801", "did you mean steps"),
    ("limits = 3", "FMP802", "should be a table"),
    ("recovery = 3", "FMP802", "should be a table"),
    ("[recovery]\nretry = 3", "FMP801", "did you mean retries"),
    ("[recovery]\nretries = -1", "FMP802", "recovery.retries should be a whole number"),
    ("[recovery]\nfallback = []", "FMP802", "recovery.fallback should be dearer, cheaper, none, or names"),
    ("[recovery]\nfallback = ['a', 'a']", "FMP802", "each once"),
    ("[recovery]\nfallback = 3", "FMP802", "recovery.fallback should be"),
    ("seed = -1", "FMP802", "whole number"),
    ("seed = 1.5", "FMP802", "whole number"),
    ("seed = true", "FMP802", "whole number"),
    ('trade_off = "much"', "FMP802", "trade_off should be a number"),
    ("trade_off = nan", "FMP802", "trade_off should be a number"),
    ("budget = -2", "FMP802", "budget should be a number"),
    ("pool = 3", "FMP802", "pool should be a text"),
    ('policy = ""', "FMP802", "policy should be a text"),
    ("ledger = true", "FMP802", "ledger should be"),
    ("[limits]\nsteps = [1]", "FMP802", "limits.steps should be a whole number"),
    ("[limits]\nseconds = inf", "FMP802", "limits.seconds should be a number of seconds"),
    ("policy = cheapest", "FMP804", "not valid TOML"),
    ("seed = 1\nseed = 2", "FMP804", "not valid TOML"),
    ("x = " + "[" * 5_000, "FMP804", "not valid TOML"),
])
def test_a_wrong_file_is_told_with_its_path_and_what_to_do(tmp_path: Path, text: str, code: str, told: str) -> None:
    file = tmp_path / "fmplang.toml"
    file.write_text(text)
    error = refused(tmp_path)
    assert error.code == code
    assert told in str(error) and str(file) in error.message


def test_a_file_that_is_no_text_or_out_of_proportion(tmp_path: Path) -> None:
    file = tmp_path / "fmplang.toml"
    file.write_bytes(b"seed = 1 # \xff\n")
    assert refused(tmp_path).code == "FMP804"
    file.write_bytes(b"#" * 1_000_001)
    assert refused(tmp_path).code == "FMP804"


@pytest.mark.parametrize(("env", "code", "told"), [
    ({"FMPLANG_SEED": "x"}, "FMP802", "FMPLANG_SEED: seed should be a whole number"),
    ({"FMPLANG_LIMIT_STEPZ": "3"}, "FMP801", "FMPLANG_LIMIT_STEPZ"),
    ({"FMPLANG_LIMIT_STEPS": "3.5"}, "FMP802", "FMPLANG_LIMIT_STEPS"),
    ({"FMPLANG_RECOVERY_FALLBACKS": "none"}, "FMP801", "FMPLANG_RECOVERY_FALLBACKS"),
    ({"FMPLANG_RECOVERY_RECOVERIES": "-1"}, "FMP802", "FMPLANG_RECOVERY_RECOVERIES: recovery.recoveries should be"),
    ({"FMPLANG_BUDGET": "1e999"}, "FMP802", "FMPLANG_BUDGET"),
])
def test_a_wrong_variable_is_named(tmp_path: Path, env: dict[str, str], code: str, told: str) -> None:
    error = refused(tmp_path, env)
    assert error.code == code and told in error.message


def test_a_wrong_option_is_named(tmp_path: Path) -> None:
    assert "command line" in refused(tmp_path, seed="-3").message
    assert refused(tmp_path, limits={"neural_call": "3"}).hint.startswith("did you mean neural_calls?")


def test_empty_variables_and_unknown_ones_of_others_do_not_count(tmp_path: Path) -> None:
    made = settings(tmp_path, {"FMPLANG_SEED": "", "FMPLANG_DEBUG": "1", "SEED": "3"})
    assert made.seed.value == 0


def test_none_opens_the_ends(tmp_path: Path) -> None:
    made = settings(tmp_path, {"FMPLANG_BUDGET": "none"}, {"spend": "none"})
    assert made.budget.value is None and made.limits["spend"].value is None
