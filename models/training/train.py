"""Train pqr-small on PTB-XL folds 1-8, choose the epoch on fold 9, export the model folder.

    python models/training/train.py --data ../shared/data --out models/pqr-small

Stages: text fine-tuning, self-supervised warm-up, joint training, beat branch, token head, caption decoder,
export.
Resumable: each stage leaves its weights in models/training/out/; the same command goes on. `--hold-out`,
`--language reports` and `--without` make the comparison models of the model card.
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
from caption_stage import refine_decoder
from corpus import OUT, Corpus
from data import LEADS
from export import export_model
from objective import CAPTION_EVERY, SHARE, Learner, step_loss
from token_stage import refine_tokens
from warmup import warm_up

SHORT, FULL = 640, 1000     # samples of a training window


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
def select_figures(learner, corpus, data_folder, keep=None):
    """Fold-9 figures; the vectors they rest on are saved in `keep` (ablations.py compares them)."""
    rhythm, beats = embed_select(learner, corpus)
    texts = list(corpus.select_texts)
    vectors = learner.text(corpus.embeddings[[corpus.select_texts[t] for t in texts]]).numpy()
    if keep is not None:
        np.savez(keep, rhythm=rhythm, texts=np.array(texts), vectors=vectors)
    text_of = dict(zip(texts, vectors)).__getitem__
    result, detail = evaluate.figures(data_folder, corpus.select, rhythm, text_of, corpus.hidden)
    for name, text, codes in evaluate.ECTOPIC:
        hits, n, chance = evaluate.ectopic_beats(corpus.select, beats, text_of(text), codes)
        result[name] = {"hits": hits, "records": n, "chance": round(chance, 3)}
    return result, detail


def selection_score(result):
    return result["macroAuroc"] + 0.1 * result["precisionAt10"] + 0.1 * result["precisionAt10HeldOutPhrases"]


class Run:
    """Weights, their running average, optimiser and schedule; saved after every epoch."""

    def __init__(self, args, corpus):
        prior = torch.tensor(np.nanmean(corpus.targets, 0)).nan_to_num(0.002).clamp(0.002, 0.9)
        self.weights = torch.sqrt((1 - prior) / prior).clamp(1.0, 8.0)
        self.learner = Learner(prior, len(corpus.vocabulary.tokens))
        if "warmup" not in args.without:
            self.learner.ecg.load_state_dict(warm_up(corpus.train, OUT / f"warmup-{args.warm_seed}.pt",
                                                     args.warm_seed, args.warm_epochs))
        self.average = copy.deepcopy(self.learner).eval().requires_grad_(False)
        groups = [{"params": [p for p in self.learner.parameters() if p.ndim > 1], "weight_decay": args.decay},
                  {"params": [p for p in self.learner.parameters() if p.ndim <= 1], "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(groups, lr=args.rate)
        total = self.steps(args, corpus) * args.epochs
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(self.optimiser, args.rate, total_steps=total,
                                                            pct_start=0.12, final_div_factor=100)
        self.epoch, self.best = 0, -1.0
        self.file = OUT / f"{args.run}.pt"
        if self.file.exists():
            self._resume(torch.load(self.file, weights_only=False))

    @staticmethod
    def steps(args, corpus):
        return len(corpus.train) // args.batch

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
    corpus = Corpus(args.data, args)
    run = Run(args, corpus)
    print(f"{sum(p.numel() for p in run.learner.ecg.parameters())} ECG weights, {len(corpus.train)} records, "
          f"{len(corpus.concept_keys)} concepts, {len(corpus.bank.texts)} texts, "
          f"{len(corpus.vocabulary.tokens)} caption pieces", flush=True)
    for run.epoch in range(run.epoch, args.epochs):
        run_epoch(args, corpus, run)
        run.save()
    finish(args, corpus, run)


def run_epoch(args, corpus, run):
    """As many draws as there are records, then a look at fold 9 with the averaged weights."""
    began, totals, counts = time.time(), {}, {}
    torch.manual_seed(args.seed * 1000 + run.epoch)
    rng = np.random.default_rng([args.seed, run.epoch])
    corpus.bank.random.seed(args.seed * 1000 + run.epoch)
    order = rng.choice(len(corpus.train), len(corpus.train), p=corpus.draw)
    steps = run.steps(args, corpus)
    options = {"wordings": args.wordings, "pairs": 48, "reports": 96, "without": args.without}
    run.learner.train()
    for i in range(steps):
        late = run.epoch >= args.epochs * args.short_share
        options |= {"length": FULL if late else SHORT, "caption": i % CAPTION_EVERY == 0}
        rows = order[i * args.batch:(i + 1) * args.batch]
        loss, parts = step_loss(run.learner, corpus, rows, rng, run.weights, options)
        run.update(loss, run.epoch * steps + i, args.ema)
        for k, v in parts.items():
            totals[k], counts[k] = totals.get(k, 0.0) + v, counts.get(k, 0) + 1
    result, _ = select_figures(run.average, corpus, args.data)
    score = selection_score(result)
    if score > run.best:
        run.best = score
        torch.save({"average": run.average.state_dict(), "epoch": run.epoch, "fold9": result},
                   OUT / f"{args.run}-best.pt")
    line = {"epoch": run.epoch, "seconds": round(time.time() - began),
            "loss": {k: v / counts[k] for k, v in totals.items()}} | result
    print(json.dumps(rounded(line)), flush=True)


def rounded(values):
    """Floats of a nested dict to four digits."""
    return {k: rounded(v) if isinstance(v, dict) else round(v, 4) if isinstance(v, float) else v
            for k, v in values.items()}


def finish(args, corpus, run):
    """The best epoch; its beat branch and its decoder refined; figures; the folder, where one is wanted."""
    best = torch.load(OUT / f"{args.run}-best.pt", weights_only=False)
    average = run.average
    average.load_state_dict(best["average"])
    torch.manual_seed(args.seed)
    corpus.bank.random.seed(args.seed)
    if "beats" not in args.without and args.language == "codes":
        refine(average, corpus, run.weights, args.seed)
        refine_tokens(average, corpus, run.weights, args.seed)
    if "caption" not in args.without and args.out:
        refine_decoder(average, corpus, args.seed)
    result, detail = select_figures(average, corpus, args.data, OUT / f"{args.run}-fold9.npz")
    summary = {"run": args.run, "best": best["epoch"], "fold9": result, "detail": detail}
    (OUT / f"{args.run}-summary.json").write_text(json.dumps(summary) + "\n")
    print(json.dumps(summary), flush=True)
    torch.save({"learner": average.state_dict(), "bert": corpus.bert.state_dict(),
                "captionPieces": corpus.vocabulary.tokens}, OUT / f"{args.run}-final.pt")
    if args.out:
        export_model(average, corpus, args, result)


def untrained(args):
    """The model as it is before any training, for the baseline of random weights."""
    torch.manual_seed(args.seed)
    corpus = Corpus(args.data, args)
    export_model(Learner(torch.full((len(corpus.concept_keys),), 0.1), len(corpus.vocabulary.tokens)), corpus, args, {})


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder with ptbxl.ecgpack, unpack.py and ptbxl/")
    parser.add_argument("--out", help="model folder to write; none is written where not given")
    parser.add_argument("--name", default="pqr-small", help="the model's name in its manifest")
    parser.add_argument("--run", default="small", help="checkpoint name; another name starts afresh")
    parser.add_argument("--epochs", type=int, default=24, help="0 writes the model untrained")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1.2e-3)
    parser.add_argument("--decay", type=float, default=0.05)
    parser.add_argument("--ema", type=float, default=0.997)
    parser.add_argument("--wordings", type=int, default=2, help="texts a concept and step")
    parser.add_argument("--short-share", type=float, default=0.7, help="share of epochs on windows of 6.4 s")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--warm-seed", type=int, default=7)
    parser.add_argument("--warm-epochs", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--hold-out", action="store_true", help="leave out the concepts of held_out.json")
    parser.add_argument("--language", choices=("codes", "reports"), default="codes",
                        help="reports: no text and no target made from codes")
    parser.add_argument("--text", choices=("tuned", "frozen"), default="tuned")
    parser.add_argument("--text-steps", type=int, default=300, help="steps of text fine-tuning")
    parser.add_argument("--no-scaled", dest="scaled", action="store_false", help="without the z-scored records")
    parser.add_argument("--without", nargs="*", default=[], choices=[*SHARE, "warmup", "beats"],
                        help="losses and stages to leave out")
    return parser.parse_args()


if __name__ == "__main__":
    arguments = parse_arguments()
    train(arguments) if arguments.epochs else untrained(arguments)
