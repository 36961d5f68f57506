"""PTB-XL's reports in English: German, Swedish and English reports cut into statements by a phrase table.

    python models/training/translate.py --data ../shared/data      # coverage of reports.csv

`phrases.tsv` (ours) holds the language, this file the grammar: which word belongs to which finding. See phrases.md.
It translates no free prose: a word that no phrase knows is left out of a German or Swedish report (`coverage`
counts such words), and is kept as it stands in an English one.
"""
import argparse
import csv
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
CUT_AT = 250                    # PTB-XL cuts reports at about 255 characters: the last word of these is a fragment
FOLD = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "á": "ss", "å": "a", "é": "e", "#": "ue", "ó": " ",
                      "\u2019": "'"})
TAIL = re.compile(r"edit\s?:|consensus label|\{")      # what follows are codes of the second reader, not a report
FILLER = re.compile(r"\b\d\.\d+\s+u(?:n(?:b\w*(?: \w*)?)?)?\s*$|\b4\.\d*\s*$|trace only requested\.?"
                    r"|(?:\b\d\.\d+\s+)?unbestaetigter bericht")
NUMBER_ENDING = re.compile(r"\((?:n|er|a)\)")          # extrasystole(n), extrasystoli(er), ventrikulär(a)
TOKEN = re.compile(r"[a-z']+\d?|\d+(?:[.,:/]\d+)*|[^\sa-z\d]")
SPLIT_WAVE = re.compile(r"\b(qs|rs|[tqrps])(neg)?(iii|ii|i|av[rlf]|v\d(?:-\d)?)(?=\W|$)")
LEAD = r"(?:v ?[1-6]{1,6}|av[rlf]|i{1,3}|lll)"
JOINER = r"(?:[\s,\-/+&().;]|\bund\b|\band\b|\bbis\b|\bto\b|\bthrough\b)*"
MORE = rf"(?:\b{LEAD}\b|\b[1-6]\b(?!\s*[.:/%>]|\s*grad)|\b[lfr]\b(?![\s-]*(?:prog|verl|zack|s\b|ue|in\b|wav|ptog)))"
RUN = re.compile(rf"\b{LEAD}\b(?:{JOINER}{MORE})*")
NOT_INFLECTED = {"alter", "ueber", "unter", "oder", "sicher"}
SINGLE = re.compile(rf"\b[lf]\b(?:{JOINER}{MORE})*")
LIMB = {"l": "avl", "f": "avf", "r": "avr", "lll": "iii"}
ORDER = ["i", "ii", "iii", "avr", "avl", "avf", "v1", "v2", "v3", "v4", "v5", "v6"]
CAUSE = re.compile(r"(?:this|these|which|they) may be (?:due to|caused by) (?:an? )?")
REFERS = re.compile(r"(?:(?:this|these|they|it|which)\b(?! (?:patient|tracing|ecg|trace|leads))|the latter\b)")
THESE_LEADS = re.compile(r"\b(?:in|and) (?:these leads|the same leads)\b")
LEADS_SAID = r"(?:limb leads|chest leads|v\d(?:-v\d)?|av[rlf]|i+)\b"
OWN_LEADS = re.compile(rf"\bin ({LEADS_SAID}(?:(?:, | and ){LEADS_SAID})*)")
BEFORE_FINDING = {"possible", "probable", "suspected", "old", "borderline", "minor", "abnormal", "frequent", "occasional",
                  "likely", "slight"}
DANGLING = re.compile(r"(?:^|[\s,]+)(?:in|of|to|or|and|due|be|the|a|an|with|are|is|this|may|by|old|but|,)$")


