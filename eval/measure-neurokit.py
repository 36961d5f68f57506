"""NeuroKit2's default delineation of every LUDB lead, for eval/measure-delineation.ts to score.

    python eval/measure-neurokit.py LUDB_FOLDER > out/neurokit.json

`ecg_process` (neurokit peaks) and `ecg_delineate` (its default, dwt) as they come, version below. A lead that it
gives up on has no waves. Positions in samples at 500 Hz; null where it gives none.
"""

import json
import math
import sys
import warnings
from pathlib import Path

import neurokit2 as nk
import wfdb

LEADS = ("i", "ii", "iii", "avr", "avl", "avf", "v1", "v2", "v3", "v4", "v5", "v6")
WAVES = {"p": "P", "qrs": "R", "t": "T"}


def waves_of(millivolts, rate_hz: int) -> dict:
    try:
        _, info = nk.ecg_process(millivolts, sampling_rate=rate_hz)
    except Exception as error:
        print(f"  gave up: {error!r}"[:120], file=sys.stderr)
        return {kind: [] for kind in WAVES}
    return {kind: rows(info, prefix) for kind, prefix in WAVES.items()}


def rows(info: dict, prefix: str) -> list:
    columns = [info[f"ECG_{prefix}_{point}"] for point in ("Onsets", "Peaks", "Offsets")]
    found = [[number(value) for value in row] for row in zip(*columns)]
    return [row for row in found if row[1] is not None]


def number(value) -> int | None:
    return None if value is None or math.isnan(value) else int(value)


def main() -> None:
    warnings.simplefilter("ignore")
    records = {}
    for header in sorted(Path(sys.argv[1]).rglob("*.hea"), key=lambda path: int(path.stem)):
        record = wfdb.rdrecord(str(header.with_suffix("")))
        names = [name.lower() for name in record.sig_name]
        columns = [record.p_signal[:, names.index(name)] for name in LEADS]
        records[header.stem] = [waves_of(column, int(record.fs)) for column in columns]
        print(header.stem, file=sys.stderr, flush=True)
    json.dump({"software": f"NeuroKit2 {nk.__version__}", "records": records}, sys.stdout)


if __name__ == "__main__":
    main()
