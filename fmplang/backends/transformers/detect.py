"""Finding things by their names: Grounding DINO, OWL-ViT, OWLv2 and their like (zero-shot object detection)."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NamedTuple

from fmplang.backends.base import Response
from fmplang.backends.embedded.boxes import Found, confidence, crops, distinct
from fmplang.backends.kinds import BadSetting
from fmplang.backends.transformers.loader import Loaded, Source, from_pretrained
from fmplang.backends.transformers.model import TransformersBackend, too_long
from fmplang.check.types import IMAGE, ListType
from fmplang.errors import BackendError
from fmplang.runtime.requests import Request
from fmplang.runtime.values.images import Image

_CROPS = ListType(IMAGE)
_ALIKE = 0.6  # intersection over union above which two boxes are one thing


class _Search(NamedTuple):
    image: Image
    name: str


class Detect(TransformersBackend):
    """find(image, name) -> list[Image]: a crop for each box whose score reaches `threshold`, the surest first.

    Of boxes that cover one another by more than 0.6 (intersection over union) the surest stays. The confidence is
    that of the list: for each candidate, found or left out, how far its score lies from the threshold, as
    high / (high + low), and of these the least; 1 where there is no candidate above half the threshold.
    """

    kind: ClassVar[str] = "zero-shot object detection"
    about: ClassVar[str] = "finds what a name says"

    def __init__(self, *, threshold: float = 0.25, **common: Any) -> None:
        if not 0 < threshold < 1:
            raise BadSetting("threshold", f"should lie between 0 and 1, not {threshold:g}")
        self.threshold = float(threshold)
        super().__init__(**common)

    def settings(self) -> dict[str, Any]:
        return {"threshold": self.threshold}

    def supports(self, request: Request) -> bool:
        args = tuple(request.args.values())
        return (request.returns == _CROPS and len(args) == 2 and isinstance(args[0], Image)
                and isinstance(args[1], str) and bool(args[1].strip()))

    def read(self, source: Source) -> Loaded:
        return from_pretrained(source, self.name, "AutoModelForZeroShotObjectDetection")

    def prepare(self, request: Request) -> _Search:
        image, name = request.args.values()
        _ = image.pixels  # a damaged file is the failure of this request alone
        return _Search(image, " ".join(name.lower().split()).strip("."))

    def trial(self) -> _Search:
        import numpy as np

        return _Search(Image.from_pixels(np.zeros((32, 32, 3), dtype=np.uint8)), "dog")

    def batches(self, items: Sequence[tuple[int, Any]]) -> Iterable[Sequence[tuple[int, Any]]]:
        """Images of one size together: a batch of several sizes is padded, and the padding moves boxes."""
        by_size: dict[tuple[int, int], list[tuple[int, Any]]] = {}
        for item in items:
            by_size.setdefault(item[1].image.size, []).append(item)
        for own in by_size.values():
            yield from super().batches(own)

    def respond(self, items: Sequence[_Search], loaded: Loaded) -> Sequence[Response | Exception]:
        processor = loaded.processor
        most = _most_tokens(loaded.model.config)
        for item in items:
            length = len(processor.tokenizer(item.name).input_ids)
            if most and length > most:
                if len(items) > 1:
                    raise too_long(length, most, self.name, "the name")  # asked again one by one
                return [too_long(length, most, self.name, "the name")]
        names = [[item.name] for item in items]
        inputs = processor(images=[item.image.pil() for item in items], text=names, padding=True, return_tensors="pt")
        outputs = loaded.model(**loaded.on_device(inputs))
        results = _boxes(processor, outputs, inputs, self.threshold / 2, [item.image.size[::-1] for item in items])
        return [self._crops(item.image, result) for item, result in zip(items, results, strict=True)]

    def _crops(self, image: Image, result: Any) -> Response:
        candidates = [
            Found(left, top, right - left, bottom - top, score)
            for (left, top, right, bottom), score in zip(result["boxes"].float().tolist(),
                                                         result["scores"].float().tolist(), strict=True)
            if right > left and bottom > top
        ]
        candidates = distinct(candidates, most=_ALIKE, inside=1.0)
        found = [box for box in candidates if box.votes >= self.threshold]
        return Response(crops(image, found), confidence=confidence(candidates, self.threshold))


def _boxes(processor: Any, outputs: Any, inputs: Any, threshold: float, sizes: list[tuple[int, int]]) -> list[Any]:
    """What the processor reads from the outputs: boxes (left, top, right, bottom) in pixels, and scores."""
    read = processor.post_process_grounded_object_detection
    wanted: dict[str, Any] = {"outputs": outputs, "threshold": threshold, "target_sizes": sizes}
    known = inspect.signature(read).parameters
    if "input_ids" in known:
        wanted["input_ids"] = inputs["input_ids"]
    if "text_threshold" in known:  # of words to name a box by: the name asked for is known
        wanted["text_threshold"] = threshold
    found = read(**wanted)
    if len(found) != len(sizes):
        raise BackendError(f"the detector gave {len(found)} results for {len(sizes)} images", code="FMP700")
    return list(found)


def _most_tokens(config: Any) -> int | None:
    text = getattr(config, "text_config", None)
    most = getattr(config, "max_text_len", None) or getattr(text, "max_position_embeddings", None)
    return int(most) if most else None
