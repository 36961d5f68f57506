"""HDF5 fixtures, written by h5py as CODE stores ECGs, and what h5py reads in them.

Command (from the repository root):
    python test/reference/formats_hdf5.py
    python test/reference/formats_hdf5.py large FILE [COUNT]     # for eval/bench/hdf5.ts
    python test/reference/formats_hdf5.py packed FILE [COUNT]    # the same, gzip in chunks of 16 recordings
Needs Python 3.11 with numpy 2.4.6, scipy 1.17.1, wfdb 4.3.1 and h5py 3.16.0; none of them is needed to run
pqrsearch or its tests.

Recordings: PTB-XL 1.0.3 (CC BY 4.0) out of sample/records, resampled to 400 Hz, 2.56 s of them at most, in units
of 1e-4 V, with zeros on both sides as in CODE. `expected.json` has every 37th sample in mV of each lead as h5py
reads it and, where there are several recordings, the SHA-256 of all their samples (float32, lead after lead).
"""
import hashlib
import json
import pathlib
import sys

import h5py
import numpy as np
import wfdb
from scipy.signal import resample_poly

FORMATS = pathlib.Path("test/fixtures/formats")
SAMPLES = 1024
STEP = 37
LEADS = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"]
EXPERIMENTAL = ["format.experimental"]


def tracing(path, length):
    """[SAMPLES x 12] in 1e-4 V, `length` samples of the recording between zeros."""
    record = wfdb.rdrecord(str(path.with_suffix("")))
    signal = resample_poly(record.p_signal, 4, 5, axis=0)[200:200 + length] * 10
    before = (SAMPLES - length) // 2
    return np.pad(signal, ((before, SAMPLES - length - before), (0, 0))).astype(np.float32)


def trimmed(rows):
    """Without the zeros that all leads begin and end with, in mV as float32, [leads x samples]."""
    used = np.flatnonzero((rows != 0).any(axis=1))
    cut = rows[used[0]:used[-1] + 1].astype(np.float64) / 10 + 0.0
    return np.ascontiguousarray(cut.T.astype(np.float32)), (int(used[0]), int(len(rows) - used[-1] - 1))


def expected(samples, rate, warnings, **more):
    return {
        "leads": LEADS, "samplingRateHz": rate, "sampleCount": samples.shape[1], "everyStep": STEP,
        "toleranceMillivolts": 0, "samples": [[float(v) for v in row[::STEP]] for row in samples],
        "format": "hdf5", "patient": {}, "codes": [], "warnings": warnings, **more,
    }


def padding(before, behind):
    return [f"Zero padding left out: {before} samples before, {behind} behind"] if before or behind else []


def case(name):
    folder = FORMATS / "second" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_json(path, content):
    path.write_text(json.dumps(content, ensure_ascii=False) + "\n")


def batch(records):
    """Several recordings with exam ids, gzip; the last row is no exam, as in CODE-15 %."""
    path = FORMATS / "hdf5" / "exams_part0.hdf5"
    path.parent.mkdir(exist_ok=True)
    rows = [tracing(record, length) for record, length in zip(records, (800, 560, SAMPLES))]
    rows.append(np.zeros((SAMPLES, 12), np.float32))
    with h5py.File(path, "w") as file:
        file.create_dataset("tracings", data=np.stack(rows), chunks=(1, SAMPLES, 12), compression="gzip",
                            compression_opts=9, shuffle=True)
        file.create_dataset("exam_id", data=np.array([1169160, 2873686, 4500000, 0], np.int64))
    recordings = {}
    with h5py.File(path) as file:
        for exam, rows in zip(file["exam_id"][:-1], file["tracings"][:-1]):
            samples, (before, behind) = trimmed(rows)
            recordings[str(exam)] = expected(samples, 400, EXPERIMENTAL, comments=padding(before, behind),
                                             sha256=hashlib.sha256(samples.tobytes()).hexdigest())
    write_json(path.with_name("expected.json"), recordings)


