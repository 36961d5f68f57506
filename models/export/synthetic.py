"""Random weights and a made-up WordPiece vocabulary: stand-ins where the published ones cannot be had.

The full stop has id 18, as in the published text encoders' vocabulary. Nothing here is trained.
"""
import json
import string
from pathlib import Path

import torch
from torch import nn

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
FULL_STOP_ID = 18
PROMPTS = (
    "Normal ECG",
    "Sinus rhythm. No abnormality.",
    "Atrial fibrillation with rapid ventricular response.",
    "Acute inferior myocardial infarction. ST elevation in leads II, III and aVF.",
    "Left bundle branch block",
    "Right bundle branch block. Left anterior fascicular block.",
    "First degree AV block, PR interval prolonged.",
    "Premature ventricular complexes",
    "Premature atrial complexes. Otherwise normal ECG",
    "Left ventricular hypertrophy with strain. T wave inversion in V5 and V6.",
    "Low voltage QRS",
    "Sinus bradycardia",
    "Sinus tachycardia. Nonspecific ST-T changes.",
    "Long QT interval",
    "Ventricular paced rhythm",
    "Anteroseptal infarction, age undetermined. Q waves in V1, V2 and V3.",
    "Subendocardial ischaemia",
    "Wolff-Parkinson-White pattern. Delta wave, short PR interval.",
    "Atrial flutter with 2:1 conduction",
    "Right axis deviation. Right ventricular hypertrophy. Incomplete right bundle branch block.",
)


def words_of(texts):
    """The distinct lower-case words of `texts`, punctuation apart."""
    table = str.maketrans({mark: " " for mark in string.punctuation})
    return sorted({word for text in texts for word in text.lower().translate(table).split()})


def vocabulary(size, words):
    """`size` tokens: specials, punctuation with the full stop at 18, characters, `words`, then fillers."""
    marks = [mark for mark in string.punctuation if mark != "."]
    tokens = SPECIAL + marks[:FULL_STOP_ID - len(SPECIAL)] + ["."] + marks[FULL_STOP_ID - len(SPECIAL):]
    characters = list(string.digits + string.ascii_lowercase)
    tokens += characters + ["##" + character for character in characters]
    tokens += [word for word in words if word not in tokens]
    if len(tokens) > size:
        raise ValueError(f"{len(tokens)} tokens do not fit into a vocabulary of {size}.")
    return tokens + [f"filler{number:05d}" for number in range(size - len(tokens))]


def write_text_model(folder, tokens, sizes):
    """config.json and the tokenizer files of a BERT whose sizes are `sizes` (BertConfig's names)."""
    from transformers import BertTokenizerFast
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary_file = folder / "vocab.txt"
    vocabulary_file.write_text("".join(token + "\n" for token in tokens), encoding="utf-8")
    ids = {token: number for number, token in enumerate(tokens)}
    tokenizer = BertTokenizerFast(vocab=ids, do_lower_case=True)
    tokenizer.save_pretrained(str(folder))
    config = {"architectures": ["BertModel"], "model_type": "bert", "vocab_size": len(tokens),
              "hidden_act": "gelu", "layer_norm_eps": 1e-12, "type_vocab_size": 2, "pad_token_id": 0, **sizes}
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    return folder


def randomise(module, seed):
    """Weights that keep signals apart: scaled by fan-in, biases and norms away from their neutral values."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in module.named_parameters():
            noise = torch.randn(value.shape, generator=generator)
            if value.dim() < 2:
                value.copy_((1.0 if name.endswith("weight") else 0.0) + 0.1 * noise)
            else:
                value.copy_(noise * (0.3 if "embed" in name else value[0].numel() ** -0.5))
    return module


def settle_norms(module, ecg):
    """Batch norms take mean and variance from `ecg` [B, 12, 5000], as after training."""
    norms = [layer for layer in module.modules() if isinstance(layer, nn.BatchNorm1d)]
    for layer in norms:
        layer.reset_running_stats()
        layer.momentum = None
        layer.train()
    with torch.no_grad():
        module(ecg)
    for layer in norms:
        layer.eval()
    return module
