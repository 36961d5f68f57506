"""Write the model folder: ecg.onnx, text.onnx, text_projection.onnx, decoder.onnx, tokenizer/, manifest.json.

Every exported graph is compared with PyTorch; the text graph's int8 storage too (its cost is printed).
"""
import hashlib
import json
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch

from data import LEADS
from decoder import MAX_TOKENS as CAPTION_TOKENS
from flat import flat
from model import DIM, RHYTHM_CELL, TOKEN_CELL, WINDOW
from text_export import MAX_TOKENS, OPSET, export_text

TOLERANCE = 1e-4
FAR_SHARE = 0.77        # of the lowest best cosine of twelve questions that fold 9 can answer: what is below is far
SPAN = {"beforeRr": 0.3, "afterRr": 0.6, "minRrSeconds": 0.3, "maxRrSeconds": 1.5, "defaultRrSeconds": 0.8}


def export_model(learner, corpus, args, fold9):
    out_folder = Path(args.out)
    out_folder.mkdir(parents=True, exist_ok=True)
    learner = learner.eval()
    differences = {"ecg": export_ecg(learner.ecg, out_folder / "ecg.onnx"),
                   "text_projection": export_projection(learner.text, out_folder / "text_projection.onnx"),
                   "decoder": export_decoder(learner.decoder, out_folder / "decoder.onnx"),
                   "text": export_text(corpus.bert, out_folder, corpus.bank.texts[:64])}
    print(f"largest difference from PyTorch: {differences}", flush=True)
    assert max(v for k, v in differences.items() if k != "text") < TOLERANCE, differences
    corpus.vocabulary.write(out_folder / "decoder/vocabulary.json")
    known = sorted(r.sha256 for r in corpus.train if r.sha256)
    (out_folder / "training-records.txt").write_text("".join(h + "\n" for h in known))
    ids = sorted(r.ecg_id for r in corpus.train)
    (out_folder / "training-ptbxl-ids.txt").write_text("".join(f"{i}\n" for i in ids))
    manifest = build_manifest(out_folder, args, len(ids), fold9)
    (out_folder / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")


def _example(batch, beats):
    generator = torch.Generator().manual_seed(batch)
    ecg = 0.3 * torch.randn(batch, len(LEADS), WINDOW, generator=generator)
    mask = torch.ones(batch, len(LEADS))
    mask[-1, 3:] = 0
    ecg[-1, :, 700:] = 0
    start = torch.arange(beats).float() * (WINDOW / beats) - 20
    spans = torch.stack([start, start + 75], -1).repeat(batch, 1, 1)
    spans[-1, beats // 2:] = 0
    return ecg, mask, spans


def _export(model, inputs, file, names, axes):
    with torch.no_grad():
        torch.onnx.export(model, inputs, str(file), opset_version=OPSET, dynamo=False, input_names=names[0],
                          output_names=names[1], dynamic_axes=axes)
    return ort.InferenceSession(str(file), providers=["CPUExecutionProvider"])


@torch.no_grad()
def _worst(model, session, names, examples):
    worst = 0.0
    for inputs in examples:
        expected = model(*inputs)
        expected = expected if isinstance(expected, tuple) else (expected,)
        got = session.run(names[1], dict(zip(names[0], (t.numpy() for t in inputs))))
        worst = max(worst, *(float(np.abs(e.numpy() - g).max()) for e, g in zip(expected, got)))
    return worst


def export_ecg(model, file):
    names = (["ecg", "lead_mask", "beat_spans"], ["rhythm", "beat", "token", "attention"])
    axes = {n: {0: "batch"} for n in names[0] + names[1]}
    axes["beat_spans"][1] = axes["beat"][1] = "beats"
    session = _export(flat(model), _example(2, 5), file, names, axes)
    return _worst(model, session, names, [_example(*s) for s in ((1, 1), (2, 5), (3, 12), (7, 30))])


def export_projection(model, file):
    names = (["sentence_embedding"], ["text"])
    session = _export(model, (torch.randn(2, 384),), file, names, {n: {0: "batch"} for n in ("sentence_embedding", "text")})
    return _worst(model, session, names, [(torch.randn(9, 384),)])


def export_decoder(model, file):
    names = (["ids", "memory"], ["logits"])
    axes = {"ids": {0: "batch", 1: "steps"}, "memory": {0: "batch"}, "logits": {0: "batch", 1: "steps"}}

    def example(batch, steps):
        generator = torch.Generator().manual_seed(steps)
        memory = torch.nn.functional.normalize(torch.randn(batch, 33, DIM, generator=generator), dim=-1)
        memory[-1, 20:] = 0
        ids = torch.randint(4, model.embedding.num_embeddings, (batch, steps), generator=generator)
        return ids, memory

    session = _export(model, example(2, 7), file, names, axes)
    return _worst(model, session, names, [example(*s) for s in ((1, 1), (3, 12), (2, CAPTION_TOKENS))])


def _file_entries(folder):
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        if name not in ("manifest.json", "MODEL_CARD.md"):
            content = path.read_bytes()
            yield {"path": name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def build_manifest(folder, args, record_count, fold9):
    return {
        "formatVersion": 1, "name": args.name, "version": "1.1.0", "kind": "pqr",
        "description": "Convolutions and attention on 12 x 10 s at 100 Hz with rhythm, beat and token vectors in one "
                       "space with text (all-MiniLM-L6-v2, fine-tuned) and a caption decoder. For research; not a "
                       "medical device.",
        "license": "Apache-2.0",
        "files": list(_file_entries(folder)),
        "ecg": {"file": "ecg.onnx", "samplingRateHz": 100, "sampleCount": WINDOW, "hopSamples": 500,
                "leads": list(LEADS), "unit": "mV",
                "filter": {"type": "butterworth-bandpass", "order": 2, "lowHz": 0.5, "highHz": 40},
                "normalisation": {"type": "clip", "limitMillivolts": 10}, "padding": "zeros-at-end",
                "missingLead": "zeros-and-mask",
                "inputs": {"ecg": "ecg", "leadMask": "lead_mask", "beatSpans": "beat_spans"}},
        "text": {"file": "text.onnx", "output": "sentence_embedding", "wordOutput": "token_embeddings", "batch": True,
                 "projection": {"file": "text_projection.onnx", "input": "sentence_embedding", "output": "text"},
                 "tokenizer": "tokenizer", "maxTokens": MAX_TOKENS, "lowerCase": True, "template": "{text}"},
        "levels": {"rhythm": {"output": "rhythm", "dim": DIM, "sharedWithText": True, "attention": "attention",
                              "attentionCellSamples": RHYTHM_CELL},
                   "beat": {"output": "beat", "dim": DIM, "sharedWithText": True, "span": SPAN},
                   "token": {"output": "token", "dim": DIM, "sharedWithText": True, "cellSamples": TOKEN_CELL}},
        "decoder": {"file": "decoder.onnx", "inputs": {"ids": "ids", "memory": "memory"}, "output": "logits",
                    "memory": ["rhythm", "token"], "vocabulary": "decoder/vocabulary.json",
                    "maxTokens": CAPTION_TOKENS},
        "training": {"data": f"PTB-XL 1.0.3 subset, folds 1-8 ({record_count:,} recordings)",
                     "folds": [1, 2, 3, 4, 5, 6, 7, 8], "recordHashes": "training-records.txt", "seed": args.seed,
                     "selectedOn": "PTB-XL fold 9",
                     "license": "CC BY 4.0, Wagner et al. 2020, doi 10.13026/kfzx-aw45"},
        **({"farCosine": round(FAR_SHARE * fold9["lowestBestCosine"], 2)} if fold9 else {}),
        "metrics": {"fold9": {k: round(v, 4) if isinstance(v, float) else v for k, v in fold9.items()}},
    }
