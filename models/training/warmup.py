"""Self-supervised warm-up: masked reconstruction on every training recording, labels and text unused.

40 % of the cells of 32 samples are hidden in all leads, and leads are dropped as in training; the network
says what all twelve leads were in the hidden cells (He et al. 2022, masked autoencoders, with a
convolutional encoder). Its weights start the joint training.
"""
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from augment import augment
from model import LEAD_COUNT, MILLIVOLT_SCALE, TOKEN_CELL, EcgEncoder

HIDDEN_SHARE, LENGTH, RATE, BATCH = 0.4, 640, 1.5e-3, 32


class Reconstruction(nn.Module):
    def __init__(self, width=256):
        super().__init__()
        self.ecg = EcgEncoder()
        self.lift = nn.Sequential(nn.Linear(2 * width + 128, 512), nn.GELU(),
                                  nn.Linear(512, LEAD_COUNT * TOKEN_CELL))

    def forward(self, x, lead_mask):
        """[B, 12, n] with hidden cells set to 0 -> [B, n / 32, 12, 32]."""
        features = self.ecg.features(x, lead_mask)
        recorded = torch.ones(x.shape[0], 1, x.shape[-1] // 16, dtype=torch.bool)
        context = self.ecg.contextual(features, recorded)
        local = F.avg_pool1d(features, 4).transpose(1, 2)
        cells = torch.cat([context.reshape(context.shape[0], -1, 2 * context.shape[-1]), local], -1)
        return self.lift(cells).unflatten(-1, (LEAD_COUNT, TOKEN_CELL))


def step(model, records, rows, rng):
    views = [augment(records[i], rng, LENGTH) for i in rows]
    masked, mask, _ = zip(*views)
    mask = torch.from_numpy(np.stack(mask))
    # The target is the same view before leads were dropped as far as it is known: dropped leads are not asked.
    target = torch.from_numpy(np.stack(masked))
    cells = LENGTH // TOKEN_CELL
    hidden = torch.from_numpy(rng.random((len(rows), cells)) < HIDDEN_SHARE)
    shown = target * (~hidden).repeat_interleave(TOKEN_CELL, 1).unsqueeze(1)
    got = model(shown, mask)
    goal = (target * MILLIVOLT_SCALE).unflatten(-1, (cells, TOKEN_CELL)).permute(0, 2, 1, 3)
    asked = hidden[:, :, None, None] * mask[:, None, :, None]
    loss = F.smooth_l1_loss(got, goal, reduction="none", beta=0.5) * asked
    return loss.sum() / (asked.sum() * TOKEN_CELL).clamp_min(1.0)


def warm_up(records, file, seed, epochs):
    """Trains and saves the encoder's weights in `file`; goes on where an earlier call stopped."""
    torch.manual_seed(seed)
    model = Reconstruction()
    steps = len(records) // BATCH
    optimiser = torch.optim.AdamW(model.parameters(), RATE, weight_decay=0.03)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps * epochs, pct_start=0.1)
    first, parts = 0, {"model": model, "optimiser": optimiser, "schedule": schedule}
    if file.exists():
        state = torch.load(file, weights_only=False)
        first = state["epoch"] + 1
        for name, part in parts.items():
            part.load_state_dict(state[name])
    for epoch in range(first, epochs):
        began, total = time.time(), 0.0
        torch.manual_seed(seed * 1000 + epoch)
        rng = np.random.default_rng([seed, 77, epoch])
        order = rng.permutation(len(records))
        for i in range(steps):
            loss = step(model, records, order[i * BATCH:(i + 1) * BATCH], rng)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 2.0)
            optimiser.step()
            schedule.step()
            total += float(loss.detach()) / steps
        torch.save({n: p.state_dict() for n, p in parts.items()} | {"epoch": epoch}, file)
        print(f"warm-up, epoch {epoch}: loss {total:.4f}, {time.time() - began:.0f} s", flush=True)
    return model.ecg.state_dict()
