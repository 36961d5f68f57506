"""What each part of training adds: short runs that differ in one thing, compared on fold 9.

    python models/training/ablations.py --data ../shared/data --out eval/results/ablations.json [--threads 2]

Every run: 3 epochs of the same schedule, one seed, the original text model unless it says otherwise, no beat
stage. The figure is the mean of fold 9's four macro AUROCs; a difference to the full run has a 95 % interval
by a paired bootstrap over patients (200 replicates) and counts as equal where that holds 0. A short run says
what helps early, not what is lost in the end. Runs that are done are not run again.
"""
import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

import evaluate
from data import FOLD_SELECT, label_sets, load_records

HERE = Path(__file__).parent
EPOCHS, REPLICATES, SEED = 3, 200, 20240
RUNS = {"full": [], "text side fine-tuned": ["--text", "tuned"], "no warm-up": ["--without", "warmup"],
        "no report contrast": ["--without", "contrast"], "no two-view alignment": ["--without", "views"],
        "no words and sentences": ["--without", "words", "sentences"], "no caption loss": ["--without", "caption"],
        "no token loss": ["--without", "token"], "no beat loss": ["--without", "beat"],
        "no timing and shape": ["--without", "timing", "shape"]}


def run(name, options, args):
    """Trains one of them; returns the file of its fold-9 vectors."""
    slug = "ablation-" + name.replace(" ", "-")
    file = HERE / f"out/{slug}-fold9.npz"
    if not file.exists():
        given = dict(zip(options[::2], options[1::2])) if options[:1] == ["--text"] else {}
        without = [o for o in options[1:] if options[0] == "--without"]
        command = [sys.executable, str(HERE / "train.py"), "--data", args.data, "--run", slug, "--epochs", str(EPOCHS),
                   "--threads", str(args.threads), "--text", given.get("--text", "frozen"), "--without", "beats", *without]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return file


def columns(args, records, file):
    """(set, labels [n, k] with NaN outside the set, scores [n, k]) of the labels with enough positives."""
    with np.load(file) as z:
        rhythm, vectors = z["rhythm"], dict(zip(z["texts"].tolist(), z["vectors"]))
    names, out = evaluate.prompts(args.data), []
    for name, (keys, labels) in label_sets(args.data).items():
        truth = np.array([labels.get(r.path, np.full(len(keys), np.nan)) for r in records])
        kept = [j for j in range(len(keys)) if np.nansum(truth[:, j]) >= evaluate.MIN_POSITIVES]
        scores = np.stack([rhythm @ vectors[names[name][keys[j]]] for j in kept], 1)
        out.append((name, truth[:, kept], scores))
    return out


def macro(sets, rows):
    """Mean over the four sets of the mean AUROC over labels; single-class labels are left out."""
    means = []
    for _, truth, scores in sets:
        inside = rows[~np.isnan(truth[rows, 0])]
        values = [roc_auc_score(truth[inside, j], scores[inside, j]) for j in range(truth.shape[1])
                  if 0 < truth[inside, j].sum() < len(inside)]
        means.append(np.mean(values))
    return float(np.mean(means))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    records = [r for r in load_records(args.data, HERE / "out/records.npz") if r.fold == FOLD_SELECT]
    patients = np.array([r.row["patient_id"] for r in records])
    members = [np.flatnonzero(patients == p) for p in np.unique(patients)]
    rng, found = np.random.default_rng(SEED), {}
    draws = [np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))]) for _ in range(REPLICATES)]
    everyone = np.arange(len(records))
    for name, options in RUNS.items():
        sets = columns(args, records, run(name, options, args))
        values = np.array([macro(sets, rows) for rows in draws])
        if name == "full":
            full, full_values = macro(sets, everyone), values
        low, high = np.percentile(values - full_values, [2.5, 97.5])
        found[name] = {"macroAuroc": round(macro(sets, everyone), 4),
                       "difference": round(macro(sets, everyone) - full, 4),
                       "differenceCi": [round(float(low), 4), round(float(high), 4)],
                       "verdict": "below" if high < 0 else "above" if low > 0 else "equal",
                       "sets": {s[0]: round(macro([s], everyone), 4) for s in sets}}
        result = {"measured": "models/training/ablations.py", "data": "PTB-XL fold 9 (chooses models: not for reporting quality)",
                  "n": len(records), "epochs": EPOCHS, "seed": 7, "replicates": REPLICATES, "runs": found}
        print(name, found[name], flush=True)
    Path(args.out).write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
