"""Write the model folder: ecg.onnx, text_projection.onnx, training-records.txt, manifest.json.

text.onnx and tokenizer/ are written by text_export.py. Every exported graph is compared with PyTorch.
"""
import hashlib
import json
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch

from data import LEADS
from text_export import MAX_TOKENS, OPSET

TOLERANCE = 1e-4


def export_model(ecg, text, out_folder, hashes, seed, fold9):
    out_folder = Path(out_folder)
    ecg, text = ecg.eval(), text.eval()
    differences = {"ecg": _export_ecg(ecg, out_folder / "ecg.onnx"),
                   "text_projection": _export_projection(text, out_folder / "text_projection.onnx")}
    print(f"largest difference from PyTorch: {differences}", flush=True)
    assert max(differences.values()) < TOLERANCE, differences
    (out_folder / "training-records.txt").write_text("".join(h + "\n" for h in sorted(hashes)))
    manifest = build_manifest(out_folder, len(hashes), seed, fold9)
    (out_folder / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")


def _example(batch, beats):
    generator = torch.Generator().manual_seed(batch)
    ecg = 0.3 * torch.randn(batch, len(LEADS), 1000, generator=generator)
    mask = torch.ones(batch, len(LEADS))
    mask[-1, 3:] = 0
    ecg[-1, :, 700:] = 0
    start = torch.arange(beats).float() * (1000 / beats) - 20
    spans = torch.stack([start, start + 75], -1).repeat(batch, 1, 1)
    spans[-1, beats // 2:] = 0
    return ecg, mask, spans


def _export_ecg(model, file):
    with torch.no_grad():
        torch.onnx.export(model, _example(2, 5), str(file), opset_version=OPSET, dynamo=False,
                          input_names=["ecg", "lead_mask", "beat_spans"],
                          output_names=["rhythm", "beat", "attention"],
                          dynamic_axes={"ecg": {0: "batch"}, "lead_mask": {0: "batch"},
                                        "beat_spans": {0: "batch", 1: "beats"}, "rhythm": {0: "batch"},
                                        "beat": {0: "batch", 1: "beats"}, "attention": {0: "batch"}})
    session = ort.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    worst = 0.0
    for shape in ((1, 1), (2, 5), (3, 12), (7, 30)):
        inputs = _example(*shape)
        with torch.no_grad():
            expected = model(*inputs)
        got = session.run(None, dict(zip(("ecg", "lead_mask", "beat_spans"), (t.numpy() for t in inputs))))
        worst = max(worst, *(float(np.abs(e.numpy() - g).max()) for e, g in zip(expected, got)))
    return worst


def _export_projection(model, file):
    with torch.no_grad():
        torch.onnx.export(model, (torch.randn(2, 384),), str(file), opset_version=OPSET, dynamo=False,
                          input_names=["sentence_embedding"], output_names=["text"],
                          dynamic_axes={"sentence_embedding": {0: "batch"}, "text": {0: "batch"}})
        inputs = torch.randn(9, 384)
        got = ort.InferenceSession(str(file), providers=["CPUExecutionProvider"]).run(
            None, {"sentence_embedding": inputs.numpy()})[0]
        return float(np.abs(model(inputs).numpy() - got).max())


def _file_entries(folder):
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        if name not in ("manifest.json", "MODEL_CARD.md"):
            content = path.read_bytes()
            yield {"path": name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def build_manifest(folder, record_count, seed, fold9):
    span = {"beforeRr": 0.3, "afterRr": 0.6, "minRrSeconds": 0.3, "maxRrSeconds": 1.5, "defaultRrSeconds": 0.8}
    return {
        "formatVersion": 1, "name": "pqr-resnet", "version": "1.0.0", "kind": "pqr",
        "description": "1D ResNet on 12 x 10 s at 100 Hz with rhythm and beat vectors in one space with text "
                       "(frozen all-MiniLM-L6-v2, int8, and a trained projection). For research; not a medical device.",
        "license": "Apache-2.0",
        "files": list(_file_entries(folder)),
        "ecg": {"file": "ecg.onnx", "samplingRateHz": 100, "sampleCount": 1000, "hopSamples": 500,
                "leads": list(LEADS), "unit": "mV",
                "filter": {"type": "butterworth-bandpass", "order": 2, "lowHz": 0.5, "highHz": 40},
                "normalisation": {"type": "clip", "limitMillivolts": 10}, "padding": "zeros-at-end",
                "missingLead": "zeros-and-mask",
                "inputs": {"ecg": "ecg", "leadMask": "lead_mask", "beatSpans": "beat_spans"}},
        "text": {"file": "text.onnx", "output": "sentence_embedding",
                 "projection": {"file": "text_projection.onnx", "input": "sentence_embedding", "output": "text"},
                 "tokenizer": "tokenizer", "maxTokens": MAX_TOKENS, "lowerCase": True, "template": "{text}"},
        "levels": {"rhythm": {"output": "rhythm", "dim": 128, "sharedWithText": True, "attention": "attention"},
                   "beat": {"output": "beat", "dim": 128, "sharedWithText": True, "span": span}},
        "training": {"data": f"PTB-XL 1.0.3 subset, folds 1-8 ({record_count:,} records)",
                     "folds": [1, 2, 3, 4, 5, 6, 7, 8], "recordHashes": "training-records.txt", "seed": seed,
                     "selectedOn": "PTB-XL fold 9",
                     "license": "CC BY 4.0, Wagner et al. 2020, doi 10.13026/kfzx-aw45"},
        "metrics": {"fold9": {k: round(v, 4) if isinstance(v, float) else v for k, v in fold9.items()}},
    }
