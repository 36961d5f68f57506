"""English ECG reports in the phrase table's spelling, cut into statements. Part of translate.py."""
import re

from phrase_table import RUN, TABLE, TOKEN, leads_of, write_leads

CAUSE = re.compile(r"(?:this|these|which|they) may be (?:due to|caused by) (?:an? )?")
REFERS = re.compile(r"(?:(?:this|these|they|it|which)\b(?! (?:patient|tracing|ecg|trace|leads))|the latter\b)")
THESE_LEADS = re.compile(r"\b(?:in|and) (?:these leads|the same leads)\b")
LEADS_SAID = r"(?:limb leads|chest leads|v\d(?:-v\d)?|av[rlf]|i+)\b"
OWN_LEADS = re.compile(rf"\bin ({LEADS_SAID}(?:(?:, | and ){LEADS_SAID})*)")
BEFORE_FINDING = {"possible", "probable", "suspected", "old", "borderline", "minor", "abnormal", "frequent",
                  "occasional", "likely", "slight"}
DANGLING = re.compile(r"(?:^|[\s,]+)(?:in|of|to|or|and|due|be|the|a|an|with|are|is|this|may|by|old|but|,)$")


def english_statements(text, cut):
    """The statements of a folded English report; `cut`: its end is missing, so the last sentence is left out."""
    parts = re.split(r"(?<=[a-z\d)!?\"])\s?[.;](?=\s|$)", text)
    sentences = [re.sub(r"\s+", " ", part).strip(" .,;") for part in parts]
    if cut:
        sentences = sentences[:-1] if len(sentences) > 1 else [DANGLING.sub("", sentences[0].rsplit(" ", 1)[0])]
    out = []
    for sentence in filter(None, sentences):
        for part in _parted(spelled(sentence)):
            part = CAUSE.sub("possible ", part) if CAUSE.match(part) else part
            leads = OWN_LEADS.findall(out[-1]) if out else []
            if leads:
                part = spelled(THESE_LEADS.sub(lambda m: f"{m.group().split()[0]} {leads[-1]}", part))
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
        entry, count = TABLE.match([t.group() for t in tokens[at:at + TABLE.longest]], "en")
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
    return [sentence[:cut].strip(" ,"), *_parted(sentence[cut:].strip(" ,"))]


def _opener(tokens):
    """(entry, token count) of the finding that these tokens begin with, a word of doubt or degree included."""
    words = [t.group() for t in tokens]
    skip = 1 if words and words[0] in (",", "&") else 0
    doubt = 1 if words[skip:] and words[skip] in BEFORE_FINDING else 0
    entry, count = TABLE.match(words[skip + doubt:], "en")
    return (entry, skip + doubt + count) if entry is not None and entry.kind == "finding" else (None, 0)
