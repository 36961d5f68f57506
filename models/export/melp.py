"""An official MELP checkpoint (Wang et al., ICML 2025) -> a model folder of kind `melp`.

ECG: ECG-FM backbone or ResNet18 -> learned queries -> LayerNorm -> projection: `beat-query` rows; their mean
is `rhythm`; a second set of queries gives `token` rows. Text: a BERT run as a causal decoder over
`[BOS] text [SEP]`, padding, `[CLS]` at place 127, read there, proj_t; sentences are cut after token id 18.
An encoder-only checkpoint gives a folder without text side. The caption decoder is not exported.

    python models/export/melp.py --code CLONE --checkpoint FILE [--text-model DIR] --out FOLDER
"""
import argparse
import sys
from pathlib import Path

from torch import nn

from checkpoint import ExportError, fit, load_checkpoint, part, prefix_of, sha256_of
from ecgfm import EcgFm, fuse_positions
from folder import (ecg_rule, export_ecg, export_projection, export_text, load_tokenizer, official_code,
                    projection_like, read_config, start_folder, text_rule, write_card, write_manifest,
                    write_tokenizer)
from melp_graphs import LAST_PLACE, MelpEcg, MelpText, ResnetCells

REPOSITORY = "github.com/HKU-MedAI/MELP"
WITHOUT_TEXT = ("**No text side in the checkpoint: search by text, labels and drafts are not available; "
                "--like works.**\n")


def load_ecg(state, where):
    """The ECG side of a checkpoint, and which backbone it has."""
    prefix = prefix_of(state, "attn_pool_contrast.query")
    if prefix is None:
        raise ExportError(f"{where} has no attn_pool_contrast.query: a MELP checkpoint or its ECG encoder is "
                          "expected.")
    own = part(state, prefix)
    if "model.conv1.weight" in own:
        kind, backbone_state = "resnet18", own
        if "downconv.weight" not in own:
            raise ExportError(f"{where}: downconv is missing from the ResNet18 encoder.")
        backbone = ResnetCells(own)
    else:
        kind, backbone_state = "ecgfm", fuse_positions(part(own, "ecg_encoder."))
        backbone = EcgFm.like(backbone_state)
    complete = {**own, **{f"backbone.{name}": value for name, value in backbone_state.items()}}
    return fit(MelpEcg(backbone, own), complete, f"ECG side ({kind})"), kind


def load_text(state, text_model):
    """Text graph, proj_t, sent_proj (None where the checkpoint lacks it) and the tokenizer with [BOS]."""
    if text_model is None:
        raise ExportError("The checkpoint has a text side: --text-model is needed (the folder of its text "
                          "encoder: config.json and tokenizer), or --encoder-only to leave the text out.")
    tokenizer = load_tokenizer(text_model)
    tokenizer.add_special_tokens({"bos_token": "[BOS]"})
    bert = part(state, "lm_model.bert.")
    words = bert["embeddings.word_embeddings.weight"].shape[0]
    if len(tokenizer) != words:
        raise ExportError(f"The tokenizer with [BOS] has {len(tokenizer)} tokens, the checkpoint {words}: "
                          "--text-model is another one than the checkpoint was trained with.")
    tokens = {"cls": tokenizer.cls_token_id, "special": tokenizer.all_special_ids}
    text = MelpText(bert, read_config(text_model), tokens)
    fit(text.bert, bert, "text side")
    projection = fit(projection_like(part(state, "proj_t.")), part(state, "proj_t."), "proj_t")
    sentence = None
    if "sent_proj.weight" in state:
        sentence = nn.Linear(*reversed(state["sent_proj.weight"].shape))
        fit(sentence, part(state, "sent_proj."), "sent_proj")
    return text.eval(), projection, sentence, tokenizer


