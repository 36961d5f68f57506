"""The training losses; every text vector and ECG vector has length 1, so a dot product is a cosine."""
import torch
from torch.nn import functional as F


def multilabel(cosine, target, scale, bias, positive_weight):
    """Weighted BCE of ECGs against statement texts, averaged a text first so that rare labels count.

    cosine, target [B, K] (target NaN = unknown); bias, positive_weight [K]; scale a scalar.
    """
    known = ~torch.isnan(target)
    target = torch.nan_to_num(target)
    weight = torch.where(target > 0.5, positive_weight, torch.ones_like(positive_weight)) * known
    loss = F.binary_cross_entropy_with_logits(scale * cosine + bias, target, reduction="none")
    return (loss * weight).sum() / weight.sum().clamp_min(1.0)


def pool_beats(cosine, present, sharpness=12.0):
    """Multiple instances: the best beats speak for the record. cosine [B,N,K], present [B,N] -> [B,K]."""
    masked = torch.where(present.unsqueeze(-1) > 0, cosine * sharpness, torch.full_like(cosine, -1e4))
    pooled = torch.logsumexp(masked, 1) - torch.log(present.sum(1).clamp_min(1.0)).unsqueeze(-1) * 0.5
    return pooled / sharpness


def agreement(beat, present, rhythm):
    """1 - cosine of the mean beat and the (fixed) rhythm vector; records without beats are left out."""
    mean = (beat * present.unsqueeze(-1)).sum(1)
    has = present.sum(1) > 0
    return (1 - F.cosine_similarity(mean[has], rhythm[has].detach(), dim=-1)).mean()


def known_regression(predicted, target):
    """Smooth L1 over the rows whose target is known."""
    known = ~torch.isnan(target[:, 0])
    return F.smooth_l1_loss(predicted[known], target[known]) if known.any() else predicted.sum() * 0


def soft_targets(codes):
    """Which reports mean the same: the cube of the Jaccard overlap of their columns, 1 on the diagonal; rows sum to 1."""
    both = codes @ codes.T
    counts = codes.sum(1)
    either = counts[:, None] + counts[None, :] - both
    affinity = torch.where(either > 0, both / either.clamp_min(1), torch.zeros_like(both)) ** 3
    affinity.fill_diagonal_(1.0)
    return affinity / affinity.sum(1, keepdim=True)


def soft_contrast(logits, target):
    """InfoNCE both ways with soft targets [B, B] (symmetric affinities, rows normalised)."""
    return 0.5 * (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target))


def local_alignment(parts, parts_there, cells, cells_there, sharpness=10.0):
    """Similarity of every text and every ECG from their parts (GLoRIA, Huang et al. 2021).

    parts [T, P, D] (sentences, words), cells [E, C, D] (beats, tokens), masks likewise: each part attends to
    the cells; the cosine of a part and what it attended to, averaged over a text's parts -> [T, E].
    """
    cosine = torch.einsum("tpd,ecd->tepc", parts, cells)
    weight = torch.softmax(cosine * sharpness + (~cells_there)[None, :, None, :] * -1e4, -1)
    context = torch.einsum("tepc,ecd->tepd", weight, cells)
    match = (weight * cosine).sum(-1) / torch.sqrt((context * context).sum(-1) + 1e-6)
    there = parts_there[:, None, :].to(match.dtype)
    return (match * there).sum(-1) / there.sum(-1).clamp_min(1.0)


def views_alignment(first, second, scale=10.0):
    """Two dropout views of one batch find each other (MERL's uni-modal alignment), InfoNCE both ways."""
    logits = scale * first @ second.T
    target = torch.arange(len(first))
    return 0.5 * (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target))
