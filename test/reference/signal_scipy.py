"""Reference numbers for src/signal from SciPy.

    python test/reference/signal_scipy.py      # needs numpy and scipy; writes the .json beside itself

Inputs are made by the same formula here and in the test: sample i of an input of length n is
sin(i * 0.37) + 0.5 * cos(i * 0.053) + 0.001 * i, in float32. To keep the file small, an output is kept as its
length and every `stride`-th value.
"""
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import scipy
from scipy import signal


def source(n):
    i = np.arange(n, dtype=np.float64)
    return (np.sin(i * 0.37) + 0.5 * np.cos(i * 0.053) + 0.001 * i).astype(np.float32).astype(np.float64)


def kept(x, stride):
    return {"count": len(x), "stride": stride, "values": [float(v) for v in x[::stride]]}


RESAMPLE = [
    # sampleCount, fromHz, toHz
    (5000, 500, 100), (500, 100, 500), (1000, 360, 100), (777, 1000, 100), (640, 257, 100),
    (300, 62.5, 100), (400, 62.4725, 100), (37, 500, 100), (3, 500, 100), (1, 500, 100), (2000, 500, 499),
    (250, 128, 360),
]
BANDPASS = [(1, 5, 15, 250), (2, 0.5, 40, 100), (2, 0.67, 40, 500), (3, 0.5, 40, 100), (4, 8, 20, 360),
            (3, 5, 15, 250), (5, 0.05, 45, 100)]
EDGES = [(1, 0.5, 100), (2, 0.5, 500), (3, 40, 500), (4, 0.05, 1000), (5, 15, 100), (6, 100, 500)]
ZERO_PHASE = [(5000, 2, 0.67, 40, 500), (1000, 3, 5, 15, 250), (14, 1, 5, 15, 250)]


def resample_cases():
    for n, from_hz, to_hz in RESAMPLE:
        ratio = Fraction(str(to_hz)) / Fraction(str(from_hz))
        if max(ratio.numerator, ratio.denominator) > 4096:  # rational.ts: terms are bounded
            ratio = 1 / (1 / ratio).limit_denominator(4096) if ratio < 1 else 1 / Fraction(
                1 / ratio).limit_denominator(4096)
        y = signal.resample_poly(source(n), ratio.numerator, ratio.denominator, window=("kaiser", 5.0),
                                 padtype="line") if n > 1 else np.ones(1) * source(1)
        yield {"sampleCount": n, "fromHz": from_hz, "toHz": to_hz, "up": ratio.numerator,
               "down": ratio.denominator, "result": kept(y, max(1, len(y) // 60))}


def main():
    out = {
        "command": "python test/reference/signal_scipy.py",
        "scipy": scipy.__version__,
        "resample": list(resample_cases()),
        "bandpass": [{"order": o, "lowHz": lo, "highHz": hi, "samplingRateHz": fs,
                      "sos": signal.butter(o, [lo, hi], "bandpass", fs=fs, output="sos").ravel().tolist()}
                     for o, lo, hi, fs in BANDPASS],
        "highpass": [{"order": o, "edgeHz": e, "samplingRateHz": fs,
                      "sos": signal.butter(o, e, "highpass", fs=fs, output="sos").ravel().tolist()}
                     for o, e, fs in EDGES],
        "lowpass": [{"order": o, "edgeHz": e, "samplingRateHz": fs,
                     "sos": signal.butter(o, e, "lowpass", fs=fs, output="sos").ravel().tolist()}
                    for o, e, fs in EDGES],
        "zeroPhase": [],
    }
    for n, o, lo, hi, fs in ZERO_PHASE:
        sos = signal.butter(o, [lo, hi], "bandpass", fs=fs, output="sos")
        y = signal.sosfiltfilt(sos, source(n))
        out["zeroPhase"].append({"sampleCount": n, "order": o, "lowHz": lo, "highHz": hi,
                                 "samplingRateHz": fs, "result": kept(y, max(1, n // 60))})
    # Too short for SciPy's own padding: the same with the padding cut to n - 1, as filter.ts documents.
    sos = signal.butter(2, [0.67, 40], "bandpass", fs=500, output="sos")
    out["zeroPhase"].append({"sampleCount": 9, "order": 2, "lowHz": 0.67, "highHz": 40, "samplingRateHz": 500,
                             "result": kept(signal.sosfiltfilt(sos, source(9), padlen=8), 1)})
    # Odd low-pass sections have b2 = a2 = 0, which shortens SciPy's padding.
    sos = signal.butter(3, 40, "lowpass", fs=500, output="sos")
    out["zeroPhaseLowpass"] = {"sampleCount": 400, "order": 3, "edgeHz": 40, "samplingRateHz": 500,
                               "result": kept(signal.sosfiltfilt(sos, source(400)), 7)}
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(out) + "\n")
    print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
