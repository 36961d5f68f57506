"""What is learned (`Learner`) and the whole objective on one batch (`step_loss`)."""
import numpy as np
import torch
from torch import nn

import losses
from corpus import batch_arrays, pair_targets
from decoder import CaptionDecoder, caption_loss
from model import DIM, LEAD_COUNT, MEDIAN_BEAT_SAMPLES, EcgEncoder, TextProjection, unit

SHARE = {"rhythm": 1.0, "beat": 0.4, "token": 0.3, "text": 0.3, "contrast": 0.1, "views": 0.05, "words": 0.1,
         "sentences": 0.1, "caption": 0.15, "agree": 0.05, "timing": 0.2, "shape": 0.3}
EMBEDDING_NOISE = 0.01      # on the fixed sentence embedding, so that near wordings count alike
PAIR_BIAS, PAIR_WEIGHT = -1.0, 3.0
CAPTION_EVERY = 2           # steps


class Learner(nn.Module):
    """Everything with weights: both sides, decoder, temperatures and one training-only bias a concept."""

    def __init__(self, prior, caption_token_count):
        super().__init__()
        self.ecg, self.text = EcgEncoder(), TextProjection()
        self.decoder = CaptionDecoder(caption_token_count)
        logit = torch.log(prior / (1 - prior))
        self.bias = nn.Parameter(logit.clone())
        self.beat_bias = nn.Parameter(logit.clone())
        self.token_bias = nn.Parameter(logit.clone())
        self.text_bias = nn.Parameter(logit.clone())
        self.timing = nn.Linear(DIM, 2)
        self.shape = nn.Linear(256, LEAD_COUNT * MEDIAN_BEAT_SAMPLES)
        self.log_scales = nn.Parameter(torch.log(torch.tensor([10.0, 10.0, 10.0, 12.0, 10.0, 10.0, 10.0])))

    def scales(self):
        """rhythm, beat, text-text, contrastive, token, words, sentences."""
        return self.log_scales.clamp(0.7, 3.9).exp()


def step_loss(learner, corpus, rows, rng, weights, options):
    """The whole objective on one batch; returns the loss and its parts.

    rows: record indices; weights [concepts]: of a positive; options: length, wordings, pairs, reports,
    without (names of losses left out), caption (whether this step has one).
    """
    batch = batch_arrays(corpus, rows, rng, options["length"])
    target = torch.from_numpy(corpus.targets[rows])
    statements, chosen, pairs = _bank(corpus, rng, options)
    owner = torch.tensor(statements[1])
    with_report = batch["report"] >= 0
    texts = [torch.tensor(statements[0]), torch.tensor([p[0] for p in pairs], dtype=torch.long),
             batch["report"][with_report], corpus.report_texts[chosen], batch["statements"][batch["statements"] >= 0]]
    statement, pair, report, corpus_text, said = project(learner, corpus, texts)
    out = learner.ecg.everything(batch["ecg"], batch["mask"], batch["spans"])
    out["beats_there"] = batch["spans"][..., 1] > batch["spans"][..., 0]
    out["tokens_there"] = out["token"].detach().abs().amax(-1) > 0
    scale, bank = learner.scales(), (statement, owner)
    same = losses.soft_targets(torch.from_numpy(corpus.affinity_sets[rows])[with_report])
    wanted = {
        "rhythm": lambda: rhythm_loss(learner, out["rhythm"], bank, (pair, pairs), target, weights),
        "beat": lambda: part_loss(learner, (out["beat"], out["beats_there"]), bank, target, weights,
                                  (corpus.beat_concepts, scale[1], learner.beat_bias)),
        "token": lambda: part_loss(learner, (out["token"], out["tokens_there"]), bank, target, weights,
                                   (np.ones(len(weights), bool), scale[4], learner.token_bias)),
        "text": lambda: losses.multilabel(corpus_text @ statement.T, corpus.report_targets[chosen][:, owner], scale[2],
                                          learner.text_bias[owner], weights[owner]),
        "contrast": lambda: losses.soft_contrast(scale[3] * out["rhythm"][with_report] @ report.T, same),
        "views": lambda: losses.views_alignment(out["rhythm"], unit(learner.ecg.rhythm_head(learner.ecg.drop(out["pooled"])))),
        "words": lambda: words_loss(learner, corpus, batch, out, rows),
        "sentences": lambda: sentences_loss(learner, corpus, batch, out, said, rows),
        "caption": lambda: report_loss(learner, batch, out) * CAPTION_EVERY,
        "agree": lambda: losses.agreement(out["beat"], out["beats_there"].float(), out["rhythm"]),
        "timing": lambda: losses.known_regression(learner.timing(out["rhythm"]), batch["timing"]),
        "shape": lambda: losses.known_regression(learner.shape(out["pooled"]), corpus.beats[rows]),
    }
    skipped = set(options["without"]) | (set() if options["caption"] else {"caption"})
    parts = {k: f() for k, f in wanted.items() if k not in skipped}
    return sum(SHARE[k] * v for k, v in parts.items()), {k: float(v.detach()) for k, v in parts.items()}


