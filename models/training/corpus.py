"""The training set in memory: records, targets, wordings and their sentence embeddings, and batches of it."""
import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

import evaluate
from augment import augment, padded_spans
from data import FOLD_SELECT, LEADS, RATE_HZ, load_records, load_scaled_records, median_beat, text_corpus
from decoder import CaptionVocabulary, padded
from model import MEDIAN_BEAT_SAMPLES, MILLIVOLT_SCALE
from text_model import embed, embed_words, load_bert, load_tokenizer, tune
from texts import Concept, HeldOut, Labeller, TextBank, clean_report, load_concepts
from translate import canonical, load_table, statements

OUT = Path(__file__).parent / "out"
WORD_LIMIT, STATEMENT_LIMIT = 24, 5
STATEMENT_MIN_COUNT = 12


@dataclass
class Language:
    """Indices into the bank's texts for one recording; empty lists where it has no report."""
    pieces: dict         # kind ("own", "english", "part", "single", "codes") -> text indices
    statements: list     # one text index a statement (English)
    canonical: frozenset
    caption: list        # caption token ids, or []
    words: int           # row of the word vectors, -1 without a report


class Corpus:
    """Training arrays: records, their targets, the text bank and every text's sentence embedding."""

    def __init__(self, data_folder, options):
        """options: seed, hold_out, language ("codes", "reports"), text ("tuned", "frozen"), scaled (bool)."""
        self.hidden = HeldOut() if options.hold_out else None
        self.random = np.random.default_rng([options.seed, 3])
        self.table = load_table()
        concepts = load_concepts(self.hidden)
        labeller = Labeller(data_folder, concepts, self.hidden)
        records = load_records(data_folder, OUT / "records.npz")
        self.train = [r for r in records if r.fold != FOLD_SELECT]
        self.select = [r for r in records if r.fold == FOLD_SELECT]
        if options.scaled:
            self.train += load_scaled_records(data_folder, OUT / "scaled.npz")
        if options.language == "reports":
            self.train = [r for r in self.train if clean_report(r.report)]
        self.said = [self._statements(r.report) for r in self.train]
        corpus_texts = [(t, c, self._statements(t)) for t, c in text_corpus(data_folder) if clean_report(t)]
        if options.language == "reports":
            concepts, self.targets, report_targets = self._from_statements(corpus_texts)
        else:
            self.targets = np.stack([labeller.record(r) for r in self.train])
            report_targets = np.stack([labeller(c) for _, c, _ in corpus_texts])
            more, columns, report_columns = self._from_statements(corpus_texts)
            concepts = concepts + more
            self.targets = np.concatenate([self.targets, columns], 1)
            report_targets = np.concatenate([report_targets, report_columns], 1)
        self.bank = TextBank(concepts, self.targets, options.seed)
        self.concept_keys = [c.key for c in concepts]
        self.beat_concepts = np.array([c.beat for c in concepts])
        self.affinity_sets = self._affinity(options.language)
        self.draw = self._draw_share()
        captions = [self._caption(s) for s in self.said]
        self.vocabulary = CaptionVocabulary(load_tokenizer(), [c for c in captions if c] +
                                            [self._caption(s) for _, _, s in corpus_texts if s])
        self.word_texts = sorted({c for c in captions if c})
        rows = {t: i for i, t in enumerate(self.word_texts)}
        self.language = [self._language(i, concepts, captions[i], rows, options.language) for i in range(len(self.train))]
        self.corpus_captions = [self.vocabulary.encode(self._caption(s)) for _, _, s in corpus_texts if s]
        self.report_texts = torch.tensor([self.bank.add(self._own(t, s)) for t, _, s in corpus_texts])
        self.report_targets = torch.from_numpy(report_targets)
        self.select_texts = {t: self.bank.add(t) for t in evaluate.all_texts(data_folder)}
        self.beats = self._median_beats()
        self._embed(options, concepts, corpus_texts)

    def _statements(self, report):
        said = [s for s in statements(report) if len(s) > 3] if clean_report(report) else []
        return [s for s in said if self.hidden is None or not self.hidden.hides(s)]

    def _own(self, report, said):
        """The report in its own words; where anything in it is held out, in translation without that."""
        own = clean_report(report) or "ecg"
        hides = self.hidden is not None and any(map(self.hidden.hides, [own, *statements(report)]))
        return own if not hides else self._caption(said) or "ecg"

    @staticmethod
    def _caption(said):
        return ". ".join(said)

    def _from_statements(self, corpus_texts):
        """Statements that reports make often, as concepts: (concepts, targets of records, of corpus reports)."""
        sets = [{canonical(s) for s in said} for said in self.said]
        counts = Counter(s for said in sets for s in said)
        chosen = [s for s, n in counts.most_common() if n >= STATEMENT_MIN_COUNT]
        spoken = {s: sorted({t for said in self.said for t in said if canonical(t) == s})[:6] for s in chosen}
        concepts = [Concept(f"said:{s}", spoken[s], ["@said"], True) for s in chosen]
        targets = np.array([[float(s in said) if clean_report(r.report) else np.nan for s in chosen]
                            for said, r in zip(sets, self.train)], np.float32)
        corpus = [{canonical(s) for s in said} for _, _, said in corpus_texts]
        return concepts, targets, np.array([[float(s in said) for s in chosen] for said in corpus], np.float32)

    def _affinity(self, language):
        """What says that two recordings' reports mean the same: codes, or statements; as 0/1 columns."""
        if language == "reports":
            sets = [{canonical(s) for s in said} for said in self.said]
        else:
            sets = [set(r.codes or ()) - (self.hidden.codes if self.hidden else set()) for r in self.train]
        keys = {k: i for i, k in enumerate(sorted({k for s in sets for k in s}))}
        out = np.zeros((len(sets), len(keys)), np.float32)
        for row, s in enumerate(sets):
            out[row, [keys[k] for k in s]] = 1
        return out

    def _draw_share(self):
        """How often a record is drawn: up to 3 times as often where it carries a rare statement."""
        positive = np.nan_to_num(self.targets) > 0.5
        rarity = np.sqrt(0.1 / np.maximum(positive.mean(0), 1e-4))
        share = np.clip((positive * rarity).max(1), 0.7, 2.1)
        return share / share.sum()

    def _language(self, row, concepts, caption, word_rows, language):
        record, said = self.train[row], self.said[row]
        pieces, add = {}, self.bank.add
        if clean_report(record.report):
            pieces["own"] = [add(self._own(record.report, said))]
        if said:
            pieces["english"] = [add(caption)]
            pieces["part"] = [add(self._caption(self._shuffled(said))) for _ in range(3)]
            pieces["single"] = [add(s) for s in said]
        if language != "reports":
            pieces["codes"] = self._code_texts(row, concepts)
        return Language(pieces, [add(s) for s in said[:STATEMENT_LIMIT]], frozenset(map(canonical, said)),
                        self.vocabulary.encode(caption) if caption else [], word_rows.get(caption, -1))

    def _shuffled(self, said):
        count = int(self.random.integers(1, len(said) + 1))
        return [said[i] for i in self.random.permutation(len(said))[:count]]

    def _code_texts(self, row, concepts):
        """Two lists of what holds, in names drawn at random."""
        positive = [c for c, y in zip(concepts, self.targets[row]) if y > 0.5 and c.rule != ["@said"]]
        if not positive:
            return []
        pick = lambda texts: texts[int(self.random.integers(len(texts)))]
        return [self.bank.add(", ".join(pick(c.names) for c in
                                        [positive[i] for i in self.random.permutation(len(positive))[:4]]))
                for _ in range(2)]

    def _median_beats(self):
        """The median beat of each record, [n, 12 * 64] in units of 0.5 mV; NaN where there is none."""
        out = np.full((len(self.train), len(LEADS) * MEDIAN_BEAT_SAMPLES), np.nan, np.float32)
        for row, r in enumerate(self.train):
            beat = median_beat(r.window, r.r_peaks)
            if beat is not None and not r.scaled:
                out[row] = beat.ravel() * MILLIVOLT_SCALE
        return torch.from_numpy(out)

    def _embed(self, options, concepts, corpus_texts):
        """Vectors of every text and of the words of every report, by the tuned or the original model."""
        tokenizer = load_tokenizer()
        if options.text == "tuned":
            pairs = sorted({(self._own(r, s), self._caption(s)) for r, _, s in corpus_texts if s} |
                           {(self._caption(s), self._caption(s)) for _, _, s in corpus_texts if s})
            names = [[t for t in c.names + c.more] for c in concepts if c.rule != ["@said"]]
            self.bert = tune(pairs, names, OUT, options.seed, options.text_steps)
            tuned = hashlib.sha256(b"".join(p.detach().numpy().tobytes() for p in self.bert.parameters())).hexdigest()
        else:
            self.bert, tuned = load_bert(), "frozen"
        name = hashlib.sha256("\n".join([tuned, *self.bank.texts, "|", *self.word_texts]).encode()).hexdigest()[:16]
        cache = OUT / f"embeddings-{name}.npz"
        if not cache.exists():
            words, mask = embed_words(self.bert, tokenizer, self.word_texts, WORD_LIMIT)
            np.savez(cache, texts=embed(self.bert, tokenizer, self.bank.texts), words=words, mask=mask)
        with np.load(cache) as z:
            self.embeddings = torch.from_numpy(z["texts"])
            self.words, self.word_mask = torch.from_numpy(z["words"]), torch.from_numpy(z["mask"])


