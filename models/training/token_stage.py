"""Fourth stage: teach the token head which time cells an ectopic beat fills; everything else is frozen.

The token head reads the context of the whole window beside what is local, and multiple-instance learning is
content with any cell: without this stage the best cell for "premature ventricular complex" lay on such a beat
less often than chance. Cells take the targets of the beats in them (beat_stage.py); what holds of the whole
recording keeps its multiple-instance loss. Rhythm and beat vectors do not move.
"""
import numpy as np
import torch

import losses
from augment import lead_mask
from beat_stage import ECTOPIC, PVC_KEYS, ectopic_targets, either
from model import LEAD_COUNT, RHYTHM_CELL, TOKEN_CELL, WINDOW

CELLS = -(-WINDOW // TOKEN_CELL)
BEFORE, AFTER = 10, 30          # samples around R that make a beat's cells
CELL_SHARE = 0.5


def cell_targets(beats, peaks):
    """Targets of beats (1, 0, NaN; of the first `len(beats)` peaks) -> targets of the 32 cells."""
    out = np.zeros(CELLS, np.float32)
    if np.isnan(beats).any() and not (beats == 1).any():
        return np.full(CELLS, np.nan, np.float32)
    for wanted in (0.0, np.nan, 1.0):                       # a sure ectopic beat wins a shared cell
        for beat, peak in zip(beats, peaks):
            if beat == wanted or (np.isnan(beat) and np.isnan(wanted)):
                first, last = max(peak - BEFORE, 0) // TOKEN_CELL, min(peak + AFTER, WINDOW - 1) // TOKEN_CELL
                out[first:last + 1] = beat
    return out


class CellViews:
    """Frozen trunk and context cells of two views a record (all leads; some leads) with targets of cells."""

    def __init__(self, ecg, records, seed, hidden):
        rng = np.random.default_rng([seed, 4])
        self.rows = np.tile(np.arange(len(records)), 2)
        features, context, recorded = [], [], []
        for view in range(2):
            for i in range(0, len(records), 64):
                part = records[i:i + 64]
                mask = np.stack([lead_mask(rng) if view else np.ones(LEAD_COUNT, np.float32) for _ in part])
                for kept, made in zip((features, context, recorded), self._cells(ecg, part, mask)):
                    kept.append(made)
        self.features, self.context, self.recorded = map(torch.cat, (features, context, recorded))
        targets = [ectopic_targets(r, hidden) for r in records]
        self.pvc, self.pac = (torch.from_numpy(np.stack([cell_targets(t[k], r.r_peaks) for t, r in zip(targets, records)]))
                              for k in (0, 1))

    @staticmethod
    @torch.no_grad()
    def _cells(ecg, part, mask):
        x = torch.from_numpy(np.stack([r.window for r in part]) * mask[:, :, None])
        x = torch.nn.functional.pad(x, (0, -x.shape[-1] % TOKEN_CELL))
        recorded = torch.nn.functional.max_pool1d(x.abs().amax(1, keepdim=True), RHYTHM_CELL, RHYTHM_CELL) > 1e-6
        features = ecg.features(x, torch.from_numpy(mask))
        return features, ecg.contextual(features, recorded), recorded


def refine_tokens(learner, corpus, weights, seed, epochs=4, batch=64, rate=1e-3):
    """Train token_head in place."""
    learner.eval().requires_grad_(False)
    ecg = learner.ecg
    views = CellViews(ecg, corpus.train, seed, corpus.hidden.codes if corpus.hidden else frozenset())
    free = [*ecg.token_head.parameters(), learner.token_bias]
    for p in free:
        p.requires_grad_(True)
    optimiser = torch.optim.AdamW(free, lr=rate, weight_decay=0.02)
    rng, steps = np.random.default_rng([seed, 6]), len(views.rows) // batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps * epochs)
    for epoch in range(epochs):
        order, total = rng.permutation(len(views.rows)), 0.0
        ecg.token_head.train()
        for i in range(steps):
            loss = _loss(learner, corpus, views, torch.from_numpy(order[i * batch:(i + 1) * batch]), weights)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
            total += float(loss.detach()) / steps
        print(f"token stage, epoch {epoch}: loss {total:.4f}", flush=True)
    learner.eval().requires_grad_(False)


def _loss(learner, corpus, views, chosen, weights):
    """Cell by cell for ectopy, multiple instances for the rest."""
    rows = views.rows[chosen.numpy()]
    target = torch.from_numpy(corpus.targets[rows])
    texts, owner = corpus.bank.sample(1)
    owner = np.array(owner)
    ectopic = np.isin(owner, [i for i, k in enumerate(corpus.concept_keys) if k in ECTOPIC])
    with torch.no_grad():
        text = learner.text(corpus.embeddings[texts])
    token = learner.ecg.tokens(views.features[chosen], views.context[chosen], views.recorded[chosen])
    there = (token.detach().abs().amax(-1) > 0).float()
    cosine, scale = token @ text.T, learner.scales()[4]
    common = torch.from_numpy(np.flatnonzero(~ectopic))
    kind = torch.from_numpy(owner)[common]
    loss = losses.multilabel(losses.pool_beats(cosine[..., common], there), target[:, kind], scale,
                             learner.token_bias[kind], weights[kind])
    pvc, pac = views.pvc[rows], views.pac[rows]
    for column in np.flatnonzero(ectopic):
        keys = ECTOPIC[corpus.concept_keys[owner[column]]]
        goal = pvc if keys == PVC_KEYS else pac if len(keys) == 1 else either(pvc, pac)
        goal = torch.where(there > 0, goal, torch.nan)
        loss = loss + CELL_SHARE * losses.multilabel(cosine[..., column].reshape(-1, 1), goal.reshape(-1, 1), scale,
                                                     learner.token_bias[owner[column]], torch.tensor([12.0]))
    return loss
