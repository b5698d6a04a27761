"""fmplang from Python, with a backend of one's own: `python examples/embed.py` prints what it does.

Two detectors of "bright spots" stand behind one neural function: a cheap one that looks at every eighth pixel, and
a dear one that looks at all. The picture is drawn here, so the example needs no model and no file.
"""

from __future__ import annotations

import numpy as np

import fmplang
from fmplang.runtime.values.images import Image

PROGRAM = '''
"""How many bright spots lie in the left half?"""

def main(image: Image) -> int:
    spots = image.find("spot")
    return len([spot for spot in spots if spot.horizontal_center < image.width / 2])
'''


def bright_boxes(pixels: np.ndarray, step: int) -> list[tuple[int, int, int, int]]:
    """Boxes (left, lower, right, upper) of 16-pixel cells that hold a bright pixel among every `step`-th one."""
    height = pixels.shape[0]
    boxes = []
    for top in range(0, height, 16):
        for left in range(0, pixels.shape[1], 16):
            if pixels[top:top + 16:step, left:left + 16:step].max() > 200:
                boxes.append((left, height - top - 16, left + 16, height - top))
    return boxes


@fmplang.backend("detect", name="glance", cost=1.0)
def glance(request):
    image = request.args["image"]
    return [image.crop(*box) for box in bright_boxes(image.pixels, step=8)]


@fmplang.backend("detect", name="stare", cost=64.0)
def stare(request):
    image = request.args["image"]
    return [image.crop(*box) for box in bright_boxes(image.pixels, step=1)]


def picture() -> np.ndarray:
    """64 x 64, black, with two bright spots on the left, one of them off the coarse grid, and one on the right."""
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[0, 0] = 255
    pixels[21, 19] = 255
    pixels[40, 48] = 255
    return pixels


def main() -> None:
    program = fmplang.compile(PROGRAM)
    pool = fmplang.Pool([glance, stare])
    for policy in ("cheapest", "strongest"):
        runtime = fmplang.Runtime(pool=pool, policy=policy, seed=0)
        run = runtime.run(program, image=picture())
        runtime.feedback(run.id, label=2)
        call = run.trace[0]
        print(f"{policy}: {run.value} spots for {run.cost:g}, asked {call.backend} at {call.site}")

    # The same program without any backend: the conversation itself.
    execution = program.start({"image": Image.from_pixels(picture())})
    request = execution.advance()
    print(f"{request.site.id} asks {request.function.name}({', '.join(request.args)})")
    execution.answer([])
    print(f"nothing found: {execution.advance().value}")


if __name__ == "__main__":
    main()
