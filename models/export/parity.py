"""The official code against our ONNX graphs, both with the same random weights, on real recordings.

The official classes of the user's clones get random weights (published sizes, a made-up vocabulary), their
checkpoint goes through our export command; ECG vectors, text vectors and the ranking of classes are compared.

    python models/export/parity.py --merl CLONE --melp CLONE --fairseq CLONE --records DIR --database CSV \\
        --out eval/results/export-parity.json [--only merl-resnet18,...]
`--records`: PTB-XL's folder (with records500/); `--database`: ptbxl_database.csv. Recordings are of fold 9.
`--fairseq`: the fairseq-signals fork that MELP's requirements.txt names. `--only` renews these models' rows
and keeps the others that the file has.
"""
import argparse
import gc
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pandas as pd
import torch
import transformers

import melp
import merl
import official
import synthetic
from folder import commit_of
from graph import TOLERANCE
from parity_node import check_node
from parity_sides import Check, Ours
from records import read_block

RECORD_COUNT = 16
SIZES = {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072,
         "max_position_embeddings": 512}
VOCABULARY = 30522
LONG_PROMPT = " ".join(synthetic.PROMPTS) * 4


def fold9_paths(options):
    """`filename_hr` of 16 recordings of fold 9, evenly spread over those that are there."""
    table = pd.read_csv(options.database)
    names = [name for name in table[table.strat_fold == 9].filename_hr
             if (Path(options.records) / f"{name}.hea").is_file()]
    if len(names) < RECORD_COUNT:
        sys.exit(f"{options.records} has {len(names)} recordings of fold 9: {RECORD_COUNT} are needed.")
    return [names[i * len(names) // RECORD_COUNT] for i in range(RECORD_COUNT)]


def official_blocks(options, names):
    """What MERL's own data set class gives for these recordings, [16, 12, 5000]."""
    table = pd.DataFrame({**{f"meta{i}": 0 for i in range(5)}, "filename_hr": names, "LABEL": 1})
    dataset = official.merl_dataset(options.merl)(options.records, table, mode="test", dataset_name="ptbxl")
    return torch.stack([dataset[i][0] for i in range(len(names))])


def write_text_model(scratch):
    """A BERT of the published size with random weights under the hub name `ncbi/MedCPT-Query-Encoder`."""
    from transformers import BertConfig, BertModel
    folder = scratch / "hub" / "ncbi" / "MedCPT-Query-Encoder"
    tokens = synthetic.vocabulary(VOCABULARY, synthetic.words_of(synthetic.PROMPTS))
    synthetic.write_text_model(folder, tokens, SIZES)
    model = synthetic.randomise(BertModel(BertConfig(vocab_size=VOCABULARY, **SIZES)), seed=3)
    model.save_pretrained(str(folder))
    synthetic.write_text_model(folder, tokens, SIZES)
    return folder


def save(model, file):
    torch.save(model.state_dict(), file)
    return str(file)


def unit(x):
    return torch.nn.functional.normalize(x, dim=-1).numpy()


@torch.no_grad()
def check_merl(options, shared, backbone):
    """Rows for one MERL backbone: preprocessing, ext_ecg_emb, get_text_emb + proj_t, ranking."""
    blocks, scratch = shared["blocks"], shared["scratch"]
    model = official.merl_model(options.merl, backbone, shared["text_model"])
    synthetic.randomise(model, seed=21)
    synthetic.settle_norms(model.ecg_encoder, blocks)
    if backbone != "resnet18":
        model.proj_e = synthetic.settle_norms(model.proj_e, model.ecg_encoder.eval()(blocks))
    model.eval()
    folder = scratch / f"merl-{backbone.replace('_', '-')}"
    merl.export_merl(merl.parse(["--code", options.merl, "--checkpoint", save(model, scratch / "merl.pth"),
                                 "--backbone", backbone, "--text-model", str(shared["text_model"]),
                                 "--out", str(folder)]))
    ours = Ours(folder)
    check = Check(folder.name, {"repository": merl.REPOSITORY, "commit": commit_of(options.merl)})
    check.add("preprocessing", [(blocks.numpy(), shared["own"])], "finetune_dataset.ECGDataset, lead swap")
    vectors = unit(model.ext_ecg_emb(blocks))
    mine = ours.ecg(shared["own"])
    check.add("ECG rhythm (ext_ecg_emb)", [(vectors, mine["rhythm"])])
    if backbone == "resnet18":
        attention = model.att_pool_head(model.downconv(model.ecg_encoder(blocks)))[1][:, 0]
        attention = attention / attention.sum(1, keepdim=True)
        check.add("ECG attention", [(attention.numpy(), mine["attention"])],
                  "att_map over the 313 cells, scaled to sum 1")
    texts = _merl_texts(model, (*synthetic.PROMPTS, LONG_PROMPT))
    my_texts = ours.project(ours.text((*synthetic.PROMPTS, LONG_PROMPT)))
    check.add("text (get_text_emb, proj_t)", [(texts, my_texts)], "one prompt longer than 256 tokens")
    _rank(check, (vectors, texts), (mine["rhythm"], my_texts))
    check_node(check, folder, shared, (vectors, texts))
    return check.rows


def _merl_texts(model, prompts):
    rows = []
    for prompt in prompts:
        tokens = model._tokenize([prompt.lower()])
        rows.append(unit(model.proj_t(model.get_text_emb(tokens.input_ids, tokens.attention_mask)))[0])
    return np.stack(rows)


def _rank(check, theirs, ours):
    count = len(synthetic.PROMPTS)
    scores = [ecg @ texts[:count].T for ecg, texts in (theirs, ours)]
    gap = np.diff(np.sort(scores[0], axis=1), axis=1).min()
    check.add(f"zero-shot ranking, {count} prompts", [tuple(scores)],
              f"cosine; smallest gap between neighbouring classes {gap:.2g}", ranking=tuple(scores))


@torch.no_grad()
def check_melp(options, shared, backbone):
    """Rows for one MELP backbone: _encode_ecg, encode_text, sentences, ranking; then its encoder alone."""
    blocks, scratch = shared["blocks"], shared["scratch"]
    model = official.melp_model(options.melp, options.fairseq, backbone, shared["text_model"].parents[1])
    synthetic.randomise(model, seed=31)
    if backbone == "resnet18":
        synthetic.settle_norms(model.ecg_encoder.model, blocks)
    model.eval()
    folder = scratch / f"melp-{backbone}"
    checkpoint = scratch / "melp.ckpt"
    torch.save({"state_dict": model.state_dict(), "hyper_parameters": {"init_logit_scale": np.log(1 / 0.07)}},
               checkpoint)
    melp.export_melp(melp.parse(["--code", options.melp, "--checkpoint", str(checkpoint),
                                 "--text-model", str(shared["text_model"]), "--out", str(folder)]))
    ours = Ours(folder)
    compared = {"repository": melp.REPOSITORY, "commit": commit_of(options.melp)}
    if backbone == "ecgfm":
        compared |= {"backbone": "github.com/fuying-wang/fairseq-signals",
                     "backboneCommit": commit_of(options.fairseq)}
    check = Check(folder.name, compared)
    vectors = _melp_ecg(check, model, (blocks, shared["own"]), ours)
    texts = _melp_text(check, model, ours, vectors)
    check_node(check, folder, shared, (vectors[0], texts))
    return check.rows + _encoder_alone(options, shared, compared, (model, ours))


def _melp_ecg(check, model, inputs, ours):
    blocks, own = inputs
    results = [model._encode_ecg(blocks[i:i + 4]) for i in range(0, len(blocks), 4)]
    rhythm, beats, tokens = (torch.cat(group) for group in zip(*results))
    mine = ours.ecg(own)
    check.add("ECG rhythm (_encode_ecg)", [(rhythm.numpy(), mine["rhythm"])])
    for level, rows in (("beat-query", beats), ("token", tokens)):
        check.add(f"ECG {level} (_encode_ecg)", [(unit(rows), mine[level.replace("-", "_")])],
                  f"{rows.shape[1]} queries, unit rows")
    return rhythm.numpy(), mine["rhythm"]


def _melp_text(check, model, ours, vectors):
    prompts = (*synthetic.PROMPTS, LONG_PROMPT)
    texts, sentence_pairs = [], []
    states = ours.text(prompts, "sentence_embeddings")
    for number, prompt in enumerate(prompts):
        tokens = model._tokenize([prompt.lower()])
        ids = tokens.input_ids[0][tokens.attention_mask[0] > 0].tolist()
        if ids != ours.ids(prompt):
            sys.exit(f"Token ids differ for: {prompt}")
        texts.append(model.encode_text(tokens.input_ids, tokens.attention_mask)[0].numpy())
        _, _, sentences = model._encode_text(tokens.input_ids, tokens.attention_mask)
        mine = states[number][np.abs(states[number]).sum(1) > 0]
        if len(mine) != (len(sentences[0]) if sentences else 0):
            sys.exit(f"{len(mine)} sentences instead of the official ones for: {prompt}")
        if sentences:
            sentence_pairs.append((unit(model.sent_proj(sentences[0])), ours.project(mine, "sentence")))
    my_texts = ours.project(ours.text(prompts))
    alone = np.concatenate([ours.project(ours.text([prompt])) for prompt in prompts])
    check.add("text (encode_text)", [(np.stack(texts), my_texts)],
              "same token ids; one prompt longer than the limit; padded together")
    check.add("text (encode_text), one at a time", [(np.stack(texts), alone)], "not padded")
    check.add("text sentences (aggregate_sentence_emb, sent_proj)", sentence_pairs)
    _rank(check, (vectors[0], np.stack(texts)), (vectors[1], my_texts))
    return np.stack(texts)


def _encoder_alone(options, shared, compared, made):
    """A checkpoint of the ECG encoder alone gives the same ECG vectors and no text side."""
    model, whole = made
    folder = shared["scratch"] / f"{whole.folder.name}-encoder"
    file = save(model.ecg_encoder, shared["scratch"] / "encoder.pth")
    melp.export_melp(melp.parse(["--code", options.melp, "--checkpoint", file, "--out", str(folder)]))
    ours = Ours(folder)
    if "text" in ours.manifest:
        sys.exit("The encoder alone was given a text side.")
    theirs = torch.nn.functional.normalize(model.ecg_encoder._encode_ecg(shared["blocks"][:4])[0], dim=-1)
    check = Check(folder.name, compared)
    mine = ours.ecg(shared["own"][:4])["rhythm"]
    check.add("ECG rhythm (_encode_ecg)", [(theirs.numpy(), mine)], "no text side")
    check_node(check, folder, shared, (theirs.numpy(), None))
    return check.rows


def run(options):
    """The rows of all models, or of those that --only names."""
    rows = []
    with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
        names = fold9_paths(options)
        shared = {"scratch": Path(scratch), "records": options.records, "names": names,
                  "prompts": (*synthetic.PROMPTS, LONG_PROMPT), "blocks": official_blocks(options, names),
                  "own": np.stack([read_block(Path(options.records) / name) for name in names])}
        shared["text_model"] = write_text_model(Path(scratch))
        jobs = {"merl-resnet18": lambda: check_merl(options, shared, "resnet18"),
                "merl-vit-tiny": lambda: check_merl(options, shared, "vit_tiny"),
                "melp-ecgfm": lambda: check_melp(options, shared, "ecgfm"),
                "melp-resnet18": lambda: check_melp(options, shared, "resnet18")}
        for name, job in jobs.items():
            if not options.only or name in options.only.split(","):
                rows += job()
                gc.collect()
    return rows


def main():
    parser = argparse.ArgumentParser(description="Official MERL and MELP code against the exported graphs.")
    for name in ("merl", "melp", "fairseq", "records", "database", "out"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--only", help="of merl-resnet18,merl-vit-tiny,melp-ecgfm,melp-resnet18")
    parser.add_argument("--scratch", help="folder for about 3 GB of temporary files")
    options = parser.parse_args()
    torch.set_num_threads(2)
    rows = run(options)
    before = json.loads(Path(options.out).read_text(encoding="utf-8")) if Path(options.out).is_file() else {}
    renewed = {row["model"] for row in rows}
    kept = [row for row in before.get("rows", []) if options.only and row["model"] not in renewed]
    report = {
        "what": "official code against the exported ONNX graphs (ONNX Runtime, CPU, float32), same random "
                "weights of the published sizes, synthetic vocabulary with the full stop at id 18; 16 "
                f"recordings of PTB-XL fold 9; tolerance {TOLERANCE} on unit vectors",
        "madeBy": "models/export/parity.py",
        "versions": {"torch": torch.__version__, "onnxruntime": ort.__version__,
                     "transformers": transformers.__version__},
        "standInsThatRun": official.RUNNING, "standInsThatRefuseToRun": sorted(
            {*official.stood_in(), *(before.get("standInsThatRefuseToRun", []) if kept else [])}),
        "rows": kept + rows}
    Path(options.out).write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if any(row["status"] != "verified" for row in report["rows"]):
        sys.exit("Some parts differ.")


if __name__ == "__main__":
    main()
