"""Reference numbers for src/evaluate/metrics.ts from scikit-learn 1.9: python test/reference/metrics.py

F1, its threshold and the accuracy are computed as MERL's evaluation does (utils/zeroshot_val.py of its repository):
the first maximum over precision_recall_curve, accuracy strictly above that threshold.
"""
import json
import math
import warnings
from pathlib import Path

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import accuracy_score, average_precision_score, precision_recall_curve, roc_auc_score

warnings.filterwarnings("ignore", category=UndefinedMetricWarning)
warnings.filterwarnings("ignore", message="No positive class found")
rng = np.random.default_rng(7)


def reference(scores, labels):
    precision, recall, thresholds = precision_recall_curve(labels, scores)
    both = recall + precision
    f1 = np.divide(2 * recall * precision, both, out=np.zeros_like(both), where=both != 0)
    threshold = thresholds[np.argmax(f1)]
    auroc = roc_auc_score(labels, scores)
    return {
        "scores": scores.tolist(),
        "labels": labels.tolist(),
        "auroc": None if math.isnan(auroc) else auroc,
        "averagePrecision": average_precision_score(labels, scores),
        "f1": f1.max(),
        "threshold": threshold,
        "accuracy": accuracy_score(labels, scores > threshold),
    }


cases = []
for n, decimals in ((20, 3), (200, 1), (1000, 2), (50, 0)):
    labels = (rng.random(n) < 0.3).astype(int)
    labels[0], labels[1] = 0, 1
    cases.append(reference(np.round(rng.normal(size=n) + labels, decimals), labels))
for n, decimals, share in ((300, 2, 0.01), (300, 6, 0.95), (64, 0, 0.5)):  # rare, common, mostly tied
    labels = (rng.random(n) < share).astype(int)
    labels[0], labels[1] = 0, 1
    cases.append(reference(np.round(0.2 * rng.normal(size=n) + 0.1 * labels, decimals), labels))
for label in (0, 1):  # single class
    cases.append(reference(np.round(rng.normal(size=30), 1), np.full(30, label)))
cases.append(reference(np.zeros(12), np.array([0, 1] * 6)))  # all scores equal
Path(__file__).with_name("metrics.json").write_text(json.dumps(cases) + "\n")
