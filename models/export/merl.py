"""An official MERL checkpoint (Liu et al., ICML 2024) -> a model folder of kind `merl`.

ECG: ResNet18 -> 1x1 convolution -> class-token pooling over time cells -> 256; or ViT-tiny -> its projection.
Text: lower case, MedCPT query encoder, at most 256 tokens, pooler output, proj_t. Vectors have unit length.
The checkpoint must be the whole model (`*_ckpt.pth`); `*_encoder.pth` has no way into the shared space.

    python models/export/merl.py --code CLONE --checkpoint FILE --backbone resnet18 --text-model DIR \\
        --out FOLDER
"""
import argparse
import sys
from pathlib import Path

import torch
from torch import nn

from attention import ClassTokenPooler
from bert import Bert
from checkpoint import ExportError, fit, load_checkpoint, part, sha256_of
from folder import (ecg_rule, export_ecg, export_projection, export_text, load_tokenizer, official_code,
                    projection_like, read_config, start_folder, text_rule, write_card, write_manifest,
                    write_tokenizer)
from resnet import SAMPLES_PER_CELL, ResNet1d
from vit import Vit1d

REPOSITORY = "github.com/cheliu-computation/MERL-ICML2024"
MAX_TOKENS = 256
TOP = ("ecg_encoder.", "downconv.", "att_pool_head.", "proj_e.")


class MerlResnet(nn.Module):
    """[B, 12, 5000] -> `rhythm` [B, D], `attention` [B, cells]."""

    def __init__(self, state):
        super().__init__()
        self.ecg_encoder = ResNet1d.like(part(state, "ecg_encoder."))
        if "downconv.weight" not in state or "att_pool_head.positional_embedding" not in state:
            raise ExportError("downconv and att_pool_head are missing: this is MERL's encoder alone "
                              "(*_encoder.pth); the whole model (*_ckpt.pth) is expected.")
        dim, width, _ = state["downconv.weight"].shape
        self.downconv = nn.Conv1d(width, dim, 1)
        self.att_pool_head = ClassTokenPooler(state["att_pool_head.positional_embedding"].shape[1] - 1, dim)

    def forward(self, ecg):
        pooled, attention = self.att_pool_head(self.downconv(self.ecg_encoder(ecg)))
        return nn.functional.normalize(pooled, dim=-1), attention


class MerlVit(nn.Module):
    """[B, 12, 5000] -> `rhythm` [B, D]."""

    def __init__(self, state):
        super().__init__()
        self.ecg_encoder = Vit1d.like(part(state, "ecg_encoder."))
        if "proj_e.0.weight" not in state or "proj_e.3.weight" not in state:
            raise ExportError("proj_e is missing: the whole model (*_ckpt.pth) is expected.")
        hidden, width = state["proj_e.0.weight"].shape
        dim = state["proj_e.3.weight"].shape[0]
        self.proj_e = nn.Sequential(nn.Linear(width, hidden), nn.BatchNorm1d(hidden), nn.ReLU(),
                                    nn.Linear(hidden, dim), nn.BatchNorm1d(dim))

    def forward(self, ecg):
        return nn.functional.normalize(self.proj_e(self.ecg_encoder(ecg)), dim=-1)


class MerlText(nn.Module):
    """ids, mask, types [B, S] -> the pooler output [B, D]."""

    def __init__(self, state, config):
        super().__init__()
        self.lm_model = Bert.like(part(state, "lm_model."), config, pooler=True)

    def forward(self, ids, mask, types):
        positions = torch.arange(ids.shape[1]).unsqueeze(0)
        hidden = self.lm_model(ids, mask, types, positions)
        return torch.tanh(self.lm_model.pooler["dense"](hidden[:, 0]))


def export_merl(options):
    """Writes the folder `options.out`; returns each graph's largest difference from PyTorch."""
    code = official_code(options.code)
    state = load_checkpoint(options.checkpoint)
    if not any(name.startswith(TOP) for name in state):
        raise ExportError(f"{options.checkpoint} holds no MERL model: it begins with {sorted(state)[0]}. "
                          "The whole model (*_ckpt.pth) is expected, not the encoder alone.")
    config, tokenizer = read_config(options.text_model), load_tokenizer(options.text_model)
    resnet = options.backbone == "resnet18"
    ecg = fit((MerlResnet if resnet else MerlVit)(state), state, "ECG side")
    text = fit(MerlText(state, config), state, "text side")
    words = text.lm_model.embeddings["word_embeddings"].num_embeddings
    if len(tokenizer) > words:
        raise ExportError(f"The tokenizer has {len(tokenizer)} tokens, the checkpoint {words}: "
                          "--text-model is another one than the checkpoint was trained with.")
    projection = fit(projection_like(part(state, "proj_t.")), part(state, "proj_t."), "proj_t")
    folder = start_folder(options.out, options.name, options.version)
    differences = {
        "ecg": export_ecg(ecg, folder, ("rhythm", "attention") if resnet else ("rhythm",)),
        "text": export_text(text, folder, words),
        "text_projection": export_projection(projection, folder, "text_projection.onnx", "text")}
    write_tokenizer(tokenizer, folder, "[CLS]")
    _describe(folder, options, {"ecg": ecg, "dim": projection[-1].out_features, "code": code})
    return differences


def _describe(folder, options, made):
    resnet = options.backbone == "resnet18"
    network = made["ecg"].ecg_encoder
    leads = network.conv1.in_channels if resnet else network.to_patch_embedding.in_channels
    samples = 5000 if resnet else network.pos_embedding.shape[1] * network.to_patch_embedding.kernel_size[0]
    attention = {"attention": "attention", "attentionCellSamples": SAMPLES_PER_CELL} if resnet else {}
    write_manifest(folder, {
        "name": options.name, "version": options.version, "kind": "merl",
        "description": f"MERL ({options.backbone}) with its MedCPT text side, from the user's weights. "
                       "For research; not a medical device.",
        "ecg": ecg_rule(leads, samples), "text": text_rule(MAX_TOKENS),
        "levels": {"rhythm": {"output": "rhythm", "dim": made["dim"], "sharedWithText": True, **attention}}})
    write_card(folder, {
        "name": options.name, "version": options.version, "kind": "merl", "repository": REPOSITORY,
        "checkpoint": Path(options.checkpoint).name, "sha256": sha256_of(options.checkpoint), **made["code"],
        "ecg": f"{options.backbone}, one rhythm vector of {made['dim']}", "notes": "",
        "text": f"BERT pooler output, at most {MAX_TOKENS} tokens, lower case, proj_t to {made['dim']}"})


def parse(arguments=None):
    """The command line; see the head of this file."""
    parser = argparse.ArgumentParser(description="Official MERL checkpoint to a model folder.")
    parser.add_argument("--code", required=True, help="your clone of " + REPOSITORY)
    parser.add_argument("--checkpoint", required=True, help="the whole model, *_ckpt.pth")
    parser.add_argument("--backbone", required=True, choices=("resnet18", "vit_tiny"))
    parser.add_argument("--text-model", required=True, help="folder of the MedCPT query encoder")
    parser.add_argument("--out", required=True, help="new model folder")
    parser.add_argument("--name", help="default: the folder's name")
    parser.add_argument("--version", default="1.0.0")
    options = parser.parse_args(arguments)
    options.name = options.name or Path(options.out).name
    return options


def main(arguments=None):
    options = parse(arguments)
    try:
        differences = export_merl(options)
    except ExportError as error:
        sys.exit(str(error))
    print(f"{options.out}: largest difference from PyTorch {differences}")


if __name__ == "__main__":
    main()
