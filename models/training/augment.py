"""Training views of a window: physiological changes only (no time or polarity flips)."""
import numpy as np

from data import LEADS, LIMIT_MV, RATE_HZ, WINDOW_SAMPLES, beat_spans

FULL_LEADS_SHARE = 0.6
LEAD_SETS = (("I",), ("II",), ("V1",), ("V5",), ("I", "II", "III"), ("I", "II", "V2", "V5"),
             ("I", "II", "III", "aVR", "aVL", "aVF"), ("II", "V1", "V5"), ("I", "II"),
             ("V1", "V2", "V3", "V4", "V5", "V6"))
MAX_BEATS = 24
UNKNOWN_GAIN_SD = 0.3       # of the logarithm, where the amplitude is not known


def augment(record, rng, length=WINDOW_SAMPLES):
    """-> window [12, length] mV, lead mask [12], R peaks (samples of the new window, jittered)."""
    x, peaks = record.window, record.r_peaks
    if rng.random() < 0.3:
        x, peaks = _stretch(x, peaks, rng.uniform(0.94, 1.06))
    x, peaks = _place(x, peaks, rng) if length == WINDOW_SAMPLES else _crop(x, peaks, length, rng)
    x = x * np.float32(np.exp(rng.normal(0, UNKNOWN_GAIN_SD if record.scaled else 0.05)))
    signal = np.abs(x).max(0) > 0
    if rng.random() < 0.4:
        x = x + _wander(rng, x.shape[1]) * signal
    if rng.random() < 0.5:
        x = x + rng.normal(0, rng.uniform(0.003, 0.03), x.shape) * signal
    mask = lead_mask(rng)
    peaks = peaks + rng.integers(-2, 3, peaks.size)
    return np.clip(x * mask[:, None], -LIMIT_MV, LIMIT_MV).astype(np.float32), mask, peaks


def _place(window, peaks, rng):
    """Crop at either side; what is left starts at 0 and zeros follow."""
    draw = rng.random()
    if draw < 0.45:
        return window, peaks
    start = int(rng.integers(0, 200 if draw < 0.85 else 500))
    length = WINDOW_SAMPLES - start if draw < 0.85 else int(rng.integers(300, WINDOW_SAMPLES - start + 1))
    x = np.zeros_like(window)
    x[:, :length] = window[:, start:start + length]
    inside = (peaks >= start) & (peaks < start + length)
    return x, peaks[inside] - start


def _crop(window, peaks, length, rng):
    start = int(rng.integers(0, WINDOW_SAMPLES - length + 1))
    inside = (peaks >= start) & (peaks < start + length)
    return window[:, start:start + length], peaks[inside] - start


def _stretch(window, peaks, factor):
    """Time runs `factor` times as fast; what then lies past the end is lost, a missing end is zeros."""
    count = window.shape[1]
    at = np.arange(count) * factor
    low = np.minimum(at.astype(int), count - 2)
    part = (at - low).astype(np.float32)
    x = window[:, low] * (1 - part) + window[:, low + 1] * part
    x[:, at > count - 1] = 0
    moved = np.round(peaks / factor).astype(int)
    return x.astype(np.float32), moved[moved < count]


def _wander(rng, count):
    time = np.arange(count) / RATE_HZ
    wave = np.sin(2 * np.pi * (rng.uniform(0.1, 0.8) * time + rng.random()))
    return rng.normal(0, 0.04, (len(LEADS), 1)) * wave


def lead_mask(rng):
    mask = np.zeros(len(LEADS), np.float32)
    draw = rng.random()
    if draw < FULL_LEADS_SHARE:
        mask[:] = 1
    elif draw < FULL_LEADS_SHARE + 0.25:
        mask[[LEADS.index(n) for n in LEAD_SETS[rng.integers(len(LEAD_SETS))]]] = 1
    else:
        mask[rng.permutation(len(LEADS))[:rng.integers(1, len(LEADS))]] = 1
    return mask


def padded_spans(peak_lists, limit=MAX_BEATS):
    """R peaks a record -> spans [B, N, 2] with (0, 0) rows after the last beat, N >= 1."""
    spans = [beat_spans(p)[:limit] for p in peak_lists]
    out = np.zeros((len(spans), max(1, max(map(len, spans))), 2), np.float32)
    for i, s in enumerate(spans):
        out[i, :len(s)] = s
    return out
