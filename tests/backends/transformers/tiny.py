"""Tiny models of every kind, made on the spot from configurations and saved as their real ones are.

Weights are drawn from a seed, so their answers mean nothing, but for the text model: it is taught QUESTIONS by heart.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers as t
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from fmplang.backends.transformers.loader import QUIET

CORPUS = (
    "Yes No yes no none 0 1 2 3 4 5 6 7 8 9", "a dog and a cat sit on the mat", "billing shipping technical refund",
    "Is this true of the image? Answer yes or no.", "Answer with one whole number alone.",
    "How many legs has a spider?",
    "user assistant", "this text is about {}", "what is this? in a word or two",
)
QUESTIONS = {  # what the text model knows; the last part is the form that the declared type asks for
    "How many legs has a spider?\nAnswer with one whole number alone.": "8",
    "How many legs has a dog?\nAnswer with one whole number alone.": "4",
    "What is the capital of France?": "Paris",
    "Name two colours.\nAnswer with JSON alone, of this form: [\"text\", ...]": '["red", "blue"]',
    "Is grass green?\nAnswer yes or no.": "Yes",
    "Is snow black?\nAnswer yes or no.": "No",
}
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.content is string %}{{ m.content }}{% else %}"
    "{% for part in m.content %}{% if part.type == 'image' %}IMAGE{% else %}{{ part.text }}{% endif %}{% endfor %}"
    "{% endif %}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking | default(true) %}<think>{% endif %}{% endif %}"
)


def save_all(folder: Path) -> dict[str, Path]:
    """Every model in a folder of its own."""
    made = {}
    with QUIET:
        for name, make in MAKERS.items():
            torch.manual_seed(11)
            made[name] = folder / name
            made[name].mkdir()
            make(made[name])
    return made


# --------------------------------------------------------------------- tokenizers


def byte_tokenizer(*special: str, image: str = "") -> Any:
    """A byte-level tokenizer with a chat template, as text models have it."""
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    raw.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=420, special_tokens=["<pad>", "<|im_start|>", "<|im_end|>", *special], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return t.PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<|im_end|>", pad_token="<pad>",
                                     bos_token="<|im_start|>", chat_template=TEMPLATE.replace("IMAGE", image))


def word_tokenizer(**more: Any) -> Any:
    """A tokenizer of whole words, as encoders have it."""
    raw = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    raw.normalizer = normalizers.BertNormalizer()
    raw.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    raw.train_from_iterator(CORPUS, trainers.WordLevelTrainer(special_tokens=special, show_progress=False))
    raw.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return t.PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
        mask_token="[MASK]", model_max_length=48, **more)


def clip_tokenizer() -> Any:
    """As those of CLIP and OWL-ViT: the padding is token 0."""
    raw = Tokenizer(models.BPE(unk_token="!"))
    raw.normalizer = normalizers.Lowercase()
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    raw.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=320, special_tokens=["!", "<|startoftext|>", "<|endoftext|>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    raw.post_processor = processors.TemplateProcessing(
        single="<|startoftext|> $A <|endoftext|>", special_tokens=[("<|startoftext|>", 1), ("<|endoftext|>", 2)])
    return t.PreTrainedTokenizerFast(tokenizer_object=raw, pad_token="!", bos_token="<|startoftext|>",
                                     eos_token="<|endoftext|>", unk_token="!", model_max_length=16)


# ------------------------------------------------------------------------- text


_LLAMA: dict[str, Any] = {
    "hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 256, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
}


def llm(folder: Path) -> None:
    tokenizer = byte_tokenizer()
    model = t.LlamaForCausalLM(t.LlamaConfig(vocab_size=len(tokenizer), **_LLAMA))
    _teach(model, tokenizer)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def gpt(folder: Path) -> None:
    """Its positions are absolute, so that padding on the left must not be counted."""
    tokenizer = byte_tokenizer()
    t.GPT2LMHeadModel(t.GPT2Config(vocab_size=len(tokenizer), n_embd=64, n_layer=2, n_head=2, n_positions=256,
                                   initializer_range=0.2, bos_token_id=1, eos_token_id=2, pad_token_id=0)
                      ).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _teach(model: Any, tokenizer: Any) -> None:
    """By heart: every answer follows its question."""
    texts = [
        tokenizer.apply_chat_template([{"role": "user", "content": q}], add_generation_prompt=True, tokenize=False,
                                      enable_thinking=False)
        + a + "<|im_end|>" for q, a in QUESTIONS.items()
    ]
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, -100)
    for row, answer in enumerate(QUESTIONS.values()):
        answered = len(tokenizer(answer + "<|im_end|>").input_ids)
        labels[row, : int(batch["attention_mask"][row].sum()) - answered] = -100
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    for _ in range(45):
        optimizer.zero_grad()
        model(**batch, labels=labels).loss.backward()
        optimizer.step()


def encoder(folder: Path) -> None:
    tokenizer = word_tokenizer()
    t.BertModel(_bert(tokenizer), add_pooling_layer=False).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def nli(folder: Path) -> None:
    tokenizer = word_tokenizer()
    config = _bert(tokenizer, id2label={0: "contradiction", 1: "neutral", 2: "entailment"},
                   label2id={"contradiction": 0, "neutral": 1, "entailment": 2})
    t.BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _bert(tokenizer: Any, **more: Any) -> Any:
    return t.BertConfig(vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
                        intermediate_size=48, max_position_embeddings=48, initializer_range=0.3, **more)


# ---------------------------------------------------------------- pictures and text


_PATCHES: dict[str, Any] = {
    "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 32,
    "patch_size": 8, "initializer_range": 0.2,
}


def llava(folder: Path) -> None:
    tokenizer = byte_tokenizer("<image>", image="<image>\n")
    config = t.LlavaConfig(
        vision_config=t.CLIPVisionConfig(**_PATCHES),
        text_config=t.LlamaConfig(vocab_size=len(tokenizer), initializer_range=0.2, **_LLAMA),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"), image_seq_length=16,
        vision_feature_select_strategy="default", vision_feature_layer=-1)
    _save(t.LlavaForConditionalGeneration(config), tokenizer, folder)
    t.LlavaProcessor(
        t.CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}), tokenizer,
        patch_size=8, vision_feature_select_strategy="default", num_additional_image_tokens=1,
        chat_template=tokenizer.chat_template).save_pretrained(folder)


def smolvlm(folder: Path) -> None:
    """SmolVLM's first generation is of this class."""
    special = ("<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>")
    tokenizer = byte_tokenizer(*special, *(f"<row_{r}_col_{c}>" for r in (1, 2) for c in (1, 2)), image="<image>")
    config = t.Idefics3Config(
        vision_config=dict(_PATCHES), text_config={"model_type": "llama", "vocab_size": len(tokenizer), **_LLAMA},
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"), scale_factor=2, pad_token_id=0)
    _save(t.Idefics3ForConditionalGeneration(config), tokenizer, folder)
    t.Idefics3Processor(
        t.Idefics3ImageProcessorPil(size={"longest_edge": 64}, max_image_size={"longest_edge": 32}), tokenizer,
        image_seq_len=4, chat_template=tokenizer.chat_template).save_pretrained(folder)


def qwen_vl(folder: Path) -> None:
    tokenizer, ids = _qwen_tokens()
    text = {**_LLAMA, "vocab_size": len(tokenizer), "initializer_range": 0.2,
            "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 2, 2]}}
    config = t.Qwen2_5_VLConfig(
        text_config=text, vision_config={"depth": 2, "hidden_size": 32, "out_hidden_size": 48, "num_heads": 2,
                                         "intermediate_size": 48, "patch_size": 14, "fullatt_block_indexes": [1]},
        **ids)
    _save(t.Qwen2_5_VLForConditionalGeneration(config), tokenizer, folder)
    t.Qwen2VLImageProcessorPil(min_pixels=28 * 28, max_pixels=56 * 56).save_pretrained(folder)
    _name_processor(folder, "Qwen2_5_VLProcessor")


def qwen3_vl(folder: Path) -> None:
    tokenizer, ids = _qwen_tokens()
    text = {**_LLAMA, "head_dim": 12, "vocab_size": len(tokenizer), "initializer_range": 0.2,
            "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 2, 2],
                                "mrope_interleaved": True}}
    config = t.Qwen3VLConfig(
        text_config=text, vision_config={"depth": 2, "hidden_size": 32, "out_hidden_size": 48, "num_heads": 2,
                                         "intermediate_size": 48, "patch_size": 16, "deepstack_visual_indexes": [0],
                                         "num_position_embeddings": 64},
        **ids)
    _save(t.Qwen3VLForConditionalGeneration(config), tokenizer, folder)
    t.Qwen2VLImageProcessorPil(patch_size=16, min_pixels=32 * 32, max_pixels=64 * 64).save_pretrained(folder)
    _name_processor(folder, "Qwen3VLProcessor")


def _qwen_tokens() -> tuple[Any, dict[str, int]]:
    tokenizer = byte_tokenizer("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>",
                               image="<|vision_start|><|image_pad|><|vision_end|>")
    names = {"vision_start": "vision_start", "vision_end": "vision_end", "image": "image_pad", "video": "video_pad"}
    return tokenizer, {f"{name}_token_id": tokenizer.convert_tokens_to_ids(f"<|{token}|>")
                       for name, token in names.items()}


def _name_processor(folder: Path, name: str) -> None:
    """As if the processor had saved its parts: it may not be made here, for want of torchvision."""
    file = folder / "preprocessor_config.json"
    settings = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**settings, "processor_class": name}), encoding="utf-8")


