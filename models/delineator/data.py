"""LUDB for the delineator: conditioned leads at 250 Hz and the class of every marked sample at 500 Hz."""

import hashlib
import json
import re
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import wfdb
from scipy.signal import butter, resample_poly, sosfiltfilt

LEADS = ("i", "ii", "iii", "avr", "avl", "avf", "v1", "v2", "v3", "v4", "v5", "v6")
STANDARD_LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
MARKED_HZ = 500
RATE_HZ = 250
BAND_HZ = (0.5, 40.0)
CLIP = 30.0
IGNORED = 255
NO_P = 4
"""The class of a sample of which only that is known that it lies in no P wave."""
EDGE = 10
"""Samples at 500 Hz that count as marked before the first and after the last wave."""
CLASS_OF = {"p": 1, "N": 2, "t": 3}


@dataclass
class Lead:
    record: int
    name: str
    samples: np.ndarray
    """`[n]` float32 at 250 Hz, normalised."""
    classes: np.ndarray
    """`[2 n]` uint8 at 500 Hz: 0 none, 1 P, 2 QRS, 3 T, IGNORED."""


def condition(millivolts: np.ndarray, rate_hz: float = MARKED_HZ) -> np.ndarray:
    """One lead, as `src/encoders/segmenter-input.ts` makes it: 250 Hz, 0.5 to 40 Hz, over its mean magnitude."""
    down = round(rate_hz / RATE_HZ)
    samples = resample_poly(millivolts, 1, down, window=("kaiser", 5.0), padtype="line")
    sos = butter(2, BAND_HZ, "bandpass", fs=RATE_HZ, output="sos")
    samples = sosfiltfilt(sos, samples)
    scale = np.mean(np.abs(samples))
    return np.clip(samples / scale, -CLIP, CLIP).astype(np.float32)


def classes_of(symbols: list[str], positions: np.ndarray, count: int) -> np.ndarray:
    """The class of each sample; what lies beyond the marks, and around a wave without both ends, is ignored."""
    classes = np.full(count, IGNORED, np.uint8)
    first, last = positions[0] - EDGE, positions[-1] + EDGE + 1
    classes[max(0, first) : last] = 0
    text = "".join(symbols)
    known = np.zeros(len(text), bool)
    for match in re.finditer(r"\(([pNt])\)", text):
        at = match.start()
        classes[positions[at] : positions[at + 2] + 1] = CLASS_OF[match.group(1)]
        known[at : at + 3] = True
    for at in np.flatnonzero(~known):
        classes[max(0, positions[at] - 60) : positions[at] + 60] = IGNORED
    return classes


def load(archive: Path) -> list[Lead]:
    return [lead for path in records_in(archive) for lead in record_leads(path)]


def records_in(archive: Path) -> Iterator[Path]:
    """Paths without extension of the unpacked records, there while they are looked at."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        for header in sorted(Path(folder).rglob("*.hea"), key=lambda path: int(path.stem)):
            yield header.with_suffix("")


def ecg_ids(archive: Path) -> list[str]:
    """The ids that src/ecg/record.ts gives the records."""
    ids = []
    for path in records_in(archive):
        record = wfdb.rdrecord(str(path))
        samples = np.ascontiguousarray(record.p_signal.T, "<f4")
        header = f"pqr-ecg/1\n{record.fs}\n{','.join(STANDARD_LEADS)}\n{record.sig_len}\n"
        ids.append(hashlib.sha256(header.encode() + samples.tobytes()).hexdigest()[:32])
    return ids


def record_leads(path: Path) -> list[Lead]:
    record = wfdb.rdrecord(str(path))
    columns = [name.lower() for name in record.sig_name]
    leads = []
    for name in LEADS:
        marks = wfdb.rdann(str(path), name)
        samples = condition(record.p_signal[:, columns.index(name)])
        classes = classes_of(marks.symbol, marks.sample, record.sig_len)
        leads.append(Lead(int(path.name), name, samples, classes))
    return leads


def load_weak(marks: Path, records: int, seed: int) -> tuple[list[Lead], list[Lead]]:
    """Leads of sinus rhythm and of fibrillation with the marks of weak-marks.ts, `records` of each at most."""
    rows = [json.loads(line) for line in marks.read_text().splitlines()]
    random = np.random.default_rng(seed)
    sets = []
    for sinus in (True, False):
        some = [row for row in rows if row["sinus"] == sinus]
        chosen = [some[at] for at in random.permutation(len(some))[:records]]
        sets.append([lead for row in chosen for lead in weak_leads(row)])
    return sets[0], sets[1]


def weak_leads(row: dict) -> list[Lead]:
    record = wfdb.rdrecord(row["path"])
    leads = []
    for place, name in enumerate(record.sig_name):
        marks = [mark for mark in row["marks"] if mark[0] in (-1, place)]
        if not np.any(np.diff(record.p_signal[:, place])):
            continue
        classes = np.full(record.sig_len, IGNORED, np.uint8)
        for _, kind, first, last in marks:
            classes[max(0, first) : last + 1] = kind
        leads.append(Lead(-1, name, condition(record.p_signal[:, place], record.fs), classes))
    return leads


def fold_of(records: list[int], fold_count: int, seed: int) -> dict[int, int]:
    """Each record (one a patient in LUDB) in one fold."""
    order = np.random.default_rng(seed).permutation(sorted(records))
    return {int(record): place % fold_count for place, record in enumerate(order)}
