"""What wfdb-python reads in records of the shared data: test/reference/formats_wfdb.json.

Command (from the repository root; needs numpy and wfdb 4.3.1; challenge.tar.xz and ludb.tar.xz unpacked in DIR):
    python test/reference/formats_wfdb.py ../shared/data DIR > test/reference/formats_wfdb.json
`sha256` is over the float32 samples in mV, lead-major, of the signals whose unit is a voltage.
"""
import hashlib
import json
import pathlib
import sys

import numpy as np
import wfdb

SHARED, UNPACKED = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])

RECORDS = [
    ("formats/wfdb/100", SHARED, None),
    ("formats/wfdb/100_3chan", SHARED, None),
    ("formats/wfdb/s0010_re", SHARED, None),
    ("formats/wfdb/a103l", SHARED, None),
    ("formats/wfdb/binformats", SHARED, None),
    ("formats/wfdb/flacformats", SHARED, None),
    ("formats/wfdb/flac_3_constant", SHARED, None),
    ("formats/wfdb/mixedsignals", SHARED, None),
    ("formats/wfdb/3000003_0003", SHARED, None),
    *[(f"formats/wfdb/310derive{n}", SHARED, None) for n in ("", "_2", "_3")],
    *[(f"formats/wfdb/311derive{n}", SHARED, None) for n in ("", "_2", "_3", "_4")],
    ("formats/wfdb-multisegment/fixed1/v102s", SHARED, None),
    ("ludb/data/10", UNPACKED, None),
    ("ludb/data/132", UNPACKED, None),
    ("challenge/cpsc2018/A0001", UNPACKED, None),
    ("challenge/cpsc2018-extra/Q0001", UNPACKED, None),
    ("challenge/georgia/E00001", UNPACKED, None),
    ("challenge/chapman-ningbo/JS20000", UNPACKED, None),
    ("challenge/ptb/S0001", UNPACKED, None),
    ("challenge/ptbxl-challenge/HR00001", UNPACKED, None),
]

out = []
for name, root, leads in RECORDS:
    # Samples as they are stored, not averaged to one a frame; no multi-segment record here has frames.
    multi = "multisegment" in name
    record = wfdb.rdrecord(str(root / name), channel_names=leads, smooth_frames=multi)
    rows = [i for i, unit in enumerate(record.units) if unit.lower() == "mv"]
    signals = record.p_signal.T if multi else record.e_p_signal
    samples = np.array([signals[i] for i in rows]).astype("<f4") + np.float32(0)  # no -0
    samples[np.isnan(samples)] = np.nan
    out.append({
        "record": name,
        **({"leads": leads} if leads else {}),
        "samplingRateHz": record.fs * (record.samps_per_frame[rows[0]] if record.samps_per_frame else 1),
        "shape": list(samples.shape),
        "missingCount": int(np.isnan(samples).sum()),
        "sha256": hashlib.sha256(samples.tobytes()).hexdigest(),
    })
print(json.dumps(out, indent=2))
