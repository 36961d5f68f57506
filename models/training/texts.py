"""The language side of training: concepts, their wordings, pair phrases and report sentences.

`concepts.json` (ours): one entry a concept with the SCP keys that make it true and its names, synonyms and
abbreviations in English and German. `templates.json`: phrasings. Rules in `codes`:
a list of SCP keys (any of them present); `@class:X` / `@sub:X` a diagnostic super- or subclass;
`@axis:A,B` heart axis; `@stage:A,B` infarction stadium; `@noise` a quality remark; `!X` key absent.
Presence of a key is the label; a likelihood of 0 means "not given".
"""
import json
import random
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data import read_csv

HERE = Path(__file__).parent
NOISE_COLUMNS = ("baseline_drift", "static_noise", "burst_noise", "electrodes_problems")
PLAIN_SHARE = 0.4   # how often a bank text is a bare name rather than a templated one


@dataclass
class Concept:
    key: str
    names: list
    rule: list
    beat: bool      # visible in a single beat


def load_concepts():
    return [Concept(c["key"], c["names"], c["codes"], c.get("beat", False))
            for c in json.loads((HERE / "concepts.json").read_text())]


class Labeller:
    """Turns a record's codes (and its CSV row) into one soft target a concept; NaN where unknown."""

    def __init__(self, data_folder, concepts):
        rows = read_csv(Path(data_folder) / "ptbxl/scp_statements.csv")
        self.statements = {r[""]: r for r in rows}
        self.concepts = concepts
        self.keys = [self._resolve(c.rule) for c in concepts]

    def _resolve(self, rule):
        head, _, value = rule[0].partition(":")
        column = {"@class": "diagnostic_class", "@sub": "diagnostic_subclass"}.get(head)
        if column:
            return {k for k, r in self.statements.items() if r[column] == value}
        return None if head[0] in "@!" else set(rule)

    def __call__(self, codes, row=None):
        return np.array([self._target(c, keys, codes, row)
                         for c, keys in zip(self.concepts, self.keys)], np.float32)

    def _target(self, concept, keys, codes, row):
        rule = " ".join(concept.rule)
        if keys is not None:
            return max((self._soft(k, codes[k]) for k in keys & codes.keys()), default=0.0)
        if rule.startswith("!"):
            return float(rule[1:] not in codes)
        if row is None:
            return np.nan
        if rule == "@noise":
            return float(any(row[c].strip() for c in NOISE_COLUMNS))
        value = row["heart_axis"] if rule.startswith("@axis") else row["infarction_stadium1"]
        if not value and rule.startswith("@axis"):
            return np.nan
        return float(value in rule.partition(":")[2].split(","))

    def _soft(self, key, likelihood):
        """1, or less for a diagnostic statement that its author doubted (15 % -> 0.8)."""
        doubted = self.statements[key]["diagnostic"] and 0 < likelihood < 50
        return 0.8 if doubted else 1.0


class TextBank:
    """Wordings of every concept and of pairs of concepts, as indices into one list of unique texts."""

    def __init__(self, concepts, targets, seed, templated_per_name=5, pair_count=1500):
        self.random = random.Random(seed)
        self.texts, self._index = [], {}
        templates = json.loads((HERE / "templates.json").read_text())
        self.plain = [[self.add(n) for n in c.names] for c in concepts]
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
        for concept, (plain, templated) in enumerate(zip(self.plain, self.templated)):
            for _ in range(per_concept):
                pool = plain if self.random.random() < PLAIN_SHARE else templated
                texts.append(self.random.choice(pool))
                owners.append(concept)
        return texts, owners

    def sample_pairs(self, count):
        return self.random.sample(self.pairs, min(count, len(self.pairs)))


FILLER = re.compile(r"\d+\.\d+\s+unbestätigter bericht|unbestätigter bericht|trace only requested\.?"
                    r"|ekg-befund|edit:|unconfirmed report")


def clean_report(report):
    """Lower case, single spaces, without the device's version number and "unconfirmed" remark."""
    return re.sub(r"\s+", " ", FILLER.sub(" ", report.lower())).strip(" .")


def report_sentences(report):
    """Pieces of a cleaned report: split at full stops, or into 3-space columns as the device wrote them."""
    raw = FILLER.sub(" ", report.lower())
    pieces = [re.sub(r"\s+", " ", p).strip(" .,") for p in re.split(r"\.\s|\.$|\s{3,}", raw)]
    return [p for p in pieces if len(p) > 5]
