"""The embedded pool: real models that run offline on a bare machine, a cheap weak one and a dear strong one each.

| capability | cheap | dear |
| --- | --- | --- |
| detect | opencv-fast, lbp | opencv-fine |
| verify | colour-mean | colour-clusters |
| vqa (questions for a colour alone) | colour-mean-name | colour-clusters-name |
| ocr | tesseract-fast | tesseract-careful |
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
    """All of them, cheap before dear. Imports no model library."""
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