def single(record):
    """One recording without id, in float16, uncompressed, as one row of CODE-test."""
    path = case("hdf5-code") / "ecg_tracings.hdf5"
    with h5py.File(path, "w") as file:
        file.create_dataset("tracings", data=tracing(record, 600)[None].astype(np.float16))
    with h5py.File(path) as file:
        samples, (before, behind) = trimmed(file["tracings"][0])
    write_json(path.with_name("expected.json"), {
        "file": path.name, **expected(samples, 400, EXPERIMENTAL, comments=padding(before, behind))})


def single_with_id(record):
    """One recording with its id and the row that is none, gzip, as a small part of CODE-15 %."""
    path = case("hdf5-code-id") / "exams_part17.hdf5"
    rows = np.stack([tracing(record, 700), np.zeros((SAMPLES, 12), np.float32)])
    with h5py.File(path, "w", libver="latest") as file:
        file.create_dataset("tracings", data=rows, chunks=(2, 512, 12), compression="gzip", shuffle=True,
                            fletcher32=True)
        file.create_dataset("exam_id", data=np.array([77, 0], np.int32))
    with h5py.File(path) as file:
        samples, (before, behind) = trimmed(file["tracings"][0])
    write_json(path.with_name("expected.json"), {
        "file": path.name, **expected(samples, 400, EXPERIMENTAL, comments=padding(before, behind))})


def matrix(record):
    """One matrix [samples x leads] of big-endian 16-bit integers in microvolts."""
    path = case("hdf5-matrix") / "ecg.h5"
    signal = wfdb.rdrecord(str(record.with_suffix(""))).p_signal[:500]
    with h5py.File(path, "w") as file:
        file.create_dataset("ecg", data=np.round(signal * 1000).astype(">i2"), chunks=(100, 12), compression="gzip")
        file.create_dataset("note", data="made for tests")
    with h5py.File(path) as file:
        samples = (file["ecg"][:].astype(np.float64) / 1000 + 0.0).T.astype(np.float32)
    write_json(path.with_name("expected.json"), {
        "file": path.name, **expected(samples, 500, ["format.leads-assumed"]),
        "options": {"samplingRateHz": 500, "unit": "uV"}})


def strange():
    """Files that lead outside, or hold no ECG."""
    folder = FORMATS / "hdf5"
    with h5py.File(folder / "external-link.h5", "w") as file:
        file["tracings"] = h5py.ExternalLink("exams_part0.hdf5", "/tracings")
    layout = h5py.VirtualLayout(shape=(4, SAMPLES, 12), dtype="f4")
    layout[:] = h5py.VirtualSource("exams_part0.hdf5", "tracings", shape=(4, SAMPLES, 12))
    with h5py.File(folder / "virtual.h5", "w") as file:
        file.create_virtual_dataset("tracings", layout)
    with h5py.File(folder / "external-storage.h5", "w") as file:
        file.create_dataset("tracings", (1, 64, 12), "f4", external=[("exams_part0.hdf5", 0, 64 * 12 * 4)])
    with h5py.File(folder / "weights.h5", "w") as file:
        file.create_group("dense").create_dataset("kernel", data=np.zeros((4, 4), np.float32))
        file.create_dataset("bias", data=np.zeros(4, np.float32))


def large(records, path, count, packed):
    """As large as a part of CODE-15 %: `count` recordings of 4096 samples (repeated, the middle of each holds
    samples), and the row that is none."""
    middle = np.stack([tracing(record, SAMPLES) for record in records])
    options = {"chunks": (16, 4096, 12), "compression": "gzip", "compression_opts": 1} if packed else {}
    with h5py.File(path, "w") as file:
        tracings = file.create_dataset("tracings", (count + 1, 4096, 12), "f4", **options)
        for start in range(0, count, 16):
            rows = middle[np.arange(start, min(start + 16, count)) % len(middle)]
            tracings[start:start + len(rows), 1536:1536 + SAMPLES] = rows
        file.create_dataset("exam_id", data=np.append(np.arange(1, count + 1), 0))


if __name__ == "__main__":
    files = sorted(pathlib.Path("sample/records").glob("*.hea"))
    if sys.argv[1:]:
        large(files[:16], sys.argv[2], int((sys.argv[3:] or ["20000"])[0]), sys.argv[1] == "packed")
        sys.exit()
    batch(files[:3])
    single(files[3])
    matrix(files[4])
    single_with_id(files[5])
    strange()
