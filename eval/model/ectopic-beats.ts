/**
 * Beat level: in recordings with premature complexes, is the beat that matches the words best a premature
 * one? Counted by rule here (RR before it under 0.85 of the median, or, for ventricular ones, a QRS unlike
 * the median beat); the plots that this writes are for looking at, and eval/beats-looked-at.json holds what
 * was seen on them.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { App } from '../../src/app.js';
import type { EcgRecord } from '../../src/ecg/record.js';
import type { EcgEmbedding } from '../../src/encoders/ports.js';
import { bestRow, type Embedded, levelOf, onlyLeads } from './embedded.js';

export const ECTOPIC_QUESTIONS = [
  { name: 'pvc', text: 'premature ventricular complex', codes: ['PVC', 'BIGU', 'TRIGU'] },
  { name: 'pac', text: 'premature atrial complex', codes: ['PAC'] },
] as const;

const PREMATURE_SHARE = 0.85;
const DEVIANT_CORRELATION = 0.75;
const HALF_BEAT_SECONDS = 0.12;
const LEAST_BEAT_COUNT = 5;
const MAX_ECTOPIC_SHARE = 0.5;
const SHOWN = onlyLeads(['II', 'V1', 'V5']);

export interface BeatCase {
  readonly question: string;
  readonly record: string;
  readonly beat: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly premature: boolean;
  readonly deviant: boolean;
  /** Share of the recording's beats that are premature or deviant: what a random beat would give. */
  readonly chance: number;
  /** Whether the best time cell (token level) overlaps such a beat, and the share of cells that do. */
  readonly token?: { readonly overlaps: boolean; readonly chance: number };
}

/** Recordings of at least five beats that are said to hold ectopic ones, and the beat that matches best. */
export async function ectopicCases(
  app: App,
  source: { folder: string; embedded: readonly Embedded[] },
  codesOf: (record: string) => ReadonlySet<string>,
): Promise<BeatCase[]> {
  const { textEncoder } = await app.model();
  const cases: BeatCase[] = [];
  for (const { name, text, codes } of ECTOPIC_QUESTIONS) {
    const query = await textEncoder.encode([text]);
    for (const { record, embedding } of source.embedded) {
      const stated = codesOf(record);
      if (!codes.some((code) => stated.has(code))) continue;
      const ecg = await app.readEcg(join(source.folder, `${record}.hea`));
      const peaks = embedding.rPeakSamples;
      if (peaks.length < LEAST_BEAT_COUNT) continue;
      const premature = prematureBeats(peaks);
      const deviant = deviantBeats(ecg, peaks);
      const ectopic = premature.map((early, beat) => early || (name === 'pvc' && deviant[beat]!));
      const share = ectopic.filter(Boolean).length / ectopic.length;
      const beats = levelOf(embedding, 'beat')!;
      const { row } = bestRow(beats, query);
      const beat = beats.ordinals[row]!;
      cases.push({
        question: name,
        record,
        beat,
        startSeconds: Math.max(0, beats.startSamples[row]! / ecg.samplingRateHz),
        endSeconds: beats.endSamples[row]! / ecg.samplingRateHz,
        premature: premature[beat]!,
        deviant: deviant[beat]!,
        chance: share,
        ...tokenOverlap(embedding, query, ectopic),
      });
    }
  }
  return cases;
}

/** The best cell of the token level against the spans of ectopic beats. */
function tokenOverlap(
  embedding: EcgEmbedding,
  query: Float32Array,
  ectopic: readonly boolean[],
): Pick<BeatCase, 'token'> {
  const tokens = levelOf(embedding, 'token');
  const beats = levelOf(embedding, 'beat')!;
  if (!tokens) return {};
  const overlaps = Array.from(tokens.startSamples, (start, cell) =>
    Array.from(beats.ordinals).some(
      (beat, row) =>
        ectopic[beat]! &&
        beats.startSamples[row]! < tokens.endSamples[cell]! &&
        start < beats.endSamples[row]!,
    ),
  );
  const { row } = bestRow(tokens, query);
  return {
    token: { overlaps: overlaps[row]!, chance: overlaps.filter(Boolean).length / overlaps.length },
  };
}

/** By rule, of the recordings in which at least one beat, and not more than half, is premature or deviant. */
export function figuresOfCases(cases: readonly BeatCase[]) {
  return Object.fromEntries(
    ECTOPIC_QUESTIONS.map(({ name, text }) => {
      const some = cases.filter(
        ({ question, chance }) => question === name && chance > 0 && chance <= MAX_ECTOPIC_SHARE,
      );
      const hits = some.filter(
        ({ premature, deviant }) => premature || (name === 'pvc' && deviant),
      );
      const chance = some.reduce((sum, one) => sum + one.chance, 0) / some.length;
      const cells = some.flatMap(({ token }) => token ?? []);
      const onBeat = {
        cellOnEctopic: cells.filter(({ overlaps }) => overlaps).length,
        cellChance: cells.reduce((sum, one) => sum + one.chance, 0) / cells.length,
      };
      return [
        name,
        {
          text,
          recordings: some.length,
          ectopicFirst: hits.length,
          chance,
          ...(cells.length > 0 && onBeat),
        },
      ];
    }),
  );
}

/** One PNG a case, lead II, V1 and V5 over ten seconds, the best-matching beat shaded. */
export async function plotCases(
  app: App,
  source: { folder: string; cases: readonly BeatCase[]; out: string },
): Promise<void> {
  await mkdir(source.out, { recursive: true });
  for (const [index, one] of source.cases.entries()) {
    const ecg = SHOWN(await app.readEcg(join(source.folder, `${one.record}.hea`)));
    const png = await app.plotPng(ecg, {
      layout: 'rows',
      highlights: [one],
      title: `${index + 1} ${one.question} ${one.record.split('/').at(-1)}`,
    });
    await writeFile(join(source.out, `${String(index + 1).padStart(2, '0')}.png`), png);
  }
}

function prematureBeats(peaks: Int32Array): boolean[] {
  const rr = Array.from({ length: peaks.length - 1 }, (_, at) => peaks[at + 1]! - peaks[at]!);
  const middle = median(rr);
  return Array.from(peaks, (_, beat) => beat > 0 && rr[beat - 1]! < PREMATURE_SHARE * middle);
}

/** Beats whose QRS (240 ms, all leads) correlates under 0.75 with the median of all. */
function deviantBeats(ecg: EcgRecord, peaks: Int32Array): boolean[] {
  const half = Math.round(HALF_BEAT_SECONDS * ecg.samplingRateHz);
  const width = 2 * half + 1;
  const cut = Array.from(peaks, (peak) => {
    const beat = new Float64Array(ecg.leads.length * width);
    for (let lead = 0; lead < ecg.leads.length; lead += 1) {
      for (let at = -half; at <= half; at += 1) {
        const sample = peak + at;
        const inside = sample >= 0 && sample < ecg.sampleCount;
        const value = inside ? ecg.samples[lead * ecg.sampleCount + sample]! : 0;
        beat[lead * width + at + half] = Number.isFinite(value) ? value : 0;
      }
    }
    return beat;
  });
  const template = Float64Array.from(cut[0]!, (_, at) => median(cut.map((beat) => beat[at]!)));
  return cut.map((beat) => correlation(beat, template) < DEVIANT_CORRELATION);
}

function correlation(a: Float64Array, b: Float64Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let at = 0; at < a.length; at += 1) {
    ab += a[at]! * b[at]!;
    aa += a[at]! ** 2;
    bb += b[at]! ** 2;
  }
  return ab / Math.max(Math.sqrt(aa * bb), 1e-12);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
