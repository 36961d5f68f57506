"""PTB-XL as arrays: labels, preprocessed windows, R peaks, record hashes.

Reads `ptbxl.ecgpack` and `ptbxl-zscored.ecgpack` (through the data folder's own `unpack.records`) and the
CSV files beside them. Fold 10 is dropped at the door: no caller of this module can see it.
Preprocessing is a contract with the TypeScript runtime (see README.md, "Preprocessing").
"""
import ast
import csv
import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.signal import butter, find_peaks, resample_poly, sosfiltfilt

LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
RATE_HZ = 100
WINDOW_SAMPLES = 1000
LIMIT_MV = 10.0
FOLDS_TRAIN = range(1, 9)
FOLD_SELECT = 9
BAND_SOS = butter(2, [0.5, 40], "bandpass", fs=RATE_HZ, output="sos")

# Median over the training records of each lead's standard deviation after preprocessing, mV.
TYPICAL_SD_MV = (0.121, 0.123, 0.091, 0.115, 0.087, 0.090, 0.147, 0.238, 0.230, 0.228, 0.201, 0.160)

# Beat span: R - 0.3 RR before .. R + 0.6 RR after (seconds are clamped before scaling).
SPAN_BEFORE_RR, SPAN_AFTER_RR = 0.3, 0.6
RR_MIN_S, RR_MAX_S, RR_DEFAULT_S = 0.3, 1.5, 0.8


@dataclass
class Record:
    """One labelled recording. `window` is float32 [12, 1000] in mV, `r_peaks` samples at 100 Hz."""
    ecg_id: int
    path: str
    fold: int
    codes: dict | None   # SCP key -> likelihood in percent; 0 means "not given"; None: only `labels` are known
    report: str
    age: float           # years, NaN if absent
    sex: int             # 0 male, 1 female
    axis: str            # PTB-XL's German heart axis, "" if absent
    row: dict            # the whole CSV row
    window: np.ndarray
    r_peaks: np.ndarray
    sha256: str          # first 32 hex characters, see `record_hash`; "" where the samples are z-scored
    scaled: bool = False         # z-scored a lead: the amplitude is unknown, `window` has a typical one
    labels: frozenset = frozenset()      # of a z-scored record, e.g. "form:STD", "sub_class:AMI"


def read_csv(path):
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


def fill_gaps(lead):
    """Linear interpolation over NaN samples of one lead; ends take the nearest sample; all-NaN gives zeros."""
    bad = np.isnan(lead)
    if not bad.any():
        return lead
    if bad.all():
        return np.zeros_like(lead)
    at = np.arange(lead.size)
    return np.interp(at, at[~bad], lead[~bad])


def preprocess(millivolts, rate_hz):
    """mV [leads, n] at `rate_hz` -> float32 [leads, m] at 100 Hz, 0.5-40 Hz, clipped to +-10 mV."""
    x = np.stack([fill_gaps(lead) for lead in np.asarray(millivolts, np.float64)])
    if rate_hz != RATE_HZ:
        common = np.gcd(RATE_HZ, int(rate_hz))
        up, down = RATE_HZ // common, int(rate_hz) // common
        x = resample_poly(x, up, down, axis=-1, window=("kaiser", 5.0), padtype="line")
    x = sosfiltfilt(BAND_SOS, x, axis=-1)
    return np.clip(x, -LIMIT_MV, LIMIT_MV).astype(np.float32)


def first_window(x):
    """The first 1000 samples of [leads, m]; a shorter record gets zeros at the end."""
    out = np.zeros((x.shape[0], WINDOW_SAMPLES), np.float32)
    count = min(WINDOW_SAMPLES, x.shape[1])
    out[:, :count] = x[:, :count]
    return out


