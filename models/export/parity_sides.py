"""What parity.py compares with: an exported folder run as the runtime runs it, and the rows of the result."""
import json
from pathlib import Path

import numpy as np

from graph import TOLERANCE, open_session


class Check:
    """Collects the rows of one model."""

    def __init__(self, model, compared_with):
        self.model, self.compared_with, self.rows = model, compared_with, []

    def add(self, what, pairs, note="", ranking=None):
        """One row: `pairs` of (official, ours) arrays; `ranking`: both sides' scores [records, classes]."""
        difference = max(float(np.abs(np.asarray(a, np.float64) - b).max()) for a, b in pairs)
        row = {"model": self.model, "part": what, "comparedWith": self.compared_with,
               "maxAbsDifference": float(f"{difference:.3g}"), "sameRanking": None,
               "n": sum(len(a) for a, _ in pairs), "status": "verified", "note": note}
        good = difference <= TOLERANCE
        if ranking is not None:
            theirs, ours = (np.argsort(-np.asarray(scores), axis=1, kind="stable") for scores in ranking)
            row["sameRanking"] = bool((theirs == ours).all())
            good = good and row["sameRanking"]
        row["status"] = "verified" if good else "differs"
        self.rows.append(row)
        print(self.model, *(row[key] for key in ("part", "maxAbsDifference", "status")), sep=": ", flush=True)


class Ours:
    """An exported folder, run as the runtime runs it."""

    def __init__(self, folder):
        from tokenizers import Tokenizer
        self.folder = Path(folder)
        self.manifest = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        self.ecg_session = open_session(self.folder / "ecg.onnx")
        self.outputs = [output.name for output in self.ecg_session.get_outputs()]
        if "text" in self.manifest:
            self.tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer" / "tokenizer.json"))
            self.text_session = open_session(self.folder / "text.onnx")

    def ecg(self, blocks):
        parts = [self.ecg_session.run(None, {"ecg": blocks[i:i + 4]}) for i in range(0, len(blocks), 4)]
        return {name: np.concatenate([p[i] for p in parts]) for i, name in enumerate(self.outputs)}

    def ids(self, text):
        limit = self.manifest["text"]["maxTokens"]
        ids = self.tokenizer.encode(text.lower()).ids
        return ids if len(ids) <= limit else [*ids[:limit - 1], ids[-1]]

    def text(self, texts, output="sentence_embedding"):
        """[texts, D] or [texts, S, D]: the text graph's `output`; the texts run together, padded."""
        rows = [self.ids(text) for text in texts]
        ids = np.zeros((len(rows), max(map(len, rows))), np.int64)
        mask = np.zeros_like(ids)
        for number, row in enumerate(rows):
            ids[number, :len(row)], mask[number, :len(row)] = row, 1
        return self.text_session.run([output], {"input_ids": ids, "attention_mask": mask,
                                                "token_type_ids": np.zeros_like(ids)})[0]

    def project(self, vectors, name="text"):
        session = open_session(self.folder / f"{name}_projection.onnx")
        return session.run(None, {"sentence_embedding": vectors})[0]
