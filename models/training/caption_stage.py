"""Third stage: the caption decoder alone, on fixed rhythm and token vectors of several views a record.

Half of its batches are reports without an ECG (an empty memory): the wording of reports, from all of folds
1-8, so that few recordings suffice for what is particular to them.
"""
import time

import numpy as np
import torch

from augment import augment, padded_spans
from decoder import caption_loss, padded
from objective import memory_of

VIEW_COUNT, BATCH = 3, 48


@torch.no_grad()
def _memories(learner, corpus, rows, rng):
    learner.eval()
    out = []
    for i in range(0, len(rows), 64):
        views = [augment(corpus.train[j], rng) for j in rows[i:i + 64]]
        x, mask, peaks = zip(*views)
        out.append(memory_of(learner.ecg.everything(torch.from_numpy(np.stack(x)), torch.from_numpy(np.stack(mask)),
                                                    torch.from_numpy(padded_spans(peaks)))))
    return torch.cat(out)


def refine_decoder(learner, corpus, seed, epochs=16, rate=8e-4):
    rng, began = np.random.default_rng([seed, 9]), time.time()
    rows = [i for i, language in enumerate(corpus.language) if language.caption]
    memories = torch.stack([_memories(learner, corpus, rows, rng) for _ in range(VIEW_COUNT)])
    learner.requires_grad_(False)
    decoder = learner.decoder.requires_grad_(True)
    steps = len(rows) // BATCH
    optimiser = torch.optim.AdamW(decoder.parameters(), rate, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps * epochs)
    decoder.train()
    for epoch in range(epochs):
        order, total = rng.permutation(len(rows)), 0.0
        for i in range(steps):
            chosen = order[i * BATCH:(i + 1) * BATCH]
            memory = memories[torch.from_numpy(rng.integers(0, VIEW_COUNT, BATCH)), torch.from_numpy(chosen)]
            loss = caption_loss(decoder, memory, padded([corpus.language[rows[j]].caption for j in chosen]))
            alone = [corpus.corpus_captions[j] for j in rng.integers(0, len(corpus.corpus_captions), BATCH // 2)]
            loss = loss + 0.3 * caption_loss(decoder, torch.zeros(len(alone), *memory.shape[1:]), padded(alone))
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(decoder.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += float(loss.detach()) / steps
        print(f"caption stage, epoch {epoch}: loss {total:.4f}, {time.time() - began:.0f} s", flush=True)
    learner.eval().requires_grad_(False)
