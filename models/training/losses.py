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


def contrastive(ecg, text, codes, scale):
    """InfoNCE with soft targets: report pairs with the same codes are not negatives.

    ecg, text [B, D]; codes [B, C] 0/1. The target of a pair is the cube of the Jaccard overlap.
    """
    both = codes @ codes.T
    counts = codes.sum(1)
    either = counts[:, None] + counts[None, :] - both
    affinity = torch.where(either > 0, both / either.clamp_min(1), torch.zeros_like(both)) ** 3
    affinity.fill_diagonal_(1.0)
    target = affinity / affinity.sum(1, keepdim=True)
    logits = scale * ecg @ text.T
    return 0.5 * (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target))


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
    """Mean squared error over the rows whose target is known."""
    known = ~torch.isnan(target[:, 0])
    return F.mse_loss(predicted[known], target[known]) if known.any() else predicted.sum() * 0
