"""What is learned (`Learner`) and the whole objective on one batch (`step_loss`)."""
import torch
from torch import nn

import losses
from corpus import batch_arrays, pair_targets
from model import DIM, EcgEncoder, TextProjection

SHARE = {"rhythm": 1.0, "beat": 0.5, "text": 0.3, "contrast": 0.1, "agree": 0.1, "timing": 0.15}
EMBEDDING_NOISE = 0.01      # on the frozen sentence embedding, so that near wordings count alike
PAIR_BIAS, PAIR_WEIGHT = -1.0, 3.0


class Learner(nn.Module):
    """Everything with weights: both sides, temperatures and one training-only bias a concept."""

    def __init__(self, prior):
        super().__init__()
        self.ecg, self.text = EcgEncoder(), TextProjection()
        logit = torch.log(prior / (1 - prior))
        self.bias = nn.Parameter(logit.clone())
        self.beat_bias = nn.Parameter(logit.clone())
        self.text_bias = nn.Parameter(logit.clone())
        self.timing = nn.Linear(DIM, 2)
        self.log_scales = nn.Parameter(torch.log(torch.tensor([10.0, 10.0, 10.0, 12.0])))

    def scales(self):
        """rhythm, beat, text-text, contrastive."""
        return self.log_scales.clamp(0.7, 3.9).exp()


def step_loss(learner, corpus, rows, rng, weights, sizes):
    """The whole objective on one batch; returns the loss and its parts.

    rows: record indices; weights [concepts]: of a positive; sizes: wordings a concept, pairs, reports.
    """
    x, mask, spans, reports, timing = batch_arrays(corpus, rows, rng)
    target = torch.from_numpy(corpus.targets[rows])
    bank, owners = corpus.bank.sample(sizes["wordings"])
    pairs = corpus.bank.sample_pairs(sizes["pairs"])
    owner = torch.tensor(owners)
    chosen = torch.from_numpy(rng.choice(len(corpus.reports), sizes["reports"], replace=False))
    texts = [torch.tensor(bank), torch.tensor([p[0] for p in pairs]), reports, corpus.report_texts[chosen]]
    statement, pair, report, corpus_text = project(learner, corpus, texts)
    rhythm, beat, _ = learner.ecg(x, mask, spans)
    present = (spans[..., 1] > spans[..., 0]).float()
    scale = learner.scales()
    parts = {
        "rhythm": rhythm_loss(learner, rhythm, (statement, owner), (pair, pairs), target, weights),
        "beat": beat_loss(learner, beat, present, (statement, owner), target, weights, corpus.beat_concepts),
        "text": losses.multilabel(corpus_text @ statement.T, corpus.report_targets[chosen][:, owner],
                                  scale[2], learner.text_bias[owner], weights[owner]),
        "contrast": losses.contrastive(rhythm, report, torch.from_numpy(corpus.codes[rows]), scale[3]),
        "agree": losses.agreement(beat, present, rhythm),
        "timing": losses.known_regression(learner.timing(rhythm), timing),
    }
    return sum(SHARE[k] * v for k, v in parts.items()), {k: float(v.detach()) for k, v in parts.items()}


def project(learner, corpus, texts):
    """Lists of text indices -> their projected vectors, in one pass."""
    order = torch.cat(texts)
    noise = EMBEDDING_NOISE * torch.randn(order.numel(), corpus.embeddings.shape[1])
    return learner.text(corpus.embeddings[order] + noise).split([len(t) for t in texts])


def rhythm_loss(learner, rhythm, statements, joined, target, weights):
    """Rhythm vectors against statement texts and phrases that join two statements."""
    (statement, owner), (pair, pairs) = statements, joined
    first, second = [p[1] for p in pairs], [p[2] for p in pairs]
    pair_bias = torch.minimum(learner.bias[first], learner.bias[second]) + PAIR_BIAS
    goal = torch.cat([target[:, owner], pair_targets(target, pairs)], 1)
    weight = torch.cat([weights[owner], torch.full((len(pairs),), PAIR_WEIGHT)])
    return losses.multilabel(rhythm @ torch.cat([statement, pair]).T, goal, learner.scales()[0],
                             torch.cat([learner.bias[owner], pair_bias]), weight)


def beat_loss(learner, beat, present, statements, target, weights, beat_concepts):
    """Multiple instances: a record's beats against the statements that one beat can show."""
    statement, owner = statements
    seen = torch.from_numpy(beat_concepts)[owner]
    has = present.sum(1) > 0
    cosine = losses.pool_beats(beat @ statement[seen].T, present)
    return losses.multilabel(cosine[has], target[:, owner[seen]][has], learner.scales()[1],
                             learner.beat_bias[owner[seen]], weights[owner[seen]])