def detect_r_peaks(x):
    """R peaks in samples of a preprocessed block [leads, m] at 100 Hz.

    Slope energy summed over leads (Pan and Tompkins 1985 in spirit), a median-based threshold,
    250 ms refractory, then moved to the largest summed |amplitude| within 60 ms.
    """
    slope = np.gradient(x.astype(np.float64), axis=1)
    scale = np.maximum(np.percentile(np.abs(slope), 98, axis=1, keepdims=True), 1e-3)
    energy = np.mean(np.clip(slope / scale, -3, 3) ** 2, axis=0)
    energy = np.convolve(energy, np.ones(10) / 10, "same")
    blocks = [energy[i:i + 200].max() for i in range(0, max(energy.size - 100, 1), 100)]
    threshold = 0.3 * np.median(blocks)
    peaks, _ = find_peaks(energy, height=max(threshold, 1e-9), distance=25)
    size = np.abs(x).sum(axis=0)
    out = []
    for p in peaks:
        lo, hi = max(p - 6, 0), min(p + 7, x.shape[1])
        out.append(lo + int(np.argmax(size[lo:hi])))
    return np.unique(np.array(out, np.int64))


def beat_spans(r_peaks):
    """R peaks (samples) -> float32 [n, 2] start and end in samples of the window.

    RR is clamped to 0.3..1.5 s; a missing neighbour takes the other side's; one beat alone 0.8 s.
    """
    r = np.asarray(r_peaks, np.float64)
    if r.size == 0:
        return np.zeros((0, 2), np.float32)
    if r.size == 1:
        before = after = np.array([RR_DEFAULT_S * RATE_HZ])
    else:
        rr = np.clip(np.diff(r), RR_MIN_S * RATE_HZ, RR_MAX_S * RATE_HZ)
        before = np.concatenate([rr[:1], rr])
        after = np.concatenate([rr, rr[-1:]])
    return np.stack([r - SPAN_BEFORE_RR * before, r + SPAN_AFTER_RR * after], 1).astype(np.float32)


def record_hash(samples_int16, gain, rate_hz):
    """First 32 hex characters of sha256 over `pqr-ecg/1` header + float32 LE lead-major millivolts."""
    header = f"pqr-ecg/1\n{int(rate_hz)}\n{','.join(LEADS)}\n{samples_int16.shape[1]}\n"
    millivolts = (samples_int16.astype(np.float64) / gain).astype("<f4")
    return hashlib.sha256(header.encode("ascii") + millivolts.tobytes()).hexdigest()[:32]


