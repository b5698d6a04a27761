"""A tiny BERT encoder with weights drawn from a seed, and what transformers says that it answers.

    python tests/backends/make_tiny_bert.py     writes golden/tiny_bert.json (needs torch and transformers)
"""

from __future__ import annotations

import json
import struct
import tempfile
from pathlib import Path

import numpy as np

GOLDEN = Path(__file__).with_name("golden") / "tiny_bert.json"
CONFIG = {"model_type": "bert", "architectures": ["BertModel"], "hidden_act": "gelu", "hidden_size": 12,
          "intermediate_size": 20, "num_hidden_layers": 2, "num_attention_heads": 3, "max_position_embeddings": 16,
          "type_vocab_size": 2, "vocab_size": 26, "layer_norm_eps": 1e-12, "pad_token_id": 0}
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "##aff", "##able", "want", "##ed", "run", "##ning",
              "the", "cat", "sat", ",", ".", "!", "-", "naive", "fac", "##ade", "你", "好", "3", "'"]
TEXTS = ["", "The cat sat.", "unaffable", "wanted, running!", "naïve FAÇADE", "你好 cat", "the unknown - zebra 3.3",
         "cat " * 40, "\tthe\u00a0cat\x00sat\u200b", "the cat's"]


def weights() -> dict[str, np.ndarray]:
    """Every tensor of the encoder, float32, from one seed."""
    rng = np.random.default_rng(7)
    size, wide = 12, 20
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (26, size), "embeddings.position_embeddings.weight": (16, size),
        "embeddings.token_type_embeddings.weight": (2, size),
        "embeddings.LayerNorm.weight": (size,), "embeddings.LayerNorm.bias": (size,),
        "pooler.dense.weight": (size, size), "pooler.dense.bias": (size,),
    }
    for layer in range(2):
        name = f"encoder.layer.{layer}"
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            shapes[f"{name}.attention.{part}.weight"] = (size, size)
            shapes[f"{name}.attention.{part}.bias"] = (size,)
        shapes[f"{name}.intermediate.dense.weight"] = (wide, size)
        shapes[f"{name}.intermediate.dense.bias"] = (wide,)
        shapes[f"{name}.output.dense.weight"] = (size, wide)
        shapes[f"{name}.output.dense.bias"] = (size,)
        for norm in (f"{name}.attention.output.LayerNorm", f"{name}.output.LayerNorm"):
            shapes[f"{norm}.weight"] = shapes[f"{norm}.bias"] = (size,)
    return {name: rng.normal(0, 0.6, shape).astype(np.float32) for name, shape in shapes.items()}


def write_safetensors(path: Path, tensors: dict[str, np.ndarray]) -> None:
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, tensor in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [at, at + tensor.nbytes]}
        at += tensor.nbytes
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(t.tobytes() for t in tensors.values()))


def write_encoder(folder: Path) -> Path:
    (folder / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n", encoding="utf-8")
    write_safetensors(folder / "model.safetensors", weights())
    return folder


def main() -> None:
    import torch
    from transformers import AutoModel, BertTokenizer

    with tempfile.TemporaryDirectory() as made:
        folder = write_encoder(Path(made))
        tokenizer = BertTokenizer(str(folder / "vocab.txt"), do_lower_case=True)
        model = AutoModel.from_pretrained(folder, local_files_only=True).eval()
        rows = []
        for text in TEXTS:
            ids = tokenizer(text, truncation=True, max_length=16)["input_ids"]
            with torch.no_grad():
                mean = model(torch.tensor([ids])).last_hidden_state.mean(1)[0]
            rows.append({"text": text, "ids": ids, "vector": [round(float(x), 6) for x in mean / mean.norm()]})
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