@dataclass
class Entry:
    """One row of the table; `attach` says where the phrase goes (phrases.md)."""
    phrase: str
    english: str
    language: str
    kind: str
    attach: str


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
        return self.wave or bool(self.leads) or bool(re.search("elevation|depression|wave|delay", self.entry.english))

    def text(self):
        """The statement in English: certainty, then modifiers, place, finding, leads; all lower case."""
        bare = self.wave and not (self.modifiers or self.leads or self.regions or self.entry.english.endswith("changes"))
        if bare or not self.entry.english:
            return ""
        qualities = [m for m in self.modifiers if "~" not in m]
        head = self.entry.english.removesuffix(" changes") if self.wave and qualities else self.entry.english
        near = [] if self.regional else self.places
        regions = [*([f"{p} leads" for p in self.places] if self.regional else []), *self.regions]
        out = " ".join([*unique(qualities), *([_list(unique(near))] if near else []), head])
        pre = [m for m in unique(self.modifiers) if m.endswith(" ~")]
        for pattern in reversed(pre):
            out = pattern.replace("~", out)
        where = _list(unique([*write_leads(self.leads), *_fold_regions(unique(regions))]))
        out = f"{out} in {where}" if where else out
        for pattern in [m for m in unique(self.modifiers) if "~" in m and m not in pre]:
            out = pattern.replace("~", out)
        for pattern in unique(self.certainty):
            out = out if pattern.startswith("possible") and "possibl" in out else pattern.replace("~", out)
        return out + self.joined


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
                self.foreign[e.language].setdefault(tuple(map(stem, words_of(e.phrase.replace("qrs(t)", "qrst")))), e)
        self.longest = max(map(len, [*self.english, *self.foreign["de"], *self.foreign["sv"]]))
        self.words = {k: {w for key in table for w in key} for k, table in self.foreign.items()}
        written = " ".join(e.english for e in entries) + " " + " ".join(e.phrase for e in entries if e.language == "en")
        self.words["en"] = set(TOKEN.findall(fold(written)))
        self.openers = {k for k, e in self.english.items() if e.kind == "finding"}

    def language(self, words):
        """Which language most words that only one of them knows belong to."""
        votes = Counter({"de": 0, "sv": 0, "en": 0})
        for word in words:
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
        for count in range(min(self.longest, len(words)), 0, -1):
            for table in tables:
                entry = table.get(tuple(words[:count]))
                if entry is not None:
                    return entry, count
        return None, 0


_TABLE = Table(load_table())


def body(report):
    """The report's own text, folded; without the second reader's codes, version numbers and stamps."""
    text = fold(report).replace("\u00a0", " ")
    text = TAIL.split(text, maxsplit=1)[0]
    text = NUMBER_ENDING.sub("", text.replace("qrs(t)", "qrst"))
    text = SPLIT_WAVE.sub(lambda m: " ".join(filter(None, m.groups())), FILLER.sub(" ", text))
    return re.sub(r"[^\x20-\x7e]", " ", text).rstrip()


def is_cut(report):
    return len(report) >= CUT_AT and not report.rstrip().endswith((".", "bericht", ")"))


def statements(report):
    """The report as English statements in reading order, lower case, without repeats."""
    text = body(report)
    language = _TABLE.language(words_of(text))
    said = _english(text, is_cut(report)) if language == "en" else _foreign(text, language, is_cut(report))
    return [s for s in unique(said) if len(s) > 2]


def translate(report):
    """The report in English: its statements as sentences; "" where it says nothing."""
    said = statements(report)
    return ". ".join(said) + "." if said else ""


# German and Swedish -------------------------------------------------------------------------------------------

