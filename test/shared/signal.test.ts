/**
 * The signal code on whole databases: QRS complexes against what cardiologists marked (LUDB, MIT-BIH 100), limb
 * leads on recordings that are right (PTB-XL, the Challenge's) and on those that are not (LUDB scales each lead
 * for itself, Challenge 2011 swaps aVL and aVF).
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EcgRecord, makeRecord } from '../../src/ecg/record.js';
import { readEcg } from '../../src/formats/read.js';
import { diagnoseLimbLeads } from '../../src/signal/einthoven.js';
import { detectQrs } from '../../src/signal/qrs.js';
import { inspectSignal } from '../../src/signal/quality.js';
import { rhythmOf } from '../../src/signal/rhythm.js';
import { f1Of, matchBeats } from '../signal/match-beats.js';
import { atRate, onlyLeads } from '../signal/records.js';
import { readEcgPack } from '../support/ecg-pack.js';
import { isBeat, readMitAnnotations } from '../support/mit-annotations.js';

const ROOT = new URL('../../', import.meta.url).pathname;
const SHARED = process.env['PQRSEARCH_SHARED_DATA'] ?? join(ROOT, '../shared/data');
const TOLERANCE_SECONDS = 0.15;
const LUDB_LEADS = ['i', 'ii', 'iii', 'avr', 'avl', 'avf', 'v1', 'v2', 'v3', 'v4', 'v5', 'v6'];
/** Marks of one beat in several leads lie within this many samples (120 ms at 500 Hz). */
const ONE_BEAT_SAMPLES = 60;
const EDGE_SAMPLES = 50;

interface LudbRecord {
  readonly record: EcgRecord;
  /** R peaks: the median over leads, of beats that most leads have. */
  readonly beats: readonly number[];
  readonly firstMark: number;
  readonly lastMark: number;
}

async function loadLudb(path: string): Promise<LudbRecord> {
  const perLead = LUDB_LEADS.map((lead) => readMitAnnotations(`${path}.${lead}`));
  const marks = perLead.flat().map(({ sample }) => sample);
  const peaks = perLead.flatMap((lead) => lead.filter(isBeat).map(({ sample }) => sample));
  const groups: number[][] = [];
  for (const peak of peaks.sort((a, b) => a - b)) {
    const group = groups.at(-1);
    if (group && peak - group[0]! < ONE_BEAT_SAMPLES) group.push(peak);
    else groups.push([peak]);
  }
  return {
    record: await readEcg(path),
    beats: groups
      .filter((group) => group.length * 2 >= LUDB_LEADS.length)
      .map((group) => group[group.length >> 1]!),
    firstMark: Math.min(...marks),
    lastMark: Math.max(...marks),
  };
}

/** Matches of one record, scored between its first and last mark. */
function scoreLudb({ beats, firstMark, lastMark }: LudbRecord, record: EcgRecord) {
  const toMarks = 500 / record.samplingRateHz;
  const peaks = Array.from(detectQrs(record).rPeakSamples, (sample) => sample * toMarks);
  const scored = peaks.filter((s) => s >= firstMark - EDGE_SAMPLES && s <= lastMark + EDGE_SAMPLES);
  return matchBeats(scored, beats, TOLERANCE_SECONDS * 500);
}

function f1Over(records: readonly LudbRecord[], change: (record: EcgRecord) => EcgRecord): number {
  const sums = { matched: 0, missed: 0, extra: 0 };
  for (const ludb of records) {
    const { matchedCount, missed, extra } = scoreLudb(ludb, change(ludb.record));
    sums.matched += matchedCount;
    sums.missed += missed.length;
    sums.extra += extra.length;
  }
  return f1Of(sums.matched, sums.missed, sums.extra);
}

function headersIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.hea'))
    .map((name) => join(folder, name.slice(0, -4)))
    .sort();
}

