"""The eye without weights."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as pil
from PIL import ImageDraw

from fmplang.backends.embedded.scenes.outline import OutlineEye, patches
from fmplang.scenes.graph import COLOURS, KINDS
from fmplang.scenes.inks import INKS


def drawn(how: str, box: tuple[int, int, int, int], colour: str, size: tuple[int, int] = (128, 128)) -> np.ndarray:
    picture = pil.new("RGB", size, (200, 220, 210))
    getattr(ImageDraw.Draw(picture), how)(box, fill=INKS[colour])
    return np.asarray(picture)


@pytest.mark.parametrize(("how", "kind"), [("ellipse", "circle"), ("rectangle", "square")])
@pytest.mark.parametrize("colour", ["red", "blue", "black", "yellow"])
def test_plain_shapes_are_found_where_they_are(how: str, kind: str, colour: str) -> None:
    look = OutlineEye().look(drawn(how, (40, 60, 79, 99), colour))
    assert len(look) == 1
    assert np.allclose(look.boxes[0] * 128, [40, 60, 80, 100], atol=2)
    assert KINDS[look.logits["kind"][0].argmax()] == kind
    assert COLOURS[look.logits["colour"][0].argmax()] == colour


def test_a_picture_that_is_no_square_keeps_its_places() -> None:
    look = OutlineEye().look(drawn("ellipse", (150, 20, 189, 59), "red", (200, 100)))
    assert np.allclose(look.boxes[0] * 200, [150, 20, 190, 60], atol=4)


def test_nothing_stands_out_of_an_even_ground() -> None:
    look = OutlineEye().look(np.full((64, 64, 3), 90, np.uint8))
    assert len(look) == 0 and look.boxes.shape == (0, 4)


def test_patches_are_those_of_a_flood() -> None:
    rng = np.random.default_rng(4)
    mask = rng.random((40, 40)) < 0.62
    left, wanted = mask.copy(), []
    while left.any():
        start = tuple(np.argwhere(left)[0])
        reached, edge = {start}, [start]
        while edge:
            y, x = edge.pop()
            for near in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)):
                if 0 <= near[0] < 40 and 0 <= near[1] < 40 and left[near] and near not in reached:
                    reached.add(near)
                    edge.append(near)
        for at in reached:
            left[at] = False
        if len(reached) >= 50:
            wanted.append({(int(y), int(x)) for y, x in reached})
    found = [set(zip(rows.tolist(), columns.tolist(), strict=True)) for rows, columns in patches(mask)]
    assert wanted and sorted(map(sorted, found)) == sorted(map(sorted, wanted))
