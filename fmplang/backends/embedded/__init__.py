"""The embedded pool: real models that run offline on a bare machine, a cheap weak one and a dear strong one each.

| capability | cheap | dear |
| --- | --- | --- |
| detect | opencv-fast, lbp | opencv-fine |
| detect (drawn scenes) | outline, glance | gaze |
| verify | colour-mean | colour-clusters |
| verify (drawn scenes) | glance-verify | gaze-verify |
| vqa (questions for a colour alone) | colour-mean-name | colour-clusters-name |
| vqa (drawn scenes) | glance-answer | gaze-answer, sage |
| ocr | tesseract-fast | tesseract-careful |
| ocr (signs in drawn scenes) | glance-read | gaze-read |
| classify | words-hash, words-related | sentence |
| embed | words-hash-vector, words-related-vector | sentence-vector |

Nothing here answers captions, depth, free questions, speech or chat: no well-kept library carries such a model.

Costs are milliseconds, measured (embedded_costs.json; `python benchmarks/backends.py costs`) and predicted from the
size of the input, so that a price is known before the call and the same on every machine. Operations would travel
better, but a cascade rejects most windows early and an OCR engine's work depends on what it sees: their
operations cannot be counted beforehand.
"""

from __future__ import annotations

from fmplang.backends.base import Backend


def embedded_backends() -> tuple[Backend, ...]:
    """All of them, cheap before dear for photos, texts and scenes each. Imports no model library."""
    return (*photo_backends(), *scene_backends())


def photo_backends() -> tuple[Backend, ...]:
    """Those for photos, pages and texts, from libraries that others keep."""
    from fmplang.backends.embedded.colours import ColourNames, ColourVerify
    from fmplang.backends.embedded.lbp import LbpFaces
    from fmplang.backends.embedded.opencv import OpenCvDetect
    from fmplang.backends.embedded.sentence import SentenceClassify, SentenceEmbed
    from fmplang.backends.embedded.tesseract import Tesseract
    from fmplang.backends.embedded.words import WordsClassify, WordsEmbed

    return (
        OpenCvDetect("fast"), LbpFaces(), OpenCvDetect("fine"),
        ColourVerify("mean"), ColourVerify("clusters"),
        ColourNames("mean"), ColourNames("clusters"),
        Tesseract("fast"), Tesseract("careful"),
        WordsClassify("hash"), WordsClassify("related"), SentenceClassify(),
        WordsEmbed("hash"), WordsEmbed("related"), SentenceEmbed(),
    )


def scene_backends() -> tuple[Backend, ...]:
    """Those of the embedded pool that look at drawn scenes, trained by the project itself."""
    from fmplang.backends.embedded.scenes.answers import SceneAnswer, SceneFind, SceneRead, SceneVerify

    return (
        SceneFind("outline"), SceneFind("glance"), SceneFind("gaze"),
        SceneVerify("glance"), SceneVerify("gaze"),
        SceneAnswer("glance"), SceneAnswer("gaze"), SceneAnswer("sage"),
        SceneRead("glance"), SceneRead("gaze"),
    )
