"""The phrase table of ECG reports: rows of phrases.tsv, their look-up by language, and lists of lead names.

Knows words only; which word belongs to which finding is told in translate.py.
"""
import csv
import re
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

HERE = Path(__file__).parent
FOLD = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "á": "ss", "å": "a", "é": "e", "#": "ue",
                      "ó": " ", "\u2019": "'"})
TOKEN = re.compile(r"[a-z']+\d?|\d+(?:[.,:/]\d+)*|[^\sa-z\d]")
LEAD = r"(?:v ?[1-6]{1,6}|av[rlf]|i{1,3}|lll)"
JOINER = r"(?:[\s,\-/+&().;]|\bund\b|\band\b|\bbis\b|\bto\b|\bthrough\b)*"
MORE = (rf"(?:\b{LEAD}\b|\b[1-6]\b(?!\s*[.:/%>]|\s*grad)"
        r"|\b[lfr]\b(?![\s-]*(?:prog|verl|zack|s\b|ue|in\b|wav|ptog)))")
RUN = re.compile(rf"\b{LEAD}\b(?:{JOINER}{MORE})*")
NOT_INFLECTED = {"alter", "ueber", "unter", "oder", "sicher"}
SINGLE = re.compile(rf"\b[lf]\b(?:{JOINER}{MORE})*")
LIMB = {"l": "avl", "f": "avf", "r": "avr", "lll": "iii"}
ORDER = ["i", "ii", "iii", "avr", "avl", "avf", "v1", "v2", "v3", "v4", "v5", "v6"]


@dataclass
class Entry:
    """One row of the table; `attach` says where the phrase goes (phrases.md)."""
    phrase: str
    english: str
    language: str
    kind: str
    attach: str


def fold(text):
    """Lower case, umlauts spelt out: the one spelling that table and reports are compared in."""
    return text.lower().translate(FOLD)


def stem(word):
    """A German word without its adjective or plural ending."""
    short = re.sub(r"(?:es|er|en|em|e)$", "", word)
    return short if len(word) >= 5 and len(short) >= 3 and word not in NOT_INFLECTED else word


def unique(items):
    return list(dict.fromkeys(items))


def words_of(text):
    return [t for t in TOKEN.findall(fold(text)) if t[0].isalnum()]


def load_table(path=HERE / "phrases.tsv"):
    """The table's rows as entries."""
    with open(path, encoding="utf-8", newline="") as f:
        return [Entry(**row) for row in csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE)]


def _reach(keys):
    """First word -> word count of the longest phrase that begins with it."""
    out = {}
    for key in keys:
        out[key[0]] = max(out.get(key[0], 0), len(key))
    return out


class Table:
    """Longest phrase first, by language; the other foreign language serves where the report's own has no phrase."""

    def __init__(self, entries):
        self.entries = entries
        self.foreign = {"de": {}, "sv": {}}
        self.english, self.spelling = {}, {}
        for e in entries:
            if e.language == "en":
                self.english.setdefault(tuple(TOKEN.findall(fold(e.phrase))), e)
            elif e.attach == "spelling":
                self.spelling[fold(e.phrase)] = fold(e.english)
            else:
                words = words_of(e.phrase.replace("qrs(t)", "qrst"))
                self.foreign[e.language].setdefault(tuple(map(stem, words)), e)
        self.longest = max(map(len, [*self.english, *self.foreign["de"], *self.foreign["sv"]]))
        self.words = {k: {w for key in table for w in key} for k, table in self.foreign.items()}
        written = " ".join(f"{e.english} {e.phrase if e.language == 'en' else ''}" for e in entries)
        self.words["en"] = set(TOKEN.findall(fold(written)))
        both = _reach(chain(self.foreign["de"], self.foreign["sv"]))
        self.reach = {"de": both, "sv": both, "en": _reach(self.english)}

    def language(self, words):
        """Which language most words that only one of them knows belong to."""
        votes = Counter({"de": 0, "sv": 0, "en": 0})
        for word in words:
            if len(word) == 1 or RUN.fullmatch(word):
                continue
            known = [k for k in votes if (word if k == "en" else stem(word)) in self.words[k]]
            if len(known) == 1:
                votes[known[0]] += 1
            elif len(known) == 2:
                votes.update({k: 0.3 for k in known})
        return max(("en", "de", "sv"), key=lambda k: votes[k])

    def match(self, words, language):
        """(entry, word count) of the longest phrase at the start of `words`, or (None, 0)."""
        tables = ([self.english] if language == "en" else
                  [self.foreign[language], self.foreign["sv" if language == "de" else "de"]])
        reach = self.reach[language].get(words[0], 0) if words else 0
        for count in range(min(reach, len(words)), 0, -1):
            for table in tables:
                entry = table.get(tuple(words[:count]))
                if entry is not None:
                    return entry, count
        return None, 0


def leads_of(run):
    """Lead names of "ii, iii, avf, v4,5,6", "v1 - v3", "i-iii", "iii, l, f"."""
    out, dash = [], False
    for token in re.findall(r"v ?[1-6]{1,6}|av[rlf]|i{1,3}|lll|[lfr]|[1-6]|-|bis|\bto\b|through", run):
        if token in ("-", "bis", "to", "through"):
            dash = bool(out)
            continue
        digits = re.sub(r"\D", "", token)
        names = [f"v{d}" for d in digits] if digits else [LIMB.get(token, token)]
        if dash and out and names[0] in ORDER and ORDER.index(out[-1]) < ORDER.index(names[0]):
            out += ORDER[ORDER.index(out[-1]) + 1:ORDER.index(names[0])]
        out, dash = out + names, False
    return tuple(unique(out))


def write_leads(leads):
    """The names with runs of chest leads joined: ["i", "v4-v6"]."""
    out, run = [], []
    for lead in [*unique(leads), ""]:
        if run and (not lead.startswith("v") or int(lead[1]) != int(run[-1][1]) + 1):
            out.append(run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}")
            run = []
        if lead.startswith("v"):
            run.append(lead)
        elif lead:
            out.append(lead)
    return out


def fold_regions(regions):
    """["inferior leads", "lateral leads"] -> ["inferior and lateral leads"]."""
    named = [r.removesuffix(" leads") for r in regions if r.endswith(" leads")]
    return [f"{joined_names(named)} leads" if len(named) > 1 else f"{named[0]} leads"] if named else []


def joined_names(names):
    if any(re.fullmatch(r"[iavrlf]+|v\d(-v\d)?", n) for n in names):
        marked = [n if n == names[0] or not n.endswith("leads") else f"and {n}" for n in names]
        return ", ".join(marked).replace(", and", " and")
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1] if names else ""


TABLE = Table(load_table())