describe.skipIf(!existsSync(SHARED))('signal on the shared data', () => {
  let unpacked = '';
  let ludb: LudbRecord[] = [];
  beforeAll(async () => {
    unpacked = mkdtempSync(join(tmpdir(), 'pqr-signal-'));
    for (const set of ['challenge', 'ludb']) {
      const folder = join(unpacked, set);
      mkdirSync(folder);
      execFileSync('tar', ['-xJf', join(SHARED, `${set}.tar.xz`), '-C', folder]);
    }
    ludb = await Promise.all(headersIn(join(unpacked, 'ludb')).map(loadLudb));
  });
  afterAll(() => rmSync(unpacked, { recursive: true, force: true }));

  it('finds the QRS complexes of all 99 LUDB records with F1 above 0.998', () => {
    expect(ludb).toHaveLength(99);
    expect(ludb.reduce((count, { beats }) => count + beats.length, 0)).toBe(904);
    expect(f1Over(ludb, (record) => record)).toBeGreaterThan(0.998);
  });

  it.each([100, 250, 1000])('does so at %d Hz too, F1 above 0.998', (samplingRateHz) => {
    expect(f1Over(ludb, (record) => atRate(record, samplingRateHz))).toBeGreaterThan(0.998);
  });

  it.each(['I', 'II', 'V2', 'V5'])('does so on lead %s alone, F1 above 0.99', (lead) => {
    expect(f1Over(ludb, (record) => onlyLeads(record, [lead]))).toBeGreaterThan(0.99);
  });

  it('would notice a detector that misses one beat in fifty or adds one', () => {
    expect(f1Of(886, 18, 0)).toBeLessThan(0.995);
    expect(f1Of(904, 0, 18)).toBeLessThan(0.995);
    const cut = f1Over(ludb, (record) => {
      const samples = record.samples.slice();
      for (let lead = 0; lead < 12; lead += 1) {
        samples.fill(0, lead * record.sampleCount + 2000, lead * record.sampleCount + 2500);
      }
      return makeRecord({ ...record, samples });
    });
    expect(cut).toBeLessThan(0.98);
  });

  it('puts R peaks on the marked ones: half within 4 ms, 95 % within 20 ms', () => {
    const distances = ludb.flatMap((one) => {
      const { rPeakSamples } = detectQrs(one.record);
      return one.beats.map((beat) =>
        rPeakSamples.reduce((least, peak) => Math.min(least, Math.abs(peak - beat) * 2), 1000),
      );
    });
    distances.sort((a, b) => a - b);
    expect(distances[Math.floor(0.5 * distances.length)]).toBeLessThanOrEqual(4);
    expect(distances[Math.floor(0.95 * distances.length)]).toBeLessThanOrEqual(20);
  });

  it('finds the 2273 beats of MIT-BIH record 100 with F1 above 0.998', async () => {
    const path = join(SHARED, 'formats/wfdb/100');
    const record = await readEcg(path);
    const beats = readMitAnnotations(`${path}.atr`)
      .filter(isBeat)
      .map(({ sample }) => sample);
    expect(beats).toHaveLength(2273);
    const { matchedCount, missed, extra } = matchBeats(
      [...detectQrs(record).rPeakSamples],
      beats,
      TOLERANCE_SECONDS * 360,
    );
    expect(f1Of(matchedCount, missed.length, extra.length)).toBeGreaterThan(0.998);
  });

  it('warns of no limb lead in the 174 Challenge recordings', async () => {
    const headers = headersIn(join(unpacked, 'challenge'));
    expect(headers).toHaveLength(174);
    const warned: string[] = [];
    for (const path of headers) if (diagnoseLimbLeads(await readEcg(path))) warned.push(path);
    expect(warned).toEqual([]);
  });

  it('says of every LUDB recording that its limb leads have gains of their own', () => {
    expect(ludb.map(({ record }) => diagnoseLimbLeads(record)?.cause.kind)).toEqual(
      Array(99).fill('own-gains'),
    );
  });

  it('has no remark about PTB-XL recordings, and reads plausible heart rates', () => {
    const remarks: string[] = [];
    let count = 0;
    for (const record of readEcgPack(join(SHARED, 'ptbxl.ecgpack'), { blockCount: 3 })) {
      count += 1;
      const { warnings } = inspectSignal(record);
      if (warnings.length > 0) remarks.push(...warnings.map(({ message }) => message));
      const { heartRateBpm } = rhythmOf(detectQrs(record).rPeakSamples, record.samplingRateHz);
      expect(heartRateBpm).toBeGreaterThan(30);
      expect(heartRateBpm).toBeLessThan(220);
    }
    expect(count).toBeGreaterThan(50);
    expect(remarks).toEqual([]);
  });

  it('finds aVL and aVF swapped in Challenge 2011, and nothing else wrong with limb leads', () => {
    const kinds = new Map<string, number>();
    for (const record of readEcgPack(join(SHARED, 'cinc2011.ecgpack'), { blockCount: 3 })) {
      const cause = diagnoseLimbLeads(record)?.cause;
      const key = cause ? `${cause.kind} ${cause.leads.join()}` : 'none';
      kinds.set(key, (kinds.get(key) ?? 0) + 1);
    }
    const swapped = kinds.get('order aVL,aVF') ?? 0;
    expect(swapped).toBeGreaterThan(50);
    // The rest: I and II alike (electrodes off), so that aVL and aVF are the same.
    expect([...kinds.keys()].filter((key) => key !== 'order aVL,aVF')).toEqual(
      kinds.has('none') ? ['none'] : [],
    );
  });
});
