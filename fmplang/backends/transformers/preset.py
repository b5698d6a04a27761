"""The models of the pool `transformers`, small before large, and how large they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Millions of parameters, told before a model is downloaded.
SIZES: Mapping[str, float] = {
    "IDEA-Research/grounding-dino-tiny": 172,
    "IDEA-Research/grounding-dino-base": 233,
    "HuggingFaceTB/SmolVLM-500M-Instruct": 507,
    "Qwen/Qwen2.5-VL-3B-Instruct": 3755,
    "google/siglip2-base-patch16-224": 375,
    "google/siglip2-so400m-patch14-384": 1136,
    "depth-anything/Depth-Anything-V2-Small-hf": 25,
    "depth-anything/Depth-Anything-V2-Large-hf": 335,
    "Qwen/Qwen2.5-0.5B-Instruct": 494,
    "Qwen/Qwen2.5-7B-Instruct": 7616,
    "MoritzLaurer/deberta-v3-base-zeroshot-v2.0": 184,
    "MoritzLaurer/deberta-v3-large-zeroshot-v2.0": 435,
    "sentence-transformers/all-MiniLM-L6-v2": 23,
    "BAAI/bge-base-en-v1.5": 109,
    "openai/whisper-tiny": 38,
    "openai/whisper-large-v3-turbo": 809,
}

# Name, kind, model on the hub, settings.
MODELS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("grounding-dino-tiny", "transformers.detect", "IDEA-Research/grounding-dino-tiny", {}),
    ("grounding-dino-base", "transformers.detect", "IDEA-Research/grounding-dino-base", {}),
    ("smolvlm", "transformers.vqa", "HuggingFaceTB/SmolVLM-500M-Instruct", {}),
    ("qwen-vl", "transformers.vqa", "Qwen/Qwen2.5-VL-3B-Instruct", {}),
    ("smolvlm-verify", "transformers.verify", "HuggingFaceTB/SmolVLM-500M-Instruct", {}),
    ("qwen-vl-verify", "transformers.verify", "Qwen/Qwen2.5-VL-3B-Instruct", {}),
    ("smolvlm-ocr", "transformers.ocr", "HuggingFaceTB/SmolVLM-500M-Instruct", {}),
    ("qwen-vl-ocr", "transformers.ocr", "Qwen/Qwen2.5-VL-3B-Instruct", {}),
    ("smolvlm-caption", "transformers.vqa", "HuggingFaceTB/SmolVLM-500M-Instruct", {"capability": "caption"}),
    ("qwen-vl-caption", "transformers.vqa", "Qwen/Qwen2.5-VL-3B-Instruct", {"capability": "caption"}),
    ("siglip-base", "transformers.match", "google/siglip2-base-patch16-224", {}),
    ("siglip-so400m", "transformers.match", "google/siglip2-so400m-patch14-384", {}),
    ("depth-small", "transformers.depth", "depth-anything/Depth-Anything-V2-Small-hf", {}),
    ("depth-large", "transformers.depth", "depth-anything/Depth-Anything-V2-Large-hf", {}),
    ("qwen-small", "transformers.llm", "Qwen/Qwen2.5-0.5B-Instruct", {}),
    ("qwen-large", "transformers.llm", "Qwen/Qwen2.5-7B-Instruct", {}),
    ("deberta-base", "transformers.classify", "MoritzLaurer/deberta-v3-base-zeroshot-v2.0", {}),
    ("deberta-large", "transformers.classify", "MoritzLaurer/deberta-v3-large-zeroshot-v2.0", {}),
    ("minilm", "transformers.embed", "sentence-transformers/all-MiniLM-L6-v2", {}),
    ("bge-base", "transformers.embed", "BAAI/bge-base-en-v1.5", {"pooling": "cls"}),
    ("whisper-tiny", "transformers.asr", "openai/whisper-tiny", {}),
    ("whisper-turbo", "transformers.asr", "openai/whisper-large-v3-turbo", {}),
)
