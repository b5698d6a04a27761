"""The models of the pool `transformers`, small before large.

Name, kind, model on the hub, parameters in millions (told before they are downloaded), settings.
"""

from __future__ import annotations

from typing import Any

MODELS: tuple[tuple[str, str, str, float, dict[str, Any]], ...] = (
    ("grounding-dino-tiny", "transformers.detect", "IDEA-Research/grounding-dino-tiny", 172, {}),
    ("grounding-dino-base", "transformers.detect", "IDEA-Research/grounding-dino-base", 233, {}),
    ("smolvlm", "transformers.vqa", "HuggingFaceTB/SmolVLM-500M-Instruct", 507, {}),
    ("qwen-vl", "transformers.vqa", "Qwen/Qwen2.5-VL-3B-Instruct", 3755, {}),
    ("smolvlm-verify", "transformers.verify", "HuggingFaceTB/SmolVLM-500M-Instruct", 507, {}),
    ("qwen-vl-verify", "transformers.verify", "Qwen/Qwen2.5-VL-3B-Instruct", 3755, {}),
    ("smolvlm-ocr", "transformers.ocr", "HuggingFaceTB/SmolVLM-500M-Instruct", 507, {}),
    ("qwen-vl-ocr", "transformers.ocr", "Qwen/Qwen2.5-VL-3B-Instruct", 3755, {}),
    ("smolvlm-caption", "transformers.vqa", "HuggingFaceTB/SmolVLM-500M-Instruct", 507, {"capability": "caption"}),
    ("qwen-vl-caption", "transformers.vqa", "Qwen/Qwen2.5-VL-3B-Instruct", 3755, {"capability": "caption"}),
    ("siglip-base", "transformers.match", "google/siglip2-base-patch16-224", 375, {}),
    ("siglip-so400m", "transformers.match", "google/siglip2-so400m-patch14-384", 1136, {}),
    ("depth-small", "transformers.depth", "depth-anything/Depth-Anything-V2-Small-hf", 25, {}),
    ("depth-large", "transformers.depth", "depth-anything/Depth-Anything-V2-Large-hf", 335, {}),
    ("qwen-small", "transformers.llm", "Qwen/Qwen2.5-0.5B-Instruct", 494, {}),
    ("qwen-large", "transformers.llm", "Qwen/Qwen2.5-7B-Instruct", 7616, {}),
    ("deberta-base", "transformers.classify", "MoritzLaurer/deberta-v3-base-zeroshot-v2.0", 184, {}),
    ("deberta-large", "transformers.classify", "MoritzLaurer/deberta-v3-large-zeroshot-v2.0", 435, {}),
    ("minilm", "transformers.embed", "sentence-transformers/all-MiniLM-L6-v2", 23, {}),
    ("bge-base", "transformers.embed", "BAAI/bge-base-en-v1.5", 109, {"pooling": "cls"}),
    ("whisper-tiny", "transformers.asr", "openai/whisper-tiny", 38, {}),
    ("whisper-turbo", "transformers.asr", "openai/whisper-large-v3-turbo", 809, {}),
)
