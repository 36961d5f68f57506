"""WFDB recordings as the block that MERL and MELP read; the rule that the manifest states, in NumPy.

Reads 500 Hz recordings only: the runtime resamples others. Missing samples are not filled here.
"""
import numpy as np
import wfdb

from checkpoint import ExportError
from folder import EPSILON, LEADS, RATE_HZ, SAMPLES


def read_block(path, sample_count=None, without=()):
    """float32 [12, 5000] in [0, 1]: leads in the model's order, zeros at the end, one min-max over the block.

    `sample_count`: only so many samples are read; `without`: leads taken as missing (zeros before the
    min-max).
    """
    record = wfdb.rdrecord(str(path).removesuffix(".hea"))
    if record.fs != RATE_HZ:
        raise ExportError(f"{path} has {record.fs} Hz: {RATE_HZ} Hz is expected.")
    rows = {name.upper(): signal for name, signal in zip(record.sig_name, record.p_signal.T)}
    block = np.zeros((len(LEADS), SAMPLES))
    for row, lead in enumerate(LEADS):
        if lead not in without:
            signal = rows[lead.upper()][:sample_count][:SAMPLES]
            block[row, :len(signal)] = signal
    lowest, highest = block.min(), block.max()
    return ((block - lowest) / (highest - lowest + EPSILON)).astype(np.float32)
