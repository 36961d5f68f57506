"""Statements of reports in one canonical English form, and in German. Works on what translate.py gives."""
import re
from functools import lru_cache

from phrase_english import LEADS_SAID, spelled
from phrase_table import TABLE, fold

EQUIVALENT = tuple((re.compile(a), b) for a, b in (
    (r"\b(?:an?|the|there is|there are)\b", ""),
    (r"\(s\)", "s"),
    (r"\bcontractions\b", "contraction"), (r"\bbeats\b", "beat"), (r"\bwaves\b", "wave"),
    (r"\bsegments\b", "segment"),
    (r"\bcomplexes\b", "complex"), (r"\bvoltages\b", "voltage"),
    (r"ischaem", "ischem"), (r"hypokalaem", "hypokalem"), (r"nonspecific|non specific", "non-specific"),
    (r"\blvh\b", "left ventricular hypertrophy"), (r"\blv\b", "left ventricular"),
    (r"\binfarct\b", "infarction"), (r"\bmyocardial infarction", "infarction"),
    (r"\bmyocardial ischemia", "ischemia"),
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


@lru_cache(maxsize=20_000)
def canonical(statement):
    """One form for statements that mean the same: for counting and for recognising a class, not for display."""
    text = re.sub(r"\s+", " ", spelled(fold(statement))).strip(" .,;")
    for pattern, other in EQUIVALENT:
        text = re.sub(r"\s+", " ", pattern.sub(other, text)).replace(" ,", ",").strip(" .,;")
    return text


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
    (re.compile(r"(.+), age undetermined"), "{}, alter unbestimmt"),
    (re.compile(r"(.+), probably old"), "{}, wahrscheinlich alt"),
    (re.compile(r"(.+), possibly acute"), "{}, möglicherweise akut"),
    (re.compile(r"(.+) cannot be ruled out"), "{} nicht auszuschließen"),
    (re.compile(r"interpolated (premature .+)"), "interponierte {}"),
    (re.compile(r"uniform (premature .+)"), "uniforme {}"),
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
    return {e.english: e.phrase for e in reversed(TABLE.entries)
            if e.language == "de" and e.kind == "finding" and e.english} | GERMAN_WAVES


_GERMAN = _german_names()
