"""The exported folder through ONNX Runtime: what the TypeScript side does, in Python, for checks."""
from pathlib import Path

import numpy as np
import onnxruntime as ort

from augment import padded_spans
from data import LEADS
from text_export import TextEncoder


class PqrModel:
    def __init__(self, folder, threads=2):
        folder, options = Path(folder), ort.SessionOptions()
        options.intra_op_num_threads = threads
        self.ecg = ort.InferenceSession(str(folder / "ecg.onnx"), options, providers=["CPUExecutionProvider"])
        self.projection = ort.InferenceSession(str(folder / "text_projection.onnx"), options,
                                               providers=["CPUExecutionProvider"])
        self.encoder = TextEncoder(folder, threads=threads)

    def text(self, text):
        """-> [128], length 1."""
        return self.projection.run(None, {"sentence_embedding": self.encoder(text)[None]})[0][0]

    def windows(self, windows, mask, spans):
        """[B,12,1000], [B,12], [B,N,2] -> rhythm, beat, attention."""
        return self.ecg.run(["rhythm", "beat", "attention"],
                            {"ecg": windows, "lead_mask": mask, "beat_spans": spans})

    def embed_records(self, records, leads=None, batch=32):
        """-> rhythm [n,128] and a list of beat arrays [beats,128]; other leads are zeroed and masked."""
        mask = np.array([leads is None or n in leads for n in LEADS], np.float32)
        rhythm, beats = [], []
        for i in range(0, len(records), batch):
            part = records[i:i + batch]
            x = np.stack([r.window for r in part]) * mask[:, None]
            out = self.windows(x, np.tile(mask, (len(part), 1)),
                               padded_spans([r.r_peaks for r in part], limit=60))
            rhythm.append(out[0])
            beats += [b[:len(r.r_peaks)] for b, r in zip(out[1], part)]
        return np.concatenate(rhythm), beats
