"""The training set in memory: records, targets, wordings and their sentence embeddings, and batches of it."""
from pathlib import Path

import numpy as np
import torch

import evaluate
from augment import augment, padded_spans
from data import FOLD_SELECT, RATE_HZ, load_records, text_corpus
from text_export import TextEncoder, embed_cached
from texts import Labeller, TextBank, clean_report, load_concepts, report_sentences

OUT = Path(__file__).parent / "out"


class Corpus:
    """Training arrays: records, their targets, the text bank and every text's sentence embedding."""

    def __init__(self, data_folder, model_folder, seed):
        concepts = load_concepts()
        labeller = Labeller(data_folder, concepts)
        records = load_records(data_folder, OUT / "records.npz")
        self.train = [r for r in records if r.fold != FOLD_SELECT]
        self.select = [r for r in records if r.fold == FOLD_SELECT]
        self.targets = np.stack([labeller(r.codes, r.row) for r in self.train])
        self.bank = TextBank(concepts, self.targets, seed)
        self.concept_keys = [c.key for c in concepts]
        self.beat_concepts = np.array([c.beat for c in concepts])
        keys = sorted({k for r in self.train for k in r.codes})
        self.codes = np.array([[float(k in r.codes) for k in keys] for r in self.train], np.float32)
        self.draw = self._draw_share()
        self.pieces = [self._pieces(r.report) for r in self.train]
        self.reports = [(self.bank.add(clean_report(t)), labeller(c)) for t, c in text_corpus(data_folder)
                        if clean_report(t)]
        self.select_texts = {t: self.bank.add(t) for t in evaluate.all_texts(data_folder)}
        encoder = TextEncoder(model_folder)
        self.embeddings = torch.from_numpy(embed_cached(encoder, self.bank.texts, OUT / "text-embeddings.npz"))
        self.report_texts = torch.tensor([t for t, _ in self.reports])
        self.report_targets = torch.from_numpy(np.stack([y for _, y in self.reports]))

    def _draw_share(self):
        """How often a record is drawn: up to 3 times as often where it carries a rare statement."""
        rarity = np.sqrt(0.1 / self.codes.mean(0))
        share = np.clip((self.codes * rarity).max(1), 0.7, 2.1)
        return share / share.sum()

    def _pieces(self, report):
        """Text indices: the whole report first, then its sentences."""
        whole = clean_report(report) or "ecg"
        return [self.bank.add(t) for t in [whole, *report_sentences(report)]]


def batch_arrays(corpus, rows, rng):
    views = [augment(corpus.train[i], rng) for i in rows]
    x, mask, peaks = zip(*views)
    reports = [corpus.pieces[i][0 if rng.random() < 0.6 else rng.integers(len(corpus.pieces[i]))] for i in rows]
    return (torch.from_numpy(np.stack(x)), torch.from_numpy(np.stack(mask)),
            torch.from_numpy(padded_spans(peaks)), torch.tensor(reports),
            torch.tensor([timing_target(p) for p in peaks]))


def timing_target(peaks):
    """Heart rate and RR irregularity, both roughly standardised; NaN with fewer than four beats."""
    if peaks.size < 4:
        return [float("nan")] * 2
    rr = np.diff(peaks) / RATE_HZ
    rate = np.clip((60 / np.median(rr) - 75) / 25, -3, 3)
    return [float(rate), float((np.log10(rr.std() / rr.mean() + 0.01) + 1.5) / 0.5)]


def pair_targets(targets, pairs):
    """Both parts must hold: the smaller of two targets, [B, pairs]."""
    a, b = targets[:, [p[1] for p in pairs]], targets[:, [p[2] for p in pairs]]
    return torch.where(torch.isnan(a) | torch.isnan(b), torch.nan, torch.minimum(a, b))
