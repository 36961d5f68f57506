"""The language side of training: concepts, their wordings, pair phrases and report sentences.

`concepts.json` (ours): one entry a concept with the SCP keys that make it true and its names, synonyms and
abbreviations in English and German; `paraphrases.json`: other wordings and what one sees; `templates.json`:
phrasings; `held_out.json`: concepts that a run with `--hold-out` never hears of. Rules in `codes`:
a list of SCP keys (any of them present); `@class:X` / `@sub:X` a diagnostic super- or subclass;
`@axis:A,B` heart axis; `@stage:A,B` infarction stadium; `@noise` a quality remark; `!X` key absent.
Presence of a key is the label; a likelihood of 0 means "not given".
"""
import json
import random
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from data import read_csv

HERE = Path(__file__).parent
NOISE_COLUMNS = ("baseline_drift", "static_noise", "burst_noise", "electrodes_problems")
PLAIN_SHARE, MORE_SHARE = 0.35, 0.4   # of bank texts: bare names; paraphrases and signs; the rest are templated


@dataclass
class Concept:
    key: str
    names: list
    rule: list
    beat: bool                                      # visible in a single beat
    amplitude: bool = False                         # cannot be told where the amplitude is unknown
    more: list = field(default_factory=list)        # paraphrases and signs


# Concepts that rest on voltage (or on the ratio of leads): unknown in z-scored recordings.
AMPLITUDE_KEYS = {"LVH", "LVH.any", "VCLVH", "RVH", "SEHYP", "super.HYP", "LVOLT", "HVOLT", "LOWT", "LAE", "RAE", "AE",
                  "AXIS.normal", "AXIS.leftish", "AXIS.left", "AXIS.right"}


def load_concepts(hidden=None):
    """The concepts of concepts.json with their paraphrases.

    `hidden`: a `HeldOut`; its codes leave the rules, its wording leaves the names, and a concept that has no
    code or no name left is dropped.
    """
    paraphrases = HERE / "paraphrases.json"
    more = json.loads(paraphrases.read_text(encoding="utf-8")) if paraphrases.exists() else {}
    out = []
    for c in json.loads((HERE / "concepts.json").read_text(encoding="utf-8")):
        extra = more.get(c["key"], {})
        concept = Concept(c["key"], c["names"], c["codes"], c.get("beat", False), c["key"] in AMPLITUDE_KEYS,
                          [*extra.get("en", []), *extra.get("de", []), *extra.get("signs", [])])
        out.append(concept)
    return out if hidden is None else [c for c in map(hidden.strip, out) if c is not None]


class HeldOut:
    """Concepts kept out of training: `held_out.json` has their codes and a pattern of their wording."""

    def __init__(self, file=HERE / "held_out.json"):
        self.concepts = json.loads(Path(file).read_text(encoding="utf-8"))["concepts"]
        self.codes = {c["code"] for c in self.concepts}
        self.pattern = re.compile("|".join(c["wording"] for c in self.concepts), re.IGNORECASE)

    def hides(self, text):
        return self.pattern.search(text) is not None

    def strip(self, concept):
        rule = [k for k in concept.rule if k not in self.codes]
        names, more = ([t for t in texts if not self.hides(t)] for texts in (concept.names, concept.more))
        return replace(concept, rule=rule, names=names, more=more) if rule and names else None


