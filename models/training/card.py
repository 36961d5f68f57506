"""Write MODEL_CARD.md from card.md and the exported folder's own fold-9 figures.

    python models/training/card.py --data ../shared/data --model models/pqr-resnet
What stands between the figures marks of an existing card (filled by Node) is dropped: a new export
needs new figures.
"""
import argparse
import json
import subprocess
import sys
from pathlib import Path

import onnx

HERE = Path(__file__).parent
COMMAND = "python models/training/evaluate.py --data ../shared/data --model models/pqr-resnet"


def run(script, args, *more):
    command = [sys.executable, str(HERE / script), "--data", args.data, "--model", args.model, *more]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def weight_count(file):
    sizes = []
    for tensor in onnx.load(file).graph.initializer:
        count = 1
        for d in tensor.dims:
            count *= d
        sizes.append(count)
    return sum(sizes)


def table(figures):
    names = {"super": "macro AUROC, superclasses", "sub": "macro AUROC, subclasses", "form": "macro AUROC, form",
             "rhythm": "macro AUROC, rhythm", "precisionAt10": "mean precision at min(10, relevant), 12 queries",
             "precisionAt10HeldOutPhrases": "the same, 10 wordings not in the training texts"}
    rows = [f"| {label} | {figures[key]:.3f} |" for key, label in names.items()]
    beat = figures["ectopicBeatFirst"]
    rows.append("| PVC recordings with a premature beat: best beat for \"premature ventricular complexes\" is one "
                f"| {beat['hits']} of {beat['records']} (chance {beat['chance']:.2f}) |")
    return "\n".join(["| | |", "|---|---|", *rows])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--model", required=True)
    args = parser.parse_args()
    folder = Path(args.model)
    manifest = json.loads((folder / "manifest.json").read_text())
    figures = run("evaluate.py", args)["fold9"]
    parity = run("text_parity.py", args)
    few = {n: run("evaluate.py", args, "--leads", n)["fold9"]["macroAuroc"] for n in ("I,II,III", "II", "I")}
    leads = ", ".join(f"{v:.3f} from {n.replace(',', ', ')}" for n, v in few.items())
    card = (HERE / "card.md").read_text().format(
        weights=f"{weight_count(folder / 'ecg.onnx') / 1e6:.2f} M", seed=manifest["training"]["seed"],
        records=f"{len((folder / 'training-records.txt').read_text().split()):,}", table=table(figures),
        command=COMMAND, leads=f"mean macro AUROC {figures['macroAuroc']:.3f} from 12, {leads}",
        cosine=f"cosine to float32 on {parity['texts']} texts: mean {parity['text128']['mean']:.4f}, "
               f"lowest {parity['text128']['min']:.4f}")
    (folder / "MODEL_CARD.md").write_text(card)


if __name__ == "__main__":
    main()
