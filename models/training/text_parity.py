"""Cosine between int8 and float32 text vectors on 500 texts of folds 1-8.

    python models/training/text_parity.py --data ../shared/data --model models/pqr-resnet

Needs out/text-float32.onnx (written by text_export.py). Reported for the sentence embedding and, where
the projection is there, for the final 128 dimensions.
"""
import argparse
import json
from pathlib import Path

import numpy as np
import onnxruntime as ort

from data import text_corpus
from text_export import TextEncoder
from texts import load_concepts

COUNT = 500


def cosines(a, b):
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def summary(values):
    return {"mean": round(float(values.mean()), 5), "min": round(float(values.min()), 5),
            "p1": round(float(np.percentile(values, 1)), 5)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--model", required=True)
    args = parser.parse_args()
    names = [n for c in load_concepts() for n in c.names][::2]
    reports = sorted({t for t, _ in text_corpus(args.data)})
    texts = (names + reports[::max(1, len(reports) // (COUNT - len(names)))])[:COUNT]
    float_file = Path(__file__).parent / "out/text-float32.onnx"
    quantised, full = (TextEncoder(args.model, file).embed(texts) for file in (None, float_file))
    out = {"texts": len(texts), "sentenceEmbedding": summary(cosines(quantised, full))}
    projection = Path(args.model) / "text_projection.onnx"
    if projection.exists():
        session = ort.InferenceSession(str(projection), providers=["CPUExecutionProvider"])
        a, b = (session.run(None, {"sentence_embedding": v})[0] for v in (quantised, full))
        out["text128"] = summary(cosines(a, b))
    print(json.dumps(out))


if __name__ == "__main__":
    main()