def _unpacker(data_folder):
    spec = importlib.util.spec_from_file_location("unpack", data_folder / "unpack.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load_records(data_folder, cache_file):
    """All labelled records of folds 1-9, preprocessed; the arrays are cached in `cache_file` (npz)."""
    data_folder, cache_file = Path(data_folder), Path(cache_file)
    rows = {r["filename_hr"]: r for r in read_csv(data_folder / "ptbxl/ptbxl_database.csv")
            if int(r["strat_fold"]) <= FOLD_SELECT}
    if not cache_file.exists():
        _build_cache(data_folder, rows, cache_file)
    with np.load(cache_file, allow_pickle=False) as z:
        paths, windows, hashes = z["paths"], z["windows"], z["hashes"]
        peaks = np.split(z["peaks"], np.cumsum(z["peak_counts"])[:-1])
    return [_record(rows[str(p)], w, r, str(h)) for p, w, r, h in zip(paths, windows, peaks, hashes)]


def _build_cache(data_folder, rows, cache_file):
    paths, windows, hashes, peaks = [], [], [], []
    for meta, samples in _unpacker(data_folder).records(data_folder / "ptbxl.ecgpack"):
        if meta["path"] not in rows:
            continue
        assert [n.upper() for n in meta["leads"]] == [n.upper() for n in LEADS], meta["leads"]
        x = preprocess(samples.astype(np.float64) / meta["gain"], meta["fs"])
        paths.append(meta["path"])
        windows.append(first_window(x))
        hashes.append(record_hash(samples, meta["gain"], meta["fs"]))
        peaks.append(detect_r_peaks(windows[-1]))
    cache_file.parent.mkdir(parents=True, exist_ok=True)
    np.savez(cache_file, paths=paths, windows=np.stack(windows), hashes=hashes,
             peaks=np.concatenate(peaks), peak_counts=[len(p) for p in peaks])


def load_scaled_records(data_folder, cache_file):
    """The z-scored records (folds 1-8, 100 Hz, 0.5-40 Hz), each lead given its typical amplitude.

    619 of them have report and codes in reports.csv; of the others only label keys are known.
    """
    data_folder, cache_file = Path(data_folder), Path(cache_file)
    rows = {int(r["ecg_id"]): r for r in read_csv(data_folder / "ptbxl-zscored.csv")
            if int(r["strat_fold"]) in FOLDS_TRAIN}
    texts = {int(r["ecg_id"]): r for r in read_csv(data_folder / "ptbxl/reports.csv")
             if int(r["strat_fold"]) in FOLDS_TRAIN}
    if not cache_file.exists():
        _build_scaled_cache(data_folder, rows, cache_file)
    with np.load(cache_file, allow_pickle=False) as z:
        ids, windows = z["ids"], z["windows"]
        peaks = np.split(z["peaks"], np.cumsum(z["peak_counts"])[:-1])
    return [_scaled_record(rows[int(i)], texts.get(int(i)), w, p) for i, w, p in zip(ids, windows, peaks)]


def _build_scaled_cache(data_folder, rows, cache_file):
    ids, windows, peaks = [], [], []
    for meta, samples in _unpacker(data_folder).records(data_folder / "ptbxl-zscored.ecgpack"):
        ecg_id = int("".join(c for c in Path(meta["path"]).stem.split("_")[0] if c.isdigit()))
        if ecg_id not in rows:
            continue
        assert [n.upper() for n in meta["leads"]] == [f"{n.upper()}_Z" for n in LEADS], meta["leads"]
        assert meta["fs"] == RATE_HZ, meta["fs"]
        x = samples.astype(np.float64) / meta["gain"] * np.array(TYPICAL_SD_MV)[:, None]
        ids.append(ecg_id)
        windows.append(first_window(np.clip(np.nan_to_num(x), -LIMIT_MV, LIMIT_MV).astype(np.float32)))
        peaks.append(detect_r_peaks(windows[-1]))
    cache_file.parent.mkdir(parents=True, exist_ok=True)
    np.savez(cache_file, ids=ids, windows=np.stack(windows), peaks=np.concatenate(peaks),
             peak_counts=[len(p) for p in peaks])


def _scaled_record(row, text, window, r_peaks):
    return Record(ecg_id=int(row["ecg_id"]), path="", fold=int(row["strat_fold"]),
                  codes=ast.literal_eval(text["scp_codes"]) if text else None, report=text["report"] if text else "",
                  age=float("nan"), sex=0, axis=text["heart_axis"] if text else "", row={}, window=window,
                  r_peaks=r_peaks, sha256="", scaled=True, labels=frozenset(row["labels"].split(";")))


def median_beat(window, r_peaks, before=24, after=40):
    """The median over beats, leads x 64 samples around R (mV), minus its mean over time; None without beats."""
    inside = [p for p in r_peaks if before <= p < window.shape[1] - after]
    if len(inside) < 2:
        return None
    beat = np.median([window[:, p - before:p + after] for p in inside], 0)
    return (beat - beat.mean(1, keepdims=True)).astype(np.float32)


def _record(row, window, r_peaks, sha256):
    return Record(ecg_id=int(row["ecg_id"]), path=row["filename_hr"], fold=int(row["strat_fold"]),
                  codes=ast.literal_eval(row["scp_codes"]), report=row["report"],
                  age=float(row["age"] or "nan"), sex=int(row["sex"] or 0),
                  axis=row["heart_axis"], row=row, window=window, r_peaks=r_peaks, sha256=sha256)


def label_sets(data_folder):
    """MERL's PTB-XL label sets without fold 10: name -> (label keys, {record path: 0/1 float array})."""
    out = {}
    for name in ("super", "sub", "form", "rhythm"):
        rows = [r for r in read_csv(Path(data_folder) / f"ptbxl/labels_{name}.csv")
                if int(r["strat_fold"]) <= FOLD_SELECT]
        keys = [k for k in rows[0] if k not in ("record", "ecg_id", "patient_id", "strat_fold")]
        out[name] = (keys, {r["record"]: np.array([float(r[k]) for k in keys]) for r in rows})
    return out


def text_corpus(data_folder):
    """Report texts and codes of folds 1-8 (no signals needed): list of (report, codes)."""
    return [(r["report"], ast.literal_eval(r["scp_codes"]))
            for r in read_csv(Path(data_folder) / "ptbxl/reports.csv")
            if int(r["strat_fold"]) in FOLDS_TRAIN and r["report"].strip()]