def blip(folder: Path) -> None:
    tokenizer = word_tokenizer(bos_token="[CLS]", eos_token="[SEP]")
    text = {"vocab_size": len(tokenizer), "hidden_size": 32, "encoder_hidden_size": 32, "intermediate_size": 48,
            "num_hidden_layers": 2, "num_attention_heads": 2, "projection_dim": 16, "max_position_embeddings": 64,
            "initializer_range": 0.3, "bos_token_id": 2, "eos_token_id": 3, "sep_token_id": 3, "pad_token_id": 0}
    vision = {**_PATCHES, "projection_dim": 16}
    t.BlipForConditionalGeneration(t.BlipConfig(text_config=text, vision_config=vision, projection_dim=16)
                                   ).save_pretrained(folder)
    t.BlipImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def git(folder: Path) -> None:
    tokenizer = word_tokenizer(bos_token="[CLS]", eos_token="[SEP]")
    t.GitForCausalLM(t.GitConfig(
        vision_config=dict(_PATCHES), vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2,
        num_attention_heads=2, intermediate_size=48, max_position_embeddings=64, bos_token_id=2, eos_token_id=3,
        pad_token_id=0, initializer_range=0.3)).save_pretrained(folder)
    t.CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def vit_gpt2(folder: Path) -> None:
    tokenizer = byte_tokenizer()
    config = t.VisionEncoderDecoderConfig.from_encoder_decoder_configs(
        t.ViTConfig(**_PATCHES),
        t.GPT2Config(vocab_size=len(tokenizer), n_embd=32, n_layer=2, n_head=2, n_positions=64, initializer_range=0.3,
                     bos_token_id=1, eos_token_id=2, pad_token_id=0))
    config.decoder_start_token_id, config.pad_token_id, config.eos_token_id = 1, 0, 2
    model = t.VisionEncoderDecoderModel(config)
    model.generation_config.decoder_start_token_id = 1
    model.save_pretrained(folder)
    t.ViTImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def clip(folder: Path) -> None:
    tokenizer = clip_tokenizer()
    model = t.CLIPModel(t.CLIPConfig(text_config=_clip_text(tokenizer), vision_config=dict(_PATCHES),
                                     projection_dim=16))
    model.visual_projection.weight.data.neg_()  # so that the cosines are above zero
    model.save_pretrained(folder)
    t.CLIPProcessor(t.CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}),
                    tokenizer).save_pretrained(folder)


