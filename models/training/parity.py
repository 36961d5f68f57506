"""Reference numbers for the TypeScript tests: preprocessing, spans and vectors of five fold-9 records.

    python models/training/parity.py --data ../shared/data --model models/pqr-resnet \
        --out test/reference/pqr-resnet-parity.json

Everything comes from scipy and ONNX Runtime on the exported files; run it after every export.
"""
import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import onnxruntime
import scipy

from data import FOLD_SELECT, LEADS, beat_spans, load_records
from runtime import PqrModel

RECORD_COUNT, SAMPLES, DIMS = 5, 16, 8
TEXTS = ("atrial fibrillation", "left bundle branch block", "old inferior infarction",
         "premature ventricular complexes in a 60 year old man", "Normales EKG, Linkstyp")


def rounded(values, digits=7):
    return [round(float(v), digits) for v in values]


def record_entry(model, record):
    spans = beat_spans(record.r_peaks)
    rhythm, beat, attention = model.windows(record.window[None], np.ones((1, len(LEADS)), np.float32), spans[None])
    return {"ecgId": record.ecg_id, "record": record.path, "contentHash": record.sha256,
            "window": {lead: rounded(record.window[LEADS.index(lead), :SAMPLES]) for lead in ("I", "V2")},
            "windowSum": round(float(np.abs(record.window.astype(np.float64)).sum()), 4),
            "beatSpans": [rounded(s, 4) for s in spans],
            "rhythm": rounded(rhythm[0, :DIMS]), "firstBeat": rounded(beat[0, 0, :DIMS]),
            "attention": rounded(attention[0, :DIMS])}


def text_entry(model, text):
    encoding = model.encoder.tokenizer.encode(text.lower())
    return {"text": text, "inputIds": encoding.ids, "text128": rounded(model.text(text)[:DIMS])}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    cache = Path(__file__).parent / "out/records.npz"
    records = [r for r in load_records(args.data, cache) if r.fold == FOLD_SELECT][:RECORD_COUNT]
    model = PqrModel(args.model)
    reference = {
        "command": "python models/training/parity.py --data ../shared/data --model models/pqr-resnet "
                   "--out test/reference/pqr-resnet-parity.json",
        "oracle": f"scipy {scipy.__version__}, onnxruntime {onnxruntime.__version__}, one text a call",
        "source": "PTB-XL 1.0.3 (CC BY 4.0, Wagner et al. 2020, doi 10.13026/kfzx-aw45), fold 9",
        "ecgOnnxSha256": hashlib.sha256((Path(args.model) / "ecg.onnx").read_bytes()).hexdigest(),
        "toleranceNote": "window 1e-5 mV; ECG vectors 1e-4; text vectors 1e-3 (int8)",
        "records": [record_entry(model, r) for r in records],
        "texts": [text_entry(model, t) for t in TEXTS],
    }
    Path(args.out).parent.mkdir(parents=True, exist_ok=True)
    Path(args.out).write_text(json.dumps(reference, indent=1) + "\n")


if __name__ == "__main__":
    main()
