"""Models from transformers, in this process: the extra `hf`.

| kind | capability | models |
| --- | --- | --- |
| transformers.detect | detect | Grounding DINO, OWL-ViT, OWLv2 |
| transformers.vqa, .verify, .ocr | vqa, verify, ocr | Qwen2.5-VL, Qwen3-VL, SmolVLM, LLaVA and their like |
| transformers.match | match | CLIP, SigLIP |
| transformers.depth | depth | Depth Anything, DPT, ZoeDepth |
| transformers.caption | caption | BLIP, GIT, ViT-GPT2; TrOCR with `capability = "ocr"` |
| transformers.llm | llm | any text model with a chat template |
| transformers.classify | classify | models of natural language inference |
| transformers.embed | embed | sentence encoders |
| transformers.asr | asr | Whisper |

`capability` lends a model to functions of another capability. Weights are read from safetensors alone, and no code
from a hub runs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from fmplang.backends.base import Backend
from fmplang.backends.kinds import BadSetting

if TYPE_CHECKING:
    from fmplang.backends.transformers.model import TransformersBackend

_CLASSES = {
    "detect": ("detect", "Detect"), "vqa": ("vision_chat", "VisionChat"), "verify": ("vision_chat", "VisionChat"),
    "ocr": ("vision_chat", "VisionChat"), "match": ("match", "Match"), "depth": ("depth", "Depth"),
    "caption": ("caption", "Caption"), "llm": ("chat", "TextChat"), "classify": ("classify", "Classify"),
    "embed": ("embed", "Embed"), "asr": ("speech", "Transcribe"),
}


def transformers_backend(kind: str, name: str, *, model: str, capability: str = "",
                         **settings: object) -> TransformersBackend:
    """A backend of a kind; see `kinds` for the settings and the class for what they mean. Raises BadSetting."""
    short = kind.removeprefix("transformers.")
    if not model.strip():
        raise BadSetting("model", "should name a folder or a model on the hub")
    if capability and not capability.isidentifier():
        raise BadSetting("capability", f"{capability!r:.60} cannot be a capability")
    module, name_of_class = _CLASSES[short]
    made: TransformersBackend = getattr(import_module(f"{__name__}.{module}"), name_of_class)(
        name=name, capability=capability or short, model=model, **settings)
    return made


def transformers_backends() -> tuple[Backend, ...]:
    """The pool `transformers`: a small and a large public model for each capability, downloaded when first asked."""
    from fmplang.backends.transformers.preset import MODELS

    return tuple(transformers_backend(kind, name, model=model, **more) for name, kind, model, more in MODELS)
