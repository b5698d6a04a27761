"""Two tiny models on disk: one that knows a few answers by heart, and one that sees and says nothing of sense.

    python tests/backends/openai/tiny_models.py FOLDER QUESTIONS.json

Run in a process of its own, so that the tests' own needs no torch.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
import transformers as t
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.content is string %}{{ m.content }}{% else %}"
    "{% for part in m.content %}{% if part.type == 'text' %}{{ part.text }}{% else %}<image>{% endif %}{% endfor %}"
    "{% endif %}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
LLAMA: dict[str, Any] = {
    "hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 512, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
}


def tokenizer_of(texts: list[str], *special: str) -> Any:
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    raw.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=500, special_tokens=["<pad>", "<|im_start|>", "<|im_end|>", *special], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return t.PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<|im_end|>", pad_token="<pad>",
                                     bos_token="<|im_start|>", chat_template=TEMPLATE)


def by_heart(folder: Path, questions: dict[str, str]) -> None:
    """A Llama for which every answer follows its question."""
    tokenizer = tokenizer_of([text for pair in questions.items() for text in pair])
    model = t.LlamaForCausalLM(t.LlamaConfig(vocab_size=len(tokenizer), **LLAMA))
    texts = [tokenizer.apply_chat_template([{"role": "user", "content": q}], add_generation_prompt=True,
                                           tokenize=False) + a + "<|im_end|>" for q, a in questions.items()]
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, -100)
    for row, answer in enumerate(questions.values()):
        answered = len(tokenizer(answer + "<|im_end|>").input_ids)
        labels[row, : int(batch["attention_mask"][row].sum()) - answered] = -100
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    for _ in range(200):
        optimizer.zero_grad()
        loss = model(**batch, labels=labels).loss
        loss.backward()
        optimizer.step()
        if loss < 0.002:
            break
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def seeing(folder: Path) -> None:
    """A LLaVA with weights drawn by chance."""
    tokenizer = tokenizer_of(["What is this?"], "<image>")
    config = t.LlavaConfig(
        vision_config=t.CLIPVisionConfig(hidden_size=32, intermediate_size=48, num_hidden_layers=2,
                                         num_attention_heads=2, image_size=32, patch_size=8),
        text_config=t.LlamaConfig(vocab_size=len(tokenizer), **LLAMA),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"), image_seq_length=16,
        vision_feature_select_strategy="default", vision_feature_layer=-1)
    model = t.LlavaForConditionalGeneration(config)
    model.generation_config.eos_token_id, model.generation_config.pad_token_id = 2, 0
    model.save_pretrained(folder)
    t.LlavaProcessor(
        t.CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}), tokenizer,
        patch_size=8, vision_feature_select_strategy="default", num_additional_image_tokens=1,
        chat_template=TEMPLATE).save_pretrained(folder)


def main() -> None:
    folder, questions = Path(sys.argv[1]), Path(sys.argv[2])
    torch.set_num_threads(1)
    torch.manual_seed(3)
    by_heart(folder / "text", json.loads(questions.read_text(encoding="utf-8")))
    seeing(folder / "vision")


if __name__ == "__main__":
    main()
