"""Fold-9 figures: zero-shot macro AUROC with label-name prompts, retrieval precision, beat localisation.

`python models/training/evaluate.py --data ../shared/data --model models/pqr-small` runs the exported
ONNX files; train.py calls `figures` on vectors. Fold 10 is never read (data.py drops it).
"""
import argparse
import json
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from data import FOLD_SELECT, label_sets, load_records, read_csv
from texts import HeldOut

MIN_POSITIVES = 5
SUPER_NAMES = {"NORM": "normal ECG", "MI": "myocardial infarction", "STTC": "ST/T change",
               "CD": "conduction disturbance", "HYP": "hypertrophy"}
SUB_NAMES = {"AMI": "anterior myocardial infarction", "LAFB/LPFB": "left anterior/left posterior fascicular block",
             "STTC": "ST-T changes", "IMI": "inferior myocardial infarction", "AVB": "AV block",
             "ISCI": "ischemic in inferior leads", "ISCA": "ischemia in anterior leads",
             "ISC": "non-specific ischemic", "NST": "non-specific ST changes"}
QUERIES = {"atrial fibrillation": "AFIB", "left bundle branch block": "CLBBB",
           "right bundle branch block": "CRBBB IRBBB", "left ventricular hypertrophy": "LVH VCLVH",
           "old inferior infarction": "IMI ILMI IPMI IPLMI", "anteroseptal infarction": "ASMI",
           "first degree AV block": "1AVB", "sinus bradycardia": "SBRAD", "sinus tachycardia": "STACH",
           "premature ventricular complexes": "PVC BIGU TRIGU", "paced rhythm": "PACE", "normal ECG": "NORM"}
# Wordings that no training text holds, to watch for over-fitting to the bank.
HELD_OUT_PHRASES = {"irregular rhythm, AF suspected": "AFIB", "complete block of the left bundle branch": "CLBBB",
                    "thickened left ventricle with high voltages": "LVH VCLVH",
                    "scar of the inferior wall": "IMI ILMI IPMI IPLMI", "heart rate too slow but sinus": "SBRAD",
                    "racing sinus rhythm": "STACH", "extra beats from the ventricles": "PVC BIGU TRIGU",
                    "rhythm driven by an implanted pacemaker": "PACE", "nothing wrong with this ECG": "NORM",
                    "lengthened conduction through the AV node": "1AVB"}


def prompts(data_folder):
    """label set -> {label key: plain name}, in the words of scp_statements.csv."""
    rows = read_csv(Path(data_folder) / "ptbxl/scp_statements.csv")
    names = {r[""].rstrip("_"): r["description"] for r in rows}
    keys = {name: k for name, (k, _) in label_sets(data_folder).items()}
    return {"super": SUPER_NAMES, "sub": {k: SUB_NAMES.get(k, names.get(k)) for k in keys["sub"]},
            "form": {k: names[k] for k in keys["form"]}, "rhythm": {k: names[k] for k in keys["rhythm"]}}


# Figure, question, codes of the recordings it is asked in.
ECTOPIC = (("pvcBeatFirst", "premature ventricular complex", {"PVC", "BIGU", "TRIGU"}),
           ("pacBeatFirst", "premature atrial complex", {"PAC"}))


def all_texts(data_folder):
    """Every text that `figures` and `ectopic_beats` ask for."""
    return sorted({t for p in prompts(data_folder).values() for t in p.values()}
                  | QUERIES.keys() | HELD_OUT_PHRASES.keys() | {text for _, text, _ in ECTOPIC}
                  | {c["name"] for c in HeldOut().concepts})


def figures(data_folder, records, rhythm, text_of, hidden=None):
    """records and rhythm [n, 128] of fold 9; text_of maps a text to its vector [128].

    `hidden` (HeldOut): its concepts are left out of every figure, so that they cannot choose the epoch.
    """
    row_of = {r.path: i for i, r in enumerate(records)}
    out, detail = {}, {}
    names = prompts(data_folder)
    for name, (keys, labels) in label_sets(data_folder).items():
        paths = [p for p in labels if p in row_of]
        vectors = rhythm[[row_of[p] for p in paths]]
        truth = np.stack([labels[p] for p in paths])
        scores = {k: roc_auc_score(truth[:, j], vectors @ text_of(names[name][k]))
                  for j, k in enumerate(keys) if truth[:, j].sum() >= MIN_POSITIVES and not _hides(hidden, k, names[name][k])}
        out[name], detail[name] = float(np.mean(list(scores.values()))), scores
    out["macroAuroc"] = float(np.mean([out[k] for k in ("super", "sub", "form", "rhythm")]))
    precision, held_out = ({q: _precision(records, rhythm @ text_of(q), keys) for q, keys in questions.items()
                            if hidden is None or not hidden.codes & set(keys.split())}
                           for questions in (QUERIES, HELD_OUT_PHRASES))
    out["precisionAt10"] = float(np.mean(list(precision.values())))
    out["precisionAt10HeldOutPhrases"] = float(np.mean(list(held_out.values())))
    out["lowestBestCosine"] = float(min((rhythm @ text_of(q)).max() for q in QUERIES))
    detail |= {"precision": precision, "heldOut": held_out}
    return out, detail


def _hides(hidden, key, name):
    return hidden is not None and (key in hidden.codes or hidden.hides(name))


def _precision(records, score, keys):
    relevant = np.array([bool(set(keys.split()) & r.codes.keys()) for r in records])
    k = min(10, int(relevant.sum()))
    return float(relevant[np.argsort(-score, kind="stable")[:k]].mean()) if k else float("nan")


def ectopic_beats(records, beat_vectors, text_vector, codes):
    """Recordings of one of `codes` with a premature beat: how often the best-matching beat is a premature one.

    A premature beat ends an RR below 0.85 of the record's median. Returns (hits, records, chance).
    """
    hits, chance = [], []
    for record, beats in zip(records, beat_vectors):
        rr = np.diff(record.r_peaks)
        if not (codes & record.codes.keys()) or "AFIB" in record.codes or rr.size < 4:
            continue
        premature = np.concatenate([[False], rr < 0.85 * np.median(rr)])
        if not 0 < premature.sum() <= 0.5 * premature.size:
            continue
        hits.append(premature[int(np.argmax(beats[:premature.size] @ text_vector))])
        chance.append(premature.mean())
    return int(np.sum(hits)), len(hits), float(np.mean(chance)) if chance else float("nan")


def main():
    from runtime import PqrModel
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--cache", default=str(Path(__file__).parent / "out/records.npz"))
    parser.add_argument("--leads", default="all", help="comma-separated subset, e.g. I or I,II,III")
    parser.add_argument("--detail", action="store_true")
    args = parser.parse_args()
    records = [r for r in load_records(args.data, args.cache) if r.fold == FOLD_SELECT]
    model = PqrModel(args.model)
    rhythm, beats = model.embed_records(records, None if args.leads == "all" else args.leads.split(","))
    result, detail = figures(args.data, records, rhythm, model.text)
    for name, text, codes in ECTOPIC:
        hits, n, chance = ectopic_beats(records, beats, model.text(text), codes)
        result[name] = {"hits": hits, "records": n, "chance": round(chance, 3)}
    print(json.dumps({"fold9": result} | ({"detail": detail} if args.detail else {}), indent=1))


if __name__ == "__main__":
    main()