def items_of(text, language, cut=False):
    """The phrases of a folded report in order, and the words that no phrase covers."""
    tokens = [(_TABLE.spelling.get(m.group(), m.group()), m.start()) for m in TOKEN.finditer(text)]
    at, gap, items, unknown = 0, "", [], []
    while at < len(tokens):
        token, start = tokens[at]
        if text[max(0, start - 2):start] == "  " and start > 2:
            gap = "," + "line" if gap == "," else "line"
        if not token[0].isalnum():
            gap, at = (token if token in ",(" else gap), at + 1
            continue
        places = [i for i in range(at, min(at + 24, len(tokens))) if tokens[i][0][0].isalnum()]
        words = [stem(tokens[i][0]) for i in places]
        entry, count = _TABLE.match(words, language)
        single = token in ("l", "f") and items and items[-1].entry.attach in ("", "wave", "lead")
        run = (SINGLE if single else RUN).match(text, start)
        if run and (entry is None or count == 1):
            items.append(Item(Entry(run.group(), "", language, "location", "lead"), gap, False, leads_of(run.group())))
            at = next((i for i in range(at, len(tokens)) if tokens[i][1] >= run.end()), len(tokens))
        elif entry is not None:
            last, end = tokens[places[count - 1]]
            dotted = re.match(r"[a-z]+\.", text[end:]) and entry.kind != "negation"
            items.append(Item(entry, gap, bool(dotted) or last != words[count - 1]))
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
    found = {e.english: e for key, e in _TABLE.foreign[language].items()
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
        elif entry.attach == "region":
            _regions(done, waiting)
            waiting = []
        elif i and items[i - 1].entry.phrase == "und" and entry.kind == "location" and done and done[-1].regional:
            _add_after(done, item)
        elif _belongs_to_next(item, after, done):
            waiting.append(item)
        elif done:
            _add_after(done, item)
    for statement in done:
        statement.joined = "" if "~" in statement.joined else statement.joined
    return [s.text() for s in done]


def _next_finding(after):
    """The finding that the next words lead to, over modifiers and places, or None."""
    for item in after:
        if item.entry.kind == "finding":
            return item
        if item.entry.attach in ("prev", "lead", "leads", "join") or item.entry.kind == "filler":
            return None
    return None


def _opens_list(item, after):
    """Whether the word holds for each line of the list that follows ("st & t abnorm, wahrscheinlich", "såsom vid")."""
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


# Leads --------------------------------------------------------------------------------------------------------

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


def _fold_regions(regions):
    """["inferior leads", "lateral leads"] -> ["inferior and lateral leads"]."""
    named = [r.removesuffix(" leads") for r in regions if r.endswith(" leads")]
    return [f"{_list(named)} leads" if len(named) > 1 else f"{named[0]} leads"] if named else []


def _list(names):
    if any(re.fullmatch(r"[iavrlf]+|v\d(-v\d)?", n) for n in names):
        return ", ".join(n if n == names[0] or not n.endswith("leads") else f"and {n}" for n in names).replace(", and", " and")
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1] if names else ""


# English ------------------------------------------------------------------------------------------------------

def _english(text, cut):
    sentences = [re.sub(r"\s+", " ", s).strip(" .,;") for s in re.split(r"(?<=[a-z\d)!?\"])\s?[.;](?=\s|$)", text)]
    if cut:
        sentences = sentences[:-1] if len(sentences) > 1 else [DANGLING.sub("", sentences[0].rsplit(" ", 1)[0])]
    out = []
    for sentence in filter(None, sentences):
        for part in _parted(spelled(sentence)):
            part = CAUSE.sub("possible ", part) if CAUSE.match(part) else part
            leads = OWN_LEADS.findall(out[-1]) if out else []
            if leads:
                part = THESE_LEADS.sub(lambda m: f"{m.group().split()[0]} {leads[-1]}", part)
            if out and REFERS.match(part):
                out[-1] = f"{out[-1]}, {part}"
            else:
                out.append(part)
    return out


def spelled(sentence):
    """An English sentence in the table's spelling, leads written one way."""
    out, cursor, at = [], 0, 0
    tokens = list(TOKEN.finditer(sentence))
    while at < len(tokens):
        start, end = tokens[at].span()
        run = RUN.match(sentence, start)
        entry, count = _TABLE.match([t.group() for t in tokens[at:at + _TABLE.longest]], "en")
        said = tokens[at].group()
        if run and count <= 1:
            said, end = ", ".join(write_leads(leads_of(run.group()))), start + len(run.group())
        elif entry is not None and entry.attach != "word":
            said, end = entry.english, tokens[at + count - 1].end()
        out += [sentence[cursor:start], said]
        cursor, at = end, next((i for i in range(at, len(tokens)) if tokens[i].start() >= end), len(tokens))
    text = re.sub(r"\s+", " ", "".join(out)).strip(" .,;")
    return re.sub(r"([a-z ]+) \(\1\)", r"\1", text)


def _parted(sentence):
    """"sinus rhythm normal ecg" -> two statements: a cut where one finding ends and the next begins."""
    tokens = list(TOKEN.finditer(sentence))
    _, count = _opener(tokens)
    if not count or count == len(tokens):
        return [sentence] if sentence else []
    _, following = _opener(tokens[count:])
    if not following:
        return [sentence]
    cut = tokens[count].start()
    return [sentence[:cut].strip(" ,"), *_parted(sentence[cut:])]


def _opener(tokens):
    """(entry, token count) of the finding that these tokens begin with, with a word of doubt or degree before it."""
    words = [t.group() for t in tokens]
    skip = 1 if words and words[0] in (",", "&") else 0
    doubt = 1 if words[skip:] and words[skip] in BEFORE_FINDING else 0
    entry, count = _TABLE.match(words[skip + doubt:], "en")
    return (entry, skip + doubt + count) if entry is not None and entry.kind == "finding" else (None, 0)


