/**
 * ECG tables as text: one column a lead, one row a sample; comma, semicolon or tab.
 *
 * With a header row of lead names, an optional first column of time, `# key: value` lines before it, and
 * units in the names (csv-head.ts). Without a header row, twelve columns are taken for the standard
 * leads, with a warning. Empty cells and NaN are missing samples. One row a lead is not read.
 */
import { PqrError } from '../ecg/errors.js';
import { DEFAULT_LIMITS } from '../ecg/limits.js';
import { type EcgRecord, type EcgWarning, makeRecord } from '../ecg/record.js';
import { type ByteSource, shown } from './byte-source.js';
import { parseCsvHead } from './csv-head.js';
import { planTable, readSettings, type Settings } from './csv-plan.js';
import { readRows } from './csv-rows.js';
import { readTimeAxis, type TimeAxis } from './csv-time.js';
import { readHeaderComments } from './header-comments.js';
import { clearInfinite } from './infinite.js';
import type { ReadOptions } from './read-options.js';
import { checkSize } from './size.js';
import { refuseUtf16 } from './text.js';
import { warning } from './warnings.js';

/** Two statements of one rate may differ by this share. */
const RATE_TOLERANCE = 0.01;

/**
 * Reads a table of samples.
 * @throws `format.empty`, `format.header` (no rate, no lead names), `format.inconsistent` (bad cell, ragged
 * row, uneven columns), `format.unsupported`, `limit.exceeded`, `record.invalid`
 */
export async function readCsv(source: ByteSource, options: ReadOptions = {}): Promise<EcgRecord> {
  const limits = options.limits ?? DEFAULT_LIMITS;
  const bytes = await source.slice(0, source.byteLength);
  refuseUtf16(bytes, source.name);
  const head = parseCsvHead(bytes);
  if (head === undefined) {
    throw new PqrError('format.empty', `${shown(source.name)} holds no row of samples.`);
  }
  const warnings: EcgWarning[] = [];
  const settings = readSettings(head.comments);
  const plan = planTable(source.name, head, { ...settings, options, limits, warnings });
  const table = readRows(bytes, plan, limits);
  clearInfinite(table.samples, warnings);
  const axis = table.times && readTimeAxis(table.times, plan.timeUnitSeconds, source.name);
  const samplingRateHz = settleRate(source.name, axis, settings, options);
  if (axis && !axis.even) {
    warnings.push(
      warning('format.time', 'The time column is not evenly spaced; gaps are not kept.'),
    );
  }
  const size = { leadCount: plan.leads.length, sampleCount: table.rowCount, samplingRateHz };
  checkSize(size, limits);
  const leads = plan.leads.map((lead) => lead.name);
  const facts = readHeaderComments(settings.comments);
  const fields = { ...facts, leads, samplingRateHz, samples: table.samples, warnings };
  return makeRecord({ ...fields, format: 'csv' }, limits);
}

function settleRate(
  name: string,
  axis: TimeAxis | undefined,
  settings: Settings,
  options: ReadOptions,
): number {
  const stated = settings.samplingRateHz;
  const timed = axis?.samplingRateHz;
  if (stated !== undefined && timed !== undefined) {
    if (Math.abs(stated - timed) <= RATE_TOLERANCE * stated) return stated;
    throw new PqrError(
      'format.inconsistent',
      `${shown(name)}: the header line says ${stated} Hz, the time column ${timed} Hz.`,
    );
  }
  const rate = stated ?? timed ?? options.samplingRateHz;
  if (rate !== undefined) return rate;
  throw new PqrError('format.header', `${shown(name)} doesn't say its sampling rate.`, {
    hint: 'Give it with --sampling-rate, a first column time_s, or a first line "# sampling_rate: 500".',
  });
}