def _bank(corpus, rng, options):
    statements = corpus.bank.sample(options["wordings"])
    chosen = torch.from_numpy(rng.choice(len(corpus.report_texts), options["reports"], replace=False))
    return statements, chosen, corpus.bank.sample_pairs(options["pairs"])


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


def part_loss(learner, parts, statements, target, weights, how):
    """Multiple instances: a record's beats or tokens against the statements that they can show."""
    (vectors, there), (statement, owner), (concepts, scale, bias) = parts, statements, how
    seen = torch.from_numpy(concepts)[owner]
    has = there.any(1)
    cosine = losses.pool_beats(vectors @ statement[seen].T, there.float())
    return losses.multilabel(cosine[has], target[:, owner[seen]][has], scale, bias[owner[seen]], weights[owner[seen]])


def words_loss(learner, corpus, batch, out, rows):
    """The words of reports find their recordings through the tokens."""
    has = batch["words"] >= 0
    if has.sum() < 2:
        return out["token"].sum() * 0
    vectors, there = corpus.words[batch["words"][has]].float(), corpus.word_mask[batch["words"][has]]
    width = int(there.sum(1).max())
    words = learner.text(vectors[:, :width].reshape(-1, vectors.shape[-1])).unflatten(0, (-1, width))
    logits = losses.local_alignment(words, there[:, :width], out["token"][has], out["tokens_there"][has])
    return losses.soft_contrast(learner.scales()[5] * logits, _same(corpus, rows, has))


def sentences_loss(learner, corpus, batch, out, said, rows):
    """The sentences of reports find their recordings through the beats."""
    there = batch["statements"] >= 0
    vectors = torch.zeros(*there.shape, DIM).masked_scatter(there.unsqueeze(-1), said)
    has = there.any(1) & out["beats_there"].any(1)
    if has.sum() < 2:
        return out["beat"].sum() * 0
    logits = losses.local_alignment(vectors[has], there[has], out["beat"][has], out["beats_there"][has])
    return losses.soft_contrast(learner.scales()[6] * logits, _same(corpus, rows, has))


def _same(corpus, rows, has):
    return losses.soft_targets(torch.from_numpy(corpus.affinity_sets[rows])[has])


def memory_of(out):
    """What the decoder reads: rhythm vector first, then the tokens; a shorter window leaves zeros."""
    memory = torch.cat([out["rhythm"].unsqueeze(1), out["token"]], 1)
    return nn.functional.pad(memory, (0, 0, 0, 33 - memory.shape[1]))


def report_loss(learner, batch, out):
    has = batch["caption"][:, 0] > 0
    if not has.any():
        return out["token"].sum() * 0
    return caption_loss(learner.decoder, memory_of(out)[has], batch["caption"][has])
