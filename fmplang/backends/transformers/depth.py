"""How far things are: Depth Anything, DPT, ZoeDepth and their like (depth estimation from one picture)."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

from fmplang.backends.base import Response
from fmplang.backends.transformers.loader import Loaded, Source, from_pretrained
from fmplang.backends.transformers.model import TransformersBackend
from fmplang.check.types import FLOAT
from fmplang.runtime.requests import Request
from fmplang.runtime.values import Image

if TYPE_CHECKING:
    import numpy as np

    from fmplang.runtime.values.images import ImageSource

_SIDE = 384  # of the longer side of a map that is kept
_METRIC = ("zoedepth", "depth_pro", "glpn")  # families that tell metres, whatever their configuration says


class Depth(TransformersBackend):
    """compute_depth(image) -> float: the median distance over the image's box. Smaller is nearer.

    The model looks at the whole picture that a crop was cut from, once, so that the depths of its crops can be
    compared with one another. Metres from models that estimate metric depth, as their configuration or family says;
    else from 0, the nearest place of the picture, to 1, the farthest, which says nothing across pictures.
    """

    kind: ClassVar[str] = "depth estimation"
    about: ClassVar[str] = "estimates how far things are"

    def __init__(self, **common: Any) -> None:
        super().__init__(**common)
        self._maps: WeakKeyDictionary[ImageSource, np.ndarray] = WeakKeyDictionary()

    def supports(self, request: Request) -> bool:
        args = list(request.args.values())
        return request.returns == FLOAT and len(args) == 1 and isinstance(args[0], Image)

    def read(self, source: Source) -> Loaded:
        import transformers

        # DPT's checkpoints leave out a layer that is made and never used.
        return from_pretrained(source, self.name, "AutoModelForDepthEstimation",
                               may_lack=("fusion_stage.layers.0.residual_layer1.",),
                               processor=transformers.AutoImageProcessor.from_pretrained)

    def prepare(self, request: Request) -> Image:
        image: Image
        (image,) = request.args.values()
        _ = image.pixels  # a damaged file is the failure of this request alone
        return image

    def trial(self) -> Image:
        import numpy as np

        return Image.from_pixels(np.zeros((32, 32, 3), dtype=np.uint8))

    def respond(self, items: Sequence[Image], loaded: Loaded) -> Sequence[Response | Exception]:
        by_size: dict[tuple[int, int], list[ImageSource]] = {}
        for source in dict.fromkeys(item.source for item in items):
            if source not in self._maps:
                height, width = source.pixels.shape[:2]
                by_size.setdefault((height, width), []).append(source)
        for size, sources in by_size.items():  # pictures of one size fit into one batch
            for source, found in zip(sources, _maps(sources, size, loaded), strict=True):
                self._maps[source] = found
        return [Response(_median(self._maps[item.source], item)) for item in items]


def _maps(sources: Sequence[ImageSource], size: tuple[int, int], loaded: Loaded) -> list[np.ndarray]:
    """A map of distances for each picture, H x W float32, the longer side at most _SIDE. Smaller is nearer."""
    scale = min(1.0, _SIDE / max(size))
    target = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
    processor = loaded.processor
    inputs = loaded.on_device(processor(images=[source.pixels for source in sources], return_tensors="pt"))
    outputs = loaded.model(**inputs)
    read = processor.post_process_depth_estimation
    more = {"source_sizes": [size] * len(sources)} if "source_sizes" in inspect.signature(read).parameters else {}
    found = read(outputs, target_sizes=[target] * len(sources), **more)
    metric = getattr(loaded.model.config, "depth_estimation_type", "") == "metric" or (
        loaded.model.config.model_type in _METRIC)
    return [_distances(each["predicted_depth"].float().cpu().numpy(), metric) for each in found]


def _distances(told: np.ndarray, metric: bool) -> np.ndarray:
    """What a model told as distances: metres as they are; other models tell more for what is nearer."""
    if metric:
        return told
    low, high = float(told.min()), float(told.max())
    if high <= low:
        return told * 0
    return 1.0 - (told - low) / (high - low)


def _median(distances: np.ndarray, image: Image) -> float:
    import numpy as np

    height, width = image.source.pixels.shape[:2]
    rows, columns = distances.shape[:2]
    left, lower, right, upper = image.box
    x0 = min(columns - 1, left * columns // width)
    y0 = min(rows - 1, (height - upper) * rows // height)
    x1, y1 = max(x0 + 1, -(-right * columns // width)), max(y0 + 1, -(-(height - lower) * rows // height))
    return float(np.median(distances[y0:y1, x0:x1]))
