"""The other side of eval/bench/wfdb.ts: wfdb-python reads folders when asked to, and writes them beforehand.

    python wfdb_python.py write RECORDS OUT    the same recordings in several signal formats, a folder each
    python wfdb_python.py serve                a folder a line in; out the milliseconds, of the clock and of the CPU, to read it
"""

import pathlib
import sys
import time

import numpy as np
import wfdb

# Formats and the bits that a sample has in them; wfdb-python writes all of them but 212.
FORMATS = {"16": 16, "24": 24, "32": 32, "80": 8, "212": 12, "516": 16}


def write(records, out):
    """The recordings as ADC steps, clipped to what each format holds."""
    for name, bits in FORMATS.items():
        folder = pathlib.Path(out) / name
        folder.mkdir(parents=True, exist_ok=True)
        limit = 2 ** (bits - 1) - 1
        for path in sorted(pathlib.Path(records).glob("*.hea")):
            record = wfdb.rdrecord(str(path)[:-4], physical=False)
            steps = np.clip(record.d_signal, -limit, limit).astype("int64")
            written = "16" if name == "212" else name
            wfdb.wrsamp(path.stem, record.fs, record.units, record.sig_name, d_signal=steps,
                        fmt=[written] * record.n_sig, adc_gain=record.adc_gain,
                        baseline=record.baseline, write_dir=str(folder))
            if name == "212":
                pack_212(folder / path.stem, steps)


def pack_212(stem, steps):
    """Format 212 in place of the format 16 that was written: two samples in three bytes."""
    first, second = steps.reshape(-1, 2).T & 0xFFF
    packed = np.stack([first & 0xFF, first >> 8 | (second >> 8 << 4), second & 0xFF], axis=1)
    stem.with_suffix(".dat").write_bytes(packed.astype("uint8").tobytes())
    header = stem.with_suffix(".hea")
    header.write_text(header.read_text().replace(".dat 16 ", ".dat 212 "))


def read_all(folder):
    records = sorted(str(path)[:-4] for path in pathlib.Path(folder).glob("*.hea"))
    start, start_cpu = time.perf_counter(), time.process_time()
    for record in records:
        wfdb.rdrecord(record)
    return (time.perf_counter() - start) * 1000, (time.process_time() - start_cpu) * 1000


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(sys.argv[2], sys.argv[3])
    else:
        print(wfdb.__version__, flush=True)
        for line in sys.stdin:
            print(*read_all(line.strip()), flush=True)
