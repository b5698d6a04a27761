"""Merging boxes, and the crops that come of them."""

from __future__ import annotations

import pytest

from fmplang.backends.embedded.boxes import Found, agreed, confidence, crops, distinct, merged, overlap
from tests.backends.asking import plain


def test_overlap_is_intersection_over_union() -> None:
    a = Found(0, 0, 10, 10, 1)
    assert overlap(a, a) == 1.0
    assert overlap(a, Found(5, 0, 10, 10, 1)) == pytest.approx(1 / 3)
    assert overlap(a, Found(10, 0, 10, 10, 1)) == 0.0


def test_of_boxes_that_overlap_the_one_with_most_votes_stays() -> None:
    strong, weak = Found(0, 0, 10, 10, 9), Found(1, 1, 10, 10, 5)
    inside, away = Found(4, 4, 3, 3, 7), Found(50, 0, 9, 9, 1)
    assert distinct([away, weak, inside, strong]) == [strong, away]


def test_boxes_of_several_searches_are_averaged_by_votes() -> None:
    assert merged([Found(0, 0, 10, 10, 3), Found(4, 0, 10, 10, 1)]) == [Found(0, 0, 10, 10, 3), Found(4, 0, 10, 10, 1)]
    assert merged([Found(0, 0, 10, 10, 3), Found(2, 0, 10, 10, 1)]) == [Found(0.5, 0, 10, 10, 4)]
    assert merged([]) == []


def test_what_both_have_counts_with_the_votes_of_the_more_doubtful() -> None:
    first = [Found(0, 0, 10, 10, 9), Found(50, 50, 10, 10, 9)]
    second = [Found(1, 0, 10, 10, 4), Found(2, 0, 10, 10, 5)]
    assert agreed(first, second) == [Found(0, 0, 10, 10, 5)]


def test_confidence_is_that_of_the_most_doubtful_candidate() -> None:
    assert confidence([], 4) == 1.0
    assert confidence([Found(0, 0, 1, 1, 4)], 4) == 0.5
    assert confidence([Found(0, 0, 1, 1, 12), Found(0, 0, 1, 1, 0)], 4) == 0.75
    assert confidence([Found(0, 0, 1, 1, 12), Found(0, 0, 1, 1, 6)], 4) == 0.6


def test_crops_are_turned_round_clipped_and_ordered_by_votes() -> None:
    image = plain((0, 0, 0), width=100, height=50)
    found = crops(image, [Found(80, 0, 40, 10, 1), Found(10, 30, 20, 10, 5), Found(0, 30, 20, 10, 5),
                          Found(200, 0, 5, 5, 9), Found(3, 3, 0.2, 9, 9)])
    assert [crop.box for crop in found] == [(0, 10, 20, 20), (10, 10, 30, 20), (80, 40, 100, 50)]


def test_a_crop_of_a_crop_keeps_its_place() -> None:
    image = plain((0, 0, 0), width=100, height=50).crop(20, 10, 80, 40)
    assert [crop.box for crop in crops(image, [Found(0, 0, 10, 5, 1)])] == [(20, 35, 30, 40)]
