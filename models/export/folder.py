"""What MERL's and MELP's model folders share: the ECG rule, the text graphs, tokenizer, manifest, card."""
import json
import re
import subprocess
from pathlib import Path

import torch
from torch import nn

from checkpoint import ExportError, sha256_of
from graph import export_graph

# MIMIC-IV-ECG's order: aVF stands before aVL. The official evaluation swaps rows 4 and 5 of other data sets.
LEADS = ("I", "II", "III", "aVR", "aVF", "aVL", "V1", "V2", "V3", "V4", "V5", "V6")
RATE_HZ, SAMPLES = 500, 5000
EPSILON = 1e-8
TRAINING = {"data": "MIMIC-IV-ECG 1.0, as the official repository says",
            "license": "the weights come from the user: their licence is the user's to know"}
CARD = """# {name} {version}

Made by `models/export/{kind}.py` from weights that the user brought. For research; not a medical device.

| | |
|---|---|
| official code | {repository}, commit {commit}; its licence: {code_license} |
| checkpoint | `{checkpoint}`, SHA-256 {sha256} |
| licence of the weights | the user's to know: neither they nor this folder are part of pqrsearch |
| ECG side | {ecg} |
| text side | {text} |
| trained on | MIMIC-IV-ECG, as the official repository says |

Input: leads {leads}; 12 x 5000 at 500 Hz, shorter recordings zero-padded, missing leads zero; one min-max
over the whole block, so **absolute voltage is lost**: hypertrophy and low voltage need measurements
beside the vectors.
{notes}"""


def ecg_rule(leads=12, samples=SAMPLES):
    """The manifest's `ecg` entry; ExportError where the network reads another block than 12 x 5000."""
    if (leads, samples) != (len(LEADS), SAMPLES):
        raise ExportError(f"The network reads {leads} x {samples}: {len(LEADS)} x {SAMPLES} is expected.")
    return {"file": "ecg.onnx", "samplingRateHz": RATE_HZ, "sampleCount": SAMPLES, "hopSamples": SAMPLES // 2,
            "leads": list(LEADS), "unit": "mV",
            "normalisation": {"type": "min-max-block", "epsilon": EPSILON},
            "padding": "zeros-at-end", "missingLead": "zeros", "inputs": {"ecg": "ecg"}}


def text_rule(max_tokens):
    """The manifest's `text` entry."""
    return {"file": "text.onnx", "output": "sentence_embedding",
            "projection": {"file": "text_projection.onnx", "input": "sentence_embedding", "output": "text"},
            "tokenizer": "tokenizer", "maxTokens": max_tokens, "lowerCase": True, "template": "{text}",
            "batch": True}