# The same in other words --------------------------------------------------------------------------------------

EQUIVALENT = tuple((re.compile(a), b) for a, b in (
    (r"\b(?:an?|the|there is|there are)\b", ""),
    (r"\(s\)", "s"),
    (r"\bcontractions\b", "contraction"), (r"\bbeats\b", "beat"), (r"\bwaves\b", "wave"), (r"\bsegments\b", "segment"),
    (r"\bcomplexes\b", "complex"), (r"\bvoltages\b", "voltage"),
    (r"ischaem", "ischem"), (r"hypokalaem", "hypokalem"), (r"nonspecific|non specific", "non-specific"),
    (r"\blvh\b", "left ventricular hypertrophy"), (r"\blv\b", "left ventricular"),
    (r"\binfarct\b", "infarction"), (r"\bmyocardial infarction", "infarction"), (r"\bmyocardial ischemia", "ischemia"),
    (r"^(?:normal sinus rhythm|sinus rhythm normal)$", "sinus rhythm"),
    (r"^(?:tracing )?otherwise normal$", "otherwise normal ecg"),
    (r"^normal tracing$|^ecg normal$|^within normal limits$", "normal ecg"),
    (r"^(?:otherwise no definite pathology|no definite pathology)$", "no definite pathology"),
    (r"^borderline finding$", "borderline ecg"),
    (r"^(?:pathological|pathologic) ecg$", "abnormal ecg"),
    (r"^(?:ventricular premature (?:beat|contraction|complex)|premature ventricular (?:beat|complex)|pvc)$",
     "premature ventricular contraction"),
    (r"^(?:atrial premature (?:beat|contraction|complex)|premature atrial (?:beat|complex)|pac)$",
     "premature atrial contraction"),
    (r"atrial fibrillation/flutter", "atrial fibrillation or flutter"),
    (r"\bhemiblock\b", "fascicular block"), (r"\bpartial (?=left|right)", "incomplete "),
    (r"^complete (?=(?:left|right) bundle branch block)", ""),
    (r"^(?:first degree|1st degree|first-degree) (?:a-v|av) block$", "first-degree av block"),
    (r"\ba-v block\b", "av block"),
    (r"^(?:pacemaker ecg|paced ecg)$", "paced rhythm"),
    (r"^(?:lengthened|long|prolonged) qt(?: interval)?", "prolonged qt interval"),
    (r"^(left|right) atrial (?:abnormality|overload|hypertrophy)$", r"\1 atrial enlargement"),
    (r"^(?:low voltage in limb leads|peripheral low voltage|low peripheral voltage)$", "low limb lead voltage"),
    (r"intraventricular (?:conduction disturbance|conduction delay|delay|block)$", "intraventricular conduction delay"),
    (r"^poor progression of r wave", "poor r wave progression"),
    (r"^voltage are high in (chest|limb) leads suggesting left ventricular hypertrophy$",
     r"high \1 lead voltage suggesting left ventricular hypertrophy"),
    (r"^(non-specific )?abnormal t wave$", r"\1t wave abnormality"),
    (r"^non-specific st-t (?:wave )?changes$", "non-specific st-t changes"),
    (r"^st segment are (slightly )?depressed", r"\1st depression"),
    (r"^st segment are (slightly )?elevated", r"\1st elevation"),
    (r"\bst segment depression", "st depression"), (r"\bst segment elevation", "st elevation"),
    (r"^t wave are (low or flat|low|flat|inverted)", r"\1 t wave"),
    (r"^(?:negative|inverted) t wave|^t wave inversion", "inverted t wave"),
    (r"^t wave flattening", "flat t wave"),
    (r"(?:of uncertain age|of indeterminate age|age uncertain)$", ", age undetermined"),
    (r"(?:cannot be (?:entirely )?excluded|can not be excluded|not excluded)$", "cannot be ruled out"),
    (r", this is most commonly due to ischemic heart disease$", ""),
    (r", this may be due to drug effect or electrolyte disturbance$", ""),
    (r"^suspected |^probable |^likely ", "probable "),
))


