"""Writes models/pqr-delineator from the network that train.py made on all records, and reference numbers.

    python models/delineator/export.py --data ../shared/data --run out/delineator --out models/pqr-delineator \\
        --records sample/records --reference test/reference/pqr-delineator.json
"""

import argparse
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import torch
import wfdb

from data import BAND_HZ, CLIP, RATE_HZ, condition, ecg_ids
from flat import FlatSegmenter
from model import CLASSES, STRIDE, Segmenter

OPSET = 17
TOLERANCE = 1e-4
FILE = "segmenter.onnx"
HASHES = "training-records.txt"
WINDOW, OVERLAP = 7520, 512
REFERENCE_RECORDS = ("00008_hr", "00010_hr", "00017_hr")
REFERENCE_STEP = 250


def export(network: FlatSegmenter, path: Path) -> None:
    axes = {"lead": {0: "leads", 1: "samples"}, "probabilities": {0: "leads", 2: "samples"}}
    torch.onnx.export(network, (torch.zeros(2, 10 * STRIDE),), str(path), dynamo=False, opset_version=OPSET,
                      input_names=["lead"], output_names=["probabilities"], dynamic_axes=axes)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    samples = torch.randn(3, 40 * STRIDE, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = network(samples).numpy()
    difference = np.abs(session.run(None, {"lead": samples.numpy()})[0] - expected).max()
    print(f"largest difference from PyTorch: {difference:.2e}")
    assert difference < TOLERANCE, difference


def entry(path: Path) -> dict:
    content = path.read_bytes()
    return {"path": path.name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def manifest(folder: Path, seed: int) -> dict:
    return {
        "formatVersion": 1,
        "name": "pqr-delineator",
        "version": "1.0.0",
        "kind": "segmenter",
        "description": "A 1D U-Net, one lead at 250 Hz, that says of each sample whether it lies in a P wave, a QRS "
        "complex, a T wave or none. For research; not a medical device.",
        "license": "Apache-2.0",
        "files": [entry(folder / FILE), entry(folder / HASHES)],
        "lead": {
            "file": FILE,
            "samplingRateHz": RATE_HZ,
            "filter": {"type": "butterworth-bandpass", "order": 2, "lowHz": BAND_HZ[0], "highHz": BAND_HZ[1]},
            "normalisation": {"type": "mean-magnitude", "limit": CLIP},
            "lengthMultiple": STRIDE,
            "windowSamples": WINDOW,
            "overlapSamples": OVERLAP,
            "input": "lead",
            "output": "probabilities",
            "classes": list(CLASSES),
        },
        "training": {
            "data": "LUDB 1.0.1 (doi 10.13026/eegm-h675), 99 of its 200 records, 12 leads each; where P waves are and "
            "are not in 557 recordings of PTB-XL 1.0.3 (doi 10.13026/kfzx-aw45), folds 1-8",
            "recordHashes": HASHES,
            "seed": seed,
            "license": "ODC-By 1.0 (LUDB), CC BY 4.0 (PTB-XL)",
        },
    }


@torch.no_grad()
def reference(network: FlatSegmenter, records: Path) -> dict:
    """Probabilities every REFERENCE_STEP samples of all leads, of recordings that travel with the code."""
    numbers = {}
    for name in REFERENCE_RECORDS:
        record = wfdb.rdrecord(str(records / name))
        rows = np.stack([condition(lead, record.fs) for lead in record.p_signal.T])
        padded = np.pad(rows, ((0, 0), (0, -rows.shape[1] % STRIDE)))
        values = network(torch.from_numpy(padded)).numpy()[:, :, : rows.shape[1] : REFERENCE_STEP]
        numbers[name] = {"shape": list(values.shape), "values": [round(float(v), 5) for v in values.ravel()]}
    return {"command": "models/delineator/export.py", "step": REFERENCE_STEP, "records": numbers}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("data", "run", "out", "records", "reference"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--weights", default="all")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    trained = Segmenter()
    trained.load_state_dict(torch.load(options.run / f"{options.weights}.pt", weights_only=True))
    network = FlatSegmenter(trained).eval()
    options.out.mkdir(parents=True, exist_ok=True)
    export(network, options.out / FILE)
    (options.out / HASHES).write_text("".join(f"{one}\n" for one in sorted(ecg_ids(options.data / "ludb.tar.xz"))))
    (options.out / "manifest.json").write_text(json.dumps(manifest(options.out, options.seed), indent=2) + "\n")
    shutil.copy(Path(__file__).with_name("card.md"), options.out / "MODEL_CARD.md")
    options.reference.write_text(json.dumps(reference(network, options.records)) + "\n")


if __name__ == "__main__":
    main()
