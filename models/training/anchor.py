"""The anchor that pqr-small is compared with: a plain supervised residual network, no language.

    python models/training/anchor.py --data ../shared/data --challenge DIR --out eval/anchor.json

About 1.3 M weights, one logit a label of MERL's four PTB-XL sets and of CPSC2018 (by the PTB-XL codes that
mean the same), trained on the recordings of folds 1-8 with their label columns; a fixed number of epochs, no
choice on any test set. Writes its scores for folds 9 and 10 and CPSC2018, the largest over a recording's
windows. Fold 10 is read here only to be scored.
"""
import argparse
import json
from pathlib import Path

import numpy as np
import torch
import wfdb
from torch import nn
from torch.nn import functional as F

from data import FOLDS_TRAIN, LEADS, WINDOW_SAMPLES, _unpacker, first_window, label_sets, load_records, preprocess, read_csv
from model import MILLIVOLT_SCALE, Block

OUT = Path(__file__).parent / "out"
CPSC = {"AFIB": ["AFIB"], "VPC": ["PVC", "BIGU", "TRIGU"], "NORM": ["NORM"], "1AVB": ["1AVB"], "CRBBB": ["CRBBB"],
        "STE": ["STE_"], "PAC": ["PAC"], "CLBBB": ["CLBBB"], "STD": ["STD_"]}


class PlainResNet(nn.Module):
    """[B, 12, n] mV -> logits [B, labels]."""

    def __init__(self, labels, dropout=0.1):
        super().__init__()
        self.stem, self.norm = nn.Conv1d(len(LEADS), 64, 16, 2, 7, bias=False), nn.BatchNorm1d(64)
        self.blocks = nn.Sequential(Block(64, 64, 5, stride=2), Block(64, 128, 5, stride=2, dropout=dropout),
                                    Block(128, 192, 5, stride=2, dropout=dropout),
                                    Block(192, 256, 5, stride=2, dropout=dropout))
        self.head = nn.Sequential(nn.Dropout(0.3), nn.Linear(512, labels))

    def forward(self, x):
        y = self.blocks(F.relu(self.norm(self.stem(F.pad(x * MILLIVOLT_SCALE, (0, -x.shape[-1] % 32))))))
        return self.head(torch.cat([y.mean(-1), y.amax(-1)], 1))


def targets(data_folder, records):
    """(columns as (set, label), [n, columns] with NaN where a record is not in the set)."""
    columns, out = [], []
    for name, (keys, labels) in label_sets(data_folder).items():
        columns += [(name, k) for k in keys]
        out.append(np.stack([labels.get(r.path, np.full(len(keys), np.nan)) for r in records]))
    columns += [("cpsc2018", k) for k in CPSC]
    out.append(np.array([[float(bool(set(c) & r.codes.keys())) for c in CPSC.values()] for r in records]))
    return columns, np.concatenate(out, 1).astype(np.float32)


def fit(records, target, seed, epochs, batch=32, rate=2e-3):
    torch.manual_seed(seed)
    model, rng = PlainResNet(target.shape[1]), np.random.default_rng(seed)
    x, y = torch.from_numpy(np.stack([r.window for r in records])), torch.from_numpy(target)
    steps = len(records) // batch
    optimiser = torch.optim.AdamW(model.parameters(), rate, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps * epochs)
    for epoch in range(epochs):
        model.train()
        order, total = torch.from_numpy(rng.permutation(len(records))), 0.0
        for i in range(steps):
            rows = order[i * batch:(i + 1) * batch]
            part = x[rows] * torch.exp(0.05 * torch.randn(len(rows), 1, 1)) + 0.01 * torch.randn(len(rows), 12, 1000)
            part = torch.roll(part, int(rng.integers(-100, 100)), -1)
            loss = F.binary_cross_entropy_with_logits(model(part), torch.nan_to_num(y[rows]), reduction="none")
            loss = loss[~torch.isnan(y[rows])].mean()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
            total += float(loss.detach()) / steps
        print(f"anchor, epoch {epoch}: loss {total:.4f}", flush=True)
    return model.eval()


@torch.no_grad()
def score(model, millivolts, rate_hz):
    """[12, n] mV -> logits, the largest over windows of 10 s half overlapping, the last aligned to the end."""
    x = preprocess(millivolts, rate_hz)
    last = max(x.shape[1] - WINDOW_SAMPLES, 0)
    starts = sorted({*range(0, last + 1, WINDOW_SAMPLES // 2), last})
    windows = np.stack([first_window(x[:, s:]) for s in starts])
    return model(torch.from_numpy(windows)).amax(0).numpy()


def fold_scores(model, columns, data_folder, fold):
    paths = {r["filename_hr"] for r in read_csv(Path(data_folder) / "ptbxl/ptbxl_database.csv") if int(r["strat_fold"]) == fold}
    logits = {m["path"]: score(model, s.astype(np.float64) / m["gain"], m["fs"])
              for m, s in _unpacker(Path(data_folder)).records(Path(data_folder) / "ptbxl.ecgpack") if m["path"] in paths}
    return {name: table(columns, name, logits) for name in ("super", "sub", "form", "rhythm")}


def table(columns, name, logits):
    at = [i for i, (s, _) in enumerate(columns) if s == name]
    return {"labels": [columns[i][1] for i in at],
            "scores": {path: [round(float(v[i]), 5) for i in at] for path, v in logits.items()}}


def cpsc_scores(model, columns, data_folder, challenge, first_seconds=None):
    logits = {}
    for row in read_csv(Path(data_folder) / "labels_cpsc2018.csv"):
        record = wfdb.rdrecord(str(Path(challenge) / row["record"]))
        order = [[n.upper() for n in record.sig_name].index(lead.upper()) for lead in LEADS]
        signal = record.p_signal.T[order]
        if first_seconds:
            signal = signal[:, :int(first_seconds * record.fs)]
        logits[row["record"]] = score(model, signal, record.fs)
    return table(columns, "cpsc2018", logits)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--challenge", required=True, help="folder with cpsc2018/*.hea")
    parser.add_argument("--out", required=True)
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    records = [r for r in load_records(args.data, OUT / "records.npz") if r.fold in FOLDS_TRAIN]
    columns, target = targets(args.data, records)
    model = fit(records, target, args.seed, args.epochs)
    weights = sum(p.numel() for p in model.parameters())
    print(f"{weights} weights, {len(records)} records", flush=True)
    result = {"name": f"plain supervised ResNet, {weights / 1e6:.2f} M weights, seed {args.seed}, {args.epochs} epochs",
              "command": "python models/training/anchor.py --data DATA --challenge DIR --out eval/anchor.json",
              "weightCount": weights, "trainingRecordCount": len(records),
              "sets": fold_scores(model, columns, args.data, 10) | {
                  "cpsc2018": cpsc_scores(model, columns, args.data, args.challenge),
                  "cpsc2018FiveSeconds": cpsc_scores(model, columns, args.data, args.challenge, 5)},
              "fold9": fold_scores(model, columns, args.data, 9)}
    Path(args.out).write_text(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
