/**
 * Reports against codes: what the knowledge base finds in PTB-XL's reports, set beside the codes that readers gave
 * the recordings, and beside a classifier over the words.
 *
 *     npx tsx eval/report-concepts.ts --reports reports.csv [--fold 9] [--out FILE]
 *
 * `reports.csv`: `ecg_id, patient_id, report, scp_codes, strat_fold` of ptbxl_database.csv. A code counts as given
 * whatever its likelihood. Three ways from report to codes:
 *
 * - `stated`, `statedOrConsidered`: the code of each concept that the report states (or considers). Nothing learnt.
 * - `findings`: logistic regression a code over what the report says of which concept, and in which wording: it
 *   learns what coders make of a finding (an overturned left axis is coded as fascicular block half the time).
 * - `tfidf`: the same regression over words and pairs of words.
 *
 * Reports of the development part of test/reference/report-annotations.json, which were read while wordings were
 * chosen, are left out. The last two are trained on folds 1-8; C and the threshold come from fold 8 with folds 1-7 as training.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseCsv } from '../src/archive/csv.js';
import { REPLICATES, SEED } from '../src/evaluate/figures.js';
import { loadKnowledge } from '../src/knowledge/load.js';
import { readReport } from '../src/knowledge/report.js';
import annotations from '../test/reference/report-annotations.json' with { type: 'json' };
import {
  countRow,
  f1Interval,
  microAgreement,
  perKey,
  type RowCounts,
} from './reports/agreement.js';
import {
  countFindings,
  countWords,
  presenceVectoriser,
  tfidfVectoriser,
  type Vectoriser,
} from './reports/features.js';
import { fitLogistic, type Logistic, probability } from './reports/logistic.js';

const MIN_POSITIVES = 5;
const STRENGTHS_C = [0.3, 1, 3, 10, 30];
const THRESHOLDS = [0.3, 0.35, 0.4, 0.45, 0.5, 0.55];
const TUNING_FOLD = 8;

interface Report {
  readonly ecgId: number;
  readonly text: string;
  readonly patient: string;
  readonly fold: number;
  readonly codes: ReadonlySet<string>;
}

const { values: given } = parseArgs({
  options: {
    reports: { type: 'string' },
    fold: { type: 'string', default: '9' },
    out: { type: 'string' },
  },
});
if (!given.reports) throw new Error('--reports reports.csv is needed');
const testFold = Number(given.fold);
const reports = await readReports(given.reports);
const knowledge = await loadKnowledge(join(import.meta.dirname, '../knowledge'));
const train = reports.filter(({ fold }) => fold <= TUNING_FOLD);
const wordedOn = new Set(
  annotations.reports.filter(({ part }) => part === 'dev').map(({ ecgId }) => ecgId),
);
const test = reports.filter(({ fold, ecgId }) => fold === testFold && !wordedOn.has(ecgId));
const truth = test.map(({ codes }) => codes);
const groups = test.map(({ patient }) => patient);

const stated = test.map(({ text }) => codesOf(text, false));
const considered = test.map(({ text }) => codesOf(text, true));
const findings = learnt('findings', (texts) => presenceVectoriser(texts, countFindings(knowledge)));
const tfidf = learnt('tfidf', (texts) => tfidfVectoriser(texts, countWords));
const result = {
  measured: 'eval/report-concepts.ts',
  data: 'PTB-XL 1.0.3 reports and scp_codes (CC BY 4.0, doi 10.13026/kfzx-aw45)',
  fold: testFold,
  n: test.length,
  patients: new Set(groups).size,
  trainedOn: train.length,
  seed: SEED,
  replicates: REPLICATES,
  stated: { ...figures(stated), codes: perKey(stated, truth) },
  statedOrConsidered: figures(considered),
  findings: {
    ...figures(findings.found),
    ...findings.chosen,
    codes: perKey(findings.found, truth),
  },
  tfidf: { ...figures(tfidf.found), ...tfidf.chosen },
  findingsMinusTfidf: {
    f1: figures(findings.found).f1 - figures(tfidf.found).f1,
    f1Ci: f1Interval(groups, counts(findings.found), counts(tfidf.found)),
  },
};
const text = `${JSON.stringify(rounded(result), null, 1)}\n`;
if (given.out) await writeFile(given.out, text);
else process.stdout.write(text);

async function readReports(path: string): Promise<Report[]> {
  const [header, ...rows] = parseCsv(await readFile(path, 'utf8'));
  const column = (name: string) => header!.indexOf(name);
  return rows.map((row) => ({
    ecgId: Number(row[column('ecg_id')]),
    text: row[column('report')]!,
    patient: row[column('patient_id')]!,
    fold: Number(row[column('strat_fold')]),
    codes: new Set(
      Array.from(row[column('scp_codes')]!.matchAll(/'([^']+)':/g), ([, key]) => key!),
    ),
  }));
}

function codesOf(report: string, withConsidered: boolean): Set<string> {
  const codes = readReport(knowledge, report)
    .filter(
      ({ assertion }) => assertion === 'present' || (withConsidered && assertion === 'possible'),
    )
    .map(({ concept }) => concept.codes.scp);
  return new Set(codes.filter((code) => code !== undefined));
}

function counts(found: readonly ReadonlySet<string>[]): RowCounts[] {
  return found.map((set, at) => countRow(set, truth[at]!));
}

function figures(found: readonly ReadonlySet<string>[]) {
  return { ...microAgreement(counts(found)), f1Ci: f1Interval(groups, counts(found)) };
}

function learnt(name: string, vectorise: (texts: readonly string[]) => Vectoriser) {
  const inner = train.filter(({ fold }) => fold < TUNING_FOLD);
  const tuning = train.filter(({ fold }) => fold === TUNING_FOLD);
  const tried = STRENGTHS_C.flatMap((c) => {
    const chances = predict(inner, tuning, { vectorise, c });
    return THRESHOLDS.map((threshold) => {
      const found = above(chances, threshold);
      const rows = found.map((set, at) => countRow(set, tuning[at]!.codes));
      return { c, threshold, tuningF1: microAgreement(rows).f1 };
    });
  });
  const chosen = tried.reduce((best, one) => (one.tuningF1 > best.tuningF1 ? one : best));
  process.stderr.write(`${name}: C ${chosen.c}, threshold ${chosen.threshold}\n`);
  return {
    chosen,
    found: above(predict(train, test, { vectorise, c: chosen.c }), chosen.threshold),
  };
}

type Chances = readonly ReadonlyMap<string, number>[];

function predict(
  from: readonly Report[],
  to: readonly Report[],
  { vectorise, c }: { vectorise: (texts: readonly string[]) => Vectoriser; c: number },
): Chances {
  const vectoriser = vectorise(from.map((report) => report.text));
  const rows = from.map((report) => vectoriser.row(report.text));
  const models = new Map<string, Logistic>();
  for (const code of new Set(from.flatMap(({ codes }) => [...codes]))) {
    const labels = Uint8Array.from(from, ({ codes }) => (codes.has(code) ? 1 : 0));
    if (labels.reduce((sum, one) => sum + one, 0) < MIN_POSITIVES) continue;
    models.set(code, fitLogistic({ rows, truth: labels, width: vectoriser.width, c }));
  }
  return to.map((report) => {
    const row = vectoriser.row(report.text);
    return new Map(Array.from(models, ([code, model]) => [code, probability(model, row)]));
  });
}

function above(chances: Chances, threshold: number): Set<string>[] {
  return chances.map(
    (row) => new Set([...row].filter(([, chance]) => chance >= threshold).map(([code]) => code)),
  );
}

/** Numbers to four digits, so that a file of results stays small. */
function rounded(value: unknown): unknown {
  if (typeof value === 'number') return Number(value.toFixed(4));
  if (Array.isArray(value)) return value.map(rounded);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, rounded(one)]));
}
