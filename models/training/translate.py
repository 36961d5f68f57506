"""PTB-XL's reports in English: German and Swedish phrases by table, cut into statements.

    python models/training/translate.py --data ../shared/data      # coverage of reports.csv

`phrases.tsv`: phrase, English, language, kind. A `finding` begins a statement; a `modifier` belongs to the finding
before it, a `prefix` or `qualifier` to the one after it; a `joint` joins; `filler` says nothing. What is in no
phrase stays as it is (two thirds of those words are English already).
"""
import argparse
import csv
import re
from pathlib import Path

HERE = Path(__file__).parent
FILLER = re.compile(r"\d+\.\d+\s+unbestätigter bericht|unbestätigter bericht|trace only requested\.?|ekg-befund|edit:"
                    r"|unconfirmed report|\b4\.46\b")
EQUAL = ((r"ischaem", "ischem"), (r"\bcontraction\(s\)", "complexes"), (r"contractions?\b", "complexes"),
         (r"complex\b", "complexes"), (r"\blvh\b", "left ventricular hypertrophy"), (r"\binfarct\b", "infarction"),
         (r"hemiblock", "fascicular block"), (r"non-specific", "nonspecific"), (r"^normal sinus rhythm$", "sinus rhythm"),
         (r"\bmyocardial infarction", "infarction"), (r"\bmi\b", "infarction"), (r"^otherwise ", ""), (r"[.,;]+$", ""))


def load_table(path=HERE / "phrases.tsv"):
    """phrase -> (English, language, kind)."""
    with open(path, encoding="utf-8", newline="") as f:
        return {r["phrase"]: (r["english"], r["language"], r["kind"]) for r in csv.DictReader(f, delimiter="\t")}


_TABLE = load_table()
_PATTERN = re.compile(r"(?<!\w)(" + "|".join(re.escape(p) for p in sorted(_TABLE, key=len, reverse=True)) + r")(?!\w)")


def pieces(report):
    """The report's sentences, without what is no finding: lower case, single spaces."""
    text = report.lower().partition("edit:")[0]                 # what follows are codes, not language
    text = FILLER.sub(" ", text.replace("ausz.", "auszuschliessen").replace("mögl.", "möglich"))
    text = re.sub(r"alter unbest\.?", "alter unbest", text)
    out = []
    for sentence in re.split(r"\.\s|\.$|;", text):
        if any(_TABLE[m.group()][0] != m.group() for m in _PATTERN.finditer(sentence)):
            out += re.split(r"\s{3,}", sentence)                 # the device's columns
        else:
            out.append(sentence)                                # wrapped lines of an English sentence
    return [p for p in (re.sub(r"\s+", " ", p).strip(" .,;") for p in out) if len(p) > 2]


def statements(report):
    """The report as English statements in reading order."""
    out = []
    for sentence in pieces(report):
        out += _sentence(sentence, out)
    return [s for s in dict.fromkeys(re.sub(r"\s+", " ", s).strip(" ,-") for s in out) if len(s) > 2]


def _sentence(sentence, before):
    found = list(_PATTERN.finditer(sentence))
    kinds = [_TABLE[m.group()][2] for m in found]
    if not found or not _foreign(sentence, found):
        return [sentence]
    done, current, open_ = [], "", False
    if kinds[0] == "modifier" and found[0].start() == 0 and before:
        current, open_ = before.pop(), True
    at = 0
    for match, kind in zip(found, kinds):
        between = sentence[at:match.start()].strip(" ,")
        current = " ".join(filter(None, (current, between)))
        english, at = _TABLE[match.group()][0], match.end()
        if kind == "finding" and open_ and not current.endswith((" or", " and", " with", " in")):
            done, current = [*done, current], english
        elif kind in ("qualifier", "prefix") and open_ and not current.endswith((" or", " and", " with", " in")):
            done, current, open_ = [*done, current], english, False
        elif kind == "modifier" and open_ and not english.startswith(("in ", "displaced")):
            current = f"{current}, {english}"
        elif kind != "filler":
            current = f"{current} {english}"
        open_ = open_ or kind == "finding"
    rest = sentence[at:].strip(" ,")
    return [*done, " ".join(filter(None, (current, rest)))]


def _foreign(sentence, found):
    """Whether the table says anything else than the sentence does already."""
    return any(_TABLE[m.group()][0] != m.group() for m in found)


def translate(report):
    said = statements(report)
    return ". ".join(said) + "." if said else ""


def canonical(statement):
    """One form for statements that mean the same."""
    text = statement.lower().strip()
    for pattern, other in EQUAL:
        text = re.sub(pattern, other, text)
    return re.sub(r"\s+", " ", text).strip(" .,")


def coverage(reports, english):
    """Share of word tokens that lie in a phrase of the table or are English (`english`: a set of words)."""
    total = covered = 0
    missing = {}
    for report in reports:
        text = re.sub(r"alter unbest\.?", "alter unbest", FILLER.sub(" ", report.lower()))
        inside = set()
        for m in _PATTERN.finditer(text):
            inside.update(range(*m.span()))
        for m in re.finditer(r"[^\W\d_]+", text):
            total += 1
            if m.start() in inside or m.group() in english or len(m.group()) == 1:
                covered += 1
            else:
                missing[m.group()] = missing.get(m.group(), 0) + 1
    return {"tokenCount": total, "covered": covered, "share": covered / max(total, 1),
            "uncovered": sorted(missing.items(), key=lambda x: -x[1])[:60]}


def english_words():
    """The words of english_words.txt: what English reports are written in."""
    return set((HERE / "english_words.txt").read_text(encoding="utf-8").split())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    args = parser.parse_args()
    with open(Path(args.data) / "ptbxl/reports.csv", encoding="utf-8", newline="") as f:
        print(coverage([r["report"] for r in csv.DictReader(f)], english_words()))


if __name__ == "__main__":
    main()