class Labeller:
    """Turns a record into one soft target a concept; NaN where unknown."""

    def __init__(self, data_folder, concepts, hidden=None):
        rows = read_csv(Path(data_folder) / "ptbxl/scp_statements.csv")
        self.statements = {r[""]: r for r in rows}
        self.hidden = hidden.codes if hidden else set()
        self.concepts = concepts
        self.full = load_concepts()
        self.keys = {c.key: self._resolve(c.rule) for c in self.full}

    def _resolve(self, rule):
        head, _, value = rule[0].partition(":")
        column = {"@class": "diagnostic_class", "@sub": "diagnostic_subclass"}.get(head)
        if column:
            return {k for k, r in self.statements.items() if r[column] == value}
        return None if head[0] in "@!" else set(rule)

    def record(self, record):
        """Targets of a record, from its codes or, where only label keys are known, from these."""
        if record.codes is None:
            target = np.array([self._from_labels(c, record.labels) for c in self.concepts], np.float32)
        else:
            target = self(record.codes, record.row or {"heart_axis": record.axis})
        if record.scaled:
            target[[c.amplitude for c in self.concepts]] = np.nan
        return target

    def __call__(self, codes, row=None):
        return np.array([self._target(c, self.keys[c.key], codes, row) for c in self.concepts], np.float32)

    def _target(self, concept, keys, codes, row):
        rule = " ".join(concept.rule)
        if keys is not None:
            found = keys & codes.keys()
            shown = found - self.hidden
            return np.nan if found and not shown else max((self._soft(k, codes[k]) for k in shown), default=0.0)
        if rule.startswith("!"):
            return float(rule[1:] not in codes)
        if row is None or (rule == "@noise" and NOISE_COLUMNS[0] not in row):
            return np.nan
        if rule == "@noise":
            return float(any(row[c].strip() for c in NOISE_COLUMNS))
        value = row.get("heart_axis" if rule.startswith("@axis") else "infarction_stadium1")
        if value is None or (not value and rule.startswith("@axis")):
            return np.nan
        return float(value in rule.partition(":")[2].split(","))

    def _from_labels(self, concept, labels):
        """A subclass label names its keys together: a part of them is unknown where it is given."""
        keys = self.keys[concept.key]
        if keys is None:
            rule = " ".join(concept.rule)
            return float(not any(x.endswith(f":{rule[1:]}") for x in labels)) if rule.startswith("!") else np.nan
        states = [self._state(k, keys, labels) for k in keys - self.hidden]
        if self._hidden_present(keys, labels):
            states.append(np.nan)
        return 1.0 if 1.0 in states else np.nan if any(np.isnan(s) for s in states) else 0.0

    def _state(self, key, keys, labels):
        row = self.statements[key]
        if row["form"] or row["rhythm"]:
            return float(f"form:{key.rstrip('_')}" in labels or f"rhythm:{key}" in labels)
        sub = row["diagnostic_subclass"]
        if f"sub_class:{sub.rstrip('_')}" not in labels:
            return 0.0
        whole = {k for k, r in self.statements.items() if r["diagnostic_subclass"] == sub}
        return 1.0 if whole <= keys else np.nan

    def _hidden_present(self, keys, labels):
        return any(np.isnan(s) or s > 0 for s in (self._state(k, {k}, labels) for k in keys & self.hidden))

    def _soft(self, key, likelihood):
        """1, or less for a diagnostic statement that its author doubted (15 % -> 0.8)."""
        doubted = self.statements[key]["diagnostic"] and 0 < likelihood < 50
        return 0.8 if doubted else 1.0


class TextBank:
    """Wordings of every concept and of pairs of concepts, as indices into one list of unique texts."""

    def __init__(self, concepts, targets, seed, templated_per_name=3, pair_count=1500):
        self.random = random.Random(seed)
        self.texts, self._index = [], {}
        templates = json.loads((HERE / "templates.json").read_text())
        self.plain = [[self.add(n) for n in c.names] for c in concepts]
        self.more = [[self.add(n) for n in c.more] or plain for c, plain in zip(concepts, self.plain)]
        self.templated = [[self.add(self._fill(t, [n])) for n in c.names
                           for t in self.random.sample(templates["single"][1:], templated_per_name)]
                          for c in concepts]
        self.pairs = self._pairs(concepts, targets, templates["pair"], pair_count)

    def add(self, text):
        text = text.strip().lower()
        if text not in self._index:
            self._index[text] = len(self.texts)
            self.texts.append(text)
        return self._index[text]

    def _fill(self, template, names):
        text = template.replace("{age}", str(self.random.randint(20, 89)))
        text = text.replace("{sex}", self.random.choice(["man", "woman", "male", "female"]))
        return text.format(*names)

    def _pairs(self, concepts, targets, templates, count):
        """(text index, concept a, concept b) for pairs that occur together at least 5 times."""
        positive = (np.nan_to_num(targets) > 0.5).astype(np.float32)
        both = positive.T @ positive
        single = np.diag(both)
        choices = [(a, b) for a in range(len(concepts)) for b in range(len(concepts))
                   if a != b and both[a, b] >= 5 and both[a, b] < 0.7 * min(single[a], single[b])]
        out = []
        for _ in range(count):
            a, b = self.random.choice(choices)
            names = [self.random.choice(concepts[i].names) for i in (a, b)]
            out.append((self.add(self._fill(self.random.choice(templates), names)), a, b))
        return out

    def sample(self, per_concept):
        """Text indices and the concept of each: `per_concept` wordings of every concept."""
        texts, owners = [], []
        for concept, (plain, more, templated) in enumerate(zip(self.plain, self.more, self.templated)):
            for _ in range(per_concept):
                draw = self.random.random()
                pool = plain if draw < PLAIN_SHARE else more if draw < PLAIN_SHARE + MORE_SHARE else templated
                texts.append(self.random.choice(pool))
                owners.append(concept)
        return texts, owners

    def sample_pairs(self, count):
        return self.random.sample(self.pairs, min(count, len(self.pairs)))


FILLER = re.compile(r"\d+\.\d+\s+unbestätigter bericht|unbestätigter bericht|trace only requested\.?"
                    r"|ekg-befund|edit:|unconfirmed report")


def clean_report(report):
    """Lower case, single spaces, without the device's version number and "unconfirmed" remark."""
    return re.sub(r"\s+", " ", FILLER.sub(" ", report.lower().partition("edit:")[0])).strip(" .")
