"""Write MODEL_CARD.md from card.md, the exported folder and its fold-9 figures.

    python models/training/card.py --data ../shared/data --model models/pqr-small --run small
What stands between the figures marks of an existing card (filled by eval/write-figures.ts) is dropped: a new
export needs new figures.
"""
import argparse
import json
from pathlib import Path

import numpy as np
import onnx

from data import text_corpus
from parity import Trained
from runtime import PqrModel
from texts import load_concepts

HERE = Path(__file__).parent
COMMAND = "python models/training/evaluate.py --data ../shared/data --model models/pqr-small"
TEXT_COUNT = 200
ROWS = {"super": "macro AUROC, superclasses", "sub": "macro AUROC, subclasses", "form": "macro AUROC, form",
        "rhythm": "macro AUROC, rhythm", "precisionAt10": "mean precision at min(10, relevant), 12 queries",
        "precisionAt10HeldOutPhrases": "the same, 10 wordings not in the training texts"}
BEATS = {"pvcBeatFirst": "premature ventricular complex", "pacBeatFirst": "premature atrial complex"}


def weight_count(file):
    return sum(int(np.prod(t.dims)) for t in onnx.load(file).graph.initializer)


def table(figures):
    rows = [f"| {label} | {figures[key]:.3f} |" for key, label in ROWS.items()]
    rows += [f"| best beat for \"{text}\" is a premature one | {figures[key]['hits']} of {figures[key]['records']} "
             f"(chance {figures[key]['chance']:.2f}) |" for key, text in BEATS.items()]
    return "\n".join(["| | |", "|---|---|", *rows])


def cosines(data_folder, model, trained):
    """Of stored int8 and PyTorch's float32 vectors, on concept names and reports of folds 1-8."""
    names = [n for c in load_concepts() for n in c.names]
    reports = sorted({t for t, _ in text_corpus(data_folder)})
    texts = (names[::max(1, 2 * len(names) // TEXT_COUNT)] + reports[::max(1, 2 * len(reports) // TEXT_COUNT)])
    return [float(model.text(t) @ trained.text(t)) for t in texts]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("data", "model", "run"):
        parser.add_argument(f"--{name}", required=True)
    args = parser.parse_args()
    folder = Path(args.model)
    manifest = json.loads((folder / "manifest.json").read_text())
    near = cosines(args.data, PqrModel(folder), Trained(HERE / f"out/{args.run}-final.pt"))
    ids = (folder / "training-ptbxl-ids.txt").read_text().split()
    hashes = (folder / "training-records.txt").read_text().split()
    pieces = json.loads((folder / "decoder/vocabulary.json").read_text())["tokens"]
    card = (HERE / "card.md").read_text().format(
        version=manifest["version"], seed=manifest["training"]["seed"], command=COMMAND,
        weights=f"{weight_count(folder / 'ecg.onnx') / 1e6:.2f} M", pieces=len(pieces),
        decoder_weights=f"{weight_count(folder / 'decoder.onnx') / 1e6:.2f} M",
        bundle=f"{sum(f['bytes'] for f in manifest['files']) / 1e6:.1f} MB",
        records=f"{len(ids):,}", scaled=f"{len(ids) - len(hashes):,}", texts=len(near),
        cosine_mean=f"{np.mean(near):.5f}", cosine_min=f"{min(near):.5f}", table=table(manifest["metrics"]["fold9"]))
    (folder / "MODEL_CARD.md").write_text(card)


if __name__ == "__main__":
    main()