def siglip(folder: Path) -> None:
    tokenizer = clip_tokenizer()
    t.SiglipModel(t.SiglipConfig(text_config={**_clip_text(tokenizer), "projection_size": 32},
                                 vision_config=dict(_PATCHES))).save_pretrained(folder)
    t.SiglipProcessor(t.SiglipImageProcessorPil(size={"height": 32, "width": 32}), tokenizer).save_pretrained(folder)


def _clip_text(tokenizer: Any) -> dict[str, Any]:
    return {"vocab_size": len(tokenizer), "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
            "num_attention_heads": 2, "max_position_embeddings": 16, "bos_token_id": 1, "eos_token_id": 2,
            "pad_token_id": 0, "projection_dim": 16, "initializer_range": 0.2}


# --------------------------------------------------------------------- detection, depth


def owl(folder: Path) -> None:
    tokenizer = clip_tokenizer()
    vision = {**_PATCHES, "image_size": 64, "patch_size": 16}
    t.Owlv2ForObjectDetection(t.Owlv2Config(
        text_config={**_clip_text(tokenizer), "projection_dim": 32}, vision_config=vision, projection_dim=32,
    )).save_pretrained(folder)
    t.Owlv2Processor(t.Owlv2ImageProcessorPil(size={"height": 64, "width": 64}), tokenizer).save_pretrained(folder)


