"""Tiny folders of kind `merl` and `melp` with random weights, through the export code, for tests in Node.

Beside the folder's files, `reference.json` holds what PyTorch gives for recordings of sample/ and for a few
texts, preprocessing included, to seven digits. `--kind melp-encoder` leaves the text side out.

    python models/export/tiny.py --kind merl --out test/fixtures/models/merl-tiny
"""
import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import torch
from torch import nn

import melp
import merl
import synthetic
from attention import ClassTokenPooler, QueryPooler
from bert import Bert
from checkpoint import load_checkpoint, part
from ecgfm import EcgFm
from folder import load_tokenizer
from records import read_block
from resnet import ResNet1d

ROOT = Path(__file__).resolve().parents[2]
CASES = (
    {"record": "sample/records/00008_hr.hea"},
    {"record": "sample/records/00020_hr.hea"},
    {"record": "sample/records/00017_hr.hea", "sampleCount": 3000},
    {"record": "sample/records/00018_hr.hea", "without": ["V6"]},
)
TEXTS = synthetic.PROMPTS[:8]
WIDTH, HIDDEN, DEPTH, HEADS, PLACES, VOCABULARY = 24, 48, 2, 4, 256, 260
DIM = 16


def tiny_parts(kind):
    """The official model's parts, scaled down, under their official names, random weights, norms settled."""
    root = nn.Module()
    if kind == "merl":
        root.ecg_encoder = ResNet1d(12, (4, 8, 16, 32), (2, 1, 1, 1))
        root.downconv = nn.Conv1d(32, DIM, 1)
        root.att_pool_head = ClassTokenPooler(313, DIM)
        root.lm_model = _bert(VOCABULARY, pooler=True)
    else:
        encoder = nn.Module()
        encoder.ecg_encoder = EcgFm(12, [(16, 2)] * 4, WIDTH, HIDDEN, DEPTH, position_kernel=16,
                                    position_groups=4)
        encoder.attn_pool_contrast, encoder.ln_contrast = QueryPooler(13, DIM, WIDTH), nn.LayerNorm(DIM)
        encoder.proj_contrast = nn.Parameter(torch.zeros(DIM, DIM))
        encoder.attn_pool_caption, encoder.ln_caption = QueryPooler(128, WIDTH, WIDTH), nn.LayerNorm(WIDTH)
        root.ecg_encoder = encoder
        if kind == "melp":
            root.lm_model = nn.Module()
            root.lm_model.bert = _bert(VOCABULARY + 1, pooler=False)
            root.sent_proj = nn.Linear(WIDTH, DIM)
    if kind != "melp-encoder":
        root.proj_t = nn.Sequential(nn.Linear(WIDTH, DIM), nn.GELU(), nn.Linear(DIM, DIM))
    synthetic.randomise(root, seed=11)
    blocks = torch.from_numpy(np.stack([_block(case) for case in CASES]))
    synthetic.settle_norms(root.ecg_encoder if kind == "merl" else root.ecg_encoder.ecg_encoder, blocks)
    return root


def _bert(words, pooler):
    return Bert(words, PLACES, WIDTH, HIDDEN, DEPTH, HEADS, pooler=pooler)


def official_names(state):
    """The state with ECG-FM's positional convolution split into length and direction again."""
    named = dict(state)
    prefix = "ecg_encoder.ecg_encoder."
    if prefix + "position.weight" in named:
        weight, bias = named.pop(prefix + "position.weight"), named.pop(prefix + "position.bias")
        place = prefix + "conv_pos.pos_conv.0."
        named[place + "bias"] = bias
        named[place + "parametrizations.weight.original0"] = weight.norm(dim=(0, 1), keepdim=True)
        named[place + "parametrizations.weight.original1"] = 3 * weight
    return named


