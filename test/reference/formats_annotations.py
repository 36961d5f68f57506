"""What wfdb-python reads in annotation files: test/reference/formats_annotations.json.

Command (from the repository root; needs wfdb 4.3.1):
    python test/reference/formats_annotations.py > test/reference/formats_annotations.json
"""
import json
import pathlib

import wfdb

folder = pathlib.Path("test/fixtures/formats/annotations")
out = {}
for name, extension in (("100", "atr"), ("ludb-10", "ii")):
    read = wfdb.rdann(str(folder / name), extension)
    out[f"{name}.{extension}"] = {
        "count": len(read.sample),
        "sampleSum": int(read.sample.sum()),
        "symbols": "".join(read.symbol),
        "first": [[int(s), symbol, int(sub), int(chan), int(num), aux.rstrip("\0")] for s, symbol, sub, chan, num, aux in
                  zip(read.sample, read.symbol, read.subtype, read.chan, read.num, read.aux_note)][:40],
    }
print(json.dumps(out))
