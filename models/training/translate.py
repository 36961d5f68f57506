"""PTB-XL's reports in English: German, Swedish and English reports cut into statements by a phrase table.

    python models/training/translate.py --data ../shared/data      # coverage of reports.csv

`phrases.tsv` (ours) holds the language, this file the grammar: which word belongs to which finding. See phrases.md.
It translates no free prose: a word that no phrase knows is left out of a German or Swedish report (`coverage`
counts such words), and is kept as it stands in an English one.
"""
import argparse
import csv
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from phrase_english import english_statements
from phrase_forms import EQUIVALENT, canonical, german
from phrase_table import (RUN, SINGLE, TABLE, TOKEN, Entry, fold, fold_regions, joined_names, leads_of,
                          load_table, stem, unique, words_of, write_leads)

__all__ = ["EQUIVALENT", "canonical", "coverage", "german", "load_table", "statements", "translate"]

CUT_AT = 250       # PTB-XL cuts most reports at about 255 characters: the last word of these is a fragment
TAIL = re.compile(r"edit\s?:|consensus label|\{")      # what follows are codes of the second reader, not a report
FILLER = re.compile(r"\b\d\.\d+\s+u(?:n(?:b\w*(?: \w*)?)?)?\s*$|\b4\.\d*\s*$|trace only requested\.?"
                    r"|(?:\b\d\.\d+\s+)?unbestaetigter bericht")
NUMBER_ENDING = re.compile(r"\((?:n|er|a)\)")          # extrasystole(n), extrasystoli(er), ventrikulär(a)
SPLIT_WAVE = re.compile(r"\b(qs|rs|[tqrps])(neg)?(iii|ii|i|av[rlf]|v\d(?:-\d)?)(?=\W|$)")
ABNORMAL = re.compile(r"abnormality$")
HEDGED = re.compile(r"infarction|damage|hypertrophy")


@dataclass
class Item:
    """A phrase of a report: its entry, what stands before it ("", ",", "(" or "line"), whether it is inflected."""
    entry: Entry
    gap: str
    inflected: bool
    leads: tuple = ()


@dataclass
class Statement:
    """A finding and what was said of it."""
    entry: Entry
    certainty: list = field(default_factory=list)
    modifiers: list = field(default_factory=list)
    places: list = field(default_factory=list)
    leads: list = field(default_factory=list)
    regions: list = field(default_factory=list)
    joined: str = ""

    @property
    def fixed(self):
        return self.entry.attach == "fixed"

    @property
    def wave(self):
        return self.entry.attach == "wave"

    @property
    def regional(self):
        named = re.search("elevation|depression|wave|delay", self.entry.english)
        return self.wave or bool(self.leads) or named is not None

    def explains(self, before):
        """Whether this says which changes "t-veränderungen" before it meant."""
        told = before.modifiers or before.leads or before.regions or before.certainty
        return before.entry.english == "t wave changes" and self.entry.english == "t wave" and not told

    def text(self):
        """The statement in English: certainty, then modifiers, place, finding, leads; all lower case."""
        told = self.modifiers or self.leads or self.regions or self.entry.english.endswith("changes")
        bare = self.wave and not told
        if bare or not self.entry.english:
            return ""
        qualities = [m for m in self.modifiers if "~" not in m]
        head = self.entry.english.removesuffix(" changes") if self.wave and qualities else self.entry.english
        near = [] if self.regional else self.places
        regions = [*([f"{p} leads" for p in self.places] if self.regional else []), *self.regions]
        out = " ".join([*unique(qualities), *([joined_names(unique(near))] if near else []), head])
        pre = [m for m in unique(self.modifiers) if m.endswith(" ~")]
        for pattern in reversed(pre):
            out = pattern.replace("~", out)
        where = joined_names(unique([*write_leads(self.leads), *fold_regions(unique(regions))]))
        out = f"{out} in {where}" if where else out
        for pattern in [m for m in unique(self.modifiers) if "~" in m and m not in pre]:
            out = pattern.replace("~", out)
        for pattern in unique(self.certainty):
            out = out if pattern.startswith("possible") and "possibl" in out else pattern.replace("~", out)
        return out + self.joined


def body(report):
    """The report's own text, folded; without the second reader's codes, version numbers and stamps."""
    text = fold(report).replace("\u00a0", " ")
    text = TAIL.split(text, maxsplit=1)[0]
    text = NUMBER_ENDING.sub("", text.replace("qrs(t)", "qrst"))
    text = SPLIT_WAVE.sub(lambda m: " ".join(filter(None, m.groups())), FILLER.sub(" ", text))
    text = re.sub(r"\b(i{1,3})(av[rlf])\b", r"\1, \2", text)
    return re.sub(r"[^\x20-\x7e]", " ", text).rstrip()