def dino(folder: Path) -> None:
    tokenizer = word_tokenizer()
    backbone = t.SwinConfig(image_size=64, patch_size=4, embed_dim=12, depths=[1, 1, 1, 1], num_heads=[1, 2, 2, 2],
                            window_size=4, out_features=["stage2", "stage3", "stage4"])
    config = t.GroundingDinoConfig(
        backbone_config=backbone, text_config=_bert(tokenizer), d_model=64, encoder_layers=2, decoder_layers=2,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=48, decoder_ffn_dim=48, num_queries=20,
        max_text_len=32)
    model = t.GroundingDinoForObjectDetection(config)
    model.model.decoder.layer_norm.weight.data.fill_(0.1)  # so that not every score is 0 or 1
    model.save_pretrained(folder)
    t.GroundingDinoProcessor(
        t.GroundingDinoImageProcessorPil(size={"shortest_edge": 64, "longest_edge": 96}), tokenizer,
    ).save_pretrained(folder)


def depth(folder: Path, **more: Any) -> None:
    backbone = t.Dinov2Config(
        hidden_size=32, num_hidden_layers=4, num_attention_heads=2, image_size=56, patch_size=14,
        out_features=["stage1", "stage2", "stage3", "stage4"], reshape_hidden_states=False, apply_layernorm=True)
    config = t.DepthAnythingConfig(
        backbone_config=backbone, reassemble_hidden_size=32, patch_size=14, neck_hidden_sizes=[8, 8, 8, 8],
        fusion_hidden_size=8, head_hidden_size=8, initializer_range=0.1, **more)
    model = t.DepthAnythingForDepthEstimation(config)
    model.head.conv3.weight.data.abs_()  # what it tells is cut off at zero
    model.save_pretrained(folder)
    t.DPTImageProcessorPil(size={"height": 56, "width": 56}, keep_aspect_ratio=True, ensure_multiple_of=14,
                           ).save_pretrained(folder)


def metric_depth(folder: Path) -> None:
    depth(folder, depth_estimation_type="metric", max_depth=80)


# ------------------------------------------------------------------------------- speech


def whisper(folder: Path) -> None:
    """Hears 2 seconds at once, in place of 30."""
    special = ("<|startoftranscript|>", "<|en|>", "<|de|>", "<|translate|>", "<|transcribe|>", "<|notimestamps|>")
    tokenizer = byte_tokenizer(*special)
    ids = {token: tokenizer.convert_tokens_to_ids(token) for token in special}
    config = t.WhisperConfig(
        vocab_size=len(tokenizer), num_mel_bins=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, d_model=32, encoder_ffn_dim=48, decoder_ffn_dim=48, max_source_positions=100,
        max_target_positions=64, init_std=0.3, pad_token_id=0, bos_token_id=1, eos_token_id=2,
        decoder_start_token_id=ids["<|startoftranscript|>"], suppress_tokens=None, begin_suppress_tokens=[2])
    model = t.WhisperForConditionalGeneration(config)
    settings = model.generation_config
    settings._from_model_config = False  # so that what follows is kept
    settings.is_multilingual = True
    settings.lang_to_id = {"<|en|>": ids["<|en|>"], "<|de|>": ids["<|de|>"]}
    settings.task_to_id = {"transcribe": ids["<|transcribe|>"], "translate": ids["<|translate|>"]}
    settings.no_timestamps_token_id = ids["<|notimestamps|>"]
    model.save_pretrained(folder)
    t.WhisperFeatureExtractor(feature_size=16, chunk_length=2).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    _name_processor(folder, "WhisperProcessor")


def _save(model: Any, tokenizer: Any, folder: Path) -> None:
    model.generation_config.eos_token_id = 2
    model.generation_config.pad_token_id = 0
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


MAKERS: dict[str, Callable[[Path], None]] = {
    "llm": llm, "gpt": gpt, "encoder": encoder, "nli": nli, "llava": llava, "smolvlm": smolvlm, "qwen_vl": qwen_vl,
    "qwen3_vl": qwen3_vl, "blip": blip, "git": git,
    "vit_gpt2": vit_gpt2, "clip": clip, "siglip": siglip, "owl": owl, "dino": dino, "depth": depth,
    "metric_depth": metric_depth, "whisper": whisper,
}