def export_melp(options):
    """Writes the folder `options.out`; returns each graph's largest difference from PyTorch."""
    code = official_code(options.code)
    state = load_checkpoint(options.checkpoint)
    ecg, kind = load_ecg(state, options.checkpoint)
    has_text = not options.encoder_only and "lm_model.bert.embeddings.word_embeddings.weight" in state
    text = load_text(state, options.text_model) if has_text else None
    folder = start_folder(options.out, options.name, options.version)
    outputs = ("rhythm", "beat_query", "token") if ecg.has_tokens else ("rhythm", "beat_query")
    differences = {"ecg": export_ecg(ecg, folder, outputs)}
    if text:
        differences.update(_export_text(folder, *text))
    _describe(folder, options, {"ecg": ecg, "kind": kind, "text": text, "code": code})
    return differences


def _export_text(folder, text, projection, sentence, tokenizer):
    differences = {
        "text": export_text(text, folder, len(tokenizer), ("sentence_embedding", "sentence_embeddings")),
        "text_projection": export_projection(projection, folder, "text_projection.onnx", "text")}
    if sentence is not None:
        differences["sentence_projection"] = export_projection(sentence, folder, "sentence_projection.onnx",
                                                               "sentence")
    write_tokenizer(tokenizer, folder, "[BOS]")
    return differences


def _describe(folder, options, made):
    ecg, kind, text = made["ecg"], made["kind"], made["text"]
    queries, dim = ecg.attn_pool_contrast.query.shape
    shared = text is not None
    levels = {"rhythm": {"output": "rhythm", "dim": dim, "sharedWithText": shared},
              "beat-query": {"output": "beat_query", "count": queries, "dim": dim, "sharedWithText": shared}}
    if ecg.has_tokens:
        count, width = ecg.attn_pool_caption.query.shape
        levels["token"] = {"output": "token", "count": count, "dim": width, "sharedWithText": False}
    entries = {"name": options.name, "version": options.version, "kind": "melp",
               "description": f"MELP ({kind}) {'with' if text else 'without'} its text side, from the user's "
                              "weights. For research; not a medical device.",
               "ecg": ecg_rule()}
    if text:
        entries["text"] = text_rule(LAST_PLACE)
        if text[2] is not None:
            entries["text"]["sentences"] = {"output": "sentence_embeddings", "projection": {
                "file": "sentence_projection.onnx", "input": "sentence_embedding", "output": "sentence"}}
    write_manifest(folder, {**entries, "levels": levels})
    side = (f"BERT as a causal decoder, [BOS] text [SEP] (at most {LAST_PLACE} tokens), read at a closing "
            f"[CLS], proj_t to {dim}") if text else "none"
    write_card(folder, {
        "name": options.name, "version": options.version, "kind": "melp", "repository": REPOSITORY,
        "checkpoint": Path(options.checkpoint).name, "sha256": sha256_of(options.checkpoint), **made["code"],
        "ecg": f"{kind}; {queries} learned queries of {dim} and their mean; they belong to no heartbeat",
        "text": side, "notes": "" if text else "\n" + WITHOUT_TEXT})


def parse(arguments=None):
    """The command line; see the head of this file."""
    parser = argparse.ArgumentParser(description="Official MELP checkpoint to a model folder.")
    parser.add_argument("--code", required=True, help="your clone of " + REPOSITORY)
    parser.add_argument("--checkpoint", required=True, help="a MELP checkpoint, or its ECG encoder alone")
    parser.add_argument("--text-model", help="folder of the text encoder (config.json, tokenizer)")
    parser.add_argument("--encoder-only", action="store_true", help="leave the text side out")
    parser.add_argument("--out", required=True, help="new model folder")
    parser.add_argument("--name", help="default: the folder's name")
    parser.add_argument("--version", default="1.0.0")
    options = parser.parse_args(arguments)
    options.name = options.name or Path(options.out).name
    return options


def main(arguments=None):
    options = parse(arguments)
    try:
        differences = export_melp(options)
    except ExportError as error:
        sys.exit(str(error))
    print(f"{options.out}: largest difference from PyTorch {differences}")
    if "text" not in differences:
        print(WITHOUT_TEXT.strip("*\n"))


if __name__ == "__main__":
    main()
