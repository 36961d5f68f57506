"""The exported folder as the product runs it: recordings and texts through Node, preprocessing included."""
import json
import subprocess
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]


def node_vectors(folder, records, names, prompts, scratch):
    """-> (rhythm [n, dim], text [m, dim]) by eval/model-vectors.ts; text is empty without prompts."""
    file = Path(scratch) / "prompts.json"
    file.write_text(json.dumps(list(prompts)), encoding="utf-8")
    command = ["node", "--import", "tsx", "eval/model-vectors.ts", "--model", str(Path(folder).resolve()),
               "--records", str(Path(records).resolve()), "--names", ",".join(names), "--prompts", str(file)]
    made = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    return np.array(made["rhythm"], np.float32), np.array(made["text"], np.float32)


def check_node(check, folder, shared, official):
    """Rows of the comparison with the official (rhythm, texts); `official` texts may be None."""
    vectors, texts = official
    prompts = shared["prompts"] if texts is not None else ()
    mine, my_texts = node_vectors(folder, shared["records"], shared["names"], prompts, shared["scratch"])
    check.add("ECG rhythm, in Node from the file", [(vectors, mine[:len(vectors)])], "preprocessing included")
    if texts is None:
        return
    check.add("text, in Node", [(texts, my_texts)])
    count = len(prompts) - 1            # the last one is too long to be ranked with
    scores = (vectors @ texts[:count].T, mine @ my_texts[:count].T)
    check.add(f"zero-shot ranking, {count} prompts, in Node", [scores], "cosine", ranking=scores)
