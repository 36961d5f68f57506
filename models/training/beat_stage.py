"""Second stage: teach the beat branch which beats of a recording are ectopic; everything else is frozen.

Multiple-instance learning alone lets every beat of a PVC recording look a little like a PVC. Here beats
of such recordings get their own targets from the signal: shape (correlation with the record's median
beat) and prematurity. Texts, trunk and rhythm vectors do not move, so rhythm figures stay as they were.
"""
import numpy as np
import torch

import losses
from augment import lead_mask, padded_spans
from data import LEADS, beat_spans

PVC_KEYS, PAC_KEYS = {"PVC", "BIGU", "TRIGU"}, {"PAC"}
ECTOPIC = {"PVC": PVC_KEYS, "PVC.any": PVC_KEYS, "PAC": PAC_KEYS, "PRC": PVC_KEYS | PAC_KEYS | {"PRC(S)"}}
HALF_BEAT = 12              # samples either side of R that are compared (120 ms)
DEVIANT, SAME = 0.75, 0.9   # correlation with the median beat
MAX_BEATS = 32


def beat_shapes(window, peaks):
    """Correlation of each beat's QRS (12 leads x 240 ms) with the record's median beat, [beats]."""
    padded = np.pad(window, ((0, 0), (HALF_BEAT, HALF_BEAT + 1)))
    cut = np.stack([padded[:, p:p + 2 * HALF_BEAT + 1].ravel() for p in peaks])
    template = np.median(cut, 0)
    norms = np.linalg.norm(cut, axis=1) * np.linalg.norm(template)
    return cut @ template / np.maximum(norms, 1e-9)


def premature(peaks):
    """A beat that ends a short RR: under 0.85 of the median, or under 0.8 of the RR that follows it."""
    rr = np.diff(peaks).astype(float)
    if rr.size < 3:
        return np.zeros(len(peaks), bool)
    before = np.concatenate([[np.median(rr)], rr])
    after = np.concatenate([rr, [np.median(rr)]])
    return (before < 0.85 * np.median(rr)) | (before < 0.8 * after)


def stated(record):
    """The SCP keys of a record; of a z-scored one without codes those of its form and rhythm labels."""
    if record.codes is not None:
        return set(record.codes)
    return {label.partition(":")[2] for label in record.labels if label.startswith(("form:", "rhythm:"))}


def either(first, second):
    """1 where one of two targets is 1, unsure (NaN) where one is unsure and the other not 1, else 0."""
    return torch.where((first == 1) | (second == 1), 1.0, torch.maximum(first, second))


def ectopic_targets(record, hidden=frozenset(), limit=MAX_BEATS):
    """(pvc, pac): one target a beat, 1, 0 or NaN (unknown; always where one of the codes is `hidden`)."""
    peaks = record.r_peaks[:limit]
    out = {}
    if len(peaks) == 0:
        return np.zeros(0, np.float32), np.zeros(0, np.float32)
    shape, early, given = beat_shapes(record.window, peaks), premature(peaks), stated(record)
    irregular = bool({"AFIB", "AFLT"} & (given - hidden))
    for name, keys in (("pvc", PVC_KEYS), ("pac", PAC_KEYS)):
        target = np.zeros(len(peaks), np.float32)
        if keys & given:
            hit = (shape < DEVIANT) if name == "pvc" else early & (shape >= DEVIANT)
            if name == "pvc" and not hit.any() and not irregular:
                hit = early
            sure = (shape > SAME) & (~early | irregular)
            target = np.where(hit, 1.0, np.where(sure & hit.any(), 0.0, np.nan)).astype(np.float32)
        out[name] = np.full_like(target, np.nan) if keys & hidden else target
    return out["pvc"], out["pac"]


