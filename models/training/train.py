"""Train pqr-resnet on PTB-XL folds 1-8, choose the epoch on fold 9, export the model folder.

    python models/training/train.py --data ../shared/data --out models/pqr-resnet

Resumable: a checkpoint is written to models/training/out/ after every epoch; the same command goes on.
"""
import argparse
import copy
import json
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

import evaluate
from augment import padded_spans
from beat_stage import refine
from corpus import OUT, Corpus
from data import LEADS
from export import export_model
from objective import Learner, step_loss
from text_export import export_text


@torch.no_grad()
def embed_select(learner, corpus):
    learner.eval()
    rhythm, beats = [], []
    for i in range(0, len(corpus.select), 64):
        part = corpus.select[i:i + 64]
        spans = torch.from_numpy(padded_spans([r.r_peaks for r in part], limit=60))
        out = learner.ecg(torch.from_numpy(np.stack([r.window for r in part])),
                          torch.ones(len(part), len(LEADS)), spans)
        rhythm.append(out[0])
        beats += [b[:len(r.r_peaks)].numpy() for b, r in zip(out[1], part)]
    return torch.cat(rhythm).numpy(), beats


@torch.no_grad()
def select_figures(learner, corpus, data_folder):
    rhythm, beats = embed_select(learner, corpus)
    texts = list(corpus.select_texts)
    vectors = learner.text(corpus.embeddings[[corpus.select_texts[t] for t in texts]]).numpy()
    text_of = dict(zip(texts, vectors)).__getitem__
    result, detail = evaluate.figures(data_folder, corpus.select, rhythm, text_of)
    hits, n, chance = evaluate.ectopic_beats(corpus.select, beats, text_of("premature ventricular complexes"))
    result["ectopicBeatFirst"] = {"hits": hits, "records": n, "chance": round(chance, 3)}
    return result, detail


def selection_score(result):
    return result["macroAuroc"] + 0.2 * result["precisionAt10"]


class Run:
    """Weights, their running average, optimiser and schedule; saved after every epoch."""

    def __init__(self, args, corpus):
        prior = torch.tensor(np.nan_to_num(corpus.targets).mean(0)).clamp(0.002, 0.9)
        self.weights = torch.sqrt((1 - prior) / prior).clamp(1.0, 8.0)
        self.learner = Learner(prior)
        self.average = copy.deepcopy(self.learner).eval().requires_grad_(False)
        groups = [{"params": [p for p in self.learner.parameters() if p.ndim > 1], "weight_decay": args.decay},
                  {"params": [p for p in self.learner.parameters() if p.ndim <= 1], "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(groups, lr=args.rate)
        total = len(corpus.train) // args.batch * args.epochs
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(self.optimiser, args.rate, total_steps=total,
                                                            pct_start=0.15, final_div_factor=100)
        self.epoch, self.best = 0, -1.0
        self.file = OUT / f"{args.run}.pt"
        if self.file.exists():
            self._resume(torch.load(self.file, weights_only=False))

    def _resume(self, state):
        for name in ("learner", "average", "optimiser", "schedule"):
            getattr(self, name).load_state_dict(state[name])
        self.epoch, self.best = state["epoch"] + 1, state["best"]

    def save(self):
        state = {n: getattr(self, n).state_dict() for n in ("learner", "average", "optimiser", "schedule")}
        torch.save(state | {"epoch": self.epoch, "best": self.best}, self.file)

    def update(self, loss, step, decay):
        """One optimiser step, then the running average (a short memory at first)."""
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.learner.parameters(), 2.0)
        self.optimiser.step()
        self.schedule.step()
        decay = min(decay, (1 + step) / (10 + step))
        for a, b in zip(self.average.state_dict().values(), self.learner.state_dict().values()):
            a.lerp_(b, 1 - decay) if a.dtype.is_floating_point else a.copy_(b)


def train(args):
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    OUT.mkdir(parents=True, exist_ok=True)
    if not (Path(args.out) / "text.onnx").exists():
        export_text(args.out, OUT)
    corpus = Corpus(args.data, args.out, args.seed)
    run = Run(args, corpus)
    print(f"{sum(p.numel() for p in run.learner.ecg.parameters())} ECG weights, {len(corpus.train)} records, "
          f"{len(corpus.bank.texts)} texts", flush=True)
    for run.epoch in range(run.epoch, args.epochs):
        run_epoch(args, corpus, run)
        run.save()
    finish(args, corpus, run.average, run.weights)


def run_epoch(args, corpus, run):
    """As many draws as there are records, then a look at fold 9 with the averaged weights."""
    began, totals = time.time(), {}
    torch.manual_seed(args.seed * 1000 + run.epoch)
    rng = np.random.default_rng([args.seed, run.epoch])
    corpus.bank.random.seed(args.seed * 1000 + run.epoch)
    order = rng.choice(len(corpus.train), len(corpus.train), p=corpus.draw)
    steps = len(order) // args.batch
    sizes = {"wordings": args.wordings, "pairs": 48, "reports": 96}
    run.learner.train()
    for i in range(steps):
        rows = order[i * args.batch:(i + 1) * args.batch]
        loss, parts = step_loss(run.learner, corpus, rows, rng, run.weights, sizes)
        run.update(loss, run.epoch * steps + i, args.ema)
        for k, v in parts.items():
            totals[k] = totals.get(k, 0.0) + v / steps
    result, _ = select_figures(run.average, corpus, args.data)
    score = selection_score(result)
    if score > run.best:
        run.best = score
        torch.save({"average": run.average.state_dict(), "epoch": run.epoch, "fold9": result},
                   OUT / f"{args.run}-best.pt")
    line = {"epoch": run.epoch, "seconds": round(time.time() - began), "loss": totals} | result
    print(json.dumps(rounded(line)), flush=True)


def rounded(values):
    """Floats of a nested dict to four digits."""
    return {k: rounded(v) if isinstance(v, dict) else round(v, 4) if isinstance(v, float) else v
            for k, v in values.items()}


def finish(args, corpus, average, weights):
    """The best epoch, its beat branch refined, exported."""
    best = torch.load(OUT / f"{args.run}-best.pt", weights_only=False)
    average.load_state_dict(best["average"])
    torch.manual_seed(args.seed)
    corpus.bank.random.seed(args.seed)
    refine(average, corpus, weights, args.seed)
    result, detail = select_figures(average, corpus, args.data)
    print(json.dumps({"best": best["epoch"], "fold9": result, "detail": detail}), flush=True)
    export_model(average.ecg, average.text, args.out, hashes=[r.sha256 for r in corpus.train],
                 seed=args.seed, fold9=result)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="folder with ptbxl.ecgpack, unpack.py and ptbxl/")
    parser.add_argument("--out", required=True, help="model folder to write")
    parser.add_argument("--run", default="resnet", help="checkpoint name; another name starts afresh")
    parser.add_argument("--epochs", type=int, default=32)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--decay", type=float, default=0.03)
    parser.add_argument("--ema", type=float, default=0.996)
    parser.add_argument("--wordings", type=int, default=2, help="texts a concept and step")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