def is_cut(report):
    return len(report) >= CUT_AT and not report.rstrip().endswith((".", "bericht", ")"))


def statements(report):
    """The report as English statements in reading order, lower case, without repeats."""
    return list(_statements(report))


@lru_cache(maxsize=20_000)
def _statements(report):
    text = body(report)
    language = TABLE.language(words_of(text))
    cut = is_cut(report)
    said = english_statements(text, cut) if language == "en" else _foreign(text, language, cut)
    return [s for s in unique(said) if len(s) > 2]


def translate(report):
    """The report in English: its statements as sentences; "" where it says nothing."""
    said = statements(report)
    return ". ".join(said) + "." if said else ""


def items_of(text, language, cut=False):
    """The phrases of a folded report in order, and the words that no phrase covers."""
    tokens = [(TABLE.spelling.get(m.group(), m.group()), m.start()) for m in TOKEN.finditer(text)]
    at, gap, items, unknown = 0, "", [], []
    while at < len(tokens):
        token, start = tokens[at]
        if text[max(0, start - 2):start] == "  " and start > 2:
            gap = "," + "line" if gap == "," else "line"
        if not token[0].isalnum():
            if token == "?" and items:
                items.append(Item(Entry("?", "possible ~", language, "negation", "prev"), gap, False))
            gap, at = (token if token in ",(" else gap), at + 1
            continue
        if cut and at == len(tokens) - 1 and len(token) < 4 and not RUN.match(text, start):
            break                                    # a fragment that could be anything
        places = [i for i in range(at, min(at + 24, len(tokens))) if tokens[i][0][0].isalnum()]
        words = [stem(tokens[i][0]) for i in places]
        entry, count = TABLE.match(words, language)
        single = token in ("l", "f") and items and items[-1].entry.attach in ("", "wave", "lead")
        run = (SINGLE if single else RUN).match(text, start)
        if run and (entry is None or count == 1):
            entry = Entry(run.group(), "", language, "location", "lead")
            items.append(Item(entry, gap, False, leads_of(run.group())))
            at = next((i for i in range(at, len(tokens)) if tokens[i][1] >= run.end()), len(tokens))
        elif entry is not None:
            last, end = tokens[places[count - 1]]
            dotted = re.match(r"[a-z]+\.", text[end:]) and (entry.kind != "negation" or last.startswith("frag"))
            items.append(Item(entry, gap, bool(dotted) or last == "neg" or last != words[count - 1]))
            at = places[count - 1] + 1
        else:
            last = at == len(tokens) - 1 and cut
            whole = _complete(tokens[at][0], words, language) if last else None
            items += [Item(whole, gap, True)] if whole else []
            unknown += [] if whole or not token[0].isalpha() else [token]
            at += 1
        gap = ""
    return items, unknown


def _complete(fragment, words, language):
    """The entry that a word cut off by PTB-XL's length limit must have been, if there is one."""
    found = {e.english: e for key, e in TABLE.foreign[language].items()
             if len(key) == 1 and len(fragment) >= 5 and key[0].startswith(fragment) and e.kind == "finding"}
    return min(found.values(), key=lambda e: len(e.phrase)) if found else None


def _foreign(text, language, cut):
    items, _ = items_of(text, language, cut)
    done, waiting, listed, fresh = [], [], [], False
    for i, item in enumerate(items):
        entry, after = item.entry, items[i + 1:]
        if entry.kind == "finding":
            statement = Statement(entry)
            in_list = fresh or any("line" in x.gap for x in [*waiting, item])
            listed, fresh = listed if in_list else [], False
            for held in [*listed, *waiting]:
                _add(statement, held)
            if done and done[-1].joined.endswith(" or ~"):
                done[-1].joined = done[-1].joined.replace("~", statement.text())
            else:
                done.append(statement)
            waiting = []
        elif entry.attach == "join":
            if done and after and _next_finding(after):
                done[-1].joined = f" {entry.english} ~" if entry.english == "or" else ""
        elif entry.kind == "filler":
            continue
        elif _opens_list(item, after):
            listed, fresh = [item], True
        elif entry.kind == "negation" and item.gap == "," and done and ABNORMAL.search(done[-1].entry.english):
            continue                                 # "st & t abnorm, wahrscheinlich": its list is missing
        elif entry.attach == "region":
            _regions(done, waiting)
            waiting = []
        elif done and done[-1].regional and entry.kind == "location" and i and items[i - 1].entry.phrase == "und":
            _add_after(done, item)
        elif _belongs_to_next(item, after, done):
            waiting.append(item)
        elif done:
            _add_after(done, item)
    last = done[-1] if done else None
    if cut and last and HEDGED.search(last.entry.english) and not (last.certainty or last.modifiers):
        done.pop()                                   # its "possible" or "cannot be ruled out" may be cut off
    for statement in done:
        statement.joined = "" if "~" in statement.joined else statement.joined
    follows = [*done[1:], None]
    return [s.text() for s, after in zip(done, follows) if not (after and after.explains(s))]


