"""Rows of the policy benchmark, how they are kept, and what is made of them."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from fmplang.bench.policies import Row, chord, f1_of, measure, read, run_all
from fmplang.bench.reference import Played
from fmplang.bench.summary import interval, share_closed, summary
from fmplang.errors import ConfigError


def test_the_chord_is_the_upper_hull() -> None:
    points = [Played(np.array([u]), np.array([c])) for c, u in ((1.0, 1.0), (0.0, 0.5), (0.5, 0.6))]
    assert chord(points, 0.5) == pytest.approx(0.75)
    assert chord(points, 2.0) == pytest.approx(1.0)
    assert chord(points, 0.0) == pytest.approx(0.5)


def test_intervals_hold_the_mean() -> None:
    mean, low, high = interval(np.arange(20.0))
    assert low < mean < high
    assert mean == 9.5
    assert high - low == pytest.approx(2 * 1.96 * 5.77 / np.sqrt(20), rel=0.15)


def test_f1_counts_yes_answers() -> None:
    assert f1_of([True, True, False, False], [True, False, True, False]) == 0.5
    assert f1_of([False], [False]) == 0.0
    assert f1_of([1, 2], [1, 2]) is None


def row(**more: object) -> Row:
    plain = Row("two", "now", 0, 0.2, "p", 600, 0.9, 0.4, 0.01, 0.0, 0.82, 0.82, 0.84, None, 0.8, 0.5, 0.8, 0.8, None,
                0.9, 0.9, 0.81, None, None, None, None)
    return replace(plain, **more)  # type: ignore[arg-type]


def test_the_share_closed_is_of_the_mean_distances() -> None:
    assert share_closed([row(last=0.85), row(last=0.95, seed=1)])[0] == pytest.approx(1.0)  # type: ignore[index]
    assert share_closed([row(static_last=0.9)]) is None


def test_differences_are_paired_by_seed() -> None:
    ours = [row(policy="counterfactual", seed=s, net=0.8 + 0.01 * s) for s in range(5)]
    theirs = [row(policy="lints", seed=s, net=0.7 + 0.01 * s) for s in range(5)]
    made = {one["policy"]: one for one in summary([*ours, *theirs])}
    assert made["lints"]["behind"] == pytest.approx((0.1, 0.1, 0.1))
    assert made["counterfactual"]["behind"] is None
    assert made["lints"]["recovered"] is None
    assert made["lints"]["seeds"] == 5
    assert made["lints"]["headroom"] == pytest.approx((0.1, 0.1, 0.1))


def test_rows_are_kept_and_not_measured_again(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    asked = (["two"], ["now"], range(1000, 1002), 40, [0.2])
    told: list[tuple[str, int, int]] = []
    first = run_all(*asked, ["cheapest"], path, 1, lambda row, made, wanted: told.append((row.policy, made, wanted)))
    assert told == [("cheapest", 1, 2), ("cheapest", 2, 2)]
    with path.open("a") as out:
        out.write('{"torn')  # as where a run was killed while writing
    both = run_all(*asked, ["cheapest", "strongest"], path, 1,
                   lambda row, made, wanted: told.append((row.policy, made, wanted)))
    assert told[2:] == [("strongest", 3, 4), ("strongest", 4, 4)]
    assert [r for r in both if r.policy == "cheapest"] == first
    assert [(r.seed, r.policy) for r in both] == [(s, p) for s in (1000, 1001) for p in ("cheapest", "strongest")]
    assert len(list(read(path))) == 4


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({**asdict(row()), "more": 1}) + "\n")
    with pytest.raises(ConfigError, match="line 1"):
        list(read(path))


def test_names_that_are_none_are_refused_before_anything_is_measured() -> None:
    for scenarios, stresses, names in ((["toe"], ["now"], ["random"]), (["two"], ["noww"], ["random"]),
                                       (["two"], ["now"], ["rendom"])):
        with pytest.raises(ConfigError):
            run_all(scenarios, stresses, [0], 10, [0.1], names)


def test_a_row_is_the_same_whenever_it_is_measured() -> None:
    one, again = (next(measure("count", "missing50", 1000, 60, [0.2], ["counterfactual"])) for _ in range(2))
    assert one == again
    assert one.shadows > 0 and one.f1 is None