KIND_SHARE = {"own": 0.25, "english": 0.25, "part": 0.2, "single": 0.15, "codes": 0.15}


def batch_arrays(corpus, rows, rng, length):
    """Views of the records and one text each (index into the bank, -1 without any)."""
    views = [augment(corpus.train[i], rng, length) for i in rows]
    x, mask, peaks = zip(*views)
    return {"ecg": torch.from_numpy(np.stack(x)), "mask": torch.from_numpy(np.stack(mask)),
            "spans": torch.from_numpy(padded_spans(peaks)),
            "report": torch.tensor([_piece(corpus.language[i], rng) for i in rows]),
            "timing": torch.tensor([timing_target(p) for p in peaks]),
            "caption": padded([corpus.language[i].caption or [0, 0] for i in rows]),
            "words": torch.tensor([corpus.language[i].words for i in rows]),
            "statements": statement_rows(corpus, rows)}


def _piece(language, rng):
    kinds = [k for k, v in language.pieces.items() if v]
    if not kinds:
        return -1
    share = np.array([KIND_SHARE[k] for k in kinds])
    texts = language.pieces[kinds[rng.choice(len(kinds), p=share / share.sum())]]
    return texts[int(rng.integers(len(texts)))]


def statement_rows(corpus, rows):
    """Text indices of the statements [B, 5], -1 where there are fewer."""
    out = torch.full((len(rows), STATEMENT_LIMIT), -1, dtype=torch.long)
    for row, i in enumerate(rows):
        said = corpus.language[i].statements
        out[row, :len(said)] = torch.tensor(said, dtype=torch.long)
    return out


def timing_target(peaks):
    """Heart rate and RR irregularity, both roughly standardised; NaN with fewer than four beats."""
    if peaks.size < 4:
        return [float("nan")] * 2
    rr = np.diff(peaks) / RATE_HZ
    rate = np.clip((60 / np.median(rr) - 75) / 25, -3, 3)
    return [float(rate), float((np.log10(rr.std() / rr.mean() + 0.01) + 1.5) / 0.5)]


def pair_targets(targets, pairs):
    """Both parts must hold: the smaller of two targets, [B, pairs]."""
    a, b = targets[:, [p[1] for p in pairs]], targets[:, [p[2] for p in pairs]]
    return torch.where(torch.isnan(a) | torch.isnan(b), torch.nan, torch.minimum(a, b))
