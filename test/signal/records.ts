/** Real recordings for the signal tests, and ways to spoil them. */
import { type EcgRecord, leadSamples, makeRecord } from '../../src/ecg/record.js';
import { readEcg } from '../../src/formats/read.js';
import { resample } from '../../src/signal/resample.js';

const FIXTURES = new URL('../fixtures/signal/', import.meta.url).pathname;

export const SINUS = '00001_hr';
export const BUNDLE_BRANCH_BLOCK = '00833_hr';
export const PACED = '19096_hr';
export const SWAPPED = '1005639';
export const FIBRILLATION = 'ludb/38';

export function fixturePath(name: string): string {
  return `${FIXTURES}${name}`;
}

export function loadFixture(name: string): Promise<EcgRecord> {
  return readEcg(fixturePath(name));
}

/** A copy of the record whose leads were changed in place by `change`. */
export function changed(
  record: EcgRecord,
  change: (lead: (name: string) => Float32Array) => void,
): EcgRecord {
  const samples = record.samples.slice();
  change((name) => {
    const row = record.leads.indexOf(name);
    return samples.subarray(row * record.sampleCount, (row + 1) * record.sampleCount);
  });
  return makeRecord({ ...record, samples });
}

/** The record with these leads only, in this order. */
export function onlyLeads(record: EcgRecord, leads: readonly string[]): EcgRecord {
  const samples = new Float32Array(leads.length * record.sampleCount);
  leads.forEach((lead, row) => {
    samples.set(leadSamples(record, record.leads.indexOf(lead)), row * record.sampleCount);
  });
  const { adcPerMillivolt, ...rest } = record;
  return makeRecord({
    ...rest,
    leads,
    samples,
    ...(adcPerMillivolt && {
      adcPerMillivolt: leads.map((lead) => adcPerMillivolt[record.leads.indexOf(lead)]!),
    }),
  });
}

/** The record at another sampling rate. */
export function atRate(record: EcgRecord, samplingRateHz: number): EcgRecord {
  const rows = record.leads.map((_, row) =>
    resample(leadSamples(record, row), record.samplingRateHz, samplingRateHz),
  );
  const samples = new Float32Array(rows.length * rows[0]!.length);
  rows.forEach((row, index) => {
    samples.set(row, index * row.length);
  });
  return makeRecord({ ...record, samplingRateHz, samples });
}

/** Applies `f` to every sample of a lead in place. */
export function mapLead(lead: Float32Array, f: (value: number, index: number) => number): void {
  lead.forEach((value, index) => {
    lead[index] = f(value, index);
  });
}

/** The lead as if it had been recorded `sampleCount` samples later. */
export function delayLead(lead: Float32Array, sampleCount: number): void {
  const before = lead.slice();
  mapLead(lead, (_, index) => before[Math.max(0, index - sampleCount)]!);
}

export function swapLeads(first: Float32Array, second: Float32Array): void {
  const kept = first.slice();
  first.set(second);
  second.set(kept);
}
