"""Reference numbers for eval/metrics.ts from scikit-learn 1.x: python test/reference/metrics.py"""
import json
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

rng = np.random.default_rng(7)
cases = []
for n, decimals in ((20, 3), (200, 1), (1000, 2), (50, 0)):
    labels = (rng.random(n) < 0.3).astype(int)
    labels[0], labels[1] = 0, 1
    scores = np.round(rng.normal(size=n) + labels, decimals)
    cases.append({
        "scores": scores.tolist(),
        "labels": labels.tolist(),
        "auroc": roc_auc_score(labels, scores),
        "averagePrecision": average_precision_score(labels, scores),
    })
Path(__file__).with_name("metrics.json").write_text(json.dumps(cases) + "\n")