def canonical(statement):
    """One form for statements that mean the same: for counting and for recognising a class, not for display."""
    text = re.sub(r"\s+", " ", spelled(fold(statement))).strip(" .,;")
    for pattern, other in EQUIVALENT:
        text = re.sub(r"\s+", " ", pattern.sub(other, text)).replace(" ,", ",").strip(" .,;")
    return text


# Into German --------------------------------------------------------------------------------------------------

GERMAN_PLACES = {"inferior": "inferior", "anterior": "anterior", "lateral": "lateral", "septal": "septal",
                 "posterior": "posterior", "anteroseptal": "anteroseptal", "anterolateral": "anterolateral",
                 "inferolateral": "inferolateral", "high lateral": "hochlateral"}
GERMAN_HEADS = {"infarction": ("infarkt", "er"), "myocardial damage": ("myokardschaden", "er"),
                "subendocardial injury": ("innenschichtschaden", "er"), "ischemia": ("ischämie", "e"),
                "ischemia or left ventricular strain": ("ischämie oder linksbelastung", "e")}
GERMAN_WAVES = {"inverted t wave": "t negativ", "flat t wave": "t flach", "biphasic t wave": "t biphasisch",
                "tall t wave": "t hoch", "q wave": "q", "infarction": "infarkt"}
GERMAN_PATTERNS = (
    (re.compile(r"possible (.+)"), "{} möglich"), (re.compile(r"probable (.+)"), "wahrscheinlich {}"),
    (re.compile(r"suspected (.+)"), "verdacht auf {}"), (re.compile(r"no evidence of (.+)"), "kein hinweis auf {}"),
    (re.compile(r"(.+), age undetermined"), "{}, alter unbestimmt"), (re.compile(r"(.+), probably old"), "{}, wahrscheinlich alt"),
    (re.compile(r"(.+), possibly acute"), "{}, möglicherweise akut"),
    (re.compile(r"(.+) cannot be ruled out"), "{} nicht auszuschließen"),
    (re.compile(r"interpolated (premature .+)"), "interponierte {}"), (re.compile(r"uniform (premature .+)"), "uniforme {}"),
    (re.compile(r"slight (st .+)"), "diskrete {}"),
    (re.compile(r"old ([a-z ]*infarction)"), "alter {}"),
    (re.compile(r"(.+), bigeminy"), "{}, bigeminus"), (re.compile(r"(.+), trigeminy"), "{}, trigeminus"),
)


def german(statement):
    """The German of an English statement of the table, or None where there is none; for training texts."""
    said = _GERMAN.get(statement)
    if said is None and statement.startswith("t wave abnormality in "):
        places = re.fullmatch(r"t wave abnormality in (.+) leads", statement)
        named = [GERMAN_PLACES.get(p) for p in re.split(r", | and ", places.group(1))] if places else [None]
        said = None if None in named else "t abnorm in " + " und ".join(f"{n}en" for n in named) + " ableitungen"
    named = re.fullmatch(rf"(.+?) in ({LEADS_SAID}(?:, {LEADS_SAID})*)", statement) if said is None else None
    inner = german(named.group(1)) if named and "leads" not in named.group(2) else None
    said = f"{inner} in {named.group(2)}" if inner else said
    for place, word in GERMAN_PLACES.items():
        head = GERMAN_HEADS.get(statement.removeprefix(place + " ")) if statement.startswith(place + " ") else None
        said = said or (f"{word}{head[1]} {head[0]}" if head else None)
    for pattern, form in GERMAN_PATTERNS:
        inner = pattern.fullmatch(statement) if said is None else None
        inner = german(inner.group(1)) if inner else None
        said = form.format(inner) if inner else said
    return said


def _german_names():
    """English -> the first German phrase of the table that says it."""
    return {e.english: e.phrase for e in reversed(_TABLE.entries)
            if e.language == "de" and e.kind == "finding" and e.english} | GERMAN_WAVES


# Coverage -----------------------------------------------------------------------------------------------------

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
        language = _TABLE.language(words)
        if language == "en":
            missing.update(w for w in words if w not in _TABLE.words["en"] and not RUN.fullmatch(w))
        else:
            missing.update(items_of(text, language, is_cut(report))[1])
    covered = total - sum(missing.values())
    return {"tokenCount": total, "covered": covered, "share": covered / max(total, 1), "uncovered": missing.most_common(60)}


_GERMAN = _german_names()


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
