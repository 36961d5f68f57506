"""Trains the delineator on LUDB: one network a fold for its figures, and one on all records to ship.

    python models/delineator/train.py --data ../shared/data --out out/delineator

Writes `fold-K.pt`, `all.pt` and, for cross-validation, `held-out/RECORD.f32`: probabilities `[12, 4, n]` float32
of the record's leads by the network that did not see it. Seeded; a network that is there already is kept.
"""

import argparse
import copy
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from augment import Batches
from data import IGNORED, LEADS, NO_P, Lead, fold_of, load, load_weak
from model import STRIDE, Segmenter

FOLDS = 5
BATCH = 24
WEAK_BATCH = 6
"""Of sinus rhythm and of fibrillation each."""
WEAK_RECORDS = 400
RATE = 4e-3
AVERAGE = 0.998


def loss_of(logits: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """Cross-entropy; where only "no P wave" is known, of the other classes together."""
    known = torch.where(classes == NO_P, IGNORED, classes)
    others = torch.stack([logits[:, 0], logits[:, 2], logits[:, 3]], 1).logsumexp(1)
    no_p = (logits.logsumexp(1) - others)[classes == NO_P].sum()
    sum_known = functional.cross_entropy(logits, known, ignore_index=IGNORED, label_smoothing=0.02, reduction="sum")
    return (sum_known + no_p) / (classes != IGNORED).sum()


def train(leads: list[Lead], weak: tuple[list[Lead], ...], steps: int, seed: int) -> Segmenter:
    torch.manual_seed(seed)
    network = Segmenter()
    averaged = copy.deepcopy(network)
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, steps, pct_start=0.1)
    sources = [(Batches(leads, seed), BATCH)]
    sources += [(Batches(some, seed + 100 + number), WEAK_BATCH) for number, some in enumerate(weak)]
    started, total = time.monotonic(), 0.0
    for step in range(1, steps + 1):
        drawn = [batches.draw(count) for batches, count in sources]
        samples, classes = (torch.cat(parts) for parts in zip(*drawn))
        loss = loss_of(network(samples), classes)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        average(averaged, network, min(AVERAGE, step / (step + 10)))
        total += loss.item()
        if step % 200 == 0:
            print(f"  step {step} loss {total / 200:.4f} {time.monotonic() - started:.0f} s", flush=True)
            total = 0.0
    return averaged.eval()


@torch.no_grad()
def average(averaged: Segmenter, network: Segmenter, keep: float) -> None:
    for ours, theirs in zip(averaged.state_dict().values(), network.state_dict().values()):
        if ours.dtype.is_floating_point:
            ours.lerp_(theirs, 1 - keep)


@torch.no_grad()
def probabilities(network: Segmenter, leads: list[Lead]) -> np.ndarray:
    """`[leads, 4, n]` of one record's leads."""
    samples = torch.from_numpy(np.stack([lead.samples for lead in leads])).unsqueeze(1)
    count = samples.shape[-1]
    padded = functional.pad(samples, (0, -count % STRIDE))
    return network(padded).softmax(1)[..., :count].numpy()


def fit(path: Path, leads: list[Lead], weak: tuple[list[Lead], ...], steps: int, seed: int) -> Segmenter:
    if path.exists():
        network = Segmenter()
        network.load_state_dict(torch.load(path, weights_only=True))
        return network.eval()
    print(path.stem, len(leads), "leads", flush=True)
    network = train(leads, weak, steps, seed)
    torch.save(network.state_dict(), path)
    return network


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--weak", type=Path, help="what weak-marks.ts printed")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", help="fold-0 ... fold-4 or all")
    options = parser.parse_args()
    torch.set_num_threads(1)
    held_out = options.out / "held-out"
    held_out.mkdir(parents=True, exist_ok=True)
    leads = load(options.data / "ludb.tar.xz")
    weak = load_weak(options.weak, WEAK_RECORDS, options.seed) if options.weak else ()
    fold = fold_of(list({lead.record for lead in leads}), FOLDS, options.seed)
    for number in range(FOLDS):
        if options.only not in (None, f"fold-{number}"):
            continue
        seen = [lead for lead in leads if fold[lead.record] != number]
        network = fit(options.out / f"fold-{number}.pt", seen, weak, options.steps, options.seed + number)
        for record in sorted(record for record in fold if fold[record] == number):
            ours = [lead for lead in leads if lead.record == record]
            assert [lead.name for lead in ours] == list(LEADS)
            probabilities(network, ours).astype("<f4").tofile(held_out / f"{record}.f32")
    if options.only in (None, "all"):
        fit(options.out / "all.pt", leads, weak, options.steps, options.seed)


if __name__ == "__main__":
    main()
