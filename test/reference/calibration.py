"""Reference numbers of calibration: python test/reference/calibration.py > test/reference/calibration.json
(scikit-learn 1.5 or newer, numpy). Scores are cosines of two overlapping groups, some of them tied."""
import json
import sys

import numpy as np
from scipy.optimize import minimize
from sklearn.calibration import _SigmoidCalibration, calibration_curve
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score, roc_curve


def case(seed, positives, negatives, gap, digits):
    rng = np.random.default_rng(seed)
    scores = np.concatenate([
        rng.normal(0.20 + gap, 0.05, positives),
        rng.normal(0.20, 0.05, negatives),
    ]).round(digits)
    labels = np.array([1] * positives + [0] * negatives)
    order = rng.permutation(len(labels))
    scores, labels = scores[order], labels[order]

    sigmoid = _SigmoidCalibration().fit(scores, labels)
    high, low = (positives + 1) / (positives + 2), 1 / (negatives + 2)
    targets = np.where(labels == 1, high, low)

    def loss(ab):
        value = ab[0] * scores + ab[1]
        return np.sum(np.logaddexp(0, value) - targets * value)

    exact = minimize(loss, [0.0, 0.0], method="Nelder-Mead",
                     options={"xatol": 1e-10, "fatol": 1e-13, "maxiter": 20000, "maxfev": 20000}).x
    isotonic = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(scores, labels)
    grid = np.linspace(scores.min() - 0.05, scores.max() + 0.05, 41)
    probabilities = 1 / (1 + np.exp(-(exact[0] * scores + exact[1])))

    bins = np.minimum((probabilities * 10).astype(int), 9)
    ece = sum(abs(probabilities[bins == b].sum() - labels[bins == b].sum()) for b in range(10)) / len(labels)
    observed, predicted = calibration_curve(labels, probabilities, n_bins=10, strategy="uniform")
    fpr, tpr, thresholds = roc_curve(labels, scores, drop_intermediate=False)
    return {
        "scores": scores.tolist(),
        "labels": labels.tolist(),
        "platt": {"slope": exact[0], "intercept": exact[1]},
        "sklearnPlatt": sigmoid.predict(grid).tolist(),
        "grid": grid.tolist(),
        "isotonic": isotonic.predict(grid).tolist(),
        "probabilities": probabilities.tolist(),
        "reliability": {
            "observed": observed.tolist(),
            "predicted": predicted.tolist(),
            "expectedCalibrationError": ece,
            "brier": brier_score_loss(labels, probabilities),
            "logLoss": log_loss(labels, probabilities),
        },
        "auroc": roc_auc_score(labels, scores),
        "youden": float((tpr - fpr).max()),
    }


json.dump([
    case(1, 40, 60, 0.06, 3),
    case(2, 200, 300, 0.04, 2),
    case(3, 5, 95, 0.10, 6),
], sys.stdout)