class BeatViews:
    """Frozen trunk features of two views a record (all leads; some leads) with spans and beat targets."""

    def __init__(self, ecg, records, seed, hidden=frozenset()):
        rng, self.hidden = np.random.default_rng(seed), hidden
        self.rows = np.tile(np.arange(len(records)), 2)
        self.features, self.spans, self.pvc, self.pac = [], [], [], []
        for view in range(2):
            for i in range(0, len(records), 64):
                self._add(ecg, records[i:i + 64], view, rng)
        self.features = torch.cat(self.features)

    @torch.no_grad()
    def _add(self, ecg, part, view, rng):
        mask = np.stack([lead_mask(rng) if view else np.ones(len(LEADS), np.float32) for _ in part])
        x = torch.from_numpy(np.stack([r.window for r in part]) * mask[:, :, None])
        self.features.append(ecg.features(x, torch.from_numpy(mask)))
        for r in part:
            pvc, pac = ectopic_targets(r, self.hidden)
            self.spans.append(beat_spans(r.r_peaks + rng.integers(-2, 3, len(r.r_peaks)))[:MAX_BEATS])
            self.pvc.append(pvc)
            self.pac.append(pac)

    def batch(self, chosen):
        """-> features, spans [B,N,2], pvc and pac targets [B,N] (NaN in padding)."""
        spans = [self.spans[i] for i in chosen]
        count = max(1, max(map(len, spans)))
        arrays = [np.zeros((len(chosen), count, 2), np.float32),
                  np.full((len(chosen), count), np.nan, np.float32), np.full((len(chosen), count), np.nan, np.float32)]
        for row, i in enumerate(chosen):
            for array, values in zip(arrays, (self.spans[i], self.pvc[i], self.pac[i])):
                array[row, :len(values)] = values
        return self.features[chosen], *map(torch.from_numpy, arrays)


def refine(learner, corpus, weights, seed, epochs=5, batch=64, rate=1e-3):
    """Train beat_value, beat_score and beat_head in place; a held-out ectopy is never a target."""
    learner.eval().requires_grad_(False)
    hidden = corpus.hidden.codes if corpus.hidden else frozenset()
    ecg, views = learner.ecg, BeatViews(learner.ecg, corpus.train, seed, hidden)
    free = [*ecg.beat_value.parameters(), *ecg.beat_score.parameters(), *ecg.beat_head.parameters(), learner.beat_bias]
    for p in free:
        p.requires_grad_(True)
    optimiser = torch.optim.AdamW(free, lr=rate, weight_decay=0.02)
    rng, steps = np.random.default_rng(seed), len(views.rows) // batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps * epochs)
    for epoch in range(epochs):
        order, total = rng.permutation(len(views.rows)), 0.0
        ecg.beat_head.train()
        for i in range(steps):
            loss = _loss(learner, corpus, views, order[i * batch:(i + 1) * batch], weights)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
            total += float(loss.detach()) / steps
        print(f"beat stage, epoch {epoch}: loss {total:.4f}", flush=True)
    learner.eval().requires_grad_(False)


def _loss(learner, corpus, views, chosen, weights):
    """Beat by beat for ectopy, multiple instances for what every beat may show."""
    features, spans, pvc, pac = views.batch(chosen)
    target = torch.from_numpy(corpus.targets[views.rows[chosen]])
    texts, owner = corpus.bank.sample(1)
    owner = np.array(owner)
    ectopic = np.isin(owner, [i for i, k in enumerate(corpus.concept_keys) if k in ECTOPIC])
    with torch.no_grad():
        text = learner.text(corpus.embeddings[texts])
    beat = learner.ecg.beats(features, spans)
    present = (spans[..., 1] > spans[..., 0]).float()
    cosine, scale = beat @ text.T, learner.scales()[1]
    common = torch.from_numpy(np.flatnonzero(corpus.beat_concepts[owner] & ~ectopic))
    kind = torch.from_numpy(owner)[common]
    loss = losses.multilabel(losses.pool_beats(cosine[..., common], present), target[:, kind], scale,
                             learner.beat_bias[kind], weights[kind])
    for column in np.flatnonzero(ectopic):
        keys = ECTOPIC[corpus.concept_keys[owner[column]]]
        goal = pvc if keys == PVC_KEYS else pac if keys == PAC_KEYS else either(pvc, pac)
        loss = loss + 0.25 * losses.multilabel(cosine[..., column].reshape(-1, 1), goal.reshape(-1, 1), scale,
                                               learner.beat_bias[owner[column]], torch.tensor([6.0]))
    return loss