def _next_finding(after):
    """The finding that the next words lead to, over modifiers and places, or None."""
    for item in after:
        if item.entry.kind == "finding":
            return item
        if item.entry.attach in ("prev", "lead", "leads", "join") or item.entry.kind == "filler":
            return None
    return None


def _opens_list(item, after):
    """Whether the word holds for each line that follows ("st & t abnorm, wahrscheinlich", "såsom vid")."""
    if item.entry.kind != "negation" or not after:
        return False
    return item.entry.attach == "list" or (item.entry.attach != "prev" and "line" in after[0].gap
                                           and (item.gap == "," or item.entry.attach == "next"))


def _belongs_to_next(item, after, done):
    attach, following = item.entry.attach, _next_finding(after)
    free = following is not None and following.entry.attach != "fixed"
    before = done[-1] if done else None
    if attach in ("next", "list"):
        return following is not None
    if attach in ("prev", "lead", "leads"):
        return False
    if attach == "quality":
        open_wave = before is not None and before.wave and not before.modifiers
        if following is not None and following.entry.attach == "wave" and (item.inflected or _is_next(after)):
            return item.inflected or not open_wave
        return item.inflected and free and not open_wave
    if item.entry.kind == "location" and after and after[0].entry.attach == "region":
        return True
    if before is None or before.fixed:
        return following is not None
    if item.gap == "(":
        return item.entry.kind == "negation" and _is_next(after)
    if item.inflected:
        return free or (item.entry.kind == "location" and _region_follows(after))
    if item.entry.kind == "negation":
        return False
    return free and (bool(before.leads) or "line" in item.gap) and following is after[0]


def _is_next(after):
    return bool(after) and after[0].entry.kind == "finding"


def _region_follows(after):
    for item in after:
        if item.entry.kind != "location":
            return False
        if item.entry.attach == "region":
            return True
    return False


def _regions(done, waiting):
    """"inferioren ableitungen": the places that wait, as leads of the last finding."""
    if done and not done[-1].fixed:
        done[-1].regions += [f"{w.entry.english} leads" for w in waiting if w.entry.kind == "location"]


def _add(statement, item):
    entry = item.entry
    if entry.kind == "negation":
        statement.certainty.insert(0, entry.english)
    elif entry.attach == "lead":
        statement.leads += item.leads
    elif entry.attach == "leads":
        statement.regions.append(entry.english)
    elif entry.kind == "location":
        statement.places.append(entry.english)
    else:
        statement.modifiers.append(entry.english)


def _add_after(done, item):
    """Adds what follows a finding; a second quality or list of leads of a wave is a statement of its own."""
    last = done[-1]
    if item.entry.attach == "quality" and last.wave and last.modifiers and (last.leads or last.regions):
        done.append(Statement(last.entry, modifiers=[item.entry.english]))
    elif not last.fixed or item.entry.attach == "prev":
        if item.entry.attach == "adj" and last.wave and last.leads and item.entry.kind == "modifier":
            last.modifiers.append(item.entry.english)
        else:
            _add(last, item)


def coverage(reports):
    """Word tokens that lie in a phrase of the table or, in English reports, are words of it.

    Digits alone and the second reader's codes after "edit:" count as neither. The result: {tokenCount, covered,
    share, uncovered: the 60 most frequent words}.
    """
    total, missing = 0, Counter()
    for report in reports:
        text = body(report)
        words = [w for w in words_of(text) if w[0].isalpha()]
        total += len(words)
        language = TABLE.language(words)
        if language == "en":
            missing.update(w for w in words if w not in TABLE.words["en"] and not RUN.fullmatch(w))
        else:
            missing.update(items_of(text, language, is_cut(report))[1])
    covered = total - sum(missing.values())
    return {"tokenCount": total, "covered": covered, "share": covered / max(total, 1),
            "uncovered": missing.most_common(60)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    args = parser.parse_args()
    with open(Path(args.data) / "ptbxl/reports.csv", encoding="utf-8", newline="") as f:
        found = coverage([r["report"] for r in csv.DictReader(f)])
    print(f"{found['covered']} of {found['tokenCount']} word tokens covered: {found['share']:.4f}")
    print("not covered:", ", ".join(f"{w} {n}" for w, n in found["uncovered"]))


if __name__ == "__main__":
    main()