def make(kind, out):
    """Writes the folder and its reference.json."""
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        tokens = synthetic.vocabulary(VOCABULARY, synthetic.words_of(synthetic.PROMPTS))
        text_model = synthetic.write_text_model(scratch / "text", tokens, {
            "hidden_size": WIDTH, "num_hidden_layers": DEPTH, "num_attention_heads": HEADS,
            "intermediate_size": HIDDEN, "max_position_embeddings": PLACES})
        checkpoint = scratch / "random-weights.pth"
        torch.save(official_names(tiny_parts(kind).state_dict()), checkpoint)
        common = ["--code", str(ROOT), "--checkpoint", str(checkpoint), "--text-model", str(text_model),
                  "--out", str(out), "--name", f"{kind}-tiny"]
        if kind == "merl":
            merl.export_merl(merl.parse([*common, "--backbone", "resnet18"]))
        else:
            melp.export_melp(melp.parse(common))
        reference = _reference(kind, load_checkpoint(checkpoint), text_model)
    _replace_card(Path(out), kind)
    text = json.dumps(reference, separators=(",", ":")).replace('{"record"', '\n{"record"')
    (Path(out) / "reference.json").write_text(text.replace('{"text"', '\n{"text"') + "\n", encoding="utf-8")


def _replace_card(folder, kind):
    (folder / "MODEL_CARD.md").write_text(
        f"# {kind}-tiny\n\nRandom weights, scaled widths: for tests of the runtime only. Made by "
        f"`models/export/tiny.py --kind {kind}`; `reference.json` holds PyTorch's results.\n",
        encoding="utf-8")


def _block(case):
    return read_block(ROOT / case["record"], case.get("sampleCount"), case.get("without", ()))


@torch.no_grad()
def _reference(kind, state, text_model):
    if kind == "merl":
        ecg, names = merl.fit(merl.MerlResnet(state), state, kind), ("rhythm", "attention")
    else:
        ecg, names = melp.load_ecg(state, kind)[0], ("rhythm", "beatQuery", "token")
    records = []
    for case in CASES:
        block = _block(case)
        vectors = dict(zip(names, (v[0].numpy() for v in ecg(torch.from_numpy(block)[None]))))
        row = {**case, "input": {"sum": _digits(block.sum(dtype=np.float64)),
                                 "first": _digits(block[:, 0]), "at2500": _digits(block[:, 2500])}}
        if "token" in vectors:
            tokens = vectors.pop("token")
            row["token"] = {"firstRows": _digits(tokens[:2]),
                            "sums": _digits(tokens.sum(1, dtype=np.float64))}
        records.append({**row, **{name: _digits(value) for name, value in vectors.items()}})
    made = "models/export/tiny.py --kind " + kind
    return {"madeBy": made, "records": records} if kind == "melp-encoder" else {
        "madeBy": made, "records": records, "texts": _text_reference(kind, state, text_model)}


def _text_reference(kind, state, text_model):
    rows = []
    for text in TEXTS:
        if kind == "merl":
            tokenizer, sentence = load_tokenizer(text_model), None
            model = merl.fit(merl.MerlText(state, melp.read_config(text_model)), state, kind)
            project = merl.fit(merl.projection_like(part(state, "proj_t.")), part(state, "proj_t."), kind)
            ids = tokenizer(text.lower())["input_ids"]
        else:
            model, project, sentence, tokenizer = melp.load_text(state, text_model)
            ids = tokenizer("[BOS] " + text.lower())["input_ids"][1:]
        inputs = torch.tensor([ids])
        result = model(inputs, torch.ones_like(inputs), torch.zeros_like(inputs))
        states, sentences = result if sentence is not None else (result, None)
        vector = nn.functional.normalize(project(states), dim=-1)[0]
        row = {"text": text, "ids": ids, "vector": _digits(vector.numpy())}
        if sentences is not None:
            present = sentences[0][sentences[0].abs().sum(1) > 0]
            row["sentences"] = _digits(nn.functional.normalize(sentence(present), dim=-1).numpy())
        rows.append(row)
    return rows


def _digits(values):
    """Seven significant digits, as nested lists."""
    if np.ndim(values) == 0:
        return float(f"{float(values):.7g}")
    return [_digits(value) for value in values]


def main():
    parser = argparse.ArgumentParser(description="Tiny random-weight model folders for tests.")
    parser.add_argument("--kind", required=True, choices=("merl", "melp", "melp-encoder"))
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    torch.set_num_threads(2)
    make(options.kind, options.out)


if __name__ == "__main__":
    main()
