"""Reference numbers for the TypeScript tests: preprocessing, spans and every output, on 50 recordings.

    python models/training/parity.py --data ../shared/data --model models/pqr-small --run small \
        --records sample/records --out test/reference/pqr-small-parity.json

The recordings are those of fold 9 that lie in `--records`. ECG vectors, attention and caption likelihoods come
from PyTorch on the weights of the run (`out/RUN-final.pt`), windows from SciPy, texts from ONNX Runtime on the
exported folder (its weights are stored in int8) with the cosine to PyTorch's float32 beside them. Run it
after every export.
"""
import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import onnxruntime
import scipy
import torch
from torch.nn import functional as F

from data import FOLD_SELECT, LEADS, beat_spans, load_records
from decoder import CaptionVocabulary
from objective import Learner, memory_of
from runtime import PqrModel
from text_model import load_bert, load_tokenizer, sentence_vectors, token_batch

HERE = Path(__file__).parent
RECORD_COUNT, SAMPLES, DIMS = 50, 8, 6
TEXTS = ("atrial fibrillation", "left bundle branch block", "old inferior infarction",
         "premature ventricular complexes in a 60 year old man", "Normales EKG, Linkstyp")
CAPTION = "sinus rhythm. normal ecg"


def rounded(values, digits=6):
    return [round(float(v), digits) for v in values]


class Trained:
    """The run's weights in PyTorch."""

    def __init__(self, file):
        state = torch.load(file, weights_only=True)
        pieces = state["captionPieces"]
        self.learner = Learner(torch.full_like(state["learner"]["bias"], 0.1), len(pieces))
        self.learner.load_state_dict(state["learner"])
        self.learner.eval()
        self.bert = load_bert()
        self.bert.load_state_dict(state["bert"])
        self.tokenizer = load_tokenizer()
        self.vocabulary = CaptionVocabulary.of(self.tokenizer, pieces)

    @torch.no_grad()
    def record(self, record, spans):
        out = self.learner.ecg.everything(torch.from_numpy(record.window[None]), torch.ones(1, len(LEADS)),
                                          torch.from_numpy(spans[None]))
        ids = torch.tensor([self.vocabulary.encode(CAPTION)])
        logits = self.learner.decoder(ids[:, :-1], memory_of(out))
        likelihood = F.log_softmax(logits, -1).gather(-1, ids[:, 1:, None]).sum()
        return {"rhythm": rounded(out["rhythm"][0, :DIMS]), "firstBeat": rounded(out["beat"][0, 0, :DIMS]),
                "lastToken": rounded(out["token"][0, -1, :DIMS]), "attention": rounded(out["attention"][0, :DIMS]),
                "captionLogLikelihood": round(float(likelihood), 5)}

    @torch.no_grad()
    def text(self, text):
        vector = sentence_vectors(self.bert, *token_batch(self.tokenizer, [text]))[0]
        return self.learner.text(vector)[0].numpy()


def record_entry(trained, record):
    spans = beat_spans(record.r_peaks)
    return {"ecgId": record.ecg_id, "record": record.path, "contentHash": record.sha256,
            "window": {lead: rounded(record.window[LEADS.index(lead), :SAMPLES]) for lead in ("I", "V2")},
            "windowSum": round(float(np.abs(record.window.astype(np.float64)).sum()), 4),
            "beatSpans": [rounded(s, 4) for s in spans], **trained.record(record, spans)}


def text_entry(model, trained, text):
    encoding, got = model.encoder.tokenizer.encode(text.lower()), model.text(text)
    return {"text": text, "inputIds": encoding.ids, "text128": rounded(got[:DIMS]),
            "cosineToFloat32": round(float(got @ trained.text(text)), 5)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("data", "model", "run", "records", "out"):
        parser.add_argument(f"--{name}", required=True)
    args = parser.parse_args()
    there = {f.stem for f in Path(args.records).glob("*.hea")}
    records = [r for r in load_records(args.data, HERE / "out/records.npz")
               if r.fold == FOLD_SELECT and Path(r.path).name in there][:RECORD_COUNT]
    model, trained = PqrModel(args.model), Trained(HERE / f"out/{args.run}-final.pt")
    reference = {
        "command": "python models/training/parity.py --data ../shared/data --model models/pqr-small --run small "
                   "--records sample/records --out test/reference/pqr-small-parity.json",
        "oracle": f"PyTorch {torch.__version__}, scipy {scipy.__version__}; texts: onnxruntime {onnxruntime.__version__}",
        "source": "PTB-XL 1.0.3 (CC BY 4.0, Wagner et al. 2020, doi 10.13026/kfzx-aw45), fold 9",
        "ecgOnnxSha256": hashlib.sha256((Path(args.model) / "ecg.onnx").read_bytes()).hexdigest(),
        "toleranceNote": "window 1e-5 mV; vectors 1e-4; log-likelihood 1e-3",
        "caption": CAPTION,
        "records": [record_entry(trained, r) for r in records],
        "texts": [text_entry(model, trained, t) for t in TEXTS],
    }
    Path(args.out).parent.mkdir(parents=True, exist_ok=True)
    Path(args.out).write_text(json.dumps(reference) + "\n")


if __name__ == "__main__":
    main()