class UnitRows(nn.Module):
    """A projection whose result has unit length; `inner` is the official proj_t or sent_proj."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, vectors):
        return nn.functional.normalize(self.inner(vectors), dim=-1)


def projection_like(state):
    """proj_t: Linear, GELU, Linear, of the sizes the checkpoint part has."""
    if "0.weight" not in state or "2.weight" not in state:
        raise ExportError("proj_t is missing from the checkpoint: it holds no text side.")
    hidden, dim = state["0.weight"].shape
    return nn.Sequential(nn.Linear(dim, hidden), nn.GELU(), nn.Linear(hidden, state["2.weight"].shape[0]))


def export_ecg(module, folder, outputs):
    """Writes ecg.onnx; returns the largest difference from PyTorch."""
    generator = torch.Generator().manual_seed(5)
    example = torch.rand(2, len(LEADS), SAMPLES, generator=generator)
    return export_graph(module, folder / "ecg.onnx", (example,), (("ecg",), outputs), {})


def export_text(module, folder, vocabulary, outputs=("sentence_embedding",)):
    """Writes text.onnx; returns the largest difference from PyTorch, padded and unpadded rows mixed."""
    generator = torch.Generator().manual_seed(6)
    ids = torch.randint(20, vocabulary - 1, (2, 14), generator=generator)
    ids[0, 5], ids[0, 9], ids[1, 3] = 18, 18, 18
    mask = torch.ones_like(ids)
    mask[1, 8:], ids[1, 8:] = 0, 0
    names = (("input_ids", "attention_mask", "token_type_ids"), outputs)
    by_token = (*names[0], *(output for output in outputs if output != "sentence_embedding"))
    dynamic = {name: {1: "tokens"} for name in by_token}
    return export_graph(module, folder / "text.onnx", (ids, mask, torch.zeros_like(ids)), names, dynamic)


def export_projection(inner, folder, file, output):
    """Writes a projection graph `sentence_embedding` [N, D] -> `output` [N, d] of unit length."""
    width = next(layer.in_features for layer in inner.modules() if isinstance(layer, nn.Linear))
    example = torch.randn(2, width, generator=torch.Generator().manual_seed(7))
    names = (("sentence_embedding",), (output,))
    return export_graph(UnitRows(inner).eval(), folder / file, (example,), names, {})


def read_config(text_model):
    """config.json of a Hugging Face folder."""
    path = Path(text_model) / "config.json"
    if not path.is_file():
        raise ExportError(f"{path} is missing: --text-model is the text encoder's folder.")
    return json.loads(path.read_text(encoding="utf-8"))


def load_tokenizer(text_model):
    """The fast tokenizer of a Hugging Face folder."""
    from transformers import AutoTokenizer
    return AutoTokenizer.from_pretrained(str(text_model), use_fast=True, local_files_only=True)


def write_tokenizer(tokenizer, folder, first_token):
    """tokenizer/ with `first_token text [SEP]` as its one form; padding and cutting are the runtime's."""
    from tokenizers import Tokenizer
    from tokenizers.processors import TemplateProcessing
    plain = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    plain.no_padding()
    plain.no_truncation()
    frame = [(token, plain.token_to_id(token)) for token in (first_token, "[SEP]")]
    missing = [token for token, number in frame if number is None]
    if missing:
        raise ExportError(f"The tokenizer has no {', '.join(missing)}: BERT's WordPiece is expected.")
    plain.post_processor = TemplateProcessing(single=f"{first_token} $A [SEP]", special_tokens=frame)
    target = folder / "tokenizer"
    target.mkdir(parents=True, exist_ok=True)
    plain.save(str(target / "tokenizer.json"), pretty=False)
    config = {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "unk_token": "[UNK]",
              "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]",
              "tokenize_chinese_chars": True, "strip_accents": None}
    (target / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")


def official_code(clone):
    """Commit and licence title of the user's clone, as far as it tells them."""
    clone = Path(clone)
    if not clone.is_dir():
        raise ExportError(f"{clone} is not a folder: --code is your clone of the official repository.")
    licence, title = clone / "LICENSE", "none stated"
    if licence.is_file():
        title = licence.read_text(encoding="utf-8").strip().splitlines()[0]
    return {"commit": commit_of(clone), "code_license": title}


def commit_of(clone):
    """The commit a clone stands at; `unknown` where it is no clone."""
    if not (Path(clone) / ".git").exists():
        return "unknown"
    command = ["git", "-C", str(clone), "rev-parse", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip() or "unknown"


def start_folder(out, name, version):
    """The empty folder `out`. ExportError where it holds something, or the name or version is not allowed."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", name) or not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise ExportError(f"{name} {version}: a name of a-z, 0-9, - and a version as 1.0.0 are expected.")
    folder = Path(out)
    if folder.exists() and any(folder.iterdir()):
        raise ExportError(f"{folder} is not empty: name a new folder, or remove that one first.")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_manifest(folder, entries):
    """manifest.json: `entries` over the fields all share, with size and SHA-256 of every file."""
    files = [{"path": path.relative_to(folder).as_posix(), "sha256": sha256_of(path),
              "bytes": path.stat().st_size}
             for path in sorted(p for p in folder.rglob("*") if p.is_file())
             if path.name not in ("manifest.json", "MODEL_CARD.md")]
    head = {"formatVersion": 1, **{key: entries[key] for key in ("name", "version", "kind", "description")},
            "license": "weights: the user's; see MODEL_CARD.md", "files": files}
    rest = {key: value for key, value in entries.items() if key not in head}
    text = json.dumps({**head, **rest, "training": TRAINING}, indent=2, ensure_ascii=False)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def write_card(folder, facts):
    """MODEL_CARD.md from the template above."""
    (folder / "MODEL_CARD.md").write_text(CARD.format(leads=", ".join(LEADS), **facts), encoding="utf-8")
